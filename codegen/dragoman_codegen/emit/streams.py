"""A stream as a class for each direction: slots are attributes, each event has a method."""

from __future__ import annotations

import re
from dataclasses import dataclass

from dragoman_codegen.account import Access, Condition, Sight, of_account, of_expression, pure_path
from dragoman_codegen.diagnostics import Diagnostics, Span, nearest
from dragoman_codegen.emit.base import Env, Place, Return, comment
from dragoman_codegen.emit.holes import report_holes
from dragoman_codegen.emit.module import Module
from dragoman_codegen.emit.recorder import Record
from dragoman_codegen.emit.results import check_result
from dragoman_codegen.emit.rules import RuleEmitter
from dragoman_codegen.emit.steps import EVENT, StepEmitter
from dragoman_codegen.emit.stream_accounts import event_accesses, stepped
from dragoman_codegen.emit.unit import converge, emit_definitions, falls_through, source_type, target_type
from dragoman_codegen.jmes import CodeBlock, Value, slot_map
from dragoman_codegen.jmes.ast import path_of
from dragoman_codegen.jmes.code import identifier
from dragoman_codegen.jmes.python import quote
from dragoman_codegen.replacing import replace
from dragoman_codegen.rules import Field, Get, walk
from dragoman_codegen.spec import Provider, Unit
from dragoman_codegen.steps import Block, Slot, StreamSide
from dragoman_codegen.types import (
    ANY,
    BOOLEAN,
    INTEGER,
    NULL,
    NUMBER,
    STRING,
    Type,
    array,
    discriminator,
    join,
    narrow,
    only,
    without_null,
)
from dragoman_codegen.untaken_steps import untaken_steps

__all__ = ["emit_stream"]

_SLOTS = {
    "string": STRING,
    "integer": INTEGER,
    "number": NUMBER,
    "boolean": BOOLEAN,
    "object": Type({"object"}),
    "list": array(ANY),
}
_EMPTY = {"map": "{}", "list": "[]", "boolean": "False"}
_NAMES = {"to_hub": "StreamToHub", "to_wire": "StreamToWire"}


def _slot_type(slot: Slot, put: Type | None) -> Type:
    """Of a text the constants that it may be, of a list its elements; of an object too, if rules make it."""
    base = _SLOTS[slot.type]
    if put is None or slot.type == "map" or (slot.type == "boolean" and slot.init is None):
        return base
    found = without_null(put)
    return found if found.kinds and found.kinds <= base.kinds else base


@dataclass(frozen=True)
class _Handler:
    method: str
    values: tuple[str, ...]


def emit_stream(provider: Provider, unit: Unit, diagnostics: Diagnostics) -> Module:
    def emit(module: Module) -> None:
        for direction, side in unit.streams.items():
            source, target = source_type(provider, unit, direction), target_type(provider, unit, direction)
            emitter = _StreamEmitter(module, side, direction, source, target)
            errors = provider.units.get("errors")
            # what ends a stream early is the dialect's error, or an event of its own that says so
            emitter.failure = join(target_type(provider, errors, direction), target) if errors is not None else ANY
            emitter.emit_class()
        emit_definitions(RuleEmitter(module), module, strict=False)

    return converge(emit, provider, unit, diagnostics)


def _handler(values: tuple[str, ...]) -> str:
    words = "_".join(re.findall(r"\w+", values[0]))
    return "_on_" + re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", words).lower()


def _methods(side: StreamSide) -> dict[tuple[str, str], str]:
    """What the methods of templates and procedures are called: like them, where that is not taken."""
    taken = {"_end", *(_handler(values) for values, _ in side.events)}
    found: dict[tuple[str, str], str] = {}
    for kind, names in (("template", side.templates), ("procedure", side.procedures)):
        for name in names:
            method = f"_{identifier(name)}"
            while method in taken:
                method += "_"
            taken.add(method)
            found[kind, name] = method
    return found


class _StreamEmitter(StepEmitter):
    def __init__(self, module: Module, side: StreamSide, direction: str, item: Type, target: Type) -> None:
        super().__init__(module)
        self.target = target
        self.side = side
        self.direction = direction
        self.event = item
        self.body: list[str] = []
        self.event_name = module.provider.event_field if direction == "to_wire" else None
        self.methods = _methods(side)

    # ------------------------------------------------------------------ the class
    def emit_class(self) -> None:
        name = _NAMES[self.direction]
        slots = ["call", "events", "failed", "finished", *(self.attribute(slot.name) for slot in self.side.state)]
        kit = self.module.kit
        kit("Call")
        kit("Named", "dragoman.dialect")
        tested = of_expression(self.side.on, "test", (), Sight(self.defs, {"@": ()}))
        with self.module.recorder.root(self.direction, self.event, Record(self.side.span, list(tested))):
            self._handlers()
        dispatch = self._dispatch()
        lines = [
            f"class {name}:  # {self.module.where(self.side.span)}",
            "    __slots__ = (" + ", ".join(map(quote, slots)) + ")",
            "",
            *self._init(),
            "",
            *dispatch,
            "",
        ]
        self._end()
        self.procedure_methods()
        for template in self.side.templates:
            self.template_method(template)
        self.module.functions.append("\n".join(lines) + "\n" + "\n".join(self.body))

    def _init(self) -> list[str]:
        code = CodeBlock(self.module.unit, level=2)
        code.reserve("self", "call")
        code.line("self.call = call")
        code.line("self.events = 0")
        code.line("self.finished = self.failed = False")
        for slot in self.side.state:
            start = self._initial(slot, code)
            annotation = {"list": "list[Any]", "boolean": "bool"}.get(slot.type, "Any")
            code.line(
                comment(f"self.{self.attribute(slot.name)}: {annotation} = {start}", self.module.where(slot.span))
            )
        return ["    def __init__(self, call: Call) -> None:", *code.lines]

    def _initial(self, slot: Slot, code: CodeBlock) -> str:
        if slot.init is None:
            return _EMPTY.get(slot.type, "None")
        env = Env(Value("None", NULL, simple=True), Place(), self.direction, False)
        value = self.value(slot.init, env, code, identifier(slot.name))
        self.module.put.setdefault((self.direction, slot.name), []).append(value.with_type(value.type))
        return value.code

    def slot_values(self) -> dict[str, Value]:
        """Slots as expressions see them. Their types are those of all values that are ever put in."""
        out: dict[str, Value] = {}
        for slot in self.side.state:
            key = (self.direction, slot.name)
            put, trusted = self.module.slots.get(key, (None, True))
            if slot.type == "map":
                code = f"self.{self.attribute(slot.name)}"
                entries = put if put is not None and trusted else None
                out[f"$state.{slot.name}"] = Value(code, slot_map(entries), simple=True, trusted=True)
                continue
            starts_null = slot.init is None and slot.type not in _EMPTY
            t = _slot_type(slot, put)
            if starts_null or (put is not None and put.nullable):
                t = join(t, NULL)
            code = f"self.{self.attribute(slot.name)}"
            out[f"$state.{slot.name}"] = Value(code, t, simple=True, trusted=trusted, complete=False)
        return out

    @staticmethod
    def attribute(name: str) -> str:
        return f"{name}_" if name in ("call", "events", "failed", "finished", "feed", "close") else name

    # ------------------------------------------------------------------ events
    def _handlers(self) -> None:
        found: list[_Handler] = []
        key = self._key()
        known = self._known_events(key)
        for values, block in self.side.events:
            method = _handler(values)
            for value in values:
                if self.side.on is not None and known and value not in known:
                    near = nearest(value, known)
                    self.module.diagnostics.error(
                        "DG451",
                        self.module.provider.homes.get(block.span, block.span),
                        f"the schema has no event {quote(value)}",
                        f"did you mean {quote(near)}?" if near else f"its events: {', '.join(sorted(known))}",
                        field=near,
                    )
            self._event(method, values, block)
            found.append(_Handler(method, values))
        if self.side.account is not None:
            self.scopes.entries(self.event, of_account(self.side.account, (), Sight(self.defs, {"@": ()})))
        handled = {value for values, _ in self.side.events for value in values}
        if key is not None:
            for value in sorted(set(known) - handled):
                self.module.diagnostics.error(
                    "DG452",
                    self.module.provider.homes.get(self.side.span, self.side.span),
                    f"nothing says what becomes of the event {quote(value)}",
                    "name it under `events`; with {ignore: …, do: []} if it says nothing",
                    field=value,
                )
        self.handlers = found

    def _key(self) -> str | None:
        """The field that tells the schema's events apart, if `on` is that field."""
        key = discriminator(only(self.event, "object"))
        return key if key is not None and pure_path(self.side.on) == (key,) else None

    def _known_events(self, key: str | None) -> list[str]:
        if key is None:
            return []
        values = [o.props[key].type.literals or () for o in self.event.objects if key in o.props]
        return [str(value) for group in values for value in group]

    def _event(self, method: str, values: tuple[str, ...], block: Block) -> None:
        code = CodeBlock(self.module.unit, level=2)
        code.reserve("self", "data", "n", "out", "call")
        t = self.event
        conditions: frozenset[Condition] = frozenset()
        key = self._key() if self.side.on is not None else None
        if key is not None:
            t = narrow(self.event, key, values)
            conditions = frozenset({Condition((key,), frozenset(values))})
        side, defs, once = self.side, self.defs, self.module.once
        found = once(("steps", values), block, lambda: event_accesses(block, side, defs, t))
        env = self._env(Value("data", t, simple=True, trusted=True, complete=False), found, conditions)
        ways = once("ways", block, lambda: untaken_steps(block, side, defs))
        gone = once("stepped", block, lambda: stepped(block, side, defs))
        env = self.scopes.enter(replace(env, untaken=ways, stepped=gone), code)
        if t.objects:
            self.scopes.cover(block.span, t, found, steps=True)
            self.scopes.entries(t, found)
        self.scopes.account(env, code, () if t.objects else None)
        record = Record(block.span, list(found))
        self.module.recorder.hand(record, ((),), t, conditions)
        with self.module.recorder.within(record):
            self.block(Block(block.span, block.steps), env, code)
        self._method(method, "data: dict[str, Any], n: int, out: list[Named]", code, self.module.where(block.span))

    def _env(self, item: Value, found: tuple[Access, ...], conditions: frozenset[Condition]) -> Env:
        env = Env(
            item,
            EVENT,
            self.direction,
            False,
            names=self.slot_values(),
            accesses=found,
            own=found,
            conditions=conditions,
        )
        return replace(env, subject=((),), accounting=True)

    def _method(self, name: str, parameters: str, code: CodeBlock, where: str, result: str = "None") -> None:
        needs_call = any(re.search(r"(?<![.\w\"'])call[.,)]", line) for line in code.lines)
        text = [f"    def {name}(self, {parameters}) -> {result}:  # {where}"]
        if needs_call:
            text.append("        call = self.call")
        if not code.lines:
            text.append("        pass")
        self.body.append("\n".join([*text, *code.lines]) + "\n")

    def _dispatch(self) -> list[str]:
        code = CodeBlock(self.module.unit, level=2)
        code.reserve("self", "data", "event", "n", "out", "kind")
        self.module.kit("malformed")
        code.line("if self.finished:")
        code.line("    return []")
        code.line("n = self.events")
        code.line("self.events = n + 1")
        code.line("if type(data) is not dict:")
        code.line(f'    raise malformed({EVENT.code}, "an object", data)')
        code.line("out: list[Named] = []")
        if self.side.on is None:
            code.line(f"self.{self.handlers[0].method}(data, n, out)" if self.handlers else "pass")
        else:
            env = Env(
                Value("data", self.event, simple=True, trusted=True, complete=False),
                EVENT,
                self.direction,
                False,
                names=self.slot_values(),
            )
            kind = self.expressions.compile(self.side.on, env, code)
            code.line(f"kind = {kind.code}")
            word = "if"
            for handler in self.handlers:
                tests = (
                    f"kind == {quote(handler.values[0])}"
                    if len(handler.values) == 1
                    else f"kind in ({', '.join(map(quote, handler.values))})"
                )
                code.line(f"{word} {tests}:")
                code.line(f"    self.{handler.method}(data, n, out)")
                word = "elif"
            code.line("else:")
            if self.side.unknown is not None:
                unknown = Block(self.side.unknown.span, self.side.unknown.steps)
                method = "_on_unknown_event"
                code.line(f"    self.{method}(data, n, out)")
                inner = CodeBlock(self.module.unit, level=2)
                inner.reserve("self", "data", "n", "out", "call")
                self.block(
                    unknown,
                    self._env(
                        Value("data", Type({"object"}), simple=True, trusted=True, complete=False), (), frozenset()
                    ),
                    inner,
                )
                self._method(
                    method, "data: dict[str, Any], n: int, out: list[Named]", inner, self.module.where(unknown.span)
                )
            else:
                rule = self.module.rule(
                    "dropped", "contract", "an event that this dialect's schema does not know", self.side.span
                )
                code.line(f"    self.call.lose({rule}, {EVENT.code})")
        code.line("return out")
        return ["    def feed(self, data: Any, event: str | None = None) -> list[Named]:", *code.lines]

    def _end(self) -> None:
        code = CodeBlock(self.module.unit, level=2)
        code.reserve("self", "data", "n", "out", "call")
        inner = CodeBlock(self.module.unit, level=2)
        inner.reserve("self", "data", "n", "out", "call")
        env = self._env(Value("None", NULL, simple=True, trusted=True), (), frozenset())
        if self.side.end is not None:
            self.block(self.side.end, env, inner)
        self._method("_end", "n: int, out: list[Named]", inner, self.module.where(self.side.span))
        code.line("if self.finished:")
        code.line("    return []")
        code.line("out: list[Named] = []")
        code.line("self._end(self.events, out)")
        code.line("self.finished = True")
        code.line("return out")
        self._method("close", "", code, self.module.where(self.side.span), "list[Named]")
        self.body[-1] = self.body[-1].replace("(self, )", "(self)")

    # ------------------------------------------------------------------ templates
    def _blamed(self, name: str) -> dict[Span, list[Span]]:
        """For fields that are nothing but a hole: where nothing is put into it."""
        fields = [node for node in walk(self.side.templates[name]) if isinstance(node, Field)]
        holes = {
            node.span: path.root[1:]
            for node in fields
            if isinstance(node.rule, Get) and (path := path_of(node.rule.expr.tree)) is not None and not path.keys
        }
        given = self.module.given
        keys = {span: (self.direction, name, hole) for span, hole in holes.items()}
        return {span: given[key] for span, key in keys.items() if key in given}

    def template_method(self, name: str) -> None:
        key = (self.direction, name)
        holes = self.module.holes.get(key)
        if holes is None:
            return
        never = [hole for hole in holes if (*key, hole) not in self.module.filled_holes]
        report_holes(self.side, name, never, holes, self.module.fillings.get(key, []), self.module.diagnostics)
        code = CodeBlock(self.module.unit, level=2)
        code.reserve("self", "call", *(identifier(hole) for hole in holes))
        names = {f"${hole}": Value(identifier(hole), t, simple=True, trusted=t != ANY) for hole, t in holes.items()}
        nothing = Value("None", NULL, simple=True, trusted=True)
        env = Env(nothing, Place(), self.direction, False, names={**self.slot_values(), **names})
        sink = Return(keep_empty=True)
        self.emit(self.side.templates[name], env, code, sink)
        for made in sink.types:
            check_result(self.module, made, self.target, self.side.templates[name].span, self._blamed(name))
        if falls_through(code):
            code.line("return None")
        parameters = ", ".join(f"{identifier(hole)}: Any" for hole in holes)
        self._method(
            self.methods["template", name], parameters, code, self.module.where(self.side.templates[name].span), "Any"
        )
        self.body[-1] = self.body[-1].replace("(self, )", "(self)")
