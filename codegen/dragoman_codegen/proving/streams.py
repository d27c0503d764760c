"""Streams as bytes, through the runtime's public path: whole, byte by byte, and cut in two at every place."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any

from dragoman.dialect import HUB, Dialect, Event
from dragoman.exchange import Request
from dragoman.framing import Frame, decoder
from dragoman.json_codec import NotJSON, loads
from dragoman.kit.call import Call
from dragoman.stream import Stream
from dragoman.translation import Translator
from dragoman.wires import Writer, named_inside, named_outside, opened
from dragoman_codegen.proving.setup import CLOCK, Setup, counter

__all__ = ["BytePath", "decoded", "hub"]


class _Passed:
    """The hub's own side of a stream to a client: what comes goes on, and the end is the client's business."""

    def __init__(self, call: Call) -> None:
        self.finished = self.failed = False

    def feed(self, data: Any, event: str | None = None) -> list[Event]:
        return [Event(data, event)]

    def close(self) -> list[Event]:
        self.finished = True
        return []


def hub(terminator: str | None) -> Dialect:
    """A hub that changes nothing, as the other side of a provider."""
    return Dialect(HUB, terminator=terminator, stream_to_hub=_Passed)


def frames(data: bytes, framing: str) -> list[Frame]:
    reader = decoder(framing)
    return [*reader.feed(data), *reader.close()]


def decoded(data: bytes, source: Dialect) -> list[Any] | None:
    """The events in the bytes of a stream; None if they are not all JSON in whole frames."""
    out: list[Any] = []
    for frame in frames(data, source.framing):
        if source.terminator is not None and frame.text.strip() == source.terminator:
            break
        if frame.kind == "bare":
            return None
        try:
            opened_frame = opened(source, frame)
            out.append(named_inside(source, loads(opened_frame.text), opened_frame.event))
        except NotJSON:
            return None
    return out


class BytePath:
    """A case as bytes: from the provider to the hub's client, or from the hub's upstream to the provider's client."""

    def __init__(
        self, dialect: Dialect, direction: str, data: Mapping[str, Any], setup: Setup, terminator: str | None
    ) -> None:
        to_hub = direction == "to_hub"
        self._setup = setup
        other = hub(terminator)
        self.source = dialect if to_hub else other
        self.target = other if to_hub else dialect
        # A client of the hub's own dialect gets the events as they are: there is no way through that unit.
        self.possible = to_hub or dialect.slug != HUB
        if to_hub and dialect.slug == HUB:
            self.target = dialect
        self._settings = {name: value for name, value in data.get("settings", {}).items() if name in dialect.settings}
        self._facts = data.get("facts") if to_hub else None

    def stream(self) -> Stream:
        translator = Translator(
            self.source, self.target, settings=self._settings, facts=self._facts, clock=lambda: CLOCK, new_id=counter()
        )
        context = dict(self._setup.context)
        sent = Request(
            method="POST", path="", headers={}, body=None, stream=True, losses=[], model=self._setup.model,
            context=context, client_context=context,
        )  # fmt: skip
        return translator.stream(sent)

    def encoded(self, events: Iterable[Any]) -> bytes:
        """Events as the source sends them."""
        source = self.source
        writer = Writer(source, source.framing)
        named = (Event(data, _name(data, source.event_field or "type")) for data in events)
        pieces = [writer.event(named_outside(source, event)) for event in named]
        return b"".join([*pieces, writer.end()])

    def translated(self, *chunks: bytes) -> bytes:
        stream = self.stream()
        return b"".join([*(stream.feed_bytes(chunk) for chunk in chunks), stream.close_bytes()])

    def events_of(self, data: bytes) -> list[Any] | None:
        return decoded(data, self.target)

    def first_bad_cut(self, data: bytes, whole: bytes, *, thorough: bool = False) -> str | None:
        """In words, a way to cut the bytes that gives something else; None if there is none.

        What comes out depends on the frames alone, so cuts are tried on the decoder: near the ends of lines, within
        characters of several bytes, and here and there. The whole path is tried byte by byte. If `thorough`, both are
        tried at every cut.
        """
        if self.translated(*(data[n : n + 1] for n in range(len(data)))) != whole:
            return "given byte by byte, the stream makes something else than from the whole"
        framing = self.source.framing
        expected = frames(data, framing)
        for n in range(1, len(data)):
            if not thorough and n % _STRIDE and not _ODD.search(data, n - 2, n + 2):
                continue
            reader = decoder(framing)
            if [*reader.feed(data[:n]), *reader.feed(data[n:]), *reader.close()] != expected:
                return f"cut after byte {n}, other events are read than from the whole"
            if thorough and self.translated(data[:n], data[n:]) != whole:
                return f"cut after byte {n}, the stream makes something else than from the whole"
        return None


_STRIDE = 16
_ODD = re.compile(rb"[\x00-\x1f\x80-\xff]")
"""Ends of lines, and what no text in ASCII holds."""


def _name(data: Any, field: str) -> str | None:
    name = data.get(field) if isinstance(data, dict) else None
    return name if isinstance(name, str) else None
