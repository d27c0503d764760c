"""Events that are made in pairs: what is opened is closed, on every order of events."""

from __future__ import annotations

from typing import Any

from dragoman_codegen.checks.machine import Machine
from dragoman_codegen.checks.slots import Key, States
from dragoman_codegen.checks.values import EMPTY, FALSE, NULL, SOME, Atom
from dragoman_codegen.diagnostics import Diagnostics, Span, quote
from dragoman_codegen.jmes import ast
from dragoman_codegen.rules import Get, Literal, Make, Rule
from dragoman_codegen.steps import Emit, Step, StreamSide

__all__ = ["PairMachine", "tell_pairs"]

Constants = tuple[tuple[str, object], ...]


class PairMachine(Machine):
    """Follows which of the declared pairs are open."""

    def __init__(self, side: StreamSide, every: list[Any]) -> None:
        super().__init__(side, every)
        self.faults: dict[tuple[Span, int, str], Key] = {}
        """Where, which pair, what; with a state in which it happens."""
        self._made: dict[int, dict[str, object]] = {}

    def pairs(self) -> tuple[bool, ...]:
        return (False,) * len(self.side.pairs)

    def emitted(self, step: Emit, states: States) -> States:
        if not self.side.pairs:
            return states
        if id(step) not in self._made:
            self._made[id(step)] = _constants(step, self.side)
        made = self._made[id(step)]
        for n, pair in enumerate(self.side.pairs):
            if _is(made, pair.open):
                self._demand(step.span, n, "again", states, open=False)
                states = _with(states, n, True)
            elif _is(made, pair.close):
                self._demand(step.span, n, "nothing", states, open=True)
                states = _with(states, n, False)
            elif pair.inside and _is(made, pair.inside):
                self._demand(step.span, n, "outside", states, open=True)
        return states

    def finished(self, step: Step, states: States) -> None:
        for n, _ in enumerate(self.side.pairs):
            self._demand(step.span, n, "left", states, open=False)

    def over(self, states: States) -> None:
        for n, _ in enumerate(self.side.pairs):
            if self.side.end is not None:
                self._demand(self.side.end.span, n, "left", states, open=False)

    def _demand(self, span: Span, n: int, what: str, states: States, *, open: bool) -> None:
        for key in states:
            if key[1][n] != open:
                self.faults.setdefault((span, n, what), key)


def _with(states: States, n: int, open: bool) -> States:
    out: States = {}
    for (slots, pairs, facts), rest in states.items():
        key = (slots, (*pairs[:n], open, *pairs[n + 1 :]), facts)
        before = out.get(key)
        out[key] = rest if before is None else tuple(map(frozenset.union, before, rest))
    return out


def _constants(step: Emit, side: StreamSide) -> dict[str, object]:
    """The fields of the event that are constants."""
    rule = step.rule if step.template is None else side.templates.get(step.template)
    holes = {f"${name}": part for name, part, _ in step.holes}
    found: dict[str, object] = {}
    for part in rule.fields if isinstance(rule, Make) else ():
        value: Rule | None = part.rule
        if isinstance(value, Get) and isinstance(value.expr.tree, ast.Variable):
            value = holes.get(value.expr.tree.name)
        if isinstance(value, Literal):
            found[part.name] = value.value
    return found


def _is(made: dict[str, object], wanted: Constants) -> bool:
    return all(made.get(name) == value for name, value in wanted)


def tell_pairs(machine: PairMachine, found: Diagnostics) -> None:
    for (span, n, what), key in machine.faults.items():
        pair = machine.side.pairs[n]
        first, last = _shown(pair.open), _shown(pair.close)
        message = {
            "again": f"{first} is made while another one is still open",
            "nothing": f"{last} is made while there is nothing to close",
            "outside": f"{_shown(pair.inside)} is made while no {first} is open",
            "left": f"the answer ends while {first} is still open: there is no {last}",
        }[what]
        found.error("DG463", span, f"on some order of events, {message}", _help(machine, key, what))


def _help(machine: PairMachine, key: Key, what: str) -> str:
    held = []
    for name, one in zip(machine.exact, key[0], strict=True):
        word = "true" if one == SOME and machine.kinds[name] == "boolean" else _word(one)
        held.append(f"$state.{name} is {word}")
    cure = "close it before" if what in ("again", "left") else "open it before, or ask first whether it is open"
    return f"it happens when {', '.join(held)}: {cure}" if held else cure


def _shown(constants: Constants) -> str:
    return " ".join(quote(value) for _, value in constants)


def _word(one: Atom) -> str:
    if isinstance(one, tuple):
        return quote(one[1])
    return {NULL: "null", FALSE: "false", EMPTY: "empty", SOME: "set"}.get(one, one)
