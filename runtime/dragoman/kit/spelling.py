"""Fields that came in another spelling than the schema's."""

import re
from collections.abc import Mapping
from typing import Any

from ..places import At, Key, join, keys_of

__all__ = ["Spellings", "as_given", "respelled"]

Spellings = Mapping[str, Mapping[str, tuple[str, tuple[str, ...]]]]
"""For each kind of object, by each spelling of a field: its name, and the kinds of object that stand in it."""


def respelled(value: Any, names: Spellings, *kinds: str) -> Any:
    """The value with its fields as the schema has them; itself if they are already.

    A field that is there in both spellings stays there in both: then one is a field that nobody knows.
    """
    if type(value) is list:
        items = [respelled(item, names, *kinds) for item in value]
        return items if any(item is not old for item, old in zip(items, value, strict=True)) else value
    if type(value) is not dict:
        return value
    out: dict[str, Any] = {}
    changed = False
    for key, old in value.items():
        name: str = key
        below: tuple[str, ...] = ()
        for kind in kinds:
            row = names.get(kind, {})
            if (entry := row.get(key) or row.get("*")) is not None:
                name, below = entry
                break
        if name == "*" or (name != key and name in value):
            name = key
        inner = respelled(old, names, *below) if below else old
        changed = changed or name != key or inner is not old
        out[name] = inner
    return out if changed else value


_WORD = re.compile(r"(?<=[a-z0-9])([A-Z])")


def as_given(at: At, body: Any) -> At:
    """A place in the schema's spelling as a place in the body that the caller gave."""
    out: list[Key] = []
    for key in keys_of(at):
        if isinstance(key, str) and isinstance(body, dict) and key not in body:
            other = _WORD.sub(r"_\1", key).lower()
            key = other if other in body else key
        out.append(key)
        if isinstance(key, int):
            body = body[key] if isinstance(body, list) and -len(body) <= key < len(body) else None
        else:
            body = body.get(key) if isinstance(body, dict) else None
    return join(out)
