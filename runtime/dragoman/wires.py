"""Between events and the bytes of one dialect: framing, names that stand in the framing alone, and envelopes."""

import binascii
from base64 import b64decode, b64encode
from collections.abc import Mapping
from typing import Any
from urllib.parse import parse_qsl

from .dialect import Dialect, Named
from .framing import Encoder, Frame, content_type, encoder
from .json_codec import NotJSON, dumps, loads

__all__ = ["Writer", "asked", "named_inside", "named_outside", "opened", "sent_in"]


def asked(client: Dialect, path: str) -> str:
    """The framing that a client's URL asks for."""
    query = dict(parse_qsl(path.partition("?")[2].partition("#")[0], keep_blank_values=True))
    for framing, wanted in client.client_framings:
        if wanted.items() <= query.items():
            return framing
    return client.framing


def sent_in(provider: Dialect, headers: Mapping[str, str]) -> str:
    """The framing of an upstream's answer: what its content type says, if that is one of this dialect's."""
    told = headers.get("content-type", "").partition(";")[0].strip().lower()
    for framing, _ in provider.client_framings:
        if content_type(framing) == told:
            return framing
    return provider.framing


def opened(provider: Dialect, frame: Frame) -> Frame:
    """A frame without its envelope. One that is not in the envelope, as a failure is not, stays as it is."""
    envelope = provider.envelope
    if envelope is None or frame.kind or frame.event != envelope.event:
        return frame
    problem = f"an envelope without {envelope.field}"
    try:
        body = loads(frame.text)
        inner = body.get(envelope.field) if isinstance(body, dict) else None
        if isinstance(inner, str):
            return Frame(b64decode(inner, validate=True).decode("utf-8", "replace"))
    except NotJSON as exc:
        problem = str(exc)
    except binascii.Error:
        problem = f"{envelope.field} that is no base64"
    return Frame(problem, frame.event, "broken")


def named_inside(dialect: Dialect, data: Any, event: str | None) -> Any:
    """An event as the rules see it, where its name stands in the framing alone."""
    if dialect.event_field is None or event is None or type(data) is not dict:
        return data
    return {dialect.event_field: event, **data}


def named_outside(dialect: Dialect, event: Named) -> Named:
    """The same way back."""
    (data, name), field = event, dialect.event_field
    if field is None or type(data) is not dict or field not in data:
        return event
    return {key: value for key, value in data.items() if key != field}, name


class Writer:
    """Events of one client, as bytes."""

    def __init__(self, client: Dialect, framing: str) -> None:
        self._named = client.event_names
        self._envelope = client.envelope
        self._encoder: Encoder = encoder(framing, client.terminator)
        self.content_type = self._encoder.content_type

    def event(self, event: Named) -> bytes:
        """Raises `NotJSON` for what cannot be written."""
        data, name = event
        return self.text(dumps(data), name if self._named else None)

    def text(self, data: bytes, name: str | None) -> bytes:
        """An event whose data is JSON text already."""
        if self._envelope is not None and not (name or "").endswith("Exception"):
            data, name = dumps({self._envelope.field: b64encode(data).decode()}), self._envelope.event
        return self._encoder.event(data, name)

    def end(self) -> bytes:
        return self._encoder.end()
