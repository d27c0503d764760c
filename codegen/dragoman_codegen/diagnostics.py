"""What the tools have to say about a spec: places, findings, and their three renderings.

Rules of this module:

- A finding is for the author of a spec. It names the place, says what was expected and what was found, in one sentence.
- All findings are collected, sorted and deduplicated; nothing here raises or stops.
- The plain text form is the tested one. Colours and progress belong to the command line.

Codes: DG1xx source, DG2xx shape, DG3xx JMESPath, DG4xx meaning, DG5xx cases, DG6xx drift.
"""

from __future__ import annotations

import dataclasses
import difflib
import json
import re
import unicodedata
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Literal

__all__ = ["Diagnostic", "Diagnostics", "Format", "Severity", "Span", "nearest", "quote", "render"]

Severity = Literal["error", "warning"]
Format = Literal["text", "json", "github", "sarif"]

# An excerpt wider than this is cut to a window around the caret (fixtures hold long lines).
_EXCERPT_WIDTH = 120
_LINE_BREAK = re.compile(r"\r\n|\n|\r")


@dataclass(frozen=True, slots=True, order=True)
class Span:
    """A place in a file. `path` is relative to the repository's root, with slashes; `line` and `col` count from 1."""

    path: str
    line: int
    col: int
    length: int = 1

    def __str__(self) -> str:
        return f"{self.path}:{self.line}:{self.col}"


@dataclass(frozen=True, slots=True)
class Diagnostic:
    """One finding. `field`: the field that was probably meant, or that is missing."""

    code: str
    message: str
    span: Span
    help: str | None = None
    severity: Severity = "error"
    field: str | None = dataclasses.field(default=None, compare=False)


class Diagnostics:
    """Collects findings. `sources` keeps the text of every file that was read, so that excerpts can be shown."""

    __slots__ = ("_found", "sources")

    def __init__(self) -> None:
        self._found: dict[Diagnostic, None] = {}
        self.sources: dict[str, str] = {}

    def add(self, diagnostic: Diagnostic) -> None:
        self._found[diagnostic] = None

    def error(self, code: str, span: Span, message: str, help: str | None = None, field: str | None = None) -> None:
        self.add(Diagnostic(code, message, span, help, field=field))

    def warning(self, code: str, span: Span, message: str, help: str | None = None) -> None:
        self.add(Diagnostic(code, message, span, help, "warning"))

    def extend(self, other: Diagnostics) -> None:
        self._found.update(other._found)
        self.sources.update(other.sources)

    def without_echoes(self, echoes: frozenset[str], of: frozenset[str]) -> None:
        """Take out findings with the codes `echoes` in lines of which one of the codes `of` tells the same."""
        told = {(found.span.path, found.span.line) for found in self._found if found.code in of}
        for found in list(self._found):
            if found.code in echoes and (found.span.path, found.span.line) in told:
                del self._found[found]

    def without_consequences(self, missing: frozenset[str], misspelt: frozenset[str]) -> None:
        """Take out findings that a field is missing where another tells that it was meant and is misspelt.

        Both in one file: it is one fault, and is told where it was made.
        """
        meant = {(found.span.path, found.field) for found in self._found if found.code in misspelt and found.field}
        for found in list(self._found):
            if found.code in missing and (found.span.path, found.field) in meant:
                del self._found[found]

    def take_out(self, unwanted: Callable[[Diagnostic], bool]) -> None:
        for found in list(self._found):
            if unwanted(found):
                del self._found[found]

    @property
    def items(self) -> list[Diagnostic]:
        """All findings by place, each once."""
        return sorted(self._found, key=lambda d: (d.span, d.code, d.message, d.help or "", d.severity))

    @property
    def failed(self) -> bool:
        return any(d.severity == "error" for d in self._found)

    def __iter__(self) -> Iterator[Diagnostic]:
        return iter(self.items)

    def __len__(self) -> int:
        return len(self._found)


def nearest(name: str, candidates: Iterable[str]) -> str | None:
    """The candidate that `name` was probably meant to be, or None when nothing is close."""
    names = sorted(set(candidates))
    folded = {_fold(candidate): candidate for candidate in reversed(names)}
    if _fold(name) in folded:
        return folded[_fold(name)]
    close = difflib.get_close_matches(name[:80], names, n=1, cutoff=0.6)
    return close[0] if close else None


def _fold(name: str) -> str:
    return name.lower().replace("-", "").replace("_", "").lstrip("$")


def quote(value: object, limit: int = 60) -> str:
    """A JSON value as it can stand in a sentence: on one line, and cut when long."""
    text = json.dumps(value, ensure_ascii=False, default=str)
    return text if len(text) <= limit else text[: limit - 1] + "…"


def render(diagnostics: Diagnostics, sources: Mapping[str, str] | None = None, format: Format = "text") -> str:
    """The findings as text for people, JSON or SARIF for tools, or annotations for GitHub.

    Where there are none, text and annotations are empty.
    `sources` (path to text) gives the excerpts; without it, those that `diagnostics` has collected.
    """
    if format == "json":
        return json.dumps({"diagnostics": [_json(d) for d in diagnostics]}, ensure_ascii=False, indent=2) + "\n"
    if format == "github":
        return "".join(map(_github, diagnostics))
    if format == "sarif":
        from dragoman_codegen.sarif import sarif

        return sarif(diagnostics)
    texts = diagnostics.sources if sources is None else sources
    lines: dict[str, list[str]] = {}
    blocks = []
    for found in diagnostics:
        path = found.span.path
        if path not in lines:
            lines[path] = _LINE_BREAK.split(texts[path]) if path in texts else []
        blocks.append(_text(found, lines[path]))
    return "\n".join(blocks)


def _json(found: Diagnostic) -> dict[str, object]:
    span = found.span
    return {
        "code": found.code,
        "severity": found.severity,
        "message": found.message,
        "path": span.path,
        "line": span.line,
        "column": span.col,
        "length": span.length,
        "help": found.help,
    }


def _github(found: Diagnostic) -> str:
    def property(value: str) -> str:
        return data(value).replace(":", "%3A").replace(",", "%2C")

    def data(value: str) -> str:
        return value.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")

    span = found.span
    place = f"file={property(span.path)},line={span.line},col={span.col},endColumn={span.col + span.length}"
    message = found.message if found.help is None else f"{found.message}\nhelp: {found.help}"
    return f"::{found.severity} {place},title={property(found.code)}::{data(message)}\n"


def _text(found: Diagnostic, lines: list[str]) -> str:
    span = found.span
    out = [f"{span}: {found.severity}[{found.code}]: {_printable(found.message)}"]
    gutter = " " * (len(str(span.line)) + 2)
    if 1 <= span.line <= len(lines) and lines[span.line - 1].strip():
        excerpt, caret = _excerpt(lines[span.line - 1], span.col - 1, span.length)
        out += [f"  {span.line} | {excerpt}".rstrip(), f"{gutter} | {caret}"]
    if found.help is not None:
        out.append(f"  help: {_printable(found.help)}")
    return "\n".join(out) + "\n"


def _excerpt(line: str, start: int, length: int) -> tuple[str, str]:
    """The line (or a window of it) and the line with the carets under `line[start:start + length]`."""
    start = max(0, min(start, len(line)))
    if len(line) > _EXCERPT_WIDTH:
        cut = max(0, min(start - _EXCERPT_WIDTH // 3, len(line) - _EXCERPT_WIDTH))
        head = "…" if cut else ""
        tail = "…" if cut + _EXCERPT_WIDTH < len(line) else ""
        line = head + line[cut : cut + _EXCERPT_WIDTH] + tail
        start += len(head) - cut
    marked = line[start : start + max(1, length)]
    under = "".join("\t" if ch == "\t" else " " * _cells(ch) for ch in line[:start])
    return _printable(line, keep="\t"), under + "^" * max(1, sum(map(_cells, marked)))


def _cells(ch: str) -> int:
    """How many terminal cells a character takes."""
    if unicodedata.combining(ch):
        return 0
    return 2 if unicodedata.east_asian_width(ch) in "WF" else 1


def _printable(text: str, keep: str = "") -> str:
    """Without characters that would move the cursor or colour the terminal."""
    return "".join(ch if ch.isprintable() or ch in keep else "\N{REPLACEMENT CHARACTER}" for ch in text)
