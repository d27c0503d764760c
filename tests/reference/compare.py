"""Generated code and the reference evaluator on the same body: what differs, in words.

What is no difference: generated code complains of a shape, and the value there is indeed of another kind than the
schema says. Of a body with two faults each may tell another one: where generated code refuses a field and the reference
complains of a shape, the reference must refuse that field once the shape is mended. What is told apart (`loose`): it
takes a body in which a field is of another kind than the schema says without looking at the kind, and makes something
else of it; without that field the two agree.
"""

from __future__ import annotations

import copy
from collections.abc import Iterator
from functools import cache
from typing import Any

from dragoman.errors import MalformedBody, Rejected
from dragoman.kit.spelling import respelled
from dragoman.places import keys_of, text
from dragoman_codegen.diagnostics import Diagnostics
from dragoman_codegen.proving.compare import difference
from dragoman_codegen.proving.run import Outcome as Generated
from dragoman_codegen.proving.run import translate
from dragoman_codegen.proving.setup import CLOCK, Setup
from dragoman_codegen.reference import Evaluator, Given, Outcome, counter
from dragoman_codegen.reference.run import fitting
from dragoman_codegen.spec import load_provider
from dragoman_codegen.types import ANY, Type, element, field, kind_of, only

from ..laws.corpus import ROOT, package

__all__ = ["both", "compared", "differences", "evaluator", "loose"]

_FAULTS = 4
"""So many shapes of a body are mended to see another fault of it."""


@cache
def evaluator(slug: str) -> Evaluator:
    provider = load_provider(ROOT, slug, Diagnostics())
    assert provider is not None
    return Evaluator(provider)


def both(slug: str, unit: str, direction: str, body: Any, setup: Setup) -> tuple[Generated, Outcome]:
    generated = translate(package(slug), unit, direction, copy.deepcopy(body), setup)
    given = Given(setup.facts, setup.settings, dict(setup.context), CLOCK, counter())
    return generated, evaluator(slug).evaluate(unit, direction, copy.deepcopy(body), given)


def differences(slug: str, unit: str, direction: str, body: Any, setup: Setup) -> list[str]:
    """What differs; nothing where generated code rightly complains of a shape that the evaluator does not look at."""
    return compared(slug, unit, direction, body, setup)[1]


def compared(slug: str, unit: str, direction: str, body: Any, setup: Setup) -> tuple[Generated, list[str]]:
    """What generated code made of the body, and what differs."""
    generated, reference = both(slug, unit, direction, body, setup)
    found = list(_differences(slug, unit, direction, body, generated, reference))
    for _ in range(_FAULTS if found and isinstance(generated.fault, Rejected) else 0):
        if not isinstance(reference.fault, MalformedBody) or unit == "stream":
            break
        body = _with_shape(evaluator(slug).schema(unit, direction), body, keys_of(reference.fault.at))
        reference = both(slug, unit, direction, body, setup)[1]
        if _said(reference.fault) == _said(generated.fault):
            return generated, []
    return generated, found


def loose(slug: str, unit: str, direction: str, body: Any, setup: Setup) -> bool:
    """Do the two agree on the body without the fields that are of another kind than the schema says?"""
    schema = evaluator(slug).schema(unit, direction)
    if unit == "stream":
        mended: Any = [_mended(schema, event) for event in body]
    else:
        mended = _mended(schema, body)
    return bool(mended != body) and not differences(slug, unit, direction, mended, setup)


def _mended(schema: Type, value: Any) -> Any:
    if isinstance(value, dict):
        fit = fitting(only(schema, "object"), value)
        inner = {key: (field(fit, key) if fit.kinds else ANY, item) for key, item in value.items()}
        return {key: _mended(part, item) for key, (part, item) in inner.items() if _is_of(part, item)}
    if isinstance(value, list):
        part = element(schema) if schema.may("array") else ANY
        return [_mended(part, item) for item in value if _is_of(part, item)]
    return value


def _is_of(schema: Type, value: Any) -> bool:
    return kind_of(value) in schema.kinds or not schema.kinds - {"null"}


def _differences(
    slug: str, unit: str, direction: str, body: Any, generated: Generated, reference: Outcome
) -> Iterator[str]:
    one, other = generated.fault, reference.fault
    if isinstance(one, MalformedBody) and _is_wrong(slug, unit, direction, body, one):
        if unit == "stream":  # up to there the events are the same, as far as both came
            n = min(len(generated.out), len(reference.made))
            yield from _unlike(reference.made[:n], generated.out[:n])
        return
    if _said(one) != _said(other):
        yield f"generated: {_full(one)}; reference: {_full(other)}"
        return
    yield from _unlike(reference.made, generated.out)
    if one is None:
        told = {(loss.path, loss.action, loss.severity, loss.reason) for loss in generated.losses or ()}
        expected = {(loss.path, loss.action, loss.severity, loss.reason) for loss in reference.losses}
        for loss in sorted(told - expected):
            yield f"only generated code loses {loss}"
        whole = tuple(path for path, action, *_ in told if path and action == "dropped")
        for loss in sorted(expected - told):
            if loss[1] != "dropped" or not loss[0].startswith(tuple(path + mark for path in whole for mark in ".[")):
                yield f"only the reference loses {loss}"  # and what it lies in is not lost as a whole


def _unlike(reference: Any, generated: Any) -> Iterator[str]:
    found = difference(_comparable(reference), _comparable(generated))
    if found is not None:
        yield f"made (expected is the reference): {found[1]}"


def _comparable(value: Any) -> Any:
    """NaN is not equal to itself: say it in words."""
    if isinstance(value, float) and value != value:
        return "not a number"
    if isinstance(value, dict):
        return {key: _comparable(item) for key, item in value.items()}
    return [_comparable(item) for item in value] if isinstance(value, list) else value


def _said(fault: MalformedBody | Rejected | None) -> str:
    if fault is None:
        return "taken"
    return "malformed" if isinstance(fault, MalformedBody) else f"refused: {text(fault.at)}"


def _full(fault: MalformedBody | Rejected | None) -> str:
    return "taken" if fault is None else f"{type(fault).__name__} at {text(fault.at)!r}: {fault}"


def _with_shape(schema: Type, body: Any, keys: list[str | int]) -> Any:
    """The body with something of the kind that the schema says at a place."""
    if not keys:
        return _something(schema)
    key, *rest = keys
    if isinstance(key, int):
        part = _with_shape(element(schema), body[key] if key < len(body) else None, rest)
        return [*body[:key], part, *body[key + 1 :]]
    inner = field(fitting(only(schema, "object"), body), key)
    return {**(body or {}), key: _with_shape(inner, (body or {}).get(key), rest)}


def _something(schema: Type) -> Any:
    if schema.literals:
        return min(schema.literals, key=repr)
    plain = {"string": "x", "number": 1, "boolean": True}
    kind = next((kind for kind in (*plain, "object", "array") if schema.may(kind)), "null")
    if kind == "object":
        props = schema.objects[0].props if schema.objects else {}
        return {name: _something(prop.type) for name, prop in props.items() if prop.required}
    return [] if kind == "array" else plain.get(kind)


def _is_wrong(slug: str, unit: str, direction: str, body: Any, fault: MalformedBody) -> bool:
    """Is the value at the place of the fault of another kind than the schema says?"""
    keys = keys_of(fault.at)
    schema: Type = evaluator(slug).schema(unit, direction)
    if (unit, direction) == ("request", "to_hub"):
        wire = evaluator(slug).provider.units[unit].wire
        body = respelled(body, evaluator(slug).provider.spellings(wire), wire)
    if unit == "stream":
        if keys[:1] != ["events"] or len(keys) < 2 or not isinstance(body, list):
            return False
        body, keys = body[int(keys[1])], keys[2:]
    for key in keys:
        if isinstance(key, int):
            schema = element(schema)
            body = body[key] if isinstance(body, list) and key < len(body) else None
        else:
            schema = field(fitting(only(schema, "object"), body), key)
            body = body.get(key) if isinstance(body, dict) else None
    return kind_of(body) not in schema.kinds
