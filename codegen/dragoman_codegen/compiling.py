"""Providers from their folders to the texts of their modules, all at once.

They go through each step together: read, emitted, checked, formatted. The units of all are shared out between the
cores of the machine, and what a delta does not touch is taken over from its parent.
"""

from __future__ import annotations

import ast
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING

from dragoman_codegen.checks import Exceptions, check_rules
from dragoman_codegen.consequences import without_followers, without_what_is_unread
from dragoman_codegen.coverage import Table, check_coverage, cover
from dragoman_codegen.diagnostics import Diagnostic, Diagnostics, Span
from dragoman_codegen.emit.exhaustive import Asked, stray_rows, texts_asked
from dragoman_codegen.emit.provider import emit_facts, emit_init
from dragoman_codegen.emit.streams import emit_stream
from dragoman_codegen.emit.unit import emit_unit
from dragoman_codegen.layout import generated
from dragoman_codegen.library import Library
from dragoman_codegen.parallel import each
from dragoman_codegen.spec import Provider, Unit, load_provider
from dragoman_codegen.taking_over import in_child, same_unit
from dragoman_codegen.writing import HEADER, formatted, types

if TYPE_CHECKING:
    from dragoman_codegen.proving.lost import Told
    from dragoman_codegen.support import Support

__all__ = ["Compiled", "Made", "compile_provider", "compile_providers", "emit"]

_CONSTANT_BY_TYPE = frozenset({"DG310", "DG311"})
_CONSTANT_BY_ITSELF = frozenset({"DG462", "DG466", "DG467"})
_MISSING = frozenset({"DG450", "DG452", "DG481"})
_MISSPELT = frozenset({"DG307", "DG443", "DG451", "DG480"})
_MUCH = 50_000  # bytes of rules, of which it pays to do several units at once


@dataclass
class Compiled:
    """The files of one provider's package, by their path below the tree's root."""

    provider: Provider
    parent: Compiled | None = None
    """What it extends, if that is sound."""
    files: dict[Path, str] = field(default_factory=dict)
    tables: list[Table] = field(default_factory=list)
    """What becomes of each leaf of the schemas."""
    proven: list[Told] | None = None
    """What is lost in the cases, when they have been run."""
    supports: Support | None = None
    """What is supported, when that has been asked."""

    @property
    def texts(self) -> dict[str, str]:
        """The files' texts by the names of the modules."""
        return {path.stem: text for path, text in self.files.items()}


@dataclass
class Emitted:
    """What came of a unit."""

    text: str
    asked: Asked
    tables: list[Table]
    found: Diagnostics
    no_python: int | None = None
    """A line from which on the text is none: a fault of the compiler."""


@dataclass(eq=False)
class Made:
    """What came of a provider."""

    told: Diagnostics
    provider: Provider | None = None
    """If its files can be read."""
    parent: Made | None = None
    units: dict[str, Emitted] = field(default_factory=dict)
    taken: list[str] = field(default_factory=list)
    """The units that are the parent's."""
    met: list[int] = field(default_factory=list)
    """Those of the exceptions that it has met, by their number."""
    compiled: Compiled | None = None
    """If nothing is wrong with it."""


def compile_provider(
    root: Path, slug: str, diagnostics: Diagnostics, exceptions: Exceptions | None = None
) -> Compiled | None:
    """One provider, formatted. None when its files cannot be read."""
    made = compile_providers(root, [slug], exceptions or Exceptions())[slug]
    diagnostics.extend(made.told)
    return made.compiled


def compile_providers(root: Path, slugs: Iterable[str], exceptions: Exceptions) -> dict[str, Made]:
    """These providers, and those that they extend."""
    made: dict[str, Made] = {}
    library = Library()
    for slug in slugs:
        _read(root, slug, made, library)
    sound = [one for one in made.values() if one.provider is not None]
    _emit_all(sound)
    _check_all(sound, exceptions)
    _format_all(root, [one for one in sound if not one.told.failed])
    return made


def _read(root: Path, slug: str, made: dict[str, Made], library: Library) -> Made:
    """A provider, behind the one that it extends."""
    if slug in made:
        return made[slug]
    one = Made(Diagnostics())
    provider = load_provider(root, slug, one.told, library)
    without_what_is_unread(one.told)
    if provider is not None and not one.told.failed:
        one.provider = provider
        extends = provider.node.members.get("extends")
        one.parent = _read(root, str(extends.scalar), made, library) if extends is not None else None
        if one.parent is not None and one.parent.provider is not None:
            provider.origin = one.parent.provider.origin
    made[slug] = one
    return one


# ---------------------------------------------------------------------- code
def emit(provider: Provider, diagnostics: Diagnostics, tables: list[Table] | None = None) -> dict[str, str]:
    """The modules of a provider's package by their names, without header and not yet formatted.

    `tables`: takes what becomes of the leaves of the schemas.
    """
    one = Made(diagnostics, provider)
    _emit_all([one])
    _tell(one)
    if tables is not None:
        tables += [table for unit in one.units.values() for table in unit.tables]
    return _modules(one)


def _emit_all(providers: list[Made]) -> None:
    """The units of all; parents stand before those that extend them."""
    todo = []
    for one in providers:
        for name in _units(one):
            if one.parent is not None and _can_take(one, one.parent, name):
                one.taken.append(name)
            else:
                todo.append((one, name))
    _emit_some(todo)
    again = []
    for one in providers:
        for name in list(one.taken):
            assert one.parent is not None
            theirs = one.parent.units.get(name)
            if theirs is None or len(theirs.found):  # what is wrong is told by each
                one.taken.remove(name)
                again.append((one, name))
            else:
                text = in_child(theirs.text, _provider(one), _provider(one.parent))
                one.units[name] = replace(theirs, text=text)
    _emit_some(again)


def _units(one: Made) -> list[str]:
    units = one.provider.units if one.provider is not None else {}
    return [name for name, unit in units.items() if unit.streams or unit.sides]


def _can_take(one: Made, parent: Made, name: str) -> bool:
    return one.provider is not None and parent.provider is not None and same_unit(one.provider, parent.provider, name)


def _emit_some(todo: list[tuple[Made, str]]) -> None:
    def size(job: tuple[Made, str]) -> int:
        one, name = job
        return len(one.told.sources.get(_provider(one).units[name].path, ""))

    def made(job: tuple[Made, str]) -> Emitted:
        one, name = job
        return _unit(_provider(one), _provider(one).units[name])

    todo = sorted(todo, key=size, reverse=True)
    for (one, name), found in zip(todo, each(made, todo, alone=sum(map(size, todo)) < _MUCH), strict=True):
        one.units[name] = found


def _provider(one: Made) -> Provider:
    assert one.provider is not None
    return one.provider


def _unit(provider: Provider, unit: Unit) -> Emitted:
    found = Diagnostics()
    module = (emit_stream if unit.streams else emit_unit)(provider, unit, found)
    tables = cover(unit.name, module.recorder) if not found.failed else []
    text = module.body()
    return Emitted(text, texts_asked(module), tables, found, None if found.failed else _no_python(text))


def _no_python(text: str) -> int | None:
    try:
        ast.parse(text)
    except SyntaxError as fault:
        return fault.lineno or 1
    return None


def _modules(one: Made) -> dict[str, str]:
    provider = _provider(one)
    facts = {"facts": emit_facts(provider)} if provider.facts else {}
    units = {name: one.units[name].text for name in _units(one)}
    return {"__init__": emit_init(provider)} | facts | units


# ---------------------------------------------------------------------- findings
def _check_all(providers: list[Made], exceptions: Exceptions) -> None:
    def checked(one: Made) -> tuple[list[Diagnostic], list[int]]:
        _check(one, exceptions)
        return list(one.told), [n for n, entry in enumerate(exceptions.entries) if entry.met]

    size = sum(len(text) for one in providers for text in one.told.sources.values())
    for one, (found, met) in zip(providers, each(checked, providers, alone=size < _MUCH), strict=True):
        sources = one.told.sources
        one.told, one.met = Diagnostics(), met
        one.told.sources = sources
        for item in found:
            one.told.add(item)


def _check(one: Made, exceptions: Exceptions) -> None:
    provider = _provider(one)
    _tell(one)
    check_rules(provider, one.told, exceptions)
    one.told.without_echoes(_CONSTANT_BY_TYPE, _CONSTANT_BY_ITSELF)
    one.told.without_consequences(_MISSING, _MISSPELT)
    without_followers(provider, one.told)
    if not one.told.failed:
        check_coverage(provider, _tables(one), one.told)
    if one.told.failed:
        return
    for name in _units(one):
        line = one.units[name].no_python
        if line is not None:
            place = Span(provider.files.get(name, provider.node).span.path, 1, 1)
            message = f"a fault of the compiler: what it makes of this file is no Python, from its line {line} on"
            one.told.error("DG509", place, message, "please report it, with this file")


def _tell(one: Made) -> None:
    """What was found when the units were emitted."""
    for name in _units(one):
        one.told.extend(one.units[name].found)
    if not one.told.failed:
        stray_rows(_provider(one), [one.units[name].asked for name in _units(one)], one.told)


def _tables(one: Made) -> list[Table]:
    return [table for name in _units(one) for table in one.units[name].tables]


# ---------------------------------------------------------------------- texts
def _format_all(root: Path, providers: list[Made]) -> None:
    """In one run of the formatter; what was taken over as it is has been through it already."""
    texts = {}
    for one in providers:
        for name, text in _modules(one).items():
            if not (name in one.taken and one.parent in providers):
                texts[f"{_provider(one).module}/{name}"] = _header(one) + text
    texts = formatted(texts, {_provider(one).package for one in providers}) if texts else {}
    for one in providers:
        provider = _provider(one)
        one.compiled = Compiled(provider, one.parent.compiled if one.parent is not None else None)
        one.compiled.tables = _tables(one)
        found = {name: texts.get(f"{provider.module}/{name}") or _as_parents(one, name) for name in _modules(one)}
        roots = sorted({unit.wire for unit in provider.units.values() if unit.wire})
        if roots and provider.wire_schema:
            found["wire"] = _header(one) + types(provider.wire_schema, roots)
        folder = generated(root, provider.slug).folder / provider.module
        one.compiled.files = {folder / f"{name}.py": text for name, text in found.items()}


def _header(one: Made) -> str:
    return HEADER.format(f"specs/providers/{_provider(one).slug}/", "spec")


def _as_parents(one: Made, name: str) -> str:
    assert one.parent is not None and one.parent.compiled is not None
    text = one.parent.compiled.texts[name].removeprefix(_header(one.parent))
    return _header(one) + in_child(text, _provider(one), _provider(one.parent))
