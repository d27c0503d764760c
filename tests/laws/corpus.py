"""What the laws are tried on: the bodies of all cases, and documents made from the schemas."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from dragoman.dialect import HUB
from dragoman_codegen.diagnostics import Diagnostics, render
from dragoman_codegen.proving import Case, Package, load_case
from dragoman_codegen.proving.streams import decoded

from .documents import Maker, Seeded, hub_schema, wire_schema

__all__ = [
    "ROOT",
    "Body",
    "bodies",
    "cases",
    "made",
    "maker",
    "package",
    "plausible",
    "slugs",
    "stream_cases",
    "usable",
]

ROOT = Path(__file__).resolve().parents[2]
_ROOTS = {"request": ("Request", "Request"), "response": ("Response", None), "stream": ("Chunk", None)}


@dataclass(frozen=True)
class Body:
    """A body for a unit. For streams, `data` is a list of events."""

    slug: str
    unit: str
    direction: str
    data: Any
    name: str


@cache
def slugs() -> tuple[str, ...]:
    return tuple(sorted(path.parent.name for path in (ROOT / "specs" / "providers").glob("*/provider.yaml")))


@cache
def package(slug: str) -> Package:
    found = Package.committed(ROOT, slug)
    assert found is not None, f"there is no generated code of {slug}; run: dragoman generate"
    return found


@cache
def cases(slug: str) -> tuple[Case, ...]:
    diagnostics = Diagnostics()
    found = [
        load_case(path, ROOT, diagnostics)
        for path in sorted((ROOT / "specs" / "providers" / slug / "cases").glob("*.yaml"))
    ]
    assert not len(diagnostics), render(diagnostics)
    return tuple(case for case in found if case is not None)


def name_of(case: Case) -> str:
    return case.node.span.path.removeprefix("specs/providers/").replace("cases/", "").removesuffix(".yaml")


def usable(case: Case) -> Any:
    """What a case gives to its unit; for streams the events, also where the case has bytes. None if they are broken."""
    if case.unit == "stream" and isinstance(case.given, bytes):
        source = package(case.node.span.path.split("/")[2] if case.direction == "to_hub" else HUB).dialect
        return decoded(case.given, source)
    return case.given


def bodies() -> Iterator[Body]:
    """The bodies of all cases."""
    for slug in slugs():
        for case in cases(slug):
            data = usable(case)
            if data is not None:
                yield Body(slug, case.unit, case.direction, data, name_of(case))


def stream_cases(direction: str) -> list[tuple[str, Case, list[Any]]]:
    """The streams that end well, as events: provider, case, events."""
    out = []
    for slug in slugs():
        for case in cases(slug):
            if case.unit == "stream" and case.direction == direction and "malformed" not in case.data:
                events = usable(case)
                if events is not None:
                    out.append((slug, case, events))
    return out


@cache
def maker(slug: str | None) -> Maker:
    """For the hub's documents (None), or those of a provider's wire."""
    return Maker(hub_schema() if slug is None else wire_schema(slug))


@cache
def definition(slug: str, unit: str, direction: str) -> str:
    """The definition that a unit reads, as the spec says."""
    from dragoman_codegen.spec import load_provider

    provider = load_provider(ROOT, slug, Diagnostics())
    assert provider is not None
    found = provider.units[unit]
    return found.hub if direction == "to_wire" else found.wire


def made(slug: str, unit: str, direction: str, seed: int) -> Body:
    """A document for a unit, made from its schema."""
    source = Seeded(seed)
    name = definition(slug, unit, direction)
    mine = maker(None if direction == "to_wire" else slug)
    data = [mine.make(name, source) for _ in range(1 + seed % 6)] if unit == "stream" else mine.make(name, source)
    if unit == "errors":
        data = {"status": (400, 401, 404, 429, 500, 529)[seed % 6], "body": data, "headers": {"retry-after": "7"}}
    return Body(slug, unit, direction, data, f"{slug} {unit} {direction} made from {seed}")


def plausible(body: dict[str, Any]) -> dict[str, Any]:
    """A chat request with a conversation that holds together: results answer calls, the user has the last word."""
    ids: set[str] = set()
    messages: list[Any] = [{"role": "user", "content": "wfirstx"}]
    for message in body["messages"]:
        role = message.get("role")
        if role == "assistant":
            calls = [call for call in message.get("tool_calls") or () if call.get("type") == "function"]
            message = {
                key: value for key, value in message.items() if key not in ("tool_calls", "function_call", "audio")
            }
            if calls:
                message["tool_calls"] = calls
            messages.append(message)
            for call in calls:
                ids.add(call["id"])
                messages.append({"role": "tool", "tool_call_id": call["id"], "content": f"{call['id']}result"})
        elif role not in ("tool", "function"):
            messages.append(message)
    out = {key: value for key, value in body.items() if key not in ("n", "tool_choice", "function_call")}
    if out.get("tools"):
        out["tools"] = [tool for tool in out["tools"] if tool.get("type") == "function"]
    messages.append({"role": "user", "content": "wlastx"})
    return {**out, "messages": messages}
