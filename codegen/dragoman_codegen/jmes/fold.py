"""What an expression yields for an item that is no object: then every field of the item is null.

With it one guard can stand before a whole condition instead of one before each field.
"""

from __future__ import annotations

from typing import Any

from ..types import kind_of
from . import ast

__all__ = ["UNKNOWN", "is_true", "reads_fields", "without_fields"]


class _Unknown:
    pass


UNKNOWN = _Unknown()


def is_true(value: Any) -> bool:
    """JMESPath's truth: only null, false and what is empty are false; 0 is true."""
    return not (value is None or value is False or value == "" or value == [] or value == {})


def reads_fields(expr: ast.Expr) -> bool:
    """The expression reads a field of its item (not only of items of inner expressions)."""
    match expr:
        case ast.Field():
            return True
        case ast.Sub(_, left, _) | ast.Pipe(_, left, _) | ast.Project(_, left, _, _):
            return reads_fields(left)
        case ast.ExprRef():
            return False
    return any(reads_fields(child) for child in ast.children(expr))


def without_fields(expr: ast.Expr) -> Any:
    """The constant that the expression is when the item has no fields, or UNKNOWN."""
    match expr:
        case ast.Field():
            return None
        case ast.Literal(_, value):
            return value
        case ast.Sub(_, left, right) | ast.Pipe(_, left, right):
            if without_fields(left) is None and isinstance(right, ast.Field | ast.Hash | ast.MultiList):
                return None
            return UNKNOWN
        case ast.Index(_, left) | ast.Slice(_, left) | ast.Flatten(_, left) | ast.Project(_, left):
            return None if without_fields(left) is None else UNKNOWN
        case ast.Values(_, left):
            return None if isinstance(left, ast.Current) or without_fields(left) is None else UNKNOWN
        case ast.And(_, left, right) | ast.Or(_, left, right):
            first = without_fields(left)
            if first is UNKNOWN:
                return UNKNOWN
            return first if is_true(first) == isinstance(expr, ast.Or) else without_fields(right)
        case ast.Not(_, operand):
            value = without_fields(operand)
            return UNKNOWN if value is UNKNOWN else not is_true(value)
        case ast.Compare(_, op, left, right):
            return _compare(op, without_fields(left), without_fields(right))
        case ast.Call(_, "type", (arg,)):
            value = without_fields(arg)
            return UNKNOWN if value is UNKNOWN else kind_of(value)
    return UNKNOWN


def _compare(op: str, left: Any, right: Any) -> Any:
    if left is UNKNOWN or right is UNKNOWN:
        return UNKNOWN
    if op in {"==", "!="}:
        same = left == right and isinstance(left, bool) == isinstance(right, bool)
        return same == (op == "==")
    return None if left is None or right is None else UNKNOWN
