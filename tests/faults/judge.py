"""What the compiler says about a fault: `dragoman check` on a copy of the specs, without the cases.

To be fast, code is made only of the units and directions that the fault can touch, those that it most probably shows
itself in first; nothing is formatted, and nothing is compared with what is committed.
"""

from __future__ import annotations

import shutil
import tempfile
import traceback
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, ClassVar

from dragoman_codegen import compiling, project
from dragoman_codegen.diagnostics import Diagnostic, Diagnostics, render

from .specs import ROOT, SLUGS, Fault, files

__all__ = ["OUTCOMES", "Judge", "Verdict"]

OUTCOMES = ("at the line", "elsewhere", "silent", "crash")
_NOTHING: dict[tuple[Any, str], Callable[..., Any]] = {
    (compiling, "formatted"): lambda texts, *given: texts,
    (compiling, "types"): lambda *given: "",
    (compiling, "cover"): lambda *given: [],  # of whole units
    (project, "_prove"): lambda *given, **more: None,
    (project, "_all_files"): lambda *given, **more: {},
}


@dataclass(frozen=True)
class Verdict:
    outcome: str
    codes: tuple[str, ...] = ()
    text: str = ""
    besides: int = 0  # errors elsewhere, beside the one at the line


class _NotMade:
    """A unit that the fault does not touch."""

    asked: ClassVar[dict[tuple[str, str], list[Any]]] = {}
    recorder = None

    def body(self) -> str:
        return ""


@dataclass
class Judge:
    """Works on a copy of the specs in a folder of its own."""

    root: Path = field(default_factory=lambda: Path(tempfile.mkdtemp(prefix="dragoman-faults-")))
    known: set[tuple[str, str, str]] = field(default_factory=set)
    wanted: frozenset[tuple[str, str]] | None = None
    replaced: dict[tuple[Any, str], Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        specs = self.root / "specs"
        specs.mkdir(parents=True)
        for path in (ROOT / "specs").iterdir():
            if path.name not in ("providers", "hub"):
                (specs / path.name).symlink_to(path)
        (specs / "hub").mkdir()
        for path in (ROOT / "specs" / "hub").iterdir():
            (specs / "hub" / path.name).symlink_to(path)
        (specs / "providers").mkdir()
        for path in (ROOT / "specs" / "providers").iterdir():  # parents, and those that something is taken from
            if path.name not in SLUGS:
                (specs / "providers" / path.name).symlink_to(path)
        for slug in SLUGS:
            folder = specs / "providers" / slug
            folder.mkdir()
            (folder / "schema").symlink_to(ROOT / "specs" / "providers" / slug / "schema")
        for spec in files():
            (self.root / spec.path).unlink(missing_ok=True)
            (self.root / spec.path).write_text(spec.text, encoding="utf-8")
        makers = {
            (compiling, name): self._only_wanted(getattr(compiling, name)) for name in ("emit_unit", "emit_stream")
        }
        for place, stand_in in (_NOTHING | makers).items():
            self.replaced[place] = getattr(*place)
            setattr(*place, stand_in)
        # What is said about the specs as they are is not the fault's.
        for slug in SLUGS:
            self.known |= {_key(one) for one in project.check(self.root, [slug])}

    def close(self) -> None:
        for place, own in self.replaced.items():
            setattr(*place, own)
        shutil.rmtree(self.root, ignore_errors=True)

    def _only_wanted(self, make: Callable[..., Any]) -> Callable[..., Any]:
        def made(provider: Any, unit: Any, diagnostics: Diagnostics) -> Any:
            if self.wanted is None:
                return make(provider, unit, diagnostics)
            kept = {side for name, side in self.wanted if name == unit.name}
            part = replace(
                unit,
                sides={name: side for name, side in unit.sides.items() if name in kept},
                streams={name: side for name, side in unit.streams.items() if name in kept},
            )
            return make(provider, part, diagnostics) if part.sides or part.streams else _NotMade()

        return made

    def __call__(self, fault: Fault) -> Verdict:
        path = self.root / fault.path
        before = path.read_text(encoding="utf-8")
        path.write_text(fault.text, encoding="utf-8")
        found = Diagnostics()
        try:
            for self.wanted in (frozenset(), *(frozenset({one}) for one in fault.touched)):
                found.extend(project.check(self.root, [fault.slug]))
                if self._errors(fault, found, here=True):
                    break
        except Exception:
            return Verdict("crash", (), traceback.format_exc(limit=-6))
        finally:
            path.write_text(before, encoding="utf-8")
            self.wanted = None
        here = self._errors(fault, found, here=True)
        errors = self._errors(fault, found, here=False)
        outcome = OUTCOMES[0 if here else 1 if errors else 2]
        shown = Diagnostics()
        shown.sources = found.sources
        for one in (here + errors)[:4]:
            shown.add(one)
        codes = tuple(sorted({one.code for one in (here or errors)}))
        return Verdict(outcome, codes, render(shown), len(errors))

    def _errors(self, fault: Fault, found: Diagnostics, *, here: bool) -> list[Diagnostic]:
        """The errors at the fault's lines, or all others."""
        new = [one for one in found if one.severity == "error" and _key(one) not in self.known]
        return [one for one in new if here == (one.span.path == fault.path and one.span.line in fault.lines)]


def _key(one: Diagnostic) -> tuple[str, str, str]:
    """Without its line, which other edits of the file move."""
    return (one.code, one.span.path, one.message)
