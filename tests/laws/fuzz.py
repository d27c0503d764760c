"""Mutated bodies: nothing but the documented exceptions comes out, no accident hides behind them, no body is changed.

`python -m tests.laws.fuzz 20000` tries so many; every body goes through the public translators.
"""

from __future__ import annotations

import copy
import json
import random
import sys
import traceback
from collections import Counter
from collections.abc import Callable
from typing import Any

import dragoman
from dragoman.endpoints import ENDPOINTS, served
from dragoman.json_codec import NotJSON, dumps
from dragoman_codegen.proving.compare import same
from dragoman_codegen.proving.run import translate
from dragoman_codegen.proving.setup import Setup

from .corpus import Body, bodies, definitions, made, package, slugs
from .mutate import mutate

__all__ = ["run", "trouble"]

HUB = "openai"
_ACCIDENTS = (KeyError, TypeError, AttributeError, IndexError, UnicodeError, RecursionError, AssertionError, NameError)


def trouble(body: Body, data: Any) -> str | None:
    """What is wrong with the way in which a body is taken; None if nothing is."""
    before = copy.deepcopy(data)
    try:
        _take(body, data)
    except (dragoman.Refused, dragoman.MalformedBody) as documented:
        hidden = _hidden(documented)
        if hidden is not None:
            return f"{type(hidden).__name__} hides behind {type(documented).__name__}: {hidden}"
    except NotImplementedError:
        pass
    except Exception as accident:
        place = traceback.extract_tb(accident.__traceback__)[-1]
        near = next(
            (f for f in reversed(traceback.extract_tb(accident.__traceback__)) if "dragoman_providers" in f.filename),
            place,
        )
        where = f"{near.filename.rsplit('dragoman_providers/', 1)[-1]}:{near.lineno}: {near.line}"
        return f"{type(accident).__name__}: {str(accident)[:80]} at {where}"
    if not _alike(before, data):
        return "the body was changed"
    return None


def _take(body: Body, data: Any) -> None:
    """Through the public translators; what no translator uses (the hub's own way to its clients) as a unit."""
    provider, client = (
        (body.slug, HUB) if (body.direction == "to_wire") == body.unit.endswith("request") else (HUB, body.slug)
    )
    translator = dragoman.translator(provider, client=client)
    if not _public(translator, body):
        _alone(body, data)
        return
    if body.unit == "request":
        sent = translator.request(data)
        _written(sent.body)
        assert all(isinstance(loss.path, str) for loss in sent.losses)
    elif body.unit == "response":
        _written(translator.response(data).body)
    elif body.unit == "errors":
        status, inner = (data.get("status"), data.get("body")) if isinstance(data, dict) else (500, data)
        _written(translator.error(status if type(status) is int else 500, inner).body)
    elif body.unit == "stream":
        stream = translator.stream()
        try:
            for event in data if isinstance(data, list) else [data]:
                _written([one.data for one in stream.feed(event)])
        finally:
            _written([one.data for one in stream.close()])
    elif body.unit == "embeddings_response" and client == HUB:
        sent = translator.embeddings_request({"model": "m", "input": "w", "encoding_format": "base64"})
        _written(translator.embeddings_response(data, sent).body)
    else:  # of another endpoint
        _written(getattr(translator, body.unit)(data).body)


def _public(translator: dragoman.Translator, body: Body) -> bool:
    """Does the unit belong to something that this translator does?"""
    if body.direction == "to_wire" and body.slug == HUB and body.unit != "request":
        return body.unit == "embeddings_request"
    endpoint = body.unit.removesuffix("_request").removesuffix("_response")
    return endpoint not in ENDPOINTS or endpoint in served(translator.client, translator.provider)


def _alone(body: Body, data: Any) -> None:
    setup = Setup("m", {}, package(body.slug).dialect.facts("m", {}))
    if body.unit == "stream":
        data = data if isinstance(data, list) else [data]
    elif body.unit == "errors":
        inner = data.get("body") if isinstance(data, dict) else data
        data = {"status": 500, "body": inner, "headers": {}}
    outcome = translate(package(body.slug), body.unit, body.direction, data, setup, traced=True)
    _written(outcome.out)
    if isinstance(outcome.fault, dragoman.MalformedBody):
        raise outcome.fault


def _written(value: Any) -> None:
    """What comes out must be JSON that can be written."""
    try:
        dumps(value)
    except NotJSON as reason:
        if "too deeply" not in str(reason) and "too long" not in str(reason):
            raise


def _hidden(exception: BaseException) -> BaseException | None:
    seen: set[int] = set()
    waiting: list[BaseException | None] = [exception.__cause__, exception.__context__]
    while waiting:
        found = waiting.pop()
        if found is None or id(found) in seen:
            continue
        if isinstance(found, _ACCIDENTS):
            return found
        seen.add(id(found))
        waiting += [found.__cause__, found.__context__]
    return None


def _alike(before: Any, after: Any) -> bool:
    try:
        return same(
            json.loads(json.dumps(before, allow_nan=True)), json.loads(json.dumps(after, allow_nan=True))
        ) or repr(before) == repr(after)
    except (ValueError, RecursionError):
        return repr(before) == repr(after)


def run(count: int, seed: int = 0, show: Callable[[str], None] = lambda text: None) -> Counter[str]:
    """Try so many mutated bodies; what went wrong, and how often."""
    chance = random.Random(seed)
    seeds = list(bodies())
    kinds = [(slug, unit, direction) for slug in slugs() for unit, direction in definitions(slug)]
    wrong: Counter[str] = Counter()
    for n in range(count):
        body = chance.choice(seeds) if n % 3 else made(*chance.choice(kinds), chance.randrange(10**6))
        data = mutate(body.data, chance)
        found = trouble(body, data)
        if found is not None:
            if found not in wrong:
                show(f"{body.name}: {found}")
            wrong[found] += 1
    return wrong


if __name__ == "__main__":
    total = int(sys.argv[1]) if len(sys.argv) > 1 else 20_000
    found = run(total, seed=int(sys.argv[2]) if len(sys.argv) > 2 else 0)
    for what, times in found.most_common():
        print(f"{times:6}  {what}")
    print(f"{total} bodies, {sum(found.values())} of them in trouble, {len(found)} kinds")
    sys.exit(1 if found else 0)
