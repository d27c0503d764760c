"""Whole units of one provider, generated against written by hand, and against generated without the types of schemas.

Run: `python -m benchmarks units`. All are timed in turns within one run, by the processor's time, so that what else the
machine does hits them alike; told are medians of many rounds, and of the ratios within each round. `json.loads` of the
same body stands beside them for scale.
"""

from __future__ import annotations

import gc
import json
import statistics
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from time import process_time_ns
from typing import Any

from benchmarks import documents, handwritten
from benchmarks.untyped import untyped
from dragoman.kit import Call
from dragoman_providers import anthropic
from dragoman_providers.anthropic import request, response, stream

__all__ = ["Subject", "main", "subjects"]

ROUNDS, SECONDS = 61, 0.003
SETTINGS = {"api_version": "2023-06-01"}


@dataclass
class Subject:
    """One thing to measure, in four ways. `each`: how many bodies or events one turn takes."""

    name: str
    generated: Callable[[], Any]
    by_hand: Callable[[], Any]
    untyped: Callable[[], Any]
    text: str
    target: float
    each: int = 1


def _call() -> Call:
    facts = anthropic.DIALECT.facts(documents.MODEL, SETTINGS)
    return Call(facts, SETTINGS, {"include_usage": True}, clock=lambda: 1_700_000_000.0, new_id=lambda prefix: prefix)


def subjects() -> Iterator[Subject]:
    plain = untyped("anthropic")
    requests = {
        "request, 2 messages": documents.short_request(),
        "request, 40 messages and 10 tools": documents.tool_request(),
        "request, 400 messages of 1 MB": documents.long_request(),
    }
    ways: list[Callable[[Any, Call], Any]]
    ways = [request.request_to_wire, handwritten.request_to_wire, plain.unit("request", "request_to_wire")]
    for name, body in requests.items():
        yield Subject(name, *_ways(ways, body), json.dumps(body), 1.2)
    body = documents.RESPONSE
    ways = [response.response_to_hub, handwritten.response_to_hub, plain.unit("response", "response_to_hub")]
    yield Subject("response, a text and two calls", *_ways(ways, body), json.dumps(body), 1.2)

    units = [stream.StreamToHub, handwritten.StreamToHub, plain.unit("stream", "StreamToHub")]
    before: list[Any] = []
    for name, events in documents.events().items():
        if name.startswith("piece"):
            text = "\n".join(map(json.dumps, events))
            feeds = [_pieces(unit, before, events) for unit in units]
            yield Subject(f"stream, {name}", *feeds, text, 1.5, len(events))
        before += events
    text = "\n".join(map(json.dumps, before))
    wholes = [_whole(unit, before) for unit in units]
    yield Subject(f"stream, an answer of {len(before)} events", *wholes, text, 1.5, len(before))


def _ways(functions: list[Callable[[Any, Call], Any]], body: Any) -> list[Callable[[], Any]]:
    call = _call()
    results = [function(body, call) for function in functions]
    if any(result != results[0] for result in results) or call.losses:
        raise SystemExit("the ways disagree, or the body loses something: run the tests of the benchmarks")

    def way(function: Callable[[Any, Call], Any]) -> Callable[[], Any]:
        return lambda: function(body, call)

    return [way(function) for function in functions]


def _whole(unit: Callable[[Call], Any], events: list[Any]) -> Callable[[], Any]:
    def run() -> list[Any]:
        feed = (one := unit(_call())).feed
        out = [chunk for event in events for chunk in feed(event)]
        one.close()
        return out

    return run


def _pieces(unit: Callable[[Call], Any], before: list[Any], events: list[Any]) -> Callable[[], Any]:
    """Some events of one kind, in a stream that has come this far."""
    feed = unit(_call()).feed
    for event in before:
        feed(event)

    def run() -> None:
        for event in events:
            feed(event)

    return run


@dataclass
class Measured:
    """Medians: nanoseconds of each way, and how long the generated code takes for each part of another way's time."""

    generated: float
    by_hand: float
    untyped: float
    read: float
    to_hand: float
    to_untyped: float


def measure(subject: Subject) -> Measured:
    texts = subject.text.split("\n")

    def read() -> None:
        for text in texts:
            json.loads(text)

    ways = [subject.generated, subject.by_hand, subject.untyped, read]
    counts = [_count(way) for way in ways]
    taken: list[list[float]] = [[] for _ in ways]
    gc.disable()
    try:
        for turn in range(ROUNDS):
            for n in range(len(ways)) if turn % 2 else reversed(range(len(ways))):
                taken[n].append(_time(ways[n], counts[n]) / counts[n] / subject.each)
            gc.collect()
    finally:
        gc.enable()
    ratios = [[a / b for a, b in zip(taken[0], others, strict=True)] for others in taken[1:3]]
    first, second, third, fourth = map(statistics.median, taken)
    return Measured(first, second, third, fourth, *map(statistics.median, ratios))


def _time(way: Callable[[], Any], count: int) -> int:
    begin = process_time_ns()
    for _ in range(count):
        way()
    return process_time_ns() - begin


def _count(way: Callable[[], Any]) -> int:
    """How many turns take about the time of one round."""
    count = 1
    while (taken := _time(way, count)) < SECONDS * 5e8:
        count *= 2
    return max(1, int(count * SECONDS * 1e9 / taken))


def main() -> int:
    print(f"{'unit':36} {'generated':>10} {'by hand':>10} {'ratio':>6} {'target':>7}", end="")
    print(f" {'untyped':>10} {'typed to it':>12} {'json.loads':>11}   (ns, medians)")
    for subject in subjects():
        found = measure(subject)
        line = f"{subject.name:36} {found.generated:10,.0f} {found.by_hand:10,.0f} {found.to_hand:5.2f}× "
        line += f"{subject.target:6.1f}× {found.untyped:10,.0f} {found.to_untyped:11.2f}× {found.read:11,.0f}"
        print(line + ("" if found.to_hand <= subject.target else "   above"), flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
