"""What rules make among things of which nothing is known: its members are of kinds that the target takes."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from .made import array, obj, refused_findings

TEXT = {"type": "string"}
HUB = obj(text=TEXT, kept={"type": "array"}, more={"type": "object"})

WIRE = obj(parts=array(obj("text", text=TEXT, done={"type": "boolean"})))


def findings(root: Path, rule: str) -> list[tuple[str, str]]:
    spec = f"unit: request\nhub: Item\nwire: Item\nto_wire:\n  parts: {rule}\n"
    toy: dict[str, Any] = {"hub": HUB, "schema": WIRE, "request.yaml": spec}
    return refused_findings(root, toy=toy)


def test_a_member_of_another_kind(tmp_path: Path) -> None:
    found = findings(tmp_path, "{$concat: [[{text: text, done: =true}, more], kept]}")
    assert [code for code, _ in found] == ["DG482"]
    assert '"parts[].done" must be a boolean' in found[0][1]


def test_a_member_that_the_target_does_not_have(tmp_path: Path) -> None:
    found = findings(tmp_path, "{$concat: [[{text: text, dun: true}, more], kept]}")
    assert [code for code, _ in found] == ["DG480"]


def test_what_is_there_may_have_been_asked_elsewhere(tmp_path: Path) -> None:
    assert findings(tmp_path, "{$concat: [[{text: text, done: true}, more], kept]}") == []


def test_what_a_filter_takes_away_is_not_there(tmp_path: Path) -> None:
    rule = '{$concat: ["$made[?mark == `null`]", kept]}'
    made = "[{text: text, done: true}, more, {$when: text, mark: =here, text: text}]"
    spec = f"{{$let: {{made: {{$make: {made}}}}}, $make: {rule}}}"
    assert findings(tmp_path, spec) == []


def test_a_failure_whose_body_is_forgotten(tmp_path: Path) -> None:
    errors = "unit: errors\nhub: Item\nwire: Item\nto_hub: {status: status, $ignore: {headers: none, body: none}}\n"
    found = refused_findings(tmp_path, toy={"hub": HUB, "schema": WIRE, "errors.yaml": errors})
    assert ("DG481", 'the failure needs the field "body", which is not made') in found
