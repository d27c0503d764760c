"""What holds for every stream: it tells what the whole answer tells, however it is cut, and a part is never a whole."""

from __future__ import annotations

import itertools
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import dragoman
from dragoman.dialect import HUB
from dragoman_codegen.proving import Case
from dragoman_codegen.proving.compare import difference
from dragoman_codegen.proving.setup import Setup, prepare
from dragoman_codegen.proving.streams import BytePath

from .corpus import definition, maker, name_of, package, plausible_answer, stream_cases
from .documents import Drawn
from .fold import chunks_of, events_of, fold_chunks, fold_events, said

TO_HUB = stream_cases("to_hub")
TO_WIRE = stream_cases("to_wire")
MESSAGES = "anthropic"
LAST = {MESSAGES: ("type", "message_stop"), "bedrock": ("event", "messageStop")}
"""The event after which an answer is whole. (After messageStop come counts, in some recordings before it, or none.)"""


def ids(cases: list[tuple[str, Case, list[Any]]]) -> list[str]:
    return [name_of(case) for _, case, _ in cases]


def run(slug: str, direction: str, events: list[Any], setup: Setup) -> list[Any]:
    unit = package(slug).unit("stream", {"to_hub": "StreamToHub", "to_wire": "StreamToWire"}[direction])(setup.call())
    out = [unit.feed(event) for event in events]
    return [data for data, _ in itertools.chain(*out, unit.close())]


# ---------------------------------------------------------------------- truncation
def complete(slug: str, events: list[Any]) -> bool:
    """Has the source said all that its grammar demands?"""
    if slug in LAST:
        key, name = LAST[slug]
        return any(event.get(key) == name for event in events)
    ended: dict[int, bool] = {}
    for event in events:
        for choice in event.get("choices") or ():
            index = choice.get("index", 0)
            ended[index] = ended.get(index, False) or choice.get("finish_reason") is not None
    return bool(ended) and all(ended.values())


def finished(slug: str, events: list[Any]) -> bool:
    """Does a reader take this for a whole answer?"""
    if any(event.get("error") is not None or event.get("type") == "error" for event in events):
        return False
    return complete(slug, events)


@pytest.mark.parametrize(("slug", "case", "events"), TO_HUB, ids=ids(TO_HUB))
def test_a_truncated_stream_never_looks_finished(slug: str, case: Case, events: list[Any]) -> None:
    setup, _ = prepare(case, package(slug))
    for n in range(len(events)):
        part = events[:n]
        if not complete(slug, part):
            out = run(slug, "to_hub", part, setup)
            assert not finished(HUB, out), f"after {n} events"
            assert out and "error" in out[-1], f"after {n} events"


def first_choice(events: list[Any]) -> list[Any]:
    """Other choices have no place in most dialects."""
    return [{"choices": [c for c in event.get("choices") or () if c.get("index", 0) == 0]} for event in events]


@pytest.mark.parametrize(("slug", "case", "events"), TO_WIRE, ids=ids(TO_WIRE))
def test_a_truncated_stream_never_looks_finished_to_a_client(slug: str, case: Case, events: list[Any]) -> None:
    setup, _ = prepare(case, package(slug))
    for n in range(len(events)):
        part = events[:n]
        if slug != HUB and not complete(HUB, first_choice(part)):  # clients of the hub are served by the way to it
            assert not finished(slug, run(slug, "to_wire", part, setup)), f"after {n} events"


# ---------------------------------------------------------------------- bytes
@pytest.mark.parametrize(("slug", "case", "events"), TO_HUB + TO_WIRE, ids=ids(TO_HUB + TO_WIRE))
def test_any_cut_of_the_bytes_gives_the_same(slug: str, case: Case, events: list[Any]) -> None:
    setup, _ = prepare(case, package(slug))
    path = BytePath(package(slug).dialect, case.direction, case.data, setup, "[DONE]")
    if path.possible:
        data = case.given if isinstance(case.given, bytes) else path.encoded(events)
        whole = path.translated(data)
        # a line of JSON may end in a carriage return, but it is the line feed that ends it
        framing = package(slug).dialect.framing
        # in frames of bytes there are no lines
        for ends in (b"\r\n", b"\r")[: {"ndjson": 1, "aws_event_stream": 0}.get(framing, 2)]:
            other = data.replace(b"\n", ends)
            assert path.translated(other) == whole
            assert path.first_bad_cut(other, whole) is None
        assert path.first_bad_cut(data, whole, thorough=True) is None


# ---------------------------------------------------------------------- folding
ASKED = {"model": "m", "messages": [], "stream": True, "stream_options": {"include_usage": True}}
FOLDS = {HUB: fold_chunks, MESSAGES: fold_events}


def grammatical(slug: str, events: list[Any]) -> bool:
    """Do events tell a message? Some cases are about those that do not."""
    try:
        return slug != MESSAGES or "id" in fold_events(events)
    except KeyError:
        return False


def whole_answer(answer: Any) -> Any:
    """Counts stand in a stream only where they were asked for."""
    return said({key: value for key, value in answer.items() if key != "usage"})


@pytest.mark.parametrize(("slug", "case", "events"), TO_HUB, ids=ids(TO_HUB))
def test_a_stream_tells_what_the_whole_answer_tells(slug: str, case: Case, events: list[Any]) -> None:
    if not finished(slug, events) or not grammatical(slug, events) or (slug in LAST and slug not in FOLDS):
        return
    setup, _ = prepare(case, package(slug))
    folded = fold_chunks(run(slug, "to_hub", events, setup))
    call = setup.call()
    whole = package(slug).unit("response", "response_to_hub")(FOLDS.get(slug, fold_chunks)(events), call)
    if "error" in folded:  # a stream that broke off is an error; of a whole answer it is told
        assert "contract" in {rule.severity for rule, _ in call.losses}
        return
    assert difference(whole_answer(whole), whole_answer(folded)) is None


@settings(max_examples=150)
@given(data=st.data())
def test_a_made_message_as_a_stream_tells_the_same(data: st.DataObject) -> None:
    source = Drawn(data.draw)
    message = maker(MESSAGES).make(definition(MESSAGES, "response", "to_hub"), source)
    message["stop_reason"] = message.get("stop_reason") or "end_turn"  # a server says why, unless it breaks off
    events = events_of(message, source)
    assert said(fold_events(events)) == said({**message, "usage": fold_events(events)["usage"]})
    dialect = package(MESSAGES).dialect
    setup = Setup("m", {}, dialect.facts("m", {}), {"include_usage": True})
    whole = package(MESSAGES).unit("response", "response_to_hub")(message, setup.call())
    folded = fold_chunks(run(MESSAGES, "to_hub", events, setup))
    assert difference(said(whole), said(folded)) is None


@settings(max_examples=150)
@given(data=st.data())
def test_a_made_answer_as_a_stream_tells_a_client_the_same(data: st.DataObject) -> None:
    source = Drawn(data.draw)
    answer = maker(None).make(definition(MESSAGES, "response", "to_wire"), source)
    answer = one_plain_choice(answer)
    dialect = package(MESSAGES).dialect
    setup = Setup("m", {}, dialect.facts("m", {}))
    try:
        whole = package(MESSAGES).unit("response", "response_to_wire")(answer, setup.call())
    except dragoman.MalformedBody:
        return
    folded = fold_events(run(MESSAGES, "to_wire", chunks_of(answer, source), setup))
    assert difference(joined(whole), joined(folded)) is None


def one_plain_choice(answer: Any) -> Any:
    """Only what the order of a stream can tell."""
    answer = plausible_answer(answer)
    choice = answer["choices"][0]
    message = {key: value for key, value in choice["message"].items() if key not in _ELSEWHERE}
    return {**answer, "choices": [{**choice, "finish_reason": choice["finish_reason"] or "stop", "message": message}]}


_ELSEWHERE = ("extra_content", "function_call", "audio", "annotations")


def joined(message: Any) -> Any:
    """Neighbouring texts as one; where no id was given, one was made up."""
    content: list[Any] = []
    for block in message["content"]:
        if content and block["type"] == content[-1]["type"] == "text":
            content[-1] = {**content[-1], "text": content[-1]["text"] + block["text"]}
        else:
            content.append(block)
    return said({**message, "id": None, "content": content})
