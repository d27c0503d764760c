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
    assert found == [("DG450", 'nothing says what becomes of "seed" (for child, which takes this over)')]


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
