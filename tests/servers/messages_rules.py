"""What the Messages API accepts, as strict as the vendor: the first broken rule is named, nothing unknown passes."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from .checks import Invalid, fields, join, matches, one_of, tag

__all__ = ["VERSIONS", "check_request"]

VERSIONS = ("2023-06-01", "2026-10-21")
CONTEXT_LIMIT = 200_000
"""Characters of text that stand in for the context window."""

_OPTIONAL = {
    "system": "string|array",
    "stop_sequences": "array",
    "stream": "boolean",
    "tools": "array",
    "tool_choice": "object",
    "thinking": "object",
    "output_config": "object",
    "cache_control": "object|null",
    "metadata": "object",
    "service_tier": "string",
    "speed": "string|null",
    "inference_geo": "string|null",
    "container": "string|object|null",
    "temperature": "number",
    "top_p": "number",
    "top_k": "integer",
    "diagnostics": "object|null",
}
#: Fields that a beta header opens, whichever it is.
_BETA = {
    "output_format": "object|null",
    "context_management": "object|null",
    "mcp_servers": "array",
    "compaction": "object|null",
    "fallbacks": "array|null",
    "thread": "object|null",
}
_SAMPLING = ("temperature", "top_p", "top_k")
_EFFORTS = ("low", "medium", "high", "xhigh", "max")
#: Models by what they no longer take, or do not take yet.
_FIVE = "(haiku|sonnet|opus|fable|mythos)-5"
_WITHOUT_SAMPLING = re.compile(f"claude-(opus-4-[78]|{_FIVE})")
_WITHOUT_PREFILL = re.compile(f"claude-(sonnet-4-6|opus-4-[678]|{_FIVE})")
_WITHOUT_LATE_SYSTEM = re.compile("claude-(3|(haiku|sonnet)-4|opus-4(?!-8))")


def check_request(body: Any, headers: Mapping[str, str], *, counting: bool = False) -> None:
    """Raise `Invalid` for the first thing that the vendor would answer with a 400."""
    version = headers.get("anthropic-version")
    if not version:
        raise Invalid("", "anthropic-version: header is required")
    if version not in VERSIONS:
        raise Invalid("", f'anthropic-version: "{version}" is not a valid version')
    required = {"model": "string", "messages": "array"} | ({} if counting else {"max_tokens": "integer"})
    fields(body, "", required, _OPTIONAL | (_BETA if headers.get("anthropic-beta") else {}))
    if not counting and body["max_tokens"] < 0:
        raise Invalid("max_tokens", "Input should be greater than or equal to 0")
    _sampling(body, version)
    _options(body)
    _tools(body)
    if not body["messages"]:
        raise Invalid("messages", "at least one message is required")
    if isinstance(body.get("system"), str):
        _text(body["system"], "system")
    for index, block in enumerate(body["system"] if isinstance(body.get("system"), list) else []):
        _block(block, join("system", index), ("text",), version)
    for index, message in enumerate(body["messages"]):
        _message(message, join("messages", index), last=index == len(body["messages"]) - 1, version=version)
    _turns(body["messages"])
    if body["messages"][-1]["role"] == "assistant" and _WITHOUT_PREFILL.match(body["model"]):
        raise Invalid(
            "", "This model does not support assistant message prefill. The conversation must end with a user message."
        )
    _late_system(body["messages"], body["model"])
    if _breakpoints(body) > 4:
        raise Invalid("", "A maximum of 4 blocks with cache_control may be provided.")
    if _length(body) > CONTEXT_LIMIT:
        raise Invalid("", f"prompt is too long: {_length(body)} tokens > {CONTEXT_LIMIT} maximum")


def _sampling(body: Mapping[str, Any], version: str) -> None:
    for name in _SAMPLING:
        if name in body and version == "2026-10-21":
            raise Invalid(name, "Extra inputs are not permitted")
        if name in body and _WITHOUT_SAMPLING.match(body["model"]):
            raise Invalid("", f"`{name}` is not supported for this model")
    for name in ("temperature", "top_p"):
        if not 0 <= body.get(name, 0) <= 1:
            raise Invalid(name, "Input should be less than or equal to 1")


def _options(body: Mapping[str, Any]) -> None:
    for index, stop in enumerate(body.get("stop_sequences", ())):
        if not isinstance(stop, str) or not stop.strip():
            raise Invalid(join("stop_sequences", index), "each stop sequence must contain non-whitespace")
    if "service_tier" in body:
        one_of(body["service_tier"], "service_tier", "auto", "standard_only")
    if "metadata" in body:
        fields(body["metadata"], "metadata", {}, {"user_id": "string|null"})
    if "output_config" in body:
        fields(body["output_config"], "output_config", {}, {"effort": "string|null", "format": "object|null"})
        if body["output_config"].get("effort"):
            one_of(body["output_config"]["effort"], "output_config.effort", *_EFFORTS)
        if body["output_config"].get("format"):
            fields(body["output_config"]["format"], "output_config.format", {"type": "string", "schema": "object"})
            one_of(body["output_config"]["format"]["type"], "output_config.format.type", "json_schema")
    thinking = body.get("thinking")
    if thinking is not None:
        one_of(thinking.get("type"), "thinking.type", "adaptive", "enabled", "disabled", "between_tools")
        if thinking["type"] == "enabled":
            fields(
                thinking, "thinking.enabled", {"type": "string", "budget_tokens": "integer"}, {"display": "string|null"}
            )
            if thinking["budget_tokens"] < 1024:
                raise Invalid("thinking.enabled.budget_tokens", "Input should be greater than or equal to 1024")
            if thinking["budget_tokens"] >= body.get("max_tokens", 0):
                raise Invalid("", "`max_tokens` must be greater than `thinking.budget_tokens`")
            if (body.get("tool_choice") or {}).get("type") in ("any", "tool"):
                raise Invalid("", "Thinking may not be enabled when tool_choice forces tool use.")


def _tools(body: Mapping[str, Any]) -> None:
    names: list[str] = []
    for index, tool in enumerate(body.get("tools", ())):
        where = join("tools", index)
        if not isinstance(tool, dict):
            raise Invalid(where, "Input should be an object")
        if tool.get("type") not in (None, "custom"):
            continue  # the vendor's own tools have their own fields; the script does not run them
        fields(
            tool,
            where,
            {"name": "string", "input_schema": "object"},
            {
                "description": "string",
                "strict": "boolean|null",
                "cache_control": "object|null",
                "type": "string|null",
                "defer_loading": "boolean",
                "eager_input_streaming": "boolean|null",
                "input_examples": "array",
                "allowed_callers": "array",
            },
        )
        matches(tool["name"], join(where, "name"), "[a-zA-Z0-9_-]{1,128}")
        one_of(tool["input_schema"].get("type"), join(where, "input_schema.type"), "object")
        if tool["name"] in names:
            raise Invalid("tools", "Tool names must be unique.")
        names.append(tool["name"])
    choice = body.get("tool_choice")
    if choice is None:
        return
    one_of(choice.get("type"), "tool_choice.type", "auto", "any", "tool", "none")
    optional = {} if choice["type"] == "none" else {"disable_parallel_tool_use": "boolean"}
    required = {"type": "string"} | ({"name": "string"} if choice["type"] == "tool" else {})
    fields(choice, f"tool_choice.{choice['type']}", required, optional)
    if not body.get("tools"):
        raise Invalid("", "tool_choice may only be specified while providing tools")
    if choice["type"] == "tool" and choice["name"] not in names:
        raise Invalid("", f"Tool '{choice['name']}' not found in provided tools")


def _text(text: str, where: str) -> None:
    if not text:
        raise Invalid(where, "text content blocks must be non-empty")
    if not text.strip():
        raise Invalid(where, "text content blocks must contain non-whitespace text")


_BLOCKS: dict[str, tuple[dict[str, str], dict[str, str]]] = {
    "text": ({"text": "string"}, {"citations": "array|object|null", "cache_control": "object|null"}),
    "image": ({"source": "object"}, {"cache_control": "object|null", "transformations": "array"}),
    "document": (
        {"source": "object"},
        {"title": "string|null", "context": "string|null", "citations": "object|null", "cache_control": "object|null"},
    ),
    "search_result": (
        {"source": "string", "title": "string", "content": "array"},
        {"citations": "object", "cache_control": "object|null"},
    ),
    "tool_use": (
        {"id": "string", "name": "string", "input": "object"},
        {"cache_control": "object|null", "caller": "object", "toolset_name": "string|null"},
    ),
    "tool_result": (
        {"tool_use_id": "string"},
        {"content": "string|array", "is_error": "boolean", "cache_control": "object|null"},
    ),
    "thinking": ({"thinking": "string", "signature": "string"}, {}),
    "redacted_thinking": ({"data": "string"}, {}),
}
_SOURCES = {
    "base64": {"media_type": "string", "data": "string"},
    "url": {"url": "string"},
    "file": {"file_id": "string"},
    "text": {"media_type": "string", "data": "string"},
    "content": {"content": "string|array"},
}
_USER = ("text", "image", "document", "search_result", "tool_result", "container_upload")
_ASSISTANT = ("text", "tool_use", "thinking", "redacted_thinking", "document", "server_tool_use")
_UNANSWERED = "`tool_use` ids were found without `tool_result` blocks immediately after"
_RESULT = ("text", "image", "document", "search_result", "tool_reference")


def _message(message: Any, where: str, *, last: bool, version: str) -> None:
    fields(message, where, {"role": "string", "content": "string|array"})
    one_of(message["role"], join(where, "role"), "user", "assistant", "system")
    content, place = message["content"], join(where, "content")
    assistant = message["role"] == "assistant"
    if not content and not (last and assistant):
        raise Invalid(
            "", f"{where}: all messages must have non-empty content except for the optional final assistant message"
        )
    if isinstance(content, str):
        if content:
            _text(content, place)
        if last and assistant and content != content.rstrip():
            raise Invalid("", f"{where}: final assistant content cannot end with trailing whitespace")
        return
    allowed = _ASSISTANT if assistant else _USER if message["role"] == "user" else ("text",)
    for index, block in enumerate(content):
        _block(block, join(place, index), allowed, version)
        if assistant and version == "2026-10-21" and block["type"] == "document":
            raise Invalid(join(place, index), "document blocks are not permitted in assistant messages")


def _block(block: Any, where: str, allowed: tuple[str, ...], version: str) -> None:
    kind = tag(block, "type")
    if kind not in allowed and not (kind.endswith("_tool_result") and allowed is _ASSISTANT):
        raise Invalid(
            where,
            f"Input tag {kind!r} does not match the expected: {', '.join(allowed)}",
        )
    if kind not in _BLOCKS:
        return  # of the vendor's own tools: they are only ever sent back as they came
    required, optional = _BLOCKS[kind]
    fields(block, join(where, kind), {"type": "string"} | required, optional)
    if kind == "text":
        _text(block["text"], join(where, "text"))
    elif kind in ("image", "document"):
        source = block["source"]
        one_of(source.get("type"), join(where, "source.type"), *_SOURCES)
        fields(source, join(where, "source"), {"type": "string"} | _SOURCES[source["type"]])
        if kind == "image" and source["type"] == "base64":
            one_of(
                source["media_type"],
                join(where, "source.media_type"),
                *(f"image/{form}" for form in ("jpeg", "png", "gif", "webp")),
            )
    elif kind == "tool_use":
        matches(block["id"], join(where, "tool_use.id"), "[a-zA-Z0-9_-]+")
    elif kind == "thinking" and not block["signature"]:
        raise Invalid(join(where, "thinking.signature"), "Invalid `signature` in `thinking` block")
    elif kind == "tool_result" and isinstance(block.get("content"), list):
        if not block["content"]:
            raise Invalid(join(where, "tool_result.content"), "content must be non-empty")
        for index, inner in enumerate(block["content"]):
            _block(inner, join(join(where, "tool_result.content"), index), _RESULT, version)


def _turns(messages: list[Any]) -> None:
    """Tool results stand first in the turn right after the calls that they answer."""
    turns: list[tuple[str, list[Any]]] = []
    for message in messages:
        content = message["content"]
        blocks = [{"type": "text", "text": content}] if isinstance(content, str) else content
        if turns and turns[-1][0] == message["role"]:
            turns[-1][1].extend(blocks)
        else:
            turns.append((message["role"], list(blocks)))
    if turns[0][0] != "user":
        raise Invalid("", "messages: first message must use the user role")
    calls: list[str] = []
    for index, (role, blocks) in enumerate(turns):
        answers = [block["tool_use_id"] for block in blocks if block["type"] == "tool_result"]
        missing = [name for name in calls if name not in answers]
        if missing:
            raise Invalid("", f"messages.{index}: {_UNANSWERED}: {', '.join(missing)}")
        if any(name not in calls for name in answers):
            raise Invalid("", f"messages.{index}: unexpected `tool_use_id` found in `tool_result` blocks")
        kinds = [block["type"] for block in blocks]
        if answers and "tool_result" in kinds[len(answers) :]:
            raise Invalid("", f"messages.{index}: `tool_result` blocks must come first in a user turn")
        calls = [block["id"] for block in blocks if block["type"] == "tool_use"] if role == "assistant" else []
    if calls:
        raise Invalid("", f"messages.{len(turns) - 1}: {_UNANSWERED}: {', '.join(calls)}")


def _late_system(messages: list[Any], model: str) -> None:
    """A late system turn: after a user or system turn, before an assistant turn or last, and on newer models only."""
    roles = [message["role"] for message in messages]
    for index, role in enumerate(roles):
        if role != "system":
            continue
        if _WITHOUT_LATE_SYSTEM.match(model):
            raise Invalid(f"messages.{index}.role", "role 'system' is not supported on this model")
        after = roles[index + 1] if index + 1 < len(roles) else "assistant"
        if roles[index - 1] == "assistant" or after == "user":
            raise Invalid(f"messages.{index}.role", "role 'system' must stand between a user and an assistant turn")


def _breakpoints(value: Any) -> int:
    if isinstance(value, dict):
        own = 1 if value.get("cache_control") else 0
        return own + sum(_breakpoints(v) for k, v in value.items() if k not in ("input", "input_schema"))
    return sum(map(_breakpoints, value)) if isinstance(value, list) else 0


def _length(value: Any) -> int:
    if isinstance(value, str):
        return len(value)
    if isinstance(value, dict):
        return sum(_length(inner) for key, inner in value.items() if key != "data")
    return sum(map(_length, value)) if isinstance(value, list) else 0
