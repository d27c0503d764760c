"""A stream as the states that it can be in: every order of events, whatever is in them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from dragoman_codegen.checks.parts import expressions, members
from dragoman_codegen.checks.slots import Key, Names, Slots, States, bound, event_part, event_parts, forget, join, put
from dragoman_codegen.checks.values import (
    SOME,
    Atom,
    Value,
    atom,
    holds,
    of_rule,
    slot_of,
)
from dragoman_codegen.jmes import ast
from dragoman_codegen.rules import Expression, Rule
from dragoman_codegen.steps import (
    Add,
    Block,
    CallProcedure,
    Count,
    EachStep,
    Emit,
    Fail,
    Finish,
    LetStep,
    MatchStep,
    Put,
    Set,
    Step,
    StreamSide,
    WhenStep,
)

__all__ = ["MOST_STATES", "Machine", "Seen", "TooManyStates"]

MOST_STATES = 3000
_MOST_FACTS = 4


class TooManyStates(Exception):
    """Nothing can be said of this stream."""


@dataclass
class Seen:
    """What happened at the steps."""

    tests: dict[int, set[bool]] = field(default_factory=dict)
    """For each `when`: the ways it went."""
    cases: dict[int, set[str | None]] = field(default_factory=dict)
    """For each `match` on a slot: the cases that were taken, None for none of them."""
    values: dict[tuple[int, str], set[Atom]] = field(default_factory=dict)
    """For each step that reads a slot: what the slot held."""


class Machine(Slots):
    def __init__(self, side: StreamSide, every: list[Any]) -> None:
        super().__init__(side, every)
        self.seen = Seen()
        self.steps: dict[int, Step | Rule | Expression] = {}
        """What is spoken of in `seen`, by its id."""
        self._reads: dict[int, frozenset[str]] = {}

    def _repeated(self, block: Block) -> frozenset[str]:
        """The lists of an event that its steps ask about and go through."""
        asked: dict[bool, set[str]] = {True: set(), False: set()}
        for text, loop in self._questions(block, {}, frozenset()):
            asked[loop].add(text)
        again = asked[True] & asked[False]
        return frozenset(again) if len(again) <= _MOST_FACTS else frozenset()

    def _questions(self, block: Block, names: Names, seen: frozenset[str]) -> Iterator[tuple[str, bool]]:
        for step in block.steps:
            match step:
                case WhenStep():
                    yield from ((text, False) for text in event_parts(step.when.tree, names))
                    for inner in (step.then, step.otherwise):
                        if inner is not None:
                            yield from self._questions(inner, names, seen)
                case MatchStep():
                    for inner in (*(case for _, case in step.cases), step.otherwise):
                        if inner is not None:
                            yield from self._questions(inner, names, seen)
                case EachStep():
                    path = event_part(step.source.tree, names)
                    if path is not None:
                        yield path, True
                    yield from self._questions(step.body, {k: v for k, v in names.items() if k != step.name}, seen)
                case CallProcedure() if step.name in self.side.procedures and step.name not in seen:
                    yield from self._questions(self.side.procedures[step.name], {}, seen | {step.name})
                case LetStep():
                    names = bound(step, names)

    # ------------------------------------------------------------------ all states
    def run(self) -> None:
        known: States = {}
        fresh: States = {}
        for (slots, _, facts_), rest in self.start().items():
            fresh[slots, self.pairs(), facts_] = rest
        blocks = [*(block for _, block in self.side.events), self.side.unknown]
        handlers = [(block, self._repeated(block)) for block in blocks if block is not None]
        while fresh:
            changed: States = {}
            for key, rest in fresh.items():
                before = known.get(key)
                joined = rest if before is None else tuple(map(frozenset.union, before, rest))
                if joined != before:
                    known[key] = changed[key] = joined
            if len(known) > MOST_STATES:
                raise TooManyStates
            fresh = {}
            for block, facts in handlers if changed else ():
                self.facts = facts
                for (slots, pairs, _), rest in self.block(block, changed, {}).items():
                    put(fresh, (slots, pairs, frozenset()), rest)
        self.facts = frozenset()
        if self.side.end is not None:
            self.over(self.block(self.side.end, known, {}))

    def pairs(self) -> tuple[bool, ...]:
        """Which blocks are open at the beginning."""
        return ()

    def over(self, states: States) -> None:
        """The stream has ended in these states, with nothing said about it."""

    def finished(self, step: Step, states: States) -> None:
        """The answer is whole."""

    def emitted(self, step: Emit, states: States) -> States:
        return states

    # ------------------------------------------------------------------ steps
    def block(self, block: Block, states: States, names: Names) -> States:
        """The states after the steps, without those in which the stream is over."""
        for step in block.steps:
            if not states:
                break
            if isinstance(step, LetStep):
                self._read(step, states)
                names = bound(step, names)
                states = forget(states, {f"${name}" for name, _ in step.names})
            else:
                states = self._step(step, states, names)
        return states

    def _step(self, step: Step, states: States, names: Names) -> States:
        match step:
            case WhenStep():
                return self._when(step, states, names)
            case MatchStep():
                return self._match(step, states, names)
            case EachStep():
                return self._each(step, states, names)
            case CallProcedure():
                block = self.side.procedures.get(step.name)
                for _, rule, _ in step.given:
                    self._read(step, states, rule)
                given = {f"${name}" for name, _, _ in step.given}
                return states if block is None else self.block(block, forget(states, given) if given else states, {})
            case Set():
                for name, rule, _ in step.slots:
                    self._read(step, states, rule)
                    states = self._set(name, rule, states, names)
                return states
            case Add() | Put():
                self._read(step, states)
                for name in [step.slot] if isinstance(step, Put) else [name for name, _, _ in step.slots]:
                    states = self.assign(name, frozenset({SOME}), states)
                return states
            case Count():
                for name in step.counters:
                    states = self.assign(name, frozenset({SOME}), states)
                return states
            case Emit():
                self._read(step, states)
                return self.emitted(step, states)
            case Fail():
                self._read(step, states)
                return {}
            case Finish():
                self.finished(step, states)
                return {}
        return states

    def _when(self, step: WhenStep, states: States, names: Names) -> States:
        self._read(step, states, step.when)
        ways = self.seen.tests.setdefault(id(step), set())
        self.steps[id(step)] = step
        open_ = self._open(step.when.tree, names)
        yes: States = dict(states) if open_ else {}
        no: States = dict(states) if open_ else {}
        ways |= {True, False} if open_ else set()
        for key, rest in () if open_ else states.items():
            for wanted, into in ((True, yes), (False, no)):
                found = self.split(step.when.tree, key, rest, wanted, names)
                if found:
                    ways.add(wanted)
                for one in found:
                    put(into, one, rest)
        out = self.block(step.then, yes, names) if yes else {}
        other = self.block(step.otherwise, no, names) if step.otherwise is not None and no else no
        return join(out, other)

    def _open(self, tree: ast.Expr, names: Names) -> bool:
        """Nothing is known of what this condition asks."""
        if any(root == "$state" for root, _, _ in members(tree)):
            return False
        return not self.facts or not any(text in self.facts for text in event_parts(tree, names))

    def _match(self, step: MatchStep, states: States, names: Names) -> States:
        slot = slot_of(step.on.tree)
        out: States = {}
        if slot not in self.exact:
            for _, block in step.cases:
                join(out, self.block(block, states, names))
            return join(out, self.block(step.otherwise, states, names) if step.otherwise is not None else states)
        taken = self.seen.cases.setdefault(id(step), set())
        self.steps[id(step)] = step
        n = self.exact.index(slot)
        left = dict(states)
        for values, block in step.cases:
            into: States = {}
            for value in values:
                for key in [key for key in left if key[0][n] == atom(value)]:
                    taken.add(value)
                    put(into, key, left.pop(key))
            join(out, self.block(block, into, names))
        if left:
            taken.add(None)
        return join(out, self.block(step.otherwise, left, names) if step.otherwise is not None else left)

    def _each(self, step: EachStep, states: States, names: Names) -> States:
        text = event_part(step.source.tree, names)
        slot = slot_of(step.source.tree)
        out: States = dict(states)
        inner = {name: path for name, path in names.items() if name != step.name}
        waiting: States = {}
        for key, rest in states.items():
            nothing = slot in self.exact and not holds(key[0][self.exact.index(slot)])
            if not nothing and (text, False) not in key[2]:
                waiting[key] = rest
        done: States = {}
        while waiting:
            again: States = {}
            for key, rest in forget(waiting, {f"${step.name}"}).items():
                before = done.get(key)
                joined = rest if before is None else tuple(map(frozenset.union, before, rest))
                if joined != before:
                    done[key] = again[key] = joined
            waiting = forget(self.block(step.body, again, inner), {f"${step.name}"}) if again else {}
            for key, rest in waiting.items():
                put(out, key, rest)
        return out

    # ------------------------------------------------------------------ slots
    def _set(self, name: str, rule: Rule, states: States, names: Names) -> States:
        if all(root != "$state" for e in expressions(rule) for root, _, _ in members(e.tree)):
            return self.assign(name, of_rule(rule, {}, lambda _: True), states)
        out: States = {}
        for key, rest in states.items():
            slots = {other: self.slot(other, key, rest) for other in self.kinds}

            def may(tree: ast.Expr, key: Key = key, rest: tuple[Value, ...] = rest) -> bool:
                return bool(self.split(tree, key, rest, True, names))

            join(out, self.assign(name, of_rule(rule, slots, may), {key: rest}))
        return out

    def _read(self, step: Step, states: States, rule: Rule | Expression | None = None) -> None:
        """Note what the slots hold that a step reads."""
        part = step if rule is None else rule
        if id(part) not in self._reads:
            found = {name for e in expressions(part) for root, name, _ in members(e.tree) if root == "$state"}
            if isinstance(step, Emit) and step.template in self.side.templates:
                template = self.side.templates[step.template]
                found |= {name for e in expressions(template) for root, name, _ in members(e.tree) if root == "$state"}
            self._reads[id(part)] = frozenset(found)
        self.steps[id(part)] = part
        for name in self._reads[id(part)]:
            held = self.seen.values.setdefault((id(part), name), set())
            for key, rest in states.items():
                held |= self.slot(name, key, rest)
