"""The hand-written pair, which benchmarks measure against, gives what the generated one gives: results and losses."""

from __future__ import annotations

import gzip
import json
import random
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from benchmarks import documents
from dragoman.kit import Call
from dragoman_codegen.proving import Case
from dragoman_codegen.proving.setup import prepare

from ..laws.corpus import cases, made, name_of, package, plausible, usable
from ..laws.mutate import mutate
from .pairs import SETTINGS, both, call_for

SLUG = "anthropic"
UNITS = {"request": "to_wire", "response": "to_hub", "stream": "to_hub"}
# One for each way of thinking, of sampling and of being held to JSON.
MODELS = (
    "claude-3-haiku",
    "claude-3-7-sonnet",
    "claude-sonnet-4",
    "claude-haiku-4-5",
    "claude-sonnet-4-6",
    "claude-opus-4-8",
    "claude-haiku-5-5",
    "claude-sonnet-5-5",
    "another",
)
CONTEXTS: tuple[dict[str, Any], ...] = (
    {},
    {"include_usage": True},
    {"json_tool": "answer_in_json"},
    {"legacy": True, "include_usage": True},
)

Subject = tuple[str, Any, Callable[[], Call]]


@cache
def subjects() -> dict[str, Subject]:
    """The cases of the units that are written by hand: unit, body, and a maker of calls."""
    return {name_of(case): subject for case in cases(SLUG) if (subject := _subject(case)) is not None}


def _subject(case: Case) -> Subject | None:
    body = usable(case)
    if UNITS.get(case.unit) != case.direction or body is None:
        return None
    setup, _ = prepare(case, package(SLUG))
    return case.unit, body, setup.call


def call(model: str = documents.MODEL, context: dict[str, Any] | None = None) -> Callable[[], Call]:
    return lambda: call_for(package(SLUG), model, SETTINGS, context)


def alike(unit: str, body: Any, maker: Callable[[], Call]) -> None:
    generated, by_hand = both(package(SLUG), unit, body, maker)
    assert by_hand == generated


@pytest.mark.parametrize("name", subjects())
def test_on_a_case(name: str) -> None:
    alike(*subjects()[name])


@pytest.mark.parametrize("make", [documents.short_request, documents.tool_request, documents.long_request])
def test_on_the_requests_that_are_measured(make: Callable[[], Any]) -> None:
    alike("request", make(), call())


def test_on_the_answers_that_are_measured() -> None:
    alike("response", documents.RESPONSE, call())
    alike("stream", [event for some in documents.events().values() for event in some], call())


@pytest.mark.parametrize("unit", UNITS)
def test_on_documents_made_from_the_schemas(unit: str) -> None:
    for seed in range(400):
        body = made(SLUG, unit, UNITS[unit], seed).data
        alike(unit, body, call(MODELS[seed % len(MODELS)], CONTEXTS[seed % len(CONTEXTS)]))
        if unit == "request":
            alike(unit, plausible(body), call(MODELS[seed % len(MODELS)]))


def test_on_mutated_cases() -> None:
    """Where something is wrong with a body, both say so; with two faults, one may be told before the other."""
    chance = random.Random(20_261_122)
    seeds = list(subjects().values())
    for _ in range(1500):
        unit, body, maker = chance.choice(seeds)
        mutant = mutate(body, chance)
        if unit == "stream" and type(mutant) is not list:
            continue
        generated, by_hand = both(package(SLUG), unit, mutant, maker)
        if not (faulty(generated) and faulty(by_hand)):
            assert repr(sort(by_hand)) == repr(sort(generated))  # NaN is not even itself


def faulty(outcome: dict[str, Any]) -> bool:
    return "malformed" in outcome or "refused" in outcome


def sort(value: Any) -> Any:
    """With the members of objects in the order of their names."""
    if type(value) is dict:
        return {name: sort(value[name]) for name in sorted(value)}
    return list(map(sort, value)) if type(value) is list else value


def records(shared: Path, name: str) -> Iterator[dict[str, Any]]:
    with gzip.open(shared / "corpus" / f"{name}.jsonl.gz", "rt", encoding="utf-8") as lines:
        yield from map(json.loads, lines)


def test_on_recorded_requests(shared: Path) -> None:
    bodies = [record["request"] for record in records(shared, "openai-chat") if record["request"] is not None]
    assert bodies
    for body in bodies:
        for model in MODELS:
            alike("request", body, call(model))


def test_on_recorded_answers(shared: Path) -> None:
    found = list(records(shared, "anthropic-messages"))
    assert found
    for record in found:
        for context in CONTEXTS:
            if record["response"] is not None:
                alike("response", record["response"], call(context=context))
            if record["events"]:
                alike("stream", [event["data"] for event in record["events"]], call(context=context))


def test_on_values_that_python_takes_for_equal() -> None:
    body = documents.short_request()
    for name in ("frequency_penalty", "logprobs", "store"):
        for value in (0, 0.0, 1, False, True):
            alike("request", {**body, name: value}, call())
