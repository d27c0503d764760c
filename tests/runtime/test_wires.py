"""What stands between events and bytes: names in the framing alone, envelopes, and framings that a URL asks for."""

from __future__ import annotations

import json
from base64 import b64encode
from typing import Any

import pytest

from dragoman.dialect import HUB, Dialect, Envelope, Event, Named
from dragoman.exchange import Request
from dragoman.framing import encoder
from dragoman.kit.call import Call
from dragoman.templates import fill_path
from dragoman.translation import Translator
from dragoman.wires import asked, sent_in


class Echo:
    """Shows what the rules see; what is named `bad` is an error of theirs."""

    def __init__(self, call: Call) -> None:
        self.finished = self.failed = False

    def feed(self, data: Any, event: str | None = None) -> list[Named]:
        return [(data, data.get("kind"))]

    def close(self) -> list[Named]:
        self.finished = True
        return []


def one(body: Any, call: Call) -> Any:
    return body


FRAMED = Dialect(
    "framed", framing="aws_event_stream", event_names=True, event_field="kind", stream_to_hub=Echo, stream_to_wire=Echo
)
WRAPPED = Dialect(
    "wrapped",
    framing="aws_event_stream",
    event_names=True,
    envelope=Envelope("chunk", "bytes"),
    stream_to_hub=Echo,
    stream_to_wire=Echo,
)
LISTED = Dialect(
    "listed",
    path="/models/{model}:make",
    stream_path="/models/{model}:stream?alt=sse",
    client_framings=(("sse", {"alt": "sse"}), ("json_array", {})),
    stream_to_hub=Echo,
    stream_to_wire=Echo,
    request_to_hub=one,
    request_to_wire=one,
)
PLAIN = Dialect(HUB, stream_to_hub=Echo, request_to_wire=one)


def frame(text: str, name: str) -> bytes:
    return encoder("aws_event_stream", None).event(text.encode(), name)


def through(provider: Dialect, client: Dialect, body: bytes, sent: Request | None = None) -> bytes:
    stream = Translator(provider, client).stream(sent)
    return stream.feed_bytes(body) + stream.close_bytes()


def test_rules_see_the_name_as_a_field() -> None:
    assert through(FRAMED, PLAIN, frame('{"n": 1}', "start")) == b'data: {"kind":"start","n":1}\n\n'
    events = Translator(FRAMED, PLAIN).stream().feed({"n": 1}, event="start")
    assert events == [Event({"kind": "start", "n": 1}, "start")]
    assert (events[0].data["n"], events[0].event) == (1, "start")  # units give bare pairs, callers get events


def test_what_rules_make_has_its_name_in_the_framing_alone() -> None:
    assert through(PLAIN, FRAMED, b'data: {"kind": "start", "n": 1}\n\n') == frame('{"n":1}', "start")
    assert Translator(PLAIN, FRAMED).stream().feed({"kind": "start", "n": 1}) == [Event({"n": 1}, "start")]


def test_events_in_envelopes() -> None:
    inner = b'{"type":"x"}'
    wrapped = frame(json.dumps({"bytes": b64encode(inner).decode()}, separators=(",", ":")), "chunk")
    assert through(WRAPPED, PLAIN, wrapped) == b"data: " + inner + b"\n\n"
    assert through(PLAIN, WRAPPED, b"data: " + inner + b"\n\n") == wrapped
    assert through(WRAPPED, PLAIN, frame('{"message": "no"}', "aException")) == b'data: {"message":"no"}\n\n'


@pytest.mark.parametrize("body", ['{"bytes": "?"}', '{"bytes": 1}', "[]", "{"])
def test_an_envelope_that_cannot_be_opened(body: str) -> None:
    out = through(WRAPPED, PLAIN, frame(body, "chunk"))
    assert json.loads(out.removeprefix(b"data: "))["error"]["code"] == "malformed_upstream_body"


def test_a_broken_frame_is_told_to_the_client() -> None:
    body = bytearray(frame("{}", "start"))
    body[-1] ^= 1
    out = through(FRAMED, PLAIN, bytes(body))
    error = json.loads(out.removeprefix(b"data: "))["error"]
    assert (
        error["message"] == "events[0]: expected a frame that can be read, found the checksum of a frame does not hold"
    )


def test_a_url_asks_for_a_framing() -> None:
    assert asked(LISTED, "/v1/models/m:stream?alt=sse&key=k") == "sse"
    assert asked(LISTED, "/v1/models/m:stream?key=k") == "json_array"
    assert asked(PLAIN, "/v1/chat/completions?x=1") == "sse"


def test_the_client_gets_the_framing_that_it_asked_for() -> None:
    translator = Translator(PLAIN, LISTED)
    for path, expected, kind in (
        ("/v1/models/m:stream?alt=sse", b'data: {"n":1}\n\ndata: {"n":2}\n\n', "text/event-stream"),
        ("/v1/models/m:stream", b'[{"n":1},\r\n{"n":2}]', "application/json"),
    ):
        sent = translator.request({"n": 0}, path=path)
        assert (sent.stream, sent.model) == (True, "m")
        stream = translator.stream(sent)
        assert stream.content_type == kind
        assert stream.feed_bytes(b'data: {"n": 1}\n\ndata: {"n": 2}\n\n') + stream.close_bytes() == expected


def test_the_content_type_of_an_answer_says_its_framing() -> None:
    assert sent_in(LISTED, {}) == "sse"
    assert sent_in(LISTED, {"content-type": "application/json; charset=UTF-8"}) == "json_array"
    assert sent_in(FRAMED, {"content-type": "text/event-stream"}) == "aws_event_stream"
    stream = Translator(LISTED, PLAIN).stream(headers={"Content-Type": "application/json"})
    assert stream.feed_bytes(b'[{"n": 1}') + stream.feed_bytes(b"]") + stream.close_bytes() == b'data: {"n":1}\n\n'


@pytest.mark.parametrize(
    ("name", "path"),
    [
        ("m-1", "/v1/p/publishers/acme/models/m-1:make"),
        ("models/m-1", "/v1/p/publishers/acme/models/m-1:make"),
        ("acme/models/m-1", "/v1/p/publishers/acme/models/m-1:make"),
        ("publishers/acme/models/m-1", "/v1/p/publishers/acme/models/m-1:make"),
        ("tuned/m-1", "/v1/p/publishers/acme/models/tuned%2Fm-1:make"),
        ("odels/m-1", "/v1/p/publishers/acme/models/odels%2Fm-1:make"),
        ("models/", "/v1/p/publishers/acme/models/models%2F:make"),
    ],
)
def test_a_full_name_of_a_model_is_not_doubled(name: str, path: str) -> None:
    assert fill_path("/v1/{project}/publishers/acme/models/{model}:make", {"project": "p", "model": name}) == path
