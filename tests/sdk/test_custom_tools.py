"""A client of the Responses API whose tool takes a text (such as apply_patch), at dialects whose tools take objects."""

from __future__ import annotations

import json
from typing import Any

import pytest

import dragoman

PATCH = "*** Begin Patch\n*** End Patch"
TOOL = {"type": "custom", "name": "apply_patch", "description": "Edits files."}
GRAMMAR = {"type": "grammar", "syntax": "lark", "definition": 'start: "x"'}
ASKED: dict[str, Any] = {
    "input": [
        {"role": "user", "content": "Mend it."},
        {"type": "custom_tool_call", "call_id": "c1", "name": "apply_patch", "input": PATCH},
        {"type": "custom_tool_call_output", "call_id": "c1", "output": "Done"},
    ],
    "tools": [{**TOOL, "format": GRAMMAR}],
    "tool_choice": {"type": "custom", "name": "apply_patch"},
}
MODELS = {
    "anthropic": "claude-sonnet-4-5",
    "bedrock": "us.amazon.nova-pro-v1:0",
    "cohere": "command-a-03-2025",
    "gemini": "gemini-3.5-flash",
    "ollama": "llama3.2",
    "vertex": "gemini-2.5-flash",
}
GEMINI = {
    "responseId": "r1",
    "candidates": [
        {
            "index": 0,
            "finishReason": "STOP",
            "content": {
                "role": "model",
                "parts": [
                    {"functionCall": {"name": "apply_patch", "args": {"input": PATCH}}, "thoughtSignature": "c2ln"},
                ],
            },
        }
    ],
}
ANSWERS: dict[str, Any] = {
    "bedrock": {
        "output": {
            "message": {
                "role": "assistant",
                "content": [{"toolUse": {"toolUseId": "t", "name": "apply_patch", "input": {"input": PATCH}}}],
            }
        },
        "stopReason": "tool_use",
        "usage": {"inputTokens": 1, "outputTokens": 1, "totalTokens": 2},
        "metrics": {"latencyMs": 1},
    },
    "cohere": {
        "id": "a",
        "finish_reason": "TOOL_CALL",
        "message": {
            "role": "assistant",
            "tool_calls": [
                {
                    "id": "t",
                    "type": "function",
                    "function": {"name": "apply_patch", "arguments": json.dumps({"input": PATCH})},
                }
            ],
        },
    },
    "gemini": GEMINI,
    "ollama": {
        "model": "llama3.2",
        "created_at": "2026-11-22T10:00:00Z",
        "message": {
            "role": "assistant",
            "content": "",
            "tool_calls": [{"function": {"name": "apply_patch", "arguments": {"input": PATCH}}}],
        },
        "done": True,
        "done_reason": "stop",
    },
}


def translator(provider: str) -> dragoman.Translator:
    return dragoman.translator(provider, client="openai-responses")


@pytest.mark.parametrize("provider", sorted(MODELS))
def test_the_text_goes_in_an_object_and_the_grammar_is_told_as_lost(provider: str) -> None:
    request = translator(provider).request({**ASKED, "model": MODELS[provider]})
    sent = json.dumps(request.body)
    assert '"properties": {"input": {"type": "string"}}' in sent
    assert "Begin Patch" in sent
    assert "lark" not in sent
    lost = {loss.path: loss.severity for loss in request.losses}
    assert lost["tools[0].format"] == "contract"
    assert lost["tools[0].type"] == "tuning"
    assert lost["input[1].input"] == "tuning"


@pytest.mark.parametrize("provider", sorted(ANSWERS))
def test_a_call_comes_back_as_the_text(provider: str) -> None:
    translating = translator(provider)
    request = translating.request({**ASKED, "model": MODELS[provider]})
    answer = translating.response(ANSWERS[provider], request)
    (item,) = answer.body["output"]
    assert (item["type"], item["name"], item["input"]) == ("custom_tool_call", "apply_patch", PATCH)


def test_a_loss_of_what_stands_beside_a_call_is_told_where_it_stands() -> None:
    translating = translator("gemini")
    request = translating.request({**ASKED, "model": MODELS["gemini"]})
    losses = translating.response(GEMINI, request).losses
    assert [loss.path for loss in losses] == ["candidates[0].content.parts[0].thoughtSignature"]


def test_a_loss_of_a_cache_point_is_told_where_it_stands() -> None:
    point = {"cachePoint": {"type": "default"}}
    said = [{"role": "user", "content": [{"text": "Hi"}, point]}]
    body = {"messages": said, "system": [{"text": "Be brief."}, point]}
    request = dragoman.translator("cohere", client="bedrock").request(body, model="command-a-03-2025")
    assert sorted(loss.path for loss in request.losses) == [
        "messages[0].content[1].cachePoint",
        "system[1].cachePoint",
    ]
