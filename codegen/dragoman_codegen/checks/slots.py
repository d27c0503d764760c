"""The slots of a stream in one of its states, and which way a condition may go there.

Slots that a step asks about are followed exactly, as far as their constants go; of the others only what they may hold.
What an event holds may be anything, but a list of it that is asked about before it is gone through is the same then.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from dragoman_codegen.checks.constants import operands
from dragoman_codegen.checks.values import (
    EMPTY,
    NULL,
    SOME,
    UNKNOWN,
    Atom,
    Value,
    atom,
    holds,
    of_rule,
    of_type,
    slot_of,
)
from dragoman_codegen.jmes import ast
from dragoman_codegen.jmes.fold import is_true
from dragoman_codegen.rules import Expression, Get
from dragoman_codegen.steps import LetStep, MatchStep, Set, StreamSide, WhenStep

__all__ = ["Key", "Names", "Slots", "States", "bound", "event_part", "event_parts", "forget", "join", "put"]

_EMPTY_TYPES = {"map": EMPTY, "list": EMPTY, "boolean": "false"}
Facts = frozenset[tuple[str, bool]]
Key = tuple[tuple[Atom, ...], tuple[bool, ...], Facts]
States = dict[Key, tuple[Value, ...]]
"""By what is followed exactly: for each of the other slots, what it may hold."""
Names = dict[str, str]
"""`$names` that are parts of the event, with those parts."""


class Slots:
    def __init__(self, side: StreamSide, every: list[Any]) -> None:
        """`every`: all parts of the side."""
        self.side = side
        self.every = every
        self.kinds = {slot.name: slot.type for slot in side.state}
        self.constants = self._constants()
        asked = self._asked()
        self.exact = [slot.name for slot in side.state if slot.name in asked]
        self.loose = [slot.name for slot in side.state if slot.name not in asked]
        self.facts: frozenset[str] = frozenset()
        """The parts of the event of which it is kept whether they hold."""
        self._paths: dict[int, ast.Path | None] = {}

    def _asked(self) -> set[str]:
        """The slots that steps ask about."""
        found: set[str | None] = set()
        compared: set[str | None] = set()
        for part in self.every:
            if isinstance(part, MatchStep):
                found.add(slot_of(part.on.tree))
                compared.add(slot_of(part.on.tree))
            elif isinstance(part, WhenStep):
                for one in operands(part.when.tree):
                    sides = (one.left, one.right) if isinstance(one, ast.Compare) else ()
                    found |= {slot_of(side) for side in sides} if any(map(_constant, sides)) else {slot_of(one)}
            elif isinstance(part, Expression):
                for one in ast.walk(part.tree):
                    if isinstance(one, ast.Compare):
                        compared |= {slot_of(one.left), slot_of(one.right)}
        self.plain = {name for name in found - compared if name is not None}
        return {name for name in found if name is not None}

    def _constants(self) -> dict[str, set[Atom]]:
        """For each slot, the constants that it is compared with or given."""
        found: dict[str, set[Atom]] = {name: set() for name in self.kinds}
        for expression in (part for part in self.every if isinstance(part, Expression)):
            for part in ast.walk(expression.tree):
                if isinstance(part, ast.Compare):
                    for one, other in ((part.left, part.right), (part.right, part.left)):
                        slot = slot_of(one)
                        if slot in found and isinstance(other, ast.Literal):
                            found[slot].add(atom(other.value))
        for part in self.every:
            if isinstance(part, MatchStep) and (slot := slot_of(part.on.tree)) in found:
                found[slot] |= {atom(value) for values, _ in part.cases for value in values}
            elif isinstance(part, Set):
                for name, rule, _ in part.slots:
                    found.get(name, set()).update(of_rule(rule, {}, lambda _: True))
        for slot_ in self.side.state:
            if slot_.init is not None:
                found[slot_.name] |= of_rule(slot_.init, {}, lambda _: True)
        return {name: {one for one in atoms if isinstance(one, tuple)} for name, atoms in found.items()}

    def start(self) -> States:
        states: States = {((), (), frozenset()): ()}
        for slot in self.side.state:
            value: Value = frozenset({_EMPTY_TYPES.get(slot.type, NULL)})
            if slot.init is not None:
                value = of_type(of_rule(slot.init, {}, lambda _: True), slot.type)
            if slot.name in self.exact:
                states = {
                    ((*slots, one), pairs, facts): rest
                    for (slots, pairs, facts), rest in states.items()
                    for one in self._known(slot.name, value)
                }
            else:
                states = {key: (*rest, value) for key, rest in states.items()}
        return {(slots, (), facts): rest for (slots, _, facts), rest in states.items()}

    # ------------------------------------------------------------------ what a slot holds
    def slot(self, name: str, key: Key, rest: tuple[Value, ...]) -> Value:
        if name in self.exact:
            return frozenset({key[0][self.exact.index(name)]})
        return rest[self.loose.index(name)] if name in self.loose else UNKNOWN

    def assign(self, name: str, value: Value, states: States) -> States:
        if name not in self.kinds:
            return states
        value = of_type(value, self.kinds[name])
        out: States = {}
        for (slots, pairs, facts), rest in states.items():
            if name in self.exact:
                n = self.exact.index(name)
                for one in self._known(name, value):
                    put(out, ((*slots[:n], one, *slots[n + 1 :]), pairs, facts), rest)
            else:
                n = self.loose.index(name)
                put(out, (slots, pairs, facts), (*rest[:n], value, *rest[n + 1 :]))
        return out

    def _known(self, name: str, value: Value) -> Value:
        """In terms of the constants that the slot is compared with: `some` is none of them."""
        if name in self.plain:  # whether it holds is all that anybody asks
            return frozenset(SOME if holds(one) else NULL if one == EMPTY else one for one in value)
        constants = self.constants[name]
        known = frozenset(one if not isinstance(one, tuple) or one in constants else SOME for one in value)
        return known | constants if SOME in known else known

    # ------------------------------------------------------------------ conditions
    def split(self, tree: ast.Expr, key: Key, rest: tuple[Value, ...], wanted: bool, names: Names) -> list[Key]:
        """The states in which a condition may go that way."""
        match tree:
            case ast.Not(_, operand):
                return self.split(operand, key, rest, not wanted, names)
            case ast.And(_, left, right) | ast.Or(_, left, right):
                both = isinstance(tree, ast.And) == wanted  # both sides must go that way
                first = self.split(left, key, rest, wanted, names)
                if both:
                    return [two for one in first for two in self.split(right, one, rest, wanted, names)]
                other = self.split(left, key, rest, not wanted, names)
                return [*first, *(two for one in other for two in self.split(right, one, rest, wanted, names))]
            case ast.Literal(_, value):
                return [key] if is_true(value) == wanted else []
            case ast.Compare(_, op, left, right):
                return [key] if wanted in self._compared(op, left, right, key, rest) else []
        path = self._path(tree)
        if path is not None and path.root == "$state" and path.keys:
            held = self.slot(str(path.keys[0]), key, rest)
            if len(path.keys) == 1:
                return [key] if any(holds(one) == wanted for one in held) else []
            return [key] if not wanted or any(holds(one) for one in held) else []
        text = event_part(tree, names) if self.facts and path is not None else None
        if text in self.facts:
            slots, pairs, facts = key
            if (text, not wanted) in facts:
                return []
            return [(slots, pairs, facts | {(text, wanted)})]
        return [key]

    def _path(self, tree: ast.Expr) -> ast.Path | None:
        if id(tree) not in self._paths:
            self._paths[id(tree)] = ast.path_of(tree)
        return self._paths[id(tree)]

    def _compared(self, op: str, left: ast.Expr, right: ast.Expr, key: Key, rest: tuple[Value, ...]) -> set[bool]:
        turned = {"<": ">", ">": "<", "<=": ">=", ">=": "<="}
        for one, other, how in ((left, right, op), (right, left, turned.get(op, op))):
            path = self._path(one) if isinstance(other, ast.Literal) else None
            slot = str(path.keys[0]) if path is not None and path.root == "$state" and len(path.keys) == 1 else None
            if slot in self.kinds and isinstance(other, ast.Literal):
                exact = slot in self.exact
                return {way for held in self.slot(slot, key, rest) for way in _ways(held, how, other.value, exact)}
        return {True, False}


def _ways(held: Atom, op: str, value: object, exact: bool) -> set[bool]:
    """How a comparison of what a slot holds with a constant may go."""
    if op in ("==", "!="):
        if held == SOME and not exact:
            return {True, False}
        if held in (EMPTY, SOME) and atom(value) == held:
            return {True, False}
        return {(held == atom(value)) == (op == "==")}
    if not isinstance(held, tuple):
        return {False} if held == NULL else {True, False}
    known = held[1]
    if isinstance(known, bool) or isinstance(value, bool):
        return {False}
    if isinstance(known, (int, float)) and isinstance(value, (int, float)):
        return {{"<": known < value, "<=": known <= value, ">": known > value, ">=": known >= value}[op]}
    return {True, False}


# ---------------------------------------------------------------------- sets of states, parts of events
def put(states: States, key: Key, rest: tuple[Value, ...]) -> None:
    before = states.get(key)
    states[key] = rest if before is None else tuple(map(frozenset.union, before, rest))


def join(states: States, more: States) -> States:
    for key, rest in more.items():
        put(states, key, rest)
    return states


def forget(states: States, roots: Iterable[str]) -> States:
    """Without what is known of parts of names that are bound anew."""
    names = set(roots)
    out: States = {}
    for (slots, pairs, facts), rest in states.items():
        kept = frozenset(fact for fact in facts if fact[0].split(".")[0] not in names)
        put(out, (slots, pairs, kept), rest)
    return out


def event_part(tree: ast.Expr, names: Names) -> str | None:
    """A part of the event as a text: `@.choices`, `$choice.delta`."""
    path = ast.path_of(tree)
    if path is None or path.root in ("$state", "$model", "$settings", "$request"):
        return None
    return ".".join([names.get(path.root[1:], path.root), *map(str, path.keys)])


def event_parts(tree: ast.Expr, names: Names) -> Iterator[str]:
    for part in operands(tree):
        if (text := event_part(part, names)) is not None:
            yield text


def _constant(tree: ast.Expr) -> bool:
    return isinstance(tree, ast.Literal)


def bound(step: LetStep, names: Names) -> Names:
    names = dict(names)
    for name, rule in step.names:
        text = event_part(rule.expr.tree, names) if isinstance(rule, Get) and rule.mods.when is None else None
        names.pop(name, None)
        if text is not None:
            names[name] = text
    return names
