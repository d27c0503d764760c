"""From every dialect to every other: recorded requests and streams, judged by the vendors' own types.

The recordings and the judge are no part of the repository: `oracles.py` and `corpus/` in the folder of the reference
data.
"""

from __future__ import annotations

import gzip
import importlib.util
import json
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from types import ModuleType
from typing import Any

import dragoman
from dragoman.dialect import Event
from dragoman.registry import dialect
from dragoman.wires import Writer

__all__ = ["DIALECTS", "Outcome", "Record", "recorded", "request", "stream", "the_oracles"]


_EXTENSIONS = ("reasoning_content", "reasoning_details", "extra_content", "annotations")


@dataclass(frozen=True)
class Known:
    """A dialect's recordings, its judge, a model, how its URLs end, and whether these say the model."""

    corpus: str
    judge: str
    model: str
    ends: tuple[str, ...]
    in_url: bool = False


DIALECTS = {
    "openai": Known("openai-chat", "openai-chat", "gpt-4.1", ("/chat/completions",)),
    "openai-responses": Known("openai-responses", "openai-responses", "gpt-4.1", ("/responses",)),
    "anthropic": Known("anthropic-messages", "anthropic-beta", "claude-sonnet-4-5", ("/messages",)),
    "gemini": Known("gemini", "gemini", "gemini-2.5-flash", (":generateContent", ":streamGenerateContent"), True),
    "bedrock": Known(
        *("bedrock-converse", "bedrock", "us.anthropic.claude-sonnet-4-5-20250929-v1:0"),
        *(("/converse", "/converse-stream"), True),
    ),
}


@dataclass
class Outcome:
    """`found`: what the judge found, or a stream that did not end as it should; empty if all is well."""

    refused: str = ""
    found: list[str] = field(default_factory=list)


class Record(dict[str, Any]):
    @property
    def good(self) -> bool:
        answer = self.get("response")
        return (self.get("status") or 200) < 400 and not (isinstance(answer, dict) and answer.get("error"))


@cache
def the_oracles(folder: Path) -> ModuleType:
    spec = importlib.util.spec_from_file_location("oracles", folder / "oracles" / "oracles.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules["oracles"] = module
    spec.loader.exec_module(module)
    return module


def recorded(folder: Path, slug: str) -> Iterator[Record]:
    """What was said in a dialect and taken by its vendor."""
    known = DIALECTS[slug]
    with gzip.open(folder / "corpus" / f"{known.corpus}.jsonl.gz", "rt", encoding="utf-8") as lines:
        for line in lines:
            record = Record(json.loads(line))
            if record.good and (record.get("endpoint") or "").split("?")[0].rstrip("/").endswith(known.ends):
                yield record


def request(oracles: ModuleType, record: Record, client: str, provider: str) -> Outcome | None:
    """A recorded request of `client` for `provider`; None if its own judge does not take it."""
    body = record.get("request")
    source, target = DIALECTS[client], DIALECTS[provider]
    if not isinstance(body, dict) or _judged(oracles, source.judge, body, recorded=True):
        return None
    url: dict[str, Any] = {}
    if source.in_url:
        url = {"path": record.get("endpoint") or "", "model": target.model}
    else:
        body = {**body, "model": target.model}
    try:
        sent = _translator(provider, client).request(body, **url)
    except dragoman.Refused as exc:
        return Outcome(refused=str(exc))
    return Outcome(found=_judged(oracles, target.judge, sent.body))


def _judged(oracles: ModuleType, judge: str, body: dict[str, Any], recorded: bool = False) -> list[str]:
    more: dict[str, Any] = {"api_version": "2023-06-01"} if judge.startswith("anthropic") else {}
    if recorded:
        more |= {"rules": False} | ({"snake_ok": True} if judge == "gemini" else {})
    found: list[str] = oracles.validate_request(judge, body, **more)
    return found


def stream(oracles: ModuleType, record: Record, provider: str, client: str) -> Outcome | None:
    """A recorded stream of `provider` for `client`; None if it is none, or not whole."""
    events = [(e["data"], e.get("event")) for e in record.get("events") or () if isinstance(e.get("data"), dict)]
    if not events or any("error" in data or (name or "").endswith("xception") for data, name in events):
        return None
    known = dialect(provider)
    if known.event_field is not None:  # some recordings keep {name: payload}
        events = [(*data.values(), *data) if name is None and len(data) == 1 else (data, name) for data, name in events]
    translated = _translator(provider, client).stream()
    out: list[Event] = []
    try:
        for data, name in events:
            out += translated.feed(data, name)
    except dragoman.MalformedBody as exc:
        return Outcome(refused=str(exc))
    out += translated.close()
    named = dialect(client).event_field is not None
    bodies = [{e.event: e.data} if named else e.data for e in out]
    if client == "openai":
        bodies = _without_extensions(bodies)
    found: list[str] = oracles.validate_stream(DIALECTS[client].judge, bodies)
    if translated.failed:
        found.append(f"ends with an error: {json.dumps(bodies[-1], ensure_ascii=False)[:200]}")
    return Outcome(found=[*found, *_cuts(provider, client, events)])


def _without_extensions(body: Any) -> Any:
    """A chunk without what the hub adds to Chat Completions (specs/hub/schema/extensions.yaml)."""
    if isinstance(body, list):
        return [_without_extensions(item) for item in body]
    if not isinstance(body, dict):
        return body
    return {key: _without_extensions(value) for key, value in body.items() if key not in _EXTENSIONS}


def _cuts(provider: str, client: str, events: list[tuple[Any, str | None]]) -> list[str]:
    """The same as bytes, in one piece and byte by byte."""
    known = dialect(provider)
    writer = Writer(known, known.framing)
    body = b"".join([*(writer.event(Event(data, name)) for data, name in events), writer.end()])
    outs = []
    for size in (len(body) or 1, 7):
        ids = iter(range(1_000_000))
        made = dragoman.translator(
            provider,
            client=client,
            clock=lambda: 1_700_000_000.0,
            new_id=lambda prefix, ids=ids: f"{prefix}{next(ids)}",
        ).stream()
        pieces = [made.feed_bytes(body[at : at + size]) for at in range(0, len(body), size)]
        outs.append(b"".join([*pieces, made.close_bytes()]))
    return [] if outs[0] == outs[1] else ["cut otherwise, other bytes come out"]


@cache
def _translator(provider: str, client: str) -> dragoman.Translator:
    return dragoman.translator(provider, client=client)
