"""Mutated bodies end in documented exceptions or in a result, and stay as they are.

More of them: `python -m tests.laws.fuzz 20000`.
"""

from __future__ import annotations

from typing import Any

import pytest

import dragoman

from . import fuzz
from .corpus import Body


def test_mutants_are_taken_or_refused() -> None:
    assert dict(fuzz.run(1_000, seed=20_261_101)) == {}


BODY = Body("openai", "request", "to_wire", {"model": "m", "messages": []}, "a request")


@pytest.mark.parametrize("accident", [KeyError("x"), TypeError("x"), ValueError("x")])
def test_an_accident_is_seen(monkeypatch: pytest.MonkeyPatch, accident: Exception) -> None:
    def fall(body: Body, data: Any) -> None:
        raise accident

    monkeypatch.setattr(fuzz, "_take", fall)
    found = fuzz.trouble(BODY, BODY.data)
    assert found is not None and found.startswith(type(accident).__name__)


def test_a_hidden_accident_is_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    def fall(body: Body, data: Any) -> None:
        try:
            data["nothing"]
        except KeyError:
            raise dragoman.Refused("no") from None

    monkeypatch.setattr(fuzz, "_take", fall)
    assert fuzz.trouble(BODY, BODY.data) == "KeyError hides behind Refused: 'nothing'"


def test_a_changed_body_is_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fuzz, "_take", lambda body, data: data.pop("model"))
    assert fuzz.trouble(BODY, dict(BODY.data)) == "the body was changed"
