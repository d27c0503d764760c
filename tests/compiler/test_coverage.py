"""What becomes of each leaf: the whole table of a small project, and the real ones held against their schemas."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from dragoman_codegen.cli import main
from dragoman_codegen.coverage import Table, render_tables
from dragoman_codegen.diagnostics import Diagnostics, render
from dragoman_codegen.project import compile_provider, slugs
from dragoman_codegen.spec import Provider

from ..toys import compiled, write
from .leaves import unmatched
from .made import array, obj, refused_findings

ROOT = Path(__file__).resolve().parents[2]
TEXT = {"type": "string"}
WORDS = obj("type text", type={"const": "words"}, text=TEXT, mark=TEXT) | {"title": "Words"}
PICTURE = obj("type url", type={"const": "picture"}, url=TEXT, label=TEXT) | {"title": "Picture"}
NODE = obj("", value=TEXT, kids=array({"$ref": "#/$defs/Item/properties/tree"}))
HUB = obj(
    "",
    name=TEXT,
    meta=obj("", a=TEXT, b=TEXT),
    origin=TEXT,
    seed={"type": "integer"},
    secret=TEXT,
    limit={"type": "integer"},
    said={"oneOf": [TEXT, array({"oneOf": [WORDS, PICTURE]})]},
    tree=NODE,
    form={"const": "item"},
    tags=array(TEXT),
    copy=obj("", x=TEXT, y=TEXT, z=TEXT),
)
REQUEST = """\
unit: request
hub: Item
wire: Item
to_wire:
  name: name
  meta: meta
  limit: {$when: "limit > `0`", $get: limit}
  said:
    $first:
      - {$when: "type(said) == 'string'", $make: [{t: said}]}
      - {$each: said, $make: {$use: part}}
  tree: {$use: node, $of: tree}
  tags: {$each: tags, $make: "@"}
  copy: {$same: copy, $drop: {x: {tuning: not taken}}, $fields: {y: "join('', [y || '', '!'])"}}
  $ignore: {origin: said elsewhere}
  $drop:
    seed: {tuning: not taken}
    limit: {tuning: not taken, when: "limit < `0`"}
  $reject: {secret: not taken}
defs:
  part:
    $match: type
    $cases:
      words: {t: text, $ignore: {mark: says nothing}}
      picture: {$drop: {contract: texts only}}
  node: {v: value, kids: {$each: kids, $make: {$use: node}}}
"""
TABLE = """\
toy request to_wire
  name                   read            request.yaml:5
  meta                   copied          request.yaml:6
  origin                 ignored         request.yaml:15
  seed                   dropped         request.yaml:17
  secret                 rejected        request.yaml:19
  limit                  read|dropped    request.yaml:18, request.yaml:7
  said(string)           read            request.yaml:10, request.yaml:11
  said[](Words).type     read            request.yaml:22
  said[](Words).text     read            request.yaml:24
  said[](Words).mark     ignored         request.yaml:24
  said[](Picture).type   read            request.yaml:22
  said[](Picture).url    dropped         request.yaml:25
  said[](Picture).label  dropped         request.yaml:25
  tree.value             read            request.yaml:26
  tree.kids[].value      read            request.yaml:26
  tree.kids[].kids[]     as tree.kids[]
  form                   constant
  tags[]                 read            request.yaml:13
  copy.x                 dropped         request.yaml:14
  copy.y                 read            request.yaml:14
  copy.z                 copied          request.yaml:14

provider  unit     direction  leaves  read  copied  ignored  dropped  rejected  by condition  constant  uncovered
toy       request  to_wire        20     9       2        2        4         1             1         1          0
"""
CARRIED = """\
unit: request
hub: Item
wire: Item
to_wire:
  $let:
    taken: {$first: [{$when: name, $use: taken, $of: "@"}, "@"]}
  $same: $taken
  $drop: {"seed, meta.a": {tuning: none}, secret: {contract: none}}
  $fields: {tags: {$each: tags, $make: "@", $where: "@ != 'x'", $else: {$drop: {tuning: no x}}}}
  $ignore: {origin: a label}
defs:
  taken:
    $same: "@"
    $fields: {limit: {$first: [{$when: "limit > `1`", $get: limit}, {$drop: {tuning: too low}, $of: limit}]}}
"""
STREAM = """\
unit: stream
hub: Item
wire: Item
to_hub:
  on: kind
  state: {done: {type: boolean}}
  procedures:
    tell: [{emit: {text: "join('', [text || '', '!'])"}}]
  events:
    say:
      ignore: {mark: says nothing}
      do: [{call: tell}]
    list:
      do:
        - each: parts
          as: part
          drop: {colour: {tuning: not taken}}
          do: [{emit: {text: $part.text}}]
    stop: {drop: {why: {tuning: not taken}}, do: [{set: {done: true}}]}
  end: [{when: $state.done, do: [{finish: true}], else: [{fail: {text: =cut}}]}]
"""
EVENTS = {
    "oneOf": [
        obj("kind", kind={"const": "say"}, text=TEXT, mark=TEXT) | {"title": "Say"},
        obj("kind", kind={"const": "list"}, parts=array(obj("", text=TEXT, colour=TEXT))) | {"title": "List"},
        obj("kind", kind={"const": "stop"}, why=TEXT) | {"title": "Stop"},
    ]
}
STREAM_TABLE = """\
toy stream to_hub
  (Say).kind             read     stream.yaml:5
  (Say).text             read     stream.yaml:8
  (Say).mark             ignored  stream.yaml:11
  (List).kind            read     stream.yaml:5
  (List).parts[].text    read     stream.yaml:18
  (List).parts[].colour  dropped  stream.yaml:17
  (Stop).kind            read     stream.yaml:5
  (Stop).why             dropped  stream.yaml:19
"""


def tables(root: Path, **files: Any) -> list[Table]:
    write(root, files)
    diagnostics = Diagnostics()
    found = compiled(root, diagnostics)
    assert found is not None, render(diagnostics)
    return found.tables


def test_the_whole_table(tmp_path: Path) -> None:
    found = tables(tmp_path, **{"hub": HUB, "request.yaml": REQUEST})
    assert render_tables({"toy": found}, verbose=True) == TABLE
    rows = {leaf.path for leaf in found[0].leaves}
    assert unmatched({"$defs": {"Item": HUB}}, "Item", rows) == ([], set())


def test_a_copy_that_goes_through_a_name(tmp_path: Path) -> None:
    hub = obj(
        name=TEXT, seed=TEXT, secret=TEXT, origin=TEXT, limit={"type": "integer"}, meta=obj(a=TEXT, b=TEXT),
        tags=array(TEXT),
    )  # fmt: skip
    (table,) = tables(tmp_path, **{"hub": hub, "request.yaml": CARRIED})
    assert {leaf.path: leaf.ends for leaf in table.leaves} == {
        "name": ("read",),
        "seed": ("dropped",),
        "secret": ("dropped",),
        "origin": ("ignored",),
        "limit": ("dropped", "copied"),
        "meta.a": ("dropped",),
        "meta.b": ("copied",),
        "tags[]": ("read",),
    }


def test_events_of_a_stream(tmp_path: Path) -> None:
    found = tables(tmp_path, **{"hub": obj("", text=TEXT), "schema": EVENTS, "stream.yaml": STREAM})
    assert render_tables({"toy": found}, verbose=True).startswith(STREAM_TABLE)


def test_a_leaf_that_is_passed_over_is_noticed() -> None:
    rows = {"meta", "said(string)", "said[](Words)", "tree"}
    document = {"$defs": {"Item": obj("", meta=HUB["properties"]["meta"], said=HUB["properties"]["said"])}}
    missing, nothing = unmatched(document, "Item", rows)
    assert (missing, nothing) == (["said[](Picture).type", "said[](Picture).url", "said[](Picture).label"], {"tree"})


# ---------------------------------------------------------------------- what is there is told
@pytest.mark.parametrize("slug", slugs(ROOT))
def test_each_leaf_of_the_schemas_stands_in_the_table_once(slug: str) -> None:
    diagnostics = Diagnostics()
    found = compile_provider(ROOT, slug, diagnostics)
    assert found is not None, render(diagnostics)
    told = {(table.unit, table.direction) for table in found.tables}
    assert told == {(name, way) for name, unit in found.provider.units.items() for way in (unit.sides or unit.streams)}
    for table in found.tables:
        counts = Counter(leaf.path for leaf in table.leaves)
        assert [path for path, n in counts.items() if n > 1] == []
        assert table.counts["uncovered"] == 0
        document, name = _source(found.provider, table)
        at = "body" if table.unit == "errors" else ""
        rows = {path for path in counts if path.startswith(at)}
        assert unmatched(document, name, rows, at) == ([], set()), (table.unit, table.direction)


def _source(provider: Provider, table: Table) -> tuple[dict[str, Any], str]:
    hub, wire = provider.sides(provider.units[table.unit])
    return hub if table.direction == "to_wire" else wire


# ---------------------------------------------------------------------- what is not accounted for
def leaf_findings(root: Path, hub: dict[str, Any], rule: str, **wire: Any) -> list[tuple[str, str]]:
    request = "unit: request\nhub: Item\nwire: Item\nto_wire:\n" + rule
    schema = {"schema": obj("", **wire)} if wire else {}
    return refused_findings(root, toy={"hub": hub, "request.yaml": request, **schema})


def test_a_field_that_a_copy_makes_anew_must_be_read(tmp_path: Path) -> None:
    rule = "  $same: '@'\n  $fields: {x: =always}\n"
    assert leaf_findings(tmp_path, obj("", x=TEXT, y=TEXT), rule) == [
        ("DG447", 'nothing in `to_wire` says what becomes of "x"')
    ]


def test_elements_must_be_looked_at(tmp_path: Path) -> None:
    rule = "  n: {$each: tags, $make: =one}\n"
    assert leaf_findings(tmp_path, obj("", tags=array(TEXT)), rule) == [
        ("DG447", 'nothing in `to_wire` says what becomes of "tags[]"')
    ]


def test_what_another_scope_needs_is_not_needless(tmp_path: Path) -> None:
    rule = (
        "  label: part.label\n  text: {$use: text, $of: part}\n"
        "defs:\n  text: {$get: text, $ignore: {label: the caller reads it}}\n"
    )
    rule = rule.replace("{$get: text, $ignore", "{t: text, $ignore")
    assert leaf_findings(tmp_path, obj("", part=obj("", text=TEXT, label=TEXT)), rule) == []


# ---------------------------------------------------------------------- copies of what the target does not take
WHOLE = obj("", part=obj("", a=TEXT, b=TEXT), parts=array(obj("", a=TEXT, b=TEXT)))
NARROW = obj("", a=TEXT)
COPIES = {
    "by itself": ("  part: part\n  $ignore: {parts: not here}\n", {"part": NARROW}),
    "through a definition": (
        "  part: {$use: it, $of: part}\n  $ignore: {parts: not here}\ndefs:\n  it: {$get: '@'}\n",
        {"part": NARROW},
    ),
    "as a list": ("  parts: parts\n  $ignore: {part: not here}\n", {"parts": array(NARROW)}),
    "each element": (
        "  parts: {$each: parts, $make: '@'}\n  $ignore: {part: not here}\n",
        {"parts": array(NARROW)},
    ),
    "as a copy": (
        "  parts: {$each: parts, $make: {$same: '@'}}\n  $ignore: {part: not here}\n",
        {"parts": array(NARROW)},
    ),
    "by a name": ("  $let: {it: part}\n  part: $it\n  $ignore: {parts: not here}\n", {"part": NARROW}),
    "in a list by a name": (
        "  $let: {all: {$concat: [parts, [part]]}}\n  parts: $all\n",
        {"parts": array(NARROW)},
    ),
}


@pytest.mark.parametrize("how", COPIES)
def test_a_whole_is_copied_only_where_the_target_takes_the_whole(tmp_path: Path, how: str) -> None:
    rule, wire = COPIES[how]
    codes = [code for code, _ in leaf_findings(tmp_path, WHOLE, rule, **wire)]
    assert codes == ["DG480"], codes
    wide = {name: WHOLE["properties"][name] for name in wire}
    assert leaf_findings(tmp_path / "wide", WHOLE, rule, **wide) == []


# ---------------------------------------------------------------------- the command
def test_the_command_prints_the_counts(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    write(tmp_path, {"hub": HUB, "request.yaml": REQUEST})
    main(["generate", "--root", str(tmp_path)])
    capsys.readouterr()
    assert main(["check", "--coverage", "--verbose", "--root", str(tmp_path)]) == 0
    assert capsys.readouterr().out == TABLE
    assert main(["check", "--coverage", "--format", "json", "--root", str(tmp_path)]) == 0
    printed = capsys.readouterr()
    assert json.loads(printed.out) == {"diagnostics": []}
    assert printed.err == TABLE[TABLE.index("provider  unit") :]
