"""The shape of spec files: `specs/language/*.schema.json`, and what is said when a file does not have it.

The schemas serve editors as well, so they are draft-07, and each property describes itself. What two schemas cannot say
in a sentence is left to the modules that read the tree.

Codes: DG201 an unknown key, DG202 a missing one, DG203 the wrong kind of value, DG204 a value that is none of those
allowed, DG205 a value of the right kind that does not do.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, NamedTuple

from dragoman_codegen.diagnostics import Diagnostics, Span, nearest, quote
from dragoman_codegen.layout import home
from dragoman_codegen.source import Node

if TYPE_CHECKING:
    from jsonschema import Draft7Validator, ValidationError

__all__ = ["FileKind", "file_kind", "language_folder", "validate"]

FileKind = Literal["provider", "mapping", "stream", "errors", "case"]

_SHARED = "rule.schema.json"
_LANGUAGE_PAGE = "the keys are explained in specs/language/README.md"
_MAX_LISTED = 12
_WORDS = {
    "array": "a list",
    "boolean": "a boolean",
    "integer": "a whole number",
    "null": "null",
    "number": "a number",
    "object": "a mapping",
    "string": "text",
}


def file_kind(path: Path) -> FileKind:
    """Which schema a file of a provider's folder follows."""
    if path.parent.name == "cases":
        return "case"
    match path.stem:
        case "provider":
            return "provider"
        case "stream":
            return "stream"
        case "errors":
            return "errors"
    return "mapping"


def language_folder() -> Path:
    """Where the schemas are."""
    return home() / "specs" / "language"


def validate(node: Node, kind: FileKind, diagnostics: Diagnostics, *, delta: bool = False) -> bool:
    """Reports what is wrong with the shape of a file; True when nothing is.

    `delta`: the file is one of a provider that extends another, and need not be complete.
    """
    found = Diagnostics()
    faults = [_fault(error) for error in _validator(kind).iter_errors(node.plain())]
    mended = {near for fault in faults for _, near in _unknown_keys(fault) if near is not None}
    for fault in faults:
        place = _find(node, fault)
        if fault.keyword == "required":
            if not (delta and place is node):
                known = fault.schema.get("properties") or _schema(kind)["properties"]
                _missing(fault, known, place, mended, found)
        elif fault.keyword == "additionalProperties":
            for key, near in _unknown_keys(fault):
                _unknown(key, near, fault, place, found)
        else:
            code, message = _sentence(fault, place)
            found.error(code, _span(place), message, _help(fault))
    diagnostics.extend(found)
    return not len(found)


class _Fault(NamedTuple):
    """What the validator found: a keyword of a schema that does not hold for a value."""

    keyword: str
    wanted: Any
    value: Any
    schema: dict[str, Any]
    path: tuple[str | int, ...]


def _fault(error: ValidationError) -> _Fault:
    schema: Any = error.schema
    return _Fault(str(error.validator), error.validator_value, error.instance, schema, tuple(error.absolute_path))


@cache
def _validator(kind: FileKind) -> Draft7Validator:
    from jsonschema import Draft7Validator  # slow to import, and needed for faults alone
    from referencing import Registry, Resource
    from referencing.jsonschema import DRAFT7

    shared = Resource.from_contents(_read(_SHARED), default_specification=DRAFT7)
    registry: Registry[Any] = Registry().with_resource(_SHARED, shared)
    return Draft7Validator(_schema(kind), registry=registry)


@cache
def _schema(kind: FileKind) -> dict[str, Any]:
    return _read(f"{kind}.schema.json")


def _read(name: str) -> dict[str, Any]:
    return dict(json.loads((language_folder() / name).read_text(encoding="utf-8")))


def _find(node: Node, fault: _Fault) -> Node:
    for step in fault.path:
        node = node.elements[step] if isinstance(step, int) else node.members[step]
    return node


def _unknown_keys(fault: _Fault) -> Iterator[tuple[str, str | None]]:
    """The keys that a mapping cannot have, each with the one that was probably meant."""
    if fault.keyword != "additionalProperties":
        return
    known = fault.schema.get("properties", {})
    patterns = fault.schema.get("patternProperties", {})
    for key in fault.value:
        if key not in known and not any(re.search(pattern, key) for pattern in patterns):
            yield key, nearest(key, set(known) - set(fault.value))


def _unknown(key: str, near: str | None, fault: _Fault, place: Node, diagnostics: Diagnostics) -> None:
    known = list(fault.schema.get("properties", {}))
    if near is not None:
        help = f"did you mean {quote(near)}?"
    elif len(known) <= _MAX_LISTED:
        help = f"keys that can stand here: {', '.join(known)}"
    else:
        help = _LANGUAGE_PAGE
    diagnostics.error("DG201", place.key_spans.get(key, place.span), f"the key {quote(key)} has no meaning here", help)


def _missing(fault: _Fault, known: dict[str, Any], place: Node, mended: set[str], diagnostics: Diagnostics) -> None:
    for key in fault.wanted:
        # A key that is only misspelt is reported as unknown; that it is missing as well says nothing new.
        if key not in fault.value and key not in mended:
            described = known.get(key, {}).get("description")
            help = f"{key}: {described}" if described else None
            diagnostics.error("DG202", _span(place), f"the key {quote(key)} is missing here", help)


def _span(place: Node) -> Span:
    """For a block mapping, its first key; there is nothing to underline where the mapping itself begins."""
    if place.kind == "map" and place.style == "block" and place.key_spans:
        return min(place.key_spans.values())
    return place.span


def _sentence(fault: _Fault, place: Node) -> tuple[str, str]:
    found = _found(place)
    match fault.keyword:
        case "type":
            kinds = fault.wanted if isinstance(fault.wanted, list) else [fault.wanted]
            return "DG203", f"expected {_or(_WORDS[kind] for kind in kinds)}, found {found}"
        case "enum" | "const":
            values = fault.wanted if fault.keyword == "enum" else [fault.wanted]
            return "DG204", f"expected {_or(map(quote, values))}, found {found}"
        case "pattern" if "patternErrorMessage" in fault.schema:
            return "DG205", f"{fault.schema['patternErrorMessage']}; found {found}"
        case "anyOf" if all(set(branch) == {"required"} for branch in fault.wanted):
            keys = [quote(key) for branch in fault.wanted for key in branch["required"]]
            return "DG202", f"one of the keys {_or(keys)} is missing here"
        case "minProperties" | "minItems" | "minLength":
            return "DG205", f"{_WORDS[_KIND[place.kind]]} that is not empty must stand here"
        case "maxProperties":
            return "DG205", f"only one key can stand here, found {len(place.members)}: {', '.join(place.members)}"
    return "DG205", f"{found} cannot stand here"


def _help(fault: _Fault) -> str | None:
    """The value that was probably meant, else what the schema says of it, under its key."""
    if fault.keyword == "enum" and isinstance(fault.value, str):
        near = nearest(fault.value, map(str, fault.wanted))
        if near is not None:
            return f"did you mean {quote(near)}?"
    described = fault.schema.get("description")
    key = fault.path[-1] if fault.path else None
    return f"{key}: {described}" if described and isinstance(key, str) else described


_KIND = {"map": "object", "list": "array", "scalar": "string"}


def _found(place: Node) -> str:
    match place.value:
        case dict():
            return "a mapping"
        case list():
            return "a list"
        case str():
            return f"the text {quote(place.value)}"
        case bool() | None:
            return quote(place.value)
    return f"the number {quote(place.value)}"


def _or(words: Iterable[str]) -> str:
    *front, last = words
    return f"{', '.join(front)} or {last}" if front else last
