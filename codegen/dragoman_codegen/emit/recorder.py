"""What the emitter goes into: items, the rules that see them, and where those hand parts on.

Kept of the last pass, for the table that says of each leaf of a schema what becomes of it (`coverage`).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from dragoman_codegen.account import Access, Condition, Path
from dragoman_codegen.diagnostics import Span
from dragoman_codegen.types import Type

__all__ = ["Handed", "Key", "Record", "Recorder"]

Key = tuple[object, ...]


@dataclass(eq=False)
class Record:
    """An item and what the rules that see it as `@` read of it."""

    span: Span
    accesses: list[Access]
    handed: list[Handed] = field(default_factory=list)


@dataclass(frozen=True, eq=False)
class Handed:
    """A part of an item that another item's rules account for."""

    path: Path
    to: Record | Key
    """The rules, or a definition's or procedure's name."""
    item: Type
    elements: bool
    """Each element of the list that stands at the path."""
    conditions: tuple[Condition, ...]


class Recorder:
    def __init__(self) -> None:
        self.roots: dict[str, tuple[Type, Record]] = {}
        """For each direction the type of what comes in, and what sees it."""
        self.named: dict[Key, Record] = {}
        self.replaced: dict[int, Record] = {}
        """For rules that make a field of a copy anew, by their identity: what they read of its holder."""
        self.carrying: set[Span] = set()
        """Expressions that copy something for another rule, which says what becomes of it."""
        self._open: list[Record] = []

    @property
    def here(self) -> Record | None:
        """What sees the item that is worked on."""
        return self._open[-1] if self._open else None

    @contextmanager
    def root(self, direction: str, t: Type, record: Record) -> Iterator[None]:
        self.roots[direction] = (t, record)
        with self.within(record):
            yield

    @contextmanager
    def within(self, record: Record) -> Iterator[None]:
        self._open.append(record)
        try:
            yield
        finally:
            self._open.pop()

    def hand(
        self,
        to: Record | Key,
        paths: Iterable[Path],
        item: Type,
        conditions: Iterable[Condition],
        *,
        elements: bool = False,
        by: Record | None = None,
    ) -> None:
        """`by`: whose item it is a part of, if it is not that of the rules that are worked on."""
        holder = by or self.here
        if holder is not None:
            told = tuple(conditions)
            holder.handed += [Handed(path, to, item, elements, told) for path in paths]

    def add(self, accesses: Iterable[Access], to: Record | None = None) -> None:
        holder = to or self.here
        if holder is not None:
            holder.accesses += accesses
