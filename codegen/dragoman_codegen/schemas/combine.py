"""Combining JSON Schemas: unions, nullability, and the test that tells `oneOf` from `anyOf`.

The shapes made here are the ones that the compiler's types understand: `type` as a name or a list, `enum`, `const`,
`oneOf` of references whose members a constant tells apart, `anyOf` for the rest.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from typing import Any

Schema = dict[str, Any]

__all__ = ["Schema", "discriminate", "literals", "nullable", "opaque_object", "tells_apart", "union"]

NULL: Schema = {"type": "null"}
_KINDS = {bool: "boolean", int: "integer", float: "number", str: "string"}


def opaque_object() -> Schema:
    """An object of which nothing is known: JSON Schemas of tools, metadata, arguments."""
    return {"type": "object", "additionalProperties": True}


def literals(values: Collection[str | int | bool | None]) -> Schema:
    """Known constants; `True` and `False` together are just a boolean."""
    known = sorted({value for value in values if value is not None}, key=lambda value: (type(value).__name__, value))
    missing = any(value is None for value in values)
    if len(known) == 2 and all(isinstance(value, bool) for value in known):
        schema: Schema = {"type": "boolean"}
    elif len(known) == 1:
        schema = {"const": known[0]}
    else:
        schema = {"enum": known, "type": _names({_KINDS[type(v)] for v in known})}
    return nullable(schema) if missing else schema


def nullable(schema: Schema) -> Schema:
    """The same schema, and null."""
    if not schema:
        return schema
    if "const" in schema:
        constant = schema["const"]
        return {"enum": [constant, None], "type": [_KINDS[type(constant)], "null"]}
    for key in ("oneOf", "anyOf"):
        if key in schema:
            return schema if NULL in schema[key] else {**schema, key: [*schema[key], dict(NULL)]}
    if "type" in schema:
        kinds = {schema["type"]} if isinstance(schema["type"], str) else set(schema["type"])
        if "null" in kinds:
            return schema
        more = {"enum": [*schema["enum"], None]} if "enum" in schema else {}
        return {**schema, **more, "type": _names(kinds | {"null"})}
    return {"anyOf": [schema, dict(NULL)]}


def union(members: Sequence[Schema]) -> Schema:
    """One schema for "any of these", in the tidiest form that says it."""
    flat = _unique(_flatten(members))
    if any(not member for member in flat):
        return {}
    with_null = NULL in flat
    constants, kinds, rest = _sorted_out([member for member in flat if member != NULL])
    if opaque_object() in rest:
        rest = [member for member in rest if "$ref" not in member]  # an open map takes in every known object
    alternatives = [*_scalars(constants, kinds), *rest]
    result = alternatives[0] if len(alternatives) == 1 else {"anyOf": alternatives}
    return nullable(result) if with_null else result


def discriminate(schema: Any, resolve: Callable[[str], Schema]) -> Any:
    """`anyOf` turned into `oneOf` wherever a constant tells the members apart."""
    if isinstance(schema, list):
        return [discriminate(item, resolve) for item in schema]
    if not isinstance(schema, dict):
        return schema
    schema = {key: discriminate(value, resolve) for key, value in schema.items()}
    members = schema.get("anyOf")
    if isinstance(members, list):
        refs = [member for member in members if member != NULL]
        if len(refs) > 1 and all("$ref" in ref for ref in refs) and tells_apart(refs, resolve):
            schema["oneOf"] = schema.pop("anyOf")
    return schema


def tells_apart(refs: Sequence[Schema], resolve: Callable[[str], Schema]) -> str | None:
    """The property whose constant says which of the referenced objects it is, if there is one.

    At most one member may leave it out: what has none of the constants is that member.
    """
    definitions = [resolve(ref["$ref"]) for ref in refs]
    if any(definition.get("type") != "object" for definition in definitions):
        return None
    first: Mapping[str, Schema] = definitions[0].get("properties", {})
    for name in sorted(first, key=lambda name: (name not in ("type", "role"), name)):
        constants = [_constants(definition.get("properties", {}).get(name, {})) for definition in definitions]
        optional = sum(name not in definition.get("required", ()) for definition in definitions)
        disjoint = len(set().union(*constants)) == sum(map(len, constants))
        if all(constants) and disjoint and optional <= 1:
            return name
    return None


def _constants(schema: Schema) -> set[object]:
    if "const" in schema:
        return {schema["const"]}
    return {value for value in schema.get("enum", ()) if value is not None}


def _flatten(members: Iterable[Schema]) -> Iterable[Schema]:
    for member in members:
        if set(member) == {"anyOf"} or set(member) == {"oneOf"}:
            (inner,) = member.values()
            yield from _flatten(inner)
        elif "null" in _kinds(member):
            yield dict(NULL)
            yield from [_without_null(member)] if member != NULL else []
        else:
            yield member


def _without_null(schema: Schema) -> Schema:
    schema = {**schema, "type": _names(_kinds(schema) - {"null"})}
    if "enum" in schema:
        return literals([value for value in schema["enum"] if value is not None])
    return schema


def _kinds(schema: Schema) -> set[str]:
    kinds = schema.get("type", [])
    return {kinds} if isinstance(kinds, str) else set(kinds)


def _names(kinds: Iterable[str]) -> str | list[str]:
    names = sorted(kinds, key=lambda name: (name == "null", name))
    return names[0] if len(names) == 1 else names


def _unique(members: Iterable[Schema]) -> list[Schema]:
    unique: list[Schema] = []
    for member in members:
        if member not in unique:
            unique.append(member)
    return unique


def _sorted_out(members: Iterable[Schema]) -> tuple[list[Any], set[str], list[Schema]]:
    """Constants, plain scalar kinds, and everything with structure."""
    constants: list[Any] = []
    kinds: set[str] = set()
    rest: list[Schema] = []
    for member in members:
        if "const" in member:
            constants.append(member["const"])
        elif "enum" in member:
            constants += member["enum"]
        elif set(member) == {"type"}:
            kinds |= _kinds(member)
        else:
            rest.append(member)
    return constants, kinds, rest


def _scalars(constants: list[Any], kinds: set[str]) -> list[Schema]:
    """A string beside named strings is any string: the names are suggestions then."""
    if "number" in kinds:
        kinds = kinds - {"integer"}
    open_kinds = kinds | ({"integer"} if "number" in kinds else set())
    left = [value for value in constants if _KINDS[type(value)] not in open_kinds]
    schemas = [literals(left)] if left else []
    return [*schemas, {"type": _names(kinds)}] if kinds else schemas
