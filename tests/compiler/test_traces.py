"""Losses of the second of two steps are told in the words of the body that the caller gave."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from dragoman.errors import Refused

from .made import array, generated, obj, through

TEXT = {"type": "string"}
HUB = obj(
    "model",
    model=TEXT,
    messages=array(obj("role content", role=TEXT, content=TEXT, name=TEXT)),
    tools=array(obj("name", name=TEXT, kind=TEXT)),
    seed={"type": "integer"},
    stop=array(TEXT),
)
CLIENT: dict[str, Any] = {
    "hub": HUB,
    "schema": obj(
        "engine",
        engine=TEXT,
        preface=TEXT,
        turns=array(obj("says", who=TEXT, says=TEXT, alias=TEXT)),
        kit=obj("", tools=array(obj("called", called=TEXT, sort=TEXT))),
        options=obj("", repeat={"type": "integer"}, halts=array(TEXT)),
    ),
    "request.yaml": """\
unit: request
hub: Item
wire: Item
to_hub:
  model: engine
  messages:
    $concat:
      - [{$when: preface, role: =system, content: preface, name: =preface}]
      - {$each: turns, role: "who || 'user'", content: says, name: alias}
  tools: {$each: kit.tools, name: called, kind: sort}
  seed: options.repeat
  stop: options.halts
""",
}
PROVIDER: dict[str, Any] = {
    "request.yaml": """\
unit: request
hub: Item
wire: Item
to_wire:
  m: model
  said: {$each: messages, $make: content, $ignore: {role: one voice}, $drop: {name: {tuning: no names}}}
  t: {$each: tools, $make: name, $reject: {kind: tools are of one kind}}
  $drop: {seed: {tuning: nothing is repeated}, stop: {contract: nothing stops it}}
""",
    "schema": obj("", m=TEXT, said=array(TEXT), t=array(TEXT)),
}


@pytest.fixture(scope="module")
def translator(tmp_path_factory: pytest.TempPathFactory) -> Any:
    packages = generated(tmp_path_factory.mktemp("two"), client=CLIENT, provider=PROVIDER)
    return through(packages["client"], packages["provider"])


def test_fields_elements_and_paths(translator: Any) -> None:
    body = {
        "engine": "e",
        "turns": [{"says": "a"}, {"who": "x", "says": "b", "alias": "ann"}],
        "options": {"repeat": 1, "halts": ["x"]},
    }
    sent = translator.request(body)
    assert sent.body == {"m": "e", "said": ["a", "b"]}
    assert sorted(f"{loss.path} {loss.action}" for loss in sent.losses) == [
        "options.halts dropped",
        "options.repeat dropped",
        "turns[1].alias dropped",
    ]


def test_what_the_first_step_made_up_is_not_the_caller_s(translator: Any) -> None:
    sent = translator.request({"engine": "e", "preface": "p", "turns": [{"says": "a", "alias": "ann"}]})
    assert [loss.path for loss in sent.losses] == ["turns[0].alias"]


def test_an_unknown_field_is_told_where_it_stands(translator: Any) -> None:
    sent = translator.request({"engine": "e", "turns": [{"says": "a", "colour": "red"}], "other": 1})
    assert sorted(loss.path for loss in sent.losses) == ["other", "turns[0].colour"]


def test_a_refusal_names_what_the_caller_gave(translator: Any) -> None:
    with pytest.raises(Refused) as refused:
        translator.request(
            {"engine": "e", "turns": [], "kit": {"tools": [{"called": "f"}, {"called": "g", "sort": "odd"}]}}
        )
    assert str(refused.value).startswith("kit.tools[1].sort: tools are of one kind")


def test_what_only_constants_were_made_of_stands_for_its_element(tmp_path: Path) -> None:
    client = {
        "hub": obj("model", model=TEXT, order=array(obj("of", of=TEXT))),
        "schema": obj("", turns=array(obj("", who=TEXT))),
        "request.yaml": """\
unit: request
hub: Item
wire: Item
to_hub:
  model: =m
  order: {$each: turns, of: =turn, $ignore: {who: nobody asks}}
""",
    }
    provider = {
        "request.yaml": """\
unit: request
hub: Item
wire: Item
to_wire:
  m: model
  $drop: {order: {tuning: there is one order}}
""",
        "schema": obj("", m=TEXT),
    }
    made = generated(tmp_path, theirs=client, ours=provider)
    sent = through(made["theirs"], made["ours"]).request({"turns": [{"who": "a"}, {"who": "b"}]})
    assert [loss.path for loss in sent.losses] == ["turns[0]", "turns[1]"]


def test_what_one_condition_asks_for_together_is_lost_together(tmp_path: Path) -> None:
    client = {
        "hub": obj(
            "", thoughts=array(obj("", text=TEXT, seal=TEXT)), seals=array(obj("", seal=TEXT)), calls=array(TEXT)
        ),
        "schema": obj("", parts=array(obj("", text=TEXT, mark={"type": "boolean"}, seal=TEXT, call=TEXT))),
        "request.yaml": """\
unit: request
hub: Item
wire: Item
to_hub:
  $let:
    sorted:
      $gather: parts
      $first:
        - {$when: "text && mark", thoughts: {text: text, seal: seal}}
        - {$when: text, seals: {$when: seal, seal: seal}}
        - {$when: call, calls: call}
        - {$drop: {cosmetic: an empty part says nothing}}
  thoughts: $sorted.thoughts
  seals: $sorted.seals
  calls: $sorted.calls
""",
    }
    provider = {
        "request.yaml": """\
unit: request
hub: Item
wire: Item
to_wire:
  n: {$get: "`1`"}
  $drop: {thoughts: {tuning: no thoughts}, seals: {tuning: no seals}, calls: {contract: no calls}}
""",
        "schema": obj("", n={"type": "integer"}),
    }
    packages = generated(tmp_path, client=client, provider=provider)
    sent = through(packages["client"], packages["provider"]).request(
        {"parts": [{"text": "a", "mark": True}, {"text": "b", "mark": True, "seal": "s"}, {"text": "c", "seal": "t"}]}
    )
    assert [loss.path for loss in sent.losses] == ["parts[0]", "parts[1]", "parts[2].seal"]
