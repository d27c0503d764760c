"""JSON Schemas for decoders that take only a dialect of JSON Schema. The dialect is data:

* `keep`: keywords that are taken as they are; `rename`: keywords under another name;
* `values`: for a keyword, the values that are taken (others are dropped);
* `force`: members for schemas of a type that they must have (`{object: {additionalProperties: false}}`);
* `to_description`: keywords that are told in the description instead;
* every other keyword is dropped.
"""

from collections.abc import Mapping
from json import dumps
from typing import Any

from ..loss import Rule
from ..places import At
from .call import Call, malformed

__all__ = ["SchemaDialect", "lower_schema"]

_MAPS = frozenset({"properties", "$defs", "definitions", "patternProperties", "dependentSchemas"})
_LISTS = frozenset({"anyOf", "oneOf", "allOf", "prefixItems"})
_SCHEMAS = frozenset({"items", "additionalProperties", "not", "if", "then", "else", "contains", "propertyNames"})


class SchemaDialect:
    """What a decoder takes, and the losses for what it does not."""

    __slots__ = ("described", "dropped", "force", "forced", "keep", "moved", "rename", "values")

    def __init__(
        self,
        *,
        keep: frozenset[str],
        rename: Mapping[str, str],
        values: Mapping[str, tuple[Any, ...]],
        force: Mapping[str, Mapping[str, Any]],
        to_description: frozenset[str],
        moved: Rule,
        dropped: Rule,
        forced: Rule,
    ) -> None:
        self.keep, self.rename, self.values, self.force = keep, rename, values, force
        self.described, self.moved, self.dropped, self.forced = to_description, moved, dropped, forced


def lower_schema(schema: Any, dialect: SchemaDialect, call: Call, at: At) -> Any:
    """The schema in the dialect; null stays null. A schema that is neither object nor boolean is malformed."""
    if schema is None or isinstance(schema, bool):
        return schema
    if not isinstance(schema, dict):
        raise malformed(at, "a JSON Schema", schema)
    out: dict[str, Any] = {}
    told: list[str] = []
    for word, value in schema.items():
        target = dialect.rename.get(word, word)
        if word in dialect.values and value not in dialect.values[word]:
            told.append(f"{word}: {_text(value)}")
            call.lose(dialect.moved, (at, word))
        elif target in dialect.keep or word in dialect.values:
            out[target] = _inner(word, value, dialect, call, (at, word))
        elif word in dialect.described:
            told.append(f"{word}: {_text(value)}")
            call.lose(dialect.moved, (at, word))
        else:
            call.lose(dialect.dropped, (at, word))
    for kind, members in dialect.force.items():
        if _is(schema, kind):
            for name, value in members.items():
                if out.get(name) != value:
                    if name in schema:
                        call.lose(dialect.forced, (at, name))
                    out[name] = value
    if told:
        said = out.get("description")
        out["description"] = "\n".join([*([said] if isinstance(said, str) and said else ()), f"{{{', '.join(told)}}}"])
    return out


def _inner(word: str, value: Any, dialect: SchemaDialect, call: Call, at: At) -> Any:
    if word in _MAPS and isinstance(value, dict):
        return {name: _part(part, dialect, call, (at, name)) for name, part in value.items()}
    if word in _LISTS and isinstance(value, list):
        return [_part(part, dialect, call, (at, i)) for i, part in enumerate(value)]
    if word in _SCHEMAS:
        return _part(value, dialect, call, at)
    return value


def _part(value: Any, dialect: SchemaDialect, call: Call, at: At) -> Any:
    return lower_schema(value, dialect, call, at) if isinstance(value, dict) else value


def _is(schema: dict[str, Any], kind: str) -> bool:
    types = schema.get("type")
    return (
        types == kind
        or (isinstance(types, list) and kind in types)
        or (types is None and kind == "object" and "properties" in schema)
    )


def _text(value: Any) -> str:
    return value if isinstance(value, str) else dumps(value, ensure_ascii=False, default=str)
