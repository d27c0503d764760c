"""One answer, "漢字 und 🙂", as each dialect streams it and as each tells it whole, for rows that concern all of them.

Bytes are laid out by hand. A provider that extends another one speaks its dialect, in a framing of its own perhaps.
"""

from __future__ import annotations

import base64
import json
from dataclasses import dataclass
from typing import Any

import yaml

import dragoman
from dragoman.registry import dialect
from tests.catalogue.kit import NOW, chunk, events_of, message, sse
from tests.catalogue.table import ROOT
from tests.servers.wire import event_frame as frame

__all__ = ["CHAT", "STREAMING", "TEXT", "WHOLE", "Wire", "family", "wire"]

TEXT = "漢字 und 🙂"
PIECES = ("漢字", " und 🙂")
Event = dict[str, Any]


@dataclass(frozen=True)
class Wire:
    """The pieces of a stream, an event each, and how many of them are a whole answer (counts may follow)."""

    pieces: list[bytes]
    needed: int

    @property
    def data(self) -> bytes:
        return b"".join(self.pieces)


def family(slug: str) -> str:
    """The provider whose dialect this one speaks."""
    path = ROOT / "specs" / "providers" / slug / "provider.yaml"
    parent = yaml.safe_load(path.read_text(encoding="utf-8")).get("extends")
    return family(parent) if parent else slug


def _chat() -> tuple[list[Event], int]:
    said = [chunk({"role": "assistant", "content": ""}), *(chunk({"content": piece}) for piece in PIECES)]
    counts = {"prompt_tokens": 10, "completion_tokens": 5, "total_tokens": 15}
    return [*said, chunk({}, "stop"), chunk(choices=[], usage=counts)], 4


def _messages() -> tuple[list[Event], int]:
    deltas = [{"type": "text_delta", "text": piece} for piece in PIECES]
    events = events_of(({"type": "text", "text": ""}, deltas))
    return events, len(events)


def _converse() -> tuple[list[Event], int]:
    usage = {"inputTokens": 10, "outputTokens": 5, "totalTokens": 15}
    events: list[Event] = [{"event": "messageStart", "role": "assistant"}]
    events += [{"event": "contentBlockDelta", "contentBlockIndex": 0, "delta": {"text": piece}} for piece in PIECES]
    events += [
        {"event": "contentBlockStop", "contentBlockIndex": 0},
        {"event": "messageStop", "stopReason": "end_turn"},
    ]
    return [*events, {"event": "metadata", "usage": usage, "metrics": {"latencyMs": 7}}], 5


def _cohere() -> tuple[list[Event], int]:
    def said(text: str) -> Event:
        return {"type": "content-delta", "index": 0, "delta": {"message": {"content": {"text": text}}}}

    usage = {
        "billed_units": {"input_tokens": 1, "output_tokens": 5},
        "tokens": {"input_tokens": 10, "output_tokens": 5},
    }
    events: list[Event] = [
        {"id": "a1", "type": "message-start", "delta": {"message": {"role": "assistant"}}},
        {"type": "content-start", "index": 0, "delta": {"message": {"content": {"type": "text", "text": ""}}}},
        *map(said, PIECES),
        {"type": "content-end", "index": 0},
        {"type": "message-end", "delta": {"finish_reason": "COMPLETE", "usage": usage}},
    ]
    return events, len(events)


def _gemini() -> tuple[list[Event], int]:
    counts = {"promptTokenCount": 10, "candidatesTokenCount": 5, "totalTokenCount": 15}
    candidates: list[Event] = [{"content": {"role": "model", "parts": [{"text": piece}]}} for piece in PIECES]
    candidates[-1]["finishReason"] = "STOP"
    events: list[Event] = [{"candidates": [one], "responseId": "r1", "modelVersion": "m"} for one in candidates]
    events[-1]["usageMetadata"] = counts
    return events, 2


def _ollama() -> tuple[list[Event], int]:
    head = {"model": "m", "created_at": "2023-11-14T22:13:20Z"}
    said = [{**head, "message": {"role": "assistant", "content": piece}, "done": False} for piece in PIECES]
    end = {"done": True, "done_reason": "stop", "prompt_eval_count": 10, "eval_count": 5}
    return [*said, {**head, "message": {"role": "assistant", "content": ""}, **end}], 3


def _responses() -> tuple[list[Event], int]:
    part = {"type": "output_text", "text": "", "annotations": []}
    item = {"id": "msg_1", "type": "message", "role": "assistant", "status": "in_progress", "content": []}
    place = {"item_id": "msg_1", "output_index": 0, "content_index": 0}
    done = {**item, "status": "completed", "content": [{**part, "text": TEXT}]}
    head = {"id": "resp_1", "object": "response", "created_at": NOW, "model": "m", "tool_choice": "auto", "tools": []}
    head["parallel_tool_calls"] = True
    usage = {"input_tokens": 10, "output_tokens": 5, "total_tokens": 15}
    usage |= {"input_tokens_details": {"cached_tokens": 0}, "output_tokens_details": {"reasoning_tokens": 0}}
    events: list[Event] = [
        {"type": "response.created", "response": {**head, "status": "in_progress", "output": []}},
        {"type": "response.output_item.added", "output_index": 0, "item": item},
        {"type": "response.content_part.added", **place, "part": part},
        *({"type": "response.output_text.delta", **place, "delta": piece, "logprobs": []} for piece in PIECES),
        {"type": "response.output_text.done", **place, "text": TEXT, "logprobs": []},
        {"type": "response.content_part.done", **place, "part": {**part, "text": TEXT}},
        {"type": "response.output_item.done", "output_index": 0, "item": done},
        {"type": "response.completed", "response": {**head, "status": "completed", "output": [done], "usage": usage}},
    ]
    return [{**event, "sequence_number": n} for n, event in enumerate(events)], len(events)


_STREAMS = {
    "anthropic": _messages,
    "bedrock": _converse,
    "cohere": _cohere,
    "gemini": _gemini,
    "ollama": _ollama,
    "openai": _chat,
    "openai-responses": _responses,
}


def wire(slug: str) -> Wire:
    events, needed = _STREAMS[family(slug)]()
    return Wire([_laid_out(slug, event) for event in events], needed)


def _laid_out(slug: str, event: Event) -> bytes:
    framing = dialect(slug).framing
    text = json.dumps(event, ensure_ascii=False).encode()
    if framing == "ndjson":
        return text + b"\n"
    if framing == "sse":
        return sse([event], named="type" in event)
    if "event" in event:
        told = {key: value for key, value in event.items() if key != "event"}
        return frame(event["event"], json.dumps(told, ensure_ascii=False).encode())
    return frame("chunk", json.dumps({"bytes": base64.b64encode(text).decode(), "p": "abc"}).encode())


def _whole_converse() -> Event:
    said = {"output": {"message": {"role": "assistant", "content": [{"text": TEXT}]}}, "stopReason": "end_turn"}
    return {**said, "usage": {"inputTokens": 10, "outputTokens": 5, "totalTokens": 15}, "metrics": {"latencyMs": 7}}


#: The same answer as a whole body.
WHOLE: dict[str, Event] = {
    "anthropic": message({"type": "text", "text": TEXT}),
    "bedrock": _whole_converse(),
    "cohere": {
        "id": "a1",
        "finish_reason": "COMPLETE",
        "message": {"role": "assistant", "content": [{"type": "text", "text": TEXT}]},
        "usage": {"tokens": {"input_tokens": 10, "output_tokens": 5}},
    },
    "gemini": {
        "candidates": [{"content": {"role": "model", "parts": [{"text": TEXT}]}, "finishReason": "STOP"}],
        "usageMetadata": {"promptTokenCount": 10, "candidatesTokenCount": 5, "totalTokenCount": 15},
        "responseId": "r1",
        "modelVersion": "m",
    },
    "ollama": {
        "model": "m",
        "created_at": "2023-11-14T22:13:20Z",
        "message": {"role": "assistant", "content": TEXT},
        "done": True,
        "done_reason": "stop",
        "prompt_eval_count": 10,
        "eval_count": 5,
    },
    "openai": {
        "id": "chatcmpl-1",
        "object": "chat.completion",
        "created": NOW,
        "model": "m",
        "choices": [{"index": 0, "message": {"role": "assistant", "content": TEXT}, "finish_reason": "stop"}],
        "usage": {"prompt_tokens": 10, "completion_tokens": 5, "total_tokens": 15},
    },
    "openai-responses": _responses()[0][-1]["response"],
}
#: Those that can be asked, and those of them that stream.
CHAT = [slug for slug in dragoman.providers() if dialect(slug).request_to_wire is not None]
STREAMING = [slug for slug in CHAT if dialect(slug).stream_to_hub is not None]
