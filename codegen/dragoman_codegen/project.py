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
from dragoman_codegen.sharing import Shared, share
from dragoman_codegen.writing import formatted, hub_types, index, write

if TYPE_CHECKING:
    from dragoman_codegen.proving.lost import Told
    from dragoman_codegen.support import Support

__all__ = ["Compiled", "check", "check_and_cover", "compile_provider", "emit", "generate"]

_FEW = 6  # providers, of which it does not pay to share the work out
Show = Callable[[str], None]


def generate(root: Path, wanted: Iterable[str] = (), show: Show = lambda text: None) -> Diagnostics:
    """Compile and prove; write what was compiled if nothing is wrong."""
    diagnostics = Diagnostics()
    compiled = _compile(root, wanted, show, diagnostics)
    if not diagnostics.failed:
        _prove(root, compiled, show, diagnostics, paged=not list(wanted))
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
        _prove(root, compiled, show, diagnostics, paged=not list(wanted))
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
    known: dict[str, Shared] = {}

    def made(one: Compiled) -> Shared:
        provider, slug = one.provider, one.provider.slug
        if slug not in known and one.parent is None:
            known[slug] = Shared(one.texts)
        elif slug not in known and one.parent is not None:
            parent, above = one.parent.provider, made(one.parent).origins
            package = f"{parent.package}.{parent.module}"
            known[slug] = share(one.texts, one.parent.texts, package, above, slug, provider.origin)
        return known[slug]

    plain: dict[str, str] = {}
    shared: dict[str, str] = {}
    for one, found in zip(compiled, each(made, compiled, alone=len(compiled) < _FEW), strict=True):
        texts = {f"{one.provider.module}/{name}": text for name, text in found.texts.items()}
        (plain if one.parent is None else shared).update(texts)
    texts = plain | (formatted(shared, [generated(root).name]) if shared else {})
    return {f"{name}.py": text for name, text in texts.items()}


def _sweep(root: Path, wanted: Iterable[Path]) -> None:
    """Take away what no spec makes any more."""
    kept = {root / path for path in wanted}
    for path in (root / generated(root).folder).rglob("*.py"):
        if path not in kept:
            path.unlink()


def _pages(root: Path, compiled: list[Compiled], show: Show) -> dict[Path, str]:
    """What is lost where, told by the code that was proven: pages of the tree, if it has such."""
    from dragoman_codegen import docs, supportpages

    if not (root / docs.PAGE).is_file():
        return {}
    show("writing down what is lost and what is supported")
    made = [supportpages.Known(one.provider, one.supports) for one in compiled if one.supports is not None]
    return docs.pages(root, {one.provider.slug: one.proven for one in compiled if one.proven is not None}, made)


def _prove(root: Path, compiled: list[Compiled], show: Show, diagnostics: Diagnostics, *, paged: bool) -> None:
    """`paged`: what is supported is asked too, for the pages."""
    try:
        from dragoman_codegen import support
        from dragoman_codegen.prove import prove
    except ImportError:
        return
    show(f"proving {', '.join(found.provider.slug for found in compiled)}")
    asked = support.features(root) if paged else {}

    def proven(found: Compiled) -> tuple[Diagnostics, list[Told] | None, Support | None]:
        said = Diagnostics()
        said.sources.update(diagnostics.sources)
        made = prove(root, found, said)
        for name in diagnostics.sources:
            said.sources.pop(name, None)
        if made is None:
            return said, None, None
        return said, made.lost, support.supported(found.provider, made.package, asked) if paged else None

    longest = sorted(compiled, key=lambda found: -len(found.provider.cases))
    results = {one.provider.slug: made for one, made in zip(longest, each(proven, longest), strict=True)}
    for found in compiled:
        said, found.proven, found.supports = results[found.provider.slug]
        diagnostics.sources.update(said.sources)
        failed = diagnostics.failed
        for item in said:
            if item.severity == "error" or not failed:  # rules without a case are told where all cases hold
                diagnostics.add(item)
