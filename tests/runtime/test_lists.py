"""Neighbours that agree become one item; whatever else stands in a list stays as it is."""

from __future__ import annotations

from typing import Any

import pytest

from dragoman.kit.lists import merge_items

A1, A2, B = {"of": "a", "all": [1]}, {"of": "a", "all": [2]}, {"of": "b", "all": [3]}
A12 = {"of": "a", "all": [1, 2]}


@pytest.mark.parametrize(
    ("items", "out"),
    [
        ([A1, B, A2], [A1, B, A2]),
        ([A1, A2, B], [A12, B]),
        ([B, A1, A2], [B, A12]),
        ([{"all": [1]}, {"all": [2]}], [{"all": [1]}, {"all": [2]}]),
        ([{"of": None}, {"of": None}, A1, A2], [{"of": None}, {"of": None}, A12]),
        ([7, A1, A2], [7, A12]),
        ([A1, "text", A2, A1], [A1, "text", {"of": "a", "all": [2, 1]}]),
        ([{"all": [1]}, A1, A2], [{"all": [1]}, A12]),
        ([["of"], [0], A1, A2], [["of"], [0], A12]),
        ([A1, {**A2, "more": 1}, {**B, "more": 2}], [{**A12, "more": 1}, {**B, "more": 2}]),
    ],
)
def test_neighbours(items: list[Any], out: list[Any]) -> None:
    before = repr(items)
    assert merge_items(items, ("of",), ("all",)) == out
    assert repr(items) == before
