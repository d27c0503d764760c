"""What provider.yaml says of values and models: tables, facts, settings."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from typing import Any

from dragoman.templates import holes
from dragoman_codegen.diagnostics import Diagnostics, Span, nearest, quote
from dragoman_codegen.source import Node

__all__ = ["Entry", "Fact", "Table", "read_facts", "read_tables"]


@dataclass(frozen=True)
class Entry:
    """What a table gives for one key; `note` is (severity, reason)."""

    value: object
    span: Span
    note: tuple[str, str] | None = None
    key_span: Span | None = None
    """Where its key is written."""


@dataclass
class Table:
    name: str
    span: Span
    to_wire: dict[str, Entry] = field(default_factory=dict)
    to_hub: dict[str, Entry] = field(default_factory=dict)
    unknown: dict[str, Entry] = field(default_factory=dict)
    rows: dict[str, Entry] = field(default_factory=dict)
    """Records, for both directions."""

    def entries(self, direction: str) -> dict[str, Entry]:
        return self.rows or (self.to_wire if direction == "to_wire" else self.to_hub)


@dataclass(frozen=True)
class Fact:
    name: str
    type: str
    enum: tuple[str, ...]
    default: object
    span: Span


def read_tables(node: Node, diagnostics: Diagnostics) -> dict[str, Table]:
    """`tables` of provider.yaml."""
    made: dict[str, Table] = {}
    tables = node.members.get("tables")
    for name, item in (tables.members if tables else {}).items():
        table = Table(name, item.span)
        part = item.members.get
        for key, value in (part("rows") or item).members.items() if part("rows") else ():
            table.rows[key] = Entry(value.plain(), value.span, key_span=_key(part("rows"), key))
        for key, value in (part("pairs") or item).members.items() if part("pairs") else ():
            if not isinstance(value.scalar, str):
                diagnostics.error(
                    "DG426",
                    value.span,
                    f"this row cannot be read back: {_literal(value.scalar)} is no text, as keys of tables are",
                    "put it under `to_wire_only`; on the way to the hub, a rule can ask for the value",
                )
            wire = str(value.scalar)
            if wire in table.to_hub:
                diagnostics.error(
                    "DG421",
                    value.span,
                    f"{quote(wire)} stands twice on the wire's side of the table {quote(name)}",
                    f"pairs are one to one: put this row under `to_wire_only`, and {quote(wire)} is read as the other",
                )
            table.to_wire[key] = Entry(value.scalar, value.span, key_span=_key(part("pairs"), key))
            table.to_hub[wire] = Entry(key, value.span)
        for side, entries in (("to_wire_only", table.to_wire), ("to_hub_only", table.to_hub)):
            only = part(side)
            for key, value in only.members.items() if only else ():
                if key in entries:
                    message = f"{quote(key)} stands twice in the table {quote(name)}: here and under `pairs`"
                    diagnostics.error("DG421", only.key_spans[key], message, "take one of them out")  # type: ignore[union-attr]
                entries[key] = replace(_entry(value), key_span=_key(only, key))
        unknown = part("unknown")
        if unknown is not None:
            note = _entry(unknown).note
            for direction in ("to_wire", "to_hub"):
                if direction in unknown.members:
                    value = unknown.members[direction]
                    table.unknown[direction] = Entry(value.scalar, value.span, note)
        made[name] = table
    return made


def _literal(value: object) -> str:
    """As it is written in YAML."""
    return json.dumps(value)


def _key(node: Node | None, key: str) -> Span | None:
    return node.key_spans.get(key) if node is not None else None


def _entry(node: Node) -> Entry:
    if node.kind != "map":
        return Entry(node.plain(), node.span)
    note = None
    if "note" in node.members:
        ((severity, reason),) = node.members["note"].members.items()
        note = (severity, str(reason.scalar))
    return Entry(node.members["to"].plain() if "to" in node.members else None, node.span, note)


def _urls(node: Node) -> Iterator[Node]:
    """The base URLs of provider.yaml, whose gaps settings fill."""
    endpoint = node.members.get("endpoint")
    members = endpoint.members if endpoint is not None else {}
    if "base_url" in members:
        yield members["base_url"]
    yield from (row.members["url"] for row in (members["base_urls"].elements if "base_urls" in members else ()))
    yield from members["hosts"].members.values() if "hosts" in members else ()


def read_facts(node: Node, diagnostics: Diagnostics) -> tuple[dict[str, Fact], dict[str, dict[str, Any]]]:
    """`facts` and `settings` of provider.yaml; what `models` says of them is looked through."""
    made: dict[str, Fact] = {}
    facts = node.members.get("facts")
    for name, item in (facts.members if facts else {}).items():
        enum = tuple(str(v.scalar) for v in item.members["enum"].elements) if "enum" in item.members else ()
        kind = str(item.members["type"].scalar) if "type" in item.members else "string"
        kind = "string" if enum and kind != "list" else kind
        default = item.members["default"].plain() if "default" in item.members else None
        made[name] = Fact(name, kind, enum, default, item.span)
        _value(made[name], item.members.get("default", item), diagnostics)
    settings = node.members.get("settings")
    chosen = {k: dict(v.plain()) for k, v in settings.members.items()} if settings else {}
    for url in _urls(node):
        for name in holes(str(url.scalar)):
            if name not in chosen:
                help = _meant(name, chosen) or "name it under settings, or write what stands there"
                diagnostics.error("DG424", url.span, f"there is no setting {quote(name)}", help)
    models = node.members.get("models")
    for row in models.elements if models else ():
        for key, known, what in (("set", made, "fact"), ("when", chosen, "setting")):
            part = row.members.get(key)
            for name, value in part.members.items() if part else ():
                if name not in known:
                    message = f"there is no {what} {quote(name)}"
                    diagnostics.error("DG424", part.key_spans[name], message, _meant(name, known))  # type: ignore[union-attr]
                elif key == "set":
                    _value(made[name], value, diagnostics)
                else:
                    values = tuple(map(str, chosen[name].get("enum") or ()))
                    _listed(f"the setting {quote(name)}", values, value, diagnostics)
    return made, chosen


_KINDS: dict[str, tuple[type, ...]] = {
    "string": (str,),
    "integer": (int,),
    "number": (int, float),
    "boolean": (bool,),
}


def _value(fact: Fact, node: Node, diagnostics: Diagnostics) -> None:
    """Is this a value that the fact may have?"""
    if fact.type == "list":
        if node.kind != "list":
            message = f"the fact {quote(fact.name)} is a list, and this is {quote(node.plain())}"
            diagnostics.error("DG423", node.span, message, "write its texts between brackets: [one, other]")
        for item in node.elements:
            _listed(f"the fact {quote(fact.name)}", fact.enum, item, diagnostics)
        return
    if fact.enum:
        _listed(f"the fact {quote(fact.name)}", fact.enum, node, diagnostics)
        return
    value, kinds = node.scalar, _KINDS[fact.type]
    if value is not None and (not isinstance(value, kinds) or isinstance(value, bool) != (fact.type == "boolean")):
        found = quote(value)
        diagnostics.error(
            "DG423", node.span, f"the fact {quote(fact.name)} is of type {fact.type}, and this is {found}"
        )


def _listed(what: str, values: tuple[str, ...], node: Node, diagnostics: Diagnostics) -> None:
    if values and node.scalar not in values:
        message = f"{what} has no value {quote(node.scalar)}"
        help = _meant(str(node.scalar), values) or f"its values: {', '.join(values)}"
        diagnostics.error("DG423", node.span, message, help)


def _meant(name: str, known: Iterable[str]) -> str | None:
    near = nearest(name, known)
    return f"did you mean {quote(near)}?" if near else None
