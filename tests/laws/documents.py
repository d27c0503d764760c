"""Documents made from JSON Schemas, for a source of choices: hypothesis draws them, or a seeded generator does.

The schemas are those of `specs/`: objects, arrays, scalars, `const` and `enum`, unions, `$ref`. Free texts and numbers
are different in each place of a document, so that it can be told where each of them went. Small choices are simple
ones, so that failing documents shrink.
"""

from __future__ import annotations

import json
import random
from collections.abc import Callable, Mapping
from functools import cache
from pathlib import Path
from typing import Any, Protocol

from hypothesis import strategies as st

from dragoman_codegen.diagnostics import Diagnostics
from dragoman_codegen.schemafile import provider_schema

__all__ = ["Drawn", "Maker", "Seeded", "Source", "hub_schema", "token", "wire_schema"]

ROOT = Path(__file__).resolve().parents[2]
_FAR = 99
Path_ = tuple[str | int, ...]


class Source(Protocol):
    def below(self, n: int) -> int:
        """A number from 0 to n - 1."""


class Seeded:
    """Choices from a seed."""

    def __init__(self, seed: int) -> None:
        self._random = random.Random(seed)

    def below(self, n: int) -> int:
        return self._random.randrange(n)


class Drawn:
    """Choices that hypothesis draws, and can shrink."""

    def __init__(self, draw: Callable[[st.SearchStrategy[int]], int]) -> None:
        self._draw = draw  # the `draw` of a composite strategy, or of `st.data()`

    def below(self, n: int) -> int:
        return self._draw(st.integers(0, n - 1)) if n > 1 else 0


def token(n: int) -> str:
    """A text that stands in no other one."""
    return f"w{n}x"


class Maker:
    """Makes documents of one schema. `fullness`: of 10 optional members, so many are there."""

    def __init__(self, schema: Mapping[str, Any], *, depth: int = 7, fullness: int = 2) -> None:
        self.schema = schema
        self.depth = depth
        self.fullness = fullness
        self._heights: dict[str, int] = {}

    def make(self, name: str, source: Source) -> Any:
        """A document of the definition with this name."""
        return self.vary(name, source)[0]

    def vary(self, name: str, source: Source) -> tuple[Any, list[tuple[Path_, list[Any]]]]:
        """A document, and the places at which another value could stand: what else could."""
        document = _Document(self, source)
        return document.value({"$ref": f"#/$defs/{name}"}, self.depth, ()), document.varied

    def value(self, schema: Mapping[str, Any], source: Source, name: str) -> Any:
        """What could stand in a member of this name."""
        return _Document(self, source).value(schema, self.depth, (name,))

    def resolve(self, schema: Mapping[str, Any]) -> Mapping[str, Any]:
        while "$ref" in schema:
            schema = self.schema["$defs"][schema["$ref"].rsplit("/", 1)[-1]]
        return schema

    def height(self, schema: Mapping[str, Any], seen: frozenset[str] = frozenset()) -> int:
        """How deep the smallest document of a schema is."""
        ref = schema.get("$ref")
        if isinstance(ref, str):
            if ref in seen:
                return _FAR
            if ref not in self._heights:
                found = self.height(self.schema["$defs"][ref.rsplit("/", 1)[-1]], seen | {ref})
                if seen and found >= _FAR:
                    return found  # it may be less when it is not looked at from inside of itself
                self._heights[ref] = found
            return self._heights[ref]
        options = schema.get("oneOf") or schema.get("anyOf")
        if options:
            return min(self.height(option, seen) for option in options)
        properties = schema.get("properties", {})
        needed = [properties[name] for name in schema.get("required", ()) if name in properties]
        return min(_FAR, 1 + max((self.height(part, seen) for part in needed), default=0))


class _Document:
    def __init__(self, maker: Maker, source: Source) -> None:
        self.maker = maker
        self.source = source
        self.count = 0
        self.ids: list[str] = []
        self.varied: list[tuple[Path_, list[Any]]] = []

    def fresh(self) -> int:
        self.count += 1
        return self.count

    def value(self, schema: Mapping[str, Any], depth: int, at: Path_) -> Any:
        schema = self.maker.resolve(schema)
        if "const" in schema:
            return schema["const"]
        if "enum" in schema:
            chosen = schema["enum"][self.source.below(len(schema["enum"]))]
            self.varied.append((at, [value for value in schema["enum"] if value != chosen]))
            return chosen
        options = schema.get("oneOf") or schema.get("anyOf")
        if options:
            return self.value(self.option(options, depth), depth, at)
        kind = schema.get("type")
        if isinstance(kind, list):
            kind = kind[self.source.below(len(kind))]
        if kind == "object" or (kind is None and "properties" in schema):
            return self.object(schema, depth, at)
        if kind == "array":
            n = self.source.below(3) if depth > 1 and self.maker.height(schema.get("items", {})) < depth else 0
            return [self.value(schema.get("items", {}), depth - 1, (*at, i)) for i in range(n)]
        return self.scalar(kind, at)

    def option(self, options: list[Mapping[str, Any]], depth: int) -> Mapping[str, Any]:
        within = [option for option in options if self.maker.height(option) < depth]
        if not within:
            return min(options, key=self.maker.height)
        return within[self.source.below(len(within))]

    def object(self, schema: Mapping[str, Any], depth: int, at: Path_) -> dict[str, Any]:
        if at and at[-1] in ("parameters", "input_schema", "schema"):
            return {"type": "object", "properties": {token(self.fresh()): {"type": "string"}}}
        out: dict[str, Any] = {}
        required = set(schema.get("required", ()))
        for key, part in schema.get("properties", {}).items():
            if key in required or (
                self.source.below(10) >= 10 - self.maker.fullness and self.maker.height(part) < depth
            ):
                out[key] = self.value(part, depth - 1, (*at, key))
        extra = schema.get("additionalProperties")
        if isinstance(extra, dict):
            if self.source.below(10) >= 8:
                key = token(self.fresh())
                out[key] = self.value(extra, depth - 1, (*at, key))
        elif "properties" not in schema and extra is not False:
            out = {token(self.fresh()): token(self.fresh())} if self.source.below(2) else {}
        return out

    def scalar(self, kind: str | None, at: Path_) -> Any:
        if kind == "null":
            return None
        if kind == "boolean":
            chosen = bool(self.source.below(2))
            self.varied.append((at, [not chosen]))
            return chosen
        if kind == "integer":
            return 1000 + self.fresh()
        if kind == "number":
            return 0.5 + self.fresh() / 1024
        return self.text(next((key for key in reversed(at) if isinstance(key, str)), ""))

    def text(self, name: str) -> str:
        word = token(self.fresh())
        if name in ("arguments", "partial_json"):
            return json.dumps({word: self.fresh()}) if self.source.below(4) < 3 else word
        if name in ("url", "image_url", "file_data"):
            data = f"data:image/png;base64,{word}AAA"
            return (data, f"https://{word}.test/a.png")[self.source.below(2)]
        if name == "id":
            self.ids.append(word)
        elif name in ("tool_call_id", "tool_use_id") and self.ids and self.source.below(4) < 3:
            return self.ids[self.source.below(len(self.ids))]
        return word


@cache
def hub_schema() -> dict[str, Any]:
    return _read(ROOT / "specs" / "hub" / "schema")


@cache
def wire_schema(slug: str) -> dict[str, Any]:
    found = Diagnostics()
    schema = provider_schema(ROOT, slug, found)
    assert schema and not found.failed, slug
    return schema


def _read(folder: Path) -> dict[str, Any]:
    (path,) = folder.glob("*.json")
    return dict(json.loads(path.read_text(encoding="utf-8")))
