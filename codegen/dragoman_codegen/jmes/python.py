"""Python as text: precedence, literals, and bits that several parts of the emitter write."""

from __future__ import annotations

import functools
from typing import Any

from .values import Value

__all__ = [
    "AND",
    "ATOM",
    "COMPARE",
    "CONDITIONAL",
    "NOT",
    "OR",
    "SUM",
    "WALRUS",
    "either",
    "literal_code",
    "nesting",
    "quote",
    "wrap",
]

# How tightly an operator binds; an operand of a lower one needs brackets.
WALRUS, CONDITIONAL, OR, AND, NOT, COMPARE, SUM, ATOM = 0, 1, 2, 3, 4, 5, 6, 9

_ESCAPES = {'"': '\\"', "\\": "\\\\", "\n": "\\n", "\r": "\\r", "\t": "\\t"}


@functools.lru_cache(maxsize=10_000)
def quote(text: str) -> str:
    """A string literal in double quotes. What cannot stand in a file (lone surrogates) or be seen in it is escaped."""
    out = []
    for char in text:
        code = ord(char)
        if char in _ESCAPES:
            out.append(_ESCAPES[char])
        elif char.isprintable():
            out.append(char)
        elif code < 0x100:
            out.append(f"\\x{code:02x}")
        else:
            out.append(f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}")
    return '"' + "".join(out) + '"'


def literal_code(value: Any) -> str:
    """A JSON value as a Python display."""
    if isinstance(value, str):
        return quote(value)
    if isinstance(value, list):
        return "[" + ", ".join(map(literal_code, value)) + "]"
    if isinstance(value, dict):
        return "{" + ", ".join(f"{quote(key)}: {literal_code(item)}" for key, item in value.items()) + "}"
    if isinstance(value, float):
        text = repr(value)  # inf and nan are no Python; a JSON text can say them in this library's reading
        return text if text[-1].isdigit() else f'float("{text}")'
    if isinstance(value, int) and not isinstance(value, bool) and abs(value) >= 10**4000:
        return hex(value)  # Python limits the digits of decimal numbers
    return repr(value)


def wrap(value: Value | tuple[str, int], level: int) -> str:
    """The code of an operand, in brackets if it binds less tightly than ``level``."""
    code, precedence = (value.code, value.precedence) if isinstance(value, Value) else value
    return code if precedence >= level else f"({code})"


def either(*operands: Value | tuple[str, int]) -> str:
    """``a or b``; an ``and`` inside gets brackets, for readers."""
    return " or ".join(wrap(operand, NOT if _precedence(operand) == AND else OR) for operand in operands)


def _precedence(operand: Value | tuple[str, int]) -> int:
    return operand.precedence if isinstance(operand, Value) else operand[1]


def nesting(code: str) -> int:
    """How deeply brackets are nested in a piece of code (those in strings count too: it is a bound)."""
    deepest = depth = 0
    for char in code:
        if char in "([{":
            depth += 1
            deepest = max(deepest, depth)
        elif char in ")]}":
            depth -= 1
    return deepest
