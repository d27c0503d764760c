"""What a condition says of its item's type when it holds, or when it does not."""

from __future__ import annotations

from collections.abc import Callable

from .. import types as t
from ..types import ObjectType, Prop, Type
from . import ast

__all__ = ["assume"]


def assume(condition: ast.Expr, type_: Type, holds: bool = True) -> Type:
    """The item's type given that the condition came out so; the same type where nothing can be said."""
    match condition:
        case ast.Not(_, operand):
            return assume(operand, type_, not holds)
        case ast.And(_, left, right) if holds:
            return assume(right, assume(left, type_))
        case ast.Or(_, left, right) if not holds:
            return assume(right, assume(left, type_, False), False)
        case ast.And(_, left, right):
            return t.join(assume(left, type_, False), assume(right, assume(left, type_), False))
        case ast.Or(_, left, right):
            return t.join(assume(left, type_), assume(right, assume(left, type_, False)))
        case ast.Compare(_, "==" | "!=" as op, left, right):
            if isinstance(left, ast.Literal):
                left, right = right, left
            if isinstance(right, ast.Literal):
                return _equal(left, right.value, type_, holds == (op == "=="))
    path = ast.path_of(condition)
    if path is not None and path.root == "@" and holds:
        return _at(type_, path.keys, t.without_null, certain=True)
    return type_


def _equal(left: ast.Expr, value: object, type_: Type, same: bool) -> Type:
    if isinstance(left, ast.Call) and left.name == "type":
        path = ast.path_of(left.args[0])
        if path is None or path.root != "@" or not isinstance(value, str):
            return type_
        kinds = {value} if same else t.KINDS - {value}
        return _at(type_, path.keys, lambda found: t.only(found, *kinds), certain=same and value != "null")
    path = ast.path_of(left)
    if path is None or path.root != "@" or isinstance(value, list | dict):
        return type_
    if value is None:
        if same:
            return _at(type_, path.keys, lambda found: t.only(found, "null"), certain=False)
        return _at(type_, path.keys, t.without_null, certain=True)
    if len(path.keys) == 1 and isinstance(path.keys[0], str) and isinstance(value, str | int | float | bool):
        return t.narrow(type_, path.keys[0], [value], keep=same)
    if same:
        return _at(type_, path.keys, t.without_null, certain=True)
    return type_


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
        return type_
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
