"""JSON texts, one a line, however the bytes are cut. Blank lines say nothing.

The last line may lack its end: `close` gives it as a frame of kind `cut`, and whoever takes it must check that it is
whole.
"""

from . import Frame, text_of

__all__ = ["Decoder", "Encoder"]


class Decoder:
    def __init__(self) -> None:
        self._pieces: list[bytes] = []  # of a line that has not ended

    def feed(self, chunk: bytes) -> list[Frame]:
        first, *rest = chunk.split(b"\n")
        self._pieces.append(first)
        out: list[Frame] = []
        for piece in rest:
            self._line(out)
            self._pieces.append(piece)
        return out

    def close(self) -> list[Frame]:
        out: list[Frame] = []
        self._line(out, "cut")
        return out

    def _line(self, out: list[Frame], kind: str = "") -> None:
        line = b"".join(self._pieces).strip()
        self._pieces = []
        if line:
            out.append(Frame(text_of(line), None, kind))


class Encoder:
    content_type = "application/x-ndjson"

    def __init__(self, terminator: str | None) -> None:
        self._end = b"" if terminator is None else terminator.encode() + b"\n"

    def event(self, data: bytes, name: str | None) -> bytes:
        return data.replace(b"\r", b" ").replace(b"\n", b" ") + b"\n"

    def end(self) -> bytes:
        return self._end
