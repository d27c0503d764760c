"""The type representation: joining, members, narrowing, and what is read from a schema."""

from __future__ import annotations

from typing import Any

import pytest

from dragoman_codegen import types as t

TEXT = t.obj({"type": t.literal("text"), "text": t.STRING}, name="Text")
IMAGE = t.obj({"type": t.literal("image"), "url": t.Prop(t.STRING, False)}, name="Image")
PART = t.join(TEXT, IMAGE)


def test_a_type_is_immutable() -> None:
    with pytest.raises(AttributeError):
        t.STRING.kinds = frozenset()


def test_join_keeps_alternatives_apart() -> None:
    assert [o.name for o in PART.objects] == ["Text", "Image"]
    assert t.join(PART, TEXT).objects == PART.objects
    assert t.join(PART, t.OBJECT).opaque
    assert t.join() is t.NEVER


def test_join_of_constants() -> None:
    assert t.join(t.literal("a"), t.literal("b"), t.NULL).literals == frozenset({"a", "b"})
    assert t.join(t.literal("a"), t.STRING).literals is None
    assert t.join(t.literal(True), t.literal(1)).literals is None
    assert t.join(t.literal("a"), t.array(t.STRING)).literals == frozenset({"a"})


def test_integers_stay_integers_among_themselves() -> None:
    assert t.join(t.INTEGER, t.literal(1), t.NULL).integer
    assert not t.join(t.INTEGER, t.NUMBER).integer


def test_members() -> None:
    assert t.field(TEXT, "text") == t.STRING
    assert t.field(IMAGE, "url") == t.join(t.STRING, t.NULL)
    assert t.field(PART, "text") == t.join(t.STRING, t.NULL)
    assert t.field(TEXT, "nothing") == t.NULL
    assert t.field(t.join(TEXT, t.STRING), "text") == t.join(t.STRING, t.NULL)
    assert t.field(t.OBJECT, "x") == t.ANY
    assert t.field(t.obj({}, open=True), "x") == t.ANY


def test_narrowing() -> None:
    assert t.narrow(PART, "type", ["text"]).objects == TEXT.objects
    assert t.narrow(PART, "type", ["text"], keep=False).objects == IMAGE.objects
    assert t.narrow(PART, "type", ["x"]) == t.NEVER
    assert t.narrow(t.join(PART, t.STRING), "type", ["text"]).kinds == {"object"}
    assert t.narrow(t.join(PART, t.STRING), "type", ["text", "image"], keep=False) == t.STRING
    vague = t.obj({"type": t.STRING})
    assert t.narrow(vague, "type", ["x"]) == vague
    assert t.narrow(vague, "type", ["x"], keep=False) == vague


def test_discriminator() -> None:
    assert t.discriminator(PART) == "type"
    assert t.discriminator(TEXT) is None
    assert t.discriminator(t.join(TEXT, t.obj({"type": t.literal("text")}))) is None
    kinds = [t.obj({"role": t.literal(r), "kind": t.literal(r)}) for r in ("a", "b")]
    assert t.discriminator(t.join(*kinds)) == "role"


def test_words() -> None:
    assert str(t.join(t.STRING, t.NULL)) == "string or null"
    assert str(t.join(t.literal("a"), t.literal("b"))) == "'a' or 'b'"
    assert str(t.join(PART, t.array(t.STRING))) == "Text, Image or array"
    assert str(t.ANY) == "anything"
    assert str(t.NEVER) == "nothing"


SCHEMA: dict[str, Any] = {
    "$defs": {
        "Text": {
            "type": "object",
            "properties": {"type": {"const": "text"}, "text": {"type": "string"}},
            "required": ["type", "text"],
            "additionalProperties": False,
        },
        "Tree": {
            "type": "object",
            "properties": {
                "type": {"const": "tree"},
                "parts": {"type": "array", "items": {"$ref": "#/$defs/Part"}},
                "up": {"$ref": "#/$defs/Tree"},
            },
            "required": ["type", "parts"],
            "additionalProperties": {"type": "integer"},
        },
        "Part": {"oneOf": [{"$ref": "#/$defs/Text"}, {"$ref": "#/$defs/Tree"}]},
        "Loop": {"anyOf": [{"$ref": "#/$defs/Loop"}, {"type": "string"}]},
        "Level": {"enum": ["low", "high", None]},
        "Both": {
            "allOf": [
                {"$ref": "#/$defs/Text"},
                {"type": "object", "properties": {"more": {"type": ["integer", "null"]}}, "required": ["more"]},
            ]
        },
        "Base": {
            "type": "object",
            "properties": {"id": {"type": "string"}},
            "required": ["id"],
            "oneOf": [{"properties": {"a": {"type": "string"}}}, {"properties": {"b": {"type": "string"}}}],
        },
    }
}


def test_a_recursive_schema() -> None:
    part = t.from_json_schema(SCHEMA, "#/$defs/Part")
    assert [o.name for o in part.objects] == ["Text", "Tree"]
    assert t.discriminator(part) == "type"
    tree = t.narrow(part, "type", ["tree"])
    inner = t.element(t.field(tree, "parts"))
    assert inner.objects == part.objects
    assert t.without_null(t.field(t.field(tree, "up"), "up")).objects == tree.objects


def test_parts_of_a_schema() -> None:
    types = t.SchemaTypes(SCHEMA)
    assert types.type("$defs/Loop") == t.STRING
    assert types.type("#/$defs/Level") == t.join(t.literal("low"), t.literal("high"), t.NULL)
    both = types.type("#/$defs/Both")
    assert t.field(both, "more") == t.join(t.INTEGER, t.NULL)
    assert t.field(both, "text") == t.STRING
    base = types.type("#/$defs/Base")
    assert len(base.objects) == 2
    assert t.field(base, "id") == t.STRING
    assert t.field(types.type("#/$defs/Tree"), "other") == t.join(t.INTEGER, t.NULL)
    assert not types.type("#/$defs/Text").objects[0].open
    assert types.type("#/$defs/Text") is types.type("#/$defs/Text")


@pytest.mark.parametrize("schema", [{"$ref": "#/nowhere"}, {"$ref": "other.json"}, {"type": "text"}, {"anyOf": [5]}])
def test_a_broken_schema_names_the_place(schema: dict[str, Any]) -> None:
    with pytest.raises(t.SchemaError) as caught:
        t.from_json_schema(schema)
    assert caught.value.pointer.startswith("#")


def test_what_is_not_understood_is_anything() -> None:
    assert t.from_json_schema({}) == t.ANY
    assert t.from_json_schema({"not": {"type": "string"}}) == t.ANY
    assert t.from_json_schema({"type": "string", "format": "date"}) == t.STRING
