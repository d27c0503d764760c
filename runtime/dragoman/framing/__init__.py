"""Stream framings: bytes to frames and events to bytes, without any input or output of their own.

A framing is a module with `Decoder()` and `Encoder(terminator)`; it knows no provider and no JSON.
"""

from importlib import import_module
from typing import Any, NamedTuple, Protocol

__all__ = ["FRAMINGS", "Decoder", "Encoder", "Frame", "decoder", "encoder"]

FRAMINGS = {"sse": "dragoman.framing.sse"}


class Frame(NamedTuple):
    """One thing that came over the wire.

    `kind`: `""`, a whole frame; `cut`, the body ended inside it and it may not be all; `bare`, it stood outside of the
    framing, as an error body does that an upstream sends in place of a stream.
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
