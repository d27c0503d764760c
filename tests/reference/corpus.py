"""Recorded traffic through generated code and the reference evaluator.

`python -m tests.reference.corpus FOLDER`: each request, answer, failure and stream in the folder's recordings that is
of a dialect known here goes from its wire to the hub, and what comes out goes on to the wire of every dialect. The
recordings are files `*.jsonl.gz`; what matters of a line is `endpoint`, `model`, `status`, `request`, `response` and
`events`. They are no part of the repository.
"""

from __future__ import annotations

import gzip
import json
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from dragoman.dialect import HUB
from dragoman_codegen.proving.setup import Setup

from ..laws.corpus import package, slugs
from .compare import both, differences, evaluator, loose

__all__ = ["recorded", "run"]

# How the URLs of a dialect end; `host`: part of the server's name, where the end alone does not tell.
_ENDPOINTS = (
    ("/chat/completions", "", HUB),
    ("/messages", "", "anthropic"),
    ("awPredict", "", "vertex-anthropic"),
    ("enerateContent", "aiplatform", "vertex"),
    ("enerateContent", "", "gemini"),
    ("/converse", "", "bedrock"),
    ("/converse-stream", "", "bedrock"),
    ("/v2/chat", "", "cohere"),
    ("/api/chat", "", "ollama"),
    ("/responses", "", "openai-responses"),
)


def recorded(folder: Path) -> Iterator[tuple[str, str, str, Any, str]]:
    """The bodies of all recordings: name, slug of the dialect, unit, body, model."""
    for path in sorted(folder.glob("*.jsonl.gz")):
        with gzip.open(path, "rt", encoding="utf-8") as lines:
            for line in lines:
                record = json.loads(line)
                for slug, unit, body in _bodies(record):
                    yield f"{record['id']} {unit}", slug, unit, body, record.get("model") or ""


def _bodies(record: dict[str, Any]) -> Iterator[tuple[str, str, Any]]:
    endpoint, host = (record.get("endpoint") or "").split("?")[0].rstrip("/"), record.get("host") or ""
    found = (slug for end, part, slug in _ENDPOINTS if endpoint.endswith(end) and part in f"{host}{endpoint}")
    slug = next(found, None)
    request, answer, status = record.get("request"), record.get("response"), record.get("status") or 200
    if slug is not None and isinstance(request, dict):
        yield slug, "request", request
    if slug is not None and status >= 400 and answer is not None:
        yield slug, "errors", {"status": status, "body": answer, "headers": record.get("headers") or {}}
    elif isinstance(answer, dict) and (of := _of_answer(answer) or slug) is not None:
        yield of, "response", answer
    events = [(event.get("event"), event["data"]) for event in record.get("events") or ()]
    known = [(name, data) for name, data in events if isinstance(data, dict)]
    if known and (of := _of_event(known[0][1]) or slug) is not None:
        field = package(of).dialect.event_field if of in slugs() else None
        yield of, "stream", [data if field is None else _named(field, name, data) for name, data in known]


def _named(field: str, name: str | None, data: dict[str, Any]) -> dict[str, Any]:
    """An event as rules see it whose name stands in the framing; some recordings keep {name: data}."""
    if name is None and len(data) == 1 and isinstance(inner := next(iter(data.values())), dict):
        return {field: next(iter(data)), **inner}
    return {field: name, **data}


def _of_answer(answer: dict[str, Any]) -> str | None:
    """The dialect of an answer that another endpoint gives too."""
    if answer.get("type") == "message" and isinstance(answer.get("content"), list):
        return "anthropic"
    choices = answer.get("choices")
    return HUB if isinstance(choices, list) and choices and "message" in choices[0] else None


def _of_event(event: dict[str, Any]) -> str | None:
    if event.get("type") == "message_start":
        return "anthropic"
    return HUB if isinstance(event.get("choices"), list) and "text" not in (event["choices"] or [{}])[0] else None


def run(folder: Path) -> tuple[Counter[str], list[str], int]:
    """How many bodies went through each unit, what differs, and how often it is a kind that nobody looks at."""
    counts: Counter[str] = Counter()
    wrong: list[str] = []
    unseen = 0

    def compare(name: str, slug: str, unit: str, direction: str, body: Any, model: str) -> Any:
        nonlocal unseen
        settings = {key: setting.default for key, setting in package(slug).dialect.settings.items()}
        context = {"model": model, "stream": unit == "stream", **({"media": {}} if unit == "request" else {})}
        setup = Setup(model, settings, package(slug).dialect.facts(model, settings), context)
        counts[f"{slug} {unit} {direction}"] += 1
        found = differences(slug, unit, direction, body, setup)
        if found and loose(slug, unit, direction, body, setup):
            unseen += 1
        else:
            wrong.extend(f"{name} {slug} {direction}: {what}" for what in found)
        generated, _ = both(slug, unit, direction, body, setup)
        return None if generated.fault is not None else generated.out

    for name, slug, unit, body, model in recorded(folder):
        if slug not in slugs() or not evaluator(slug).has(unit, "to_hub"):
            continue
        hub = compare(name, slug, unit, "to_hub", body, model)
        for other in slugs() if hub is not None else ():
            if evaluator(other).has(unit, "to_wire"):
                compare(name, other, unit, "to_wire", hub, model)
    return counts, wrong, unseen


if __name__ == "__main__":
    counted, wrong, unseen = run(Path(sys.argv[1]))
    for what in wrong:
        print(what)
    for kind, times in sorted(counted.items()):
        print(f"{times:6}  {kind}")
    print(f"{counted.total()} bodies, {len(wrong)} differences; {unseen} differ by a field of a wrong kind")
    sys.exit(1 if wrong else 0)
