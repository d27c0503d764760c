"""The operators on lists that rules have made: `$merge` and `$order`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from dragoman_codegen.types import kind_of

__all__ = ["laid", "merged"]


def merged(items: list[Any], by: tuple[str, ...], joined: tuple[str, ...], everywhere: bool) -> list[Any]:
    """Items that agree under `by` as one. Items whose other fields contradict each other are not put together."""
    out: list[Any] = []
    for item in items:
        mate = _mate(out, item, by, joined, everywhere)
        if mate is None:
            out.append(item)
        else:
            one = out[mate]
            lists = {
                name: [*(one.get(name) or ()), *(item.get(name) or ())] for name in joined if name in {**one, **item}
            }
            out[mate] = {**one, **item, **lists}
    return out


def _mate(out: list[Any], item: Any, by: tuple[str, ...], joined: tuple[str, ...], everywhere: bool) -> int | None:
    """The place of the item that this one joins."""
    key = _key(item, by)
    if key is None or not out:
        return None
    alike = [n for n, one in enumerate(out) if _key(one, by) == key]
    candidates = alike[:1] if everywhere else [n for n in alike if n == len(out) - 1]
    return next((n for n in candidates if not _contradict(out[n], item, joined)), None)


def _key(item: Any, by: tuple[str, ...]) -> tuple[Any, ...] | None:
    if not isinstance(item, dict):
        return None
    key = tuple(item.get(name) for name in by)
    return key if all(type(part) in (str, int) for part in key) else None


def _contradict(one: Mapping[str, Any], other: Mapping[str, Any], joined: tuple[str, ...]) -> bool:
    lists = (item.get(name) for item in (one, other) for name in joined)
    if any(value is not None and not isinstance(value, list) for value in lists):
        return True
    return any(name in one and _differs(one[name], value) for name, value in other.items() if name not in joined)


def _differs(one: Any, other: Any) -> bool:
    """Not the same JSON value: true is not 1."""
    return kind_of(one) != kind_of(other) or bool(one != other)


def laid(order: list[Any], lists: Mapping[str, list[Any]]) -> list[Any]:
    """Several lists as one: in the order of the entries `{of: name}`, then what is left of each list."""
    left = {name: list(items) for name, items in lists.items()}
    out: list[Any] = []
    for entry in order:
        name = entry.get("of") if isinstance(entry, dict) else None
        if isinstance(name, str) and left.get(name):
            out.append(left[name].pop(0))
    for items in left.values():
        out += items
    return out
