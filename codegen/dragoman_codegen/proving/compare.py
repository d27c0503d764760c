"""Comparing what came out with what a case expects: JSON values, and losses.

Values are equal as JSON: `1` and `1.0` are the same number, `true` is no number, the order of members says nothing.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from dragoman.loss import Loss
from dragoman.places import join, text
from dragoman_codegen.diagnostics import quote

__all__ = ["Difference", "Key", "difference", "same", "unmatched"]

Key = str | int
Difference = tuple[tuple[Key, ...], str]
"""The keys down to the first place that differs, and what is to be said about it."""


def same(expected: Any, found: Any) -> bool:
    return difference(expected, found) is None


def difference(expected: Any, found: Any, at: tuple[Key, ...] = ()) -> Difference | None:
    """The first place at which two values differ, in the order of the expected one; None if they are equal."""
    if isinstance(expected, Mapping) and isinstance(found, Mapping):
        return _in_objects(expected, found, at)
    if isinstance(expected, list) and isinstance(found, list):
        for n, (one, other) in enumerate(zip(expected, found, strict=False)):
            inner = difference(one, other, (*at, n))
            if inner is not None:
                return inner
        if len(expected) == len(found):
            return None
        n = min(len(expected), len(found))
        if n == len(expected):
            return (*at, n), f"{_place((*at, n))}: expected no more elements, found {quote(found[n])}"
        return (*at, n), f"{_place((*at, n))}: expected {quote(expected[n])}, found nothing"
    if (
        _kind(expected) == _kind(found)
        and _kind(expected) in ("null", "boolean", "number", "string")
        and expected == found
    ):
        return None
    return at, f"{_place(at)}: expected {quote(expected)}, found {quote(found)}"


def _in_objects(expected: Mapping[str, Any], found: Mapping[str, Any], at: tuple[Key, ...]) -> Difference | None:
    for key, value in expected.items():
        if key not in found:
            return (*at, key), f"{_place((*at, key))}: expected {quote(value)}, found nothing"
        inner = difference(value, found[key], (*at, key))
        if inner is not None:
            return inner
    for key, value in found.items():
        if key not in expected:
            return at, f"{_place((*at, key))}: expected nothing, found {quote(value)}"
    return None


def _place(keys: tuple[Key, ...]) -> str:
    return text(join(keys)) or "the whole"


def _kind(value: Any) -> str:
    match value:
        case None:
            return "null"
        case bool():
            return "boolean"
        case int() | float():
            return "number"
        case str():
            return "string"
        case Mapping():
            return "object"
        case list():
            return "array"
    return type(value).__name__


def unmatched(expected: Sequence[Mapping[str, str]], found: Sequence[Loss]) -> tuple[list[int], list[Loss]]:
    """Expected losses that did not happen (by their position), and losses that were not expected.

    What an expected loss does not say (severity, reason) may be anything.
    """
    left = list(dict.fromkeys(found))
    missing: list[int] = []
    by_detail = sorted(range(len(expected)), key=lambda n: -len(expected[n]))  # the most definite ones choose first
    for n in by_detail:
        hit = next(
            (loss for loss in left if all(getattr(loss, key) == value for key, value in expected[n].items())), None
        )
        if hit is None:
            missing.append(n)
        else:
            left.remove(hit)
    return sorted(missing), left
