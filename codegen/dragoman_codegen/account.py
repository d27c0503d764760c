"""Which source fields a scope reads, and whether every field of the schema has its place.

A scope is an item of schema type object with the rules that see it as `@`. Its accesses are found without types; the
cover is then computed against the schema, for each alternative of each union. An access inside a case counts only for
the alternatives that the case is for.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

from dragoman_codegen import jmes
from dragoman_codegen.diagnostics import Span
from dragoman_codegen.jmes import ast
from dragoman_codegen.jmes.ast import path_of
from dragoman_codegen.replacing import replace
from dragoman_codegen.rules import (
    Account,
    Clamp,
    Concat,
    Disposition,
    Drop,
    Each,
    Expression,
    First,
    Gather,
    Get,
    Index,
    ListOf,
    Lookup,
    Lower,
    Make,
    Match,
    Merge,
    Order,
    Reject,
    Rule,
    Same,
    Use,
)
from dragoman_codegen.types import MADE, ObjectType, Type, element, join, only, without_null

__all__ = [
    "MADE",
    "Access",
    "Condition",
    "Sight",
    "accesses",
    "astray",
    "container",
    "excluded",
    "ignored",
    "of_account",
    "of_expression",
    "of_rule",
    "pure_path",
    "spoken_of_others",
    "uncovered",
]

Path = tuple[str, ...]


@dataclass(frozen=True)
class Condition:
    """Holds where the discriminator at `path` is one of `values` (or, negated, none of them)."""

    path: Path
    values: frozenset[str | None]  # None: it is not there
    negated: bool = False

    def excludes(self, value: object) -> bool:
        return (value in self.values) == self.negated


@dataclass(frozen=True)
class Access:
    """One read of the scope.

    kind: value (it flows on), test (only looked at), loop (its elements are accounted for elsewhere), told (a note says
    that some of it is lost).
    """

    path: Path
    kind: str
    span: Span
    pure: bool = False
    entry: Disposition | None = field(default=None, hash=False)
    conditions: tuple[Condition, ...] = ()
    seldom: bool = False
    """It happens on a condition that is no discriminator: whoever is handed the object may never see it."""
    partial: bool = False
    """A filter leaves elements out: what is read is not all that is there."""
    kept: tuple[Condition, ...] = ()
    """Filters that keep all elements of some kinds."""
    becomes: str = field(default="read", compare=False)
    """What becomes of it: read, dropped or rejected."""
    only: str = field(default="", compare=False)
    """It happens only to values of this kind."""
    loose: bool = False
    """The function `at` names the member: nothing is demanded of it."""


def pure_path(expr: Expression | None) -> Path | None:
    """The path of an expression that only goes down from `@`; None for any other."""
    path = None if expr is None else path_of(expr.tree)
    if path is None or path.root != "@" or not all(isinstance(key, str) for key in path.keys):
        return None
    return tuple(map(str, path.keys))


class Sight(dict[str, Rule]):
    """The definitions in sight, and the names through which the scope is read: `@`, and names for parts of it."""

    def __init__(self, defs: Mapping[str, Rule], roots: Mapping[str, Path]) -> None:
        super().__init__(defs)
        self.roots = roots


def accesses(
    rule: object, defs: Mapping[str, Rule], roots: Mapping[str, Path] = MappingProxyType({"@": ()})
) -> list[Access]:
    """The accesses of a rule to its own `@`, definitions on the same item included."""
    return list(dict.fromkeys(of_rule(rule, Sight(defs, roots), (), frozenset(), ())))


def container(on: Expression) -> Path | None:
    """What a `$drop` in a case concerns: the object whose discriminator is matched, else the matched value."""
    path = pure_path(on)
    return path[:-1] if path and len(path) > 1 and path[-1] in ("type", "role", "kind", "object") else path


def of_expression(
    expr: Expression | None, kind: str, conditions: tuple[Condition, ...], defs: Sight
) -> Iterator[Access]:
    if expr is None:
        return
    pure = pure_path(expr)
    for read in expr.reads:
        base = defs.roots.get(read.root)
        if base is not None:
            how = kind if read.whole or kind == "loop" else "test"
            access = Access((*base, *read.path), how, expr.span, pure == read.path, None, conditions, loose=read.loose)
            kept = tuple(Condition((*base, *path), frozenset(texts), negated) for path, texts, negated in read.kept)
            yield replace(access, partial=read.partial, kept=kept) if read.partial or kept else access


def of_rule(
    node: object, defs: Sight, conditions: tuple[Condition, ...], seen: frozenset[str], subject: Path | None
) -> Iterator[Access]:
    """`subject` is what a `$drop` here concerns: the item at its root, None within a field."""
    found = _of_rule(node, defs, conditions, seen, subject)
    asked = _kinds_asked(node.mods.when) if isinstance(node, Rule) and node.mods.when else {}
    return (replace(a, only=asked[a.path]) if a.path in asked else a for a in found) if asked else found


def _of_rule(
    node: object, defs: Sight, conditions: tuple[Condition, ...], seen: frozenset[str], subject: Path | None
) -> Iterator[Access]:
    def again(part: object, more: tuple[Condition, ...] = conditions, about: Path | None = None) -> Iterator[Access]:
        return of_rule(part, defs, more, seen, about)

    if isinstance(node, (tuple, list)):
        for part in node:
            yield from again(part)
        return
    if isinstance(node, Clamp):
        yield from again([part for part in (node.low, node.high) if part])
        return
    if not isinstance(node, Rule):
        return
    yield from _modifiers(node, defs, conditions, seen)
    match node:
        case Get():
            changed = node.mods.clamp or node.mods.default or node.mods.require or node.mods.kind or node.mods.notes
            for access in of_expression(node.expr, "value", conditions, defs):
                yield replace(access, pure=access.pure and not changed)
        case Make():
            yield from again([part.rule for part in node.fields])
        case ListOf() | Concat():
            yield from again(node.items)
        case Each() if node.where is not None and node.excluded is None and not node.mods.notes:
            # What the filter leaves out is told by nobody.
            told = jmes.texts_of(node.where.tree)
            for access in of_expression(node.source, "loop", conditions, defs):
                kept = () if told is None else (Condition((*access.path, "[]", told[0]), told[1], told[2]),)
                yield replace(access, partial=told is None, kept=kept)
        case Each() | Gather():
            yield from of_expression(node.source, "loop", conditions, defs)
        case Merge():
            yield from again(node.source)
        case Order():
            yield from of_expression(node.order, "value", conditions, defs)
            yield from again([rule for _, rule in node.lists])
        case Index():
            yield from of_expression(node.source, "test", conditions, defs)
        case Lookup():
            for access in of_expression(node.of, "value", conditions, defs):
                yield replace(access, pure=False)
        case Lower() | Same():
            yield from of_expression(node.source, "value", conditions, defs)
        case Use():
            if node.of is not None:
                yield from of_expression(node.of, "loop", conditions, defs)
            elif node.name in defs and node.name not in seen:
                yield from of_rule(defs[node.name], defs, conditions, seen | {node.name}, subject)
        case First():
            yield from again(node.arms, conditions, subject)
        case Match():
            yield from of_expression(node.on, "test", conditions, defs)
            path = pure_path(node.on)
            named: frozenset[str | None] = frozenset(value for values, _ in node.cases for value in values)
            if node.absent is not None:
                named |= {None}
            about = subject if subject is not None else container(node.on)
            for values, case in node.cases:
                yield from again(case, (*conditions, Condition(path, frozenset(values))) if path else conditions, about)
            if node.otherwise is not None:
                yield from again(
                    node.otherwise, (*conditions, Condition(path, named, True)) if path else conditions, about
                )
            if node.absent is not None:
                yield from again(
                    node.absent, (*conditions, Condition(path, frozenset({None}))) if path else conditions, about
                )
        case Drop() | Reject():
            if node.of is not None:
                for access in of_expression(node.of, "value", conditions, defs):
                    yield _dropped(access, node)
            elif subject is not None:
                yield _dropped(Access(subject, "value", node.span, False, None, conditions), node)


def _kinds_asked(when: Expression) -> dict[Path, str]:
    """The paths of which a condition says `type(path) == 'kind'`, and the kinds."""
    parts = [when.tree]
    found: dict[Path, str] = {}
    while parts:
        match parts.pop():
            case ast.And(_, left, right):
                parts += [left, right]
            case ast.Compare(_, "==", ast.Call(_, "type", (what,)), ast.Literal(_, str(kind))):
                path = path_of(what)
                if path is not None and path.root == "@" and all(isinstance(key, str) for key in path.keys):
                    found[tuple(map(str, path.keys))] = kind
    return found


def _dropped(access: Access, rule: Drop | Reject) -> Access:
    """What is dropped in one arm is not read in the others: its unknown members are looked for."""
    whole = access.kind == "value"
    becomes = "read" if not whole else "dropped" if isinstance(rule, Drop) else "rejected"
    return replace(access, seldom=whole, becomes=becomes)


def _modifiers(node: Rule, defs: Sight, conditions: tuple[Condition, ...], seen: frozenset[str]) -> Iterator[Access]:
    mods = node.mods
    for _, rule in mods.let:
        yield from of_rule(rule, defs, conditions, seen, None)
    yield from of_expression(mods.when, "test", conditions, defs)
    if mods.otherwise is not None and not isinstance(mods.otherwise, (Drop, Reject)):
        yield from of_rule(mods.otherwise, defs, conditions, seen, None)
    elif mods.otherwise is not None and mods.otherwise.of is not None:
        for access in of_expression(mods.otherwise.of, "value", conditions, defs):
            yield _dropped(access, mods.otherwise)
    for part in (mods.default, mods.clamp):
        if part is not None:
            yield from of_rule(part, defs, conditions, seen, None)
    for note in mods.notes:
        yield from of_expression(note.when, "test", conditions, defs)
        for access in of_expression(note.of, "test", conditions, defs):
            yield replace(access, kind="told", becomes="dropped") if note.action == "dropped" else access
    if mods.account is not None and not isinstance(node, Same):
        yield from of_account(mods.account, conditions, defs)


def of_account(account: Account, conditions: tuple[Condition, ...], defs: Sight, base: Path = ()) -> Iterator[Access]:
    for entry in account.entries:
        yield from of_expression(entry.when, "test", conditions, defs)
        yield Access((*base, *entry.path), "value", entry.span, False, entry, conditions)


def ignored(path: Path, t: Type, found: Iterable[Access], conditions: frozenset[Condition]) -> set[str]:
    """The members of an object in one of the cases that it is told apart by, if it is ignored as a whole."""
    for access in found if any(condition.path[:-1] == path for condition in conditions) else ():
        ignores = access.entry is not None and access.entry.kind == "ignore"
        if ignores and access.path and access.path == path and set(access.conditions) <= conditions:
            return {name for alternative in t.objects for name in alternative.props}
    return set()


def excluded(access: Access, at: Path, alternative: ObjectType) -> bool:
    """Is the access, by a condition on a discriminator at `at`, only for other alternatives than this one?"""
    for condition in access.conditions:
        prop = alternative.props.get(condition.path[-1]) if condition.path[:-1] == at else None
        if prop is None or not prop.type.literals:
            continue
        values: set[object] = set(prop.type.literals)
        if not prop.required or prop.type.nullable:
            values.add(None)
        if all(condition.excludes(value) for value in values):
            return True
    return False


def spoken_of_others(access: Access, n: int, alternative: ObjectType) -> bool:
    """Is it an entry about a member that other alternatives have and this one has not?"""
    return access.entry is not None and not alternative.open and access.path[n] not in alternative.props


def uncovered(item: Type, found: list[Access]) -> list[tuple[Path, str]]:
    """The fields (path, alternative) of the schema that no access covers."""
    return list(dict.fromkeys(_uncovered(item, found, (), 0)))


def _uncovered(item: Type, found: list[Access], at: Path, depth: int) -> Iterator[tuple[Path, str]]:
    if depth > 12 or any(a.path == at and a.kind in ("value", "loop") and not a.conditions for a in found):
        return
    for alternative in item.objects:
        if alternative.name == MADE:
            continue
        mine = [a for a in found if not excluded(a, at, alternative)]
        if any(a.path == at and a.kind in ("value", "loop") for a in mine):
            continue
        name = alternative.name if len(item.objects) > 1 else ""
        for prop_name, prop in alternative.props.items():
            path = (*at, prop_name)
            below = [a for a in mine if a.path[: len(path)] == path]
            if any(a.path == path and a.kind in ("value", "loop") for a in below) or _says_nothing(prop.type):
                continue
            inner = prop.type
            deeper = any(len(a.path) > len(path) for a in below)
            if inner.objects and deeper:
                yield from _uncovered(only(inner, "object"), mine, path, depth + 1)
            elif inner.may("array") and deeper:
                yield from _uncovered(element(inner), mine, (*path, "[]"), depth + 1)
            elif not (below and not inner.may("object", "array")):
                yield path, name


def astray(item: Type, access: Access) -> tuple[str, str, list[str]] | None:
    """Where the path of an access leaves the schema: the name, whose it should be, and what is there instead."""
    t = item
    for n, key in enumerate(access.path):
        if key == "[]":
            if not t.may("array"):
                return key, without_null(t).words, []
            t = element(only(t, "array"))
            continue
        holders = [o for o in t.objects if not excluded(access, access.path[:n], o)]
        found = [o.props[key].type for o in holders if key in o.props]
        if not found:
            if t.opaque or any(o.open for o in holders):
                return None
            owners = " or ".join(dict.fromkeys(o.name for o in holders)) or without_null(t).words
            return key, owners, sorted({name for o in holders for name in o.props})
        t = join(*found)
    return None


def _says_nothing(t: Type) -> bool:
    """A constant that could be nothing else tells the alternative and no more."""
    return not t.may("object", "array") and (
        t.kinds == {"null"} or (t.literals is not None and len(t.literals) == 1 and not t.may("number"))
    )
