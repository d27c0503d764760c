"""Faults in provider.yaml: tables, facts and settings, rows of models."""

from __future__ import annotations

import random
from collections.abc import Iterator
from itertools import pairwise

from .document import Edit, Item
from .kinds import kind
from .specs import Place, SpecFile, typo

__all__: list[str] = []

_PARTS = ("pairs", "to_wire_only", "to_hub_only")


def _tables(spec: SpecFile) -> Iterator[Item]:
    if not spec.is_unit and "tables" in spec.root.members:
        yield from spec.root.members["tables"].members.values()


def _rows(spec: SpecFile) -> Iterator[tuple[Item, str, Item, Item]]:
    """Each row of a table: the table, the part, the row, and where its other side stands."""
    for table in _tables(spec):
        for part in _PARTS:
            for row in table.members[part].members.values() if part in table.members else ():
                yield table, part, row, row.members.get("to", row)


def _sides(table: Item) -> tuple[set[str], set[str]]:
    """All values that a table has for the hub and for the wire."""
    hub: set[str] = set()
    wire: set[str] = set()
    for part in _PARTS:
        for row in table.members[part].members.values() if part in table.members else ():
            near, far = str(row.key), row.members.get("to", row).node.value
            hub.add(far if part == "to_hub_only" else near)
            wire.add(near if part == "to_hub_only" else far)
    return hub, wire


@kind
def sides_swapped(spec: SpecFile, chance: random.Random) -> Iterator[Place]:
    for table, _, row, far in _rows(spec):
        if row.is_map or far.scalar is None or far.scalar == row.key:
            continue
        hub, wire = _sides(table)
        both = hub & wire
        if far.scalar in both or row.key in both:
            continue
        start = row.key_start
        yield Place(Edit(start, row.end, f"{far.raw}: {row.key}"), (row,))


@kind
def misspelt_value_of_a_table(spec: SpecFile, chance: random.Random) -> Iterator[Place]:
    for _, _, row, far in _rows(spec):
        if row.key is not None and row.key.isidentifier():
            yield Place(row.renamed(typo(row.key, spec.known, chance)), (row,))
        if far.scalar is not None:
            yield Place(far.replaced(typo(far.scalar, spec.known, chance)), (row, far))


@kind
def value_twice_in_pairs(spec: SpecFile, chance: random.Random) -> Iterator[Place]:
    for table in _tables(spec):
        rows = list(table.members["pairs"].members.values()) if "pairs" in table.members else []
        for one, other in pairwise(rows):
            if one.scalar is not None and other.scalar is not None:
                yield Place(other.replaced(one.raw), (one, other))


@kind
def row_forgotten(spec: SpecFile, chance: random.Random) -> Iterator[Place]:
    """Of a table that has no word for values outside of it."""
    for table in _tables(spec):
        for part in _PARTS:
            rows = list(table.members[part].members.values()) if part in table.members else []
            for row in rows if "unknown" not in table.members else ():
                edit = row.removed()
                if edit is not None:
                    yield Place(edit, (table, table.members[part]))


@kind
def misspelt_fact_of_a_model(spec: SpecFile, chance: random.Random) -> Iterator[Place]:
    for row in _models(spec):
        for fact in row.members["set"].members.values():
            yield Place(fact.renamed(typo(str(fact.key), spec.known, chance)), (fact,))
        for setting in row.members["when"].members.values() if "when" in row.members else ():
            yield Place(setting.renamed(typo(str(setting.key), spec.known, chance)), (setting,))


@kind
def wrong_value_of_a_fact(spec: SpecFile, chance: random.Random) -> Iterator[Place]:
    for row in _models(spec):
        for fact in row.members["set"].members.values():
            if fact.scalar is not None:
                yield Place(fact.replaced(typo(fact.scalar, spec.known, chance)), (fact,))
            elif fact.raw in ("true", "false"):
                yield Place(fact.replaced("yes" if fact.raw == "true" else "no"), (fact,))
            else:
                yield Place(fact.replaced(f'"{fact.raw}"'), (fact,))
    for fact in (
        spec.root.members["facts"].members.values() if not spec.is_unit and "facts" in spec.root.members else ()
    ):
        default = fact.members["default"]
        if default.scalar is not None:
            yield Place(default.replaced(typo(default.scalar, spec.known, chance)), (fact, default))


def _models(spec: SpecFile) -> list[Item]:
    return spec.root.members["models"].elements if not spec.is_unit and "models" in spec.root.members else []


@kind
def table_that_is_not_used(spec: SpecFile, chance: random.Random) -> Iterator[Place]:
    if not spec.is_unit and "tables" in spec.root.members:
        last = list(_tables(spec))[-1]
        for name in ("finish", "tiers", "effort_old", "roles"):
            edit = spec.root.members["tables"].added(name, "{pairs: {auto: auto, none: none}}")
            yield Place(edit, (last,), (edit.start + 1,))


@kind
def fact_that_is_not_used(spec: SpecFile, chance: random.Random) -> Iterator[Place]:
    if not spec.is_unit and "facts" in spec.root.members:
        for name in ("vision", "audio", "batch_size"):
            edit = spec.root.members["facts"].added(name, "{type: boolean, default: true, description: a fact}")
            yield Place(edit, (), (edit.start + 1,))
