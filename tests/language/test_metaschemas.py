"""The schemas of spec files: they describe themselves, their examples are true, and they know the language's page."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft7Validator
from referencing import Registry, Resource
from referencing.jsonschema import DRAFT7

from dragoman_codegen.diagnostics import Diagnostics, render
from dragoman_codegen.metaschema import FileKind, file_kind, language_folder, validate
from dragoman_codegen.source import parse

LANGUAGE = Path(__file__).resolve().parents[2] / "specs" / "language"
FILES = sorted(path.name for path in LANGUAGE.glob("*.schema.json"))
REGISTRY: Registry[Any] = Registry().with_resources(
    (name, Resource.from_contents(json.loads((LANGUAGE / name).read_text()), default_specification=DRAFT7))
    for name in FILES
)


def properties(schema: Any, place: str) -> Iterator[tuple[str, dict[str, Any]]]:
    """All property schemas of a document."""
    if isinstance(schema, list):
        for item in schema:
            yield from properties(item, place)
    elif isinstance(schema, dict):
        for key, value in schema.items():
            if key == "properties":
                for name, inner in value.items():
                    yield f"{place}.{name}", inner
                    yield from properties(inner, f"{place}.{name}")
            elif key not in ("examples", "enum", "const", "default"):
                yield from properties(value, f"{place}.{key}" if key in ("definitions", "items") else place)


def test_the_schemas_are_there() -> None:
    assert language_folder() == LANGUAGE
    assert set(FILES) == {f"{name}.schema.json" for name in ("case", "errors", "mapping", "provider", "rule", "stream")}


@pytest.mark.parametrize("name", FILES)
def test_a_schema_is_draft_07_and_describes_every_property(name: str) -> None:
    schema = json.loads((LANGUAGE / name).read_text())
    Draft7Validator.check_schema(schema)
    assert schema["$schema"] == "http://json-schema.org/draft-07/schema#"
    found = list(properties(schema, name))
    assert found
    assert [place for place, inner in found if not inner.get("description")] == []
    assert [place for place, inner in found if not inner.get("examples")] == []


@pytest.mark.parametrize("name", FILES)
def test_every_example_is_valid(name: str) -> None:
    schema = json.loads((LANGUAGE / name).read_text())
    for place, inner in properties(schema, name):
        for example in inner["examples"]:
            # The reference is resolved as it would be in place: local definitions come along.
            document = {**inner, "definitions": schema.get("definitions", {})}
            if "$ref" in inner:
                document = {"allOf": [{"$ref": inner["$ref"]}], "definitions": schema.get("definitions", {})}
            faults = [error.message for error in Draft7Validator(document, registry=REGISTRY).iter_errors(example)]
            assert faults == [], (place, example)


def blocks() -> list[str]:
    return re.findall(r"^```yaml example\n(.*?)^```$", (LANGUAGE / "README.md").read_text(), re.M | re.S)


@pytest.mark.parametrize("text", blocks())
def test_the_examples_of_the_language_page_have_the_right_shape(text: str) -> None:
    diagnostics = Diagnostics()
    node = parse(text.encode(), "example.yaml", diagnostics)
    assert node is not None, render(diagnostics)
    for key, rule in node.members.items():
        if key == "tables":
            assert validate_text("provider", f"slug: a\nextends: b\ntables: {json.dumps(rule.plain())}") == ""
        elif key in ("rule", "defs"):
            side = "to_wire" if key == "rule" else "defs"
            assert validate_text("mapping", f"hub: A\nwire: B\n{side}: {json.dumps(rule.plain())}") == ""


def validate_text(kind: FileKind, text: str, *, delta: bool = False) -> str:
    diagnostics = Diagnostics()
    node = parse(text.encode(), "x.yaml", diagnostics)
    assert node is not None, render(diagnostics)
    fine = validate(node, kind, diagnostics, delta=delta)
    assert fine == (len(diagnostics) == 0)
    return render(diagnostics)


@pytest.mark.parametrize(
    ("path", "kind"),
    [
        ("specs/providers/a/provider.yaml", "provider"),
        ("specs/providers/a/request.yaml", "mapping"),
        ("specs/providers/a/embeddings_response.yaml", "mapping"),
        ("specs/providers/a/stream.yaml", "stream"),
        ("specs/providers/a/errors.yaml", "errors"),
        ("specs/providers/a/cases/stream.yaml", "case"),
    ],
)
def test_the_name_of_a_file_says_its_kind(path: str, kind: str) -> None:
    assert file_kind(Path(path)) == kind


def test_editors_bind_the_schemas_to_the_same_files() -> None:
    bound = json.loads((LANGUAGE.parents[1] / ".vscode" / "settings.json").read_text())["yaml.schemas"]
    for schema, globs in bound.items():
        assert (LANGUAGE.parents[1] / schema).is_file()
        for glob in [globs] if isinstance(globs, str) else globs:
            kind = file_kind(Path(glob.replace("*/cases/*", "a/cases/b").replace("*", "a")))
            assert schema == f"./specs/language/{kind}.schema.json"
