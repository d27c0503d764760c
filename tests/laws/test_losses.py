"""Nothing is lost in silence: what a body says is said again, or a loss tells of it. So with unknown members."""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import dragoman
from dragoman.steps import attempt, led_back, told
from dragoman_codegen.proving.compare import difference
from dragoman_codegen.proving.setup import Setup, prepare

from .corpus import cases, definition, maker, name_of, package, plausible, plausible_answer, plausible_messages
from .documents import Drawn, Source
from .fold import said
from .leaves import covered, ignored, in_order, silent

MODELS = ("claude-opus-5", "claude-opus-4-1", "claude-3-haiku", "gpt-5", "gpt-4o")
MESSAGES = "anthropic"
PLAUSIBLE: dict[tuple[str, str], Callable[[dict[str, Any]], dict[str, Any]]] = {
    ("request", "to_wire"): plausible,
    ("request", "to_hub"): plausible_messages,
    ("response", "to_wire"): plausible_answer,
}
# Documents made from a schema alone say little that can be translated; for these two it is known what makes them say
# more. Deltas run their parent's rules.
WAYS = [
    (slug, unit, direction)
    for slug in ("anthropic", "openai")
    for unit in ("request", "response")
    for direction in ("to_wire", "to_hub")
]
COUNTS = ("usage.input_tokens", "usage.prompt_tokens")
"""One side counts cached tokens in, the other apart: these are sums."""


def document(slug: str, unit: str, direction: str, source: Source) -> Any:
    mine = maker(None if direction == "to_wire" else slug)
    body = mine.make(definition(slug, unit, direction), source)
    if slug == "openai" and (unit, direction) == ("request", "to_hub"):
        return plausible(body)
    if slug == "openai" and unit == "response":
        return plausible_answer(body)
    change = PLAUSIBLE.get((unit, direction))
    return body if change is None else change(body)


def setup(slug: str, source: Source) -> Setup:
    model = MODELS[source.below(len(MODELS))]
    dialect = package(slug).dialect
    told_settings = {name: one.default for name, one in dialect.settings.items()}
    context = {"model": model, "stream": False, "media": {}}
    return Setup(model, told_settings, dialect.facts(model, told_settings), context)


@pytest.mark.parametrize(("slug", "unit", "direction"), WAYS)
def test_nothing_is_lost_in_silence(slug: str, unit: str, direction: str) -> None:
    @settings(max_examples=100)
    @given(data=st.data())
    def law(data: st.DataObject) -> None:
        source = Drawn(data.draw)
        body = document(slug, unit, direction, source)
        call = setup(slug, source).call()
        out, fault = attempt(package(slug).unit(unit, f"{unit}_{direction}"), body, call)
        if fault is None:
            found = silent(body, out, told(call.losses), ignored(slug, unit))
            assert [path for path in found if path not in COUNTS] == []

    law()


def objects(value: Any) -> Iterator[dict[str, Any]]:
    if isinstance(value, dict):
        yield value
    for inner in value.values() if isinstance(value, dict) else value if isinstance(value, list) else ():
        yield from objects(inner)


STRANGER = "w99999x"


@pytest.mark.parametrize(("slug", "unit", "direction"), WAYS)
def test_a_member_that_nobody_knows_is_said_or_lost(slug: str, unit: str, direction: str) -> None:
    @settings(max_examples=100)
    @given(data=st.data())
    def law(data: st.DataObject) -> None:
        source = Drawn(data.draw)
        body = copy.deepcopy(document(slug, unit, direction, source))
        places = list(objects(body))
        places[source.below(len(places))]["stranger"] = STRANGER
        call = setup(slug, source).call()
        out, fault = attempt(package(slug).unit(unit, f"{unit}_{direction}"), body, call)
        if fault is None:
            found = silent(body, out, told(call.losses), ignored(slug, unit))
            assert [path for path in found if path.endswith("stranger")] == []

    law()


# ---------------------------------------------------------------------- there and back
def there_and_back(unit: str, body: Any, about: Setup) -> tuple[Any, list[Any]] | None:
    """What comes back, and what was lost on both ways, told in terms of the body. None if it is refused."""
    first, second = about.call(traced=True), about.call()
    hub, fault = attempt(package(MESSAGES).unit(unit, f"{unit}_to_hub"), body, first)
    if fault is not None:
        return None
    back, fault = attempt(package(MESSAGES).unit(unit, f"{unit}_to_wire"), hub, second)
    if fault is not None:
        return None
    return back, told(first.losses) + led_back(second.losses, hub, first.trace or {})


@pytest.mark.parametrize("unit", ["request", "response"])
def test_what_comes_back_is_what_was_sent_or_told_as_lost(unit: str) -> None:
    @settings(max_examples=150)
    @given(data=st.data())
    def law(data: st.DataObject) -> None:
        source = Drawn(data.draw)
        body = document(MESSAGES, unit, "to_hub", source)
        found = there_and_back(unit, body, setup(MESSAGES, source))
        if found is not None:
            back, losses = found
            assert silent(body, back, losses, ignored(MESSAGES, unit)) == []
            name = "messages" if unit == "request" else "content"
            if not covered((name,), [loss.path for loss in losses if loss.action == "moved"]):
                assert in_order(body.get(name), back.get(name))

    law()


THERE = [
    case
    for case in cases(MESSAGES)
    # What an answer is may depend on its request: then it is no longer what it was.
    if case.direction == "to_hub"
    and case.unit in ("request", "response")
    and not {"refused", "request"} & set(case.data)
]


@pytest.mark.parametrize("case", THERE, ids=name_of)
def test_a_case_comes_back(case: Any) -> None:
    found = there_and_back(case.unit, case.given, prepare(case, package(MESSAGES))[0])
    if found is None:
        return
    back, losses = found
    assert silent(case.given, back, losses, ignored(MESSAGES, case.unit)) == []
    if not losses:
        assert difference(plain(case.given), plain(back)) is None


def plain(body: Any) -> Any:
    """With what can be said in two ways said in one: a text is one block, so are neighbours, defaults are silent."""

    def blocks(content: Any) -> Any:
        if isinstance(content, str):
            return [{"type": "text", "text": content}]
        out: list[Any] = []
        for block in content or ():
            inner = {key: value for key, value in block.items() if (key, value) not in _DEFAULTS}
            if inner["type"] == "tool_result":
                inner["content"] = blocks(inner.get("content"))
            if out and inner.keys() == out[-1].keys() == {"type", "text"}:
                out[-1] = {"type": "text", "text": out[-1]["text"] + inner["text"]}
            else:
                out.append(inner)
        return out

    body = dict(body)
    if "output_format" in body:  # an older name
        body["output_config"] = {**body.get("output_config", {}), "format": body.pop("output_format")}
    if "usage" in body:
        body["usage"] = {
            key: value for key, value in body["usage"].items() if key != "cache_creation"
        }  # parts of a sum
    for key in ("content", "system"):
        if body.get(key) is not None:
            body[key] = blocks(body[key])
    if "messages" in body:
        body["messages"] = [{**message, "content": blocks(message["content"])} for message in body["messages"]]
    return said(body)


_DEFAULTS = [("caller", {"type": "direct"}), ("is_error", False)]


def test_what_is_lost_of_an_error() -> None:
    """By its place in the body that the upstream sent, through the hub too."""
    body = {"type": "error", "error": {"type": "overloaded_error", "message": "Busy", "node": 1}, "region": "eu"}
    losses = dragoman.translator("anthropic").error(529, body).losses
    assert sorted((loss.path, loss.action) for loss in losses) == [("error.node", "dropped"), ("region", "dropped")]
    body = {"error": {"message": "No", "type": "invalid_request_error", "param": "n", "code": None, "node": 1}}
    losses = dragoman.translator("openai", client="anthropic").error(400, body).losses
    assert sorted(loss.path for loss in losses) == ["error.node", "error.param"]
