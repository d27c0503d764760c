"""A member of another kind: what a part of one kind carries of another one is said, lost with a record, or refused.

In any body of any case, each object that is one alternative of a union gets the members, one by one, that other
alternatives have and it has not: a text that has a picture besides, a call that is of two kinds. Whether something came
of it is seen in what comes out: it is not what came out before, or there is a new loss, or the body is refused.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

import pytest

from dragoman.places import join, text
from dragoman_codegen.proving import Case
from dragoman_codegen.proving.run import translate
from dragoman_codegen.proving.setup import prepare

from .corpus import cases, definition, maker, name_of, package, slugs, usable
from .documents import Maker, Seeded
from .leaves import Keys
from .test_unknown_members import FREE, ignored, is_ignored, passed, tells, translates
from .test_unknown_members import LEFT as UNKNOWN

LEFT = {
    # what vanishes, and why it may
    r"mistral/\S+ request to_hub messages\[\d+\]\.prefix$": "ignored: the place says it",
    r"openai-responses/\S+ request to_hub tools\[\d+\]\.external_web_access$": "what holds where it is not said",
    r"openai-responses/\S+ stream to_hub events\[\d+\]\.(content|summary)_index$": "tells pieces apart",
}


class Members:
    """The members that objects of a body could have of other alternatives, with values for them."""

    def __init__(self, made: Maker) -> None:
        self.made = made

    def of(self, schema: Mapping[str, Any], value: Any, at: Keys = ()) -> Iterator[tuple[Keys, str, Any]]:
        """Place, name and value of each."""
        if isinstance(value, list):
            for one in self.alternatives(schema):
                if "items" in one:
                    for n, item in enumerate(value):
                        yield from self.of(one["items"], item, (*at, n))
                    return
        if not isinstance(value, dict):
            return
        known = [one for one in self.alternatives(schema) if "properties" in one]
        own = [one for one in known if fits(one, value, self.made)]
        if len(own) != 1:
            return
        (mine,) = own
        if mine.get("maxProperties") == 1 and len(value) == 1:
            for name in sorted(set(mine["properties"]) - set(value)):
                yield at, name, self.value(mine["properties"][name], name)
        for other in known:
            for name in sorted(set(other["properties"]) - set(mine["properties"]) - set(value)):
                yield at, name, self.value(other["properties"][name], name)
        for name, part in mine["properties"].items():
            if name in value and name not in FREE:
                yield from self.of(part, value[name], (*at, name))

    def alternatives(self, schema: Mapping[str, Any]) -> list[Mapping[str, Any]]:
        schema = self.made.resolve(schema)
        options = schema.get("oneOf") or schema.get("anyOf")
        return [found for option in options for found in self.alternatives(option)] if options else [schema]

    def value(self, schema: Mapping[str, Any], name: str) -> Any:
        """Something that says something, if anything does."""
        small = Maker(self.made.schema, depth=4, fullness=5)
        found = (small.value(schema, Seeded(seed), name) for seed in range(12))
        return next((value for value in found if value not in (None, [], {})), None)


def fits(schema: Mapping[str, Any], value: Mapping[str, Any], made: Maker) -> bool:
    """Do the constants of an alternative agree with what the object says?"""
    for name, part in schema["properties"].items():
        part = made.resolve(part)
        told = [part["const"]] if "const" in part else part.get("enum")
        if told is not None and name in schema.get("required", ()) and value.get(name) not in told:
            return False
    return all(name in value for name in schema.get("required", ()))


def put(value: Any, at: Keys, name: str, more: Any) -> Any:
    if not at:
        return {**value, name: more}
    out: Any = dict(value) if isinstance(value, dict) else list(value)
    out[at[0]] = put(value[at[0]], at[1:], name, more)
    return out


def silent(case: Case, slug: str) -> Iterator[str]:
    data = usable(case)
    setup, fault = prepare(case, package(slug))
    if data is None or fault is not None or not translates(slug, case):
        return
    before = translate(package(slug), case.unit, case.direction, data, setup)
    if before.fault is not None:
        return
    ref = {"$ref": f"#/$defs/{definition(slug, case.unit, case.direction)}"}
    members = Members(maker(None if case.direction == "to_wire" else slug))
    tried: set[tuple[Any, ...]] = set()
    whole = data["body"] if case.unit == "errors" else data
    for n, body in enumerate(data) if case.unit == "stream" else [(None, whole)]:
        if case.unit == "stream" and str(body.get("type")) in passed(slug, case.direction):
            continue
        for at, name, value in members.of(ref, body):
            base: Keys = () if case.unit != "errors" else ("body",)
            place = (*(() if n is None else (n,)), *base, *at)
            key = (tuple("[]" if isinstance(part, int) else part for part in place), name, kind(data, place))
            if value is None or key in tried or is_ignored(place, ignored(slug, case.unit, case.direction)):
                continue
            tried.add(key)
            found = translate(package(slug), case.unit, case.direction, put(data, place, name, value), setup)
            same = (
                found.fault is None and found.out == before.out and len(found.losses or ()) <= len(before.losses or ())
            )
            spelt = text(join((*("events",), *place, name) if case.unit == "stream" else (*place, name)))
            if same and not tells(found.losses or [], spelt):
                holder, where = (
                    f"{name_of(case)} {case.unit} {case.direction} {at}" for at in (text(join(place)), spelt)
                )
                if not any(re.match(pattern, holder) for pattern in UNKNOWN) and not any(
                    re.match(pattern, where) for pattern in LEFT
                ):
                    yield where


def kind(data: Any, at: Keys) -> tuple[str, ...]:
    for key in at:
        data = data[key]
    return tuple(sorted(f"{name}={value}" if name in ("type", "role") else name for name, value in data.items()))


ALL = [(slug, case) for slug in slugs() for case in cases(slug) if isinstance(usable(case), (dict, list))]


@pytest.mark.parametrize(("slug", "case"), ALL, ids=[name_of(case) for _, case in ALL])
def test_a_member_of_another_kind_is_said_or_lost(slug: str, case: Case) -> None:
    assert list(silent(case, slug)) == []
