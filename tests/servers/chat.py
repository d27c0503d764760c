"""A scripted server that speaks Chat Completions: `with ChatServer() as upstream: ... upstream.url + "/v1" ...`

Without being told anything it answers naturally, as its Messages sibling does; `play("overloaded")` and the other
scenes below make the next request end otherwise.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from . import scenes
from .chat_rules import check_request
from .chat_script import chunks, compose, frames
from .checks import Invalid
from .wire import Answer, DialectServer, Exchange, Reply, Streamed, json_reply

__all__ = ["SCENES", "ChatServer"]

SCENES = scenes.SCENES | {
    "everything": "text, two calls of tools and one without arguments, whatever was asked",
    "reasoning": "text with reasoning_content before it, as many compatible servers give it",
    "empty": "an answer with neither text nor calls",
    "refusal": "the model refuses",
    "filtered": "the content filter stopped it",
    "rate-limited": "429 with retry-after: 7",
    "no-quota": "429, the quota is used up",
    "overloaded": "503",
    "overloaded-briefly": "503 with retry-after: 0.01",
    "server-error": "500",
    "too-long": "400, the prompt is too long",
    "no-model": "404, there is no such model",
    "not-a-completion": "200, and JSON that is no completion",
}
_LIMITS = {
    "retry-after": "7",
    "x-ratelimit-limit-requests": "50",
    "x-ratelimit-remaining-requests": "0",
    "x-ratelimit-reset-requests": "7s",
}
_BUSY = "The engine is currently overloaded."
_BAD = "invalid_request_error"
_TOO_LONG = (
    "This model's maximum context length is 128000 tokens. However, your messages resulted in 130012 tokens. "
    "Please reduce the length of the messages."
)
#: Scene -> (status, type, code, message, headers)
_ERRORS: dict[str, tuple[int, str, str | None, str, dict[str, str]]] = {
    "rate-limited": (429, "requests", "rate_limit_exceeded", "Rate limit reached for requests.", _LIMITS),
    "no-quota": (429, "insufficient_quota", "insufficient_quota", "You exceeded your current quota.", {}),
    "overloaded": (503, "server_error", "slow_down", _BUSY, {}),
    "overloaded-briefly": (503, "server_error", "slow_down", _BUSY, {"retry-after": "0.01"}),
    "server-error": (500, "server_error", None, "The server had an error while processing your request.", {}),
    "too-long": (400, _BAD, "context_length_exceeded", _TOO_LONG, {}),
    "no-model": (404, _BAD, "model_not_found", "The model `nonesuch` does not exist.", {}),
}
_FAILED = {"message": "The server had an error.", "type": "server_error", "param": None, "code": None}
#: Scene -> chunks that come after the first words
_SLIPPED_IN: dict[str, tuple[dict[str, Any], ...]] = {"error-in-stream": ({"error": _FAILED},)}
_EVERYTHING = [
    {"id": name, "type": "function", "function": {"name": tool, "arguments": arguments}}
    for name, tool, arguments in (
        ("call_a", "get_weather", '{"city": "Wien"}'),
        ("call_b", "get_weather", '{"city": "Kraków", "unit": "celsius"}'),
        ("call_c", "get_time", "{}"),
    )
]
_MODELS = {
    "object": "list",
    "data": [{"id": "scripted", "object": "model", "created": 1_795_300_000, "owned_by": "tests"}],
}


class ChatServer(DialectServer):
    """Speaks `/v1/chat/completions` and `/v1/models`."""

    plays = SCENES

    def answer(self, exchange: Exchange, scene: str | None) -> Answer:
        number = len(self.exchanges)
        headers = {"x-request-id": f"req_{number:04d}", "openai-version": "2020-10-01", "openai-processing-ms": "1"}
        call = f"{exchange.method} {exchange.path}"
        if exchange.method == "HEAD":
            return Reply(200, b"", headers)
        if not exchange.headers.get("authorization", "").startswith("Bearer "):
            return _error(401, _BAD, None, "You didn't provide an API key.", headers)
        if call == "GET /v1/models":
            return json_reply(200, _MODELS, headers)
        if call != "POST /v1/chat/completions":
            return _error(404, _BAD, None, f"Invalid URL ({call})", headers)
        body = exchange.body
        if not isinstance(body, dict):
            return _error(400, _BAD, None, "The JSON body of the request could not be parsed.", headers)
        try:
            check_request(body)
        except Invalid as broken:
            return _error(400, _BAD, broken.code, str(broken), headers, broken.param or None)
        return self._scene(scene, body, number, headers)

    def _scene(self, scene: str | None, body: dict[str, Any], number: int, headers: Mapping[str, str]) -> Answer:
        self.check(scene)
        if scene in _ERRORS:
            status, kind, code, problem, more = _ERRORS[scene]
            param = "messages" if scene == "too-long" else None
            return _error(status, kind, code, problem, {**headers, **more}, param)
        plain = scenes.answer(scene, headers)
        if plain is not None:
            return plain
        if scene == "not-a-completion":
            return json_reply(200, {"object": "chat.completion", "choices": "none"}, headers)
        answer = compose(body, number, self.inputs)
        _change(scene, answer["choices"][0])
        if not body.get("stream"):
            return json_reply(200, answer, headers)
        usage = bool((body.get("stream_options") or {}).get("include_usage"))
        wire = [*frames(chunks(answer, usage=usage)), b"data: [DONE]\n\n"]
        extra = frames(_SLIPPED_IN.get(scene or "", ()))
        return Streamed(scenes.steps(scene, wire, 2, extra), headers)


def _change(scene: str | None, choice: dict[str, Any]) -> None:
    """What the scene makes of the only choice."""
    message = choice["message"]
    if scene == "everything":
        message.update(content="I will look up both cities and the time.", tool_calls=_EVERYTHING)
        choice["finish_reason"] = "tool_calls"
    elif scene == "reasoning":
        message["reasoning_content"] = "Let me think about this."
    elif scene == "empty":
        message["content"] = ""
        message.pop("tool_calls", None)
    elif scene == "refusal":
        message.update(content=None, refusal="I can't help with that.")
    elif scene == "filtered":
        message["content"] = ""
        choice["finish_reason"] = "content_filter"


def _error(
    status: int, kind: str, code: str | None, message: str, headers: Mapping[str, str], param: str | None = None
) -> Reply:
    return json_reply(status, {"error": {"message": message, "type": kind, "param": param, "code": code}}, headers)
