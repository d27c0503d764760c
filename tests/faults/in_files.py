"""Faults in the frame of a file: its keys, what is not used, and its YAML."""

from __future__ import annotations

import random
import re
from collections.abc import Iterator
from itertools import pairwise

from .document import Edit, Item
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


@kind
def wrong_indentation(spec: SpecFile, chance: random.Random) -> Iterator[Place]:
    """A line of a block stands one column further to the right than those around it."""
    for item in spec.items():
        holder = item.holder
        if holder is None or holder.flow or not holder.is_map or item.key_node is None or item.position == 0:
            continue
        before = holder.siblings and list(holder.members.values())[item.position - 1]
        start = spec.text.rindex("\n", 0, item.key_start) + 1
        if spec.text[start : item.key_start].strip() or not isinstance(before, Item):
            continue
        # What is below takes the new column for its own, and so is told where it does not go on.
        after = list(holder.members.values())[item.position + 1 : item.position + 2]
        yield Place(Edit(item.key_start, item.key_start, " "), (item, *item.members.values(), before, *after))


@kind
def definition_forgotten(spec: SpecFile, chance: random.Random) -> Iterator[Place]:
    """A definition is taken out, and its users have stayed."""
    defs = spec.root.members.get("defs") if spec.is_unit and not spec.is_shared else None
    for item in defs.members.values() if defs is not None else ():
        users = [one for one in spec.items("name") if (one.use, one.scalar) == ("definition", item.key)]
        outside = [one for one in users if item not in one.up()]
        edit = item.removed() if item.key != "import" and outside else None
        if edit is not None:
            yield Place(edit, tuple(users))


@kind
def path_forgotten(spec: SpecFile, chance: random.Random) -> Iterator[Place]:
    """A unit has no path."""
    paths = spec.root.members["endpoint"].members.get("paths") if not spec.is_unit else None
    for item in paths.members.values() if paths is not None else ():
        edit = item.removed()
        if item.key != "stream" and edit is not None:
            assert paths is not None
            yield Place(edit, (paths, *paths.members.values()))


@kind
def address_without_its_beginning(spec: SpecFile, chance: random.Random) -> Iterator[Place]:
    """`api.example.com` for `https://api.example.com`, `v1/chat` for `/v1/chat`."""
    for item in spec.root.members["endpoint"].below() if not spec.is_unit else ():
        for beginning in ("https://", "/"):
            at = item.text.find(beginning, item.start, item.start + 10) if item.scalar else -1
            if at >= 0 and (item.scalar or "").startswith(beginning):
                yield Place(Edit(at, at + len(beginning), ""), (item,))


@kind
def misspelt_hole_of_the_endpoint(spec: SpecFile, chance: random.Random) -> Iterator[Place]:
    for item in spec.root.members["endpoint"].below() if not spec.is_unit else ():
        for found in re.finditer(r"\{(\w+)\}", item.raw if item.scalar else ""):
            start = item.start + found.start(1)
            yield Place(Edit(start, start + len(found[1]), typo(found[1], spec.known, chance)), (item,))
