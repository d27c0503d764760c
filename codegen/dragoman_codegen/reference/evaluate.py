"""A body through a unit, or events through a stream."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from dragoman.errors import MalformedBody, Rejected
from dragoman.kit.spelling import respelled
from dragoman_codegen.reference.expressions import Impossible
from dragoman_codegen.reference.rules import Rules
from dragoman_codegen.reference.run import Given, Known, Run, Told
from dragoman_codegen.reference.sight import Sight
from dragoman_codegen.reference.streams import Machine
from dragoman_codegen.rules import Expression, Get
from dragoman_codegen.spec import Provider
from dragoman_codegen.types import ANY, INTEGER, ObjectType, Prop, Type, of_kinds

__all__ = ["Evaluator", "Outcome"]


@dataclass(frozen=True)
class Outcome:
    """What came of a body. For streams, `made` is the list of events until the fault, if there is one."""

    made: Any
    losses: frozenset[Told]
    fault: MalformedBody | Rejected | None = None


class Evaluator:
    """The units of one provider."""

    def __init__(self, provider: Provider) -> None:
        self.provider = provider
        self._schemas: dict[tuple[str, str], Type] = {}
        self._known: dict[tuple[str, str], Known] = {}

    def has(self, unit: str, direction: str) -> bool:
        found = self.provider.units.get(unit)
        return found is not None and (direction in found.sides or direction in found.streams)

    def evaluate(self, unit: str, direction: str, body: Any, given: Given) -> Outcome:
        """`body`: a list of events for streams; `{status, body, headers}` for errors."""
        run = Run(self.provider, unit, direction, given, self._known.setdefault((unit, direction), {}))
        made: list[Any] = []
        fault: MalformedBody | Rejected | None = None
        try:
            if unit == "stream":
                self._stream(run, direction, body, made)
            else:
                made = [self._body(run, unit, direction, body)]
        except (MalformedBody, Rejected) as found:
            fault = found
        except Impossible as found:
            fault = MalformedBody((), "a value that an expression can use", str(found))
        except RecursionError:
            fault = MalformedBody((), "nesting that can be followed", "more levels than the interpreter can go")
        out = made if unit == "stream" else made[0] if made else None
        return Outcome(out, frozenset(run.losses), fault)

    def _stream(self, run: Run, direction: str, events: list[Any], out: list[Any]) -> None:
        machine = Machine(self.provider.units["stream"].streams[direction], run, self.schema("stream", direction))
        for event in events:
            out += machine.feed(event)
        out += machine.close()

    def _body(self, run: Run, unit: str, direction: str, body: Any) -> Any:
        found = self.provider.units[unit]
        if unit == "errors":
            body = {"status": body["status"], "body": body.get("body"), "headers": dict(body.get("headers") or {})}
        if (unit, direction) == ("request", "to_hub"):
            body = respelled(body, self.provider.spellings(found.wire), found.wire)
        run.read((), body, self.schema(unit, direction))
        context = found.context if direction == "to_wire" else found.client_context
        rules = _Remembering(run, context)
        beside = run.once("context", found, lambda: tuple(Get(expr.span, expr) for expr in found.context.values()))
        rule = found.sides[direction].rule
        made = rules.item(rule, body, (), Sight(body), beside=beside if direction == "to_wire" else ()).value
        if unit == "errors" and made is not None:
            return {"status": made.get("status"), "body": made.get("body"), "headers": made.get("headers") or {}}
        return made

    def schema(self, unit: str, direction: str) -> Type:
        """The type of what a direction of a unit reads."""
        key = (unit, direction)
        if key not in self._schemas:
            self._schemas[key] = self._schema(unit, direction)
        return self._schemas[key]

    def _schema(self, unit: str, direction: str) -> Type:
        provider, found = self.provider, self.provider.units[unit]
        hub = direction == "to_wire"
        schema, name = provider.sides(found)[0 if hub else 1]
        types = provider.hub_types if schema is provider.hub_schema else provider.wire_types
        ref = f"#/$defs/{name}" if name in schema.get("$defs", {}) else None
        if unit != "errors":
            return types.type(ref) if ref else ANY
        headers = Type({"object"}, objects=(ObjectType("headers", {}, open=True, values=of_kinds("string")),))
        body = Prop(types.loose(ref) if ref else ANY, required=False)  # proxies answer with what they like
        props = {"status": Prop(INTEGER), "body": body, "headers": Prop(headers)}
        return Type({"object"}, objects=(ObjectType("failure", props),))


class _Remembering(Rules):
    """The rules of a whole body: a request writes down what its answer needs to know."""

    def __init__(self, run: Run, context: dict[str, Expression]) -> None:
        super().__init__(run)
        self.context = context

    def remember(self, sight: Sight) -> None:
        for name, expr in self.context.items():
            self.run.given.request[name] = self.run.value(expr, sight)
