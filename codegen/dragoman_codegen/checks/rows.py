"""Rows of `both` that write the same field, or one that a direction writes itself."""

from __future__ import annotations

from dragoman_codegen.both import is_plain
from dragoman_codegen.checks.parts import Scan, own
from dragoman_codegen.diagnostics import Diagnostics, Span, quote
from dragoman_codegen.source import Node

__all__ = ["check_rows"]


def check_rows(scan: Scan, found: Diagnostics) -> None:
    for name in scan.provider.units:
        node = scan.provider.files[name]
        rows = node.members.get("both")
        if rows is None:
            continue
        wires = {hub: value.members.get("wire", value) for hub, value in rows.members.items()}
        hubs = [(hub, rows.key_spans[hub], rows.key_spans[hub]) for hub in wires]
        to_wire = [(str(wire.scalar), wire.span, rows.key_spans[hub]) for hub, wire in wires.items()]
        for side, direction, targets in (("wire", "to_wire", to_wire), ("hub", "to_hub", hubs)):
            _twice(scan, side, targets, node.members.get(direction), direction, found)


def _twice(
    scan: Scan,
    side: str,
    targets: list[tuple[str, Span, Span]],
    fields: Node | None,
    direction: str,
    found: Diagnostics,
) -> None:
    seen: list[tuple[str, Span]] = []
    for target, span, row in targets:
        if not own(scan.provider, row):
            continue
        for other, line in seen:
            if f"{target}.".startswith(f"{other}.") or f"{other}.".startswith(f"{target}."):
                message = f"two rows write {quote(target)} of the {side}"
                if target != other:
                    message = f"rows write both {quote(other)} and {quote(target)} of the {side}"
                found.error(
                    "DG422",
                    span,
                    message,
                    f"the other one is in line {line.line}: rows are one to one, so take one of them out",
                )
                break
        else:
            at, head = _written(fields, target)
            if at is not None:
                message = f"this row does nothing in `{direction}`, which writes the field {quote(head)} itself"
                help = f"that is in line {at.line}: take it out there, or write out both directions and drop this row"
                found.error("DG422", row, message, help)
        seen.append((target, span))


def _written(fields: Node | None, target: str) -> tuple[Span | None, str]:
    """Where a direction itself writes what a row is for, and the path down to there."""
    *way, last = target.split(".")
    gone: list[str] = []
    for name in [*way, last]:
        if fields is None or name not in fields.members:
            break
        gone.append(name)
        line, fields = fields.key_spans[name], fields.members[name]
        if len(gone) > len(way) or not is_plain(fields):
            return line, ".".join(gone)
    return None, ""
