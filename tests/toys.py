"""Providers made on the fly: a folder with specs, compiled to memory."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from dragoman_codegen.diagnostics import Diagnostics
from dragoman_codegen.project import Compiled, compile_provider

__all__ = ["PROVIDER", "compiled", "write"]

PROVIDER: dict[str, Any] = {
    "slug": "toy",
    "name": "Toy",
    "source": "made for a test",
    "endpoint": {
        "method": "POST",
        "base_url": "https://toy.test",
        "paths": {"request": "/say", "count_tokens": "/count", "embeddings": "/embed"},
    },
}


def write(root: Path, files: Mapping[str, Any], *, slug: str = "toy") -> Path:
    """Specs in a folder: file name below the provider's folder to its content, as text or as a value.

    `schema` is the wire's schema, as a definition; `hub` the hub's.
    """
    folder = root / "specs" / "providers" / slug
    folder.mkdir(parents=True, exist_ok=True)
    for name, content in {"provider.yaml": PROVIDER, **files}.items():
        if name == "hub":
            path, content = root / "specs" / "hub" / "schema" / "hub.json", {"$defs": {"Item": content}}
        elif name == "schema":
            path, content = folder / "schema" / "toy.json", {"$defs": {"Item": content}}
        else:
            path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        # JSON is YAML, and each value keeps a place of its own.
        text = content if isinstance(content, str) else json.dumps(content, ensure_ascii=False, indent=1) + "\n"
        path.write_text(text, encoding="utf-8")
    return folder


def compiled(root: Path, diagnostics: Diagnostics, *, slug: str = "toy") -> Compiled | None:
    return compile_provider(root, slug, diagnostics)
