"""Findings as SARIF: what its schema demands of the parts that are written. The rules are the page's sections."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

from jsonschema import Draft7Validator, FormatChecker

from dragoman_codegen.diagnostics import Diagnostics, Span, render
from dragoman_codegen.sarif import sections

ROOT = Path(__file__).resolve().parents[2]


def closed(required: list[str], **properties: Any) -> dict[str, Any]:
    """The schema of an object. SARIF's own is closed in the same way: a misspelt property is not let through."""
    return {"type": "object", "required": required, "properties": properties, "additionalProperties": False}


TEXT = {"type": "string", "minLength": 1}
COUNT = {"type": "integer", "minimum": 1}
MESSAGE = closed(["text"], text=TEXT, markdown=TEXT)
RULE = closed(
    ["id"],
    id={"type": "string", "pattern": "^DG[0-9]{3}$"},
    shortDescription=MESSAGE,
    fullDescription=MESSAGE,
    help=MESSAGE,
    helpUri={"type": "string", "pattern": "^[a-z][a-z0-9+.-]*://[^#\\s]*#[^#\\s]+$"},
)
REGION = closed(
    ["startLine", "startColumn"], startLine=COUNT, startColumn=COUNT, endLine=COUNT, endColumn={**COUNT, "minimum": 2}
)
ARTIFACT = closed(
    ["uri", "uriBaseId"],
    uri={"type": "string", "format": "uri-reference", "pattern": "^[^/:\\s][^:\\s]*$"},
    uriBaseId={"const": "%SRCROOT%"},
)
RESULT = closed(
    ["ruleId", "level", "message", "locations"],
    ruleId=TEXT,
    ruleIndex={"type": "integer", "minimum": 0},
    level={"enum": ["none", "note", "warning", "error"]},
    message=MESSAGE,
    locations={
        "type": "array",
        "minItems": 1,
        "items": closed(
            ["physicalLocation"],
            physicalLocation=closed(["artifactLocation", "region"], artifactLocation=ARTIFACT, region=REGION),
        ),
    },
)
DRIVER = closed(["name", "rules"], name=TEXT, version=TEXT, rules={"type": "array", "items": RULE, "uniqueItems": True})
RUN = closed(
    ["tool", "results", "columnKind"],
    tool=closed(["driver"], driver=DRIVER),
    results={"type": "array", "items": RESULT},
    columnKind={"enum": ["utf16CodeUnits", "unicodeCodePoints"]},
    originalUriBaseIds={"type": "object", "additionalProperties": closed([], description=MESSAGE)},
)
LOG = {
    **closed(["version", "runs"], version={"const": "2.1.0"}, runs={"type": "array", "minItems": 1, "items": RUN}),
    "patternProperties": {"^\\$schema$": {"type": "string", "format": "uri"}},
}


def log_of(diagnostics: Diagnostics) -> dict[str, Any]:
    log: dict[str, Any] = json.loads(render(diagnostics, format="sarif"))
    Draft7Validator.check_schema(LOG)
    Draft7Validator(LOG, format_checker=FormatChecker()).validate(log)
    run = log["runs"][0]
    rules = [rule["id"] for rule in run["tool"]["driver"]["rules"]]
    assert len(rules) == len(set(rules))
    assert [rules[result["ruleIndex"]] for result in run["results"]] == [r["ruleId"] for r in run["results"]]
    assert {"%SRCROOT%"} == set(run["originalUriBaseIds"])
    return log


def test_findings() -> None:
    diagnostics = Diagnostics()
    diagnostics.warning("DG510", Span("specs/b c.yaml", 1, 1), "later file")
    diagnostics.error("DG301", Span("a.yaml", 10, 3, 4), "wrong名", "mend it")
    error, warning = log_of(diagnostics)["runs"][0]["results"]
    assert (error["ruleId"], error["level"], error["message"]) == ("DG301", "error", {"text": "wrong名\nhelp: mend it"})
    assert error["locations"] == [
        {
            "physicalLocation": {
                "artifactLocation": {"uri": "a.yaml", "uriBaseId": "%SRCROOT%"},
                "region": {"startLine": 10, "startColumn": 3, "endLine": 10, "endColumn": 7},
            }
        }
    ]
    assert (warning["level"], warning["message"]) == ("warning", {"text": "later file"})
    place = warning["locations"][0]["physicalLocation"]
    assert place["artifactLocation"]["uri"] == "specs/b%20c.yaml"


def test_no_findings_are_a_log_too() -> None:
    run = log_of(Diagnostics())["runs"][0]
    assert run["results"] == []
    assert [rule["id"] for rule in run["tool"]["driver"]["rules"]] == sorted(sections())


def test_a_code_without_a_section_is_a_rule_without_words() -> None:
    diagnostics = Diagnostics()
    diagnostics.error("DG999", Span("a.yaml", 1, 1), "new")
    assert log_of(diagnostics)["runs"][0]["tool"]["driver"]["rules"][-1] == {"id": "DG999"}


def test_the_rules_are_the_sections_of_the_page() -> None:
    page = (ROOT / "docs" / "diagnostics.md").read_text(encoding="utf-8")
    headings = dict(re.findall(r"^### (DG[0-9]{3}): (.*)$", page, re.MULTILINE))
    rules = log_of(Diagnostics())["runs"][0]["tool"]["driver"]["rules"]
    assert {rule["id"]: rule["shortDescription"]["text"] for rule in rules} == headings
    for rule in rules:
        body = page.split(f"### {rule['id']}: ")[1].split("\n##")[0]
        assert rule["help"]["markdown"].removeprefix(f"**{headings[rule['id']]}**").strip() in re.sub(
            r"<!--.*-->\n", "", body
        )
        assert "<!--" not in rule["help"]["text"]
        assert "\n" not in rule["fullDescription"]["text"]
    one = next(rule for rule in rules if rule["id"] == "DG301")
    assert one["helpUri"].endswith("/diagnostics.md#dg301-an-expression-that-is-no-jmespath")
