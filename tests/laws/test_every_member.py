"""Each member of each alternative of a client's schema counts: changed or left out, it changes what is made or told.

The documents are made in full: every alternative of every union once, with every optional member in it, each with a
value of its own. They go through the public translators, so that what two steps lose between them is found too.
"""

from __future__ import annotations

import copy
import re
from collections.abc import Iterator, Mapping
from typing import Any

import pytest

import dragoman
from dragoman.places import join, text

from .documents import wire_schema
from .leaves import Keys, covered

MODEL = {"openai-responses": "gpt-5.4", "anthropic": "claude-sonnet-4-5"}
UPSTREAMS = ("openai", "openai-responses", "anthropic", "gemini", "bedrock", "cohere", "ollama")
NOT_ASKED = {"previous_response_id", "conversation", "prompt"}
"""Members of a request that are refused as a whole."""
QUIET = {
    # what says nothing: by its place, and why
    r"(.*\.)?type$": "the alternative's own name",
    r"model$|stream$": "said in the URL, or of no weight where all streams are alike",
    r"(.*\.)?status$": "items of a conversation are whole",
    r"(.*\.)?(prompt_cache_breakpoint|cache_control)\.(mode|type)$": "one value alone",
    r"(.*\.)?detail$": "a hint of which the default is left out",
    r"(.*\.)?name$": "a label, or said by the call",
    r"text\.format\.strict$": "the format is always held to",
    r"service_tier$|tool_choice$|parallel_tool_calls$|messages\[\d+\]\.clear_at$": "the default is left out",
    r"tools\[\d+\]\.external_web_access$|tools$": "the default is left out",
}


class Full:
    """Documents of a schema in which every member is there; `taken` says which alternative stands where."""

    def __init__(self, schema: Mapping[str, Any]) -> None:
        self.defs = schema["$defs"]
        self.taken: dict[Keys, int] = {}
        self.unions: list[tuple[Keys, int, str]] = []
        self.count = 0

    def documents(self, name: str) -> Iterator[Any]:
        waiting: list[dict[Keys, int]] = [{}]
        seen: set[tuple[Keys, str]] = set()
        while waiting:
            self.taken, self.unions, self.count = waiting.pop(0), [], 0
            yield self.value({"$ref": f"#/$defs/{name}"}, (), ())
            for at, options, whose in self.unions:
                if at not in self.taken and (at, whose) not in seen:
                    seen.add((at, whose))
                    waiting += [{**self.taken, at: n} for n in range(1, options)]

    def value(self, schema: Mapping[str, Any], at: Keys, within: tuple[str, ...]) -> Any:
        while "$ref" in schema:
            name = schema["$ref"].rsplit("/", 1)[-1]
            within, schema = (*within, name), self.defs[name]
        if within and within.count(within[-1]) > 2:
            return None
        if "const" in schema:
            return schema["const"]
        options = [one for one in schema.get("oneOf") or schema.get("anyOf") or () if one.get("type") != "null"]
        if options:
            self.unions.append((at, len(options), within[-1]))
            return self.value(options[min(self.taken.get(at, 0), len(options) - 1)], at, within)
        if "enum" in schema:
            return next(value for value in schema["enum"] if value is not None)
        kind = schema.get("type")
        kind = next(one for one in kind if one != "null") if isinstance(kind, list) else kind
        if kind == "object" or "properties" in schema:
            return self.object(schema, at, within)
        if kind == "array":
            item = self.value(schema.get("items", {}), (*at, 0), within)
            return [] if item is None else [item]
        self.count += 1
        if kind in ("boolean", "integer", "number"):
            return {"boolean": True, "integer": 1000 + self.count, "number": 0.5 + self.count / 1024}[kind]
        name = next((key for key in reversed(at) if isinstance(key, str)), "")
        word = f"w{self.count}x"
        if name == "arguments":
            return f'{{"{word}": 1}}'
        return f"data:image/png;base64,{word}AA" if name in ("image_url", "url", "file_data") else word

    def object(self, schema: Mapping[str, Any], at: Keys, within: tuple[str, ...]) -> dict[str, Any]:
        if at and at[-1] in ("parameters", "input_schema", "schema"):
            return {"type": "object", "properties": {"n": {"type": "string"}}}
        made = {key: self.value(one, (*at, key), within) for key, one in schema.get("properties", {}).items()}
        if isinstance(schema.get("additionalProperties"), dict) and not made:
            made["k"] = self.value(schema["additionalProperties"], (*at, "k"), within)
        return {key: value for key, value in made.items() if value is not None and (at or key not in NOT_ASKED)}


def leaves(value: Any, at: Keys = ()) -> Iterator[tuple[Keys, Any]]:
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    if not inner:
        yield at, value
    for key, item in inner:
        yield from leaves(item, (*at, key))


def changed(value: Any, at: Keys, new: Any) -> Any:
    """A copy with another value at this place; None leaves it out."""
    out = copy.copy(value)
    if len(at) > 1:
        out[at[0]] = changed(value[at[0]], at[1:], new)
    elif new is None:
        del out[at[0]]
    else:
        out[at[0]] = new
    return out


def other(value: Any) -> Any:
    if isinstance(value, bool):
        return not value
    if isinstance(value, (int, float)):
        return value + 7
    if isinstance(value, str):
        return value.replace("w", "v", 1) if value.startswith(("{", "data:")) else f"{value}v"
    return None


def conversation(client: str, body: dict[str, Any]) -> dict[str, Any]:
    """The same, in a conversation that holds together."""
    user = {"role": "user", "content": "Go"}
    body = {**body, "model": MODEL[client]}
    if client == "anthropic":
        return {**body, "messages": [user, *body["messages"], user]}
    if isinstance(body.get("input"), list):
        calls = [
            {"type": item["type"].removesuffix("_output"), "call_id": item["call_id"], "name": "f", **inner}
            for item in body["input"]
            for kind, inner in (
                ("function_call_output", {"arguments": "{}"}),
                ("custom_tool_call_output", {"input": ""}),
            )
            if item.get("type") == kind
        ]
        return {**body, "input": [user, *calls, *body["input"], user]}
    return body


def kinds(body: Any, at: Keys) -> str:
    """The types on the way to a place."""
    found = []
    for key in at[:-1]:
        body = body[key]
        found += [str(body["type"])] if isinstance(body, dict) and "type" in body else []
    return "/".join(found)


def vanishing(client: str, upstream: str) -> Iterator[str]:
    translator = dragoman.translator(upstream, client=client, clock=lambda: 1, new_id=lambda prefix: f"{prefix}1")

    def run(body: Any) -> Any:
        try:
            sent = translator.request(body)
        except dragoman.Refused:
            return None
        return sent.body, sorted(sent.losses)

    tried = set()
    for made in Full(wire_schema(client)).documents("Request"):
        body = conversation(client, made)
        whole = run(body)
        if whole is None:
            continue
        told = [loss.path for loss in whole[1]]
        for at, value in leaves(body):
            place = text(join(at))
            shape = (re.sub(r"\d+", "", place), kinds(body, at))
            if shape in tried or covered(at, told) or any(re.match(f"(?:{quiet})", place) for quiet in QUIET):
                continue
            tried.add(shape)
            for new in (None, other(value)):
                if isinstance(at[-1], str) and (new is None or new != value) and run(changed(body, at, new)) == whole:
                    yield f"{place} ({shape[1]}), {'changed' if new else 'left out'}"
                    break


PAIRS = [(client, upstream) for client in MODEL for upstream in UPSTREAMS if client != upstream]


@pytest.mark.parametrize(("client", "upstream"), PAIRS)
def test_each_member_is_said_or_told_as_lost(client: str, upstream: str) -> None:
    assert list(vanishing(client, upstream)) == []


@pytest.mark.parametrize(
    ("client", "member", "place"),
    [
        ("openai-responses", {"store": True}, "store"),
        ("openai-responses", {"include": ["message.output_text.logprobs"]}, "include"),
        ("anthropic", {"tool_choice": {"type": "auto", "disable_parallel_tool_use": True}}, "tool_choice"),
    ],
)
def test_what_a_constant_says_is_led_back(client: str, member: dict[str, Any], place: str) -> None:
    tool = {"type": "custom", "name": "f", "input_schema": {"type": "object"}}
    said = {"messages": [{"role": "user", "content": "Go"}], "max_tokens": 9, "tools": [tool]}
    body = {"model": "m", **(said if client == "anthropic" else {"input": "Go"}), **member}
    losses = (
        dragoman.translator("ollama" if "include" not in member else "anthropic", client=client).request(body).losses
    )
    assert any(loss.path.startswith(place) and loss.action == "dropped" for loss in losses)
