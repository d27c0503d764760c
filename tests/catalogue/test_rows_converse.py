# ruff: noqa: N802  (a test is named after its row)
"""Rows about Converse: reasons, results, tools, pictures by their addresses, marks of the cache."""

from __future__ import annotations

import base64
from typing import Any

import pytest

import dragoman

from .kit import TOOL, USER, call, opened, translator

CLAUDE = "us.anthropic.claude-sonnet-4-5-20250929-v1:0"
PIXEL = base64.b64encode(b"\x89PNG").decode()
POINT = {"cachePoint": {"type": "default"}}
MARK = {"type": "ephemeral"}


def sent(*messages: dict[str, Any], **more: Any) -> dragoman.Request:
    media = more.pop("media", None)
    return translator("bedrock").request({**opened(*messages, **more), "model": CLAUDE}, media=media)


def turns(request: dragoman.Request) -> list[list[dict[str, Any]]]:
    return [turn["content"] for turn in request.body["messages"]]


def asked(*calls: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {"role": "assistant", "content": None, "tool_calls": list(calls), **more}


def result(id: str, content: Any = "ok", **more: Any) -> dict[str, Any]:
    return {"role": "tool", "tool_call_id": id, "content": content, **more}


@pytest.mark.parametrize(
    ("reason", "finish"),
    [
        ("content_filtered", "content_filter"),
        ("guardrail_intervened", "content_filter"),
        ("max_tokens", "length"),
        ("tool_use", "tool_calls"),
        ("model_context_window_exceeded", "length"),
    ],
)
def test_B9_every_reason_has_its_word(reason: str, finish: str) -> None:
    usage = {"inputTokens": 1, "outputTokens": 1, "totalTokens": 2}
    block: dict[str, Any] = {"text": "x"}
    if reason == "tool_use":
        block = {"toolUse": {"toolUseId": "t", "name": "f", "input": {}}}
    answer = {"output": {"message": {"role": "assistant", "content": [block]}}, "stopReason": reason, "usage": usage}
    got = translator("bedrock").response({**answer, "metrics": {"latencyMs": 1}})
    assert got.body["choices"][0]["finish_reason"] == finish

    stream = translator("bedrock").stream()
    events: list[tuple[str, dict[str, Any]]] = [("messageStart", {"role": "assistant"})]
    if reason == "tool_use":
        start: dict[str, Any] = {"contentBlockIndex": 0, "start": {"toolUse": {"toolUseId": "t", "name": "f"}}}
        events += [("contentBlockStart", start), ("contentBlockStop", {"contentBlockIndex": 0})]
    events += [("messageStop", {"stopReason": reason}), ("metadata", {"usage": usage, "metrics": {"latencyMs": 1}})]
    out = [made.data for name, data in events for made in stream.feed(data, event=name)]
    assert [c["finish_reason"] for chunk in out for c in chunk["choices"] if c["finish_reason"]] == [finish]


def test_D4_a_picture_in_a_result_arrives() -> None:
    content = [
        {"type": "text", "text": "the plot"},
        {"type": "image_url", "image_url": {"url": f"data:image/png;base64,{PIXEL}"}},
    ]
    request = sent(USER, asked(call("c1")), result("c1", content), tools=[TOOL])
    picture = {"image": {"format": "png", "source": {"bytes": PIXEL}}}
    assert turns(request)[2] == [{"toolResult": {"toolUseId": "c1", "content": [{"text": "the plot"}, picture]}}]
    assert request.losses == []


def test_D9_the_text_of_a_turn_stands_before_its_calls() -> None:
    request = sent(USER, asked(call("c1"), content="I look."), result("c1"), tools=[TOOL])
    assert [list(block) for block in turns(request)[1]] == [["text"], ["toolUse"]]


def test_E8_an_empty_description_is_left_out_and_an_empty_name_refused() -> None:
    request = sent(tools=[{"type": "function", "function": {"name": "f", "description": ""}}])
    assert "description" not in request.body["toolConfig"]["tools"][0]["toolSpec"]
    with pytest.raises(dragoman.Refused) as refused:
        sent(tools=[{"type": "function", "function": {"name": ""}}])
    assert refused.value.status == 400


def test_M1_a_picture_by_its_address_needs_its_bytes() -> None:
    url = "https://example.com/a.png"
    message = {
        "role": "user",
        "content": [{"type": "text", "text": "See."}, {"type": "image_url", "image_url": {"url": url}}],
    }
    assert translator("bedrock").media({**opened(message), "model": CLAUDE}) == [url]
    with pytest.raises(dragoman.Refused):
        sent(message)
    request = sent(message, media={url: ("image/jpeg", PIXEL)})
    assert turns(request)[0][1] == {"image": {"format": "jpeg", "source": {"bytes": PIXEL}}}


def test_N1_marks_are_cache_points_behind_what_they_mark() -> None:
    request = sent(
        USER,
        asked(call("c1"), cache_control=MARK),
        result("c1", cache_control=MARK),
        {"role": "user", "content": [{"type": "text", "text": "And?", "cache_control": MARK}]},
        tools=[{**TOOL, "cache_control": MARK}],
    )
    assert turns(request)[1][-1] == POINT
    assert [list(block) for block in turns(request)[2]] == [["toolResult"], ["cachePoint"], ["text"], ["cachePoint"]]
    assert request.body["toolConfig"]["tools"][-1] == POINT
    assert request.losses == []
