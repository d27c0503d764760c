"""Filters in expressions: what they leave out must have its place elsewhere."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from .made import array, generated, losses, obj, refused_findings, run

TEXT = {"type": "string"}
ITEM = obj(
    parts=array(
        {
            "oneOf": [
                obj("kind", kind={"const": "a"}, text=TEXT, mark=TEXT),
                obj("kind", kind={"const": "b"}, link=TEXT),
                obj("kind", kind={"const": "c"}, note=TEXT),
            ]
        }
    )
)


def findings(root: Path, rule: str) -> list[tuple[str, str]]:
    spec = f"unit: request\nhub: Item\nwire: Item\nto_wire:\n{rule}"
    toy: dict[str, Any] = {"hub": ITEM, "schema": {"type": "object"}, "request.yaml": spec}
    return refused_findings(root, toy=toy)


@pytest.mark.parametrize(
    "rule",
    [
        "  all: \"parts[?kind == 'a' || kind == 'b']\"\n  c: \"parts[?kind == 'c'].note\"\n",
        "  a: \"parts[?kind == 'a']\"\n  others: \"parts[?kind != 'a']\"\n",
        "  a: \"parts[?kind == 'a']\"\n  all: parts\n",
    ],
)
def test_filters_that_take_all_between_them(tmp_path: Path, rule: str) -> None:
    assert findings(tmp_path, rule) == []


@pytest.mark.parametrize(
    ("rule", "field"),
    [
        ("  a: \"parts[?kind == 'a']\"\n  b: \"parts[?kind == 'b']\"\n", "note"),
        ("  a: \"parts[?kind == 'a' && mark]\"\n  others: \"parts[?kind != 'a']\"\n", "text"),
    ],
)
def test_filters_that_leave_something_out(tmp_path: Path, rule: str, field: str) -> None:
    found = findings(tmp_path, rule)
    assert {code for code, _ in found} == {"DG446"}
    assert f'"parts[].{field}"' in found[0][1]


@pytest.mark.parametrize(
    ("rule", "said"),
    [
        ("  all: {$each: words, $where: \"trim(@) != ''\", $make: '@'}\n", '"words" that $where leaves out'),
        ("  all: \"words[?trim(@) != '']\"\n", '"words" that this filter leaves out'),
        # The member says of no element what it is: the schema has one kind of them.
        (
            "  all: {$each: open, $where: \"kind == 'a'\", $make: {t: text}, $ignore: {kind: one}}\n",
            "elements that $where leaves out",
        ),
    ],
)
def test_elements_that_are_not_told_apart(tmp_path: Path, rule: str, said: str) -> None:
    hub = obj(words=array(TEXT), open=array(obj("kind", kind=TEXT, text=TEXT)))
    other = "open: told elsewhere" if "words" in rule else "words: told elsewhere"
    spec = f"unit: request\nhub: Item\nwire: Item\nto_wire:\n{rule}  $ignore: {{{other}}}\n"
    found = refused_findings(tmp_path, toy={"hub": hub, "schema": {"type": "object"}, "request.yaml": spec})
    assert [code for code, _ in found] == ["DG446"]
    assert said in found[0][1]


def test_plain_elements_of_which_all_have_a_place(tmp_path: Path) -> None:
    rule = "  all: {$each: words, $where: \"trim(@) != ''\", $else: {$drop: {tuning: blank}}, $make: '@'}\n"
    out, found = lost(tmp_path, rule, obj(words=array(TEXT)), {"words": ["a", " "]})
    assert (out, found) == ({"all": ["a"]}, ["words[1] dropped"])


def test_a_drop_through_a_list_is_no_accounting(tmp_path: Path) -> None:
    rule = '  texts: "parts[?kind != \'c\'].{t: text, l: link}"\n  $drop: {"parts[].note": {tuning: no notes}}\n'
    assert "DG440" in {code for code, _ in findings(tmp_path, rule)}


# ---------------------------------------------------------------------- what one arm drops the others do not read
def lost(root: Path, rule: str, hub: Any, given: Any) -> tuple[Any, list[str]]:
    spec = f"unit: request\nhub: Item\nwire: Item\nto_wire:\n{rule}"
    toy = generated(root, toy={"hub": hub, "schema": {"type": "object"}, "request.yaml": spec})["toy"]
    outcome = run(toy, given)
    return outcome.out, losses(outcome)


def test_a_case_that_drops_does_not_hush_its_siblings(tmp_path: Path) -> None:
    kind = {"type": "string", "enum": ["a", "b"]}
    rule = "  all: {$each: parts, $match: kind, $cases: {a: {t: text}, b: {$drop: {tuning: no b}}}}\n"
    given = {"parts": [{"kind": "a", "text": "x", "odd": 1}, {"kind": "b", "odd": 1}]}
    out, found = lost(tmp_path, rule, obj(parts=array(obj("kind", kind=kind, text=TEXT))), given)
    assert out == {"all": [{"t": "x"}]}
    assert {"parts[0].odd dropped", "parts[1] dropped"} <= set(found)


def test_an_arm_that_drops_does_not_hush_the_others(tmp_path: Path) -> None:
    rule = "  y: {$first: [{$when: x.a, $make: x.a}, {$drop: {tuning: nothing in it}, $of: x}]}\n"
    out, found = lost(tmp_path, rule, obj(x=obj(a=TEXT, b=TEXT)), {"x": {"a": "m", "odd": 2}})
    assert out == {"y": "m"}
    assert found == ["x.odd dropped"]
