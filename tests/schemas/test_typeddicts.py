"""The types of bodies: what the schema says, in source that needs no care."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from dragoman_codegen.typeddicts import typeddicts

DOCUMENT: dict[str, Any] = {
    "$defs": {
        "Request": {
            "type": "object",
            "properties": {
                "from": {"type": "string"},
                "kind": {"const": "a"},
                "level": {"type": ["string", "null"], "enum": ["low", "high", None]},
                "more": {"$ref": "#/$defs/Map"},
                "parts": {"anyOf": [{"type": "string"}, {"type": "array", "items": {"$ref": "#/$defs/Part"}}]},
            },
            "required": ["from", "kind"],
            "additionalProperties": False,
        },
        "Map": {"type": "object", "additionalProperties": True},
        "Part": {"oneOf": [{"$ref": "#/$defs/One"}, {"$ref": "#/$defs/Two"}]},
        "One": {"type": "object", "properties": {"type": {"const": "one"}}, "required": ["type"]},
        "Two": {"type": "object", "properties": {"type": {"const": "two"}}, "required": ["type"]},
        "Unused": {"type": "object", "properties": {"a": {"type": "string"}}},
    }
}
EXPECTED = """from __future__ import annotations

from typing import Any, Literal, NotRequired, TypeAlias, TypedDict


class One(TypedDict):
    type: Literal["one"]


class Two(TypedDict):
    type: Literal["two"]


Part: TypeAlias = One | Two


Request = TypedDict(
    "Request",
    {
        "from": str,
        "kind": Literal["a"],
        "level": NotRequired[Literal["low", "high"] | None],
        "more": NotRequired[dict[str, Any]],
        "parts": NotRequired[str | list[Part]],
    },
)
"""


def test_types_say_what_the_schema_says(tmp_path: Path) -> None:
    assert typeddicts(DOCUMENT, ["Request"], tmp_path) == EXPECTED


def test_second_call_reads_what_the_first_one_kept(tmp_path: Path) -> None:
    first = typeddicts(DOCUMENT, ["Request"], tmp_path)
    (kept,) = tmp_path.rglob("*.py")
    kept.write_text(first + "# kept\n", encoding="utf-8")
    assert typeddicts(DOCUMENT, ["Request"], tmp_path) == first + "# kept\n"
    assert typeddicts(DOCUMENT, ["One"], tmp_path).count("class ") == 1


def test_unknown_root_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="no definition 'Requests'"):
        typeddicts(DOCUMENT, ["Requests"], tmp_path)


@pytest.mark.slow
def test_types_of_the_documents_are_clean(root: Path, tmp_path: Path) -> None:
    for path in sorted(root.glob("specs/**/schema/*.json")):
        document = json.loads(path.read_text(encoding="utf-8"))
        text = typeddicts(document, document["x-roots"], tmp_path / "cache")
        (tmp_path / f"{path.parents[1].name}.py").write_text(text, encoding="utf-8")
    files = sorted(str(path) for path in tmp_path.glob("*.py"))
    for tool in (["mypy", "--strict"], ["ruff", "check"], ["ruff", "format", "--check"]):
        config = [] if tool[0] == "mypy" else ["--config", str(root / "pyproject.toml")]
        done = subprocess.run(
            [sys.executable, "-m", *tool, *config, *files], cwd=tmp_path, capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, done.stdout + done.stderr
