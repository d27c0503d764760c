"""JMESPath's functions and comparisons, for the places where generated code cannot be sure of its arguments.

Rules: a function takes any JSON values, raises nothing but ``InvalidType`` and ``InvalidValue``, changes no argument.
What Python raises on the way is left behind before a typed error is raised: none has another as its context.
Semantics are those of jmespath.py 1.1, also in what the specification leaves open.
"""

from __future__ import annotations

import json
import math
from collections.abc import Callable
from typing import Any, NoReturn

__all__ = [
    "ABSENT",
    "NOTHING",
    "NUMBERS",
    "InvalidType",
    "InvalidValue",
    "absolute",
    "added",
    "average",
    "ceiling",
    "checked_text",
    "contains",
    "elements",
    "ends_with",
    "equal",
    "flatten",
    "floor",
    "greater",
    "greater_equal",
    "join",
    "keys",
    "length",
    "less",
    "less_equal",
    "max_by",
    "maximum",
    "merge",
    "min_by",
    "minimum",
    "not_null",
    "reverse",
    "sort",
    "sort_by",
    "starts_with",
    "to_array",
    "to_number",
    "to_string",
    "total",
    "type_name",
    "values",
]

# What a member that is not there is: null.
ABSENT: Any = None
# Stands in for what is no object: all its members are null. Never written to.
NOTHING: dict[str, Any] = {}
NUMBERS = frozenset({int, float})

_ORDERED = frozenset({int, float, str})
_NAMES = {
    type(None): "null",
    bool: "boolean",
    int: "number",
    float: "number",
    str: "string",
    list: "array",
    dict: "object",
}


class InvalidType(ValueError):
    """A function of an expression got a value of a kind that it does not take."""

    def __init__(self, function: str, expected: str, found: str) -> None:
        super().__init__(f"{function}() expects {expected}, found {found}")
        self.function = function
        self.expected = expected
        self.found = found


class InvalidValue(ValueError):
    """A function of an expression got a value of the right kind that it can do nothing with."""

    def __init__(self, function: str, reason: str) -> None:
        super().__init__(f"{function}(): {reason}")
        self.function = function
        self.reason = reason


def type_name(value: Any) -> str:
    return _NAMES.get(type(value), "unknown")


def _refuse(function: str, expected: str, value: Any) -> NoReturn:
    raise InvalidType(function, expected, type_name(value))


def equal(a: Any, b: Any) -> bool:
    """JSON equality: ``true`` is not 1."""
    return bool(a == b) and (type(a) is bool) is (type(b) is bool)


def _comparable(a: Any, b: Any) -> bool:
    return (type(a) in NUMBERS and type(b) in NUMBERS) or (type(a) is str and type(b) is str)


def less(a: Any, b: Any) -> bool | None:
    return a < b if _comparable(a, b) else None


def less_equal(a: Any, b: Any) -> bool | None:
    return a <= b if _comparable(a, b) else None


def greater(a: Any, b: Any) -> bool | None:
    return a > b if _comparable(a, b) else None


def greater_equal(a: Any, b: Any) -> bool | None:
    return a >= b if _comparable(a, b) else None


def flatten(items: list[Any]) -> list[Any]:
    """One level of nested lists merged into one."""
    merged: list[Any] = []
    for item in items:
        if type(item) is list:
            merged.extend(item)
        else:
            merged.append(item)
    return merged


def elements(function: str, value: Any) -> list[Any]:
    """The value, which must be an array."""
    if type(value) is not list:
        _refuse(function, "array", value)
    return value


def checked_text(function: str, value: Any) -> str:
    """The value, which must be a string."""
    if type(value) is not str:
        _refuse(function, "string", value)
    return value


def _numbers(function: str, value: Any) -> list[Any]:
    if type(value) is list and NUMBERS.issuperset(map(type, value)):
        return value
    for item in elements(function, value):
        if type(item) not in NUMBERS:
            _refuse(function, "array of numbers", item)
    return value  # type: ignore[no-any-return]


def _ordered(function: str, value: Any) -> list[Any]:
    """An array of numbers or one of strings."""
    items = elements(function, value)
    if items:
        strings = type(items[0]) is str
        for item in items:
            if type(item) not in _ORDERED or (type(item) is str) is not strings:
                _refuse(function, "array of numbers or array of strings", item)
    return items


def absolute(value: Any) -> Any:
    if type(value) not in NUMBERS:
        _refuse("abs", "number", value)
    return abs(value)


def average(value: Any) -> Any:
    items = _numbers("avg", value)
    try:
        return sum(items) / len(items) if items else None
    except OverflowError:
        reason = "the numbers are too large"
    raise InvalidValue("avg", reason)


def total(value: Any) -> Any:
    try:
        return sum(_numbers("sum", value))
    except OverflowError:
        reason = "the numbers are too large"
    raise InvalidValue("sum", reason)


def added(first: float, second: float, third: float = 0, *more: float) -> float:
    """The sum of what are numbers for certain."""
    try:
        return sum(more, first + second + third) if more else first + second + third
    except OverflowError:
        reason = "the numbers are too large"
    raise InvalidValue("sum", reason)


def ceiling(value: Any) -> int:
    return _rounded("ceil", math.ceil, value)


def floor(value: Any) -> int:
    return _rounded("floor", math.floor, value)


def _rounded(function: str, round_: Callable[[Any], int], value: Any) -> int:
    if type(value) not in NUMBERS:
        _refuse(function, "number", value)
    try:
        return round_(value)
    except (OverflowError, ValueError):
        reason = "not a finite number"
    raise InvalidValue(function, reason)


def contains(subject: Any, search: Any) -> bool:
    if type(subject) is list:
        return search in subject
    if type(subject) is not str:
        _refuse("contains", "array or string", subject)
    return type(search) is str and search in subject


def starts_with(subject: Any, prefix: Any) -> bool:
    return checked_text("starts_with", subject).startswith(checked_text("starts_with", prefix))


def ends_with(subject: Any, suffix: Any) -> bool:
    return checked_text("ends_with", subject).endswith(checked_text("ends_with", suffix))


def join(separator: Any, items: Any) -> str:
    checked_text("join", separator)
    for item in elements("join", items):
        if type(item) is not str:
            _refuse("join", "array of strings", item)
    return separator.join(items)  # type: ignore[no-any-return]


def keys(value: Any) -> list[Any]:
    if type(value) is not dict:
        _refuse("keys", "object", value)
    return list(value)


def values(value: Any) -> list[Any]:
    if type(value) is not dict:
        _refuse("values", "object", value)
    return list(value.values())


def length(value: Any) -> int:
    if type(value) not in {str, list, dict}:
        _refuse("length", "string, array or object", value)
    return len(value)


def maximum(value: Any) -> Any:
    return max(_ordered("max", value), default=None)


def minimum(value: Any) -> Any:
    return min(_ordered("min", value), default=None)


def sort(value: Any) -> list[Any]:
    return sorted(_ordered("sort", value))


def merge(*objects: Any) -> dict[str, Any]:
    merged: dict[str, Any] = {}
    for value in objects:
        if type(value) is not dict:
            _refuse("merge", "object", value)
        merged.update(value)
    return merged


def not_null(*candidates: Any) -> Any:
    return next((value for value in candidates if value is not None), None)


def reverse(value: Any) -> Any:
    if type(value) not in {str, list}:
        _refuse("reverse", "array or string", value)
    return value[::-1]


def to_array(value: Any) -> list[Any]:
    return value if type(value) is list else [value]


def to_number(value: Any) -> Any:
    if type(value) in NUMBERS:
        return value
    if type(value) is not str:
        return None
    for parse in (int, float):
        try:
            return parse(value)
        except ValueError:
            continue
    return None


def to_string(value: Any) -> str:
    """Strings as they are, all else as compact JSON with non-ASCII characters escaped."""
    if type(value) is str:
        return value
    try:
        return json.dumps(value, separators=(",", ":"))
    except ValueError:
        reason = "a number has too many digits"
    raise InvalidValue("to_string", reason)


def _keyed(function: str, items: Any, key: Callable[[Any], Any]) -> list[tuple[Any, Any]]:
    """Elements with what they are compared by: all numbers, or all strings."""
    pairs = [(key(item), item) for item in elements(function, items)]
    strings = bool(pairs) and type(pairs[0][0]) is str
    for found, _ in pairs:
        if type(found) not in _ORDERED or (type(found) is str) is not strings:
            _refuse(function, "an expression that is a number or a string, of one kind", found)
    return pairs


def sort_by(items: Any, key: Callable[[Any], Any]) -> list[Any]:
    pairs = _keyed("sort_by", items, key)
    pairs.sort(key=lambda pair: pair[0])
    return [item for _, item in pairs]


def max_by(items: Any, key: Callable[[Any], Any]) -> Any:
    pairs = _keyed("max_by", items, key)
    return max(pairs, key=lambda pair: pair[0])[1] if pairs else None


def min_by(items: Any, key: Callable[[Any], Any]) -> Any:
    pairs = _keyed("min_by", items, key)
    return min(pairs, key=lambda pair: pair[0])[1] if pairs else None
