"""What generated stream units share."""

from typing import Any

from ..dialect import Named
from ..places import At
from .call import malformed

__all__ = ["entry", "named", "put", "put_entry"]


def named(data: Any, field: str) -> Named:
    """An event whose name in the framing is one of its own fields."""
    name = data.get(field) if type(data) is dict else None
    return data, name if type(name) is str else None


def put(slot: dict[str, Any], key: Any, value: Any, at: At) -> None:
    """An entry of a map slot; keys are texts, numbers count as their text."""
    put_entry(slot, str(key) if type(key) is int else key, value, at)


def put_entry(slot: dict[Any, Any], key: Any, value: Any, at: At) -> None:
    """An entry of a map slot; keys are texts or whole numbers."""
    if type(key) is not int and type(key) is not str:
        raise malformed(at, "a key (a text or a number)", key)
    slot[key] = value


def entry(slot: dict[Any, Any], key: Any) -> Any:
    """What was put under a key; null if nothing was."""
    return slot.get(key) if type(key) is int or type(key) is str else None
