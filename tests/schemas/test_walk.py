"""Annotations become the schemas that a reader would write for them."""

from __future__ import annotations

import enum
import os
from collections.abc import Iterable
from typing import IO, Annotated, Any, Literal, NotRequired, Required, Union

import pytest
from pydantic import BaseModel, Field
from typing_extensions import TypedDict

from dragoman_codegen.schemas.names import NameClash, choose_names
from dragoman_codegen.schemas.overlay import OverlayError, apply
from dragoman_codegen.schemas.walk import Walker, key_of


class Alias:
    def __init__(self, alias: str) -> None:
        self.alias = alias


class Text(TypedDict, total=False):
    type: Required[Literal["text"]]
    text: Required[str]


class Image(TypedDict, total=False):
    type: Required[Literal["image"]]
    data: Required[str | IO[bytes] | os.PathLike[str]]


class Piece(BaseModel):
    type: Literal["piece"] = "piece"
    text: str = ""


class Client:
    def send(self, *, model: str, parts: list[Piece], seed: int | None = 0) -> Answer:
        raise NotImplementedError


class Answer(BaseModel):
    type: Literal["answer"]
    count: int | None = None
    schema_: dict[str, object] = Field(alias="schema")


class Body(TypedDict):
    parts: Union[str, Iterable[Text | Image | Answer]]  # noqa: UP007
    model: str | Literal["a", "b"]
    stream: NotRequired[Literal[True] | Literal[False] | None]
    effort: NotRequired[Literal["low", "high"] | None]
    user: NotRequired[Annotated[str, Alias("x-user")]]
    inner: NotRequired[Body]


def definitions(*annotations: Any) -> dict[str, Any]:
    walker = Walker({})
    for annotation in annotations:
        walker.schema(annotation)
    return {key.rpartition(":")[2]: schema for key, schema in walker.definitions.items()}


def test_a_method_in_place_of_a_class() -> None:
    found = definitions(Client.send)
    assert found["Client.send"]["required"] == ["model", "parts"]
    assert found["Client.send"]["properties"]["seed"] == {"type": ["integer", "null"]}
    assert found["Piece"]["required"] == ["type"]  # a constant that the class fills in is always there


def test_parameters_of_a_request() -> None:
    found = definitions(Body)
    assert set(found) == {"Body", "Text", "Image"}  # the answer's class is no form of a parameter
    assert found["Body"]["required"] == ["model", "parts"]
    properties = found["Body"]["properties"]
    assert properties["model"] == {"type": "string"}
    assert properties["stream"] == {"type": ["boolean", "null"]}
    assert properties["effort"] == {"enum": ["high", "low", None], "type": ["string", "null"]}
    assert properties["x-user"] == {"type": "string"}
    assert properties["inner"] == {"$ref": key_of(Body)}
    text, parts = properties["parts"]["anyOf"]
    assert text == {"type": "string"}
    assert parts["items"]["anyOf"] == [{"$ref": key_of(Text)}, {"$ref": key_of(Image)}]
    assert found["Image"]["properties"]["data"] == {"type": "string"}
    assert found["Image"]["additionalProperties"] is False


def test_classes_of_an_answer() -> None:
    assert definitions(Answer)["Answer"] == {
        "type": "object",
        "properties": {
            "type": {"const": "answer"},
            "count": {"type": ["integer", "null"]},
            "schema": {"type": "object", "additionalProperties": True},
        },
        "required": ["schema", "type"],
        "additionalProperties": False,
    }


def test_open_map_takes_in_the_known_object() -> None:
    assert Walker({}).schema(Text | dict[str, object]) == {"type": "object", "additionalProperties": True}


class Counts(TypedDict, extra_items=int):  # type: ignore[call-arg]
    name: str


def test_typeddict_with_extra_items_is_open() -> None:
    assert definitions(Counts)["Counts"]["additionalProperties"] == {"type": "integer"}


def test_what_is_no_json_is_refused() -> None:
    with pytest.raises(TypeError, match="no JSON value"):
        Walker({}).schema(IO[bytes])


def test_same_classes_share_a_name_and_others_keep_their_suffix() -> None:
    one, other = {"type": "object", "properties": {"a": {}}}, {"type": "object", "properties": {"b": {}}}
    names = choose_names(
        {"m:VTextParam": one, "m:VText": other, "m:VToolParam": one, "n:VTool": one}, {}, {}, ["V"], ["Param"]
    )
    assert names == {"m:VTextParam": "TextParam", "m:VText": "Text", "m:VToolParam": "Tool", "n:VTool": "Tool"}


def test_two_classes_of_one_name_need_one_from_the_source_file() -> None:
    clash = {"m:A": {"type": "string"}, "n:A": {"type": "number"}}
    with pytest.raises(NameClash, match="A: m:A, n:A"):
        choose_names(clash, {}, {})
    assert choose_names(clash, {"n:A": "B"}, {}) == {"m:A": "A", "n:A": "B"}
    with pytest.raises(NameClash, match="no such class"):
        choose_names(clash, {"o:A": "B"}, {})


BASE = {
    "A": {"type": "object", "properties": {"x": {"type": "string"}}, "required": ["x"], "additionalProperties": False},
    "U": {"oneOf": [{"$ref": "#/$defs/A"}]},
}


def test_overlay_changes_what_it_names() -> None:
    changed = apply(
        BASE,
        [
            {"at": "A.y", "add": {"type": "number"}, "required": True, "source": "s"},
            {"at": ["A.x"], "nullable": True, "required": False, "source": "s"},
            {"at": "B", "add": {"const": 1}, "source": "s"},
            {"at": "U", "members": ["B"], "source": "s"},
        ],
    )
    assert changed["A"]["properties"] == {"x": {"type": ["string", "null"]}, "y": {"type": "number"}}
    assert changed["A"]["required"] == ["y"]
    assert changed["U"]["oneOf"][1] == {"$ref": "#/$defs/B"}
    assert BASE["A"]["required"] == ["x"]


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"at": "A.x", "add": {}}, "needs `at`, `source`"),
        ({"at": "A.x", "source": "s"}, "needs `at`, `source`"),
        ({"at": "A.x", "add": {}, "source": "s"}, "A.x: add: it is already there"),
        ({"at": "A.y", "replace": {}, "source": "s"}, "A.y: replace: it is not there"),
        ({"at": "A.x", "required": True, "source": "s"}, "A.x: required: changes nothing"),
        ({"at": "C.x", "add": {}, "source": "s"}, "no object definition 'C'"),
        ({"at": "A", "members": ["U"], "source": "s"}, "it is no union"),
        ({"at": "A.x", "ad": {}, "source": "s"}, "unknown key 'ad'"),
    ],
    ids=lambda value: str(value)[:40],
)
def test_overlay_that_does_not_fit_is_refused(change: dict[str, Any], message: str) -> None:
    with pytest.raises(OverlayError, match=message.replace(".", r"\.")):
        apply(BASE, [change])


class Mode(enum.StrEnum):
    AUTO = "AUTO"
    ANY = "ANY"


class Config(BaseModel):
    mode: Mode | None = None
    value: Any | None = None
    data: bytes | None = None


def test_enums_bytes_and_anything() -> None:
    properties = definitions(Config)["Config"]["properties"]
    assert properties["mode"] == {"enum": ["ANY", "AUTO", None], "type": ["string", "null"]}
    assert properties["value"] == {}
    assert properties["data"] == {"type": ["string", "null"]}


def test_what_is_kept_whole_has_nothing_but_its_mark() -> None:
    class Whole(TypedDict, total=False):
        type: Required[Literal["whole"]]
        inner: str

    walker = Walker({}, {"type": ["whole"]})
    (reference,) = walker.schema(Whole).values()
    assert walker.definitions[reference] == {
        "type": "object",
        "properties": {"type": {"const": "whole"}},
        "additionalProperties": {},
        "required": ["type"],
    }
    assert walker.met == {("type", "whole")}
