"""Documents made from the schemas, plain and with faults in them, through generated code and the reference evaluator.

`python -m tests.reference.fuzz 20000` tries so many; `make test` tries 1,000 and hypothesis some more.
"""

from __future__ import annotations

import random
import sys
from collections import Counter
from collections.abc import Callable, Iterator
from typing import Any

from dragoman_codegen.proving.setup import Setup

from ..laws.corpus import Body, bodies, definitions, made, package, slugs
from ..laws.mutate import mutate
from .compare import differences, evaluator, loose

__all__ = ["KINDS", "documents", "draw_setup", "run"]

KINDS = [(slug, unit, direction) for slug in slugs() for unit, direction in definitions(slug)]
_MODELS = ["", "unknown-model", "gpt-4o", "o3"]
_CONTEXTS: list[dict[str, Any]] = [
    {},
    {"json_tool": "w1x"},
    {"legacy": True},
    {"include_usage": True},
    {"encoding_format": "base64"},
]


def models(slug: str) -> list[str]:
    """Names that each row of the provider's model list is about, and others."""
    rows = evaluator(slug).provider.node.members.get("models")
    found: list[str] = []
    for row in rows.elements if rows is not None else ():
        patterns = row.members["match"].plain() if "match" in row.members else []
        found += [patterns] if isinstance(patterns, str) else patterns
    return [*_MODELS, *(name.replace("*", "") for name in found)]


def draw_setup(slug: str, unit: str, choose: Callable[[int], int]) -> Setup:
    """A model, settings and what is known of the request; `choose(n)` gives a number below n."""
    dialect = package(slug).dialect
    names = models(slug)
    model = names[choose(len(names))]
    settings = {}
    for name, setting in dialect.settings.items():
        values = [setting.default, *(setting.values or ())]
        settings[name] = values[choose(len(values))]
    context: dict[str, Any] = {"model": model, "stream": False}
    context |= {"media": {}} if unit == "request" else _CONTEXTS[choose(len(_CONTEXTS))] | {"headers": {}}
    return Setup(model, settings, dialect.facts(model, settings), context)


def usual(body: Body, data: Any) -> Any:
    """What a mutant is given as: a list of events to a stream, a failure to the errors."""
    if body.unit == "stream":
        return data if isinstance(data, list) else [data]
    if body.unit == "errors":
        data = data if isinstance(data, dict) else {"body": data}
        status = data.get("status")
        return {"status": status if type(status) is int else 500, "body": data.get("body"), "headers": {}}
    return data


def documents(count: int, seed: int) -> Iterator[tuple[str, Body, Any, Setup]]:
    """So many documents: what they are, the body that they were made from, what is given, and how."""
    chance = random.Random(seed)
    seeds = [body for body in bodies() if (body.slug, body.unit, body.direction) in KINDS]
    for n in range(count):
        body = chance.choice(seeds) if n % 4 == 3 else made(*chance.choice(KINDS), chance.randrange(10**6))
        faulty = n % 2 == 1
        data = usual(body, mutate(body.data, chance)) if faulty else usual(body, body.data)
        name = f"{n}: {body.name}{', with faults' if faulty else ''}"
        yield name, body, data, draw_setup(body.slug, body.unit, chance.randrange)


def run(count: int, seed: int = 0, show: Callable[[str], None] = lambda text: None) -> tuple[Counter[str], int]:
    """Try so many documents: what differs, and how often; and how often it is a kind that nobody looks at."""
    wrong: Counter[str] = Counter()
    unseen = 0
    for name, body, data, setup in documents(count, seed):
        found = differences(body.slug, body.unit, body.direction, data, setup)
        if found and loose(body.slug, body.unit, body.direction, data, setup):
            show(f"{name}: a field of a wrong kind: {found[0]}")
            unseen += 1
            continue
        for what in found:
            show(f"{name}: {what}")
            wrong[f"{body.slug} {body.unit} {body.direction}: {what}"] += 1
    return wrong, unseen


if __name__ == "__main__":
    total = int(sys.argv[1]) if len(sys.argv) > 1 else 20_000
    found, unseen = run(total, seed=int(sys.argv[2]) if len(sys.argv) > 2 else 0, show=print)
    print(
        f"{total} documents, {sum(found.values())} differences; {unseen} with a field of a wrong kind that is let pass"
    )
    sys.exit(1 if found else 0)
