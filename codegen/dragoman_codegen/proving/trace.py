"""Which lines of generated code run. Only that code is watched, so that all other code keeps its pace."""

from __future__ import annotations

import sys
from collections.abc import Iterable
from types import FrameType, TracebackType
from typing import Any

__all__ = ["Tracer"]


class Tracer:
    """While it is entered, `lines` collects the line numbers that run, by file name."""

    def __init__(self, files: Iterable[str]) -> None:
        self.lines: dict[str, set[int]] = {name: set() for name in files}
        self._before: Any = None

    def __enter__(self) -> Tracer:
        self._before = sys.gettrace()
        sys.settrace(self._call)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, value: BaseException | None, trouble: TracebackType | None
    ) -> None:
        sys.settrace(self._before)

    def _call(self, frame: FrameType, event: str, arg: Any) -> Any:
        lines = self.lines.get(frame.f_code.co_filename)
        if lines is None:
            return None
        seen = lines.add

        def line(frame: FrameType, event: str, arg: Any) -> Any:
            seen(frame.f_lineno)
            return line

        seen(frame.f_lineno)
        return line
