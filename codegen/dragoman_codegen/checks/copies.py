"""What `$fields` beside `$same` replaces: a name that no schema has, and that is one slip away from one, is misspelt.

Others may stand there: what a dialect says beside its schema, and what rules keep for others.
"""

from __future__ import annotations

from collections.abc import Iterator

from dragoman_codegen.checks.names import known_fields, one_slip
from dragoman_codegen.checks.parts import Scan, own
from dragoman_codegen.diagnostics import Diagnostics, nearest, quote
from dragoman_codegen.source import Node

__all__ = ["check_copies"]


def check_copies(scan: Scan, found: Diagnostics) -> None:
    known = known_fields(scan)
    for name in scan.provider.units if scan.provider.typed else ():
        for fields in _fields(scan.provider.files[name]):
            for path, span in fields.key_spans.items():
                value = fields.members.get(path)
                if value is not None and value.value is None:
                    continue  # taken out
                strange = next((part for part in path.replace("[]", "").split(".") if part not in known), None)
                near = nearest(strange, known) if strange and own(scan.provider, span) else None
                if strange and near and one_slip(strange, near):
                    message = f"this replaces {quote(strange)}, and no schema has that name"
                    found.error("DG480", span, message, f"did you mean {quote(near)}?")


def _fields(node: Node) -> Iterator[Node]:
    if "$same" in node.members and "$fields" in node.members:
        yield node.members["$fields"]
    for part in (*node.members.values(), *node.elements):
        yield from _fields(part)
