"""A scripted server that speaks Converse: `with ConverseServer() as upstream: ... upstream.url ...`

Smaller than its Messages and Chat siblings: it answers naturally, whole or as a binary event stream.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import unquote

from . import scenes
from .checks import Invalid, fields, join, matches, one_of, sample
from .scenes import SCENES, count, words
from .wire import Answer, DialectServer, Exchange, Reply, Streamed, event_frame, json_reply

__all__ = ["ConverseServer"]

Body = dict[str, Any]
_PATH = re.compile(r"/model/([^/]+)/(converse|converse-stream)")
_TOP = {
    "messages": "array",
    "system": "array",
    "inferenceConfig": "object",
    "toolConfig": "object",
    "guardrailConfig": "object",
    "additionalModelRequestFields": "object",
    "promptVariables": "object",
    "additionalModelResponseFieldPaths": "array",
    "requestMetadata": "object",
    "performanceConfig": "object",
    "serviceTier": "object",
    "outputConfig": "object",
}
_CONFIG = {"maxTokens": "integer", "temperature": "number", "topP": "number", "stopSequences": "array"}
_BLOCKS = {
    "text": "string",
    **dict.fromkeys(("image", "document", "video", "toolUse", "toolResult", "guardContent", "cachePoint"), "object"),
    "reasoningContent": "object",
}
_KINDS = {400: "ValidationException", 403: "AccessDeniedException", 404: "ResourceNotFoundException"}


class ConverseServer(DialectServer):
    """Speaks `model/{model}/converse` and `converse-stream`."""

    plays = SCENES

    def answer(self, exchange: Exchange, scene: str | None) -> Answer:
        self.check(scene)
        found = _PATH.fullmatch(exchange.path)
        if found is None or exchange.method != "POST" or not unquote(found[1]):
            return _error(404, f"{exchange.method} {exchange.path} is not found")
        if not exchange.headers.get("authorization", "").startswith(("Bearer ", "AWS4-HMAC-SHA256 ")):
            return _error(403, "Missing Authentication Token")
        try:
            check_request(exchange.body)
        except Invalid as broken:
            return _error(400, str(broken))
        plain = scenes.answer(scene, {})
        if plain is not None:
            return plain
        whole = compose(exchange.body, len(self.exchanges), self.inputs)
        headers = {"x-amzn-requestid": f"r{len(self.exchanges):04d}"}
        if found[2] == "converse":
            return json_reply(200, whole, headers)
        frames = [frame(name, {**event, "p": "abcdefgh"}) for name, event in events(whole)]
        return Streamed(
            scenes.steps(scene, frames, 2, ()), {**headers, "content-type": "application/vnd.amazon.eventstream"}
        )


def check_request(body: Any) -> None:
    """Raise `Invalid` for the first thing that the vendor would answer with a 400."""
    fields(body, "", {}, _TOP)
    fields(body.get("inferenceConfig", {}), "inferenceConfig", {}, _CONFIG)
    messages = body.get("messages") or []
    if not messages or messages[0].get("role") != "user":
        raise Invalid("messages", "A conversation must start with a user message.")
    asked: list[str] = []
    before = None
    for n, message in enumerate(messages):
        where = f"messages.{n}"
        fields(message, where, {"role": "string", "content": "array"})
        one_of(message["role"], join(where, "role"), "user", "assistant")
        if message["role"] == before:
            raise Invalid(where, "roles must alternate between user and assistant")
        before = message["role"]
        for i, block in enumerate(message["content"]):
            _block(block, f"{where}.content.{i}")
        answered = [block["toolResult"]["toolUseId"] for block in message["content"] if "toolResult" in block]
        if sorted(asked) != sorted(answered):
            raise Invalid(
                where, "The number of toolResult blocks does not match that of toolUse blocks of previous turn."
            )
        asked = [block["toolUse"]["toolUseId"] for block in message["content"] if "toolUse" in block]
    used = any("toolUse" in block or "toolResult" in block for message in messages for block in message["content"])
    if used and "toolConfig" not in body:
        raise Invalid("toolConfig", "The toolConfig field must be defined when using toolUse and toolResult blocks.")
    if "toolConfig" in body:
        _tools(body["toolConfig"])


def _tools(config: Any) -> None:
    fields(config, "toolConfig", {"tools": "array"}, {"toolChoice": "object"})
    for n, tool in enumerate(config["tools"]):
        where = f"toolConfig.tools.{n}"
        fields(tool, where, {}, {"toolSpec": "object", "systemTool": "object", "cachePoint": "object"})
        if "toolSpec" in tool:
            spec = tool["toolSpec"]
            fields(
                spec, where, {"name": "string", "inputSchema": "object"}, {"description": "string", "strict": "boolean"}
            )
            matches(spec["name"], join(where, "name"), "[a-zA-Z0-9_-]{1,64}")
            fields(spec["inputSchema"], join(where, "inputSchema"), {"json": "object"})


def _block(block: Any, where: str) -> None:
    fields(block, where, {}, _BLOCKS)
    if len(block) != 1:
        raise Invalid(where, "a content block has one member")
    if "text" in block and not block["text"].strip():
        raise Invalid(join(where, "text"), "The text field in the ContentBlock object is blank.")
    if "toolUse" in block:
        fields(
            block["toolUse"], where, {"toolUseId": "string", "name": "string", "input": "object"}, {"type": "string"}
        )
    if "toolResult" in block:
        known = {"status": "string", "type": "string"}
        fields(block["toolResult"], where, {"toolUseId": "string", "content": "array"}, known)


def compose(body: Body, number: int, inputs: Mapping[str, Any]) -> Body:
    """The whole answer to a request."""
    last = body["messages"][-1]["content"]
    results = [_said(block["toolResult"]["content"]) for block in last if "toolResult" in block]
    tools = [tool["toolSpec"] for tool in body.get("toolConfig", {}).get("tools", ()) if "toolSpec" in tool]
    content: list[Body] = []
    reason = "end_turn"
    if tools and not results:
        content.append({"text": "Let me look that up."})
        for index, tool in enumerate(tools):
            given = inputs.get(tool["name"], sample(tool["inputSchema"]["json"]))
            call = {"toolUseId": f"tooluse_{number:04d}_{index}", "name": tool["name"], "input": given}
            content.append({"toolUse": call})
        reason = "tool_use"
    elif results:
        content.append({"text": "Here is what I found: " + "; ".join(results)})
    else:
        content.append({"text": f"You said: {_said(last)}"})
    prompt, made = count(body["messages"]) + count(body.get("system")), count(content)
    return {
        "output": {"message": {"role": "assistant", "content": content}},
        "stopReason": reason,
        "usage": {"inputTokens": prompt, "outputTokens": made, "totalTokens": prompt + made},
        "metrics": {"latencyMs": 7},
    }


def events(whole: Body) -> Iterator[tuple[str, Body]]:
    """The stream whose sum is `whole`: names and payloads."""
    yield "messageStart", {"role": "assistant"}
    for n, block in enumerate(whole["output"]["message"]["content"]):
        place = {"contentBlockIndex": n}
        if "toolUse" in block:
            call = block["toolUse"]
            yield "contentBlockStart", {"start": {"toolUse": {k: call[k] for k in ("toolUseId", "name")}}, **place}
            text = json.dumps(call["input"], ensure_ascii=False)
            for at in range(0, len(text), 9):
                yield "contentBlockDelta", {"delta": {"toolUse": {"input": text[at : at + 9]}}, **place}
        else:
            for word in words(block["text"]):
                yield "contentBlockDelta", {"delta": {"text": word}, **place}
        yield "contentBlockStop", place
    yield "messageStop", {"stopReason": whole["stopReason"]}
    yield "metadata", {"usage": whole["usage"], "metrics": whole["metrics"]}


def frame(name: str, payload: Body) -> bytes:
    """One event as the vendor writes it on the wire."""
    return event_frame(name, json.dumps(payload, ensure_ascii=False).encode())


def _said(blocks: list[Body]) -> str:
    return " ".join(
        block["text"] if "text" in block else json.dumps(block.get("json"), ensure_ascii=False) for block in blocks
    )


def _error(status: int, message: str) -> Reply:
    return json_reply(status, {"message": message}, {"x-amzn-errortype": _KINDS[status]})
