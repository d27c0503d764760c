"""Bodies that are wrong in one place or a few: what a client or an upstream may send one day."""

from __future__ import annotations

import copy
import random
from collections.abc import Callable
from typing import Any

__all__ = ["mutate"]

_DEEP: Any = "deep"
for _ in range(60):
    _DEEP = [_DEEP]

_ODD: list[Any] = [
    None, True, False, 0, -1, 1.5, 10**400, -(10**30), float("nan"), float("inf"), {"index": -1}, {"index": "0"},
    "", " ", "x", "\ud800", "\x00", "a" * 5000, "null", "{", "[]", '{"a":1}', "1e999", {"index": 10**20},
    "function", "text", "tool", "user", "data:", "data:;base64,", "data:image/png;base64,!!", "https://x.test",
    [], {}, [None], [[]], [{}], _DEEP, {"": ""}, {"type": None}, {"type": "text"}, {"type": "text", "text": None},
    {"role": "user"}, {"error": None}, {"error": {}}, {"error": "x"},
]  # fmt: skip
_NAMES = [
    "type",
    "role",
    "content",
    "text",
    "index",
    "id",
    "name",
    "x",
    "",
    "odd key",
    "extra_content",
    "error",
    "usage",
    "\ud800",
]

Places = list[tuple[Any, Any]]
Change = Callable[[random.Random, Places, Places], bool]


def mutate(body: Any, random: random.Random) -> Any:
    """Another body, up to four changes away. The given one stays as it is."""
    box = [copy.deepcopy(body)]
    for _ in range(random.choice((1, 1, 1, 2, 2, 4))):
        places = _places(box)
        change = random.choice(_CHANGES)
        change(random, places, box)
    return box[0]


def _places(box: list[Any]) -> Places:
    """All values, each as its container and key."""
    found: Places = []
    waiting: list[Any] = [box]
    while waiting and len(found) < 3000:
        container = waiting.pop()
        keys = container.keys() if isinstance(container, dict) else range(len(container))
        for key in keys:
            found.append((container, key))
            if isinstance(container[key], (dict, list)):
                waiting.append(container[key])
    return found


def _replace(random: random.Random, places: Places, box: list[Any]) -> None:
    container, key = random.choice(places)
    container[key] = copy.deepcopy(random.choice(_ODD))


def _wrap(random: random.Random, places: Places, box: list[Any]) -> None:
    container, key = random.choice(places)
    value = container[key]
    container[key] = random.choice(([value], {"x": value}, [value, value], {"text": value}))


def _unwrap(random: random.Random, places: Places, box: list[Any]) -> None:
    container, key = random.choice(places)
    value = container[key]
    if isinstance(value, list) and value:
        container[key] = value[0]
    elif isinstance(value, dict) and value:
        container[key] = random.choice(list(value.values()))


def _remove(random: random.Random, places: Places, box: list[Any]) -> None:
    inner = [(container, key) for container, key in places if container is not box]
    if inner:
        container, key = random.choice(inner)
        del container[key]


def _add(random: random.Random, places: Places, box: list[Any]) -> None:
    objects = [container[key] for container, key in places if isinstance(container[key], dict)]
    if objects:
        random.choice(objects)[random.choice(_NAMES)] = copy.deepcopy(random.choice(_ODD))


def _rename(random: random.Random, places: Places, box: list[Any]) -> None:
    members = [(container, key) for container, key in places if isinstance(container, dict)]
    if members:
        container, key = random.choice(members)
        container[random.choice(_NAMES)] = container.pop(key)


def _repeat(random: random.Random, places: Places, box: list[Any]) -> None:
    lists = [container[key] for container, key in places if isinstance(container[key], list) and container[key]]
    if lists:
        chosen = random.choice(lists)
        chosen.insert(random.randrange(len(chosen) + 1), copy.deepcopy(random.choice(chosen)))


def _shuffle(random: random.Random, places: Places, box: list[Any]) -> None:
    lists = [container[key] for container, key in places if isinstance(container[key], list)]
    if lists:
        random.shuffle(random.choice(lists))


def _graft(random: random.Random, places: Places, box: list[Any]) -> None:
    """A value from elsewhere in the body."""
    container, key = random.choice(places)
    other, name = random.choice(places)
    container[key] = copy.deepcopy(other[name])


_CHANGES = [_replace, _replace, _replace, _wrap, _unwrap, _remove, _remove, _add, _rename, _repeat, _shuffle, _graft]
