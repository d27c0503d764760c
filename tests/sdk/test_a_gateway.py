"""The example of a gateway, asked for what goes wrong: each answer is one that the client's SDK can read."""

from __future__ import annotations

from collections.abc import Iterator

import httpx
import pytest
from servers import MessagesServer

from examples.loopback_gateway import Gateway

NOBODY = "http://127.0.0.1:9"
ASKED = {"model": "claude-sonnet-4-5", "max_tokens": 9, "seed": 7, "messages": [{"role": "user", "content": "Hello"}]}


@pytest.fixture
def gateway(messages: MessagesServer) -> Iterator[Gateway]:
    with Gateway({"anthropic": messages.url, "gemini": NOBODY}) as gateway:
        yield gateway


def test_models(gateway: Gateway) -> None:
    listed = httpx.get(f"{gateway.url}/openai/anthropic/v1/models")
    assert (listed.status_code, listed.json()["object"]) == (200, "list")


@pytest.mark.parametrize("path", ["/", "/openai", "/openai/cohere/v1/chat/completions", "/opena/anthropic/v1/x"])
def test_what_is_not_there(gateway: Gateway, path: str) -> None:
    assert httpx.post(gateway.url + path, json=ASKED).status_code == 404


@pytest.mark.parametrize("stream", [False, True])
def test_an_upstream_that_nobody_reaches(gateway: Gateway, stream: bool) -> None:
    answer = httpx.post(f"{gateway.url}/openai/gemini/v1/chat/completions", json={**ASKED, "stream": stream})
    assert (answer.status_code, answer.json()["error"]["type"]) == (502, "server_error")
    assert answer.json()["error"]["message"].startswith("the upstream cannot be reached")


def test_an_upstream_that_takes_too_long(gateway: Gateway, messages: MessagesServer) -> None:
    messages.play("silent")
    gateway.http.timeout = httpx.Timeout(0.2)
    answer = httpx.post(f"{gateway.url}/openai/anthropic/v1/chat/completions", json=ASKED)
    assert (answer.status_code, answer.json()["error"]["message"]) == (504, "the upstream does not answer in time")


def test_an_upstream_that_goes_in_the_middle(gateway: Gateway, messages: MessagesServer) -> None:
    messages.play("cut-off")
    answer = httpx.post(f"{gateway.url}/openai/anthropic/v1/chat/completions", json={**ASKED, "stream": True})
    assert answer.status_code == 200
    assert answer.text.endswith("data: [DONE]\n\n")
    assert '"error"' in answer.text.split("\n\n")[-3]
    assert {loss.path for loss in gateway.losses["openai", "anthropic"]} == {"seed"}
