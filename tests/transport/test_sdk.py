"""An SDK's own client over a translating transport: typed answers, typed exceptions, streams."""

from __future__ import annotations

import asyncio
from typing import Any

import httpx
import httpx2
import openai
import pytest
from servers import HangUp, Hold, Streamed, json_reply
from toyserver import END, PIECES, ToyServer, sse

from dragoman.transport import AsyncTransport, Transport

MESSAGES: Any = [{"role": "user", "content": "hi"}]


def client(upstream: ToyServer, lib: Any = httpx2, **options: Any) -> openai.OpenAI:
    transport = Transport("toy", api_key="k", base_url=upstream.url, **options)
    return openai.OpenAI(
        api_key="unused", base_url="http://dragoman/v1", max_retries=0, http_client=lib.Client(transport=transport)
    )


@pytest.mark.parametrize("lib", [httpx, httpx2], ids=["httpx", "httpx2"])
def test_create(lib: Any, upstream: ToyServer) -> None:
    with client(upstream, lib) as c:
        answer = c.chat.completions.create(model="m", messages=MESSAGES, max_tokens=3)
    assert answer.choices[0].message.content == "hello"
    assert answer._request_id == "r1"


@pytest.mark.parametrize("lib", [httpx, httpx2], ids=["httpx", "httpx2"])
def test_stream(lib: Any, upstream: ToyServer) -> None:
    with client(upstream, lib) as c:
        stream = c.chat.completions.create(
            model="m", messages=MESSAGES, max_tokens=3, stream=True, stream_options={"include_usage": True}
        )
        chunks = list(stream)
    assert "".join(ch.delta.content or "" for chunk in chunks for ch in chunk.choices) == "Grüß Gott"
    assert chunks[-1].usage is not None
    assert chunks[-1].usage.total_tokens == 3


def test_async(upstream: ToyServer) -> None:
    async def run() -> tuple[str | None, str]:
        transport = AsyncTransport("toy", api_key="k", base_url=upstream.url)
        http = httpx2.AsyncClient(transport=transport)
        async with openai.AsyncOpenAI(api_key="unused", base_url="http://dragoman/v1", http_client=http) as c:
            whole = await c.chat.completions.create(model="m", messages=MESSAGES, max_tokens=3)
            text = ""
            async with c.chat.completions.stream(model="m", messages=MESSAGES, max_tokens=3) as stream:
                async for event in stream:
                    text += event.delta if event.type == "content.delta" else ""
            return whole.choices[0].message.content, text

    assert asyncio.run(run()) == ("hello", "Grüß Gott")


def test_exceptions(upstream: ToyServer) -> None:
    with client(upstream) as c:
        upstream.play(json_reply(429, {"what": "slow down"}, {"retry-after": "7"}))
        with pytest.raises(openai.RateLimitError, match="slow down") as limited:
            c.chat.completions.create(model="m", messages=MESSAGES)
        assert limited.value.response.headers["retry-after"] == "7"
        with pytest.raises(openai.BadRequestError) as bad:
            c.chat.completions.create(model="m", messages=[{"role": "function", "name": "f", "content": ""}])
        assert (bad.value.param, bad.value.code) == ("messages[0].role", "unsupported_value")
        with pytest.raises(openai.NotFoundError):
            c.models.list()
        upstream.play(json_reply(200, []))
        with pytest.raises(openai.InternalServerError):
            c.chat.completions.create(model="m", messages=MESSAGES)
        upstream.play(HangUp())
        with pytest.raises(openai.APIConnectionError):
            c.chat.completions.create(model="m", messages=MESSAGES)
        upstream.play(HangUp(2))
        with pytest.raises(openai.APITimeoutError):
            c.chat.completions.create(model="m", messages=MESSAGES, timeout=0.2)


def test_error_in_a_stream(upstream: ToyServer) -> None:
    upstream.play(Streamed([sse(PIECES[0]), sse(PIECES[1]), sse({"type": "oops", "what": "overloaded"}), sse(END)]))
    text: list[str | None] = []
    with client(upstream) as c:
        stream = c.chat.completions.create(model="m", messages=MESSAGES, stream=True)
        with pytest.raises(openai.APIError, match="overloaded"):
            text.extend(chunk.choices[0].delta.content for chunk in stream)
    assert text == ["", "Grüß "]


def test_leaving_a_stream(upstream: ToyServer) -> None:
    upstream.play(Streamed([sse(PIECES[0]), Hold(), sse(END)]))
    with client(upstream) as c, c.chat.completions.create(model="m", messages=MESSAGES, stream=True) as stream:
        next(iter(stream))
    assert upstream.last.done.wait(5)
    assert upstream.last.client_gone


def test_retries_are_the_sdks_own(upstream: ToyServer) -> None:
    upstream.play(json_reply(599, {"what": "busy"}, {"retry-after-ms": "1"}))
    with client(upstream).with_options(max_retries=1) as c:
        answer = c.chat.completions.create(model="m", messages=MESSAGES)
    assert answer.choices[0].message.content == "hello"
    assert len(upstream.exchanges) == 2
