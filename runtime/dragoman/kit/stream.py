"""What generated stream units share."""

from typing import Any

from ..dialect import Event
from ..places import At
from .call import malformed

__all__ = ["named", "put"]


def named(data: Any, field: str) -> Event:
    """An event whose name in the framing is one of its own fields."""
    name = data.get(field) if type(data) is dict else None
    return Event(data, name if type(name) is str else None)


def put(slot: dict[str, Any], key: Any, value: Any, at: At) -> None:
    """An entry of a map slot; keys are texts, numbers count as their text."""
    if type(key) is int:
        key = str(key)
    if type(key) is not str:
        raise malformed(at, "a key (a text or a number)", key)
    slot[key] = value
