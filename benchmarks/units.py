"""Whole units of one provider, generated against written by hand: `python -m benchmarks.units`.

Both are timed in turns within one run, so that what else the machine does hits both alike; told are the medians of many
rounds. `json.loads` of the same body stands beside them for scale.
"""

from __future__ import annotations

import gc
import json
import statistics
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from time import perf_counter_ns
from typing import Any

from benchmarks import documents, handwritten
from dragoman.kit import Call
from dragoman_providers import anthropic
from dragoman_providers.anthropic import request, response, stream

__all__ = ["Subject", "main", "subjects"]

ROUNDS, SECONDS = 41, 0.004
SETTINGS = {"api_version": "2023-06-01"}


@dataclass
class Subject:
    """One thing to measure, in three ways. `each`: how many bodies or events one turn takes."""

    name: str
    generated: Callable[[], Any]
    by_hand: Callable[[], Any]
    text: str
    target: float
    each: int = 1


def _call() -> Call:
    facts = anthropic.DIALECT.facts(documents.MODEL, SETTINGS)
    return Call(facts, SETTINGS, {"include_usage": True}, clock=lambda: 1_700_000_000.0, new_id=lambda prefix: prefix)


def subjects() -> Iterator[Subject]:
    requests = {
        "request, 2 messages": documents.short_request(),
        "request, 40 messages and 10 tools": documents.tool_request(),
        "request, 400 messages of 1 MB": documents.long_request(),
    }
    for name, body in requests.items():
        yield Subject(name, *_ways(request.request_to_wire, handwritten.request_to_wire, body), json.dumps(body), 1.5)
    body = documents.RESPONSE
    ways = _ways(response.response_to_hub, handwritten.response_to_hub, body)
    yield Subject("response, a text and two calls", *ways, json.dumps(body), 1.5)

    before: list[Any] = []
    for name, events in documents.events().items():
        if name.startswith("piece"):
            yield _pieces(f"stream, {name}", before, events)
        before += events
    yield Subject(
        f"stream, an answer of {len(before)} events",
        lambda: _whole(stream.StreamToHub, before),
        lambda: _whole(handwritten.StreamToHub, before),
        "\n".join(map(json.dumps, before)),
        2.0,
        len(before),
    )


def _ways(
    generated: Callable[[Any, Call], Any], by_hand: Callable[[Any, Call], Any], body: Any
) -> tuple[Callable[[], Any], Callable[[], Any]]:
    call = _call()
    if generated(body, call) != by_hand(body, call) or call.losses:
        raise SystemExit("the ways disagree, or the body loses something: run the tests of the benchmarks")
    return lambda: generated(body, call), lambda: by_hand(body, call)


def _whole(unit: Callable[[Call], Any], events: list[Any]) -> list[Any]:
    feed = (one := unit(_call())).feed
    out = [chunk for event in events for chunk in feed(event)]
    one.close()
    return out


def _pieces(name: str, before: list[Any], events: list[Any]) -> Subject:
    """Some events of one kind, in a stream that has come this far."""
    units = stream.StreamToHub(_call()), handwritten.StreamToHub(_call())
    for unit in units:
        for event in before:
            unit.feed(event)

    def way(feed: Callable[[Any], Any]) -> Callable[[], Any]:
        def run() -> None:
            for event in events:
                feed(event)

        return run

    text = "\n".join(map(json.dumps, events))
    return Subject(name, way(units[0].feed), way(units[1].feed), text, 2.0, len(events))


def measure(subject: Subject) -> tuple[float, float, float]:
    """Medians in nanoseconds: generated, by hand, `json.loads`."""
    texts = subject.text.split("\n")

    def read() -> None:
        for text in texts:
            json.loads(text)

    ways = [subject.generated, subject.by_hand, read]
    counts = [_count(way) for way in ways]
    taken: list[list[float]] = [[], [], []]
    gc.disable()
    try:
        for turn in range(ROUNDS):
            for n in (0, 1, 2) if turn % 2 else (2, 1, 0):
                taken[n].append(_time(ways[n], counts[n]) / counts[n] / subject.each)
            gc.collect()
    finally:
        gc.enable()
    first, second, third = map(statistics.median, taken)
    return first, second, third


def _time(way: Callable[[], Any], count: int) -> int:
    begin = perf_counter_ns()
    for _ in range(count):
        way()
    return perf_counter_ns() - begin


def _count(way: Callable[[], Any]) -> int:
    """How many turns take about the time of one round."""
    count = 1
    while (taken := _time(way, count)) < SECONDS * 5e8:
        count *= 2
    return max(1, int(count * SECONDS * 1e9 / taken))


def main() -> int:
    print(
        f"{'unit':36} {'generated':>11} {'by hand':>11} {'ratio':>7} {'target':>7} {'json.loads':>11}   (ns, medians)"
    )
    for subject in subjects():
        generated, by_hand, read = measure(subject)
        ratio = generated / by_hand
        line = (
            f"{subject.name:36} {generated:11,.0f} {by_hand:11,.0f} {ratio:6.2f}× {subject.target:6.1f}× {read:11,.0f}"
        )
        print(line + ("" if ratio <= subject.target else "   above"))
    return 0


if __name__ == "__main__":
    sys.exit(main())
