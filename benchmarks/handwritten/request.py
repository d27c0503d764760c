"""A whole Chat Completions request as a Messages request."""

from typing import Any

from dragoman.kit import Call, Rule, malformed, refused
from dragoman.kit.jmes import equal

from .conversation import conversation
from .parts import NONE, WHITE
from .tools import json_of, tools_of

__all__ = ["request_to_wire"]


def rule(action: str, severity: str, reason: str) -> Rule:
    return Rule(action, severity, reason, "")


NUMBER = frozenset({int, float})
BOOLEAN = frozenset({bool})
TEXT = frozenset({str})
LIST = frozenset({list})
OBJECT = frozenset({dict})
OBJECT_OR_TEXT = frozenset({dict, str})
LIST_OR_TEXT = frozenset({list, str})
IN_WORDS = {
    NUMBER: "a number",
    BOOLEAN: "true or false",
    TEXT: "a text",
    LIST: "a list",
    OBJECT: "an object",
    OBJECT_OR_TEXT: "an object or a text",
    LIST_OR_TEXT: "a list or a text",
}
ANY: frozenset[type] = frozenset()

# What is read, and of which kinds it must be.
READ = {
    "messages": LIST,
    "model": TEXT,
    "stream": ANY,
    "max_tokens": NUMBER,
    "max_completion_tokens": NUMBER,
    "temperature": NUMBER,
    "top_p": NUMBER,
    "n": NUMBER,
    "stop": LIST_OR_TEXT,
    "tools": LIST,
    "functions": LIST,
    "tool_choice": OBJECT_OR_TEXT,
    "function_call": OBJECT_OR_TEXT,
    "parallel_tool_calls": BOOLEAN,
    "response_format": OBJECT,
    "reasoning_effort": TEXT,
    "modalities": LIST,
    "stream_options": OBJECT,
    "cache_control": OBJECT,
    "service_tier": TEXT,
    "user": TEXT,
    "safety_identifier": TEXT,
}
NO_SETTING = rule("dropped", "tuning", "no such setting")
NO_PROBABILITIES = rule("dropped", "contract", "answers carry no probabilities")
MARKS_ALONE = rule("dropped", "tuning", "the cache is steered by marks alone")
UNKNOWN = rule("dropped", "tuning", "no such field in this dialect's schema")
# What is lost, and which value says nothing.
DROPPED = {
    "audio": rule("dropped", "contract", "answers are text here"),
    "frequency_penalty": NO_SETTING,
    "presence_penalty": NO_SETTING,
    "logit_bias": NO_SETTING,
    "logprobs": NO_PROBABILITIES,
    "top_logprobs": NO_PROBABILITIES,
    "seed": rule("dropped", "tuning", "sampling cannot be repeated here"),
    "prediction": NO_SETTING,
    "verbosity": NO_SETTING,
    "metadata": rule("dropped", "cosmetic", "only a user id is taken"),
    "store": rule("dropped", "contract", "answers are not stored"),
    "moderation": rule("dropped", "contract", "moderation cannot be asked for"),
    "web_search_options": rule("dropped", "contract", "searching is a tool here"),
    "prompt_cache_key": rule("dropped", "tuning", "the cache is found by the prompt's beginning alone"),
    "prompt_cache_options": MARKS_ALONE,
    "prompt_cache_retention": MARKS_ALONE,
}
QUIET: dict[str, Any] = {
    "frequency_penalty": 0,
    "presence_penalty": 0,
    "logit_bias": {},
    "logprobs": False,
    "verbosity": "medium",
    "metadata": {},
    "store": False,
}

MAX_TOKENS = "max_tokens is mandatory here, and bounded by the model"
DEFAULTED, CLAMPED = rule("defaulted", "tuning", MAX_TOKENS), rule("clamped", "tuning", MAX_TOKENS)
OTHER_MAX = rule("dropped", "tuning", "max_completion_tokens goes before it")
OTHER_USER = rule("dropped", "cosmetic", "safety_identifier goes before it")
TEXT_ONLY = rule("dropped", "contract", "answers are text here")
BLANK_STOP = rule("dropped", "tuning", "a stop sequence of white space is refused here")
NO_SAMPLING = rule("dropped", "tuning", "this model takes no sampling settings")
THINKS = rule("dropped", "tuning", "a thinking model takes no sampling settings")
TEMPERATURE = rule("clamped", "tuning", "temperature goes from 0 to 1 here")
NOT_BOTH = rule("dropped", "tuning", "this model takes temperature or top_p and not both")

NO_THINKING = rule("dropped", "tuning", "this model does not think")
NO_ROOM = rule("dropped", "tuning", "thinking takes at least 1024 tokens of max_tokens")
TOO_LATE = rule("dropped", "tuning", "thinking cannot be turned on in the middle of a turn that began without it")
BUDGET = rule("substituted", "tuning", "this model takes a number of tokens in place of a level")
BUDGETS = {"minimal": 1024, "low": 2048, "medium": 8192, "high": 16384, "xhigh": 32768, "max": 63999}
EFFORTS = {
    "max": {"minimal": "low", "low": "low", "medium": "medium", "high": "high", "xhigh": "max", "max": "max"},
    "xhigh": {"low": "low", "medium": "medium", "high": "high", "xhigh": "xhigh", "max": "max", "minimal": "low"},
}
LOWEST = rule("substituted", "tuning", "the lowest level is low")
HIGHEST = rule("substituted", "tuning", "this model knows no level between high and max")
UNKNOWN_LEVEL = rule("substituted", "tuning", "an unknown level")
ALWAYS = rule("substituted", "tuning", "this model always thinks; its lowest effort comes nearest")

STREAM_OPTIONS = frozenset({"include_usage"})

TIERS = {"auto": "auto", "default": "standard_only"}
NO_TIER = rule("dropped", "tuning", "there is no such tier")
UNKNOWN_TIER = rule("substituted", "tuning", "an unknown tier")
PRIORITY = rule("dropped", "tuning", "priority capacity cannot be asked for; auto uses it where it was bought")


def request_to_wire(body: Any, call: Call) -> dict[str, Any]:
    if type(body) is not dict:
        raise malformed((), "an object", body)
    for name, value in body.items():
        if value is not None:
            kinds = READ.get(name)
            if kinds is None:
                if name not in QUIET or not equal(value, QUIET[name]):
                    call.lose(DROPPED.get(name, UNKNOWN), ((), name))
            elif type(value) not in kinds and kinds:
                raise malformed(((), name), IN_WORDS[kinds], value)
    get = body.get
    model, messages = get("model"), get("messages")
    if messages is None:
        raise malformed(((), "messages"), "a list", None)
    if model is None:
        raise malformed(((), "model"), "a text", None)
    facts = call.facts

    max_tokens, limit = get("max_tokens"), get("max_completion_tokens")
    most = max_tokens if limit is None else limit
    if most is None:
        most = facts["default_max_tokens"]
        call.lose(DEFAULTED, ((), "max_completion_tokens"))
    elif limit is not None and max_tokens is not None and max_tokens != limit:
        call.lose(OTHER_MAX, ((), "max_tokens"))
    if most > facts["max_output"]:
        call.lose(CLAMPED, ((), "max_tokens" if limit is None else "max_completion_tokens"))
        most = facts["max_output"]

    system, turns, marks = conversation(messages, call)
    out: dict[str, Any] = {"model": model, "max_tokens": most, "messages": turns}
    if system:
        out["system"] = system
    if (stream := get("stream")) is not None:
        out["stream"] = stream

    thinks = False
    thinking = None
    if (effort := get("reasoning_effort")) is not None:
        thinking = thinking_of(effort, most, turns, call)
        if thinking is not None:
            out["thinking"] = thinking
            thinks = thinking["type"] == "enabled" or thinking["type"] == "adaptive"
        if (level := level_of(effort, call)) is not None:
            out["output_config"] = {"effort": level}

    json = None
    if (response_format := get("response_format")) is not None:
        json = json_of(response_format, out, call)
    mark = get("cache_control")
    if mark is not None:
        out["cache_control"] = mark
        if mark:
            marks += 1
    tools, functions, single = get("tools"), get("functions"), get("parallel_tool_calls")
    if tools or functions or json == "tool" or single is False or "tool_choice" in body or "function_call" in body:
        can_demand = facts["forced_tools"] and (thinking is None or thinking["type"] != "enabled")
        marks += tools_of(body, json, can_demand, out, call)

    n = get("n")
    if n is not None and n > 1:
        raise refused(((), "n"), "one answer at a time")
    if not turns:
        raise refused(((), "messages"), "no message says anything")
    if not facts["prefill"] and turns[-1]["role"] == "assistant":
        block = turns[-1]["content"][-1]
        if type(block) is dict and block.get("type") == "text":
            raise refused(
                ((), "messages"), "this model does not go on with a begun answer: the last message must be the user's"
            )
    if marks > 4:
        raise refused(((), "messages"), "at most four cache_control marks are taken")

    sampling = facts["sampling"]
    temperature = get("temperature")
    if temperature is not None:
        if sampling == "none":
            call.lose(NO_SAMPLING, ((), "temperature"))
        elif thinks and temperature != 1:
            call.lose(THINKS, ((), "temperature"))
        elif temperature > 1:
            call.lose(TEMPERATURE, ((), "temperature"))
            out["temperature"] = 1
        elif temperature < 0:
            call.lose(TEMPERATURE, ((), "temperature"))
            out["temperature"] = 0
        else:
            out["temperature"] = temperature
    if (top_p := get("top_p")) is not None:
        if sampling == "none":
            call.lose(NO_SAMPLING, ((), "top_p"))
        elif thinks and top_p < 0.95:
            call.lose(THINKS, ((), "top_p"))
        elif sampling == "one" and temperature is not None:
            call.lose(NOT_BOTH, ((), "top_p"))
        else:
            out["top_p"] = top_p
    if (stop := get("stop")) is not None and (sequences := stops(stop, call)):
        out["stop_sequences"] = sequences

    user, person = get("safety_identifier"), get("user")
    if person is not None and user and person != user:
        call.lose(OTHER_USER, ((), "user"))
    if (user := user or person) is not None:
        out["metadata"] = {"user_id": user}
    if (tier := get("service_tier")) is not None and (tier := tier_of(tier, call)) is not None:
        out["service_tier"] = tier
    if (modalities := get("modalities")) is not None:
        for i, modality in enumerate(modalities):
            if type(modality) is not str:
                raise malformed(((), "modalities", i), "a text", modality)
            if modality == "audio":
                call.lose(TEXT_ONLY, ((), "modalities", i))

    # What answers need to know.
    usage = False
    if (options := get("stream_options")) is not None:
        if not STREAM_OPTIONS.issuperset(options):
            call.leftovers(options, STREAM_OPTIONS, NONE, ((), "stream_options"))
        usage = options.get("include_usage") is True
    call.request["include_usage"] = usage
    call.request["json_tool"] = "answer_in_json" if json is not None else None
    call.request["legacy"] = True if functions and not tools else None
    call.request["custom"] = customs(tools) if tools else None
    return out


def customs(tools: list[Any]) -> list[Any] | None:
    """The names of tools whose input is a text."""
    names = []
    for tool in tools:
        if tool.get("type") == "custom":
            custom = tool.get("custom")
            if type(custom) is dict and (name := custom.get("name")) is not None:
                names.append(name)
    return names or None


def stops(stop: Any, call: Call) -> list[str]:
    if type(stop) is str:
        if stop.strip(WHITE):
            return [stop]
        call.lose(BLANK_STOP, ((), "stop"))
        return []
    sequences = []
    for i, one in enumerate(stop):
        if type(one) is not str:
            raise malformed(((), "stop", i), "a text", one)
        if one.strip(WHITE):
            sequences.append(one)
        else:
            call.lose(BLANK_STOP, ((), "stop", i))
    return sequences


def tier_of(tier: str, call: Call) -> str | None:
    at = ((), "service_tier")
    if tier in ("flex", "scale", "fast"):
        call.lose(NO_TIER, at)
        return None
    if tier == "priority":
        call.lose(PRIORITY, at)
        return None
    if tier in TIERS:
        return TIERS[tier]
    call.lose(UNKNOWN_TIER, at)
    return "auto"


# ---------------------------------------------------------------------- thinking
def thinking_of(effort: str, most: Any, turns: list[Any], call: Call) -> dict[str, Any] | None:
    facts = call.facts
    way = facts["thinking"]
    at = ((), "reasoning_effort")
    if effort == "none":
        if way == "budget":
            return {"type": "disabled"}
        off = facts["thinking_off"]
        return {"type": off} if way == "adaptive" and off != "never" else None
    if not effort:
        return None
    if way == "adaptive":
        return {"type": "adaptive"}
    if way == "none":
        call.lose(NO_THINKING, at)
        return None
    budget = BUDGETS.get(effort)
    if budget is None:
        call.lose(UNKNOWN_LEVEL, at)
        budget = 16384
    if most <= 1024:
        call.lose(NO_ROOM, at)
        return None
    spoken = next((turn for turn in reversed(turns) if turn["role"] == "assistant"), None)
    if spoken is not None:
        kinds = {block.get("type") for block in spoken["content"] if type(block) is dict}
        if ("tool_use" in kinds or spoken == turns[-1]) and not ("thinking" in kinds or "redacted_thinking" in kinds):
            call.lose(TOO_LATE, at)
            return None
    call.lose(BUDGET, at)
    return {"type": "enabled", "budget_tokens": max(1024, min(budget, most - 1))}


def level_of(effort: str, call: Call) -> str | None:
    levels = call.facts["efforts"]
    at = ((), "reasoning_effort")
    if levels == "none" or not effort:
        return None
    if effort == "none":
        if levels != "xhigh" or call.facts["thinking_off"] != "never":
            return None
        call.lose(ALWAYS, at)
        return "low"
    if effort == "minimal":
        call.lose(LOWEST, at)
    elif effort == "xhigh" and levels == "max":
        call.lose(HIGHEST, at)
    level = EFFORTS[levels].get(effort)
    if level is None:
        call.lose(UNKNOWN_LEVEL, at)
        return "high"
    return level
