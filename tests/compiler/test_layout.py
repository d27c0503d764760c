"""The order of a generated module: a reader meets a constant where it is first needed."""

from __future__ import annotations

from dragoman_codegen.emit.layout import laid_out, said_once

CONSTANTS = {
    "L3": "Rule('a')",
    "L9": "Rule('b')",
    "WORDS": "Table({}, rule=L9)",
    "_DROPS": "{'x': L3}",
    "L12": "Rule('c')",
}


def test_constants_stand_before_the_first_function_that_needs_them() -> None:
    functions = ["def first(): return WORDS", "def second(): return L9, _DROPS"]
    assert laid_out(CONSTANTS, functions) == [
        "L9 = Rule('b')\nWORDS = Table({}, rule=L9)",
        functions[0],
        "L3 = Rule('a')\n_DROPS: dict[str, Any] = {'x': L3}",
        functions[1],
    ]


def test_what_no_function_needs_is_left_out() -> None:
    assert laid_out(CONSTANTS, ["def alone(): return 1"]) == ["def alone(): return 1"]


def test_functions_alike_are_said_once() -> None:
    functions = ["def go(): return _one(1), _two(2)", "def _one(x): return x", "def _two(x): return x"]
    assert said_once(functions) == ["def go(): return _one(1), _one(2)", "def _one(x): return x"]
