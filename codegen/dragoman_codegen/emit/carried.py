"""Copies that go through a name: `$let: {taken: …}`, then `$same: $taken`.

What the second rule drops, or makes anew, is so of what the first one copied. For the table of leaves alone.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from dragoman_codegen.account import Path, pure_path
from dragoman_codegen.diagnostics import Span
from dragoman_codegen.emit.recorder import Record
from dragoman_codegen.jmes.ast import path_of
from dragoman_codegen.rules import Each, Expression, First, Get, Match, Rule, Same, Use

__all__ = ["Carried", "carried", "carried_to"]


@dataclass(frozen=True)
class Carried:
    """A `$name` that holds a copy of parts of an item."""

    record: Record
    """The item's."""
    paths: tuple[Path, ...]
    by: frozenset[Span]
    """The expressions that copy: it is not they who say what becomes of the parts."""

    def below(self, keys: Path) -> Carried:
        return Carried(self.record, tuple((*path, *keys) for path in self.paths), self.by)


def carried(rule: Rule, defs: Mapping[str, Rule], record: Record | None) -> Carried | None:
    found = list(_copies(rule, defs, frozenset())) if record is not None else []
    paths = tuple(dict.fromkeys(path for path, _ in found if path is not None))
    return Carried(record, paths, frozenset(span for _, span in found)) if record is not None and paths else None


def carried_to(source: Expression, names: Mapping[str, Carried]) -> Carried | None:
    """What an expression takes of such a name."""
    path = path_of(source.tree)
    known = names.get(path.root) if path is not None else None
    if path is None or known is None or not all(isinstance(key, str) for key in path.keys):
        return None
    return known.below(tuple(map(str, path.keys)))


def _copies(rule: Rule, defs: Mapping[str, Rule], seen: frozenset[str]) -> Iterator[tuple[Path | None, Span]]:
    """The expressions that copy, and the path of what the whole of the value is a copy of."""
    match rule:
        case Get():
            yield pure_path(rule.expr), rule.expr.span
        case Same():
            yield pure_path(rule.source), rule.source.span
            for _, part in rule.fields:
                yield from _inside(_copies(part, defs, seen))
        case Each():
            yield from _inside(_copies(rule.body, defs, seen))
        case First():
            for arm in rule.arms:
                yield from _copies(arm, defs, seen)
        case Match():
            cases = (*(case for _, case in rule.cases), rule.absent, rule.otherwise)
            for case in filter(None, cases):
                yield from _copies(case, defs, seen)
        case Use() if rule.name in defs and rule.name not in seen:
            base = () if rule.of is None else pure_path(rule.of)
            for path, span in _copies(defs[rule.name], defs, seen | {rule.name}):
                yield (None if base is None or path is None else (*base, *path)), span


def _inside(found: Iterator[tuple[Path | None, Span]]) -> Iterator[tuple[Path | None, Span]]:
    return ((None, span) for _, span in found)
