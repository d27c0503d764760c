"""Faults in the frame of a file: its keys, what is not used, and its YAML."""

from __future__ import annotations

import random
from collections.abc import Iterator
from itertools import pairwise

from .document import Edit
from .kinds import kind
from .specs import Place, SpecFile, typo

__all__: list[str] = []


@kind
def misspelt_key_of_the_file(spec: SpecFile, chance: random.Random) -> Iterator[Place]:
    for item in spec.root.members.values():
        yield Place(item.renamed(typo(str(item.key), spec.known, chance)), (item,))
    for name in ("endpoint",) if not spec.is_unit else ("to_hub", "to_wire") if spec.is_stream else ():
        for item in spec.root.members[name].members.values():
            yield Place(item.renamed(typo(str(item.key), spec.known, chance)), (item,))


@kind
def definition_that_is_not_used(spec: SpecFile, chance: random.Random) -> Iterator[Place]:
    """The old form of a definition has stayed behind. Those of a file that others import may wait for their users."""
    defs = spec.root.members.get("defs") if spec.is_unit and not spec.is_shared else None
    for item in defs.members.values() if defs is not None else ():
        if item.key == "import":
            continue
        start = spec.text.rindex("\n", 0, item.key_start) + 1
        text = f"  {item.key}_old: {{type: =text}}\n"
        yield Place(Edit(start, start, text), (), (start,))


@kind
def name_that_is_not_used(spec: SpecFile, chance: random.Random) -> Iterator[Place]:
    """A `$let` that nothing reads."""
    for item in spec.items():
        if item.key == "$let" and spec.is_unit:
            edit = item.added("leftover", "type" if "type" in spec.both.kinds else "=x")
            reads = [i.scalar for i in item.below() if i.role == "expression" and i.scalar]
            edit = item.added("leftover", next((r for r in reads if r.isidentifier()), "=x"))
            yield Place(edit, (), (edit.start + (not item.flow),))


@kind
def template_or_procedure_that_is_not_used(spec: SpecFile, chance: random.Random) -> Iterator[Place]:
    for name in ("to_hub", "to_wire") if spec.is_stream else ():
        side = spec.root.members[name]
        for key, value in (("templates", "{id: $state.id, choices: []}"), ("procedures", "[{finish: true}]")):
            if key in side.members:
                edit = side.members[key].added("leftover", value)
                yield Place(edit, (), (edit.start + 1,))


@kind
def key_twice(spec: SpecFile, chance: random.Random) -> Iterator[Place]:
    for item in spec.items():
        parts = list(item.members.values())
        for one, other in pairwise(parts):
            if one.key_node.style is None and other.key_node.style is None and len(str(one.key)) < 40:
                yield Place(other.renamed(str(one.key)), (one, other))


@kind
def brace_forgotten(spec: SpecFile, chance: random.Random) -> Iterator[Place]:
    for item in spec.items():
        if item.flow and item.is_map and item.holder is not None and not item.holder.flow and "\n" not in item.raw:
            yield Place(Edit(item.end - 1, item.end, ""), (item,))
