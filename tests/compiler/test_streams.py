"""State machines: slots, templates, procedures, and what steps account for."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from dragoman_codegen.proving import Package

from .made import array, generated, losses, obj, refused_findings, run

TEXT = {"type": "string"}
NUMBER = {"type": "integer"}
EVENT = {
    "oneOf": [
        obj("kind id", kind={"const": "begin"}, id=TEXT),
        obj("kind parts", kind={"const": "parts"}, parts=array(obj("key", key=TEXT, text=TEXT, mark=TEXT))),
        obj("kind", kind={"const": "count"}, n=NUMBER),
        obj("kind", kind={"const": "end"}, why=TEXT),
    ]
}
STREAM = """\
unit: stream
hub: Item
wire: Item
to_hub:
  on: kind
  state:
    id: {type: string}
    open: {type: map}
    seen: {type: list}
    total: {type: integer, init: 0}
    begun: {type: boolean}
    last: {type: object}
  templates:
    chunk: {id: $state.id, text: $text, index: {$get: $index, $keep_null: true}}
  procedures:
    close:
      - when: "length($state.seen) > `2`"
        do: [{fail: {id: $state.id, error: =too many}}]
      - {emit: chunk, with: {text: "join(',', $state.seen[?@])"}}
      - {finish: true}
  events:
    begin:
      - when: $state.begun
        do: [{drop: {cosmetic: it has begun}, of: id}]
        else: [{set: {id: id, begun: true}}]
    parts:
      - each: parts
        as: part
        drop: {mark: {tuning: marks are not known}}
        do:
          - let: {place: "at($state.open, $part.key)"}
          - when: "$place == `null`"
            do:
              - {put: {open: {at: $part.key, value: $state.total}}}
              - {set: {total: "sum([$state.total, `1`])", last: {key: $part.key}}}
              - {add: {seen: $part.key}}
          - emit: chunk
            with: {text: $part.text, index: "at($state.open, $part.key)"}
    count:
      - match: to_string(n)
        cases: {"0": []}
        else: [{emit: {id: $state.id, n: n}}]
    end:
      ignore: {why: nobody asks}
      do:
        - {call: close}
        - {emit: {id: =never}}
  unknown: [{emit: {id: =odd}}]
  end: [{fail: {id: $state.id, error: =cut off, last: $state.last.key}}]
"""


def package(root: Path) -> Package:
    return generated(root, toy={"hub": {"type": "object"}, "schema": EVENT, "stream.yaml": STREAM})["toy"]


def stream(root: Path, *events: dict[str, Any]) -> Any:
    return run(package(root), list(events), unit="stream", direction="to_hub")


BEGIN = {"kind": "begin", "id": "r"}
END = {"kind": "end", "why": "done"}


def test_slots_templates_and_procedures(tmp_path: Path) -> None:
    parts = [{"key": "a", "text": "x"}, {"key": "b", "mark": "m"}, {"key": "a", "text": "y", "odd": 1}]
    outcome = stream(tmp_path, BEGIN, BEGIN, {"kind": "parts", "parts": parts}, END, {"kind": "count"})
    assert outcome.fault is None
    assert outcome.out == [
        {"id": "r", "text": "x", "index": 0},
        {"id": "r", "index": 1},
        {"id": "r", "text": "y", "index": 0},
        {"id": "r", "text": "a,b", "index": None},
    ]
    assert losses(outcome) == [
        "events[1].id dropped",
        "events[2].parts[1].mark dropped",
        "events[2].parts[2].odd dropped",
    ]


def test_what_a_procedure_ends_is_over(tmp_path: Path) -> None:
    parts = [{"key": key} for key in "abc"]
    outcome = stream(tmp_path, BEGIN, {"kind": "parts", "parts": parts}, END)
    assert outcome.out[-1] == {"id": "r", "error": "too many"}
    assert len(outcome.out) == 4


def test_a_stream_that_is_cut_off_says_so(tmp_path: Path) -> None:
    outcome = stream(tmp_path, BEGIN, {"kind": "parts", "parts": [{"key": "a"}]}, {"kind": "song"})
    assert outcome.out[1:] == [{"id": "odd"}, {"id": "r", "error": "cut off", "last": "a"}]


def test_a_malformed_event_names_its_number(tmp_path: Path) -> None:
    outcome = stream(tmp_path, BEGIN, {"kind": "parts", "parts": [{"text": "x"}]})
    assert outcome.fault is not None
    assert str(outcome.fault).startswith("events[1]: expected a key")


COLLECTING = """\
unit: stream
hub: Item
wire: Item
to_hub:
  on: kind
  state: {all: {type: list}, counted: {type: list}}
  templates: {told: {all: $all}}
  events:
    begin: [{add: {all: id, counted: id}}, {emit: told, with: {all: $state.all}}, {emit: {n: length($state.counted)}}]
  unknown: []
  end: [{finish: true}]
"""


def test_what_was_made_does_not_change_any_more(tmp_path: Path) -> None:
    schema = {"oneOf": EVENT["oneOf"][:1]}
    package = generated(tmp_path, toy={"hub": {"type": "object"}, "schema": schema, "stream.yaml": COLLECTING})["toy"]
    events = [{"kind": "begin", "id": "a"}, {"kind": "begin", "id": "b"}]
    outcome = run(package, events, unit="stream", direction="to_hub")
    assert outcome.out == [{"all": ["a"]}, {"n": 1}, {"all": ["a", "b"]}, {"n": 2}]


NESTED = {
    "oneOf": [
        obj(
            "kind",
            kind={"const": "parts"},
            parts=array(obj("key", key=TEXT, said=obj(text=TEXT, mark=TEXT, deep=obj(a=TEXT)))),
        )
    ]
}
THROUGH_A_NAME = """\
unit: stream
hub: Item
wire: Item
to_hub:
  on: kind
  state: {}
  events:
    parts:
      - each: parts
        as: part
        drop: {said.mark: {tuning: marks are not known}}
        do:
          - let: {said: $part.said, deep: $part.said.deep}
          - emit: {key: $part.key, text: $said.text, a: $deep.a}
  end: [{finish: true}]
"""


def toy_through_a_name(text: str) -> dict[str, Any]:
    return {"hub": {"type": "object"}, "schema": NESTED, "stream.yaml": text}


def test_what_is_read_through_a_name_is_accounted_for(tmp_path: Path) -> None:
    toy = generated(tmp_path, toy=toy_through_a_name(THROUGH_A_NAME))["toy"]
    said = {"text": "x", "mark": "m", "odd": 1, "deep": {"a": "y", "odder": 2}}
    outcome = run(toy, [{"kind": "parts", "parts": [{"key": "k", "said": said}]}], unit="stream", direction="to_hub")
    assert outcome.out == [{"key": "k", "text": "x", "a": "y"}]
    assert losses(outcome) == [
        "events[0].parts[0].said.mark dropped",
        "events[0].parts[0].said.odd dropped",
        "events[0].parts[0].said.deep.odder dropped",
    ]


def test_a_name_for_an_object_does_not_read_it(tmp_path: Path) -> None:
    text = THROUGH_A_NAME.replace("        drop: {said.mark: {tuning: marks are not known}}\n", "")
    found = refused_findings(tmp_path, toy=toy_through_a_name(text))
    assert found == [("DG450", 'nothing says what becomes of "parts[].said.mark"')]


def test_names_of_the_specs_do_not_meet_those_of_the_generated_class(tmp_path: Path) -> None:
    names = {"call: close": "call: end", "close:\n": "end:\n", "chunk": "on_begin"}
    text = STREAM
    for old, new in names.items():
        text = text.replace(old, new)
    text = text.replace("    end:\n      - when", "    on_begin: [{set: {begun: true}}]\n    end:\n      - when", 1)
    text = text.replace("else: [{set: {id: id, begun: true}}]", "else: [{set: {id: id}}, {call: on_begin}]")
    toy = generated(tmp_path, toy={"hub": {"type": "object"}, "schema": EVENT, "stream.yaml": text})["toy"]
    parts = [{"key": "a", "text": "x"}]
    for events, out in (
        ([{"kind": "parts", "parts": parts}, {"kind": "end"}], ["x", "a"]),
        ([{"kind": "begin", "id": "i"}, {"kind": "begin", "id": "j"}, {"kind": "parts", "parts": parts}], ["x", None]),
    ):
        outcome = run(toy, events, unit="stream", direction="to_hub")
        assert outcome.fault is None
        assert [event.get("text") for event in outcome.out] == out


PIECES = """\
unit: stream
hub: Item
wire: Item
to_hub:
  on: kind
  state:
    id: {type: string}
    nth: {type: counter}
  every: {id: $state.id, nth: $state.nth}
  templates:
    piece: {type: =piece, text: $text}
  procedures:
    tell:
      - {emit: piece, with: {text: $said}}
      - {call: note, with: {said: "join('', [to_string($said), '!'])", left: $left}}
    note:
      - {when: $left, do: [{emit: {type: =note, id: =n, said: $said, left: $left}}]}
  events:
    begin: [{set: {id: id}}]
    parts:
      - each: parts
        as: part
        do:
          - {call: tell, with: {said: $part.text, left: $part.mark}}
          - {when: $part.key, do: [{call: note, with: {left: $part.key}}]}
    count: {ignore: {n: nobody asks}, do: [{call: tell}]}
    end: [{fail: {error: why}}]
  end: [{finish: true}]
"""


def pieces(text: str) -> dict[str, Any]:
    return {"hub": {"type": "object"}, "schema": EVENT, "stream.yaml": text}


def test_what_every_event_has_and_what_procedures_are_given(tmp_path: Path) -> None:
    toy = generated(tmp_path, toy=pieces(PIECES))["toy"]
    parts = [{"key": "a", "text": "x", "mark": "m"}, {"key": "", "text": "y"}]
    events = [BEGIN, {"kind": "parts", "parts": parts}, {"kind": "count"}, END]
    outcome = run(toy, events, unit="stream", direction="to_hub")
    assert outcome.fault is None
    assert outcome.out == [
        {"id": "r", "nth": 0, "type": "piece", "text": "x"},
        {"id": "n", "nth": 1, "type": "note", "said": "x!", "left": "m"},
        {"id": "n", "nth": 2, "type": "note", "left": "a"},
        {"id": "r", "nth": 3, "type": "piece", "text": "y"},
        {"id": "r", "nth": 4, "type": "piece"},
        {"error": "done"},
    ]


def test_a_procedure_is_given_what_it_reads(tmp_path: Path) -> None:
    text = PIECES.replace("left: $part.key", "lift: $part.key")
    assert refused_findings(tmp_path, toy=pieces(text)) == [("DG455", 'the procedure "note" reads no $lift')]


def test_what_every_event_has_goes_beside_fields(tmp_path: Path) -> None:
    text = PIECES.replace("{type: =piece, text: $text}", "{$get: $text}")
    message = "`every` adds its fields to those of an event, and this is none"
    assert refused_findings(tmp_path, toy=pieces(text)) == [("DG403", message)]


CASES = """\
unit: stream
hub: Item
wire: Item
to_hub:
  on: kind
  state: {}
  events:
    told:
      ignore: {item: it is told elsewhere}
      do:
        - match: item.type
          cases: {a: [{emit: {name: item.name}}], b: []}
          else: []
  end: [{finish: true}]
"""


def test_what_is_ignored_as_a_whole_is_known_in_cases_too(tmp_path: Path) -> None:
    items = {"oneOf": [obj("type", type={"const": name}, name=TEXT, size=NUMBER) for name in "abc"]}
    schema = {"oneOf": [obj("kind", kind={"const": "told"}, item=items)]}
    toy = generated(tmp_path, toy={"hub": {"type": "object"}, "schema": schema, "stream.yaml": CASES})["toy"]
    events = [{"kind": "told", "item": {"type": name, "name": "n", "size": 1, "odd": 2}} for name in "ab"]
    outcome = run(toy, events, unit="stream", direction="to_hub")
    assert outcome.out == [{"name": "n"}]
    assert losses(outcome) == ["events[0].item.odd dropped", "events[1].item.odd dropped"]


def test_what_is_said_of_all_events_holds_where_they_do_not_read_it(tmp_path: Path) -> None:
    text = CASES.replace(
        "  state: {}\n", "  state: {}\n  ignore: {n: a number}\n  drop: {mark: {tuning: no marks here}}\n"
    )
    text = text.replace("  end:", "    more: [{emit: {n: n}}]\n    least: []\n  end:")
    item = {"oneOf": [obj("type", type={"const": name}, name=TEXT) for name in "ab"]}
    told = obj("kind", kind={"const": "told"}, item=item, n=NUMBER, mark=TEXT)
    events = [told, obj("kind", kind={"const": "more"}, n=NUMBER, mark=TEXT), obj("kind", kind={"const": "least"})]
    toy = {"hub": {"type": "object"}, "schema": {"oneOf": events}, "stream.yaml": text}
    given = [{"kind": "told", "item": {"type": "a", "name": "x"}, "n": 1}, {"kind": "more", "n": 2, "mark": "m"}]
    outcome = run(generated(tmp_path, toy=toy)["toy"], given, unit="stream", direction="to_hub")
    assert outcome.out == [{"name": "x"}, {"n": 2}]
    assert losses(outcome) == ["events[1].mark dropped"]
    toy["stream.yaml"] = text.replace("mark:", "mork:")
    found = refused_findings(tmp_path, toy=toy)
    assert ("DG443", 'there is no field "mork" to drop in Item (it has item, kind, mark, n)') in found


def test_slots_that_are_filled_from_each_other_are_known_in_the_end(tmp_path: Path) -> None:
    spec = """\
unit: stream
hub: Item
wire: Item
to_hub:
  state: {now: {type: object}, made: {type: map}}
  events:
    any:
      - {set: {now: "at($state.made, key)"}}
      - {when: "!($state.now)", do: [{set: {now: '`{"n": 0}`'}}]}
      - {set: {now: {n: "sum([$state.now.n, `1`])"}}}
      - {emit: {n: $state.now.n}}
      - {put: {made: {at: key, value: $state.now}}}
  end: [{finish: true}]
"""
    files = {"hub": {"type": "object"}, "schema": obj("key", key=TEXT), "stream.yaml": spec}
    toy = generated(tmp_path, toy=files)["toy"]
    outcome = run(toy, [{"key": "a"}, {"key": "b"}, {"key": "a"}], unit="stream", direction="to_hub")
    assert outcome.out == [{"n": 1}, {"n": 1}, {"n": 2}]
    code = next(tmp_path.rglob("stream.py")).read_text(encoding="utf-8")
    assert "type(self.now) is dict" not in code
