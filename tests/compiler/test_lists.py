"""What is joined, merged and laid must be lists: anything else is a typed error at its place, never taken apart."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from dragoman.errors import MalformedBody
from dragoman.places import text

from .made import array, generated, losses, obj, run

TEXT = {"type": "string"}
TYPED = obj("", l=array(TEXT))
NESTED = obj("", l=array(array(TEXT)))
CONCAT = {"x": {"$concat": ["l", ["=z"]]}}
FLAT = {"x": {"$each": "l", "$flat": True, "$make": "@"}}
FLAT_USE = {"x": {"$each": "l", "$flat": True, "$make": {"$use": "own"}}}
GATHER = {"$gather": "l", "x[]": "a"}
BRANCH = {"x": {"$concat": [{"$first": [{"$when": "k", "$get": "a"}, {"$get": "b[0].c"}]}, ["=z"]]}}
MERGE = {"x": {"$merge": "l", "$by": "r", "$concat": ["c"]}}
MERGE_FIRST = {"x": {"$merge": {"$first": [{"$when": "k", "$get": "a"}, {"$get": "l"}]}, "$by": "r", "$concat": ["c"]}}
ORDER = {"x": {"$order": "o", "$lists": {"a": "l"}}}


def one(root: Path, rule: Any, schema: Any = None, **defs: Any) -> Any:
    unit: dict[str, Any] = {"unit": "request", "hub": "Item", "wire": "Item", "to_wire": rule}
    if "$use" in json.dumps(rule):
        unit["defs"] = defs
    return generated(root, toy={"hub": schema or {}, "request.yaml": json.dumps(unit)})["toy"]


@pytest.mark.parametrize(
    ("rule", "schema", "given", "place"),
    [
        (CONCAT, {}, {"l": "abc"}, "l"),
        (CONCAT, {}, {"l": {"k": 1}}, "l"),
        (CONCAT, {}, {"l": 5}, "l"),
        (CONCAT, {}, {"l": False}, "l"),
        (CONCAT, TYPED, {"l": "abc"}, "l"),
        (CONCAT, TYPED, {"l": {}}, "l"),
        (BRANCH, {}, {"k": True, "a": "abc"}, "a"),
        (BRANCH, {}, {"b": [{"c": 5}]}, "b[0].c"),
        (FLAT, {}, {"l": [[], "abc"]}, "l[1]"),
        (FLAT, {}, {"l": [5]}, "l[0]"),
        (FLAT, {}, {"l": [{"k": 1}]}, "l[0]"),
        (FLAT, NESTED, {"l": ["abc"]}, "l[0]"),
        (FLAT, NESTED, {"l": [["a"], None]}, "l[1]"),
        (FLAT_USE, {}, {"l": [{"a": [1]}, {"a": "abc"}]}, "l[1]"),
        (GATHER, {}, {"l": [{"a": [1]}, {"a": 5}]}, "l[1].a"),
        (GATHER, {}, {"l": [{"a": "abc"}]}, "l[0].a"),
        (MERGE, {}, {"l": 5}, "l"),
        (MERGE, {}, {"l": "abc"}, "l"),
        (MERGE, {}, {"l": {"k": 1}}, "l"),
        (MERGE_FIRST, {}, {"k": 1, "a": "abc"}, ""),
        (ORDER, {}, {"l": 5}, "l"),
        (ORDER, {}, {"l": "abc"}, "l"),
        (ORDER, {}, {"o": [{"of": "a"}], "l": {"k": 1}}, "l"),
        (ORDER, {}, {"o": 5, "l": [1]}, "o"),
        (ORDER, {}, {"o": {"of": "a"}, "l": [1]}, "o"),
    ],
)
def test_what_is_no_list_is_malformed(rule: Any, schema: Any, given: Any, place: str, tmp_path: Path) -> None:
    toy = one(tmp_path, rule, schema, own={"$get": "a"})
    fault = run(toy, given).fault
    assert isinstance(fault, MalformedBody), fault
    assert (text(fault.at), fault.expected) == (place, "a list")


@pytest.mark.parametrize(
    ("rule", "schema", "given", "made"),
    [
        (CONCAT, {}, {"l": None}, {"x": ["z"]}),
        (CONCAT, TYPED, {"l": ["a"]}, {"x": ["a", "z"]}),
        (FLAT, NESTED, {"l": [[], ["a"]]}, {"x": ["a"]}),
        (FLAT, {}, {"l": [None, ["a"]]}, {"x": ["a"]}),
        (FLAT, {}, {"l": [["a"], [[]]]}, {"x": ["a", []]}),
        (FLAT_USE, {}, {"l": [{}, {"a": [1]}]}, {"x": [1]}),
        (MERGE, {}, {"l": None}, {}),
        (MERGE_FIRST, {}, {"l": [1]}, {"x": [1]}),
        (ORDER, {}, {"o": None, "l": [1]}, {"x": [1]}),
        (ORDER, {}, {"o": [5, {"of": 5}, {"of": "a"}], "l": None}, {}),
    ],
)
def test_null_is_an_empty_list(rule: Any, schema: Any, given: Any, made: Any, tmp_path: Path) -> None:
    outcome = run(one(tmp_path, rule, schema, own={"$get": "a"}), given)
    assert (outcome.out, outcome.fault) == (made, None)


def test_a_list_that_was_made_is_not_looked_at_again(tmp_path: Path) -> None:
    rule = {
        "$let": {"g": {"$use": "own"}},
        "x": {"$merge": "$g.all", "$by": "r", "$concat": []},
        "y": {"$concat": ["$g.all"]},
    }
    toy = one(tmp_path, rule, obj("", l=array(TEXT)), own={"$gather": "l", "all": {"r": "@"}})
    assert run(toy, {"l": ["a", "a", "b"]}).out == {"x": [{"r": "a"}, {"r": "b"}], "y": [{"r": n} for n in "aab"]}
    assert "a list" not in toy.texts[next(n for n in toy.texts if n.endswith("/request.py"))].split("_own(")[0]


def test_the_place_of_an_element_below_an_index(tmp_path: Path) -> None:
    inner = obj("", x=array(obj("t", t=TEXT)))
    toy = one(tmp_path, {"a": {"$each": "b[0].x", "$make": "t"}}, obj("", b=array(inner)))
    fault = run(toy, {"b": [{"x": [{"t": "a"}, {}]}]}).fault
    assert fault is not None and text(fault.at) == "b[0].x[1].t"
    fault = run(toy, {"b": [{"x": 5}]}).fault
    assert fault is not None and text(fault.at) == "b[0].x"


# ---------------------------------------------------------------------- what is empty, what is merged
MADE = {"$each": "l", "$make": {"$when": "@ != ''", "$get": "@"}}


def test_an_empty_list_that_was_made_is_null_where_null_is_kept(tmp_path: Path) -> None:
    rule = {"a": {**MADE, "$keep_null": True}, "b": {**MADE, "$keep_empty": True}}
    assert run(one(tmp_path, rule, TYPED), {"l": [""]}).out == {"a": None, "b": []}


def test_and_so_it_is_where_a_copy_is_made(tmp_path: Path) -> None:
    rule = {"$same": "@", "$fields": {"l": {**MADE, "$keep_null": True}}}
    assert run(one(tmp_path, rule, TYPED), {"l": [""]}).out == {"l": None}


@pytest.mark.parametrize(
    ("rule", "kind"),
    [
        (MADE, "array"),
        ({"$when": "l", **MADE}, "array"),
        ({"$first": [{"$when": "m", "$get": "m"}, MADE]}, "null"),
        ({"$first": [{"$when": "m", "$concat": ["m"]}, MADE]}, "null"),
        ({"$when": "m", "$concat": ["m"], "$else": MADE}, "null"),
        ({"$first": [{"$when": "m", "$get": "m"}, {**MADE, "$keep_empty": True}]}, "array"),
        ({"$first": [{"$when": "m", "$get": "m"}, MADE], "$keep_empty": True}, "array"),
    ],
)
def test_an_empty_list_in_a_let(rule: Any, kind: str, tmp_path: Path) -> None:
    """It is a list, unless it is what a branch came to: that is null, whatever the other branches are."""
    made = {"$let": {"x": rule}, "t": "type($x)", "x": "$x"}
    if "m" not in json.dumps(rule).split('"'):
        made["$ignore"] = {"m": "it is read in others of these"}
    toy = one(tmp_path, made, obj("", l=array(TEXT), m=array(TEXT)))
    kept = {"x": []} if "keep_empty" in json.dumps(rule) else {}
    assert run(toy, {"l": [""]}).out == {"t": kind, **kept}


def test_items_that_contradict_each_other_stay_apart(tmp_path: Path) -> None:
    toy = one(tmp_path, MERGE)
    for given, made in (
        ([{"r": "u", "c": [1], "x": 1}, {"r": "u", "c": [2], "x": 1}], [{"r": "u", "c": [1, 2], "x": 1}]),
        ([{"r": "u", "c": [1]}, {"r": "u", "c": [2], "x": 1}], [{"r": "u", "c": [1, 2], "x": 1}]),
        ([{"r": "u", "c": [1], "x": 1}, {"r": "u", "c": [2], "x": 2}], None),
        ([{"r": "u", "x": 1}, {"r": "u", "x": True}], None),
        ([{"r": "u", "c": [1]}, {"r": "u", "c": 2}], None),
        ([{"r": None, "c": [1]}, {"r": None, "c": [2]}], None),
        ([{"r": 1.5, "c": [1]}, {"r": 1.5, "c": [2]}], None),
    ):
        outcome = run(toy, {"l": given})
        assert (outcome.out, losses(outcome)) == ({"x": given if made is None else made}, [])
