"""The schema documents of the hub and of providers, as files: read, and looked through for what cannot be used."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from dragoman_codegen.diagnostics import Diagnostics, Span
from dragoman_codegen.types import SchemaError, SchemaTypes, Type

__all__ = ["load_schema"]


def load_schema(root: Path, folder: Path, diagnostics: Diagnostics) -> dict[str, Any]:
    """The first document in the `schema` folder of a provider or of the hub; empty if none can be used."""
    path = next(iter(sorted((folder / "schema").glob("*.json"))), None)
    if path is None:
        return {}
    name = path.relative_to(root).as_posix()
    try:
        text = path.read_text(encoding="utf-8")
        diagnostics.sources[name] = text
        schema = json.loads(text)
        if not isinstance(schema, dict) or not isinstance(schema.get("$defs"), dict):
            raise SchemaError("#", "an object with definitions under $defs must stand here")
        types = SchemaTypes(schema)
        seen: set[int] = set()
        for definition in schema["$defs"]:
            _resolve(types.type(f"#/$defs/{definition}"), seen)
    except json.JSONDecodeError as fault:
        diagnostics.error("DG435", Span(name, fault.lineno, fault.colno), f"this is not JSON: {_lower(fault.msg)}")
    except SchemaError as fault:
        diagnostics.error("DG435", Span(name, 1, 1), f"the schema cannot be used: at {fault}")
    except (OSError, UnicodeDecodeError, RecursionError) as fault:
        diagnostics.error("DG435", Span(name, 1, 1), f"the schema cannot be read: {fault}")
    else:
        return schema
    return {}


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
