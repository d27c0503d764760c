"""Faults in the accounts: what is dropped, ignored and refused, and the notes on changes."""

from __future__ import annotations

import random
from collections.abc import Iterator

from .document import Item
from .in_rules import around
from .kinds import kind
from .specs import Place, SpecFile, typo

__all__: list[str] = []

_SEVERITIES = ("cosmetic", "tuning", "contract")


def _entries(spec: SpecFile) -> Iterator[Item]:
    return spec.items("entry")


@kind
def account_forgotten(spec: SpecFile, chance: random.Random) -> Iterator[Place]:
    """Nothing says what becomes of a field."""
    for item in _entries(spec):
        # With a condition the field is read by rules, too; so are the members that an entry for a whole object leaves.
        if "when" in item.members or _read(spec, item):
            continue
        edit = item.removed()
        holder = item.holder
        assert holder is not None
        if edit is None:
            edit = holder.removed()
        if edit is not None:
            yield Place(edit, (*around(holder)[1:], *_beside(holder)))


def _beside(account: Item) -> list[Item]:
    """What is written beside an account, of an item or of all events: what is not accounted for is told there."""
    events = account.holder.members.get("events") if account.holder is not None else None
    return [*account.siblings, *(events.members.values() if events is not None else ())]


def _read(spec: SpecFile, item: Item) -> bool:
    """Is the field read in the rule that the entry stands in?"""
    first = str(item.key).split(".")[-1]
    scope = around(item)[-1]
    reads = [other.scalar or "" for other in scope.below() if other.role == "expression"]
    return any(first in text for text in reads)


@kind
def account_of_a_missing_field(spec: SpecFile, chance: random.Random) -> Iterator[Place]:
    for item in _entries(spec):
        parts = str(item.key).split(".")
        if spec.name == "errors" or "extra_content" in parts[:-1]:
            continue
        parts[-1] = typo(parts[-1].removesuffix("[]"), spec.known, chance)
        yield Place(item.renamed(".".join(parts)), (item,))


@kind
def wrong_severity(spec: SpecFile, chance: random.Random) -> Iterator[Place]:
    other = ["minor", "critical", "warning", "tunning", "cosmetics", "contractual", "info", "major"]
    for item in spec.items():
        if item.key in _SEVERITIES and item.scalar is not None and item.holder is not None:
            yield Place(item.renamed(chance.choice(other)), (item, item.holder))


@kind
def severity_forgotten(spec: SpecFile, chance: random.Random) -> Iterator[Place]:
    """`$drop: {field: reason}`"""
    for item in _entries(spec):
        if item.use == "drop" and len(item.members) == 1:
            (reason,) = item.members.values()
            yield Place(item.replaced(reason.raw), (item,))


@kind
def reason_forgotten(spec: SpecFile, chance: random.Random) -> Iterator[Place]:
    for item in _entries(spec):
        if item.use == "ignore" and item.scalar is not None and item.holder is not None:
            yield Place(item.replaced("true" if item.holder.flow else ""), (item,))


@kind
def note_of_a_missing_field(spec: SpecFile, chance: random.Random) -> Iterator[Place]:
    for item in spec.items("note"):
        of = item.members.get("of")
        if of is not None and str(of.scalar).isidentifier():
            yield Place(of.replaced(typo(str(of.scalar), spec.known, chance)), (of,))


@kind
def loss_of_a_missing_field(spec: SpecFile, chance: random.Random) -> Iterator[Place]:
    """`$drop` and `$reject` as rules, `drop` as a step: `$of` names a field that is not there."""
    for item in spec.items("verdict"):
        holder = item.holder
        of = None if holder is None else holder.members.get("$of", holder.members.get("of"))
        if of is not None and str(of.scalar).isidentifier():
            yield Place(of.replaced(typo(str(of.scalar), spec.known, chance)), (of,))
