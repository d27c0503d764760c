"""Service models become schemas."""

from __future__ import annotations

import gzip
import json
import sys
from pathlib import Path
from typing import Any

import pytest

from dragoman_codegen.schemas.extract import extract
from dragoman_codegen.schemas.source import SourceError, load_source

MODEL: dict[str, Any] = {
    "shapes": {
        "Ask": {
            "type": "structure",
            "required": ["who", "said"],
            "members": {
                "who": {"shape": "Text", "location": "uri", "locationName": "who"},
                "said": {"shape": "Parts"},
                "count": {"shape": "Count", "locationName": "n"},
                "more": {"shape": "Any"},
                "labels": {"shape": "Labels"},
                "mood": {"shape": "Mood"},
                "at": {"shape": "Time"},
            },
        },
        "Any": {"type": "structure", "members": {}, "document": True},
        "Count": {"type": "long"},
        "Labels": {"type": "map", "key": {"shape": "Text"}, "value": {"shape": "Text"}},
        "Mood": {"type": "string", "enum": ["glad", "sad"]},
        "Part": {
            "type": "structure",
            "union": True,
            "members": {"text": {"shape": "Text"}, "blob": {"shape": "Blob"}, "parts": {"shape": "Parts"}},
        },
        "Parts": {"type": "list", "member": {"shape": "Part"}},
        "Blob": {"type": "blob"},
        "Text": {"type": "string"},
        "Time": {"type": "timestamp"},
        "Stream": {
            "type": "structure",
            "eventstream": True,
            "members": {"began": {"shape": "BeganEvent"}, "failed": {"shape": "Trouble"}},
        },
        "BeganEvent": {"type": "structure", "members": {"mood": {"shape": "Mood"}}, "event": True},
        "Trouble": {"type": "structure", "members": {"message": {"shape": "Text"}}, "exception": True},
    }
}
HEAD = "document: out.json\npackage: pytest\nread: 2026-11-22\nmodel: toy_service/model.json.gz\n"


def made(folder: Path, monkeypatch: pytest.MonkeyPatch, rest: str) -> dict[str, Any]:
    package = folder / "toy_service"
    package.mkdir()
    (package / "__init__.py").write_text("", encoding="utf-8")
    (package / "model.json.gz").write_bytes(gzip.compress(json.dumps(MODEL).encode()))
    monkeypatch.syspath_prepend(str(folder))
    sys.modules.pop("toy_service", None)
    source = folder / "source.yaml"
    source.write_text(f'{HEAD}version: "{pytest.__version__}"\n{rest}', encoding="utf-8")
    definitions: dict[str, Any] = extract(load_source(source))["$defs"]
    return definitions


def test_what_travels_in_the_body(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    found = made(tmp_path, monkeypatch, "roots: {Request: Ask}\n")
    assert found["Request"] == {
        "type": "object",
        "properties": {
            "at": {"type": "number"},
            "labels": {"type": "object", "additionalProperties": {"type": "string"}},
            "mood": {"type": "string", "enum": ["glad", "sad"]},
            "more": {},
            "n": {"type": "integer"},
            "said": {"type": "array", "items": {"$ref": "#/$defs/Part"}},
        },
        "required": ["said"],
        "additionalProperties": False,
    }


def test_a_union_has_one_member(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    part = made(tmp_path, monkeypatch, "roots: {Request: Ask}\n")["Part"]
    assert list(part["properties"]) == ["blob", "parts", "text"] and "required" not in part
    assert (part["minProperties"], part["maxProperties"], part["additionalProperties"]) == (1, 1, False)


def test_events_have_their_names(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    found = made(tmp_path, monkeypatch, "events: event\nroots: {Event: Stream}\n")
    assert found["Event"] == {"oneOf": [{"$ref": "#/$defs/BeganEvent"}, {"$ref": "#/$defs/TroubleEvent"}]}
    assert found["BeganEvent"]["properties"]["event"] == {"const": "began"}
    assert found["TroubleEvent"]["required"] == ["event"]


@pytest.mark.parametrize(
    ("rest", "said"),
    [
        ("roots: {Event: Stream}\n", "`events` must say"),
        ("roots: {Request: Nothing}\n", "no shape 'Nothing'"),
        ("events: mood\nroots: {Event: Stream}\n", "it has a member 'mood' itself"),
    ],
)
def test_what_cannot_be_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, rest: str, said: str) -> None:
    with pytest.raises(SourceError, match=said):
        made(tmp_path, monkeypatch, rest)


def test_keys_belong_together(tmp_path: Path) -> None:
    source = tmp_path / "source.yaml"
    source.write_text("document: d\nread: r\nbase: b\nmodel: m\n", encoding="utf-8")
    with pytest.raises(SourceError, match="`model` needs `package`"):
        load_source(source)
