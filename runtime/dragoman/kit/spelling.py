"""Fields that came in another spelling than the schema's."""

from collections.abc import Mapping
from typing import Any

__all__ = ["Spellings", "respelled"]

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
