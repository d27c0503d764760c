"""A provider that extends another: what it takes over, says anew, takes out and takes back."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from .made import generated, losses, obj, refused_findings, run

TEXT = {"type": "string"}
NUMBER = {"type": "integer"}
HUB = obj("text", text=TEXT, seed=NUMBER, mood=TEXT, volume=NUMBER, user=TEXT)
WIRE = obj("words", words=TEXT, seed=NUMBER, tone=TEXT, loud=NUMBER, who=TEXT)
PARENT: dict[str, Any] = {
    "hub": HUB,
    "schema": WIRE,
    "request.yaml": """\
unit: request
hub: Item
wire: Item
to_wire:
  words: text
  tone: mood
  loud: {$get: volume, $clamp: {max: 10}}
  $drop: {seed: {tuning: nothing is repeated}}
  $ignore: {user: nobody is asked}
""",
}
GIVEN = {"text": "hi", "seed": 1, "mood": "calm", "volume": 30, "user": "ann"}


def child(request: str, **more: Any) -> dict[str, Any]:
    return {"provider.yaml": {"slug": "child", "extends": "parent", **more}, "request.yaml": request}


def test_what_is_not_said_anew_is_the_parent_s(tmp_path: Path) -> None:
    packages = generated(tmp_path, parent=PARENT, child={"provider.yaml": {"slug": "child", "extends": "parent"}})
    outcome = run(packages["child"], GIVEN)
    assert outcome.out == run(packages["parent"], GIVEN).out == {"words": "hi", "tone": "calm", "loud": 10}
    assert losses(outcome) == ["seed dropped", "volume clamped"]
    assert packages["child"].dialect.slug == "child"


def test_replace_remove_and_keep(tmp_path: Path) -> None:
    delta = """\
replace: {to_wire/loud/$clamp/max: 20, to_wire/seed: seed, to_wire/$ignore/mood: this one has no moods}
remove: {to_wire/tone: this one has no moods}
keep: [seed]
"""
    packages = generated(tmp_path, parent=PARENT, child=child(delta))
    outcome = run(packages["child"], GIVEN)
    assert outcome.out == {"words": "hi", "seed": 1, "loud": 20}
    assert losses(outcome) == ["volume clamped"]
    assert run(packages["parent"], GIVEN).out == {"words": "hi", "tone": "calm", "loud": 10}


def test_rules_tell_where_they_were_written(tmp_path: Path) -> None:
    packages = generated(
        tmp_path, parent=PARENT, child=child("replace: {to_wire/$drop/user: {cosmetic: no users}}\nkeep: [user]\n")
    )
    wheres = {loss.path: loss.rule for loss in run(packages["child"], GIVEN).losses or ()}
    assert wheres == {
        "seed": "specs/providers/parent/request.yaml:8",
        "user": "specs/providers/child/request.yaml:1",
        "volume": "specs/providers/parent/request.yaml:7",
    }


def test_a_field_that_was_kept_wants_a_rule(tmp_path: Path) -> None:
    found = refused_findings(tmp_path, parent=PARENT, child=child("keep: [seed]\n"))
    assert found == [
        ("DG450", 'nothing says what becomes of "seed" (for child, which extends this provider: mend it there)')
    ]


def test_a_grandchild(tmp_path: Path) -> None:
    packages = generated(
        tmp_path,
        parent=PARENT,
        child=child("replace: {to_wire/loud: volume}\n"),
        grandchild={
            "provider.yaml": {"slug": "grandchild", "extends": "child", "name": "Grandchild"},
            "request.yaml": "replace: {to_wire/words: \"join('', [text, '!'])\"}\n",
        },
    )
    assert run(packages["grandchild"], GIVEN).out == {"words": "hi!", "tone": "calm", "loud": 30}


def test_endpoints_and_facts_are_deltas_too(tmp_path: Path) -> None:
    request = str(PARENT["request.yaml"]).replace("max: 10", "max: $model.loudest")
    facts = provider(facts={"loudest": {"type": "integer", "default": 7}})
    parent = {**PARENT, "provider.yaml": facts, "request.yaml": request}
    delta = {
        "slug": "child",
        "extends": "parent",
        "replace": {"endpoint/base_url": "https://child.test", "facts/loudest/default": 9},
    }
    packages = generated(tmp_path, parent=parent, child={"provider.yaml": delta})
    dialect = packages["child"].dialect
    assert dialect.base_url == "https://child.test"
    assert dialect.facts("m", {}) == {"loudest": 9}
    assert packages["parent"].dialect.facts("m", {}) == {"loudest": 7}


def provider(**more: Any) -> dict[str, Any]:
    endpoint = {"method": "POST", "base_url": "https://parent.test", "paths": {"request": "/say"}}
    return {"slug": "parent", "name": "Parent", "source": "made for a test", "endpoint": endpoint, **more}


LISTS: dict[str, Any] = {
    "hub": obj("text", text=TEXT, mood=TEXT),
    "schema": obj(words={"type": "array", "items": TEXT}),
    "request.yaml": """\
unit: request
hub: Item
wire: Item
to_wire:
  words:
    $concat:
      - [=one, =two, text]
      - [{$when: mood, $get: mood}]
""",
}


def in_lists(tmp_path: Path, delta: str) -> Any:
    packages = generated(tmp_path, parent=LISTS, child=child(delta))
    return run(packages["child"], {"text": "hi", "mood": "calm"}).out["words"]


def test_paths_go_into_lists(tmp_path: Path) -> None:
    delta = """\
replace: {to_wire/words/$concat/0/1: =zwei, to_wire/words/$concat/1/0/$get: text, to_wire/words/$concat/-: [=end]}
"""
    assert in_lists(tmp_path, delta) == ["one", "zwei", "hi", "hi", "end"]


def test_elements_are_named_as_in_the_parent_s_file(tmp_path: Path) -> None:
    delta = """\
replace: {to_wire/words/$concat/0/2: "join('!', [text, ''])"}
remove: {to_wire/words/$concat/0/0: not here, to_wire/words/$concat/0/1: not here}
"""
    assert in_lists(tmp_path, delta) == ["hi!", "calm"]


def test_an_element_that_is_not_there(tmp_path: Path) -> None:
    delta = "replace: {to_wire/words/$concat/2: [=end]}\nremove: {to_wire/words/$concat/x/0: not here}\n"
    found = refused_findings(tmp_path, parent=LISTS, child=child(delta))
    assert ("DG411", 'the parent\'s file has no "to_wire/words/$concat/2": "2" is not there') in found
    assert ("DG411", 'the parent\'s file has no "to_wire/words/$concat/x/0": "x" is not there') in found


def test_a_field_that_is_named_with_others_is_taken_back(tmp_path: Path) -> None:
    request = (
        str(PARENT["request.yaml"]).replace("  tone: mood\n", "").replace("$drop: {seed:", '$drop: {"mood, seed":')
    )
    parent = {**PARENT, "request.yaml": request}
    packages = generated(tmp_path, parent=parent, child=child("keep: [mood]\nreplace: {to_wire/tone: mood}\n"))
    told = sorted(losses(run(packages["parent"], GIVEN)))
    assert told == ["mood dropped", "seed dropped", "volume clamped"]
    outcome = run(packages["child"], GIVEN)
    assert outcome.out["tone"] == "calm"
    assert losses(outcome) == ["seed dropped", "volume clamped"]


SHARED = "replace: {to_wire/seed: seed, to_wire/loud/$clamp/max: 20}\nkeep: [seed]\n"


def test_what_deltas_share_comes_before_their_own(tmp_path: Path) -> None:
    parent = {**PARENT, "with/louder/request.yaml": SHARED}
    own = "replace: {to_wire/loud/$clamp/max: 25}\n"
    packages = generated(
        tmp_path,
        parent=parent,
        one={"provider.yaml": {"slug": "one", "extends": "parent", "with": ["louder"]}},
        other={"provider.yaml": {"slug": "other", "extends": "parent", "with": ["louder"]}, "request.yaml": own},
    )
    assert run(packages["parent"], GIVEN).out == {"words": "hi", "tone": "calm", "loud": 10}
    assert run(packages["one"], GIVEN).out == {"words": "hi", "seed": 1, "tone": "calm", "loud": 20}
    assert run(packages["other"], GIVEN).out == {"words": "hi", "seed": 1, "tone": "calm", "loud": 25}


def test_shared_changes_may_change_the_schema(tmp_path: Path) -> None:
    overlay = "changes: [{at: Item.again, add: {type: integer}, source: made}]\n"
    shared = "replace: {to_wire/again: seed}\nkeep: [seed]\n"
    parent = {**PARENT, "with/again/request.yaml": shared, "with/again/schema/overlay.yaml": overlay}
    packages = generated(
        tmp_path, parent=parent, one={"provider.yaml": {"slug": "one", "extends": "parent", "with": ["again"]}}
    )
    assert run(packages["one"], GIVEN).out == {"words": "hi", "tone": "calm", "loud": 10, "again": 1}


def test_shared_changes_have_a_name(tmp_path: Path) -> None:
    parent = {**PARENT, "with/louder/request.yaml": SHARED}
    one = {"provider.yaml": {"slug": "one", "extends": "parent", "with": ["lauder"]}}
    found = refused_findings(tmp_path, parent=parent, one=one)
    assert ("DG410", '"parent" has no changes "lauder" that deltas share') in found
