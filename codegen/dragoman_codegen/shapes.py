"""Has a file the shape that a schema of `specs/language/` says? A quick yes or no; `metaschema` says what is wrong.

Schemas are made into functions once. Where a schema says something that is not known here, the answer is always no, so
that the question goes on to one who knows all of JSON Schema.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from dragoman_codegen.source import Node

__all__ = ["KEYWORDS", "Shapes"]

Holds = Callable[[Node], bool]
_SILENT = frozenset({"$schema", "definitions", "description", "else", "examples", "patternErrorMessage", "then",
                     "title"})  # fmt: skip


class Shapes:
    """The schemas of a folder, read by name."""

    def __init__(self, read: Callable[[str], dict[str, Any]]) -> None:
        self.read = read
        self.whole: dict[str, dict[str, Any]] = {}
        self.made: dict[tuple[str, str], list[Holds]] = {}
        self.known = True
        """All that was met so far."""

    def holds(self, name: str, node: Node, *, delta: bool = False) -> bool:
        """`delta`: keys that a whole file must have may be missing."""
        tests = self._of(name, "delta" if delta else "")
        return self.known and all(test(node) for test in tests)

    def _of(self, name: str, place: str) -> list[Holds]:
        """The tests of a schema, by its file and what `$ref` writes behind the `#`."""
        key = name, place
        if key not in self.made:
            self.made[key] = []  # it may refer to itself
            schema: Any = self._schema(name)
            if place == "delta":
                schema = {keyword: said for keyword, said in schema.items() if keyword != "required"}
            for step in place.split("/")[1:]:
                schema = schema[step]
            self.made[key] += self._tests(name, schema)
        return self.made[key]

    def _schema(self, name: str) -> dict[str, Any]:
        if name not in self.whole:
            self.whole[name] = self.read(name)
        return self.whole[name]

    def _tests(self, name: str, schema: Any) -> list[Holds]:
        if isinstance(schema, bool):
            return [] if schema else [lambda node: False]
        if "$ref" in schema:  # in draft 7 what stands beside it says nothing
            file, _, place = schema["$ref"].partition("#")
            return self._of(file or name, place)
        tests = []
        for keyword, said in schema.items():
            if keyword in KEYWORDS:
                tests.append(KEYWORDS[keyword](self, name, said, schema))
            elif keyword not in _SILENT:
                self.known = False
        return tests

    def test(self, name: str, schema: Any) -> Holds:
        tests = self._tests(name, schema)
        return lambda node: all(test(node) for test in tests)


# ---------------------------------------------------------------------- kinds and values
def _kind(node: Node) -> str:
    value = node.value
    if isinstance(value, dict):
        return "object"
    if isinstance(value, list):
        return "array"
    if isinstance(value, bool):
        return "boolean"
    if value is None:
        return "null"
    return "string" if isinstance(value, str) else "number"


def _type(shapes: Shapes, name: str, said: Any, schema: Any) -> Holds:
    kinds = {said} if isinstance(said, str) else set(said)

    def test(node: Node) -> bool:
        kind = _kind(node)
        whole = "integer" in kinds and isinstance(node.value, int | float) and node.value % 1 == 0
        return kind in kinds or (whole and kind == "number")

    return test


def _enum(shapes: Shapes, name: str, said: Any, schema: Any) -> Holds:
    known = {(type(value) is bool, value) for value in said}
    return lambda node: not isinstance(node.value, dict | list) and (type(node.value) is bool, node.value) in known


def _const(shapes: Shapes, name: str, said: Any, schema: Any) -> Holds:
    return _enum(shapes, name, [said], schema)


# ---------------------------------------------------------------------- texts
def _min_length(shapes: Shapes, name: str, said: Any, schema: Any) -> Holds:
    return lambda node: not isinstance(node.value, str) or len(node.value) >= said


def _pattern(shapes: Shapes, name: str, said: Any, schema: Any) -> Holds:
    found = re.compile(said).search
    return lambda node: not isinstance(node.value, str) or found(node.value) is not None


# ---------------------------------------------------------------------- mappings
def _properties(shapes: Shapes, name: str, said: Any, schema: Any) -> Holds:
    tests = {key: shapes.test(name, part) for key, part in said.items()}

    def test(node: Node) -> bool:
        value = node.value
        return not isinstance(value, dict) or all(key not in tests or tests[key](part) for key, part in value.items())

    return test


def _additional(shapes: Shapes, name: str, said: Any, schema: Any) -> Holds:
    known = frozenset(schema.get("properties", {}))
    patterns = [re.compile(text).search for text in schema.get("patternProperties", {})]
    one = shapes.test(name, said)

    def test(node: Node) -> bool:
        return all(key in known or any(found(key) for found in patterns) or one(part)
                   for key, part in node.members.items())  # fmt: skip

    return test


def _by_pattern(shapes: Shapes, name: str, said: Any, schema: Any) -> Holds:
    tests = [(re.compile(text).search, shapes.test(name, one)) for text, one in said.items()]
    return lambda node: all(
        one(part) for key, part in node.members.items() for found, one in tests if found(key) is not None
    )


def _required(shapes: Shapes, name: str, said: Any, schema: Any) -> Holds:
    return lambda node: not isinstance(node.value, dict) or all(key in node.value for key in said)


def _property_names(shapes: Shapes, name: str, said: Any, schema: Any) -> Holds:
    one = shapes.test(name, said)
    return lambda node: all(one(Node("scalar", key, node.span, "plain")) for key in node.members)


def _min_members(shapes: Shapes, name: str, said: Any, schema: Any) -> Holds:
    return lambda node: not isinstance(node.value, dict) or len(node.value) >= said


def _max_members(shapes: Shapes, name: str, said: Any, schema: Any) -> Holds:
    return lambda node: not isinstance(node.value, dict) or len(node.value) <= said


# ---------------------------------------------------------------------- lists
def _items(shapes: Shapes, name: str, said: Any, schema: Any) -> Holds:
    if isinstance(said, list):  # one for each place
        shapes.known = False
        return lambda node: False
    one = shapes.test(name, said)
    return lambda node: all(one(part) for part in node.elements)


def _min_items(shapes: Shapes, name: str, said: Any, schema: Any) -> Holds:
    return lambda node: not isinstance(node.value, list) or len(node.value) >= said


def _unique(shapes: Shapes, name: str, said: Any, schema: Any) -> Holds:
    def test(node: Node) -> bool:
        values = [part.plain() for part in node.elements]
        return not any(value in values[:n] for n, value in enumerate(values))

    return test


# ---------------------------------------------------------------------- of several
def _all_of(shapes: Shapes, name: str, said: Any, schema: Any) -> Holds:
    tests = [shapes.test(name, one) for one in said]
    return lambda node: all(test(node) for test in tests)


def _any_of(shapes: Shapes, name: str, said: Any, schema: Any) -> Holds:
    tests = [shapes.test(name, one) for one in said]
    return lambda node: any(test(node) for test in tests)


def _not(shapes: Shapes, name: str, said: Any, schema: Any) -> Holds:
    one = shapes.test(name, said)
    return lambda node: not one(node)


def _if(shapes: Shapes, name: str, said: Any, schema: Any) -> Holds:
    asked = shapes.test(name, said)
    yes, no = (shapes.test(name, schema.get(key, True)) for key in ("then", "else"))
    return lambda node: (yes if asked(node) else no)(node)


KEYWORDS: dict[str, Callable[[Shapes, str, Any, Any], Holds]] = {
    "additionalProperties": _additional,
    "allOf": _all_of,
    "anyOf": _any_of,
    "const": _const,
    "enum": _enum,
    "if": _if,
    "items": _items,
    "maxProperties": _max_members,
    "minItems": _min_items,
    "minLength": _min_length,
    "minProperties": _min_members,
    "not": _not,
    "pattern": _pattern,
    "patternProperties": _by_pattern,
    "properties": _properties,
    "propertyNames": _property_names,
    "required": _required,
    "type": _type,
    "uniqueItems": _unique,
}
