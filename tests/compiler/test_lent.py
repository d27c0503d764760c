"""What definitions read and say on behalf of the item that they are used on."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from .made import array, generated, losses, obj, run

TEXT = {"type": "string"}
PLAIN = obj("", parts=array(obj("", text=TEXT, mark=TEXT, url=obj("", u=TEXT, detail=TEXT, extra=TEXT))))
PICTURE = obj("type", type={"const": "picture"}, url=obj("", u=TEXT, detail=TEXT, extra=TEXT), mark=TEXT)
WORDS = obj("type", type={"const": "words"}, text=TEXT, mark=TEXT)
KINDS = obj("", parts=array({"oneOf": [PICTURE, WORDS]}))

NO_DETAIL = {"$drop": {"url.detail": {"tuning": "no detail"}}, "$ignore": {"url.extra": "a label"}}
READS = {
    "u": "url.u",
    "t": "text",
    "$drop": {"mark": {"tuning": "no mark"}, **NO_DETAIL["$drop"]},
    "$ignore": NO_DETAIL["$ignore"],
}
BRANCHES = {
    "$first": [{"$when": "url.u", "u": "url.u", **NO_DETAIL}, {"t": "text"}],
    "$drop": {"mark": {"tuning": "no mark"}},
}
CASES = {
    "$match": "type",
    "$cases": {
        "picture": {
            "u": "url.u",
            "$drop": {"mark": {"tuning": "no mark", "unless": ["x"]}, **NO_DETAIL["$drop"]},
            "$ignore": NO_DETAIL["$ignore"],
        },
        "words": {"t": "text", "$drop": {"mark": {"tuning": "no mark"}}},
    },
}

OWN = {"$use": "block"}
BOUND = {"$let": {"block": {"$use": "block"}}, "b": "$block"}
FIELD = {"b": {"$use": "block"}}
TWICE = {"b": {"$use": "block"}, "c": {"$when": "mark == 'x'", "$use": "block"}}

PART = {"url": {"u": "x", "detail": "high", "extra": "e", "odd": 1}, "text": "t", "odd": 1, "mark": "m"}
TOLD = ["mark dropped", "odd dropped", "url.detail dropped", "url.odd dropped"]


def told(root: Path, rule: Any, block: Any, schema: Any, *parts: Any) -> list[str]:
    """The losses of the compiled rule. (`generate` holds what it has compiled against the reference.)"""
    side = {"parts": {"$each": "parts", "$make": rule}}
    unit = {"unit": "request", "hub": "Item", "wire": "Item", "to_wire": side, "defs": {"block": block}}
    package = generated(root, toy={"hub": schema, "request.yaml": json.dumps(unit)})["toy"]
    return sorted(losses(run(package, {"parts": list(parts)})))


@pytest.mark.parametrize("rule", [OWN, BOUND, FIELD, TWICE])
@pytest.mark.parametrize("block", [READS, BRANCHES])
def test_members_below_the_top_level(rule: Any, block: Any, tmp_path: Path) -> None:
    assert told(tmp_path, rule, block, PLAIN, PART) == [f"parts[0].{one}" for one in TOLD]


@pytest.mark.parametrize("rule", [OWN, BOUND, FIELD, TWICE])
def test_what_is_said_in_cases(rule: Any, tmp_path: Path) -> None:
    picture = {"type": "picture", **{key: value for key, value in PART.items() if key != "text"}}
    words = {"type": "words", "text": "t", "mark": "x"}
    expected = [*(f"parts[0].{one}" for one in TOLD), "parts[2].mark dropped"]
    assert (
        told(tmp_path, rule, CASES, KINDS, picture, {**picture, "mark": "x", "odd": None, "url": {}}, words) == expected
    )


def test_an_object_that_goes_on_as_a_whole_in_another_case(tmp_path: Path) -> None:
    kinds = obj("", parts=array(obj("", type={"enum": ["a", "b"]}, url=obj("", u=TEXT, detail=TEXT))))
    cases = {"$match": "type", "$cases": {"a": {"all": "url"}, "b": {"u": "url.u", "$drop": NO_DETAIL["$drop"]}}}
    url = {"u": "x", "detail": "high", "odd": 1}
    found = told(
        tmp_path,
        BOUND,
        {**cases, "$absent": {"$drop": {"tuning": "of no kind"}, "$of": "url"}},
        kinds,
        *({"type": kind, "url": url} for kind in "ab"),
    )
    assert found == ["parts[1].url.detail dropped", "parts[1].url.odd dropped"]


def test_a_definition_of_another_folder_is_reached_by_the_cases_there(tmp_path: Path) -> None:
    case = {
        "describe": "Nothing is said",
        "source": {"read": "2026-11-22", "how": "made"},
        "unit": "request",
        "direction": "to_wire",
        "model": "m",
        "given": {"parts": [{}]},
        "gives": {"parts": [{}]},
    }
    unit = {"unit": "request", "hub": "Item", "wire": "Item"}
    whole = {"to_wire": {"parts": {"$each": "parts", "$make": {"$keep_empty": True, "b": {"$use": "block"}}}}}
    lends = json.dumps({**unit, **whole, "defs": {"block": READS}}, indent=1)
    takes = json.dumps({**unit, **whole, "defs": {"import": ["acme/request.yaml"]}})
    cases = {"cases/nothing.yaml": json.dumps(case)}
    made = generated(
        tmp_path, acme={"hub": PLAIN, "request.yaml": lends}, toy={"hub": PLAIN, "request.yaml": takes, **cases}
    )
    assert "  # acme/request.yaml:" in next(text for name, text in made["toy"].texts.items() if "request" in name)
