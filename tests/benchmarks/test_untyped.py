"""The untyped provider, which benchmarks measure against, gives what the typed one gives where nothing is wrong."""

from __future__ import annotations

import pytest

from benchmarks import documents
from benchmarks.untyped import untyped
from dragoman_codegen.proving import Package

from ..laws.corpus import package
from .pairs import call_for

SLUG = "anthropic"


@pytest.fixture(scope="module")
def plain() -> Package:
    return untyped(SLUG)


def test_on_what_is_measured(plain: Package) -> None:
    bodies = {
        ("request", "request_to_wire"): [
            documents.short_request(),
            documents.tool_request(),
            documents.long_request(),
        ],
        ("response", "response_to_hub"): [documents.RESPONSE],
    }
    for unit, found in bodies.items():
        for body in found:
            ways = [one.unit(*unit)(body, call_for(one, documents.MODEL)) for one in (plain, package(SLUG))]
            assert ways[0] == ways[1]


def test_on_the_events_that_are_measured(plain: Package) -> None:
    events = [event for some in documents.events().values() for event in some]
    ways = []
    for one in (plain, package(SLUG)):
        stream = one.unit("stream", "StreamToHub")(call_for(one, documents.MODEL))
        ways.append([data for event in events for data, _ in stream.feed(event)])
        assert stream.finished
    assert ways[0] == ways[1]
