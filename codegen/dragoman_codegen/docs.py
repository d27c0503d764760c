"""What is lost where, as Markdown: told by the cases, so that no row stands here that has not been seen to happen.

`dragoman generate` writes `docs/losses.md`, and the gravest rows of requests into README.md, between two marks;
`dragoman check` compares them.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from types import MappingProxyType

from dragoman_codegen.diagnostics import Diagnostics
from dragoman_codegen.proving import Package, load_case
from dragoman_codegen.proving.lost import Told, told_by
from dragoman_codegen.source import load

__all__ = ["PAGE", "Row", "pages", "rows"]

PAGE = Path("docs") / "losses.md"
BEGIN, END = "<!-- made by `dragoman generate` from the cases -->", "<!-- end -->"
UNITS = {
    ("request", "to_wire"): "A request to it",
    ("request", "to_hub"): "A request of its clients to another provider",
    ("response", "to_hub"): "Its answer",
    ("response", "to_wire"): "Another provider's answer to its clients",
    ("stream", "to_hub"): "Its stream",
    ("stream", "to_wire"): "Another provider's stream to its clients",
}
ORDER = ("refused", "contract", "tuning", "cosmetic")
INTRO = """\
# What is lost where

Made by `dragoman generate` from the cases of the providers: each row was seen to happen. A path is one in
the body that the caller gave; in streams it starts with the event. *refused* is an error before anything is sent;
*contract* means that something asked for does not happen, *tuning* that quality or cost may differ, *cosmetic* that the
answer is the same. A field that a dialect does not know at all is dropped too, with severity *tuning*.
"""


@dataclass(frozen=True)
class Row:
    """One thing that happens, and the fields that it was seen to happen to."""

    severity: str
    action: str
    reason: str
    fields: tuple[str, ...] = ()


def rows(root: Path, slug: str, unit: str, direction: str, told: Sequence[Told] | None = None) -> list[Row]:
    """What one unit loses or refuses, the gravest first. `told`: by all cases of the provider, if that is at hand."""
    found: dict[tuple[str, str, str], Row] = {}
    for of, way, severity, action, reason, place in _committed(root, slug) if told is None else told:
        if (of, way) == (unit, direction):
            key = (severity, action, reason)
            row = found.setdefault(key, Row(*key))
            found[key] = replace(row, fields=tuple(sorted({*row.fields, _pattern(place)})))
    return sorted(found.values(), key=lambda row: (ORDER.index(row.severity), row.fields, row.action, row.reason))


def _committed(root: Path, slug: str) -> list[Told]:
    package = Package.committed(root, slug)
    paths = sorted((root / "specs" / "providers" / slug / "cases").glob("*.yaml"))
    cases = [load_case(path, root, Diagnostics()) for path in paths] if package is not None else []
    return [one for case in cases if case is not None and package is not None for one in told_by(case, package)]


def _pattern(place: str) -> str:
    """A place without the numbers, and without what lies deep in a schema: names there are the caller's."""
    name = re.sub(r"\[\d+\]", "[]", place)
    return re.sub(r"\b(schema|parameters)\b.*[.\]](\w+)$", r"\1.….\2", name)


def _table(found: Iterable[Row], width: int = 6) -> str:
    lines = ["| what | becomes | severity | because |", "|---|---|---|---|"]
    for row in found:
        shown = [f"`{name}`" for name in row.fields[:width]]
        more = [f"and {len(row.fields) - width} more"] if len(row.fields) > width else []
        severity = "" if row.severity == row.action else row.severity
        lines.append(f"| {', '.join([*shown, *more])} | {row.action} | {severity} | {row.reason} |")
    return "\n".join(lines) + "\n"


def pages(root: Path, proven: Mapping[str, Sequence[Told]] = MappingProxyType({})) -> dict[Path, str]:
    """The files that hold something made here, as they should be."""
    parts, grave = [INTRO], []
    for slug in sorted(path.parent.name for path in (root / "specs" / "providers").glob("*/provider.yaml")):
        name = load(root / "specs" / "providers" / slug / "provider.yaml", Diagnostics(), root=root)
        title = str(name.members["name"].scalar) if name is not None and "name" in name.members else slug
        parts.append(f"\n## {title}\n")
        known = proven[slug] if slug in proven else _committed(root, slug)
        for (unit, direction), heading in UNITS.items():
            found = rows(root, slug, unit, direction, known)
            if found:
                parts.append(f"\n### {heading}\n\n{_table(found)}")
            worst = [row for row in found if row.severity in ORDER[:2]]
            if unit == "request" and worst:
                grave.append(f"\n**{title}: {heading[0].lower()}{heading[1:]}**\n\n{_table(worst)}")
    made = {PAGE: "".join(parts)}
    readme = root / "README.md"
    before = readme.read_text(encoding="utf-8") if readme.is_file() else ""
    if BEGIN in before and END in before:
        head, rest = before.split(BEGIN, 1)
        made[Path("README.md")] = head + BEGIN + "\n" + "".join(grave) + "\n" + END + rest.split(END, 1)[1]
    return made
