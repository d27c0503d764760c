"""The OpenAI SDK, synchronous, talks to an upstream that speaks Messages, with clients of httpx2 and httpx."""

from __future__ import annotations

import json
import re
import socket
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any

import httpx
import httpx2
import openai
import pytest
from servers import MessagesServer
from servers.scenes import count

from dragoman import Loss
from dragoman.transport import Transport

MODEL = "claude-sonnet-4-6"
HELLO: Any = [{"role": "user", "content": "Grüß Gott, upstream"}]
CITY: Any = {"type": "object", "properties": {"city": {"type": "string"}}, "required": ["city"]}
WEATHER: Any = {"type": "function", "function": {"name": "get_weather", "description": "It", "parameters": CITY}}
AUDIO: Any = {"type": "input_audio", "input_audio": {"data": "UklGRg==", "format": "wav"}}
TIME: Any = {"type": "function", "function": {"name": "get_time"}}


@dataclass
class Talk:
    """A client, the upstream behind it, and what was said to be lost on the way."""

    lib: Any
    upstream: MessagesServer
    losses: list[Loss] = field(default_factory=list)
    client: Any = None

    def connect(self, **options: Any) -> openai.OpenAI:
        """A client with other options, for the same upstream unless they say otherwise."""
        given = {"base_url": self.upstream.url, "api_key": "upstream key"} | options.pop("transport", {})
        transport: Any = Transport("anthropic", on_loss=self.losses.extend, **given)
        http_client = self.lib.Client(transport=transport)
        defaults: dict[str, Any] = {"max_retries": 0, "api_key": "unused", "base_url": "http://dragoman/v1"}
        return openai.OpenAI(http_client=http_client, **(defaults | options))

    def ask(self, **changes: Any) -> Any:
        return self.client.chat.completions.create(**({"model": MODEL, "messages": HELLO, "max_tokens": 50} | changes))

    def ask_raw(self, **changes: Any) -> Any:
        asked = {"model": MODEL, "messages": HELLO, "max_tokens": 50} | changes
        return self.client.chat.completions.with_raw_response.create(**asked)


@pytest.fixture(params=[httpx2, httpx], ids=["httpx2", "httpx"])
def talk(request: pytest.FixtureRequest, messages: MessagesServer) -> Iterator[Talk]:
    talk = Talk(request.param, messages)
    with talk.connect() as talk.client:
        yield talk


def test_a_chat(talk: Talk) -> None:
    answer = talk.ask()
    assert answer.object == "chat.completion" and answer.id and answer.model == MODEL
    (choice,) = answer.choices
    assert choice.message.role == "assistant"
    assert choice.message.content == "You said: Grüß Gott, upstream"
    assert choice.finish_reason == "stop"
    got = talk.upstream.last
    assert got.body == {"model": MODEL, "max_tokens": 50, "messages": got.body["messages"]}
    assert got.headers["anthropic-version"] == "2023-06-01"
    assert talk.losses == []


def test_usage_counts_cached_tokens_as_openai_does(talk: Talk) -> None:
    usage = talk.ask().usage
    words = count(talk.upstream.last.body["messages"])
    assert usage.prompt_tokens == words + 3 + 5  # and what was written to and read from the cache
    assert usage.prompt_tokens_details.cached_tokens == 5
    assert usage.total_tokens == usage.prompt_tokens + usage.completion_tokens


def test_the_key_is_the_transports(talk: Talk) -> None:
    talk.ask()
    headers = talk.upstream.last.headers
    assert headers["x-api-key"] == "upstream key"
    assert "unused" not in json.dumps(headers)


def test_the_request_id_comes_back(talk: Talk) -> None:
    assert talk.ask()._request_id == "req_0001"


def test_finish_reasons(talk: Talk) -> None:
    assert talk.ask(max_tokens=2).choices[0].finish_reason == "length"
    stopped = talk.ask(stop=["Gott"]).choices[0]
    assert (stopped.finish_reason, stopped.message.content) == ("stop", "You said: Grüß ")
    talk.upstream.play("refusal")
    assert talk.ask().choices[0].finish_reason == "content_filter"


# ------------------------------------------------------------------------------------------------------- streams


def test_a_stream_of_everything(talk: Talk) -> None:
    talk.upstream.play("everything")
    chunks = list(talk.ask(stream=True))
    assert chunks[0].choices[0].delta.role == "assistant"
    assert len({chunk.id for chunk in chunks}) == 1 and chunks[0].id
    assert len({chunk.created for chunk in chunks}) == 1
    assert all(chunk.object == "chat.completion.chunk" and len(chunk.choices) == 1 for chunk in chunks)
    deltas = [chunk.choices[0].delta for chunk in chunks]
    assert "".join(delta.content or "" for delta in deltas) == "I will look up both cities and the time."
    thought = "".join((delta.model_extra or {}).get("reasoning_content") or "" for delta in deltas)
    assert thought == "Two cities, and the time."
    calls: dict[int, list[Any]] = {}
    for delta in deltas:
        for part in delta.tool_calls or ():
            calls.setdefault(part.index, []).append(part)
    assert sorted(calls) == [0, 1, 2]
    assert [calls[at][0].id for at in range(3)] == ["toolu_a", "toolu_b", "toolu_c"]
    assert [calls[at][0].function.name for at in range(3)] == ["get_weather", "get_weather", "get_time"]
    arguments = ["".join(part.function.arguments or "" for part in calls[at]) for at in range(3)]
    assert [json.loads(text) for text in arguments] == [{"city": "Wien"}, {"city": "Kraków", "unit": "celsius"}, {}]
    finishes = [chunk.choices[0].finish_reason for chunk in chunks]
    assert finishes[-1] == "tool_calls" and not any(finishes[:-1])


@pytest.mark.parametrize("scene", ["everything", "empty", "slow", None])
def test_a_stream_says_what_the_whole_answer_says(talk: Talk, scene: str | None) -> None:
    if scene is not None:
        talk.upstream.play(scene, scene)
    whole = talk.ask().choices[0]
    asked = {"model": MODEL, "messages": HELLO, "max_tokens": 50}
    with talk.client.chat.completions.stream(**asked) as stream:
        summed = stream.get_final_completion().choices[0]
    assert (summed.message.content or None) == whole.message.content
    assert summed.finish_reason == whole.finish_reason
    assert calls_of(summed) == calls_of(whole)


def calls_of(choice: Any) -> list[tuple[str, Any]]:
    calls = choice.message.tool_calls or []
    return [(call.function.name, json.loads(call.function.arguments)) for call in calls]


def test_usage_comes_only_if_asked_for(talk: Talk) -> None:
    without = list(talk.ask(stream=True))
    assert all(chunk.choices and chunk.usage is None for chunk in without)
    chunks = list(talk.ask(stream=True, stream_options={"include_usage": True}))
    assert all(chunk.choices and chunk.usage is None for chunk in chunks[:-1])
    assert chunks[-1].choices == []
    assert chunks[-1].usage == talk.ask().usage


def test_the_first_words_come_before_the_upstream_has_ended(talk: Talk) -> None:
    talk.upstream.play("held")
    stream = talk.ask(stream=True)
    words = next(text for chunk in stream if (text := chunk.choices[0].delta.content))
    assert words == "You"
    assert not talk.upstream.last.done.is_set()
    talk.upstream.release()
    assert "".join(chunk.choices[0].delta.content or "" for chunk in stream) == " said: Grüß Gott, upstream"
    assert talk.upstream.last.done.wait(5) and talk.upstream.last.finished


def test_closing_early_closes_the_upstream(talk: Talk) -> None:
    talk.upstream.play("held")
    stream = talk.ask(stream=True)
    next(stream)
    stream.close()
    assert talk.upstream.last.done.wait(5)
    assert talk.upstream.last.client_gone


@pytest.mark.parametrize("scene", ["error-in-stream", "truncated"])
def test_a_stream_that_does_not_end_well_raises(talk: Talk, scene: str) -> None:
    talk.upstream.play(scene)
    words: list[str] = []
    with pytest.raises(openai.APIError) as caught:
        words.extend(chunk.choices[0].delta.content or "" for chunk in talk.ask(stream=True))
    assert "".join(words) == "You"
    assert caught.value.message
    if scene == "error-in-stream":
        assert "Overloaded" in caught.value.message


def test_a_stream_whose_connection_drops_raises(talk: Talk) -> None:
    talk.upstream.play("cut-off")
    with pytest.raises((openai.APIError, talk.lib.RemoteProtocolError)):
        list(talk.ask(stream=True))


def test_unknown_events_are_told_and_do_no_harm(talk: Talk) -> None:
    talk.upstream.play("unknown-events")
    chunks = list(talk.ask(stream=True))
    assert "".join(chunk.choices[0].delta.content or "" for chunk in chunks) == "You said: Grüß Gott, upstream"
    assert [loss.action for loss in talk.losses] == ["dropped", "dropped"]
    assert all(loss.path.startswith("events[") for loss in talk.losses)


# ------------------------------------------------------------------------------------------- tools and structures


@pytest.mark.parametrize("stream", [False, True])
def test_a_tool_loop(talk: Talk, stream: bool) -> None:
    history: list[Any] = [{"role": "system", "content": "Be brief."}, *HELLO]
    options: dict[str, Any] = {"model": MODEL, "max_tokens": 50, "tools": [WEATHER, TIME], "messages": history}

    def ask() -> Any:
        if not stream:
            return talk.client.chat.completions.create(**options).choices[0]
        with talk.client.chat.completions.stream(**options) as answer:
            return answer.get_final_completion().choices[0]

    first = ask()
    assert first.finish_reason == "tool_calls"
    assert [call.function.name for call in first.message.tool_calls] == ["get_weather", "get_time"]
    assert [json.loads(call.function.arguments) for call in first.message.tool_calls] == [
        {"city": "Vienna", "unit": "celsius"},
        {},
    ]
    history.append(first.message)
    for call, result in reversed(list(zip(first.message.tool_calls, ["21 °C", "noon"], strict=True))):
        history.append({"role": "tool", "tool_call_id": call.id, "content": result})
    second = ask()
    assert second.finish_reason == "stop"
    assert {"21 °C", "noon"} == set(second.message.content.removeprefix("Here is what I found: ").split("; "))
    assert talk.upstream.last.body["system"] in ("Be brief.", [{"type": "text", "text": "Be brief."}])


def test_tool_choices(talk: Talk) -> None:
    options = {"tools": [WEATHER, TIME]}
    named = talk.ask(tool_choice={"type": "function", "function": {"name": "get_time"}}, **options)
    assert [call.function.name for call in named.choices[0].message.tool_calls] == ["get_time"]
    one = talk.ask(tool_choice="required", parallel_tool_calls=False, **options)
    assert len(one.choices[0].message.tool_calls) == 1
    assert talk.ask(tool_choice="none", **options).choices[0].message.content.startswith("You said")


@pytest.mark.parametrize("stream", [False, True])
def test_json_object(talk: Talk, stream: bool) -> None:
    answer = talk.ask(response_format={"type": "json_object"}, stream=stream)
    if stream:
        chunks = [chunk.choices[0] for chunk in answer]
        pieces = [choice.delta.content for choice in chunks if choice.delta.content]
        assert len(pieces) > 2 and not any(choice.delta.tool_calls for choice in chunks)
        text, finish = "".join(pieces), chunks[-1].finish_reason
    else:
        text, finish = answer.choices[0].message.content, answer.choices[0].finish_reason
        assert not answer.choices[0].message.tool_calls
    assert json.loads(text) == {"city": "Vienna", "temperature": 21, "unit": "celsius"}
    assert finish == "stop"
    assert talk.upstream.last.body["tool_choice"]["type"] == "tool"
    assert [(loss.path.partition(".")[0], loss.action) for loss in talk.losses] == [("response_format", "substituted")]


def test_json_schema(talk: Talk) -> None:
    form = {"type": "json_schema", "json_schema": {"name": "place", "schema": CITY | {"additionalProperties": False}}}
    answer = talk.ask(response_format=form)
    assert json.loads(answer.choices[0].message.content) == {"city": "sample"}
    assert talk.upstream.last.body["output_config"]["format"]["type"] == "json_schema"


def test_thinking_goes_out_and_back(talk: Talk) -> None:
    asked = {"reasoning_effort": "high", "max_tokens": 4000}
    message = talk.ask(**asked).choices[0].message
    assert message.model_extra["reasoning_content"] == "Let me think about this."
    talk.ask(messages=[*HELLO, message.to_dict(), {"role": "user", "content": "And?"}], **asked)
    again = talk.upstream.last.body["messages"][1]["content"]
    assert again[0] == {"type": "thinking", "thinking": "Let me think about this.", "signature": "c2lnbmF0dXJl"}
    assert again[1]["text"] == "You said: Grüß Gott, upstream"


# -------------------------------------------------------------------------------------------------------- errors


@pytest.mark.parametrize(
    ("scene", "error", "status", "code"),
    [
        ("rate-limited", openai.RateLimitError, 429, "rate_limit_exceeded"),
        ("overloaded", openai.InternalServerError, 503, None),
        ("too-long", openai.BadRequestError, 400, "context_length_exceeded"),
        ("no-credit", openai.APIStatusError, None, "insufficient_quota"),
        ("forbidden", openai.PermissionDeniedError, 403, None),
        ("timeout", openai.InternalServerError, 504, None),
        ("bad-gateway", openai.InternalServerError, 502, None),
    ],
)
@pytest.mark.parametrize("stream", [False, True])
def test_errors_are_typed(
    talk: Talk, scene: str, error: type[openai.APIStatusError], status: int | None, code: str | None, stream: bool
) -> None:
    talk.upstream.play(scene)
    with pytest.raises(error) as caught:
        talk.ask(stream=stream)
    assert type(caught.value) is error or status is None
    assert status is None or caught.value.status_code == status
    assert code is None or caught.value.code == code
    assert caught.value.message
    if scene != "bad-gateway":
        assert caught.value.request_id == "req_0001"
    if scene == "rate-limited":
        assert caught.value.response.headers["retry-after"] == "7"
        assert caught.value.response.headers["x-ratelimit-limit-requests"] == "50"


@pytest.mark.parametrize("scene", ["not-json", "not-a-message"])
def test_an_answer_that_cannot_be_read_is_a_bad_gateway(talk: Talk, scene: str) -> None:
    talk.upstream.play(scene)
    with pytest.raises(openai.InternalServerError) as caught:
        talk.ask()
    assert caught.value.status_code == 502


@pytest.mark.parametrize("scene", ["not-json", "not-a-message"])
def test_no_stream_where_one_was_asked_for(talk: Talk, scene: str) -> None:
    talk.upstream.play(scene)
    with pytest.raises(openai.APIError):
        list(talk.ask(stream=True))


def test_the_sdk_retries_what_the_upstream_says_will_pass(talk: Talk) -> None:
    talk.upstream.play("overloaded-briefly")
    with talk.connect(max_retries=1) as talk.client:
        assert talk.ask().choices[0].message.content == "You said: Grüß Gott, upstream"
    assert [exchange.status for exchange in talk.upstream.exchanges] == [529, 200]


@pytest.mark.parametrize(
    ("change", "param"),
    [
        ({"messages": [{"role": "user", "content": [AUDIO]}]}, "messages[0].content[0]"),
        ({"messages": [{"role": "stranger", "content": "x"}]}, "messages[0].role"),
        ({"messages": "hello"}, "messages"),
        ({"max_tokens": "many"}, "max_tokens"),
    ],
)
def test_what_cannot_be_said_is_refused_before_it_is_sent(talk: Talk, change: dict[str, Any], param: str) -> None:
    with pytest.raises(openai.BadRequestError) as caught:
        talk.ask(**change)
    assert caught.value.param is not None and caught.value.param.startswith(param)
    assert talk.upstream.exchanges == []


def test_a_path_that_is_not_served(talk: Talk) -> None:
    with pytest.raises(openai.NotFoundError):
        talk.client.responses.create(model=MODEL, input="hello")


@pytest.mark.parametrize("stream", [False, True])
def test_time_out_before_the_answer(talk: Talk, stream: bool) -> None:
    talk.upstream.play("silent")
    with pytest.raises(openai.APITimeoutError) as caught:
        talk.ask(stream=stream, timeout=0.2)
    assert isinstance(caught.value.__cause__, talk.lib.ReadTimeout)
    assert talk.upstream.last.done.wait(5)
    assert talk.upstream.last.client_gone


def test_time_out_within_a_stream(talk: Talk) -> None:
    talk.upstream.play("held")
    with pytest.raises((openai.APITimeoutError, talk.lib.ReadTimeout)):
        list(talk.ask(stream=True, timeout=0.2))


def test_connection_refused(talk: Talk) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    with talk.connect(transport={"base_url": f"http://127.0.0.1:{port}"}) as talk.client:
        with pytest.raises(openai.APIConnectionError) as caught:
            talk.ask()
        assert isinstance(caught.value.__cause__, talk.lib.ConnectError)


def test_hang_up(talk: Talk) -> None:
    talk.upstream.play("hang-up")
    with pytest.raises(openai.APIConnectionError):
        talk.ask()


# -------------------------------------------------------------------------------------------------------- losses


@pytest.mark.parametrize("stream", [False, True])
def test_losses_are_told_twice(talk: Talk, stream: bool) -> None:
    raw = talk.ask_raw(seed=7, logit_bias={"50256": -100}, stream=stream)
    if stream:
        list(raw.parse())
    told = raw.headers["x-dragoman-losses"]
    assert told.startswith("2: ") and "seed" in told and "logit_bias" in told
    assert sorted(loss.path.partition("[")[0].partition(".")[0] for loss in talk.losses) == ["logit_bias", "seed"]
    for loss in talk.losses:
        assert (loss.action, loss.severity) == ("dropped", "tuning")
        assert loss.reason and re.fullmatch(r"specs/(providers/anthropic|hub)/\w+\.yaml:\d+", loss.rule)


def test_nothing_lost_nothing_told(talk: Talk) -> None:
    assert "x-dragoman-losses" not in talk.ask_raw().headers


def test_strict_refuses_what_would_be_lost(talk: Talk) -> None:
    with talk.connect(transport={"strict": "tuning"}) as talk.client:
        assert talk.ask().choices
        with pytest.raises(openai.BadRequestError, match="seed"):
            talk.ask(seed=7)


def test_one_transport_serves_many_threads(talk: Talk) -> None:
    def ask(number: int) -> str:
        messages = [{"role": "user", "content": f"number {number}"}]
        if number % 2:
            return talk.ask(messages=messages).choices[0].message.content or ""
        return "".join(chunk.choices[0].delta.content or "" for chunk in talk.ask(messages=messages, stream=True))

    with ThreadPoolExecutor(8) as pool:
        assert list(pool.map(ask, range(40))) == [f"You said: number {number}" for number in range(40)]
