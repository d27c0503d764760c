"""The framings beside server-sent events: whatever the cut, the same frames; what is broken is told."""

from __future__ import annotations

import itertools
import json

import pytest
from botocore.eventstream import EventStreamBuffer
from hypothesis import given
from hypothesis import strategies as st

from dragoman.framing import Frame, content_type, decoder, encoder


def frames(framing: str, *chunks: bytes) -> list[Frame]:
    reader = decoder(framing)
    out = [frame for chunk in chunks for frame in reader.feed(chunk)]
    return out + reader.close()


def in_bytes(framing: str, body: bytes) -> list[Frame]:
    """The frames of a body, checked to be the same byte by byte."""
    whole = frames(framing, body)
    assert frames(framing, *(body[n : n + 1] for n in range(len(body)))) == whole
    return whole


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        (b'{"a": 1}\n{"b": 2}\n', [Frame('{"a": 1}'), Frame('{"b": 2}')]),
        (b'{"a": 1}\r\n\r\n \n{"b": 2}', [Frame('{"a": 1}'), Frame('{"b": 2}', None, "cut")]),
        (b'{"a": "\xe6\xbc\xa2"}\n', [Frame('{"a": "漢"}')]),
        (b"", []),
        (b"\n\n", []),
    ],
)
def test_lines(body: bytes, expected: list[Frame]) -> None:
    assert in_bytes("ndjson", body) == expected


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        (b'[{"a": 1}\n,\r\n{"b": [2, 3]}]', [Frame('{"a": 1}'), Frame('{"b": [2, 3]}')]),
        (b' \n[ {"a": "],}\\""} ] ', [Frame('{"a": "],}\\""}')]),
        (b"[]", []),
        (b'[{"a": "\\\\"},{"b": 1}]', [Frame('{"a": "\\\\"}'), Frame('{"b": 1}')]),
        (b'[{"a": 1},{"b', [Frame('{"a": 1}'), Frame('{"b', None, "cut")]),
        (b'[{"a": 1}', [Frame('{"a": 1}', None, "cut")]),
        (b'[{"a": 1},', [Frame('{"a": 1}'), Frame("", None, "cut")]),
        (b'{"error": {"code": 400}}', [Frame('{"error": {"code": 400}}', None, "bare")]),
        (b"<html>", [Frame("<html>", None, "bare")]),
        (b'\xef\xbb\xbf[{"a": "\xe6\xbc\xa2"}]', [Frame('{"a": "漢"}')]),
        (b"", []),
    ],
)
def test_elements_of_an_array(body: bytes, expected: list[Frame]) -> None:
    if body.startswith(b"\xef"):
        assert frames("json_array", body) == expected
    else:
        assert in_bytes("json_array", body) == expected


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=8,
)
BODIES = st.lists(st.dictionaries(st.text(), JSON), max_size=4)


@pytest.mark.parametrize("framing", ["ndjson", "json_array", "aws_event_stream", "sse"])
@given(BODIES, st.lists(st.integers(0, 400), max_size=10))
def test_what_is_written_is_read_however_it_is_cut(framing: str, bodies: list[object], cuts: list[int]) -> None:
    writer = encoder(framing, None)
    pieces = [
        writer.event(json.dumps(data, ensure_ascii=False).encode("utf-8", "surrogatepass"), "x") for data in bodies
    ]
    body = b"".join([*pieces, writer.end()])
    places = sorted({0, len(body), *(cut for cut in cuts if cut < len(body))})
    read = frames(framing, *(body[a:b] for a, b in itertools.pairwise(places)))
    assert [json.loads(frame.text) for frame in read] == bodies
    assert {frame.kind for frame in read} <= {""}


def message(text: str, name: str = "messageStart") -> bytes:
    return encoder("aws_event_stream", None).event(text.encode(), name)


def test_frames_of_aws_are_what_its_own_library_reads() -> None:
    buffer = EventStreamBuffer()
    buffer.add_data(message('{"role": "assistant"}') + message('{"message": "no"}', "throttlingException"))
    first, second = buffer
    assert first.headers == {
        ":event-type": "messageStart",
        ":content-type": "application/json",
        ":message-type": "event",
    }
    assert first.payload == b'{"role": "assistant"}'
    assert second.headers[":exception-type"] == "throttlingException"
    assert second.headers[":message-type"] == "exception"


def test_frames_of_aws() -> None:
    body = message('{"role": "assistant"}') + message("", "messageStop")
    assert in_bytes("aws_event_stream", body) == [
        Frame('{"role": "assistant"}', "messageStart"),
        Frame("{}", "messageStop"),
    ]


def test_a_checksum_that_does_not_hold() -> None:
    good = message('{"role": "assistant"}')
    for place in range(len(good)):
        bad = bytearray(good)
        bad[place] ^= 1
        read = in_bytes("aws_event_stream", bytes(bad) + good)
        assert [frame.kind for frame in read] == ["broken"], place


def test_a_frame_that_ends_early() -> None:
    good = message("{}")
    for end in range(1, len(good)):
        read = in_bytes("aws_event_stream", good + good[:end])
        assert read == [Frame("{}", "messageStart"), Frame("the body ended inside a frame", None, "broken")]


def test_an_error_of_the_service_without_a_payload() -> None:
    import struct
    from zlib import crc32

    pairs = {":message-type": "error", ":error-code": "InternalError", ":error-message": "It broke."}
    block = b"\x04flag\x00\x01n\x04\x00\x00\x00\x07"  # a boolean and a number are headers as well
    for key, value in pairs.items():
        block += bytes([len(key)]) + key.encode() + b"\x07" + struct.pack(">H", len(value)) + value.encode()
    lengths = struct.pack(">II", 16 + len(block), len(block))
    frame = lengths + crc32(lengths).to_bytes(4, "big") + block
    frame += crc32(frame).to_bytes(4, "big")
    assert in_bytes("aws_event_stream", frame) == [Frame('{"message": "It broke."}', "InternalError")]


def test_a_failure_in_place_of_frames() -> None:
    body = b'{"message": "no"}'
    assert in_bytes("aws_event_stream", body) == [Frame('{"message": "no"}', None, "bare")]


def test_media_types() -> None:
    assert content_type("ndjson") == "application/x-ndjson"
    assert content_type("aws_event_stream") == "application/vnd.amazon.eventstream"
    assert content_type("json_array") == "application/json"
