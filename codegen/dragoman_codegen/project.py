"""All providers of a tree: compile them, prove their cases, and write or compare what comes of them.

`generate` and `check` are one path: both compile to memory and prove; the one writes, the other compares.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from dragoman_codegen.checks import load_exceptions
from dragoman_codegen.compiling import Compiled, compile_provider, compile_providers, emit
from dragoman_codegen.coverage import Table
from dragoman_codegen.diagnostics import Diagnostics, Span, nearest, quote
from dragoman_codegen.layout import generated, home, is_project, slugs
from dragoman_codegen.parallel import each
from dragoman_codegen.sharing import Origins, Shared, share
from dragoman_codegen.writing import formatted, hub_types, index, write

if TYPE_CHECKING:
    from dragoman_codegen.proving.lost import Told

__all__ = ["Compiled", "check", "check_and_cover", "compile_provider", "emit", "generate"]

Show = Callable[[str], None]


def generate(root: Path, wanted: Iterable[str] = (), show: Show = lambda text: None) -> Diagnostics:
    """Compile and prove; write what was compiled if nothing is wrong."""
    diagnostics = Diagnostics()
    compiled = _compile(root, wanted, show, diagnostics)
    if not diagnostics.failed:
        _prove(root, compiled, show, diagnostics)
    if not diagnostics.failed:
        files = _all_files(root, compiled)
        for path, text in files.items():
            write(root, path, text)
        if not list(wanted):
            _sweep(root, files)
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
        stale: dict[Path, str] = {}
        for path, text in {**files, **({} if list(wanted) else _pages(root, compiled, show))}.items():
            there = (root / path).read_text(encoding="utf-8") if (root / path).is_file() else None
            if there is None and not (root / path.parent).is_dir():
                stale[path.parent] = "this folder is missing"  # a provider that was never generated
            elif there != text:
                stale[path] = (
                    "this file differs from what the specs say" if there is not None else "this file is missing"
                )
        for path, state in stale.items():
            diagnostics.error("DG601", Span(path.as_posix(), 1, 1), state, "run: dragoman generate")
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
        if is_project(root) and slug in slugs(home()):
            place = Span(f"specs/providers/{slug}/provider.yaml", 1, 1)
            message = f"dragoman comes with a provider {quote(slug)}: this one needs a name of its own"
            diagnostics.error("DG427", place, message)
            continue
        there.append(slug)
    show(f"compiling {', '.join(there)}")
    every = compile_providers(root, there, exceptions)
    for slug in there:
        made = every[slug]
        told[slug] = made.told
        for n in made.met:
            exceptions.entries[n].met = True
        if made.compiled is not None:
            compiled.append(made.compiled)
    _tell(told, diagnostics)
    if not any(found.failed for found in told.values()):
        exceptions.stale(set(told), set(known) <= set(told), diagnostics)
    return compiled


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


def _all_files(root: Path, compiled: list[Compiled]) -> dict[Path, str]:
    package = generated(root)
    files = {package.folder / name: text for name, text in _without_doubles(root, compiled).items()}
    files[package.folder / "__init__.py"] = index(package.name, slugs(root))
    files[package.folder / "py.typed"] = ""
    if not is_project(root):
        files[package.folder / "hub.py"] = hub_types(root)
    return files


def _without_doubles(root: Path, compiled: list[Compiled]) -> dict[str, str]:
    """All modules, those of deltas without what they have in common with their parents."""
    origins: dict[str, Origins] = {}
    plain: dict[str, str] = {}
    shared: dict[str, str] = {}

    def visit(found: Compiled) -> None:
        if found.provider.slug in origins:
            return
        if found.parent is None:
            made = Shared(found.texts)
        else:
            visit(found.parent)
            provider, parent = found.provider, found.parent.provider
            package = f"{parent.package}.{parent.module}"
            before = origins[parent.slug]
            made = share(found.texts, found.parent.texts, package, before, provider.slug, provider.origin)
        origins[found.provider.slug] = made.origins
        (plain if found.parent is None else shared).update(
            {f"{found.provider.module}/{name}": text for name, text in made.texts.items()}
        )

    for one in compiled:
        visit(one)
    wanted = {one.provider.module for one in compiled}
    texts = plain | (formatted(shared, [generated(root).name]) if shared else {})
    return {f"{name}.py": text for name, text in texts.items() if name.partition("/")[0] in wanted}


def _sweep(root: Path, wanted: Iterable[Path]) -> None:
    """Take away what no spec makes any more."""
    kept = {root / path for path in wanted}
    for path in (root / generated(root).folder).rglob("*.py"):
        if path not in kept:
            path.unlink()


def _pages(root: Path, compiled: list[Compiled], show: Show) -> dict[Path, str]:
    """What is lost where, told by the code that was proven: pages of the tree, if it has such."""
    from dragoman_codegen import docs, supportpages
    from dragoman_codegen.proving import Package

    if not (root / docs.PAGE).is_file():
        return {}
    show("writing down what is lost and what is supported")
    made = []
    for one in compiled:
        texts = {path.as_posix(): text for path, text in one.files.items()}
        made.append(supportpages.Known(one.provider, Package.load(one.provider.slug, texts)))
    return docs.pages(root, {one.provider.slug: one.proven for one in compiled if one.proven is not None}, made)


def _prove(root: Path, compiled: list[Compiled], show: Show, diagnostics: Diagnostics) -> None:
    try:
        from dragoman_codegen.prove import prove
    except ImportError:
        return
    show(f"proving {', '.join(found.provider.slug for found in compiled)}")

    def proven(found: Compiled) -> tuple[Diagnostics, list[Told] | None]:
        said = Diagnostics()
        said.sources.update(diagnostics.sources)
        told = prove(root, found, said)
        for name in diagnostics.sources:
            said.sources.pop(name, None)
        return said, told

    longest = sorted(compiled, key=lambda found: -len(found.provider.cases))
    results = {one.provider.slug: made for one, made in zip(longest, each(proven, longest), strict=True)}
    for found in compiled:
        said, found.proven = results[found.provider.slug]
        diagnostics.sources.update(said.sources)
        failed = diagnostics.failed
        for item in said:
            if item.severity == "error" or not failed:  # rules without a case are told where all cases hold
                diagnostics.add(item)
