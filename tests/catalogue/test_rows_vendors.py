# ruff: noqa: N802  (a test is named after its row)
"""Rows about single servers that speak Chat Completions: what they refuse, and what they say in their own way."""

from __future__ import annotations

import re
from typing import Any

from tests.catalogue.kit import USER, call, chunk, chunks_of, deltas, lost, refusal, sse, stream_bytes, translator


def turn(id: str, result: str = "ok") -> list[dict[str, Any]]:
    """A call and its result."""
    return [
        {"role": "assistant", "content": None, "tool_calls": [call(id)]},
        {"role": "tool", "tool_call_id": id, "content": result},
    ]


def asked(*messages: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {"model": "m", "messages": list(messages), **more}


# ------------------------------------------------------------------------------------------ C: order


def test_C13_a_user_who_speaks_after_a_result_is_refused_and_the_message_is_named() -> None:
    error = refusal(translator("mistral"), asked(USER, *turn("call_1"), USER))
    assert error["param"].startswith("messages[3]")
    answered = asked(USER, *turn("call_1"), {"role": "assistant", "content": "Done."}, USER)
    assert [m["role"] for m in translator("mistral").request(answered).body["messages"]] == [
        "user",
        "assistant",
        "tool",
        "assistant",
        "user",
    ]


# ------------------------------------------------------------------------------------------ E: ids


def test_E7_ids_are_nine_letters_and_digits_and_calls_keep_their_results() -> None:
    ids = ["call_1", "call_2", "toolu_01AbCdEfGhIjKlMnOpQr", "D681PevKs", "9 signs!!"]
    body = asked(USER, *(message for id in ids for message in turn(id)))
    sent = translator("mistral").request(body).body["messages"]
    made = [m["tool_calls"][0]["id"] for m in sent if "tool_calls" in m]
    assert made == [m["tool_call_id"] for m in sent if m["role"] == "tool"]
    assert len(set(made)) == len(ids)
    assert all(re.fullmatch("[a-zA-Z0-9]{9}", id) for id in made)
    assert made[3] == "D681PevKs"
    assert made == [
        m["tool_calls"][0]["id"] for m in translator("mistral").request(body).body["messages"] if "tool_calls" in m
    ]  # the same ones in each turn


# ------------------------------------------------------------------------------------------ H: reasoning


def test_H11_reasoning_goes_back_with_calls_and_with_nothing_else() -> None:
    plain = {"role": "assistant", "content": "Hello.", "reasoning_content": "A greeting."}
    calls, result = turn("call_1")
    made = translator("deepseek").request(
        asked(USER, plain, USER, {**calls, "reasoning_content": "I need f."}, result, *turn("call_2"))
    )
    said = [m.get("reasoning_content") for m in made.body["messages"] if m["role"] == "assistant"]
    assert said == [None, "I need f.", ""]
    assert lost(made.losses) == {("messages[1].reasoning_content", "dropped")}


def test_H15_thinking_in_parts_has_its_own_field_and_the_text_is_a_text() -> None:
    thinking = {"type": "thinking", "thinking": [{"type": "text", "text": "Two "}, {"type": "text", "text": "twos."}]}
    t = translator("mistral")
    message = {"role": "assistant", "content": [thinking, {"type": "text", "text": "4"}]}
    answer = {
        "id": "c1",
        "object": "chat.completion",
        "created": 1,
        "model": "m",
        "choices": [{"index": 0, "message": message, "finish_reason": "stop"}],
    }
    whole = t.response(answer).body["choices"][0]["message"]
    assert (whole["content"], whole["reasoning_content"]) == ("4", "Two twos.")
    pieces = [{"role": "assistant", "content": [thinking]}, {"content": [{"type": "text", "text": "4"}]}, {}]
    data = sse([chunk(piece, "stop" if not piece else None) for piece in pieces], done=True)
    streamed = deltas(chunks_of(stream_bytes(t.stream(), data)))
    assert "".join(d.get("reasoning_content") or "" for d in streamed) == "Two twos."
    assert "".join(d.get("content") or "" for d in streamed) == "4"
