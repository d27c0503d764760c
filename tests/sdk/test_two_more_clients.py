"""The SDKs of two dialects that no scripted server speaks: they read what translations to their dialects write."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from typing import Any

import cohere
import ollama
import pytest
from cohere.core.api_error import ApiError

from examples.five_clients import STEPS, UPSTREAMS, gateway
from examples.loopback_gateway import Gateway
from examples.sdk_clients import DESCRIPTION, NAME, PARAMETERS, Call, Turn

TOOL: dict[str, Any] = {
    "type": "function",
    "function": {"name": NAME, "description": DESCRIPTION, "parameters": PARAMETERS},
}


class Cohere:
    """`cohere.ClientV2`."""

    def __init__(self, url: str, model: str) -> None:
        self.sdk = cohere.ClientV2(api_key="unused", base_url=url)
        self.model = model
        self.messages: list[dict[str, Any]] = []

    def say(self, text: str) -> None:
        self.messages.append({"role": "user", "content": text})

    def results(self, results: Sequence[tuple[Call, str]]) -> None:
        self.messages += [{"role": "tool", "tool_call_id": call.id, "content": text} for call, text in results]

    def turn(self, *, tools: bool, stream: bool) -> Turn:
        asked: dict[str, Any] = {"model": self.model, "messages": self.messages, "max_tokens": 500}
        if tools:
            asked["tools"] = [TOOL]
        text, calls = self._streamed(asked) if stream else self._whole(asked)
        self.messages.append({"role": "assistant", "content": text or None, "tool_calls": calls or None})
        found = [
            Call(call["id"], call["function"]["name"], json.loads(call["function"]["arguments"])) for call in calls
        ]
        return Turn(text, found)

    def _whole(self, asked: dict[str, Any]) -> tuple[str, list[dict[str, Any]]]:
        answer = self.sdk.chat(**asked)
        assert answer.usage is not None and answer.usage.tokens is not None and answer.usage.tokens.input_tokens
        assert answer.finish_reason == ("TOOL_CALL" if answer.message.tool_calls else "COMPLETE")
        text = "".join(part.text for part in answer.message.content or () if part.type == "text")
        return text, [call.dict() for call in answer.message.tool_calls or ()]

    def _streamed(self, asked: dict[str, Any]) -> tuple[str, list[dict[str, Any]]]:
        text, calls, last = "", [], ""
        for event in self.sdk.chat_stream(**asked):
            said: Any = getattr(event, "delta", None)
            last = event.type
            if event.type == "content-delta":
                text += said.message.content.text or ""
            elif event.type == "tool-call-start":
                calls.append(said.message.tool_calls.dict())
            elif event.type == "tool-call-delta":
                calls[-1]["function"]["arguments"] += said.message.tool_calls.function.arguments
            elif event.type == "message-end":
                assert said.finish_reason == ("TOOL_CALL" if calls else "COMPLETE")
        assert last == "message-end"
        return text, calls


class Ollama:
    """`ollama.Client`."""

    def __init__(self, url: str, model: str) -> None:
        self.sdk = ollama.Client(host=url)
        self.model = model
        self.messages: list[Any] = []

    def say(self, text: str) -> None:
        self.messages.append({"role": "user", "content": text})

    def results(self, results: Sequence[tuple[Call, str]]) -> None:
        self.messages += [{"role": "tool", "tool_name": call.name, "content": text} for call, text in results]

    def turn(self, *, tools: bool, stream: bool) -> Turn:
        asked: dict[str, Any] = {"model": self.model, "messages": self.messages, "options": {"num_predict": 500}}
        if tools:
            asked["tools"] = [TOOL]
        lines = list(self.sdk.chat(**asked, stream=True)) if stream else [self.sdk.chat(**asked, stream=False)]
        assert [line.done for line in lines] == [False] * (len(lines) - 1) + [True]
        assert lines[-1].done_reason == "stop" and lines[-1].prompt_eval_count and lines[-1].eval_count
        text = "".join(line.message.content or "" for line in lines)
        calls = [call for line in lines for call in line.message.tool_calls or ()]
        self.messages.append(
            {"role": "assistant", "content": text, "tool_calls": [call.model_dump() for call in calls]}
        )
        return Turn(text, [Call("", call.function.name, dict(call.function.arguments)) for call in calls])


CLIENTS: dict[str, type[Cohere | Ollama]] = {"cohere": Cohere, "ollama": Ollama}


@pytest.fixture(scope="module")
def between() -> Iterator[Gateway]:
    with gateway() as made:
        yield made


@pytest.mark.parametrize("step", STEPS)
@pytest.mark.parametrize("upstream", UPSTREAMS)
@pytest.mark.parametrize("client", CLIENTS)
def test_a_pair(client: str, upstream: str, step: str, between: Gateway) -> None:
    run, stream = STEPS[step]
    run(CLIENTS[client](f"{between.url}/{client}/{upstream}", UPSTREAMS[upstream][2]), stream=stream)


@pytest.mark.parametrize(("client", "fault"), [("cohere", ApiError), ("ollama", ollama.ResponseError)])
def test_an_error_is_one_of_the_sdk(client: str, fault: type[Exception], between: Gateway) -> None:
    asked = CLIENTS[client](f"{between.url}/{client}/openai", "gpt-4.1")
    asked.results([(Call("nobody", "nothing", {}), "x")])
    with pytest.raises(fault) as raised:
        asked.turn(tools=False, stream=False)
    assert raised.value.status_code == 400  # type: ignore[attr-defined]
