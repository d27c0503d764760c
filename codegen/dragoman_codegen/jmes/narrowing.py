"""What a condition says of a type when it holds or does not: of its item's, of a name's, or of a path below."""

from __future__ import annotations

from collections.abc import Callable

from .. import types as t
from ..types import ObjectType, Prop, Type
from . import ast

__all__ = ["assume", "looked_at", "texts"]


Keys = tuple[str | int, ...]


def assume(condition: ast.Expr, type_: Type, holds: bool = True, root: str = "@", base: Keys = ()) -> Type:
    """The type given that the condition came out so; the same type where nothing can be said.

    It is the type of the item, or of the name ``root``, or of what stands at the path ``base`` below.
    """

    def again(part: ast.Expr, given: Type, so: bool = True) -> Type:
        return assume(part, given, so, root, base)

    match condition:
        case ast.Not(_, operand):
            return again(operand, type_, not holds)
        case ast.And(_, left, right) if holds:
            return again(right, again(left, type_))
        case ast.Or(_, left, right) if not holds:
            return again(right, again(left, type_, False), False)
        case ast.And(_, left, right):
            return t.join(again(left, type_, False), again(right, again(left, type_), False))
        case ast.Or(_, left, right):
            return t.join(again(left, type_), again(right, again(left, type_, False)))
        case ast.Compare(_, "==" | "!=" as op, left, right):
            if isinstance(left, ast.Literal):
                left, right = right, left
            if isinstance(right, ast.Literal):
                return _equal(left, right.value, type_, holds == (op == "=="), root, base)
        case ast.Call(_, "contains", (several, one)) if holds and (among := texts(several)) is not None:
            keys = _below(one, root, base)
            return type_ if keys is None else _at(type_, keys, lambda found: _among(found, among), certain=True)
    keys = _below(condition, root, base)
    if keys is None:
        return type_
    if holds:
        return _at(type_, keys, t.true_part, certain=True)
    return _at(type_, keys, t.false_part, certain=False)


def looked_at(condition: ast.Expr) -> tuple[frozenset[str], frozenset[Keys]]:
    """The names that a condition looks at, and the paths of the item; of others it says nothing."""
    paths = [path for part in ast.walk(condition) if (path := ast.path_of(part)) is not None]
    through = {path.keys[:n] for path in paths if path.root == "@" for n in range(len(path.keys) + 1)}
    return frozenset({path.root for path in paths}), frozenset(through)


def texts(expr: ast.Expr) -> frozenset[str] | None:
    """The texts of a list that is written out."""
    if isinstance(expr, ast.Literal):
        items = expr.value if isinstance(expr.value, list) else [None]
    elif isinstance(expr, ast.MultiList):
        items = [item.value if isinstance(item, ast.Literal) else None for item in expr.items]
    else:
        return None
    found = [item for item in items if isinstance(item, str)]
    return frozenset(found) if found and len(found) == len(items) else None


def _among(type_: Type, several: frozenset[str]) -> Type:
    if not type_.may("string"):
        return t.NEVER
    left = several if type_.literals is None else several & type_.literals
    return Type({"string"}, literals=left) if left else t.NEVER


def _below(expr: ast.Expr, root: str, base: Keys) -> Keys | None:
    """The rest of a path that leads through the place that is asked for."""
    path = ast.path_of(expr)
    if path is None or path.root != root or path.keys[: len(base)] != base:
        return None
    return path.keys[len(base) :]


def _equal(left: ast.Expr, value: object, type_: Type, same: bool, root: str, base: Keys) -> Type:
    if isinstance(left, ast.Call) and left.name == "type":
        keys = _below(left.args[0], root, base)
        if keys is None or not isinstance(value, str):
            return type_
        kinds = {value} if same else t.KINDS - {value}
        return _at(type_, keys, lambda found: t.only(found, *kinds), certain=same and value != "null")
    keys = _below(left, root, base)
    if keys is None or isinstance(value, list | dict):
        return type_
    if value is None:
        if same:
            return _at(type_, keys, lambda found: t.only(found, "null"), certain=False)
        return _at(type_, keys, t.without_null, certain=True)
    if len(keys) == 1 and isinstance(keys[0], str) and isinstance(value, str | int | float | bool):
        return t.narrow(type_, keys[0], [value], keep=same)
    if not keys and isinstance(value, str):
        return _constant(type_, value, same)
    if same:
        return _at(type_, keys, t.without_null, certain=True)
    return type_


def _constant(type_: Type, value: str, same: bool) -> Type:
    if same:
        possible = type_.may("string") and (type_.literals is None or value in type_.literals)
        return t.literal(value) if possible else t.NEVER
    if type_.literals is None or value not in type_.literals:
        return type_
    left = type_.literals - {value}
    kinds = type_.kinds - (frozenset() if any(isinstance(x, str) for x in left) else {"string"})
    return Type(kinds, literals=left or None, integer=type_.integer, items=type_.lazy_items, objects=type_.objects)


def _at(type_: Type, keys: tuple[str | int, ...], change: Callable[[Type], Type], *, certain: bool) -> Type:
    """Change the type at a path. ``certain``: what is there is not null, so everything on the way is an object."""
    if not keys:
        return change(type_)
    key = keys[0]
    if isinstance(key, int):
        return t.only(type_, "array") if certain else type_
    if not type_.objects:
        return t.only(type_, "object") if certain and type_.may("object") else type_
    if not certain:
        return _less(type_, key, change) if len(keys) == 1 else type_
    left: list[ObjectType] = []
    for alternative in type_.objects:
        prop = alternative.props.get(key)
        if prop is None:
            if alternative.open:
                left.append(alternative)
            continue
        found = _at(prop.type, keys[1:], change, certain=certain)
        if not found.kinds:
            continue
        if found is prop.type and prop.required:
            left.append(alternative)
        else:
            props = {**alternative.props, key: Prop(found)}
            left.append(alternative.having(props))
    return Type({"object"}, objects=tuple(left)) if left else t.NEVER


def _less(type_: Type, key: str, change: Callable[[Type], Type]) -> Type:
    """Without the objects that rules make with the member, where it is found to be null or false."""
    if not any(o.spans and key in o.props for o in type_.objects):
        return type_
    left: list[ObjectType] = []
    for alternative in type_.objects:
        prop = alternative.props.get(key)
        if prop is None or not alternative.spans:
            left.append(alternative)
            continue
        found = change(prop.type)
        if found.kinds or not prop.required:
            there = Prop(found, prop.required) if found.kinds else Prop(t.NULL, False)
            left.append(alternative.having({**alternative.props, key: there}))
    kinds = type_.kinds if left else type_.kinds - {"object"}
    return Type(kinds, literals=type_.literals, integer=type_.integer, items=type_.lazy_items, objects=tuple(left))
