"""Recorded traffic through generated code and the reference evaluator.

`python -m tests.reference.corpus [FOLDER]`, part of `make fuzz`. Each recording goes to the providers of its own
dialect: its request as one of their clients, its answer, stream or failure as from their server. What comes out goes
back to the same wire, and on to one other wire in turn. The recordings are files `*.jsonl.gz`; what matters of a line
is `endpoint`, `model`, `status`, `headers`, `request`, `response` and `events`. They are no part of the repository:
without FOLDER they are looked for in the folder `corpus` of the reference data (see DRAGOMAN_SHARED).
"""

from __future__ import annotations

import gzip
import itertools
import json
import os
import sys
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from dragoman_codegen.proving.setup import Setup

from ..laws.corpus import ROOT, package, slugs
from .compare import compared, evaluator, loose

__all__ = ["OF", "Found", "folder", "main", "recorded", "run"]

CHAT = ("request", "response", "stream", "errors")
OPENAI = ("openai",)
RESPONSES = ("openai-responses",)
OF: dict[str, tuple[str, ...]] = {
    "anthropic-messages": ("anthropic",),
    "azure-inference": ("azure-openai",),
    "azure-openai-embeddings": ("azure-openai",),
    "azure-openai-responses": RESPONSES,
    "bedrock-converse": ("bedrock",),
    "bedrock-embeddings": ("bedrock",),
    "bedrock-mantle": OPENAI,
    "cohere-embeddings": ("cohere",),
    "cohere-v2": ("cohere",),
    "crusoe": ("vllm",),
    "deepseek-responses": RESPONSES,
    "gemini-embeddings": ("gemini",),
    "gemini-openai-compat": ("gemini-compat",),
    "gpustack": ("vllm", "llamacpp"),
    "heroku": ("anthropic-compat",),
    "mistral-embeddings": ("mistral",),
    "ollama-embeddings": ("ollama",),
    "ollama-openai-compat": ("ollama-compat",),
    "openai-chat": OPENAI,
    "openai-compatible": ("vllm", "llamacpp", "fireworks", "anthropic-compat"),
    "openai-compatible-embeddings": ("vllm", "llamacpp", "fireworks"),
    "openai-compatible-responses": RESPONSES,
    "openai-embeddings": OPENAI,
    "openrouter-embeddings": ("openrouter",),
    "perplexity-embeddings": ("perplexity",),
    "portkey": OPENAI,
    "vercel-gateway": OPENAI,
    "vertex-embeddings": ("vertex",),
    "vertex-gemini": ("vertex",),
    "voyage-embeddings": ("voyage",),
    "xai-responses": RESPONSES,
}
"""Whose recordings a file holds; the others hold those of the provider that they are called after, if there is one.

Of some providers there are none; those of servers that speak the same dialect do for them.
"""
_COUNTS = ("/count_tokens", ":countTokens")
_ENDINGS = (
    *("/chat/completions", "/messages", "/converse", "/converse-stream", "/v2/chat", "/api/chat", "/responses"),
    *("enerateContent", "awPredict", "/invoke", "/invoke-with-response-stream"),
    *("/embeddings", "/embed", "mbedContent", "mbedContents", ":predict", *_COUNTS),
)
"""How the URLs end whose bodies are known here."""


@dataclass
class Found:
    """How many bodies went through each unit; what differs; how often a field of a wrong kind is let pass."""

    recordings: int = 0
    strange: int = 0
    """Recordings of no dialect or endpoint that is known."""
    counts: Counter[tuple[str, str, str]] = field(default_factory=Counter)
    wrong: list[tuple[str, str]] = field(default_factory=list)
    unseen: Counter[str] = field(default_factory=Counter)

    def add(self, other: Found) -> None:
        self.recordings += other.recordings
        self.strange += other.strange
        self.counts += other.counts
        self.wrong += other.wrong
        self.unseen += other.unseen


def recorded(path: Path) -> Iterator[tuple[dict[str, Any], tuple[str, ...], list[tuple[str, Any]]]]:
    """The recordings of a file: whose they are, and the bodies in them by unit."""
    name = path.name.removesuffix(".jsonl.gz")
    with gzip.open(path, "rt", encoding="utf-8") as lines:
        for record in map(json.loads, lines):
            end = (record.get("endpoint") or "").split("?")[0].rstrip("/")
            whose = RESPONSES if end.endswith("/responses") else OF.get(name, (name,))
            known = not end or end.endswith(_ENDINGS)
            whose = tuple(slug for slug in whose if known and slug in slugs())
            kind = "embeddings" if name.endswith("-embeddings") else "count_tokens" if end.endswith(_COUNTS) else ""
            yield record, whose, list(_bodies(record, kind)) if whose else []


def _bodies(record: dict[str, Any], kind: str) -> Iterator[tuple[str, Any]]:
    request, answer, status = record.get("request"), record.get("response"), record.get("status") or 200
    prefix = f"{kind}_" if kind else ""
    if isinstance(request, dict):
        yield f"{prefix}request", request
    if status >= 400 and answer is not None:
        yield "errors", {"status": status, "body": answer, "headers": _headers(record)}
    elif isinstance(answer, dict):
        yield f"{prefix}response", answer
    events = [event for event in record.get("events") or () if isinstance(event.get("data"), dict)]
    if events:
        yield "stream", events


def _headers(record: dict[str, Any]) -> dict[str, str]:
    return {name.lower(): value for name, value in (record.get("headers") or {}).items()}


def _as_given(slug: str, unit: str, body: Any) -> Any:
    """A body as rules see it: an event has its name, which may stand in the framing, under a field."""
    name = package(slug).dialect.event_field
    if unit != "stream":
        return body
    return [event["data"] if name is None else _named(name, event.get("event"), event["data"]) for event in body]


def _named(field: str, name: str | None, data: dict[str, Any]) -> dict[str, Any]:
    """Some recordings keep the name around the event: {name: data}."""
    if name is None and len(data) == 1 and isinstance(inner := next(iter(data.values())), dict):
        return {field: next(iter(data)), **inner}
    return {field: name, **data}


def run(path: Path, start: int = 0, others: tuple[str, ...] = slugs()) -> Found:
    """The recordings of a file. `others`: to whose wires bodies go on in turn; `start`: which is the first."""
    found = Found()
    first = start % len(others)
    turns = itertools.cycle(others[first:] + others[:first])

    def compare(slug: str, unit: str, direction: str, body: Any, record: dict[str, Any]) -> Any:
        model = record.get("model") or ""
        settings = {key: setting.default for key, setting in package(slug).dialect.settings.items()}
        context: dict[str, Any] = {"model": model, "stream": unit == "stream"}
        context |= {"media": {}} if unit.endswith("request") else {"headers": _headers(record), "include_usage": True}
        setup = Setup(model, settings, package(slug).dialect.facts(model, settings), context)
        found.counts[slug, unit, direction] += 1
        generated, differing = compared(slug, unit, direction, body, setup)
        if differing and loose(slug, unit, direction, body, setup):
            found.unseen[slug] += 1
        else:
            found.wrong += ((slug, f"{record['id']} {slug} {unit} {direction}: {what}") for what in differing)
        return None if generated.fault is not None else generated.out

    for record, whose, bodies in recorded(path):
        found.recordings += 1
        found.strange += not whose
        for slug, (unit, body) in itertools.product(whose, bodies):
            if not evaluator(slug).has(unit, "to_hub"):
                continue
            hub = compare(slug, unit, "to_hub", _as_given(slug, unit, body), record)
            for other in dict.fromkeys((slug, next(turns))) if hub is not None else ():
                if evaluator(other).has(unit, "to_wire"):
                    compare(other, unit, "to_wire", hub, record)
    return found


def folder() -> Path:
    """Where the recordings are, if they are there."""
    return Path(os.environ.get("DRAGOMAN_SHARED", ROOT.parent / "shared")) / "corpus"


def _shown(found: Found) -> Iterator[str]:
    yield f"{'':18}" + "".join(f"{title:>10}" for title in (*CHAT, "others", "to wire", "differ", "let pass"))
    for slug in slugs():
        to_hub = Counter({unit: n for (of, unit, way), n in found.counts.items() if (of, way) == (slug, "to_hub")})
        to_wire = sum(n for (of, _, way), n in found.counts.items() if (of, way) == (slug, "to_wire"))
        others = to_hub.total() - sum(to_hub[unit] for unit in CHAT)
        differ = sum(of == slug for of, _ in found.wrong)
        figures = (*(to_hub[unit] for unit in CHAT), others, to_wire, differ, found.unseen[slug])
        yield f"{slug:18}" + "".join(f"{figure:10}" for figure in figures)


def main(given: list[str]) -> int:
    place = Path(given[0]) if given else folder()
    files = sorted(place.glob("*.jsonl.gz"))
    if not files:
        print(f"recordings: none in {place}, so none are tried (name their folder, or set DRAGOMAN_SHARED)")
        return 1 if given else 0
    found = Found()
    with ProcessPoolExecutor(os.cpu_count()) as pool:
        for part in pool.map(run, files, range(len(files))):
            found.add(part)
    for _, what in found.wrong:
        print(what)
    print("\n".join(_shown(found)))
    print(
        f"{found.recordings} recordings, {found.strange} of them of no dialect or endpoint here; "
        f"{found.counts.total()} bodies compared, {len(found.wrong)} differences; "
        f"{found.unseen.total()} with a field of a wrong kind that is let pass"
    )
    return 1 if found.wrong else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
