"""Faults in streams: slots, templates, procedures, events, and the order of what is emitted."""

from __future__ import annotations

import random
import re
from collections.abc import Iterator

from .document import Edit, Item
from .in_rules import around
from .kinds import kind
from .specs import Place, SpecFile, typo

__all__: list[str] = []


def _directions(spec: SpecFile) -> Iterator[Item]:
    if spec.is_stream:
        yield from (spec.root.members[name] for name in ("to_hub", "to_wire"))


def _slots(side: Item) -> list[Item]:
    return list(side.members["state"].members.values()) if "state" in side.members else []


def _sets(side: Item) -> Iterator[Item]:
    """What steps put into slots."""
    for item in side.below():
        if item.role == "step":
            for key in ("set", "add", "put"):
                yield from item.members[key].members.values() if key in item.members else ()


def _writers(side: Item, slot: str) -> list[Item]:
    return [item for item in _sets(side) if item.key == slot]


def _readers(side: Item, slot: str) -> list[Item]:
    pattern = re.compile(rf"\$state\.{slot}\b")
    return [item for item in side.below() if item.role == "expression" and pattern.search(item.scalar or "")]


@kind
def misspelt_slot_that_is_set(spec: SpecFile, chance: random.Random) -> Iterator[Place]:
    for side in _directions(spec):
        for item in _sets(side):
            yield Place(item.renamed(typo(str(item.key), spec.known, chance)), (item,))


@kind
def slot_never_set(spec: SpecFile, chance: random.Random) -> Iterator[Place]:
    """The only step that sets a slot without a beginning is forgotten."""
    for side in _directions(spec):
        for slot in _slots(side):
            writers = _writers(side, str(slot.key))
            if len(writers) != 1 or "init" in slot.members:
                continue
            yield from _forgotten(writers[0], (slot, *_readers(side, str(slot.key))))


def _forgotten(item: Item, also: tuple[Item, ...]) -> Iterator[Place]:
    """Without this entry of a `set`, or the step, or the list that holds nothing else."""
    at: Item | None = item
    while at is not None and at.role != "event":
        whole = at.role == "step" or (at.holder is not None and at.holder.key in ("set", "add"))
        edit = at.removed() if whole else None
        if edit is not None:
            yield Place(edit, also)
            return
        at = at.holder


@kind
def slot_that_begins_as_nothing(spec: SpecFile, chance: random.Random) -> Iterator[Place]:
    """A number to count with has no `init`: it is read before it is set."""
    for side in _directions(spec):
        for slot in _slots(side):
            init, readers = slot.members.get("init"), _readers(side, str(slot.key))
            counts = any(re.search(rf"sum\(\[\$state\.{slot.key}\b", reader.scalar or "") for reader in readers)
            if init is not None and counts and (edit := init.removed()) is not None:
                yield Place(edit, (slot, *readers))


@kind
def slot_never_used(spec: SpecFile, chance: random.Random) -> Iterator[Place]:
    for side in _directions(spec):
        if "state" in side.members:
            for name in ("leftover", "seen", "previous"):
                edit = side.members["state"].added(name, "{type: string}")
                yield Place(edit, (), (edit.start + 1,))


@kind
def slot_never_read(spec: SpecFile, chance: random.Random) -> Iterator[Place]:
    """A slot is set beside others, and nobody looks at it."""
    for side in _directions(spec):
        for item in side.below():
            if item.key == "set" and item.holder is not None and item.holder.role == "step":
                state = side.members["state"]
                slot = state.added("leftover", "{type: boolean}")
                setting = item.added("leftover", "true")
                if setting.start < slot.start:
                    continue
                text = spec.text[slot.end : setting.start]
                edit = Edit(slot.start, setting.end, slot.text + text + setting.text)
                at = edit.start + len(slot.text) + len(text)
                yield Place(edit, (), (slot.start + 1, at + (not item.flow)))


@kind
def slot_of_another_type(spec: SpecFile, chance: random.Random) -> Iterator[Place]:
    for side in _directions(spec):
        types = {str(slot.key): slot.members["type"].scalar for slot in _slots(side)}
        for item in _sets(side):
            truth = item.raw in ("true", "false") and types.get(str(item.key)) == "boolean"
            if truth or (item.raw.isdigit() and types.get(str(item.key)) == "integer"):
                yield Place(item.replaced(f"={item.raw}"), (item,))
            elif re.match(r'"sum\(', item.raw):
                yield Place(item.replaced(f'"to_string({item.raw[1:-1]})"'), (item,))


@kind
def misspelt_template_or_procedure(spec: SpecFile, chance: random.Random) -> Iterator[Place]:
    for item in spec.items("name") if spec.is_stream else ():
        if item.use in ("template", "procedure"):
            yield Place(item.replaced(typo(str(item.scalar), spec.known, chance)), (item,))


@kind
def misspelt_hole(spec: SpecFile, chance: random.Random) -> Iterator[Place]:
    for item in _holes(spec):
        yield Place(item.renamed(typo(str(item.key), spec.known, chance)), (item,))


@kind
def hole_left_open(spec: SpecFile, chance: random.Random) -> Iterator[Place]:
    for item in _holes(spec):
        assert item.holder is not None and item.holder.holder is not None
        edit = item.removed() or item.holder.removed()
        if edit is not None:
            yield Place(edit, (item.holder.holder,))


def _holes(spec: SpecFile) -> list[Item]:
    if not spec.is_stream:
        return []
    return [i for i in spec.items() if i.holder is not None and i.holder.key == "with" and i.key_node is not None]


@kind
def misspelt_event(spec: SpecFile, chance: random.Random) -> Iterator[Place]:
    for item in spec.items("event"):
        if item.key != "any":
            names = str(item.key).split(", ")  # a space more between two of them is no fault
            n = chance.randrange(len(names))
            names[n] = typo(names[n], spec.known, chance)
            yield Place(item.renamed(", ".join(names)), (item,))


@kind
def question_of_the_events_forgotten(spec: SpecFile, chance: random.Random) -> Iterator[Place]:
    """Nothing says what an event is called."""
    for side in _directions(spec):
        if "on" in side.members and (edit := side.members["on"].removed()) is not None:
            yield Place(edit, (side,))


@kind
def event_forgotten(spec: SpecFile, chance: random.Random) -> Iterator[Place]:
    for item in spec.items("event"):
        if item.key != "any" and (edit := item.removed()) is not None and item.holder is not None:
            yield Place(edit, (item.holder, *around(item.holder)))


@kind
def misspelt_step(spec: SpecFile, chance: random.Random) -> Iterator[Place]:
    for item in spec.items("step"):
        part = chance.choice(list(item.members.values()))
        yield Place(part.renamed(typo(str(part.key), spec.known, chance)), (part, item))


@kind
def end_forgotten(spec: SpecFile, chance: random.Random) -> Iterator[Place]:
    for side in _directions(spec):
        if (edit := side.members["end"].removed()) is not None:
            yield Place(edit, (side,))


@kind
def end_that_says_nothing(spec: SpecFile, chance: random.Random) -> Iterator[Place]:
    """Neither that the answer is whole, nor that it is not."""
    for side in _directions(spec):
        end = side.members["end"]
        for item in end.below():
            if set(item.members) <= {"finish", "fail"} and item.members and item.role == "step":
                edit = item.removed()
                if edit is None and item.holder is not None:
                    edit = item.holder.replaced("[]")
                if edit is not None:
                    yield Place(edit, (*around(item), end))


@kind
def block_not_closed(spec: SpecFile, chance: random.Random) -> Iterator[Place]:
    """The event that ends a block is not emitted, or not before the next block begins."""
    for side in _directions(spec):
        for item in side.below():
            step = item.holder
            if step is None or step.role != "step" or (item.key, item.scalar) not in (
                ("emit", "stop"), ("call", "close"), ("call", "text"), ("call", "thinking")
            ):  # fmt: skip
                continue
            opened = [other for other in side.below() if (other.key, other.scalar) == ("emit", "start")]
            if (edit := step.removed()) is not None:
                yield Place(edit, (*around(step), *step.siblings, *opened))
