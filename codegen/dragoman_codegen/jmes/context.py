"""What the emitter knows at a place in the code, and reading of paths under that knowledge."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from .. import types as t
from ..replacing import replace
from .ast import Path
from .code import CodeBlock
from .python import ATOM, CONDITIONAL, literal_code, quote
from .report import ExpressionError, Finding
from .values import Value

__all__ = ["NONE", "Context", "Fact", "Key", "is_object", "literal_value", "member", "read", "simple"]

Key = tuple[str, tuple[str | int, ...]]  # a root and the keys below it

# ("dict", name): the local is an object. ("text", name): it is a string. ("some", name): it is not null.
# ("has", name, key): it has the member, and that is not null. ("text", name, key): the member is a string.
Fact = tuple[str, ...]

NONE = Value("None", t.NULL, simple=True, trusted=True)


@dataclass(frozen=True, slots=True)
class Context:
    """``known``: paths that are in locals. ``members``: names through which members of a path are read unguarded."""

    code: CodeBlock
    names: Mapping[str, Value]
    known: Mapping[Key, Value]
    members: Mapping[Key, Value]
    facts: frozenset[Fact] = frozenset()
    inline: bool = False  # statements are costly here (a comprehension is hoped for): prefer ``:=`` in tests

    @property
    def item(self) -> Value:
        return self.names["@"]

    def with_facts(self, facts: frozenset[Fact]) -> Context:
        return replace(self, facts=self.facts | facts) if facts - self.facts else self

    def within(self, code: CodeBlock, *, inline: bool | None = None) -> Context:
        return replace(self, code=code, inline=self.inline if inline is None else inline)

    def on(self, item: Value) -> Context:
        """The same place with another item: nothing is known of its paths yet."""
        return replace(
            self,
            names={**self.names, "@": item},
            known={k: v for k, v in self.known.items() if k[0] != "@"},
            members={k: v for k, v in self.members.items() if k[0] != "@"},
        )


def literal_value(value: object) -> Value:
    scalar = not isinstance(value, list | dict)
    return Value(literal_code(value), t.literal(value), simple=scalar, trusted=True, elements_trusted=True, deep=True)


def simple(value: Value, ctx: Context, hint: str) -> Value:
    """The value in a name, so that it can be written twice."""
    if value.simple:
        return value
    name = ctx.code.fresh(hint)
    ctx.code.line(f"{name} = {value.code}")
    return replace(value, code=name, simple=True, precedence=ATOM, source=None)


def is_object(value: Value, ctx: Context) -> bool:
    """It is an object for certain."""
    return (value.trusted and value.type.always("object")) or ("dict", value.code) in ctx.facts


def read(path: Path, ctx: Context) -> Value:
    """The value of a path, from the nearest place that is in a local already."""
    keys = path.keys
    if path.root not in ctx.names:
        raise ExpressionError(Finding("DG306", f"there is no variable {path.root} here", 0))
    start, value = 0, ctx.names[path.root]
    for n in range(len(keys), 0, -1):
        key = (path.root, keys[:n])
        # What an item holds that is opened for its fields says nothing of its elements.
        fields = ctx.members.get(key) if n < len(keys) and isinstance(keys[n], str) else None
        found = fields or ctx.known.get(key)
        if found is not None:
            start, value = n, found
            break
    else:
        if keys and isinstance(keys[0], str):
            value = ctx.members.get((path.root, ()), value)
    for i in range(start, len(keys)):
        hint = _hint(keys[:i]) or path.root
        if not value.type.may("object" if isinstance(keys[i], str) else "array"):
            return NONE
        value = member(simple(value, ctx, hint), keys[i], ctx)
    if value.simple and ("some", value.code) in ctx.facts:
        value = value.with_type(t.without_null(value.type))
    return value


def _hint(keys: tuple[str | int, ...]) -> str:
    """A name for what a path leads to: its last field; for an element, the word for one of them."""
    from .code import singular

    if not keys:
        return ""
    last = keys[-1]
    return last if isinstance(last, str) else singular(_hint(keys[:-1]) or "item")


def member(container: Value, key: str | int, ctx: Context) -> Value:
    """One member of a value that is in a name, guarded as far as the value is not trusted."""
    if isinstance(key, int):
        return _element(container, key, ctx)
    type_ = t.field(container.type, key)
    if type_ == t.NULL or not container.type.may("object"):
        return NONE  # by belief at least: null is what JMESPath says of members that are not there
    code, source = f"{container.code}.get({quote(key)})", (container.code, key)
    made = container.trusted and not container.implied
    made = made and all(key in o.props and o.props[key].sure for o in container.type.objects)
    deep = {"trusted": container.deep or made, "deep": container.deep, "elements_trusted": container.deep}
    if ("text", *source) in ctx.facts:
        return Value(f"{container.code}[{quote(key)}]", t.STRING, trusted=True, source=source, deep=True)
    if ("has", *source) in ctx.facts:
        return Value(f"{container.code}[{quote(key)}]", t.without_null(type_), source=source, **deep)
    sure = container.trusted and container.complete and _required(container.type, key)
    if sure:
        code = f"{container.code}[{quote(key)}]"
    if is_object(container, ctx) and container.implied:
        inside = t.field(container.type, key)
        found = inside if sure else t.join(inside, t.NULL)
        return Value(f"{code} if {container.code} else None", found, precedence=CONDITIONAL, source=source, **deep)
    if is_object(container, ctx):
        inside = t.field(t.only(container.type, "object"), key)
        return Value(code, inside if sure else t.join(inside, t.NULL), source=source, **deep)
    nullable = container.type.kinds == {"object", "null"} and container.trusted
    guard = container.code if nullable else f"type({container.code}) is dict"
    return Value(f"{code} if {guard} else None", t.join(type_, t.NULL), precedence=CONDITIONAL, source=source, **deep)


def _required(type_: t.Type, key: str) -> bool:
    return bool(type_.objects) and all(key in o.props and o.props[key].required for o in type_.objects)


def _element(container: Value, index: int, ctx: Context) -> Value:
    if not container.type.may("array"):
        return NONE
    name = container.code
    trusted = container.elements_trusted or container.deep
    enough = f"len({name}) > {index}" if index >= 0 else f"len({name}) >= {-index}"
    if index in {0, -1}:
        enough = name  # an empty list is false
    if not (container.trusted and container.type.always("array", "null")):
        guard = f"type({name}) is list and {enough}"
    elif container.type.nullable and enough != name:
        guard = f"{name} and {enough}"
    else:
        guard = enough
    type_ = t.join(t.element(container.type), t.NULL)
    deep = container.deep
    code = f"{name}[{index}] if {guard} else None"
    return Value(code, type_, trusted=trusted, deep=deep, elements_trusted=deep, precedence=CONDITIONAL)
