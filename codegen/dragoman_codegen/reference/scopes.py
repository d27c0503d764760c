"""Entering an item: the shape of what rules go into is checked, and what no rule reads is reported.

Which fields rules read is worked out by `dragoman_codegen.account`, the analysis that the compiler's totality check
uses too. It is looked at here for one given item at a time, with the alternatives of the schema that this item is.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import Any

from dragoman_codegen.account import Access, Condition, Path, excluded, ignored, spoken_of_others
from dragoman_codegen.lent import lent, listed
from dragoman_codegen.reference.run import Run, fitting, says_nothing
from dragoman_codegen.reference.sight import Sight, below
from dragoman_codegen.rules import Disposition
from dragoman_codegen.types import Type, element, kind_of, only
from dragoman_codegen.types import field as member
from dragoman_codegen.untaken import dropped_members, known_members, of_this_case, read_members, takes_objects

__all__ = ["account", "check", "enter", "report_elements", "type_at", "unknown_only"]

_UNKNOWN = "no such field in this dialect's schema"
_SEVERAL = "of its members only one can be there: one of them counts"


def check(run: Run, schema: Type, value: Any, place: tuple[str | int, ...]) -> None:
    """Malformed, unless the value is of one of the schema's kinds."""
    if schema.kinds - {"null"} and kind_of(value) not in schema.kinds:
        run.malformed(place, " or ".join(sorted(schema.kinds - {"null"})), value)


def type_at(sight: Sight, path: Path) -> Type:
    """What the schema says of a path of the item."""
    schema = sight.narrowed.get((), sight.type)
    for n, key in enumerate(path, 1):
        schema = element(schema) if key == "[]" else member(schema, key)
        schema = sight.narrowed.get(path[:n], schema)
    return schema


def enter(run: Run, sight: Sight, asked: Path | None = None) -> Sight:
    """Look at what the accesses that hold here go into, as far as that is not done yet.

    `asked`: a member that is compared with each value that it may have before it is used.
    """
    deep: set[Path] = set()
    loops: set[Path] = set()
    needed: set[Path] = set()
    for access in sight.own:
        if access.loose or not set(access.conditions) <= sight.conditions:
            continue
        path = access.path[: access.path.index("[]")] if "[]" in access.path else access.path
        deep |= {path[:n] for n in range(1, len(path))}
        if access.kind == "loop" or path != access.path:
            loops.add(path)
        if access.kind == "value" and access.entry is None:
            needed.add(path)
    paths = sorted((deep | loops | needed) - sight.entered - {()}, key=lambda path: (len(path), path))
    for path in paths:
        holder = below(sight.item, path[:-1])
        known = type_at(sight, path[:-1])
        if not isinstance(holder, dict) or not any(path[-1] in o.props for o in known.objects):
            continue
        schema = type_at(sight, path)
        value = holder.get(path[-1])
        if path != asked and (path in deep or path in loops or not schema.nullable):
            check(run, schema, value, sight.at(path))
        told_apart = any(c.path[:-1] == path for access in sight.own for c in access.conditions)
        if sight.owner and path in deep and isinstance(value, dict) and not told_apart:
            _leftovers(run, sight, path, value)
    return replace(sight, entered=sight.entered | set(paths))


def account(run: Run, sight: Sight, path: Path | None, before: Sight | None = None) -> None:
    """Report the members of the object at `path` that no rule reads, and what `$drop` and `$reject` say.

    `before`: what was known when the item was entered; entries that held then have been asked already.
    """
    if not sight.owner:
        return
    value = below(sight.item, path) if path is not None else None
    if path is not None and isinstance(value, dict) and run.strict:
        known = only(fitting(type_at(sight, path), value), "object")
        if _read(sight.accesses, sight, path, known) is not None:
            _single(run, known, value, sight.at(path))  # refused before anything in it is
    for entry in _entries(sight, before):
        _disposition(run, entry, sight)
    if path is not None and isinstance(value, dict):
        _leftovers(run, sight, path, value)
    _lent(run, sight, before)


def _lent(run: Run, sight: Sight, before: Sight | None) -> None:
    """What definitions on the same item go into, and what they say in cases of theirs."""
    found = lent(sight.accesses, sight.own, sight.conditions, before.conditions if before is not None else None)
    for entered in found.objects:
        value = below(sight.item, entered.path)
        if isinstance(value, dict) and not any(_hold(one, sight) for one in entered.unless):
            rest = [a for a in sight.accesses if frozenset(a.conditions) - sight.conditions not in entered.unless]
            entries = [a for a in sight.accesses if a not in rest and (a.entry is not None or a.path != entered.path)]
            _leftovers(run, replace(sight, accesses=(*rest, *entries)), entered.path, value)
    for path in listed(sight.accesses, sight.own, sight.conditions, before.conditions if before is not None else None):
        if path not in sight.stepped:
            _through(run, sight, path, sight.get(path), sight.at(path))
    for entry, asked in found.entries:
        if asked and _hold(asked, sight):
            _disposition(run, entry, sight)


def _hold(conditions: Iterable[Condition], sight: Sight) -> bool:
    return all((_word(below(sight.item, c.path)) in c.values) != c.negated for c in conditions)


def _word(value: Any) -> Any:
    return str(value).lower() if isinstance(value, bool) else value if isinstance(value, str | None) else ""


def _entries(sight: Sight, before: Sight | None) -> Iterable[Disposition]:
    for access in sight.accesses:
        entry = access.entry
        if entry is None or entry.kind == "ignore" or not set(access.conditions) <= sight.conditions:
            continue
        if "[]" in access.path and access.path != entry.path:
            continue  # said of an element, where a step goes through them
        if before is None or not set(access.conditions) <= before.conditions:
            yield entry


def _disposition(run: Run, entry: Disposition, sight: Sight) -> None:
    value = sight.get(entry.path)
    if value is None or says_nothing(value, entry.unless):
        return
    if entry.when is not None and not run.holds(entry.when, sight):
        return
    if entry.kind == "reject":
        run.refuse(sight.at(entry.path), entry.reason)
    run.lose(sight.at(entry.path), "dropped", entry.severity, entry.reason)


def _leftovers(run: Run, sight: Sight, path: Path, value: dict[str, Any]) -> None:
    known = only(fitting(type_at(sight, path), value), "object")
    read = _read(sight.accesses, sight, path, known)
    if read is None:
        return
    _single(run, known, value, sight.at(path))
    for name, item in value.items() if known.objects else ():
        if name not in read and item is not None:
            run.lose((*sight.at(path), name), "dropped", "tuning", _UNKNOWN)


def _single(run: Run, known: Type, value: dict[str, Any], place: tuple[str | int, ...]) -> None:
    """Several members of which only one can be there, in an object that does not go on as a whole."""
    single = {name for alternative in known.objects for name in alternative.single}
    there = [name for name in value if name in single and value[name] is not None]
    if len(there) > 1 and run.strict:
        run.refuse(place, f"only one of {', '.join(there)} can be there")
    if len(there) > 1:
        run.lose(place, "substituted", "contract", _SEVERAL)


def unknown_only(run: Run, sight: Sight, at: Path = ()) -> None:
    """Report members of the item, or of an object in it, that its schema does not know, and what is dropped of it.

    For where what rules read of it was not asked, because it is taken as a whole elsewhere.
    """
    value = sight.get(at)
    bound = sight.names.get(at[0]) if at else None
    home = (*bound.origins[0], *at[1:]) if bound is not None and bound.place is not None else at
    known = type_at(sight, home) if home else sight.type
    case = of_this_case(known, home, sight.conditions)
    members = known_members(case)
    if not sight.owner or members is None or not isinstance(value, dict):
        return
    if home:
        members |= read_members(sight.accesses, home, case)
    taken = only(fitting(type_at(sight, home), value), "object")
    if _read(sight.accesses, sight, home, taken) is None:
        _single(run, taken, value, sight.at(at))
        told = dropped_members(sight.accesses, home, sight.conditions)
        for name, item in value.items():
            if name in told and item is not None:
                run.lose((*sight.at(at), name), "dropped", told[name].severity, told[name].reason)
            elif name not in members and item is not None:
                run.lose((*sight.at(at), name), "dropped", "tuning", _UNKNOWN)


def report_elements(run: Run, sight: Sight, path: Path, value: dict[str, Any], place: tuple[str | int, ...]) -> None:
    """The same for an element that steps go through, and for the objects in it that they go into."""
    known = only(fitting(type_at(sight, path), value), "object")
    read = _read(sight.accesses, sight, path, known)
    for entry in (a.entry for a in sight.accesses if a.entry is not None and a.path[:-1] == path):
        item = value.get(entry.path[-1])
        if entry.kind == "ignore" or item is None or says_nothing(item, entry.unless):
            continue
        if entry.when is not None and not run.holds(entry.when, sight):
            continue
        if entry.kind == "reject":
            run.refuse((*place, entry.path[-1]), entry.reason)
        run.lose((*place, entry.path[-1]), "dropped", entry.severity, entry.reason)
    if known.objects and read is not None:
        for name, item in value.items():
            if name not in read and item is not None:
                run.lose((*place, name), "dropped", "tuning", _UNKNOWN)
    n = len(path)
    below = [a for a in sight.accesses if len(a.path) > n + 1 and a.path[:n] == path and a.path[n] != "[]"]
    for key in dict.fromkeys(a.path[n] for a in below):
        inner, at = value.get(key), (*path, key)
        if isinstance(inner, dict):
            report_elements(run, sight, at, inner, (*place, key))
        gone = any(a.path[: n + 2] == (*at, "[]") and len(a.path) > n + 2 and a.kind != "test" for a in below)
        if gone and not any(a.path == at and a.kind in ("value", "loop") for a in sight.accesses):
            _through(run, sight, (*at, "[]"), inner, (*place, key))


def _through(run: Run, sight: Sight, path: Path, value: Any, place: tuple[str | int, ...]) -> None:
    """The same for the elements of a list that expressions go into."""
    known = only(type_at(sight, path), "object")
    if path in sight.stepped or not any(o.props for o in known.objects) or not isinstance(value, list):
        return
    for n, item in enumerate(value):
        if isinstance(item, dict):
            report_elements(run, sight, path, item, (*place, n))


def _read(accesses: Iterable[Access], sight: Sight, path: Path, known: Type) -> set[str] | None:
    """The members of an object that rules read or speak of; None if it goes on as a whole."""
    n = len(path)
    if any(o.open and o.values is not None for o in known.objects):
        return None  # a map: any key belongs to it
    found = ignored(path, known, accesses, sight.conditions)
    accesses = [a for a in accesses if a.path[:n] == path or (a.kind == "loop" and path[: len(a.path)] == a.path)]
    for alternative in known.objects:
        found |= {name for name, p in alternative.props.items() if p.type.literals and len(p.type.literals) == 1}
        for access in accesses:
            if len(access.path) < n:
                return None  # the object around it is handed to a definition, which accounts for this one too
            if excluded(access, path, alternative):
                continue
            if len(access.path) > n:
                if not spoken_of_others(access, n, alternative):
                    found.add(access.path[n])
                continue
            whole = takes_objects(access, path)
            open_ = [c for c in access.conditions if c not in sight.conditions]
            here = bool(access.conditions) and not open_
            if whole and access.seldom and not here and "[]" not in path:
                found |= set(alternative.props)  # dropped or handed on, perhaps
            elif whole and all(c.path[:-1] == path for c in open_):
                return None
    return found
