"""The endpoints beside the one for answers: what goes where, what is lost where, and what is not there."""

from __future__ import annotations

from typing import Any

import pytest
from toy import TOY

import dragoman
from dragoman import MalformedBody, Refused
from dragoman.dialect import Dialect
from dragoman.endpoints import asked, served
from dragoman.errors import Rejected
from dragoman.kit.call import Call
from dragoman.loss import Rule
from dragoman.registry import dialect
from dragoman.translation import Translator

MOOD = Rule("dropped", "tuning", "no moods", "specs/toy.yaml:1")
SIZE = Rule("dropped", "contract", "no sizes", "specs/toy.yaml:2")
CLAUDE, GPT = "claude-sonnet-4-5", "gpt-4.1-mini"
HELLO = [{"role": "user", "content": "Hello"}]


def lost(found: Any) -> list[tuple[str, str]]:
    return [(loss.path, loss.severity) for loss in found.losses]


def client_request(body: Any, call: Call) -> Any:
    if "mood" in body:
        call.lose(MOOD, ((), "mood"))
    made = {"model": body["engine"], "input": body["texts"], "dimensions": body.get("size")}
    if call.trace is not None:
        fields = {"input": (("texts",), True), "dimensions": (("size",), True)}
        call.trace[id(made)] = ((), fields, made)
    return made


def upstream_request(body: Any, call: Call) -> Any:
    if not body["input"]:
        raise Rejected(((), "input"), "nothing to do")
    if body["dimensions"] is not None:
        call.lose(SIZE, ((), "dimensions"))
    call.request["way"] = "fast"
    return {"q": body["input"], "m": body["model"]}


CLIENT = Dialect(
    "some-client",
    path="/ask",
    paths={"embeddings": "/v{version}/models/{model}:vectors", "models": "/models?all=1"},
    more={
        "embeddings_request_to_hub": client_request,
        "embeddings_response_to_wire": lambda body, call: {"vectors": body["data"], "of": call.request["model"]},
        "models_response_to_wire": lambda body, call: {"names": body},
    },
)
UPSTREAM = Dialect(
    "some-upstream",
    paths={"embeddings": "/embed/{way}/{model}", "models": "/list?size=9"},
    more={
        "embeddings_request_to_wire": upstream_request,
        "embeddings_response_to_hub": lambda body, call: {
            "data": body,
            "tokens": call.request["headers"].get("tokens"),
        },
        "models_response_to_hub": lambda body, call: [one["name"] for one in body],
    },
)


def test_a_request_takes_both_steps_and_its_losses_lead_back() -> None:
    t = Translator(UPSTREAM, CLIENT)
    body = {"engine": "e", "texts": ["a"], "size": 3, "mood": "gay"}
    sent = t.embeddings_request(body, path="/v1/models/my%20model:vectors")
    assert (sent.method, sent.path, sent.model) == ("POST", "/embed/fast/my%20model", "my model")
    assert sent.body == {"q": ["a"], "m": "my model"}
    assert lost(sent) == [("mood", "tuning"), ("size", "contract")]
    assert body == {"engine": "e", "texts": ["a"], "size": 3, "mood": "gay"}
    back = t.embeddings_response([[1]], sent)
    assert back.body == {"vectors": [[1]], "of": "my model"}


def test_a_refusal_names_the_caller_s_field() -> None:
    with pytest.raises(Refused, match=r"^texts: nothing to do$"):
        Translator(UPSTREAM, CLIENT).embeddings_request({"engine": "e", "texts": []})
    for body in (None, [], "x", 3):
        with pytest.raises(Refused, match="expected an object"):
            Translator(UPSTREAM, CLIENT).embeddings_request(body)


def test_what_must_not_be_lost() -> None:
    t = Translator(UPSTREAM, CLIENT, strict="contract")
    t.embeddings_request({"engine": "e", "texts": ["a"], "mood": "gay"})
    with pytest.raises(Refused, match="no sizes"):
        t.embeddings_request({"engine": "e", "texts": ["a"], "size": 3})


def test_a_list_is_asked_for_without_a_body() -> None:
    t = Translator(UPSTREAM, CLIENT)
    sent = t.models_request()
    assert (sent.method, sent.path, sent.body) == ("GET", "/list?size=9", None)
    assert t.models_response([{"name": "m"}]).body == {"names": ["m"]}


def test_answers_know_the_upstream_s_headers() -> None:
    t = Translator(UPSTREAM, dialect("openai"))
    assert t.embeddings_response([], headers={"Tokens": "7"}).body == {"data": [], "tokens": "7"}


def test_a_client_of_the_upstream_s_dialect_is_left_alone() -> None:
    t = Translator(CLIENT, CLIENT)
    sent = t.embeddings_request({"anything": 1}, path="/v1/models/m:vectors")
    assert (sent.body, sent.path) == ({"anything": 1}, "/v{version}/models/m:vectors")
    assert t.embeddings_response({"x": 1}).body == {"x": 1}
    assert Translator(TOY, TOY).provider is TOY


def test_a_model_that_stands_in_the_path_must_be_said() -> None:
    for model in (None, "", 3):
        with pytest.raises(Refused, match=r"^model: the model must be said$") as caught:
            Translator(UPSTREAM, CLIENT).embeddings_request({"engine": model, "texts": ["a"]})
        assert caught.value.status == 400


def test_a_model_that_the_client_s_step_finds() -> None:
    sent = Translator(UPSTREAM, CLIENT).embeddings_request({"engine": "e", "texts": ["a"]})
    assert (sent.model, sent.path) == ("e", "/embed/fast/e")


def test_what_the_caller_leaves_to_its_dialect_is_not_lost() -> None:
    t = dragoman.translator("vllm", client="ollama")
    body = {"model": "m", "input": "a"}
    assert lost(t.embeddings_request(body)) == []  # such a server cuts, the other refuses
    assert lost(t.embeddings_request({**body, "truncate": True})) == [("truncate", "contract")]


def test_the_path_that_says_more_is_meant() -> None:
    client = Dialect("c", paths={"embeddings": "/{model}:{way}", "count_tokens": "/{model}:count"})
    assert asked(client, "POST", "/v1/m:count") == "count_tokens"
    assert asked(client, "POST", "/v1/m:vectors") == "embeddings"


NUMBERS = [[0.0, 0.5], [1.0, -2.0]]
CLIENTS: dict[str, tuple[str, Any, Any]] = {
    "cohere": ("/v2/embed", {"model": "m", "texts": ["a", "b"], "input_type": "search_query"}, ("embeddings", "float")),
    "gemini": (
        "/v1beta/models/m:batchEmbedContents",
        {"requests": [{"model": "models/m", "content": {"parts": [{"text": text}]}} for text in "ab"]},
        ("embeddings", "values"),
    ),
    "mistral": ("/v1/embeddings", {"model": "m", "input": ["a", "b"]}, ("data", "embedding")),
    "ollama": ("/api/embed", {"model": "m", "input": ["a", "b"]}, ("embeddings",)),
    "bedrock": ("/model/m/invoke", {"texts": ["a", "b"], "input_type": "search_query"}, ("embeddings",)),
    "vertex": (
        "/v1/projects/p/locations/l/publishers/google/models/m:predict",
        {"instances": [{"content": "a"}, {"content": "b"}]},
        ("predictions", "embeddings", "values"),
    ),
    "voyage": ("/v1/embeddings", {"model": "m", "input": ["a", "b"]}, ("data", "embedding")),
}


@pytest.mark.parametrize("slug", CLIENTS)
def test_clients_of_other_dialects_see_the_vectors(slug: str) -> None:
    path, body, within = CLIENTS[slug]
    t = dragoman.translator("vllm", client=slug)
    assert asked(t.client, "POST", path) == "embeddings"
    sent = t.embeddings_request(body, path=path)
    assert (sent.path, sent.body["model"], sent.body["input"]) == ("/embeddings", "m", ["a", "b"])
    data = [{"object": "embedding", "index": n, "embedding": numbers} for n, numbers in enumerate(NUMBERS)]
    usage = {"prompt_tokens": 2, "total_tokens": 2}
    made: Any = t.embeddings_response({"object": "list", "model": "m", "data": data, "usage": usage}, sent).body
    for name in within:
        made = [item[name] for item in made] if isinstance(made, list) else made[name]
    assert made == NUMBERS


def test_what_is_served() -> None:
    assert list(served(CLIENT, UPSTREAM)) == ["embeddings", "models"]
    assert list(served(UPSTREAM, CLIENT)) == []
    assert list(served(dialect("openai"), dialect("voyage"))) == ["embeddings"]
    assert list(served(dialect("anthropic"), dialect("gemini"))) == ["models", "count_tokens"]
    assert asked(CLIENT, "post", "/x/v2/models/a/b:vectors?x=1") == "embeddings"
    assert asked(CLIENT, "GET", "/x/models?limit=3") == "models"
    assert asked(CLIENT, "POST", "/models") is None
    with pytest.raises(NotImplementedError, match="some-upstream has no count tokens"):
        Translator(UPSTREAM, CLIENT).count_tokens_request({})
    with pytest.raises(NotImplementedError, match="clients of some-upstream have no embeddings of others"):
        Translator(dialect("voyage"), UPSTREAM).embeddings_request({})


@pytest.mark.parametrize("slug", ["anthropic", "bedrock", "gemini", "openai-responses", "vertex"])
def test_what_is_counted_is_what_would_be_sent(slug: str) -> None:
    t = dragoman.translator(slug)
    body = {"model": CLAUDE, "messages": HELLO, "seed": 1, "max_tokens": 99}
    sent, counted = t.request(body), t.count_tokens_request(body)
    assert lost(counted) == lost(sent)
    inner = counted.body
    for name in ("generateContentRequest", "input", "converse"):
        inner = inner[name] if isinstance(inner.get(name), dict) else inner
    said = next(name for name in ("messages", "contents", "input") if name in inner)
    assert inner[said] == sent.body[said]
    assert "max_tokens" not in inner and "max_output_tokens" not in inner


def test_what_a_client_counts_is_led_back_through_its_envelope() -> None:
    t = dragoman.translator("anthropic", client="gemini")
    content = {"parts": [{"text": "Hello"}]}
    asked = {"generateContentRequest": {"contents": [content], "safetySettings": [{}]}}
    sent = t.count_tokens_request(asked, path=f"/v1beta/models/{CLAUDE}:countTokens")
    assert sent.body["model"] == CLAUDE
    limit = "generateContentRequest.generationConfig.maxOutputTokens"  # as in a request that would be sent
    assert lost(sent) == [("generateContentRequest.safetySettings", "contract"), (limit, "tuning")]
    with pytest.raises(Refused) as caught:
        t.count_tokens_request({"generateContentRequest": {"contents": [{"parts": [{"text": 5}]}]}})
    assert str(caught.value).startswith("generateContentRequest.contents[0].parts[0].text: ")


def test_what_a_client_of_messages_counts_has_no_limit() -> None:
    t = dragoman.translator("openai-responses", client="anthropic")
    sent = t.count_tokens_request({"model": GPT, "messages": HELLO})
    assert (sent.body["model"], lost(sent)) == (GPT, [])
    assert t.count_tokens_response({"input_tokens": 4, "object": "response.input_tokens"}).body == {"input_tokens": 4}
    with pytest.raises(MalformedBody, match="input_tokens"):
        t.count_tokens_response({"object": "response.input_tokens"})


def test_without_the_model_nobody_knows_whose_vectors_these_are() -> None:
    t = dragoman.translator("gemini")
    with pytest.raises(MalformedBody, match="which model makes the vectors"):
        t.embeddings_response({"embeddings": [{"values": [1.0]}]})
