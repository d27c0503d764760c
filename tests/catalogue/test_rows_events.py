# ruff: noqa: N802  (a test is named after its row)
"""Rows B12, I11 and J15, about dialects whose streams are events of their own, or lines, by the public API."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.catalogue.kit import NOW, USER, chunks_of, folded, opened, read, sse, stream_bytes, translator

COUNTS = {"billed_units": {"input_tokens": 1, "output_tokens": 4}, "tokens": {"input_tokens": 3, "output_tokens": 4}}
CALL = {"id": "c1", "type": "function", "function": {"name": "f", "arguments": ""}}
REASONS = {"COMPLETE": "stop", "STOP_SEQUENCE": "stop", "MAX_TOKENS": "length", "TOOL_CALL": "tool_calls"}


def events(reason: str, **more: Any) -> list[dict[str, Any]]:
    """A stream of /v2/chat: a text, a call if the reason says so, the end."""
    said: list[dict[str, Any]] = [
        {"id": "a1", "type": "message-start", "delta": {"message": {"role": "assistant"}}},
        {"type": "content-start", "index": 0, "delta": {"message": {"content": {"type": "text", "text": ""}}}},
        {"type": "content-delta", "index": 0, "delta": {"message": {"content": {"text": "So far."}}}},
        {"type": "content-end", "index": 0},
    ]
    if reason == "TOOL_CALL":
        arguments = {"message": {"tool_calls": {"function": {"arguments": '{"x":1}'}}}}
        said += [
            {"type": "tool-call-start", "index": 0, "delta": {"message": {"tool_calls": CALL}}},
            {"type": "tool-call-delta", "index": 0, "delta": arguments},
            {"type": "tool-call-end", "index": 0},
        ]
    return [*said, {"type": "message-end", "delta": {"finish_reason": reason, **more}}]


@pytest.mark.parametrize(("reason", "finish"), REASONS.items())
def test_B12_each_reason_of_v2_chat_has_its_finish_reason(reason: str, finish: str) -> None:
    t = translator("cohere")
    calls = [{**CALL, "function": {"name": "f", "arguments": '{"x":1}'}}] if reason == "TOOL_CALL" else []
    said = {"role": "assistant", "content": [{"type": "text", "text": "So far."}], "tool_calls": calls}
    choice = t.response({"id": "a1", "message": said, "finish_reason": reason}).body["choices"][0]
    streamed = folded(chunks_of(stream_bytes(t.stream(), sse(events(reason), named=True, done=True))))
    assert choice["finish_reason"] == streamed["finish_reason"] == finish
    assert choice["message"]["content"] == streamed["content"] == "So far."
    assert [one["arguments"] for one in streamed["tool_calls"]] == ['{"x":1}'] * len(calls)


def test_I11_the_last_event_tells_the_reason_and_the_counts() -> None:
    t = translator("cohere")
    sent = t.request(opened(USER, stream=True, stream_options={"include_usage": True}))
    chunks = chunks_of(stream_bytes(t.stream(sent), sse(events("MAX_TOKENS", usage=COUNTS), named=True, done=True)))
    assert [chunk["choices"][0]["finish_reason"] for chunk in chunks[:-1] if chunk["choices"]][-1] == "length"
    assert chunks[-1]["choices"] == []
    assert chunks[-1]["usage"] == {"prompt_tokens": 3, "completion_tokens": 4, "total_tokens": 7}


def test_J15_a_line_that_is_an_error_is_one_for_the_client_and_the_text_so_far_is_kept() -> None:
    first = {"model": "m", "created_at": "2023-11-14T22:13:20Z", "message": {"role": "assistant", "content": "So"}}
    lines = [{**first, "done": False}, {"error": "model runner has unexpectedly stopped"}]
    stream = translator("ollama").stream()
    data = "".join(json.dumps(line) + "\n" for line in lines).encode()
    found = [event for _, event in read(stream.feed_bytes(data) + stream.close_bytes())]
    assert [chunk["choices"][0]["delta"].get("content") for chunk in found[:2]] == ["", "So"]
    assert {chunk["created"] for chunk in found[:2]} == {NOW}
    error = found[2]["error"]
    assert (error["message"], error["type"]) == ("model runner has unexpectedly stopped", "server_error")
    assert found[3:] == ["[DONE]"]
