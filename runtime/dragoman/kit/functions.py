"""Functions of expressions beyond JMESPath's own.

Rules: total over JSON values. What a function makes no sense of gives null (``None``); nothing is raised, no argument
is changed. Lone surrogates, NaN and integers of any size are JSON values here.
"""

from __future__ import annotations

import base64
import binascii
import json
import math
import re
import struct
import urllib.parse
from collections.abc import Mapping
from typing import Any, overload

__all__ = [
    "base64_floats",
    "base64_text",
    "compact",
    "cut",
    "data_uri",
    "date_seconds",
    "floats_base64",
    "json_text",
    "member",
    "minus",
    "out_of_order",
    "parse_json",
    "safe_id",
    "seconds",
    "seconds_date",
    "short_id",
    "split",
    "text_base64",
    "trim",
    "trim_end",
    "unordered",
]

_WHITE = " \t\r\n"  # JSON's white space, which is what providers strip


def parse_json(text: Any) -> Any:
    """The JSON value that a text spells, or null when it is none."""
    if type(text) is not str:
        return None
    try:
        return _read(text)
    except (ValueError, RecursionError):
        return None


def _no_constant(name: str) -> Any:
    """Python's reader takes NaN and Infinity, which are no JSON."""
    raise ValueError(name)


_read = json.JSONDecoder(parse_constant=_no_constant).decode


def json_text(value: Any) -> str:
    """A value as compact JSON; non-ASCII characters stay as they are."""
    try:
        return _write(value)
    except ValueError:
        return _ENCODER.encode(value)


_write = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode


class _Encoder(json.JSONEncoder):
    """Writes integers of any size, which Python's own conversion to decimal digits refuses to."""

    def encode(self, o: Any) -> str:
        if type(o) is dict:
            return "{" + ",".join(f"{json_text(key)}:{self.encode(value)}" for key, value in o.items()) + "}"
        if type(o) is list:
            return "[" + ",".join(map(self.encode, o)) + "]"
        return _digits(o) if type(o) is int else super().encode(o)


_ENCODER = _Encoder(ensure_ascii=False, separators=(",", ":"))
_CHUNK = 4000
_MANY = 10**_CHUNK  # a power that takes longer to make than all else here


def _digits(number: int) -> str:
    """The decimal digits of an integer, made in pieces that are below Python's limit."""
    if number < 0:
        return "-" + _digits(-number)
    pieces: list[str] = []
    while number >= _MANY:
        number, rest = divmod(number, _MANY)
        pieces.append(str(rest).zfill(_CHUNK))
    return str(number) + "".join(reversed(pieces))


_DATA_URI = re.compile(r"data:([^,]*),(.*)", re.DOTALL | re.IGNORECASE)


def data_uri(url: Any) -> dict[str, str] | None:
    """``{media_type, data}`` of a data URI, the data in base64 whichever way it is written; null for any other URL."""
    match = _DATA_URI.fullmatch(url) if type(url) is str else None
    if match is None:
        return None
    media_type, *parameters = match[1].split(";")
    encoded = bool(parameters) and parameters[-1].strip().lower() == "base64"
    if not encoded:
        return {"media_type": media_type.strip() or "text/plain", "data": _encode(_unquoted(match[2]))}
    data = match[2]
    if "%" in data:
        data = urllib.parse.unquote(data)
    return {"media_type": media_type.strip() or "text/plain", "data": data}


def _unquoted(text: str) -> bytes:
    return urllib.parse.unquote_to_bytes(text.encode("utf-8", "surrogatepass"))


def _encode(data: bytes) -> str:
    return base64.b64encode(data).decode("ascii")


def text_base64(text: Any) -> str | None:
    """The UTF-8 bytes of a text, in base64."""
    return _encode(text.encode("utf-8", "surrogatepass")) if type(text) is str else None


def floats_base64(numbers: Any) -> str | None:
    """Numbers as floats of four bytes, the lowest byte first, in base64: the form that embeddings travel in."""
    if type(numbers) is not list or not all(type(number) in (int, float) for number in numbers):
        return None
    try:
        return _encode(struct.pack(f"<{len(numbers)}f", *numbers))
    except (OverflowError, struct.error):  # what such a float cannot hold
        return None


def base64_floats(data: Any) -> list[float] | None:
    """The numbers that base64 holds as floats of four bytes; null when it is no such text."""
    if type(data) is not str:
        return None
    try:
        raw = base64.b64decode(data + "=" * (-len(data) % 4), validate=True)
    except (binascii.Error, ValueError):
        return None
    numbers = [] if len(raw) % 4 else list(struct.unpack(f"<{len(raw) // 4}f", raw))
    return numbers if len(raw) % 4 == 0 and all(map(math.isfinite, numbers)) else None


def base64_text(data: Any) -> str | None:
    """The text that base64 holds in UTF-8; null when it is neither. White space and missing padding are let pass."""
    if type(data) is not str:
        return None
    compacted = "".join(data.split()).rstrip("=").replace("-", "+").replace("_", "/")
    try:
        raw = base64.b64decode(compacted + "=" * (-len(compacted) % 4), validate=True)
        return raw.decode("utf-8", "surrogatepass")
    except (binascii.Error, ValueError):  # UnicodeError is a ValueError
        return None


@overload
def safe_id(value: str) -> str: ...
@overload
def safe_id(value: object) -> str | None: ...
def safe_id(value: Any) -> str | None:
    """An id made of letters, digits, `_` and `-` alone: the text itself if it is one, else one made from it.

    The same text always gives the same id, and other texts give other ids.
    """
    if type(value) is not str:
        return None
    if _SAFE_ID.fullmatch(value):
        return value
    from hashlib import blake2s

    digest = blake2s(value.encode("utf-8", "surrogatepass"), digest_size=8).hexdigest()
    return f"{_UNSAFE.sub('_', value)[:40]}_{digest}"


def short_id(value: Any, length: Any) -> str | None:
    """An id of so many letters and digits: the text itself if it is one, else one made from it, as `safe_id` does."""
    if type(value) is not str or type(length) is not int or not 0 < length <= 64:
        return None
    if len(value) == length and value.isascii() and value.isalnum():
        return value
    from hashlib import blake2s

    number = int.from_bytes(blake2s(value.encode("utf-8", "surrogatepass")).digest() * 2, "big")
    made = []
    for _ in range(length):
        number, digit = divmod(number, len(_ALPHABET))
        made.append(_ALPHABET[digit])
    return "".join(made)


def split(text: Any, separator: Any) -> list[str] | None:
    """The pieces of a text between separators; with an empty separator the text is one piece."""
    if type(text) is not str or type(separator) is not str:
        return None
    return text.split(separator) if separator else [text]


def trim(text: Any) -> str | None:
    """A text without white space at both ends."""
    return text.strip(_WHITE) if type(text) is str else None


def trim_end(text: Any) -> str | None:
    """A text without white space at its end."""
    return text.rstrip(_WHITE) if type(text) is str else None


_ALPHABET = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
_SAFE_ID = re.compile(r"[a-zA-Z0-9_-]+")
_UNSAFE = re.compile(r"[^a-zA-Z0-9_-]")
_NUMBER = re.compile(r"[0-9]+(?:\.[0-9]*)?|\.[0-9]+", re.ASCII)
_DURATION = re.compile(r"(?:([0-9]+(?:\.[0-9]*)?|\.[0-9]+)(ns|us|µs|μs|ms|s|m|h))", re.ASCII)
_UNITS = {"ns": 1e-9, "us": 1e-6, "µs": 1e-6, "μs": 1e-6, "ms": 1e-3, "s": 1.0, "m": 60.0, "h": 3600.0}


def seconds(value: Any) -> int | float | None:
    """A time to wait in seconds: a number, "7", "34.1s", "6m0s", "20ms", or an HTTP date (from now on, at least 0)."""
    if type(value) in {int, float}:
        return value if _finite(value) else None
    if type(value) is not str or len(value) > 100:
        return None
    text = value.strip(_WHITE)
    if _NUMBER.fullmatch(text):
        return _whole(float(text))
    pieces = list(_DURATION.finditer(text))
    if pieces and "".join(piece[0] for piece in pieces) == text:
        total = math.fsum(float(piece[1]) * _UNITS[piece[2]] for piece in pieces)
        return _whole(round(total, 9))
    return _until(text)


def _finite(number: int | float) -> bool:
    return type(number) is int or math.isfinite(number)


def _whole(number: float) -> int | float:
    return int(number) if number.is_integer() else number


def _until(date: str) -> int | float | None:
    import datetime  # few translations meet a date, and these take long to load
    import email.utils

    try:
        when = email.utils.parsedate_to_datetime(date)
        if when.tzinfo is None:
            when = when.replace(tzinfo=datetime.UTC)
        left = (when - datetime.datetime.now(datetime.UTC)).total_seconds()
    except (ValueError, TypeError, IndexError, OverflowError):
        return None
    return max(0, math.ceil(left))


_DATE = re.compile(
    r"([0-9]{4}-[0-9]{2}-[0-9]{2})[Tt ]([0-9]{2}:[0-9]{2}:[0-9]{2})(?:\.[0-9]+)?([Zz]|[+-][0-9]{2}:[0-9]{2})", re.ASCII
)


def date_seconds(text: Any) -> int | None:
    """Whole seconds since 1970 of a date in the form of RFC 3339; null when it is none."""
    match = _DATE.fullmatch(text) if type(text) is str else None
    if match is None:
        return None
    import datetime  # few translations meet a date, and this takes long to load

    zone = "+00:00" if match[3] in "Zz" else match[3]
    try:
        return math.floor(datetime.datetime.fromisoformat(f"{match[1]}T{match[2]}{zone}").timestamp())
    except (ValueError, OverflowError):
        return None


def seconds_date(number: Any) -> str | None:
    """The date of RFC 3339, in UTC, that lies so many seconds after 1970; null outside the years 1 to 9999."""
    if type(number) not in {int, float} or not _finite(number):
        return None
    import datetime

    try:
        when = datetime.datetime(1970, 1, 1) + datetime.timedelta(seconds=math.floor(number))
    except OverflowError:
        return None
    return when.isoformat() + "Z"


def member(container: Any, key: Any) -> Any:
    """A member of an object by its name (a number: its digits), or an element of an array by its index; else null."""
    if type(container) is dict:
        if type(key) is str:
            return container.get(key)
        return container.get(str(key) if -_MANY < key < _MANY else _digits(key)) if type(key) is int else None
    if type(container) is list and type(key) is int and -len(container) <= key < len(container):
        return container[key]
    return None


def minus(a: Any, b: Any) -> int | float | None:
    """The difference of two numbers."""
    if type(a) not in {int, float} or type(b) not in {int, float}:
        return None
    try:
        return a - b  # type: ignore[no-any-return]
    except OverflowError:  # an integer beyond the range of floats
        return None


def compact(value: Any) -> dict[str, Any] | None:
    """An object without the members that are null."""
    if type(value) is not dict:
        return None
    return {key: item for key, item in value.items() if item is not None}


def cut(text: Any, lengths: Any) -> list[str] | None:
    """A text cut into pieces of these lengths (in code points); the rest is the last piece, and none is empty."""
    if type(text) is not str or type(lengths) is not list:
        return None
    pieces = []
    start = 0
    for length in lengths:
        if type(length) is not int or length < 0:
            return None
        pieces.append(text[start : start + length])
        start += length
    pieces.append(text[start:])
    return [piece for piece in pieces if piece]


def out_of_order(names: Any, ranks: Mapping[str, int]) -> bool:
    """``unordered`` with the place of each name in the ranking."""
    if type(names) is not list:
        return False
    last = -1
    for name in names:
        rank = ranks.get(name, last) if type(name) is str else last
        if rank < last:
            return True
        last = rank
    return False


def unordered(names: Any, ranking: Any) -> bool:
    """Whether names are not in the order in which ``ranking`` has them; names that it lacks may stand anywhere."""
    if type(names) is not list or type(ranking) is not list:
        return False
    last = -1
    for name in names:
        rank = ranking.index(name) if name in ranking else last
        if rank < last:
            return True
        last = rank
    return False
