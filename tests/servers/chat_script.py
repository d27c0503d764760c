"""What the scripted Chat Completions API answers: made from the request, and the same on every run."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from .checks import sample
from .scenes import ANYTHING, count, words

__all__ = ["chunks", "compose", "frames"]

Body = dict[str, Any]


def compose(body: Mapping[str, Any], number: int, inputs: Mapping[str, Any]) -> Body:
    """The whole answer to a request. `inputs` says what a tool is called with; else a value is made from its schema."""
    message, finish = _message(body, number, inputs)
    limit = body.get("max_completion_tokens") or body.get("max_tokens")
    if message["content"] is not None:
        stops = [body["stop"]] if isinstance(body.get("stop"), str) else body.get("stop") or []
        cuts = [message["content"].index(stop) for stop in stops if stop in message["content"]]
        if cuts:
            message["content"], finish = message["content"][: min(cuts)], "stop"
        spoken = words(message["content"])
        if limit and len(spoken) > limit:
            message["content"], finish = "".join(spoken[:limit]), "length"
    prompt = count(body["messages"])
    completion = count([message["content"], message.get("tool_calls")]) + 2
    return {
        "id": f"chatcmpl-{number:04d}",
        "object": "chat.completion",
        "created": 1_795_300_000 + number,
        "model": body["model"],
        "service_tier": "default",
        "system_fingerprint": "fp_scripted",
        "choices": [{"index": 0, "message": message, "logprobs": None, "finish_reason": finish}],
        "usage": {
            "prompt_tokens": prompt,
            "completion_tokens": completion,
            "total_tokens": prompt + completion,
            "prompt_tokens_details": {"cached_tokens": min(5, prompt), "audio_tokens": 0},
            "completion_tokens_details": {"reasoning_tokens": 2, "audio_tokens": 0},
        },
    }


def _message(body: Mapping[str, Any], number: int, inputs: Mapping[str, Any]) -> tuple[Body, str]:
    message: Body = {"role": "assistant", "content": None, "refusal": None, "annotations": []}
    choice = body.get("tool_choice", "auto")
    tools = [tool["function"] for tool in body.get("tools", ()) if tool["type"] == "function" and choice != "none"]
    if isinstance(choice, dict) and choice["type"] == "function":
        tools = [tool for tool in tools if tool["name"] == choice["function"]["name"]]
    results = _results(body["messages"])
    if tools and not results:
        if body.get("parallel_tool_calls") is False:
            tools = tools[:1]
        message["tool_calls"] = [_call(f"call_{number:04d}_{index}", tool, inputs) for index, tool in enumerate(tools)]
        return message, "stop" if isinstance(choice, dict) else "tool_calls"
    form = body.get("response_format") or {"type": "text"}
    if form["type"] == "json_schema":
        message["content"] = json.dumps(sample(form["json_schema"].get("schema")))
    elif form["type"] == "json_object":
        message["content"] = json.dumps(ANYTHING)
    elif results:
        message["content"] = "Here is what I found: " + "; ".join(results)
    else:
        message["content"] = f"You said: {_text(body['messages'][-1].get('content'))}"
    return message, "stop"


def _call(name: str, tool: Body, inputs: Mapping[str, Any]) -> Body:
    made = inputs.get(tool["name"], sample(tool.get("parameters") or {"type": "object"}))
    return {"id": name, "type": "function", "function": {"name": tool["name"], "arguments": json.dumps(made)}}


def chunks(answer: Body, *, usage: bool) -> Iterator[Body]:
    """The stream whose sum is `answer`."""
    base = {key: answer[key] for key in ("id", "created", "model", "service_tier", "system_fingerprint")}
    base["object"] = "chat.completion.chunk"
    tail: Body = {"usage": None} if usage else {}

    def chunk(delta: Body, finish: str | None = None) -> Body:
        choice = {"index": 0, "delta": delta, "logprobs": None, "finish_reason": finish}
        return {**base, "choices": [choice], **tail}

    choice = answer["choices"][0]
    message = choice["message"]
    yield chunk({"role": "assistant", "content": "" if message["content"] is not None else None, "refusal": None})
    for name in ("reasoning_content", "content", "refusal"):
        for word in words(message.get(name) or ""):
            yield chunk({name: word})
    for index, call in enumerate(message.get("tool_calls") or ()):
        function = {"name": call["function"]["name"], "arguments": ""}
        yield chunk({"tool_calls": [{"index": index, **call, "function": function}]})
        text = call["function"]["arguments"]
        for at in range(0, len(text), 9):
            yield chunk({"tool_calls": [{"index": index, "function": {"arguments": text[at : at + 9]}}]})
    yield chunk({}, choice["finish_reason"])
    if usage:
        yield {**base, "choices": [], "usage": answer["usage"]}


def frames(stream: Iterable[Body]) -> list[bytes]:
    """Chunks as the vendor writes them on the wire, without the end mark."""
    return [f"data: {json.dumps(item, ensure_ascii=False)}\n\n".encode() for item in stream]


def _results(messages: list[Body]) -> list[str]:
    """The texts of the tool messages since the last assistant turn."""
    found: list[str] = []
    for message in reversed(messages):
        if message["role"] == "assistant":
            break
        if message["role"] == "tool":
            found.insert(0, _text(message["content"]))
    return found


def _text(content: Any) -> str:
    if isinstance(content, str):
        return content
    return " ".join(part["text"] if part["type"] == "text" else f"[{part['type']}]" for part in content or ())
