"""A scripted server that speaks Responses: `with ResponsesServer() as upstream: ... upstream.url + "/v1" ...`

Smaller than its Messages and Chat siblings: it answers naturally, whole or streamed.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

from . import scenes
from .checks import Invalid, fields, join, matches, one_of, sample, tag
from .scenes import SCENES, count, words
from .wire import Answer, DialectServer, Exchange, Reply, Streamed, json_reply

__all__ = ["ResponsesServer"]

Body = dict[str, Any]
_TOP = {
    "model": "string",
    "input": "string|array",
    "instructions": "string|null",
    **dict.fromkeys(("temperature", "top_p"), "number|null"),
    **dict.fromkeys(("max_output_tokens", "max_tool_calls", "top_logprobs"), "integer|null"),
    **dict.fromkeys(("stream", "store", "background", "parallel_tool_calls"), "boolean|null"),
    **dict.fromkeys(("reasoning", "text", "metadata", "stream_options", "prompt", "moderation"), "object|null"),
    **dict.fromkeys(("user", "safety_identifier", "service_tier", "truncation", "previous_response_id"), "string|null"),
    **dict.fromkeys(("prompt_cache_key", "prompt_cache_retention"), "string|null"),
    **dict.fromkeys(("tools", "include", "context_management"), "array|null"),
    "prompt_cache_options": "object|null",
    "conversation": "string|object|null",
    "tool_choice": "string|object",
}
_STATUS = {"status": "string|null", "id": "string|null"}
_ITEMS: dict[str, tuple[dict[str, str], dict[str, str]]] = {
    "message": ({"role": "string", "content": "string|array"}, {"type": "string", "phase": "string|null", **_STATUS}),
    "function_call": (
        {"call_id": "string", "name": "string", "arguments": "string"},
        {"type": "string", "namespace": "string|null", "caller": "object|null", **_STATUS},
    ),
    "function_call_output": (
        {"call_id": "string", "output": "string|array"},
        {"type": "string", "caller": "object|null", **_STATUS},
    ),
    "reasoning": (
        {"summary": "array"},
        {"type": "string", "content": "array|null", "encrypted_content": "string|null", **_STATUS},
    ),
}
_TEXTS = {"user": ("input_text",), "system": ("input_text",), "developer": ("input_text",)}
_TOOL = {
    "parameters": "object|null",
    "strict": "boolean|null",
    "description": "string|null",
    "defer_loading": "boolean",
}


class ResponsesServer(DialectServer):
    """Speaks `/v1/responses`."""

    plays = SCENES

    def answer(self, exchange: Exchange, scene: str | None) -> Answer:
        self.check(scene)
        if (exchange.method, exchange.path) != ("POST", "/v1/responses"):
            return _error(404, f"Invalid URL ({exchange.method} {exchange.path})", None)
        if not exchange.headers.get("authorization", "").startswith("Bearer "):
            return _error(401, "You didn't provide an API key.", None)
        try:
            check_request(exchange.body)
        except Invalid as broken:
            return _error(400, str(broken), broken.param or None)
        headers = {"x-request-id": f"req_{len(self.exchanges):04d}"}
        plain = scenes.answer(scene, {})
        if plain is not None:
            return plain
        whole = compose(exchange.body, len(self.exchanges), self.inputs)
        if not exchange.body.get("stream"):
            return json_reply(200, whole, headers)
        frames = [
            f"event: {event['type']}\ndata: {json.dumps(event, ensure_ascii=False)}\n\n".encode()
            for event in events(whole)
        ]
        return Streamed(scenes.steps(scene, frames, 5, ()), headers)


def check_request(body: Any) -> None:
    """Raise `Invalid` for the first thing that the vendor would answer with a 400."""
    fields(body, "", {"model": "string", "input": "string|array"}, _TOP)
    asked: set[str] = set()
    for n, item in enumerate(body["input"] if isinstance(body["input"], list) else ()):
        where = f"input.{n}"
        kind = tag(item, "type") or "message"
        one_of(kind, join(where, "type"), *_ITEMS)
        fields(item, where, *_ITEMS[kind])
        if kind == "message":
            _message(item, where)
        elif kind == "function_call":
            asked.add(item["call_id"])
        elif kind == "function_call_output":
            if item["call_id"] not in asked:
                raise Invalid(where, f"No tool call found for function call output with call_id {item['call_id']}.")
            asked.discard(item["call_id"])
    if asked:
        raise Invalid("input", f"No tool output found for function call {sorted(asked)[0]}.")
    for n, tool in enumerate(body.get("tools") or ()):
        where = f"tools.{n}"
        if tag(tool, "type") == "function":
            fields(tool, where, {"type": "string", "name": "string"}, _TOOL)
            matches(tool["name"], join(where, "name"), "[a-zA-Z0-9_-]{1,64}")


def _message(item: Body, where: str) -> None:
    one_of(item["role"], join(where, "role"), "user", "assistant", "system", "developer")
    for i, part in enumerate(item["content"] if isinstance(item["content"], list) else ()):
        others = ("input_image", "input_file") if item["role"] == "user" else ()
        known = (*_TEXTS[item["role"]], *others) if item["role"] in _TEXTS else ("output_text", "refusal")
        one_of(tag(part, "type"), f"{where}.content.{i}.type", *known)


def compose(body: Body, number: int, inputs: Mapping[str, Any]) -> Body:
    """The whole answer to a request."""
    items = body["input"] if isinstance(body["input"], list) else [{"role": "user", "content": body["input"]}]
    results: list[str] = []
    for item in reversed(items):
        if tag(item, "type") != "function_call_output":
            break
        results.insert(0, _text(item["output"]))
    tools = [tool for tool in body.get("tools") or () if tool["type"] == "function"]
    output: list[Body] = []
    if tools and not results:
        for n, tool in enumerate(tools):
            given = json.dumps(inputs.get(tool["name"], sample(tool.get("parameters") or {"type": "object"})))
            call = {"id": f"fc_{number:04d}_{n}", "type": "function_call", "status": "completed", "arguments": given}
            output.append({**call, "call_id": f"call_{number:04d}_{n}", "name": tool["name"]})
    else:
        text = "Here is what I found: " + "; ".join(results) if results else f"You said: {_text(items[-1]['content'])}"
        part = {"type": "output_text", "text": text, "annotations": [], "logprobs": []}
        message = {"id": f"msg_{number:04d}", "type": "message", "status": "completed", "role": "assistant"}
        output.append({**message, "content": [part]})
    prompt, made = count(items), count([item.get("content") or item.get("arguments") for item in output])
    return {
        "id": f"resp_{number:04d}",
        "object": "response",
        "created_at": 1_795_300_000 + number,
        "completed_at": 1_795_300_001 + number,
        "status": "completed",
        "error": None,
        "incomplete_details": None,
        "instructions": body.get("instructions"),
        "max_output_tokens": body.get("max_output_tokens"),
        "model": body["model"],
        "output": output,
        "parallel_tool_calls": body.get("parallel_tool_calls", True),
        "previous_response_id": None,
        "reasoning": {"effort": None, "summary": None},
        "service_tier": "default",
        "store": body.get("store", True),
        "temperature": 1.0,
        "text": {"format": {"type": "text"}},
        "tool_choice": body.get("tool_choice", "auto"),
        "tools": body.get("tools") or [],
        "top_p": 1.0,
        "truncation": "disabled",
        "usage": {
            "input_tokens": prompt,
            "input_tokens_details": {"cached_tokens": 0},
            "output_tokens": made,
            "output_tokens_details": {"reasoning_tokens": 0},
            "total_tokens": prompt + made,
        },
        "user": None,
        "metadata": {},
    }


def events(whole: Body) -> Iterator[Body]:
    """The stream whose sum is `whole`."""
    for number, event in enumerate(_events(whole)):
        yield {**event, "sequence_number": number}


def _events(whole: Body) -> Iterator[Body]:
    begun = {**whole, "status": "in_progress", "output": [], "usage": None, "completed_at": None}
    yield {"type": "response.created", "response": begun}
    yield {"type": "response.in_progress", "response": begun}
    for n, item in enumerate(whole["output"]):
        place = {"output_index": n, "item_id": item["id"]}
        empty = {"content": []} if item["type"] == "message" else {"arguments": ""}
        added = {**item, **empty, "status": "in_progress"}
        yield {"type": "response.output_item.added", "output_index": n, "item": added}
        if item["type"] == "message":
            part = item["content"][0]
            inside = {**place, "content_index": 0}
            yield {"type": "response.content_part.added", **inside, "part": {**part, "text": ""}}
            for word in words(part["text"]):
                yield {"type": "response.output_text.delta", **inside, "delta": word, "logprobs": []}
            yield {"type": "response.output_text.done", **inside, "text": part["text"], "logprobs": []}
            yield {"type": "response.content_part.done", **inside, "part": part}
        else:
            text = item["arguments"]
            for at in range(0, len(text), 9):
                yield {"type": "response.function_call_arguments.delta", **place, "delta": text[at : at + 9]}
            told = {"name": item["name"], "arguments": text}
            yield {"type": "response.function_call_arguments.done", **place, **told}
        yield {"type": "response.output_item.done", "output_index": n, "item": item}
    yield {"type": "response.completed", "response": whole}


def _text(content: Any) -> str:
    return content if isinstance(content, str) else " ".join(part.get("text", "[…]") for part in content)


def _error(status: int, message: str, param: str | None) -> Reply:
    error = {"message": message, "type": "invalid_request_error", "param": param, "code": None}
    return json_reply(status, {"error": error})
