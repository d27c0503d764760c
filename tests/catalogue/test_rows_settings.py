# ruff: noqa: N802  (a test is named after its row)
"""Rows F (schemas), G (structured output), L (parameters), M (media) and N (cache marks), by the public API."""

from __future__ import annotations

import base64
import json
from typing import Any

import pytest

from tests.catalogue.kit import (
    TOOL,
    USER,
    actions,
    call,
    chunks_of,
    events_of,
    folded,
    lost,
    message,
    opened,
    refusal,
    sse,
    stream_bytes,
    translator,
)

OLD = "claude-sonnet-4-20250514"  # has no decoder for schemas
JSON = {"response_format": {"type": "json_object"}}
ANSWER = {"type": "tool_use", "id": "toolu_j", "name": "answer_in_json", "input": {"a": "ä"}}
PIXEL = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
PDF = base64.b64encode(b"%PDF-1.4\n").decode()


def schema_of(schema: dict[str, Any]) -> dict[str, Any]:
    return {"response_format": {"type": "json_schema", "json_schema": {"name": "s", "strict": True, "schema": schema}}}


# --------------------------------------------------------------------------------------------- F: JSON Schema


def test_F13_limits_that_the_decoder_refuses_are_told_in_words_and_objects_are_closed() -> None:
    schema = {
        "type": "object",
        "properties": {
            "n": {"type": "integer", "minimum": 1},
            "s": {"type": "string", "minLength": 2, "description": "a name"},
            "l": {"type": "array", "minItems": 2, "uniqueItems": True, "items": {"type": "object", "properties": {}}},
        },
        "required": ["n"],
    }
    sent = translator("anthropic").request(opened(**schema_of(schema)))
    made = sent.body["output_config"]["format"]
    assert made["type"] == "json_schema"
    fields = made["schema"]["properties"]
    assert made["schema"]["additionalProperties"] is False
    assert fields["l"]["items"]["additionalProperties"] is False
    assert "minimum" not in fields["n"]
    assert "minimum: 1" in fields["n"]["description"]
    assert "minLength" not in fields["s"]
    assert fields["s"]["description"].startswith("a name")
    assert "minLength: 2" in fields["s"]["description"]
    assert {"minItems", "uniqueItems"} & set(fields["l"]) == set()
    place = "response_format.json_schema.schema.properties"
    told = lost(sent.losses)
    moved = {(f"{place}.{name}", "moved") for name in ("n.minimum", "s.minLength", "l.uniqueItems")}
    assert moved <= told
    assert (f"{place}.l.minItems", "moved") in told or (f"{place}.l.minItems", "dropped") in told


def test_F15_references_still_resolve() -> None:
    schema = {
        "type": "object",
        "properties": {"a": {"$ref": "#/$defs/A"}},
        "$defs": {"A": {"type": "object", "properties": {"x": {"type": "string"}}}},
    }
    made = translator("anthropic").request(opened(**schema_of(schema))).body["output_config"]["format"]["schema"]
    assert made["properties"]["a"] == {"$ref": "#/$defs/A"}
    assert made["$defs"]["A"]["properties"] == {"x": {"type": "string"}}
    # The way by a tool, on models without a decoder for schemas, keeps them too.
    sent = translator("anthropic").request(opened(model=OLD, **schema_of(schema)))
    (tool,) = sent.body["tools"]
    assert tool["input_schema"] == schema


# ---------------------------------------------------------------------------------------- G: structured output


def test_G1_only_the_synthetic_tool_becomes_content() -> None:
    t = translator("anthropic")
    sent = t.request(opened(tools=[TOOL], stream=True, **JSON))
    assert [tool["name"] for tool in sent.body["tools"]] == ["f", "answer_in_json"]
    assert sent.body["tool_choice"] == {"type": "any"}
    fragments = [{"type": "input_json_delta", "partial_json": piece} for piece in ('{"a":', '"ä"}')]
    answered = (ANSWER | {"input": {}}, fragments)
    chunks = chunks_of(stream_bytes(t.stream(sent), sse(events_of(answered, stop_reason="tool_use"), named=True)))
    assert folded(chunks) == {"content": '{"a":"ä"}', "tool_calls": [], "finish_reason": "stop"}
    called = ({"type": "tool_use", "id": "toolu_f", "name": "f", "input": {}}, [])
    chunks = chunks_of(stream_bytes(t.stream(sent), sse(events_of(called, stop_reason="tool_use"), named=True)))
    assert folded(chunks) == {
        "content": "",
        "tool_calls": [{"id": "toolu_f", "name": "f", "arguments": "{}"}],
        "finish_reason": "tool_calls",
    }
    both = chunks_of(stream_bytes(t.stream(sent), sse(events_of(answered, called, stop_reason="tool_use"), named=True)))
    assert folded(both) == {
        "content": '{"a":"ä"}',
        "tool_calls": [{"id": "toolu_f", "name": "f", "arguments": "{}"}],
        "finish_reason": "tool_calls",
    }


def test_G1_the_same_unstreamed() -> None:
    t = translator("anthropic")
    sent = t.request(opened(tools=[TOOL], **JSON))
    out = t.response(message(ANSWER, stop_reason="tool_use"), sent).body["choices"][0]
    assert json.loads(out["message"]["content"]) == {"a": "ä"}
    assert out["finish_reason"] == "stop"
    assert "tool_calls" not in out["message"]


@pytest.mark.parametrize("format", [JSON, schema_of({"type": "object", "properties": {}})])
def test_G3_nothing_is_forced_while_thinking(format: dict[str, Any]) -> None:
    body = opened(model=OLD, reasoning_effort="high", max_tokens=32000, **format)
    sent = translator("anthropic").request(body)
    assert sent.body["thinking"]["type"] == "enabled"
    assert sent.body.get("tool_choice", {"type": "auto"})["type"] == "auto"
    assert actions(sent.losses)["response_format"] == ("dropped", "contract")


def test_G3_where_the_decoder_does_it_thinking_goes_on() -> None:
    format = schema_of({"type": "object", "properties": {}})
    sent = translator("anthropic").request(opened(reasoning_effort="high", max_tokens=32000, **format))
    assert sent.body["thinking"]["type"] == "enabled"
    assert "tool_choice" not in sent.body
    assert sent.body["output_config"]["format"]["type"] == "json_schema"


def test_G4_json_mode_is_had_by_a_tool_without_a_word_of_instruction() -> None:
    sent = translator("anthropic").request(opened({"role": "user", "content": "Reply in JSON."}, **JSON))
    assert sent.body["tool_choice"] == {
        "type": "tool",
        "name": "answer_in_json",
        "disable_parallel_tool_use": True,
    }
    (tool,) = sent.body["tools"]
    assert tool == {"name": "answer_in_json", "input_schema": {"type": "object", "additionalProperties": True}}
    assert sent.body["messages"] == [{"role": "user", "content": [{"type": "text", "text": "Reply in JSON."}]}]
    assert "system" not in sent.body
    assert actions(sent.losses) == {"response_format": ("substituted", "tuning")}


# ---------------------------------------------------------------------------------------------- L: parameters


@pytest.mark.parametrize(
    ("model", "limit"), [("claude-3-opus-20240229", 4096), ("claude-opus-4-20250514", 32000), ("someone-new", 64000)]
)
def test_L1_without_max_tokens_a_documented_default_that_the_model_takes(model: str, limit: int) -> None:
    sent = translator("anthropic").request({"model": model, "messages": [USER]})
    assert sent.body["max_tokens"] == limit
    # Nothing was there to be changed: the loss names what the caller would have said.
    assert [(loss.path, loss.action) for loss in sent.losses] in (
        [("max_tokens", "defaulted")],
        [("max_completion_tokens", "defaulted")],
    )


@pytest.mark.parametrize(
    ("model", "given", "made"),
    [
        ("gpt-4.1", {"max_tokens": 5}, {"max_tokens": 5}),
        ("gpt-5", {"max_tokens": 5}, {"max_completion_tokens": 5}),
        ("gpt-5", {"max_completion_tokens": 5}, {"max_completion_tokens": 5}),
        ("gpt-4.1", {"max_completion_tokens": 5}, {"max_completion_tokens": 5}),
        ("gpt-5", {"max_tokens": 5, "max_completion_tokens": 7}, {"max_completion_tokens": 7}),
        ("gpt-4.1", {"max_tokens": 5, "max_completion_tokens": 7}, {"max_completion_tokens": 7}),
    ],
)
def test_L2_one_limit_in_the_word_that_the_model_takes(model: str, given: dict[str, int], made: dict[str, int]) -> None:
    sent = translator("openai").request({"model": model, "messages": [USER], **given})
    assert {key: value for key, value in sent.body.items() if key.startswith("max_")} == made
    assert lost(sent.losses) == ({("max_tokens", "dropped")} if len(given) > 1 else set())
    native = translator("anthropic").request({"model": "claude-sonnet-4-5", "messages": [USER], **given}).body
    assert native["max_tokens"] == max(given.values())


def test_L2_a_messages_clients_limit_is_max_completion_tokens() -> None:
    sent = translator("openai", client="anthropic").request({"model": "gpt-5", "max_tokens": 9, "messages": [USER]})
    assert sent.body["max_completion_tokens"] == 9
    assert "max_tokens" not in sent.body


def test_L3_temperature_is_clamped_and_told() -> None:
    sent = translator("anthropic").request(opened(temperature=1.5))
    assert sent.body["temperature"] == 1
    assert actions(sent.losses) == {"temperature": ("clamped", "tuning")}


def test_L5_a_stop_sequence_of_white_space_goes_and_is_told() -> None:
    sent = translator("anthropic").request(opened(stop=["\n", "END"]))
    assert sent.body["stop_sequences"] == ["END"]
    assert lost(sent.losses) == {("stop[0]", "dropped")}
    alone = translator("anthropic").request(opened(stop="\n"))
    assert "stop_sequences" not in alone.body
    assert lost(alone.losses) == {("stop", "dropped")}


@pytest.mark.parametrize(
    ("given", "severity"),
    [({"seed": 7}, "tuning"), ({"logprobs": True}, "contract"), ({"logprobs": True, "top_logprobs": 2}, "contract")],
)
def test_L6_what_cannot_be_asked_is_told_or_refused_as_the_caller_wishes(given: dict[str, Any], severity: str) -> None:
    body = opened(**given)
    sent = translator("anthropic").request(body)
    assert set(given) & set(sent.body) == set()
    assert actions(sent.losses) == dict.fromkeys(given, ("dropped", severity))
    error = refusal(translator("anthropic", strict=severity), body)
    assert error["param"] in given
    assert error["type"] == "invalid_request_error"


def test_L6_several_answers_are_refused() -> None:
    error = refusal(translator("anthropic"), opened(n=2))
    assert (error["type"], error["param"]) == ("invalid_request_error", "n")
    assert translator("anthropic").request(opened(n=1)).losses == []


def test_L8_settings_of_one_vendor_are_not_sent_on() -> None:
    sent = translator("anthropic").request(opened(prompt_cache_key="k", store=True, user="u1", next_year=1))
    assert {"prompt_cache_key", "store", "user", "next_year"} & set(sent.body) == set()
    assert sent.body["metadata"] == {"user_id": "u1"}
    assert lost(sent.losses) == {(name, "dropped") for name in ("prompt_cache_key", "store", "next_year")}


def test_L10_of_temperature_and_top_p_one_is_kept() -> None:
    sent = translator("anthropic").request(opened(temperature=0.5, top_p=0.9))
    assert (sent.body.get("temperature"), sent.body.get("top_p")) == (0.5, None)
    assert actions(sent.losses) == {"top_p": ("dropped", "tuning")}
    older = translator("anthropic").request(opened(model=OLD, temperature=0.5, top_p=0.9))
    assert (older.body["temperature"], older.body["top_p"], older.losses) == (0.5, 0.9, [])


# -------------------------------------------------------------------------------------------------- M: media


def blocks(part: dict[str, Any]) -> tuple[list[dict[str, Any]], list[Any]]:
    sent = translator("anthropic").request(opened({"role": "user", "content": [part]}))
    return sent.body["messages"][0]["content"], sent.losses


def test_M3_a_file_is_a_document_with_its_name() -> None:
    part = {"type": "file", "file": {"filename": "a.pdf", "file_data": f"data:application/pdf;base64,{PDF}"}}
    source = {"type": "base64", "media_type": "application/pdf", "data": PDF}
    assert blocks(part) == ([{"type": "document", "source": source, "title": "a.pdf"}], [])


def test_M5_a_pdf_in_the_place_of_a_picture_is_a_document() -> None:
    part = {"type": "image_url", "image_url": {"url": f"data:application/pdf;base64,{PDF}"}}
    source = {"type": "base64", "media_type": "application/pdf", "data": PDF}
    assert blocks(part) == ([{"type": "document", "source": source}], [])
    picture = {"type": "image_url", "image_url": {"url": f"data:image/png;base64,{PIXEL}"}}
    source = {"type": "base64", "media_type": "image/png", "data": PIXEL}
    assert blocks(picture) == ([{"type": "image", "source": source}], [])


def test_M6_sound_is_refused() -> None:
    sound = {"type": "input_audio", "input_audio": {"data": "UklGRg==", "format": "wav"}}
    error = refusal(translator("anthropic"), opened({"role": "user", "content": [sound]}))
    assert error["param"].startswith("messages[0].content[0]")
    assert "audio" in error["message"]


# --------------------------------------------------------------------------------------------- N: cache marks

MARK = {"cache_control": {"type": "ephemeral"}}


def test_N3_five_marks_are_refused() -> None:
    def marked(count: int) -> dict[str, Any]:
        return opened({"role": "user", "content": [{"type": "text", "text": f"t{i}", **MARK} for i in range(count)]})

    error = refusal(translator("anthropic"), marked(5))
    assert (error["type"], error["param"]) == ("invalid_request_error", "messages")
    content = translator("anthropic").request(marked(4)).body["messages"][0]["content"]
    assert [block["cache_control"] for block in content] == [MARK["cache_control"]] * 4


def test_N4_marks_go_where_they_are_not_known() -> None:
    body = {
        "model": "gpt-4.1",
        "messages": [
            {"role": "system", "content": [{"type": "text", "text": "S", **MARK}]},
            {"role": "user", "content": "Hello", **MARK},
            {"role": "assistant", "content": None, "tool_calls": [call("c1") | MARK]},
            {"role": "tool", "tool_call_id": "c1", "content": "ok", **MARK},
        ],
        "tools": [TOOL | MARK],
        **MARK,
    }
    sent = translator("openai").request(body)
    assert "cache_control" not in json.dumps(sent.body)
    assert lost(sent.losses) == {
        (f"{place}cache_control", "dropped")
        for place in (
            *("", "messages[0].content[0].", "messages[1].", "messages[2].tool_calls[0].", "messages[3].", "tools[0]."),
        )
    }
