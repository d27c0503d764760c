"""Operators on whole lists that a rule has made."""

from collections.abc import Mapping
from typing import Any

from .jmes import equal
from .trace import Trace, merged

__all__ = ["lay", "merge_items"]


def merge_items(
    items: list[Any] | None,
    by: tuple[str, ...],
    joined: tuple[str, ...],
    everywhere: bool = False,
    *,
    trace: Trace | None = None,
) -> list[Any]:
    """Items that agree in the fields `by` become one, their lists under `joined` put together.

    Only neighbours, unless `everywhere`. An item in which a `by` field is null stays alone, and so does one whose other
    fields contradict: nothing is lost by merging.
    """
    if items is None or len(items) < 2:
        return items or []
    if len(by) == 1 and not everywhere:
        return _neighbours(items, by[0], joined, trace)
    out: list[Any] = []
    keys: list[Any] = []
    places: dict[Any, int] = {}
    fresh: set[int] = set()  # places of objects that were made here, whose lists may grow
    for item in items:
        key = _key(item, by) if type(item) is dict else None
        if key is not None:
            place = places.get(key, -1) if everywhere else len(out) - 1
            if place >= 0 and keys[place] == key and _agree(out[place], item, joined):
                if place in fresh:
                    _add(out[place], item, joined, trace)
                else:
                    out[place] = _merged(out[place], item, joined, trace)
                    fresh.add(place)
                continue
            if everywhere:
                places.setdefault(key, len(out))
        out.append(item)
        keys.append(key)
    return out


def _neighbours(items: list[Any], field: str, joined: tuple[str, ...], trace: Trace | None) -> list[Any]:
    """The same for neighbours that agree in one field; the list itself if there are none, as in most conversations."""
    first = _twin(items, field)
    if first is None:
        return items
    out = items[:first]
    before = out[-1]
    last = before[field]
    made = False  # whether the last item was made here, so that its lists may grow
    only = joined[0] if len(joined) == 1 and trace is None else None
    for item in items[first:]:
        try:
            key = item[field]
        except (KeyError, TypeError):
            key = None
        if key == last and type(key) is type(last) and (type(key) is str or type(key) is int):
            if (
                only is not None
                and len(item) == 2 == len(before)
                and type(item.get(only)) is list is type(before.get(only))
            ):
                # nothing but the key and the list: there is nothing to disagree about
                if made:
                    before[only] += item[only]
                else:
                    before = out[-1] = {**before, only: before[only] + item[only]}
                    made = True
                continue
            if _agree(before, item, joined):
                if made:
                    _add(before, item, joined, trace)
                else:
                    before = out[-1] = _merged(before, item, joined, trace)
                    made = True
                continue
        out.append(item)
        before = item
        last = key
        made = False
    return out


def _twin(items: list[Any], field: str) -> int | None:
    """Where an item first agrees with the one before it."""
    last = None
    for n, item in enumerate(items):
        try:
            key = item[field]
        except (KeyError, TypeError):  # not an object with such a field
            key = None
        if key == last and key is not None:
            return n
        last = key
    return None


def _key(item: dict[str, Any], by: tuple[str, ...]) -> tuple[Any, ...] | None:
    key = tuple([item.get(name) for name in by])
    for part in key:
        if type(part) is not str and type(part) is not int:
            return None
    return key


def _agree(first: dict[str, Any], other: dict[str, Any], joined: tuple[str, ...]) -> bool:
    for name in joined:
        for value in (first.get(name), other.get(name)):
            if value is not None and type(value) is not list:
                return False
    return all(name in joined or name not in first or equal(first[name], value) for name, value in other.items())


def _merged(
    first: dict[str, Any], other: dict[str, Any], joined: tuple[str, ...], trace: Trace | None
) -> dict[str, Any]:
    both = dict(first)
    for name in joined:
        if name in first:
            both[name] = list(first[name] or ())
    if trace is not None and id(first) in trace:
        trace[id(both)] = (*trace[id(first)][:2], both)
    _add(both, other, joined, trace)
    return both


def _add(both: dict[str, Any], other: dict[str, Any], joined: tuple[str, ...], trace: Trace | None) -> None:
    for name, value in other.items():
        if name in joined and both.get(name) is not None:
            both[name] += value or ()
        elif name in joined:
            both[name] = list(value or ())
        else:
            both[name] = value
    if trace is not None:
        merged(both, other, trace)


def lay(order: Any, lists: Mapping[str, list[Any] | None]) -> list[Any]:
    """Several lists as one, in the order that the entries `{"of": name}` give; the rest in the order of `lists`."""
    out: list[Any] = []
    if not order or type(order) is not list:
        for items in lists.values():
            if items:
                out += items
        return out
    taken = dict.fromkeys(lists, 0)
    for entry in order:
        name = entry.get("of") if type(entry) is dict else None
        if type(name) is not str:
            continue
        items = lists.get(name)
        if items and taken[name] < len(items):
            out.append(items[taken[name]])
            taken[name] += 1
    for each, items in lists.items():
        if items:
            out += items[taken[each] :]
    return out
