"""A unit of a provider (request, response, errors) as a module."""

from __future__ import annotations

import ast as python
import functools
import re
from collections.abc import Callable

from dragoman_codegen.diagnostics import Diagnostics
from dragoman_codegen.emit.base import Env, Place, Return
from dragoman_codegen.emit.module import HEADERS, Definition, Module
from dragoman_codegen.emit.pieces import emit_piece
from dragoman_codegen.emit.recorder import Record
from dragoman_codegen.emit.results import check_result, is_copy, report_results
from dragoman_codegen.emit.rules import RuleEmitter
from dragoman_codegen.jmes import CodeBlock, Value
from dragoman_codegen.jmes.python import quote
from dragoman_codegen.replacing import replace
from dragoman_codegen.rules import Get, Rule
from dragoman_codegen.spec import Provider, Unit
from dragoman_codegen.types import ANY, INTEGER, NEVER, NULL, ObjectType, Prop, SchemaTypes, Type, join

__all__ = ["converge", "emit_definitions", "emit_unit", "falls_through", "source_type", "target_type"]

_PASSES = 40
FUNCTIONS = {
    ("request", "to_wire"): "request_to_wire",
    ("request", "to_hub"): "request_to_hub",
    ("response", "to_wire"): "response_to_wire",
    ("response", "to_hub"): "response_to_hub",
    ("errors", "to_wire"): "error_to_wire",
    ("errors", "to_hub"): "error_to_hub",
}


def _root(provider: Provider, unit: Unit, *, hub: bool) -> tuple[SchemaTypes, str] | None:
    """The definition of a unit's bodies, on the hub's side or on the wire's; None if the schema has none."""
    schema, name = provider.sides(unit)[0 if hub else 1]
    if name not in schema.get("$defs", {}):
        return None
    # One set of types for all passes: a definition of the schema is the same type wherever it is met.
    return provider.hub_types if schema is provider.hub_schema else provider.wire_types, f"#/$defs/{name}"


def source_type(provider: Provider, unit: Unit, direction: str, *, believed: bool = False) -> Type:
    """The type of what a direction of a unit reads; `believed`: as if bodies of errors were what the schema says."""
    if not provider.typed:
        return ANY
    root = _root(provider, unit, hub=direction == "to_wire")
    if unit.name != "errors":
        return root[0].type(root[1]) if root else ANY
    # Proxies answer with what they like, so nothing is believed of the body.
    of = (root[0].type if believed else root[0].loose) if root else None
    body = Prop(of(root[1]) if root and of else ANY, required=False)
    props = {"status": Prop(INTEGER), "body": body, "headers": Prop(HEADERS)}
    return Type({"object"}, objects=(ObjectType("failure", props),))


def _failure(body: Type, made: Type) -> Type:
    """What errors are made into. There may be no body, where there was none; but a rule for it there must be."""
    none = not any("body" in o.props for o in made.objects)
    props = {"status": Prop(INTEGER), "body": Prop(body, required=none), "headers": Prop(HEADERS, required=False)}
    return Type({"object"}, objects=(ObjectType("the failure", props),))


def target_type(provider: Provider, unit: Unit, direction: str) -> Type:
    """The type of what a direction of a unit makes."""
    root = _root(provider, unit, hub=direction == "to_hub")
    return root[0].type(root[1]) if root else ANY


def converge(emit: Callable[[Module], None], provider: Provider, unit: Unit, diagnostics: Diagnostics) -> Module:
    """Emit until the types of all definitions are known: joined over their uses, which are found by emitting."""
    module = Module(provider, unit.name, unit.path, Diagnostics())
    module.silent = True
    emit(module)
    whole = agreed = False
    known, left = [module.knows()], _PASSES
    while left > 0:
        left -= 1
        again = _pass(emit, module, whole=whole)
        knows = again.knows()
        if knows == known[-1]:
            if not whole:
                again, whole = _pass(emit, module, whole=True), True
                knows = again.knows()
                if knows != known[-1]:  # something depends on what pieces do not know of
                    module, known = again, [*known, knows]
                    continue
            diagnostics.extend(again.diagnostics)
            if not _unsound(again.diagnostics):
                diagnostics.extend(report_results(again))
            return again
        if (
            knows in known and not agreed
        ):  # slots that are filled from each other may only pass on what each does not know
            again.agree(module)
            agreed, knows = True, again.knows()
        if knows in known:  # it goes round: all that the passes left would do is where they stop
            left %= len(known) - known.index(knows)
        module, known = again, [*known, knows]
    final = Module(provider, unit.name, unit.path, diagnostics)
    final.seed(module, believed=True)
    emit(final)
    if not _unsound(diagnostics):
        diagnostics.extend(report_results(final))
    return final


def _unsound(found: Diagnostics) -> bool:
    """Is something wrong besides that a field is not accounted for? Then what is made may be another thing."""
    return any(one.severity == "error" and one.code != "DG450" for one in found)


def _pass(emit: Callable[[Module], None], before: Module, *, whole: bool) -> Module:
    module = Module(before.provider, before.unit_name, before.path, Diagnostics())
    module.seed(before)
    module.earlier, module.silent = ({}, False) if whole else (before.pieces, True)
    emit(module)
    return module


def emit_unit(provider: Provider, unit: Unit, diagnostics: Diagnostics) -> Module:
    def emit(module: Module) -> None:
        emitter = RuleEmitter(module)
        for direction, side in unit.sides.items():
            rule = side.rule
            emit_piece(module, direction, rule, (), lambda: _side(emitter, module, unit, direction, rule))  # noqa: B023
        emit_definitions(emitter, module, strict=unit.name.endswith("request"))

    return converge(emit, provider, unit, diagnostics)


def _side(emitter: RuleEmitter, module: Module, unit: Unit, direction: str, rule: Rule) -> None:
    t = source_type(module.provider, unit, direction)
    failure = unit.name == "errors"
    code = module.block("body", "call", "failure", "source")
    name = FUNCTIONS.get((unit.name, direction), f"{unit.name}_{direction}")
    item = Value("failure" if failure else "source", t, simple=True, trusted=failure, complete=False)
    context = unit.context if direction == "to_wire" else unit.client_context

    def remember(env: Env, block: CodeBlock) -> None:
        for key, expr in context.items():
            value = emitter.expressions.compile(expr, env, block)
            block.line(f"call.request[{quote(key)}] = {value.code}")

    env = Env(item, Place(), direction, strict=unit.name.endswith("request"), after_lets=remember if context else None)
    # What the answer's reader is told again goes nowhere else, so it does not count as read.
    beside = tuple(Get(expr.span, expr) for expr in context.values()) if direction == "to_wire" else ()
    env = replace(env, tracing=direction == "to_hub" and not failure)
    side = "wire" if unit.after else "hub"
    given, made = (f"{side}.{unit.hub}", f"wire.{unit.wire}")[:: 1 if direction == "to_wire" else -1]
    if not failure:
        code.line(f"source: Any = {_as_rules_see_it(module, unit, direction)}")
    sink = Return(keep_empty=True, cast=None if failure else made)
    leaves = source_type(module.provider, unit, direction, believed=True)  # which of them there are, the schema says
    with module.recorder.root(direction, leaves, Record(rule.span, [])):
        emitter.item(rule, env, item, Place(), code, sink, beside=beside)
    target = target_type(module.provider, unit, direction)
    for found in sink.types if not is_copy(rule, module) else []:
        check_result(module, found, _failure(target, found) if failure else target, rule.span)
    if falls_through(code):
        Return(cast=None if failure else made).nothing(code, "")
    module.kit("Call")
    where = module.where(rule.span)
    if failure:
        module.unit.use("Mapping", "collections.abc")
        text = f"""def {name}(
    status: int, body: Any, headers: Mapping[str, str], call: Call
) -> tuple[int, Any, Mapping[str, str]]:  # {where}
    made = _{name}({{"status": status, "body": body, "headers": headers}}, call)
    return made["status"], made.get("body"), made.get("headers") or {{}}


def _{name}(failure: dict[str, Any], call: Call) -> dict[str, Any]:
"""
    else:
        module.typed = True
        module.unit.use("cast", "typing")
        text = f"def {name}(body: {given}, call: Call) -> {made}:  # {where}\n"
    text += facts_once(code)
    module.functions.insert(0 if direction == "to_wire" else len(module.functions), text)


def _as_rules_see_it(module: Module, unit: Unit, direction: str) -> str:
    """The body of a request with its fields spelt as the schema has them."""
    names = module.provider.spellings(unit.wire) if (unit.name, direction) == ("request", "to_hub") else {}
    if not names:
        return "body"
    rows = {}
    for kind, row in names.items():
        told = (f"{quote(key)}: ({quote(field)}, {_tuple(below)})" for key, (field, below) in row.items())
        rows[kind] = "{" + ", ".join(told) + "}"
    table = module.mapping("_SPELLINGS", rows)
    return f"{module.kit('respelled', 'dragoman.kit.spelling')}(body, {table}, {quote(unit.wire)})"


def _tuple(names: tuple[str, ...]) -> str:
    return "(" + "".join(f"{quote(name)}, " for name in names) + ")"


def emit_definitions(emitter: RuleEmitter, module: Module, *, strict: bool) -> None:
    """The definitions that are used, those that they use included."""
    done: set[tuple[str, str, bool]] = set()
    while True:
        waiting = [key for key in module.definitions if key not in done]
        if not waiting:
            break
        for key in waiting:
            done.add(key)
            made = module.definitions[key]
            given = (made.item, dict(made.frees), made.checked, set(made.unsure), made.often)
            rule = module.rule_of(made)
            emit_piece(module, key, rule, given, lambda: _definition(emitter, module, made, strict=strict), made)  # noqa: B023


def _definition(emitter: RuleEmitter, module: Module, definition: Definition, *, strict: bool) -> None:
    rule = module.rule_of(definition)
    parameter = definition.name.split("_")[-1] if definition.name.split("_")[-1] not in ("call", "at") else "item"
    code = module.block("at", "call")
    item_name = code.fresh(parameter)
    t = definition.item if definition.item.kinds else ANY
    item = Value(item_name, t, simple=True, trusted=definition.checked and t != ANY, complete=False)
    names: dict[str, Value] = {}
    parameters = [f"{item_name}: Any", "at: At", "call: Call"]
    for name, free in sorted(definition.frees.items()):
        argument = code.fresh(name[1:])
        sure = free not in (ANY, NEVER) and name not in definition.unsure
        names[name] = Value(argument, free if free != NEVER else ANY, simple=True, trusted=sure)
        parameters.append(f"{argument}: Any")
    env = Env(item, Place("at"), definition.direction, strict, names=names, often=definition.often)
    sink = Return()
    env = replace(env, tracing=definition.direction == "to_hub" and module.unit_name not in ("errors", "stream"))
    emitter.item(rule, env, item, Place("at"), code, sink, owned=definition.owned, key=definition.key)
    if falls_through(code):
        code.line("return None")
        sink.types.append(NULL)
    definition.result = join(*sink.types) if sink.types else NULL
    definition.sure = sink.sure
    module.kit("At")
    module.kit("Call")
    head = f"def {definition.function}({', '.join(parameters)}) -> Any:  # {module.where(rule.span)}"
    module.functions.append(head + "\n" + facts_once(code))


def facts_once(code: CodeBlock) -> str:
    """The statements of a function; what it asks of the model often has a name of its own."""
    text = code.render()
    if text.count("call.facts[") < _OFTEN:
        return text
    name = code.fresh("facts")
    return f"    {name} = call.facts\n" + text.replace("call.facts[", f"{name}[")


_OFTEN = 3


def falls_through(code: CodeBlock) -> bool:
    """Can the end of the function's statements be reached?"""
    if not code.lines:
        return True
    last = code.lines[-1]
    if re.match(r" *(return|raise)\b", last) and _indent(last) == _indent(code.lines[0]):
        return False
    return _open_end(code.render())


def _indent(line: str) -> int:
    return len(line) - len(line.lstrip())


@functools.lru_cache(maxsize=1024)
def _open_end(text: str) -> bool:
    tree = python.parse("def f():\n" + text).body[0]
    assert isinstance(tree, python.FunctionDef)
    return not _ends(tree.body)


def _ends(statements: list[python.stmt]) -> bool:
    last = statements[-1]
    if isinstance(last, (python.Return, python.Raise)):
        return True
    return isinstance(last, python.If) and bool(last.orelse) and _ends(last.body) and _ends(last.orelse)
