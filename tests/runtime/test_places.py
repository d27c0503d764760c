"""Places as tuples and as text; leading a place of the hub body back to the caller's."""

from __future__ import annotations

from typing import Any

import pytest

from dragoman.errors import MalformedBody, kind_of
from dragoman.kit import Call, Rule, malformed, unknown_member
from dragoman.kit.spelling import as_given
from dragoman.kit.trace import lead_back
from dragoman.places import find_text, keys_of, text


@pytest.mark.parametrize(
    ("at", "words"),
    [
        ((), ""),
        (((), "model"), "model"),
        (((((), "messages", 2), "content", 0), "image_url", "detail"), "messages[2].content[0].image_url.detail"),
        (((), "a", "odd key"), 'a["odd key"]'),
        (((), "", 'q"\\'), '[""]["q\\"\\\\"]'),
        (((), "é", "\ud800", "\n"), '["é"]["\\ud800"]["\\n"]'),
        (((), 0, 1), "[0][1]"),
        (("events", 3), "events[3]"),
    ],
)
def test_text(at: Any, words: str) -> None:
    assert text(at) == words


def test_keys() -> None:
    assert keys_of((((), "a", 1), "b")) == ["a", 1, "b"]


FIELDS: dict[str, tuple[tuple[str, ...], bool]] = {
    "": ((), False),
    "content": (("say",), True),
    "role": (("who.kind",), False),
    "both": (("a.b", "a.c"), True),
    "list[].x": (("items[].x",), False),
    "deep.0.y": (("rows[1].y",), True),
}


@pytest.mark.parametrize(
    ("place", "source"),
    [
        (((), "messages", 0, "content"), "turns[4].say"),
        (((), "messages", 0, "content", 1, "text"), "turns[4].say[1].text"),
        (((), "messages", 0, "role"), "turns[4].who.kind"),
        (((), "messages", 0, "role", "deeper"), "turns[4].who.kind"),
        (((), "messages", 0, "both", "z"), "turns[4].a"),
        (((), "messages", 0, "list", 7, "x"), "turns[4].items"),
        (((), "messages", 0, "deep", 0, "y", "z"), "turns[4].rows[1].y.z"),
        (((), "messages", 0, "new"), None),
        (((), "messages", 0), None),
        (((), "model"), "name"),
        (((), "n"), None),
        (((), "messages", 9, "content"), None),
        (((), "model", "x", "y"), "name"),
    ],
)
def test_lead_back(place: Any, source: str | None) -> None:
    message = {"content": ["a", {"text": "b"}], "role": "user"}
    hub = {"messages": [message], "model": "m", "n": 1}
    trace: Any = {id(message): (((), "turns", 4), FIELDS, None), id(hub): ((), {"model": (("name",), False)}, None)}
    found, nearest = lead_back(place, hub, trace)
    assert (None if found is None else text(found)) == source
    assert text(nearest) in ("", "turns[4]")


def test_call() -> None:
    call = Call(clock=lambda: 12.7, new_id=lambda prefix: prefix + "1")
    assert (call.now(), call.new_id("call_")) == (12, "call_1")
    assert Call().new_id("x-") != Call().new_id("x-")
    assert len(Call().new_id("x-")) == 26
    one, rest = Rule("dropped", "tuning", "one", "a:1"), Rule("dropped", "tuning", "rest", "a:2")
    call.leftovers({"a": 1, "b": 2, "c": 3, "d": None}, {"a"}, {"b": one, "*": rest}, ((), "x"))
    assert [(rule, text(at)) for rule, at in call.losses] == [(one, "x.b"), (rest, "x.c")]


@pytest.mark.parametrize(
    ("value", "words"),
    [
        (None, "null"),
        (True, "true"),
        (3, "the integer 3"),
        (10**50, "a very large integer"),
        (0.5, "the number 0.5"),
        ("a\ud800", "the string 'a\\ud800'"),
        ("x" * 99, "a string of 99 characters"),
        ([], "an array"),
        ({}, "an object"),
        (b"", "a Python bytes"),
    ],
)
def test_kinds(value: Any, words: str) -> None:
    assert kind_of(value) == words
    assert str(malformed(((), "a"), "x", value)) == f"a: expected x, found {words}"


def test_malformed_is_a_value_error() -> None:
    assert issubclass(MalformedBody, ValueError)
    assert malformed((), "x").path == ""
    assert str(malformed((), "x")) == "the body: expected x, found nothing"


def test_unknown_member() -> None:
    fault = unknown_member(((), "a"), "video", "text, image")
    assert (fault.at, fault.message) == (((), "a"), "expected one of text, image, found the string 'video'")


def test_a_text_is_found_where_it_stands_first() -> None:
    body = {"a": [1, {"x y": "no"}, ["u", {"b": "u"}]], "c": "u"}
    found = find_text(body, "u")
    assert found is not None
    assert text(found) == "a[2][0]"
    assert find_text(body, "x") is None
    assert find_text("u", "u") == ()
    deep: object = "u"
    for _ in range(100_000):
        deep = [deep]
    assert find_text(deep, "u") is not None


@pytest.mark.parametrize(
    ("place", "given"),
    [
        (((), "contents", 0, "inlineData", "mimeType"), "contents[0].inline_data.mime_type"),
        (((), "contents", 0, "args", "fooBar"), "contents[0].args.fooBar"),
        (((), "maxTokens"), "maxTokens"),
    ],
)
def test_a_place_is_told_in_the_spelling_of_the_caller(place: Any, given: str) -> None:
    body = {"contents": [{"inline_data": {"mime_type": "x"}, "args": {"fooBar": 1}}], "maxTokens": 1, "max_tokens": 2}
    assert text(as_given(place, body)) == given
