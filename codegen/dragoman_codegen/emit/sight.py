"""Names that a definition reads and that its user does not have: whose fault is it?"""

from __future__ import annotations

from collections.abc import Collection

from dragoman_codegen.checks.parts import within
from dragoman_codegen.rules import Each, Gather, Modifiers, Use, walk
from dragoman_codegen.spec import Provider, Unit
from dragoman_codegen.steps import CallProcedure, EachStep, Emit, LetStep

__all__ = ["names_bound", "with_its_root"]


def names_bound(unit: Unit, direction: str, definition: str) -> set[str]:
    """The names that are bound where a definition is used, or might be: in a direction, and in definitions above it."""
    users = {definition}
    below = {name: {part.name for part in walk(rule) if isinstance(part, Use)} for name, rule in unit.defs.items()}
    while more := {name for name, used in below.items() if used & users} - users:
        users |= more
    sides = [unit.sides[direction].rule] if direction in unit.sides else []
    streams = [unit.streams[direction]] if direction in unit.streams else []
    places = [*sides, *streams, *(unit.defs[name] for name in users if name in unit.defs)]
    names: set[str] = set()
    for part in (part for place in places for part in within(place)):
        if isinstance(part, Modifiers):
            names |= {name for name, _ in part.let}
        elif isinstance(part, Each):
            names |= {part.number or ""}
        elif isinstance(part, Gather):
            names |= {part.number or "", part.name or ""}
        elif isinstance(part, LetStep):
            names |= {name for name, _ in part.names}
        elif isinstance(part, EachStep):
            names.add(part.name)
        elif isinstance(part, CallProcedure):
            names |= {name for name, _, _ in part.given}
        elif isinstance(part, Emit):
            names |= {name for name, _, _ in part.holes}
    return names


def with_its_root(name: str, provider: Provider, unit: Unit) -> str | None:
    """What a name without its root probably is: `$fact` is `$model.fact`."""
    slots = {slot.name for side in unit.streams.values() for slot in side.state}
    context = {key for one in provider.units.values() for key in (*one.context, *one.client_context)}
    known: dict[str, Collection[str]] = {
        "$model": provider.facts,
        "$settings": provider.settings,
        "$request": context,
        "$state": slots,
    }
    return next((f"{root}.{name}" for root, names in known.items() if name in names), None)
