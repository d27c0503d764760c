"""Streams of decoded events and of bytes: completeness, errors, losses, terminators, and any cut."""

from __future__ import annotations

import itertools
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

import dragoman
from dragoman.dialect import Event
from dragoman.framing.sse import Decoder

ASK: dict[str, Any] = {
    "model": "m",
    "messages": [],
    "max_tokens": 1,
    "stream": True,
    "stream_options": {"include_usage": True},
}
EVENTS: list[tuple[str, Any]] = [
    ("begin", {"id": "7"}),
    ("ping", {}),
    ("piece", {"say": "Grüß "}),
    ("piece", {"say": "Gott 🎉"}),
    ("end", {"why": "done", "used": {"in": 1}}),
]


def sse(events: list[tuple[str, Any]], eol: str = "\n") -> bytes:
    lines = (f"event: {name}{eol}data: {json.dumps(data, ensure_ascii=False)}{eol}{eol}" for name, data in events)
    return "".join(lines).encode()


def read(body: bytes) -> list[tuple[str | None, Any]]:
    parser = Decoder()
    frames = parser.feed(body) + parser.close()
    return [(f.event, f.text if f.text == "[DONE]" else json.loads(f.text)) for f in frames]


def run(stream: dragoman.Stream, events: list[tuple[str, Any]]) -> list[Event]:
    return [out for name, data in events for out in stream.feed(data, name)] + stream.close()


def pipe(stream: dragoman.Stream, *chunks: bytes) -> bytes:
    return b"".join(map(stream.feed_bytes, chunks)) + stream.close_bytes()


def test_hub_client() -> None:
    t = dragoman.translator("toy", clock=lambda: 5)
    stream = t.stream(t.request(ASK), headers={"toy-id": "r"})
    out = run(stream, EVENTS)
    deltas = [e.data["choices"][0]["delta"] for e in out[:-1]]
    assert deltas == [{"role": "assistant", "content": ""}, {"content": "Grüß "}, {"content": "Gott 🎉"}, {}]
    assert out[-1].data["usage"] == {"in": 1}
    assert {e.data["created"] for e in out} == {5}
    assert all(e.event is None for e in out)
    assert stream.headers == {"x-request-id": "r"}
    assert stream.content_type == "text/event-stream"
    assert stream.close() == []
    assert stream.feed({"say": "x"}, "piece") == []
    assert not stream.failed


def test_two_steps() -> None:
    out = run(dragoman.translator("pathy", client="toy").stream(), EVENTS)
    assert [(e.event, e.data) for e in out] == [
        ("begin", {"type": "begin", "id": "7"}),
        ("piece", {"type": "piece", "say": "Grüß "}),
        ("piece", {"type": "piece", "say": "Gott 🎉"}),
        ("end", {"type": "end", "why": "done"}),
    ]


def test_untouched() -> None:
    events = [*EVENTS[:2], ("new", {"what": [1]}), ("piece", {"say": 1}), *EVENTS[2:]]
    stream = dragoman.translator("toy", client="toy").stream()
    out = run(stream, events)
    assert [(e.event, e.data) for e in out] == events
    assert stream.losses == []


@pytest.mark.parametrize(("provider", "client"), [("toy", "openai"), ("pathy", "toy"), ("toy", "toy")])
@pytest.mark.parametrize("n", range(5))
def test_ends_early(provider: str, client: str, n: int) -> None:
    stream = dragoman.translator(provider, client=client).stream()
    *before, last = run(stream, EVENTS[:n])
    assert "error" in last.data if client == "openai" else last.event == "oops"
    assert not any("error" in e.data or e.event in ("oops", "end") for e in before)
    assert stream.failed
    assert stream.close() == []


@pytest.mark.parametrize(("provider", "client"), [("toy", "openai"), ("pathy", "toy"), ("toy", "toy")])
def test_error_event(provider: str, client: str) -> None:
    stream = dragoman.translator(provider, client=client).stream()
    out = run(stream, [*EVENTS[:3], ("oops", {"what": "overloaded"}), *EVENTS[3:]])
    assert "overloaded" in json.dumps(out[-1].data)
    assert sum("overloaded" in json.dumps(e.data) for e in out) == 1
    assert "Grüß" in json.dumps([e.data for e in out], ensure_ascii=False)


def test_what_the_client_cannot_be_told_is_a_failure() -> None:
    events = [EVENTS[0], ("piece", {"say": "unsayable"}), *EVENTS[1:]]
    stream = dragoman.translator("pathy", client="toy").stream()
    assert [e.event for e in run(stream, events)] == ["begin", "oops"]
    assert stream.failed
    stream = dragoman.translator("pathy", client="toy").stream()
    assert b"cannot be said" in stream.feed_bytes(sse(events[:2]))
    assert stream.ended  # the client is not kept waiting, nor is the upstream asked for more


def test_malformed_event() -> None:
    t = dragoman.translator("pathy", client="toy")
    stream = t.stream()
    stream.feed({"id": "7"}, "begin")
    with pytest.raises(dragoman.MalformedBody, match=r"^events\[1\]\.say: expected a string, found null") as caught:
        stream.feed({"say": None}, "piece")
    assert (caught.value.__cause__, caught.value.__context__) == (None, None)
    assert stream.feed({"say": "x"}, "piece") == []
    (error,) = stream.close()
    assert (error.event, error.data["what"]) == ("oops", "events[1].say: expected a string, found null")
    assert stream.close() == []

    odd: list[Any] = [None, [], "x", 1]
    for event in odd:
        with pytest.raises(dragoman.MalformedBody):
            dragoman.translator("toy").stream().feed(event)


def test_losses_lead_back() -> None:
    stream = dragoman.translator("pathy", client="toy").stream()
    run(stream, [EVENTS[0], ("piece", {"say": "long", "pad": 1}), EVENTS[-1]])
    assert [x.path for x in stream.losses] == ["events[1].pad", "events[1].say"]


# ---------------------------------------------------------------- bytes


def test_bytes_to_hub_client() -> None:
    out = read(pipe(dragoman.translator("toy").stream(), sse(EVENTS)))
    assert [name for name, _ in out] == [None] * 5
    assert out[-1][1] == "[DONE]"
    assert out[-2][1]["choices"][0]["finish_reason"] == "stop"


def test_bytes_to_named_client() -> None:
    stream = dragoman.translator("pathy", client="toy").stream()
    assert read(pipe(stream, sse(EVENTS)))[-1] == ("end", {"type": "end", "why": "done"})


def test_untouched_bytes_keep_their_spelling() -> None:
    body = sse(EVENTS[:2]) + b'event: piece\ndata: {"say":  "\\u00fc", "n": 1.0e+2}\n\n' + sse(EVENTS[-1:])
    assert pipe(dragoman.translator("toy", client="toy").stream(), body) == body
    odd = b'event: piece\ndata: {"say": "\xed\xa0\x80"}\n\n'
    out = dragoman.translator("toy", client="toy").stream().feed_bytes(odd)
    assert out == b'event: piece\ndata: {"say":"\\ud800"}\n\n'


@given(st.data())
def test_cuts(data: st.DataObject) -> None:
    eol = data.draw(st.sampled_from(["\n", "\r\n", "\r"]))
    provider, client = data.draw(st.sampled_from([("toy", "openai"), ("pathy", "toy"), ("toy", "toy")]))
    body = sse(EVENTS[: data.draw(st.integers(0, 5))], eol)
    cuts = sorted({0, len(body), *data.draw(st.lists(st.integers(0, max(len(body) - 1, 0))))})
    chunks = [body[a:b] for a, b in itertools.pairwise(cuts)]
    t = dragoman.translator(provider, client=client, clock=lambda: 5)
    assert pipe(t.stream(), *chunks) == pipe(t.stream(), body)


@given(st.binary(max_size=60), st.integers(0, 4), st.sampled_from(["openai", "toy"]))
def test_any_bytes(noise: bytes, n: int, client: str) -> None:
    stream = dragoman.translator("pathy", client=client).stream()
    out = read(pipe(stream, sse(EVENTS[:n]), noise))
    if client == "openai":
        assert out.pop() == (None, "[DONE]")
        assert "error" in out[-1][1]
    else:
        assert out[-1][0] == "oops"


def chunk(**choice: Any) -> Any:
    return {"id": "1", "choices": [{"index": 0, "delta": {}, "finish_reason": None, **choice}]}


def data(*events: Any) -> bytes:
    return b"".join(b"data: " + (e if isinstance(e, bytes) else json.dumps(e).encode()) + b"\n\n" for e in events)


def test_terminator() -> None:
    done = chunk(finish_reason="stop")
    t = dragoman.translator("openai")
    assert pipe(t.stream(), data(chunk(), done, b"[DONE]", chunk(), b"[DONE]")) == (
        b"".join(b"data: " + json.dumps(e, separators=(",", ":")).encode() + b"\n\n" for e in (chunk(), done))
        + b"data: [DONE]\n\n"
    )
    assert read(pipe(t.stream(), data(chunk(), done)))[-2:] == [(None, done), (None, "[DONE]")]
    # The end is told as soon as it is known.
    stream = t.stream()
    assert stream.feed_bytes(data(chunk(), done, b"[DONE]")).endswith(b"data: [DONE]\n\n")
    assert stream.ended
    assert stream.feed_bytes(data(chunk())) == b""
    # A terminator does not make an answer whole.
    out = read(pipe(t.stream(), data(chunk(), b"[DONE]")))
    assert out[-2][1]["error"]["message"] == "the stream ended early"


def test_error_event_in_bytes_ends_with_the_terminator() -> None:
    stream = dragoman.translator("openai").stream()
    out = read(stream.feed_bytes(data(chunk(), {"error": {"message": "busy"}}, chunk(), b"[DONE]")))
    assert out[1:] == [(None, {"error": {"message": "busy"}}), (None, "[DONE]")]
    assert stream.close_bytes() == b""


@pytest.mark.parametrize(
    ("body", "message"),
    [
        (b"data: {nope}\n\n", "events[1]: expected JSON, found text that is none"),
        (b"data: [1]\n\n", "events[1]: expected an object, found an array"),
        (b'{"error": {"message": "busy", "code": 503}}', "busy"),
        (b'[{"error": {"message": "busy"}}]\n', "busy"),
        (b'{\n  "error": {\n    "message": "busy"\n  }\n}', "busy"),
        (b"{ no JSON", "{ no JSON"),
        (b'error: {"message": "busy"}\n\n', "busy"),
        (b'data: {"id": "1", "choi', "the stream ended early"),
        (b"<html>oh</html>", "the stream ended early"),
        (b"data: " + b"[" * 100_000 + b"\n\n", "events[1]: expected JSON, found text that is none (it nests too"),
        (b"data: " + b"1" * 5000 + b"\n\n", "events[1]: expected JSON, found text that is none (it holds a number"),
    ],
)
def test_what_is_no_stream_is_an_error(body: bytes, message: str) -> None:
    stream = dragoman.translator("openai").stream()
    out = read(pipe(stream, data(chunk()), body))
    assert len(out) == 3
    assert out[1][1]["error"]["message"].startswith(message)
    assert out[2][1] == "[DONE]"
    assert stream.failed


def test_last_event_without_its_blank_line() -> None:
    body = data(chunk(), chunk(finish_reason="stop"))
    assert pipe(dragoman.translator("openai").stream(), body.rstrip(b"\n")) == pipe(
        dragoman.translator("openai").stream(), body
    )
    out = pipe(dragoman.translator("openai").stream(), body + b"data: [DONE]")
    assert out == pipe(dragoman.translator("openai").stream(), body)


def test_large_event() -> None:
    body = data(chunk(delta={"content": "x" * 2_000_000}), chunk(finish_reason="stop"))
    chunks = [body[i : i + 4096] for i in range(0, len(body), 4096)]
    assert len(pipe(dragoman.translator("openai").stream(), *chunks)) > 2_000_000
