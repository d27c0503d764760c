"""Operators on whole lists that a rule has made."""

from collections.abc import Mapping
from typing import Any

__all__ = ["lay", "merge_items"]


def merge_items(items: list[Any] | None, by: tuple[str, ...], joined: tuple[str, ...], everywhere: bool = False) -> list[Any]:
    """Items that agree in the fields `by` become one, their lists under `joined` put together.

    Only neighbours, unless `everywhere`. An item in which a `by` field is null stays alone, and so does one whose other
    fields contradict: nothing is lost by merging.
    """
    out: list[Any] = []
    places: dict[tuple[Any, ...], int] = {}
    for item in items or ():
        key = _key(item, by)
        place = places.get(key, -1) if key is not None and everywhere else len(out) - 1
        if key is None or place < 0 or _key(out[place], by) != key or not _agree(out[place], item, joined):
            out.append(item)
        else:
            first = out[place]
            merged = {**first, **item}
            for name in joined:
                if name in first or name in item:
                    merged[name] = [*(first.get(name) or ()), *(item.get(name) or ())]
            out[place] = merged
        if key is not None and everywhere:
            places.setdefault(key, len(out) - 1)
    return out


def _key(item: Any, by: tuple[str, ...]) -> tuple[Any, ...] | None:
    if not isinstance(item, dict):
        return None
    key = tuple(item.get(name) for name in by)
    return key if all(isinstance(part, str | int) for part in key) else None


def _agree(first: dict[str, Any], other: dict[str, Any], joined: tuple[str, ...]) -> bool:
    for name in joined:
        if not all(value is None or isinstance(value, list) for value in (first.get(name), other.get(name))):
            return False
    return all(name in joined or name not in first or first[name] == value for name, value in other.items())


def lay(order: Any, lists: Mapping[str, list[Any] | None]) -> list[Any]:
    """Several lists as one, in the order that the entries `{"of": name}` give; the rest in the order of `lists`."""
    out: list[Any] = []
    taken = dict.fromkeys(lists, 0)
    for entry in order if isinstance(order, list) else ():
        name = entry.get("of") if isinstance(entry, dict) else None
        items = lists.get(name) if isinstance(name, str) else None
        if isinstance(name, str) and items is not None and taken[name] < len(items):
            out.append(items[taken[name]])
            taken[name] += 1
    for name, items in lists.items():
        out += (items or [])[taken[name] :]
    return out
