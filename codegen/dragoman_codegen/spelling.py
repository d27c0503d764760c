"""Names of fields that a wire also takes in another spelling, gathered from its schema.

Rules know one spelling, the schema's. Where `endpoint.also_spelt` says so, a request is brought to it before they see
it: only fields that the schema names, so that what users put into free objects stays as it is.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

__all__ = ["Spellings", "spellings"]

Spellings = dict[str, dict[str, tuple[str, tuple[str, ...]]]]
"""For each kind of object, by each spelling of a field: its name, and the kinds of object that stand in it.

Under `*` is what stands in the fields of a map, whose names are the users' own.
"""
_WORD = re.compile(r"(?<=[a-z0-9])([A-Z])")


def spellings(schema: Mapping[str, Any], root: str) -> Spellings:
    """Fields in snake_case beside those of the schema, for what can be reached from this definition."""
    found: Spellings = {}
    waiting: list[tuple[str, Any]] = [(root, schema["$defs"][root])]
    while waiting:
        name, inner = waiting.pop()
        if name in found:
            continue
        row = found[name] = {}
        for field, below in _fields(inner):
            kinds = list(_kinds(below, f"{name}.{field}", schema))
            waiting += kinds
            entry = (field, tuple(dict.fromkeys(kind for kind, _ in kinds)))
            row[field] = entry
            row.setdefault(_WORD.sub(r"_\1", field).lower(), entry)
    return _worth_it(found)


def _fields(schema: Any) -> Iterator[tuple[str, Any]]:
    for part in _parts(schema):
        yield from part.get("properties", {}).items()
        if isinstance(part.get("additionalProperties"), Mapping):
            yield "*", part["additionalProperties"]


def _parts(schema: Any) -> Iterator[Mapping[str, Any]]:
    if isinstance(schema, Mapping):
        yield schema
        for word in ("allOf", "anyOf", "oneOf"):
            for part in schema.get(word, ()):
                yield from _parts(part)


def _kinds(schema: Any, here: str, document: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    """The kinds of object in a field, also those in a list; one that is written in its place is called after it."""
    inline = False
    for part in _parts(schema):
        if "$ref" in part:
            name = str(part["$ref"]).removeprefix("#/$defs/")
            yield name, document["$defs"][name]
        elif "items" in part:
            yield from _kinds(part["items"], here, document)
        inline = inline or "properties" in part or isinstance(part.get("additionalProperties"), Mapping)
    if inline:
        yield here, {"anyOf": [{k: v for k, v in part.items() if k != "$ref"} for part in _parts(schema)]}


def _worth_it(found: Spellings) -> Spellings:
    """Without the fields that have one spelling and nothing below them that has more."""
    while True:
        kept = {
            name: {
                key: (field, tuple(kind for kind in kinds if kind in found))
                for key, (field, kinds) in row.items()
                if any(kind in found for kind in kinds) or _WORD.search(field)
            }
            for name, row in found.items()
        }
        kept = {name: row for name, row in kept.items() if row}
        if kept == found:
            return found
        found = kept
