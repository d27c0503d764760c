"""Findings as SARIF 2.1.0, the form that code scanning services read.

What a code means is said once, on the page of findings (`docs/diagnostics.md`, which comes along in the package): its
sections become the rules of the log.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from functools import cache
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any
from urllib.parse import quote

from dragoman_codegen.diagnostics import Diagnostic, Diagnostics

__all__ = ["Section", "sarif", "sections"]

_SCHEMA = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
_ROOT = "%SRCROOT%"
_SECTION = re.compile(r"^### (?P<code>DG[0-9]{3}): (?P<title>.+)\n(?P<body>(?:(?!#{2,3} ).*\n)*)", re.MULTILINE)
_COMMENT = re.compile(r"^<!--.*-->\n", re.MULTILINE)
_NO_ANCHOR = re.compile(r"[^\w\- ]")


@dataclass(frozen=True)
class Section:
    """What the page says about a code."""

    code: str
    title: str
    text: str

    @property
    def anchor(self) -> str:
        return _NO_ANCHOR.sub("", f"{self.code}: {self.title}".lower()).replace(" ", "-")

    @property
    def meaning(self) -> str:
        """The first paragraph, on one line; the title where the section has an example only."""
        first = self.text.split("\n\n")[0]
        return self.title if first.startswith("```") or not first else " ".join(first.split())


@cache
def sections() -> dict[str, Section]:
    """The sections of the page by their codes."""
    text = _page().read_text(encoding="utf-8")
    return {
        found["code"]: Section(found["code"], found["title"], _COMMENT.sub("", found["body"]).strip())
        for found in _SECTION.finditer(text)
    }


def sarif(diagnostics: Diagnostics) -> str:
    """The log of one run."""
    codes = sorted({*sections(), *(one.code for one in diagnostics)})
    run = {
        "tool": {"driver": {"name": "dragoman", **_version(), "rules": [_rule(code) for code in codes]}},
        "columnKind": "unicodeCodePoints",
        "originalUriBaseIds": {_ROOT: {"description": {"text": "The folder that holds specs/."}}},
        "results": [_result(one, codes.index(one.code)) for one in diagnostics],
    }
    log = {"$schema": _SCHEMA, "version": "2.1.0", "runs": [run]}
    return json.dumps(log, ensure_ascii=False, indent=2) + "\n"


def _page() -> Path:
    """In the package when it is installed, in `docs/` in a checkout."""
    here = Path(__file__).resolve()
    packaged = here.parent / "diagnostics.md"
    return packaged if packaged.is_file() else here.parents[2] / "docs" / "diagnostics.md"


def _version() -> dict[str, str]:
    try:
        return {"version": version("dragoman")}
    except PackageNotFoundError:
        return {}


def _rule(code: str) -> dict[str, Any]:
    section = sections().get(code)
    if section is None:
        return {"id": code}
    text = f"{section.title}.\n\n{section.text}".strip()
    return {
        "id": code,
        "shortDescription": {"text": section.title},
        "fullDescription": {"text": section.meaning},
        "help": {"text": text, "markdown": f"**{section.title}**\n\n{section.text}".strip()},
        "helpUri": f"{_page().as_uri()}#{section.anchor}",
    }


def _result(one: Diagnostic, index: int) -> dict[str, Any]:
    span = one.span
    region = {
        "startLine": span.line,
        "startColumn": span.col,
        "endLine": span.line,
        "endColumn": span.col + span.length,
    }
    place = {"artifactLocation": {"uri": quote(span.path), "uriBaseId": _ROOT}, "region": region}
    return {
        "ruleId": one.code,
        "ruleIndex": index,
        "level": one.severity,
        "message": {"text": one.message if one.help is None else f"{one.message}\nhelp: {one.help}"},
        "locations": [{"physicalLocation": place}],
    }
