"""From a service model to JSON Schemas.

Some SDKs ship no types but a description of the service, which their clients are made from when they run: one JSON
document, mostly packed, with `operations` and named `shapes`. Roots name shapes here. What travels in the URL or in a
header is left out, and so is all prose.

- A `union` is one closed object of which exactly one member is there: which one says what it is, no constant does.
- An `eventstream` is a union of its events. Their names stand beside the payload, in the framing; the source file says
  under `events` which property has the name as its constant. A shape that is an event gets a definition of its own.
- A `document` is any JSON.

A reference made here is the name of a shape.
"""

from __future__ import annotations

import gzip
import importlib.util
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from .combine import Schema, literals, union
from .source import SourceError

__all__ = ["ServiceModel", "load_model"]

_SCALARS = {
    "blob": "string",
    "boolean": "boolean",
    "byte": "integer",
    "character": "string",
    "double": "number",
    "float": "number",
    "integer": "integer",
    "long": "integer",
    "short": "integer",
    "string": "string",
}
_EVENT = "Event"


def load_model(path: str) -> Mapping[str, Any]:
    """The service model at a path that begins with an importable package: `package/data/….json`, packed or not."""
    package, _, rest = path.partition("/")
    spec = importlib.util.find_spec(package) if package.isidentifier() else None
    if spec is None or not spec.submodule_search_locations:
        raise SourceError(f"model: there is no package {package!r}")
    file = Path(next(iter(spec.submodule_search_locations))) / rest
    try:
        data = file.read_bytes()
        model = json.loads(gzip.decompress(data) if file.suffix == ".gz" else data)
    except (OSError, ValueError) as error:
        raise SourceError(f"model: {path} cannot be read: {error}") from None
    if not isinstance(model, dict) or not isinstance(model.get("shapes"), dict):
        raise SourceError(f"model: {path} has no `shapes`")
    return model


class ServiceModel:
    """Collects the definition of every shape that a root reaches."""

    def __init__(self, model: Mapping[str, Any], events: str | None) -> None:
        self.definitions: dict[str, Schema] = {}
        self._shapes: Mapping[str, Any] = model["shapes"]
        self._events = events

    def schema(self, name: str) -> Schema:
        """The schema of a shape by its name: scalars as they are, structures as references."""
        shape = self._shapes.get(name)
        if shape is None:
            raise SourceError(f"the model has no shape {name!r}")
        kind = shape["type"]
        if kind == "structure":
            return {} if shape.get("document") else self._reference(name)
        if kind == "list":
            return {"type": "array", "items": self.schema(shape["member"]["shape"])}
        if kind == "map":
            return {"type": "object", "additionalProperties": self.schema(shape["value"]["shape"]) or True}
        if kind == "timestamp":  # seconds, unless the model says a text
            return {"type": "number" if shape.get("timestampFormat") in (None, "unixTimestamp") else "string"}
        if kind not in _SCALARS:
            raise SourceError(f"{name}: no JSON value has the type {kind!r}")
        return literals(shape["enum"]) if "enum" in shape else {"type": _SCALARS[kind]}

    def _reference(self, name: str) -> Schema:
        if name not in self.definitions:
            shape = self._shapes[name]
            self.definitions[name] = {"type": "object"}  # stands in while the shape refers to itself
            self.definitions[name] = self._event_stream(name) if shape.get("eventstream") else self._object(name)
        return {"$ref": name}

    def _object(self, name: str) -> Schema:
        shape = self._shapes[name]
        members = {
            member.get("locationName", key): (key, member["shape"])
            for key, member in shape["members"].items()
            if "location" not in member
        }
        schema: Schema = {
            "type": "object",
            "properties": {wire: self.schema(target) for wire, (_, target) in members.items()},
            "additionalProperties": False,
        }
        required = sorted(wire for wire, (key, _) in members.items() if key in shape.get("required", ()))
        if required:
            schema["required"] = required
        return {**schema, "minProperties": 1, "maxProperties": 1} if shape.get("union") else schema

    def _event_stream(self, name: str) -> Schema:
        if self._events is None:
            raise SourceError(f"{name}: `events` must say which property has the name of an event")
        members = []
        for event, member in self._shapes[name]["members"].items():
            target = member["shape"]
            key = target if target.endswith(_EVENT) else target + _EVENT
            if key in self.definitions or (key != target and key in self._shapes):
                raise SourceError(f"{name}: {event}: there is a definition {key!r} already")
            schema = self._object(target)
            if self._events in schema["properties"]:
                raise SourceError(f"{name}: {event}: it has a member {self._events!r} itself")
            schema["properties"][self._events] = {"const": event}
            schema["required"] = sorted([*schema.get("required", ()), self._events])
            self.definitions[key] = schema
            members.append({"$ref": key})
        return union(members)
