"""Real SDK clients ask for embeddings, lists of models and counts of tokens; the upstreams speak other dialects."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from typing import Any

import anthropic
import httpx
import httpx2
import openai
import pytest
from servers import MessagesServer, VectorServer
from servers.vectors import vector

from dragoman import Loss
from dragoman.transport import AsyncTransport, Transport

TEXTS = ["Grüß Gott", "hello", ""]
UPSTREAMS = {
    "gemini": ("", "gemini-embedding-001"),
    "cohere": ("", "embed-v4.0"),
    "ollama": ("", "embeddinggemma"),
    "bedrock": ("", "cohere.embed-v4:0"),
    "voyage": ("/voyage", "voyage-3.5"),
    "openai": ("/openai", "text-embedding-3-small"),
}
LIBS = pytest.mark.parametrize("lib", [httpx2, httpx], ids=["httpx2", "httpx"])


@pytest.fixture(scope="module")
def _upstream() -> Iterator[VectorServer]:
    with VectorServer() as server:
        yield server


@pytest.fixture
def upstream(_upstream: VectorServer) -> VectorServer:
    _upstream.reset()
    return _upstream


def client(slug: str, url: str, lib: Any = httpx2, **options: Any) -> openai.OpenAI:
    transport: Any = Transport(slug, api_key="k", base_url=url, **options)
    http_client = lib.Client(transport=transport)
    return openai.OpenAI(api_key="unused", base_url="http://dragoman/v1", http_client=http_client, max_retries=0)


@LIBS
@pytest.mark.parametrize("form", ["as the SDK asks", "float", "base64"])
@pytest.mark.parametrize("slug", UPSTREAMS)
def test_vectors_are_the_upstream_s(slug: str, form: str, lib: Any, upstream: VectorServer) -> None:
    path, model = UPSTREAMS[slug]
    asked: Any = {} if form.startswith("as") else {"encoding_format": form}
    with client(slug, upstream.url + path, lib) as c:
        answer = c.embeddings.create(model=model, input=TEXTS, **asked)
    assert (answer.object, answer.model) == ("list", model)
    assert [(item.object, item.index) for item in answer.data] == [("embedding", n) for n in range(3)]
    if form == "base64":
        assert all(isinstance(item.embedding, str) for item in answer.data)
    else:
        assert [item.embedding for item in answer.data] == [vector(text) for text in TEXTS]
    tokens = 0 if slug == "gemini" else 3  # Gemini tells none of this model
    assert (answer.usage.prompt_tokens, answer.usage.total_tokens) == (tokens, tokens)


def test_a_text_by_itself_and_a_length(upstream: VectorServer) -> None:
    losses: list[Loss] = []
    with client("bedrock", upstream.url, on_loss=losses.extend) as c:
        answer = c.embeddings.create(model="amazon.titan-embed-text-v2:0", input="hello", dimensions=256, user="me")
    assert answer.data[0].embedding == vector("hello")
    assert upstream.last.body == {"inputText": "hello", "dimensions": 256}
    assert [(loss.path, loss.action, loss.severity) for loss in losses] == [("user", "dropped", "cosmetic")]


def test_what_vectors_are_for(upstream: VectorServer) -> None:
    with client("gemini", upstream.url) as c:
        more = {"input_type": "query", "truncate": "end"}
        c.embeddings.create(model="gemini-embedding-001", input="hello", extra_body=more)
    assert upstream.last.body["requests"][0]["taskType"] == "RETRIEVAL_QUERY"


@pytest.mark.parametrize(
    ("given", "problem"),
    [(["x"] * 97, "more texts than this model takes"), ([[1, 2], [3]], "only texts are taken here")],
)
def test_what_cannot_be_said_is_refused_and_not_sent(given: Any, problem: str, upstream: VectorServer) -> None:
    with client("cohere", upstream.url) as c, pytest.raises(openai.BadRequestError, match=problem) as caught:
        c.embeddings.create(model="embed-v4.0", input=given)
    assert caught.value.param in ("input", "input[0]")
    assert upstream.exchanges == []


def test_losses_of_the_severity_that_is_refused(upstream: VectorServer) -> None:
    with client("cohere", upstream.url, strict="tuning") as c:
        with pytest.raises(openai.BadRequestError, match="input_type"):
            c.embeddings.create(model="embed-v4.0", input="hello")
        c.embeddings.create(model="embed-v4.0", input="hello", extra_body={"input_type": "query"})


def test_an_upstream_s_failure(upstream: VectorServer) -> None:
    with client("voyage", upstream.url + "/nowhere") as c, pytest.raises(openai.NotFoundError):
        c.embeddings.create(model="voyage-3.5", input="hello")


def test_what_is_not_there(upstream: VectorServer, messages: MessagesServer) -> None:
    with client("anthropic", messages.url) as c, pytest.raises(openai.NotFoundError, match="only POST /chat"):
        c.embeddings.create(model="claude-sonnet-4-5", input="hello")
    with client("voyage", upstream.url) as c, pytest.raises(openai.NotFoundError, match="only POST /embeddings"):
        c.chat.completions.create(model="voyage-3.5", messages=[{"role": "user", "content": "hello"}])


def test_asynchronously(upstream: VectorServer) -> None:
    async def main() -> Any:
        transport: Any = AsyncTransport("gemini", api_key="k", base_url=upstream.url)
        http_client = httpx2.AsyncClient(transport=transport)
        async with openai.AsyncOpenAI(api_key="unused", base_url="http://dragoman/v1", http_client=http_client) as c:
            models = [model.id async for model in c.models.list()]
            return models, await c.embeddings.create(model="gemini-embedding-001", input="hello")

    models, answer = asyncio.run(main())
    assert models == ["gemini-embedding-001"]
    assert answer.data[0].embedding == vector("hello")


@LIBS
@pytest.mark.parametrize(
    ("slug", "owner"), [("gemini", "google"), ("cohere", "cohere"), ("ollama", "library"), ("openai", "system")]
)
def test_models(slug: str, owner: str, lib: Any, upstream: VectorServer) -> None:
    path, model = UPSTREAMS[slug]
    with client(slug, upstream.url + path, lib) as c:
        (found,) = list(c.models.list())
    assert (found.id, found.object, found.owned_by) == (model, "model", owner)
    assert upstream.last.raw == b""


@LIBS
def test_models_of_another_service(lib: Any, upstream: VectorServer) -> None:
    asked = []

    def answer(request: Any) -> Any:
        asked.append(str(request.url))
        return lib.Response(200, json={"modelSummaries": [{"modelId": "m", "providerName": "Amazon"}]})

    for more in ({}, {"base_url": "https://proxy.test/aws"}):
        transport: Any = Transport(
            "bedrock", api_key="k", settings={"region": "eu-west-1"}, transport=lib.MockTransport(answer), **more
        )
        with openai.OpenAI(api_key="unused", http_client=lib.Client(transport=transport), max_retries=0) as c:
            assert [(model.id, model.owned_by) for model in c.models.list()] == [("m", "Amazon")]
    elsewhere = "https://bedrock.eu-west-1.amazonaws.com/foundation-models"
    assert asked == [elsewhere, "https://proxy.test/aws/foundation-models"]


def test_models_of_a_publisher(upstream: VectorServer) -> None:
    with client("vertex", upstream.url, settings={"project": "p"}) as c:
        (found,) = list(c.models.list())
    assert (found.id, found.owned_by) == ("gemini-embedding-001", "google")


def test_models_of_anthropic(messages: MessagesServer) -> None:
    with client("anthropic", messages.url) as c:
        (found,) = list(c.models.list())
    assert (found.id, found.created) == ("scripted", 1795305600)


def claude(slug: str, url: str) -> anthropic.Anthropic:
    transport: Any = Transport(slug, client="anthropic", api_key="k", base_url=url)
    http_client = httpx2.Client(transport=transport)
    return anthropic.Anthropic(api_key="unused", base_url="http://dragoman", http_client=http_client, max_retries=0)


def test_clients_of_messages_see_the_models_of_others(upstream: VectorServer) -> None:
    with claude("gemini", upstream.url) as c:
        (found,) = list(c.models.list(limit=1000))
    assert (found.id, found.type, found.display_name) == ("gemini-embedding-001", "model", "gemini-embedding-001")


def test_clients_of_messages_count_for_others(upstream: VectorServer) -> None:
    with claude("gemini", upstream.url) as c:
        said: Any = [{"role": "user", "content": "hello"}]
        assert c.messages.count_tokens(model="gemini-3.5-flash", messages=said).input_tokens == 5


def test_clients_of_responses_count_for_others(messages: MessagesServer) -> None:
    transport: Any = Transport("anthropic", client="openai-responses", api_key="k", base_url=messages.url)
    http_client = httpx2.Client(transport=transport)
    with openai.OpenAI(api_key="unused", base_url="http://dragoman/v1", http_client=http_client) as c:
        counted = c.responses.input_tokens.count(model="claude-sonnet-4-6", input="hello")
    assert (counted.object, counted.input_tokens > 0) == ("response.input_tokens", True)
    assert messages.last.path == "/v1/messages/count_tokens"


def test_a_client_of_its_own_dialect_gets_what_the_upstream_says(messages: MessagesServer) -> None:
    with claude("anthropic", messages.url) as c:
        (found,) = list(c.models.list())
        said: Any = [{"role": "user", "content": "hello"}]
        assert c.messages.count_tokens(model="claude-sonnet-4-6", messages=said).input_tokens > 0
    assert (found.id, found.display_name) == ("scripted", "Scripted")
