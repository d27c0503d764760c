"""Two things at once, on machines that can: the second in a copy of the process, which hands its result back.

What is done must depend on nothing that the first one changes, and its result must be data. Where a copy cannot be
made, or something is wrong with it, both are done here, one after the other: the result is the same.
"""

from __future__ import annotations

import os
import pickle
import threading
from collections.abc import Callable
from typing import TypeVar

__all__ = ["both"]

A = TypeVar("A")
B = TypeVar("B")


def both(first: Callable[[], A], second: Callable[[], B]) -> tuple[A, B]:
    """The results of both."""
    if not _can():
        return first(), second()
    reader, writer = os.pipe()
    child = os.fork()
    if child == 0:
        _hand_back(second, writer)
    os.close(writer)
    try:
        done = first()
    finally:
        with os.fdopen(reader, "rb") as stream:
            data = stream.read()
        os.waitpid(child, 0)
    return done, (pickle.loads(data) if data else second())


def _can() -> bool:
    return hasattr(os, "fork") and (os.cpu_count() or 1) > 1 and threading.active_count() == 1


def _hand_back(work: Callable[[], object], writer: int) -> None:
    """In the copy: never comes back, and says nothing where it fails."""
    code = 1
    try:
        data = pickle.dumps(work())
        with os.fdopen(writer, "wb") as stream:
            stream.write(data)
        code = 0
    finally:
        os._exit(code)
