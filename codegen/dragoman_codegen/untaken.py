"""Where a rule goes a way on which something is not taken as a whole, while it is on another.

What is taken whole needs no account: nothing of it is compared with what rules read. A rule that takes its item, or an
object in it, whole in one arm of a branch and not in another has to compare its keys in the other one, or members that
no schema knows would be lost in silence there. Found here for the compiler and for the reference alike.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from dragoman_codegen.account import Access, Condition, Path, Sight, accesses, container, excluded, of_rule
from dragoman_codegen.diagnostics import Span
from dragoman_codegen.jmes import ast
from dragoman_codegen.jmes.ast import path_of
from dragoman_codegen.replacing import replace
from dragoman_codegen.rules import Concat, Disposition, Drop, Expression, First, Make, Match, Reject, Rule
from dragoman_codegen.types import MADE, Type, only

__all__ = [
    "NOWHERE",
    "Takings",
    "Untaken",
    "Ways",
    "dropped_members",
    "known_members",
    "of_this_case",
    "read_members",
    "taken_whole",
    "takes_objects",
    "untaken",
]


@dataclass(frozen=True)
class Untaken:
    """`arms`: of branches, by where they stand; `nothing`: rules on whose condition nothing at all is made."""

    arms: frozenset[Span] = frozenset()
    nothing: frozenset[Span] = frozenset()


Takings = Mapping[Path, Untaken]
"""By the path of what is taken whole elsewhere; `()` is the item."""

NOWHERE: Takings = {}
_NOWHERE = Span("", 1, 1)


def untaken(rule: Rule, defs: Mapping[str, Rule]) -> Takings:
    """The arms of an item's rule that do not take the item, or an object in it, where others do."""
    sight = Sight(defs, {"@": ()})
    found: dict[Path, Untaken] = {}
    for at in ((), *taken_whole(accesses(rule, defs))):
        ways = Ways(at)
        ways.rule(rule, (), sight)
        if ways.arms or ways.nothing:
            found[at] = ways.found
    return found or NOWHERE


def taken_whole(found: Iterable[Access], base: Path = ()) -> list[Path]:
    """The objects that are gone into, and are taken whole or handed on, with what is around them, besides.

    Those at `base`, which is an element of a list, and below it.
    """
    found = list(found)
    whole = [a for a in found if a.becomes == "read"]
    into = dict.fromkeys(path for a in found if a.entry is None for path in _above(a.path, base))
    return [
        path
        for path in into
        if any(
            path[: len(a.path)] == a.path and (a.kind == "loop" or len(a.path) == len(path)) and takes_objects(a, path)
            for a in whole
        )
    ]


def takes_objects(access: Access, at: Path) -> bool:
    """Does it take, or hand on, the object that stands there, or one around it?"""
    other = access.path == at and access.only not in ("", "object")
    return access.entry is None and access.kind in ("value", "loop", "drop") and not other


def _above(path: Path, base: Path) -> list[Path]:
    if path[: len(base)] != base:
        return []
    rest = path[len(base) :]
    named = rest[: rest.index("[]")] if "[]" in rest else rest
    return [(*base, *named[:n]) for n in range(0 if base else 1, len(named))]


class Ways:
    """Follows rules down all ways on which what stands at a path is taken, and notes the others."""

    def __init__(self, at: Path) -> None:
        self.at = at
        self.arms: set[Span] = set()
        self.nothing: set[Span] = set()

    @property
    def found(self) -> Untaken:
        return Untaken(frozenset(self.arms), frozenset(self.nothing))

    def taken(self, found: Iterable[Access], *, lost: bool = False) -> bool:
        """`lost`: or told as lost."""
        return any(
            a.path == self.at[: len(a.path)] and takes_objects(a, self.at) and (lost or a.becomes == "read")
            for a in found
        )

    def takes(self, node: Rule, subject: Path | None, sight: Sight, *, lost: bool = False) -> bool:
        return self.taken(of_rule(node, sight, (), frozenset(), subject), lost=lost)

    def pass_by(self, node: Rule, subject: Path | None, sight: Sight) -> None:
        """An arm that does not take it; it may tell it as lost."""
        if not self.takes(node, subject, sight, lost=True):
            self.arms.add(node.span)

    def rule(self, node: Rule, subject: Path | None, sight: Sight) -> None:
        mods = node.mods
        bare = replace(node, mods=replace(mods, let=(), when=None, otherwise=None))
        lets = [part for _, part in mods.let if self.takes(part, None, sight)]
        other = mods.otherwise if not isinstance(mods.otherwise, (Drop, Reject)) else None
        rest = self.takes(bare, subject, sight) or (other is not None and self.takes(other, None, sight))
        if lets:
            if len(lets) == 1 and not rest and mods.when is None:
                self.rule(lets[0], None, sight)
            return  # taken in two places: one of them is always come to, as far as is known
        if not rest:
            return
        if mods.when is not None and mods.otherwise is None:
            if not self.asked(mods.when, sight):
                self.nothing.add(node.span)
        elif other is not None:
            if self.takes(other, None, sight):
                self.rule(other, None, sight)
            else:
                self.pass_by(other, None, sight)
        if self.takes(bare, subject, sight):
            self._branch(bare, subject, sight)
        else:
            self.pass_by(bare, subject, sight)

    def asked(self, when: Expression | None, sight: Sight) -> bool:
        """Does it hold wherever there is anything to take?"""
        return bool(self.at) and when is not None and self._among(when.tree, sight)

    def _among(self, tree: ast.Expr, sight: Sight) -> bool:
        if isinstance(tree, ast.Or):
            return self._among(tree.left, sight) or self._among(tree.right, sight)
        path = path_of(tree)
        base = sight.roots.get(path.root) if path is not None else None
        return path is not None and base is not None and (*base, *path.keys) == self.at

    def _branch(self, node: Rule, subject: Path | None, sight: Sight) -> None:
        if isinstance(node, First):
            for each in node.arms:
                if self.takes(each, subject, sight):
                    self.rule(replace(each, mods=replace(each.mods, when=None, otherwise=None)), subject, sight)
                else:
                    self.pass_by(each, subject, sight)
                if self.asked(each.mods.when, sight):
                    return
            if node.arms[-1].mods.when is not None:
                self.nothing.add(node.span)
        elif isinstance(node, Match):
            about = subject if subject is not None else container(node.on)
            for part in (*(case for _, case in node.cases), node.absent, node.otherwise):
                if part is not None and self.takes(part, about, sight):
                    self.rule(part, about, sight)
                elif part is not None:
                    self.pass_by(part, about, sight)
        else:
            taking = [part for part in _inside(node) if self.takes(part, None, sight)]
            if len(taking) == 1:
                self.rule(taking[0], None, sight)


def _inside(node: Rule) -> Iterator[Rule]:
    if isinstance(node, Make):
        yield from (part.rule for part in node.fields)
    elif isinstance(node, Concat):
        yield from node.items


def of_this_case(t: Type, at: Path, now: frozenset[Condition]) -> Type:
    """The objects that can stand at a path by what is known of discriminators."""
    held = Access(at, "test", _NOWHERE, conditions=tuple(now))
    return Type({"object"}, objects=tuple(o for o in only(t, "object").objects if not excluded(held, at, o)))


def known_members(item: Type) -> frozenset[str] | None:
    """The names of all members that an item's schema knows; None where any name belongs to it."""
    found = only(item, "object").objects
    if not found or any(o.name == MADE or (o.open and o.values is not None) for o in found):
        return None
    return frozenset(name for o in found for name in o.props)


def dropped_members(found: Iterable[Access], at: Path, now: frozenset[Condition]) -> dict[str, Disposition]:
    """What entries say is lost of what stands at a path, whatever it is."""
    entries = ((a.entry, a.conditions) for a in found if a.path[:-1] == at and a.path)
    return {
        entry.path[-1]: entry
        for entry, conditions in entries
        if entry is not None and entry.kind == "drop" and entry.plain and set(conditions) <= now
    }


def read_members(found: Iterable[Access], at: Path, case: Type) -> frozenset[str]:
    """The members of what stands at a path that rules read or speak of, where it is of this type."""
    mine = (a for a in found if any(not excluded(a, at, o) for o in case.objects))
    below = (a.path[len(at)] for a in mine if len(a.path) > len(at) and a.path[: len(at)] == at)
    return frozenset(below) - {"[]", "*"}
