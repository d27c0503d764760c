"""Names of fields in texts for people: reasons, notes and messages of refusals.

A word with an underscore in it, or between backticks, is the name of a field, a definition or a value of one of the
schemas, or of something in provider.yaml; if nothing has that name, the text speaks of something that is not there.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from dragoman_codegen.checks.parts import Scan, own
from dragoman_codegen.diagnostics import Diagnostics, nearest, quote
from dragoman_codegen.source import Node

__all__ = ["check_reasons"]

_SAYING = ("$note", "note", "$ignore", "$drop", "$reject", "ignore", "drop", "reject", "$require")
_NO_REASONS = ("when", "of", "unless", "to")
_NAME = re.compile(r"`([A-Za-z_][\w.\[\]]*)`|(?<![\w./-])([A-Za-z]\w*(?:\.\w+)*)(?![\w/-])")


def check_reasons(scan: Scan, found: Diagnostics) -> None:
    known: set[str] = set()
    for schema in (scan.provider.hub_schema, scan.provider.wire_schema):
        _names(schema, known)
    for tree in scan.provider.files.values():
        _keys(tree, known)
    for tree in scan.provider.files.values():
        for node in _reasons(tree):
            if isinstance(node.scalar, str) and own(scan.provider, node.span):
                _look(node, node.scalar, known, found)


def _look(node: Node, text: str, known: set[str], found: Diagnostics) -> None:
    for word in _NAME.finditer(text):
        name = word[1] or word[2]
        if word[1] is None and "_" not in name:
            continue
        for part in re.split(r"\.|\[\]", name):
            if part and part not in known and (word[1] is not None or "_" in part):
                span = node.expression_span(word.start() + word[0].index(part), len(part))
                near = nearest(part, known)
                help = f"did you mean {quote(near)}?" if near else "name a field that one of the schemas has"
                found.error("DG470", span, f"this text speaks of {quote(part)}, and no schema has that name", help)


def _reasons(node: Node) -> Iterator[Node]:
    for key, value in node.members.items():
        yield from _scalars(value) if key in _SAYING else _reasons(value)
    for item in node.elements:
        yield from _reasons(item)


def _scalars(node: Node) -> Iterator[Node]:
    if node.kind == "scalar":
        yield node
    for key, value in node.members.items():
        if key not in _NO_REASONS:
            yield from _scalars(value)
    for item in node.elements:
        yield from _scalars(item)


def _names(schema: Any, known: set[str]) -> None:
    """Names of definitions and properties, and texts that are constants."""
    if isinstance(schema, list):
        for item in schema:
            _names(item, known)
    if not isinstance(schema, dict):
        return
    for word, value in schema.items():
        if word in ("properties", "$defs") and isinstance(value, dict):
            known.update(value)
            for part in value.values():
                _names(part, known)
        elif word in ("enum", "const"):
            known.update(part for part in (value if isinstance(value, list) else [value]) if isinstance(part, str))
        else:
            _names(value, known)


def _keys(node: Node, known: set[str]) -> None:
    """What the spec itself has names for."""
    for section in ("facts", "settings", "tables", "context", "client_context"):
        if section in node.members:
            known.update(node.members[section].members)
