"""`$copy: [a, b]` in a mapping stands for `a: a` and `b: b`; each field keeps the place of its name."""

from __future__ import annotations

import re
from dataclasses import replace

from dragoman_codegen.diagnostics import Diagnostics, Span, quote
from dragoman_codegen.source import Node

__all__ = ["written_out"]

_NAME = re.compile(r"[A-Za-z_][\w-]*\Z")


def written_out(node: Node, diagnostics: Diagnostics) -> Node:
    """The tree with all fields of its copies written out. A list that is none stays, for the shape to be told."""
    if node.kind == "list":
        return replace(node, value=[written_out(item, diagnostics) for item in node.elements])
    if node.kind != "map":
        return node
    members: dict[str, Node] = {}
    spans: dict[str, Span] = {}
    for key, value in node.members.items():
        for name, part in _fields(value).items() if key == "$copy" else ():
            if name in node.members:
                message = f"the field {quote(name)} is copied, and written beside it"
                diagnostics.error("DG107", part.span, message, "take one of the two out")
            members[name], spans[name] = part, part.span
        if key != "$copy" or not _fields(value):
            members[key], spans[key] = written_out(value, diagnostics), node.key_spans[key]
    return replace(node, value=members, key_spans=spans)


def _fields(node: Node) -> dict[str, Node]:
    names = [item.scalar for item in node.elements]
    texts = [name for name in names if isinstance(name, str) and _NAME.match(name)]
    return dict(zip(texts, node.elements, strict=True)) if texts and len(set(texts)) == len(names) else {}
