"""All providers of a tree: compile them, prove their cases, and write or compare what comes of them.

`generate` and `check` are one path: both compile to memory and prove; the one writes, the other compares.
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING

from dragoman_codegen.checks import Exceptions, check_rules, load_exceptions
from dragoman_codegen.coverage import Table, check_coverage, cover
from dragoman_codegen.diagnostics import Diagnostics, Span, nearest, quote
from dragoman_codegen.emit.exhaustive import Asked, stray_rows, texts_asked
from dragoman_codegen.emit.provider import emit_facts, emit_init
from dragoman_codegen.emit.streams import emit_stream
from dragoman_codegen.emit.unit import emit_unit
from dragoman_codegen.parallel import both
from dragoman_codegen.sharing import Origins, Shared, share
from dragoman_codegen.spec import Provider, Unit, load_provider
from dragoman_codegen.writing import GENERATED, HEADER, formatted, hub_types, index, types, write

if TYPE_CHECKING:
    from dragoman_codegen.proving.lost import Told

__all__ = ["Compiled", "check", "check_and_cover", "compile_provider", "emit", "generate", "slugs"]

_CONSTANT_BY_TYPE = frozenset({"DG310", "DG311"})
_CONSTANT_BY_ITSELF = frozenset({"DG462", "DG466", "DG467"})
_MISSING = frozenset({"DG450", "DG481"})
_MISSPELT = frozenset({"DG307", "DG443", "DG480"})
Show = Callable[[str], None]
_MUCH = 50_000  # bytes of rules, of which it pays to do two providers at once


@dataclass
class Compiled:
    """The files of one provider's package, by their path below the tree's root."""

    provider: Provider
    files: dict[Path, str] = field(default_factory=dict)
    tables: list[Table] = field(default_factory=list)
    """What becomes of each leaf of the schemas."""
    proven: list[Told] | None = None
    """What is lost in the cases, when they have been run."""

    @property
    def texts(self) -> dict[str, str]:
        """The files' texts by the names of the modules."""
        return {path.stem: text for path, text in self.files.items()}


def slugs(root: Path) -> list[str]:
    return sorted(path.parent.name for path in (root / "specs" / "providers").glob("*/provider.yaml"))


def generate(root: Path, wanted: Iterable[str] = (), show: Show = lambda text: None) -> Diagnostics:
    """Compile and prove; write what was compiled if nothing is wrong."""
    diagnostics = Diagnostics()
    compiled = _compile(root, wanted, show, diagnostics)
    if not diagnostics.failed:
        _prove(root, compiled, show, diagnostics)
    if not diagnostics.failed:
        for path, text in _all_files(root, compiled).items():
            write(root, path, text)
        if not list(wanted):
            _sweep(root, compiled)
            for path, text in _pages(root, compiled, show).items():
                write(root, path, text)
    return diagnostics


def check(root: Path, wanted: Iterable[str] = (), show: Show = lambda text: None) -> Diagnostics:
    """Compile and prove; compare what was compiled with what is committed."""
    return check_and_cover(root, wanted, show)[0]


def check_and_cover(
    root: Path, wanted: Iterable[str] = (), show: Show = lambda text: None
) -> tuple[Diagnostics, dict[str, list[Table]]]:
    """The same, with the tables of what becomes of the leaves of the schemas, for each provider that is sound."""
    diagnostics = Diagnostics()
    compiled = _compile(root, wanted, show, diagnostics)
    if not diagnostics.failed:
        _prove(root, compiled, show, diagnostics)
    if not diagnostics.failed:
        files = _all_files(root, compiled)
        for path, text in {**files, **({} if list(wanted) else _pages(root, compiled, show))}.items():
            there = (root / path).read_text(encoding="utf-8") if (root / path).is_file() else None
            if there != text:
                state = "differs from what the specs say" if there is not None else "is missing"
                diagnostics.error("DG601", Span(path.as_posix(), 1, 1), f"this file {state}", "run: dragoman generate")
    return diagnostics, {found.provider.slug: found.tables for found in compiled}


def _compile(root: Path, wanted: Iterable[str], show: Show, diagnostics: Diagnostics) -> list[Compiled]:
    known = slugs(root)
    names = list(wanted) or known
    compiled = []
    told: dict[str, Diagnostics] = {}
    exceptions = load_exceptions(root, diagnostics)
    there = []
    for slug in dict.fromkeys(names):
        if slug not in known:
            near = nearest(slug, known)
            diagnostics.error(
                "DG602",
                Span("specs/providers", 1, 1),
                f"there is no provider {quote(slug)}",
                near and f"did you mean {quote(near)}?",
            )
            continue
        there.append(slug)
    show(f"compiling {', '.join(there)}")
    for slug, made in _shared_out(root, there, exceptions).items():
        told[slug] = made.told
        for n in made.met:
            exceptions.entries[n].met = True
        if made.compiled is not None:
            compiled.append(made.compiled)
    _tell(told, diagnostics)
    if not any(found.failed for found in told.values()):
        exceptions.stale(set(told), set(known) <= set(told), diagnostics)
    return compiled


@dataclass
class _Made:
    """What came of compiling a provider."""

    compiled: Compiled | None
    told: Diagnostics
    met: list[int]
    """Those of the exceptions that it has met, by their number."""


def _shared_out(root: Path, names: list[str], exceptions: Exceptions) -> dict[str, _Made]:
    """The largest provider, and the others beside it."""

    def size(slug: str) -> int:
        return sum(path.stat().st_size for path in (root / "specs" / "providers" / slug).glob("*.yaml"))

    def made(slug: str) -> _Made:
        found = Diagnostics()
        compiled = compile_provider(root, slug, found, exceptions)
        return _Made(compiled, found, [n for n, entry in enumerate(exceptions.entries) if entry.met])

    def several(slugs: list[str]) -> dict[str, _Made]:
        found = {slug: made(slug) for slug in slugs}
        for one in found.values():
            if one.compiled is not None:  # types are no data
                one.compiled.provider.forget_types()
        return found

    first, *rest = sorted(names, key=size, reverse=True) or [""]
    if not rest or size(first) + sum(map(size, rest)) < _MUCH:
        return {slug: made(slug) for slug in names}
    one, others = both(lambda: made(first), lambda: several(rest))
    return {slug: one if slug == first else others[slug] for slug in names}


def _tell(told: dict[str, Diagnostics], diagnostics: Diagnostics) -> None:
    """Findings in files that a provider takes over say for whom they hold, unless they hold for the parent too."""
    later = []
    for slug, found in told.items():
        diagnostics.sources.update(found.sources)
        for item in found:
            folder = item.span.path.removeprefix("specs/providers/").split("/")[0]
            if folder == slug or folder not in told or item.code < "DG42":
                diagnostics.add(item)
            else:
                later.append((slug, item))
    own = set(diagnostics)
    for slug, item in later:
        if item not in own:
            diagnostics.add(
                replace(item, message=f"{item.message} (for {slug}, which extends this provider: mend it there)")
            )


def compile_provider(
    root: Path, slug: str, diagnostics: Diagnostics, exceptions: Exceptions | None = None
) -> Compiled | None:
    """One provider, formatted. None when its files cannot be read."""
    found = Diagnostics()
    try:
        return _compiled(root, slug, found, exceptions or Exceptions())
    finally:
        diagnostics.extend(found)


def _compiled(root: Path, slug: str, diagnostics: Diagnostics, exceptions: Exceptions) -> Compiled | None:
    provider = load_provider(root, slug, diagnostics)
    if provider is None or diagnostics.failed:
        return None
    compiled = Compiled(provider)
    modules = emit(provider, diagnostics, compiled.tables)
    check_rules(provider, diagnostics, exceptions)
    diagnostics.without_echoes(_CONSTANT_BY_TYPE, _CONSTANT_BY_ITSELF)
    diagnostics.without_consequences(_MISSING, _MISSPELT)
    if not diagnostics.failed:
        check_coverage(provider, compiled.tables, diagnostics)
    if diagnostics.failed:
        return None
    header = HEADER.format(f"specs/providers/{slug}/", "spec")
    texts = {name: header + text for name, text in modules.items()}
    for name, text in texts.items():
        if (line := _no_python(text)) is not None:
            place = Span(provider.files.get(name, provider.node).span.path, 1, 1)
            message = f"a fault of the compiler: what it makes of this file is no Python, from its line {line} on"
            diagnostics.error("DG509", place, message, "please report it, with this file")
    if diagnostics.failed:
        return None
    texts = formatted(texts)
    roots = sorted({unit.wire for unit in provider.units.values() if unit.wire})
    if roots and provider.wire_schema:
        texts["wire"] = header + types(provider.wire_schema, roots)
    for name, text in texts.items():
        compiled.files[GENERATED / provider.module / f"{name}.py"] = text
    return compiled


@dataclass
class _Emitted:
    """What came of a unit."""

    text: str
    asked: Asked
    tables: list[Table]
    found: Diagnostics


def emit(provider: Provider, diagnostics: Diagnostics, tables: list[Table] | None = None) -> dict[str, str]:
    """The modules of a provider's package by their names, without header and not yet formatted.

    `tables`: takes what becomes of the leaves of the schemas.
    """
    modules = {"__init__": emit_init(provider)}
    if provider.facts:
        modules["facts"] = emit_facts(provider)

    def made(names: Iterable[str]) -> dict[str, _Emitted]:
        return {name: _unit(provider, provider.units[name]) for name in names}

    names = [name for name, unit in provider.units.items() if unit.streams or unit.sides]
    size = {name: len(diagnostics.sources.get(provider.units[name].path, "")) for name in names}
    first = max(names, key=lambda name: size[name], default="")
    if sum(size.values()) < _MUCH:
        emitted = made(names)
    else:
        one, others = both(lambda: made([first]), lambda: made([name for name in names if name != first]))
        emitted = one | others
    for name in names:
        diagnostics.extend(emitted[name].found)
    if not diagnostics.failed:
        stray_rows(provider, [emitted[name].asked for name in names], diagnostics)
    if tables is not None:
        tables += [table for name in names for table in emitted[name].tables]
    return modules | {name: emitted[name].text for name in names}


def _unit(provider: Provider, unit: Unit) -> _Emitted:
    found = Diagnostics()
    module = (emit_stream if unit.streams else emit_unit)(provider, unit, found)
    tables = cover(unit.name, module.recorder) if not found.failed else []
    return _Emitted(module.body(), texts_asked(module), tables, found)


def _no_python(text: str) -> int | None:
    try:
        ast.parse(text)
    except SyntaxError as fault:
        return fault.lineno or 1
    return None


def _all_files(root: Path, compiled: list[Compiled]) -> dict[Path, str]:
    files = {GENERATED / name: text for name, text in _without_doubles(root, compiled).items()}
    files[GENERATED / "__init__.py"] = index(slugs(root))
    files[GENERATED / "hub.py"] = hub_types(root)
    files[GENERATED / "py.typed"] = ""
    return files


def _without_doubles(root: Path, compiled: list[Compiled]) -> dict[str, str]:
    """All modules, those of deltas without what they have in common with their parents."""
    known = {found.provider.slug: found for found in compiled}
    origins: dict[str, Origins] = {}
    plain: dict[str, str] = {}
    shared: dict[str, str] = {}

    def visit(slug: str) -> Compiled | None:
        found = known.get(slug) or compile_provider(root, slug, Diagnostics())  # a parent that was not asked for
        if found is None or slug in origins:
            return found
        known[slug] = found
        extends = found.provider.node.members.get("extends")
        parent = visit(str(extends.scalar)) if extends is not None else None
        if parent is None:
            made = Shared(found.texts)
        else:
            package = f"dragoman_providers.{parent.provider.module}"
            made = share(found.texts, parent.texts, package, origins[parent.provider.slug])
        origins[slug] = made.origins
        (plain if parent is None else shared).update(
            {f"{found.provider.module}/{name}": text for name, text in made.texts.items()}
        )
        return found

    for one in compiled:
        visit(one.provider.slug)
    wanted = {one.provider.module for one in compiled}
    texts = plain | (formatted(shared) if shared else {})
    return {f"{name}.py": text for name, text in texts.items() if name.partition("/")[0] in wanted}


def _sweep(root: Path, compiled: list[Compiled]) -> None:
    """Take away what no spec makes any more."""
    wanted = {root / path for path in _all_files(root, compiled)}
    for path in (root / GENERATED).rglob("*.py"):
        if path not in wanted:
            path.unlink()


def _pages(root: Path, compiled: list[Compiled], show: Show) -> dict[Path, str]:
    """What is lost where, told by the code that was proven: pages of the tree, if it has such."""
    from dragoman_codegen import docs

    if not (root / docs.PAGE).is_file():
        return {}
    show("writing down what is lost")
    return docs.pages(root, {found.provider.slug: found.proven for found in compiled if found.proven is not None})


def _prove(root: Path, compiled: list[Compiled], show: Show, diagnostics: Diagnostics) -> None:
    try:
        from dragoman_codegen.prove import prove
    except ImportError:
        return
    for found in compiled:
        show(f"proving {found.provider.slug}")
        found.proven = prove(root, found, diagnostics)
