"""Recordings go to the providers of their dialect, and what is not known here is counted."""

from __future__ import annotations

import gzip
import json
from pathlib import Path
from typing import Any

import pytest

from . import compare, corpus
from .test_documents import changed

ASKED = {"model": "m", "max_tokens": 9, "messages": [{"role": "user", "content": "Hi"}]}
SAID = {"id": "i", "type": "message", "role": "assistant", "model": "m", "content": [{"type": "text", "text": "Hello"}]}
ANSWER = {**SAID, "stop_reason": "end_turn", "stop_sequence": None, "usage": {"input_tokens": 1, "output_tokens": 1}}
EVENTS = [
    {
        "event": "message_start",
        "data": {"type": "message_start", "message": {**ANSWER, "content": [], "stop_reason": None}},
    },
    {
        "event": "message_delta",
        "data": {"type": "message_delta", "delta": {"stop_reason": "end_turn"}, "usage": {"output_tokens": 1}},
    },
    {"event": "message_stop", "data": {"type": "message_stop"}},
]
CONVERSE = [
    {"event": "messageStart", "data": {"role": "assistant"}},
    {"event": None, "data": {"messageStop": {"stopReason": "end_turn"}}},
]
FAILURE = {"type": "error", "error": {"type": "overloaded_error", "message": "Busy"}}


def write(folder: Path, name: str, *records: dict[str, Any]) -> Path:
    path = folder / f"{name}.jsonl.gz"
    with gzip.open(path, "wt", encoding="utf-8") as lines:
        for n, record in enumerate(records):
            lines.write(json.dumps({"id": f"{name}-{n}", **record}) + "\n")
    return path


def messages(folder: Path) -> Path:
    return write(
        folder,
        "anthropic-messages",
        {"endpoint": "/v1/messages", "status": 200, "request": ASKED, "response": ANSWER},
        {"endpoint": "/v1/messages", "status": 200, "request": ASKED, "events": EVENTS},
        {"endpoint": "/v1/messages", "status": 529, "response": FAILURE, "headers": {"Retry-After": "7"}},
        {"endpoint": "/v1/messages/batches", "request": {"requests": []}},
    )


def test_a_recording_goes_to_its_own_dialect(tmp_path: Path) -> None:
    found = corpus.run(messages(tmp_path), others=("cohere", "openai"))
    assert found.wrong == [] and not found.unseen
    assert (found.recordings, found.strange) == (4, 1)
    to_hub = {(slug, unit): n for (slug, unit, way), n in found.counts.items() if way == "to_hub"}
    names = ("request", "response", "stream", "errors")
    assert to_hub == {("anthropic", unit): n for unit, n in zip(names, (2, 1, 1, 1), strict=True)}
    back = [slug for (slug, _, way), n in found.counts.items() if way == "to_wire" for _ in range(n)]
    assert sorted(back) == ["anthropic"] * 5 + ["cohere"] * 3 + ["openai"] * 2


def test_the_name_of_an_event_stands_in_its_frame_or_around_it(tmp_path: Path) -> None:
    found = corpus.run(
        write(tmp_path, "bedrock-converse", {"endpoint": "/model/m/converse-stream", "events": CONVERSE})
    )
    assert found.wrong == []
    assert found.counts["bedrock", "stream", "to_hub"] == 1


def test_a_difference_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    other = changed("anthropic", "max_tokens")
    monkeypatch.setattr(compare, "evaluator", lambda slug: other)
    found = corpus.run(messages(tmp_path), others=("anthropic",))
    what = "anthropic request to_wire: made (expected is the reference): max_tokens: expected 7, found 9"
    assert found.wrong == [("anthropic", f"anthropic-messages-{n} {what}") for n in (0, 1)]


def test_without_recordings_it_says_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("DRAGOMAN_SHARED", str(tmp_path))
    assert corpus.main([]) == 0
    assert capsys.readouterr().out.startswith(f"recordings: none in {tmp_path / 'corpus'}, so none are tried")
    assert corpus.main([str(tmp_path)]) == 1
