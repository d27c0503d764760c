"""Documents made from the schemas: generated code and the reference evaluator agree, and a difference is seen.

More of them: `python -m tests.reference.fuzz 20000`.
"""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dragoman_codegen.diagnostics import Diagnostics
from dragoman_codegen.proving.setup import Setup
from dragoman_codegen.reference import Evaluator
from dragoman_codegen.rules import Literal, Make
from dragoman_codegen.spec import Side, load_provider

from ..laws.corpus import ROOT, Body, definition, maker, package
from ..laws.documents import Drawn
from . import compare, fuzz


def test_made_documents() -> None:
    found, unseen = fuzz.run(1_000, seed=20_261_122)
    assert dict(found) == {}
    assert unseen < 10


@given(st.data())
def test_drawn_documents(data: st.DataObject) -> None:
    source = Drawn(data.draw)
    slug, unit, direction = fuzz.KINDS[source.below(len(fuzz.KINDS))]
    make = maker(None if direction == "to_wire" else slug)
    name = definition(slug, unit, direction)
    body = (
        [make.make(name, source) for _ in range(1 + source.below(5))] if unit == "stream" else make.make(name, source)
    )
    if unit == "errors":
        body = {"status": (400, 401, 404, 429, 500, 529)[source.below(6)], "body": body, "headers": {}}
    setup = fuzz.draw_setup(slug, unit, source.below)
    assert compare.differences(slug, unit, direction, body, setup) == []


def changed(slug: str, field: str) -> Evaluator:
    """An evaluator of a provider in whose request one field is another."""
    provider = load_provider(ROOT, slug, Diagnostics())
    assert provider is not None
    side = provider.units["request"].sides["to_wire"]
    assert isinstance(side.rule, Make)
    fields = tuple(replace(f, rule=Literal(f.span, 7)) if f.name == field else f for f in side.rule.fields)
    provider.units["request"].sides["to_wire"] = Side(replace(side.rule, fields=fields), side.span)
    return Evaluator(provider)


def test_a_difference_is_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    body = Body("anthropic", "request", "to_wire", {"model": "m", "messages": [{"role": "user", "content": "x"}]}, "")
    setup = Setup("m", {}, package("anthropic").dialect.facts("m", {}), {"media": {}})
    assert compare.differences(body.slug, body.unit, body.direction, body.data, setup) == []
    monkeypatch.setattr(compare, "evaluator", lambda slug: changed(slug, "max_tokens"))
    found = compare.differences(body.slug, body.unit, body.direction, body.data, setup)
    assert found == ["made (expected is the reference): max_tokens: expected 7, found 64000"]
