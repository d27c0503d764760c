"""Compiled code agrees with the interpreter on random expressions and documents.

More of them: `python -m tests.jmes.fuzz 20000`.
"""

from __future__ import annotations

from typing import Any

import pytest

from .fuzz import check_pair, run


def test_compiled_code_agrees_with_the_interpreter() -> None:
    assert run(2_000, seed=20_260_801) > 1_800


@pytest.mark.parametrize(
    ("text", "given"),
    [
        ("(starts_with(`null`, @)) | items", {}),
        ("not_null([!!c])", {"c": ["text"]}),
        ("!(type[0] | sum(c))", {"b": True}),
        ("(c | join(`[null, true]`, a)) > type[0]", "b"),
        ("!(map(&b, map(&`[]`, a[0])) && 'text')", {"a": {}}),
        ("[].[{b: contains(a, a)}][].type[]", ["text"]),
        ("[c < b, type({b: max_by(items, &`[]`)})]", {}),
        ("@[?[c.b, b, c[0]]][0]", [1, {}, [{"items": ["b"]}, 2]]),
    ],
)
def test_what_was_found_before(text: str, given: Any) -> None:
    check_pair(text, given, [given])
