"""The scripted servers satisfy the vendors' own SDKs, with no translator in between, and are as strict as they."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import anthropic
import httpx
import httpx2
import openai
import pytest
from servers import ChatServer, MessagesServer

MODEL = "claude-sonnet-4-6"
HELLO: Any = [{"role": "user", "content": "Grüß Gott, upstream"}]
CITY: Any = {"type": "object", "properties": {"city": {"type": "string"}}, "required": ["city"]}
WEATHER: Any = {"name": "get_weather", "description": "The weather", "input_schema": CITY}
TIME: Any = {"name": "get_time", "input_schema": {"type": "object", "properties": {}}}


@pytest.fixture
def claude(messages: MessagesServer) -> Iterator[anthropic.Anthropic]:
    with anthropic.Anthropic(api_key="k", base_url=messages.url, max_retries=0) as client:
        yield client


@pytest.fixture
def gpt(chat: ChatServer) -> Iterator[openai.OpenAI]:
    with openai.OpenAI(api_key="k", base_url=chat.url + "/v1", max_retries=0) as client:
        yield client


def test_a_message(claude: anthropic.Anthropic, messages: MessagesServer) -> None:
    answer = claude.messages.create(model=MODEL, max_tokens=50, messages=HELLO)
    assert answer.content[0].type == "text"
    assert answer.content[0].text == "You said: Grüß Gott, upstream"
    assert answer.stop_reason == "end_turn"
    assert messages.last.done.wait(5)
    assert messages.last.finished and messages.last.status == 200


def test_limits_and_stops(claude: anthropic.Anthropic) -> None:
    short = claude.messages.create(model=MODEL, max_tokens=2, messages=HELLO)
    assert (short.stop_reason, short.content[0].type == "text" and short.content[0].text) == ("max_tokens", "You said:")
    stopped = claude.messages.create(model=MODEL, max_tokens=50, messages=HELLO, stop_sequences=["Gott"])
    assert (stopped.stop_reason, stopped.stop_sequence) == ("stop_sequence", "Gott")


@pytest.mark.parametrize("scene", ["everything", "empty", "refusal", "slow", None])
def test_a_streamed_message_is_the_whole_one(
    claude: anthropic.Anthropic, messages: MessagesServer, scene: str | None
) -> None:
    asked: dict[str, Any] = {"model": MODEL, "max_tokens": 50, "messages": HELLO, "tools": [WEATHER, TIME]}
    if scene is not None:
        messages.play(scene, scene)
    whole = claude.messages.create(**asked)
    with claude.messages.stream(**asked) as stream:
        summed = stream.get_final_message()
    assert without_ids(summed) == without_ids(whole)
    assert summed.stop_reason == whole.stop_reason
    assert summed.usage.output_tokens == whole.usage.output_tokens


def without_ids(message: Any) -> list[dict[str, Any]]:
    return [{key: value for key, value in block.to_dict().items() if key != "id"} for block in message.content]


def test_a_tool_loop(claude: anthropic.Anthropic) -> None:
    history: list[Any] = [{"role": "user", "content": "How is the weather in Vienna?"}]
    first = claude.messages.create(model=MODEL, max_tokens=50, messages=history, tools=[WEATHER])
    assert first.stop_reason == "tool_use"
    call = first.content[-1]
    assert call.type == "tool_use" and call.input == {"city": "Vienna", "unit": "celsius"}
    history.append({"role": "assistant", "content": first.content})
    history.append({"role": "user", "content": [{"type": "tool_result", "tool_use_id": call.id, "content": "21 °C"}]})
    second = claude.messages.create(model=MODEL, max_tokens=50, messages=history, tools=[WEATHER])
    assert second.content[0].type == "text" and second.content[0].text == "Here is what I found: 21 °C"


def test_structured_outputs(claude: anthropic.Anthropic) -> None:
    forced = claude.messages.create(
        model=MODEL,
        max_tokens=50,
        messages=HELLO,
        tools=[WEATHER, TIME],
        tool_choice={"type": "tool", "name": "get_time"},
    )
    assert [block.type for block in forced.content] == ["tool_use"]
    assert forced.content[0].type == "tool_use" and forced.content[0].input == {}
    shaped = claude.messages.create(
        model=MODEL, max_tokens=50, messages=HELLO, output_config={"format": {"type": "json_schema", "schema": CITY}}
    )
    assert shaped.content[0].type == "text" and json.loads(shaped.content[0].text) == {"city": "sample"}


def test_thinking(claude: anthropic.Anthropic) -> None:
    answer = claude.messages.create(
        model=MODEL, max_tokens=2000, messages=HELLO, thinking={"type": "enabled", "budget_tokens": 1024}
    )
    assert [block.type for block in answer.content] == ["thinking", "text"]


@pytest.mark.parametrize(
    ("scene", "error", "status"),
    [
        ("rate-limited", anthropic.RateLimitError, 429),
        ("overloaded", anthropic.OverloadedError, 529),
        ("too-long", anthropic.BadRequestError, 400),
        ("forbidden", anthropic.PermissionDeniedError, 403),
        ("timeout", anthropic.APIStatusError, 504),
        ("bad-gateway", anthropic.InternalServerError, 502),
    ],
)
def test_messages_errors(
    claude: anthropic.Anthropic,
    messages: MessagesServer,
    scene: str,
    error: type[anthropic.APIStatusError],
    status: int,
) -> None:
    messages.play(scene)
    with pytest.raises(error) as caught:
        claude.messages.create(model=MODEL, max_tokens=50, messages=HELLO)
    assert caught.value.status_code == status
    if scene == "rate-limited":
        assert caught.value.response.headers["retry-after"] == "7"


def test_an_error_in_a_stream(claude: anthropic.Anthropic, messages: MessagesServer) -> None:
    messages.play("error-in-stream")
    with pytest.raises(anthropic.APIStatusError, match="Overloaded"):
        list(claude.messages.create(model=MODEL, max_tokens=50, messages=HELLO, stream=True))


def test_dropped_connections(claude: anthropic.Anthropic, messages: MessagesServer) -> None:
    messages.play("hang-up", "cut-off")
    with pytest.raises(anthropic.APIConnectionError):
        claude.messages.create(model=MODEL, max_tokens=50, messages=HELLO)
    with pytest.raises(httpx2.RemoteProtocolError):
        list(claude.messages.create(model=MODEL, max_tokens=50, messages=HELLO, stream=True))


def test_a_stream_is_held_until_released(claude: anthropic.Anthropic, messages: MessagesServer) -> None:
    messages.play("held")
    stream = claude.messages.create(model=MODEL, max_tokens=50, messages=HELLO, stream=True)
    first = [next(stream).type for _ in range(3)]
    assert first == ["message_start", "content_block_start", "content_block_delta"]
    assert not messages.last.done.is_set()
    messages.release()
    assert [event.type for event in stream][-1] == "message_stop"
    assert messages.last.done.wait(5) and messages.last.finished


def test_the_server_sees_a_client_go(claude: anthropic.Anthropic, messages: MessagesServer) -> None:
    messages.play("held")
    stream = claude.messages.create(model=MODEL, max_tokens=50, messages=HELLO, stream=True)
    next(stream)
    stream.close()
    assert messages.last.done.wait(5)
    assert messages.last.client_gone and not messages.last.finished


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        ({"max_tokens": None}, "max_tokens: Input should be a valid integer"),
        ({"messages": []}, "at least one message"),
        ({"nonsense": 1}, "nonsense: Extra inputs are not permitted"),
        ({"temperature": 1.5}, "temperature: "),
        ({"messages": [{"role": "user", "content": " "}]}, "non-whitespace"),
        ({"messages": [{"role": "assistant", "content": "x"}]}, "first message must use the user role"),
        ({"messages": [{"role": "tool", "content": "x"}]}, "messages.0.role"),
        ({"tool_choice": {"type": "any"}}, "while providing tools"),
        ({"tools": [{"name": "a b", "input_schema": {"type": "object"}}]}, "should match pattern"),
        ({"thinking": {"type": "enabled", "budget_tokens": 10}}, "budget_tokens"),
        ({"stop_sequences": [" "]}, "stop_sequences.0"),
        ({"model": "claude-opus-5", "temperature": 1}, "not supported"),
        (
            {
                "messages": [
                    *HELLO,
                    {"role": "assistant", "content": [{"type": "tool_use", "id": "a", "name": "b", "input": {}}]},
                    *HELLO,
                ]
            },
            "without `tool_result` blocks",
        ),
    ],
)
def test_messages_rules(messages: MessagesServer, change: dict[str, Any], problem: str) -> None:
    body = {"model": MODEL, "max_tokens": 10, "messages": HELLO, **change}
    headers = {"x-api-key": "k", "anthropic-version": "2023-06-01"}
    answer = httpx.post(f"{messages.url}/v1/messages", json=body, headers=headers)
    assert answer.status_code == 400
    assert problem in answer.json()["error"]["message"]


def test_messages_headers(messages: MessagesServer) -> None:
    body = {"model": MODEL, "max_tokens": 10, "messages": HELLO}
    url = f"{messages.url}/v1/messages"
    assert httpx.post(url, json=body).status_code == 401
    assert httpx.post(url, json=body, headers={"x-api-key": "k"}).status_code == 400
    newer = {"authorization": "Bearer k", "anthropic-version": "2026-10-21"}
    assert httpx.post(url, json=body, headers=newer).status_code == 200
    assert httpx.post(url, json=body | {"temperature": 1}, headers=newer).status_code == 400
    assert httpx.post(f"{messages.url}/v2", json=body, headers=newer).status_code == 404


def test_a_completion(gpt: openai.OpenAI) -> None:
    answer = gpt.chat.completions.create(model="gpt-4o", messages=HELLO)
    assert answer.choices[0].message.content == "You said: Grüß Gott, upstream"
    assert answer.choices[0].finish_reason == "stop"
    assert answer.usage is not None and answer.usage.total_tokens > 0


@pytest.mark.parametrize("scene", ["everything", "reasoning", "empty", "refusal", "slow", None])
def test_a_streamed_completion_is_the_whole_one(gpt: openai.OpenAI, chat: ChatServer, scene: str | None) -> None:
    if scene is not None:
        chat.play(scene, scene)
    whole = gpt.chat.completions.create(model="gpt-4o", messages=HELLO).choices[0]
    with gpt.chat.completions.stream(model="gpt-4o", messages=HELLO, stream_options={"include_usage": True}) as stream:
        summed = stream.get_final_completion()
    assert (summed.choices[0].message.content or "") == (whole.message.content or "")
    assert summed.choices[0].finish_reason == whole.finish_reason
    assert [call.function.arguments for call in summed.choices[0].message.tool_calls or []] == [
        call.function.arguments for call in whole.message.tool_calls or [] if call.type == "function"
    ]
    assert summed.usage is not None


@pytest.mark.parametrize(
    ("scene", "error", "status"),
    [
        ("rate-limited", openai.RateLimitError, 429),
        ("no-quota", openai.RateLimitError, 429),
        ("overloaded", openai.InternalServerError, 503),
        ("too-long", openai.BadRequestError, 400),
        ("no-model", openai.NotFoundError, 404),
        ("bad-gateway", openai.InternalServerError, 502),
    ],
)
def test_chat_errors(
    gpt: openai.OpenAI, chat: ChatServer, scene: str, error: type[openai.APIStatusError], status: int
) -> None:
    chat.play(scene)
    with pytest.raises(error) as caught:
        gpt.chat.completions.create(model="gpt-4o", messages=HELLO)
    assert caught.value.status_code == status


@pytest.mark.parametrize(
    ("change", "param"),
    [
        ({"messages": []}, "messages"),
        ({"nonsense": 1}, "nonsense"),
        ({"temperature": 2.5}, "temperature"),
        ({"stream_options": {}}, "stream_options"),
        ({"tool_choice": "auto"}, "tool_choice"),
        ({"tools": []}, "tools"),
        ({"max_tokens": 5, "max_completion_tokens": 5}, "max_tokens"),
        ({"response_format": {"type": "json_object"}}, "messages"),
        ({"messages": [{"role": "assistant", "content": None}]}, "messages.0.content"),
        ({"messages": [{"role": "tool", "content": "x", "tool_call_id": "a"}]}, "messages.0.role"),
        ({"model": "o3", "temperature": 1}, "temperature"),
    ],
)
def test_chat_rules(chat: ChatServer, change: dict[str, Any], param: str) -> None:
    body = {"model": "gpt-4o", "messages": HELLO, **change}
    answer = httpx.post(f"{chat.url}/v1/chat/completions", json=body, headers={"authorization": "Bearer k"})
    assert answer.status_code == 400
    assert answer.json()["error"]["param"] == param
