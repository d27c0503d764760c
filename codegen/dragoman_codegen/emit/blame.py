"""Where a value was made that does not fit: in which branch of a rule, or in the rule of a name that is handed on."""

from __future__ import annotations

from collections.abc import Iterator

from dragoman_codegen.checks.parts import roots, within
from dragoman_codegen.diagnostics import Span
from dragoman_codegen.emit.module import Module
from dragoman_codegen.jmes import ast
from dragoman_codegen.rules import First, Get, Match, Modifiers, Rule
from dragoman_codegen.types import Type, join

__all__ = ["makers"]


def makers(module: Module, field: Span, kinds: frozenset[str]) -> list[Span]:
    """The branches that make values of these kinds, if the rule of the field has some; else nothing."""
    rule = module.made_by.get(field)
    found = list(dict.fromkeys(_looked_through(module, rule, kinds, frozenset()))) if rule is not None else []
    return [] if rule is not None and found == [rule.span] else found


def _looked_through(module: Module, rule: Rule, kinds: frozenset[str], seen: frozenset[str]) -> Iterator[Span]:
    branches = list(_branches(rule))
    if branches:
        for branch in branches:
            if _kinds(module, branch) & kinds:
                yield from _looked_through(module, branch, kinds, seen)
        return
    name = rule.expr.tree.name if isinstance(rule, Get) and isinstance(rule.expr.tree, ast.Variable) else None
    bound = _bound(module).get(name[1:], []) if name is not None and name not in seen else []
    if len(bound) == 1 and name is not None:
        yield from _looked_through(module, bound[0], kinds, seen | {name})
    else:
        yield rule.span


def _branches(rule: Rule) -> Iterator[Rule]:
    if isinstance(rule, First):
        yield from rule.arms
    elif isinstance(rule, Match):
        yield from (case for _, case in rule.cases)
        yield from (one for one in (rule.absent, rule.otherwise) if one is not None)


def _kinds(module: Module, rule: Rule) -> frozenset[str]:
    """The kinds that a branch may make; all of them where that is not known."""
    types = module.branches.get(rule.span)
    made: Type | None = join(*types) if types else None
    return frozenset(made.kinds) if made is not None else frozenset()


def _bound(module: Module) -> dict[str, list[Rule]]:
    """The rules that `$let` binds to names, anywhere in the unit."""
    unit = module.provider.units[module.unit_name]
    found: dict[str, list[Rule]] = {}
    for part in (part for root in roots(unit) for part in within(root)):
        for name, rule in part.let if isinstance(part, Modifiers) else ():
            found.setdefault(name, []).append(rule)
    return found
