"""The official OpenAI SDK talks to a model that speaks only the Messages API.

Between them stands a translator that was generated from YAML, as a transport inside the SDK's own HTTP client: there is
no proxy, and the program below is an ordinary OpenAI program. First a real model that runs on this machine, then a
scripted server for what a small model cannot do (tools, structured output).

    python -m examples.openai_client_talks_messages
"""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx2
import openai

from dragoman import Loss
from dragoman.transport import Transport

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "tests"))

from servers import MessagesServer

from examples.local_model import LocalModel

SYSTEM: Any = {"role": "system", "content": "You are a helpful assistant."}
#: What the translator cannot know about a model that it has no facts of.
FACTS = {"sampling": "both", "default_max_tokens": 128}


class Failed(Exception):
    """A step did not do what it says."""


def expect(holds: object, what: str) -> None:
    if not holds:
        raise Failed(what)


def openai_client(base_url: str, losses: list[Loss], facts: dict[str, Any] | None = None) -> openai.OpenAI:
    """An ordinary OpenAI client; all that is special is the transport that carries its requests."""
    # Duck-typed, so that one class serves clients of httpx and of httpx2; for a type checker it is of neither.
    transport: Any = Transport("anthropic", base_url=base_url, api_key="none", facts=facts, on_loss=losses.extend)
    return openai.OpenAI(
        api_key="unused",
        base_url="http://dragoman/v1",  # nobody listens there: the transport sends to its own base_url
        http_client=httpx2.Client(transport=transport),
    )


# ---------------------------------------------------------------------------------------- against the local model


def chat(client: openai.OpenAI, model: str, losses: list[Loss]) -> None:
    """A chat"""
    answer = client.chat.completions.create(
        model=model, temperature=0, messages=[SYSTEM, {"role": "user", "content": "What is the capital of France?"}]
    )
    text = answer.choices[0].message.content
    show("What is the capital of France?", text)
    show("finish_reason", answer.choices[0].finish_reason)
    show("usage", usage(answer.usage))
    expect(text and "Paris" in text, "the model names the city")
    expect(answer.object == "chat.completion" and answer.usage, "the answer is a chat completion with usage")


def stream(client: openai.OpenAI, model: str, losses: list[Loss]) -> None:
    """A stream, with usage: the words appear as the model finds them"""
    begun = time.monotonic()
    times: list[float] = []
    counted = None
    print("  ", end="")
    for chunk in client.chat.completions.create(
        model=model,
        temperature=0,
        max_tokens=48,
        messages=[SYSTEM, {"role": "user", "content": "Tell me what a translator does."}],
        stream=True,
        stream_options={"include_usage": True},
    ):
        if chunk.choices and chunk.choices[0].delta.content:
            times.append(time.monotonic() - begun)
            print(chunk.choices[0].delta.content, end="", flush=True)
        counted = chunk.usage or counted
    print()
    expect(len(times) > 10, "the text comes in many pieces")
    expect(counted is not None, "the last chunk brings the usage that was asked for")
    show("pieces", f"{len(times)}, the first after {times[0]:.2f} s, the last after {times[-1]:.2f} s")
    show("usage", usage(counted))
    expect(times[-1] - times[0] > 0.05, "the pieces come one after the other, not all at the end")


def lossy(client: openai.OpenAI, model: str, losses: list[Loss]) -> None:
    """A request that cannot be said in full: what was lost is told"""
    raw = client.chat.completions.with_raw_response.create(
        model=model,
        temperature=1.6,
        seed=7,
        presence_penalty=0.5,
        logit_bias={"50256": -100},
        max_tokens=24,
        messages=[SYSTEM, {"role": "user", "content": "Name three planets."}],
    )
    show("Name three planets.", raw.parse().choices[0].message.content)
    show("x-dragoman-losses", raw.headers.get("x-dragoman-losses"))
    for loss in losses:
        print(f"   {loss.path:18} {loss.action:12} {loss.severity:9} {loss.reason}\n{'':46}{loss.rule}")
    actions = {loss.path: loss.action for loss in losses}
    expect(actions.get("temperature") == "clamped", "a temperature beyond the other scale is clamped, and told")
    for path in ("seed", "presence_penalty"):
        expect(actions.get(path) == "dropped", f"{path} has no counterpart; that it was dropped is told")
    expect(any(path.startswith("logit_bias") for path in actions), "so is logit_bias")


def refused(client: openai.OpenAI, model: str, losses: list[Loss]) -> None:
    """A request that cannot be said at all: refused before anything is sent"""
    audio: Any = {"type": "input_audio", "input_audio": {"data": "UklGRg==", "format": "wav"}}
    try:
        client.chat.completions.create(model=model, messages=[{"role": "user", "content": [audio]}])
    except openai.BadRequestError as error:
        show_error(error)
        expect(error.param and "messages[0].content[0]" in error.param, "the error names the place")
    else:
        raise Failed("sound is refused")


def upstream_error(client: openai.OpenAI, model: str, losses: list[Loss]) -> None:
    """An error of the upstream, as the SDK's own exception"""
    try:
        client.chat.completions.create(model=model, messages=[{"role": "user", "content": "word " * 5000}])
    except openai.BadRequestError as error:
        show_error(error)
        expect("context" in error.message, "the upstream's own words arrive")
        expect(error.code == "context_length_exceeded", "and mean what they mean to an OpenAI program")
    else:
        raise Failed("a prompt beyond the context is an error")


# ------------------------------------------------------------------------------------- against the scripted server


def tool_loop(client: openai.OpenAI, model: str, losses: list[Loss]) -> None:
    """A tool loop (scripted server)"""
    messages: list[Any] = [{"role": "user", "content": "How is the weather in Vienna and in Graz?"}]
    function = {
        "name": "get_weather",
        "description": "The weather in a city",
        "parameters": {"type": "object", "properties": {"city": {"type": "string"}}, "required": ["city"]},
    }
    tools: Any = [{"type": "function", "function": function}]
    weather = {"Vienna": "21 °C, clear", "Graz": "19 °C, rain"}
    called = 0
    while True:
        message = client.chat.completions.create(model=model, max_tokens=100, messages=messages, tools=tools).choices[0]
        if not message.message.tool_calls:
            break
        messages.append(message.message)
        for call in message.message.tool_calls:
            expect(call.type == "function", "the calls are functions")
            arguments = json.loads(call.function.arguments) if call.type == "function" else {}
            result = weather[arguments["city"]]
            show(f"get_weather({arguments['city']})", result)
            messages.append({"role": "tool", "tool_call_id": call.id, "content": result})
            called += 1
    show("answer", message.message.content)
    expect(called == 1, "the tool is called once")
    expect(message.message.content and "21 °C, clear" in message.message.content, "the result reaches the model")


def structured(client: openai.OpenAI, model: str, losses: list[Loss]) -> None:
    """JSON mode (scripted server): the dialect has none, so a forced tool gives the object, streamed as content"""
    asked: Any = {
        "model": model,
        "max_tokens": 100,
        "messages": [{"role": "user", "content": "The weather in Vienna, as JSON."}],
        "response_format": {"type": "json_object"},
    }
    answer = client.chat.completions.create(**asked).choices[0]
    show("parsed", json.loads(answer.message.content or ""))
    show("finish_reason", answer.finish_reason)
    expect(not answer.message.tool_calls and answer.finish_reason == "stop", "the client sees no tool")
    chunks = client.chat.completions.create(**asked, stream=True)
    pieces = [chunk.choices[0].delta.content or "" for chunk in chunks if chunk.choices]
    show("streamed", [piece for piece in pieces if piece])
    expect(json.loads("".join(pieces)) == json.loads(answer.message.content or ""), "the same, streamed")
    for loss in losses[:1]:
        print(f"   {loss.path:18} {loss.action:12} {loss.severity:9} {loss.reason}\n{'':46}{loss.rule}")
    expect(any(loss.path.startswith("response_format") for loss in losses), "the substitution is told")


# --------------------------------------------------------------------------------------------------------- output


def show(label: str, value: object) -> None:
    print(f"   {label + ':':32} {value}")


def show_error(error: openai.APIStatusError) -> None:
    show(f"openai.{type(error).__name__}", f"{error.status_code}, param {error.param}, code {error.code}")
    print(f"   {error.message}")


def usage(counted: Any) -> str:
    return f"{counted.prompt_tokens} + {counted.completion_tokens} = {counted.total_tokens} tokens"


Step = Callable[[openai.OpenAI, str, list[Loss]], None]


def run(steps: list[Step], base_url: str, model: str, facts: dict[str, Any] | None = None) -> None:
    for step in steps:
        print(f"\n{(step.__doc__ or '').strip()}")
        losses: list[Loss] = []
        # A client for each step: llama.cpp's server drops a connection after a stream without saying so.
        with openai_client(base_url, losses, facts) as client:
            step(client, model, losses)


def main() -> int:
    begun = time.monotonic()
    try:
        with LocalModel() as local:
            print(f"\nA local model speaks the Messages API at {local.url}/v1/messages; the OpenAI SDK asks it.")
            run([chat, stream, lossy, refused, upstream_error], local.url, local.name, FACTS)
        with MessagesServer(inputs={"get_weather": {"city": "Vienna"}}) as scripted:
            print(f"\nA scripted server speaks it at {scripted.url}/v1/messages.")
            run([tool_loop, structured], scripted.url, "claude-sonnet-4-6")
    except Failed as failure:
        print(f"\nFAILED: this should hold and does not: {failure}", file=sys.stderr)
        return 1
    except openai.OpenAIError as error:
        print(f"\nFAILED: the SDK raised {type(error).__name__}: {error}", file=sys.stderr)
        return 1
    print(f"\nAll seven steps did what they say, in {time.monotonic() - begun:.1f} s.")
    return 0


if __name__ == "__main__":
    sys.exit(main())
