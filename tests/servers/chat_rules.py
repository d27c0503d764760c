"""What the Chat Completions API accepts, as strict as the vendor: the first broken rule is named."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any

from .checks import Invalid, fields, join, matches, one_of, tag

__all__ = ["check_request"]

_OPTIONAL = {
    "max_completion_tokens": "integer|null",
    "max_tokens": "integer|null",
    "temperature": "number|null",
    "top_p": "number|null",
    "presence_penalty": "number|null",
    "frequency_penalty": "number|null",
    "n": "integer|null",
    "stop": "string|array|null",
    "seed": "integer|null",
    "logprobs": "boolean|null",
    "top_logprobs": "integer|null",
    "logit_bias": "object|null",
    "stream": "boolean|null",
    "stream_options": "object|null",
    "tools": "array",
    "tool_choice": "string|object",
    "parallel_tool_calls": "boolean",
    "response_format": "object|null",
    "reasoning_effort": "string|null",
    "verbosity": "string|null",
    "service_tier": "string|null",
    "metadata": "object|null",
    "store": "boolean|null",
    "user": "string",
    "safety_identifier": "string",
    "prompt_cache_key": "string",
    "prompt_cache_options": "object",
    "prompt_cache_retention": "string|null",
    "moderation": "object",
    "modalities": "array|null",
    "audio": "object|null",
    "prediction": "object|null",
    "web_search_options": "object",
    "functions": "array",
    "function_call": "string|object",
}
_RANGES = {
    "temperature": (0, 2),
    "top_p": (0, 1),
    "presence_penalty": (-2, 2),
    "frequency_penalty": (-2, 2),
    "n": (1, 128),
    "top_logprobs": (0, 20),
}
_EFFORTS = ("none", "minimal", "low", "medium", "high", "xhigh", "max")
_NAME = "[a-zA-Z0-9_-]{1,64}"
#: Models that always reason, and take neither sampling parameters nor `max_tokens`.
_REASONING = re.compile(r"(o\d|gpt-5(?!\.)|gpt-6-astra)")
CONTEXT_LIMIT = 200_000
"""Characters of text that stand in for the context window."""


def check_request(body: Any) -> None:
    """Raise `Invalid` for the first thing that the vendor would answer with a 400."""
    for name in ("model", "messages"):
        if isinstance(body, dict) and name not in body:
            raise Invalid(name, "Missing required parameter", "missing_required_parameter")
    if isinstance(body, dict):
        for name in body:
            if name not in _OPTIONAL and name not in ("model", "messages"):
                raise Invalid(name, "Unknown parameter", "unknown_parameter")
    fields(body, "", {"model": "string", "messages": "array"}, _OPTIONAL)
    for name, (low, high) in _RANGES.items():
        if body.get(name) is not None and not low <= body[name] <= high:
            raise Invalid(name, f"Expected a value between {low} and {high}", "decimal_above_max_value")
    _options(body)
    _tools(body)
    if not body["messages"]:
        raise Invalid("messages", "Expected an array with minimum length 1", "empty_array")
    for index, message in enumerate(body["messages"]):
        _message(message, join("messages", index))
    _answered(body["messages"])
    length = len(json.dumps(body["messages"]))
    if length > CONTEXT_LIMIT:
        limit = f"This model's maximum context length is {CONTEXT_LIMIT} tokens."
        problem = f"{limit} However, your messages resulted in {length} tokens."
        raise Invalid("messages", problem, "context_length_exceeded")


def _options(body: Mapping[str, Any]) -> None:
    if body.get("max_tokens") is not None and body.get("max_completion_tokens") is not None:
        raise Invalid(
            "max_tokens",
            "Setting 'max_tokens' and 'max_completion_tokens' at the same time is not supported.",
            "invalid_parameter_combination",
        )
    for name in ("max_tokens", "max_completion_tokens"):
        if body.get(name) is not None and body[name] < 1:
            raise Invalid(name, "Expected a value >= 1", "integer_below_min_value")
    if _REASONING.match(body["model"]):
        for name in (
            "max_tokens",
            "temperature",
            "top_p",
            "presence_penalty",
            "frequency_penalty",
            "logprobs",
            "logit_bias",
        ):
            if body.get(name) is not None:
                raise Invalid(name, "is not supported with this model", "unsupported_parameter")
    if body.get("stream_options") is not None:
        fields(
            body["stream_options"],
            "stream_options",
            {},
            {"include_usage": "boolean|null", "include_obfuscation": "boolean"},
        )
        if not body.get("stream"):
            raise Invalid("stream_options", "The 'stream_options' parameter is only allowed when 'stream' is enabled.")
    stop = body.get("stop")
    if isinstance(stop, list) and (len(stop) > 4 or not all(isinstance(item, str) for item in stop)):
        raise Invalid("stop", "Expected an array of at most 4 strings", "array_above_max_length")
    if body.get("reasoning_effort") is not None:
        one_of(body["reasoning_effort"], "reasoning_effort", *_EFFORTS)
    if body.get("service_tier") is not None:
        one_of(body["service_tier"], "service_tier", "auto", "default", "flex", "scale", "priority", "fast")
    if body.get("response_format") is not None:
        form = body["response_format"]
        one_of(form.get("type"), "response_format.type", "text", "json_object", "json_schema")
        if form["type"] == "json_schema":
            fields(form, "response_format", {"type": "string", "json_schema": "object"})
            optional = {"description": "string", "schema": "object", "strict": "boolean|null"}
            fields(form["json_schema"], "response_format.json_schema", {"name": "string"}, optional)
            matches(form["json_schema"]["name"], "response_format.json_schema.name", _NAME)
        if form["type"] == "json_object" and "json" not in json.dumps(body["messages"]).lower():
            raise Invalid(
                "messages",
                "'messages' must contain the word 'json' to use 'response_format' of type 'json_object'.",
            )
    for index, key in enumerate(body.get("metadata") or {}):
        if (
            index >= 16
            or len(key) > 64
            or not isinstance(body["metadata"][key], str)
            or len(body["metadata"][key]) > 512
        ):
            raise Invalid(
                join("metadata", key), "Expected at most 16 pairs of a short key and a string of at most 512 characters"
            )


def _tools(body: Mapping[str, Any]) -> None:
    if "tools" in body and not body["tools"]:
        raise Invalid("tools", "[] is too short", "empty_array")
    names: list[str] = []
    for index, tool in enumerate(body.get("tools", ())):
        where = join("tools", index)
        kind = tag(tool, "type")
        one_of(kind, join(where, "type"), "function", "custom")
        fields(tool, where, {"type": "string", kind: "object"})
        inner = {"parameters": "object", "strict": "boolean|null"} if kind == "function" else {"format": "object"}
        fields(tool[kind], join(where, kind), {"name": "string"}, {"description": "string"} | inner)
        matches(tool[kind]["name"], join(where, f"{kind}.name"), _NAME)
        names.append(tool[kind]["name"])
    for name in ("tool_choice", "parallel_tool_calls"):
        if name in body and not names:
            raise Invalid(name, f"'{name}' is only allowed when 'tools' are specified.")
    choice = body.get("tool_choice")
    if isinstance(choice, str):
        one_of(choice, "tool_choice", "none", "auto", "required")
    elif choice is not None:
        kind = choice.get("type")
        one_of(kind, "tool_choice.type", "function", "custom", "allowed_tools")
        fields(choice, "tool_choice", {"type": "string", kind: "object"})
        if kind != "allowed_tools" and choice[kind].get("name") not in names:
            raise Invalid("tool_choice", f"Tool choice '{choice[kind].get('name')}' not found in 'tools' parameter.")


_PARTS: dict[str, tuple[dict[str, str], dict[str, str]]] = {
    "text": ({"text": "string"}, {}),
    "image_url": ({"image_url": "object"}, {}),
    "input_audio": ({"input_audio": "object"}, {}),
    "file": ({"file": "object"}, {}),
    "refusal": ({"refusal": "string"}, {}),
}
_USER = ("text", "image_url", "input_audio", "file")
#: Role -> (kinds of content, part types, other fields)
_ROLES: dict[str, tuple[str, tuple[str, ...], dict[str, str]]] = {
    "system": ("string|array", ("text",), {"name": "string"}),
    "developer": ("string|array", ("text",), {"name": "string"}),
    "user": ("string|array", _USER, {"name": "string"}),
    "tool": ("string|array", ("text",), {"name": "string"}),
    "function": ("string|null", (), {}),
    "assistant": (
        "string|array|null",
        ("text", "refusal"),
        {
            "name": "string",
            "refusal": "string|null",
            "tool_calls": "array",
            "audio": "object|null",
            "function_call": "object|null",
            "annotations": "array|null",  # of an answer that is sent back as it came
        },
    ),
}


def _message(message: Any, where: str) -> None:
    role = tag(message, "role")
    one_of(role, join(where, "role"), *_ROLES)
    kinds, parts, optional = _ROLES[role]
    required = {"role": "string"}
    if role == "tool":
        required["tool_call_id"] = "string"
    if role == "function":
        required["name"] = "string"
    spoken = role == "assistant" and (message.get("tool_calls") or message.get("function_call") or message.get("audio"))
    if spoken:
        optional = optional | {"content": kinds}
    else:
        required["content"] = kinds
    fields(message, where, required, optional)
    content = message.get("content")
    if content is None and role == "assistant" and not spoken and not message.get("refusal"):
        raise Invalid(join(where, "content"), "expected a string, got null")
    for index, part in enumerate(content if isinstance(content, list) else []):
        place = join(join(where, "content"), index)
        kind = tag(part, "type")
        one_of(kind, join(place, "type"), *parts)
        fields(
            part,
            place,
            {"type": "string"} | _PARTS[kind][0],
            {"prompt_cache_breakpoint": "object"} if role != "assistant" else {},
        )
        if kind == "image_url":
            fields(part["image_url"], join(place, "image_url"), {"url": "string"}, {"detail": "string"})
    if "tool_calls" in message:
        if not message["tool_calls"]:
            raise Invalid(join(where, "tool_calls"), "[] is too short", "empty_array")
        for index, call in enumerate(message["tool_calls"]):
            place = join(join(where, "tool_calls"), index)
            kind = tag(call, "type")
            one_of(kind, join(place, "type"), "function", "custom")
            fields(call, place, {"id": "string", "type": "string", kind: "object"})
            inner = "arguments" if kind == "function" else "input"
            fields(call[kind], join(place, kind), {"name": "string", inner: "string"})


def _answered(messages: list[Any]) -> None:
    """Every call is answered by tool messages directly after it."""
    open_calls: list[str] = []
    for index, message in enumerate(messages):
        if message["role"] == "tool":
            if message["tool_call_id"] not in open_calls:
                problem = "messages with role 'tool' must be a response to a preceding message with 'tool_calls'."
                raise Invalid(f"messages.{index}.role", problem)
            open_calls.remove(message["tool_call_id"])
            continue
        if open_calls:
            break
        open_calls = [call["id"] for call in message.get("tool_calls", ())] if message["role"] == "assistant" else []
    if open_calls:
        problem = "Assistant messages with 'tool_calls' must be followed by tool messages that answer each of them: "
        raise Invalid("messages", problem + ", ".join(open_calls))
