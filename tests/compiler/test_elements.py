"""Elements of lists that are null, or of another kind than the schema says."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from dragoman.errors import MalformedBody
from dragoman.places import text

from .made import array, generated, obj, run

TEXT = {"type": "string"}
TEXTS = obj("", l=array(TEXT))
OPTIONAL = obj("", l=array({"type": ["string", "null"]}))
LISTS = obj("", l=array(obj("", b=array(TEXT))))
PAIRS = obj("", l=array(obj("", a=TEXT, b=array(TEXT), o=obj("", a=TEXT, b=TEXT))))
EACH = {"x": {"$each": "l", "$make": "@"}}
EACH_USE = {"x": {"$each": "l", "$make": {"$use": "d"}}}
EACH_OBJECT = {"x": {"$each": "l", "$number": "i", "i": "sum([$i, `1`])", "a": "@"}}
COPY = {"$same": "@", "$fields": {"l[].a": "a || b[0]"}}
NAMED_COPY = {
    "$let": {"all": {"$get": "l", "$require": "there must be some"}},
    "$same": "@",
    "$fields": {"l": {"$each": "$all", "$make": {"$same": "@", "$fields": {"a": "a || b[0]"}}}},
}
DEEP_COPY = {"$same": "@", "$fields": {"l[].o.a": "a || b"}}
DEFS = {"d": {"k": "=c", "a": "@"}}


def one(root: Path, rule: Any, schema: Any) -> Any:
    unit: dict[str, Any] = {"unit": "request", "hub": "Item", "wire": "Item", "to_wire": rule}
    if "$use" in json.dumps(rule):
        unit["defs"] = DEFS
    return generated(root, toy={"hub": schema, "request.yaml": json.dumps(unit)})["toy"]


@pytest.mark.parametrize(
    ("rule", "schema", "given", "place", "expected"),
    [
        (EACH, TEXTS, ["a", None], "l[1]", "a text"),
        (EACH, TEXTS, [5], "l[0]", "a text"),
        (EACH_USE, TEXTS, [None], "l[0]", "a text"),
        (EACH_OBJECT, TEXTS, [None], "l[0]", "a text"),
        (EACH_USE, OPTIONAL, [{}], "l[0]", "a text"),
        (COPY, PAIRS, [{}, None], "l[1]", "an object"),
        (COPY, PAIRS, ["abc"], "l[0]", "an object"),
        (NAMED_COPY, PAIRS, [{"a": "x"}, None], "l[1]", "an object"),
        (COPY, PAIRS, {"a": 1}, "l", "a list"),
        (DEEP_COPY, PAIRS, [{"o": 5}], "l[0].o", "an object"),
        (DEEP_COPY, PAIRS, [{"o": []}], "l[0].o", "an object"),
    ],
)
def test_malformed(rule: Any, schema: Any, given: Any, place: str, expected: str, tmp_path: Path) -> None:
    fault = run(one(tmp_path, rule, schema), {"l": given}).fault
    assert isinstance(fault, MalformedBody), fault
    assert (text(fault.at), fault.expected) == (place, expected)


@pytest.mark.parametrize(
    ("rule", "schema", "given", "made"),
    [
        (EACH, OPTIONAL, ["a", None], ["a"]),
        (EACH, {}, ["a", None], ["a"]),
        (EACH_USE, OPTIONAL, ["a", None], [{"k": "c", "a": "a"}]),
        (EACH_USE, {}, ["a", None], [{"k": "c", "a": "a"}]),
        ({"x": {"$each": "l", "$make": {"a": {"$use": "d"}}}}, {}, [None, 1], [{"a": {"k": "c", "a": 1}}]),
        (EACH_OBJECT, TEXTS, ["a"], [{"i": 1, "a": "a"}]),
        ({"x": "l[]"}, TEXTS, ["a", None], ["a"]),
        (
            {"x": {"$get": "l[?@ != 'b']", "$note": {"dropped": {"tuning": "no b"}, "of": "l"}}},
            TEXTS,
            ["a", None, "b"],
            ["a"],
        ),
        ({"x": "l[].b[]"}, LISTS, [{"b": ["1", None]}, None, {}], ["1"]),
        ({"x": "l[::-1]"}, TEXTS, ["a", None, "b"], ["b", "a"]),
    ],
)
def test_null_is_left_out(rule: Any, schema: Any, given: Any, made: Any, tmp_path: Path) -> None:
    outcome = run(one(tmp_path, rule, schema), {"l": given})
    assert (outcome.out, outcome.fault) == ({"x": made}, None)


def test_a_copy_of_objects_that_are_not_there(tmp_path: Path) -> None:
    toy = one(tmp_path, DEEP_COPY, PAIRS)
    given = {"l": [{"o": None}, {}, {"o": {"b": "x"}}]}
    assert run(toy, given).out == {"l": [{"o": None}, {}, {"o": {"a": "x", "b": "x"}}]}
    assert run(toy, {"l": None}).out == {"l": None}
