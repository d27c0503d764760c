"""Work shared out between the cores of a machine that can: copies of the process, which hand their results back.

What is done must depend on nothing that another item changes, and its result must be data. Where a copy cannot be
made, or something is wrong with it, what it should have done is done here: the results are the same.
"""

from __future__ import annotations

import os
import pickle
import threading
from collections.abc import Callable, Sequence
from typing import TypeVar

__all__ = ["each"]

T = TypeVar("T")
R = TypeVar("R")

_TURN = 2  # bytes
_MOST = 8
_sharing = False


def each(work: Callable[[T], R], items: Sequence[T], *, alone: bool = False) -> list[R]:
    """The result of each item, in their order. They are begun in that order too: the longest had better be first.

    `alone`: it is so little that copies do not pay. Work that is shared out already is not shared out again.
    """
    global _sharing
    count = 1 if alone or _sharing else min(_cores(), len(items))
    if count < 2:
        return [work(item) for item in items]
    turns, writer = os.pipe()
    os.write(writer, b"".join(n.to_bytes(_TURN, "big") for n in range(len(items))))
    os.close(writer)
    _sharing = True
    try:
        copies = [_copy(work, items, turns) for _ in range(count - 1)]
        try:
            done = _some(work, items, turns)
        finally:
            handed: list[dict[int, R]] = [_taken(*copy) for copy in copies]
    finally:
        _sharing = False
        os.close(turns)
    for found in handed:
        done |= found
    return [done[n] if n in done else work(item) for n, item in enumerate(items)]


def _cores() -> int:
    can = hasattr(os, "fork") and threading.active_count() == 1
    return min(os.cpu_count() or 1, _MOST) if can else 1


def _some(work: Callable[[T], R], items: Sequence[T], turns: int) -> dict[int, R]:
    """As many as there is time for: each process takes the next one when it is done with the one before."""
    done = {}
    while turn := os.read(turns, _TURN):
        n = int.from_bytes(turn, "big")
        done[n] = work(items[n])
    return done


def _copy(work: Callable[[T], R], items: Sequence[T], turns: int) -> tuple[int, int]:
    """The process, and where it hands back what it has done. It never comes back, and says nothing where it fails."""
    reader, writer = os.pipe()
    child = os.fork()
    if child:
        os.close(writer)
        return child, reader
    code = 1
    try:
        data = pickle.dumps(_some(work, items, turns))
        with os.fdopen(writer, "wb") as stream:
            stream.write(data)
        code = 0
    finally:
        os._exit(code)


def _taken(child: int, reader: int) -> dict[int, R]:
    with os.fdopen(reader, "rb") as stream:
        data = stream.read()
    _, failed = os.waitpid(child, 0)
    found: dict[int, R] = {} if failed else pickle.loads(data)
    return found
