"""Writes `recordings/`: streams as they come over the wire, made by us, and the whole answers that they tell.

    python -m tests.raw.make

The bytes are laid out by code of their own, from the vendors' descriptions, not by the encoders of the runtime: frames
with their checksums as Smithy describes them, an array as Gemini's `streamGenerateContent` sends it without `alt=sse`.
"""

from __future__ import annotations

import base64
import json
from pathlib import Path
from typing import Any

from tests.servers.wire import event_frame as frame

__all__ = ["FOLDER", "RECORDINGS"]

FOLDER = Path(__file__).parent / "recordings"
TEXT = 'Grüße, 漢字 and 👍: "quoted", [a], {b}, \\ and \x7f.'
ARGUMENTS = {"city": 'Æbeltoft "]}', "days": [1, 2], "more": {"unit": "°C"}}
Body = dict[str, Any]


def _compact(value: Any) -> bytes:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode()


def _pieces(text: str, size: int = 7) -> list[str]:
    return [text[at : at + size] for at in range(0, len(text), size)]


def converse() -> tuple[bytes, Body]:
    """Bedrock's ConverseStream: reasoning with its signature, text, a call; padding as the service adds it."""
    thought, signature = "A city, in °C.", "EqQBsig=="
    blocks: list[tuple[list[tuple[str, Body]], Body]] = [
        (
            [("contentBlockDelta", {"delta": {"reasoningContent": {"text": one}}}) for one in _pieces(thought)]
            + [("contentBlockDelta", {"delta": {"reasoningContent": {"signature": signature}}})],
            {"reasoningContent": {"reasoningText": {"text": thought, "signature": signature}}},
        ),
        ([("contentBlockDelta", {"delta": {"text": one}}) for one in _pieces(TEXT)], {"text": TEXT}),
        (
            [("contentBlockStart", {"start": {"toolUse": {"toolUseId": "tooluse_1", "name": "weather"}}})]
            + [
                ("contentBlockDelta", {"delta": {"toolUse": {"input": one}}})
                for one in _pieces(_compact(ARGUMENTS).decode())
            ],
            {"toolUse": {"toolUseId": "tooluse_1", "name": "weather", "input": ARGUMENTS}},
        ),
    ]
    usage = {"inputTokens": 12, "outputTokens": 34, "totalTokens": 46}
    events: list[tuple[str, Body]] = [("messageStart", {"role": "assistant"})]
    for n, (deltas, _) in enumerate(blocks):
        events += [(name, {**event, "contentBlockIndex": n}) for name, event in deltas]
        events.append(("contentBlockStop", {"contentBlockIndex": n}))
    events.append(("messageStop", {"stopReason": "tool_use"}))
    events.append(("metadata", {"usage": usage, "metrics": {"latencyMs": 7}}))
    padded = [
        (name, {**event, "p": "abcdefghijklmnopqrstuvwxyz"[: 3 + n % 23]}) for n, (name, event) in enumerate(events)
    ]
    whole = {
        "output": {"message": {"role": "assistant", "content": [block for _, block in blocks]}},
        "stopReason": "tool_use",
        "usage": usage,
        "metrics": {"latencyMs": 7},
    }
    return b"".join(frame(name, _compact(event)) for name, event in padded), whole


def invoke() -> tuple[bytes, Body]:
    """Bedrock's InvokeModelWithResponseStream: Messages events in base64, inside of frames named `chunk`."""
    usage = {"input_tokens": 12, "output_tokens": 34}
    head = {"id": "msg_1", "type": "message", "role": "assistant", "model": "claude-sonnet-4-5"}
    start = {
        **head,
        "content": [],
        "stop_reason": None,
        "stop_sequence": None,
        "usage": {"input_tokens": 12, "output_tokens": 1},
    }
    text, call = (
        {"type": "text", "text": TEXT},
        {"type": "tool_use", "id": "toolu_1", "name": "weather", "input": ARGUMENTS},
    )
    events: list[Body] = [{"type": "message_start", "message": start}]
    events.append({"type": "content_block_start", "index": 0, "content_block": {"type": "text", "text": ""}})
    events += [
        {"type": "content_block_delta", "index": 0, "delta": {"type": "text_delta", "text": one}}
        for one in _pieces(TEXT)
    ]
    events.append({"type": "content_block_stop", "index": 0})
    events.append({"type": "content_block_start", "index": 1, "content_block": {**call, "input": {}}})
    events += [
        {"type": "content_block_delta", "index": 1, "delta": {"type": "input_json_delta", "partial_json": one}}
        for one in _pieces(_compact(ARGUMENTS).decode())
    ]
    events.append({"type": "content_block_stop", "index": 1})
    stop = {"stop_reason": "tool_use", "stop_sequence": None}
    events.append({"type": "message_delta", "delta": stop, "usage": {"output_tokens": 34}})
    events.append({"type": "message_stop"})
    frames = [
        frame("chunk", _compact({"bytes": base64.b64encode(_compact(event)).decode(), "p": "abcdef"[: n % 6]}))
        for n, event in enumerate(events)
    ]
    return b"".join(frames), {**head, "content": [text, call], **stop, "usage": usage}


def generate() -> tuple[bytes, Body]:
    """Gemini's streamGenerateContent without `alt=sse`: one array, printed with spaces, an element at a time."""
    call = {"functionCall": {"id": "call_1", "name": "weather", "args": ARGUMENTS}, "thoughtSignature": "c2ln"}
    usage = {"promptTokenCount": 12, "candidatesTokenCount": 34, "totalTokenCount": 46}
    tail = {"modelVersion": "gemini-3.5-flash", "responseId": "r1"}
    parts: list[Body] = [{"text": "A city.", "thought": True}, *({"text": one} for one in _pieces(TEXT, 11)), call]
    elements: list[Body] = [
        {"candidates": [{"content": {"parts": [part], "role": "model"}, "index": 0}], **tail} for part in parts
    ]
    elements[-1]["candidates"][0]["finishReason"] = "STOP"
    elements[-1]["usageMetadata"] = usage
    printed = [json.dumps(element, ensure_ascii=False, indent=2).encode() for element in elements]
    content = {"parts": [parts[0], {"text": TEXT}, call], "role": "model"}
    whole = {"candidates": [{"content": content, "finishReason": "STOP", "index": 0}], "usageMetadata": usage, **tail}
    return b"[" + b"\n,\r\n".join(printed) + b"\n]\n", whole


RECORDINGS = {
    "converse.bin": converse,
    "invoke.bin": invoke,
    "generate.array.json": generate,
}


def main() -> None:
    for name, made in RECORDINGS.items():
        stream, whole = made()
        (FOLDER / name).write_bytes(stream)
        text = json.dumps(whole, ensure_ascii=False, indent=2) + "\n"
        (FOLDER / f"{name.partition('.')[0]}.whole.json").write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
