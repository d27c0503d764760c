# ruff: noqa: N802  (a test is named after its row)
"""Rows A (calls), D (results) and E (definitions and choices of tools) of the bug catalogue, by the public API."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.catalogue.kit import (
    TOOL,
    USER,
    actions,
    answer_of,
    call,
    chunk,
    chunks_of,
    deltas,
    events_of,
    folded,
    message,
    opened,
    refusal,
    sse,
    stream_bytes,
    translator,
)

PIXEL = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="


def asked(*calls: dict[str, Any]) -> dict[str, Any]:
    return {"role": "assistant", "content": None, "tool_calls": list(calls)}


def result(id: str, content: Any = "ok", **more: Any) -> dict[str, Any]:
    return {"role": "tool", "tool_call_id": id, "content": content, **more}


def blocks(sent: Any, role: str, kind: str) -> list[dict[str, Any]]:
    return [b for m in sent.body["messages"] if m["role"] == role for b in m["content"] if b["type"] == kind]


# ---------------------------------------------------------------------------------------------------- A: calls


def test_A1_calls_of_a_stream_have_indices_of_their_own() -> None:
    data = sse(
        events_of(
            ({"type": "text", "text": ""}, [{"type": "text_delta", "text": "Both."}]),
            (
                {"type": "tool_use", "id": "toolu_a", "name": "f", "input": {}},
                [{"type": "input_json_delta", "partial_json": piece} for piece in ('{"x":', "1}")],
            ),
            (
                {"type": "tool_use", "id": "toolu_b", "name": "g", "input": {}},
                [{"type": "input_json_delta", "partial_json": '{"y":2}'}],
            ),
            stop_reason="tool_use",
        ),
        named=True,
    )
    chunks = chunks_of(stream_bytes(translator("anthropic").stream(), data))
    parts = [part for delta in deltas(chunks) for part in delta.get("tool_calls", ())]
    assert [(part["index"], part.get("id")) for part in parts if part.get("id")] == [(0, "toolu_a"), (1, "toolu_b")]
    assert [(part["index"], part["function"]["arguments"]) for part in parts if part["function"].get("arguments")] == [
        (0, '{"x":'),
        (0, "1}"),
        (1, '{"y":2}'),
    ]
    assert folded(chunks) == {
        "content": "Both.",
        "tool_calls": [
            {"id": "toolu_a", "name": "f", "arguments": '{"x":1}'},
            {"id": "toolu_b", "name": "g", "arguments": '{"y":2}'},
        ],
        "finish_reason": "tool_calls",
    }


@pytest.mark.parametrize("fragments", [[], [{"type": "input_json_delta", "partial_json": ""}]])
def test_A5_a_tool_without_arguments_has_an_empty_object(fragments: list[dict[str, Any]]) -> None:
    block = {"type": "tool_use", "id": "toolu_a", "name": "now", "input": {}}
    data = sse(events_of((block, fragments), stop_reason="tool_use"), named=True)
    chunks = chunks_of(stream_bytes(translator("anthropic").stream(), data))
    assert folded(chunks)["tool_calls"] == [{"id": "toolu_a", "name": "now", "arguments": "{}"}]
    whole = translator("anthropic").response(message(block, stop_reason="tool_use")).body
    assert whole["choices"][0]["message"]["tool_calls"][0]["function"]["arguments"] == "{}"


@pytest.mark.parametrize("blank", ["", " ", "\n\t "])
def test_A6_blank_arguments_in_the_history_are_an_empty_object(blank: str) -> None:
    body = opened(USER, asked(call("c1", arguments=blank)), result("c1"), tools=[TOOL])
    (block,) = blocks(translator("anthropic").request(body), "assistant", "tool_use")
    assert block["input"] == {}
    same = translator("openai").request(body).body["messages"][1]["tool_calls"][0]
    assert same["function"]["arguments"] == "{}"


def test_A8_id_and_name_of_a_streamed_call_are_told_once() -> None:
    def part(arguments: str, **more: Any) -> dict[str, Any]:
        said = {"index": 0, "id": "call_1", "type": "function", "function": {"name": "f", "arguments": arguments}}
        return chunk({"tool_calls": [{**said, **more}]})

    data = sse(
        [chunk({"role": "assistant"}), part(""), part('{"x":'), part("1}", id=""), chunk({}, "tool_calls")], done=True
    )
    chunks = chunks_of(stream_bytes(translator("openai").stream(), data))
    assert folded(chunks)["tool_calls"] == [{"id": "call_1", "name": "f", "arguments": '{"x":1}'}]
    for delta in deltas(chunks)[2:]:
        for said in delta.get("tool_calls", ()):
            assert said.get("id") is None
            assert "name" not in said["function"]


def test_A10_arguments_that_come_as_an_object_are_one_json_text() -> None:
    said = {"id": "call_1", "type": "function", "function": {"name": "f", "arguments": {"x": "ä", "y": [1]}}}
    body = answer_of({"content": None, "tool_calls": [said]}, "tool_calls")
    out = translator("openai").response(body).body["choices"][0]["message"]["tool_calls"][0]["function"]["arguments"]
    assert isinstance(out, str)
    assert json.loads(out) == {"x": "ä", "y": [1]}
    out = translator("openai", client="anthropic").response(body).body["content"]
    assert out == [{"type": "tool_use", "id": "call_1", "name": "f", "input": {"x": "ä", "y": [1]}}]


# -------------------------------------------------------------------------------------------------- D: results


def test_D3_a_picture_in_a_result_arrives() -> None:
    content = [
        {"type": "text", "text": "the plot"},
        {"type": "image_url", "image_url": {"url": f"data:image/png;base64,{PIXEL}"}},
    ]
    sent = translator("anthropic").request(opened(USER, asked(call("c1")), result("c1", content), tools=[TOOL]))
    (block,) = blocks(sent, "user", "tool_result")
    assert block["content"] == [
        {"type": "text", "text": "the plot"},
        {"type": "image", "source": {"type": "base64", "media_type": "image/png", "data": PIXEL}},
    ]
    assert sent.losses == []


@pytest.mark.parametrize("slug", ["anthropic", "openai"])
def test_D6_a_result_that_answers_no_call_is_refused_here(slug: str) -> None:
    body = opened(USER, asked(call("c1")), result("c1"), result("c2"), tools=[TOOL])
    error = refusal(translator(slug), body)
    assert error["param"] == "messages[3].tool_call_id"
    assert error["type"] == "invalid_request_error"


def test_D8_two_results_with_one_id_are_one() -> None:
    body = opened(USER, asked(call("c1")), result("c1", "first"), result("c1", "second"), tools=[TOOL])
    (block,) = blocks(translator("anthropic").request(body), "user", "tool_result")
    assert block["tool_use_id"] == "c1"
    assert [part["text"] for part in block["content"]] == ["first", "second"]


def test_D11_a_history_with_calls_needs_no_tools() -> None:
    body = opened(USER, asked(call("c1", arguments='{"x":1}')), result("c1", "7"), {"role": "user", "content": "So?"})
    sent = translator("anthropic").request(body)
    assert "tools" not in sent.body, "no tool is made up"
    assert sent.body["messages"][1:] == [
        {"role": "assistant", "content": [{"type": "tool_use", "id": "c1", "name": "f", "input": {"x": 1}}]},
        {
            "role": "user",
            "content": [
                {"type": "tool_result", "tool_use_id": "c1", "content": [{"type": "text", "text": "7"}]},
                {"type": "text", "text": "So?"},
            ],
        },
    ]
    assert sent.losses == []


def test_D14_a_result_of_text_parts_is_blocks_or_parts() -> None:
    parts = [{"type": "text", "text": "a"}, {"type": "text", "text": "b"}]
    body = opened(USER, asked(call("c1")), result("c1", parts), tools=[TOOL])
    (block,) = blocks(translator("anthropic").request(body), "user", "tool_result")
    assert block["content"] == parts
    assert translator("openai").request(body).body["messages"][2]["content"] == parts


def test_D15_that_a_tool_failed_is_not_lost_in_silence() -> None:
    inbound = {
        "model": "gpt-4.1",
        "max_tokens": 100,
        "tools": [{"name": "f", "input_schema": {"type": "object"}}],
        "messages": [
            {"role": "user", "content": "Hello"},
            {"role": "assistant", "content": [{"type": "tool_use", "id": "c1", "name": "f", "input": {}}]},
            {
                "role": "user",
                "content": [{"type": "tool_result", "tool_use_id": "c1", "content": "no such city", "is_error": True}],
            },
        ],
    }
    sent = translator("openai", client="anthropic").request(inbound)
    assert sent.body["messages"][2] == {"role": "tool", "tool_call_id": "c1", "content": "no such city"}
    # The dialect has no field for it, and no words are made up: so it is a loss of the worst kind.
    assert actions(sent.losses)["messages[2].content[0].is_error"] == ("dropped", "contract")


def test_D15_towards_a_dialect_that_has_the_flag_it_is_kept() -> None:
    body = opened(USER, asked(call("c1")), result("c1", "no such city", extra_content={"is_error": True}), tools=[TOOL])
    (block,) = blocks(translator("anthropic").request(body), "user", "tool_result")
    assert block["is_error"] is True


# ------------------------------------------------------------------------------------ E: definitions and choices


@pytest.mark.parametrize(
    ("choice", "native"),
    [
        ("auto", {"type": "auto"}),
        ("none", {"type": "none"}),
        ("required", {"type": "any"}),
        ({"type": "function", "function": {"name": "f"}}, {"type": "tool", "name": "f"}),
    ],
)
def test_E1_every_choice_of_tools_has_its_word(choice: Any, native: dict[str, Any]) -> None:
    sent = translator("anthropic").request(opened(tools=[TOOL], tool_choice=choice))
    assert sent.body["tool_choice"] == native
    assert sent.losses == []
    inbound = {
        "model": "gpt-4.1",
        "max_tokens": 9,
        "messages": [USER],
        "tools": [{"name": "f", "input_schema": {"type": "object"}}],
        "tool_choice": native,
    }
    assert translator("openai", client="anthropic").request(inbound).body["tool_choice"] == choice


def test_E2_a_demanded_call_while_thinking_is_left_to_the_model() -> None:
    body = opened(tools=[TOOL], tool_choice="required", reasoning_effort="high", max_tokens=32000)
    sent = translator("anthropic").request(body)
    assert sent.body["thinking"]["type"] == "enabled"
    assert sent.body["tool_choice"] == {"type": "auto"}
    assert actions(sent.losses)["tool_choice"] == ("substituted", "contract")
    assert refusal(translator("anthropic", strict="contract"), body)["param"] == "tool_choice"


def test_E6_a_function_without_parameters_takes_an_empty_object() -> None:
    sent = translator("anthropic").request(opened(tools=[{"type": "function", "function": {"name": "now"}}]))
    assert sent.body["tools"] == [{"name": "now", "input_schema": {"type": "object", "properties": {}}}]


@pytest.mark.parametrize("slug", ["anthropic", "openai"])
@pytest.mark.parametrize("choice", ["auto", "none"])
def test_E10_no_tools_and_no_choice_for_an_empty_list(slug: str, choice: str) -> None:
    sent = translator(slug).request(opened(tools=[], tool_choice=choice, parallel_tool_calls=True))
    assert {"tools", "tool_choice", "parallel_tool_calls"} & set(sent.body) == set()
    assert sent.body["messages"][0]["role"] == "user"
