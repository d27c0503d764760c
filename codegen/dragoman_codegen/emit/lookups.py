"""Lists of a `$gather` that are only ever asked whether they hold a text: they are sets in Python."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from dragoman_codegen.emit.base import Append, Extend, comment, is_list
from dragoman_codegen.jmes import CodeBlock, TextSet, Value, ast
from dragoman_codegen.jmes.ast import path_of
from dragoman_codegen.rules import Expression, Gather, Modifiers, Rule, Use, walk
from dragoman_codegen.types import ANY, NULL, array, join

__all__ = ["AddText", "AddTexts", "TextSet", "Wanted", "wanted"]


@dataclass
class _Reads:
    """What the expressions of a unit read of `$names`."""

    whole: set[str] = field(default_factory=set)
    members: set[tuple[str, str]] = field(default_factory=set)
    asked: set[tuple[str, str]] = field(default_factory=set)

    def take(self, tree: ast.Expr) -> None:
        if isinstance(tree, ast.Call) and tree.name == "contains" and (found := _member(tree.args[0])) is not None:
            self.asked.add(found)
            self.take(tree.args[1])
            return
        if isinstance(tree, ast.Variable):
            self.whole.add(tree.name)
        elif (found := _member(tree, deeper=True)) is not None:
            self.members.add(found)
        else:
            for child in ast.children(tree):
                self.take(child)


def _member(tree: ast.Expr, *, deeper: bool = False) -> tuple[str, str] | None:
    """The name and the member of it that a path begins with."""
    path = path_of(tree)
    if path is None or not path.root.startswith("$") or not path.keys or (len(path.keys) > 1 and not deeper):
        return None
    return path.root, str(path.keys[0])


@dataclass(frozen=True)
class Wanted:
    """What becomes of the lists of a gather."""

    asked: frozenset[str] = frozenset()
    """Those that nothing reads but `contains` in the gather."""
    outside: frozenset[str] | None = None
    """Those that are read when it is over; None if that cannot be told."""


def wanted(gather: Gather, sides: Iterable[Rule], defs: Mapping[str, Rule]) -> Wanted:
    rules = [*sides, *defs.values()]
    names = _given_names(gather, rules, defs)
    own = f"${gather.name}"
    if names is None or gather.name is None:
        return Wanted()
    reads = _Reads()
    for rule in rules:
        for node in walk(rule):
            if isinstance(node, Expression):
                reads.take(node.tree)
    if not reads.whole.isdisjoint({*names, own}):
        return Wanted()
    inside = {member for root, member in reads.members if root == own}
    outside = {member for root, member in reads.members | reads.asked if root != own}
    asked = {member for root, member in reads.asked if root == own}
    return Wanted(frozenset(asked - inside - outside), frozenset(outside))


def _given_names(gather: Gather, rules: list[Rule], defs: Mapping[str, Rule]) -> set[str] | None:
    """The `$names` that hold what comes of the gather; None if it goes elsewhere too."""
    home = next((name for name, rule in defs.items() if rule.span == gather.span), None)
    if home is None:
        return None
    lets = [(name, part) for rule in rules for name, part in _lets(rule) if isinstance(part, Use) and part.name == home]
    uses = sum(isinstance(node, Use) and node.name == home for rule in rules for node in walk(rule))
    return {f"${name}" for name, _ in lets} if len(lets) == uses else None


def _lets(rule: Rule) -> Iterator[tuple[str, Rule]]:
    for node in walk(rule):
        if isinstance(node, Modifiers):
            yield from node.let


class AddText(Append):
    """To a set of texts; anything else is left out."""

    def put(self, code: CodeBlock, value: Value, where: str) -> None:
        self.types.append(value.type)
        if value.code == "None":
            return
        if value.trusted and value.type.always("string"):
            code.line(comment(f"{self.name}.add({value.code})", where))
            return
        name = value.code if value.simple else code.fresh(self.hint)
        if not value.simple:
            code.line(f"{name} = {value.code}")
        with code.block(comment(f"if type({name}) is str:", where)):
            code.line(f"{self.name}.add({name})")


class AddTexts(Extend):
    """The texts of a list to a set of texts."""

    def put(self, code: CodeBlock, value: Value, where: str) -> None:
        self.types.append(value.type)
        if value.code == "None":
            return
        name = value.code if value.simple else code.fresh(self.hint)
        if not value.simple:
            code.line(f"{name} = {value.code}")
        if not is_list(value):
            self.check(code, name, join(array(ANY), NULL), self.place)
        texts = value.elements_trusted and value.type.may("array") and value.type.items.always("string")
        given = name if texts else f"text for text in {name} if type(text) is str"
        statement = f"{self.name}.update({given})"
        if value.type.nullable or not is_list(value):
            with code.block(comment(f"if {name} is not None:", where)):
                code.line(statement)
        else:
            code.line(comment(statement, where))
