"""Operators on typed schemas, from YAML to what the generated code does."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

from .made import array, generated, losses, obj, refused_findings, run, source

TEXT = {"type": "string"}
NUMBER = {"type": "integer"}


def one(root: Path, rules: str, hub: Any, wire: Any = None, **provider: Any) -> Any:
    files: dict[str, Any] = {"hub": hub, "request.yaml": "unit: request\nhub: Item\nwire: Item\n" + rules}
    if wire is not None:
        files["schema"] = wire
    if provider:
        endpoint = {"method": "POST", "base_url": "https://toy.test", "paths": {"request": "/say"}}
        head = {"slug": "toy", "name": "Toy", "source": "made for a test", "endpoint": endpoint}
        files["provider.yaml"] = {**head, **provider}
    return generated(root, toy=files)["toy"]


# ---------------------------------------------------------------------- both
BOTH = """\
both:
  text: words
  limits.most: {wire: bounds.upper}
  mood: {wire: tone, table: tone}
to_wire: {}
to_hub: {}
"""


def test_rows_of_both_hold_in_both_directions(tmp_path: Path) -> None:
    hub = obj("text", text=TEXT, limits=obj("", most=NUMBER), mood=TEXT)
    wire = obj("words", words=TEXT, bounds=obj("", upper=NUMBER), tone=TEXT)
    toy = one(tmp_path, BOTH, hub, wire, tables={"tone": {"pairs": {"calm": "C", "merry": "M"}}})
    there = {"text": "hi", "limits": {"most": 3}, "mood": "merry"}
    back = {"words": "hi", "bounds": {"upper": 3}, "tone": "M"}
    assert run(toy, there).out == back
    assert run(toy, back, direction="to_hub").out == there
    assert run(toy, {"text": "hi"}).out == {"words": "hi"}


def test_rows_of_both_go_into_objects_that_a_direction_writes(tmp_path: Path) -> None:
    rows = (
        "both: {text: bounds.words}\nto_wire: {bounds: {upper: limits.most}}\nto_hub: {limits: {most: bounds.upper}}\n"
    )
    hub = obj("", text=TEXT, limits=obj("", most=NUMBER))
    toy = one(tmp_path, rows, hub, obj("", bounds=obj("", upper=NUMBER, words=TEXT)))
    there, back = {"text": "hi", "limits": {"most": 3}}, {"bounds": {"words": "hi", "upper": 3}}
    assert run(toy, there).out == back
    assert run(toy, back, direction="to_hub").out == there


def test_a_table_refuses_what_it_does_not_know(tmp_path: Path) -> None:
    hub = obj("", text=TEXT, limits=obj("", most=NUMBER), mood=TEXT)
    wire = obj("", words=TEXT, bounds=obj("", upper=NUMBER), tone=TEXT)
    toy = one(tmp_path, BOTH, hub, wire, tables={"tone": {"pairs": {"calm": "C", "merry": "M"}}})
    fault = run(toy, {"mood": "wild"}).fault
    assert fault is not None
    assert fault.at == ((), "mood")


# ---------------------------------------------------------------------- definitions
DEFINITIONS = """\
to_wire:
  whole: {$use: named}
  part: {$use: named, $of: inner}
  parts: {$each: inners, $use: named}
defs:
  named:
    name: name
    $drop: {age: {cosmetic: nobody asks}}
"""


def test_a_definition_of_the_item_and_of_parts(tmp_path: Path) -> None:
    """On the current item it reads on its behalf; on a part it accounts for the part."""
    inner = obj("name", name=TEXT, age=NUMBER)
    hub = obj("name", name=TEXT, age=NUMBER, inner=inner, inners=array(inner))
    toy = one(tmp_path, DEFINITIONS, hub)
    person = {"name": "ann", "age": 3}
    outcome = run(toy, {**person, "inner": person, "inners": [person, {"name": "bob"}]})
    assert outcome.out == {
        "whole": {"name": "ann"},
        "part": {"name": "ann"},
        "parts": [{"name": "ann"}, {"name": "bob"}],
    }
    assert sorted(losses(outcome)) == ["age dropped", "inner.age dropped", "inners[0].age dropped"]


def test_an_unknown_field_is_told_once(tmp_path: Path) -> None:
    inner = obj("name", name=TEXT, age=NUMBER)
    toy = one(tmp_path, DEFINITIONS, obj("name", name=TEXT, age=NUMBER, inner=inner, inners=array(inner)))
    outcome = run(toy, {"name": "ann", "colour": "red", "inner": {"name": "bob", "colour": "red"}})
    assert losses(outcome) == ["colour dropped", "inner.colour dropped"]


def test_types_of_definitions_are_those_of_all_their_uses(tmp_path: Path) -> None:
    """What a definition gives is known to rules that stand before it: no guard is left where none is needed."""
    rules = """\
to_wire:
  $let: {names: {$use: listed, $of: one}, others: {$use: listed, $of: two}}
  first: $names[0]
  count: "length($others || `[]`)"
defs:
  listed: {$each: names, $make: "@", $default: []}
"""
    pair = (obj("names", names=array(TEXT)), obj("names", names=array(NUMBER)))
    toy = one(tmp_path, rules, obj("", one=pair[0], two=pair[1]))
    assert run(toy, {"one": {"names": ["a"]}, "two": {"names": [1, 2]}}).out == {"first": "a", "count": 2}
    assert run(toy, {}).out == {"count": 0}
    body = re.findall(r"def request_to_wire.*?(?=^def |\Z)", source(toy), re.DOTALL | re.MULTILINE)[0]
    assert "type(names) is list" not in body


# ---------------------------------------------------------------------- lists
GATHER = """\
to_wire:
  $let:
    tools: {$index: "turns[].calls[]", $by: id, $value: name}
    sorted:
      $gather: turns
      $as: g
      $match: role
      $cases:
        system: {"front[]": [text], seen: "length($g.front)"}
        user: {turns: {who: =human, body: [text]}}
        assistant:
          turns:
            who: =engine
            body: {$concat: [{$when: text, $make: [text]}, {$each: calls, $make: name, $ignore: {id: known}}]}
        tool: {turns: {who: =human, body: [text, "at($tools, id)"]}}
  front: $sorted.front
  seen: $sorted.seen
  turns: {$merge: $sorted.turns, $by: who, $concat: [body]}
"""
CALL = obj("id name", id=TEXT, name=TEXT)
TURN = {
    "oneOf": [
        obj("role text", role={"const": "system"}, text=TEXT),
        obj("role text", role={"const": "user"}, text=TEXT),
        obj("role", role={"const": "assistant"}, text=TEXT, calls=array(CALL)),
        obj("role id text", role={"const": "tool"}, id=TEXT, text=TEXT),
    ]
}


def test_gather_merge_and_index(tmp_path: Path) -> None:
    toy = one(tmp_path, GATHER, obj("turns", turns=array(TURN)))
    turns = [
        {"role": "user", "text": "a"},
        {"role": "system", "text": "s"},
        {"role": "user", "text": "b"},
        {"role": "assistant", "calls": [{"id": "c1", "name": "look"}]},
        {"role": "tool", "id": "c1", "text": "seen"},
        {"role": "tool", "id": "c2", "text": "?"},
        {"role": "system", "text": "t"},
    ]
    assert run(toy, {"turns": turns}).out == {
        "front": ["s", "t"],
        "seen": [1, 2],
        "turns": [
            {"who": "human", "body": ["a", "b"]},
            {"who": "engine", "body": ["look"]},
            {"who": "human", "body": ["seen", "look", "?"]},
        ],
    }
    assert run(toy, {"turns": []}).out == {}


def test_what_lists_hold_is_checked(tmp_path: Path) -> None:
    toy = one(tmp_path, GATHER, obj("turns", turns=array(TURN)))
    for given, path in (
        ([None], ("turns", 0)),
        ([{"role": "user"}], ("turns", 0, "text")),
        ([{"role": "assistant", "calls": [3]}], ("turns", 0, "calls", 0)),
        ([{"role": "nobody"}], ("turns", 0, "role")),
        (7, ("turns",)),
    ):
        fault = run(toy, {"turns": given}).fault
        assert fault is not None, given
        assert fault.at[1:] == path, given


def test_order_lays_lists_into_one(tmp_path: Path) -> None:
    rules = "to_wire: {all: {$order: order, $lists: {text: texts, call: {$each: calls, $make: name}}}, $ignore: {}}\n"
    hub = obj("", order=array(obj("of", of=TEXT)), texts=array(TEXT), calls=array(obj("name", name=TEXT)))
    toy = one(tmp_path, rules, hub)
    given = {
        "order": [{"of": "call"}, {"of": "song"}, {"of": "text"}],
        "texts": ["a", "b"],
        "calls": [{"name": "f"}, {"name": "g"}],
    }
    assert run(toy, given).out == {"all": ["f", "a", "b", "g"]}
    assert run(toy, {"texts": ["a"]}).out == {"all": ["a"]}
    assert run(toy, {}).out == {}


def test_made_lists_that_are_empty_are_null_in_every_branch(tmp_path: Path) -> None:
    rules = (
        'to_wire: {stop: {$first: [{$when: "type(stop) == \'string\'", $make: [stop]}, {$each: stop, $make: "@"}]}}\n'
    )
    toy = one(tmp_path, rules, obj("", stop={"anyOf": [TEXT, array(TEXT)]}))
    assert [run(toy, given).out for given in ({}, {"stop": []}, {"stop": "x"}, {"stop": ["y"]})] == [
        {},
        {},
        {"stop": ["x"]},
        {"stop": ["y"]},
    ]


FILTERED = """\
to_wire:
  all:
    $each: "parts[?kind == 'b']"
    $make: text
    $ignore: {kind: it is known}
    $drop: {mark: {tuning: no marks}}
  $ignore: {parts: the others say nothing}
"""


def test_elements_that_a_filter_keeps_are_told_where_they_stand(tmp_path: Path) -> None:
    toy = one(tmp_path, FILTERED, obj("", parts=array(obj("kind", kind=TEXT, text=TEXT, mark=TEXT))))
    outcome = run(toy, {"parts": [{"kind": "a"}, {"kind": "b", "text": "x", "mark": "m"}]})
    assert outcome.out == {"all": ["x"]}
    assert losses(outcome) == ["parts[1].mark dropped"]


def test_lower_tells_what_it_drops(tmp_path: Path) -> None:
    dialect = {"keep": ["type", "properties"], "to_description": ["minimum"], "dropped": {"contract": "not enforced"}}
    toy = one(
        tmp_path,
        "to_wire: {tools: {$each: tools, name: name, takes: {$lower: schema, $dialect: small}}}\n",
        obj("tools", tools=array(obj("name", name=TEXT, schema={"type": "object"}))),
        dialects={"small": dialect},
    )
    schema = {"type": "object", "properties": {"n": {"type": "integer", "minimum": 1, "multipleOf": 2}}}
    outcome = run(toy, {"tools": [{"name": "f", "schema": schema}]})
    assert outcome.out == {
        "tools": [
            {
                "name": "f",
                "takes": {"type": "object", "properties": {"n": {"type": "integer", "description": "{minimum: 1}"}}},
            }
        ]
    }
    told = {loss.path.rsplit(".", 1)[-1]: (loss.severity, loss.reason) for loss in outcome.losses or ()}
    assert told["multipleOf"] == ("contract", "not enforced")
    assert told["minimum"][0] == "tuning"


HIDING = """\
to_wire:
  same: {$same: same, $drop: {put: {tuning: no puts}}}
  hub: {$get: hub, $is: string}
  trim: trim(trim)
  lay: {$order: lay, $lists: {a: wire}}
"""


def test_locals_do_not_hide_what_is_imported(tmp_path: Path) -> None:
    words = array(obj("of", of=TEXT))
    hub = obj("", same=obj("", put=TEXT, named=TEXT), hub=TEXT, trim=TEXT, lay=words, wire=array(TEXT))
    toy = one(tmp_path, HIDING, hub)
    outcome = run(toy, {"same": {"put": "x", "named": "n"}, "hub": "h", "trim": " t ", "lay": [], "wire": ["w"]})
    assert outcome.out == {"same": {"named": "n"}, "hub": "h", "trim": "t", "lay": ["w"]}
    assert losses(outcome) == ["same.put dropped"]


def test_fields_that_are_copied_stand_beside_others_and_in_rows_of_both(tmp_path: Path) -> None:
    text = """\
unit: request
hub: Item
wire: Item
both: {$copy: [a, b], c: d}
to_wire: {more: {$copy: [e, f], g: =h}, $ignore: {d: the other side says it}}
to_hub: {$ignore: {"c, e, f, more": the other side says it}}
"""
    schema = obj(**dict.fromkeys("abcdef", TEXT))
    wire = obj(**dict.fromkeys("abcdef", TEXT), more={"type": "object"})
    toy = generated(tmp_path, toy={"hub": schema, "schema": wire, "request.yaml": text})["toy"]
    given = {name: name.upper() for name in "abcef"}
    assert run(toy, given).out == {"a": "A", "b": "B", "d": "C", "more": {"e": "E", "f": "F", "g": "h"}}
    assert run(toy, {"a": "1", "d": "2"}, direction="to_hub").out == {"a": "1", "c": "2"}


def test_a_field_is_copied_or_written(tmp_path: Path) -> None:
    schema = obj(a={"type": "string"})
    text = "unit: request\nhub: Item\nwire: Item\nto_wire: {$copy: [a], a: =b}\n"
    found = refused_findings(tmp_path, toy={"hub": schema, "schema": schema, "request.yaml": text})
    assert found == [("DG107", 'the field "a" is copied, and written beside it')]
