"""The rule tree: what the YAML of a provider says, as dataclasses.

Everything is made from this form: the Python, the accounting of fields, the losses, the docs. The nodes hold no
behaviour. Each has the span it was written at; expressions are parsed, names are not yet looked up.
The meaning of each operator is written down in specs/language/README.md and nowhere else.
"""

from __future__ import annotations

import functools
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, fields, replace

from dragoman_codegen.diagnostics import Span
from dragoman_codegen.jmes import Expr, Read, ast, reads
from dragoman_codegen.jmes.ast import path_of
from dragoman_codegen.source import Node

__all__ = [
    "SCHEMA_FORMS",
    "Account",
    "Clamp",
    "Concat",
    "Disposition",
    "Drop",
    "Each",
    "Expression",
    "Field",
    "First",
    "Gather",
    "Get",
    "Index",
    "ListOf",
    "Literal",
    "Lookup",
    "Lower",
    "Make",
    "Match",
    "Merge",
    "Modifiers",
    "Note",
    "Order",
    "Reject",
    "Rule",
    "Same",
    "Use",
    "children",
    "unbound",
    "unguarded",
    "walk",
]


@dataclass(frozen=True)
class Expression:
    """A JMESPath expression and where it stands."""

    text: str
    tree: Expr
    span: Span
    node: Node = field(compare=False, repr=False)

    @functools.cached_property
    def reads(self) -> list[Read]:
        """What it reads, as it is written."""
        return reads(self.tree)

    @functools.cached_property
    def kept_of(self) -> tuple[Expression, Expression] | None:
        """Where it is elements of a list that a filter keeps: the list, which is a path, and the filter."""
        tree = self.tree
        if not isinstance(tree, ast.Project) or tree.condition is None or not isinstance(tree.right, ast.Current):
            return None
        return (
            None if path_of(tree.left) is None else (replace(self, tree=tree.left), replace(self, tree=tree.condition))
        )

    @functools.cached_property
    def named(self) -> bool:
        """Does it see anything else than the item?"""
        return any(isinstance(part, ast.Variable) for part in ast.walk(self.tree))


@dataclass(frozen=True)
class Note:
    """Why a change is no mere spelling. `action` is None where it follows from the operator."""

    action: str | None
    severity: str
    reason: str
    span: Span
    when: Expression | None = None
    of: Expression | None = None


@dataclass(frozen=True)
class Disposition:
    """What becomes of a source field that no rule reads. kind: ignore, drop, reject; `key`: how it is written."""

    kind: str
    path: tuple[str, ...]
    reason: str
    span: Span
    severity: str = ""
    when: Expression | None = None
    unless: tuple[object, ...] = ()
    key: str = ""

    @property
    def plain(self) -> bool:
        """A loss wherever the field is there."""
        return self.kind == "drop" and self.when is None and not self.unless


@dataclass(frozen=True)
class Account:
    """The fields of a scope that are ignored, dropped or rejected."""

    entries: tuple[Disposition, ...] = ()


@dataclass(frozen=True)
class Clamp:
    low: Rule | None
    high: Rule | None


@dataclass(frozen=True)
class Modifiers:
    when: Expression | None = None
    otherwise: Rule | None = None
    let: tuple[tuple[str, Rule], ...] = ()
    default: Rule | None = None
    clamp: Clamp | None = None
    require: str | None = None
    kind: str | None = None
    keep_null: bool = False
    keep_empty: bool = False
    notes: tuple[Note, ...] = ()
    account: Account | None = None


@dataclass(frozen=True)
class Rule:
    span: Span
    mods: Modifiers = field(default_factory=Modifiers, kw_only=True)


@dataclass(frozen=True)
class Literal(Rule):
    value: object


@dataclass(frozen=True)
class Get(Rule):
    expr: Expression


@dataclass(frozen=True)
class ListOf(Rule):
    items: tuple[Rule, ...]


@dataclass(frozen=True)
class Field:
    name: str
    rule: Rule
    span: Span


@dataclass(frozen=True)
class Make(Rule):
    fields: tuple[Field, ...]


@dataclass(frozen=True)
class Each(Rule):
    source: Expression
    body: Rule
    where: Expression | None = None
    excluded: Rule | None = None
    number: str | None = None
    flat: bool = False


@dataclass(frozen=True)
class Gather(Rule):
    source: Expression
    body: Rule
    name: str | None = None
    number: str | None = None


@dataclass(frozen=True)
class Concat(Rule):
    items: tuple[Rule, ...]


@dataclass(frozen=True)
class Merge(Rule):
    source: Rule
    by: tuple[str, ...]
    concat: tuple[str, ...]
    everywhere: bool = False


@dataclass(frozen=True)
class Order(Rule):
    order: Expression
    lists: tuple[tuple[str, Rule], ...]


@dataclass(frozen=True)
class Index(Rule):
    source: Expression
    by: Expression
    value: Expression


@dataclass(frozen=True)
class Use(Rule):
    name: str
    of: Expression | None = None
    named: Span | None = field(default=None, compare=False)
    """Where the name stands."""


@dataclass(frozen=True)
class Lookup(Rule):
    table: str
    of: Expression
    named: Span | None = field(default=None, compare=False)


SCHEMA_FORMS = ("fill", "spell", "inline", "nulls", "texts", "declared")  # of a dialect of JSON Schema: may be left out


@dataclass(frozen=True)
class Lower(Rule):
    source: Expression
    dialect: str
    named: Span | None = field(default=None, compare=False)


@dataclass(frozen=True)
class Same(Rule):
    source: Expression
    fields: tuple[tuple[tuple[str, ...], Rule], ...] = ()


@dataclass(frozen=True)
class Match(Rule):
    on: Expression
    cases: tuple[tuple[tuple[str, ...], Rule], ...]
    absent: Rule | None = None
    otherwise: Rule | None = None


@dataclass(frozen=True)
class First(Rule):
    arms: tuple[Rule, ...]


@dataclass(frozen=True)
class Drop(Rule):
    severity: str
    reason: str
    of: Expression | None = None


@dataclass(frozen=True)
class Reject(Rule):
    message: str
    of: Expression | None = None


def children(node: object) -> Iterator[object]:
    """The direct parts of a node: rules, expressions, notes, dispositions."""
    if isinstance(node, (list, tuple)):
        yield from node
        return
    kind = type(node)
    names = _PARTS.get(kind)
    if names is None:
        names = _PARTS[kind] = tuple(f.name for f in fields(node)) if isinstance(node, _HOLDERS) else ()
    for name in names:
        value = getattr(node, name)
        if isinstance(value, _NODES):
            yield value


_PARTS: dict[type, tuple[str, ...]] = {}
"""The names of the fields of the kinds of nodes."""
_HOLDERS = (Rule, Modifiers, Clamp, Account, Note, Disposition, Field)
_NODES = (*_HOLDERS, Expression, tuple)


def walk(node: object) -> Sequence[object]:
    """The node and all its parts, depth first, in the order they are written."""
    known: list[object] | None = getattr(node, "_every", None)
    if known is not None:
        return known
    every: list[object] = []
    waiting = [node]
    while waiting:
        found = waiting.pop()
        known = getattr(found, "_every", None)
        if known is not None:
            every += known
            continue
        every.append(found)
        waiting += reversed(list(children(found)))
    if isinstance(node, Rule):
        object.__setattr__(node, "_every", every)
    return every


def unguarded(rule: Rule) -> Rule:
    """The rule without its condition. The same one each time, as what is worked out of a rule is kept by identity."""
    if rule.mods.when is None and rule.mods.otherwise is None:
        return rule
    return _less(rule, "_unguarded", "when", "otherwise")


def unbound(rule: Rule) -> Rule:
    """The rule without its `$let`."""
    return _less(rule, "_unbound", "let") if rule.mods.let else rule


def _less(rule: Rule, name: str, *gone: str) -> Rule:
    known: Rule | None = getattr(rule, name, None)
    if known is None:
        none = Modifiers()
        known = replace(rule, mods=replace(rule.mods, **{field: getattr(none, field) for field in gone}))
        object.__setattr__(rule, name, known)
    return known
