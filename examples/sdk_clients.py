"""Five SDKs, each used as its own documentation says, behind one small interface: `say`, `results`, `turn`.

Nothing here knows of a translator: an SDK gets a base URL and a key, as it would for its own vendor.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple, Protocol

import anthropic
import boto3
import openai
from botocore.config import Config
from google import genai
from google.genai import types

__all__ = ["CLIENTS", "Call", "Client", "Turn"]

PARAMETERS: dict[str, Any] = {
    "type": "object",
    "properties": {"city": {"type": "string", "description": "Where"}},
    "required": ["city"],
}
NAME, DESCRIPTION = "get_weather", "The weather in a city"


class Call(NamedTuple):
    """A tool that the model wants to be called."""

    id: str
    name: str
    arguments: dict[str, Any]


class Turn(NamedTuple):
    """What the model said."""

    text: str
    calls: list[Call]


class Client(Protocol):
    """One conversation."""

    def say(self, text: str) -> None: ...

    def results(self, results: Sequence[tuple[Call, str]]) -> None: ...

    def turn(self, *, tools: bool, stream: bool) -> Turn: ...


def _said(model: Any) -> Any:
    """What an answer holds, to be sent back, without what the SDK's helpers for streams add for their users."""

    def plain(value: Any) -> Any:
        if isinstance(value, dict):
            return {key: plain(inner) for key, inner in value.items() if key not in ("parsed", "parsed_arguments")}
        return [plain(inner) for inner in value] if isinstance(value, list) else value

    said = plain(model.to_dict())
    for call in said.get("tool_calls") or ():
        call.pop("index", None)
    return said


class Chat:
    """openai: Chat Completions."""

    def __init__(self, url: str, model: str) -> None:
        self._sdk = openai.OpenAI(api_key="unused", base_url=url + "/v1", max_retries=0)
        self._model = model
        self._messages: list[Any] = []

    def say(self, text: str) -> None:
        self._messages.append({"role": "user", "content": text})

    def results(self, results: Sequence[tuple[Call, str]]) -> None:
        self._messages += [{"role": "tool", "tool_call_id": call.id, "content": text} for call, text in results]

    def turn(self, *, tools: bool, stream: bool) -> Turn:
        function = {"name": NAME, "description": DESCRIPTION, "parameters": PARAMETERS}
        asked: dict[str, Any] = {"model": self._model, "messages": self._messages}
        if tools:
            asked["tools"] = [{"type": "function", "function": function}]
        if stream:
            with self._sdk.chat.completions.stream(**asked) as events:
                message: Any = events.get_final_completion().choices[0].message
        else:
            message = self._sdk.chat.completions.create(**asked).choices[0].message
        self._messages.append(_said(message))
        calls = [Call(c.id, c.function.name, json.loads(c.function.arguments)) for c in message.tool_calls or ()]
        return Turn(message.content or "", calls)


class Responses:
    """openai: Responses."""

    def __init__(self, url: str, model: str) -> None:
        self._sdk = openai.OpenAI(api_key="unused", base_url=url + "/v1", max_retries=0)
        self._model = model
        self._items: list[Any] = []

    def say(self, text: str) -> None:
        self._items.append({"role": "user", "content": text})

    def results(self, results: Sequence[tuple[Call, str]]) -> None:
        self._items += [{"type": "function_call_output", "call_id": c.id, "output": text} for c, text in results]

    def turn(self, *, tools: bool, stream: bool) -> Turn:
        asked: dict[str, Any] = {"model": self._model, "input": self._items, "store": False}
        if tools:
            function = {"type": "function", "name": NAME, "description": DESCRIPTION, "parameters": PARAMETERS}
            asked["tools"] = [{**function, "strict": False}]
        if stream:
            with self._sdk.responses.stream(**asked) as events:
                answer: Any = events.get_final_response()
        else:
            answer = self._sdk.responses.create(**asked)
        self._items += [_said(item) for item in answer.output]
        calls = [item for item in answer.output if item.type == "function_call"]
        return Turn(answer.output_text, [Call(c.call_id, c.name, json.loads(c.arguments)) for c in calls])


class Messages:
    """anthropic."""

    def __init__(self, url: str, model: str) -> None:
        self._sdk = anthropic.Anthropic(api_key="unused", base_url=url, max_retries=0)
        self._model = model
        self._messages: list[Any] = []

    def say(self, text: str) -> None:
        self._messages.append({"role": "user", "content": text})

    def results(self, results: Sequence[tuple[Call, str]]) -> None:
        blocks = [{"type": "tool_result", "tool_use_id": call.id, "content": text} for call, text in results]
        self._messages.append({"role": "user", "content": blocks})

    def turn(self, *, tools: bool, stream: bool) -> Turn:
        asked: dict[str, Any] = {"model": self._model, "max_tokens": 500, "messages": self._messages}
        if tools:
            asked["tools"] = [{"name": NAME, "description": DESCRIPTION, "input_schema": PARAMETERS}]
        if stream:
            with self._sdk.messages.stream(**asked) as events:
                message: Any = events.get_final_message()
        else:
            message = self._sdk.messages.create(**asked)
        self._messages.append({"role": "assistant", "content": message.content})
        text = "".join(block.text for block in message.content if block.type == "text")
        calls = [Call(block.id, block.name, block.input) for block in message.content if block.type == "tool_use"]
        return Turn(text, calls)


class Generate:
    """google-genai."""

    def __init__(self, url: str, model: str) -> None:
        options = types.HttpOptions(base_url=url, timeout=20_000)
        self._sdk = genai.Client(api_key="unused", vertexai=False, http_options=options)
        self._model = model
        self._contents: list[Any] = []

    def say(self, text: str) -> None:
        self._contents.append(types.Content(role="user", parts=[types.Part(text=text)]))

    def results(self, results: Sequence[tuple[Call, str]]) -> None:
        parts = []
        for call, text in results:
            answer = types.FunctionResponse(id=call.id or None, name=call.name, response={"result": text})
            parts.append(types.Part(function_response=answer))
        self._contents.append(types.Content(role="user", parts=parts))

    def turn(self, *, tools: bool, stream: bool) -> Turn:
        function = types.FunctionDeclaration(name=NAME, description=DESCRIPTION, parameters_json_schema=PARAMETERS)
        config = types.GenerateContentConfig(
            tools=[types.Tool(function_declarations=[function])] if tools else None,
            automatic_function_calling=types.AutomaticFunctionCallingConfig(disable=True),
        )
        asked: dict[str, Any] = {"model": self._model, "contents": self._contents, "config": config}
        if stream:
            answers = list(self._sdk.models.generate_content_stream(**asked))
        else:
            answers = [self._sdk.models.generate_content(**asked)]
        contents = [one.candidates[0].content for one in answers if one.candidates]
        parts = [part for content in contents if content is not None for part in content.parts or ()]
        self._contents.append(types.Content(role="model", parts=parts))
        calls = [part.function_call for part in parts if part.function_call is not None]
        text = "".join(part.text or "" for part in parts if not part.thought)
        return Turn(text, [Call(call.id or "", call.name or "", dict(call.args or {})) for call in calls])


class Converse:
    """boto3: bedrock-runtime."""

    def __init__(self, url: str, model: str) -> None:
        self._sdk: Any = boto3.client(
            "bedrock-runtime",
            endpoint_url=url,
            region_name="us-east-1",
            aws_access_key_id="unused",
            aws_secret_access_key="unused",
            config=Config(retries={"total_max_attempts": 1}),
        )
        self._model = model
        self._messages: list[Any] = []

    def say(self, text: str) -> None:
        self._messages.append({"role": "user", "content": [{"text": text}]})

    def results(self, results: Sequence[tuple[Call, str]]) -> None:
        blocks = [{"toolResult": {"toolUseId": call.id, "content": [{"text": text}]}} for call, text in results]
        self._messages.append({"role": "user", "content": blocks})

    def turn(self, *, tools: bool, stream: bool) -> Turn:
        asked: dict[str, Any] = {"modelId": self._model, "messages": self._messages}
        if tools:
            spec = {"name": NAME, "description": DESCRIPTION, "inputSchema": {"json": PARAMETERS}}
            asked["toolConfig"] = {"tools": [{"toolSpec": spec}]}
        if stream:
            message = _summed(self._sdk.converse_stream(**asked)["stream"])
        else:
            message = self._sdk.converse(**asked)["output"]["message"]
        self._messages.append(message)
        uses = [block["toolUse"] for block in message["content"] if "toolUse" in block]
        text = "".join(block.get("text", "") for block in message["content"])
        return Turn(text, [Call(use["toolUseId"], use["name"], use["input"]) for use in uses])


def _summed(events: Any) -> dict[str, Any]:
    """The message that a stream of events amounts to; the SDK leaves that to its users."""
    blocks: dict[int, dict[str, Any]] = {}
    ended = False
    for event in events:
        if "contentBlockStart" in event:
            start = event["contentBlockStart"]
            blocks[start["contentBlockIndex"]] = {"toolUse": {**start["start"]["toolUse"], "input": ""}}
        elif "contentBlockDelta" in event:
            index, delta = event["contentBlockDelta"]["contentBlockIndex"], event["contentBlockDelta"]["delta"]
            if "text" in delta:
                block = blocks.setdefault(index, {"text": ""})
                block["text"] += delta["text"]
            elif "toolUse" in delta:
                blocks[index]["toolUse"]["input"] += delta["toolUse"]["input"]
        ended = ended or "messageStop" in event
    for block in blocks.values():
        if "toolUse" in block:
            block["toolUse"]["input"] = json.loads(block["toolUse"]["input"] or "{}")
    if not ended:
        raise EOFError("the stream has no end")
    return {"role": "assistant", "content": list(blocks.values())}


CLIENTS: dict[str, Callable[[str, str], Client]] = {
    "openai": Chat,
    "openai-responses": Responses,
    "anthropic": Messages,
    "gemini": Generate,
    "bedrock": Converse,
}
"""By the slug of the dialect that they speak."""
