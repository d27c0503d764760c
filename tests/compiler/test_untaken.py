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
    ],
    ids=["arms", "no arm", "else", "when", "field", "let", "use", "sure"],
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
