"""Streams from their raw bytes, through the translator and through the transport: frames of AWS, elements of an array.

However the bytes are cut, the client gets the same, and it tells what the whole answer tells. What ends too early never
looks finished; a byte that is not what was sent is told as an error.
"""

from __future__ import annotations

import json
import random
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from typing import Any

import httpx
import pytest
from botocore.eventstream import EventStreamBuffer

import dragoman
from dragoman.stream import Stream
from dragoman.transport import Transport

from ..laws.fold import fold_chunks, fold_events, said
from ..servers.wire import event_frame as frame
from .make import FOLDER, RECORDINGS

EVENT_STREAM = "application/vnd.amazon.eventstream"
ASK: dict[str, Any] = {
    "max_tokens": 9,
    "messages": [{"role": "user", "content": "Hello"}],
    "stream": True,
    "stream_options": {"include_usage": True},
}


@dataclass(frozen=True)
class Recording:
    slug: str
    file: str
    content_type: str
    model: str

    @property
    def data(self) -> bytes:
        return (FOLDER / self.file).read_bytes()

    @property
    def whole(self) -> Any:
        return json.loads((FOLDER / f"{self.file.partition('.')[0]}.whole.json").read_text(encoding="utf-8"))

    def stream(self, client: str = "openai") -> Stream:
        t = translator(self.slug, client)
        ask = ASK if client == "openai" else {key: ASK[key] for key in ("max_tokens", "messages", "stream")}
        return t.stream(t.request({"model": self.model, **ask}), headers={"content-type": self.content_type})

    def complete(self) -> int:
        """How many bytes are a whole answer: counts may follow it, and nothing else."""
        data = self.data
        if self.content_type == EVENT_STREAM:
            sizes = [end for end, text in frames(data) if b"messageStop" in text or b"message_stop" in text]
            return sizes[-1]
        return data.rindex(b"}") + 1  # as for other streams, the reason to stop is the end; the bracket says no more


RECORDED = [
    pytest.param(
        Recording("bedrock", "converse.bin", EVENT_STREAM, "us.anthropic.claude-sonnet-4-5-v1:0"), id="converse"
    ),
    pytest.param(Recording("bedrock-anthropic", "invoke.bin", EVENT_STREAM, "claude-sonnet-4-5"), id="invoke"),
    pytest.param(Recording("gemini", "generate.array.json", "application/json", "gemini-3.5-flash"), id="generate"),
]
FRAMED = RECORDED[:2]
EACH = pytest.mark.parametrize("recording", RECORDED)
CLIENTS = pytest.mark.parametrize("client", ["openai", "anthropic"])


@cache
def translator(slug: str, client: str) -> dragoman.Translator:
    return dragoman.translator(slug, client=client, clock=lambda: 1, new_id=lambda prefix: f"{prefix}x")


def frames(data: bytes) -> Iterator[tuple[int, bytes]]:
    """Where each frame ends, and what it says, its base64 opened."""
    import base64

    place = 0
    while place < len(data):
        size = int.from_bytes(data[place : place + 4], "big")
        text = data[place : place + size]
        place += size
        found = text.partition(b'"bytes":"')[2].partition(b'"')[0]
        yield place, text + base64.b64decode(found)


def told(stream: Stream, pieces: list[bytes]) -> bytes:
    return b"".join(stream.feed_bytes(piece) for piece in pieces) + stream.close_bytes()


def cut(data: bytes, places: list[int]) -> list[bytes]:
    return [data[a:b] for a, b in zip([0, *places], [*places, len(data)], strict=True)]


def events(body: bytes) -> list[Any]:
    return [json.loads(line[6:]) for line in body.decode().splitlines() if line.startswith("data: {")]


def finished(out: list[Any]) -> bool:
    """Does a reader take this for a whole answer?"""
    if any(event.get("error") is not None for event in out):
        return False
    ended = [choice.get("finish_reason") for event in out for choice in event.get("choices") or ()]
    return any(ended) or any(event.get("type") == "message_stop" for event in out)


def folded(out: list[Any], client: str) -> Any:
    return said(fold_chunks(out) if client == "openai" else fold_events(out))


def without_usage(answer: Any) -> Any:
    return {key: value for key, value in answer.items() if key != "usage"}


# ---------------------------------------------------------------------- what was recorded
def test_the_recordings_are_what_is_made() -> None:
    for name, made in RECORDINGS.items():
        assert (FOLDER / name).read_bytes() == made()[0], "run: python -m tests.raw.make"


@pytest.mark.parametrize("recording", FRAMED)
def test_the_frames_are_what_the_vendors_library_reads(recording: Recording) -> None:
    buffer = EventStreamBuffer()
    buffer.add_data(recording.data)
    read = [message.payload for message in buffer]
    assert len(read) == len(list(frames(recording.data)))


# ---------------------------------------------------------------------- through the translator
@EACH
@CLIENTS
def test_the_bytes_tell_what_the_whole_answer_tells(recording: Recording, client: str) -> None:
    stream = recording.stream(client)
    out = events(told(stream, [recording.data]))
    t = translator(recording.slug, client)
    sent = t.request({"model": recording.model, **{key: ASK[key] for key in ("max_tokens", "messages")}})
    whole = t.response(recording.whole, sent)
    assert finished(out)
    assert not stream.failed
    if client == "openai":
        assert folded(out, client) == said(whole.body)
    else:
        assert folded(out, client)["content"] == said(whole.body)["content"]
        assert folded(out, client)["stop_reason"] == whole.body["stop_reason"] == "tool_use"


@EACH
@CLIENTS
def test_cut_at_every_byte_it_is_the_same(recording: Recording, client: str) -> None:
    data = recording.data
    whole = told(recording.stream(client), [data])
    assert told(recording.stream(client), [data[n : n + 1] for n in range(len(data))]) == whole
    bad = [n for n in range(1, len(data)) if told(recording.stream(client), [data[:n], data[n:]]) != whole]
    assert bad == []


@EACH
def test_cut_at_random_it_is_the_same(recording: Recording) -> None:
    data = recording.data
    whole = told(recording.stream(), [data])
    chance = random.Random(7)
    for _ in range(100):
        places = sorted(chance.randrange(len(data) + 1) for _ in range(chance.randrange(1, 40)))
        assert told(recording.stream(), cut(data, places)) == whole, places


@EACH
@CLIENTS
def test_truncated_at_every_byte_it_never_looks_finished(recording: Recording, client: str) -> None:
    data, complete = recording.data, recording.complete()
    whole = without_usage(folded(events(told(recording.stream(client), [data])), client))
    for n in range(len(data)):
        stream = recording.stream(client)
        out = events(told(stream, [data[:n]]))
        if n < complete:
            assert not finished(out), n
            assert stream.failed, n
        elif finished(out):
            assert without_usage(folded(out, client)) == whole, n


@pytest.mark.parametrize("recording", FRAMED)
def test_a_byte_that_was_changed_is_an_error(recording: Recording) -> None:
    data, complete = recording.data, recording.complete()
    for n in range(complete):
        changed = data[:n] + bytes([data[n] ^ 0x10]) + data[n + 1 :]
        stream = recording.stream()
        out = events(told(stream, [changed]))
        assert not finished(out), n
        assert stream.failed, n
        assert out[-1]["error"]["message"], n
        assert out[-1]["error"]["type"] == "server_error", n


@pytest.mark.parametrize("recording", FRAMED)
def test_a_checksum_that_does_not_hold_is_a_typed_error(recording: Recording) -> None:
    first = next(frames(recording.data))[0]
    data = recording.data
    broken = data[: first - 1] + bytes([data[first - 1] ^ 1]) + data[first:]
    out = events(told(recording.stream(), [broken]))
    assert out[-1]["error"]["code"] == "malformed_upstream_body"
    assert "the checksum of a frame does not hold" in out[-1]["error"]["message"]


@pytest.mark.parametrize("recording", FRAMED)
def test_an_exception_between_the_frames_is_the_clients_error(recording: Recording) -> None:
    first = next(frames(recording.data))[0]
    exception = frame("throttlingException", b'{"message":"Too many requests"}', "exception")
    stream = recording.stream()
    out = events(told(stream, [recording.data[:first] + exception + recording.data[first:]]))
    assert out[-1]["error"]["message"] == "Too many requests"
    assert not finished(out)


@pytest.mark.parametrize("recording", RECORDED[2:])
def test_an_element_that_is_no_json_is_a_typed_error(recording: Recording) -> None:
    broken = recording.data.replace(b'"parts":', b'"parts"', 1)
    out = events(told(recording.stream(), [broken]))
    assert out[-1]["error"]["code"] == "malformed_upstream_body"
    assert not finished(out)


@EACH
def test_a_client_of_the_same_dialect_gets_the_events_as_they_are(recording: Recording) -> None:
    t = dragoman.translator(recording.slug, client=recording.slug)
    path = "/v1beta/models/m:streamGenerateContent" if recording.slug == "gemini" else None
    sent = t.request({"messages": []}, path=path, model="m", stream=True)
    headers = {"content-type": recording.content_type}
    one, other = t.stream(sent, headers=headers), t.stream(sent, headers=headers)
    data = recording.data
    assert one.content_type == recording.content_type
    out = told(one, [data[n : n + 1] for n in range(len(data))])
    again = t.stream(sent, headers=headers)
    assert not one.failed
    assert told(again, [out]) == out
    assert not again.failed
    told(other, [data[: recording.complete() - 1]])
    assert other.failed


# ---------------------------------------------------------------------- through the transport
class Pieces(httpx.SyncByteStream):
    def __init__(self, pieces: list[bytes]) -> None:
        self._pieces = pieces

    def __iter__(self) -> Iterator[bytes]:
        yield from self._pieces


def asked(recording: Recording, pieces: list[bytes]) -> tuple[httpx.Response, bytes]:
    def answer(request: httpx.Request) -> httpx.Response:
        return httpx.Response(200, headers={"content-type": recording.content_type}, stream=Pieces(pieces))

    transport = Transport(recording.slug, api_key="some-key", transport=httpx.MockTransport(answer))
    with httpx.Client(transport=transport, base_url="http://dragoman/v1") as client:
        got = client.post("/chat/completions", json={"model": recording.model, **ASK})
        return got, got.content


@EACH
def test_through_the_transport_however_it_is_cut(recording: Recording) -> None:
    data = recording.data
    chance = random.Random(11)
    expected = without_usage(folded(events(told(recording.stream(), [data])), "openai"))
    for size in (1, 2, 3, 17, 1024, len(data), None):
        places = list(range(size, len(data), size)) if size else sorted(chance.randrange(len(data)) for _ in range(30))
        got, body = asked(recording, cut(data, places))
        assert got.headers["content-type"].startswith("text/event-stream")
        found = without_usage(folded(events(body), "openai"))
        assert {**found, "id": 0, "created": 0} == {**expected, "id": 0, "created": 0}
        assert body.endswith(b"data: [DONE]\n\n")


@EACH
def test_through_the_transport_a_part_is_no_answer(recording: Recording) -> None:
    data = recording.data
    for n in range(0, recording.complete(), 97):
        _, body = asked(recording, [data[:n]])
        out = events(body)
        assert not finished(out), n
        assert out[-1]["error"]["message"], n
