# ruff: noqa: N802  (a test is named after its row)
"""Rows about generateContent, through the public surface: what a client sends, what the upstream gets, and back."""

from __future__ import annotations

import json
from typing import Any

import pytest

import dragoman

from .kit import USER, translator

NEW, OLD = "gemini-3.5-flash", "gemini-2.0-flash"
SIGNATURE = "c2ln"


def request(*messages: Any, model: str = NEW, **more: Any) -> dragoman.Request:
    return translator("gemini").request({"model": model, "messages": list(messages) or [USER], **more})


def tool(parameters: Any = None) -> dict[str, Any]:
    return {"type": "function", "function": {"name": "f", **({"parameters": parameters} if parameters else {})}}


def lowered(schema: Any) -> Any:
    """The schema of a parameter as an older model gets it."""
    body = request(model=OLD, tools=[tool({"type": "object", "properties": {"x": schema}})]).body
    return body["tools"][0]["functionDeclarations"][0]["parameters"]["properties"]["x"]


def answer(*parts: Any, finish: str = "STOP", **more: Any) -> dict[str, Any]:
    candidate = {"content": {"role": "model", "parts": list(parts)}, "finishReason": finish}
    return {"candidates": [candidate], "responseId": "r1", "modelVersion": NEW, **more}


def said(body: Any) -> Any:
    return translator("gemini").response(body).body


def message_of(body: Any) -> Any:
    return said(body)["choices"][0]["message"]


def streamed(*events: Any) -> list[Any]:
    asked = {"model": NEW, "messages": [USER], "stream": True, "stream_options": {"include_usage": True}}
    t = translator("gemini")
    stream = t.stream(t.request(asked))
    return [event.data for data in events for event in stream.feed(data)] + [event.data for event in stream.close()]


def called(name: str = "f", **more: Any) -> dict[str, Any]:
    return {"functionCall": {"name": name, "args": {}}, **more}


def back(*calls: Any, **more: Any) -> list[Any]:
    """The turn that a client makes of these calls, as the upstream gets it again."""
    results = [{"role": "tool", "tool_call_id": call["id"], "content": "1"} for call in calls]
    turn = {"role": "assistant", "content": None, "tool_calls": list(calls), **more}
    found: list[Any] = request(USER, turn, *results).body["contents"]
    return found


def test_A3_two_calls_of_one_function_have_two_ids() -> None:
    first, second = message_of(answer(called(), called()))["tool_calls"]
    assert first["id"] and second["id"] and first["id"] != second["id"]


def test_A4_ids_of_the_upstream_come_back_and_made_ones_do_not() -> None:
    own = {"functionCall": {"id": "own", "name": "f", "args": {}}}
    contents = back(*message_of(answer(own, called()))["tool_calls"])
    assert [part["functionCall"].get("id") for part in contents[1]["parts"]] == ["own", None]
    assert [part["functionResponse"].get("id") for part in contents[2]["parts"]] == ["own", None]


def test_B1_stop_with_calls_is_tool_calls() -> None:
    assert said(answer(called()))["choices"][0]["finish_reason"] == "tool_calls"
    chunks = streamed(answer(called(), finish=""), answer({"text": ""}))
    assert [c["finish_reason"] for chunk in chunks for c in chunk["choices"] if c["finish_reason"]] == ["tool_calls"]


def test_B2_an_answer_cut_off_before_its_first_word() -> None:
    choice = said({"candidates": [{"finishReason": "MAX_TOKENS"}]})["choices"][0]
    assert choice["finish_reason"] == "length" and choice["message"]["content"] is None


def test_B4_a_prompt_that_was_not_let_through() -> None:
    body = {"promptFeedback": {"blockReason": "SAFETY"}, "usageMetadata": {"promptTokenCount": 4, "totalTokenCount": 4}}
    found = said(body)
    assert [choice["finish_reason"] for choice in found["choices"]] == ["content_filter"]
    assert found["usage"]["prompt_tokens"] == 4
    assert [c["finish_reason"] for c in streamed(body)[0]["choices"]] == ["content_filter"]


@pytest.mark.parametrize(
    "reason", ["NO_IMAGE", "IMAGE_SAFETY", "SPII", "BLOCKLIST", "PROHIBITED_CONTENT", "RECITATION"]
)
def test_B5_reasons_of_filters(reason: str) -> None:
    choice = said({"candidates": [{"finishReason": reason}]})["choices"][0]
    assert choice["finish_reason"] == "content_filter"
    assert choice["message"]["extra_content"]["gemini"]["finishReason"] == reason


def test_C10_only_system_messages() -> None:
    with pytest.raises(dragoman.Refused) as refused:
        request({"role": "system", "content": "Be brief."})
    assert refused.value.status == 400


@pytest.mark.parametrize("content", ["12", "[1]", "fine"])
def test_D12_results_that_are_no_objects(content: str) -> None:
    call = {"id": "a", "type": "function", "function": {"name": "f", "arguments": "{}"}}
    result = {"role": "tool", "tool_call_id": "a", "content": content}
    sent = request(USER, {"role": "assistant", "tool_calls": [call]}, result)
    assert sent.body["contents"][2]["parts"][0]["functionResponse"]["response"] == {"output": content}


def test_E4_one_call_at_a_time_is_recorded_as_lost() -> None:
    losses = request(tools=[tool()], parallel_tool_calls=False).losses
    assert [(loss.path, loss.action) for loss in losses] == [("parallel_tool_calls", "dropped")]


def test_F1_references_are_put_in_their_place() -> None:
    schema = {"type": "array", "items": {"$ref": "#/$defs/A"}}
    parameters = {"type": "object", "properties": {"x": schema}, "$defs": {"A": {"type": "string"}}}
    body = request(model=OLD, tools=[tool(parameters)]).body
    found = body["tools"][0]["functionDeclarations"][0]["parameters"]
    assert found == {"type": "object", "properties": {"x": {"type": "array", "items": {"type": "string"}}}}
    kept = request(tools=[tool(parameters)]).body["tools"][0]["functionDeclarations"][0]
    assert kept["parametersJsonSchema"] == parameters


def test_F3_keywords_that_the_dialect_lacks() -> None:
    assert lowered({"type": "object", "additionalProperties": False, "$schema": "x"}) == {"type": "object"}


def test_F4_a_constant_is_an_enumeration_of_one() -> None:
    assert lowered({"const": "x"}) == {"type": "string", "enum": ["x"]}


def test_F6_a_type_or_null() -> None:
    assert lowered({"type": ["string", "null"]}) == {"type": "string", "nullable": True}


def test_F7_an_alternative_that_is_null() -> None:
    assert lowered({"anyOf": [{"type": "string"}, {"type": "null"}]}) == {"type": "string", "nullable": True}


def test_F9_required_names_what_is_declared() -> None:
    assert lowered({"type": "object", "properties": {"a": {}}, "required": ["a", "b"]})["required"] == ["a"]


def test_F10_exclusive_limits() -> None:
    assert set(lowered({"type": "integer", "exclusiveMinimum": 0})) == {"type", "description"}


def test_F12_an_array_without_items() -> None:
    assert lowered({"type": "array"})["items"]


def test_F17_schemas_of_functions_and_of_answers_go_by_one_dialect() -> None:
    schema = {"type": "object", "properties": {"x": {"const": "x"}}}
    body = request(model=OLD, tools=[tool(schema)]).body
    form = {"type": "json_schema", "json_schema": {"name": "a", "schema": schema}}
    held = request(model=OLD, response_format=form).body["generationConfig"]["responseSchema"]
    assert body["tools"][0]["functionDeclarations"][0]["parameters"] == held


def test_H6_the_signature_of_a_call_comes_back_on_it() -> None:
    part = called(thoughtSignature=SIGNATURE)
    assert back(*message_of(answer(part))["tool_calls"])[1]["parts"][0]["thoughtSignature"] == SIGNATURE
    deltas = [choice["delta"] for chunk in streamed(answer(part)) for choice in chunk["choices"]]
    (call,) = (call for delta in deltas for call in delta.get("tool_calls", ()))
    assert back(call)[1]["parts"][0]["thoughtSignature"] == SIGNATURE


def test_H7_signatures_of_texts_and_thoughts_come_back_on_their_parts() -> None:
    thought = {"text": "Hm.", "thought": True, "thoughtSignature": "czA="}
    alone = {"text": "", "thoughtSignature": "czI="}
    parts = [thought, {"text": "A"}, {"text": "B", "thoughtSignature": "czE="}, alone]
    found = request(USER, message_of(answer(*parts)), USER).body["contents"][1]["parts"]
    assert found == parts


def test_H9_ids_are_short_and_plain() -> None:
    (call,) = message_of(answer(called(thoughtSignature="c" * 900)))["tool_calls"]
    assert len(call["id"]) <= 64 and call["id"].replace("_", "").replace("-", "").isalnum()


def test_I3_thoughts_are_counted_in() -> None:
    counts = {"promptTokenCount": 20, "candidatesTokenCount": 198, "thoughtsTokenCount": 405, "totalTokenCount": 623}
    usage = said(answer({"text": "A"}, usageMetadata=counts))["usage"]
    assert (usage["completion_tokens"], usage["completion_tokens_details"]["reasoning_tokens"]) == (603, 405)
    assert streamed(answer({"text": "A"}, usageMetadata=counts))[-1]["usage"] == usage


def test_J8_an_error_that_is_no_event_ends_the_stream() -> None:
    t = translator("gemini")
    stream = t.stream(t.request({"model": NEW, "messages": [USER], "stream": True}))
    event = b"data: " + json.dumps(answer({"text": "Hel"}, finish="")).encode() + b"\r\n\r\n"
    error = b'{"error": {"code": 503, "message": "Overloaded.", "status": "UNAVAILABLE"}}'
    out = stream.feed_bytes(event) + stream.feed_bytes(error) + stream.close_bytes()
    assert b'"code":"overloaded"' in out and b'"finish_reason":"stop"' not in out


def test_M1_a_picture_by_its_address_is_sent_as_bytes() -> None:
    def asked(url: str) -> dict[str, Any]:
        content = [{"type": "image_url", "image_url": {"url": url}}]
        return {"model": NEW, "messages": [{"role": "user", "content": content}]}

    t = translator("gemini")
    for url in ("https://pictures.example/a.png", "https://pictures.example/a"):
        assert t.media(asked(url)) == [url]
        sent = t.request(asked(url), media={url: ("image/png", "AAAA")})
        assert sent.body["contents"][0]["parts"] == [{"inlineData": {"mimeType": "image/png", "data": "AAAA"}}]
    with pytest.raises(dragoman.Refused):
        t.request(asked(url))
    named = "https://pictures.example/a.png"  # newer models fetch it, if they are told what it is
    sent = t.request(asked(named))
    assert sent.body["contents"][0]["parts"] == [{"fileData": {"fileUri": named, "mimeType": "image/png"}}]


def test_O1_sources_become_annotations() -> None:
    body = answer({"text": "A"})
    source = {"web": {"uri": "https://a.example", "title": "A"}}
    body["candidates"][0]["groundingMetadata"] = {"groundingChunks": [source]}
    assert message_of(body)["annotations"][0]["url_citation"]["url"] == "https://a.example"
    deltas = [choice["delta"] for chunk in streamed(body) for choice in chunk["choices"]]
    assert [d["annotations"][0]["url_citation"]["url"] for d in deltas if d.get("annotations")] == ["https://a.example"]
