"""`specs/exceptions.yaml`: findings of these checks that are known and stand for now. The list may only shrink.

- code: DG460
  file: specs/providers/acme/provider.yaml
  at: tables/tone              # the keys that lead there, as in deltas; elements of lists by their number
  reason: the rule that uses it comes with the next version
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from dragoman_codegen.diagnostics import Diagnostic, Diagnostics, Span, quote
from dragoman_codegen.source import Node, load
from dragoman_codegen.spec import Provider

__all__ = ["CODES", "FILE", "Exceptions", "load_exceptions", "place_of"]

FILE = Path("specs") / "exceptions.yaml"
CODES = frozenset({"DG460", "DG461", "DG462", "DG463", "DG470"})
"""What can be excepted: findings that tell of a spec that can be improved. The others tell of one that is wrong."""
_KEYS = ("code", "file", "at", "reason")


@dataclass
class _Entry:
    code: str
    file: str
    at: str
    span: Span
    met: bool = False


@dataclass
class Exceptions:
    entries: list[_Entry] = field(default_factory=list)

    def known(self, one: Diagnostic, provider: Provider) -> bool:
        """Is this finding in the list?"""
        mine = [entry for entry in self.entries if (entry.code, entry.file) == (one.code, one.span.path)]
        if not mine:
            return False
        place = place_of(one.span, provider)
        met = [entry for entry in mine if entry.at == place]
        for entry in met:
            entry.met = True
        return bool(met)

    def stale(self, slugs: set[str], every: bool, diagnostics: Diagnostics) -> None:
        """Report entries for these providers (or for any) that hold for nothing that was found."""
        for entry in self.entries:
            slug = entry.file.removeprefix("specs/providers/").split("/")[0]
            if not entry.met and (every or slug in slugs):
                message = f"this exception is for nothing: {entry.code} is not found at {quote(entry.at)}"
                diagnostics.error("DG472", entry.span, message, "take the entry out")


def load_exceptions(root: Path, diagnostics: Diagnostics) -> Exceptions:
    path = root / FILE
    node = load(path, diagnostics, root=root) if path.is_file() else None
    found = Exceptions()
    if node is None:
        return found
    if node.kind != "list":
        diagnostics.error("DG471", node.span, "a list of exceptions must stand here", "an empty one is written []")
    for item in node.elements:
        said = {key: value.scalar for key, value in item.members.items()}
        missing = [key for key in _KEYS if not isinstance(said.get(key), str) or not str(said[key]).strip()]
        extra = [key for key in said if key not in _KEYS]
        if missing or extra:
            message = (
                f"the key {quote(extra[0])} has no meaning in an exception"
                if extra
                else f"this exception has no {quote(missing[0])}"
            )
            span = item.key_spans[extra[0]] if extra else item.span
            diagnostics.error("DG471", span, message, f"an exception says {', '.join(_KEYS)}, each a text")
        elif said["code"] not in CODES:
            message = f"no exception can be made for {quote(said['code'])}"
            help = f"exceptions are for {', '.join(sorted(CODES))}; anything else must be mended"
            diagnostics.error("DG471", item.members["code"].span, message, help)
        else:
            found.entries.append(_Entry(str(said["code"]), str(said["file"]), str(said["at"]), item.span))
    return found


def place_of(span: Span, provider: Provider) -> str:
    """The keys that lead to a place, joined with `/`: those of the last value that begins before it."""
    best: tuple[int, int, int] = (0, 0, 0)
    found = ""
    for tree in provider.files.values():
        for start, keys in _places(tree, ()):
            order = (start.line, start.col, len(keys))
            if start.path == span.path and order[:2] <= (span.line, span.col) and order >= best:
                best, found = order, "/".join(keys)
    return found


def _places(node: Node, at: tuple[str, ...]) -> Iterator[tuple[Span, tuple[str, ...]]]:
    for key, value in node.members.items():
        yield node.key_spans[key], (*at, key)
        yield value.span, (*at, key)
        yield from _places(value, (*at, key))
    for n, item in enumerate(node.elements):
        yield item.span, (*at, str(n))
        yield from _places(item, (*at, str(n)))
