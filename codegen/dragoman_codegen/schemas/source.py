"""`source.yaml`: what a schema document is made from.

Either from a vendor's SDK (`package`, `version`, `roots`) or from another document (`base`; `take` names those of its
roots that are wanted, if not all are); an overlay goes on top.
An SDK that ships a service model in place of types: `model`, its path within the package; roots are shapes then, and
`events` names the property that tells the events of its streams apart.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from dragoman_codegen.diagnostics import Diagnostics, render
from dragoman_codegen.source import load

__all__ = ["Root", "Source", "SourceError", "load_source"]


class SourceError(ValueError):
    """The source file is not what it should be."""


@dataclass(frozen=True)
class Root:
    """A definition that rules name: one type of the SDK, or several merged into one object."""

    name: str
    types: tuple[str, ...]
    without: Mapping[str, str] = field(default_factory=dict)
    """Wire names of parameters that do not travel in the body, and where they go."""


@dataclass(frozen=True)
class Source:
    path: Path
    document: Path
    read: str
    package: str | None
    version: str | None
    model: str | None
    events: str | None
    base: Path | None
    roots: tuple[Root, ...]
    unions: tuple[str, ...]
    names: Mapping[str, str]
    prefixes: list[str]
    suffixes: list[str]
    overlay: list[Mapping[str, Any]]
    take: tuple[str, ...] = ()
    """Of a base: the roots that are wanted."""
    whole: Mapping[str, list[str]] = field(default_factory=dict)
    """Field -> constants: objects of which only that field is written down, because rules keep them whole."""


_KEYS = {
    "document",
    "read",
    "package",
    "version",
    "model",
    "events",
    "base",
    "take",
    "roots",
    "unions",
    "names",
    "strip",
    "overlay",
    "whole",
}


def load_source(path: Path) -> Source:
    data = _mapping(path)
    unknown = sorted(set(data) - _KEYS)
    if unknown:
        raise SourceError(f"{path}: unknown key {unknown[0]!r}")
    for key in ("document", "read"):
        if not isinstance(data.get(key), str):
            raise SourceError(f"{path}: {key}: expected text, found {data.get(key)!r}")
    if ("base" in data) == ("package" in data) or ("package" in data and not data.get("roots")):
        raise SourceError(f"{path}: needs either `base`, or `package` with `version` and `roots`")
    if ("model" in data and "package" not in data) or ("events" in data and "model" not in data):
        raise SourceError(f"{path}: `model` needs `package`, and `events` needs `model`")
    strip = data.get("strip", {})
    overlay = _mapping(path.parent / data["overlay"]).get("changes", []) if "overlay" in data else []
    return Source(
        path=path,
        document=path.parent / data["document"],
        read=data["read"],
        package=data.get("package"),
        version=data.get("version"),
        model=data.get("model"),
        events=data.get("events"),
        base=path.parent / data["base"] if "base" in data else None,
        roots=tuple(_root(name, value) for name, value in data.get("roots", {}).items()),
        unions=tuple(data.get("unions", ())),
        names=data.get("names", {}),
        prefixes=strip.get("prefixes", []),
        suffixes=strip.get("suffixes", []),
        overlay=overlay,
        take=tuple(data.get("take", ())),
        whole=data.get("whole", {}),
    )


def _root(name: str, value: str | Mapping[str, Any]) -> Root:
    if isinstance(value, str):
        return Root(name, (value,))
    return Root(name, tuple(value["merge"]), value.get("without", {}))


def _mapping(path: Path) -> dict[str, Any]:
    diagnostics = Diagnostics()
    node = load(path, diagnostics)
    if node is None or diagnostics.failed:
        raise SourceError(render(diagnostics).strip())
    data = node.plain()
    if not isinstance(data, dict):
        raise SourceError(f"{path}: expected a mapping, found {type(data).__name__}")
    return data
