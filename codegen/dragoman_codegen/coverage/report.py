"""The table as text, and as findings what it should not hold."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from dragoman_codegen.account import Access
from dragoman_codegen.coverage.walk import ENDS, UNCOVERED, Leaf, Table
from dragoman_codegen.diagnostics import Diagnostics, Span, quote
from dragoman_codegen.spec import Provider

__all__ = ["check_coverage", "render_tables"]

_RULES = 4


def check_coverage(provider: Provider, tables: Sequence[Table], diagnostics: Diagnostics) -> None:
    """Report leaves that nothing accounts for, and accounts that nothing needs."""
    for table in tables:
        for leaf in table.leaves:
            if leaf.kind == UNCOVERED and not leaf.again:
                diagnostics.error(
                    "DG447",
                    provider.homes.get(leaf.seen, leaf.seen),
                    f"nothing in `{table.direction}` says what becomes of {quote(leaf.path)}",
                    "read it, or name it under $ignore, $drop or $reject",
                )
    entries: dict[Span, tuple[Access, bool]] = {}
    for table in tables:
        for span, (access, needed) in table.entries.items():
            entries[span] = (access, needed or entries.get(span, (access, False))[1])
    own = provider.folder.name
    for span, (access, needed) in entries.items():
        if not needed and f"/{own}/" in f"/{span.path}":
            shown = ".".join(access.path).replace(".[]", "[]")
            diagnostics.error(
                "DG448", span, f"{quote(shown)} is read, so there is nothing to ignore", "take the entry out"
            )


def render_tables(found: Mapping[str, Sequence[Table]], *, verbose: bool = False) -> str:
    """The counts for each provider, unit and direction; `verbose`: with each leaf and its rules before them."""
    parts = []
    if verbose:
        for slug, tables in found.items():
            parts += [_leaves(slug, table) for table in tables]
    head = ["provider", "unit", "direction", "leaves", *ENDS]
    rows = [
        [slug, t.unit, t.direction, str(sum(t.counts.values())), *(str(t.counts[end]) for end in ENDS)]
        for slug, tables in found.items()
        for t in tables
    ]
    return "\n".join([*parts, _aligned([head, *rows], numbers=3)])


def _leaves(slug: str, table: Table) -> str:
    return f"{slug} {table.unit} {table.direction}\n" + _aligned([_row(leaf) for leaf in table.leaves], indent="  ")


def _row(leaf: Leaf) -> list[str]:
    if leaf.again:
        return [leaf.path, f"as {leaf.again}", ""]
    places = list(dict.fromkeys(said.place for said in leaf.said if said.place))
    more = ["…"] if len(places) > _RULES else []
    return [leaf.path or "(the whole)", "|".join(leaf.ends), ", ".join(places[:_RULES] + more)]


def _aligned(rows: Sequence[Sequence[str]], *, numbers: int | None = None, indent: str = "") -> str:
    """Columns; from `numbers` on they are flush right."""
    widths = [max(len(row[n]) for row in rows) for n in range(len(rows[0]))] if rows else []
    lines = [
        indent
        + "  ".join(
            cell.rjust(width) if numbers is not None and n >= numbers else cell.ljust(width)
            for n, (cell, width) in enumerate(zip(row, widths, strict=True))
        )
        for row in rows
    ]
    return "".join(f"{line.rstrip()}\n" for line in lines)
