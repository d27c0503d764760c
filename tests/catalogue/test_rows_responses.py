# ruff: noqa: N802  (a test is named after its row)
"""Rows about the Responses API: calls in its streams, told from it and to it."""

from __future__ import annotations

from typing import Any

from dragoman import translator


def event(kind: str, number: int, **more: Any) -> dict[str, Any]:
    return {"type": f"response.{kind}", "sequence_number": number, **more}


def call(n: int, arguments: str = "") -> dict[str, Any]:
    return {"type": "function_call", "id": f"fc_{n}", "call_id": f"call_{n}", "name": "f", "arguments": arguments}


def response(status: str) -> dict[str, Any]:
    head = {
        "id": "resp_1",
        "object": "response",
        "created_at": 1700000000,
        "status": status,
        "model": "m",
        "output": [],
    }
    return {**head, "parallel_tool_calls": True, "tool_choice": "auto", "tools": []}


def chunk(delta: dict[str, Any], reason: str | None = None) -> dict[str, Any]:
    head = {"id": "c", "object": "chat.completion.chunk", "created": 1700000000, "model": "m"}
    return {**head, "choices": [{"index": 0, "delta": delta, "finish_reason": reason}]}


def to_responses(*chunks: dict[str, Any]) -> list[Any]:
    stream = translator("openai", client="openai-responses").stream()
    return [one.data for data in chunks for one in stream.feed(data)] + [one.data for one in stream.close()]


CALLS = (
    {"index": 0, "id": "call_1", "type": "function", "function": {"name": "f", "arguments": ""}},
    {"index": 1, "id": "call_2", "type": "function", "function": {"name": "g", "arguments": "{"}},
    {"index": 0, "function": {"arguments": "{}"}},
    {"index": 1, "function": {"arguments": "}"}},
)


def test_A12_calls_of_a_response_have_numbers_of_their_own() -> None:
    stream = translator("openai-responses").stream()
    events = [
        event("created", 0, response=response("in_progress")),
        event("output_item.added", 1, output_index=0, item=call(1)),
        event("output_item.added", 2, output_index=1, item=call(2)),
        event("function_call_arguments.delta", 3, item_id="fc_2", output_index=1, delta="{}"),
        event("function_call_arguments.delta", 4, item_id="fc_1", output_index=0, delta="{}"),
        event("output_item.done", 5, output_index=0, item=call(1, "{}")),
        event("output_item.done", 6, output_index=1, item=call(2, "{}")),
        event("completed", 7, response=response("completed")),
    ]
    chunks: list[Any] = [one.data for data in events for one in stream.feed(data)]
    parts = [part for one in chunks for part in one["choices"][0]["delta"].get("tool_calls", ())]
    assert [(part["index"], part.get("id")) for part in parts] == [(0, "call_1"), (1, "call_2"), (1, None), (0, None)]
    assert {(one["id"], one["created"]) for one in chunks} == {("resp_1", 1700000000)}


def test_A13_fragments_that_bear_only_a_number_are_told_as_they_come() -> None:
    stream = translator("openai", client="openai-responses").stream()
    told = [[one.data for one in stream.feed(chunk({"tool_calls": [part]}))] for part in CALLS]
    deltas = [one for events in told[2:] for one in events]
    assert [one["type"] for one in deltas] == ["response.function_call_arguments.delta"] * 2
    added = {one["item"]["id"]: one["output_index"] for events in told for one in events if "item" in one}
    assert [added[one["item_id"]] for one in deltas] == [one["output_index"] for one in deltas] == [0, 1]


def test_K9_what_is_done_has_begun_under_the_same_id() -> None:
    events = to_responses(*(chunk({"tool_calls": [part]}) for part in CALLS), chunk({}, "tool_calls"))
    begun = [one["item"]["id"] for one in events if one["type"] == "response.output_item.added"]
    assert begun == [one["item"]["id"] for one in events if one["type"] == "response.output_item.done"]
    assert {one["item_id"] for one in events if "item_id" in one} == set(begun)
    assert not [one["type"] for one in events if "output_text" in one["type"] or "content_part" in one["type"]]
    assert [one["sequence_number"] for one in events] == list(range(len(events)))
