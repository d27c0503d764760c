"""What definitions read of an item on its owner's behalf, and what the owner has to say of it.

A definition that is used on the current item is a function of its own, and reports nothing: the rule that the item
belongs to accounts for it. What that rule goes into itself it has in hand; what only its definitions go into, and what
they say in cases of theirs, is found here, for the compiler and for the reference alike.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from dragoman_codegen.account import Access, Condition, Path
from dragoman_codegen.rules import Disposition

__all__ = ["Entered", "Lent", "lent", "listed"]

Conditions = frozenset[Condition]


@dataclass(frozen=True)
class Entered:
    """An object that definitions go into: its members are compared with what is read, unless it goes on as a whole."""

    path: Path
    unless: tuple[Conditions, ...]


@dataclass(frozen=True)
class Lent:
    objects: tuple[Entered, ...] = ()
    entries: tuple[tuple[Disposition, Conditions], ...] = ()
    """What is said in cases of definitions, and what is asked beside `now` (nothing: its object came late)."""


def lent(found: Iterable[Access], own: Iterable[Access], now: Conditions, before: Conditions | None) -> Lent:
    """What is to be said where the conditions `now` hold and those of `before` have been seen to already."""
    found, mine = tuple(found), frozenset(own)
    others = [a for a in found if a not in mine and not _never(a, now)]
    if not others:
        return Lent()
    told = frozenset(c for a in mine for c in a.conditions)
    into = {p for a in mine for p in _above(a.path)}
    entered: dict[Path, list[Access]] = {}
    for access in others:
        for path in _above(access.path):
            if path not in into:
                entered.setdefault(path, []).append(access)
    objects = {}
    for path, below in entered.items():
        late = before is not None and any(_seen(a, told, before) for a in below)
        if not late and any(_seen(a, told, now) for a in below):
            unless = [frozenset(a.conditions) - now for a in found if _whole(a, path) and not _never(a, now)]
            if all(unless):
                objects[path] = Entered(path, tuple(dict.fromkeys(unless)))
    entries: list[tuple[Disposition, Conditions]] = []
    for access in others:
        entry, asked = access.entry, frozenset(access.conditions) - now
        if entry is None or entry.kind == "ignore" or "[]" in access.path or not _turn(access, told, now, before):
            continue
        holder = entry.path[:-1]
        if asked or (before is not None and entry.plain and holder in entered and holder not in objects):
            entries.append((entry, asked))
    return Lent(tuple(objects.values()), tuple(one for n, one in enumerate(entries) if one not in entries[:n]))


def listed(
    found: Iterable[Access], own: Iterable[Access], now: Conditions, before: Conditions | None
) -> tuple[Path, ...]:
    """The elements of lists that expressions go into, and nothing else does: their members are compared here.

    Not those of lists that go on as a whole, or of which an entry speaks.
    """
    found = tuple(found)
    told = frozenset(c for a in own for c in a.conditions)
    into: dict[Path, list[Access]] = {}
    for access in found:
        if "[]" in access.path[:-1] and access.entry is None and access.kind != "test" and not _never(access, now):
            into.setdefault(access.path[: access.path.index("[]") + 1], []).append(access)
    taken = [a for a in found if a.path and (a.entry is not None or a.kind in ("value", "loop"))]
    return tuple(
        path
        for path, below in into.items()
        if not any(a.path == path[: len(a.path)] for a in taken)
        and not (before is not None and any(_seen(a, told, before) for a in below))
        and any(_seen(a, told, now) for a in below)
    )


def _above(path: Path) -> list[Path]:
    named = path[: path.index("[]")] if "[]" in path else path
    return [named[:n] for n in range(1, len(named))]


def _seen(access: Access, told: Conditions, now: Conditions) -> bool:
    """Do all its conditions hold that the item's own rules tell apart?"""
    return frozenset(access.conditions) & told <= now


def _turn(access: Access, told: Conditions, now: Conditions, before: Conditions | None) -> bool:
    return _seen(access, told, now) and (before is None or not _seen(access, told, before))


def _never(access: Access, now: Conditions) -> bool:
    return any(
        c.path == n.path and not (c.negated or n.negated) and not c.values & n.values
        for c in access.conditions
        for n in now
    )


def _whole(access: Access, path: Path) -> bool:
    """Does it speak of the whole object, or of one around it?"""
    if access.path != path[: len(access.path)] or access.seldom:
        return False
    entry = access.entry
    return access.kind in ("value", "loop") if entry is None else entry.when is None and not entry.unless
