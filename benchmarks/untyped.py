"""A provider compiled as if nothing were known of what comes in: what the types of the schemas are worth."""

from __future__ import annotations

from pathlib import Path

from dragoman_codegen.diagnostics import Diagnostics
from dragoman_codegen.project import emit
from dragoman_codegen.proving import Package
from dragoman_codegen.spec import load_provider

__all__ = ["untyped"]

ROOT = Path(__file__).resolve().parents[1]


def untyped(slug: str) -> Package:
    """The package, run from its text: its values are guarded one by one, and nothing is checked or accounted for."""
    provider = load_provider(ROOT, slug, Diagnostics())
    assert provider is not None
    provider.typed = False
    modules = emit(provider, Diagnostics())  # what it has to complain about is told of the typed one
    return Package.load(slug, {f"untyped/{slug}/{name}.py": text for name, text in modules.items()})
