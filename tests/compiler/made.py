"""Providers from texts, compiled, proven where they have cases, and run."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from dragoman.dialect import Dialect
from dragoman.translation import Translator
from dragoman_codegen.diagnostics import render
from dragoman_codegen.project import generate
from dragoman_codegen.proving import Package
from dragoman_codegen.proving.run import Outcome, translate
from dragoman_codegen.proving.setup import Setup

from ..toys import write

__all__ = ["array", "generated", "losses", "obj", "refused_findings", "run", "source", "through"]


def obj(required: str = "", **props: Any) -> dict[str, Any]:
    """A closed object schema; `required`: names with spaces between."""
    return {"type": "object", "additionalProperties": False, "required": required.split(), "properties": props}


def array(items: Any) -> dict[str, Any]:
    return {"type": "array", "items": items}


def generated(root: Path, **providers: Mapping[str, Any]) -> dict[str, Package]:
    """The whole path: specs in a folder, `dragoman generate`, and the packages that it has written."""
    _lay_out(root, providers)
    found = generate(root)
    assert not found.failed, render(found)
    packages = {slug: Package.committed(root, slug) for slug in providers}
    return {slug: package for slug, package in packages.items() if package is not None}


def refused_findings(root: Path, **providers: Mapping[str, Any]) -> list[tuple[str, str]]:
    """Codes and messages of a tree that cannot be generated."""
    _lay_out(root, providers)
    return [(one.code, one.message) for one in generate(root)]


def _lay_out(root: Path, providers: Mapping[str, Mapping[str, Any]]) -> None:
    for slug, files in providers.items():
        given = dict(files)
        given.setdefault("provider.yaml", _provider(slug))
        write(root, given, slug=slug)


def _provider(slug: str, **more: Any) -> dict[str, Any]:
    endpoint = {
        "method": "POST",
        "base_url": f"https://{slug}.test",
        "paths": {"request": "/say", "count_tokens": "/count", "embeddings": "/embed"},
    }
    return {"slug": slug, "name": slug.title(), "source": "made for a test", "endpoint": endpoint, **more}


def run(package: Package, given: Any, *, unit: str = "request", direction: str = "to_wire", **context: Any) -> Outcome:
    dialect = package.dialect
    settings = {name: one.default for name, one in dialect.settings.items()}
    setup = Setup("m", settings, dialect.facts("m", settings), context)
    return translate(package, unit, direction, given, setup)


def losses(outcome: Outcome) -> list[str]:
    return [f"{loss.path} {loss.action}" for loss in outcome.losses or ()]


def source(package: Package, module: str = "request") -> str:
    return next(text for name, text in package.texts.items() if name.endswith(f"/{module}.py"))


def through(client: Package, provider: Package) -> Translator:
    """A translator between the clients of one made dialect and the upstream of another."""
    known: tuple[Dialect, Dialect] = (provider.dialect, client.dialect)
    return Translator(*known, clock=lambda: 0, new_id=lambda prefix: f"{prefix}1")
