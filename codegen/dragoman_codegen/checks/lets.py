"""Names that are bound and never read: `$let`, `$number`, `$as`, and the names of steps.

A definition reads names of whoever uses it, so a use of it reads them too.
"""

from __future__ import annotations

from collections.abc import Iterable

from dragoman_codegen.checks.parts import Keys, Scan, own, parts, roots, shared, variables, within
from dragoman_codegen.diagnostics import Diagnostics, Span
from dragoman_codegen.rules import Drop, Each, Expression, Gather, Modifiers, Note, Reject, Rule, Use
from dragoman_codegen.spec import Provider, Unit
from dragoman_codegen.steps import Block, EachStep, LetStep

__all__ = ["check_lets"]

_NAMES_ARE_WRONG = {"DG306", "DG430", "DG454"}


def check_lets(scan: Scan, diagnostics: Diagnostics, found: Diagnostics) -> None:
    if _NAMES_ARE_WRONG & {one.code for one in diagnostics}:
        return
    for unit in scan.provider.units.values():
        look = _Look(scan.provider, unit, scan.keys, found)
        for root in roots(unit):
            look.free(root)


class _Look:
    def __init__(self, provider: Provider, unit: Unit, keys: Keys, found: Diagnostics) -> None:
        self.provider = provider
        self.unit = unit
        self.keys = keys
        self.found = found
        self.defs: dict[str, frozenset[str]] = {}

    def bind(self, names: frozenset[str], name: str, span: Span, what: str) -> frozenset[str]:
        """The names that are read around, with `name` bound; say so if nothing reads it."""
        if f"${name}" not in names and (own(self.provider, span) or shared(span)):
            self.found.error("DG460", span, f"nothing reads ${name}", f"take {what} out, or read it")
        return names - {f"${name}"}

    def free(self, node: object) -> frozenset[str]:
        """The `$names` that a part of a spec takes from around it."""
        match node:
            case Expression():
                return variables(node.tree)
            case Rule():
                return self._rule(node)
            case Block():
                return self._block(node)
            case EachStep():
                inner = self.free(node.body)
                if (span := self.keys.said(node.span, "as")) != node.span:
                    inner = self.bind(inner, node.name, span, "`as`")
                return self.free(node.source) | (inner - {f"${node.name}"})
        return self._all(parts(node))

    def _all(self, nodes: Iterable[object]) -> frozenset[str]:
        return frozenset().union(*(self.free(part) for part in nodes if part is not None))

    def _rule(self, rule: Rule) -> frozenset[str]:
        mods = rule.mods
        if isinstance(rule, (Each, Gather)):
            inner = self._loop(rule)
        else:
            inner = self._all(part for part in parts(rule) if part is not mods)
        if isinstance(rule, Use):
            inner |= self._definition(rule.name)
        if mods == _NONE:
            return inner
        inner |= self._all(part for part in parts(mods) if part is not mods.let)
        return self._bound(inner, mods.let)

    def _bound(self, inner: frozenset[str], names: tuple[tuple[str, Rule], ...]) -> frozenset[str]:
        for name, value in reversed(names):
            if self._acts(value, frozenset()):
                inner -= {f"${name}"}
            else:
                inner = self.bind(inner, name, self.keys.let(value.span, name), "it")
            inner |= self.free(value)
        return inner

    def _acts(self, rule: object, seen: frozenset[str]) -> bool:
        """Does a rule drop, refuse or note something, so that it is there for that alone?"""
        for part in within(rule):
            if isinstance(part, (Drop, Reject, Note)) or (isinstance(part, Modifiers) and _records(part)):
                return True
            if isinstance(part, Use) and part.name not in seen:
                used = self.unit.defs.get(part.name)
                if used is not None and self._acts(used, seen | {part.name}):
                    return True
        return False

    def _loop(self, rule: Each | Gather) -> frozenset[str]:
        inner = self.free(rule.body)
        if isinstance(rule, Each):
            inner |= self._all((rule.where, rule.excluded))
        elif rule.name is not None:
            inner = self.bind(inner, rule.name, self.keys.said(rule.span, "$as"), "$as")
        if rule.number is not None:
            inner = self.bind(inner, rule.number, self.keys.said(rule.span, "$number"), "$number")
        return inner | self.free(rule.source)

    def _definition(self, name: str) -> frozenset[str]:
        if name not in self.defs:
            self.defs[name] = frozenset()
            if name in self.unit.defs:
                self.defs[name] = self.free(self.unit.defs[name])
        return self.defs[name]

    def _block(self, block: Block) -> frozenset[str]:
        inner: frozenset[str] = self.free(block.account) if block.account is not None else frozenset()
        for step in reversed(block.steps):
            if isinstance(step, LetStep):
                inner = self._bound(inner, step.names)
            else:
                inner |= self.free(step)
        return inner


def _records(mods: Modifiers) -> bool:
    refuses = mods.account is not None and any(entry.kind != "ignore" for entry in mods.account.entries)
    return bool(mods.require or mods.default or mods.clamp or mods.notes or refuses)


_NONE = Modifiers()
