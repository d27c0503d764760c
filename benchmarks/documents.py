"""Bodies to measure with, made up here: conversations of three sizes, an answer, and the events of a streamed one."""

from __future__ import annotations

import json
import random
from typing import Any

__all__ = ["MODEL", "RESPONSE", "events", "long_request", "short_request", "tool_request"]

MODEL = "claude-sonnet-4-5"
_WORDS = (  # noqa: SIM905
    "the river runs past a mill and nobody in the village remembers who built it although the stones bear marks that "
    "look like letters of an alphabet which Größe 漢字 🙂 no school has taught for many hundred years"
).split()


def _prose(chance: random.Random, length: int) -> str:
    words: list[str] = []
    left = length
    while left > 0:
        words.append(chance.choice(_WORDS))
        left -= len(words[-1]) + 1
    return " ".join(words)


def short_request() -> dict[str, Any]:
    """2 messages."""
    return {
        "model": MODEL,
        "messages": [
            {"role": "system", "content": "You are a helpful assistant. Be brief."},
            {"role": "user", "content": "What is the tallest building in Paris, and when was it built?"},
        ],
        "max_completion_tokens": 1024,
        "temperature": 0.7,
        "stream": True,
        "stream_options": {"include_usage": True},
    }


def tool_request() -> dict[str, Any]:
    """40 messages with 10 tools: a system message, and questions that take two calls each."""
    chance = random.Random(1)
    messages: list[Any] = [{"role": "system", "content": _prose(chance, 1500)}]
    while len(messages) < 40:
        n = len(messages)
        cities = ("Paris", "Rome")
        calls = [
            {
                "id": f"call_{n}_{city}",
                "type": "function",
                "function": {"name": f"tool_{n % 10}", "arguments": json.dumps({"city": city, "days": 3})},
            }
            for city in cities
        ]
        parts = [
            {"type": "text", "text": _prose(chance, 200)},
            {"type": "image_url", "image_url": {"url": f"https://example.com/{n}.png"}},
        ]
        messages += [
            {"role": "user", "content": parts if n % 4 == 1 else _prose(chance, 200)},
            {"role": "assistant", "content": None, "tool_calls": calls},
            *({"role": "tool", "tool_call_id": call["id"], "content": _prose(chance, 150)} for call in calls),
            {"role": "assistant", "content": _prose(chance, 300)},
        ]
    messages[39:] = [{"role": "user", "content": _prose(chance, 100)}]
    return {
        "model": MODEL,
        "messages": messages,
        "tools": [_tool(n) for n in range(10)],
        "tool_choice": "auto",
        "max_tokens": 4096,
        "temperature": 0.2,
        "user": "user-1234",
    }


def _tool(n: int) -> dict[str, Any]:
    return {
        "type": "function",
        "function": {
            "name": f"tool_{n}",
            "description": "Looks up what the weather will be in a city, for some days from today on.",
            "parameters": {
                "type": "object",
                "properties": {
                    "city": {"type": "string", "description": "Name of the city"},
                    "days": {"type": "integer", "minimum": 1, "maximum": 14},
                    "unit": {"type": "string", "enum": ["celsius", "fahrenheit"]},
                },
                "required": ["city"],
                "additionalProperties": False,
            },
        },
    }


def long_request() -> dict[str, Any]:
    """400 messages, about 1 MB of JSON."""
    chance = random.Random(2)
    messages: list[Any] = [{"role": "system", "content": _prose(chance, 3000)}]
    for n in range(399):
        text = _prose(chance, 2300)
        messages.append(
            {"role": "user", "content": [{"type": "text", "text": text}] if n % 4 == 0 else text}
            if n % 2 == 0
            else {"role": "assistant", "content": text}
        )
    return {"model": MODEL, "messages": messages, "max_tokens": 8192}


RESPONSE: dict[str, Any] = {
    "id": "msg_01XFDUDYJgAACzvnptvVoYEL",
    "type": "message",
    "role": "assistant",
    "model": MODEL,
    "content": [
        {"type": "text", "text": "I will look up the weather in both cities, for the next three days."},
        {"type": "tool_use", "id": "toolu_01A", "name": "weather", "input": {"city": "Paris", "days": 3}},
        {"type": "tool_use", "id": "toolu_01B", "name": "weather", "input": {"city": "Rome", "days": 3}},
    ],
    "stop_reason": "tool_use",
    "stop_sequence": None,
    "usage": {
        "input_tokens": 472,
        "output_tokens": 89,
        "cache_read_input_tokens": 1024,
        "cache_creation_input_tokens": 0,
        "cache_creation": {"ephemeral_5m_input_tokens": 0, "ephemeral_1h_input_tokens": 0},
        "service_tier": "standard",
    },
}


def events() -> dict[str, list[Any]]:
    """The events of an answer by their kinds, in order: thinking, a text, a call."""
    chance = random.Random(3)
    start = {**RESPONSE, "content": [], "stop_reason": None}
    return {
        "start of a message": [{"type": "message_start", "message": start}],
        "start of thinking": [
            {
                "type": "content_block_start",
                "index": 0,
                "content_block": {"type": "thinking", "thinking": "", "signature": ""},
            }
        ],
        "piece of thinking": [
            {
                "type": "content_block_delta",
                "index": 0,
                "delta": {"type": "thinking_delta", "thinking": _prose(chance, 20)},
            }
            for _ in range(100)
        ],
        "signature": [
            {"type": "content_block_delta", "index": 0, "delta": {"type": "signature_delta", "signature": "c2ln" * 90}}
        ],
        "start of a text": [
            {"type": "content_block_stop", "index": 0},
            {"type": "content_block_start", "index": 1, "content_block": {"type": "text", "text": ""}},
        ],
        "piece of a text": [
            {"type": "content_block_delta", "index": 1, "delta": {"type": "text_delta", "text": _prose(chance, 20)}}
            for _ in range(100)
        ],
        "start of a call": [
            {"type": "content_block_stop", "index": 1},
            {
                "type": "content_block_start",
                "index": 2,
                "content_block": {"type": "tool_use", "id": "toolu_01A", "name": "weather", "input": {}},
            },
        ],
        "piece of a call": [
            {
                "type": "content_block_delta",
                "index": 2,
                "delta": {"type": "input_json_delta", "partial_json": f'"{_prose(chance, 12)}", '},
            }
            for _ in range(100)
        ],
        "end of a message": [
            {"type": "content_block_stop", "index": 2},
            {
                "type": "message_delta",
                "delta": {"stop_reason": "tool_use", "stop_sequence": None},
                "usage": {"output_tokens": 89},
            },
            {"type": "message_stop"},
        ],
    }
