"""Chooses faults: the kinds in turn, and for each kind another place each time."""

from __future__ import annotations

import random
from collections.abc import Sequence

from . import in_accounts, in_expressions, in_files, in_rules, in_streams, in_tables  # noqa: F401 (they register)
from .kinds import KINDS
from .specs import Fault, Place, SpecFile, files, used

__all__ = ["KINDS", "choose"]


def choose(seed: int, count: int, only: Sequence[str] | None = None) -> list[Fault]:
    """`count` different faults, fewer where there are not so many places."""
    chance = random.Random(seed)
    kinds = sorted(only or KINDS)
    chance.shuffle(kinds)
    waiting = {kind: _places(kind, chance) for kind in kinds}
    chosen: list[Fault] = []
    seen: set[tuple[str, str, str]] = set()
    while len(chosen) < count and any(waiting.values()):
        for kind in kinds:
            if waiting[kind] and len(chosen) < count:
                spec, place = waiting[kind].pop()
                fault = spec.made(kind, place)
                if fault.key not in seen and fault.text != spec.text:
                    seen.add(fault.key)
                    chosen.append(fault)
    return chosen


def _places(kind: str, chance: random.Random) -> list[tuple[SpecFile, Place]]:
    """All places in a random order in which small files come as often as large ones while they last."""
    piles = []
    for spec in files():
        places = [(spec, place) for place in KINDS[kind](spec, chance) if used(spec, place.edit)]
        chance.shuffle(places)
        if places:
            piles.append(places)
    order = []
    while piles:
        weights = [len(pile) ** 0.5 for pile in piles]
        pile = chance.choices(piles, weights)[0]
        order.append(pile.pop())
        piles = [one for one in piles if one]
    return order[::-1]
