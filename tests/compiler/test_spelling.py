"""Fields that a wire also takes in snake_case: rules see one spelling, and what is the users' own stays."""

from __future__ import annotations

from typing import Any

import pytest

from dragoman.kit.spelling import respelled
from dragoman_codegen.diagnostics import Diagnostics
from dragoman_codegen.proving import Package
from dragoman_codegen.reference import Evaluator, Given
from dragoman_codegen.spec import Provider, load_provider
from dragoman_codegen.spelling import spellings

from .made import _provider, array, generated, losses, obj, run, source

STRING: Any = {"type": "string"}


def ref(name: str) -> dict[str, str]:
    return {"$ref": f"#/$defs/{name}"}


PART = obj("", text=STRING, inlineData=ref("Blob"), freeArgs={"type": "object"})
SCHEMA = {
    "type": "object",
    "properties": {
        "minLength": {"type": "integer"},
        "anyOf": array(ref("Schema")),
        "properties": {"type": "object", "additionalProperties": ref("Schema")},
    },
}
WIRE: dict[str, Any] = {
    "$defs": {
        "Request": obj(
            "",
            systemText=STRING,
            parts=array({"anyOf": [ref("Part"), STRING]}),
            plain=obj("", x=STRING),
            inPlace=obj("", twoWords=STRING),
            shape=ref("Schema"),
            stop=STRING,
        ),
        "Part": PART,
        "Blob": obj("", mimeType=STRING, data=STRING),
        "Schema": SCHEMA,
        "Never": obj("", notReached=STRING),
    }
}
PROVIDER = _provider("toy")
PROVIDER["endpoint"]["also_spelt"] = "snake_case"
FILES: dict[str, Any] = {
    "provider.yaml": PROVIDER,
    "hub": {"type": "object"},
    "schema/toy.json": WIRE,
    "request.yaml": {
        "unit": "request",
        "hub": "Item",
        "wire": "Request",
        "to_wire": {"$same": "@"},
        "to_hub": {
            "system": "systemText",
            "parts": "parts",
            "shape": "shape",
            "word": "inPlace.twoWords",
            "$drop": {"stop": {"tuning": "no"}, "plain": {"tuning": "no"}},
        },
    },
}


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> tuple[Package, Provider]:
    root = tmp_path_factory.mktemp("spelling")
    package = generated(root, toy=FILES)["toy"]
    provider = load_provider(root, "toy", Diagnostics())
    assert provider is not None
    return package, provider


BLOB = {"mimeType": "image/png", "data": "AA"}
SHAPES = {"minLength": 1, "properties": {"min_length": {"minLength": 2}, "anyOf": {"anyOf": [{"minLength": 3}]}}}


@pytest.mark.parametrize(
    ("given", "gives"),
    [
        ({"system_text": "s", "in_place": {"two_words": "t"}}, {"system": "s", "word": "t"}),
        ({"systemText": "s", "inPlace": {"twoWords": "t"}}, {"system": "s", "word": "t"}),
        ({"parts": [{"inline_data": {"mime_type": "image/png", "data": "AA"}}]}, {"parts": [{"inlineData": BLOB}]}),
        ({"parts": ["a_b", {"inlineData": BLOB}]}, {"parts": ["a_b", {"inlineData": BLOB}]}),
        (
            {"parts": [{"free_args": {"two_words": {"mime_type": 1}}}]},
            {"parts": [{"freeArgs": {"two_words": {"mime_type": 1}}}]},
        ),
        (
            {
                "shape": {
                    "min_length": 1,
                    "properties": {"min_length": {"min_length": 2}, "anyOf": {"any_of": [{"min_length": 3}]}},
                }
            },
            {"shape": SHAPES},
        ),
    ],
)
def test_requests_in_either_spelling(given: Any, gives: Any, made: tuple[Package, Provider]) -> None:
    package, provider = made
    outcome = run(package, given, direction="to_hub")
    assert (outcome.fault, outcome.out, losses(outcome)) == (None, gives, [])
    assert Evaluator(provider).evaluate("request", "to_hub", given, Given()).made == gives


def test_what_is_lost_is_told_as_the_schema_has_it(made: tuple[Package, Provider]) -> None:
    outcome = run(made[0], {"system_text": "s", "not_reached": 1, "stop": "x"}, direction="to_hub")
    assert losses(outcome) == ["not_reached dropped", "stop dropped"]
    outcome = run(made[0], {"system_text": "s", "systemText": "t"}, direction="to_hub")
    assert (outcome.out, losses(outcome)) == ({"system": "t"}, ["system_text dropped"])


def test_only_requests_of_clients_are_spelt_otherwise(made: tuple[Package, Provider]) -> None:
    assert run(made[0], {"system_text": "s"}).out == {"system_text": "s"}
    assert source(made[0]).count("respelled(") == 1


def test_the_table_has_what_matters() -> None:
    table = spellings(WIRE, "Request")
    assert set(table) == {"Request", "Part", "Blob", "Schema", "Request.inPlace", "Schema.properties"}
    assert "stop" not in table["Request"] and "text" not in table["Part"]
    assert table["Request"]["in_place"] == ("inPlace", ("Request.inPlace",))
    assert table["Schema.properties"] == {"*": ("*", ("Schema",))}
    assert spellings({"$defs": {"A": obj("", x=STRING)}}, "A") == {}


def test_what_is_spelt_right_is_the_same_object() -> None:
    table = spellings(WIRE, "Request")
    for right in ({"systemText": "s", "parts": [{"inlineData": BLOB}]}, [], None, "x", {"parts": {"inlineData": 1}}):
        assert respelled(right, table, "Request") is right
    given = {"parts": [{"inlineData": BLOB}, {"inline_data": BLOB}]}
    made = respelled(given, table, "Request")
    assert made["parts"][0] is given["parts"][0]
    assert list(given["parts"][1]) == ["inline_data"]
