"""The emitter: an expression as Python statements and one Python expression.

Rules for those who change it:

* A part that may not run (right of ``||`` and ``&&``, below a guard) is emitted into a scratch block. If that stays
  empty, the part is an expression and may stand in one; if not, it becomes a nested block.
* A value is written twice only when it is ``simple``.
* Belief (a type that nobody verified) may decide what a test looks like. It never decides whether code can raise.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager

from .. import types as t
from ..replacing import replace
from . import ast
from .calls import call
from .code import CodeBlock
from .conditions import Test, condition, ordering, truth
from .context import NONE, Context, Key, literal_value, member, read, simple
from .fold import UNKNOWN, without_fields
from .hoist import enter
from .projections import flattened, project
from .python import AND, ATOM, CONDITIONAL, OR, either, nesting, quote, wrap
from .signatures import may_raise
from .values import Scope, Value

__all__ = ["Emitter"]

# Brackets nested deeper than this go into a local: CPython's parser has a limit, and readers have a lower one.
_MAX_NESTING = 24


def _start(scope: Scope, code: CodeBlock) -> Context:
    known: dict[Key, Value] = {("@", tuple(path)): value for path, value in scope.known.items()}
    return Context(code, dict(scope.names), known, {})


@contextmanager
def _deep() -> Iterator[None]:
    """A level of the tree takes several of Python's frames; the parser bounds the levels, but not to so few."""
    limit = sys.getrecursionlimit()
    sys.setrecursionlimit(max(limit, 10_000))
    try:
        yield
    finally:
        sys.setrecursionlimit(limit)


class Emitter:
    def compile(self, expr: ast.Expr, scope: Scope, code: CodeBlock) -> Value:
        with _deep():
            return self.value(expr, self._enter(expr, _start(scope, code)))

    def compile_test(self, expr: ast.Expr, scope: Scope, code: CodeBlock) -> Test:
        with _deep():
            decided = without_fields(expr) is not UNKNOWN
            return self.test(expr, enter([expr], _start(scope, code), open_item=not decided))

    def on(self, item: Value, expr: ast.Expr, ctx: Context) -> Value:
        """The value of ``expr`` for another item, which must be in a name."""
        return self.value(expr, self._enter(expr, ctx.on(item)))

    @staticmethod
    def _enter(expr: ast.Expr, ctx: Context) -> Context:
        return enter([expr], ctx, open_item=not (is_boolean(expr) and without_fields(expr) is not UNKNOWN))

    def value(self, expr: ast.Expr, ctx: Context) -> Value:
        if ctx.code.crowded and ast.path_of(expr) is None and not isinstance(expr, ast.Literal):
            return self._outlined(expr, ctx)
        made = self._value(expr, ctx)
        if len(made.code) > 2 * _MAX_NESTING and nesting(made.code) > _MAX_NESTING:
            return simple(made, ctx, hint(expr))
        return made

    def test(self, expr: ast.Expr, ctx: Context) -> Test:
        made = condition(self, expr, ctx)
        if len(made.code) > 2 * _MAX_NESTING and nesting(made.code) > _MAX_NESTING:
            name = ctx.code.fresh("holds")
            ctx.code.line(f"{name} = bool({made.code})")
            return replace(made, code=name, precedence=ATOM, opposite=None)
        return made

    def _value(self, expr: ast.Expr, ctx: Context) -> Value:
        path = ast.path_of(expr)
        if path is not None:
            return read(path, ctx)
        if is_boolean(expr):
            return self._boolean(self.test(expr, ctx))
        match expr:
            case ast.Literal(_, value):
                return literal_value(value)
            case ast.Sub(_, left, right) | ast.Pipe(_, left, right):
                return self._sub(left, right, ctx)
            case ast.Index(_, left, index):
                return member(self.named(left, ctx), index, ctx)
            case ast.Slice(_, left, start, stop, step):
                return self._slice(self.named(left, ctx), slice_code(start, stop, step))
            case ast.Flatten(_, left):
                return flattened(self.named(left, ctx), ctx)
            case ast.Project():
                return project(self, expr, ctx)
            case ast.Compare(_, op, left, right):
                return ordering(self, op, left, right, ctx, as_condition=False)
            case ast.Or(_, left, right):
                return self._or(left, right, ctx)
            case ast.And(_, left, right):
                return self._and(left, right, ctx)
            case ast.MultiList(_, items):
                return self._unless_null(expr, items, ctx)
            case ast.Hash(_, pairs):
                return self._unless_null(expr, tuple(value for _, value, _ in pairs), ctx)
            case ast.Call():
                return call(self, expr, ctx)
        raise AssertionError(f"no code for {type(expr).__name__}")

    def _sub(self, left: ast.Expr, right: ast.Expr, ctx: Context) -> Value:
        value = self.value(left, ctx)
        if isinstance(right, ast.Field) and not value.type.may("object") and not may_raise(left):
            return NONE
        return self.on(simple(value, ctx, hint(left)), right, ctx)

    def _outlined(self, expr: ast.Expr, ctx: Context) -> Value:
        """The expression as a call of a function of its own, which sees the item and the variables."""
        names = {"@": simple(ctx.item, ctx, "item")}
        used = {node.name for node in ast.walk(expr) if isinstance(node, ast.Variable)} & set(ctx.names)
        names |= {name: ctx.names[name] for name in sorted(used)}
        block = CodeBlock(ctx.code.unit)
        parameters = {
            name: replace(given, code=block.fresh("item" if name == "@" else name), simple=True, precedence=ATOM)
            for name, given in names.items()
        }
        function = ctx.code.unit.fresh("_nested")
        with block.block(f"def {function}({', '.join(f'{p.code}: Any' for p in parameters.values())}) -> Any:"):
            value = self.value(expr, self._enter(expr, Context(block, parameters, {}, {})))
            block.line(f"return {value.code}")
        ctx.code.unit.function(block)
        passed = ", ".join(given.code for given in names.values())
        return replace(value, code=f"{function}({passed})", simple=False, precedence=ATOM, source=None)

    def named(self, expr: ast.Expr, ctx: Context) -> Value:
        return simple(self.value(expr, ctx), ctx, hint(expr))

    @staticmethod
    def _boolean(test: Test) -> Value:
        """A test as a value: it must be true or false and not merely as good as."""
        if test.constant is not None:
            return Value(test.code, t.literal(test.constant), simple=True, trusted=True)
        code, precedence = test.pair if test.exact else (f"bool({test.code})", ATOM)
        return Value(code, t.BOOLEAN, trusted=True, precedence=precedence)

    def _slice(self, base: Value, cut: str) -> Value:
        if not base.type.may("array"):
            return NONE
        code, type_ = f"{base.code}[{cut}]", t.only(base.type, "array")
        made = replace(base, code=code, type=type_, simple=False, source=None)
        if base.trusted and base.type.always("array"):
            return made
        guard = f"type({base.code}) is list"
        return replace(
            made, code=f"{code} if {guard} else None", type=t.join(type_, t.NULL), precedence=CONDITIONAL, trusted=True
        )

    def _or(self, left: ast.Expr, right: ast.Expr, ctx: Context) -> Value:
        first = self.value(left, ctx)
        number = first.type.may("number")
        if first.trusted and first.type.always("number"):
            return first
        if first.trusted and first.type.always("string") and isinstance(right, ast.Literal) and right.value == "":
            return first  # of texts the empty one alone is false
        if number:
            first = simple(first, ctx, hint(left))
        test = truth(first, ctx)
        if test.constant is not None:
            return first if test.constant else self.value(right, ctx)
        scratch = ctx.code.scratch(deeper=1)
        second = self.value(right, ctx.within(scratch, inline=True).with_facts(test.denies))
        kept = first.type
        if isinstance(left, ast.And):  # where that is true, it is what stands on the right
            kept = self.value(left.right, ctx.within(ctx.code.scratch(), inline=True)).type
        type_ = t.join(t.true_part(kept), second.type)
        if scratch:
            name = self._fallback(first, hint(left), test.negate().code if number else None, scratch, second, ctx)
            return _either(first, second, name, type_, ATOM, simple=True)
        if number:
            code = f"{first.code} if {wrap(test.pair, OR)} else {wrap(second, CONDITIONAL)}"
            return _either(first, second, code, type_, CONDITIONAL)
        return _either(first, second, either(first, second), type_, OR)

    def _and(self, left: ast.Expr, right: ast.Expr, ctx: Context) -> Value:
        first = self.value(left, ctx)
        number = first.type.may("number")
        if number:
            first = simple(first, ctx, hint(left))
        test = truth(first, ctx)
        if test.constant is not None:
            return self.value(right, ctx) if test.constant else first
        scratch = ctx.code.scratch(deeper=1)
        second = self.value(right, ctx.within(scratch, inline=True).with_facts(test.facts))
        type_ = t.join(t.false_part(first.type), second.type)
        if scratch:
            name = self._fallback(first, hint(left), test.code if number else "", scratch, second, ctx)
            return _either(first, second, name, type_, ATOM, simple=True)
        if number:
            code = f"{wrap(second, OR)} if {wrap(test.pair, OR)} else {first.code}"
            return _either(first, second, code, type_, CONDITIONAL)
        return _either(first, second, f"{wrap(first, AND)} and {wrap(second, AND)}", type_, AND)

    @staticmethod
    def _fallback(first: Value, name: str, test: str | None, scratch: CodeBlock, second: Value, ctx: Context) -> str:
        """``name = first``, and the other value under the test. None: if ``name`` is false; empty: if it is true."""
        name = ctx.code.fresh(name)
        ctx.code.line(f"{name}: Any = {first.code}")
        with ctx.code.block(f"if {test}:" if test else f"if not {name}:" if test is None else f"if {name}:"):
            ctx.code.include(scratch)
            ctx.code.line(f"{name} = {second.code}")
        return name

    def _unless_null(self, expr: ast.Expr, parts: tuple[ast.Expr, ...], ctx: Context) -> Value:
        """A multi-select: null for a null item."""
        item = ctx.item
        whole = ctx.known.get(("@", ()), item)
        if whole.code == "None":
            return NONE
        never_null = not whole.type.nullable or ("dict", whole.code) in ctx.facts or ("some", whole.code) in ctx.facts
        if never_null:
            return self._display(expr, parts, ctx)
        whole = simple(whole, ctx, "item")
        scratch = ctx.code.scratch(deeper=1)
        some = frozenset({("some", whole.code)})
        made = self._display(expr, parts, ctx.within(scratch, inline=True).with_facts(some))
        type_ = t.join(made.type, t.NULL)
        if not scratch:
            code = f"{made.code} if {whole.code} is not None else None"
            return replace(made, code=code, type=type_, precedence=CONDITIONAL)
        name = ctx.code.fresh("selected")
        kind = "dict[str, Any]" if isinstance(expr, ast.Hash) else "list[Any]"
        ctx.code.line(f"{name}: {kind} | None = None")
        with ctx.code.block(f"if {whole.code} is not None:"):
            ctx.code.include(scratch)
            ctx.code.line(f"{name} = {made.code}")
        return replace(made, code=name, type=type_, simple=True)

    def _display(self, expr: ast.Expr, parts: tuple[ast.Expr, ...], ctx: Context) -> Value:
        values = [self.value(part, ctx) for part in parts]
        codes = [value.code for value in values]
        sure = all(value.trusted for value in values)
        deep = all(value.deep for value in values)
        if isinstance(expr, ast.Hash):
            keys = [key for key, _, _ in expr.pairs]
            code = "{" + ", ".join(f"{quote(k)}: {c}" for k, c in zip(keys, codes, strict=True)) + "}"
            type_ = t.obj({key: value.type for key, value in zip(keys, values, strict=True)})
        else:
            code = "[" + ", ".join(codes) + "]"
            type_ = t.array(t.join(*(value.type for value in values)))
        return Value(code, type_, trusted=True, elements_trusted=sure, deep=deep)


def is_boolean(expr: ast.Expr) -> bool:
    """The value is true or false whatever the item is, so that it is the condition itself."""
    match expr:
        case ast.Not() | ast.Compare(_, "==" | "!="):
            return True
        case ast.And(_, left, right) | ast.Or(_, left, right):
            return is_boolean(left) and is_boolean(right)
    return False


def _either(first: Value, second: Value, code: str, type_: t.Type, precedence: int, *, simple: bool = False) -> Value:
    """The code of a value that is one of two: what can be trusted of it is what can be of both."""
    return Value(
        code,
        type_,
        simple=simple,
        trusted=first.trusted and second.trusted,
        deep=first.deep and second.deep,
        elements_trusted=first.elements_trusted and second.elements_trusted,
        complete=first.complete and second.complete,
        precedence=precedence,
    )


def slice_code(start: int | None, stop: int | None, step: int | None) -> str:
    code = f"{'' if start is None else start}:{'' if stop is None else stop}"
    return code if step is None else f"{code}:{step}"


_SAME = frozenset(
    {"to_array", "sort", "sort_by", "reverse", "compact", "trim", "trim_end", "max_by", "min_by", "not_null"}
)


def hint(expr: ast.Expr) -> str:
    """A name for the value of an expression."""
    from .code import plural, singular

    match expr:
        case ast.Field(_, name):
            return name
        case ast.Variable(_, name):
            return name
        case ast.Sub(_, _, right) | ast.Pipe(_, _, right):
            return hint(right)
        case ast.Project(_, left, right):
            inner = hint(left) if isinstance(right, ast.Current) else plural(hint(right))
            return inner if inner != "value" else plural(hint(left))
        case ast.Index(_, left):
            return singular(hint(left))
        case ast.Slice(_, left) | ast.Flatten(_, left) | ast.Values(_, left):
            return hint(left)
        case ast.Or(_, left, _) | ast.And(_, _, left):
            return hint(left)
        case ast.Call(_, name, args) if args and name in _SAME:
            return hint(args[0])
        case ast.Call(_, name):
            return {"length": "count", "to_string": "text", "join": "joined", "type": "kind"}.get(name, name)
        case ast.Hash():
            return "selected"
        case ast.MultiList(_, items):
            return plural(hint(items[0])) if len(items) == 1 else "listed"
        case ast.Not() | ast.Compare():
            return "holds"
    return "value"
