"""The OpenAI SDK, asynchronous, talks to an upstream that speaks Messages, with clients of httpx2 and httpx."""

from __future__ import annotations

import asyncio
import json
import socket
from collections.abc import Awaitable, Callable
from typing import Any

import httpx
import httpx2
import openai
import pytest
from servers import MessagesServer

from dragoman import Loss
from dragoman.transport import AsyncTransport

MODEL = "claude-sonnet-4-6"
ASKED: dict[str, Any] = {"model": MODEL, "max_tokens": 50, "messages": [{"role": "user", "content": "Grüß Gott"}]}
Test = Callable[[Any], Awaitable[None]]


@pytest.fixture(params=[httpx2, httpx], ids=["httpx2", "httpx"])
def lib(request: pytest.FixtureRequest) -> Any:
    return request.param


def run(lib: Any, test: Test, url: str, losses: list[Loss] | None = None) -> None:
    """Run `test` with a client whose requests go to `url`."""

    async def main() -> None:
        told = [] if losses is None else losses
        transport: Any = AsyncTransport("anthropic", base_url=url, api_key="k", on_loss=told.extend)
        http_client = lib.AsyncClient(transport=transport)
        async with openai.AsyncOpenAI(
            api_key="unused", base_url="http://dragoman/v1", http_client=http_client, max_retries=0
        ) as client:
            await test(client)

    asyncio.run(asyncio.wait_for(main(), 30))


async def text_of(stream: Any) -> str:
    return "".join([chunk.choices[0].delta.content or "" async for chunk in stream if chunk.choices])


def test_chats_and_streams_side_by_side(lib: Any, messages: MessagesServer) -> None:
    async def one(client: Any, number: int) -> str:
        asked = ASKED | {"messages": [{"role": "user", "content": f"number {number}"}]}
        if number % 2:
            answer = await client.chat.completions.create(**asked)
            return answer.choices[0].message.content or ""
        return await text_of(await client.chat.completions.create(**asked, stream=True))

    async def test(client: Any) -> None:
        texts = await asyncio.gather(*(one(client, number) for number in range(20)))
        assert texts == [f"You said: number {number}" for number in range(20)]

    run(lib, test, messages.url)


def test_the_first_words_come_before_the_upstream_has_ended(lib: Any, messages: MessagesServer) -> None:
    async def test(client: Any) -> None:
        stream = await client.chat.completions.create(**ASKED, stream=True)
        async for chunk in stream:
            if chunk.choices[0].delta.content:
                break
        assert not messages.last.done.is_set()
        messages.release()
        assert await text_of(stream) == " said: Grüß Gott"
        assert await asyncio.to_thread(messages.last.done.wait, 5)

    messages.play("held")
    run(lib, test, messages.url)


def test_closing_early_closes_the_upstream(lib: Any, messages: MessagesServer) -> None:
    async def test(client: Any) -> None:
        stream = await client.chat.completions.create(**ASKED, stream=True)
        await anext(stream)
        await stream.close()
        assert await asyncio.to_thread(messages.last.done.wait, 5)
        assert messages.last.client_gone

    messages.play("held")
    run(lib, test, messages.url)


def test_cancelling_closes_the_upstream(lib: Any, messages: MessagesServer) -> None:
    async def test(client: Any) -> None:
        asked = asyncio.ensure_future(client.chat.completions.create(**ASKED))
        while not messages.exchanges:
            await asyncio.sleep(0.01)
        asked.cancel()
        with pytest.raises(asyncio.CancelledError):
            await asked
        assert await asyncio.to_thread(messages.last.done.wait, 5)
        assert messages.last.client_gone

    messages.play("silent")
    run(lib, test, messages.url)


def test_json_object(lib: Any, messages: MessagesServer) -> None:
    async def test(client: Any) -> None:
        form = {"type": "json_object"}
        text = await text_of(await client.chat.completions.create(**ASKED, response_format=form, stream=True))
        assert json.loads(text) == {"city": "Vienna", "temperature": 21, "unit": "celsius"}

    losses: list[Loss] = []
    run(lib, test, messages.url, losses)
    assert [loss.action for loss in losses] == ["substituted"]


@pytest.mark.parametrize(
    ("scene", "error", "status"),
    [("rate-limited", openai.RateLimitError, 429), ("overloaded", openai.InternalServerError, 503)],
)
def test_errors_are_typed(
    lib: Any, messages: MessagesServer, scene: str, error: type[openai.APIStatusError], status: int
) -> None:
    async def test(client: Any) -> None:
        with pytest.raises(error) as caught:
            await client.chat.completions.create(**ASKED)
        assert caught.value.status_code == status
        assert caught.value.request_id == "req_0001"

    messages.play(scene)
    run(lib, test, messages.url)


@pytest.mark.parametrize("scene", ["error-in-stream", "truncated"])
def test_a_stream_that_does_not_end_well_raises(lib: Any, messages: MessagesServer, scene: str) -> None:
    async def test(client: Any) -> None:
        stream = await client.chat.completions.create(**ASKED, stream=True)
        with pytest.raises(openai.APIError):
            await text_of(stream)

    messages.play(scene)
    run(lib, test, messages.url)


def test_time_outs(lib: Any, messages: MessagesServer) -> None:
    async def test(client: Any) -> None:
        with pytest.raises(openai.APITimeoutError) as caught:
            await client.chat.completions.create(**ASKED, timeout=0.2)
        assert isinstance(caught.value.__cause__, lib.ReadTimeout)

    messages.play("silent")
    run(lib, test, messages.url)


def test_connection_refused(lib: Any) -> None:
    async def test(client: Any) -> None:
        with pytest.raises(openai.APIConnectionError) as caught:
            await client.chat.completions.create(**ASKED)
        assert isinstance(caught.value.__cause__, lib.ConnectError)

    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    run(lib, test, f"http://127.0.0.1:{port}")
