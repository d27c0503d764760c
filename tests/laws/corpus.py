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
from dragoman_codegen.spec import Provider, load_provider

from .documents import Maker, Seeded, hub_schema, wire_schema

__all__ = [
    "ROOT",
    "Body",
    "bodies",
    "cases",
    "definition",
    "made",
    "maker",
    "name_of",
    "package",
    "plausible",
    "plausible_answer",
    "plausible_messages",
    "slugs",
    "stream_cases",
    "usable",
]

ROOT = Path(__file__).resolve().parents[2]


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
def _provider(slug: str) -> Provider:
    provider = load_provider(ROOT, slug, Diagnostics())
    assert provider is not None
    return provider


@cache
def definitions(slug: str) -> dict[tuple[str, str], str]:
    """The definitions that the units of a provider read, as the spec says: by unit and direction."""
    read = (("to_wire", "hub"), ("to_hub", "wire"))
    return {
        (name, way): getattr(unit, side)
        for name, unit in _provider(slug).units.items()
        for way, side in read
        if way in unit.sides or way in unit.streams
    }


def definition(slug: str, unit: str, direction: str) -> str:
    return definitions(slug)[unit, direction]


def made(slug: str, unit: str, direction: str, seed: int) -> Body:
    """A document for a unit, made from its schema."""
    source = Seeded(seed)
    name = definition(slug, unit, direction)
    after = _provider(slug).units[unit].after  # it goes on from a request of the wire's
    mine = maker(None if direction == "to_wire" and not after else slug)
    data = [mine.make(name, source) for _ in range(1 + seed % 6)] if unit == "stream" else mine.make(name, source)
    if unit == "errors":
        data = {"status": (400, 401, 404, 429, 500, 529)[seed % 6], "body": data, "headers": {"retry-after": "7"}}
    return Body(slug, unit, direction, data, f"{slug} {unit} {direction} made from {seed}")


def plausible(body: dict[str, Any]) -> dict[str, Any]:
    """A chat request with a conversation that holds together: results answer calls, the user has the last word."""
    messages: list[Any] = [{"role": "user", "content": "wfirstx"}]
    for message in body["messages"]:
        role = message.get("role")
        if role == "assistant":
            calls = [call for call in message.get("tool_calls") or () if call.get("type") == "function"]
            message = {key: value for key, value in message.items() if key not in _CALLS}
            if calls:
                message["tool_calls"] = calls
            messages.append(message)
            for call in calls:
                messages.append({"role": "tool", "tool_call_id": call["id"], "content": f"{call['id']}result"})
        elif role not in ("tool", "function"):
            messages.append(message)
    out = {key: value for key, value in body.items() if key not in ("n", "tool_choice", "function_call")}
    if out.get("tools"):
        out["tools"] = [tool for tool in out["tools"] if tool.get("type") == "function"]
    messages.append({"role": "user", "content": "wlastx"})
    return {**out, "messages": messages}


def plausible_answer(answer: dict[str, Any]) -> dict[str, Any]:
    """An answer of the hub with one choice, and reasoning that says what its type promises, in one form."""
    choices = answer["choices"][:1] or [{"finish_reason": "stop", "message": {"role": "assistant"}}]
    message = dict(choices[0]["message"])
    details = [
        {key: value for key, value in detail.items() if key in ("type", "signature", "format", _TOLD[detail["type"]])}
        for detail in message.pop("reasoning_details", None) or ()
        if detail.get(_TOLD[detail["type"]])
    ]
    for detail in details:
        if detail["type"] != "reasoning.text":
            detail.pop("signature", None)
    if details:
        message.pop("reasoning_content", None)
        message["reasoning_details"] = details
    return {**answer, "choices": [{**choices[0], "index": 0, "message": message}]}


_CALLS = ("tool_calls", "function_call", "audio")
_TOLD = {"reasoning.text": "text", "reasoning.summary": "summary", "reasoning.encrypted": "data"}


_USERS = ("text", "image", "document", "search_result", "container_upload")
_MODELS = ("text", "thinking", "redacted_thinking", "tool_use", "server_tool_use", "web_search_tool_result")


def plausible_messages(body: dict[str, Any]) -> dict[str, Any]:
    """A request to the Messages API with a conversation that holds together."""
    messages: list[Any] = [{"role": "user", "content": "wfirstx"}]
    for message in body.get("messages") or ():
        content = message.get("content")
        kinds = _USERS if message.get("role") == "user" else _MODELS
        if isinstance(content, list):
            content = [block for block in content if block["type"] in kinds]
        if content:
            messages.append({**message, "content": content})
        if isinstance(content, list):
            results = [
                {"type": "tool_result", "tool_use_id": block["id"], "content": f"{block['id']}result"}
                for block in content
                if block["type"] == "tool_use"
            ]
            if results:
                messages.append({"role": "user", "content": results})
    messages.append({"role": "user", "content": "wlastx"})
    return {**body, "messages": messages}
