"""AWS's binary event stream (`application/vnd.amazon.eventstream`), however the bytes are cut.

A frame: its length and that of its headers, a checksum of these, headers, payload, a checksum of all before it (CRC-32;
numbers are big-endian). The header `:message-type` says whether it is an event (`:event-type` is its name), an
exception (`:exception-type`) or an error of the service without a payload (`:error-code`, `:error-message`).
Source: Smithy, `application/vnd.amazon.eventstream` (smithy.io/2.0/aws/amazon-eventstream.html), read 2026-11-22.

A body that begins with `{` is no event stream but a failure: one bare frame. A frame whose checksum does not hold is
given as kind `broken`, its text says what is wrong; nothing after it is read.
"""

import json
import struct
from zlib import crc32

from . import Frame, text_of

__all__ = ["Decoder", "Encoder"]

_PRELUDE = struct.Struct(">III")
_LONGEST = 24 * 1024 * 1024  # bytes of one frame; the sizes of headers whose values have a fixed one come next
_FIXED = {0: 0, 1: 0, 2: 1, 3: 2, 4: 4, 5: 8, 8: 8, 9: 16}
_COUNTED = (6, 7)  # bytes and text


class Decoder:
    def __init__(self) -> None:
        self._held = bytearray()
        self._bare = False
        self._broken = False

    def feed(self, chunk: bytes) -> list[Frame]:
        out: list[Frame] = []
        if self._broken:
            return out
        if not self._held and not self._bare and chunk.startswith(b"{"):  # as a length this were two gigabytes
            self._bare = True
        self._held += chunk
        place = 0
        while not self._bare and not self._broken and len(self._held) - place >= _PRELUDE.size:
            size, headers, checksum = _PRELUDE.unpack_from(self._held, place)
            if crc32(self._held[place : place + 8]) != checksum:
                self._break("the checksum of a frame's lengths does not hold", out)
            elif not _PRELUDE.size + headers + 4 <= size <= _LONGEST:
                self._break(f"a frame of {size} bytes with {headers} bytes of headers", out)
            elif len(self._held) - place < size:
                break
            else:
                self._frame(bytes(self._held[place : place + size]), headers, out)
                place += size
        del self._held[:place]
        return out

    def close(self) -> list[Frame]:
        if self._bare:
            return [Frame(text_of(bytes(self._held)), None, "bare")]
        return [Frame("the body ended inside a frame", None, "broken")] if self._held and not self._broken else []

    def _break(self, why: str, out: list[Frame]) -> None:
        self._broken = True
        out.append(Frame(why, None, "broken"))

    def _frame(self, frame: bytes, size: int, out: list[Frame]) -> None:
        if crc32(frame[:-4]) != int.from_bytes(frame[-4:], "big"):
            self._break("the checksum of a frame does not hold", out)
            return
        headers = _headers(frame[_PRELUDE.size : _PRELUDE.size + size])
        if headers is None:
            self._break("headers of a frame that cannot be read", out)
            return
        text = text_of(frame[_PRELUDE.size + size : -4])
        kind = headers.get(":message-type", "event")
        if kind == "error":
            text = json.dumps({"message": headers.get(":error-message", "")})
        name = headers.get({"event": ":event-type", "exception": ":exception-type"}.get(kind, ":error-code"))
        out.append(Frame(text or "{}", name))


def _headers(block: bytes) -> dict[str, str] | None:
    """Headers whose value is a text; None for a block that breaks off or has a type of value that there is not."""
    found: dict[str, str] = {}
    place = 0
    while place < len(block):
        value = place + 1 + block[place]
        name, kind = text_of(block[place + 1 : value]), block[value] if value < len(block) else -1
        value += 1
        if kind in _COUNTED:
            end = value + 2 + int.from_bytes(block[value : value + 2], "big")
            value += 2
        elif kind in _FIXED:
            end = value + _FIXED[kind]
        else:
            return None
        if end > len(block):
            return None
        if kind == 7:
            found[name] = text_of(block[value:end])
        place = end
    return found


class Encoder:
    content_type = "application/vnd.amazon.eventstream"

    def __init__(self, terminator: str | None) -> None:
        pass

    def event(self, data: bytes, name: str | None) -> bytes:
        """By convention the name of a failure, and of nothing else, ends in `Exception`."""
        name = name or "event"
        kind = "exception" if name.endswith("Exception") else "event"
        pairs = ((f":{kind}-type", name), (":content-type", "application/json"), (":message-type", kind))
        headers = b"".join(_text_header(key, value) for key, value in pairs)
        lengths = struct.pack(">II", _PRELUDE.size + len(headers) + len(data) + 4, len(headers))
        frame = lengths + crc32(lengths).to_bytes(4, "big") + headers + data
        return frame + crc32(frame).to_bytes(4, "big")

    def end(self) -> bytes:
        return b""


def _text_header(name: str, value: str) -> bytes:
    raw = value.encode("utf-8", "replace")[:0xFFFF]
    return bytes([len(name)]) + name.encode() + b"\x07" + len(raw).to_bytes(2, "big") + raw
