"""Units that go on from what another one has made: what is counted is a request as it would be sent."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from dragoman.dialect import Dialect
from dragoman_codegen.diagnostics import Diagnostics
from dragoman_codegen.reference import Evaluator, Given
from dragoman_codegen.spec import load_provider

from .made import generated, losses, obj, refused_findings, run

TEXT = {"type": "string"}
PROVIDER: dict[str, Any] = {
    "hub": obj("", said=TEXT, mark=TEXT),
    "schema/toy.json": {
        "$defs": {
            "Item": obj("s", s=TEXT, limit={"type": "integer"}, kind={"type": "string", "enum": ["a", "b"]}),
            "Count": obj("q", q=TEXT, k=TEXT),
        }
    },
    "request.yaml": """\
unit: request
hub: Item
wire: Item
to_wire: {s: said || '', $drop: {mark: {tuning: no marks}}}
""",
    "count_tokens_request.yaml": """\
unit: count_tokens_request
after: request
wire: Count
to_wire:
  q: s
  k: {$match: kind, $cases: {a: =first, b: =second}}
  $ignore: {limit: it is not counted}
to_hub: {s: q, $ignore: {k: a label}}
""",
}


def test_both_directions_are_of_the_wire(tmp_path: Path) -> None:
    package = generated(tmp_path, toy=PROVIDER)["toy"]
    assert package.dialect.after == ("count_tokens",)
    given = {"s": "x", "limit": 3, "kind": "b"}
    made = run(package, given, unit="count_tokens_request")
    assert (made.out, losses(made)) == ({"q": "x", "k": "second"}, [])
    back = run(package, {"q": "x", "k": "second"}, unit="count_tokens_request", direction="to_hub")
    assert (back.out, losses(back)) == ({"s": "x"}, [])
    provider = load_provider(tmp_path, "toy", Diagnostics())
    assert provider is not None
    evaluator = Evaluator(provider)
    assert evaluator.evaluate("count_tokens_request", "to_wire", given, Given()).made == {"q": "x", "k": "second"}
    assert evaluator.evaluate("count_tokens_request", "to_hub", {"q": "x"}, Given()).made == {"s": "x"}


def test_a_request_of_another_endpoint_refuses_what_no_case_names(tmp_path: Path) -> None:
    package = generated(tmp_path, toy=PROVIDER)["toy"]
    made = run(package, {"s": "x", "kind": "c"}, unit="count_tokens_request")
    assert str(made.fault).startswith("expected one of a, b")


def test_what_is_not_counted_must_be_said(tmp_path: Path) -> None:
    text = PROVIDER["count_tokens_request.yaml"].replace("  $ignore: {limit: it is not counted}\n", "")
    found = refused_findings(tmp_path, toy={**PROVIDER, "count_tokens_request.yaml": text})
    assert [code for code, message in found if '"limit"' in message] == ["DG450"]


def test_there_must_be_something_to_go_on_from(tmp_path: Path) -> None:
    files = {name: text for name, text in PROVIDER.items() if name != "request.yaml"}
    assert refused_findings(tmp_path, toy=files)[0][0] == "DG425"


def test_what_is_copied_must_be_taken_by_the_wire(tmp_path: Path) -> None:
    rule = "unit: count_tokens_request\nafter: request\nwire: Item\nto_wire: {$same: '@'}\n"
    schema = {"$defs": {"Item": PROVIDER["schema/toy.json"]["$defs"]["Item"], "Count": obj("s", s=TEXT)}}
    files = {
        **PROVIDER,
        "schema/toy.json": schema,
        "count_tokens_request.yaml": rule.replace("wire: Item", "wire: Count"),
    }
    found = refused_findings(tmp_path, toy=files)
    assert [(code, message.split('"')[1]) for code, message in found] == [("DG480", "kind"), ("DG480", "limit")]
    files["count_tokens_request.yaml"] = rule
    assert generated(tmp_path / "whole", toy=files)


def test_dialects_without_such_a_unit(tmp_path: Path) -> None:
    assert Dialect("x").after == ()


def test_answers_see_the_headers_and_the_context_of_their_own_endpoint(tmp_path: Path) -> None:
    files = {
        **PROVIDER,
        "embeddings_request.yaml": """\
unit: embeddings_request
hub: Item
wire: Item
context: {form: mark}
to_wire: {s: said || ''}
""",
        "embeddings_response.yaml": """\
unit: embeddings_response
hub: Item
wire: Item
to_hub:
  said: $request.form
  mark: $request.headers."x-tokens"
  $ignore: {s: a label, limit: a limit, kind: a label}
""",
    }
    package = generated(tmp_path, toy=files)["toy"]
    told = {"form": "short", "headers": {"x-tokens": "7"}}
    assert run(package, {"s": ""}, unit="embeddings_response", direction="to_hub", **told).out == {
        "said": "short",
        "mark": "7",
    }
