"""The SDKs of other dialects ask for vectors; those of other upstreams come back in their own forms."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from typing import Any

import boto3
import cohere
import ollama
import pytest
from botocore.config import Config
from cohere.core.api_error import ApiError
from google import genai
from google.genai import errors, types
from servers import VectorServer
from servers.vectors import vector

from examples.loopback_gateway import Gateway

TEXTS = ["Grüß Gott", "hello"]
VECTORS = [vector(text) for text in TEXTS]
MODELS = {
    "openai": "text-embedding-3-small",
    "voyage": "voyage-3.5",
    "cohere": "embed-v4.0",
    "ollama": "embeddinggemma",
}


@pytest.fixture(scope="module")
def upstream() -> Iterator[VectorServer]:
    with VectorServer() as server:
        yield server


@pytest.fixture
def gateway(upstream: VectorServer) -> Iterator[Gateway]:
    upstream.reset()
    below = {"openai": "/openai", "voyage": "/voyage"}
    with Gateway({slug: upstream.url + below.get(slug, "") for slug in MODELS}) as made:
        yield made


def with_cohere(url: str, model: str) -> Any:
    answer = cohere.ClientV2(api_key="unused", base_url=url).embed(
        model=model, texts=TEXTS, input_type="search_query", embedding_types=["float", "base64"]
    )
    assert answer.meta is not None
    assert answer.meta.billed_units is not None
    assert answer.meta.billed_units.input_tokens == 2
    assert len(answer.embeddings.base64 or ()) == 2
    return answer.embeddings.float_


def with_ollama(url: str, model: str) -> Any:
    answer = ollama.Client(host=url).embed(model=model, input=TEXTS)
    assert (answer.model, answer.prompt_eval_count) == (model, 2)
    return [list(numbers) for numbers in answer.embeddings]


def google(url: str) -> genai.Client:
    return genai.Client(api_key="unused", vertexai=False, http_options=types.HttpOptions(base_url=url, timeout=20_000))


def with_gemini(url: str, model: str) -> Any:
    contents: Any = TEXTS
    config = types.EmbedContentConfig(task_type="RETRIEVAL_QUERY")
    sdk = google(url)
    answer = sdk.models.embed_content(model=model, contents=contents, config=config)
    return [one.values for one in answer.embeddings or ()]


def with_boto3(url: str, model: str) -> Any:
    sdk: Any = boto3.client(
        "bedrock-runtime",
        endpoint_url=url,
        region_name="us-east-1",
        aws_access_key_id="unused",
        aws_secret_access_key="unused",
        config=Config(retries={"total_max_attempts": 1}),
    )
    body = json.dumps({"texts": TEXTS, "input_type": "search_query", "truncate": "END"})
    return json.loads(sdk.invoke_model(modelId=model, body=body)["body"].read())["embeddings"]


CLIENTS: dict[str, Callable[[str, str], Any]] = {
    "cohere": with_cohere,
    "ollama": with_ollama,
    "gemini": with_gemini,
    "bedrock": with_boto3,
}


@pytest.mark.parametrize(("client", "slug"), [(one, other) for one in CLIENTS for other in MODELS if one != other])
def test_vectors_are_the_upstream_s(client: str, slug: str, gateway: Gateway) -> None:
    assert CLIENTS[client](f"{gateway.url}/{client}/{slug}", MODELS[slug]) == VECTORS


def test_what_is_lost(gateway: Gateway) -> None:
    with_gemini(f"{gateway.url}/gemini/openai", MODELS["openai"])
    assert {(loss.path, loss.severity) for loss in gateway.losses["gemini", "openai"]} == {
        ("requests[0].taskType", "tuning")
    }


def test_refusals_have_the_client_s_form(gateway: Gateway, upstream: VectorServer) -> None:
    with pytest.raises(ApiError) as caught:
        cohere.ClientV2(api_key="unused", base_url=f"{gateway.url}/cohere/openai").embed(
            model="m", texts=TEXTS, input_type="search_query", embedding_types=["int8"]
        )
    assert caught.value.status_code == 400
    assert "vectors are of floats elsewhere" in str(caught.value.body)
    with pytest.raises(ollama.ResponseError, match="these are more texts than this model takes"):
        ollama.Client(host=f"{gateway.url}/ollama/cohere").embed(model="embed-v4.0", input=["x"] * 97)
    pair: Any = [types.Content(parts=[types.Part(text="a"), types.Part(text="b")])]
    sdk = google(f"{gateway.url}/gemini/openai")
    with pytest.raises(errors.ClientError, match="one text makes a vector elsewhere"):
        sdk.models.embed_content(model="m", contents=pair)
    assert upstream.exchanges == []
