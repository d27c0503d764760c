"""Server-sent events, as the WHATWG standard reads them, however the bytes are cut.

What upstreams do beyond the standard is taken as well:

- The last event of a body may lack its blank line: `close` gives it as a frame of kind `cut`, and whoever takes it must
  check that its data is whole.
- A body, or the rest of one, may be bare JSON: from a line that begins with `{` or `[` on, all is one bare frame.
- A field `error: {…}` stands for `data: {"error": {…}}`.

Lines are put together from pieces once, when they end, so that the work is linear in the bytes.
"""

from . import Frame, text_of

__all__ = ["Decoder", "Encoder"]

_BOM = b"\xef\xbb\xbf"


class Decoder:
    def __init__(self) -> None:
        self._pieces: list[bytes] = []  # of a line that has not ended
        self._after_cr = False  # a line feed that comes now belongs to the line end before
        self._at_start = True
        self._data: list[bytes] = []
        self._event: bytes | None = None
        self._bare: list[bytes] | None = None

    def feed(self, chunk: bytes) -> list[Frame]:
        if not chunk:
            return []
        if self._bare is not None:
            self._bare.append(chunk)
            return []
        if self._after_cr:
            self._after_cr = False
            if chunk.startswith(b"\n"):
                chunk = chunk[1:]
        out: list[Frame] = []
        lines = chunk.splitlines(keepends=True)  # of bytes: at LF, CR and CRLF only
        for n, line in enumerate(lines):
            if not line.endswith((b"\n", b"\r")):
                self._pieces.append(line)
                break
            last = line.rstrip(b"\r\n")
            content = last if not self._pieces else self._whole(last)
            if not self._line(content, out):
                self._bare = [content, line[len(last) :], *lines[n + 1 :]]
                return out
        self._after_cr = chunk.endswith(b"\r")
        return out

    def close(self) -> list[Frame]:
        out: list[Frame] = []
        if self._bare is None and self._pieces:
            content = self._whole(b"")
            if not self._line(content, out):
                self._bare = [content]
        if self._bare is not None:
            text = b"".join(self._bare)
            self._bare = []
            if text.strip():
                out.append(Frame(text_of(text), None, "bare"))
        self._dispatch(out, "cut")
        return out

    def _whole(self, last: bytes) -> bytes:
        self._pieces.append(last)
        content = b"".join(self._pieces)
        self._pieces = []
        return content

    def _line(self, line: bytes, out: list[Frame]) -> bool:
        """Take one line; False if the stream is no event stream from here on."""
        if self._at_start:
            self._at_start = False
            line = line.removeprefix(_BOM)
        if not line:
            self._dispatch(out)
        elif line.startswith(b"data:"):
            self._data.append(line[6:] if line.startswith(b" ", 5) else line[5:])
        elif line.startswith(b"event:"):
            self._event = line[6:].removeprefix(b" ")
        elif line.startswith((b"{", b"[")):
            self._dispatch(out)
            return False
        elif line.startswith(b"error:"):
            self._data.append(b'{"error":' + line[6:] + b"}")
        elif line == b"data":
            self._data.append(b"")
        # The rest are comments, ids, retry times and fields that the standard says to ignore.
        return True

    def _dispatch(self, out: list[Frame], kind: str = "") -> None:
        if self._data:
            data = b"\n".join(self._data)
            if data:
                out.append(Frame(text_of(data), text_of(self._event) if self._event else None, kind))
        self._data = []
        self._event = None


class Encoder:
    content_type = "text/event-stream"

    def __init__(self, terminator: str | None) -> None:
        self._end = b"" if terminator is None else b"data: " + terminator.encode() + b"\n\n"

    def event(self, data: bytes, name: str | None) -> bytes:
        if b"\n" in data or b"\r" in data:
            data = b"\ndata: ".join(data.splitlines())
        if name:
            return b"event: " + name.encode("utf-8", "replace") + b"\ndata: " + data + b"\n\n"
        return b"data: " + data + b"\n\n"

    def end(self) -> bytes:
        return self._end
