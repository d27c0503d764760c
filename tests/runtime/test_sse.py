"""Server-sent events: whatever the cut and the line ends, the same frames."""

from __future__ import annotations

import itertools
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dragoman.framing import Frame, decoder, encoder
from dragoman.framing.sse import Decoder


def frames(*chunks: bytes) -> list[Frame]:
    parser = decoder("sse")
    out = [frame for chunk in chunks for frame in parser.feed(chunk)]
    return out + parser.close()


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        (b"data: a\n\n", [Frame("a")]),
        (b"data:a\r\n\r\n", [Frame("a")]),
        (b"data:  a\r\r", [Frame(" a")]),
        (b"\xef\xbb\xbfdata: a\n\n", [Frame("a")]),
        (b"event: e\ndata: a\ndata: b\n\ndata: c\n\n", [Frame("a\nb", "e"), Frame("c")]),
        (b": ping\n\nevent: e\n\ndata: a\n\n", [Frame("a")]),
        (b"id: 1\nretry: 5\nunknown: x\nnothing\ndata: a\n\n", [Frame("a")]),
        (b"data\n\ndata:\n\ndata: a\n\n", [Frame("a")]),
        (b"data: a", [Frame("a", None, "cut")]),
        (b"event: e\ndata: a\n", [Frame("a", "e", "cut")]),
        (b"event: e\ndata: a\r", [Frame("a", "e", "cut")]),
        (b'data: a\n\n{\n "error": 1\n}\n', [Frame("a"), Frame('{\n "error": 1\n}\n', None, "bare")]),
        (b'data: a\n{"e": 1}', [Frame("a"), Frame('{"e": 1}', None, "bare")]),  # a bare line ends the event before it
        (b"[1]", [Frame("[1]", None, "bare")]),
        (b'{"e":\r\n1}', [Frame('{"e":\r\n1}', None, "bare")]),
        (b'error: {"a": 1}\n\n', [Frame('{"error": {"a": 1}}')]),
        (b"<html>\n<body>\n\n", []),
        (b"", []),
        (b"data: \xff\xc3\xa9\n\n", [Frame("\ufffdé")]),
        (b"data: \xed\xa0\x80\n\n", [Frame("\ud800")]),
    ],
)
def test_frames(body: bytes, expected: list[Frame]) -> None:
    assert frames(body) == expected
    assert frames(*(body[i : i + 1] for i in range(len(body)))) == expected


texts = st.text(st.characters(exclude_characters="\r\n", codec="utf-8"), min_size=1).filter(
    lambda text: text != "\ufeff"
)


@given(
    st.lists(st.tuples(st.sampled_from([None, "e", "naïve"]), st.lists(texts, min_size=1, max_size=3))),
    st.sampled_from(["\n", "\r\n", "\r"]),
    st.lists(st.integers(0, 400), max_size=30),
    st.booleans(),
)
def test_cuts(events: list[tuple[str | None, list[str]]], eol: str, cuts: list[int], bom: bool) -> None:
    lines = ["\ufeff" if bom else ""]
    for name, data in events:
        lines.append(f":{data[0]}{eol}{eol}")
        lines.append(f"event: {name}{eol}" if name else "")
        lines += [f"data: {line}{eol}" for line in data]
        lines.append(eol)
    body = "".join(lines).encode()
    places = sorted({0, len(body), *(cut for cut in cuts if cut < len(body))})
    chunks = [body[a:b] for a, b in itertools.pairwise(places)]
    assert frames(*chunks) == frames(body) == [Frame("\n".join(data), name) for name, data in events]


def test_large_events_take_linear_time() -> None:
    body = b'data: "' + b"x" * 2_000_000 + b'"\n\n'
    started = time.perf_counter()
    (frame,) = frames(*(body[i : i + 100] for i in range(0, len(body), 100)))
    assert len(frame.text) == 2_000_002
    assert time.perf_counter() - started < 2


def test_nothing_is_taken_after_close() -> None:
    parser = Decoder()
    assert parser.feed(b"data: a\n") == []
    assert len(parser.close()) == 1
    assert parser.close() == []


def test_writer() -> None:
    write = encoder("sse", "[DONE]")
    assert write.content_type == "text/event-stream"
    assert write.event(b"{}", None) == b"data: {}\n\n"
    assert write.event(b"a\r\nb", "e") == b"event: e\ndata: a\ndata: b\n\n"
    assert write.end() == b"data: [DONE]\n\n"
    assert encoder("sse", None).end() == b""


def test_unknown_framing() -> None:
    with pytest.raises(NotImplementedError, match="the morse framing is not there yet; there are:"):
        decoder("morse")
