"""Compiled expressions against the interpreter they come from: `python -m benchmarks.expressions`.

The three ways are timed in turns within one run, so that what else the machine does hits all of them alike.
Typed means that the types of the document are known and trusted.
"""

from __future__ import annotations

import statistics
import sys
import timeit
from collections.abc import Callable
from typing import Any

import jmespath

from dragoman_codegen.jmes import compile_function
from dragoman_codegen.types import from_value

__all__ = ["EXPRESSIONS", "main"]

TARGET = 15.0
ROUNDS, SECONDS = 15, 0.01

REQUEST: dict[str, Any] = {
    "model": "some-model",
    "messages": [
        {"role": "system", "content": "Be brief."},
        {"role": "user", "content": "What is the weather in Paris and in Rome?"},
        {"role": "assistant", "content": "Let me look."},
        {"role": "user", "content": "Thank you."},
    ],
    "system": [
        {"type": "text", "text": "Be brief."},
        {"type": "text", "text": ""},
        {"type": "image", "url": "https://example.com/a.png"},
        {"type": "text", "text": "Answer in French."},
    ],
    "tools": [
        {
            "type": "function",
            "function": {
                "name": f"tool_{i}",
                "description": "Looks something up.",
                "parameters": {"type": "object", "properties": {"city": {"type": "string"}}},
            },
        }
        for i in range(4)
    ],
    "max_tokens": 1024,
    "temperature": 0.5,
    "top_p": 0.9,
    "stop": ["END"],
    "stream": True,
    "reasoning_effort": "low",
    "stream_options": {"include_usage": True},
}

MESSAGE: dict[str, Any] = {
    "id": "m1",
    "role": "assistant",
    "content": [
        {"type": "text", "text": "Let me look."},
        {"type": "tool_use", "id": "t1", "name": "weather", "input": {"city": "Paris"}},
        {"type": "tool_use", "id": "t2", "name": "weather", "input": {"city": "Rome"}},
    ],
    "stop_reason": "tool_use",
    "usage": {"input_tokens": 120, "output_tokens": 42, "cache_read_input_tokens": 100},
}

DELTA: dict[str, Any] = {"type": "content_block_delta", "index": 1, "delta": {"type": "text_delta", "text": "Hel"}}

EXPRESSIONS: dict[str, tuple[str, Any]] = {
    "tools list to wire shape": (
        "tools[].{name: function.name, description: function.description, input_schema: function.parameters}",
        REQUEST,
    ),
    "system texts (filter)": ("system[?type == 'text' && text].text", REQUEST),
    "tool_use blocks": ("content[?type == 'tool_use'].{id: id, name: name, input: input}", MESSAGE),
    "usage block": (
        "usage.{prompt_tokens: input_tokens, completion_tokens: output_tokens, cached: cache_read_input_tokens}",
        MESSAGE,
    ),
    "scalar options": (
        "{max_tokens: max_tokens, temperature: temperature, top_p: top_p, stop_sequences: stop, stream: stream}",
        REQUEST,
    ),
    "delta event": ("{index: index, type: delta.type, text: delta.text || ''}", DELTA),
    "conversation without system": ("messages[?role != 'system' && role != 'developer']", REQUEST),
    "joined texts": ("join('', content[?type == 'text'].text) || `null`", MESSAGE),
    "condition": ("tools && (reasoning_effort == 'low' || stream_options.include_usage == `false`)", REQUEST),
    "first of two": ("not_null(max_completion_tokens, max_tokens)", REQUEST),
}


def _timer(function: Callable[[Any], Any], given: Any) -> tuple[Callable[[int], float], int]:
    """A measurement of so many calls, and how many take about the time of one round."""
    timer = timeit.Timer("f(x)", globals={"f": function, "x": given})
    count, taken = timer.autorange()
    return timer.timeit, max(1, int(count * SECONDS / taken))


def measure(text: str, given: Any) -> tuple[float, float, float]:
    """Medians in nanoseconds: interpreted, compiled without types, compiled with types."""
    interpreter = jmespath.compile(text)
    ways = [
        lambda doc: interpreter.search(doc),
        compile_function(text),
        compile_function(text, from_value(given), trusted=True),
    ]
    results = [way(given) for way in ways]
    if not results[0] == results[1] == results[2]:
        raise SystemExit(f"{text}: the ways disagree: {results}")
    timers = [_timer(way, given) for way in ways]
    taken: list[list[float]] = [[], [], []]
    for _ in range(ROUNDS):
        for samples, (timeit_, count) in zip(taken, timers, strict=True):
            samples.append(timeit_(count) / count * 1e9)
    first, second, third = map(statistics.median, taken)
    return first, second, third


def main() -> int:
    print(f"{'expression':30} {'interpreter':>12} {'untyped':>10} {'':>7} {'typed':>10} {'':>7}   (ns, medians)")
    slow = []
    for name, (text, given) in EXPRESSIONS.items():
        interpreted, untyped, typed = measure(text, given)
        ratios = interpreted / untyped, interpreted / typed
        line = f"{name:30} {interpreted:12,.0f} {untyped:10,.0f} {ratios[0]:6.1f}× {typed:10,.0f} {ratios[1]:6.1f}×"
        print(line)
        if min(ratios) < TARGET:
            slow.append(name)
    if slow:
        print(f"below {TARGET:g}×: {', '.join(slow)}")
    return 1 if slow else 0


if __name__ == "__main__":
    sys.exit(main())
