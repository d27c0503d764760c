"""What a provider supports, found out by asking: its generated code is given a request for each feature of the hub.

The requests are data, `specs/hub/features.yaml`. What a request for a feature loses beside the same request without it
says how the feature is supported; of answers, whether a rule makes the field. Nothing of it is written by hand.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from dragoman.dialect import Dialect
from dragoman.errors import MalformedBody
from dragoman.loss import Loss
from dragoman.steps import attempt, told
from dragoman_codegen.diagnostics import Diagnostics
from dragoman_codegen.layout import specs
from dragoman_codegen.proving import Package
from dragoman_codegen.proving.setup import Setup
from dragoman_codegen.rules import Expression, Field, Literal, Make, Rule, Same, Use
from dragoman_codegen.source import load
from dragoman_codegen.spec import Provider

__all__ = ["BRIEF", "FETCHED", "LOSS", "NO", "NONE", "REFUSED", "VARIES", "YES", "Support", "features", "supported"]

YES, LOSS, NO, REFUSED, FETCHED, NONE = "✓", "~", "✗", "!", "↓", ""
VARIES = "°"
"""Behind a sign: it is another one for other models."""
BODIES, BRIEF, ANSWERS = "bodies", "brief", "answers"
_FILE = "features.yaml"
_MODEL = "some-model"
_PLAIN: dict[str, Any] = {"model": _MODEL, "messages": [{"role": "user", "content": "Hello"}]}
Features = Mapping[str, Mapping[str, Mapping[str, Any]]]
Support = dict[str, dict[str, str]]
"""For each group of features, the sign of each."""


def features(root: Path) -> Features:
    """The groups of features, and what each is asked for with; none if the tree says nothing of them."""
    path = specs(root, "hub", _FILE)
    node = load(path, Diagnostics(), root=root) if path.is_file() else None
    found: Features = node.plain() if node is not None else {}
    return found


def supported(provider: Provider, package: Package, asked: Features) -> Support:
    """The sign of each feature; of a provider without chat there is none."""
    dialect = package.dialect
    found: Support = {}
    bodies = asked.get(BODIES, {})
    for group, names in asked.items():
        if group in (BODIES, BRIEF):
            continue
        if group == ANSWERS:
            made = _made(provider) if dialect.response_to_hub is not None else None
            found[group] = {
                name: NONE if made is None else YES if one["of"] in made else NO for name, one in names.items()
            }
        else:
            found[group] = {name: _sign(provider, dialect, one, bodies) for name, one in names.items()}
    return found


# ---------------------------------------------------------------------- requests


def _sign(provider: Provider, dialect: Dialect, feature: Mapping[str, Any], bodies: Mapping[str, Any]) -> str:
    if dialect.request_to_wire is None:
        return NONE
    before = {**_PLAIN, **bodies.get(feature.get("over", ""), {})}
    usual, *others = [_tried(dialect, facts, feature, before) for facts in _facts(provider, dialect)]
    return usual + VARIES if any(other != usual for other in others) else usual


def _facts(provider: Provider, dialect: Dialect) -> Iterator[Any]:
    """What is known of a model that no row names, and with each row that names some."""
    settings = {name: setting.default for name, setting in dialect.settings.items()}
    usual = dialect.facts(_MODEL, settings)
    yield usual
    rows = provider.node.members.get("models")
    for row in rows.elements if rows is not None else ():
        said = row.plain()
        if "match" in said:
            yield {**usual, **said["set"]}


def _tried(dialect: Dialect, facts: Any, feature: Mapping[str, Any], before: dict[str, Any]) -> str:
    asked = {**before, **feature["given"]}
    refused, losses = _run(dialect, facts, asked)
    if refused and "media" in feature:
        media = {url: tuple(one) for url, one in feature["media"].items()}
        return REFUSED if _run(dialect, facts, asked, media)[0] else FETCHED
    if refused:
        return REFUSED
    if any(loss.action == "dropped" and _within(feature["at"], loss.path) for loss in losses):
        return NO
    known = {(loss.path, loss.action, loss.reason) for loss in _run(dialect, facts, before)[1]}
    return LOSS if any((loss.path, loss.action, loss.reason) not in known for loss in losses) else YES


def _within(place: str, lost: str) -> bool:
    return place == lost or place.startswith((f"{lost}.", f"{lost}["))


def _run(
    dialect: Dialect, facts: Any, body: dict[str, Any], media: Mapping[str, Any] | None = None
) -> tuple[bool, list[Loss]]:
    settings = {name: setting.default for name, setting in dialect.settings.items()}
    call = Setup(_MODEL, settings, facts, {"model": _MODEL, "stream": False, "media": dict(media or {})}).call()
    assert dialect.request_to_wire is not None
    _, fault = attempt(dialect.request_to_wire, body, call)
    if isinstance(fault, MalformedBody):
        raise ValueError(f"specs/hub/{_FILE}: this request is malformed: {fault}: {body}")
    return fault is not None, told(call.losses)


# ---------------------------------------------------------------------- answers


@dataclass
class _Names:
    made: set[str] = dataclasses.field(default_factory=set)
    copies: bool = False


def _made(provider: Provider) -> set[str]:
    """The names of the fields that answers in the hub's dialect can have."""
    unit = provider.units["response"]
    names = _Names()
    todo: list[Any] = [unit.sides["to_hub"].rule]
    seen: set[str] = set()
    while todo:
        value = todo.pop()
        if isinstance(value, Expression):
            continue
        if isinstance(value, Use) and value.name not in seen:
            seen.add(value.name)
            todo.append(unit.defs[value.name])
        if isinstance(value, Make):
            said = [
                field for field in value.fields if not (isinstance(field.rule, Literal) and field.rule.value is None)
            ]
            names.made |= {part for field in said for part in field.name.split(".")}
        if isinstance(value, Same):
            names.copies = True
            names.made |= {path[-1] for path, _ in value.fields}
        if isinstance(value, Rule | Field) or dataclasses.is_dataclass(value):
            todo += [getattr(value, field.name) for field in dataclasses.fields(value)]
        elif isinstance(value, tuple | list):
            todo += value
    if names.copies:  # as they are, what the provider's own schema has
        names.made |= set(_properties(provider.wire_schema))
    return names.made


def _properties(schema: Any) -> Iterator[str]:
    if isinstance(schema, dict):
        if isinstance(schema.get("properties"), dict):
            yield from schema["properties"]
        for value in schema.values():
            yield from _properties(value)
    elif isinstance(schema, list):
        for value in schema:
            yield from _properties(value)
