"""The examples on the hub's page are what translators take."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import dragoman

TEXT = (Path(__file__).resolve().parents[2] / "specs" / "hub" / "README.md").read_text(encoding="utf-8")
EXAMPLES = [json.loads(block) for block in re.findall(r"```json\n(.*?)```", TEXT, re.S)]
TURNS = [example for example in EXAMPLES if example.get("role") == "assistant"]


def blocks(turn: dict[str, Any]) -> list[str]:
    answers = [{"role": "tool", "tool_call_id": call["id"], "content": "ok"} for call in turn.get("tool_calls", ())]
    user = {"role": "user", "content": "Hello"}
    body = {"model": "claude-sonnet-4-5", "max_tokens": 9, "messages": [user, turn, *answers, user]}
    sent = dragoman.translator("anthropic").request(body)
    assert sent.losses == []
    return [block["type"] for block in sent.body["messages"][1]["content"]]


def test_the_turns_of_the_page_are_laid_as_they_say() -> None:
    assert [blocks(turn) for turn in TURNS] == [
        ["thinking", "redacted_thinking", "text"],
        ["server_tool_use", "web_search_tool_result", "text"],
        ["text", "tool_use", "text"],
    ]


def test_a_part_with_a_mark_is_taken() -> None:
    (part,) = [example for example in EXAMPLES if example.get("type") == "text"]
    body = {"model": "claude-sonnet-4-5", "max_tokens": 9, "messages": [{"role": "user", "content": [part]}]}
    assert dragoman.translator("anthropic").request(body).body["messages"][0]["content"] == [part]
