"""Translators with a fixed clock and countable ids, and both sides' streams as bytes, for the tests of the rows.

Bytes are written and read here by hand: what a row says about the wire must not rest on the code under test.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from itertools import count
from typing import Any

import pytest

import dragoman

__all__ = [
    "MODEL",
    "NOW",
    "TOOL",
    "USER",
    "actions",
    "answer_of",
    "call",
    "chunk",
    "chunks_of",
    "deltas",
    "events_of",
    "folded",
    "lost",
    "message",
    "opened",
    "read",
    "refusal",
    "sse",
    "stream_bytes",
    "translator",
]

NOW = 1_700_000_000
USER: dict[str, Any] = {"role": "user", "content": "Hello"}
TOOL: dict[str, Any] = {
    "type": "function",
    "function": {"name": "f", "parameters": {"type": "object", "properties": {"x": {"type": "integer"}}}},
}
#: A model without surprises: it takes sampling settings, demanded calls, prefill; it does not think by itself.
MODEL = "claude-sonnet-4-5"


def translator(slug: str, client: str = "openai", **more: Any) -> dragoman.Translator:
    numbers = count(1)
    return dragoman.translator(
        slug, client=client, clock=lambda: NOW, new_id=lambda prefix: f"{prefix}{next(numbers)}", **more
    )


def opened(*messages: Mapping[str, Any], **more: Any) -> dict[str, Any]:
    """A chat request; one message of the user where none is given."""
    return {"model": MODEL, "max_tokens": 4096, "messages": list(messages) or [USER], **more}


def call(id: str, name: str = "f", arguments: str = "{}") -> dict[str, Any]:
    return {"id": id, "type": "function", "function": {"name": name, "arguments": arguments}}


def message(*content: Mapping[str, Any], stop_reason: str | None = "end_turn", **more: Any) -> dict[str, Any]:
    """An answer of the Messages API."""
    return {
        "id": "msg_1",
        "type": "message",
        "role": "assistant",
        "model": MODEL,
        "content": list(content),
        "stop_reason": stop_reason,
        "stop_sequence": None,
        "usage": {"input_tokens": 10, "output_tokens": 5},
        **more,
    }


def answer_of(message: Mapping[str, Any], finish_reason: str | None = "stop", **more: Any) -> dict[str, Any]:
    """An answer of Chat Completions."""
    return {
        "id": "chatcmpl-1",
        "object": "chat.completion",
        "created": NOW,
        "model": "gpt-4.1",
        "choices": [{"index": 0, "message": {"role": "assistant", **message}, "finish_reason": finish_reason}],
        **more,
    }


# ---------------------------------------------------------------------------------------------------- streams


def events_of(
    *blocks: tuple[Mapping[str, Any], Iterable[Mapping[str, Any]]],
    stop_reason: str | None = "end_turn",
    delta: Mapping[str, Any] | None = None,
    usage: Mapping[str, Any] | None = None,
    whole: bool = True,
) -> list[dict[str, Any]]:
    """A stream of the Messages API: each block with its deltas. Not `whole`: the end never comes."""
    first = {**message(stop_reason=None), "usage": {"input_tokens": 10, "output_tokens": 1, **(usage or {})}}
    events: list[dict[str, Any]] = [{"type": "message_start", "message": first}]
    for index, (block, fragments) in enumerate(blocks):
        events.append({"type": "content_block_start", "index": index, "content_block": dict(block)})
        events += [{"type": "content_block_delta", "index": index, "delta": dict(f)} for f in fragments]
        events.append({"type": "content_block_stop", "index": index})
    if whole:
        end = {"stop_reason": stop_reason, "stop_sequence": None, **(delta or {})}
        events += [
            {"type": "message_delta", "delta": end, "usage": {"output_tokens": 5}},
            {"type": "message_stop"},
        ]
    return events


def chunk(delta: Mapping[str, Any] | None = None, finish_reason: str | None = None, **more: Any) -> dict[str, Any]:
    """One chunk of Chat Completions."""
    made: dict[str, Any] = {"id": "chatcmpl-1", "object": "chat.completion.chunk", "created": NOW, "model": "gpt-4.1"}
    made["choices"] = [{"index": 0, "delta": dict(delta or {}), "finish_reason": finish_reason}]
    return {**made, **more}


def sse(events: Iterable[Any], *, named: bool = False, done: bool = False) -> bytes:
    lines = []
    for event in events:
        name = f"event: {event['type']}\n" if named else ""
        lines.append(f"{name}data: {json.dumps(event, ensure_ascii=False)}\n\n")
    return ("".join(lines) + "data: [DONE]\n\n" * done).encode()


def stream_bytes(
    stream: dragoman.Stream, data: bytes | Iterable[bytes], *, close: bool = True
) -> list[tuple[str | None, Any]]:
    """What the client reads: (name of the event, its JSON, or its text where it is none)."""
    pieces = [data] if isinstance(data, bytes) else data
    out = b"".join(stream.feed_bytes(piece) for piece in pieces)
    return read(out + (stream.close_bytes() if close else b""))


def read(data: bytes) -> list[tuple[str | None, Any]]:
    """Server-sent events, strictly: nothing but `event:` and one `data:` line in each."""
    found = []
    *blocks, rest = data.decode().split("\n\n")
    assert rest == "", f"bytes after the last event: {rest!r}"
    for block in blocks:
        name, payload = None, None
        for line in block.split("\n"):
            field, _, value = line.partition(": ")
            assert field in ("event", "data"), f"a line that is neither an event's name nor its data: {line!r}"
            if field == "event":
                name = value
            else:
                assert payload is None, "one data line is enough"
                payload = value
        assert payload is not None, f"an event without data: {block!r}"
        found.append((name, payload if payload == "[DONE]" else json.loads(payload)))
    return found


def chunks_of(found: list[tuple[str | None, Any]]) -> list[dict[str, Any]]:
    """The chunks of a chat stream that ends as it has to: [DONE], once, at the end, and no event has a name."""
    assert [name for name, _ in found if name is not None] == []
    assert [data for _, data in found if data == "[DONE]"] == ["[DONE]"]
    assert found[-1][1] == "[DONE]"
    return [data for _, data in found[:-1]]


def deltas(chunks: Iterable[Mapping[str, Any]]) -> list[dict[str, Any]]:
    return [choice["delta"] for chunk in chunks for choice in chunk.get("choices", ())]


def folded(chunks: Iterable[Mapping[str, Any]]) -> dict[str, Any]:
    """A chat stream put together as a client does it: by index, text after text."""
    said: dict[str, Any] = {"content": "", "tool_calls": {}, "finish_reason": None}
    for chunk in chunks:
        for choice in chunk["choices"]:
            said["content"] += choice["delta"].get("content") or ""
            for part in choice["delta"].get("tool_calls") or ():
                one = said["tool_calls"].setdefault(part["index"], {"id": "", "name": "", "arguments": ""})
                one["id"] += part.get("id") or ""
                for field in ("name", "arguments"):
                    one[field] += part.get("function", {}).get(field) or ""
            said["finish_reason"] = choice["finish_reason"] or said["finish_reason"]
    said["tool_calls"] = [said["tool_calls"][index] for index in sorted(said["tool_calls"])]
    return said


# ----------------------------------------------------------------------------------------------------- losses


def actions(losses: Iterable[dragoman.Loss]) -> dict[str, tuple[str, str]]:
    """Path -> (action, severity)."""
    return {loss.path: (loss.action, loss.severity) for loss in losses}


def lost(losses: Iterable[dragoman.Loss]) -> set[tuple[str, str]]:
    return {(loss.path, loss.action) for loss in losses}


def refusal(translator: dragoman.Translator, body: Mapping[str, Any]) -> dict[str, Any]:
    """The error that a client gets for this request, before anything is sent."""
    with pytest.raises(dragoman.Refused) as refused:
        translator.request(dict(body))
    assert refused.value.status == 400
    error = refused.value.body["error"]
    assert error["message"]
    return dict(error)
