"""The quick answer whether a file has its shape is the one that JSON Schema gives."""

from __future__ import annotations

import json
import random
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft7Validator
from referencing import Registry, Resource
from referencing.jsonschema import DRAFT7

from dragoman_codegen.diagnostics import Diagnostics, Span
from dragoman_codegen.metaschema import file_kind
from dragoman_codegen.shapes import Shapes
from dragoman_codegen.source import Node, load

SPECS = Path(__file__).resolve().parents[2] / "specs"
LANGUAGE = SPECS / "language"
FILES = [
    *sorted(SPECS.glob("providers/*/*.yaml"))[::3],
    *sorted(SPECS.glob("hub/*.yaml")),
    *sorted(SPECS.glob("providers/*/cases/*.yaml"))[::40],
]
REGISTRY: Registry[Any] = Registry().with_resources(
    (path.name, Resource.from_contents(json.loads(path.read_text()), default_specification=DRAFT7))
    for path in LANGUAGE.glob("*.schema.json")
)


def read(name: str) -> dict[str, Any]:
    return dict(json.loads((LANGUAGE / name).read_text()))


def parts(node: Node) -> Iterator[Node]:
    yield node
    for part in (*node.members.values(), *node.elements):
        yield from parts(part)


def changed(node: Node, chance: random.Random) -> None:
    """One value is another, one entry is gone, or there is one more."""
    at = chance.choice(list(parts(node)))
    other = chance.choice(["", "text", "=text", 1, 1.5, 2.0, True, None, {}, [], ["a", "a"]])
    if isinstance(at.value, dict) and at.value and chance.random() < 0.6:
        key = chance.choice(list(at.value))
        one = at.value.pop(key)
        if chance.random() < 0.6:
            at.value[chance.choice([key + "s", "$" + key, key.lstrip("$")])] = one
    elif isinstance(at.value, list) and at.value and chance.random() < 0.6:
        at.value.append(chance.choice(at.value))
    else:
        at.value = of(other).value


def of(value: Any) -> Node:
    span = Span("x.yaml", 1, 1)
    if isinstance(value, dict):
        return Node("map", {key: of(one) for key, one in value.items()}, span, "flow")
    if isinstance(value, list):
        return Node("list", [of(one) for one in value], span, "flow")
    return Node("scalar", value, span, "plain")


@pytest.mark.parametrize("path", FILES, ids=lambda path: "/".join(path.parts[-3:]))
def test_the_answer_is_that_of_json_schema(path: Path) -> None:
    name = f"{file_kind(path)}.schema.json"
    shapes, validator = Shapes(read), Draft7Validator(read(name), registry=REGISTRY)
    chance = random.Random(path.as_posix())
    given = load(path, Diagnostics())
    assert given is not None
    plain = given.plain()
    assert shapes.holds(name, given) == validator.is_valid(plain)
    for _ in range(6 if len(path.read_bytes()) > 20_000 else 30):
        node = of(plain)
        changed(node, chance)
        assert shapes.holds(name, node) == validator.is_valid(node.plain())


def test_all_that_the_schemas_say_is_known() -> None:
    for name in ("case", "errors", "mapping", "provider", "stream"):
        shapes = Shapes(read)
        shapes.holds(f"{name}.schema.json", of({}))
        assert shapes.known


@pytest.mark.parametrize("schema", [{"multipleOf": 2}, {"not": {"multipleOf": 2}}, {"items": [{"type": "string"}]}])
def test_what_is_not_known_is_asked_of_another(schema: dict[str, Any]) -> None:
    assert not Shapes(lambda name: schema).holds("any", of({"a": 1}))


def test_a_delta_need_not_be_whole() -> None:
    schema = {"type": "object", "required": ["a"], "additionalProperties": False, "properties": {"a": {}, "b": {}}}
    shapes = Shapes(lambda name: schema)
    assert not shapes.holds("any", of({"b": 1}))
    assert shapes.holds("any", of({"b": 1}), delta=True)
    assert not shapes.holds("any", of({"c": 1}), delta=True)
