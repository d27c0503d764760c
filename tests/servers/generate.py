"""A scripted server that speaks generateContent: `with GenerateServer() as upstream: ... upstream.url ...`

Smaller than its Messages and Chat siblings: it answers naturally, whole, as server-sent events or as one JSON array.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any

from . import scenes
from .checks import Invalid, fields, join, matches, one_of, sample
from .scenes import SCENES, count, words
from .wire import Answer, DialectServer, Exchange, Reply, Streamed, json_reply

__all__ = ["GenerateServer"]

Body = dict[str, Any]
_PATH = re.compile(r"/v1(?:beta|alpha)?/models/([^/:]+):(generateContent|streamGenerateContent)")
_TOP = {
    "tools": "array",
    "toolConfig": "object",
    "safetySettings": "array",
    "systemInstruction": "object",
    "generationConfig": "object",
    "cachedContent": "string",
}
_CONFIG = {
    **dict.fromkeys(("temperature", "topP", "topK", "presencePenalty", "frequencyPenalty"), "number"),
    **dict.fromkeys(("maxOutputTokens", "candidateCount", "seed", "logprobs"), "integer"),
    **dict.fromkeys(("stopSequences", "responseModalities"), "array"),
    **dict.fromkeys(("responseSchema", "responseJsonSchema", "thinkingConfig", "speechConfig"), "object"),
    **dict.fromkeys(("responseMimeType", "mediaResolution"), "string"),
    "responseLogprobs": "boolean",
}
_PARTS = {
    "text": "string",
    "inlineData": "object",
    "fileData": "object",
    "functionCall": "object",
    "functionResponse": "object",
}
_BESIDE = {"thought": "boolean", "thoughtSignature": "string", "mediaResolution": "object"}
_FUNCTION = {
    "description": "string",
    "parameters": "object",
    "parametersJsonSchema": "object",
    "response": "object",
    "responseJsonSchema": "object",
    "behavior": "string",
}

#: What stands in these is the user's own.
_FREE = ("args", "response", "parametersJsonSchema", "responseJsonSchema")


class GenerateServer(DialectServer):
    """Speaks `models/{model}:generateContent` and `:streamGenerateContent`."""

    plays = SCENES

    def answer(self, exchange: Exchange, scene: str | None) -> Answer:
        self.check(scene)
        found = _PATH.fullmatch(exchange.path)
        if found is None or exchange.method != "POST":
            return _error(404, "NOT_FOUND", f"{exchange.method} {exchange.path} is not found")
        if not exchange.headers.get("x-goog-api-key") and "key=" not in exchange.query:
            return _error(403, "PERMISSION_DENIED", "Method doesn't allow unregistered callers")
        exchange.body = _spelt(exchange.body)
        try:
            check_request(exchange.body)
        except Invalid as broken:
            return _error(400, "INVALID_ARGUMENT", f"Invalid JSON payload received. {broken}")
        plain = scenes.answer(scene, {})
        if plain is not None:
            return plain
        whole = compose(exchange.body, found[1], len(self.exchanges), self.inputs)
        if found[2] == "generateContent":
            return json_reply(200, whole)
        texts = [json.dumps(piece, ensure_ascii=False).encode() for piece in pieces(whole)]
        if "alt=sse" in exchange.query:
            return Streamed(scenes.steps(scene, [b"data: " + text + b"\r\n\r\n" for text in texts], 1, ()))
        elements = [(b",\r\n" if n else b"[") + text for n, text in enumerate(texts)]
        kind = {"content-type": "application/json; charset=UTF-8"}
        return Streamed(scenes.steps(scene, [*elements, b"]"], 1, ()), kind)


def check_request(body: Any) -> None:
    """Raise `Invalid` for the first thing that the vendor would answer with a 400."""
    fields(body, "", {"contents": "array"}, _TOP)
    fields(body.get("generationConfig", {}), "generationConfig", {}, _CONFIG)
    asked: list[Body] = []
    for n, content in enumerate(body["contents"]):
        where = f"contents.{n}"
        fields(content, where, {"parts": "array"}, {"role": "string"})
        one_of(content.get("role", "user"), join(where, "role"), "user", "model")
        if not content["parts"]:
            raise Invalid(where, "contents.parts must not be empty")
        for i, part in enumerate(content["parts"]):
            _part(part, f"{where}.parts.{i}")
        answered = [part["functionResponse"]["name"] for part in content["parts"] if "functionResponse" in part]
        if (asked or answered) and sorted(answered) != sorted(call["name"] for call in asked):
            raise Invalid(where, "the number of function response parts is not equal to that of function call parts")
        asked = [part["functionCall"] for part in content["parts"] if "functionCall" in part]
        if asked and content.get("role") != "model":
            raise Invalid(where, "function calls are the model's")
    for n, tool in enumerate(body.get("tools", ())):
        fields(
            tool,
            f"tools.{n}",
            {},
            {"functionDeclarations": "array", "googleSearch": "object", "codeExecution": "object"},
        )
        for i, function in enumerate(tool.get("functionDeclarations", ())):
            where = f"tools.{n}.functionDeclarations.{i}"
            fields(function, where, {"name": "string"}, _FUNCTION)
            matches(function["name"], join(where, "name"), r"[a-zA-Z_][a-zA-Z0-9_.:-]{0,127}")
            if "parameters" in function:
                _schema(function["parameters"], join(where, "parameters"))


def _spelt(value: Any, under: str = "") -> Any:
    """As the vendor reads it: names in snake_case are taken too, and the vendor's SDK makes use of that."""
    if isinstance(value, list):
        return [_spelt(item, under) for item in value]
    if not isinstance(value, dict) or under in _FREE:
        return value
    if under == "properties":
        return {name: _spelt(inner) for name, inner in value.items()}
    named = {re.sub(r"_([a-z])", lambda found: found[1].upper(), name): inner for name, inner in value.items()}
    return {name: _spelt(inner, name) for name, inner in named.items()}


def _part(part: Any, where: str) -> None:
    fields(part, where, {}, _PARTS | _BESIDE)
    if sum(name in part for name in _PARTS) != 1:
        raise Invalid(where, "required oneof field 'data' must have one initialized field")
    if "functionCall" in part:
        fields(
            part["functionCall"], join(where, "functionCall"), {"name": "string"}, {"args": "object", "id": "string"}
        )
    if "functionResponse" in part:
        known = {"id": "string", "parts": "array"}
        fields(
            part["functionResponse"], join(where, "functionResponse"), {"name": "string", "response": "object"}, known
        )


def _schema(schema: Any, where: str) -> None:
    """The vendor's own kind of schema knows few keywords."""
    for name in schema:
        if name in ("additionalProperties", "$schema", "$ref", "$defs", "const", "oneOf"):
            raise Invalid(join(where, name), "Unknown name")
    for name, inner in schema.get("properties", {}).items():
        _schema(inner, f"{where}.properties.{name}")


def compose(body: Body, model: str, number: int, inputs: Mapping[str, Any]) -> Body:
    """The whole answer to a request."""
    last = body["contents"][-1]["parts"]
    results = [
        json.dumps(part["functionResponse"]["response"], ensure_ascii=False)
        for part in last
        if "functionResponse" in part
    ]
    functions = [one for tool in body.get("tools", ()) for one in tool.get("functionDeclarations", ())]
    if functions and not results:
        parts = [{"functionCall": _call(function, inputs)} for function in functions]
    elif results:
        parts = [{"text": "Here is what I found: " + "; ".join(results)}]
    else:
        parts = [{"text": "You said: " + " ".join(part.get("text", "[…]") for part in last)}]
    prompt, made = count(body["contents"]) + count(body.get("systemInstruction")), count(parts)
    return {
        "candidates": [{"content": {"parts": parts, "role": "model"}, "finishReason": "STOP", "index": 0}],
        "usageMetadata": {"promptTokenCount": prompt, "candidatesTokenCount": made, "totalTokenCount": prompt + made},
        "modelVersion": model,
        "responseId": f"r{number:04d}",
    }


def _call(function: Body, inputs: Mapping[str, Any]) -> Body:
    schema = function.get("parametersJsonSchema") or function.get("parameters") or {"type": "object"}
    return {"name": function["name"], "args": inputs.get(function["name"], sample(schema))}


def pieces(whole: Body) -> Iterator[Body]:
    """The stream whose sum is `whole`."""
    candidate = whole["candidates"][0]
    parts: list[Body] = []
    for part in candidate["content"]["parts"]:
        parts += [{"text": word} for word in words(part["text"])] if "text" in part else [part]
    for n, part in enumerate(parts):
        one: Body = {"content": {"parts": [part], "role": "model"}, "index": 0}
        if n == len(parts) - 1:
            one["finishReason"] = candidate["finishReason"]
        yield {**whole, "candidates": [one]}


def _error(status: int, kind: str, message: str) -> Reply:
    return json_reply(status, {"error": {"code": status, "message": message, "status": kind}})
