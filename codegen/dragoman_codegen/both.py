"""Rows of `both`: what stands in both directions of a unit is written once."""

from __future__ import annotations

from dragoman_codegen.diagnostics import Span
from dragoman_codegen.source import Node

__all__ = ["is_plain", "with_both"]


def with_both(side: Node, both: Node | None, direction: str) -> Node:
    """`both` rows as fields of a direction: `hub path: wire path`, or `{wire: path, table: name}`."""
    if both is None:
        return side
    fields: dict[str, Node] = {}
    spans = dict(side.key_spans)
    for hub, value in both.members.items():
        wire_node = value.members.get("wire", value)
        wire = str(wire_node.scalar)
        target, source = (wire, hub) if direction == "to_wire" else (hub, wire)
        # The hub's name stands in a key: its place is good enough for messages about it.
        read = (
            wire_node
            if direction == "to_hub"
            else Node(
                "scalar", source, both.key_spans[hub], "plain", {}, (both.key_spans[hub].line, both.key_spans[hub].col)
            )
        )
        if "table" in value.members:
            read = Node(
                "map",
                {"$table": value.members["table"], "$of": read},
                value.span,
                "block",
                {"$table": value.span, "$of": value.span},
            )
        _place(fields, spans, target.split("."), read, both.key_spans[hub])
    return _under(fields, spans, side)


def _under(fields: dict[str, Node], spans: dict[str, Span], own: Node) -> Node:
    """What a direction writes, with the rows beside it; inside of its objects too, where they are plain."""
    merged = {**fields, **own.members}
    for name, row in fields.items():
        written = own.members.get(name)
        if written is not None and row.kind == "map" and is_plain(written):
            merged[name] = _under(row.members, {**row.key_spans, **written.key_spans}, written)
    return Node("map", merged, own.span, own.style, spans)


def is_plain(node: Node) -> bool:
    """Whether this is an object that is made of its fields alone, so that rows of `both` may add some."""
    return node.kind == "map" and not any(name.startswith("$") for name in node.members)


def _place(fields: dict[str, Node], spans: dict[str, Span], path: list[str], value: Node, span: Span) -> None:
    head, *rest = path
    spans[head] = span
    if not rest:
        fields[head] = value
        return
    inner = fields.setdefault(head, Node("map", {}, span, "block", {}))
    _place(inner.members, inner.key_spans, rest, value, span)
