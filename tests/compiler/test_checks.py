"""What the checks of rules leave alone: code that is right, and findings that are known."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import yaml

from dragoman_codegen.checks.constants import truth
from dragoman_codegen.checks.exceptions import FILE
from dragoman_codegen.jmes import parse_text

from .made import obj, refused_findings

ROOT = Path(__file__).resolve().parents[2]
KNOWN = 0
"""How many exceptions there are. A smaller number may be written here, and never a larger one."""

TEXT = {"type": "string"}
WIRE = obj("kind", kind={"type": "string", "enum": ["start", "part", "stop"]}, text=TEXT)
HUB = obj("", text=TEXT, sound=TEXT, parts={"type": "array", "items": obj("", text=TEXT)}, last={"type": "boolean"})
BLOCKS = """\
unit: stream
hub: Item
wire: Item
to_wire:
  pairs: [{open: {kind: start}, close: {kind: stop}, inside: {kind: part}}]
  state:
    open: {type: string}
    begun: {type: boolean, init: false}
  templates:
    part: {kind: =part, text: $said}
  procedures:
    close:
      - when: $state.open
        do: [{emit: {kind: =stop}}, {set: {open: null}}]
    begin:
      - when: "$state.open != 'text'"
        do: [{call: close}, {set: {open: =text}}, {emit: {kind: =start}}]
  events:
    any:
      ignore: {sound: not told}
      do:
        - when: "parts && !($state.begun)"
          do: [{call: begin}, {set: {begun: true}}]
        - each: parts
          as: one
          do:
            - let: {said: $one.text}
            - when: "$said && $state.open"
              do: [{emit: part, with: {said: $said}}]
        - when: text
          do:
            - call: begin
            - emit: part
              with: {said: text}
        - when: last
          do: [{call: close}]
  end:
    - when: "!($state.begun)"
      do: [{fail: {kind: =stop}}]
      else:
        - call: close
        - finish: true
"""


def findings(root: Path, stream: str, **more: Any) -> list[tuple[str, str]]:
    files: dict[str, Any] = {"hub": HUB, "schema": WIRE, "stream.yaml": stream}
    return refused_findings(root, toy={**files, **more})


def test_blocks_that_are_closed_on_every_order_of_events(tmp_path: Path) -> None:
    assert findings(tmp_path, BLOCKS) == []


def test_a_block_that_one_order_of_events_leaves_open(tmp_path: Path) -> None:
    broken = BLOCKS.replace("        - call: close\n        - finish: true", "        - finish: true")
    ((code, message),) = findings(tmp_path, broken)
    assert code == "DG463"
    assert message.endswith('the answer ends while "start" is still open: there is no "stop"')


def test_what_is_asked_before_a_list_is_gone_through_holds_in_it(tmp_path: Path) -> None:
    broken = BLOCKS.replace('"$said && $state.open"', "$said")
    assert findings(tmp_path / "sound", broken.replace("do: [{call: close}]\n  end", "do: []\n  end")) == []
    ((code, message),) = findings(tmp_path / "closed", broken)
    assert (code, '"part" is made while no "start" is open' in message) == ("DG463", True)


def test_a_known_finding_is_not_told(tmp_path: Path) -> None:
    table = {"pairs": {"a": "A"}}
    provider = {
        "slug": "toy",
        "name": "Toy",
        "source": "made",
        "tables": {"spare": table},
        "endpoint": {"method": "POST", "base_url": "https://toy.test", "paths": {"request": "/say"}},
    }
    assert [code for code, _ in findings(tmp_path / "told", BLOCKS, **{"provider.yaml": provider})] == ["DG460"]
    entry = {"code": "DG460", "file": "specs/providers/toy/provider.yaml", "at": "tables/spare", "reason": "soon"}
    (tmp_path / "known" / "specs").mkdir(parents=True)
    (tmp_path / "known" / FILE).write_text(yaml.safe_dump([entry]), encoding="utf-8")
    assert findings(tmp_path / "known", BLOCKS, **{"provider.yaml": provider}) == []


def test_the_list_of_exceptions_only_shrinks() -> None:
    entries = yaml.safe_load((ROOT / FILE).read_text(encoding="utf-8"))
    assert len(entries) == KNOWN, "with one more, mend what is found; with one less, write the number down"


def test_truth_of_conditions() -> None:
    known = {
        "a": None,
        "a == 'x' && b == 'y'": None,
        "a == 'x' || a == 'y'": None,
        "a != 'x' && a != 'y'": None,
        "a == 'x' && a == 'y'": False,
        "a != 'x' || a != 'y'": True,
        "a == `1` && a == `true`": False,
        "a == 'x' && b && a == 'x'": None,
        "a || 'x'": True,
        "a && ''": False,
        "!'x' || b": None,
        "!(a || 'x')": False,
        "a.b == a.b": True,
        "a[0] != a[0]": False,
        "`1` == `1`": True,
        "`1` == `true`": False,
        "contains(a, 'x')": None,
    }
    assert {text: truth(parse_text(text)) for text in known} == known


MERGED = """\
unit: request
hub: Item
wire: Item
to_wire:
  $let: {{turns: {{$each: parts, role: =user, text: [text]}}}}
  text: {{$get: text, $note: {{tuning: as it is}}}}
  parts: {rule}
  $ignore: {{"sound, last": not told}}
"""


def merged(root: Path, rule: str) -> list[tuple[str, str]]:
    spec = MERGED.format(rule=rule)
    return refused_findings(root, toy={"hub": HUB, "schema": {"type": "object"}, "request.yaml": spec})


def test_names_of_a_merge_that_no_item_has(tmp_path: Path) -> None:
    assert merged(tmp_path, "{$merge: $turns, $by: role, $concat: [text]}") == []
    found = merged(tmp_path / "wrong", "{$merge: $turns, $by: rol, $concat: [texts]}")
    assert [code for code, _ in found] == ["DG307", "DG307"]
    assert found[0][1].startswith('no item that is merged has a field "')


def test_a_loop_over_a_text(tmp_path: Path) -> None:
    found = merged(tmp_path, "{$each: text, more: $turns}")
    assert ("DG308", "$each goes through a list, and this is a string") in found


def test_a_limit_that_is_a_text(tmp_path: Path) -> None:
    found = merged(tmp_path, "{$get: 'length($turns)', $clamp: {max: =3}}")
    assert ("DG304", "a limit of $clamp must be a number, and this is '3': it limits nothing") in found
