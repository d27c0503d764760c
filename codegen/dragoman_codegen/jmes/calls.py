"""Function calls: what a careful person would write where the arguments are sure, helpers that check them elsewhere."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .. import types as t
from ..replacing import replace
from . import ast
from .context import Context, simple
from .python import AND, ATOM, COMPARE, CONDITIONAL, SUM, literal_code, quote, wrap
from .signatures import SIGNATURES, may_raise
from .values import TextSet, Value, is_slot_map

if TYPE_CHECKING:
    from .emit import Emitter

__all__ = ["call"]


def call(emitter: Emitter, expr: ast.Call, ctx: Context) -> Value:
    name = expr.name
    if name == "map":
        return _map(emitter, expr, ctx)
    if name == "not_null" and not any(may_raise(arg) for arg in expr.args[1:]):
        return _not_null(emitter, expr.args, ctx)
    if any(isinstance(arg, ast.ExprRef) for arg in expr.args):
        return _by(emitter, expr, ctx)
    if name == "sum" and isinstance(expr.args[0], ast.MultiList) and not ctx.item.type.nullable:
        return _sum(expr.args[0].items, [emitter.value(item, ctx) for item in expr.args[0].items], ctx)
    args = [emitter.value(arg, ctx) for arg in expr.args]
    plain = _plain(expr, args, ctx)
    if plain is not None and not (plain.simple and may_raise(expr.args[0])):
        return plain
    signature = SIGNATURES[name]
    type_ = signature.result_type(tuple(arg.type for arg in args))
    codes = ", ".join(arg.code for arg in args)
    if signature.module == "call":
        if signature.strict and not _sure(args[0], "string"):
            codes = f"{ctx.code.use('checked_text')}({quote(name)}, {codes})"
        return Value(f"call.{signature.helper}({codes})", type_, trusted=True, deep=True)
    helper = ctx.code.use(signature.helper, signature.module)
    deep = name in {"parse_json"} or all(arg.deep for arg in args)
    # A strict helper has seen its arguments; the others answer with what they say for any argument.
    trusted = type_.kinds <= {"string", "number", "boolean", "null"} or name in _MAKES
    if name in {"not_null", "max", "min"}:
        trusted = all(arg.trusted for arg in args) if name == "not_null" else trusted
    elif not signature.strict and trusted:  # it may be null for what nobody has looked at
        trusted = signature.result_type(tuple(arg.type if arg.trusted else t.ANY for arg in args)) == type_
    elements = deep or name in {"keys", "split", "cut"} or (name in _KEEPS and all(a.elements_trusted for a in args))
    return Value(f"{helper}({codes})", type_, trusted=trusted, elements_trusted=elements, deep=deep)


# Results that are new objects or arrays of the type they say, and those that have the elements of their argument.
_MAKES = frozenset({"keys", "values", "split", "cut", "data_uri", "merge", "reverse", "sort", "to_array"})
_KEEPS = frozenset({"reverse", "sort", "to_array"})


def _sure(value: Value, *kinds: str) -> bool:
    return value.trusted and value.type.always(*kinds)


def _plain(expr: ast.Call, args: list[Value], ctx: Context) -> Value | None:
    """The call as an expression of Python's own, for arguments that are sure."""
    name, first = expr.name, args[0]
    if name == "type":
        if first.trusted and len(first.type.kinds) == 1:
            kind = next(iter(first.type.kinds))
            return Value(quote(kind), t.literal(kind), simple=True, trusted=True, deep=True)
        return None
    if name in {"starts_with", "ends_with"} and all(_sure(arg, "string") for arg in args):
        method = name.replace("_", "")
        return Value(f"{wrap(first, ATOM)}.{method}({args[1].code})", t.BOOLEAN, trusted=True, deep=True)
    if name == "minus" and all(_sure(arg, "number") for arg in args) and _small(expr.args[1]):
        code = f"{wrap(first, SUM)} - {wrap(args[1], ATOM)}"
        return Value(code, t.NUMBER, trusted=True, deep=True, precedence=SUM)
    if name == "at" and is_slot_map(first.type):
        entries = first.type.objects[0].values or t.ANY
        if _sure(args[1], "string", "number"):
            found = f"{wrap(first, ATOM)}.get({args[1].code})"
        else:
            found = f"{ctx.code.use('entry', 'dragoman.kit.stream')}({first.code}, {args[1].code})"
        return Value(found, t.join(entries, t.NULL), trusted=entries != t.ANY)
    if name == "unordered" and isinstance(expr.args[1], ast.Literal | ast.MultiList):
        ranks = _ranks(expr.args[1])
        if ranks is not None:
            code = f"{ctx.code.use('out_of_order', 'dragoman.kit.functions')}({first.code}, {literal_code(ranks)})"
            return Value(code, t.BOOLEAN, trusted=True, deep=True)
    if name == "merge" and all(_sure(arg, "object") for arg in args):
        code = "{" + ", ".join(_members(arg) for arg in args) + "}"
        type_ = SIGNATURES[name].result_type(tuple(arg.type for arg in args))
        return Value(code, type_, trusted=True, deep=all(arg.deep for arg in args))
    if name in _STRIPS and _sure(first, "string"):
        return Value(f"{wrap(first, ATOM)}.{_STRIPS[name]}({_WHITE})", t.STRING, trusted=True, deep=True)
    if name == "contains" and isinstance(first, TextSet):
        first.asked.append(args[1].type.always("string", "null"))
        if first.made and not _sure(args[1], "string", "null"):
            text = simple(args[1], ctx, "text").code
            code = f"type({text}) is str and {text} in {first.code}"
            return Value(code, t.BOOLEAN, trusted=True, deep=True, precedence=AND)
    if name == "contains" and (_sure(first, "array") or all(_sure(arg, "string") for arg in args)):
        code = f"{wrap(args[1], COMPARE + 1)} in {wrap(first, COMPARE + 1)}"
        return Value(code, t.BOOLEAN, trusted=True, deep=True, precedence=COMPARE)
    if name == "length" and _sure(first, "string", "array", "object"):
        return Value(f"len({first.code})", t.INTEGER, trusted=True, deep=True)
    if name == "to_string" and _sure(first, "string"):
        return first
    if name == "to_array":
        if _sure(first, "array"):
            return first
        if first.trusted and not first.type.may("array"):
            return Value(f"[{first.code}]", t.array(first.type), trusted=True, elements_trusted=True, deep=first.deep)
    if name == "keys" and _sure(first, "object"):
        return Value(f"list({first.code})", t.array(t.STRING), trusted=True, elements_trusted=True, deep=True)
    if name == "values" and _sure(first, "object"):
        type_ = SIGNATURES[name].result_type((first.type,))
        return Value(
            f"list({wrap(first, ATOM)}.values())", type_, trusted=True, elements_trusted=first.deep, deep=first.deep
        )
    if name == "join" and _sure(first, "string") and _sure(args[1], "array") and args[1].elements_trusted:
        texts = t.element(args[1].type).kinds <= {"string"}
        return Value(f"{wrap(first, ATOM)}.join({args[1].code})", t.STRING, trusted=True, deep=True) if texts else None
    return None


# JSON's white space, which is what the helpers strip.
_WHITE = quote(" \t\r\n")
_STRIPS = {"trim": "strip", "trim_end": "rstrip"}


def _ranks(ranking: ast.Expr) -> dict[str, int] | None:
    """The place of each name in a ranking that is written out."""
    if isinstance(ranking, ast.Literal):
        names = ranking.value if isinstance(ranking.value, list) else [None]
    else:
        items = ranking.items if isinstance(ranking, ast.MultiList) else ()
        names = [item.value if isinstance(item, ast.Literal) else None for item in items]
    ranks = {name: names.index(name) for name in names if isinstance(name, str)}
    return ranks if all(isinstance(name, str) for name in names) else None


def _members(value: Value) -> str:
    """The members of an object inside the display of another one."""
    shown = isinstance(value, Value) and value.code.startswith("{") and value.code.endswith("}") and value.code != "{}"
    if shown and value.type.objects and value.code.count("{") == 1:
        return value.code[1:-1]
    return f"**{wrap(value, ATOM)}"


def _small(expr: ast.Expr) -> bool:
    """A number that can be added to any other one: Python raises for sums of floats and integers beyond their range."""
    if isinstance(expr, ast.Literal):
        return type(expr.value) in (int, float) and abs(expr.value) < 2**53
    return isinstance(expr, ast.Call) and expr.name == "length"


def _sum(items: tuple[ast.Expr, ...], values: list[Value], ctx: Context) -> Value:
    """The sum of some numbers that are written side by side."""
    large = [item for item in items if not _small(item)]
    if len(large) <= 1 and all(_sure(value, "number") for value in values):
        type_ = t.INTEGER if all(value.type.integer for value in values) else t.NUMBER
        code = " + ".join(wrap(value, SUM) for value in values)
        return Value(code, type_, trusted=True, deep=True, precedence=SUM)
    codes = ", ".join(value.code for value in values)
    if all(_sure(value, "number") for value in values):
        return Value(f"{ctx.code.use('added')}({codes})", t.NUMBER, trusted=True, deep=True)
    return Value(f"{ctx.code.use('total')}([{codes}])", t.NUMBER, trusted=True, deep=True)


def _not_null(emitter: Emitter, args: tuple[ast.Expr, ...], ctx: Context) -> Value:
    """The first value that is not null, lazily: what need not be looked at is not."""
    from .emit import hint

    value = emitter.value(args[0], ctx)
    for arg in args[1:]:
        if not value.type.nullable and value.trusted:
            return value
        if value.code == "None":
            value = emitter.value(arg, ctx)
            continue
        first = simple(value, ctx, hint(args[0]))
        scratch = ctx.code.scratch(deeper=1)
        second = emitter.value(arg, ctx.within(scratch, inline=True))
        made = Value(
            "",
            t.join(t.without_null(first.type), second.type),
            trusted=first.trusted and second.trusted,
            deep=first.deep and second.deep,
            elements_trusted=first.elements_trusted and second.elements_trusted,
            complete=first.complete and second.complete,
        )
        if not scratch:
            code = f"{first.code} if {first.code} is not None else {wrap(second, CONDITIONAL)}"
            value = replace(made, code=code, precedence=CONDITIONAL)
            continue
        name = ctx.code.fresh(hint(args[0]))
        ctx.code.line(f"{name}: Any = {first.code}")
        with ctx.code.block(f"if {name} is None:"):
            ctx.code.include(scratch)
            ctx.code.line(f"{name} = {second.code}")
        value = replace(made, code=name, simple=True)
    return value


def _map(emitter: Emitter, expr: ast.Call, ctx: Context) -> Value:
    """``map(&e, list)``: a projection that keeps nulls and insists on an array."""
    from .code import singular
    from .emit import hint
    from .projections import over

    function, given = expr.args
    assert isinstance(function, ast.ExprRef)
    value = emitter.value(given, ctx)
    iterable = value.code
    if not _sure(value, "array"):
        iterable = f"{ctx.code.use('elements')}({quote('map')}, {value.code})"
    if ":=" in iterable or (value.precedence < ATOM and iterable == value.code):
        iterable = simple(replace(value, code=iterable), ctx, hint(given)).code
    deep = value.deep
    element = Value(singular(hint(given)), t.element(value.type), trusted=deep or value.elements_trusted, deep=deep)
    return over(emitter, iterable, element, None, function.expr, ctx, own=True, keep_null=True)


def _by(emitter: Emitter, expr: ast.Call, ctx: Context) -> Value:
    """``sort_by``, ``min_by``, ``max_by``: the expression becomes the key function."""
    from .code import singular
    from .emit import hint

    given, function = expr.args
    assert isinstance(function, ast.ExprRef)
    value = emitter.value(given, ctx)
    name = ctx.code.fresh(singular(hint(given)))
    trusted = value.elements_trusted or value.deep
    type_ = t.element(value.type)
    element = Value(name, type_ if type_.kinds else t.ANY, simple=True, trusted=trusted, deep=value.deep)
    body = ctx.code.scratch(deeper=1)
    result = emitter.on(element, function.expr, ctx.within(body, inline=True))
    if not body:
        key = f"lambda {name}: {result.code}"
    else:
        key = ctx.code.fresh("key")
        with ctx.code.block(f"def {key}({name}: Any) -> Any:"):
            ctx.code.include(body)
            ctx.code.line(f"return {result.code}")
    helper = ctx.code.use(expr.name)
    signature = SIGNATURES[expr.name]
    made_type = signature.result_type((value.type, result.type))
    return Value(
        f"{helper}({value.code}, {key})",
        made_type,
        trusted=expr.name == "sort_by" or trusted,
        elements_trusted=value.elements_trusted,
        deep=value.deep,
    )
