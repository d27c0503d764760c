"""JSON Schemas for decoders that take only a dialect of JSON Schema. The dialect is data:

* `keep`: keywords that are taken as they are; `rename`: keywords under another name;
* `values`: for a keyword, the values that are taken (others are dropped); `spell`: values that are spelt otherwise;
* `force`: members for schemas of a type that they must have (`{object: {additionalProperties: false}}`); `fill`: the
  same, where they are missing;
* `to_description`: keywords that are told in the description instead;
* `inline`: references within the schema and parts of `allOf` are put in their place, and `const` is an `enum` of one;
* `nulls`: how null is said: `nullable` (a member) or `type` (a type among others);
* `texts`: values of `enum` are texts; `declared`: `required` names declared properties only;
* every other keyword is dropped.
"""

from collections.abc import Mapping
from json import dumps
from typing import Any
from urllib.parse import unquote

from ..loss import Rule
from ..places import At
from .call import Call, malformed
from .jmes import equal

__all__ = ["SchemaDialect", "lower_schema"]

_MAPS = frozenset({"properties", "$defs", "definitions", "patternProperties", "dependentSchemas"})
_LISTS = frozenset({"anyOf", "oneOf", "allOf", "prefixItems"})
_SCHEMAS = frozenset({"items", "additionalProperties", "not", "if", "then", "else", "contains", "propertyNames"})
_MOST = 5000  # schemas that one schema may grow to when what it refers to is put in its place


class SchemaDialect:
    """What a decoder takes, and the losses for what it does not."""

    __slots__ = (
        *("declared", "described", "dropped", "fill", "force", "forced", "inline", "keep", "moved", "nulls", "rename"),
        *("spell", "texts", "values"),
    )

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
        fill: Mapping[str, Mapping[str, Any]] | None = None,
        spell: Mapping[str, Mapping[str, Any]] | None = None,
        inline: bool = False,
        nulls: str | None = None,
        texts: bool = False,
        declared: bool = False,
    ) -> None:
        self.keep, self.rename, self.values, self.force = keep, rename, values, force
        self.described, self.moved, self.dropped, self.forced = to_description, moved, dropped, forced
        self.fill, self.spell = fill or {}, spell or {}
        self.inline, self.nulls, self.texts, self.declared = inline, nulls, texts, declared


def lower_schema(schema: Any, dialect: SchemaDialect, call: Call, at: At) -> Any:
    """The schema in the dialect; null stays null. A schema that is neither object nor boolean is malformed."""
    if schema is None or isinstance(schema, bool):
        return schema
    if not isinstance(schema, dict):
        raise malformed(at, "a JSON Schema", schema)
    return _Lowering(schema, dialect, call, at).schema(schema, at, ())


class _Lowering:
    """One schema on its way."""

    def __init__(self, root: dict[str, Any], dialect: SchemaDialect, call: Call, at: At) -> None:
        self.root, self.dialect, self.call, self.at = root, dialect, call, at
        self.left = _MOST

    def schema(self, schema: dict[str, Any], at: At, seen: tuple[str, ...], *, whole: bool = True) -> dict[str, Any]:
        dialect, call = self.dialect, self.call
        out: dict[str, Any] = {}
        told: list[str] = []
        self.left -= 1
        for word, value in schema.items():
            target = dialect.rename.get(word, word)
            if dialect.inline and self._put_in(word, value, at, seen, out):
                continue
            if word in dialect.spell:
                value = self._spelt(dialect.spell[word], value)
            if word in dialect.values and value not in dialect.values[word]:
                told.append(f"{word}: {_text(value)}")
                call.lose(dialect.moved, (at, word))
            elif target in dialect.keep or word in dialect.values:
                _join(out, {target: self._inner(target, value, (at, word), seen)})
            elif word in dialect.described:
                told.append(f"{word}: {_text(value)}")
                call.lose(dialect.moved, (at, word))
            elif word != "nullable" or dialect.nulls != "type":
                call.lose(dialect.dropped, (at, word))
        if dialect.nulls == "nullable":
            _nullable(out)
        elif dialect.nulls == "type" and schema.get("nullable") is True:
            _or_null(out)
        self._enum(schema, out, at)
        if whole:  # what a part of `allOf` lacks, another may have
            self._members(schema, out, at)
        if told:
            said = out.get("description")
            more = f"{{{', '.join(told)}}}"
            out["description"] = "\n".join([*([said] if isinstance(said, str) and said else ()), more])
        return out

    def _put_in(self, word: str, value: Any, at: At, seen: tuple[str, ...], out: dict[str, Any]) -> bool:
        """What stands elsewhere, or in another form, put in its place; False: it is no such keyword."""
        if word in {"$defs", "definitions"}:
            return True
        if word == "const":
            out["enum"] = [value]
        elif word == "$ref":
            found, place = self._found(value)
            if found is None or value in seen or self.left < 0:
                self.call.lose(self.dialect.dropped, (at, word))
            else:
                _join(out, self.schema(found, place, (*seen, value)))
        elif word == "allOf" and isinstance(value, list) and all(isinstance(part, dict) for part in value):
            for n, part in enumerate(value):
                for name in _join(out, self.schema(part, (at, word, n), seen, whole=False)):
                    self.call.lose(self.dialect.dropped, (at, word, n, name))
        else:
            return False
        return True

    def _found(self, reference: Any) -> tuple[dict[str, Any] | None, At]:
        """What a reference within the schema names, and its place."""
        found: Any = self.root
        place = self.at
        if not isinstance(reference, str) or not reference.startswith("#"):
            return None, place
        for part in reference[1:].split("/")[1:]:
            name = unquote(part).replace("~1", "/").replace("~0", "~")
            found = found.get(name) if isinstance(found, dict) else None
            place = (place, name)
        return (found if isinstance(found, dict) else None), place

    def _spelt(self, words: Mapping[str, Any], value: Any) -> Any:
        if isinstance(value, list):
            return [self._spelt(words, item) for item in value]
        return words.get(value, value) if isinstance(value, str) else value

    def _enum(self, schema: dict[str, Any], out: dict[str, Any], at: At) -> None:
        values = out.get("enum")
        if not isinstance(values, list) or not self.dialect.texts:
            return
        if all(isinstance(value, str) for value in values):
            out.setdefault("type", "string")
            return
        out["enum"] = [_text(value) for value in values]
        out["type"] = "string"
        self.call.lose(self.dialect.forced, (at, "enum" if "enum" in schema else "const"))

    def _members(self, schema: dict[str, Any], out: dict[str, Any], at: At) -> None:
        """What must be there, and what may not."""
        dialect, call = self.dialect, self.call
        required = out.get("required")
        if dialect.declared and isinstance(required, list):
            known = out.get("properties")
            names = [name for name in required if isinstance(known, dict) and isinstance(name, str) and name in known]
            if len(names) < len(required):
                call.lose(dialect.dropped, (at, "required"))
                out["required"] = names
            if not names:
                del out["required"]
        for kind, members in dialect.force.items():
            if _is(schema, kind):
                for name, value in members.items():
                    if out.get(name) != value:
                        if name in schema:
                            call.lose(dialect.forced, (at, name))
                        out[name] = value
        for kind, members in dialect.fill.items():
            if _is(out, kind):
                for name, value in members.items():
                    if out.get(name) is None:
                        call.lose(dialect.forced, (at, name if name in schema else "type"))
                        out[name] = value

    def _inner(self, word: str, value: Any, at: At, seen: tuple[str, ...]) -> Any:
        if word in _MAPS and isinstance(value, dict):
            return {name: self._part(part, (at, name), seen) for name, part in value.items()}
        if word in _LISTS and isinstance(value, list):
            return [self._part(part, (at, i), seen) for i, part in enumerate(value)]
        return self._part(value, at, seen) if word in _SCHEMAS else value

    def _part(self, value: Any, at: At, seen: tuple[str, ...]) -> Any:
        return self.schema(value, at, seen) if isinstance(value, dict) else value


def _join(out: dict[str, Any], more: Mapping[str, Any]) -> list[str]:
    """One schema beside another, in one; what cannot be said in one is named."""
    left = []
    for name, value in more.items():
        have = out.get(name)
        if name not in out:
            out[name] = value
        elif name == "properties" and isinstance(have, dict) and isinstance(value, dict):
            out[name] = {**have, **value}
        elif name == "required" and isinstance(have, list) and isinstance(value, list):
            out[name] = [*have, *(item for item in value if item not in have)]
        elif name == "description":
            out[name] = value  # what stands at the reference itself says more than what it names
        elif not equal(have, value):
            left.append(name)
    return left


def _nullable(out: dict[str, Any]) -> None:
    """Null said by a member: not as a type, not as an alternative, not as a value."""
    null = False
    types = out.get("type")
    if isinstance(types, list):
        named = [name for name in types if name != "null"]
        null = len(named) < len(types)
        del out["type"]
        if len(named) == 1:
            out["type"] = named[0]
        elif named and "anyOf" not in out:
            out["anyOf"] = [{"type": name} for name in named]
    for word in ("anyOf", "oneOf"):
        parts = out.get(word)
        if isinstance(parts, list):
            named = [part for part in parts if not (isinstance(part, dict) and part.get("type") == "null")]
            if len(named) < len(parts):
                null = True
                out[word] = named
                if len(named) == 1 and isinstance(named[0], dict) and not set(named[0]) & (set(out) - {"description"}):
                    del out[word]
                    out |= {name: value for name, value in named[0].items() if name not in out}
    values = out.get("enum")
    if isinstance(values, list) and None in values:
        null = True
        out["enum"] = [value for value in values if value is not None]
    if null:
        out["nullable"] = True


def _or_null(out: dict[str, Any]) -> None:
    """Null said as a type among others."""
    types = out.get("type")
    if isinstance(types, str):
        out["type"] = [types, "null"]
    elif isinstance(out.get("anyOf"), list):
        out["anyOf"] = [*out["anyOf"], {"type": "null"}]
    if isinstance(out.get("enum"), list) and None not in out["enum"]:
        out["enum"] = [*out["enum"], None]


def _is(schema: dict[str, Any], kind: str) -> bool:
    types = schema.get("type")
    return (
        types == kind
        or (isinstance(types, list) and kind in types)
        or (types is None and kind == "object" and "properties" in schema)
    )


def _text(value: Any) -> str:
    return value if isinstance(value, str) else dumps(value, ensure_ascii=False, default=str)
