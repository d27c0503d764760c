"""What the scripted Messages API answers: made from the request, and the same on every run."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from .checks import sample
from .scenes import ANYTHING, count, words

__all__ = ["compose", "events", "frames"]

Message = dict[str, Any]


def compose(body: Mapping[str, Any], number: int, inputs: Mapping[str, Any]) -> Message:
    """The whole answer to a request. `inputs` says what a tool is called with; else a value is made from its schema."""
    content, stop_reason = _content(body, number, inputs)
    stop_sequence = None
    if content and content[-1]["type"] == "text":
        text = content[-1]["text"]
        found = [(text.index(stop), stop) for stop in body.get("stop_sequences", ()) if stop in text]
        if found:
            at, stop_sequence = min(found)
            content[-1]["text"] = text[:at]
            stop_reason = "stop_sequence"
        spoken = words(content[-1]["text"])
        if len(spoken) > body["max_tokens"]:
            content[-1]["text"] = "".join(spoken[: body["max_tokens"]])
            stop_reason, stop_sequence = "max_tokens", None
        if not content[-1]["text"]:
            content.pop()
    return {
        "id": f"msg_{number:04d}",
        "type": "message",
        "role": "assistant",
        "model": body["model"],
        "content": content,
        "stop_reason": stop_reason,
        "stop_sequence": stop_sequence,
        "stop_details": None,
        "usage": {
            "input_tokens": count(body.get("system")) + count(body["messages"]),
            "cache_creation_input_tokens": 3,
            "cache_read_input_tokens": 5,
            "cache_creation": {"ephemeral_5m_input_tokens": 3, "ephemeral_1h_input_tokens": 0},
            "output_tokens": count([list(block.values()) for block in content]),
            "service_tier": "standard",
        },
    }


def _content(body: Mapping[str, Any], number: int, inputs: Mapping[str, Any]) -> tuple[list[Message], str]:
    content: list[Message] = []
    choice = body.get("tool_choice", {"type": "auto"})
    thinks = body.get("thinking", {}).get("type") in ("enabled", "adaptive") and choice["type"] in ("auto", "none")
    if thinks:
        content.append({"type": "thinking", "thinking": "Let me think about this.", "signature": "c2lnbmF0dXJl"})
    results = _results(body["messages"])
    tools = [] if choice["type"] == "none" else [tool for tool in body.get("tools", []) if "input_schema" in tool]
    if choice["type"] == "tool":
        tools = [tool for tool in tools if tool["name"] == choice["name"]]
    if tools and not results:
        if choice["type"] == "auto":
            content.append({"type": "text", "text": "Let me look that up."})
        if choice.get("disable_parallel_tool_use"):
            tools = tools[:1]
        for index, tool in enumerate(tools):
            schema = tool["input_schema"]
            made = sample(schema) if "properties" in schema or schema.get("additionalProperties") is False else ANYTHING
            made = inputs.get(tool["name"], made)
            content.append(
                {"type": "tool_use", "id": f"toolu_{number:04d}_{index}", "name": tool["name"], "input": made}
            )
        return content, "tool_use"
    schema = (body.get("output_config", {}).get("format") or {}).get("schema")
    if schema is not None:
        text = json.dumps(sample(schema))
    elif results:
        text = "Here is what I found: " + "; ".join(results)
    else:
        last = body["messages"][-1]
        text = f"You said: {_text(last['content'])}" if last["role"] == "user" else "and so on."
    content.append({"type": "text", "text": text})
    return content, "end_turn"


def events(message: Message) -> Iterator[Message]:
    """The stream whose sum is `message`."""
    usage = message["usage"]
    start: Message = {"content": [], "stop_reason": None, "stop_sequence": None, "usage": {**usage, "output_tokens": 1}}
    yield {"type": "message_start", "message": message | start}
    for index, block in enumerate(message["content"]):
        empty, deltas = _deltas(block)
        yield {"type": "content_block_start", "index": index, "content_block": empty}
        if index == 0:
            yield {"type": "ping"}
        for delta in deltas:
            yield {"type": "content_block_delta", "index": index, "delta": delta}
        yield {"type": "content_block_stop", "index": index}
    final = {key: value for key, value in usage.items() if key.endswith("_tokens")}
    ending = {key: message[key] for key in ("stop_reason", "stop_sequence", "stop_details")}
    yield {"type": "message_delta", "delta": ending, "usage": final}
    yield {"type": "message_stop"}


def frames(stream: Iterable[Message]) -> list[bytes]:
    """Events as the vendor writes them on the wire."""
    return [f"event: {event['type']}\ndata: {json.dumps(event, ensure_ascii=False)}\n\n".encode() for event in stream]


def _deltas(block: Message) -> tuple[Message, list[Message]]:
    kind = block["type"]
    if kind == "text":
        return {"type": "text", "text": ""}, [{"type": "text_delta", "text": word} for word in words(block["text"])]
    if kind == "thinking":
        pieces = [{"type": "thinking_delta", "thinking": word} for word in words(block["thinking"])]
        pieces.append({"type": "signature_delta", "signature": block["signature"]})
        return {"type": "thinking", "thinking": "", "signature": ""}, pieces
    if kind == "tool_use":
        text = json.dumps(block["input"], ensure_ascii=False) if block["input"] else ""
        pieces = [{"type": "input_json_delta", "partial_json": text[at : at + 9]} for at in range(0, len(text), 9)]
        return {**block, "input": {}}, [{"type": "input_json_delta", "partial_json": ""}, *pieces]
    return block, []


def _results(messages: list[Message]) -> list[str]:
    """The texts of the tool results in the last user turn."""
    turn: list[Any] = []
    for message in reversed(messages):
        if message["role"] == "assistant":
            break
        turn = [*(message["content"] if isinstance(message["content"], list) else []), *turn]
    return [_text(block.get("content", "")) for block in turn if block["type"] == "tool_result"]


def _text(content: Any) -> str:
    if isinstance(content, str):
        return content
    return " ".join(block["text"] if block["type"] == "text" else f"[{block['type']}]" for block in content)
