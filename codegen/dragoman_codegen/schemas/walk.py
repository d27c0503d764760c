"""From the annotations of an SDK to JSON Schemas.

Two families of classes say what goes over a wire: TypedDicts (what a client may send) and pydantic models (what comes
back, and in some SDKs what is sent). Other SDKs have no class for a request, only a method whose parameters are its
fields. All are read through Python's own introspection, so no source text of the SDK is looked at, and no prose taken.

A reference made here is a key `module:name`, not yet a definition name: names are chosen when all classes are known.
"""

from __future__ import annotations

import datetime
import enum
import inspect
import types
import typing
from collections.abc import Collection, Iterable, Mapping, MutableMapping, Sequence
from typing import Any

import typing_extensions

from .combine import Schema, literals, opaque_object, union

__all__ = ["Walker", "key_of", "object_members"]

_WRAPPERS: set[object] = {
    typing.Required,
    typing.NotRequired,
    typing_extensions.Required,
    typing_extensions.NotRequired,
    typing_extensions.ReadOnly,
    typing.Annotated,
    typing_extensions.Annotated,
}
_REQUIRED: set[object] = {typing.Required, typing_extensions.Required}
_NOT_REQUIRED: set[object] = {typing.NotRequired, typing_extensions.NotRequired}
_SCALARS: dict[object, Schema] = {
    bool: {"type": "boolean"},
    int: {"type": "integer"},
    float: {"type": "number"},
    str: {"type": "string"},
    bytes: {"type": "string"},  # in base64
    datetime.datetime: {"type": "string"},
    datetime.date: {"type": "string"},
}


class Walker:
    """Collects the definition of every class that an annotation reaches.

    `whole`: field -> constants. An object with one of these constants there is kept whole by the rules, so nothing
    but that field is written down, and all others pass.
    """

    def __init__(self, unions: Mapping[frozenset[object], str], whole: Mapping[str, Collection[str]] = {}) -> None:
        self.definitions: dict[str, Schema] = {}
        self.met: set[tuple[str, str]] = set()
        self._unions = unions
        self._whole = whole

    def schema(self, annotation: Any) -> Schema:
        """The schema of one annotation."""
        annotation = _unwrap(annotation)
        if annotation in (Any, object) or isinstance(annotation, typing.TypeVar):
            return {}
        if annotation is None or annotation is types.NoneType:
            return {"type": "null"}
        origin, arguments = typing_extensions.get_origin(annotation), typing_extensions.get_args(annotation)
        if origin in (typing.Literal, typing_extensions.Literal):
            return literals(arguments)
        if origin in (typing.Union, types.UnionType):
            return self._union(arguments)
        if _is_map(annotation, origin):
            return self._map(arguments)
        if _is_list(annotation, origin):
            return {"type": "array", "items": self.schema(arguments[0]) if arguments else {}}
        if annotation in _SCALARS:
            return dict(_SCALARS[annotation])
        if isinstance(annotation, type) and issubclass(annotation, enum.Enum):
            return literals([member.value for member in annotation])
        if _is_object(annotation) or inspect.isfunction(annotation):
            return self._reference(annotation)
        raise TypeError(f"no JSON value has the type {annotation!r}")

    def _reference(self, cls: Any) -> Schema:
        key = key_of(cls)
        if key not in self.definitions:
            self.definitions[key] = {"type": "object"}  # stands in while the class refers to itself
            self.definitions[key] = self._object(cls)
        return {"$ref": key}

    def _object(self, cls: Any) -> Schema:
        properties: Schema = {}
        required = []
        fields = _fields(cls)
        mark = self._mark(fields)
        for name, (annotation, needed) in fields.items() if mark is None else [(mark, fields[mark])]:
            properties[name] = self.schema(annotation)
            if needed:
                required.append(name)
        extra = self._extra(cls) if mark is None else {}  # any field belongs to it
        schema: Schema = {"type": "object", "properties": properties, "additionalProperties": extra}
        return {**schema, "required": sorted(required)} if required else schema

    def _mark(self, fields: Mapping[str, tuple[Any, bool]]) -> str | None:
        """The field that says of an object that it is kept whole."""
        for name, constants in self._whole.items():
            constant = self.schema(fields[name][0]).get("const") if name in fields else None
            if isinstance(constant, str) and constant in constants:
                self.met.add((name, constant))
                return name
        return None

    def _extra(self, cls: Any) -> bool | Schema:
        """What a class says about fields that it does not name; SDK base classes let all pass and so say nothing."""
        if inspect.isfunction(cls):
            return False
        if typing_extensions.is_typeddict(cls):
            extra = getattr(cls, "__extra_items__", None)
            if extra is None or extra is typing_extensions.NoExtraItems or extra is typing_extensions.Never:
                return False
            return self.schema(extra) or True
        for base in cls.__mro__:
            own = inspect.get_annotations(base)
            if getattr(base, "model_fields", None) and "__pydantic_extra__" in own:
                values = typing_extensions.get_args(own["__pydantic_extra__"])
                return (self.schema(values[1]) if len(values) == 2 else {}) or True
        return False

    def _map(self, arguments: tuple[Any, ...]) -> Schema:
        values = self.schema(arguments[1]) if len(arguments) == 2 else {}
        return {"type": "object", "additionalProperties": values} if values else opaque_object()

    def _union(self, arguments: Iterable[Any]) -> Schema:
        members = [member for member in _members(arguments) if _is_json(member)]
        if any(typing_extensions.is_typeddict(member) for member in members):
            # parameters also take the SDK's response objects, which reach the wire in the form of the parameters
            members = [member for member in members if not _is_model(member)]
        named = self._unions.get(object_members(members))
        if named is None:
            return union([self.schema(member) for member in members])
        others = [self.schema(member) for member in members if not _is_object(member)]
        return union([self._named(named, members), *others])

    def _named(self, name: str, members: Sequence[Any]) -> Schema:
        if name not in self.definitions:
            self.definitions[name] = {}
            objects = [self.schema(member) for member in members if _is_object(member)]
            self.definitions[name] = union(objects)
        return {"$ref": name}


def key_of(cls: Any) -> str:
    return f"{cls.__module__}:{cls.__qualname__}"


def object_members(annotations: Iterable[Any]) -> frozenset[object]:
    """The classes among the members of a union, parameters before responses; empty when there are fewer than two."""
    members = [member for member in _members(annotations) if _is_object(member)]
    if any(typing_extensions.is_typeddict(member) for member in members):
        members = [member for member in members if not _is_model(member)]
    return frozenset(members) if len(members) > 1 else frozenset()


def _members(annotations: Iterable[Any]) -> Iterable[Any]:
    for annotation in annotations:
        annotation = _unwrap(annotation)
        if typing_extensions.get_origin(annotation) in (typing.Union, types.UnionType):
            yield from _members(typing_extensions.get_args(annotation))
        else:
            yield annotation


def _unwrap(annotation: Any) -> Any:
    while True:
        if typing_extensions.get_origin(annotation) in _WRAPPERS:
            annotation = typing_extensions.get_args(annotation)[0]
        elif isinstance(annotation, typing_extensions.TypeAliasType):
            annotation = annotation.__value__
        else:
            return annotation


def _fields(cls: Any) -> dict[str, tuple[Any, bool]]:
    """Wire name -> (annotation, required)."""
    if _is_model(cls):
        return {
            field.alias or field.serialization_alias or name: (field.annotation, field.is_required() or _fixed(field))
            for name, field in cls.model_fields.items()
        }
    if inspect.isfunction(cls):
        hints = typing_extensions.get_type_hints(cls, include_extras=True)
        parameters = inspect.signature(cls).parameters.values()
        return {p.name: (hints[p.name], p.default is p.empty) for p in parameters if p.name in hints}
    fields = {}
    for name, annotation in typing_extensions.get_type_hints(cls, include_extras=True).items():
        origin = typing_extensions.get_origin(annotation)
        # postponed annotations hide Required[...] from the class, so the marker itself is looked at first
        needed = origin in _REQUIRED or (
            cls.__total__ and origin not in _NOT_REQUIRED and name in cls.__required_keys__
        )
        fields[_alias(annotation, name)] = (annotation, needed)
    return fields


def _fixed(field: Any) -> bool:
    """A constant that the class fills in by itself, which therefore is always there."""
    annotation = _unwrap(field.annotation)
    if typing_extensions.get_origin(annotation) not in (typing.Literal, typing_extensions.Literal):
        return False
    return typing_extensions.get_args(annotation) == (field.default,)


def _alias(annotation: Any, name: str) -> str:
    """The name on the wire, where the SDK gives a parameter another one in Python."""
    for _ in range(4):
        for extra in getattr(annotation, "__metadata__", ()):
            alias = getattr(extra, "alias", None)
            if isinstance(alias, str):
                return alias
        inner = typing_extensions.get_args(annotation)
        if not inner:
            return name
        annotation = inner[0]
    return name


def _is_model(annotation: Any) -> bool:
    return isinstance(annotation, type) and hasattr(annotation, "model_fields")


def _is_object(annotation: Any) -> bool:
    return typing_extensions.is_typeddict(annotation) or _is_model(annotation)


def _is_map(annotation: Any, origin: Any) -> bool:
    return (origin or annotation) in (dict, Mapping, MutableMapping)


def _is_list(annotation: Any, origin: Any) -> bool:
    cls = origin or annotation
    if cls in (Iterable, Sequence, Collection, list, tuple, set):
        return True
    # a protocol for "sequence, but not str" is a list on the wire
    return isinstance(cls, type) and getattr(cls, "_is_protocol", False) and hasattr(cls, "__getitem__")


def _is_json(annotation: Any) -> bool:
    """False for what parameters take beside JSON: open files and paths."""
    origin = typing_extensions.get_origin(annotation) or annotation
    if not isinstance(origin, type) or origin in _SCALARS or origin in {types.NoneType, object, Any}:
        return True
    if issubclass(origin, enum.Enum):
        return True
    if _is_object(annotation) or _is_map(annotation, origin) or _is_list(annotation, origin):
        return not issubclass(origin, typing.IO)
    return False
