"""Projections and filters: comprehensions where one line says it, loops where statements are needed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from .. import types as t
from ..replacing import replace
from . import ast
from .code import CodeBlock, plural, singular
from .context import NONE, Context, is_object, simple
from .fold import UNKNOWN, is_true, reads_fields, without_fields
from .hoist import enter
from .narrowing import assume
from .python import AND, ATOM, COMPARE, CONDITIONAL, OR, wrap
from .signatures import may_raise
from .values import Value

if TYPE_CHECKING:
    from .emit import Emitter

__all__ = ["flattened", "over", "project"]


@dataclass(frozen=True, slots=True)
class _Source:
    """What is gone through: the Python iterable, the guard it needs, and what its elements are."""

    code: str
    guard: str | None
    element: Value
    is_list: bool  # the iterable is a list of its own already


def project(emitter: Emitter, expr: ast.Project, ctx: Context) -> Value:
    source = _source(emitter, expr.left, ctx)
    if source is None:
        return NONE
    scratch = ctx.code.scratch(deeper=source.guard is not None)
    inner = ctx.within(scratch, inline=ctx.inline)
    made = over(
        emitter,
        source.code,
        source.element,
        expr.condition,
        expr.right,
        inner,
        own=source.is_list,
        declared=source.guard is not None,
        sure=not may_raise(expr.left),
    )
    if source.guard is None:
        ctx.code.include(scratch)
        return made
    type_ = t.join(made.type, t.NULL)
    if not scratch:
        code = f"{wrap(made, CONDITIONAL + 1)} if {source.guard} else None"
        return replace(made, code=code, type=type_, precedence=CONDITIONAL)
    name = made.code
    ctx.code.line(f"{name}: list[Any] | None = None")
    with ctx.code.block(f"if {source.guard}:"):
        ctx.code.include(scratch)
    return replace(made, type=type_)


def _source(emitter: Emitter, left: ast.Expr, ctx: Context) -> _Source | None:
    from .emit import hint, slice_code

    cut, flatten, values = "", False, False
    base = left
    if isinstance(left, ast.Slice):
        base, cut = left.left, f"[{slice_code(left.start, left.stop, left.step)}]"
    elif isinstance(left, ast.Flatten):
        base, flatten = left.left, True
    elif isinstance(left, ast.Values):
        base, values = left.left, True
    value = emitter.value(base, ctx)
    kind = "object" if values else "array"
    if not value.type.may(kind):
        if may_raise(base):
            simple(value, ctx, hint(base))
        return None
    sure = value.trusted and value.type.always(kind)
    if not sure or ":=" in value.code or cut:
        value = simple(value, ctx, hint(base))
    guard = None
    if not sure and not (values and is_object(value, ctx)):
        optional = value.trusted and value.type.kinds == {kind, "null"}
        guard = f"{value.code} is not None" if optional else f"type({value.code}) is {'dict' if values else 'list'}"
    iterable = wrap(value, ATOM)
    name = singular(hint(base) if hint(base) != "@" else "item")
    if values:
        members = [p.type for o in value.type.objects for p in o.props.values()]
        known = value.type.objects and not any(o.open for o in value.type.objects)
        type_ = t.join(*members) if known else t.ANY
        element = Value(name, type_, trusted=value.deep, deep=value.deep)
        return _Source(f"{iterable}.values()", guard, element, is_list=False)
    type_ = t.element(value.type)
    trusted = value.elements_trusted or value.deep
    if not type_.kinds:
        type_ = t.ANY if not trusted else type_
    if flatten:
        if type_.may("array"):
            iterable = f"{ctx.code.use('flatten')}({value.code})"
            rest = t.only(type_, *(t.KINDS - {"array"}))
            trusted = trusted and value.deep
            type_ = t.join(t.element(type_), rest)
        return _Source(
            iterable, guard, Value(name, type_, trusted=trusted, deep=value.deep), is_list=type_.may("array")
        )
    element = Value(name, type_, trusted=trusted, deep=value.deep)
    return _Source(iterable + cut, guard, element, is_list=True)


def over(
    emitter: Emitter,
    iterable: str,
    element: Value,
    condition: ast.Expr | None,
    right: ast.Expr,
    ctx: Context,
    *,
    own: bool = False,
    keep_null: bool = False,
    declared: bool = False,
    sure: bool = False,
) -> Value:
    """A list of ``right`` for the elements that meet the condition. The value is in a name if there are statements.

    ``own``: the iterable is a list. ``declared``: the caller declares the name. ``sure``: the iterable cannot raise.
    """
    from .emit import hint

    name = ctx.code.fresh(element.code)
    element = replace(element, code=name, simple=True, precedence=ATOM, elements_trusted=element.deep)
    before = ctx.code.scratch(deeper=1, loops=1)
    inner = replace(ctx.on(element).within(before, inline=True))
    guard, inner = _element_guard(condition, right, inner, keep_null=keep_null)
    exprs = [right] if condition is None else [condition, right]
    decided = condition is not None and without_fields(condition) is not UNKNOWN and not reads_fields(right)
    inner = enter(exprs, inner, open_item=not decided)
    tests: list[tuple[str, int]] = [] if guard is None else [(guard, COMPARE)]
    if condition is not None:
        test = emitter.test(condition, inner)
        type_ = t.without_beside(assume(condition, element.type))
        inner = replace(inner, names={**inner.names, "@": element.with_type(type_)}).with_facts(test.facts)
        if test.constant is not True:
            tests.append(test.pair)
    if isinstance(right, ast.Hash | ast.MultiList) and inner.item.type.nullable and not keep_null and guard is None:
        tests.append((f"{name} is not None", COMPARE))
        inner = inner.with_facts(frozenset({("some", name)}))
    body = before.scratch(deeper=bool(tests))
    value = emitter.value(right, inner.within(body))
    type_ = value.type
    if value.code == "None" and sure and not keep_null and not any(map(may_raise, exprs)):
        return Value("[]", t.array(t.NEVER), trusted=True, elements_trusted=True, deep=True)
    null_test: str | None = None
    loop_value: tuple[str | None, str]
    # An element may be null whatever the schema says, and what is null is left out. (What must be in it was looked at.)
    there = guard is not None or value.source is not None
    there = there or any((fact, value.code) in inner.facts for fact in ("dict", "text", "some"))
    there = there or (bool(type_.objects) and all(o.name == t.MADE for o in type_.objects))
    if (type_.nullable or not (value.trusted or there)) and not keep_null:
        type_ = t.without_null(type_)
        if not value.simple:
            word = value.source[1] if value.source else hint(right)
            result = ctx.code.fresh(word if word != "value" else f"{name}_value")
            null_test = f"{result} is not None"
            loop_value = (f"{result} = {value.code}", result)
        else:
            result, null_test, loop_value = value.code, f"{value.code} is not None", (None, value.code)
    else:
        result, loop_value = value.code, (None, value.code)
    made = Value(
        "",
        t.array(type_),
        trusted=True,
        elements_trusted=value.trusted,
        deep=value.deep,
    )
    if not before and not body:
        named = loop_value[0] is not None and ":=" not in value.code
        if null_test is not None and not named:
            walrus = f"({result} := {value.code}) is not None"
            tests.append((null_test if loop_value[0] is None else walrus, COMPARE))
        if null_test is None and not tests and result == name:
            return replace(made, code=iterable if own else f"list({iterable})")
        condition_code = f" if {_all(tests)}" if tests else ""
        if null_test is not None and named:
            # A list of one gives the value a name; `:=` would make a cell in each call of the function around, and
            # stands only where what the value is made of needs it.
            condition_code += f" for {result} in [{value.code}] if {null_test}"
        return replace(made, code=f"[{result} for {name} in {iterable}{condition_code}]")
    target = ctx.code.fresh(_list_name(right, name))
    ctx.code.line(f"{target} = []" if declared else f"{target}: list[Any] = []")
    with ctx.code.block(f"for {name} in {iterable}:"):
        if guard is not None and before:
            opposite = guard.replace(" is dict", " is not dict")
            with ctx.code.block(f"if {opposite}:"):
                ctx.code.line("continue")
            tests = tests[1:]
        ctx.code.include(before)
        if tests:
            with ctx.code.block(f"if {_all(tests)}:"):
                _append(ctx.code, body, target, loop_value, null_test)
        else:
            _append(ctx.code, body, target, loop_value, null_test)
    return replace(made, code=target, simple=True)


def _all(tests: list[tuple[str, int]]) -> str:
    """Several conditions as one; a single one needs no brackets, unless it is itself a conditional."""
    return " and ".join(wrap(pair, AND if len(tests) > 1 else OR) for pair in tests)


def _append(
    code: CodeBlock, body: CodeBlock, target: str, value: tuple[str | None, str], null_test: str | None
) -> None:
    code.include(body)
    statement, result = value
    if statement is not None:
        code.line(statement)
    if null_test is None:
        code.line(f"{target}.append({result})")
        return
    with code.block(f"if {result} is not None:"):
        code.line(f"{target}.append({result})")


def _list_name(right: ast.Expr, name: str) -> str:
    from .emit import hint

    if isinstance(right, ast.Hash | ast.MultiList):
        return f"new_{plural(name)}"
    word = hint(right)
    return plural(name if word == "value" else word)


def _element_guard(
    condition: ast.Expr | None, right: ast.Expr, ctx: Context, *, keep_null: bool
) -> tuple[str | None, Context]:
    """One guard per element, where an element that is no object would be left out anyway."""
    item = ctx.item
    decides = right if condition is None else condition
    if is_object(item, ctx) or (item.trusted and not item.type.may("object")) or not reads_fields(decides):
        return None, ctx
    outcome = without_fields(decides)
    left_out = outcome is None if condition is None else outcome is not UNKNOWN and not is_true(outcome)
    if not left_out or (condition is None and keep_null):
        return None, ctx
    return f"type({item.code}) is dict", ctx.with_facts(frozenset({("dict", item.code)}))


def flattened(value: Value, ctx: Context) -> Value:
    """``left[]`` by itself, without the projection that usually goes over it."""
    if not value.type.may("array"):
        return NONE
    type_ = t.element(value.type)
    if type_.may("array"):
        type_ = t.join(t.element(type_), t.only(type_, *(t.KINDS - {"array"})))
    code = f"{ctx.code.use('flatten')}({value.code})"
    if value.trusted and value.type.always("array"):
        return Value(code, t.array(type_), trusted=True)
    guard = f"type({value.code}) is list"
    full = t.join(t.array(type_), t.NULL)
    return Value(f"{code} if {guard} else None", full, trusted=True, precedence=CONDITIONAL)
