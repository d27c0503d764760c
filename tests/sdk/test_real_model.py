"""A real model on this machine says the same, at temperature 0, whole and streamed, translated and asked directly."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import httpx2
import openai
import pytest

from dragoman import Loss
from dragoman.transport import Transport

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from examples.local_model import LocalModel, missing

pytestmark = [
    pytest.mark.real_model,
    pytest.mark.skipif(missing() is not None, reason=f"no local model: {missing()} (examples/requirements.txt)"),
]
QUESTIONS = [
    "What is the capital of France?",
    "Tell me what a translator does.",
    "Zähle drei Städte in Österreich auf.",
]


@pytest.fixture(scope="module")
def model() -> Iterator[LocalModel]:
    with LocalModel() as model:
        yield model


@pytest.fixture
def losses() -> list[Loss]:
    return []


@pytest.fixture
def client(model: LocalModel, losses: list[Loss]) -> Iterator[openai.OpenAI]:
    transport: Any = Transport(
        "anthropic", base_url=model.url, api_key="none", facts={"sampling": "both"}, on_loss=losses.extend
    )
    http_client = httpx2.Client(transport=transport)
    with openai.OpenAI(api_key="unused", base_url="http://dragoman/v1", http_client=http_client) as client:
        yield client


@pytest.mark.parametrize("question", QUESTIONS)
def test_the_same_text_streamed_and_not(
    model: LocalModel, client: openai.OpenAI, losses: list[Loss], question: str
) -> None:
    asked: Any = {
        "model": model.name,
        "temperature": 0,
        "max_tokens": 40,
        "messages": [
            {"role": "system", "content": "You are a helpful assistant."},
            {"role": "user", "content": question},
        ],
    }
    direct = httpx.post(
        f"{model.url}/v1/messages",
        json=asked | {"system": asked["messages"][0]["content"], "messages": asked["messages"][1:]},
        timeout=60,
    ).json()
    whole = client.chat.completions.create(**asked)
    chunks = list(client.chat.completions.create(**asked, stream=True, stream_options={"include_usage": True}))
    deltas = [chunk.choices[0] for chunk in chunks if chunk.choices]
    streamed = "".join(choice.delta.content or "" for choice in deltas)
    assert direct["content"][0]["text"] == whole.choices[0].message.content == streamed
    assert deltas[-1].finish_reason == whole.choices[0].finish_reason
    counts, usage = chunks[-1].usage, whole.usage
    assert counts is not None and usage is not None
    assert counts.completion_tokens == usage.completion_tokens == direct["usage"]["output_tokens"]
    assert counts.prompt_tokens == usage.prompt_tokens  # however much of it was in the cache
    assert losses == []


def test_a_prompt_beyond_the_context(model: LocalModel, client: openai.OpenAI) -> None:
    with pytest.raises(openai.BadRequestError, match="context") as caught:
        client.chat.completions.create(model=model.name, messages=[{"role": "user", "content": "word " * 5000}])
    assert caught.value.code == "context_length_exceeded"
