"""Units that a delta does not touch are taken over as the parent's; all others are compiled, with the same results."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from dragoman_codegen import compiling
from dragoman_codegen.checks import Exceptions
from dragoman_codegen.compiling import Made, compile_providers
from dragoman_codegen.coverage import render_tables
from dragoman_codegen.diagnostics import render

from ..toys import write
from .made import obj

TEXT = {"type": "string"}
OPEN: dict[str, Any] = {"type": "object"}
PARENT: dict[str, Any] = {
    "hub": obj(text=TEXT, mood={"enum": ["calm", "loud"]}, user=TEXT, form=OPEN),
    "schema/wire.json": {
        "$defs": {
            "Ask": obj(words=TEXT, tone=TEXT, who=TEXT, form=OPEN, size={"type": "integer"}),
            "Answer": obj(said={"$ref": "#/$defs/Said"}, mood=TEXT),
            "Said": obj(words=TEXT),
        }
    },
    "provider.yaml": {
        "slug": "parent",
        "name": "Parent",
        "source": "made for a test",
        "endpoint": {"method": "POST", "base_url": "https://parent.test/{place}", "paths": {"request": "/say"}},
        "settings": {"place": {"default": "here", "description": "where"}},
        "facts": {"size": {"type": "integer", "default": 7}, "name": {"type": "string", "default": "x"}},
        "tables": {
            "tone": {"pairs": {"calm": "CALM", "loud": "LOUD"}},
            "mood": {
                "pairs": {"calm": "C", "loud": "L"},
                "unknown": {"to_hub": "calm", "note": {"tuning": "as usual"}},
            },
        },
        "dialects": {"closed": {"keep": ["type", "properties"]}},
    },
    "request.yaml": """\
unit: request
hub: Item
wire: Ask
context: {who: user}
to_wire:
  words: text
  tone: {$table: tone, $of: mood}
  who: user
  form: {$lower: form, $dialect: closed}
  size: $model.size
""",
    "response.yaml": """\
unit: response
hub: Item
wire: Answer
to_hub:
  text: said.words
  mood: {$table: mood, $of: mood}
  user: $request.who
  form: {name: $model.name, place: $settings.place}
""",
}
BOTH = ["request", "response"]


def made(root: Path, child: dict[str, Any], parent: dict[str, Any] = PARENT) -> Made:
    write(root, parent, slug="parent")
    write(root, {"provider.yaml": {"slug": "child", "extends": "parent"}, **child}, slug="child")
    found = compile_providers(root, ["child"], Exceptions())["child"]
    assert not found.told.failed, render(found.told)
    return found


def head(**changes: Any) -> dict[str, Any]:
    """A delta of provider.yaml alone."""
    replace = {path.replace("__", "/"): value for path, value in changes.items()}
    return {"provider.yaml": {"slug": "child", "extends": "parent", "replace": replace}}


def overlay(**change: Any) -> dict[str, Any]:
    return {"schema/overlay.yaml": {"changes": [{**change, "source": "made for a test"}]}}


DELTAS: dict[str, tuple[dict[str, Any], list[str]]] = {
    "nothing": ({}, BOTH),
    "the endpoint": (head(endpoint__base_url="https://child.test/{place}"), BOTH),
    "a rule": ({"request.yaml": {"replace": {"to_wire/words": "text || '!'"}}}, ["response"]),
    "a row of a table": (head(tables__tone__pairs__loud="NOISY"), ["response"]),
    "what a table makes of others": (head(tables__mood__unknown__to_hub="loud"), ["request"]),
    "a dialect of JSON Schema": (head(dialects__closed__keep=["type"]), ["response"]),
    "the default of a fact": (head(facts__size__default=9), BOTH),
    "the type of a fact": (head(facts__size={"type": "number", "default": 1.5}), ["response"]),
    "the values of a fact": (head(facts__name={"enum": ["x", "y"], "default": "y"}), ["request"]),
    "the default of a setting": (head(settings__place__default="there"), BOTH),
    "a context": ({"request.yaml": {"replace": {"context/who": "mood"}}}, ["response"]),
    "a field of the wire's request": (overlay(at="Ask.tone", replace={"enum": ["CALM", "LOUD"]}), ["response"]),
    "a field deep in the wire's answer": (overlay(at="Said.words", nullable=True), ["request"]),
    "a definition that nothing leads to": (overlay(at="Other", add=obj(), root=True), BOTH),
    "a spelling of requests": (head(endpoint__also_spelt="snake_case"), []),
}


@pytest.mark.parametrize("what", DELTAS)
def test_what_sees_a_change_is_compiled_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, what: str) -> None:
    delta, taken = DELTAS[what]
    found = made(tmp_path, delta)
    assert sorted(found.taken) == taken
    monkeypatch.setattr(compiling, "same_unit", lambda *given: False)
    alone = made(tmp_path, delta)
    assert alone.taken == []
    assert found.compiled is not None and alone.compiled is not None
    assert found.compiled.texts == alone.compiled.texts
    shown = [render_tables({"child": one.compiled.tables}, verbose=True) for one in (found, alone) if one.compiled]
    assert shown[0] == shown[1]


def test_a_context_that_is_gone_concerns_who_reads_it(tmp_path: Path) -> None:
    lines = "remove: {context/who: nobody is asked}\n"
    write(tmp_path, PARENT, slug="parent")
    child = {"provider.yaml": {"slug": "child", "extends": "parent"}, "request.yaml": lines}
    write(tmp_path, child, slug="child")
    found = compile_providers(tmp_path, ["child"], Exceptions())["child"]
    assert "who" in render(found.told)
    assert found.compiled is None


def test_a_delta_of_a_delta(tmp_path: Path) -> None:
    write(tmp_path, PARENT, slug="parent")
    write(tmp_path, head(tables__tone__pairs__loud="NOISY"), slug="child")
    last = {"provider.yaml": {"slug": "last", "extends": "child", "replace": {"facts/name/default": "z"}}}
    write(tmp_path, last, slug="last")
    found = compile_providers(tmp_path, ["last", "parent"], Exceptions())
    assert found["child"].taken == ["response"]
    assert sorted(found["last"].taken) == BOTH
    assert found["last"].compiled is not None
    assert "from dragoman_providers.last import wire" in found["last"].compiled.texts["response"]
    assert '"NOISY"' in found["last"].compiled.texts["request"]


def test_lenders_are_named_as_the_parent_names_them(tmp_path: Path) -> None:
    (tmp_path / "specs" / "hub").mkdir(parents=True)
    (tmp_path / "specs" / "hub" / "talk.yaml").write_text("defs:\n  said: {words: text}\n")
    head, rules = PARENT["response.yaml"].split("to_hub:\n")
    lent = f"{head}defs: {{import: [hub/talk.yaml]}}\nto_wire:\n  said: {{$use: said}}\n"
    lent += "  $ignore: {mood: x, user: x, form: x}\nto_hub:\n" + rules
    found = made(tmp_path, {}, {**PARENT, "response.yaml": lent})
    assert found.parent is not None and found.parent.compiled is not None and found.compiled is not None
    assert "response" in found.taken
    assert "# hub/talk.yaml:2" in found.parent.compiled.texts["response"]
    assert "# hub/talk.yaml:2" in found.compiled.texts["response"]


def test_faults_of_the_parent_are_the_child_s_too(tmp_path: Path) -> None:
    write(tmp_path, {**PARENT, "request.yaml": PARENT["request.yaml"].replace("tone, $of", "tune, $of")}, slug="parent")
    write(tmp_path, {"provider.yaml": {"slug": "child", "extends": "parent"}}, slug="child")
    found = compile_providers(tmp_path, ["child", "parent"], Exceptions())
    assert "request" not in found["child"].taken
    assert {one.code for one in found["child"].told} == {one.code for one in found["parent"].told} >= {"DG432"}
