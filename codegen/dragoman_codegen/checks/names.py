"""Names and constants in expressions that can be no part of anything, whatever the types are.

A field that no schema has and no rule makes, and the arguments of `contains` the wrong way round. Where types are
known more is told; this is for what rules have kept, and for what a schema leaves open.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any

from dragoman_codegen.checks.parts import Scan, own
from dragoman_codegen.diagnostics import Diagnostics, nearest, quote
from dragoman_codegen.jmes import ast
from dragoman_codegen.rules import Expression, Gather, Make, Same

__all__ = ["check_names", "known_fields", "names_members", "one_slip"]

_SHORT = 3  # letters, of which one more or less is another word
_OF_FUNCTIONS = ("data", "media_type")


def check_names(scan: Scan, told: Iterable[tuple[str, int]], found: Diagnostics) -> None:
    """`told`: lines of which something is said already."""
    known = known_fields(scan)
    for name in scan.provider.units:
        known |= {part for one in scan.all(name) if isinstance(one, Same) for path, _ in one.fields for part in path}
    known |= _below_names(scan)
    constants: set[str] = set()
    said_by_schemas: set[str] = set()
    for schema in (scan.provider.hub_schema, scan.provider.wire_schema):
        _constants(schema, constants)
        _properties(schema, said_by_schemas)
    said = set(told)
    for name in scan.provider.units:
        for part in scan.all(name):
            if isinstance(part, Expression) and own(scan.provider, part.span):
                _arguments(part, said, found)
                if scan.provider.typed and not part.span.path.endswith("/errors.yaml"):  # servers say what they like
                    _fields(part, known, said_by_schemas, constants, said, found)


def _below_names(scan: Scan) -> set[str]:
    """What stands below `$model`, `$settings`, `$request` and `$state`."""
    known = {*scan.provider.facts, *scan.provider.settings, "model", "stream", "headers"}
    for unit in scan.provider.units.values():
        known |= {*unit.context, *unit.client_context}
        known |= {slot.name for side in unit.streams.values() for slot in side.state}
    return known


def known_fields(scan: Scan) -> set[str]:
    """The names of members that the schemas have, that rules make, and that rules read whatever the schema says."""
    known = set(_OF_FUNCTIONS)
    for schema in (scan.provider.hub_schema, scan.provider.wire_schema):
        _properties(schema, known)
    for table in scan.provider.tables.values():
        for row in table.rows.values():
            known |= set(row.value) if isinstance(row.value, dict) else set()
    for name in scan.provider.units:
        for part in scan.all(name):
            if isinstance(part, Make):
                known |= {one for field in part.fields for one in re.findall(r"[\w-]+", field.name)}
            elif isinstance(part, Gather):
                known.add(part.name or "")
            elif isinstance(part, Expression):
                for node in ast.walk(part.tree):
                    if isinstance(node, ast.Hash):
                        known |= {key for key, _, _ in node.pairs}
                    elif isinstance(node, ast.Call) and node.name == "at" and isinstance(node.args[1], ast.Literal):
                        known.add(str(node.args[1].value))
    return known


def names_members(schema: Any) -> bool:
    """Whether a schema says what there is; one that takes anything says nothing of names."""
    known: set[str] = set()
    _properties(schema, known)
    return bool(known)


def _properties(schema: Any, known: set[str]) -> None:
    if isinstance(schema, list):
        for item in schema:
            _properties(item, known)
    elif isinstance(schema, dict):
        for word, value in schema.items():
            if word in ("properties", "$defs") and isinstance(value, dict):
                known.update(value if word == "properties" else ())
                _properties(list(value.values()), known)
            elif word not in ("enum", "const"):
                _properties(value, known)


def _constants(schema: Any, found: set[str]) -> None:
    for word, value in schema.items() if isinstance(schema, dict) else ():
        if word in ("enum", "const"):
            found.update(one for one in (value if isinstance(value, list) else [value]) if isinstance(one, str))
        else:
            _constants(value, found)
    for item in schema if isinstance(schema, list) else ():
        _constants(item, found)


def _fields(
    part: Expression,
    known: set[str],
    schemas: set[str],
    constants: set[str],
    said: set[tuple[str, int]],
    found: Diagnostics,
) -> None:
    for node in ast.walk(part.tree):
        if isinstance(node, ast.Field) and node.name.isidentifier() and node.name not in known:
            near = nearest(node.name, schemas)
            near = near if near and len(node.name) > _SHORT and one_slip(node.name, near) else None
            if near is None and not (_compared(part.tree, node) and node.name in constants):
                continue  # schemas may be open, and may not know all that is said
            help = f"did you mean {quote(near)}?"
            if near is None and _compared(part.tree, node):
                help = f"a text is written '{node.name}'"
            span = part.node.expression_span(node.offset, len(node.name))
            if (span.path, span.line) not in said:
                found.error("DG307", span, f"no schema has a field {quote(node.name)}, and no rule makes one", help)


def _compared(tree: ast.Expr, field: ast.Field) -> bool:
    return any(isinstance(node, ast.Compare) and field in (node.left, node.right) for node in ast.walk(tree))


def _arguments(part: Expression, said: set[tuple[str, int]], found: Diagnostics) -> None:
    for node in ast.walk(part.tree):
        if isinstance(node, ast.Call) and node.name == "contains" and len(node.args) > 1:
            among, one = node.args[:2]
            if isinstance(one, ast.MultiList) and not isinstance(among, ast.MultiList):
                span = part.node.expression_span(node.offset, len(node.name))
                message = "contains() looks for a list here: its arguments are the wrong way round"
                if (span.path, span.line) not in said:
                    found.error("DG304", span, message, "what is looked through comes first: contains(['a', 'b'], x)")


def one_slip(one: str, other: str) -> bool:
    """A letter too many, too few or another one, or two that have changed places."""
    if len(one) > len(other):
        one, other = other, one
    n = next((n for n, (a, b) in enumerate(zip(one, other, strict=False)) if a != b), len(one))
    if len(one) < len(other):
        return one[n:] == other[n + 1 :]
    return one[n + 1 :] == other[n + 1 :] or (
        one[n : n + 2] == other[n : n + 2][::-1] and one[n + 2 :] == other[n + 2 :]
    )
