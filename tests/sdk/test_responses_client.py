"""The OpenAI SDK's Responses API talks to upstreams of four other dialects."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, Literal

import httpx2
import openai
import pydantic
import pytest
from servers.wire import ScriptedServer

from dragoman import Loss
from dragoman.transport import Transport
from examples.five_clients import UPSTREAMS

HELLO = "Grüß Gott, upstream"
CITY: dict[str, Any] = {
    "type": "object",
    "properties": {"city": {"type": "string"}, "unit": {"type": "string", "enum": ["celsius", "kelvin"]}},
    "required": ["city", "unit"],
    "additionalProperties": False,
}
WEATHER: Any = {"type": "function", "name": "get_weather", "description": "It", "parameters": CITY, "strict": True}
TIME: Any = {
    "type": "function",
    "name": "get_time",
    "parameters": {"type": "object", "properties": {}},
    "strict": False,
}
ANSWER = {"city": "Vienna", "unit": "celsius"}
SLUGS = ["openai", "anthropic", "gemini", "bedrock"]


class Weather(pydantic.BaseModel):
    """What a structured answer, or the arguments of a call, are parsed into."""

    city: str
    unit: Literal["celsius", "kelvin"]


@dataclass
class Talk:
    """A client, the upstream behind it, and what was said to be lost on the way."""

    slug: str
    upstream: ScriptedServer
    model: str
    losses: list[Loss] = field(default_factory=list)
    client: Any = None

    def asked(self, **changes: Any) -> dict[str, Any]:
        return {"model": self.model, "input": HELLO, "max_output_tokens": 500, "store": False} | changes

    def ask(self, **changes: Any) -> Any:
        return self.client.responses.create(**self.asked(**changes))

    def summed(self, **changes: Any) -> Any:
        """What the SDK's accumulator makes of a stream."""
        with self.client.responses.stream(**self.asked(**changes)) as stream:
            return stream.get_final_response()


@pytest.fixture(params=SLUGS)
def talk(request: pytest.FixtureRequest) -> Iterator[Talk]:
    yield from talking(request.param)


@pytest.fixture
def thinker() -> Iterator[Talk]:
    """An upstream that thinks, and signs what it thought."""
    yield from talking("anthropic")


def talking(slug: str) -> Iterator[Talk]:
    server, behind, model = UPSTREAMS[slug]
    with server(inputs={"get_weather": ANSWER, "get_time": {}}) as upstream:
        talk = Talk(slug, upstream, model)
        transport: Any = Transport(
            slug,
            client="openai-responses",
            api_key="upstream key",
            base_url=upstream.url + behind,
            on_loss=talk.losses.extend,
        )
        with openai.OpenAI(
            api_key="unused",
            base_url="http://dragoman/v1",
            max_retries=0,
            http_client=httpx2.Client(transport=transport),
        ) as talk.client:
            yield talk
        upstream.release()


def shape(answer: Any) -> list[Any]:
    """Items without their ids."""
    items: list[Any] = []
    for item in answer.output:
        if item.type == "message":
            items += [(item.type, part.type, part.text) for part in item.content]
        elif item.type == "reasoning":
            items.append((item.type, [part.text for part in item.content or item.summary], item.encrypted_content))
        else:
            items.append((item.type, item.name, json.loads(item.arguments)))
    return items


# -------------------------------------------------------------------------------------------------- whole answers


def test_a_text(talk: Talk) -> None:
    answer = talk.ask()
    assert answer.output_text == f"You said: {HELLO}"
    assert (answer.object, answer.status, answer.error, answer.incomplete_details) == (
        "response",
        "completed",
        None,
        None,
    )
    assert answer.id and answer.created_at and answer.model
    (item,) = answer.output
    assert (item.type, item.role, item.status) == ("message", "assistant", "completed")
    assert item.id.startswith("msg_") and item.content[0].annotations == []
    usage = answer.usage
    assert usage.input_tokens and usage.output_tokens
    assert usage.total_tokens == usage.input_tokens + usage.output_tokens
    assert usage.input_tokens_details.cached_tokens >= 0 and usage.output_tokens_details.reasoning_tokens >= 0
    assert talk.losses == []


def test_two_calls_and_their_results(talk: Talk) -> None:
    history: list[Any] = [{"role": "user", "content": HELLO}]
    answer = talk.ask(input=history, tools=[WEATHER, TIME], parallel_tool_calls=True)
    calls = [item for item in answer.output if item.type == "function_call"]
    assert [(call.name, json.loads(call.arguments)) for call in calls] == [("get_weather", ANSWER), ("get_time", {})]
    assert len({call.call_id for call in calls}) == len({call.id for call in calls}) == 2
    assert {call.status for call in calls} == {"completed"} and answer.status == "completed"
    history += [item.model_dump(exclude_none=True) for item in answer.output]
    history += [{"type": "function_call_output", "call_id": call.call_id, "output": "21 °C"} for call in calls]
    told = talk.ask(input=history, tools=[WEATHER, TIME])
    assert told.output_text.startswith("Here is what I found: ") and told.output_text.count("21 °C") == 2


def test_a_structured_answer(thinker: Talk) -> None:
    answer = thinker.client.responses.parse(**thinker.asked(text_format=Weather))
    assert isinstance(answer.output_parsed, Weather)
    assert answer.text.format.type == "json_schema" and answer.text.format.name == "Weather"
    with thinker.client.responses.stream(**thinker.asked(text_format=Weather)) as stream:
        assert stream.get_final_response().output_parsed == answer.output_parsed


def test_a_tool_from_a_model(talk: Talk) -> None:
    tool: Any = openai.pydantic_function_tool(Weather, name="get_weather")
    answer = talk.client.responses.parse(**talk.asked(tools=[tool]))
    (call,) = [item for item in answer.output if item.type == "function_call"]
    assert call.parsed_arguments == Weather(**ANSWER)  # type: ignore[arg-type]
    (summed,) = [item for item in talk.summed(tools=[tool]).output if item.type == "function_call"]
    assert summed.parsed_arguments == call.parsed_arguments


def test_what_was_thought_goes_back_signed(thinker: Talk) -> None:
    history: list[Any] = [{"role": "user", "content": HELLO}]
    options: Any = {"reasoning": {"effort": "high"}, "tools": [TIME], "include": ["reasoning.encrypted_content"]}
    answer = thinker.ask(input=history, **options)
    kinds = [item.type for item in answer.output]
    assert kinds == ["reasoning", "message", "function_call"]
    thought, _, call = answer.output
    assert [part.text for part in thought.content] == ["Let me think about this."] and thought.encrypted_content
    history += [item.model_dump(exclude_none=True) for item in answer.output]
    history.append({"type": "function_call_output", "call_id": call.call_id, "output": "noon"})
    told = thinker.ask(input=history, **options)
    assert told.output_text == "Here is what I found: noon"
    (before,) = [turn for turn in thinker.upstream.last.body["messages"] if turn["role"] == "assistant"]
    assert before["content"][0] == {
        "type": "thinking",
        "thinking": "Let me think about this.",
        "signature": "c2lnbmF0dXJl",
    }
    assert [block["type"] for block in before["content"]] == ["thinking", "text", "tool_use"]


def test_an_answer_that_is_cut_off(thinker: Talk) -> None:
    asked: Any = {"max_output_tokens": 16, "input": "word " * 40}
    *_, last = thinker.ask(**asked, stream=True)  # the accumulator takes answers only that are whole
    assert last.type == "response.incomplete"
    for answer in (thinker.ask(**asked), last.response):
        assert (answer.status, answer.incomplete_details.reason) == ("incomplete", "max_output_tokens")
        assert answer.output_text.startswith("You said: word")


# ------------------------------------------------------------------------------------------------------- streams


@pytest.mark.parametrize("tools", [[], [WEATHER, TIME]], ids=["text", "tools"])
def test_a_stream_says_what_the_whole_answer_says(talk: Talk, tools: list[Any]) -> None:
    whole, summed = talk.ask(tools=tools), talk.summed(tools=tools)
    assert shape(summed) == shape(whole)
    assert summed.status == whole.status
    assert summed.usage == whole.usage
    assert summed.output_text == whole.output_text
    assert [tool.name for tool in summed.tools] == [tool.name for tool in whole.tools]


def test_a_stream_of_thoughts(thinker: Talk) -> None:
    options: Any = {"reasoning": {"effort": "high"}, "tools": [TIME]}
    assert shape(thinker.summed(**options)) == shape(thinker.ask(**options))


@pytest.mark.parametrize("tools", [[], [WEATHER, TIME]], ids=["text", "tools"])
def test_events_come_in_their_order(talk: Talk, tools: list[Any]) -> None:
    """Numbers without a gap, items and parts opened before they grow and closed once, and what is closed is the sum."""
    events = list(talk.client.responses.create(**talk.asked(tools=tools), stream=True))
    assert [event.sequence_number for event in events] == list(range(len(events)))
    assert [event.type for event in events[:2]] == ["response.created", "response.in_progress"]
    assert events[0].response.status == "in_progress" and events[0].response.output == []
    assert events[-1].type == "response.completed" and events[-1].response.status == "completed"
    items: dict[int, Any] = {}
    sums: dict[int, str] = {}
    done: list[int] = []
    for event in events:
        match event.type:
            case "response.output_item.added":
                assert event.output_index == len(items)
                items[event.output_index] = event.item
            case "response.output_text.delta" | "response.function_call_arguments.delta":
                assert event.output_index not in done and event.item_id == items[event.output_index].id
                sums[event.output_index] = sums.get(event.output_index, "") + event.delta
            case "response.output_text.done":
                assert event.text == sums[event.output_index]
            case "response.function_call_arguments.done":
                assert event.name == items[event.output_index].name
                assert event.arguments == sums.get(event.output_index, "{}")
            case "response.output_item.done":
                done.append(event.output_index)
                assert (event.item.type, event.item.id) == (
                    items[event.output_index].type,
                    items[event.output_index].id,
                )
    assert sorted(done) == sorted(items)
    ended = {event.output_index: event.item for event in events if event.type == "response.output_item.done"}
    assert [ended[at].model_dump() for at in sorted(ended)] == [
        item.model_dump() for item in events[-1].response.output
    ]


# -------------------------------------------------------------------------------------------- what was asked for


def test_the_answer_repeats_what_was_asked(talk: Talk) -> None:
    """The types of the SDK have these fields, and programs read them."""
    asked: dict[str, Any] = {
        "instructions": "Be brief.",
        "temperature": 0.5,
        "metadata": {"run": "7"},
        "tools": [WEATHER],
        "tool_choice": "auto",
        "parallel_tool_calls": True,
        "text": {"format": {"type": "text"}, "verbosity": "low"},
    }
    for answer in (talk.ask(**asked), talk.summed(**asked)):
        assert answer.instructions == "Be brief."
        assert (answer.temperature, answer.top_p, answer.max_output_tokens) == (0.5, None, 500)
        assert (answer.tool_choice, answer.parallel_tool_calls) == ("auto", True)
        assert answer.metadata == {"run": "7"} and answer.store is False
        assert [tool.model_dump(exclude_none=True) for tool in answer.tools] == [WEATHER]
        assert (answer.text.format.type, answer.text.verbosity) == ("text", "low")


# ------------------------------------------------------------------------------------------------------- errors


def test_a_request_that_cannot_be_said(talk: Talk) -> None:
    with pytest.raises(openai.BadRequestError) as raised:
        talk.ask(previous_response_id="resp_1")
    assert raised.value.param == "previous_response_id"
    assert talk.upstream.exchanges == []


def test_an_error_of_the_upstream(talk: Talk) -> None:
    turn: Any = {"role": "user", "content": HELLO}
    call: Any = {"type": "function_call", "call_id": "c", "name": "get_time", "arguments": "{}"}
    with pytest.raises(openai.BadRequestError) as raised:
        talk.ask(input=[turn, call, turn], tools=[TIME])
    assert raised.value.type == "invalid_request_error" and raised.value.message


@pytest.mark.parametrize("stream", [False, True])
def test_a_page_of_something_in_between(talk: Talk, stream: bool) -> None:
    talk.upstream.play("bad-gateway")
    with pytest.raises(openai.InternalServerError) as raised:
        talk.ask(stream=stream)
    assert raised.value.status_code == 502


@pytest.mark.parametrize("scene", ["truncated", "cut-off"])
def test_a_stream_that_ends_too_early(talk: Talk, scene: str) -> None:
    talk.upstream.play(scene)
    kinds: list[str] = []
    try:
        kinds += [event.type for event in talk.ask(stream=True)]
    except (openai.APIError, httpx2.TransportError):
        kinds.append("raised")
    assert kinds[-1] in ("error", "raised")
    assert "response.completed" not in kinds


def test_an_error_within_a_stream(thinker: Talk) -> None:
    thinker.upstream.play("error-in-stream")
    *_, last = thinker.ask(stream=True)
    assert (last.type, bool(last.message)) == ("error", True)
