"""What an expression reads: the paths, and whether the value flows out or is only tested.

Fields are accounted for with this, so it errs on the side of "read as a whole" only where the value really goes on:
a test (``a == 'x'``, ``!a``, a filter's condition) looks at the value, everything else hands it on.
"""

from __future__ import annotations

from dataclasses import dataclass

from . import ast

__all__ = ["Read", "reads"]

_ELEMENT = "[]"


@dataclass(frozen=True, slots=True)
class Read:
    """``root`` is ``@`` or ``$name``; in ``path``, ``[]`` stands for the elements of an array, ``*`` for any member.

    ``whole``: the value flows out of the expression, with everything below it, and is not only tested.
    """

    root: str
    path: tuple[str, ...]
    whole: bool
    offset: int


def reads(expr: ast.Expr) -> list[Read]:
    """All reads of an expression, in the order they are written; each once."""
    collector = _Collector()
    collector.flow(expr, [Read("@", (), True, expr.offset)], whole=True)
    return list(dict.fromkeys(collector.found))


class _Collector:
    """Follows values as the set of places they may come from; what is computed comes from nowhere."""

    def __init__(self) -> None:
        self.found: list[Read] = []

    def flow(self, expr: ast.Expr, items: list[Read], *, whole: bool) -> None:
        """The value of ``expr`` is used: note the places it comes from."""
        for read in self.places(expr, items, whole=whole):
            self.found.append(Read(read.root, read.path, whole, read.offset))

    def places(self, expr: ast.Expr, items: list[Read], *, whole: bool) -> list[Read]:
        """Where the value of ``expr`` comes from; what it only looks at on the way is noted."""
        match expr:
            case ast.Current():
                return items
            case ast.Variable(offset, name):
                return [Read(name, (), whole, offset)]
            case ast.Field(offset, name):
                return [Read(r.root, (*r.path, name), whole, offset) for r in items]
            case ast.Index(_, left):
                return _below(self.places(left, items, whole=whole), _ELEMENT)
            case ast.Slice(_, left) | ast.Flatten(_, left) | ast.Values(_, left):
                return self.places(left, items, whole=whole)
            case ast.Sub(_, left, right) | ast.Pipe(_, left, right):
                return self.places(right, self.places(left, items, whole=whole), whole=whole)
            case ast.Project(_, left, right, condition):
                return self._project(left, right, condition, items, whole=whole)
            case ast.Or(_, left, right):
                return [*self.places(left, items, whole=whole), *self.places(right, items, whole=whole)]
            case ast.And(_, left, right):
                self.flow(left, items, whole=False)
                return self.places(right, items, whole=whole)
            case ast.Not(_, operand):
                self.flow(operand, items, whole=False)
            case ast.Compare(_, _, left, right):
                self.flow(left, items, whole=False)
                self.flow(right, items, whole=False)
            case ast.MultiList() | ast.Hash():
                for child in ast.children(expr):
                    self.flow(child, items, whole=whole)
            case ast.Call(_, name, args):
                self._call(name, args, items, whole=whole)
        return []

    def _project(
        self, left: ast.Expr, right: ast.Expr, condition: ast.Expr | None, items: list[Read], *, whole: bool
    ) -> list[Read]:
        step = "*" if isinstance(left, ast.Values) else _ELEMENT
        found = self.places(left, items, whole=whole)
        # A projection's places are those of its elements already when it goes over another projection.
        elements = [r if r.path[-1:] == (_ELEMENT,) and _projected(left) else _step(r, step) for r in found]
        if condition is not None:
            self.flow(condition, elements, whole=False)
        return self.places(right, elements, whole=whole)

    def _call(self, name: str, args: tuple[ast.Expr, ...], items: list[Read], *, whole: bool) -> None:
        looks = name in {"type", "length", "contains", "starts_with", "ends_with", "unordered", "keys"}
        elements: list[Read] = []
        for arg in args:
            if not isinstance(arg, ast.ExprRef):
                elements = _below(self.places(arg, items, whole=whole and not looks), _ELEMENT)
                self.flow(arg, items, whole=whole and not looks and name != "map")
        for arg in args:
            if isinstance(arg, ast.ExprRef):
                self.flow(arg.expr, elements, whole=whole and name == "map")


def _step(read: Read, step: str) -> Read:
    return Read(read.root, (*read.path, step), read.whole, read.offset)


def _below(found: list[Read], step: str) -> list[Read]:
    return [_step(read, step) for read in found]


def _projected(left: ast.Expr) -> bool:
    """The left side's places are places of elements: it is a projection itself, perhaps flattened or cut."""
    while isinstance(left, ast.Flatten | ast.Slice):
        left = left.left
    return isinstance(left, ast.Project)
