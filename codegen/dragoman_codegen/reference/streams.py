"""Streams: the slots of a state machine, and the steps of each event."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from dragoman_codegen.account import Condition, Path, pure_path
from dragoman_codegen.emit.stream_accounts import element_path, event_accesses, stepped
from dragoman_codegen.jmes import ast
from dragoman_codegen.jmes.ast import path_of
from dragoman_codegen.reference.branches import is_value
from dragoman_codegen.reference.expressions import Slots
from dragoman_codegen.reference.rules import Rules
from dragoman_codegen.reference.run import Run
from dragoman_codegen.reference.scopes import account, check, enter, report_elements, type_at
from dragoman_codegen.reference.sight import Bound, Place, Sight, element_place, origins
from dragoman_codegen.rules import Drop, Expression, Get, Modifiers, walk
from dragoman_codegen.steps import (
    Add,
    Block,
    CallProcedure,
    Count,
    DropStep,
    EachStep,
    Emit,
    Fail,
    Finish,
    LetStep,
    MatchStep,
    Put,
    Set,
    Slot,
    Step,
    StreamSide,
    WhenStep,
)
from dragoman_codegen.types import Type, discriminator, narrow, only
from dragoman_codegen.untaken_steps import untaken_elements, untaken_steps

__all__ = ["Machine"]

_EVERYWHERE = {"$model", "$settings", "$request", "$now"}
_EMPTY: dict[str, Callable[[], Any]] = {"map": Slots, "list": list, "boolean": bool}


class _Over(Exception):
    """The event is done with: nothing more comes after `fail` and `finish`."""


class Machine:
    """One direction of one stream."""

    def __init__(self, side: StreamSide, run: Run, schema: Type) -> None:
        self.side = side
        self.run = run
        self.rules = Rules(run)
        self.schema = schema
        self.finished = False
        self.events = 0
        self.out: list[Any] = []
        self.state: dict[str, Any] = {}
        for slot in side.state:
            self.state[slot.name] = self._initial(slot)

    def _initial(self, slot: Slot) -> Any:
        if slot.init is None:
            return _EMPTY[slot.type]() if slot.type in _EMPTY else None
        return self.rules.value(slot.init, Sight(None)).value

    # ------------------------------------------------------------------ events
    def feed(self, event: Any) -> list[Any]:
        if self.finished:
            return []
        place: Place = ("events", self.events)
        self.events += 1
        if not isinstance(event, dict):
            self.run.malformed(place, "an object", event)
        self.run.read(place, event, self.schema)
        return self._collected(lambda: self._event(self._seen(event, place)))

    def close(self) -> list[Any]:
        if self.finished:
            return []
        self.run.read(("events", self.events), None, self.schema)
        end = self.side.end
        # There is no item to read; an empty one, because JMESPath makes no list on null, be it of names alone.
        found = self._collected(lambda: self._block(end, self._seen({}, ("events", self.events))))
        self.finished = True
        return found

    def _collected(self, work: Callable[[], Any]) -> list[Any]:
        self.out = []
        try:
            work()
        except _Over:
            self.finished = True
        return self.out

    def _seen(self, item: Any, place: Place) -> Sight:
        return Sight(item, place, self._slots(), subject=((),), owner=True)

    def _slots(self) -> dict[str, Bound]:
        return {"$state": Bound(self.state)}

    def _event(self, sight: Sight) -> None:
        on = self.side.on
        value = self.run.value(on, sight) if on is not None else None
        for values, block in self.side.events:
            if on is None or any(isinstance(value, str) and value == name for name in values):
                self._handled(values, block, sight)
                return
        if self.side.unknown is not None:
            self._block(self.side.unknown, replace(sight, type=Type({"object"})))
        elif on is not None:
            said = "an event that this dialect's schema does not know"
            self.run.lose(sight.place, "dropped", "contract", said)

    def _handled(self, values: tuple[str, ...], block: Block, sight: Sight) -> None:
        key = discriminator(only(self.schema, "object"))
        told = self.side.on is not None and key is not None and pure_path(self.side.on) == (key,)
        conditions = frozenset({Condition((key,), frozenset(values))}) if told and key else frozenset()
        schema = narrow(self.schema, key, values) if told and key else self.schema
        found = self.run.once("steps", block, lambda: event_accesses(block, self.side, self.run.defs, schema))
        ways = self.run.once("ways", block, lambda: untaken_steps(block, self.side, self.run.defs))
        sight = replace(sight, type=schema, accesses=found, own=found, conditions=conditions, untaken=ways)
        gone = self.run.once("stepped", block, lambda: stepped(block, self.side, self.run.defs))
        sight = replace(sight, stepped=gone)
        sight = enter(self.run, sight)
        account(self.run, sight, () if schema.objects else None)
        self._block(block, sight)

    # ------------------------------------------------------------------ steps
    def _block(self, block: Block | None, sight: Sight) -> None:
        for step in block.steps if block is not None else ():
            sight = self._step(step, sight)

    def _step(self, step: Step, sight: Sight) -> Sight:
        rules, run = self.rules, self.run
        match step:
            case Set():
                for name, rule, _ in step.slots:
                    self.state[name] = rules.value(rule, sight.inner()).value
            case Put():
                key = run.value(step.at, sight)
                value = rules.value(step.value, sight.inner()).value
                if type(key) not in (str, int):
                    run.malformed(sight.place, "a key (a text or a number)", key)
                self.state[step.slot][key] = value
            case Add():
                for name, rule, _ in step.slots:
                    value = rules.value(rule, sight.inner()).value
                    self.state[name] = [*self.state[name], value]
            case Emit():
                self.out.append(self._made(step, sight))
            case Count():
                self.state |= {name: self.state[name] + 1 for name in step.counters}
            case LetStep():
                for name, rule in step.names:
                    sight = rules.lets(Get(step.span, _NOTHING, mods=Modifiers(let=((name, rule),))), sight)
            case WhenStep():
                taken = step.then if run.holds(step.when, sight) else step.otherwise
                rules.passed_by(taken.span if taken else step.span, sight, nothing=taken is None)
                self._block(taken, sight)
            case MatchStep():
                self._match(step, sight)
            case EachStep():
                self._each(step, sight)
            case CallProcedure():
                names = {**dict.fromkeys((f"${name}" for name in self.side.given[step.name]), Bound(None))}
                names |= {f"${name}": Bound(rules.value(rule, sight.inner()).value) for name, rule, _ in step.given}
                inner = replace(sight, names={**self._slots(), **names}, accesses=(), own=())
                self._block(self.side.procedures[step.name], inner)
            case DropStep():
                paths = origins(step.of, sight) if step.of is not None else ()
                rules.concern(Drop(step.span, step.severity, step.reason), paths or ((),), sight)
            case Fail():
                self.out.append(rules.value(step.rule, sight.inner()).value)
                raise _Over
            case Finish():
                raise _Over
        return sight

    def _made(self, step: Emit, sight: Sight) -> Any:
        if step.template is None:
            assert step.rule is not None
            return self.rules.value(step.rule, sight.inner()).value
        holes = {f"${name}": Bound(self.rules.value(rule, sight.inner()).value) for name, rule, _ in step.holes}
        template = self.side.templates[step.template]
        expressions = (node for node in walk(template) if isinstance(node, Expression))
        named = {part.name for expr in expressions for part in ast.walk(expr.tree) if isinstance(part, ast.Variable)}
        empty = {name: Bound(None) for name in named - _EVERYWHERE}  # a hole that nothing fills is null
        return self.rules.value(template, Sight(None, names={**empty, **self._slots(), **holes})).value

    def _match(self, step: MatchStep, sight: Sight) -> None:
        value = self.run.value(step.on, sight)
        found = path_of(step.on.tree)
        path = tuple(map(str, found.keys)) if found is not None and found.root == "@" else None
        named = frozenset(name for names, _ in step.cases for name in names)
        for names, block in step.cases:
            if any(is_value(value, name) for name in names):
                self._case(block, sight, path, frozenset(names), negated=False)
                return
        if step.otherwise is not None:
            self._case(step.otherwise, sight, path, named, negated=True)
            return
        place = sight.at(path[:-1] or path) if path else sight.place
        self.run.lose(place, "dropped", "contract", "not known to this dialect's schema")

    def _case(self, block: Block, sight: Sight, path: Path | None, values: frozenset[str], *, negated: bool) -> None:
        inner = sight
        if path:
            inner = replace(sight, conditions=sight.conditions | {Condition(path, frozenset(values), negated)})
            held = type_at(sight, path[:-1])
            if held.objects:
                narrowed = narrow(held, path[-1], values, keep=not negated)
                inner = replace(inner, narrowed={**inner.narrowed, path[:-1]: narrowed})
            inner = enter(self.run, inner)
            account(self.run, inner, path[:-1] or None, sight)
        self.rules.passed_by(block.span, inner)
        self._block(block, inner)

    def _each(self, step: EachStep, sight: Sight) -> None:
        roots: dict[str, Path] = {"@": ()}
        for name, bound in sight.names.items():
            if bound.alias and len(bound.origins) == 1:
                first, *rest = bound.origins[0] or ("",)
                roots[name] = (*roots[first], *rest) if first in roots else bound.origins[0]
        elements = element_path(step.source.tree, roots)
        for n, item in enumerate(self.rules.source(step.source, sight)):
            place = element_place(step.source, sight, n)
            if elements is not None and type_at(sight, elements).always("object"):
                check(self.run, type_at(sight, elements), item, place)
                report_elements(self.run, sight, elements, item, place)
            found = (elements,) if elements else origins(step.source, sight)
            bound = Bound(item, origins=found, alias=elements is not None, place=place)
            ways = self.run.once("ways", step, lambda: untaken_elements(step, self.side, self.run.defs, roots))
            inner = replace(sight.bind(f"${step.name}", bound), untaken={**sight.untaken, **ways})
            self._block(Block(step.span, step.body.steps), inner)


_NOTHING: Any = None
