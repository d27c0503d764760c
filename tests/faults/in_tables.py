"""Faults in provider.yaml: tables, facts and settings, rows of models."""

from __future__ import annotations

import random
from collections.abc import Iterator
from itertools import pairwise

from .document import Edit, Item
from .kinds import kind
from .specs import Place, SpecFile, table_values, typo

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


def _known(spec: SpecFile, table: Item, part: str, *, near: bool) -> set[str]:
    """What the schemas have for the keys of a part (`near`) or for its values; empty where they are open."""
    hub = near == (part != "to_hub_only")
    return table_values(spec.slug, str(table.key))["hub" if hub else "wire"]


@kind
def sides_swapped(spec: SpecFile, chance: random.Random) -> Iterator[Place]:
    for table, part, row, far in _rows(spec):
        if row.is_map or far.scalar is None or far.scalar == row.key:
            continue
        near, away = (_known(spec, table, part, near=side) for side in (True, False))
        # Swapped, neither word may be one of the other side; and one of the sides must have words of its own.
        if not near | away or far.scalar in near or row.key in away:
            continue
        start = row.key_start
        yield Place(Edit(start, row.end, f"{far.raw}: {row.key}"), (row,))


@kind
def misspelt_value_of_a_table(spec: SpecFile, chance: random.Random) -> Iterator[Place]:
    for table, part, row, far in _rows(spec):
        if row.key in _known(spec, table, part, near=True):
            yield Place(row.renamed(typo(str(row.key), spec.known, chance)), (row,))
        if far.scalar is not None and far.scalar in _known(spec, table, part, near=False):
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
                edit = row.removed() if row.key in _known(spec, table, part, near=True) else None
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
