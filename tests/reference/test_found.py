"""Bodies on which generated code and the reference evaluator differed once."""

from __future__ import annotations

from typing import Any

import pytest

from dragoman_codegen.proving.setup import Setup

from ..laws.corpus import package
from .compare import differences

CALL = {"id": "c", "type": "function", "function": {"name": "f", "arguments": "{}"}}
TALK = [{"role": "user", "content": "u"}, {"role": "assistant", "tool_calls": [CALL]}]
MESSAGE = {"type": None, "role": "user", "content": [{"type": "input_text", "text": "a"}, "input_text"]}
OUTPUT = {"type": "function_call", "call_id": "c", "name": "f", "arguments": "{}", "status": "odd"}
NOVA = {"embeddingPurpose": "TEXT_RETRIEVAL", "text": {"truncationMode": "END", "value": "a"}}
TOOL = {"toolSpec": {"name": "f", "inputSchema": {"json": {}}}, "text": 1}
BLOCKS = [
    {"type": "content_block_start", "index": 0, "content_block": {"type": "text", "text": ""}},
    {"type": "content_block_delta", "index": 0, "delta": {"type": "text_delta", "text": "Bern"}},
    {
        "type": "content_block_start",
        "index": 1,
        "content_block": {"type": "web_search_tool_result", "tool_use_id": "s"},
    },
    {"type": "content_block_stop", "index": 1},
    {"type": "message_delta", "delta": {"stop_reason": "end_turn"}, "usage": {"output_tokens": 5}},
    {"type": "content_block_stop", "index": 0},
]
FOUND = [
    # an answer that a later event changed after it was made
    ("anthropic", "stream", "to_hub", BLOCKS),
    # a copy was not known to have a schema
    ("groq", "request", "to_wire", {"model": "m", "messages": [*TALK, {"role": "tool", "content": "r", "x": 1}]}),
    # a word that nobody knows is no other kind of object, and neither is a null
    ("openai-responses", "request", "to_hub", {"model": "m", "input": [OUTPUT]}),
    ("openai-responses", "request", "to_hub", {"model": "m", "input": [MESSAGE]}),
    # a number in the place of a constant
    ("bedrock", "embeddings_request", "to_hub", {"taskType": 1, "singleEmbeddingParams": NOVA}),
    # a member of another object of the same list
    (
        "bedrock",
        "request",
        "to_hub",
        {"messages": [], "toolConfig": {"tools": [{"toolSpec": {"name": "f"}, "text": 1}]}},
    ),
    # of two faults each tells another one
    ("cohere", "embeddings_request", "to_wire", {"model": "m", "truncate": "odd"}),
]


@pytest.mark.parametrize(("slug", "unit", "direction", "body"), FOUND)
def test_no_difference_any_more(slug: str, unit: str, direction: str, body: Any) -> None:
    settings = {name: one.default for name, one in package(slug).dialect.settings.items()}
    setup = Setup("m", settings, package(slug).dialect.facts("m", settings), {"model": "m", "media": {}})
    assert differences(slug, unit, direction, body, setup) == []
