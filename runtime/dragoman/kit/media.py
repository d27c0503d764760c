"""Media that stand at a URL, for dialects that take bytes only: `media(url)` in expressions.

Nothing is fetched here. Bytes are handed in with the request; a dry run finds out which ones are wanted.
"""

from collections.abc import Mapping
from functools import cache
from mimetypes import MimeTypes
from typing import Any
from urllib.parse import urlsplit

__all__ = ["checked", "guess", "handed_in", "stand_in"]


def checked(media: Any) -> dict[str, tuple[str, str]]:
    """What a caller hands in. Raises ValueError for what is no media type and base64 by URL."""
    if media is not None and not isinstance(media, Mapping):
        raise ValueError(f"media: expected (media type, data in base64) by URL, found {media!r:.80}")
    for url, one in (media or {}).items():
        if type(one) not in (tuple, list) or len(one) != 2 or not all(type(text) is str for text in one):
            raise ValueError(f"media: expected (media type, data in base64) for {url!r}, found {one!r:.80}")
    return dict(media or {})


def handed_in(media: Any, url: Any) -> dict[str, str] | None:
    """`{media_type, data}` of what was handed in for this URL, the data in base64; null when nothing was."""
    found = media.get(url) if isinstance(media, Mapping) and type(url) is str else None
    return None if found is None else {"media_type": found[0], "data": found[1]}


def stand_in(url: str) -> dict[str, str]:
    """What a dry run goes on with in place of the bytes that it has just asked for."""
    return {"media_type": guess(url) or "image/png", "data": "AAAA"}


def guess(url: str) -> str | None:
    """The media type that the end of a URL's path stands for."""
    try:
        path = urlsplit(url).path
    except ValueError:  # brackets that are no address
        return None
    return _types().guess_type("file:" + path, strict=False)[0]


@cache
def _types() -> MimeTypes:
    types = MimeTypes()  # the table of the library alone: what this machine calls things must not change an answer
    types.add_type("image/webp", ".webp")
    return types
