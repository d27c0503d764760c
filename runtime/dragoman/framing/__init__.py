"""Stream framings: bytes to frames and events to bytes, without any input or output of their own.

A framing is a module with `Decoder()` and `Encoder(terminator)`; it knows no provider and no JSON.
"""

from importlib import import_module
from typing import Any, NamedTuple, Protocol

__all__ = ["FRAMINGS", "Decoder", "Encoder", "Frame", "content_type", "decoder", "encoder", "text_of"]

FRAMINGS = {
    "aws_event_stream": "dragoman.framing.aws_event_stream",
    "json_array": "dragoman.framing.json_array",
    "ndjson": "dragoman.framing.ndjson",
    "sse": "dragoman.framing.sse",
}


class Frame(NamedTuple):
    """One thing that came over the wire.

    `kind`: `""`, a whole frame; `cut`, the body ended inside it and it may not be all; `bare`, it stood outside of the
    framing, as an error body does that an upstream sends in place of a stream; `broken`, the framing itself is not what
    it must be, and `text` says how.
    """

    text: str
    event: str | None = None
    kind: str = ""


class Decoder(Protocol):
    def feed(self, chunk: bytes) -> list[Frame]: ...

    def close(self) -> list[Frame]: ...


class Encoder(Protocol):
    content_type: str

    def event(self, data: bytes, name: str | None) -> bytes: ...

    def end(self) -> bytes: ...


def _module(framing: str) -> Any:
    name = FRAMINGS.get(framing)
    if name is None:
        raise NotImplementedError(f"the {framing} framing is not there yet; there are: {', '.join(sorted(FRAMINGS))}")
    return import_module(name)


def decoder(framing: str) -> Decoder:
    made: Decoder = _module(framing).Decoder()
    return made


def encoder(framing: str, terminator: str | None) -> Encoder:
    made: Encoder = _module(framing).Encoder(terminator)
    return made


def content_type(framing: str) -> str:
    """The media type of a body in this framing."""
    found: str = _module(framing).Encoder.content_type
    return found


def text_of(raw: bytes) -> str:
    """Bytes as text; what is no UTF-8 is replaced, as the standard of server-sent events says."""
    try:
        return raw.decode("utf-8", "surrogatepass")
    except UnicodeDecodeError:
        pass
    return raw.decode("utf-8", "replace")
