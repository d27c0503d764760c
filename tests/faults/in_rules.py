"""Faults in rules: operators, what they name, their branches, and what they make for the target."""

from __future__ import annotations

import random
import re
from collections.abc import Iterator
from itertools import pairwise

from dragoman_codegen.types import Type, without_null

from .document import Edit, Item
from .kinds import kind
from .specs import Place, SpecFile, typo

__all__: list[str] = []

_SEVERITIES = ("cosmetic", "tuning", "contract")


def operators(spec: SpecFile) -> Iterator[tuple[Item, Item]]:
    """All keys that begin with `$`, with the rule that they stand in."""
    for item in spec.items():
        for key, part in item.members.items():
            if key.startswith("$") and key[1:2].isalpha() and spec.is_unit:
                yield item, part


def around(item: Item) -> tuple[Item, ...]:
    """The value, and what it is part of up to the definition, the event or the direction: where an omission is told."""
    found = [item]
    for at in list(item.up())[1:]:
        if at.holder is None:
            break
        found.append(at)
        if at.holder.key in ("defs", "events", "procedures"):
            break
    return tuple(found)


@kind
def misspelt_operator(spec: SpecFile, chance: random.Random) -> Iterator[Place]:
    for _, part in operators(spec):
        yield Place(part.renamed("$" + typo(str(part.key)[1:], spec.known, chance)), (part,))


@kind
def companion_forgotten(spec: SpecFile, chance: random.Random) -> Iterator[Place]:
    """An operator without what it needs beside it."""
    for item, part in operators(spec):
        needed = {"$table": "$of", "$match": "$cases", "$order": "$lists", "$lower": "$dialect", "$merge": "$by"}
        other = item.members.get(needed.get(str(part.key), ""))
        if other is not None and (edit := other.removed()) is not None:
            yield Place(edit, (part, item))


def _misspelt_name(spec: SpecFile, chance: random.Random, use: str) -> Iterator[Place]:
    for item in spec.items("name"):
        if item.use == use:
            yield Place(item.replaced(typo(str(item.scalar), spec.known, chance)), (item,))


@kind
def misspelt_definition(spec: SpecFile, chance: random.Random) -> Iterator[Place]:
    yield from _misspelt_name(spec, chance, "definition")


@kind
def misspelt_table(spec: SpecFile, chance: random.Random) -> Iterator[Place]:
    yield from _misspelt_name(spec, chance, "table")


@kind
def misspelt_dialect_import_or_schema(spec: SpecFile, chance: random.Random) -> Iterator[Place]:
    for use in ("dialect", "file", "schema"):
        yield from _misspelt_name(spec, chance, use)


@kind
def misspelt_path_of_both(spec: SpecFile, chance: random.Random) -> Iterator[Place]:
    both = spec.root.members.get("both")
    for part in both.members.values() if both is not None else ():
        if part.key == "$copy":
            for name in part.elements:
                yield Place(name.replaced(typo(str(name.scalar), spec.known, chance)), (part, name))
            continue
        yield Place(part.renamed(typo(str(part.key), spec.known, chance)), (part,))
        wire = part.members.get("wire", part)
        yield Place(wire.replaced(typo(str(wire.scalar), spec.known, chance)), (part, wire))


# ---------------------------------------------------------------------- branches
def branches(spec: SpecFile) -> Iterator[tuple[Item, Item, Item]]:
    """Rules and steps that branch on a value, with what they branch on, and the cases."""
    for item in spec.items():
        for head, cases in (("$match", "$cases"), ("match", "cases")):
            if head in item.members and cases in item.members:
                yield item, item.members[head], item.members[cases]


def closed(spec: SpecFile, on: Item) -> set[str]:
    """The constants that a field branched upon may have, if all definitions of the schemas say them."""
    found = re.search(r"(\w+)\Z", on.scalar or "")
    told = spec.both.constants.get(found[1]) if found and "$" not in (on.scalar or "") else None
    return {str(one) for one in told or ()}


@kind
def case_forgotten(spec: SpecFile, chance: random.Random) -> Iterator[Place]:
    for item, on, cases in branches(spec):
        if "$else" in item.members or "else" in item.members or len(cases.members) < 2:
            continue
        for case in cases.members.values():
            names = [name.strip() for name in str(case.key).split(",")]
            if not set(names) & closed(spec, on) or (case.key_node.style == '"' and len(names) > 1):
                continue
            edit = case.removed()
            if len(names) > 1:
                edit = case.renamed(", ".join(names[1:]))
            if edit is not None:
                yield Place(edit, (on, cases, item))


@kind
def misspelt_case(spec: SpecFile, chance: random.Random) -> Iterator[Place]:
    for _, on, cases in branches(spec):
        if not closed(spec, on):
            continue
        for case in cases.members.values():
            first = re.match(r"[\w.]+", str(case.key))
            if first and first[0] in closed(spec, on) and case.key_node.style in (None, '"'):
                start = case.key_start + (case.key_node.style == '"')
                wrong = typo(first[0], spec.known, chance)
                yield Place(Edit(start, start + len(first[0]), wrong), (case,))


@kind
def case_twice(spec: SpecFile, chance: random.Random) -> Iterator[Place]:
    for _, on, cases in branches(spec):
        parts = [part for part in cases.members.values() if re.fullmatch(r"[\w.]+", str(part.key))]
        for one, other in pairwise(parts):
            if closed(spec, on):
                yield Place(other.renamed(f'"{other.key}, {one.key}"'), (one, other))


@kind
def arm_that_is_never_reached(spec: SpecFile, chance: random.Random) -> Iterator[Place]:
    """An earlier arm of `$first` loses its condition."""
    for item in spec.items():
        arms = item.members["$first"].elements if "$first" in item.members else []
        for arm, following in pairwise(arms):
            when = arm.members.get("$when")
            edit = when.removed() if when is not None else None
            # What only drops or refuses has its condition twice: once it is not taken for a value.
            if edit is not None:
                yield Place(edit, (arm, following))


@kind
def filter_without_else(spec: SpecFile, chance: random.Random) -> Iterator[Place]:
    """What a `$where` leaves out is lost in silence."""
    for item in spec.items():
        if "$where" in item.members and "$else" in item.members and "$cases" not in item.members:
            edit = item.members["$else"].removed()
            if edit is not None:
                yield Place(edit, (item, item.members["$where"]))


# ---------------------------------------------------------------------- what is made
@kind
def equals_sign_forgotten(spec: SpecFile, chance: random.Random) -> Iterator[Place]:
    """A constant is read as an expression."""
    for item in spec.items("constant"):
        word = str(item.scalar)[1:]
        if word in spec.both.kinds or not word or item.raw[0] in "'\"" or spec.name == "errors":
            continue  # such a field may well be there; or the text is empty
        yield Place(item.replaced(word), (item,))


@kind
def equals_sign_too_many(spec: SpecFile, chance: random.Random) -> Iterator[Place]:
    """An expression is taken for a constant, which the target does not take."""
    for item in spec.items("expression"):
        target = _target(item)
        if item.use in ("value", "$get") and target is not None and not _takes(target, str(item.scalar)):
            raw = item.raw
            yield Place(item.replaced(f'"={raw[1:]}' if raw[0] == '"' else f"={raw}"), (item,))


@kind
def target_misspelt(spec: SpecFile, chance: random.Random) -> Iterator[Place]:
    for item in _fields(spec):
        yield Place(item.renamed(typo(str(item.key), spec.known, chance)), around(item)[:2])


@kind
def required_target_forgotten(spec: SpecFile, chance: random.Random) -> Iterator[Place]:
    for item in _fields(spec):
        assert item.holder is not None
        objects = without_null(item.holder.target).objects
        if all(item.key in o.props and o.props[str(item.key)].required for o in objects):
            edit = item.removed()
            if edit is not None:
                yield Place(edit, (item.holder, next(iter(item.holder.members.values()))))


@kind
def constant_of_the_wrong_value(spec: SpecFile, chance: random.Random) -> Iterator[Place]:
    for item in spec.items("constant"):
        target = _target(item)
        said = str(item.scalar)[1:]
        if target is not None and target.literals and said in target.literals:
            yield Place(item.replaced(f"={typo(said, spec.known, chance)}"), (item,))


@kind
def constant_of_the_wrong_kind(spec: SpecFile, chance: random.Random) -> Iterator[Place]:
    """A number or a truth value written as a text."""
    for item in spec.items("literal"):
        target = _target(item)
        if target is not None and item.raw != "null" and not target.may("string"):
            yield Place(item.replaced(f"={item.raw}"), (item,))


@kind
def value_of_the_wrong_kind(spec: SpecFile, chance: random.Random) -> Iterator[Place]:
    """A number where the target takes a text, a text where it takes a number, a list where it takes neither."""
    for item in spec.items("expression"):
        target = _target(item)
        if item.use not in ("value", "$get") or target is None or item.raw[0] in "'\"|":
            continue
        if not target.may("string"):
            yield Place(item.replaced(f"to_string({item.raw})"), (item,))
        elif not target.may("number") and not target.literals:
            yield Place(item.replaced(f"length({item.raw})"), (item,))
        if not target.may("array"):
            yield Place(item.replaced(f'"[{item.raw}]"'), (item,))


@kind
def object_in_the_place_of_a_list(spec: SpecFile, chance: random.Random) -> Iterator[Place]:
    """The brackets of a list are forgotten."""
    for item in spec.items():
        if item.is_list and item.target is not None and item.flow and len(item.elements) == 1:
            target = without_null(item.target)
            if not target.may("object", "string") and item.elements[0].is_map:
                yield Place(item.replaced(item.elements[0].raw), (item,))


def _target(item: Item) -> Type | None:
    return without_null(item.target) if item.target is not None and item.target.kinds != {"null"} else None


def _takes(target: Type, text: str) -> bool:
    return target.may("string") and (target.literals is None or text in target.literals)


def _fields(spec: SpecFile) -> Iterator[Item]:
    """The entries of objects that are built for closed objects of the target."""
    for item in spec.items("make"):
        target = _target(item)
        if target is None or not target.objects or any(o.open for o in target.objects):
            continue
        for key, part in item.members.items():
            if not key.startswith("$") and any(key in o.props for o in target.objects):
                yield part


@kind
def misspelt_field_that_is_replaced(spec: SpecFile, chance: random.Random) -> Iterator[Place]:
    """A path under `$fields` beside `$same`, of those that a schema has."""
    for item in spec.items():
        fields = item.members.get("$fields") if "$same" in item.members else None
        for part in fields.members.values() if fields is not None else ():
            *above, last = str(part.key).split(".")
            if last in spec.both.kinds and not last.endswith("[]") and part.raw != "null":
                yield Place(part.renamed(".".join([*above, typo(last, spec.known, chance)])), (part,))
