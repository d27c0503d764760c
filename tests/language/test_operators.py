"""Each example of the language's page, compiled as a toy provider and run."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

from dragoman_codegen.diagnostics import Diagnostics, render
from dragoman_codegen.prove import report
from dragoman_codegen.proving import Package, read_case, run_case
from dragoman_codegen.source import Node, parse

from ..toys import PROVIDER, compiled, write

PAGE = Path(__file__).resolve().parents[2] / "specs" / "language" / "README.md"
EXAMPLES = [
    (PAGE.read_text(encoding="utf-8").count("\n", 0, found.start(1)) + 1, found[1])
    for found in re.finditer(
        r"^```yaml example\n(.*?)^```$", PAGE.read_text(encoding="utf-8"), re.MULTILINE | re.DOTALL
    )
]
_OPERATOR = re.compile(r"^\*\*`(\$\w+)", re.MULTILINE)
_EXPECTED = ("given", "media", "gives", "losses", "refused", "malformed")


def operators(text: str) -> str:
    """What an example is about, for its name."""
    return "-".join(dict.fromkeys(re.findall(r"\$([a-z_]+)(?=:)", text))) or "plain"


@pytest.mark.parametrize(("line", "text"), EXAMPLES, ids=[f"{line}-{operators(text)}" for line, text in EXAMPLES])
def test_an_example_does_what_the_page_says(line: int, text: str, tmp_path: Path) -> None:
    diagnostics = Diagnostics()
    node = parse(("\n" * (line - 1) + text).encode(), "README.md", diagnostics)
    assert node is not None, render(diagnostics)
    example = node.plain()
    rest = set(example) - {"rule", "defs", "tables", "dialects", "schema", *_EXPECTED}
    assert rest == set(), f"line {line}: nothing is known of {', '.join(rest)}"
    files = provider(example)
    write(tmp_path, files)
    found = compiled(tmp_path, diagnostics)
    assert found is not None and not diagnostics.failed, render(diagnostics)
    package = Package.load("toy", {path.as_posix(): body for path, body in found.files.items()})
    case = read_case(as_case(node), tmp_path, diagnostics)
    assert case is not None
    for fault in run_case(case, package, None):
        report(case, fault, diagnostics)
    shown = next(body for path, body in found.files.items() if path.name == "request.py")
    assert not len(diagnostics), render(diagnostics) + "\n" + shown


def provider(example: dict[str, Any]) -> dict[str, Any]:
    """The files of a provider whose request is the example's rule."""
    request: dict[str, Any] = {"unit": "request", "hub": "Item", "wire": "Item", "to_wire": example["rule"]}
    # An item of which nothing is known, unless the example brings a schema.
    files: dict[str, Any] = {"provider.yaml": dict(PROVIDER), "request.yaml": request, "hub": example.get("schema", {})}
    if "defs" in example:
        request["defs"] = example["defs"]
    for key in ("tables", "dialects"):
        if key in example:
            files["provider.yaml"][key] = example[key]
    return files


def as_case(node: Node) -> Node:
    """The example as a case, at the places that it has on the page."""
    told = {key: node.members[key] for key in _EXPECTED if key in node.members}
    spans = {key: node.key_spans[key] for key in told}
    for key, value in {
        "unit": "request",
        "direction": "to_wire",
        "describe": "an example",
        "source": "the page",
    }.items():
        told[key] = Node("scalar", value, node.span, "plain")
        spans[key] = node.span
    return Node("map", told, node.span, "block", spans)


def test_every_operator_has_an_example() -> None:
    named = set(_OPERATOR.findall(PAGE.read_text(encoding="utf-8")))
    shown = {f"${name}" for _, text in EXAMPLES for name in re.findall(r"\$([a-z_]+)(?=:)", text)}
    assert len(named) > 15
    assert named - shown == set()


def test_the_tag_of_an_object_that_is_not_there_is_absent(tmp_path: Path) -> None:
    text = """\
schema:
  type: object
  additionalProperties: false
  properties:
    form:
      oneOf:
        - {type: object, properties: {type: {const: a}, x: {type: integer}}, required: [type]}
        - {type: object, properties: {type: {const: b}, y: {type: integer}}, required: [type]}
        - {type: "null"}
    n: {type: integer}
rule: {n: n, form: {$match: form.type, $cases: {a: form.x, b: form.y}, $absent: null}}
given: {n: 1}
gives: {n: 1}
"""
    test_an_example_does_what_the_page_says(1, text, tmp_path)
