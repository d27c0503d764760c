"""Hand-written corrections to an extracted document.

An overlay is a list of changes, each with its `source`. A change that no longer changes anything is an error, so what
the SDK catches up with has to leave the overlay.

    - at: [Message.context_management, MessageDelta.context_management]   # Definition or Definition.property
      add: {type: object}          # the property or definition must be new
      source: recorded traffic, 2026-08

`add`, `replace`, `remove: true`, `nullable: true`, `required: true|false`, `open: true` (further properties allowed),
`json: true` (a text that holds JSON), `members: [Name]` (further members of a union), `usual: [name]` (what an object
mostly holds: generated code looks for the rest only where there is more), `one_of: [name]` (members of which an object
has one at a time). `root: true` beside `add` keeps a definition
that nothing refers to.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from .combine import Schema, nullable

__all__ = ["OverlayError", "apply"]

_ACTIONS = {"add", "replace", "remove", "nullable", "required", "open", "members", "one_of", "usual", "json"}
_NOTES = {"at", "source", "why", "root"}


class OverlayError(ValueError):
    """A change that does not fit the document."""


def apply(definitions: Mapping[str, Schema], changes: list[Mapping[str, Any]]) -> dict[str, Schema]:
    """The definitions with all changes made, in the order they are written."""
    result = {name: _copy(schema) for name, schema in definitions.items()}
    for change in changes:
        actions = set(change) & _ACTIONS
        unknown = sorted(set(change) - _ACTIONS - _NOTES)
        if unknown:
            raise OverlayError(f"{change.get('at')}: unknown key {unknown[0]!r}")
        if not actions or not {"at", "source"} <= set(change):
            raise OverlayError(f"{change}: needs `at`, `source` and one of {', '.join(sorted(_ACTIONS))}")
        places = change["at"] if isinstance(change["at"], list) else [change["at"]]
        for place in places:
            for action in sorted(actions):
                _Place(result, place).change(action, _copy(change[action]))
    return result


class _Place:
    """One definition, or one property of it."""

    def __init__(self, definitions: dict[str, Schema], place: str) -> None:
        self.text = place
        self.owner, _, self.name = place.partition(".")
        self.definitions = definitions
        if self.name:
            definition = definitions.get(self.owner)
            if definition is None or definition.get("type") != "object":
                raise OverlayError(f"{place}: there is no object definition {self.owner!r}")
            self.definition: Schema = definition
            self.holder: dict[str, Any] = definition.setdefault("properties", {})
        else:
            self.name = self.owner
            self.holder = definitions
            self.definition = definitions.get(self.owner, {})

    def change(self, action: str, value: Any) -> None:
        before = _copy(self.holder.get(self.name)), _copy(self.definition)
        if (action == "add") == (self.name in self.holder):
            raise OverlayError(f"{self.text}: {action}: it is {'already' if action == 'add' else 'not'} there")
        getattr(self, "_" + action)(value)
        if before == (self.holder.get(self.name), self.definition):
            raise OverlayError(f"{self.text}: {action}: changes nothing")

    def _add(self, value: Any) -> None:
        self.holder[self.name] = value

    _replace = _add

    def _remove(self, value: Any) -> None:
        del self.holder[self.name]
        if self.holder is not self.definitions:
            self._required(False)

    def _nullable(self, value: Any) -> None:
        self.holder[self.name] = nullable(self.holder[self.name])

    def _required(self, value: Any) -> None:
        required = set(self.definition.get("required", ())) - {self.name} | ({self.name} if value else set())
        self.definition.pop("required", None)
        if required:
            self.definition["required"] = sorted(required)

    def _open(self, value: Any) -> None:
        self.holder[self.name]["additionalProperties"] = bool(value)

    def _json(self, value: Any) -> None:
        schema = self.holder[self.name]
        kinds = schema.get("type")
        if "string" not in (kinds if isinstance(kinds, list) else [kinds]):
            raise OverlayError(f"{self.text}: json: it is no text")
        schema["contentMediaType"] = "application/json"

    def _usual(self, value: Any) -> None:
        self._named("usual", value)

    def _one_of(self, value: Any) -> None:
        self._named("one_of", value)

    def _named(self, action: str, names: Any) -> None:
        schema = self.holder[self.name]
        for name in names:
            if name not in schema.get("properties", {}):
                raise OverlayError(f"{self.text}: {action}: there is no property {name!r}")
        schema[f"x-{action.replace('_', '-')}"] = sorted(names)

    def _members(self, value: Any) -> None:
        schema = self.holder[self.name]
        key = "oneOf" if "oneOf" in schema else "anyOf"
        if key not in schema:
            raise OverlayError(f"{self.text}: members: it is no union")
        schema[key] += [{"$ref": f"#/$defs/{name}"} for name in value]


def _copy(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _copy(item) for key, item in value.items()}
    return [_copy(item) for item in value] if isinstance(value, list) else value
