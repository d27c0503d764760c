"""Each loss names the line of a spec that says so, of fields that no schema knows too."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache
from typing import Any

import pytest

import dragoman
from dragoman.loss import ACTIONS, SEVERITIES, Loss

from .corpus import ROOT, Body, bodies, slugs

HUB = "openai"
_RULE = re.compile(r"(specs/[\w/.-]+\.yaml):(\d+)")


@cache
def lines(path: str) -> int:
    return len((ROOT / path).read_text().splitlines())


def strange(value: Any) -> Any:
    """The same, with a field more in each object."""
    if isinstance(value, dict):
        return {**{key: strange(item) for key, item in value.items()}, "zzz": "z"}
    return [strange(item) for item in value] if isinstance(value, list) else value


def losses(body: Body, data: Any) -> Iterator[Loss]:
    hither = (body.direction == "to_wire") == (body.unit == "request")
    t = dragoman.translator(*((body.slug,) if hither else (HUB,)), client=HUB if hither else body.slug)
    try:
        if body.unit == "request":
            yield from t.request(data).losses
        elif body.unit == "response":
            yield from t.response(data).losses
        elif body.unit == "stream":
            stream = t.stream()
            try:
                for event in data:
                    stream.feed(event)
            finally:
                stream.close()
                yield from stream.losses
    except dragoman.Refused as refused:
        yield from refused.losses
    except dragoman.MalformedBody:
        pass


@pytest.mark.parametrize("slug", slugs())
def test_each_loss_names_its_rule(slug: str) -> None:
    wrong = {}
    for body in bodies():
        if body.slug == slug and not (slug == HUB and body.direction == "to_wire" and body.unit != "request"):
            for data in (body.data, strange(body.data)):
                for loss in losses(body, data):
                    found = _RULE.fullmatch(loss.rule)
                    named = found is not None and 0 < int(found[2]) <= lines(found[1])
                    if not named or loss.action not in ACTIONS or loss.severity not in SEVERITIES or not loss.reason:
                        wrong[loss] = body.name
    assert not wrong
