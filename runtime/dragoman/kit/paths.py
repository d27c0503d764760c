"""A value put together from pieces that say by a JSONPath where they belong.

Total over JSON values, as all functions of expressions: what makes no sense gives null, and no argument is changed.
"""

from __future__ import annotations

import itertools
import json
import re
from typing import Any

__all__ = ["from_paths"]

_KEY = re.compile(
    r"""\.([^.\[\]]+)  |  \[([0-9]{1,9})\]  |  \['((?:[^'\\]|\\.)*)'\]  |  (?:\[("(?:[^"\\]|\\.)*")\])""", re.VERBOSE
)
_DEEPEST = 100
_NOTHING: Any = object()


def from_paths(pieces: Any) -> Any:
    """The value that pieces ``{path, value}`` make: ``$.a[0]['b c']``, an element at a time.

    Texts that come to one path are joined, a null says nothing where there is something. Null where a path is none,
    leads through what no path has made, skips elements, or has a value already.
    """
    if type(pieces) is not list:
        return None
    root: list[Any] = []
    made = {id(root)}
    for piece in pieces:
        keys = _keys(piece.get("path")) if type(piece) is dict else None
        if keys is None or not _put(root, [0, *keys], piece.get("value"), made):
            return None
    return root[0] if root else None


def _keys(path: Any) -> list[str | int] | None:
    """The members and elements of a path; None where it is none."""
    if type(path) is not str or not path.startswith("$"):
        return None
    keys: list[str | int] = []
    at = 1
    while at < len(path):
        match = _KEY.match(path, at)
        if match is None or len(keys) == _DEEPEST:
            return None
        name, number, single, double = match.groups()
        if number is not None:
            keys.append(int(number))
        elif name is not None:
            keys.append(name)
        else:
            spelt = double or '"' + single.replace('"', '\\"').replace("\\'", "'") + '"'
            try:
                keys.append(json.loads(spelt, strict=False))
            except ValueError:
                return None
        at = match.end()
    return keys


def _put(holder: Any, keys: list[str | int], value: Any, made: set[int]) -> bool:
    """Put a value where keys lead to; containers are made on the way, and only those may be gone into."""
    for key, below in itertools.pairwise(keys):
        inner = _at(holder, key, made)
        if inner is _NOTHING:
            inner = [] if type(below) is int else {}
            made.add(id(inner))
            if not _store(holder, key, inner, made):
                return False
        holder = inner
    there = _at(holder, keys[-1], made)
    if there is _NOTHING:
        return _store(holder, keys[-1], value, made)
    if type(there) is str and type(value) is str:
        holder[keys[-1]] = there + value
        return True
    return value is None


def _at(holder: Any, key: str | int, made: set[int]) -> Any:
    if id(holder) not in made:
        return _NOTHING
    if type(holder) is dict:
        return holder.get(key, _NOTHING)
    return holder[key] if type(key) is int and key < len(holder) else _NOTHING


def _store(holder: Any, key: str | int, value: Any, made: set[int]) -> bool:
    if id(holder) not in made:
        return False
    if type(holder) is dict and type(key) is str:
        holder[key] = value
        return True
    if type(holder) is list and key == len(holder):
        holder.append(value)
        return True
    return False
