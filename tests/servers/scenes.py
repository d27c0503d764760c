"""What the scripted servers have in common: the scenes that know no dialect, and small helpers for making texts."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from .wire import Answer, CutOff, HangUp, Hold, Pause, Reply, Step

__all__ = ["ANYTHING", "SCENES", "answer", "count", "steps", "words"]

SCENES = {
    "bad-gateway": "a 502 from something in between: an HTML page",
    "not-json": "200, and a body that is no JSON",
    "error-in-stream": "a stream that ends with an error after its first words",
    "truncated": "a stream that ends, properly on the wire, before the answer does",
    "cut-off": "a stream whose connection drops",
    "slow": "a stream with pauses of 20 ms",
    "held": "a stream that waits after its first words until it is released",
    "silent": "no answer at all, until it is released or the client has gone; then the line drops",
    "hang-up": "the connection drops without an answer",
}
ANYTHING = {"city": "Vienna", "temperature": 21, "unit": "celsius"}
"""What stands in for any JSON object, where the request does not say which."""
_HTML = b"<html>\r\n<head><title>502 Bad Gateway</title></head>\r\n<body><h1>502 Bad Gateway</h1></body>\r\n</html>\r\n"


def answer(scene: str | None, headers: Mapping[str, str]) -> Answer | None:
    """The answer of a scene in which no dialect is spoken."""
    if scene == "hang-up":
        return HangUp()
    if scene == "silent":
        return HangUp(30.0)
    if scene == "bad-gateway":
        return Reply(502, _HTML, {"content-type": "text/html"})
    if scene == "not-json":
        return Reply(200, b"upstream is warming up", {**headers, "content-type": "application/json"})
    return None


def steps(scene: str | None, frames: Sequence[bytes], first: int, extra: Sequence[bytes]) -> Iterator[Step]:
    """A stream and what the scene does to it; `first` frames bring the first words, then the scene slips in `extra`."""
    for frame in frames[:first]:
        yield frame
        if scene == "slow":
            yield Pause(0.02)
    yield from extra
    if scene in ("error-in-stream", "truncated"):
        return
    if scene == "cut-off":
        yield CutOff()
    if scene == "held":
        yield Hold()
    for frame in frames[first:]:
        yield frame
        if scene == "slow":
            yield Pause(0.02)


def words(text: str) -> list[str]:
    """The text in pieces that give the text again when they are put together."""
    return re.findall(r"\s*\S+|\s+$", text)


def count(value: Any) -> int:
    """Words in all the strings of a JSON value, which stand in for tokens."""
    if isinstance(value, str):
        return len(value.split())
    if isinstance(value, dict):
        return sum(map(count, value.values()))
    return sum(map(count, value)) if isinstance(value, list) else 0
