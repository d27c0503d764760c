"""Streams as data: slots, and for each event a block of steps. The meaning is in specs/language/README.md."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property

from dragoman_codegen.diagnostics import Diagnostics, Span, nearest, quote
from dragoman_codegen.parse_rules import SEVERITIES, RuleParser
from dragoman_codegen.rules import Account, Expression, Field, Literal, Make, Rule
from dragoman_codegen.source import Node

__all__ = [
    "Add",
    "Block",
    "CallProcedure",
    "Count",
    "DropStep",
    "EachStep",
    "Emit",
    "Fail",
    "Finish",
    "LetStep",
    "MatchStep",
    "Pair",
    "Put",
    "Set",
    "Slot",
    "Step",
    "StreamSide",
    "WhenStep",
    "parse_side",
    "steps_below",
]

SLOT_TYPES = ("string", "integer", "number", "boolean", "object", "list", "map", "counter")


@dataclass(frozen=True)
class Step:
    span: Span


@dataclass(frozen=True)
class Block:
    span: Span
    steps: tuple[Step, ...] = ()
    account: Account | None = None


@dataclass(frozen=True)
class Set(Step):
    slots: tuple[tuple[str, Rule, Span], ...]


@dataclass(frozen=True)
class Put(Step):
    slot: str
    at: Expression
    value: Rule
    named: Span


@dataclass(frozen=True)
class Add(Step):
    slots: tuple[tuple[str, Rule, Span], ...]


@dataclass(frozen=True)
class Emit(Step):
    template: str | None
    rule: Rule | None
    holes: tuple[tuple[str, Rule, Span], ...] = ()
    named: Span | None = None


@dataclass(frozen=True)
class Count(Step):
    """One more event was made."""

    counters: tuple[str, ...]


@dataclass(frozen=True)
class LetStep(Step):
    names: tuple[tuple[str, Rule], ...]


@dataclass(frozen=True)
class WhenStep(Step):
    when: Expression
    then: Block
    otherwise: Block | None


@dataclass(frozen=True)
class MatchStep(Step):
    on: Expression
    cases: tuple[tuple[tuple[str, ...], Block], ...]
    otherwise: Block | None


@dataclass(frozen=True)
class EachStep(Step):
    source: Expression
    name: str
    body: Block


@dataclass(frozen=True)
class CallProcedure(Step):
    name: str
    named: Span
    given: tuple[tuple[str, Rule, Span], ...] = ()


@dataclass(frozen=True)
class DropStep(Step):
    severity: str
    reason: str
    of: Expression | None


@dataclass(frozen=True)
class Fail(Step):
    rule: Rule


@dataclass(frozen=True)
class Finish(Step):
    pass


@dataclass(frozen=True)
class Slot:
    name: str
    type: str
    init: Rule | None
    span: Span


@dataclass(frozen=True)
class Pair:
    """Events that are made in pairs, by their constants: what is opened is closed before the stream ends."""

    open: tuple[tuple[str, object], ...]
    close: tuple[tuple[str, object], ...]
    inside: tuple[tuple[str, object], ...] = ()
    """Made only in between."""


@dataclass(frozen=True)
class StreamSide:
    """One direction of a stream."""

    span: Span
    on: Expression | None
    state: tuple[Slot, ...]
    templates: dict[str, Rule]
    procedures: dict[str, Block]
    events: tuple[tuple[tuple[str, ...], Block], ...]
    unknown: Block | None
    end: Block | None
    pairs: tuple[Pair, ...] = ()
    account: Account | None = None
    """Of fields that every event may have."""

    @cached_property
    def given(self) -> dict[str, tuple[str, ...]]:
        """For each procedure the names that some step gives it."""
        found: dict[str, set[str]] = {name: set() for name in self.procedures}
        ends = [block for block in (self.unknown, self.end) if block is not None]
        for block in (*self.procedures.values(), *(block for _, block in self.events), *ends):
            for step in steps_below(block):
                if isinstance(step, CallProcedure) and step.name in found:
                    found[step.name] |= {name for name, _, _ in step.given}
        return {name: tuple(sorted(names)) for name, names in found.items()}


_ACCOUNTS = ("ignore", "drop", "reject")
_SIDE_KEYS = ("on", "state", "every", "templates", "procedures", *_ACCOUNTS, "events", "unknown", "end", "pairs")
_VERBS = ("set", "put", "add", "emit", "let", "when", "match", "each", "call", "drop", "fail", "finish")
_BESIDE = {
    "emit": ("with",),
    "call": ("with",),
    "when": ("do", "else"),
    "match": ("cases", "else"),
    "each": ("as", "do", "ignore", "drop", "reject"),
    "drop": ("of",),
}


class _StepParser:
    def __init__(self, diagnostics: Diagnostics) -> None:
        self.diagnostics = diagnostics
        self.rules = RuleParser(diagnostics)
        self.every: tuple[Field, ...] = ()
        self.counters: list[str] = []

    def fault(self, span: Span, message: str, help: str | None = None) -> None:
        self.diagnostics.error("DG403", span, message, help)

    def block(self, node: Node | None, span: Span) -> Block:
        """A list of steps, or `{ignore, drop, reject, do: steps}`."""
        if node is None:
            return Block(span)
        if node.kind == "list":
            return Block(node.span, tuple(step for item in node.elements for step in self.steps(item)))
        if node.kind == "map" and ("do" in node.members or set(node.members) <= {"ignore", "drop", "reject"}):
            inner = self.block(node.members.get("do"), node.span)
            return Block(node.span, inner.steps, self.account(node))
        self.fault(node.span, "a list of steps must stand here, or {ignore, drop, reject, do: steps}")
        return Block(span)

    def account(self, node: Node) -> Account | None:
        keys = [key for key in ("ignore", "drop", "reject") if key in node.members]
        entries = [d for key in keys for d in self.rules.dispositions(key, node.members[key])]
        return Account(tuple(entries)) if entries else None

    def steps(self, node: Node) -> list[Step]:
        """The step, and what counters count of it."""
        step = self.step(node)
        if isinstance(step, Emit) and self.counters:
            return [step, Count(step.span, tuple(self.counters))]
        return [step] if step is not None else []

    def event(self, node: Node) -> Rule:
        """What makes an event: its own fields, and those that every event has."""
        rule = self.rules.rule(node)
        if not self.every:
            return rule
        if not isinstance(rule, Make):
            help = "write its fields here, or say in each event what `every` says"
            self.fault(node.span, "`every` adds its fields to those of an event, and this is none", help)
            return rule
        own = {field.name for field in rule.fields}
        return replace(rule, fields=(*(field for field in self.every if field.name not in own), *rule.fields))

    def step(self, node: Node) -> Step | None:
        members = node.members
        verbs = [verb for verb in _VERBS if verb in members]
        verb = next((v for v in ("each", *verbs) if v in members), None)
        if verb is None:
            key = next(iter(members), "")
            near = nearest(key, _VERBS)
            help = f"did you mean {quote(near)}?" if near else f"steps: {', '.join(_VERBS)}"
            self.fault(node.key_spans.get(key, node.span), "a step must say what it does", help)
            return None
        for key in members:
            if key != verb and key not in _BESIDE.get(verb, ()):
                hint = "one step does one thing: make it a step of its own" if key in _VERBS else None
                self.fault(node.key_spans[key], f"{quote(key)} does not belong beside {quote(verb)}", hint)
        return self._verb(verb, node, members, node.span)

    def _verb(self, verb: str, node: Node, members: dict[str, Node], span: Span) -> Step | None:
        value = members[verb]
        expression, rule = self.rules.expression, self.rules.rule
        match verb:
            case "set" | "add":
                slots = tuple((name, rule(item), value.key_spans[name]) for name, item in value.members.items())
                return Set(span, slots) if verb == "set" else Add(span, slots)
            case "put":
                for name, item in value.members.items():
                    made = rule(item.members["value"]) if "value" in item.members else Literal(item.span, None)
                    at = expression(item.members.get("at"), item.span)
                    return Put(span, name, at, made, value.key_spans[name])
                return None
            case "emit":
                holes = self._given(members)
                if isinstance(value.scalar, str) and value.scalar.isidentifier():
                    return Emit(span, value.scalar, None, holes, value.span)
                if "with" in members:
                    message = "`with` fills the holes of a template, and this is a rule"
                    self.fault(node.key_spans["with"], message, "name a template, or write the values into the rule")
                return Emit(span, None, self.event(value), holes)
            case "let":
                return LetStep(span, tuple((k, rule(v)) for k, v in value.members.items()))
            case "when":
                if "do" not in members:
                    self.fault(node.key_spans["when"], "`when` needs `do` beside it")
                otherwise = self.block(members["else"], span) if "else" in members else None
                return WhenStep(span, expression(value), self.block(members.get("do"), span), otherwise)
            case "match":
                cases = members.get("cases")
                if cases is None or not cases.members:
                    what = (
                        "`match` has no case under `cases`" if cases is not None else "`match` needs `cases` beside it"
                    )
                    self.fault(node.key_spans["match"], what, "write {value: steps} there, or ask with `when`")
                blocks = [
                    (tuple(part.strip() for part in key.split(",")), self.block(item, span))
                    for key, item in (cases.members if cases is not None else {}).items()
                ]
                otherwise = self.block(members["else"], span) if "else" in members else None
                return MatchStep(span, expression(value), tuple(blocks), otherwise)
            case "each":
                name_ = str(members["as"].scalar) if "as" in members else "item"
                inner = self.block(members.get("do"), span)
                return EachStep(span, expression(value), name_, Block(span, inner.steps, self.account(node)))
            case "call":
                return CallProcedure(span, str(value.scalar), value.span, self._given(members))
            case "drop":
                ((severity, reason),) = value.members.items() if len(value.members) == 1 else [("", value)]
                if severity not in SEVERITIES or not isinstance(reason.scalar, str):
                    message = "`drop` needs {severity: reason}"
                    self.fault(value.span, message, f"severities: {', '.join(SEVERITIES)}")
                of = expression(members["of"]) if "of" in members else None
                return DropStep(span, severity, str(reason.scalar), of)
            case "fail":
                return Fail(span, rule(value))
            case _:
                return Finish(span)

    def _given(self, members: dict[str, Node]) -> tuple[tuple[str, Rule, Span], ...]:
        node = members.get("with")
        return tuple((k, self.rules.rule(v), node.key_spans[k]) for k, v in node.members.items()) if node else ()


def parse_side(node: Node, diagnostics: Diagnostics, home: Span | None = None) -> StreamSide:
    """`home`: the place of the key that the direction stands under."""
    parser = _StepParser(diagnostics)
    members = node.members
    for key in members:
        if key not in _SIDE_KEYS:
            near = nearest(key, _SIDE_KEYS)
            parser.fault(node.key_spans[key], f"a stream has no {key}", near and f"did you mean {near}?")
    slots = []
    for name, item in (members["state"].members if "state" in members else {}).items():
        kind = item.members["type"].scalar if "type" in item.members else None
        if kind not in SLOT_TYPES:
            parser.fault(item.span, f"the slot {quote(name)} needs a type", f"one of {', '.join(SLOT_TYPES)}")
            kind = "object"
        init = parser.rules.rule(item.members["init"]) if "init" in item.members else None
        if kind == "counter":
            parser.counters.append(name)
            kind, init = "integer", init or Literal(item.span, 0)
        slots.append(Slot(name, str(kind), init, item.span))
    if "every" in members:
        made = parser.rules.rule(members["every"])
        parser.every = made.fields if isinstance(made, Make) else ()
    templates = {k: parser.event(v) for k, v in members["templates"].members.items()} if "templates" in members else {}
    procedures = (
        {k: parser.block(v, v.span) for k, v in members["procedures"].members.items()}
        if "procedures" in members
        else {}
    )
    events = members["events"].members if "events" in members else {}
    blocks = tuple(
        (tuple(part.strip() for part in key.split(",")), parser.block(item, item.span)) for key, item in events.items()
    )
    if "on" not in members and set(events) - {"any"}:
        parser.fault(
            home or node.span,
            "the events have names here, and `on` is missing, which says what an event is called",
            "name the field: `on: type`; or write `any`, for all events",
        )
    if "end" not in members:
        parser.fault(
            home or node.span,
            "`end` is missing here: nothing says what the end of the upstream means",
            "say under `end` how a whole answer (`finish`) is told from a truncated one (`fail`)",
        )
    return StreamSide(
        node.span,
        parser.rules.expression(members["on"]) if "on" in members else None,
        tuple(slots),
        templates,
        procedures,
        blocks,
        parser.block(members["unknown"], node.span) if "unknown" in members else None,
        parser.block(members["end"], node.span) if "end" in members else None,
        tuple(_pair(item) for item in members["pairs"].elements) if "pairs" in members else (),
        parser.account(node),
    )


def _pair(node: Node) -> Pair:
    def constants(key: str) -> tuple[tuple[str, object], ...]:
        return tuple((name, value.scalar) for name, value in node.members[key].members.items())

    return Pair(constants("open"), constants("close"), constants("inside") if "inside" in node.members else ())


def steps_below(block: Block) -> list[Step]:
    """All steps of a block, those inside others too; not those of the procedures that it calls."""
    found: list[Step] = []
    for step in block.steps:
        found.append(step)
        for part in (getattr(step, "then", None), getattr(step, "otherwise", None), getattr(step, "body", None)):
            if part is not None:
                found += steps_below(part)
        for _, case in getattr(step, "cases", ()):
            found += steps_below(case)
    return found
