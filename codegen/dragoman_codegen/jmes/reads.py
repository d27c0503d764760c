"""What an expression reads: the paths, and whether the value flows out or is only tested.

Fields are accounted for with this, so it errs on the side of "read as a whole" only where the value really goes on:
a test (``a == 'x'``, ``!a``, a filter's condition) looks at the value, everything else hands it on.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from ..replacing import replace
from . import ast

__all__ = ["Kept", "Read", "reads", "texts_of"]

Kept = tuple[tuple[str, ...], frozenset[str], bool]

_ELEMENT, _ANY_MEMBER = "[]", "*"

# Functions that look at a value without handing it on, that hand on what they are given, and that hand on an element.
_LOOKING = frozenset({"type", "length", "contains", "starts_with", "ends_with", "unordered", "keys"})
_PASSING = frozenset({"not_null", "reverse", "sort", "sort_by", "to_array"})
_PICKING = frozenset({"max_by", "min_by"})


@dataclass(frozen=True, slots=True)
class Read:
    """``root`` is ``@`` or ``$name``; in ``path``, ``[]`` stands for the elements of an array, ``*`` for any member.

    ``whole``: the value flows out of the expression, with everything below it, and is not only tested.
    ``partial``: a filter on the way leaves elements out; ``kept``: filters by the text of a member, which keep all
    elements of some kinds, as the path of the member, its texts, and whether these are the ones that are left out.
    ``loose``: the function `at` names the member, so that the schema has no say about what it is.
    """

    root: str
    path: tuple[str, ...]
    whole: bool
    offset: int
    partial: bool = field(default=False, compare=False)
    kept: tuple[Kept, ...] = field(default=(), compare=False)
    loose: bool = False


@dataclass(frozen=True, slots=True)
class _Place:
    """Where a value comes from; ``layers`` counts the arrays that projections have put around what is there."""

    root: str
    path: tuple[str, ...]
    offset: int
    layers: int = 0
    partial: bool = field(default=False, compare=False)
    kept: tuple[Kept, ...] = field(default=(), compare=False)
    loose: bool = False

    def step(self, name: str) -> _Place:
        return replace(self, path=(*self.path, name))

    def element(self) -> _Place:
        return replace(self, layers=self.layers - 1) if self.layers else self.step(_ELEMENT)

    def read(self, whole: bool) -> Read:
        return Read(self.root, self.path, whole, self.offset, self.partial, self.kept, self.loose)


def _filtered(place: _Place, condition: ast.Expr) -> _Place:
    kept = texts_of(condition)
    if kept is None or place.layers:
        return replace(place, partial=True)
    key, texts, negated = kept
    return replace(place, kept=(*place.kept, ((*place.path, key), texts, negated)))


def texts_of(condition: ast.Expr) -> tuple[str, frozenset[str], bool] | None:
    """The member that a filter asks for, and its texts, if it asks for nothing else."""
    match condition:
        case ast.Compare(_, "==" | "!=" as operator, ast.Field(_, key), ast.Literal(_, str(text))):
            return key, frozenset({text}), operator == "!="
        case ast.Or(_, left, right):
            one, other = texts_of(left), texts_of(right)
            if one is not None and other is not None and one[0] == other[0] and not one[2] and not other[2]:
                return one[0], one[1] | other[1], False
    return None


def reads(expr: ast.Expr) -> list[Read]:
    """All reads of an expression, in the order they are written; each once."""
    collector = _Collector()
    collector.flow(expr, [_Place("@", (), expr.offset)], whole=True)
    every = {read for read in collector.found if not read.partial and not read.kept}
    return [replace(read, partial=False, kept=()) if read in every else read for read in dict.fromkeys(collector.found)]


class _Collector:
    """Follows values as the places they may come from; what is computed comes from nowhere, and its parts are noted."""

    def __init__(self) -> None:
        self.found: list[Read] = []

    def flow(self, expr: ast.Expr, items: list[_Place], *, whole: bool) -> None:
        """The value of ``expr`` is used: note the places it comes from."""
        for place in self.places(expr, items, whole=whole):
            self.found.append(place.read(whole))

    def places(self, expr: ast.Expr, items: list[_Place], *, whole: bool) -> list[_Place]:
        """Where the value of ``expr`` comes from; what it only looks at on the way is noted."""
        match expr:
            case ast.Current():
                return items
            case ast.Variable(offset, name):
                return [_Place(name, (), offset)]
            case ast.Field(offset, name):
                return [replace(place.step(name), offset=offset) for place in items if not place.layers]
            case ast.Index(_, left):
                return [place.element() for place in self.places(left, items, whole=whole)]
            case ast.Slice(_, left) | ast.Values(_, left):
                return self.places(left, items, whole=whole)
            case ast.Flatten(_, left):
                return [replace(p, layers=max(0, p.layers - 1)) for p in self.places(left, items, whole=whole)]
            case ast.Sub(_, left, right) | ast.Pipe(_, left, right):
                return self.places(right, self.places(left, items, whole=whole), whole=whole)
            case ast.Project(_, left, right, condition):
                found = self.places(left, items, whole=whole)
                star = isinstance(left, ast.Values)
                elements = [place.step(_ANY_MEMBER) if star else place.element() for place in found]
                if condition is not None:
                    self.flow(condition, elements, whole=False)
                    elements = [_filtered(place, condition) for place in elements]
                return [replace(p, layers=p.layers + 1) for p in self.places(right, elements, whole=whole)]
            case ast.Or(_, left, right):
                return [*self.places(left, items, whole=whole), *self.places(right, items, whole=whole)]
            case ast.And(_, left, right):
                self.flow(left, items, whole=False)
                return self.places(right, items, whole=whole)
            case ast.Not() | ast.Compare():
                for child in ast.children(expr):
                    self.flow(child, items, whole=False)
            case ast.MultiList() | ast.Hash():
                for child in ast.children(expr):
                    self.flow(child, items, whole=whole)
            case ast.Call(_, name, args):
                return self._call(name, args, items, whole=whole)
        return []

    def _call(self, name: str, args: tuple[ast.Expr, ...], items: list[_Place], *, whole: bool) -> list[_Place]:
        match name, args:
            case "at", (holder, ast.Literal(_, str(member))):
                places = self.places(holder, items, whole=whole)
                self.found.extend(place.read(False) for place in places)
                return [replace(place.step(member), loose=True) for place in places if not place.layers]
        given = {i: self.places(a, items, whole=whole) for i, a in enumerate(args) if not isinstance(a, ast.ExprRef)}
        elements = [place.element() for place in next(iter(given.values()), [])]
        for arg in args:
            if isinstance(arg, ast.ExprRef):
                self.flow(arg.expr, elements, whole=whole and name == "map")
        flowing = [place for places in given.values() for place in places]
        if name in _PASSING:
            return flowing
        if name in _PICKING:
            return elements
        if name != "map":  # map hands on only what its expression reads
            handed = whole and name not in _LOOKING
            self.found.extend(place.read(handed) for place in flowing)
        return []
