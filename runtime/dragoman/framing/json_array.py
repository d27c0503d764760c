"""One JSON array that is sent an element at a time, however the bytes are cut.

What stands there in place of an array, as an error body does, is one bare frame. An element that had begun when the
body ended is a frame of kind `cut`; an array that was not closed after a whole element gives one with no text.
"""

import re

from . import Frame, text_of

__all__ = ["Decoder", "Encoder"]

# What can change the depth, and what hides it: a string is over at a quote that nothing escapes.
_STRUCTURE = re.compile(rb'[\[\]{}",]')
_IN_STRING = re.compile(rb'["\\]')
_BLANK = b" \t\r\n"


class Decoder:
    def __init__(self) -> None:
        self._depth = 0  # 1: between the elements
        self._in_string = False
        self._escaped = False  # the next byte belongs to the string, whatever it is
        self._pieces: list[bytes] = []  # of the element that has not ended
        self._bare = False
        self._over = False

    def feed(self, chunk: bytes) -> list[Frame]:
        out: list[Frame] = []
        if self._depth == 0 and not self._bare and not self._over:
            chunk = chunk.removeprefix(b"\xef\xbb\xbf").lstrip(_BLANK)
            if not chunk:
                return out
            self._bare = not chunk.startswith(b"[")
            if not self._bare:
                self._depth, chunk = 1, chunk[1:]
        if self._bare:
            self._pieces.append(chunk)
        elif not self._over:
            self._elements(chunk, out)
        return out

    def close(self) -> list[Frame]:
        rest = b"".join(self._pieces).strip(_BLANK)
        self._pieces = []
        if self._bare:
            return [Frame(text_of(rest), None, "bare")] if rest else []
        return [Frame(text_of(rest), None, "cut")] if self._depth else []

    def _elements(self, chunk: bytes, out: list[Frame]) -> None:
        start = place = 0  # of what is not in `_pieces` yet; of what is not looked at yet
        while place < len(chunk):
            if self._escaped:
                self._escaped = False
                place += 1
                continue
            found = (_IN_STRING if self._in_string else _STRUCTURE).search(chunk, place)
            if found is None:
                break
            place = found.end()
            mark = found.group()
            if mark == b"\\":
                self._escaped = True
            elif mark == b'"':
                self._in_string = not self._in_string
            elif mark in b"[{":
                self._depth += 1
            elif mark in b"]}":
                self._depth -= 1
            if self._depth == 0 or (self._depth == 1 and mark == b","):
                self._element(chunk[start : found.start()], out)
                start = place
            if self._depth == 0:
                self._over = True
                return
        self._pieces.append(chunk[start:])

    def _element(self, last: bytes, out: list[Frame]) -> None:
        text = b"".join([*self._pieces, last]).strip(_BLANK)
        self._pieces = []
        if text:
            out.append(Frame(text_of(text)))


class Encoder:
    content_type = "application/json"

    def __init__(self, terminator: str | None) -> None:
        self._begun = False

    def event(self, data: bytes, name: str | None) -> bytes:
        before = b",\r\n" if self._begun else b"["
        self._begun = True
        return before + data

    def end(self) -> bytes:
        return b"]" if self._begun else b"[]"
