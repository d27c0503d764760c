"""An upstream that speaks the hand-written toy dialect over a real socket."""

from __future__ import annotations

import json
from typing import Any

from servers import ScriptedServer, Streamed, json_reply

__all__ = ["ANSWER", "END", "PIECES", "ToyServer", "sse"]

ANSWER = {"id": "1", "text": "hello", "why": "done"}
PIECES = [{"type": "begin", "id": "1"}, {"type": "piece", "say": "Grüß "}, {"type": "piece", "say": "Gott"}]
END = {"type": "end", "why": "done", "used": {"prompt_tokens": 1, "completion_tokens": 2, "total_tokens": 3}}


def sse(data: Any) -> bytes:
    return f"event: {data['type']}\ndata: {json.dumps(data, ensure_ascii=False)}\n\n".encode()


class ToyServer(ScriptedServer):
    def answer(self, exchange: Any, scene: str | None) -> Any:
        if exchange.body.get("stream") or exchange.path.endswith(":stream"):
            return Streamed([sse(piece) for piece in (*PIECES, END)], {"toy-id": "r1"})
        return json_reply(200, ANSWER, {"toy-id": "r1"})
