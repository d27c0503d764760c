"""What is lost where, as Markdown: told by the cases, so that no row stands here that has not been seen to happen.

`dragoman generate` writes `docs/losses.md` and `docs/support.md`; `dragoman check` compares them. README.md holds parts
of both between marks, `<!-- support, made by … -->` and `<!-- losses of NAME, NAME, made by … -->` (the gravest rows of
requests), up to `<!-- end -->`.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from types import MappingProxyType

from dragoman_codegen import supportpages
from dragoman_codegen.diagnostics import Diagnostics
from dragoman_codegen.layout import slugs
from dragoman_codegen.proving import Package, load_case
from dragoman_codegen.proving.lost import Told, told_by
from dragoman_codegen.spec import load_provider
from dragoman_codegen.support import Features, features, supported
from dragoman_codegen.supportpages import Known

__all__ = ["PAGE", "Row", "pages", "rows"]

PAGE = Path("docs") / "losses.md"
_MARKED = re.compile(r"(<!-- (support|losses of ([\w, -]+)), made by `dragoman generate` -->\n).*?(<!-- end -->)", re.S)
UNITS = {
    ("request", "to_wire"): "A request to it",
    ("request", "to_hub"): "A request of its clients to another provider",
    ("response", "to_hub"): "Its answer",
    ("response", "to_wire"): "Another provider's answer to its clients",
    ("stream", "to_hub"): "Its stream",
    ("stream", "to_wire"): "Another provider's stream to its clients",
    ("embeddings_request", "to_wire"): "A request to it for embeddings",
    ("embeddings_response", "to_hub"): "Its embeddings",
    ("models_response", "to_hub"): "Its list of models",
    ("models_response", "to_wire"): "Another provider's list of models to its clients",
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


def pages(
    root: Path, proven: Mapping[str, Sequence[Told]] = MappingProxyType({}), made: Iterable[Known] = ()
) -> dict[Path, str]:
    """The files that hold something made here, as they should be.

    `proven`, `made`: what is at hand already, of any provider; else it is what is committed.
    """
    asked = features(root)
    at_hand = {one.provider.slug: one for one in made}
    known = [one for slug in slugs(root) if (one := at_hand.get(slug) or _known(root, slug, asked)) is not None]
    parts: list[str] = [INTRO]
    grave: dict[str, list[str]] = {}
    for one in known:
        slug = one.provider.slug
        parts.append(f"\n## {one.title}\n")
        told = proven[slug] if slug in proven else _committed(root, slug)
        for (unit, direction), heading in UNITS.items():
            found = rows(root, slug, unit, direction, told)
            if found:
                parts.append(f"\n### {heading}\n\n{_table(found)}")
            worst = [row for row in found if row.severity in ORDER[:2]]
            if unit == "request" and worst:
                grave.setdefault(slug, []).append(
                    f"**{one.title}: {heading[0].lower()}{heading[1:]}**\n\n{_table(worst)}"
                )
    found_pages = {PAGE: "".join(parts)}
    if asked:
        found_pages[supportpages.PAGE] = supportpages.page(asked, known)
    readme = root / "README.md"
    if readme.is_file():

        def filled(mark: re.Match[str]) -> str:
            if mark[3] is None:
                text = supportpages.brief(asked, known)
            else:
                text = "\n".join(table for slug in mark[3].split(", ") for table in grave.get(slug, ()))
            return f"{mark[1]}\n{text}\n{mark[4]}"

        found_pages[Path("README.md")] = _MARKED.sub(filled, readme.read_text(encoding="utf-8"))
    return found_pages


def _known(root: Path, slug: str, asked: Features) -> Known | None:
    provider, package = load_provider(root, slug, Diagnostics()), Package.committed(root, slug)
    if provider is None or package is None:
        return None
    return Known(provider, supported(provider, package, asked))
