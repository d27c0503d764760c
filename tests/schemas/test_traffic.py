"""What real servers took and gave fits the schemas, but for the listed exceptions."""

from __future__ import annotations

import gzip
import json
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from .judge import faults, validator

CHAT = {"request": "Request", "response": "Response", "event": "Chunk"}
MESSAGES = {"request": "Request", "response": "Message", "event": "StreamEvent"}
EMBEDDINGS = {"request": "EmbeddingsRequest", "response": "EmbeddingsResponse"}
COUNT = {"request": "CountTokensRequest", "response": "CountTokensResponse"}
CONVERSE = {"request": "Request", "response": "Response", "event": "StreamEvent"}
NAMED = {"bedrock-converse"}

DOCUMENTS = [
    ("openai-chat", "providers/openai/schema/chat.json", {"": CHAT}),
    ("openai-chat", "hub/schema/chat.json", {"": CHAT}),
    ("openai-embeddings", "providers/openai/schema/chat.json", {"": EMBEDDINGS}),
    ("anthropic-messages", "providers/anthropic/schema/messages.json", {"": MESSAGES, "/count_tokens": COUNT}),
    ("bedrock-converse", "providers/bedrock/schema/converse.json", {"": CONVERSE}),
]


@pytest.mark.parametrize(
    ("corpus", "document", "endpoints"),
    [pytest.param(*row, id=f"{row[0]} by {row[1].split('/')[-3]}") for row in DOCUMENTS],
)
def test_accepted_traffic_fits_the_schema(
    corpus: str, document: str, endpoints: dict[str, dict[str, str]], root: Path, shared: Path
) -> None:
    schema = json.loads((root / "specs" / document).read_text(encoding="utf-8"))
    judges = {name: validator(schema, name) for roots in endpoints.values() for name in roots.values()}
    seen = Counter[str]()
    found = Counter[tuple[str, str]]()
    for record in _accepted(shared / "corpus" / f"{corpus}.jsonl.gz"):
        ending = next(end for end in sorted(endpoints, key=len, reverse=True) if record["endpoint"].endswith(end))
        for kind, body in _bodies(record):
            name = endpoints[ending][kind]
            seen[name] += 1
            found.update((name, fault) for fault in faults(judges[name], body))
    listed = yaml.safe_load((Path(__file__).parent / "exceptions.yaml").read_text(encoding="utf-8"))
    expected = {
        (name, entry["fault"]): entry["bodies"]
        for name, entries in listed.get(document, {}).items()
        if name in judges
        for entry in entries
    }
    assert all(seen[name] for name in judges)
    assert dict(found) == expected


def _accepted(path: Path) -> Iterator[dict[str, Any]]:
    with gzip.open(path, "rt", encoding="utf-8") as lines:
        for line in lines:
            record = json.loads(line)
            if record["status"] is None or record["status"] < 400:
                yield record


def _bodies(record: dict[str, Any]) -> Iterator[tuple[str, Any]]:
    for kind in ("request", "response"):
        if record[kind] is not None:
            yield kind, record[kind]
    for event in record.get("events") or ():
        data = event["data"]
        if not isinstance(data, dict):  # the end marker of a stream is text
            continue
        if record["provider"] in NAMED:  # the name stands in the framing; some sources wrote it around the payload
            name, data = (event["event"], data) if event.get("event") else next(iter(data.items()))
            data = {"event": name, **data}
        yield "event", data
