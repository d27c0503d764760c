"""A member that no schema knows, in any object of any case's body, is said again or lost with a record."""

from __future__ import annotations

import copy
import re
from collections.abc import Iterator
from dataclasses import fields
from functools import cache
from typing import Any

import pytest

from dragoman.kit.functions import base64_text
from dragoman.loss import Loss
from dragoman.places import join, text
from dragoman_codegen.diagnostics import Diagnostics
from dragoman_codegen.proving import Case
from dragoman_codegen.proving.run import translate
from dragoman_codegen.proving.setup import prepare
from dragoman_codegen.rules import Account, Disposition, Field, Modifiers, Rule, Use
from dragoman_codegen.spec import Side, load_provider
from dragoman_codegen.steps import Block, Step, StreamSide

from .corpus import ROOT, cases, name_of, package, slugs, usable
from .leaves import Keys

STRANGER = "zz_unknown"
FREE = frozenset({"parameters", "input_schema", "schema", "metadata", "input", "arguments", "logit_bias", "headers"})
"""What stands under these names is the caller's own JSON: any member belongs there."""
LEFT = {
    # which case, unit and direction, and the place of the object: why a member there may vanish
    # (of streams also whose, in which direction, the type of the event, and the place in it)
    r"anthropic/stream-of-unknown-things stream to_hub events\[\d+\]\.delta$": "a part of a block told as lost",
    r".*\.extra_content\.(anthropic|bedrock|cohere|gemini|ollama)\b": "only this library writes there",
    r".*\.extra_content\[\"openai-responses\"\]": "only this library writes there, and no such members",
    r".*\.extra_content\.order\[\d+\]$": "only this library writes there, and no such members",
    r"cohere/\S+ \w+ to_wire \S+\.annotations\[\d+\](\.url_citation)?$": "told by the citations that were kept",
    r"\w+/errors-\S*of-a-gateway errors to_hub body(\.error)?$": "of a gateway's form only the words count",
    r"(cohere|ollama)/errors-of-\S+ errors to_hub body(\.error)?$": "of such forms only the words count",
    r"bedrock/request-what-belongs-to-this-\S+ \S+ to_wire \S+\.(file|image_url)$": "the block that was kept says it",
    r"gemini/client-blocked-prompt response to_wire choices\[0\]": "what was kept of the prompt says it",
    r"gemini/\S+ \w+ to_wire .*\.extra_content\.google$": "Google's own endpoint knows one member there",
    r"bedrock/\S+(?<!-with-counts) stream to_hub events\[\d+\]\.usage$": "counts that were not asked for",
    r"bedrock\S*/stream-(failure-of-another-kind|exception) stream to_hub events\[\d+\]$": "only the words count",
    r"openai/error-of-a-validator errors to_hub body\.(detail|message\.detail)\b": "of a list only the words count",
    r"\S+ stream to_hub events\[\d+\](\.choices\[\d+\]|\.x_groq)?\.usage\b": "counts that were not asked for",
    r"openai/stream-broken-off stream to_hub events\[1\]\.choices\[\d+\]": "of an error only the words count",
    r"perplexity/\S+ (response|stream) to_hub (events\[\d+\]\.)?choices\[\d+\]\.(delta|message)$": "said beside it",
    r"snowflake/answer-empty-fields response to_hub choices\[0\]\.message\.": "empty objects that say nothing",
    r"openai/\S+ response to_hub choices\[\d+\]\.finish_details$": "ignored: finish_reason says it",
    r"openai-responses stream to_hub response\.(in_progress|queued) \.response$": "what begins an answer is told once",
    r"openai-responses/stream-without-beginning ": "an error stands in the place of the answer",
    r"openai-responses/\S+ \w+ to_wire \S+(annotations|logprobs\.content)\[\d+\]": "told at the message",
    r"\S+ request to_wire \S+allowed_tools\.tools\[\d+\]\.(function|custom)": "only its name counts",
    r"anthropic/\S+ request to_hub messages\[\d+\]\.content\[\d+\]\.tool$": "only its name counts",
    r"anthropic/\S+ request to_hub messages\[\d+\]\.content\[\d+\]\.source\.content\[\d+\]$": "a text that is joined",
    r"\S+-tool-result(-that-failed)? request to_wire messages\[\d+\]\.extra_content$": "beside a mark of this library",
}


def objects(value: Any, at: Keys = ()) -> Iterator[Keys]:
    """The places of all objects whose members a dialect names."""
    if isinstance(value, dict):
        yield at
        for key, item in value.items():
            if key not in FREE:
                yield from objects(item, (*at, key))
    elif isinstance(value, list):
        for n, item in enumerate(value):
            yield from objects(item, (*at, n))


def with_stranger(value: Any, at: Keys) -> Any:
    """A copy in which the object at this place has one member more; what is not on the way there is shared."""
    if not at:
        return {**value, STRANGER: 1}
    out = copy.copy(value)
    out[at[0]] = with_stranger(value[at[0]], at[1:])
    return out


def tells(losses: list[Loss], place: str) -> bool:
    """Is this place, or something around it, lost with a record?"""
    place = spelt(place)
    told = [spelt(loss.path) for loss in losses if loss.action == "dropped"]
    return any(path == place or not path or (place.startswith(path) and place[len(path)] in ".[") for path in told)


def says(value: Any) -> bool:
    """Does it stand in what was made, in a body that was packed too?"""
    if isinstance(value, dict):
        return any(STRANGER in key or says(item) for key, item in value.items())
    if isinstance(value, list):
        return any(map(says, value))
    return isinstance(value, str) and (STRANGER in value or STRANGER in (base64_text(value) or ""))


def spelt(place: str) -> str:
    """In one spelling: where a dialect takes two, units know the schema's alone."""
    return re.sub(r"_([a-z])", lambda found: found[1].upper(), place)


@cache
def ignored(slug: str, unit: str, direction: str) -> frozenset[Keys]:
    """What the rules leave out as nothing to lose, with a reason, which is true of all that is in it."""
    provider = load_provider(ROOT, slug, Diagnostics())
    assert provider is not None
    found = provider.units[unit]
    waiting: list[object] = [found.sides.get(direction), found.streams.get(direction)]
    used: set[str] = set()
    entries: list[Disposition] = []
    while waiting:
        node = waiting.pop()
        if isinstance(node, Disposition):
            entries.append(node)
        elif isinstance(node, Use) and node.name not in used:
            used.add(node.name)
            waiting.append(found.defs[node.name])
        if isinstance(node, (tuple, dict)):
            waiting += node.values() if isinstance(node, dict) else node
        elif isinstance(node, (Rule, Modifiers, Account, Field, Side, StreamSide, Block, Step)):
            waiting += [getattr(node, part.name) for part in fields(node)]
    return frozenset(tuple(key for key in one.path if key != "[]") for one in entries if one.kind == "ignore")


@cache
def passed(slug: str, direction: str) -> frozenset[str]:
    """The events of which nothing is made: what they say is said by others too."""
    provider = load_provider(ROOT, slug, Diagnostics())
    assert provider is not None
    return frozenset(
        value
        for values, block in provider.units["stream"].streams[direction].events
        if not block.steps
        for value in values
    )


def is_ignored(at: Keys, paths: frozenset[Keys]) -> bool:
    names = tuple(key for key in at if isinstance(key, str))
    return any(names[n - len(path) : n] == path for path in paths for n in range(len(path), len(names) + 1))


def tried(case: Case, slug: str) -> Iterator[tuple[str, bool, bool]]:
    """Each place that was tried, whether the member there vanished, and whether it may."""
    data = usable(case)
    setup, fault = prepare(case, package(slug))
    if data is None or fault is not None or not translates(slug, case):
        return
    if translate(package(slug), case.unit, case.direction, data, setup).fault is not None:
        return
    shapes: set[tuple[Any, ...]] = set()
    for at in objects(data):
        if not at and case.unit in ("stream", "errors"):
            continue
        shape = (tuple("[]" if isinstance(key, int) else key for key in at), kind(data, at))
        if shape in shapes:
            continue  # an object of this kind, in this place, has been tried in this body
        shapes.add(shape)
        found = translate(package(slug), case.unit, case.direction, with_stranger(data, at), setup)
        assert found.losses is not None
        where = text(join((*("events",), *at) if case.unit == "stream" else at))
        what = f"{name_of(case)} {case.unit} {case.direction} {where}"
        left = is_ignored(at, ignored(slug, case.unit, case.direction))
        if case.unit == "stream":
            event = str(data[at[0]].get("type"))
            left = left or event in passed(slug, case.direction)
            if any(
                re.match(pattern, f"{slug} stream {case.direction} {event} .{text(join(at[1:]))}") for pattern in LEFT
            ):
                left = True
        left = left or any(re.match(pattern, what) for pattern in LEFT)
        place = text(join(((*("events",), *at) if case.unit == "stream" else at) + (STRANGER,)))
        yield (
            place,
            found.fault is None and not says(found.out) and not tells(found.losses, place),
            left,
        )


def translates(slug: str, case: Case) -> bool:
    """Is there a way for this, or is it passed on as it is?"""
    names = {"stream": {"to_hub": "StreamToHub", "to_wire": "StreamToWire"}[case.direction]}
    return (
        package(slug).unit(case.unit, names.get(case.unit, f"{case.unit.removesuffix('s')}_{case.direction}"))
        is not None
    )


def kind(data: Any, at: Keys) -> tuple[Any, ...]:
    """What tells the alternatives apart, on the way to a place."""
    out = []
    for key in at:
        data = data[key]
        if isinstance(data, dict):
            out.append(tuple(str(data.get(name)) for name in ("type", "role")))
            out.append(tuple(sorted(data)))
    return tuple(out)


ALL = [(slug, case) for slug in slugs() for case in cases(slug) if isinstance(usable(case), (dict, list))]


def vanishing(case: Case, slug: str) -> list[str]:
    return [place for place, silent, left in tried(case, slug) if silent and not left]


@pytest.mark.parametrize(("slug", "case"), ALL, ids=[name_of(case) for _, case in ALL])
def test_a_member_that_nobody_knows_is_said_or_lost(slug: str, case: Case) -> None:
    assert vanishing(case, slug) == []
