"""A few words for saying what a request must look like, shared by the rule books of the scripted servers."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

__all__ = ["Invalid", "fields", "is_kind", "join", "matches", "one_of", "sample", "tag"]

_KINDS: dict[str, tuple[type, ...]] = {
    "string": (str,),
    "integer": (int,),
    "number": (int, float),
    "boolean": (bool,),
    "array": (list,),
    "object": (dict,),
    "null": (type(None),),
}


class Invalid(Exception):
    """The request breaks a rule; `param` names the field."""

    def __init__(self, param: str, problem: str, code: str | None = None) -> None:
        super().__init__(f"{param}: {problem}" if param else problem)
        self.param = param
        self.problem = problem
        self.code = code


def join(where: str, key: str | int) -> str:
    """The dotted place of `key` below `where`."""
    return f"{where}.{key}" if where else str(key)


def is_kind(value: Any, kinds: str) -> bool:
    """Whether a JSON value is of one of the kinds, written `string|array`. A boolean is no number."""
    if isinstance(value, bool):
        return "boolean" in kinds.split("|")
    return any(isinstance(value, _KINDS[kind]) for kind in kinds.split("|"))


def fields(value: Any, where: str, required: Mapping[str, str], optional: Mapping[str, str] | None = None) -> None:
    """`value` is an object with these fields, each of its kind, and no others."""
    if not isinstance(value, dict):
        raise Invalid(where, "Input should be an object")
    optional = optional or {}
    for name in required:
        if name not in value:
            raise Invalid(join(where, name), "Field required")
    for name, found in value.items():
        kinds = required.get(name) or optional.get(name)
        if kinds is None:
            raise Invalid(join(where, name), "Extra inputs are not permitted")
        if not is_kind(found, kinds):
            raise Invalid(join(where, name), f"Input should be a valid {kinds.replace('|', ' or ')}")


def tag(value: Any, name: str) -> str:
    """The string that tells the alternatives of a union apart; empty if there is none, which is no alternative."""
    found = value.get(name) if isinstance(value, dict) else None
    return found if isinstance(found, str) else ""


def one_of(value: Any, where: str, *allowed: Any) -> None:
    """`value` is one of these constants."""
    if value not in allowed:
        raise Invalid(where, "Input should be " + " or ".join(repr(item) for item in allowed))


def matches(value: str, where: str, pattern: str) -> None:
    """The whole of `value` fits the pattern."""
    if not re.fullmatch(pattern, value):
        raise Invalid(where, f"String should match pattern '^{pattern}$'")


def sample(schema: Any) -> Any:
    """A value that fits a JSON Schema of the plain kind that tools and structured outputs use."""
    if not isinstance(schema, dict):
        return None
    for key in ("const", "default"):
        if key in schema:
            return schema[key]
    for key in ("enum", "examples"):
        if schema.get(key):
            return schema[key][0]
    for key in ("anyOf", "oneOf"):
        if schema.get(key):
            return sample(schema[key][0])
    kind = schema.get("type")
    if isinstance(kind, list):
        kind = kind[0]
    if kind == "object" or "properties" in schema:
        return {name: sample(inner) for name, inner in schema.get("properties", {}).items()}
    if kind == "array":
        return [sample(schema.get("items", {"type": "string"}))]
    return {"string": "sample", "integer": 7, "number": 1.5, "boolean": True}.get(str(kind))
