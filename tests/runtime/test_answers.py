"""Answers and errors: both steps, headers, places, and errors for any body at all."""

from __future__ import annotations

import copy
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

import dragoman

ANSWER: dict[str, Any] = {"id": "1", "text": "hello", "why": "full"}
HEADERS = {"Toy-Id": "r1", "toy-left": "7", "Retry-After": "3", "x-request-id": "r0", "set-cookie": "no"}


def test_hub_client() -> None:
    t = dragoman.translator("toy", clock=lambda: 5)
    sent = t.request({"model": "m", "messages": []})
    before = copy.deepcopy(ANSWER)
    back = t.response(ANSWER, sent, headers=HEADERS)
    assert back.body["choices"][0] == {
        "index": 0,
        "message": {"role": "assistant", "content": "hello"},
        "finish_reason": "length",
    }
    assert (back.body["created"], back.body["model"]) == (5, "m")
    assert back.headers == {"retry-after": "3", "x-request-id": "r1", "x-ratelimit-remaining-requests": "7"}
    assert before == ANSWER
    assert back.losses == []
    assert [x.path for x in t.response({**ANSWER, "odd": 1}).losses] == ["odd"]


def test_two_steps() -> None:
    t = dragoman.translator("pathy", client="toy")
    back = t.response({**ANSWER, "text": "long", "odd": 1})
    assert back.body == {"id": "1", "text": "long", "why": "full"}
    assert [x.path for x in back.losses] == ["odd", "text"]
    with pytest.raises(dragoman.MalformedBody, match=r"^text: expected something sayable") as caught:
        t.response({**ANSWER, "text": "unsayable"})
    assert (caught.value.__cause__, caught.value.__context__) == (None, None)


def test_headers_go_back_under_the_clients_names() -> None:
    given = {"x-request-id": "r", "x-ratelimit-remaining-requests": "7", "x-other": "1"}
    assert dragoman.translator("pathy", client="toy").response(ANSWER, headers=given).headers == {"toy-id": "r"}
    assert dragoman.translator("toy", client="toy").response(ANSWER, headers=HEADERS).headers == {
        "toy-id": "r1",
        "toy-left": "7",
        "retry-after": "3",
        "x-request-id": "r0",
    }


def test_same_dialect_passes_untouched() -> None:
    body = {"anything": [1]}
    assert dragoman.translator("toy", client="toy").response(body).body is body


@pytest.mark.parametrize("body", [None, [], "x", 1, {}, {"text": 1}])
def test_malformed(body: Any) -> None:
    with pytest.raises(dragoman.MalformedBody) as caught:
        dragoman.translator("toy").response(body)
    assert (caught.value.__cause__, caught.value.__context__) == (None, None)


def test_errors() -> None:
    t = dragoman.translator("toy")
    err = t.error(429, {"what": "slow down", "wait": True}, {"Toy-Id": "r1", "Server": "x"})
    assert (err.status, err.headers) == (429, {"x-request-id": "r1", "retry-after": "9"})
    assert err.body["error"] == {"message": "slow down", "type": "rate_limit_error", "param": None, "code": None}
    assert t.error(599, b'{"what": "busy"}').status == 503
    assert t.error(502, "<html>" + "x" * 9000).body["error"]["message"].startswith("<html>xxx")
    assert len(t.error(502, b"<html>" + b"\xff" * 9000).body["error"]["message"]) <= 2000

    toy = dragoman.translator("pathy", client="toy").error(400, {"what": "bad"}, {"x-request-id": "r"})
    assert (toy.status, toy.body, toy.headers) == (400, {"what": "bad", "where": None}, {"toy-id": "r"})
    same = dragoman.translator("toy", client="toy")
    assert same.error(418, {"odd": 1}).body == {"odd": 1}
    assert same.error(502, b"<html>").body == {"what": "<html>", "where": None}


@pytest.mark.parametrize("status", [-1, 0, 99, 200, 302, 399, 600, 10**30])
def test_what_tells_no_failure_is_a_bad_gateway(status: int) -> None:
    for provider, client in (("openai", "openai"), ("toy", "openai"), ("openai", "toy"), ("toy", "toy")):
        t = dragoman.translator(provider, client=client)
        assert [t.error(status, body).status for body in ({"what": "no"}, "page", None)] == [502] * 3


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=8,
)


@given(st.integers(400, 599), json_values | st.binary() | st.text())
def test_any_body_makes_an_error(status: int, body: Any) -> None:
    for t in (dragoman.translator("openai"), dragoman.translator("toy"), dragoman.translator("openai", client="toy")):
        err = t.error(status, body)
        assert err.status in (status, 503)
        assert isinstance(err.body, dict)


@pytest.mark.parametrize(
    ("body", "message"),
    [
        ({"message": "a"}, "a"),
        ([{"error": {"message": "b"}}], "b"),
        ({"detail": "c"}, "c"),
        ({"error": "d"}, "d"),
        (None, "the upstream answered with status 500 and no message"),
        ([], "the upstream answered with status 500 and no message"),
        ("  page  ", "page"),
    ],
)
def test_what_the_dialect_cannot_read(body: Any, message: str) -> None:
    assert dragoman.translator("openai").error(500, body).body["error"] == {
        "message": message,
        "type": "server_error",
        "param": None,
        "code": None,
    }
