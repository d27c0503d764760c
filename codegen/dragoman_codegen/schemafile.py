"""The schema documents of the hub and of providers, as files: read, and looked through for what cannot be used."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from dragoman_codegen.diagnostics import Diagnostics, Span
from dragoman_codegen.layout import named, specs
from dragoman_codegen.library import Library
from dragoman_codegen.schemas.combine import discriminate
from dragoman_codegen.schemas.overlay import OverlayError, apply
from dragoman_codegen.shared import shared_folders
from dragoman_codegen.source import Node
from dragoman_codegen.types import SchemaError, SchemaTypes, Type

__all__ = ["load_schema", "provider_schema"]


def load_schema(root: Path, folder: Path, diagnostics: Diagnostics, library: Library | None = None) -> dict[str, Any]:
    """The first document in the `schema` folder of a provider or of the hub; empty if none can be used."""
    library = library or Library()
    return library.once(("schema", folder), lambda said: _read(root, folder, said), diagnostics)


def _read(root: Path, folder: Path, diagnostics: Diagnostics) -> dict[str, Any]:
    path = next(iter(sorted((folder / "schema").glob("*.json"))), None)
    if path is None:
        return {}
    name = named(path, root)
    try:
        text = path.read_text(encoding="utf-8")
        diagnostics.sources[name] = text
        schema = json.loads(text)
    except json.JSONDecodeError as fault:
        diagnostics.error("DG435", Span(name, fault.lineno, fault.colno), f"this is not JSON: {_lower(fault.msg)}")
    except (OSError, UnicodeDecodeError, RecursionError) as fault:
        diagnostics.error("DG435", Span(name, 1, 1), f"the schema cannot be read: {fault}")
    else:
        return _usable(schema, name, diagnostics)
    return {}


def provider_schema(
    root: Path, slug: str, diagnostics: Diagnostics, seen: tuple[str, ...] = (), library: Library | None = None
) -> dict[str, Any]:
    """The provider's own document; without one that of the provider it extends, with the changes of its overlay."""
    library = library or Library()
    folder = specs(root, "providers", slug)
    head = library.load(folder / "provider.yaml", root, Diagnostics())
    parent = head.members.get("extends") if head is not None else None
    if parent is None or any((folder / "schema").glob("*.json")):
        return load_schema(root, folder, diagnostics, library)
    if parent.scalar in (slug, *seen):
        return {}
    schema = provider_schema(root, str(parent.scalar), diagnostics, (*seen, slug), library)
    shared = shared_folders(root, str(parent.scalar), head, Diagnostics()) if head is not None else ()
    for place in (*shared, folder):
        path = place / "schema" / "overlay.yaml"
        overlay = library.load(path, root, diagnostics) if schema and path.is_file() else None
        if overlay is not None:
            schema = _changed(schema, overlay, str(parent.scalar), diagnostics)
    return schema


def _changed(schema: dict[str, Any], overlay: Node, parent: str, diagnostics: Diagnostics) -> dict[str, Any]:
    """The schema of a parent with the changes of an overlay."""
    data = overlay.plain()
    changes = data.get("changes") if isinstance(data, dict) else None
    if not isinstance(changes, list) or not all(isinstance(change, dict) for change in changes):
        diagnostics.error("DG435", overlay.span, "an overlay is a mapping with a list of `changes`")
        return {}
    try:
        changed = apply(schema["$defs"], changes)
        changed = discriminate(changed, lambda ref: changed[ref.removeprefix("#/$defs/")])
    except (OverlayError, KeyError) as fault:
        diagnostics.error("DG435", overlay.span, f"the overlay does not fit the schema of {parent}: {fault}")
        return {}
    return _usable({**schema, "$defs": changed}, overlay.span.path, diagnostics)


def _usable(schema: Any, name: str, diagnostics: Diagnostics) -> dict[str, Any]:
    """The document, if all of it can be used; `name` is the file to blame."""
    try:
        if not isinstance(schema, dict) or not isinstance(schema.get("$defs"), dict):
            raise SchemaError("#", "an object with definitions under $defs must stand here")
        types = SchemaTypes(schema)
        seen: set[int] = set()
        for definition in schema["$defs"]:
            _resolve(types.type(f"#/$defs/{definition}"), seen)
    except (SchemaError, RecursionError) as fault:
        diagnostics.error("DG435", Span(name, 1, 1), f"the schema cannot be used: at {fault}")
        return {}
    return schema


def _resolve(t: Type, seen: set[int]) -> None:
    """Types are lazy; a reference that leads nowhere is found by following all of them."""
    if t.may("array") and t.lazy_items is not None:
        _resolve(t.items, seen)
    for found in t.objects:
        if id(found) in seen:
            continue
        seen.add(id(found))
        for prop in found.props.values():
            _resolve(prop.type, seen)
        if found.values is not None:
            _resolve(found.values, seen)


def _lower(message: str) -> str:
    return message[:1].lower() + message[1:]
