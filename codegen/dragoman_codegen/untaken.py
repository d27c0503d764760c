"""Where a rule goes a way on which the item as a whole is not taken, while it is on another.

What is taken whole needs no account: nothing of it is compared with what rules read. A rule that takes its item whole
in one arm of a branch and not in another has to compare its keys in the other one, or members that no schema knows
would be lost in silence there. Found here for the compiler and for the reference alike.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from dragoman_codegen.account import Path, Sight, container, of_rule
from dragoman_codegen.diagnostics import Span
from dragoman_codegen.replacing import replace
from dragoman_codegen.rules import Concat, Drop, First, Make, Match, Reject, Rule
from dragoman_codegen.types import MADE, Type, only

__all__ = ["NOWHERE", "Untaken", "known_members", "untaken"]


@dataclass(frozen=True)
class Untaken:
    """`arms`: of branches, by where they stand; `nothing`: rules on whose condition nothing at all is made."""

    arms: frozenset[Span] = frozenset()
    nothing: frozenset[Span] = frozenset()


NOWHERE = Untaken()


def untaken(rule: Rule, defs: Mapping[str, Rule]) -> Untaken:
    """The arms of an item's rule that do not take the item, where others do."""
    sight = Sight(defs, {"@": ()})
    arms: set[Span] = set()
    nothing: set[Span] = set()

    def takes(node: Rule, subject: Path | None) -> bool:
        found = of_rule(node, sight, (), frozenset(), subject)
        return any(not a.path and a.entry is None and a.kind in ("value", "loop") for a in found)

    def follow(node: Rule, subject: Path | None) -> None:
        mods = node.mods
        bare = replace(node, mods=replace(mods, let=(), when=None, otherwise=None))
        lets = [part for _, part in mods.let if takes(part, None)]
        other = mods.otherwise if not isinstance(mods.otherwise, (Drop, Reject)) else None
        rest = takes(bare, subject) or (other is not None and takes(other, None))
        if lets:
            if len(lets) == 1 and not rest and mods.when is None:
                follow(lets[0], None)
            return  # taken in two places: one of them is always come to, as far as is known
        if not rest:
            return
        if mods.when is not None and mods.otherwise is None:
            nothing.add(node.span)
        elif other is not None:
            if takes(other, None):
                follow(other, None)
            else:
                arms.add(other.span)
        if takes(bare, subject):
            branch(bare, subject)
        else:
            arms.add(node.span)

    def branch(node: Rule, subject: Path | None) -> None:
        if isinstance(node, First):
            for each in node.arms:
                if takes(each, subject):
                    follow(replace(each, mods=replace(each.mods, when=None, otherwise=None)), subject)
                else:
                    arms.add(each.span)
            if node.arms[-1].mods.when is not None:
                nothing.add(node.span)
        elif isinstance(node, Match):
            about = subject if subject is not None else container(node.on)
            for part in (*(case for _, case in node.cases), node.absent, node.otherwise):
                if part is not None and takes(part, about):
                    follow(part, about)
                elif part is not None:
                    arms.add(part.span)
        else:
            taking = [part for part in _inside(node) if takes(part, None)]
            if len(taking) == 1:
                follow(taking[0], None)

    follow(rule, ())
    return Untaken(frozenset(arms), frozenset(nothing)) if arms or nothing else NOWHERE


def _inside(node: Rule) -> Iterator[Rule]:
    if isinstance(node, Make):
        yield from (part.rule for part in node.fields)
    elif isinstance(node, Concat):
        yield from node.items


def known_members(item: Type) -> frozenset[str] | None:
    """The names of all members that an item's schema knows; None where any name belongs to it."""
    found = only(item, "object").objects
    if not found or any(o.name == MADE or (o.open and o.values is not None) for o in found):
        return None
    return frozenset(name for o in found for name in o.props)
