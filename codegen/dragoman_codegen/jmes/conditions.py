"""Conditions: JMESPath's truth of an expression as a Python condition."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from .. import types as t
from ..replacing import replace
from . import ast
from .context import Context, Fact, is_object, simple
from .fold import UNKNOWN, is_true, without_fields
from .hoist import reads_item
from .python import AND, ATOM, COMPARE, CONDITIONAL, NOT, OR, WALRUS, either, literal_code, wrap
from .signatures import may_raise
from .values import Value

if TYPE_CHECKING:
    from .emit import Emitter

__all__ = ["Test", "condition", "equality", "ordering", "truth"]

_PYTHON_TYPES = {"boolean": "bool", "string": "str", "array": "list", "object": "dict"}
_ORDER = {"<": "less", "<=": "less_equal", ">": "greater", ">=": "greater_equal"}


@dataclass(frozen=True, slots=True)
class Test:
    """A Python condition: its code, the code of its opposite if that reads well, and what it proves when it holds."""

    code: str
    precedence: int = ATOM
    opposite: tuple[str, int] | None = None
    facts: frozenset[Fact] = frozenset()
    denies: frozenset[Fact] = frozenset()  # what is proved when it does not hold
    constant: bool | None = None
    exact: bool = False  # the code gives True or False, not merely something as good as that
    loose: bool = False  # the opposite does not

    def negate(self) -> Test:
        code, precedence = self.opposite or (f"not {wrap((self.code, self.precedence), NOT)}", NOT)
        constant = None if self.constant is None else not self.constant
        back = self.pair if self.exact else None  # of "not x", the opposite is bool(x) and not x
        return Test(code, precedence, back, self.denies, self.facts, constant, exact=not self.loose)

    @property
    def pair(self) -> tuple[str, int]:
        return self.code, self.precedence


def _constant(holds: bool) -> Test:
    return Test(str(holds), opposite=(str(not holds), ATOM), constant=holds, exact=True)


def _either(yes: str, no: str, facts: frozenset[Fact] = frozenset(), denies: frozenset[Fact] = frozenset()) -> Test:
    return Test(yes, COMPARE, (no, COMPARE), facts, denies, exact=True)


def _proves(value: Value) -> frozenset[Fact]:
    """The value is not null: then the member is there, of an object."""
    facts: set[Fact] = set()
    if value.simple:
        facts.add(("some", value.code))
    if value.source is not None:
        facts |= {("has", *value.source), ("dict", value.source[0])}
    return frozenset(facts)


def condition(emitter: Emitter, expr: ast.Expr, ctx: Context) -> Test:
    """Whether the expression is true, in JMESPath's sense."""
    guarded = _guarded(emitter, expr, ctx)
    if guarded is not None:
        return guarded
    match expr:
        case ast.Not(_, operand):
            return condition(emitter, operand, ctx).negate()
        case ast.And(_, left, right) | ast.Or(_, left, right):
            return _both(emitter, left, right, isinstance(expr, ast.And), ctx)
        case ast.Compare(_, "==" | "!=" as op, left, right):
            test = equality(emitter, left, right, ctx)
            return test if op == "==" else test.negate()
        case ast.Compare(_, op, left, right):
            value = ordering(emitter, op, left, right, ctx, as_condition=True)
            return Test(value.code, value.precedence, exact=value.type == t.BOOLEAN)
        case ast.Literal(_, value):
            return _constant(is_true(value))
    return truth(emitter.value(expr, ctx), ctx)


def _guarded(emitter: Emitter, expr: ast.Expr, ctx: Context) -> Test | None:
    """One guard before the whole condition, when that is decided for an item that is no object."""
    item = ctx.item
    if not item.simple or is_object(item, ctx) or ("@", ()) in ctx.members or not reads_item(expr, ctx):
        return None
    if item.trusted and not item.type.may("object"):
        return None
    outcome = without_fields(expr)
    if outcome is UNKNOWN:
        return None
    name = item.code
    fact: frozenset[Fact] = frozenset({("dict", name)})
    scratch, back = ctx.code.scratch(), ctx.code.checkpoint()
    test = condition(emitter, expr, ctx.within(scratch, inline=True).with_facts(fact))
    if scratch:
        back()  # statements would stand before the guard that they rely on
        return None
    optional = item.trusted and item.type.kinds == {"object", "null"}
    yes, no = (
        (f"{name} is not None", f"{name} is None")
        if optional
        else (f"type({name}) is dict", f"type({name}) is not dict")
    )
    if is_true(outcome):
        return Test(f"{no} or {either(test.pair)}", OR, denies=fact | test.denies, exact=test.exact)
    if test.constant is True:
        return _either(yes, no, fact)
    return Test(f"{yes} and {wrap(test.pair, AND)}", AND, facts=fact | test.facts, exact=test.exact)


def truth(value: Value, ctx: Context) -> Test:
    """The truth of a value that there is code for."""
    kinds = value.type.kinds
    if value.code in {"None", "True", "False"}:
        return _constant(value.code == "True")
    if value.trusted and value.simple and kinds == {"number"}:
        return _constant(True)
    facts = _proves(value)
    if value.simple and ("text", value.code) in ctx.facts:
        return Test(value.code, value.precedence, facts=facts)
    rest = kinds - {"number", "null"}
    if "number" not in kinds:
        return Test(value.code, value.precedence, facts=facts, exact=value.trusted and value.type.always("boolean"))
    if not rest:
        operand = wrap(value, COMPARE)
        return _either(f"{operand} is not None", f"{operand} is None", facts)
    first = value.code
    if not value.simple:
        if ctx.inline:
            name = ctx.code.fresh(_hint(value))
            first = f"({name} := {value.code})"
            value = replace(value, code=name, simple=True, precedence=ATOM)
        else:
            value = simple(value, ctx, _hint(value))
            first = value.code
        facts |= _proves(value)
    zero = f"{value.code} == 0"
    if "boolean" in rest:
        zero = f"({zero} and {value.code} is not False)"
    return Test(f"{first} or {zero}", OR, facts=facts)


def _hint(value: Value) -> str:
    return value.source[1] if value.source else "value"


def _exactly(test: Test) -> str:
    """The test as true or false, and nothing else."""
    return test.code if test.exact else f"bool({test.code})"


def _both(emitter: Emitter, left: ast.Expr, right: ast.Expr, conjunction: bool, ctx: Context) -> Test:
    first = condition(emitter, left, ctx)
    if first.constant is not None:
        return condition(emitter, right, ctx) if first.constant == conjunction else first
    scratch = ctx.code.scratch(deeper=1)
    known = first.facts if conjunction else first.denies
    second = condition(emitter, right, ctx.within(scratch, inline=True).with_facts(known))
    if scratch:
        name = ctx.code.fresh("holds")
        ctx.code.line(f"{name} = {_exactly(first)}")
        with ctx.code.block(f"if {name}:" if conjunction else f"if not {name}:"):
            ctx.code.include(scratch)
            ctx.code.line(f"{name} = {_exactly(second)}")
        return Test(name, facts=first.facts if conjunction else frozenset(), exact=True)
    if conjunction:
        if second.constant is not None and (second.constant or not may_raise(left)):
            return first if second.constant else second
        code = f"{wrap(first.pair, AND)} and {wrap(second.pair, AND)}"
        facts, denies = first.facts | second.facts, first.denies & second.denies
        return Test(code, AND, facts=facts, denies=denies, exact=first.exact and second.exact)
    if second.constant is not None and not (second.constant and may_raise(left)):
        return second if second.constant else first
    code = either(first.pair, second.pair)
    facts, denies = first.facts & second.facts, first.denies | second.denies
    return Test(code, OR, facts=facts, denies=denies, exact=first.exact and second.exact)


def equality(emitter: Emitter, left: ast.Expr, right: ast.Expr, ctx: Context) -> Test:
    if isinstance(left, ast.Literal) and not isinstance(right, ast.Literal):
        left, right = right, left
    if isinstance(right, ast.Literal):
        if isinstance(left, ast.Literal):
            same = left.value == right.value and isinstance(left.value, bool) == isinstance(right.value, bool)
            return _constant(same)
        if isinstance(left, ast.Call) and left.name == "type":
            return _of_type(emitter.value(left.args[0], ctx), right.value, ctx)
        return _is_literal(emitter.value(left, ctx), right.value, ctx)
    a, b = emitter.value(left, ctx), emitter.value(right, ctx)
    if a.code == "None" or b.code == "None":
        return _is_literal(b if a.code == "None" else a, None, ctx)
    confused = (a.type.may("boolean") and b.type.may("number")) or (a.type.may("number") and b.type.may("boolean"))
    if confused:
        code = f"{ctx.code.use('equal')}({wrap(a, WALRUS)}, {wrap(b, WALRUS)})"
        return Test(code, exact=True)
    x, y = wrap(a, COMPARE + 1), wrap(b, COMPARE + 1)
    return _either(f"{x} == {y}", f"{x} != {y}")


def _is_literal(value: Value, wanted: Any, ctx: Context) -> Test:
    facts = _proves(value)
    text = literal_code(wanted)
    if wanted is None:
        code = wrap(value, COMPARE + 1)
        if value.code == "None":
            return _constant(True)
        return _either(f"{code} is None", f"{code} is not None", denies=facts)
    if value.code == "None":
        return _constant(False)
    guarded = _apart(value)
    if guarded is not None and not (isinstance(wanted, int | float) and value.type.may("boolean")):
        guard, opposite, code = guarded
        return Test(f"{guard} and {code} == {text}", AND, (f"{opposite} or {code} != {text}", OR), facts, exact=True)
    if isinstance(wanted, bool):
        code = wrap(value, COMPARE + 1)
        return _either(f"{code} is {text}", f"{code} is not {text}", facts)
    if isinstance(wanted, int | float) and wanted in {0, 1} and value.type.may("boolean"):
        value = simple(value, ctx, _hint(value))
        word = bool(wanted)
        yes = f"{value.code} == {text} and {value.code} is not {word}"
        no = f"{value.code} != {text} or {value.code} is {word}"
        return Test(yes, AND, (no, OR), facts | _proves(value), exact=True)
    if wanted == "" and value.trusted and value.type.always("string"):
        return Test(f"not {wrap(value, NOT)}", NOT, (value.code, value.precedence), facts, exact=True, loose=True)
    code = wrap(value, COMPARE + 1)
    return _either(f"{code} == {text}", f"{code} != {text}", facts)


def _apart(value: Value) -> tuple[str, str, str] | None:
    """A member that is only read where its container is an object: the guard, its opposite, and the reading."""
    if value.source is None or value.precedence != CONDITIONAL:
        return None
    read, _, guard = value.code.removesuffix(" else None").rpartition(" if ")
    if guard == value.source[0]:
        return f"{guard} is not None", f"{guard} is None", read
    return guard, guard.replace(" is ", " is not ", 1), read


def _of_type(value: Value, name: object, ctx: Context) -> Test:
    """``type(x) == 'string'`` and its like."""
    if name not in t.KINDS:
        return _constant(False)
    facts = _proves(value) if name != "null" else frozenset()
    if name == "null":
        code = wrap(value, COMPARE + 1)
        return _either(f"{code} is None", f"{code} is not None", denies=_proves(value))
    if name == "number":
        ctx.code.use("NUMBERS")
        return _either(f"type({value.code}) in NUMBERS", f"type({value.code}) not in NUMBERS", facts)
    python = _PYTHON_TYPES[str(name)]
    if name == "object" and value.simple:
        facts |= {("dict", value.code)}
    if name == "string" and value.simple:
        facts |= {("text", value.code)}
    if name == "string" and value.source is not None:
        facts |= {("text", *value.source)}
    return _either(f"type({value.code}) is {python}", f"type({value.code}) is not {python}", facts)


def ordering(emitter: Emitter, op: str, left: ast.Expr, right: ast.Expr, ctx: Context, *, as_condition: bool) -> Value:
    """``<`` and its like: null unless both sides are numbers, or both strings."""
    a, b = emitter.value(left, ctx), emitter.value(right, ctx)
    sure_a, sure_b = (v.type.kinds if v.trusted else frozenset() for v in (a, b))
    for kind, guard in (("number", "type({0}) is int or type({0}) is float"), ("string", "type({0}) is str")):
        if {kind} not in (sure_a, sure_b):
            continue
        unsure = None if sure_a == sure_b else a if sure_b == {kind} else b
        if unsure is not None:
            if unsure.trusted and not unsure.type.may(kind):
                if may_raise(left) or may_raise(right):
                    break
                return Value("None", t.NULL, simple=True, trusted=True)
            # Both sides come before the guard: the other one may raise, which the guard must not prevent.
            other = a if unsure is b else b
            sure = simple(other, ctx, "limit") if may_raise(left) or may_raise(right) else other
            made = simple(unsure, ctx, _hint(unsure))
            a, b = (made, sure) if unsure is a else (sure, made)
        code = f"{wrap(a, COMPARE + 1)} {op} {wrap(b, COMPARE + 1)}"
        if unsure is None:
            return Value(code, t.BOOLEAN, trusted=True, precedence=COMPARE)
        optional = unsure.trusted and unsure.type.kinds == {kind, "null"}
        test = f"{made.code} is not None" if optional else guard.format(made.code)
        if as_condition:
            test = f"({test})" if " or " in test else test
            return Value(f"{test} and {code}", t.BOOLEAN, trusted=True, precedence=AND)
        return Value(f"{code} if {test} else None", t.of_kinds("boolean", "null"), trusted=True, precedence=1)
    helper = ctx.code.use(_ORDER[op])
    return Value(f"{helper}({wrap(a, WALRUS)}, {wrap(b, WALRUS)})", t.of_kinds("boolean", "null"), trusted=True)
