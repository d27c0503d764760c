"""Proving a provider: its cases run against the code that was just emitted, before anything is written.

Codes: DG501 something else comes out, DG502 other losses, DG503 refused or malformed, or not, against expectation,
DG504 an accident in generated code, DG505 the way back, DG506 bytes of a stream, DG507 the given body was changed,
DG508 the case cannot be run, DG509 the generated modules cannot be loaded, DG510 a rule that no case reaches.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from dragoman.dialect import HUB
from dragoman_codegen.diagnostics import Diagnostics, Span
from dragoman_codegen.layout import packages, specs
from dragoman_codegen.parallel import each
from dragoman_codegen.proving import Case, Fault, Package, Tracer, load_case, run_case, unreached
from dragoman_codegen.proving.lost import Told, told_by
from dragoman_codegen.source import load

if TYPE_CHECKING:
    from dragoman_codegen.project import Compiled

_MANY = 100

__all__ = ["Proven", "hub_terminator", "prove", "report"]


@dataclass
class Proven:
    package: Package
    """The modules as they were run."""
    lost: list[Told]
    """What is lost in the cases."""


def prove(root: Path, compiled: Compiled, diagnostics: Diagnostics) -> Proven | None:
    """Run all cases of a provider, and report what they find and which rules they leave out."""
    provider = compiled.provider
    texts = {path.as_posix(): text for path, text in compiled.files.items()}
    try:
        package = Package.load(provider.slug, texts, homes=packages(root))
    except Exception as accident:  # a fault of the compiler, told with the place in what it wrote
        line = getattr(accident, "lineno", None)
        file = getattr(accident, "filename", None) or next(iter(texts), "")
        said = f"{type(accident).__name__}: {accident}"
        diagnostics.error("DG509", Span(file, line or 1, 1), f"the generated code cannot be loaded: {said}")
        return None
    terminator = hub_terminator(root)

    def some(paths: Sequence[Path]) -> _Run:
        return _run(paths, root, package, terminator, texts)

    paths = provider.cases
    runs = each(some, [paths[::2], paths[1::2]] if len(paths) >= _MANY else [paths])
    lines: dict[str, set[int]] = {name: set() for name in texts}
    for run in runs:
        diagnostics.extend(run.found)
        for name, ran in run.lines.items():
            lines[name] |= ran
    if paths and "extends" not in provider.node.members and not diagnostics.failed:
        folder = provider.folder.relative_to(root)
        told: set[str] = set().union(*(run.told for run in runs))
        missing = unreached(texts, lines, package.modules.values(), told, folder.as_posix())
        _report_unreached(folder, missing, diagnostics)
    return Proven(package, [one for run in runs for one in run.lost])


@dataclass
class _Run:
    """What came of some of the cases."""

    found: Diagnostics
    lines: dict[str, set[int]]
    told: set[str]
    lost: list[Told]


def _run(paths: Sequence[Path], root: Path, package: Package, terminator: str | None, texts: Mapping[str, str]) -> _Run:
    tracer = Tracer(texts)
    run = _Run(Diagnostics(), tracer.lines, set(), [])
    for path in paths:
        case = load_case(path, root, run.found)
        if case is None:
            continue
        faults = run_case(case, package, terminator, tracer, run.told)
        for fault in faults:
            report(case, fault, run.found)
        if not faults:
            run.lost += told_by(case, package)
    return run


def report(case: Case, fault: Fault, diagnostics: Diagnostics) -> None:
    """A fault as a finding, at its place in the case."""
    diagnostics.error(fault.code, case.span(fault.key, fault.path), fault.message, fault.help)


def hub_terminator(root: Path) -> str | None:
    """What ends the hub's streams, as its own spec says."""
    node = load(specs(root, "providers", HUB, "provider.yaml"), Diagnostics(), root=root)
    endpoint = node.members.get("endpoint") if node is not None else None
    found = endpoint.members.get("terminator") if endpoint is not None else None
    return str(found.scalar) if found is not None and found.scalar is not None else None


def _report_unreached(folder: Path, missing: set[tuple[str, int]], diagnostics: Diagnostics) -> None:
    for name, line in sorted(missing):
        path = (folder / name).as_posix()
        source = diagnostics.sources.get(path)
        if source is None:
            continue
        text = source.splitlines()[line - 1]
        indent = len(text) - len(text.lstrip(" -"))
        diagnostics.warning(
            "DG510", Span(path, line, indent + 1, max(1, len(text.rstrip()) - indent)), "no case reaches this rule"
        )
