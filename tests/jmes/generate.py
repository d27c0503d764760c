"""Random documents and random expressions, from a small grammar of our own."""

from __future__ import annotations

import json
import random
from typing import Any

__all__ = ["document", "expression"]

KEYS = ["a", "b", "c", "type", "text", "items"]
SCALARS: list[Any] = [None, True, False, 0, 1, -1, 2, 1.5, 0.0, 10**25, "", "a", "b", "text", "1", "x y", "é", "\ud800"]
LITERALS = [
    *("`null`", "`true`", "`false`", "`0`", "`1`", "`1.0`", "`2`", "`-1`", "''", "'a'", "'text'", '`"b"`'),
    *("`[]`", "`{}`", "`[1, 2]`", "`[null, true]`", '`{"a": 1}`'),
]
UNARY = [
    *("abs", "avg", "ceil", "floor", "keys", "length", "max", "min", "reverse", "sort", "sum"),
    *("to_array", "to_number", "to_string", "type", "values", "not_null"),
]
TOTAL = ["to_array", "to_number", "to_string", "type", "not_null"]
BINARY = ["contains", "ends_with", "starts_with", "join", "merge", "not_null"]
BY = ["sort_by", "min_by", "max_by"]


def document(rng: random.Random, depth: int = 4) -> Any:
    """A JSON value; lists tend to hold things of one shape, as those of real documents do."""
    roll = rng.random()
    if depth == 0 or roll < 0.25:
        return rng.choice(SCALARS)
    if roll < 0.6:
        return {key: document(rng, depth - 1) for key in rng.sample(KEYS, rng.randint(0, 4))}
    if rng.random() < 0.4:
        kind: list[Any] = rng.choice([[1, 2, 3, 0, 1.5, -7], ["a", "b", "text", ""], [True, False]])
        return [rng.choice(kind) for _ in range(rng.randint(0, 4))]
    if rng.random() < 0.5:
        keys = rng.sample(KEYS, 3)
        return [{key: document(rng, depth - 2 if depth > 2 else 0) for key in keys} for _ in range(rng.randint(0, 3))]
    return [document(rng, depth - 1) for _ in range(rng.randint(0, 4))]


class _Writer:
    def __init__(self, rng: random.Random) -> None:
        self.rng = rng

    def key(self) -> str:
        name = self.rng.choice(KEYS)
        return name if self.rng.random() < 0.9 else json.dumps(name)

    def path(self) -> str:
        text = self.key()
        while self.rng.random() < 0.45:
            text += self.rng.choice([f".{self.key()}", "[0]", "[-1]", "[1]"])
        return text

    def projection(self, depth: int) -> str:
        base = self.rng.choice(["", self.path(), self.path(), "@"])
        step = self.rng.choice(["[*]", "[]", "[1:]", "[:2]", "[::-1]", "[-2:]", "[?]", "[?]", ".*"])
        if step == "[?]":
            step = f"[?{self.expr(depth - 1)}]"
        if step == ".*" and not base:
            step = "*"
        text = base + step
        while self.rng.random() < 0.5:
            shapes = [f".{self.hash(depth - 1)}", f".{self.list(depth - 1)}", f"[?{self.expr(depth - 2)}]"]
            field = f".{self.key()}"
            text += self.rng.choice(
                [field, field, "[0]", "[]", "[*]", ".to_string(@)", ".type(@)", ".*", "[1:]", *shapes]
            )
        return text

    def hash(self, depth: int) -> str:
        keys = self.rng.sample(KEYS, self.rng.randint(1, 3))
        return "{" + ", ".join(f"{key}: {self.expr(depth - 1)}" for key in keys) + "}"

    def list(self, depth: int) -> str:
        return "[" + ", ".join(self.expr(depth - 1) for _ in range(self.rng.randint(1, 3))) + "]"

    def call(self, depth: int) -> str:
        roll = self.rng.random()
        if roll < 0.4:
            return f"{self.rng.choice(TOTAL)}({self.expr(depth - 1)})"
        if roll < 0.6:
            return f"{self.rng.choice(UNARY)}({self.expr(depth - 1)})"
        if roll < 0.8:
            return f"{self.rng.choice(BINARY)}({self.expr(depth - 1)}, {self.expr(depth - 1)})"
        if roll < 0.9:
            return f"map(&{self.expr(depth - 1)}, {self.expr(depth - 1)})"
        return f"{self.rng.choice(BY)}({self.expr(depth - 1)}, &{self.expr(depth - 1)})"

    def expr(self, depth: int) -> str:
        if depth <= 0:
            return self.rng.choice([self.path(), self.path(), "@", self.rng.choice(LITERALS), self.key()])
        inner = depth - 1
        match self.rng.randint(0, 12):
            case 0 | 1:
                return self.path()
            case 2 | 3 | 4:
                return self.projection(depth)
            case 5:
                return f"{self.operand(inner)} {self.rng.choice(['||', '&&'])} {self.operand(inner)}"
            case 6 | 7:
                op = self.rng.choice(["==", "!=", "==", "<", "<=", ">", ">="])
                return f"{self.operand(inner)} {op} {self.operand(inner)}"
            case 8:
                return f"!{self.operand(inner)}"
            case 9:
                return f"{self.operand(inner)} | {self.operand(inner)}"
            case 10:
                return self.hash(depth)
            case 11:
                return self.list(depth)
            case _:
                return self.call(depth)

    def operand(self, depth: int) -> str:
        text = self.expr(depth)
        return f"({text})" if " " in text else text


def expression(rng: random.Random) -> str:
    return _Writer(rng).expr(rng.randint(1, 4))
