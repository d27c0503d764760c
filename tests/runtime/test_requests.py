"""Requests: which steps they go through, what is lost, what is refused, and what is said in the URL."""

from __future__ import annotations

import copy
from typing import Any

import pytest
from toy import PATHY, TOY

import dragoman
from dragoman.loss import Loss

HELLO: dict[str, Any] = {"model": "m", "messages": [{"role": "user", "content": "hi"}], "max_tokens": 5}
TALK: dict[str, Any] = {"model": "m", "turns": [{"who": "user", "say": "hi"}], "max": 5}


def paths(losses: list[Loss]) -> list[tuple[str, str]]:
    return [(loss.path, loss.action) for loss in losses]


def test_hub_client() -> None:
    body = {**HELLO, "seed": 1, "stream": True, "messages": [{"role": "user", "content": "hi", "name": "n"}]}
    before = copy.deepcopy(body)
    sent = dragoman.translator("toy").request(body)
    assert sent.body == {"model": "m", "turns": [{"who": "user", "say": "hi"}], "max": 5, "stream": True}
    assert (sent.method, sent.path, sent.stream, sent.model) == ("POST", "/talk", True, "m")
    assert sent.headers == {"content-type": "application/json", "toy-version": "1", "toy-mood": "calm,kind"}
    assert sent.losses == [
        Loss("messages[0].name", "dropped", "cosmetic", "speakers have no names", "specs/toy.yaml:2"),
        Loss("seed", "dropped", "tuning", "there is no seed here", "specs/toy.yaml:1"),
    ]
    assert body == before
    assert str(sent.losses[1]) == "seed dropped (tuning): there is no seed here"


def test_two_steps_lead_losses_back() -> None:
    body = {**TALK, "dice": 3, "mood": "x", "turns": [{"who": "user", "say": "hi", "nick": "n"}]}
    sent = dragoman.translator("pathy", client="toy", settings={"region": "r"}).request(body)
    assert sent.body["turns"] == [{"who": "user", "say": "hi"}]
    # `n`, which the client's step had made up, is no loss of the caller's.
    assert paths(sent.losses) == [("mood", "dropped"), ("turns[0].nick", "dropped"), ("dice", "dropped")]


def test_model_over_two_steps_keeps_the_trace() -> None:
    sent = dragoman.translator("pathy", client="toy").request({**TALK, "dice": 3}, model="other")
    assert sent.model == "other"
    assert paths(sent.losses) == [("dice", "dropped")]


def test_defaults_are_told_under_the_callers_name() -> None:
    t = dragoman.translator("pathy", client="toy")
    assert paths(t.request({"model": "m", "turns": []}).losses) == [("max", "defaulted")]
    t = dragoman.translator("toy")
    assert paths(t.request({"model": "m", "messages": []}).losses) == [("max_tokens", "defaulted")]


def test_same_dialect_passes_untouched() -> None:
    body = {**TALK, "nobody_knows": [1], "stream": True}
    headers = {"Toy-Version": "2", "Toy-Beta": "a,b", "Authorization": "Bearer k", "X-Other": "1"}
    sent = dragoman.translator("toy", client="toy").request(body, headers)
    assert sent.body is body
    assert sent.losses == []
    assert sent.stream
    assert sent.headers == {"content-type": "application/json", "toy-version": "2", "toy-beta": "a,b"}


def test_hub_provider_applies_its_rules() -> None:
    t = dragoman.translator("openai")
    sent = t.request({**HELLO, "reasoning_details": []})
    assert "reasoning_details" not in sent.body
    assert paths(sent.losses) == [("reasoning_details", "dropped")]
    sent = t.request(HELLO, model="m2", stream=True)
    assert (sent.body["model"], sent.body["stream"], sent.stream) == ("m2", True, True)
    assert HELLO["model"] == "m"


@pytest.mark.parametrize(
    ("path", "model", "stream"),
    [
        ("/v1beta/models/a-b:talk", "a-b", False),
        ("/models/a%2Fb:stream?alt=sse", "a/b", True),
    ],
)
def test_url_says_model_and_stream(path: str, model: str, stream: bool) -> None:
    body = {k: v for k, v in TALK.items() if k != "model"}
    sent = dragoman.translator("openai", client="pathy").request(body, path=path)
    assert sent.body.get("model") == model
    assert sent.stream is stream
    assert sent.body.get("stream", False) is stream


def test_path_is_filled_in() -> None:
    t = dragoman.translator("pathy", settings={"region": "eu"})
    assert t.request({**HELLO, "model": "a:b/c"}).path == "/v7/models/a%3Ab%2Fc:talk"
    assert t.request({**HELLO, "stream": True}).path == "/v7/models/m:stream?alt=sse"
    same = dragoman.translator("pathy", client="pathy").request({"turns": []}, path="/v1/models/x:stream")
    assert (same.path, same.stream, same.body) == ("/v7/models/x:stream?alt=sse", True, {"turns": []})
    assert dragoman.translator("toy", client="toy").request(TALK, model="z", stream=True).body == {
        **TALK,
        "model": "z",
        "stream": True,
    }


@pytest.mark.parametrize(
    ("client", "slug", "body", "path"),
    [
        ("openai", "pathy", {"messages": []}, None),
        ("openai", "pathy", {"messages": [], "model": ""}, "/v1/chat/completions"),
        ("pathy", "pathy", {"turns": []}, "/elsewhere"),
        ("pathy", "openai", {k: v for k, v in TALK.items() if k != "model"}, None),
    ],
)
def test_a_model_of_a_url_must_be_said(client: str, slug: str, body: Any, path: str | None) -> None:
    t = dragoman.translator(slug, client=client)
    with pytest.raises(dragoman.Refused, match="model: the model must be said"):
        t.request(body, path=path)
    assert t.request(body, path=path, model="m").model == "m"


@pytest.mark.parametrize("body", [None, [], "x", 1, True, 1.5])
def test_body_must_be_an_object(body: Any) -> None:
    for client in ("openai", "toy"):
        with pytest.raises(dragoman.Refused, match="the body: expected an object") as caught:
            dragoman.translator("toy", client=client).request(body)
        assert (caught.value.__cause__, caught.value.__context__) == (None, None)


def test_refused_in_the_clients_shape() -> None:
    with pytest.raises(dragoman.Refused) as caught:
        dragoman.translator("toy").request({"messages": [{"role": "function"}], "seed": 1})
    assert caught.value.status == 400
    assert caught.value.body == {
        "error": {
            "message": "messages[0].role: functions cannot speak here",
            "type": "invalid_request_error",
            "param": "messages[0].role",
            "code": "unsupported_value",
        }
    }
    assert (caught.value.__cause__, caught.value.__context__) == (None, None)

    with pytest.raises(dragoman.Refused) as caught:
        dragoman.translator("pathy", client="toy").request({"turns": [{"who": "function"}]})
    assert caught.value.body == {"what": "turns[0].who: functions cannot speak here", "where": "turns[0].who"}

    with pytest.raises(dragoman.Refused) as caught:
        dragoman.translator("toy").request({"messages": 3})
    assert str(caught.value) == "messages: expected an array, found the integer 3"
    assert (caught.value.__cause__, caught.value.__context__) == (None, None)


def test_strictness() -> None:
    body = {**HELLO, "seed": 1, "messages": [{"role": "user", "content": "", "name": "n"}]}
    assert len(dragoman.translator("toy", strict="contract").request(body).losses) == 2
    with pytest.raises(dragoman.Refused) as caught:
        dragoman.translator("toy", strict="tuning").request(body)
    assert caught.value.body["error"]["param"] == "seed"
    assert paths(caught.value.losses) == [("messages[0].name", "dropped"), ("seed", "dropped")]
    with pytest.raises(dragoman.Refused) as caught:
        dragoman.translator("toy", strict="cosmetic").request(body)
    assert caught.value.body["error"]["param"] == "messages[0].name"
    with pytest.raises(ValueError, match="strict: expected one of cosmetic, tuning, contract"):
        dragoman.translator("toy", strict="severe")


def test_facts() -> None:
    assert dragoman.translator("toy").request({**HELLO, "max_tokens": None, "model": "small-1"}).body["max"] == 10
    t = dragoman.translator("toy", facts={"limit": 7})
    assert t.request({"model": "m", "messages": []}).body["max"] == 7
    assert t.call(TOY, "m", {}).facts.loud is False
    with pytest.raises(ValueError, match="no fact 'limits'"):
        dragoman.translator("toy", facts={"limits": 7})
    with pytest.raises(ValueError, match="facts: expected a number for limit, found the string '7'"):
        dragoman.translator("toy", facts={"limit": "7"})
    with pytest.raises(ValueError, match="facts: expected true or false for loud, found the integer 1"):
        dragoman.translator("toy", facts={"loud": 1})
    assert dragoman.translator("toy", facts={"voice": "harsh", "tones": ["low", "high"]})
    with pytest.raises(ValueError, match="facts: expected one of soft, harsh for voice, found the string 'hard'"):
        dragoman.translator("toy", facts={"voice": "hard"})
    with pytest.raises(ValueError, match="facts: expected one of low, high for tones, found the string 'mid'"):
        dragoman.translator("toy", facts={"tones": ["low", "mid"]})


def test_settings() -> None:
    sent = dragoman.translator("toy", settings={"version": "2", "region": "eu"}).request(HELLO)
    assert sent.headers["toy-version"] == "2"
    assert sent.headers["toy-region"] == "eu"
    with pytest.raises(ValueError, match=r"there is no 'versoin'; did you mean 'version'\?"):
        dragoman.translator("toy", settings={"versoin": "2"})
    with pytest.raises(ValueError, match="expected one of 1, 2 for version"):
        dragoman.translator("toy", settings={"version": "3"})
    # A client's header that stands for a setting sets it for the client's rules, if it is one of the allowed.
    from dragoman.headers import settings_of

    assert settings_of(TOY, {"version": "1"}, {"toy-version": "2"}) == {"version": "2"}
    assert settings_of(TOY, {"version": "1"}, {"toy-version": "9"}) == {"version": "1"}
    assert PATHY.model_in_path


def test_nesting_without_end_is_refused() -> None:
    deep: Any = []

    def unit(body: Any, call: Any) -> Any:
        return unit(body, call)

    from dragoman.dialect import Dialect
    from dragoman.translation import Translator

    t = Translator(Dialect("deep", request_to_wire=unit, response_to_hub=unit), dragoman.registry.dialect("openai"))
    with pytest.raises(dragoman.Refused) as caught:
        t.request({"messages": deep})
    assert caught.value.__context__ is None
    with pytest.raises(dragoman.MalformedBody) as malformed:
        t.response({})
    assert malformed.value.__context__ is None


def test_other_endpoints() -> None:
    t = dragoman.translator("openai")
    sent = t.embeddings_request({"model": "e", "input": "x"})
    assert (sent.path, sent.model, sent.body) == ("/embeddings", "e", {"model": "e", "input": "x"})
    assert t.embeddings_response({"data": []}, sent).body == {"data": []}
    for call in (t.models_response, t.count_tokens_request, t.count_tokens_response):
        with pytest.raises(NotImplementedError, match="openai has no"):
            call({})
    with pytest.raises(NotImplementedError, match="clients of toy have no embeddings of others"):
        dragoman.translator("openai", client="toy").embeddings_request({})
    with pytest.raises(NotImplementedError, match="the dialect openai cannot do this yet"):
        dragoman.translator("toy", client="toy").unit(dragoman.registry.dialect("openai"), "stream_to_wire")


PICTURES = "https://a.test/x.png?size=1", "https://a.test/y", "https://a.test/x.png?size=1", "data:image/png;base64,AA"


def test_media_are_what_the_rules_ask_for() -> None:
    t = dragoman.translator("toy")
    assert t.media({"messages": [{"role": "user", "content": url} for url in ("", "https://a.test/x.png")]}) == []
    asking = {"messages": [{"role": "picture", "content": url} for url in PICTURES]}
    assert t.media(asking) == ["https://a.test/x.png?size=1", "https://a.test/y"]
    known = {PICTURES[0]: ("image/gif", "R0lG")}
    assert t.media(asking, media=known) == ["https://a.test/y"]
    with pytest.raises(dragoman.Refused, match=r"messages\[0\].content: a picture must be sent along"):
        t.request(asking)
    with pytest.raises(dragoman.Refused, match=r"messages\[1\].content: a picture must be sent along"):
        t.request(asking, media=known)
    sent = t.request(asking, media={**known, PICTURES[1]: ("image/png", "iVBO")})
    assert [turn["say"] for turn in sent.body["turns"]] == ["image/gif", "image/png", "image/gif", "image/png"]
    assert t.media([]) == []
    asking["messages"].insert(1, {"role": "function", "content": ""})  # refused: what comes after it is not reached
    assert t.media(asking) == ["https://a.test/x.png?size=1"]
    turns = {"turns": [{"who": "picture", "say": PICTURES[1]}]}
    assert dragoman.translator("toy", client="pathy").media(turns, path="/v7/models/m:say") == ["https://a.test/y"]
    assert dragoman.translator("toy", client="toy").media(turns) == []
    assert t.media({"messages": 1}) == []
    for wrong in ("aGk=", ("image/png", b"raw"), ("image/png",)):
        with pytest.raises(ValueError, match=r"media: expected \(media type, data in base64\) for 'u', found "):
            t.request(asking, media={"u": wrong})  # type: ignore[dict-item]
    with pytest.raises(ValueError, match="by URL, found 5"):
        t.request(asking, media=5)  # type: ignore[arg-type]
