"""An empty answer in the history, sent to three endpoints that speak Chat Completions, each in its own way.

The first answers with every field of the dialect, the second with the few that it has, and the third refuses an empty
answer, with an error in a list. One typed client asks all three and cannot tell them apart by the form of what it gets.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import httpx2
import openai
import pytest
from servers import ScriptedServer, json_reply

from dragoman import Loss
from dragoman.transport import Transport

ASKED: Any = [{"role": "user", "content": "Good morning"}, {"role": "assistant", "content": ""}]
FULL = {
    "id": "chatcmpl-7Qa",
    "object": "chat.completion",
    "created": 1763800000,
    "model": "gpt-4.1-2025-04-14",
    "choices": [
        {
            "index": 0,
            "message": {"role": "assistant", "content": "Good morning!", "refusal": None, "annotations": []},
            "logprobs": None,
            "finish_reason": "stop",
        }
    ],
    "usage": {
        "prompt_tokens": 14,
        "completion_tokens": 4,
        "total_tokens": 18,
        "prompt_tokens_details": {"cached_tokens": 0, "audio_tokens": 0},
        "completion_tokens_details": {
            "reasoning_tokens": 0,
            "audio_tokens": 0,
            "accepted_prediction_tokens": 0,
            "rejected_prediction_tokens": 0,
        },
    },
    "service_tier": "default",
    "system_fingerprint": "fp_0",
}
SPARSE = {
    "id": "msg_01Q",
    "choices": [{"finish_reason": "stop", "index": 0, "message": {"role": "assistant", "content": "And to you."}}],
    "created": 1763800001,
    "model": "claude-sonnet-4-5-20250929",
    "object": "chat.completion",
    "usage": {"completion_tokens": 6, "prompt_tokens": 9, "total_tokens": 15},
}
ODD = {
    "choices": [{"finish_reason": "stop", "index": 0, "message": {"content": "Morning.", "role": "assistant"}}],
    "created": 1763800002,
    "id": "q1",
    "model": "gemini-2.5-flash",
    "object": "chat.completion",
    "usage": {"completion_tokens": 2, "prompt_tokens": 4, "total_tokens": 31},
}
REFUSED = [{"error": {"code": 400, "message": "A text of this request is empty.", "status": "INVALID_ARGUMENT"}}]
ANSWERS = {"openai": FULL, "anthropic-compat": SPARSE, "gemini-compat": ODD}
MODELS = {"openai": "gpt-4.1", "anthropic-compat": "claude-sonnet-4-5", "gemini-compat": "gemini-2.5-flash"}


class Endpoints(ScriptedServer):
    """Each endpoint below its slug; the third takes no message that says nothing."""

    def answer(self, exchange: Any, scene: str | None) -> Any:
        slug = exchange.path.split("/")[1]
        silent = any(not message.get("content") for message in exchange.body["messages"])
        return json_reply(400, REFUSED) if slug == "gemini-compat" and silent else json_reply(200, ANSWERS[slug])


@pytest.fixture(scope="module")
def endpoints() -> Iterator[Endpoints]:
    with Endpoints() as server:
        yield server


def ask(endpoints: Endpoints, slug: str, messages: Any = ASKED) -> tuple[Any, dict[str, Any], list[Loss]]:
    """The answer as the SDK's types have it and as JSON, and what was lost."""
    losses: list[Loss] = []
    transport = Transport(slug, api_key="k", base_url=f"{endpoints.url}/{slug}", on_loss=losses.extend)
    http = httpx2.Client(transport=transport)
    with openai.OpenAI(api_key="unused", base_url="http://dragoman/v1", max_retries=0, http_client=http) as client:
        raw = client.chat.completions.with_raw_response.create(model=MODELS[slug], messages=messages)
        return raw.parse(), raw.http_response.json(), losses


def paths(value: Any, at: str = "") -> set[str]:
    """The places of all members of a JSON value; elements of a list are one place."""
    if isinstance(value, dict):
        return {f"{at}.{key}" for key in value}.union(*(paths(one, f"{at}.{key}") for key, one in value.items()))
    return set().union(*(paths(one, f"{at}[]") for one in value)) if isinstance(value, list) else set()


def shape(typed: Any, json: Any) -> tuple[Any, ...]:
    """The fields that the SDK's types have, and all of those of the body."""
    first = typed.choices[0]
    parts = (typed, first, first.message, typed.usage)
    return *(tuple(sorted(set(part.model_dump()) | set(part.model_extra or {}))) for part in parts), frozenset(
        paths(json)
    )


def test_three_endpoints_give_one_shape(endpoints: Endpoints) -> None:
    got = {slug: ask(endpoints, slug) for slug in ANSWERS}
    assert len({shape(typed, json) for typed, json, _ in got.values()}) == 1
    assert paths(got["openai"][1]) == paths(FULL)
    for slug, (typed, json, _) in got.items():
        said: Any = ANSWERS[slug]
        assert typed.choices[0].message.content == said["choices"][0]["message"]["content"]
        assert {key: json[key] for key in ("id", "created", "model", "object")} == {
            key: said[key] for key in ("id", "created", "model", "object")
        }
        assert {key: json["usage"][key] for key in said["usage"]} == said["usage"]
    for slug in ("anthropic-compat", "gemini-compat"):
        json = got[slug][1]
        assert [json["service_tier"], json["system_fingerprint"], json["choices"][0]["message"]["refusal"]] == [
            None
        ] * 3
        assert set(json["usage"]["completion_tokens_details"].values()) == {None}


def test_what_the_third_would_refuse_is_left_out_and_told(endpoints: Endpoints) -> None:
    *_, losses = ask(endpoints, "gemini-compat")
    assert endpoints.last.body["messages"] == ASKED[:1]
    assert [(loss.path, loss.action) for loss in losses] == [("messages[1]", "dropped")]
    assert losses[0].reason
    for slug in ("openai", "anthropic-compat"):
        *_, losses = ask(endpoints, slug)
        assert (endpoints.last.body["messages"], losses) == (ASKED, [])


def test_its_refusal_is_a_typed_error(endpoints: Endpoints) -> None:
    with pytest.raises(openai.BadRequestError) as refused:
        ask(endpoints, "gemini-compat", [{"role": "user", "content": ""}])
    assert refused.value.body == {
        "message": "A text of this request is empty.",
        "type": "invalid_request_error",
        "param": None,
        "code": "400",
    }
