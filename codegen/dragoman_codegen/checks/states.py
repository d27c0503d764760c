"""What a stream can never come to: reads of slots that nothing has set, conditions that no order of events meets, cases
for values that nothing gives a slot, and blocks that are left open."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator

from dragoman_codegen.checks.constants import truth
from dragoman_codegen.checks.machine import Machine, TooManyStates
from dragoman_codegen.checks.pairs import PairMachine, tell_pairs
from dragoman_codegen.checks.parts import Scan, expressions, members, within
from dragoman_codegen.checks.values import (
    EMPTY,
    FALSE,
    NULL,
    SOME,
    UNKNOWN,
    Atom,
    Value,
    atom,
    of_rule,
    of_type,
    slot_of,
)
from dragoman_codegen.diagnostics import Diagnostics, Span, nearest, quote
from dragoman_codegen.jmes import ast
from dragoman_codegen.rules import Expression, Get, Literal, Make, Rule
from dragoman_codegen.steps import Add, Block, Count, Emit, LetStep, MatchStep, Put, Set, Step, StreamSide, WhenStep

__all__ = ["check_states"]

_NAMES_ARE_WRONG = {"DG306", "DG403", "DG453", "DG454", "DG455", "DG456"}
_STARTS = {"map": EMPTY, "list": EMPTY, "boolean": FALSE}


def check_states(scan: Scan, diagnostics: Diagnostics, found: Diagnostics) -> None:
    if _NAMES_ARE_WRONG & {one.code for one in diagnostics}:
        return
    for unit in scan.provider.units.values():
        for side in unit.streams.values():
            _Side(scan, side, found).check()


class _Side:
    def __init__(self, scan: Scan, side: StreamSide, found: Diagnostics) -> None:
        self.scan = scan
        self.side = side
        self.found = found
        self.kinds = {slot.name: slot.type for slot in side.state}
        self.every = within(side)
        self.sets: dict[str, list[Rule | None]] = {}
        """For each slot that a step gives a value, the rules that make it; None where it is added or put into."""
        for part in self.every:
            if isinstance(part, Set):
                for name, rule, _ in part.slots:
                    self.sets.setdefault(name, []).append(rule)
            elif isinstance(part, Count):
                for name in part.counters:
                    self.sets.setdefault(name, []).append(None)
            elif isinstance(part, (Put, Add)):
                for name in [part.slot] if isinstance(part, Put) else [slot for slot, _, _ in part.slots]:
                    self.sets.setdefault(name, []).append(None)
        self.given = {name: self._given(name) for name in self.kinds}
        self.told: set[Span] = set()
        """Conditions of which it is told already."""

    def check(self) -> None:
        self._values()
        machine = PairMachine(self.side, self.every)
        try:
            machine.run()
        except TooManyStates:
            return
        self._reads(machine)
        self._conditions(machine)
        tell_pairs(machine, self.found)

    # ------------------------------------------------------------------ values that nothing gives a slot
    def _given(self, name: str) -> Value:
        """All values that a slot is ever given."""
        (slot,) = [one for one in self.side.state if one.name == name]
        value: Value = frozenset({_STARTS.get(slot.type, NULL)})
        if slot.init is not None:
            value = of_rule(slot.init, {}, _may)
        for rule in self.sets.get(name, ()):
            value |= of_rule(rule, {}, _may) if rule is not None else {SOME}
        return of_type(value, slot.type)

    def _entries(self, name: str, key: str) -> Value:
        """All values of a member of what is put into a slot."""
        rules = [part.value for part in self.every if isinstance(part, Put) and part.slot == name]
        rules += [rule for rule in self.sets.get(name, ()) if rule is not None]
        return frozenset({NULL}).union(*(_member(rule, key) for rule in rules))

    def _values(self) -> None:
        for expression in (part for part in self.every if isinstance(part, Expression)):
            for part in ast.walk(expression.tree):
                self._compared(expression, part, lambda tree: self._held(tree, {}))
        blocks = [*(block for _, block in self.side.events), *self.side.procedures.values()]
        for block in (*blocks, self.side.unknown, self.side.end):
            if block is not None:
                self._block(block, {})

    def _block(self, block: Block, names: dict[str, str]) -> None:
        """`names`: those of entries of slots."""
        for step in block.steps:
            if isinstance(step, LetStep):
                names = {key: slot for key, slot in names.items() if key not in dict(step.names)}
                for name, rule in step.names:
                    slot = _entry(rule)
                    names |= {name: slot} if slot is not None else {}
            if isinstance(step, MatchStep):
                self._cases(step, self._held(step.on.tree, names))
            inner = [part for part in (getattr(step, name, None) for name in ("then", "otherwise", "body")) if part]
            inner += [case for _, case in getattr(step, "cases", ())]
            outside = [part for part in _own(step) if part not in inner]
            for expression in (one for part in outside for one in expressions(part)):
                for tree in ast.walk(expression.tree):
                    self._compared(expression, tree, lambda tree: self._held(tree, names) if names else None)  # noqa: B023
            for part in inner:
                self._block(part, names)

    def _held(self, tree: ast.Expr, names: dict[str, str]) -> tuple[str, Value] | None:
        """What an expression reads of the slots, and what may be there."""
        slot = slot_of(tree)
        if slot in self.given and slot is not None:
            return f"the slot {quote(slot)}", self.given[slot]
        path = ast.path_of(tree)
        name = names.get(path.root[1:]) if path is not None else None
        if name is None or path is None or len(path.keys) != 1:
            return None
        return f"the field {quote(path.keys[0])} of what is put into the slot {quote(name)}", self._entries(
            name, str(path.keys[0])
        )

    def _compared(
        self, expression: Expression, part: ast.Expr, held: Callable[[ast.Expr], tuple[str, Value] | None]
    ) -> None:
        if not isinstance(part, ast.Compare) or part.op not in ("==", "!="):
            return
        for one, other in ((part.left, part.right), (part.right, part.left)):
            known = held(one) if isinstance(other, ast.Literal) else None
            if known is not None and isinstance(other, ast.Literal) and not _possible(atom(other.value), known[1]):
                span = expression.node.expression_span(other.offset, other.length)
                self._never(span, known, other.value)
                self.told.add(expression.span)

    def _cases(self, step: MatchStep, known: tuple[str, Value] | None) -> None:
        for values, block in step.cases if known is not None else ():
            for value in values:
                if known is not None and not _possible(atom(value), known[1]):
                    self._never(self.scan.provider.homes.get(block.span, block.span), known, value)

    def _never(self, span: Span, known: tuple[str, Value], value: object) -> None:
        what, held = known
        texts = [one[1] for one in held if isinstance(one, tuple) and isinstance(one[1], str)]
        near = nearest(value, texts) if isinstance(value, str) else None
        help = f"did you mean {quote(near)}?" if near else f"it is {_shown(held)}"
        self.found.error("DG462", span, f"{what} is never {quote(value)}: no step gives it this value", help)

    # ------------------------------------------------------------------ what the states tell
    def _reads(self, machine: Machine) -> None:
        initial = {slot.name for slot in self.side.state if slot.init is not None or slot.type in _STARTS}
        for (step, slot), held in machine.seen.values.items():
            if held != {NULL} or slot in initial or slot not in self.sets:
                continue
            part = machine.steps[step]
            if isinstance(part, Expression):
                continue  # a condition: what it asks is told below
            span, template = _place(part, slot)
            message = f"nothing can have set the slot {quote(slot)} when this reads it"
            if template is not None:
                message = (
                    f"nothing can have set the slot {quote(slot)} when the template {quote(template)} reads it here"
                )
            help = "on every order of events it is null here: set it before, or take the read out"
            self.found.error("DG461", span, message, help)

    def _conditions(self, machine: Machine) -> None:
        for key, ways in machine.seen.tests.items():
            step = machine.steps[key]
            if not isinstance(step, WhenStep) or len(ways) != 1 or step.when.span in self.told:
                continue
            slots = {name for root, name, _ in members(step.when.tree) if root == "$state"}
            if not slots or truth(step.when.tree) is not None:
                continue
            said = "this holds on every order of events" if True in ways else "this holds on no order of events"
            held = {slot: frozenset(machine.seen.values.get((id(step.when), slot), ())) for slot in sorted(slots)}
            help = "; ".join(
                f"$state.{slot} is {_shown(value, self.kinds.get(slot))} here" for slot, value in held.items() if value
            )
            self.found.error("DG462", step.when.span, said, help or None)
        for key, taken in machine.seen.cases.items():
            step = machine.steps[key]
            slot = slot_of(step.on.tree) if isinstance(step, MatchStep) else None
            for values, block in step.cases if isinstance(step, MatchStep) and slot in self.given else ():
                for value in values:
                    if value not in taken and slot is not None and _possible(atom(value), self.given[slot]):
                        span = self.scan.provider.homes.get(block.span, block.span)
                        message = f"the slot {quote(slot)} is {quote(value)} here on no order of events"
                        self.found.error("DG462", span, message, "take the case out, or set the slot before")


def _may(_: ast.Expr) -> bool:
    return True


def _own(step: Step) -> Iterator[object]:
    for name in ("when", "on", "source", "rule", "slots", "holes", "value", "at", "names", "of"):
        part = getattr(step, name, None)
        if part:
            yield part


def _possible(one: Atom, held: Value) -> bool:
    return one in held or (SOME in held and (isinstance(one, tuple) or one == SOME))


def _member(rule: Rule, key: str) -> Value:
    if isinstance(rule, Make) and rule.mods.when is None:
        for part in rule.fields:
            if part.name == key:
                return of_rule(part.rule, {}, _may)
        return frozenset({NULL})
    return frozenset({NULL}) if isinstance(rule, Literal) and not rule.value else UNKNOWN


def _entry(rule: Rule) -> str | None:
    """The slot of whose entry a `let` is the name: `at($state.x, key)`, `$state.x`."""
    if not isinstance(rule, Get):
        return None
    tree = rule.expr.tree
    return slot_of(tree.args[0]) if isinstance(tree, ast.Call) and tree.name == "at" and tree.args else slot_of(tree)


def _place(part: object, slot: str) -> tuple[Span, str | None]:
    """Where a step reads a slot, or the template that does."""
    for expression in expressions(part):
        for root, name, offset in members(expression.tree):
            if (root, name) == ("$state", slot):
                return expression.node.expression_span(offset, len(f"$state.{slot}")), None
    if isinstance(part, Emit) and part.template is not None:
        return part.named or part.span, part.template
    return getattr(part, "span"), None  # noqa: B009


_ORDER = (NULL, FALSE, "true", EMPTY)


def _shown(held: Iterable[Atom], kind: str | None = None) -> str:
    atoms = {"true" if one == SOME and kind == "boolean" else one for one in held}
    words = [word for word in _ORDER if word in atoms]
    words += sorted(quote(one[1]) for one in atoms if isinstance(one, tuple))
    words += ["another value" if words else "some value"] if SOME in atoms else []
    return " or ".join(words)
