"""An Anthropic message as a chat completion."""

from typing import Any

from dragoman.kit import At, Call, Rule, malformed
from dragoman.kit.functions import json_text

__all__ = [
    "CALLS",
    "COUNT_FOR_THE_BILL",
    "DETAILS",
    "FOR_THE_BILL",
    "KEPT_BLOCKS",
    "NONE",
    "NO_SEARCHES",
    "ONE_CALL",
    "RANKS",
    "WORDS",
    "called",
    "finish_of",
    "free_text",
    "response_to_hub",
    "rule",
    "tier_of",
    "usage_of",
]


def rule(action: str, severity: str, reason: str) -> Rule:
    return Rule(action, severity, reason, "")


NONE: dict[str, Rule] = {}
BODY = frozenset(
    {"id", "type", "role", "model", "content", "stop_reason", "stop_sequence", "stop_details", "container", "usage"}
)
BODY_DROPS = {
    "context_management": rule("dropped", "cosmetic", "a report on edits to the prompt"),
    "diagnostics": rule("dropped", "cosmetic", "a report on the prompt's cache"),
    "input_transformations": rule("dropped", "cosmetic", "a report on changes to the prompt"),
}
TEXT = frozenset({"type", "text", "citations"})
THINKING = frozenset({"type", "thinking", "signature"})
REDACTED = frozenset({"type", "data"})
TOOL_USE = frozenset({"type", "id", "name", "input", "caller", "toolset_name"})
# Run by the provider: never a call for the client, but to be sent back unchanged.
KEPT_BLOCKS = frozenset(
    {
        "advisor_tool_result",
        "bash_code_execution_tool_result",
        "code_execution_tool_result",
        "compaction",
        "container_upload",
        "fallback",
        "mcp_tool_listing",
        "mcp_tool_result",
        "mcp_tool_use",
        "server_tool_use",
        "text_editor_code_execution_tool_result",
        "tool_search_tool_result",
        "web_fetch_tool_result",
        "web_search_tool_result",
    }
)
USAGE = frozenset(
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
    }
)
FOR_THE_BILL = rule("dropped", "cosmetic", "a report for the bill")
COUNT_FOR_THE_BILL = rule("dropped", "cosmetic", "a count for the bill")
NO_SEARCHES = ({"web_search_requests": 0}, {"web_search_requests": 0, "web_fetch_requests": 0})
USAGE_DROPS = {"fallback_credit": FOR_THE_BILL}
DETAILS = frozenset({"thinking_tokens"})

UNKNOWN_BLOCK = rule("dropped", "contract", "not known to this dialect's schema")
ONE_CALL = rule("dropped", "contract", "a client of the deprecated form can take one call only")
CALLS = rule("substituted", "cosmetic", "there are calls, and clients look for them by this word")
NO_REASON = rule("defaulted", "tuning", "defaulted by this rule")
STOP_REASONS = {
    "end_turn": "stop",
    "max_tokens": "length",
    "tool_use": "tool_calls",
    "refusal": "content_filter",
    "stop_sequence": "stop",
    "model_context_window_exceeded": "length",
    "pause_turn": "stop",
    "compaction": "stop",
}
STOP_NOTES = {
    "pause_turn": rule("substituted", "contract", "the turn is not over; send it back to go on"),
    "compaction": rule("substituted", "tuning", "the provider made a summary of the conversation"),
}
UNKNOWN_REASON = rule("substituted", "tuning", "an unknown reason to stop")
WORDS = frozenset({"end_turn", "stop_sequence", "max_tokens", "tool_use", "refusal"})  # those that need not be kept
TIERS = {"standard": "default", "priority": "priority", "batch": "flex"}
BATCH = rule("substituted", "cosmetic", "a word of its own on each side")
NO_TIER = rule("dropped", "cosmetic", "an unknown service tier")


def response_to_hub(body: Any, call: Call) -> dict[str, Any]:
    if type(body) is not dict:
        raise malformed((), "an object", body)
    get = body.get
    content, name, model, usage = get("content"), get("id"), get("model"), get("usage")
    stop_reason, stop_details = get("stop_reason"), get("stop_details")
    if type(usage) is not dict:
        raise malformed(((), "usage"), "an object", usage)
    if type(content) is not list:
        raise malformed(((), "content"), "a list", content)
    if type(name) is not str:
        raise malformed(((), "id"), "a text", name)
    if type(model) is not str:
        raise malformed(((), "model"), "a text", model)
    if stop_reason is not None and type(stop_reason) is not str:
        raise malformed(((), "stop_reason"), "a text", stop_reason)
    if stop_details is not None and type(stop_details) is not dict:
        raise malformed(((), "stop_details"), "an object", stop_details)
    if not BODY.issuperset(body):
        call.leftovers(body, BODY, BODY_DROPS, ())

    message: dict[str, Any] = {"role": "assistant", "content": None, "refusal": None}
    finish, kept = content_of(content, message, stop_reason, call)
    if stop_reason == "refusal" and stop_details:
        message["refusal"] = stop_details.get("explanation")
    if stop_reason and stop_reason not in WORDS:
        kept["stop_reason"] = stop_reason
    if (sequence := get("stop_sequence")) is not None:
        kept["stop_sequence"] = sequence
    if stop_details is not None:
        kept["stop_details"] = stop_details
    if (container := get("container")) is not None:
        kept["container"] = container
    if kept:
        message.setdefault("extra_content", {})["anthropic"] = kept
    out = {
        "id": name or call.new_id("msg_"),
        "object": "chat.completion",
        "created": call.now(),
        "model": model,
        "choices": [{"index": 0, "message": message, "logprobs": None, "finish_reason": finish}],
        "usage": usage_of(usage, ((), "usage"), call),
    }
    if (tier := usage.get("service_tier")) is not None:
        tier = tier_of(tier, ((), "usage", "service_tier"), call)
        if tier is not None:
            out["service_tier"] = tier
    return out


def content_of(
    content: list[Any], message: dict[str, Any], stop_reason: str | None, call: Call
) -> tuple[str, dict[str, Any]]:
    """Put the blocks into the message, each where the hub has its like; gives the finish reason and what is kept."""
    request = call.request
    json_tool, legacy, custom = request.get("json_tool"), request.get("legacy"), request.get("custom")
    texts: list[str] = []
    thoughts: list[str] = []
    details: list[Any] = []
    calls: list[Any] = []
    citations: list[Any] = []
    annotations: list[Any] = []
    blocks: list[Any] = []
    order: list[Any] = []
    chars = 0
    json = False
    old = None
    for i, block in enumerate(content):
        if type(block) is not dict:
            raise malformed(((), "content", i), "an object", block)
        kind = block.get("type")
        if kind == "text":
            text = block.get("text")
            if type(text) is not str:
                raise malformed(((), "content", i, "text"), "a text", text)
            if len(block) > 2:
                cited = block.get("citations")
                if cited is not None:
                    if type(cited) is not list:
                        raise malformed(((), "content", i, "citations"), "a list", cited)
                    cite(cited, len(texts), chars, chars + len(text), citations, annotations, ((), "content", i))
                if not TEXT.issuperset(block):
                    call.leftovers(block, TEXT, NONE, ((), "content", i))
            if text:
                texts.append(text)
                chars += len(text)
                order.append({"of": "content", "take": len(text)})
        elif kind == "tool_use":
            name, tool, given = block.get("id"), block.get("name"), block.get("input")
            if type(name) is not str:
                raise malformed(((), "content", i, "id"), "a text", name)
            if type(tool) is not str:
                raise malformed(((), "content", i, "name"), "a text", tool)
            if type(given) is not dict:
                raise malformed(((), "content", i, "input"), "an object", given)
            if not TOOL_USE.issuperset(block):
                call.leftovers(block, TOOL_USE, NONE, ((), "content", i))
            if json_tool and tool == json_tool:  # our own tool: its input is the answer that was asked for
                text = json_text(given)
                texts.append(text)
                chars += len(text)
                order.append({"of": "content", "take": len(text)})
                json = True
            elif not legacy:
                name = name or call.new_id("call_")
                use: dict[str, Any] = (
                    {"id": name, "type": "custom", "custom": {"name": tool, "input": free_text(given)}}
                    if custom and tool in custom
                    else {"id": name, "type": "function", "function": {"name": tool, "arguments": json_text(given)}}
                )
                if len(block) > 4 and (kept_with := called(block, ((), "content", i))):
                    use["extra_content"] = {"anthropic": kept_with}
                calls.append(use)
                order.append({"of": "tool_calls"})
            elif old is not None:
                call.lose(ONE_CALL, ((), "content", i))
            else:
                old = {"name": tool, "arguments": json_text(given)}
                order.append({"of": "tool_calls"})
        elif kind == "thinking":
            text = block.get("thinking")
            if type(text) is not str:
                raise malformed(((), "content", i, "thinking"), "a text", text)
            if not THINKING.issuperset(block):
                call.leftovers(block, THINKING, NONE, ((), "content", i))
            thoughts.append(text)
            detail = {"type": "reasoning.text", "text": text, "format": "anthropic-claude-v1", "index": len(details)}
            if signature := block.get("signature"):
                detail["signature"] = signature
            details.append(detail)
            order.append({"of": "reasoning_details"})
        elif kind == "redacted_thinking":
            data = block.get("data")
            if type(data) is not str:
                raise malformed(((), "content", i, "data"), "a text", data)
            if not REDACTED.issuperset(block):
                call.leftovers(block, REDACTED, NONE, ((), "content", i))
            details.append(
                {"type": "reasoning.encrypted", "data": data, "format": "anthropic-claude-v1", "index": len(details)}
            )
            order.append({"of": "reasoning_details"})
        elif type(kind) is not str:
            raise malformed(((), "content", i, "type"), "a text", kind)
        elif kind in KEPT_BLOCKS:
            blocks.append({"index": len(blocks), "block": block})
            order.append({"of": "anthropic"})
        else:
            call.lose(UNKNOWN_BLOCK, ((), "content", i))

    kept: dict[str, Any] = {}
    if texts:
        message["content"] = "".join(texts)
    if details:
        message["reasoning_details"] = details
        if reasoning := "".join(thoughts):
            message["reasoning_content"] = reasoning
    if calls:
        message["tool_calls"] = calls
    if old is not None:
        message["function_call"] = old
    if annotations:
        message["annotations"] = annotations
    if citations:
        kept["citations"] = citations
    if blocks:
        kept["blocks"] = blocks
    if order and (blocks or citations or detour(order)):
        message["extra_content"] = {"order": order}

    if stop_reason == "tool_use" and json and not calls:
        return "stop", kept
    if stop_reason == "tool_use" and old is not None:
        return "function_call", kept
    if calls and stop_reason == "end_turn":
        call.lose(CALLS, ((), "stop_reason"))
        return "tool_calls", kept
    if stop_reason is None:
        call.lose(NO_REASON, ((), "stop_reason"))
        return "tool_calls" if calls else "stop", kept
    return finish_of(stop_reason, ((), "stop_reason"), call), kept


def called(block: dict[str, Any], at: At) -> dict[str, Any]:
    """Who called: needed when the turn is sent back, if it was not the model itself."""
    kept = {}
    caller, toolset = block.get("caller"), block.get("toolset_name")
    if caller is not None:
        if type(caller) is not dict:
            raise malformed((at, "caller"), "an object", caller)
        if caller != {"type": "direct"}:
            kept["caller"] = caller
    if toolset is not None:
        if type(toolset) is not str:
            raise malformed((at, "toolset_name"), "a text", toolset)
        kept["toolset_name"] = toolset
    return kept


def free_text(given: Any) -> str:
    """The text of a custom call: what it was called with is an object with this text alone, or anything else."""
    if type(given) is dict and len(given) == 1 and type(text := given.get("input")) is str:
        return text
    return json_text(given)


def cite(
    cited: list[Any], nth: int, start: int, end: int, citations: list[Any], annotations: list[Any], at: At
) -> None:
    for i, citation in enumerate(cited):
        if type(citation) is not dict:
            raise malformed((at, "citations", i), "an object", citation)
        citations.append({"index": len(citations), "text": nth, "citation": citation})
        if citation.get("type") == "web_search_result_location" and (url := citation.get("url")):
            title = citation.get("title") or url
            if type(url) is not str:
                raise malformed((at, "url"), "a text", url)
            if type(title) is not str:
                raise malformed((at, "title"), "a text", title)
            place = {"url": url, "title": title, "start_index": start, "end_index": end}
            annotations.append({"type": "url_citation", "url_citation": place})


RANKS = {"reasoning_details": 0, "content": 1, "tool_calls": 2}


def detour(order: list[Any]) -> bool:
    """Whether the order is another than reasoning, texts, calls."""
    before = 0
    for entry in order:
        rank = RANKS.get(entry["of"], before)
        if rank < before:
            return True
        before = rank
    return False


def finish_of(reason: str, at: At, call: Call) -> str:
    finish = STOP_REASONS.get(reason)
    if finish is None:
        call.lose(UNKNOWN_REASON, at)
        return "stop"
    if reason in STOP_NOTES:
        call.lose(STOP_NOTES[reason], at)
    return finish


def tier_of(tier: Any, at: At, call: Call) -> str | None:
    made = TIERS.get(tier) if type(tier) is str else None
    if made is None:
        call.lose(NO_TIER, at)
    elif tier == "batch":
        call.lose(BATCH, at)
    return made


def usage_of(usage: dict[str, Any], at: At, call: Call) -> dict[str, Any] | None:
    """The wire counts cached tokens apart, the hub counts them in."""
    get = usage.get
    given, made = get("input_tokens"), get("output_tokens")
    read, written = get("cache_read_input_tokens"), get("cache_creation_input_tokens")
    details = get("output_tokens_details")
    if type(given) is not int and type(given) is not float:
        raise malformed((at, "input_tokens"), "a number", given)
    if type(made) is not int and type(made) is not float:
        raise malformed((at, "output_tokens"), "a number", made)
    out: dict[str, Any] = {"completion_tokens": made}
    cached = {}
    total = given
    if read is not None:
        if type(read) is not int and type(read) is not float:
            raise malformed((at, "cache_read_input_tokens"), "a number", read)
        total += read
        cached["cached_tokens"] = read
    if written is not None:
        if type(written) is not int and type(written) is not float:
            raise malformed((at, "cache_creation_input_tokens"), "a number", written)
        total += written
        cached["cache_write_tokens"] = written
    out["prompt_tokens"] = total
    out["total_tokens"] = total + made
    if cached:
        out["prompt_tokens_details"] = cached
    if details is not None:
        if type(details) is not dict:
            raise malformed((at, "output_tokens_details"), "an object", details)
        if not DETAILS.issuperset(details):
            call.leftovers(details, DETAILS, NONE, (at, "output_tokens_details"))
        if (thought := details.get("thinking_tokens")) is not None:
            out["completion_tokens_details"] = {"reasoning_tokens": thought}
    if not USAGE.issuperset(usage):
        call.leftovers(usage, USAGE, USAGE_DROPS, at)
    bill = get("server_tool_use")
    if bill is not None and bill not in NO_SEARCHES:
        call.lose(COUNT_FOR_THE_BILL, (at, "server_tool_use"))
    if (place := get("inference_geo")) is not None and place != "not_available" and place != "global":
        call.lose(FOR_THE_BILL, (at, "inference_geo"))
    if (speed := get("speed")) is not None and speed != "standard":
        call.lose(FOR_THE_BILL, (at, "speed"))
    return out
