"""JSON Schema → Type, for the subset that schemas of wire formats are written in.

Understood: ``type`` (also lists), ``properties``, ``required``, ``additionalProperties``, ``items``, ``enum``,
``const``, ``oneOf``/``anyOf``, ``allOf``, ``$ref`` within the document. Everything else (formats, ranges, ``not``,
``if``, ``patternProperties``) is not looked at, so the type may be larger than what the schema admits, never smaller.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from .algebra import intersect, join, literal, loosened
from .model import ANY, KINDS, NEVER, ObjectType, Prop, Type, kind_of

__all__ = ["SchemaError", "SchemaTypes", "from_json_schema"]

_STRUCTURE = frozenset({"properties", "items", "anyOf", "oneOf", "allOf", "$defs", "definitions"})
_OBJECT_WORDS = frozenset({"properties", "required", "additionalProperties"})


class SchemaError(ValueError):
    """A schema that cannot be read: what is wrong and where (a JSON pointer)."""

    def __init__(self, pointer: str, message: str) -> None:
        super().__init__(f"{pointer}: {message}")
        self.pointer = pointer
        self.message = message


class SchemaTypes:
    """The types of one schema document. A definition is resolved once: it is one ``ObjectType`` wherever it is used."""

    def __init__(self, document: Mapping[str, Any]) -> None:
        self._document = document
        self._done: dict[str, Type] = {}
        self._open: set[str] = set()
        self._loose: dict[str, Type] = {}

    def type(self, ref: str) -> Type:
        """The type at a JSON pointer, written ``#``, ``#/Name`` or ``#/$defs/Name``."""
        pointer = ref if ref.startswith("#") else "#/" + ref.lstrip("/")
        if pointer not in self._done:
            if pointer in self._open:  # a union that contains itself adds nothing
                return NEVER
            self._open.add(pointer)
            try:
                self._done[pointer] = self._type(self._find(pointer), pointer)
            finally:
                self._open.discard(pointer)
        return self._done[pointer]

    def loose(self, ref: str) -> Type:
        """The same for what nobody has promised: any value may stand anywhere, the members are those of the schema.

        In a list it is such a thing too.
        """
        if ref not in self._loose:
            found = loosened(self.type(ref))
            self._loose[ref] = Type(found.kinds, items=found.lazy_items or found, objects=found.objects)
        return self._loose[ref]

    def _find(self, pointer: str) -> Any:
        found: Any = self._document
        for part in pointer[1:].split("/")[1:]:
            key = part.replace("~1", "/").replace("~0", "~")
            if isinstance(found, Mapping) and key in found:
                found = found[key]
            elif isinstance(found, list) and key.isdigit() and int(key) < len(found):
                found = found[int(key)]
            else:
                raise SchemaError(pointer, f"a $ref leads here, and there is no {key!r}")
        return found

    def _type(self, schema: Any, pointer: str) -> Type:
        if schema is True:
            return ANY
        if schema is False:
            return NEVER
        if not isinstance(schema, Mapping):
            raise SchemaError(pointer, f"a schema is an object or a boolean, found {kind_of(schema)}")
        parts = [self._own(schema, pointer)]
        if "$ref" in schema:
            if not isinstance(schema["$ref"], str) or not schema["$ref"].startswith("#"):
                raise SchemaError(pointer, "$ref must point into the same document (#/...)")
            parts.append(self.type(schema["$ref"]))
        for i, part in enumerate(schema.get("allOf", ())):
            parts.append(self._type(part, f"{pointer}/allOf/{i}"))
        for word in ("anyOf", "oneOf"):
            if word in schema:
                parts.append(join(*(self._type(part, f"{pointer}/{word}/{i}") for i, part in enumerate(schema[word]))))
        result = ANY
        for part in parts:
            result = intersect(result, part)
        return result

    def _own(self, schema: Mapping[str, Any], pointer: str) -> Type:
        """What the words of one schema object say by themselves."""
        if "const" in schema:
            return literal(schema["const"])
        if "enum" in schema:
            return join(*map(literal, schema["enum"]))
        named = schema.get("type")
        names = [named] if isinstance(named, str) else list(named or ())
        unknown = [name for name in names if name not in KINDS and name != "integer"]
        if unknown:
            raise SchemaError(pointer, f"unknown type {unknown[0]!r}")
        kinds = {"number" if name == "integer" else name for name in names}
        if not kinds:
            # Members without a type are meant as an object's; strictly they would say nothing of other kinds.
            kinds = {"object"} if _OBJECT_WORDS & set(schema) else {"array"} if "items" in schema else set(KINDS)
        if kinds == KINDS and not (_OBJECT_WORDS | {"items"}) & set(schema):
            return ANY
        items = (
            (lambda: self._type(schema["items"], f"{pointer}/items"))
            if "items" in schema and "array" in kinds
            else None
        )
        objects = (self._object(schema, pointer),) if _OBJECT_WORDS & set(schema) and "object" in kinds else ()
        integer = "integer" in names and "number" not in names
        json = "string" in kinds and schema.get("contentMediaType") == "application/json"
        return Type(kinds, integer=integer, items=items, objects=objects, json=json)

    def _object(self, schema: Mapping[str, Any], pointer: str) -> ObjectType:
        required = set(schema.get("required", ()))
        properties: Mapping[str, Any] = schema.get("properties", {})

        def prop(key: str) -> Prop:
            return Prop(lambda: self._type(properties[key], f"{pointer}/properties/{key}"), key in required)

        props = {key: prop(key) for key in properties}
        for key in required - set(properties):
            props[key] = Prop(ANY)
        more = schema.get("additionalProperties", True)
        values = (lambda: self._type(more, f"{pointer}/additionalProperties")) if isinstance(more, Mapping) else None
        name = schema.get("title") or _tail(pointer)
        usual = frozenset(schema.get("x-usual", ()))
        single = frozenset(props if schema.get("maxProperties") == 1 else schema.get("x-one-of", ()))
        return ObjectType(str(name), props, open=more is not False, values=values, usual=usual, single=single)


def _tail(pointer: str) -> str:
    """A name for an object that has none: the last part of the pointer that is a name."""
    parts = [p for p in pointer.split("/")[1:] if not p.isdigit() and p not in _STRUCTURE]
    return parts[-1] if parts else "object"


def from_json_schema(document: Mapping[str, Any], ref: str = "#") -> Type:
    """The type of one definition. For several of one document make a ``SchemaTypes``, so that they share parts."""
    return SchemaTypes(document).type(ref)
