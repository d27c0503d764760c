"""Anthropic's events as chunks of a chat completion, one at a time."""

from typing import Any

from dragoman.kit import At, Call, malformed
from dragoman.kit.functions import compact, json_text, parse_json

from .response import (
    CALLS,
    COUNT_FOR_THE_BILL,
    DETAILS,
    FOR_THE_BILL,
    KEPT_BLOCKS,
    NO_SEARCHES,
    NONE,
    ONE_CALL,
    RANKS,
    WORDS,
    finish_of,
    rule,
    tier_of,
    usage_of,
)

__all__ = ["StreamToHub"]

Chunks = list[dict[str, Any]]

MESSAGE = frozenset(
    {"id", "type", "role", "model", "content", "stop_reason", "stop_sequence", "stop_details", "container", "usage"}
)
REPORTS = {
    "context_management": rule("dropped", "cosmetic", "a report on edits to the prompt"),
    "input_transformations": rule("dropped", "cosmetic", "a report on changes to the prompt"),
}
MESSAGE_DROPS = {**REPORTS, "diagnostics": rule("dropped", "cosmetic", "a report on the prompt's cache")}
START_USAGE = frozenset(
    {
        "input_tokens",
        "output_tokens",
        "cache_read_input_tokens",
        "cache_creation_input_tokens",
        "cache_creation",
        "output_tokens_details",
        "iterations",
        "service_tier",
        "server_tool_use",
        "inference_geo",
        "speed",
        "fallback_credit",
    }
)
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
BLOCK_START = frozenset({"type", "index", "content_block"})
BLOCK_DELTA = frozenset({"type", "index", "delta"})
TEXT = frozenset({"type", "text", "citations"})
THINKING = frozenset({"type", "thinking", "signature"})
REDACTED = frozenset({"type", "data"})
TOOL_USE = frozenset({"type", "id", "name", "input", "caller", "toolset_name"})
TEXT_DELTA = frozenset({"type", "text"})
THINKING_DELTA = frozenset({"type", "thinking", "estimated_tokens"})
SIGNATURE_DELTA = frozenset({"type", "signature"})
CITATION_DELTA = frozenset({"type", "citation"})
COMPACTION_DELTA = frozenset({"type", "content", "encrypted_content"})
BLOCK_STOP = frozenset({"type", "index"})
MESSAGE_DELTA = frozenset({"type", "delta", "usage"})
DELTA = frozenset({"stop_reason", "stop_sequence", "stop_details", "container"})
BARE = frozenset({"type"})
ERROR_EVENT = frozenset({"type", "error", "request_id"})
ERROR = frozenset({"type", "message"})
ERROR_DROPS = {"details": rule("dropped", "cosmetic", "details for machines that know this provider")}

SECOND = rule("dropped", "tuning", "a second message in one stream")
UNKNOWN_BLOCK = rule("dropped", "tuning", "a kind of block that is not known here")
UNKNOWN_DELTA = rule("dropped", "tuning", "a kind of fragment that is not known here")
UNKNOWN_EVENT = rule("dropped", "tuning", "a kind of event that is not known here")
NO_TEXT_OPEN = rule("dropped", "tuning", "text for a block that is not open")
NO_THINKING_OPEN = rule("dropped", "tuning", "thinking for a block that is not open")
NO_SIGNATURE_OPEN = rule("dropped", "contract", "a signature for a block that is not open")
NO_INPUT_OPEN = rule("dropped", "contract", "input for a block that is not open")
NO_CITATION_OPEN = rule("dropped", "tuning", "a citation for a block that is not open")
NO_SUMMARY_OPEN = rule("dropped", "tuning", "a summary for a block that is not open")
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

Open = tuple[str, Any, Any]  # kind of a block; its number, or where its text starts; its input, or the block itself
CLOSED: Open = ("closed", None, None)
UNKNOWN: Open = ("unknown", None, None)


class StreamToHub:
    __slots__ = (
        "annotations",
        "base",
        "before",
        "blocks",
        "call",
        "chars",
        "citations",
        "cited",
        "container",
        "counts",
        "details",
        "detour",
        "events",
        "finished",
        "functions",
        "heard",
        "json",
        "open",
        "order",
        "reason_told",
        "started",
        "stop_details",
        "stop_reason",
        "stop_sequence",
        "texts",
        "tools",
    )

    def __init__(self, call: Call) -> None:
        self.call = call
        self.events = 0
        self.finished = False
        self.started = False
        self.reason_told = False
        self.base: dict[str, Any] = {"object": "chat.completion.chunk", "created": call.now()}
        self.counts: dict[str, Any] = {}  # of tokens: cumulative, and null means "as before"
        self.container: Any = None
        self.stop_reason: str | None = None
        self.stop_sequence: Any = None
        self.stop_details: dict[str, Any] | None = None
        self.open: dict[int, Open] = {}
        self.heard: dict[int, Any] = {}  # input so far (of provider-run tools), True (of the client's)
        self.chars = 0
        self.texts = 0
        self.details = 0
        self.tools = 0
        self.functions = 0
        self.json = False
        self.blocks = 0
        self.annotations = 0
        self.citations = 0
        self.cited: list[Any] = []  # citations of the open text block: they come before its text
        self.order: list[Any] = []
        self.before = 0  # rank of the last entry of `order`
        self.detour = False  # whether the order is another than reasoning, texts, calls

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

    def chunk(self, delta: dict[str, Any], reason: str | None = None) -> Chunks:
        choice = {"index": 0, "delta": delta, "logprobs": None, "finish_reason": reason}
        return [{**self.base, "choices": [choice]}]

    def ordered(self, of: str) -> None:
        rank = RANKS.get(of, self.before)
        if rank < self.before:
            self.detour = True
        self.before = rank
        self.order.append({"of": of})

    # ------------------------------------------------------------------ blocks

    def block_start(self, event: dict[str, Any], at: At) -> Chunks:
        call, index, block = self.call, event.get("index"), event.get("content_block")
        if type(block) is not dict:
            raise malformed((at, "content_block"), "an object", block)
        kind = block.get("type")
        if type(kind) is not str:
            raise malformed((at, "content_block", "type"), "a text", kind)
        if type(index) is not int:
            raise malformed((at, "index"), "a number", index)
        if not BLOCK_START.issuperset(event):
            call.leftovers(event, BLOCK_START, NONE, at)
        if kind == "text":
            text, citations = block.get("text"), block.get("citations")
            if type(text) is not str:
                raise malformed((at, "content_block", "text"), "a text", text)
            if citations is not None and type(citations) is not list:
                raise malformed((at, "content_block", "citations"), "a list", citations)
            if not TEXT.issuperset(block):
                call.leftovers(block, TEXT, NONE, (at, "content_block"))
            self.open[index] = ("text", self.chars, None)
            self.cited = []
            for i, citation in enumerate(citations or ()):
                if type(citation) is not dict:
                    raise malformed((at, "content_block", "citations", i), "an object", citation)
                self.cite(citation)
            if not text:
                return []
            self.chars += len(text)
            return self.chunk({"content": text})
        if kind == "tool_use":
            return self.tool_start(index, block, at)
        if kind == "thinking":
            text, nth = block.get("thinking"), self.details
            if type(text) is not str:
                raise malformed((at, "content_block", "thinking"), "a text", text)
            if not THINKING.issuperset(block):
                call.leftovers(block, THINKING, NONE, (at, "content_block"))
            self.open[index] = ("thinking", nth, None)
            detail = {"type": "reasoning.text", "text": text, "format": "anthropic-claude-v1", "index": nth}
            if signature := block.get("signature"):
                detail["signature"] = signature
            delta: dict[str, Any] = {"reasoning_details": [detail]}
            if text:
                delta["reasoning_content"] = text
            self.details = nth + 1
            self.ordered("reasoning_details")
            return self.chunk(delta)
        if kind == "redacted_thinking":
            data, nth = block.get("data"), self.details
            if type(data) is not str:
                raise malformed((at, "content_block", "data"), "a text", data)
            if not REDACTED.issuperset(block):
                call.leftovers(block, REDACTED, NONE, (at, "content_block"))
            self.details = nth + 1
            self.ordered("reasoning_details")
            detail = {"type": "reasoning.encrypted", "data": data, "format": "anthropic-claude-v1", "index": nth}
            return self.chunk({"reasoning_details": [detail]})
        if kind in KEPT_BLOCKS:
            self.open[index] = ("block", None, block)
            self.ordered("anthropic")
            return []
        self.open[index] = UNKNOWN
        call.lose(UNKNOWN_BLOCK, (at, "content_block"))
        return []

    def tool_start(self, index: int, block: dict[str, Any], at: At) -> Chunks:
        call = self.call
        tool, name, given, caller = block.get("name"), block.get("id"), block.get("input"), block.get("caller")
        if type(tool) is not str:
            raise malformed((at, "content_block", "name"), "a text", tool)
        if type(given) is not dict:
            raise malformed((at, "content_block", "input"), "an object", given)
        if type(name) is not str:
            raise malformed((at, "content_block", "id"), "a text", name)
        if caller is not None and type(caller) is not dict:
            raise malformed((at, "content_block", "caller"), "an object", caller)
        if not TOOL_USE.issuperset(block):
            call.leftovers(block, TOOL_USE, NONE, (at, "content_block"))
        text = json_text(given) if given else "{}"
        json_tool = call.request.get("json_tool")
        if json_tool and tool == json_tool:  # our own tool: its input is the answer that was asked for
            self.open[index] = ("json", self.chars, text)
            self.json = True
            return []
        if call.request.get("legacy"):
            if self.functions:
                self.open[index] = UNKNOWN
                call.lose(ONE_CALL, (at, "content_block"))
                return []
            self.open[index] = ("function", None, text)
            self.functions = 1
            return self.chunk({"function_call": {"name": tool, "arguments": ""}})
        nth = self.tools
        self.tools = nth + 1
        self.open[index] = ("call", nth, text)
        self.ordered("tool_calls")
        made: dict[str, Any] = {
            "index": nth,
            "id": name or call.new_id("call_"),
            "type": "function",
            "function": {"name": tool, "arguments": ""},
        }
        kept = {}
        if caller is not None and caller.get("type") != "direct":
            kept["caller"] = caller
        if (toolset := block.get("toolset_name")) is not None:
            kept["toolset_name"] = toolset
        if kept:
            made["extra_content"] = {"anthropic": kept}
        return self.chunk({"tool_calls": [made]})

    def block_delta(self, event: dict[str, Any], n: int) -> Chunks:
        index, delta = event.get("index"), event.get("delta")
        if type(index) is not int:
            if type(index) is not float:
                raise malformed(((), "events", n, "index"), "a number", index)
            index = -1  # no block has such an index
        if type(delta) is not dict:
            raise malformed(((), "events", n, "delta"), "an object", delta)
        if len(event) > 3:
            self.call.leftovers(event, BLOCK_DELTA, NONE, ((), "events", n))
        kind = delta.get("type")
        block, nth, more = self.open.get(index, CLOSED)
        if kind == "text_delta":
            text = delta.get("text")
            if type(text) is not str:
                raise malformed(((), "events", n, "delta", "text"), "a text", text)
            if len(delta) > 2:
                self.call.leftovers(delta, TEXT_DELTA, NONE, ((), "events", n, "delta"))
            if block != "text":
                self.call.lose(NO_TEXT_OPEN, ((), "events", n, "delta"))
                return []
            if not text:
                return []
            self.chars += len(text)
            return self.chunk({"content": text})
        if kind == "input_json_delta":
            text = delta.get("partial_json")
            if type(text) is not str:
                raise malformed(((), "events", n, "delta", "partial_json"), "a text", text)
            if block == "block":
                self.heard[index] = self.heard.get(index, "") + text
                return []
            if not text and block in ("call", "function", "json"):
                return []
            if block == "call":
                self.heard[index] = True
                return self.chunk({"tool_calls": [{"index": nth, "function": {"arguments": text}}]})
            if block == "json":
                self.heard[index] = True
                self.chars += len(text)
                return self.chunk({"content": text})
            if block == "function":
                self.heard[index] = True
                return self.chunk({"function_call": {"arguments": text}})
            if block != "unknown":
                self.call.lose(NO_INPUT_OPEN, ((), "events", n, "delta"))
            return []
        if kind == "thinking_delta":
            text = delta.get("thinking")
            if type(text) is not str:
                raise malformed(((), "events", n, "delta", "thinking"), "a text", text)
            if len(delta) > 2:
                self.call.leftovers(delta, THINKING_DELTA, NONE, ((), "events", n, "delta"))
            if block != "thinking":
                self.call.lose(NO_THINKING_OPEN, ((), "events", n, "delta"))
                return []
            if not text:
                return []
            detail = {"type": "reasoning.text", "text": text, "index": nth}
            return self.chunk({"reasoning_content": text, "reasoning_details": [detail]})
        if kind == "signature_delta":
            text = delta.get("signature")
            if type(text) is not str:
                raise malformed(((), "events", n, "delta", "signature"), "a text", text)
            if len(delta) > 2:
                self.call.leftovers(delta, SIGNATURE_DELTA, NONE, ((), "events", n, "delta"))
            if block != "thinking":
                self.call.lose(NO_SIGNATURE_OPEN, ((), "events", n, "delta"))
                return []
            if not text:
                return []
            return self.chunk({"reasoning_details": [{"type": "reasoning.text", "signature": text, "index": nth}]})
        if kind == "citations_delta":
            citation = delta.get("citation")
            if type(citation) is not dict:
                raise malformed(((), "events", n, "delta", "citation"), "an object", citation)
            if len(delta) > 2:
                self.call.leftovers(delta, CITATION_DELTA, NONE, ((), "events", n, "delta"))
            if block == "text":
                self.cite(citation)
            else:
                self.call.lose(NO_CITATION_OPEN, ((), "events", n, "delta"))
            return []
        if kind == "compaction_delta":
            if not COMPACTION_DELTA.issuperset(delta):
                self.call.leftovers(delta, COMPACTION_DELTA, NONE, ((), "events", n, "delta"))
            if block == "block":
                told = {"content": delta.get("content"), "encrypted_content": delta.get("encrypted_content")}
                self.open[index] = ("block", None, {**more, **(compact(told) or {})})
            else:
                self.call.lose(NO_SUMMARY_OPEN, ((), "events", n, "delta"))
            return []
        if type(kind) is not str:
            raise malformed(((), "events", n, "delta", "type"), "a text", kind)
        if block != "unknown":
            self.call.lose(UNKNOWN_DELTA, ((), "events", n, "delta"))
        return []

    def block_stop(self, event: dict[str, Any], n: int) -> Chunks:
        index = event.get("index")
        if type(index) is not int:
            raise malformed(((), "events", n, "index"), "a number", index)
        if len(event) > 2:
            self.call.leftovers(event, BLOCK_STOP, NONE, ((), "events", n))
        block, nth, more = self.open.get(index, CLOSED)
        self.open[index] = CLOSED
        if block == "text":
            out = self.annotated(nth) if self.cited else []
            if self.chars > nth:
                self.text_ends(nth)
            return out
        if block == "json":
            out = []
            if index not in self.heard:
                out = self.chunk({"content": more})
                self.chars += len(more)
            self.text_ends(nth)
            return out
        if block == "call":  # a tool without arguments says nothing; the hub wants valid JSON
            if index in self.heard:
                return []
            return self.chunk({"tool_calls": [{"index": nth, "function": {"arguments": more}}]})
        if block == "function":
            return [] if index in self.heard else self.chunk({"function_call": {"arguments": more}})
        if block == "block":
            if heard := self.heard.get(index):
                given = parse_json(heard)
                if given is not None:
                    more = {**more, "input": given}
            kept = {"index": self.blocks, "block": more}
            self.blocks += 1
            return self.chunk({"extra_content": {"anthropic": {"blocks": [kept]}}})
        return []

    def text_ends(self, start: int) -> None:
        self.ordered("content")
        self.order[-1]["take"] = self.chars - start
        self.texts += 1

    def cite(self, citation: dict[str, Any]) -> None:
        nth = self.citations + len(self.cited)
        self.cited.append({"index": nth, "text": self.texts, "citation": citation})

    def annotated(self, start: int) -> Chunks:
        notes = []
        for entry in self.cited:
            citation = entry["citation"]
            if citation.get("type") == "web_search_result_location":
                place = {"start_index": start, "end_index": self.chars}
                if (url := citation.get("url")) is not None:
                    place["url"] = url
                if (title := citation.get("title") or url) is not None:
                    place["title"] = title
                notes.append({"index": self.annotations, "type": "url_citation", "url_citation": place})
                self.annotations += 1
        delta: dict[str, Any] = {"extra_content": {"anthropic": {"citations": self.cited}}}
        if notes:
            delta["annotations"] = notes
        self.citations += len(self.cited)
        return self.chunk(delta)

    # ------------------------------------------------------------------ messages

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
        if told is not None and type(told) is not dict:
            raise malformed((at, "delta", "stop_details"), "an object", told)
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
            if reason == "refusal" and told and (refusal := told.get("explanation")) is not None:
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
            out = self.end_choice("tool_calls" if self.tools else "stop")
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
