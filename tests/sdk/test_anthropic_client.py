"""The Anthropic SDK talks to an upstream that speaks Chat Completions."""

from __future__ import annotations

import asyncio
import json
import socket
from collections.abc import Iterator
from typing import Any

import anthropic
import httpx2
import pytest
from servers import ChatServer

from dragoman import Loss
from dragoman.transport import AsyncTransport, Transport

MODEL = "gpt-4.1"
HELLO: Any = [{"role": "user", "content": "Grüß Gott, upstream"}]
CITY: Any = {"type": "object", "properties": {"city": {"type": "string"}}, "required": ["city"]}
WEATHER: Any = {"name": "get_weather", "description": "The weather", "input_schema": CITY}
TIME: Any = {"name": "get_time", "input_schema": {"type": "object", "properties": {}}}
ASKED: dict[str, Any] = {"model": MODEL, "max_tokens": 50, "messages": HELLO}


@pytest.fixture
def losses() -> list[Loss]:
    return []


def connect(url: str, losses: list[Loss], **options: Any) -> anthropic.Anthropic:
    transport: Any = Transport(
        "openai", client="anthropic", base_url=url, api_key="upstream key", on_loss=losses.extend
    )
    http_client = httpx2.Client(transport=transport)
    defaults: dict[str, Any] = {"max_retries": 0, "api_key": "unused", "base_url": "http://dragoman"}
    return anthropic.Anthropic(http_client=http_client, **(defaults | options))


@pytest.fixture
def client(chat: ChatServer, losses: list[Loss]) -> Iterator[anthropic.Anthropic]:
    with connect(chat.url + "/v1", losses) as client:
        yield client


def test_create(client: anthropic.Anthropic, chat: ChatServer) -> None:
    answer = client.messages.create(**ASKED, system="Be brief.")
    assert (answer.type, answer.role, answer.model) == ("message", "assistant", MODEL)
    assert [block.type for block in answer.content] == ["text"]
    assert answer.content[0].type == "text" and answer.content[0].text == "You said: Grüß Gott, upstream"
    assert answer.stop_reason == "end_turn"
    assert answer._request_id == "req_0001"
    assert chat.last.headers["authorization"] == "Bearer upstream key"
    assert [message["role"] for message in chat.last.body["messages"]][-1] == "user"
    assert "unused" not in json.dumps(chat.last.headers)


def test_usage_counts_the_prompt_without_the_cache(client: anthropic.Anthropic) -> None:
    usage = client.messages.create(**ASKED).usage
    assert usage.cache_read_input_tokens == 4  # the server says that all the words (and the role) were cached
    assert usage.input_tokens == 0
    assert usage.output_tokens > 0


def test_stop_reasons(client: anthropic.Anthropic, chat: ChatServer) -> None:
    assert client.messages.create(**(ASKED | {"max_tokens": 2})).stop_reason == "max_tokens"
    chat.play("filtered", "refusal")
    assert client.messages.create(**ASKED).stop_reason == "refusal"
    refused = client.messages.create(**ASKED)
    assert refused.content or refused.stop_reason == "refusal"


def test_a_stream_follows_the_grammar(client: anthropic.Anthropic, chat: ChatServer) -> None:
    chat.play("everything")
    events = list(client.messages.create(**ASKED, stream=True))
    kinds = [event.type for event in events if event.type != "ping"]
    assert kinds[0] == "message_start" and kinds[-2:] == ["message_delta", "message_stop"]
    open_block: int | None = None
    seen = -1
    for event in events:
        if event.type == "content_block_start":
            assert open_block is None and event.index == seen + 1
            open_block = seen = event.index
        elif event.type == "content_block_delta":
            assert event.index == open_block
        elif event.type == "content_block_stop":
            assert event.index == open_block
            open_block = None
    assert open_block is None and seen == 3


@pytest.mark.parametrize("scene", ["everything", "reasoning", "empty", "filtered", "slow", None])
def test_the_stream_helper_accumulates_the_whole_answer(
    client: anthropic.Anthropic, chat: ChatServer, scene: str | None
) -> None:
    if scene is not None:
        chat.play(scene, scene)
    whole = client.messages.create(**ASKED)
    with client.messages.stream(**ASKED) as stream:
        summed = stream.get_final_message()
    assert [block.to_dict() for block in summed.content] == [block.to_dict() for block in whole.content]
    assert summed.stop_reason == whole.stop_reason
    assert summed.usage.output_tokens == whole.usage.output_tokens


def test_the_first_words_come_before_the_upstream_has_ended(client: anthropic.Anthropic, chat: ChatServer) -> None:
    chat.play("held")
    with client.messages.stream(**ASKED) as stream:
        texts = stream.text_stream
        assert next(texts) == "You"
        assert not chat.last.done.is_set()
        chat.release()
        assert "".join(texts) == " said: Grüß Gott, upstream"
    assert chat.last.done.wait(5)


def test_closing_early_closes_the_upstream(client: anthropic.Anthropic, chat: ChatServer) -> None:
    chat.play("held")
    stream = client.messages.create(**ASKED, stream=True)
    next(stream)
    stream.close()
    assert chat.last.done.wait(5)
    assert chat.last.client_gone


@pytest.mark.parametrize("streamed", [False, True])
def test_a_tool_loop(client: anthropic.Anthropic, chat: ChatServer, streamed: bool) -> None:
    history: list[Any] = list(HELLO)

    def ask() -> anthropic.types.Message:
        options: dict[str, Any] = {"model": MODEL, "max_tokens": 50, "messages": history, "tools": [WEATHER, TIME]}
        if not streamed:
            answer: anthropic.types.Message = client.messages.create(**options)
            return answer
        with client.messages.stream(**options) as stream:
            return stream.get_final_message()

    first = ask()
    calls = [block for block in first.content if block.type == "tool_use"]
    assert first.stop_reason == "tool_use"
    assert [(call.name, call.input) for call in calls] == [
        ("get_weather", {"city": "Vienna", "unit": "celsius"}),
        ("get_time", {}),
    ]
    history.append({"role": "assistant", "content": first.content})
    results = [
        {"type": "tool_result", "tool_use_id": call.id, "content": text}
        for call, text in zip(calls, ["21 °C", "noon"], strict=True)
    ]
    history.append({"role": "user", "content": results})
    second = ask()
    assert second.content[0].type == "text" and second.content[0].text == "Here is what I found: 21 °C; noon"
    assert [message["role"] for message in chat.last.body["messages"]] == ["user", "assistant", "tool", "tool"]


def test_tool_choices(client: anthropic.Anthropic, chat: ChatServer) -> None:
    options: dict[str, Any] = ASKED | {"tools": [WEATHER, TIME]}
    named = client.messages.create(**options, tool_choice={"type": "tool", "name": "get_time"})
    assert [block.name for block in named.content if block.type == "tool_use"] == ["get_time"]
    one = client.messages.create(**options, tool_choice={"type": "any", "disable_parallel_tool_use": True})
    assert len([block for block in one.content if block.type == "tool_use"]) == 1
    assert (chat.last.body["tool_choice"], chat.last.body["parallel_tool_calls"]) == ("required", False)


def test_structured_output(client: anthropic.Anthropic) -> None:
    form: Any = {"format": {"type": "json_schema", "schema": CITY}}
    answer = client.messages.create(**ASKED, output_config=form)
    assert answer.content[0].type == "text" and json.loads(answer.content[0].text) == {"city": "sample"}


def test_thinking(client: anthropic.Anthropic, chat: ChatServer) -> None:
    chat.play("reasoning")
    answer = client.messages.create(**ASKED)
    assert [block.type for block in answer.content] == ["thinking", "text"]
    assert answer.content[0].type == "thinking" and answer.content[0].thinking == "Let me think about this."


def test_losses(client: anthropic.Anthropic, losses: list[Loss]) -> None:
    raw = client.messages.with_raw_response.create(**ASKED, extra_body={"top_k": 5})
    assert raw.headers["x-dragoman-losses"] == "1: top_k"
    assert [(loss.path, loss.action, loss.severity) for loss in losses] == [("top_k", "dropped", "tuning")]


# -------------------------------------------------------------------------------------------------------- errors


@pytest.mark.parametrize(
    ("scene", "error", "status"),
    [
        ("rate-limited", anthropic.RateLimitError, 429),
        ("overloaded", anthropic.OverloadedError, 529),
        ("server-error", anthropic.InternalServerError, 500),
        ("too-long", anthropic.BadRequestError, 400),
        ("no-model", anthropic.NotFoundError, 404),
        ("bad-gateway", anthropic.InternalServerError, 502),
        ("not-json", anthropic.InternalServerError, 502),
        ("not-a-completion", anthropic.InternalServerError, 502),
    ],
)
def test_errors_are_typed(
    client: anthropic.Anthropic, chat: ChatServer, scene: str, error: type[anthropic.APIStatusError], status: int
) -> None:
    chat.play(scene)
    with pytest.raises(error) as caught:
        client.messages.create(**ASKED)
    assert caught.value.status_code == status
    body: Any = caught.value.body
    assert body["type"] == "error" and body["error"]["message"]
    if scene == "rate-limited":
        assert caught.value.response.headers["retry-after"] == "7"
        assert caught.value.request_id == "req_0001"
    if scene == "too-long":
        assert "prompt is too long" in body["error"]["message"] or "context length" in body["error"]["message"]


def test_no_quota(client: anthropic.Anthropic, chat: ChatServer) -> None:
    chat.play("no-quota")
    with pytest.raises(anthropic.APIStatusError) as caught:
        client.messages.create(**ASKED)
    assert caught.value.status_code in (400, 402, 403, 429)
    assert "quota" in caught.value.message


@pytest.mark.parametrize("scene", ["error-in-stream", "truncated"])
def test_a_stream_that_does_not_end_well_raises(client: anthropic.Anthropic, chat: ChatServer, scene: str) -> None:
    chat.play(scene)
    with pytest.raises(anthropic.APIStatusError), client.messages.stream(**ASKED) as stream:
        stream.get_final_message()


def test_refused_before_it_is_sent(client: anthropic.Anthropic, chat: ChatServer) -> None:
    riddle: Any = [{"role": "user", "content": [{"type": "riddle"}]}]
    with pytest.raises(anthropic.BadRequestError) as caught:
        client.messages.create(**(ASKED | {"messages": riddle}))
    assert "messages[0].content[0]" in caught.value.message
    assert chat.exchanges == []


def test_time_out(client: anthropic.Anthropic, chat: ChatServer) -> None:
    chat.play("silent")
    with pytest.raises(anthropic.APITimeoutError) as caught:
        client.messages.create(**ASKED, timeout=0.2)
    assert isinstance(caught.value.__cause__, httpx2.ReadTimeout)


def test_connection_refused(losses: list[Loss]) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    with connect(f"http://127.0.0.1:{port}/v1", losses) as client, pytest.raises(anthropic.APIConnectionError):
        client.messages.create(**ASKED)


def test_the_sdk_retries_what_the_upstream_says_will_pass(chat: ChatServer, losses: list[Loss]) -> None:
    chat.play("overloaded-briefly")
    with connect(chat.url + "/v1", losses, max_retries=1) as client:
        assert client.messages.create(**ASKED).content
    assert [exchange.status for exchange in chat.exchanges] == [503, 200]


def test_asynchronously(chat: ChatServer) -> None:
    async def main() -> None:
        transport: Any = AsyncTransport("openai", client="anthropic", base_url=chat.url + "/v1", api_key="k")
        http_client = httpx2.AsyncClient(transport=transport)
        async with anthropic.AsyncAnthropic(
            api_key="unused", base_url="http://dragoman", http_client=http_client, max_retries=0
        ) as client:
            answer = await client.messages.create(**ASKED)
            async with client.messages.stream(**ASKED) as stream:
                summed = await stream.get_final_message()
            assert [block.to_dict() for block in answer.content] == [block.to_dict() for block in summed.content]
            chat.play("overloaded")
            with pytest.raises(anthropic.OverloadedError):
                await client.messages.create(**ASKED)

    asyncio.run(asyncio.wait_for(main(), 30))
