"""The leaves of a JSON Schema, found without the compiler: so that its table can be held against them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

__all__ = ["unmatched"]

Schema = Mapping[str, Any]
_SCALARS = {"string": "string", "integer": "number", "number": "number", "boolean": "boolean"}


def unmatched(document: Schema, name: str, rows: set[str], at: str = "") -> tuple[list[str], set[str]]:
    """Leaves below a definition that no row stands for, and rows that stand for nothing in it.

    A row stands for the place that it names, with all that is below.
    """
    met: set[str] = set()
    missing = list(_missing(document, {"$ref": f"#/$defs/{name}"}, at, rows, met))
    return missing, rows - met


def _missing(document: Schema, schema: Schema, at: str, rows: set[str], met: set[str]) -> Iterator[str]:
    parts = _alternatives(document, schema, "")
    scalars = sorted({_SCALARS[part] for part, _, _ in parts if part in _SCALARS})
    lists = [found for part, found, _ in parts if part == "array"]
    objects = {id(found): (found, name) for part, found, name in parts if part == "object"}
    several = bool(scalars) + bool(lists) + len(objects) > 1
    if scalars:
        yield from _place(f"{at}({'|'.join(scalars)})" if several else at, rows, met)
    if lists:
        below = f"{at}[]"
        if below in rows:
            met.add(below)
        else:
            yield from _missing(document, {"anyOf": [found.get("items", {}) for found in lists]}, below, rows, met)
    for found, name in objects.values():
        called = name or at.rpartition(".")[2].removesuffix("[]")  # one without a name is called as the field is
        here = f"{at}({called})" if several else at
        if here in rows:
            met.add(here)
            continue
        if not found.get("properties"):
            yield here
        for key, part in found.get("properties", {}).items():
            yield from _missing(document, part, f"{here}.{key}" if here else key, rows, met)
    if not parts:
        yield from _place(at, rows, met)


def _place(at: str, rows: set[str], met: set[str]) -> Iterator[str]:
    if at in rows:
        met.add(at)
    else:
        yield at


def _alternatives(document: Schema, schema: Schema, name: str) -> list[tuple[str, Schema, str]]:
    """What a value may be: (type, schema, name of the object), null left out; nothing for a value of any kind."""
    if "$ref" in schema:
        keys = schema["$ref"].removeprefix("#/").split("/")
        found: Any = document
        for key in keys:
            found = found[key]
        return _alternatives(document, found, keys[-1])
    for word in ("anyOf", "oneOf"):
        if word in schema:
            return [one for part in schema[word] for one in _alternatives(document, part, name)]
    if "const" in schema or "enum" in schema:
        constants = [schema["const"]] if "const" in schema else schema["enum"]
        return [(_type(value), schema, "") for value in constants if value is not None]
    named = schema.get("type") or ("object" if "properties" in schema else [])
    types = [named] if isinstance(named, str) else named
    return [(one, schema, schema.get("title", name)) for one in types if one != "null"]


def _type(value: object) -> str:
    return "boolean" if isinstance(value, bool) else "string" if isinstance(value, str) else "number"
