"""The syntax tree of an expression. Every node knows the offset of the character it was written at."""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import Any

__all__ = [
    "And",
    "Call",
    "Compare",
    "Current",
    "Expr",
    "ExprRef",
    "Field",
    "Flatten",
    "Hash",
    "Index",
    "Literal",
    "MultiList",
    "Not",
    "Or",
    "Path",
    "Pipe",
    "Project",
    "Slice",
    "Sub",
    "Values",
    "Variable",
    "alike",
    "children",
    "conjuncts",
    "named",
    "path_of",
    "walk",
]


class _Known:
    """What was worked out of a node, which never changes."""

    __slots__ = ("_every", "_path", "_paths")
    _every: tuple[Expr, ...]
    _path: Path | None
    _paths: tuple[list[Path], list[Path]]


@dataclass(frozen=True, slots=True)
class Expr(_Known):
    offset: int


@dataclass(frozen=True, slots=True)
class Current(Expr):
    """``@``, and what stands for it where nothing is written."""


@dataclass(frozen=True, slots=True)
class Variable(Expr):
    """``$name``; ``name`` holds the dollar sign."""

    name: str


@dataclass(frozen=True, slots=True)
class Field(Expr):
    name: str


@dataclass(frozen=True, slots=True)
class Literal(Expr):
    value: Any
    length: int = 1


@dataclass(frozen=True, slots=True)
class Sub(Expr):
    """``left.right``: the right side sees the value of the left one."""

    left: Expr
    right: Expr


@dataclass(frozen=True, slots=True)
class Pipe(Expr):
    """``left | right``: means the same as Sub, but ends a projection."""

    left: Expr
    right: Expr


@dataclass(frozen=True, slots=True)
class Index(Expr):
    left: Expr
    index: int


@dataclass(frozen=True, slots=True)
class Slice(Expr):
    left: Expr
    start: int | None
    stop: int | None
    step: int | None


@dataclass(frozen=True, slots=True)
class Flatten(Expr):
    left: Expr


@dataclass(frozen=True, slots=True)
class Values(Expr):
    """The members' values of an object, as the left side of a projection (``left.*``)."""

    left: Expr


@dataclass(frozen=True, slots=True)
class Project(Expr):
    """``right`` for each element of ``left`` that meets ``condition``, without the nulls."""

    left: Expr
    right: Expr
    condition: Expr | None = None


@dataclass(frozen=True, slots=True)
class Compare(Expr):
    op: str  # == != < <= > >=
    left: Expr
    right: Expr


@dataclass(frozen=True, slots=True)
class And(Expr):
    left: Expr
    right: Expr


@dataclass(frozen=True, slots=True)
class Or(Expr):
    left: Expr
    right: Expr


@dataclass(frozen=True, slots=True)
class Not(Expr):
    operand: Expr


@dataclass(frozen=True, slots=True)
class MultiList(Expr):
    items: tuple[Expr, ...]


@dataclass(frozen=True, slots=True)
class Hash(Expr):
    """``{key: expr, ...}``; each pair with the offset of its key."""

    pairs: tuple[tuple[str, Expr, int], ...]


@dataclass(frozen=True, slots=True)
class Call(Expr):
    name: str
    args: tuple[Expr, ...]


@dataclass(frozen=True, slots=True)
class ExprRef(Expr):
    """``&expr``, only as an argument of a function that takes one."""

    expr: Expr


def children(expr: Expr) -> tuple[Expr, ...]:
    """The direct parts of a node, left to right."""
    match expr:
        case Sub(_, left, right) | Pipe(_, left, right) | Compare(_, _, left, right):
            return left, right
        case And(_, left, right) | Or(_, left, right):
            return left, right
        case Index(_, left) | Slice(_, left) | Flatten(_, left) | Values(_, left):
            return (left,)
        case Project(_, left, right, condition):
            return (left, right) if condition is None else (left, condition, right)
        case Not(_, operand) | ExprRef(_, operand):
            return (operand,)
        case MultiList(_, items) | Call(_, _, items):
            return items
        case Hash(_, pairs):
            return tuple(value for _, value, _ in pairs)
    return ()


def walk(expr: Expr) -> tuple[Expr, ...]:
    """The node and everything below it."""
    try:
        return expr._every
    except AttributeError:
        found = (expr, *(part for child in children(expr) for part in walk(child)))
        object.__setattr__(expr, "_every", found)
        return found


@dataclass(frozen=True, slots=True)
class Path:
    """A chain of fields and indices from a root (``@`` or ``$name``): what ``a.b[0]`` and ``$x.y`` are."""

    root: str
    keys: tuple[str | int, ...]
    offsets: tuple[int, ...]

    def __add__(self, other: Path) -> Path:
        return Path(self.root, self.keys + other.keys, self.offsets + other.offsets)


def alike(one: object, other: object) -> bool:
    """Do two expressions say the same, wherever they were written?"""
    if isinstance(one, Expr) and isinstance(other, Expr):
        names = [field.name for field in fields(one) if field.name != "offset"]
        return type(one) is type(other) and all(alike(getattr(one, n), getattr(other, n)) for n in names)
    if isinstance(one, tuple) and isinstance(other, tuple):
        return len(one) == len(other) and all(map(alike, one, other))
    return type(one) is type(other) and one == other


def conjuncts(expr: Expr) -> list[Expr]:
    """All that must be true for this to be true."""
    return [*conjuncts(expr.left), *conjuncts(expr.right)] if isinstance(expr, And) else [expr]


def path_of(expr: Expr) -> Path | None:
    """The path that an expression is, or None when it is anything else."""
    try:
        return expr._path
    except AttributeError:
        found = _path_of(expr)
        object.__setattr__(expr, "_path", found)
        return found


def _path_of(expr: Expr) -> Path | None:
    match expr:
        case Current():
            return Path("@", (), ())
        case Variable(_, name):
            return Path(name, (), ())
        case Field(offset, name):
            return Path("@", (name,), (offset,))
        case Index(offset, left, index):
            base = path_of(left)
            return None if base is None else base + Path("@", (index,), (offset,))
        case Sub(_, left, right) | Pipe(_, left, right):
            base, rest = path_of(left), path_of(right)
            if base is None or rest is None:
                return None
            return base + rest if rest.root == "@" else rest
    return None


def named(tree: Expr) -> Expr:
    """The same path, each member of it read by the function `at`."""
    match tree:
        case Field(offset, name):
            return Call(offset, "at", (Current(offset), Literal(offset, name)))
        case Sub(offset, left, Field(_, name)):
            return Call(offset, "at", (named(left), Literal(offset, name)))
    return tree
