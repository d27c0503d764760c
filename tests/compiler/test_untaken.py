"""Members that no schema knows, of an item that goes on as a whole on some ways only."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from .made import array, generated, losses, obj, run

TEXT = {"type": "string"}
PARTS = obj("", parts=array(obj("", text=TEXT, mark=TEXT, url=obj("", u=TEXT))))

KEPT = {"all": "@"}
ARMS = {"$first": [{"$when": "text", "t": "text", "m": "mark"}, {"$when": "url", **KEPT}, {"$drop": {"tuning": "x"}}]}
OPEN = {"$first": [{"$when": "text", "t": "text", "m": "mark"}, {"$when": "url", **KEPT}]}
ELSE = {"$when": "text", "t": "text", "m": "mark", "$else": KEPT}
ONLY = {"$when": "url", **KEPT}
FIELD = {"f": OPEN, "m": "mark"}
BOUND = {"$let": {"f": OPEN}, "m": "mark", "g": "$f"}
USED = {"$first": [{"$when": "text", "t": "text", "m": "mark"}, {"$use": "rest", "$of": "@"}]}
SURE = {"k": "@", "f": OPEN}
BESIDE = {"$first": [{"$when": "text", "t": "text", "$drop": {"mark": {"tuning": "x"}}}, {"$when": "url", **KEPT}]}

WORDS, PICTURE, NEITHER = {"text": "t", "odd": 1}, {"url": {"u": "x"}, "odd": 1}, {"mark": "m", "odd": 1}
BY_TWO = ["parts[0].odd dropped", "parts[2].odd dropped"]


@pytest.mark.parametrize(
    ("rule", "expected"),
    [
        (ARMS, ["parts[0].odd dropped", "parts[2] dropped"]),
        (OPEN, BY_TWO),
        (ELSE, ["parts[0].odd dropped"]),
        (ONLY, BY_TWO),
        (FIELD, BY_TWO),
        (BOUND, BY_TWO),
        (USED, ["parts[0].odd dropped", "parts[1].odd dropped", "parts[2].odd dropped"]),
        (SURE, []),
        (BESIDE, ["parts[0].odd dropped", "parts[2].mark dropped", "parts[2].odd dropped"]),
    ],
    ids=["arms", "no arm", "else", "when", "field", "let", "use", "sure", "beside"],
)
def test_a_way_on_which_the_item_is_not_taken(rule: Any, expected: list[str], tmp_path: Path) -> None:
    rest = {"u": "url.u", "$ignore": {"text": "none", "mark": "none"}}
    side = {"parts": {"$each": "parts", "$make": rule}}
    unit = {
        "unit": "request",
        "hub": "Item",
        "wire": "Item",
        "to_wire": side,
        "defs": {"rest": rest} if rule is USED else {},
    }
    package = generated(tmp_path, toy={"hub": PARTS, "request.yaml": json.dumps(unit)})["toy"]
    assert sorted(losses(run(package, {"parts": [WORDS, PICTURE, NEITHER]}))) == expected


INNER = obj("", u=TEXT, v=TEXT)
SPLIT = {"$first": [{"$when": "text", "t": "text", "u": "url.u", "v": "url.v"}, {"$when": "url", "u": "url"}]}
WORD = {"$first": [{"$when": "type(url) == 'string'", "$get": "url"}, "url.u"]}
TOLD = {
    "$first": [{"$when": "text", "u": "url.u"}, {"$when": "mark", "u": "url"}, {"$drop": {"tuning": "x"}, "$of": "url"}]
}


@pytest.mark.parametrize(
    ("rule", "given", "expected"),
    [
        ({"k": SPLIT}, {"text": "t", "url": {"u": "x", "odd": 1}}, ["url.odd dropped"]),
        ({"k": SPLIT}, {"url": {"u": "x", "odd": 1}}, []),
        ({"k": WORD}, {"url": {"u": "x", "odd": 1}}, ["url.odd dropped"]),
        ({"k": WORD}, {"url": "x"}, []),
        (TOLD, {"text": "t", "url": {"u": "x", "odd": 1}}, ["url.odd dropped"]),
        (TOLD, {"mark": "t", "url": {"u": "x", "odd": 1}}, []),
        (TOLD, {"url": {"u": "x", "odd": 1}}, ["url dropped"]),
    ],
)
def test_a_way_on_which_an_object_in_the_item_is_not_taken(
    rule: Any, given: Any, expected: list[str], tmp_path: Path
) -> None:
    items = obj("", text=TEXT, mark=TEXT, url={"anyOf": [TEXT, INNER]} if rule == {"k": WORD} else INNER)
    rest = {"$ignore": {name: "none" for name in ("text", "mark", "url.v") if name not in json.dumps(rule)}}
    side = {"to_wire": {**rule, **rest}}
    toy = generated(tmp_path, toy={"hub": items, "request.yaml": json.dumps({**UNIT, **side})})["toy"]
    assert losses(run(toy, given)) == expected


UNIT = {"unit": "request", "hub": "Item", "wire": "Item"}


def test_elements_that_expressions_go_into_are_compared_too(tmp_path: Path) -> None:
    inner = array(obj("", n=TEXT))
    items = obj("", parts=array(obj("", text=TEXT, url=INNER, more=inner)), whole=array(INNER))
    rule = {
        "all": "parts[].text",
        "deep": "parts[].more[].n",
        "url": "parts[].[url.u, url.v]",
        "whole": "whole",
        "first": "whole[0].u",
    }
    toy = generated(tmp_path, toy={"hub": items, "request.yaml": json.dumps({**UNIT, "to_wire": rule})})["toy"]
    part = {"text": "t", "odd": 1, "url": {"u": "x", "odd": 1}, "more": [{"n": "n"}, {"odd": 1}]}
    told = ["parts[1].odd dropped", "parts[1].url.odd dropped", "parts[1].more[1].odd dropped"]
    given = {"parts": [{}, part], "whole": [{"u": "x", "odd": 1}]}
    assert sorted(losses(run(toy, given))) == sorted(told)


def test_steps_of_a_stream_that_do_not_take_an_element_or_an_object(tmp_path: Path) -> None:
    event = obj("", parts=array(obj("", text=TEXT, url=INNER)), start=INNER)
    made = {"$first": [{"$when": "$part.text", "t": "$part.text"}, {"b": "$part"}]}
    steps = [
        {"each": "parts", "as": "part", "do": [{"let": {"made": made}}, {"emit": {"made": "$made"}}]},
        {"when": "start.u == 'x'", "do": [{"emit": {"made": "start"}}], "else": [{"emit": {"made": "start.v"}}]},
    ]
    side = {"state": {}, "events": {"any": {"do": steps}}, "end": [{"finish": True}]}
    unit = {"unit": "stream", "hub": "Item", "wire": "Item", "to_hub": side}
    files = {"hub": {"type": "object"}, "schema": event, "stream.yaml": json.dumps(unit)}
    toy = generated(tmp_path, toy=files)["toy"]
    events = [
        {"parts": [{"text": "a", "odd": 1}, {"url": {"u": "x", "odd": 1}, "odd": 1}], "start": {"u": "x", "odd": 1}},
        {"start": {"u": "y", "v": "z", "odd": 1}},
    ]
    found = losses(run(toy, events, unit="stream", direction="to_hub"))
    assert found == ["events[0].parts[0].odd dropped", "events[1].start.odd dropped"]
