"""Time grows with the length of a conversation, of an answer, and of what is told of them, and not with its square.

Eight times as much may take `MOST` times as long; with the square of it, it would be 64 times.
"""

from __future__ import annotations

import gc
import time
from collections.abc import Callable
from typing import Any

import pytest

import dragoman

DIALECTS = ("openai", "anthropic", "gemini", "openai-responses", "bedrock", "cohere", "ollama")
FEW, MANY, MOST = 250, 2000, 24.0
LEAST = 0.15  # seconds: what is done that fast is not measured
Body = dict[str, Any]


def seconds(work: Callable[[], object]) -> float:
    """Of this process, without the collector of garbage, at its best."""
    best = 1e9
    gc.disable()
    try:
        for _ in range(2):
            start = time.process_time()
            work()
            best = min(best, time.process_time() - start)
    finally:
        gc.enable()
        gc.collect()
    return best


def grows(work: Callable[[int], Callable[[], object]]) -> str:
    """Nothing, or how much longer it takes than it should."""
    many = seconds(work(MANY))
    if many < LEAST:
        return ""
    times = many / max(seconds(work(FEW)), 1e-6)
    return "" if times < MOST else f"{times:.0f} times as long ({many:.2f} s)"


# ---------------------------------------------------------------------- requests
def plain(n: int) -> list[Body]:
    return [{"role": ("user", "assistant")[i % 2], "content": f"t{i}"} for i in range(n)]


def unknown(n: int) -> list[Body]:
    """Each loses a field."""
    return [{**message, "odd": 1} for message in plain(n)]


def thinking(n: int) -> list[Body]:
    thought = {"type": "reasoning.text", "text": "t", "signature": "s"}
    return [{**one, **({"reasoning_details": [thought]} if one["role"] == "assistant" else {})} for one in plain(n)]


def pictures(n: int) -> list[Body]:
    picture = {"type": "image_url", "image_url": {"url": "data:image/png;base64,iVBORw0KGgo=", "detail": "low"}}
    return [one if n % 2 else {**one, "content": [picture]} for n, one in enumerate(plain(n))]


def calls(n: int) -> list[Body]:
    """All in one turn."""
    function = {"name": "f", "arguments": "{}"}
    made = [{"id": f"call_{i}", "type": "function", "function": function} for i in range(n)]
    results = [{"role": "tool", "tool_call_id": f"call_{i}", "content": "r"} for i in range(n)]
    return [{"role": "user", "content": "Go"}, {"role": "assistant", "content": None, "tool_calls": made}, *results]


KINDS = {one.__name__: one for one in (plain, unknown, thinking, pictures)}


def conversation(kind: Callable[[int], list[Body]], n: int) -> Body:
    return {"model": "m", "max_tokens": 9, "messages": [*kind(n), {"role": "user", "content": "And?"}]}


@pytest.mark.parametrize("slug", DIALECTS)
@pytest.mark.parametrize("kind", KINDS)
def test_requests(slug: str, kind: str) -> None:
    to, back = dragoman.translator(slug), dragoman.translator("openai", client=slug)

    def there(n: int) -> Callable[[], object]:
        body = conversation(KINDS[kind], n)
        return lambda: to.request(body)

    def home(n: int) -> Callable[[], object]:
        sent = to.request(conversation(KINDS[kind], n))
        return lambda: back.request(sent.body, path=sent.path)

    found = [grows(there)] if slug == "openai" else [grows(there), grows(home)]
    assert not any(found), found


@pytest.mark.parametrize("slug", ["anthropic", "openai-responses", "bedrock"])
def test_calls_of_one_turn(slug: str) -> None:
    to, back = dragoman.translator(slug), dragoman.translator("openai", client=slug)

    def home(n: int) -> Callable[[], object]:
        sent = to.request(conversation(calls, n))
        return lambda: back.request(sent.body, path=sent.path)

    assert not grows(home)


# ---------------------------------------------------------------------- streams
def chunk(delta: Body, finish: str | None = None) -> Body:
    choice = {"index": 0, "delta": delta, "finish_reason": finish}
    return {"id": "c", "object": "chat.completion.chunk", "created": 1, "model": "m", "choices": [choice]}


def call(**said: Any) -> Body:
    return chunk({"tool_calls": [{"index": 0, **said}]})


def said(n: int) -> list[Body]:
    return [chunk({"content": f"w{i} "}) for i in range(n)]


def thought(n: int) -> list[Body]:
    return [chunk({"reasoning_content": f"w{i} "}) for i in range(n)]


def arguments(n: int) -> list[Body]:
    pieces = ['{"a": "', *(f"w{i} " for i in range(n)), '"}']
    first = call(id="call_1", type="function", function={"name": "f", "arguments": ""})
    return [first, *(call(function={"arguments": piece}) for piece in pieces)]


ANSWERS = {one.__name__: one for one in (said, thought, arguments)}


def answer(kind: str, n: int) -> list[Body]:
    last = "tool_calls" if kind == "arguments" else "stop"
    return [chunk({"role": "assistant", "content": ""}), *ANSWERS[kind](n), chunk({}, last)]


def through(provider: str, client: str, events: list[tuple[Any, str | None]]) -> list[tuple[Any, str | None]]:
    stream = dragoman.translator(provider, client=client).stream()
    out = [(one.data, one.event) for data, event in events for one in stream.feed(data, event)]
    out += [(one.data, one.event) for one in stream.close()]
    assert not stream.failed
    return out


@pytest.mark.parametrize("slug", DIALECTS)
@pytest.mark.parametrize("kind", ANSWERS)
def test_streams(slug: str, kind: str) -> None:
    def made(n: int) -> list[tuple[Any, str | None]]:
        return [(data, None) for data in answer(kind, n * (8 if kind == "arguments" else 4))]

    def there(n: int) -> Callable[[], object]:
        events = made(n)
        return lambda: through("openai", slug, events)

    def home(n: int) -> Callable[[], object]:
        events = through("openai", slug, made(n))
        return lambda: through(slug, "anthropic" if slug != "anthropic" else "openai", events)

    found = [grows(there), grows(home)]
    assert not any(found), found
