"""What holds for every schema document."""

from __future__ import annotations

import copy
import importlib.metadata
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft7Validator

from dragoman_codegen.schemas.combine import tells_apart
from dragoman_codegen.schemas.extract import extract, render
from dragoman_codegen.schemas.source import load_source

from .judge import faults, validator

ROOT = Path(__file__).resolve().parents[2]
SOURCES = sorted(ROOT.glob("specs/**/schema/source.yaml"))
REF = "#/$defs/"
# Unions of which a member is told by something else than a constant.
NOT_TOLD_APART = {"ClearThinking20251015Edit", "EmbeddingsRequest"}


@pytest.fixture(params=SOURCES, ids=lambda path: path.parents[1].name)
def source(request: pytest.FixtureRequest) -> Any:
    return load_source(request.param)


@pytest.fixture
def document(source: Any) -> Any:
    return json.loads(source.document.read_text(encoding="utf-8"))


def test_document_is_what_the_extractor_writes(source: Any) -> None:
    if source.package is not None:
        try:
            installed = importlib.metadata.version(source.package)
        except importlib.metadata.PackageNotFoundError:
            pytest.skip(f"{source.package} is not installed")
        if installed != source.version:
            pytest.skip(f"{source.package} {installed} is installed, the document is of {source.version}")
    text = source.document.read_text(encoding="utf-8")
    assert render(extract(source)) == text
    assert render(extract(source)) == text


def test_document_is_a_draft_07_schema(document: Any) -> None:
    Draft7Validator.check_schema(document)


def test_definitions_are_those_that_the_roots_reach(document: Any) -> None:
    reached: set[str] = set()
    todo = list(document["x-roots"])
    while todo:
        name = todo.pop()
        if name not in reached:
            reached.add(name)
            todo += [part["$ref"].removeprefix(REF) for part in _parts(document["$defs"][name]) if "$ref" in part]
    assert reached == set(document["$defs"])


def test_objects_say_whether_they_are_open(document: Any) -> None:
    for name, definition in document["$defs"].items():
        for part in _parts(definition):
            assert part.get("type") != "object" or "additionalProperties" in part, name
            assert "title" not in part, name
            assert len(part.get("description", "")) < 100, name


def test_members_of_unions_are_told_apart_by_a_constant(document: Any) -> None:
    definitions = document["$defs"]
    for name, definition in definitions.items():
        for part in _parts(definition):
            members = [member for key in ("oneOf", "anyOf") for member in part.get(key, ()) if "$ref" in member]
            if len(members) > 1 and name not in NOT_TOLD_APART:
                assert tells_apart(members, lambda ref: definitions[ref.removeprefix(REF)]), name


def test_hub_holds_the_wire_that_it_extends() -> None:
    wire, hub = (
        json.loads((ROOT / "specs" / path).read_text(encoding="utf-8"))["$defs"]
        for path in ("providers/openai/schema/chat.json", "hub/schema/chat.json")
    )
    for name, definition in wire.items():
        for key, value in definition.get("properties", {}).items():
            assert (name, key) == ("ToolMessage", "content") or hub[name]["properties"][key] == value
        assert set(hub[name].get("required", ())) == set(definition.get("required", ()))


def _parts(schema: Any) -> Iterator[dict[str, Any]]:
    """The schemas inside a schema; names of properties are not keywords."""
    if not isinstance(schema, dict):
        return
    yield schema
    for key, value in schema.items():
        if key == "properties":
            for inner in value.values():
                yield from _parts(inner)
        elif isinstance(value, list):
            for inner in value:
                yield from _parts(inner)
        else:
            yield from _parts(value)


CHAT = {
    "model": "m",
    "messages": [
        {"role": "developer", "content": "s"},
        {"role": "user", "content": [{"type": "text", "text": "hi"}, {"type": "image_url", "image_url": {"url": "u"}}]},
        {
            "role": "assistant",
            "content": None,
            "reasoning_content": "r",
            "reasoning_details": [{"type": "reasoning.text", "text": "r", "signature": "s"}],
            "tool_calls": [
                {"id": "c", "type": "function", "function": {"name": "f", "arguments": "{}"}, "extra_content": {"x": 1}}
            ],
            "extra_content": {"order": [{"of": "content", "take": 3}, {"of": "tool_calls"}], "x": {"y": 1}},
        },
        {
            "role": "tool",
            "tool_call_id": "c",
            "content": [{"type": "image_url", "image_url": {"url": "u"}}],
            "extra_content": {"is_error": True},
        },
    ],
    "tools": [{"type": "function", "function": {"name": "f"}, "cache_control": {"type": "ephemeral", "ttl": "1h"}}],
    "temperature": None,
    "stop": ["a"],
    "tool_choice": {"type": "function", "function": {"name": "f"}},
}
MESSAGES = {
    "model": "m",
    "max_tokens": 1,
    "messages": [
        {"role": "user", "content": "hi"},
        {"role": "assistant", "content": [{"type": "tool_use", "id": "t", "name": "f", "input": {}}]},
        {"role": "user", "content": [{"type": "tool_result", "tool_use_id": "t", "content": "ok"}]},
    ],
    "tools": [{"name": "f", "input_schema": {"type": "object", "anything": 1}}],
    "temperature": 0.5,
}
BAD: list[tuple[str, list[str | int], object]] = [
    ("hub", ["top_k"], 3),
    ("hub", ["messages", 1, "content", 0, "type"], "input_text"),
    ("hub", ["messages", 2, "content"], [{"type": "image_url", "image_url": {"url": "u"}}]),
    ("hub", ["messages", 2, "tool_calls", 0, "function", "arguments"], {}),
    ("hub", ["messages", 2, "tool_calls", 0, "function", "extra"], 1),
    ("hub", ["messages", 2, "extra_content", "order", 0, "from"], 1),
    ("hub", ["messages", 2, "reasoning_details", 0, "type"], "thinking"),
    ("hub", ["messages", 3, "content", 0], {"type": "input_audio", "input_audio": {"data": "", "format": "wav"}}),
    ("hub", ["messages", 3, "extra_content", "is_error"], "yes"),
    ("hub", ["tools", 0, "cache_control", "ttl"], "2h"),
    ("hub", ["tool_choice"], "any"),
    ("hub", ["temperature"], "0.5"),
    ("wire", ["temperature"], True),
    ("wire", ["betas"], ["b"]),
    ("wire", ["user_profile_id"], "u"),
    ("wire", ["messages", 0, "role"], "tool"),
    ("wire", ["messages", 1, "content", 0, "input"], "{}"),
    ("wire", ["messages", 2, "content", 0, "type"], "tool_results"),
    ("wire", ["tools", 0, "function"], {}),
    ("wire", ["tool_choice"], "auto"),
    ("wire", ["thinking"], {"type": "enabled"}),
]


@pytest.mark.parametrize(("which", "path", "value"), BAD, ids=lambda value: str(value)[:40])
def test_one_wrong_field_is_found(which: str, path: list[str | int], value: object) -> None:
    file, body = (
        ("hub/schema/chat.json", CHAT)
        if which == "hub"
        else (
            "providers/anthropic/schema/messages.json",
            MESSAGES,
        )
    )
    judge = validator(json.loads((ROOT / "specs" / file).read_text(encoding="utf-8")), "Request")
    assert faults(judge, body) == []
    wrong: Any = copy.deepcopy(body)
    place = wrong
    for step in path[:-1]:
        place = place[step]
    place[path[-1]] = value
    assert faults(judge, wrong)
