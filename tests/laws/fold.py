"""Folding streams into the answers that they tell, and telling answers as streams. Written from the formats alone.

`chunks` are the hub's; `events` are those of the Messages API.
"""

from __future__ import annotations

import copy
import json
from collections.abc import Iterable
from typing import Any

from .documents import Source

__all__ = ["chunks_of", "events_of", "fold_chunks", "fold_events", "said"]

_JOINED = ("content", "reasoning_content", "reasoning", "refusal", "arguments", "input", "text", "summary")
_HEAD: tuple[str, ...] = ("id", "created", "model", "service_tier", "system_fingerprint")
_ONCE = ("id", "created")
"""An answer has one of each, whatever later chunks say."""
_NUMBERED = ("tool_calls", "annotations")
"""Lists whose items have a number in a stream, and none in an answer."""


def said(value: Any) -> Any:
    """A value without what says nothing: null, empty texts, lists and objects."""
    if isinstance(value, dict):
        inner = {key: said(item) for key, item in value.items()}
        return {key: item for key, item in inner.items() if item not in (None, "", [], {})} or None
    if isinstance(value, list):
        return [item for item in map(said, value) if item is not None] or None
    return value


# ---------------------------------------------------------------------- the hub
def fold_chunks(chunks: Iterable[Any]) -> dict[str, Any]:
    """The answer that chunks tell; `error` where they tell of one."""
    out: dict[str, Any] = {"object": "chat.completion", "choices": []}
    choices: dict[int, dict[str, Any]] = {}
    for chunk in chunks:
        if "error" in chunk:
            out["error"] = chunk["error"]
            continue
        for key in (*_HEAD, "usage"):
            if chunk.get(key) is not None and not (key in _ONCE and out.get(key)):
                out[key] = copy.deepcopy(chunk[key])
        for choice in chunk.get("choices") or ():
            made = choices.setdefault(choice.get("index", 0), {"index": choice.get("index", 0), "message": {}})
            _merge(made["message"], choice.get("delta") or {})
            for key in ("finish_reason", "native_finish_reason"):
                if choice.get(key) is not None:
                    made[key] = choice[key]
            if choice.get("logprobs") is not None:
                _merge(made.setdefault("logprobs", {}), choice["logprobs"])
    for made in choices.values():
        made["message"].setdefault("role", "assistant")
        for name in _NUMBERED:
            for item in made["message"].get(name) or ():
                item.pop("index", None)
    out["choices"] = [choices[index] for index in sorted(choices)]
    return out


def _merge(into: dict[str, Any], more: dict[str, Any]) -> None:
    for key, value in more.items():
        there = into.get(key)
        if value is None or (value == "" and there):
            into.setdefault(key, None)
        elif isinstance(value, dict):
            if not isinstance(there, dict):
                there = into[key] = {}
            _merge(there, value)
        elif isinstance(value, list):
            if not isinstance(there, list):
                there = into[key] = []
            _append(there, value)
        elif isinstance(value, str) and isinstance(there, str) and key in _JOINED:
            into[key] = there + value
        else:
            into[key] = value


def _append(there: list[Any], more: list[Any]) -> None:
    for item in more:
        index = item.get("index") if isinstance(item, dict) else None
        same = next((one for one in there if index is not None and one.get("index") == index), None)
        if same is None:
            there.append(copy.deepcopy(item))
        else:
            _merge(same, item)


def chunks_of(answer: dict[str, Any], source: Source) -> list[dict[str, Any]]:
    """An answer of the hub as a server streams it: reasoning, text, refusal, calls, the end, the counts."""
    head: dict[str, Any] = {key: answer[key] for key in _HEAD if key in answer}
    head["object"] = "chat.completion.chunk"
    out: list[dict[str, Any]] = []

    def say(index: int, delta: dict[str, Any], reason: Any = None) -> None:
        out.append({**head, "choices": [{"index": index, "delta": delta, "logprobs": None, "finish_reason": reason}]})

    for choice in answer["choices"]:
        index, message = choice["index"], choice["message"]
        say(index, {"role": "assistant", "content": ""})
        for n, detail in enumerate(message.get("reasoning_details") or ()):
            say(index, {"reasoning_details": [{**detail, "index": n}]})
        for key in ("reasoning_content", "content", "refusal"):
            for piece in _pieces(message.get(key) or "", source):
                say(index, {key: piece})
        for n, call in enumerate(message.get("tool_calls") or ()):
            inner, text = ("function", "arguments") if call["type"] == "function" else ("custom", "input")
            say(index, {"tool_calls": [{**call, "index": n, inner: {**call[inner], text: ""}}]})
            for piece in _pieces(call[inner][text], source):
                say(index, {"tool_calls": [{"index": n, inner: {text: piece}}]})
        say(index, {}, choice["finish_reason"])
    if answer.get("usage"):
        out.append({**head, "choices": [], "usage": answer["usage"]})
    return out


def _pieces(text: str, source: Source) -> list[str]:
    """A text in up to three pieces."""
    cuts = sorted(source.below(len(text) + 1) for _ in range(source.below(3)))
    return [text[a:b] for a, b in zip([0, *cuts], [*cuts, len(text)], strict=True) if a < b]


# ---------------------------------------------------------------------- messages
def fold_events(events: Iterable[Any]) -> dict[str, Any]:
    """The message that events tell; `error` where they tell of one."""
    message: dict[str, Any] = {}
    heard: dict[int, str] = {}
    blocks: dict[int, dict[str, Any]] = {}
    for event in events:
        kind = event["type"]
        if kind == "error":
            message["error"] = event["error"]
        elif kind == "message_start":
            message = copy.deepcopy(event["message"])
        elif kind == "content_block_start":
            blocks[event["index"]] = copy.deepcopy(event["content_block"])
        elif kind == "content_block_delta":
            _block(blocks[event["index"]], event, heard)
        elif kind == "content_block_stop" and heard.get(event["index"]):
            blocks[event["index"]]["input"] = json.loads(heard[event["index"]])
        elif kind == "message_delta":
            message |= {key: value for key, value in event["delta"].items() if value is not None}
            counts = {key: value for key, value in (event.get("usage") or {}).items() if value is not None}
            message["usage"] = {**message.get("usage", {}), **counts}
            message |= {key: event[key] for key in ("context_management", "input_transformations") if key in event}
    message["content"] = [blocks[index] for index in sorted(blocks)]
    return message


def _block(block: dict[str, Any], event: dict[str, Any], heard: dict[int, str]) -> None:
    delta = event["delta"]
    match delta["type"]:
        case "text_delta":
            block["text"] += delta["text"]
        case "thinking_delta":
            block["thinking"] += delta["thinking"]
        case "signature_delta":
            block["signature"] = delta["signature"]
        case "input_json_delta":
            heard[event["index"]] = heard.get(event["index"], "") + delta["partial_json"]
        case "citations_delta":
            block["citations"] = [*(block.get("citations") or []), delta["citation"]]
        case "compaction_delta":
            block |= {key: value for key, value in delta.items() if key != "type"}


def events_of(message: dict[str, Any], source: Source) -> list[dict[str, Any]]:
    """A message as a server streams it, its texts in pieces."""
    start = {**message, "content": [], "stop_reason": None, "stop_sequence": None}
    for key in ("stop_details", "context_management", "input_transformations"):
        start.pop(key, None)
    start["usage"] = {**message["usage"], "output_tokens": 1}
    out: list[dict[str, Any]] = [{"type": "message_start", "message": start}]
    for index, block in enumerate(message["content"]):
        begun, deltas = _opened(block, source)
        out.append({"type": "content_block_start", "index": index, "content_block": begun})
        if source.below(4) == 3:
            out.append({"type": "ping"})
        out += [{"type": "content_block_delta", "index": index, "delta": delta} for delta in deltas]
        out.append({"type": "content_block_stop", "index": index})
    told = {
        key: message.get(key) for key in ("stop_reason", "stop_sequence", "stop_details", "container") if key in message
    }
    counts = {key: value for key, value in message["usage"].items() if key in _LATE}
    last = {"type": "message_delta", "delta": told, "usage": counts}
    last |= {key: message[key] for key in ("context_management", "input_transformations") if key in message}
    return [*out, last, {"type": "message_stop"}]


_END = ("stop_reason", "stop_sequence", "stop_details", "container")
_LATE = (
    "cache_creation_input_tokens",
    "cache_read_input_tokens",
    "input_tokens",
    "output_tokens",
    "output_tokens_details",
)


def _opened(block: dict[str, Any], source: Source) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    match block["type"]:
        case "text":
            begun = {**block, "text": ""}
            cited = block.get("citations")
            if cited:
                begun["citations"] = []
            deltas = [{"type": "citations_delta", "citation": citation} for citation in cited or ()]
            return begun, deltas + [{"type": "text_delta", "text": piece} for piece in _pieces(block["text"], source)]
        case "thinking":
            deltas = [{"type": "thinking_delta", "thinking": piece} for piece in _pieces(block["thinking"], source)]
            signed = [{"type": "signature_delta", "signature": block["signature"]}] if block.get("signature") else []
            return {**block, "thinking": "", "signature": ""}, deltas + signed
        case "tool_use" | "server_tool_use" | "mcp_tool_use":
            text = json.dumps(block["input"], separators=(",", ":")) if block["input"] else ""
            pieces = _pieces(text, source)
            return {**block, "input": {}}, [{"type": "input_json_delta", "partial_json": piece} for piece in pieces]
    return block, []
