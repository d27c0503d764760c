"""What a provider takes over of another one's tables, dialects and models."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from .made import array, generated, losses, obj, refused_findings, run

TEXT = {"type": "string"}
HUB = obj("", mode=TEXT, form={"type": "object"}, tags=array(TEXT))
END = {"method": "POST", "base_url": "https://acme.test", "paths": {"request": "/say"}}
REQUEST = """\
unit: request
hub: Item
wire: Item
to_wire:
  mode: {$table: mode, $of: mode}
  form: {$lower: form, $dialect: closed}
  tags: [$model.pace, to_string($model.size)]
  $ignore: {tags: made here}
"""
LENDER: dict[str, Any] = {
    "slug": "lender",
    "name": "Lender",
    "source": "made for a test",
    "endpoint": END,
    "settings": {"version": {"default": "1", "description": "of the service"}},
    "facts": {
        "pace": {"enum": ["slow", "fast"], "default": "fast", "description": "how it goes"},
        "size": {"type": "integer", "default": 9, "description": "how large it is"},
        "far": {"type": "boolean", "default": False, "description": "where it is"},
    },
    "models": [
        {"match": "old*", "set": {"pace": "slow", "far": True}},
        {"match": "older*", "set": {"far": True}},
        {"when": {"version": "2"}, "set": {"size": 2}},
    ],
    "tables": {"mode": {"pairs": {"auto": "AUTO"}}, "more": {"pairs": {"a": "b"}}},
    "dialects": {"closed": {"keep": ["type"]}, "open": {"keep": []}},
}
TAKEN = {"lender": {"tables": ["mode"], "dialects": ["closed"], "models": True}}


def borrower(**more: Any) -> dict[str, Any]:
    known = {name: fact for name, fact in LENDER["facts"].items() if name != "far"}
    head = {"slug": "acme", "name": "Acme", "source": "made for a test", "endpoint": END, "facts": known, **more}
    return {"hub": HUB, "provider.yaml": head, "request.yaml": REQUEST}


def lender() -> dict[str, Any]:
    return {
        "hub": HUB,
        "provider.yaml": LENDER,
        "request.yaml": REQUEST.replace(
            "tags: [", "tags: [to_string($model.far), $settings.version, {$table: more, $of: mode}, "
        ).replace("form: {", "form: {$when: $model.far, $else: {$lower: form, $dialect: open}, "),
    }


def test_tables_and_dialects_are_taken_by_name_and_of_models_what_is_known_here(tmp_path: Path) -> None:
    own = [{"match": "old-1", "set": {"pace": "fast", "size": 1}}]
    package = generated(tmp_path, lender=lender(), acme=borrower(models=own, **{"import": TAKEN}))["acme"]
    facts = package.dialect.facts
    assert facts is not None
    assert facts("old-1", {}) == {"pace": "slow", "size": 1}, "rows that are taken over stand behind one's own"
    assert facts("older", {"version": "2"}) == {"pace": "slow", "size": 9}
    assert facts("new", {}) == {"pace": "fast", "size": 9}
    outcome = run(package, {"mode": "auto", "form": {"type": "object", "title": "t"}})
    assert outcome.out == {"mode": "AUTO", "form": {"type": "object"}, "tags": ["fast", "9"]}
    assert losses(outcome) == ["form.title dropped"]
    text = (tmp_path / "generated" / "dragoman_providers" / "acme" / "facts.py").read_text(encoding="utf-8")
    assert "# provider.yaml:" in text
    assert "# lender/provider.yaml:" in text


def test_what_a_provider_says_itself_goes_before(tmp_path: Path) -> None:
    own = {"mode": {"pairs": {"auto": "own"}}}
    package = generated(tmp_path, lender=lender(), acme=borrower(tables=own, **{"import": TAKEN}))["acme"]
    assert run(package, {"mode": "auto"}).out == {"mode": "own", "tags": ["fast", "9"]}


def test_what_is_not_there_cannot_be_taken(tmp_path: Path) -> None:
    wanted = {"lender": {"tables": ["mood"], "dialects": ["closed"]}, "lander": {"models": True}}
    found = refused_findings(tmp_path, lender=lender(), acme=borrower(**{"import": wanted}))
    assert ("DG425", '"lender" has no table "mood" to import') in found
    assert ("DG425", 'there is no provider "lander" to import from') in found
