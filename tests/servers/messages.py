"""A scripted server that speaks the Messages API: `with MessagesServer() as upstream: ... upstream.url ...`

Without being told anything it answers naturally: it echoes a chat, calls the tools it is offered and sums up their
results, fills a forced tool's or an output format's schema, thinks if asked to, streams if asked to.
`play("overloaded")` and the other scenes below make the next request end otherwise.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from . import scenes
from .checks import Invalid
from .messages_rules import check_request
from .messages_script import compose, events, frames
from .wire import Answer, DialectServer, Exchange, Reply, Streamed, json_reply

__all__ = ["SCENES", "MessagesServer"]

SCENES = scenes.SCENES | {
    "everything": "thinking, text, two calls of tools and one without arguments, whatever was asked",
    "empty": "an answer without any content",
    "refusal": "the model refuses",
    "rate-limited": "429 with retry-after: 7",
    "overloaded": "529",
    "overloaded-briefly": "529 with retry-after: 0.01",
    "too-long": "400, the prompt is too long",
    "no-credit": "400, the credit balance is too low",
    "forbidden": "403",
    "timeout": "504",
    "not-a-message": "200, and JSON that is no message",
    "unknown-events": "a stream with an event and a delta that nobody has heard of",
}
_LIMITS = {
    "retry-after": "7",
    "anthropic-ratelimit-requests-limit": "50",
    "anthropic-ratelimit-requests-remaining": "0",
    "anthropic-ratelimit-requests-reset": "2026-11-22T12:00:07Z",
}
#: Scene -> (status, type, message, headers)
_ERRORS: dict[str, tuple[int, str, str, dict[str, str]]] = {
    "rate-limited": (429, "rate_limit_error", "This request would exceed your organization's rate limit.", _LIMITS),
    "overloaded": (529, "overloaded_error", "Overloaded", {}),
    "overloaded-briefly": (529, "overloaded_error", "Overloaded", {"retry-after": "0.01"}),
    "too-long": (400, "invalid_request_error", "prompt is too long: 208310 tokens > 200000 maximum", {}),
    "no-credit": (400, "invalid_request_error", "Your credit balance is too low to access the API.", {}),
    "forbidden": (403, "permission_error", "Your API key does not have permission to use the resource.", {}),
    "timeout": (504, "timeout_error", "Request timed out", {}),
}
#: Scene -> events that come after the first words
_SLIPPED_IN: dict[str, tuple[dict[str, Any], ...]] = {
    "error-in-stream": ({"type": "error", "error": {"type": "overloaded_error", "message": "Overloaded"}},),
    "unknown-events": (
        {"type": "weather_report", "outlook": "sunny"},
        {"type": "content_block_delta", "index": 0, "delta": {"type": "hologram_delta", "hologram": "…"}},
    ),
}
_EVERYTHING = [
    {"type": "thinking", "thinking": "Two cities, and the time.", "signature": "c2lnbmF0dXJl"},
    {"type": "text", "text": "I will look up both cities and the time."},
    {"type": "tool_use", "id": "toolu_a", "name": "get_weather", "input": {"city": "Wien"}},
    {"type": "tool_use", "id": "toolu_b", "name": "get_weather", "input": {"city": "Kraków", "unit": "celsius"}},
    {"type": "tool_use", "id": "toolu_c", "name": "get_time", "input": {}},
]
_REFUSAL = {"type": "refusal", "category": "cyber", "explanation": "Not this."}
_MODELS = {
    "data": [{"id": "scripted", "type": "model", "display_name": "Scripted", "created_at": "2026-11-22T00:00:00Z"}],
    "has_more": False,
    "first_id": "scripted",
    "last_id": "scripted",
}


class MessagesServer(DialectServer):
    """Speaks `/v1/messages`, `/v1/messages/count_tokens` and `/v1/models`."""

    plays = SCENES

    def answer(self, exchange: Exchange, scene: str | None) -> Answer:
        number = len(self.exchanges)
        headers = {"request-id": f"req_{number:04d}", "anthropic-organization-id": "org_scripted"}
        if exchange.method == "HEAD":
            return Reply(200, b"", headers)
        if (exchange.method, exchange.path) == ("GET", "/v1/models"):
            return json_reply(200, _MODELS, headers)
        counting = exchange.path == "/v1/messages/count_tokens"
        if exchange.method != "POST" or not (counting or exchange.path == "/v1/messages"):
            return _error(404, "not_found_error", "Not found", headers)
        if not _key(exchange.headers):
            return _error(401, "authentication_error", "x-api-key header is required", headers)
        body = exchange.body
        if not isinstance(body, dict):
            return _error(400, "invalid_request_error", "The request body is not a valid JSON object", headers)
        try:
            check_request(body, exchange.headers, counting=counting)
        except Invalid as broken:
            return _error(400, "invalid_request_error", str(broken), headers)
        if counting:
            tokens = compose({**body, "max_tokens": 1}, number, {})["usage"]["input_tokens"]
            return json_reply(200, {"input_tokens": tokens}, headers)
        return self._scene(scene, body, number, headers)

    def _scene(self, scene: str | None, body: dict[str, Any], number: int, headers: Mapping[str, str]) -> Answer:
        self.check(scene)
        if scene in _ERRORS:
            status, kind, problem, more = _ERRORS[scene]
            return _error(status, kind, problem, {**headers, **more})
        plain = scenes.answer(scene, headers)
        if plain is not None:
            return plain
        if scene == "not-a-message":
            return json_reply(200, {"type": "message", "content": "none", "usage": []}, headers)
        message = compose(body, number, self.inputs)
        if scene == "everything":
            message.update(content=_EVERYTHING, stop_reason="tool_use")
        elif scene == "empty":
            message.update(content=[])
        elif scene == "refusal":
            message.update(content=[], stop_reason="refusal", stop_details=_REFUSAL)
        if not body.get("stream"):
            return json_reply(200, message, headers)
        stream = list(events(message))
        first = next((index for index, event in enumerate(stream) if event["type"] == "content_block_delta"), 0) + 1
        extra = frames(_SLIPPED_IN.get(scene or "", ()))
        return Streamed(scenes.steps(scene, frames(stream), first, extra), headers)


def _key(headers: Mapping[str, str]) -> bool:
    kind, _, token = headers.get("authorization", "").partition(" ")
    return bool(headers.get("x-api-key")) or (kind.lower() == "bearer" and bool(token))


def _error(status: int, kind: str, message: str, headers: Mapping[str, str]) -> Reply:
    error = {"type": "error", "error": {"type": kind, "message": message}, "request_id": headers.get("request-id")}
    return json_reply(status, error, headers)
