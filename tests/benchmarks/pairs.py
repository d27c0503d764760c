"""One body through the generated code and through the hand-written code, and what came of it in a form to compare."""

from __future__ import annotations

import copy
import itertools
from collections.abc import Callable, Mapping
from typing import Any

from benchmarks import handwritten
from dragoman.errors import MalformedBody, Rejected
from dragoman.kit import Call
from dragoman.places import text
from dragoman.steps import attempt
from dragoman_codegen.proving import Package

__all__ = ["SETTINGS", "both", "call_for"]

SETTINGS = {"api_version": "2023-06-01"}

Outcome = dict[str, Any]


def call_for(
    package: Package, model: str, settings: Mapping[str, Any] = SETTINGS, request: Mapping[str, Any] | None = None
) -> Call:
    numbers = itertools.count(1)
    return Call(
        package.dialect.facts(model, settings),
        settings,
        dict(request or {}),
        clock=lambda: 1_700_000_000.0,
        new_id=lambda prefix: f"{prefix}{next(numbers)}",
    )


def both(package: Package, unit: str, body: Any, call: Callable[[], Call]) -> tuple[Outcome, Outcome]:
    """What the generated and what the hand-written code makes of a body; for streams it is a list of events."""
    if unit == "stream":
        return (
            _stream(package.unit("stream", "StreamToHub"), body, call()),
            _stream(handwritten.StreamToHub, body, call()),
        )
    name = {"request": "request_to_wire", "response": "response_to_hub"}[unit]
    return _body(package.unit(unit, name), body, call()), _body(getattr(handwritten, name), body, call())


def _body(function: Callable[[Any, Call], Any], body: Any, call: Call) -> Outcome:
    before = copy.deepcopy(body)
    out, fault = attempt(function, body, call)
    if fault is not None:
        return _fault(fault)
    assert repr(body) == repr(before), "the body was changed"
    return {"gives": out, "losses": _losses(call), "request": call.request}


def _stream(unit: Callable[[Call], Any], events: list[Any], call: Call) -> Outcome:
    stream = unit(call)
    chunks: list[Any] = []
    fault: MalformedBody | Rejected | None = None
    for event in events:
        made, fault = attempt(stream.feed, event)
        chunks += map(_data, made or ())
        if fault is not None:
            break
    else:
        chunks += map(_data, stream.close())
    outcome = _fault(fault) if fault is not None else {}
    # Lists in chunks are those of the state, which grow: the chunks are compared when all have been made.
    return {"gives": chunks, "losses": _losses(call), "finished": stream.finished, **outcome}


def _data(event: Any) -> Any:
    return event[0] if type(event) is tuple else event


def _losses(call: Call) -> list[tuple[str, ...]]:
    """Without the lines of the spec, which move, each once, as reports tell them, and in no order: rules are many."""
    return sorted({(text(at), rule.action, rule.severity, rule.reason) for rule, at in call.losses})


def _fault(fault: MalformedBody | Rejected) -> Outcome:
    if isinstance(fault, MalformedBody):
        return {"malformed": text(fault.at), "expected": fault.expected}
    return {"refused": text(fault.at), "message": fault.message}
