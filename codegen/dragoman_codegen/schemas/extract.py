"""From a source file to a schema document."""

from __future__ import annotations

import importlib
import importlib.metadata
import json
import operator
from collections.abc import Iterable
from types import ModuleType
from typing import Any

import typing_extensions

from .combine import Schema, discriminate, union
from .names import choose_names, rename
from .overlay import apply
from .service import ServiceModel, load_model
from .source import Root, Source, SourceError
from .walk import Walker, object_members

__all__ = ["extract", "render"]

_REF = "#/$defs/"
_WIDTH = 110  # room for what stands before and after the value on its line


def extract(source: Source) -> Schema:
    """The document that a source file describes; the same bytes on every run (see `render`)."""
    if source.base is not None:
        base = json.loads(source.base.read_text(encoding="utf-8"))
        definitions, roots = base["$defs"], set(source.take or base["x-roots"])
        head = {"base": base["x-source"], "read": source.read}
    else:
        definitions = _definitions(source)
        roots = {root.name for root in source.roots}
        head = {"package": source.package, "version": source.version, "read": source.read}
    definitions = apply(definitions, source.overlay)
    roots |= {change["at"] for change in source.overlay if change.get("root")}
    definitions = _reached(definitions, roots)
    definitions = discriminate(definitions, lambda ref: definitions[ref.removeprefix(_REF)])
    return {
        "$schema": "http://json-schema.org/draft-07/schema#",
        "x-source": head,
        "x-roots": sorted(roots),
        "$defs": _ordered(definitions),
    }


def render(document: Schema) -> str:
    """JSON text in which whatever fits on a line stands on one line."""
    return _text(document, "") + "\n"


def _text(value: Any, indent: str) -> str:
    line = json.dumps(value, ensure_ascii=False)
    if len(indent) + len(line) <= _WIDTH or not isinstance(value, (dict, list)):
        return line
    inner = indent + "  "
    if isinstance(value, list):
        return "[\n" + ",\n".join(inner + _text(item, inner) for item in value) + f"\n{indent}]"
    items = (f"{inner}{json.dumps(key, ensure_ascii=False)}: {_text(item, inner)}" for key, item in value.items())
    return "{\n" + ",\n".join(items) + f"\n{indent}}}"


def _definitions(source: Source) -> dict[str, Schema]:
    try:
        installed = importlib.metadata.version(str(source.package))
    except importlib.metadata.PackageNotFoundError:
        raise SourceError(f"{source.path}: package: {source.package} is not installed") from None
    if installed != source.version:
        raise SourceError(f"{source.path}: version: {source.version} is pinned, {installed} is installed")
    walker: Walker | ServiceModel
    if source.model is not None:
        walker = ServiceModel(load_model(source.model), source.events)
        made = {root.name: _made(root, [walker.schema(name) for name in root.types], walker) for root in source.roots}
    else:
        walker = Walker(_unions(importlib.import_module(name) for name in source.unions), source.whole)
        made = {root.name: _made(root, [walker.schema(_load(t)) for t in root.types], walker) for root in source.roots}
        for name, constant in ((name, one) for name, constants in source.whole.items() for one in constants):
            if (name, constant) not in walker.met:
                raise SourceError(f"{source.path}: whole: no object of the package has {name} {constant!r}")
    roots = {schema["$ref"]: name for name, schema in made.items() if set(schema) == {"$ref"}}
    merged = {name: schema for name, schema in made.items() if name not in roots.values()}
    found = {**walker.definitions, **merged}
    names = choose_names(found, source.names, roots | {name: name for name in merged}, source.prefixes, source.suffixes)
    return {names[key]: rename(schema, names) for key, schema in found.items()}


def _made(root: Root, schemas: list[Schema], walker: Walker | ServiceModel) -> Schema:
    if len(schemas) == 1 and not root.without:
        return schemas[0]
    objects = [walker.definitions[schema["$ref"]] for schema in schemas]
    merged = _merged(objects)
    for name in root.without:
        if name not in merged["properties"]:
            raise SourceError(f"{root.name}: without: there is no field {name!r}")
        del merged["properties"][name]
    return merged


def _merged(objects: list[Schema]) -> Schema:
    """One object for several forms of the same body: a field is required when each form requires it."""
    names = sorted({name for schema in objects for name in schema["properties"]})
    required = set.intersection(*(set(schema.get("required", ())) for schema in objects))
    properties = {
        name: union([schema["properties"][name] for schema in objects if name in schema["properties"]])
        for name in names
    }
    return {
        "type": "object",
        "properties": properties,
        "required": sorted(required),
        "additionalProperties": any(schema["additionalProperties"] for schema in objects),
    }


def _load(name: str) -> Any:
    module, _, attribute = name.partition(":")
    try:
        return operator.attrgetter(attribute)(importlib.import_module(module))
    except (ImportError, AttributeError):
        raise SourceError(f"the package has no type {name!r}") from None


def _unions(modules: Iterable[ModuleType]) -> dict[frozenset[object], str]:
    """The unions that an SDK exports by name: their members -> `module:name`."""
    found: dict[frozenset[object], str] = {}
    for module in modules:
        for name in sorted(vars(module)):
            members = object_members([vars(module)[name]])
            if members and not name.startswith("_") and typing_extensions.get_args(vars(module)[name]):
                found.setdefault(members, f"{module.__name__}:{name}")
    return found


def _reached(definitions: dict[str, Schema], roots: set[str]) -> dict[str, Schema]:
    reached: set[str] = set()
    todo = sorted(roots)
    while todo:
        name = todo.pop()
        if name in reached:
            continue
        if name not in definitions:
            raise SourceError(f"there is no definition {name!r}")
        reached.add(name)
        todo += [ref.removeprefix(_REF) for ref in _references(definitions[name])]
    return {name: definitions[name] for name in sorted(reached)}


def _references(schema: Any) -> Iterable[str]:
    if isinstance(schema, list):
        for item in schema:
            yield from _references(item)
    elif isinstance(schema, dict):
        for key, value in schema.items():
            if key == "$ref" and isinstance(value, str):
                yield value
            else:
                yield from _references(value)


_FIRST = ("$ref", "description", "type", "const", "enum", "oneOf", "anyOf", "items", "properties", "required")


def _ordered(value: Any, names: bool = True) -> Any:
    """Keywords in reading order, names in alphabetical order, unions in the order of their members' names."""
    if isinstance(value, list):
        return [_ordered(item, names=False) for item in value]
    if not isinstance(value, dict):
        return value
    order = sorted(value) if names else sorted(value, key=lambda key: (_FIRST.index(key) if key in _FIRST else 99, key))
    result = {key: _ordered(value[key], names=not names and key == "properties") for key in order}
    for key in ("oneOf", "anyOf"):
        if not names and key in result:
            result[key] = sorted(result[key], key=_member_order)
    return result


def _member_order(member: Schema) -> tuple[bool, bool, str]:
    return member == {"type": "null"}, "$ref" in member, json.dumps(member, sort_keys=True)
