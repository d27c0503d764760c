"""The YAML parser's complaints, in words for the author of a spec.

The C and the Python parser word the same fault differently; both wordings lead to the same sentence at the same place.
"""

from __future__ import annotations

import re
from typing import NamedTuple

import yaml

__all__ = ["Fault", "explain"]


class Fault(NamedTuple):
    """A syntax fault; `line` and `col` count from 0 and lie inside the text."""

    code: str
    line: int
    col: int
    message: str
    help: str | None


class _Rule(NamedTuple):
    pattern: str
    message: str
    help: str | None = None
    at_start: bool = False
    """Point at the start of the construct rather than at the place where the parser gave up."""


_QUOTES = "put the text between quotes"
_CLOSE = "add '{}' or the comma; text that holds brackets, commas or ': ' wants quotes"
_COLUMN = "the lines of one mapping or list start in the same column"

# Matched against "context; problem"; the first that fits is taken.
_RULES = (
    _Rule(
        r"unknown escape|undefined escape|escape sequence|did not find expected hex|invalid Unicode|C int|chr\(",
        "this is no escape that YAML knows between double quotes",
        "double the backslash, or use single quotes",
    ),
    _Rule(
        r"quoted scalar",
        "the text in quotes that starts here is never closed",
        "close it with the same quote",
        at_start=True,
    ),
    _Rule(r"mapping values are not allowed", "a ':' cannot stand here: a value has already begun", _QUOTES),
    _Rule(r"could not find expected ':'", "a ':' is missing after this key", at_start=True),
    _Rule(r"expected ',' or '\]'", "this list is not closed, or a comma is missing", _CLOSE.format("]"), True),
    _Rule(r"expected ',' or '\}'", "this mapping is not closed, or a comma is missing", _CLOSE.format("}"), True),
    _Rule(r"alphabetic or numeric", "a text cannot start with this character unless it is quoted", _QUOTES, True),
    _Rule(r"node content", "a value is missing here", f"{_QUOTES} if it is text"),
    _Rule(r"directive|YAML document", "lines that start with '%' are not part of specs"),
    _Rule(r"block scalar", "after '|' or '>' the text starts on the next line"),
    _Rule(
        r"block mapping|block collection|expected '-'|not allowed", "this line does not fit the lines above it", _COLUMN
    ),
    _Rule(r"document start", "something follows after the end of the value", _COLUMN),
)


def explain(fault: yaml.MarkedYAMLError, lines: list[str]) -> Fault:
    """What is wrong and where."""
    words = f"{fault.context or ''}; {fault.problem or ''}"
    line, col = _place(fault.problem_mark or fault.context_mark, lines)
    indent = lines[line][: len(lines[line]) - len(lines[line].lstrip())]
    if "\t" in indent and "quoted" not in words:
        return Fault("DG104", line, indent.index("\t"), "a tab cannot be used for indentation", "indent with spaces")
    source = lines[line]
    if "cannot start any token" in words and col < len(source):
        return Fault("DG103", line, col, f"a text cannot start with {source[col]!r} unless it is quoted", _QUOTES)
    same_line = fault.context_mark is not None and fault.context_mark.line == line
    if same_line and "flow mapping" in words and source[col : col + 1] == ":":
        return Fault("DG103", line, col, "a ':' cannot stand here: a value has already begun", _QUOTES)
    rule = next((rule for rule in _RULES if re.search(rule.pattern, words)), None)
    if rule is None:
        return Fault("DG103", line, col, f"this is not YAML: {fault.problem or fault.context}", None)
    if rule.at_start and fault.context_mark is not None:
        line, col = _place(fault.context_mark, lines)
    elif rule is _RULES[0]:
        col = max(0, source.rfind("\\", 0, col + 1))
    elif source[:col].rstrip().endswith(("]", "}")):
        return Fault(
            "DG103", line, col, "something follows after the closing bracket", f"{_QUOTES} if all of it is one text"
        )
    return Fault("DG103", line, col, rule.message, rule.help)


def _place(mark: object, lines: list[str]) -> tuple[int, int]:
    """Line and column of a mark; the end of the last line with text when the parser noticed at the end of the file."""
    line = min(getattr(mark, "line", 0), len(lines) - 1)
    col = getattr(mark, "column", 0)
    if line > 0 and not "".join(lines[line:]).strip():
        line = max((number for number in range(line) if lines[number].strip()), default=0)
        return line, len(lines[line].rstrip())
    return line, min(col, len(lines[line]))
