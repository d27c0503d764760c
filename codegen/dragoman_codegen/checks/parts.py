"""The parts of what a spec says: rules, steps and expressions, whatever they stand in."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import fields
from typing import Any

from dragoman_codegen.diagnostics import Span
from dragoman_codegen.jmes import ast
from dragoman_codegen.rules import Account, Clamp, Disposition, Expression, Field, Modifiers, Note, Rule
from dragoman_codegen.source import Node
from dragoman_codegen.spec import Provider, Unit
from dragoman_codegen.steps import Block, Slot, Step, StreamSide

__all__ = ["Keys", "Scan", "expressions", "members", "own", "parts", "roots", "shared", "variables", "within"]

_PARTS = (Rule, Modifiers, Clamp, Account, Note, Disposition, Field, Step, Block, Slot, StreamSide)
_PLAIN = ("span", "named", "node", "name", "severity", "reason", "keep_null", "path", "unless", "kind")


_FIELDS: dict[type[Any], tuple[str, ...] | None] = {}
"""For each kind of node, the fields that may hold others; None for what is no node."""


def _fields(node: object) -> tuple[str, ...] | None:
    kind = type(node)
    if kind not in _FIELDS:
        names = [f.name for f in fields(node) if f.name not in _PLAIN] if isinstance(node, _PARTS) else None
        _FIELDS[kind] = None if names is None else tuple(names)
    return _FIELDS[kind]


def parts(node: object) -> list[Any]:
    """The direct parts of a node, whatever lists they stand in. An expression is a leaf."""
    found: list[Any] = []
    for name in _fields(node) or ():
        value = getattr(node, name)
        if value:
            _add(value, found)
    return found


def _add(value: object, found: list[Any]) -> None:
    kind = type(value)
    if kind is tuple or kind is dict:
        for part in value.values() if isinstance(value, dict) else value:  # type: ignore[attr-defined]
            _add(part, found)
    elif kind is Expression or _fields(value) is not None:
        found.append(value)


def within(node: object) -> list[Any]:
    """The node and all its parts, in the order in which they are written."""
    found: list[Any] = []
    waiting = [node]
    while waiting:
        part = waiting.pop()
        found.append(part)
        waiting += reversed(parts(part))
    return found


def expressions(node: object) -> Iterator[Expression]:
    return (part for part in within(node) if isinstance(part, Expression))


def variables(tree: ast.Expr) -> frozenset[str]:
    """The `$names` in an expression."""
    return frozenset(part.name for part in ast.walk(tree) if isinstance(part, ast.Variable))


def members(tree: ast.Expr) -> tuple[tuple[str, str, int], ...]:
    """What is read of `$names`: `$state.open` gives ("$state", "open", offset)."""
    found = []
    for part in ast.walk(tree):
        if isinstance(part, (ast.Sub, ast.Pipe)) and isinstance(part.left, ast.Variable):
            right: object = part.right
            while not isinstance(right, ast.Field) and hasattr(right, "left"):
                right = right.left
            if isinstance(right, ast.Field):
                found.append((part.left.name, right.name, part.left.offset))
    return tuple(found)


def roots(unit: Unit) -> Iterator[object]:
    """Everything that a file of rules says: its directions, definitions and context."""
    for side in unit.sides.values():
        yield side.rule
    yield from unit.streams.values()
    yield from unit.defs.values()
    yield from unit.context.values()
    yield from unit.client_context.values()


def own(provider: Provider, span: Span) -> bool:
    """Is this written in the provider's own files, and not in those of the one that it extends?"""
    return span.path.startswith(f"specs/providers/{provider.slug}/")


def shared(span: Span) -> bool:
    """Is this written in a definition of the hub's, which any provider may take in?"""
    return span.path.startswith("specs/hub/")


class Keys:
    """Where names are written that the rule tree does not keep the place of."""

    def __init__(self, provider: Provider) -> None:
        self._bound: dict[tuple[Span, str], Span] = {}
        self._maps: dict[Span, Node] = {}
        for node in provider.files.values():
            self._look(node)

    def _look(self, node: Node) -> None:
        if node.kind == "map":
            self._maps.setdefault(node.span, node)
        for word in ("$let", "let"):
            for name, value in (node.members[word].members if word in node.members else {}).items():
                key, inner = node.members[word].key_spans[name], value
                while True:  # a rule under $make is the rule
                    self._bound[inner.span, name] = key
                    if "$make" not in inner.members:
                        break
                    inner = inner.members["$make"]
        for part in (*node.members.values(), *node.elements):
            self._look(part)

    def let(self, value: Span, name: str) -> Span:
        """The place of a name that is bound to the rule at `value`."""
        return self._bound.get((value, name), value)

    def said(self, holder: Span, key: str) -> Span:
        """The place of what a mapping says under a key."""
        node = self._maps.get(holder)
        return node.members[key].span if node is not None and key in node.members else holder


class Scan:
    """A provider with the parts of its files, which several checks go through."""

    def __init__(self, provider: Provider) -> None:
        self.provider = provider
        self.keys = Keys(provider)
        self._parts: dict[str, list[tuple[object, list[Any]]]] = {}

    def roots(self, unit: str) -> list[tuple[object, list[Any]]]:
        """The directions, definitions and context of a unit, each with all of its parts."""
        if unit not in self._parts:
            self._parts[unit] = [(root, within(root)) for root in roots(self.provider.units[unit])]
        return self._parts[unit]

    def all(self, unit: str) -> Iterator[Any]:
        return (part for _, found in self.roots(unit) for part in found)
