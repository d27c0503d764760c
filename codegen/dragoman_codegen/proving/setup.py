"""What a case brings to a translation besides the body: model, settings, facts, the context of the request."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from dragoman.dialect import HUB
from dragoman.errors import MalformedBody, Rejected
from dragoman.kit.call import Call
from dragoman.steps import attempt
from dragoman_codegen.proving.case import Case
from dragoman_codegen.proving.package import Package

__all__ = ["CLOCK", "Setup", "counter", "prepare"]

CLOCK = 1700000000
"""The time at which cases are run."""


def counter() -> Callable[[str], str]:
    """Ids for cases: the prefix and 1, 2, 3, …"""
    numbers = itertools.count(1)
    return lambda prefix: f"{prefix}{next(numbers)}"


@dataclass(frozen=True)
class Setup:
    model: str
    settings: Mapping[str, Any]
    facts: Any
    context: Mapping[str, Any] = field(default_factory=dict)

    def call(self, *, traced: bool = False) -> Call:
        """A new Call; `traced` as for the first of two steps."""
        return Call(
            self.facts,
            self.settings,
            dict(self.context),
            trace={} if traced else None,
            clock=lambda: CLOCK,
            new_id=counter(),
        )


def prepare(case: Case, package: Package) -> tuple[Setup, MalformedBody | Rejected | None]:
    """The setup of a case; with a fault if the request that it belongs to cannot be translated."""
    dialect = package.dialect
    request = case.data.get("request")
    body = case.given if case.unit.endswith("request") else request
    said = body.get("model") if isinstance(body, dict) else None
    model = str(case.data.get("model", said if isinstance(said, str) else ""))
    settings = {**{name: one.default for name, one in dialect.settings.items()}, **case.data.get("settings", {})}
    facts = dialect.facts(model, settings)
    if case.data.get("facts"):
        facts = {**facts, **case.data["facts"]}
    context: dict[str, Any] = {"model": model or None, "stream": isinstance(body, dict) and body.get("stream") is True}
    context |= {"stream": True} if case.data.get("stream") else {}
    media = {url: (one["media_type"], one["data"]) for url, one in (case.data.get("media") or {}).items()}
    if case.unit == "request":
        return Setup(model, settings, facts, {**context, "media": media}), None
    if case.unit.endswith("request"):
        return Setup(model, settings, facts, context), None
    headers = {name.lower(): value for name, value in (case.data.get("headers") or {}).items()}
    if request is None:
        return Setup(model, settings, facts, {"headers": headers} if case.direction == "to_hub" else {}), None
    asked = case.unit.removesuffix("_response")  # the endpoint, for others than chat
    told = case.direction == "to_wire"
    way = "request_to_hub" if told else "request_to_wire"
    unit = dialect.more.get(f"{asked}_{way}") if asked != case.unit else getattr(dialect, way)
    if (told and dialect.slug == HUB) or unit is None:
        return Setup(model, settings, facts, context), None
    call = Setup(model, settings, facts, {**context, "media": media}).call()
    _, fault = attempt(unit, request, call)
    return Setup(model, settings, facts, call.request if told else {**call.request, "headers": headers}), fault
