"""What the translators make of recorded requests is what the scripted servers, as strict as the vendors, would take.

Only records that satisfy the rule book of their own dialect are judged: what a vendor let pass against its own rules is
no measure for a translation.
"""

from __future__ import annotations

import gzip
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from servers import chat_rules, messages_rules
from servers.checks import Invalid

import dragoman

#: Left to the upstream to judge: how long is too long, and whether a conversation may begin with the assistant (some
#: models take that; to put a turn before it would be inventing one).
TOLERATED = ("maximum context length", "first message must use the user role")


def recorded(shared: Path, name: str, ending: str) -> Iterator[tuple[str, Any]]:
    with gzip.open(shared / "corpus" / f"{name}.jsonl.gz", "rt", encoding="utf-8") as lines:
        for line in lines:
            record = json.loads(line)
            if record["status"] == 200 and isinstance(record["request"], dict) and record["endpoint"].endswith(ending):
                yield record["id"], record["request"]


def broken_rule(slug: str, body: Any, headers: Any) -> str | None:
    try:
        if slug == "anthropic":
            messages_rules.check_request(body, headers)
        else:
            chat_rules.check_request(body)
    except Invalid as broken:
        return str(broken)
    return None


@pytest.mark.parametrize(
    ("client", "provider", "model"),
    [
        ("openai", "anthropic", "claude-sonnet-4-5"),
        ("openai", "anthropic", "claude-sonnet-4-6"),
        ("openai", "anthropic", "claude-opus-5"),
        ("anthropic", "openai", "gpt-4.1"),
    ],
)
def test_recorded_requests(shared: Path, client: str, provider: str, model: str) -> None:
    name, ending = ("openai-chat", "/chat/completions") if client == "openai" else ("anthropic-messages", "/messages")
    own = {"anthropic-version": "2023-06-01", "anthropic-beta": "whatever it was"}
    translator = dragoman.translator(provider, client=client)
    judged, refused, failed = 0, 0, []
    for identity, request in recorded(shared, name, ending):
        if broken_rule(client, request, own) is not None:
            continue
        judged += 1
        try:
            sent = translator.request(request | {"model": model})
        except dragoman.Refused:
            refused += 1
            continue
        problem = broken_rule(provider, sent.body, sent.headers)
        if problem is not None and not any(words in problem for words in TOLERATED):
            failed.append(f"{identity}: {problem}")
    assert judged > 400
    assert refused <= judged * 0.05
    assert failed == []
