"""What a rule sees when it is evaluated, and where that lies in the document: the item, the names, the places.

The place of a value is found as the language tells it: from the paths that its expression reads, through names too.
`jmes.reads` says which these are.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from dragoman_codegen import jmes
from dragoman_codegen.account import Access, Condition, Path
from dragoman_codegen.jmes import ast
from dragoman_codegen.jmes.ast import path_of
from dragoman_codegen.rules import Expression
from dragoman_codegen.types import ANY, Type
from dragoman_codegen.untaken import Takings

__all__ = ["NOTHING", "Bound", "Made", "Place", "Sight", "below", "element_place", "origins", "place_of", "shortest"]

Place = tuple[str | int, ...]


@dataclass(frozen=True)
class Made:
    """A value. `by_rules`: an empty one means null, because rules made it; a written `[]` or `{}` stays."""

    value: Any
    by_rules: bool = False

    @property
    def given(self) -> Any:
        """What goes into objects and lists: null where nothing was made."""
        return None if self.by_rules and not self.value else self.value


NOTHING = Made(None)


@dataclass(frozen=True)
class Bound:
    """A `$name`: its value, the paths of the item that it was made from, and whether it is just one of these paths.

    `gathered`: an object of lists that rules made. `place`: of an element that steps go through.
    """

    value: Any
    by_rules: bool = False
    origins: tuple[Path, ...] = ()
    alias: bool = False
    gathered: bool = False
    place: Place | None = None


@dataclass(frozen=True)
class Sight:
    item: Any
    place: Place = ()
    names: Mapping[str, Bound] = field(default_factory=dict)
    """By their names with the dollar sign."""
    subject: tuple[Path, ...] | None = None
    """What a `$drop` here concerns: paths of the item, `()` for the item itself."""
    root: bool = False
    """The rule is the item's own."""
    owner: bool = False
    """Its fields are accounted for here."""
    type: Type = ANY
    """What the schema says of the item, as far as the cases taken so far tell it."""
    narrowed: Mapping[Path, Type] = field(default_factory=dict)
    entered: frozenset[Path] = frozenset()
    conditions: frozenset[Condition] = frozenset()
    accesses: tuple[Access, ...] = ()
    """All reads of the item, those of definitions used on the same item included."""
    untaken: Takings = field(default_factory=dict)
    """Where the item, or an object in it, is not taken as a whole, while it is elsewhere."""
    stepped: frozenset[Path] = frozenset()
    """Elements that steps of a stream go through."""
    own: tuple[Access, ...] = ()
    """Those that are made whichever definitions are used."""

    def inner(self) -> Sight:
        """Within a field: no longer the item's own rule."""
        return replace(self, root=False, subject=None)

    def bind(self, name: str, bound: Bound) -> Sight:
        return replace(self, names={**self.names, name: bound})

    def at(self, path: Path) -> Place:
        """The place of a path, up to the first `[]`; it may begin with the name of an element."""
        path = path[: path.index("[]")] if "[]" in path else path
        bound = self.names.get(path[0]) if path else None
        if bound is not None and bound.place is not None:
            return (*bound.place, *path[1:])
        return (*self.place, *path)

    def get(self, path: Path) -> Any:
        """The value at a path, up to the first `[]`."""
        path = path[: path.index("[]")] if "[]" in path else path
        bound = self.names.get(path[0]) if path else None
        if bound is not None and bound.place is not None:
            return below(bound.value, path[1:])
        return below(self.item, path)


def below(value: Any, keys: Iterable[str | int]) -> Any:
    """What lies at a place in a document; null where there is nothing."""
    for key in keys:
        if isinstance(value, dict):
            value = value.get(key)
        elif isinstance(value, list) and isinstance(key, int) and key < len(value):
            value = value[key]
        else:
            return None
    return value


def origins(expr: Expression | None, sight: Sight, *, of_item: bool = True) -> tuple[Path, ...]:
    """The paths of the item that the value of an expression comes from. Without `of_item`, those through names only."""
    found: list[Path] = []
    for read in _reads(expr.tree) if expr is not None else ():
        bound = sight.names.get(read.root)
        if not read.whole:
            continue
        if read.root == "@":
            found += [read.path] if of_item else []
        elif bound is not None and bound.place is not None:
            found.append((read.root, *read.path))
        elif bound is not None and bound.alias and len(bound.origins) == 1:
            found.append((*bound.origins[0], *read.path))
        elif bound is not None:
            found += bound.origins
    return tuple(dict.fromkeys(found))


_READ: dict[int, tuple[ast.Expr, list[jmes.Read]]] = {}


def _reads(tree: ast.Expr) -> list[jmes.Read]:
    """What an expression reads, worked out once. The tree is kept too, so that no other one gets its number."""
    if id(tree) not in _READ:
        _READ[id(tree)] = (tree, jmes.reads(tree))
    return _READ[id(tree)][1]


def shortest(paths: Iterable[Path]) -> tuple[Path, ...]:
    """Without the paths that lie below others."""
    unique = list(dict.fromkeys(paths))
    return tuple(p for p in unique if not any(q != p and p[: len(q)] == q for q in unique))


def place_of(expr: Expression, sight: Sight) -> Place | None:
    """The one place that an expression's value comes from; None where there is none."""
    exact = path_of(expr.tree)
    if exact is not None and exact.root == "@" and not any(isinstance(key, int) and key < 0 for key in exact.keys):
        return (*sight.place, *exact.keys)
    found = origins(expr, sight)
    return sight.at(found[0]) if len(found) == 1 else None


def element_place(expr: Expression, sight: Sight, index: int) -> Place:
    """The place of an element of a list; that of the list where its elements are not those that were read."""
    place = place_of(expr, sight)
    if place is None:
        return sight.place
    for part in ast.walk(expr.tree):
        if isinstance(part, ast.Variable):
            bound = sight.names.get(part.name)
            if bound is None or not (bound.alias or bound.place is not None):
                return place
        if isinstance(part, (ast.Project, ast.Flatten, ast.Slice, ast.Values, ast.MultiList)):
            return place
        if isinstance(part, ast.Call) and part.name not in ("not_null", "to_array"):
            return place
    return (*place, index)
