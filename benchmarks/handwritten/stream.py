"""Anthropic's events as chunks of a chat completion, one at a time."""

from typing import Any

from dragoman.kit import At, Call, malformed

from .blocks import Blocks, Chunks
from .response import (
    CALLS,
    COUNT_FOR_THE_BILL,
    DETAILS,
    FOR_THE_BILL,
    NO_SEARCHES,
    NONE,
    WORDS,
    finish_of,
    rule,
    tier_of,
    usage_of,
)
from .response import USAGE as WHOLE_USAGE

__all__ = ["StreamToHub"]

MESSAGE = frozenset(
    {"id", "type", "role", "model", "content", "stop_reason", "stop_sequence", "stop_details", "container", "usage"}
)
REPORTS = {
    "context_management": rule("dropped", "cosmetic", "a report on edits to the prompt"),
    "input_transformations": rule("dropped", "cosmetic", "a report on changes to the prompt"),
}
MESSAGE_DROPS = {**REPORTS, "diagnostics": rule("dropped", "cosmetic", "a report on the prompt's cache")}
START_USAGE = WHOLE_USAGE | {"fallback_credit"}
USAGE = frozenset(
    {
        "input_tokens",
        "output_tokens",
        "cache_read_input_tokens",
        "cache_creation_input_tokens",
        "output_tokens_details",
        "iterations",
        "server_tool_use",
    }
)
USAGE_DROPS = {"fallback_credit": FOR_THE_BILL}
MESSAGE_START = frozenset({"type", "message"})
MESSAGE_DELTA = frozenset({"type", "delta", "usage"})
DELTA = frozenset({"stop_reason", "stop_sequence", "stop_details", "container"})
BARE = frozenset({"type"})
ERROR_EVENT = frozenset({"type", "error", "request_id"})
ERROR = frozenset({"type", "message"})
ERROR_DROPS = {"details": rule("dropped", "cosmetic", "details for machines that know this provider")}

SECOND = rule("dropped", "tuning", "a second message in one stream")
UNKNOWN_EVENT = rule("dropped", "tuning", "a kind of event that is not known here")
NO_REASON = rule("dropped", "tuning", "the upstream gave no reason for its end")

ERROR_TYPES = {  # type and code for OpenAI's clients; others keep their type
    "authentication_error": ("invalid_request_error", "invalid_api_key"),
    "billing_error": ("insufficient_quota", "insufficient_quota"),
    "not_found_error": ("invalid_request_error", "model_not_found"),
    "request_too_large": ("invalid_request_error", "request_too_large"),
    "rate_limit_error": ("rate_limit_error", "rate_limit_exceeded"),
    "api_error": ("server_error", None),
    "timeout_error": ("server_error", "timeout"),
    "overloaded_error": ("overloaded_error", "overloaded"),
}
TOO_LONG = (
    "rompt is too long",
    "exceed context limit",
    "exceeds the available context size",
    "maximum context length",
)
NO_MONEY = ("credit balance", "API usage limits")


class StreamToHub(Blocks):
    """What the events of messages become, and what the end has to tell; blocks are gone through in `Blocks`."""

    __slots__ = (
        "container",
        "counts",
        "events",
        "finished",
        "reason_told",
        "started",
        "stop_details",
        "stop_reason",
        "stop_sequence",
    )

    def __init__(self, call: Call) -> None:
        super().__init__(call)
        self.events = 0
        self.finished = False
        self.started = False
        self.reason_told = False
        self.counts: dict[str, Any] = {}  # of tokens: cumulative, and null means "as before"
        self.container: Any = None
        self.stop_reason: str | None = None
        self.stop_sequence: Any = None
        self.stop_details: Any = None

    def feed(self, event: Any) -> Chunks:
        if self.finished:
            return []
        n = self.events
        self.events = n + 1
        if type(event) is not dict:
            raise malformed(((), "events", n), "an object", event)
        kind = event.get("type")
        if kind == "content_block_delta":
            return self.block_delta(event, n)
        if kind == "content_block_start":
            return self.block_start(event, ((), "events", n))
        if kind == "content_block_stop":
            return self.block_stop(event, n)
        if kind == "message_start":
            return self.message_start(event, ((), "events", n))
        if kind == "message_delta":
            return self.message_delta(event, ((), "events", n))
        if kind == "message_stop":
            return self.message_stop(event, ((), "events", n))
        if kind == "ping":
            if len(event) > 1:
                self.call.leftovers(event, BARE, NONE, ((), "events", n))
            return []
        if kind == "error":
            return self.error(event, ((), "events", n))
        self.call.lose(UNKNOWN_EVENT, ((), "events", n))
        return []

    def close(self) -> Chunks:
        if self.finished:
            return []
        return self.fail("the answer of the upstream ended before it was whole", "stream_truncated")

    def fail(self, message: str, code: str) -> Chunks:
        self.finished = True
        return [{"error": {"message": message, "type": "server_error", "param": None, "code": code}}]

    def message_start(self, event: dict[str, Any], at: At) -> Chunks:
        call, message = self.call, event.get("message")
        if type(message) is not dict:
            raise malformed((at, "message"), "an object", message)
        if len(event) > 2:
            call.leftovers(event, MESSAGE_START, NONE, at)
        name, model, usage = message.get("id"), message.get("model"), message.get("usage")
        if type(usage) is not dict:
            raise malformed((at, "message", "usage"), "an object", usage)
        if type(name) is not str:
            raise malformed((at, "message", "id"), "a text", name)
        if type(model) is not str:
            raise malformed((at, "message", "model"), "a text", model)
        if not MESSAGE.issuperset(message):
            call.leftovers(message, MESSAGE, MESSAGE_DROPS, (at, "message"))
        there: At = (at, "message", "usage")
        thought = thinking_tokens(usage, there, call)
        for key in ("input_tokens", "output_tokens"):
            if type(usage.get(key)) is not int and type(usage.get(key)) is not float:
                raise malformed((there, key), "a number", usage.get(key))
        if not START_USAGE.issuperset(usage):
            call.leftovers(usage, START_USAGE, NONE, there)
        if (place := usage.get("inference_geo")) is not None and place != "not_available" and place != "global":
            call.lose(FOR_THE_BILL, (there, "inference_geo"))
        if (speed := usage.get("speed")) is not None and speed != "standard":
            call.lose(FOR_THE_BILL, (there, "speed"))
        if self.started:
            call.lose(SECOND, at)
            return []
        self.started = True
        base = self.base
        base["id"] = name or call.new_id("msg_")
        base["model"] = model
        if (tier := usage.get("service_tier")) is not None:
            tier = tier_of(tier, (there, "service_tier"), call)
            if tier is not None:
                base["service_tier"] = tier
        self.counts = {}
        self.count(usage, thought)
        self.container = message.get("container")
        return self.chunk({"role": "assistant", "content": ""})

    def count(self, usage: dict[str, Any], thought: Any) -> None:
        counts = self.counts
        for key in ("input_tokens", "output_tokens", "cache_read_input_tokens", "cache_creation_input_tokens"):
            if (tokens := usage.get(key)) is not None:
                counts[key] = tokens
        if thought is not None:
            counts["output_tokens_details"] = {"thinking_tokens": thought}

    def message_delta(self, event: dict[str, Any], at: At) -> Chunks:
        call, delta, usage = self.call, event.get("delta"), event.get("usage")
        if type(delta) is not dict:
            raise malformed((at, "delta"), "an object", delta)
        if not DELTA.issuperset(delta):
            call.leftovers(delta, DELTA, NONE, (at, "delta"))
        if type(usage) is not dict:
            raise malformed((at, "usage"), "an object", usage)
        if not USAGE.issuperset(usage):
            call.leftovers(usage, USAGE, USAGE_DROPS, (at, "usage"))
        thought = thinking_tokens(usage, (at, "usage"), call)
        made, reason, told = usage.get("output_tokens"), delta.get("stop_reason"), delta.get("stop_details")
        if type(made) is not int and type(made) is not float:
            raise malformed((at, "usage", "output_tokens"), "a number", made)
        if reason is not None and type(reason) is not str:
            raise malformed((at, "delta", "stop_reason"), "a text", reason)
        if not MESSAGE_DELTA.issuperset(event):
            call.leftovers(event, MESSAGE_DELTA, REPORTS, at)
        bill = usage.get("server_tool_use")
        if bill is not None and bill not in NO_SEARCHES:
            call.lose(COUNT_FOR_THE_BILL, (at, "usage", "server_tool_use"))
        self.count(usage, thought)
        self.container = delta.get("container") or self.container
        self.stop_reason = reason or self.stop_reason
        self.stop_sequence = delta.get("stop_sequence") or self.stop_sequence
        self.stop_details = told or self.stop_details
        if not reason or self.reason_told:
            return []
        if reason == "tool_use" and self.json and not self.tools:
            finish = "stop"
        elif reason == "tool_use" and self.functions:
            finish = "function_call"
        elif reason == "end_turn" and self.tools:
            call.lose(CALLS, (at, "delta", "stop_reason"))
            finish = "tool_calls"
        else:
            finish = finish_of(reason, (at, "delta", "stop_reason"), call)
        return self.end_choice(finish)

    def end_choice(self, finish: str) -> Chunks:
        self.reason_told = True
        reason, told = self.stop_reason, self.stop_details
        kept: dict[str, Any] = {}
        if reason and reason not in WORDS:
            kept["stop_reason"] = reason
        if self.stop_sequence is not None:
            kept["stop_sequence"] = self.stop_sequence
        if told is not None:
            kept["stop_details"] = told
        if self.container is not None:
            kept["container"] = self.container
        extra: dict[str, Any] = {}
        if self.blocks or self.citations or self.detour:
            extra["order"] = self.order
        if kept:
            extra["anthropic"] = kept
        delta: dict[str, Any] = {}
        if extra:
            delta["extra_content"] = extra
            if reason == "refusal" and type(told) is dict and (refusal := told.get("explanation")) is not None:
                delta["refusal"] = refusal
        return self.chunk(delta, finish)

    def message_stop(self, event: dict[str, Any], at: At) -> Chunks:
        if len(event) > 1:
            self.call.leftovers(event, BARE, NONE, at)
        if not self.started:
            return self.fail("the answer of the upstream has no beginning", "stream_malformed")
        out: Chunks = []
        if not self.reason_told:
            self.call.lose(NO_REASON, at)
            out = self.end_choice("tool_calls" if self.tools else "function_call" if self.functions else "stop")
        if self.call.request.get("include_usage"):
            out.append({**self.base, "choices": [], "usage": usage_of(self.counts, at, self.call)})
        self.finished = True
        return out

    def error(self, event: dict[str, Any], at: At) -> Chunks:
        error = event.get("error")
        if type(error) is not dict:
            raise malformed((at, "error"), "an object", error)
        if not ERROR_EVENT.issuperset(event):
            self.call.leftovers(event, ERROR_EVENT, NONE, at)
        kind, message = error.get("type"), error.get("message")
        if type(kind) is not str:
            raise malformed((at, "error", "type"), "a text", kind)
        if type(message) is not str:
            raise malformed((at, "error", "message"), "a text", message)
        if not ERROR.issuperset(error):
            self.call.leftovers(error, ERROR, ERROR_DROPS, (at, "error"))
        told, code = ERROR_TYPES.get(kind) or (kind or "server_error", None)
        if any(words in message for words in TOO_LONG):
            code = "context_length_exceeded"
        elif any(words in message for words in NO_MONEY):
            code = "insufficient_quota"
        self.finished = True
        return [{"error": {"message": message, "type": told, "param": None, "code": code}}]


def thinking_tokens(usage: dict[str, Any], at: At, call: Call) -> Any:
    details = usage.get("output_tokens_details")
    if details is None:
        return None
    if type(details) is not dict:
        raise malformed((at, "output_tokens_details"), "an object", details)
    if not DETAILS.issuperset(details):
        call.leftovers(details, DETAILS, NONE, (at, "output_tokens_details"))
    return details.get("thinking_tokens")
