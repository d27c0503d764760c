"""Where the values of a body went: those that a translation neither says nor reports as lost."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Sequence
from functools import cache
from typing import Any

from dragoman.loss import Loss
from dragoman.places import join, text
from dragoman_codegen.diagnostics import Diagnostics
from dragoman_codegen.source import Node, load

from .corpus import ROOT

__all__ = ["Keys", "covered", "ignored", "in_order", "silent"]

Keys = tuple[str | int, ...]
_TOKEN = re.compile(r"w(?:\d+|first|last)x")


def leaves(value: Any, at: Keys = ()) -> Iterator[tuple[Keys, Any]]:
    """All scalars, and the names of members that a document has made up."""
    if isinstance(value, dict):
        for key, item in value.items():
            if _TOKEN.search(key):
                yield (*at, key), key
            yield from leaves(item, (*at, key))
    elif isinstance(value, list):
        for n, item in enumerate(value):
            yield from leaves(item, (*at, n))
    else:
        yield at, value


def silent(body: Any, out: Any, losses: Iterable[Loss], quiet: Sequence[tuple[str, ...]]) -> list[str]:
    """Places in the body whose texts and numbers are neither in what came out nor lost with a record.

    `quiet`: paths that the spec says to ignore. Only texts and numbers that stand nowhere else in the body count.
    """
    whole = json.dumps(out, ensure_ascii=False)
    numbers = {value for _, value in leaves(out) if type(value) in (int, float)}
    lost = [loss.path for loss in losses]
    found = []
    for at, value in leaves(body):
        if type(value) is str:
            gone = [word for word in _TOKEN.findall(value) if word not in whole]
        elif type(value) in (int, float):
            gone = [value] if value not in numbers and str(value) not in whole else []
        else:
            continue
        if gone and not covered(at, lost) and not _quiet(at, quiet):
            found.append(text(join(at)))
    return found


def covered(at: Keys, lost: Iterable[str]) -> bool:
    """Is there a loss at this place, around it or within it?"""
    place = text(join(at))
    return any(_within(place, path) or _within(path, place) for path in lost)


def _within(place: str, path: str) -> bool:
    return place == path or not path or (place.startswith(path) and place[len(path)] in ".[")


def _quiet(at: Keys, quiet: Sequence[tuple[str, ...]]) -> bool:
    names = tuple(key for key in at if isinstance(key, str))
    return any(names[n : n + len(path)] == path for path in quiet for n in range(len(names)))


def in_order(body: Any, out: Any) -> bool:
    """Do the texts that came through follow each other as they did?"""
    before, after = (_TOKEN.findall(json.dumps(value, ensure_ascii=False, sort_keys=True)) for value in (body, out))
    both = set(before) & set(after)
    return list(dict.fromkeys(w for w in before if w in both)) == list(dict.fromkeys(w for w in after if w in both))


@cache
def ignored(slug: str, unit: str) -> tuple[tuple[str, ...], ...]:
    """The paths that a file of a provider says to ignore, as names."""
    node = load(ROOT / "specs" / "providers" / slug / f"{unit}.yaml", Diagnostics(), root=ROOT)
    assert node is not None
    return tuple(dict.fromkeys(_ignored(node)))


def _ignored(node: Node) -> Iterator[tuple[str, ...]]:
    for key, item in node.members.items():
        if key in ("$ignore", "ignore"):
            for path in item.members:
                yield tuple(part for part in re.split(r"[.\[\]\"]+", path) if part)
        yield from _ignored(item)
    for item in node.elements:
        yield from _ignored(item)
