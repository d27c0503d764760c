"""All providers of a tree: compile them, prove their cases, and write or compare what comes of them.

`generate` and `check` are one path: both compile to memory and prove; the one writes, the other compares.
"""

from __future__ import annotations

import ast
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from dragoman_codegen.diagnostics import Diagnostics, Span, nearest, quote
from dragoman_codegen.emit.provider import emit_facts, emit_init
from dragoman_codegen.emit.streams import emit_stream
from dragoman_codegen.emit.unit import emit_unit
from dragoman_codegen.spec import Provider, hub_schema, load_provider
from dragoman_codegen.typeddicts import typeddicts

__all__ = ["Compiled", "check", "compile_provider", "emit", "generate", "slugs"]

GENERATED = Path("generated") / "dragoman_providers"
# What the project's own settings ask for and a program writes more easily the long way round.
_FIXES = "I,F401,RET505,RET506,RUF023,E713,SIM103,SIM201,SIM202"
Show = Callable[[str], None]


@dataclass
class Compiled:
    """The files of one provider's package, by their path below the tree's root."""

    provider: Provider
    files: dict[Path, str] = field(default_factory=dict)


def slugs(root: Path) -> list[str]:
    return sorted(path.parent.name for path in (root / "specs" / "providers").glob("*/provider.yaml"))


def generate(root: Path, wanted: Iterable[str] = (), show: Show = lambda text: None) -> Diagnostics:
    """Compile and prove; write what was compiled if nothing is wrong."""
    diagnostics = Diagnostics()
    compiled = _compile(root, wanted, show, diagnostics)
    if not diagnostics.failed:
        _prove(root, compiled, show, diagnostics)
    if not diagnostics.failed:
        for text in _all_files(root, compiled).items():
            _write(root, *text)
        if not list(wanted):
            _sweep(root, compiled)
    return diagnostics


def check(root: Path, wanted: Iterable[str] = (), show: Show = lambda text: None) -> Diagnostics:
    """Compile and prove; compare what was compiled with what is committed."""
    diagnostics = Diagnostics()
    compiled = _compile(root, wanted, show, diagnostics)
    if not diagnostics.failed:
        _prove(root, compiled, show, diagnostics)
    if not diagnostics.failed:
        for path, text in _all_files(root, compiled).items():
            there = (root / path).read_text(encoding="utf-8") if (root / path).is_file() else None
            if there != text:
                state = "differs from what the specs say" if there is not None else "is missing"
                diagnostics.error("DG601", Span(path.as_posix(), 1, 1), f"this file {state}", "run: dragoman generate")
    return diagnostics


def _compile(root: Path, wanted: Iterable[str], show: Show, diagnostics: Diagnostics) -> list[Compiled]:
    known = slugs(root)
    names = list(wanted) or known
    compiled = []
    told: dict[str, Diagnostics] = {}
    for slug in names:
        if slug not in known:
            near = nearest(slug, known)
            diagnostics.error(
                "DG602",
                Span("specs/providers", 1, 1),
                f"there is no provider {quote(slug)}",
                near and f"did you mean {quote(near)}?",
            )
            continue
        show(f"compiling {slug}")
        told[slug] = Diagnostics()
        found = compile_provider(root, slug, told[slug])
        if found is not None:
            compiled.append(found)
    _tell(told, diagnostics)
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
            diagnostics.add(replace(item, message=f"{item.message} (for {slug}, which takes this over)"))


def compile_provider(root: Path, slug: str, diagnostics: Diagnostics) -> Compiled | None:
    """One provider, formatted. None when its files cannot be read."""
    found = Diagnostics()
    try:
        return _compiled(root, slug, found)
    finally:
        diagnostics.extend(found)


def _compiled(root: Path, slug: str, diagnostics: Diagnostics) -> Compiled | None:
    provider = load_provider(root, slug, diagnostics)
    if provider is None or diagnostics.failed:
        return None
    compiled = Compiled(provider)
    modules = emit(provider, diagnostics)
    if diagnostics.failed:
        return None
    header = f"# Code generated by dragoman from specs/providers/{slug}/. DO NOT EDIT.\n# Change the spec, then run: dragoman generate\n"
    texts = {name: header + text for name, text in modules.items()}
    for name, text in texts.items():
        if (line := _no_python(text)) is not None:
            place = Span(provider.files.get(name, provider.node).span.path, 1, 1)
            message = f"a fault of the compiler: what it makes of this file is no Python, from its line {line} on"
            diagnostics.error("DG509", place, message, "please report it, with this file")
    if diagnostics.failed:
        return None
    texts = _format(texts)
    roots = sorted({unit.wire for unit in provider.units.values() if unit.wire})
    if roots and provider.wire_schema:
        texts["wire"] = header + _types(provider.wire_schema, roots)
    for name, text in texts.items():
        compiled.files[GENERATED / provider.module / f"{name}.py"] = text
    return compiled


def emit(provider: Provider, diagnostics: Diagnostics) -> dict[str, str]:
    """The modules of a provider's package by their names, without header and not yet formatted."""
    modules = {"__init__": emit_init(provider)}
    if provider.facts:
        modules["facts"] = emit_facts(provider)
    for name, unit in provider.units.items():
        if unit.streams:
            modules[name] = emit_stream(provider, unit, diagnostics).body()
        elif unit.sides:
            modules[name] = emit_unit(provider, unit, diagnostics).body()
    return modules


def _hub_types(root: Path) -> str:
    header = (
        "# Code generated by dragoman from specs/hub/. DO NOT EDIT.\n# Change the schema, then run: dragoman generate\n"
    )
    schema = hub_schema(root, Diagnostics())
    roots = [name for name in ("Chunk", "Error", "Request", "Response") if name in schema.get("$defs", {})]
    return header + (_types(schema, roots) if roots else "")


def _types(schema: dict[str, Any], roots: list[str]) -> str:
    """The TypedDicts of a schema; what others use of them are the roots."""
    imports, classes = typeddicts(schema, roots).split("\n\n\n", 1)
    return f"{imports}\n\n__all__ = [{', '.join(map(quote, sorted(roots)))}]\n\n\n{classes}"


def _no_python(text: str) -> int | None:
    try:
        ast.parse(text)
    except SyntaxError as fault:
        return fault.lineno or 1
    return None


def _format(texts: dict[str, str]) -> dict[str, str]:
    """In the project's own style. One run of the formatter for all files."""
    ruff = shutil.which("ruff", path=str(Path(sys.executable).parent)) or shutil.which("ruff")
    if ruff is None:
        raise RuntimeError("the formatter ruff is not installed: pip install 'dragoman[codegen]'")
    import tempfile

    with tempfile.TemporaryDirectory() as folder:
        for name, text in texts.items():
            (Path(folder) / f"{name}.py").write_text(text, encoding="utf-8")
        options = ["--isolated", "--quiet", "--line-length", "120", "--target-version", "py311"]
        subprocess.run([ruff, "check", "--isolated", "--quiet", "--fix-only", "--unsafe-fixes", "--select", _FIXES, "--line-length", "120",
                        "--config", "lint.isort.known-first-party=['dragoman','dragoman_providers']", folder], check=False)  # fmt: skip
        subprocess.run([ruff, "format", *options, folder], check=True)
        return {name: (Path(folder) / f"{name}.py").read_text(encoding="utf-8") for name in texts}


def _all_files(root: Path, compiled: list[Compiled]) -> dict[Path, str]:
    files: dict[Path, str] = {}
    for found in compiled:
        files |= found.files
    files[GENERATED / "__init__.py"] = _index(slugs(root))
    files[GENERATED / "hub.py"] = _hub_types(root)
    files[GENERATED / "py.typed"] = ""
    return files


def _index(names: list[str]) -> str:
    rows = "".join(f'    "{slug}": "dragoman_providers.{slug.replace("-", "_")}",\n' for slug in names)
    return (
        "# Code generated by dragoman from specs/providers/. DO NOT EDIT.\n# Change the specs, then run: dragoman generate\n"
        f'"""The providers that come with dragoman: slug to module, loaded when asked for."""\n\n__all__ = ["PROVIDERS"]\n\nPROVIDERS = {{\n{rows}}}\n'
    )


def _write(root: Path, path: Path, text: str) -> None:
    target = root / path
    target.parent.mkdir(parents=True, exist_ok=True)
    if not target.is_file() or target.read_text(encoding="utf-8") != text:
        target.write_text(text, encoding="utf-8")


def _sweep(root: Path, compiled: list[Compiled]) -> None:
    """Take away what no spec makes any more."""
    wanted = {root / path for path in _all_files(root, compiled)}
    for path in (root / GENERATED).rglob("*.py"):
        if path not in wanted:
            path.unlink()


def _prove(root: Path, compiled: list[Compiled], show: Show, diagnostics: Diagnostics) -> None:
    try:
        from dragoman_codegen.prove import prove
    except ImportError:
        return
    for found in compiled:
        show(f"proving {found.provider.slug}")
        prove(root, found, diagnostics)
