"""Path and header templates: `{name}` filled in, or read back out of what a client sent."""

import re
from collections.abc import Mapping
from functools import cache
from typing import Any
from urllib.parse import quote, unquote

from .dialect import Dialect

__all__ = ["base_url_for", "fill", "fill_path", "holes", "read_path"]

_HOLE = re.compile(r"\{(\w+)\}")


@cache
def _parts(template: str) -> tuple[str, ...]:
    """Text, name, text, name, …"""
    return tuple(_HOLE.split(template))


def holes(template: str) -> list[str]:
    return _HOLE.findall(template)


def fill(template: str, values: Mapping[str, Any]) -> str | None:
    """A header's text; None when a value is not known. A list is told with commas."""
    out: list[str] = []
    for n, part in enumerate(_parts(template)):
        if n % 2 == 0:
            out.append(part)
            continue
        value = values.get(part)
        if isinstance(value, list | tuple):
            value = ",".join(str(v) for v in value)
        if value is None or value == "" or isinstance(value, dict):
            return None
        out.append(str(value))
    text = "".join(out)
    return text if text.isprintable() and text.isascii() else None


def fill_path(template: str, values: Mapping[str, Any]) -> str:
    """A path with percent-encoded values. What is not known stays as it is written, `{name}`.

    A value that begins with the segments before it, as in full names of models, is not doubled.
    """

    def one(match: re.Match[str]) -> str:
        value = values.get(match[1])
        if not isinstance(value, str | int) or value == "":
            return match[0]
        text = _undoubled(template[: match.start()], str(value))
        return quote(text.encode("utf-8", "replace"), safe="")

    return _HOLE.sub(one, template)


def _undoubled(before: str, text: str) -> str:
    """What is left of the text where it begins with whole segments that stand before it."""
    if "/" in text:
        segments = before.rpartition("}")[2].split("/")
        for n in range(1, len(segments) - 1):
            said = "/".join(segments[n:])
            if text.startswith(said) and text != said:
                return text[len(said) :]
    return text


def base_url_for(provider: Dialect, settings: Mapping[str, Any]) -> str:
    """The template of the base URL that these settings ask for."""
    for when, url in provider.base_urls:
        if all(settings.get(name) == value for name, value in when.items()):
            return url
    return provider.base_url


_READERS: dict[str, re.Pattern[str]] = {}


def read_path(template: str, path: str) -> dict[str, str] | None:
    """The values that make the end of `path` this template, or None. The template's query is not looked at."""
    reader = _READERS.get(template)
    if reader is None:
        parts = _parts(template.partition("?")[0])
        pattern = "".join(re.escape(p) if n % 2 == 0 else f"(?P<{p}>[^?#]+?)" for n, p in enumerate(parts))
        reader = _READERS[template] = re.compile(f"(?:^|(?:.*(?=/))){pattern}/?$", re.DOTALL)
    match = reader.match(path.partition("?")[0])
    return None if match is None else {name: unquote(value) for name, value in match.groupdict().items()}
