"""What `$fields` beside `$same` replaces: a name that no schema has is misspelt, unless it is kept for other rules."""

from __future__ import annotations

from collections.abc import Iterator

from dragoman_codegen.checks.names import known_fields, names_members
from dragoman_codegen.checks.parts import Scan, own
from dragoman_codegen.diagnostics import Diagnostics, nearest, quote
from dragoman_codegen.jmes import ast
from dragoman_codegen.rules import Expression
from dragoman_codegen.source import Node

__all__ = ["check_copies"]


def check_copies(scan: Scan, told: set[str], found: Diagnostics) -> None:
    """`told`: places (`path:line:col`) of which something is said already."""
    known = known_fields(scan) | _read(scan)
    named = any(names_members(schema) for schema in (scan.provider.hub_schema, scan.provider.wire_schema))
    for name in scan.provider.units if scan.provider.typed and named else ():
        for fields in _fields(scan.provider.files[name]):
            for path, span in fields.key_spans.items():
                value = fields.members.get(path)
                if value is not None and (value.plain() is None or str(value.span) in told):
                    continue  # taken out, or told where types are known
                strange = next((part for part in path.replace("[]", "").split(".") if part not in known), None)
                if strange is not None and own(scan.provider, span):
                    near = nearest(strange, known)
                    message = f"this replaces {quote(strange)}, and no schema has that name"
                    found.error("DG480", span, message, near and f"did you mean {quote(near)}?")


def _read(scan: Scan) -> set[str]:
    """What rules read: what is put beside the schema for other rules."""
    trees = [one.tree for name in scan.provider.units for one in scan.all(name) if isinstance(one, Expression)]
    return {node.name for tree in trees for node in ast.walk(tree) if isinstance(node, ast.Field)}


def _fields(node: Node) -> Iterator[Node]:
    if "$same" in node.members and "$fields" in node.members:
        yield node.members["$fields"]
    for part in (*node.members.values(), *node.elements):
        yield from _fields(part)
