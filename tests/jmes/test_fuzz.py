"""Compiled code agrees with the interpreter on random expressions and documents.

More of them: `python -m tests.jmes.fuzz 20000`.
"""

from __future__ import annotations

from .fuzz import run


def test_compiled_code_agrees_with_the_interpreter() -> None:
    assert run(2_000, seed=20_260_801) > 1_800
