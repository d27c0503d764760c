"""Leading a place in the hub body back to the place in the body that the caller gave.

The first of two steps writes down what it makes: `trace[id(container)] = (at, fields, container)`. `at` is the place of
the item that the container was made from. `fields` is a static table: target path (dotted, relative to the container,
`""` is the container itself, `[]` any element) → `(source paths relative to the item, copied)`. `copied` says that the
value was taken over as it is, so that what lies deeper in the target lies at the same place in the source.
A fourth member is the item itself, where rules made it: then the source paths lead into it, and from there on.

An id is only good while its container lives. So the trace holds all of them, those too that rules made on the way and
did not use; it belongs to one body and is thrown away with it.
"""

from collections.abc import Collection, Mapping
from typing import Any

from ..places import At, Key, join, keys_of, text

__all__ = ["AS_IT_WAS", "Fields", "Trace", "lead_back", "merged", "smallest", "sources"]

Fields = Mapping[str, tuple[Collection[str], bool]]
Trace = dict[int, tuple[Any, ...]]
_DEEPEST = 64  # levels that rules make: they do not recurse, so what lies deeper is the caller's own
AS_IT_WAS: Fields = {"": (("",), True)}  # of a copy: everything in it lies where it lay


class Several(dict[str, tuple[dict[str, None], bool]]):
    """The table of what was merged: its source paths are places from the root, each of its own.

    That of `owner` alone, so that it can grow: however many items are put together, each is added once.
    """

    def __init__(self, fields: Fields, owner: Any) -> None:
        super().__init__({target: (dict.fromkeys(paths), copied) for target, (paths, copied) in fields.items()})
        self.owner = owner


def lead_back(place: At, body: Any, trace: Trace) -> tuple[At | None, At]:
    """Where the value at `place` of the hub `body` came from: the nearest place that holds all of it.

    Gives the source place, or None when the first step made the value up; and as a second best the place of the item
    that the nearest container was made from.
    """
    found, nearest = sources(place, body, trace)
    return (join(_shared([keys_of(at) for at in found])) if found else None), nearest


def sources(place: At, body: Any, trace: Trace) -> tuple[list[At], At]:
    """The same, with each place by itself where the value was merged from several items."""
    rest = keys_of(place)
    found: tuple[Any, ...] = trace.get(id(body), ((), {}, None))
    below, owner = list(rest), body
    for n, key in enumerate(rest):
        body = _child(body, key)
        if body is None:
            break
        entry = trace.get(id(body)) if isinstance(body, dict | list) else None
        if entry is not None:
            found, below, owner = entry, rest[n + 1 :], body
    at, fields = found[:2]
    for n in range(len(below), -1, -1):
        source = _entry(fields, below[:n])
        if source is None:
            continue
        paths, copied = source
        if isinstance(fields, Several) and len(paths) > 1:
            return [join(_source(path)) for path in paths], at
        if not below and len(paths) > 1:
            paths = _present(fields, owner) or paths
        within = [*_shared([_source(path) for path in paths]), *(below[n:] if copied and len(paths) == 1 else [])]
        if len(found) == 4 and paths:  # the item was made by rules
            through, _ = sources(join(within), found[3], trace)
            return through or [at], at
        return ([join([*keys_of(at), *within])] if paths else []), at
    return [], at


def smallest(place: At, body: Any, trace: Trace) -> list[At]:
    """The places of the parts that a lost value was put together from; the place itself where it is one part.

    What the first step gathered from here and there has no place of its own in the caller's body.
    """
    value = body
    for key in keys_of(place):
        value = _child(value, key)
    return [part for found in _parts(place, value, trace) or [place] for part in _written(found, body, trace)]


def _written(place: At, body: Any, trace: Trace) -> list[At]:
    """The places below that the static table knows, where this one was put together from several."""
    rest = keys_of(place)
    fields: Fields = trace.get(id(body), ((), {}, None))[1]
    below = list(rest)
    for n, key in enumerate(rest):
        body = _child(body, key)
        entry = trace.get(id(body)) if isinstance(body, dict | list) else None
        if entry is not None:
            fields, below = entry[1], rest[n + 1 :]
    known = _entry(fields, below) if below else None
    if not below or not isinstance(body, dict) or (known is not None and len(known[0]) == 1):
        return [place]
    start = ".".join("[]" if isinstance(key, int) else key for key in below).replace(".[]", "[]") + "."
    found: list[At] = []
    for name in fields:
        whole = any(other.startswith(name + ".") for other in fields)  # of which the parts are told
        keys = name.removeprefix(start).split(".") if name.startswith(start) and not whole else []
        value = body
        at = place
        for key in keys:
            value, at = _child(value, key), (at, key)
        if keys and value is not None:
            found.append(at)
    return found or [place]


def merged(one: dict[str, Any], other: dict[str, Any], trace: Trace) -> None:
    """What was put into `one` is led back to where `other` came from; where both give a field, to what holds both."""
    before, added = trace.get(id(one)), trace.get(id(other))
    if before is None or added is None:
        return
    fields = before[1]
    if not isinstance(fields, Several) or fields.owner is not one:
        fields = Several(_from_root(before), one)
        trace[id(one)] = ((), fields, one)
    for target, (paths, copied) in _from_root(added).items():
        known, _ = fields.get(target, (None, False))
        if known is None:
            fields[target] = (dict.fromkeys(paths), copied)
        else:
            known.update(dict.fromkeys(paths))
            fields[target] = (known, False)


def _from_root(entry: tuple[Any, ...]) -> Fields:
    if isinstance(entry[1], Several):
        return entry[1]
    home = keys_of(entry[0])
    return {
        target: ((text(join([*home, *_shared([*map(_source, paths)])])),) if paths else (), copied and len(paths) == 1)
        for target, (paths, copied) in entry[1].items()
    }


def _parts(place: At, value: Any, trace: Trace, deep: int = _DEEPEST) -> list[At]:
    """Places of the outermost traced containers below, with the values beside them; empty if there are none."""
    if not isinstance(value, dict | list) or id(value) in trace or deep == 0:
        return []
    members = list(value.items() if isinstance(value, dict) else enumerate(value))
    found: list[At] = []
    plain: list[At] = []
    for key, item in members:
        below = (place, key)
        if isinstance(item, dict | list) and id(item) in trace:
            found.append(below)
        elif inner := _parts(below, item, trace, deep - 1):
            found += inner
        else:
            plain.append(below)
    return found + plain if found else []


def _present(fields: Fields, owner: Any) -> tuple[str, ...]:
    """The source paths of those fields that the container has, and of what no field says: it was there."""
    told = {path for target, (paths, _) in fields.items() if target for path in paths}
    found: dict[str, None] = dict.fromkeys(path for path in fields.get("", ((), False))[0] if path not in told)
    for target, (paths, _) in fields.items():
        inner = owner
        for key in target.split("."):
            if key == "[]" or not isinstance(inner, dict):
                break
            inner = inner.get(key)
        leaf = target and not any(other.startswith(f"{target}.") for other in fields)
        if leaf and inner is not None:
            found.update(dict.fromkeys(paths))
    return tuple(found)


def _child(body: Any, key: Key) -> Any:
    if isinstance(body, dict):
        return body.get(key)
    if isinstance(body, list) and isinstance(key, int) and -len(body) <= key < len(body):
        return body[key]
    return None


def _entry(fields: Fields, path: list[Key]) -> tuple[Collection[str], bool] | None:
    exact = fields.get(".".join(map(str, path)))
    if exact is not None or not any(isinstance(key, int) for key in path):
        return exact
    return fields.get(".".join("[]" if isinstance(key, int) else key for key in path)) or fields.get(
        "".join("[]" if isinstance(key, int) else f".{key}" for key in path).removeprefix(".")
    )


def _source(path: str) -> list[Key]:
    """A source path's keys, as far as they are one place: `a.b[].c` is told as `a.b`."""
    out: list[Key] = []
    for part in path.replace("[", ".[").split("."):
        if part.startswith("["):
            inner = part[1:-1]
            if not inner.isdigit():
                break
            out.append(int(inner))
        elif part.isdigit():
            out.append(int(part))
        elif part:
            out.append(part)
    return out


def _shared(places: list[list[Key]]) -> list[Key]:
    """The longest place that holds all of these."""
    if not places:
        return []
    first, *others = places
    for other in others:
        n = 0
        while n < min(len(first), len(other)) and first[n] == other[n]:
            n += 1
        first = first[:n]
    return first
