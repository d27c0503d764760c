"""What is said about each broken project, word for word. New texts: `python -m tests.golden.regen`."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from dragoman_codegen.diagnostics import Diagnostics, render

from .broken import CASES, EXAMPLE, EXPECTED, PAGE, SECTION, findings, shown

ROOT = Path(__file__).resolve().parents[2]
CODE = re.compile(r"\"(DG[0-9]{3})\"")
# These tell of a fault in the compiler or in what it has emitted. No spec should bring them about, and so no case here
# does; tests/cases/test_prove.py spoils emitted code to see them.
FAULTS_OF_THE_COMPILER = {"DG504", "DG507", "DG509"}


def codes() -> set[str]:
    """All codes in the compiler's source."""
    files = (ROOT / "codegen").rglob("*.py")
    return {code for path in files for code in CODE.findall(path.read_text(encoding="utf-8"))}


@pytest.mark.parametrize("case", CASES, ids=[case.name for case in CASES])
def test_a_broken_project(case: Path, tmp_path: Path) -> None:
    found = findings(case, tmp_path)
    assert len(found) > 0, "nothing is said about this project"
    assert render(found) == (case / EXPECTED).read_text(encoding="utf-8")
    stands_somewhere(found, tmp_path)


def stands_somewhere(found: Diagnostics, root: Path) -> None:
    """Every finding has a place in a file that is there, at a character or at the end of a line."""
    for one in found:
        path = root / one.span.path
        assert path.exists(), one
        if path.is_dir():
            continue
        lines = re.split(r"\r\n|\n|\r", path.read_bytes().decode("utf-8", "replace"))
        assert 1 <= one.span.line <= len(lines), one
        assert 1 <= one.span.col <= len(lines[one.span.line - 1]) + 1, one
        assert one.span.length >= 1, one


def test_every_code_has_a_broken_project() -> None:
    shown = {
        code
        for case in CASES
        for code in re.findall(r"\[(DG[0-9]{3})\]", (case / EXPECTED).read_text(encoding="utf-8"))
    }
    assert shown == codes() - FAULTS_OF_THE_COMPILER


def test_the_project_that_is_broken_is_sound_by_itself(tmp_path: Path) -> None:
    empty = tmp_path / "case"
    empty.mkdir()
    assert render(findings(empty, tmp_path / "tree")) == ""


def test_the_page_has_a_section_for_every_code() -> None:
    sections = SECTION.findall(PAGE.read_text(encoding="utf-8"))
    assert sections == sorted(sections)
    assert len(sections) == len(set(sections))
    assert set(sections) == codes()


def test_the_page_shows_what_is_said() -> None:
    page = PAGE.read_text(encoding="utf-8")
    examples = list(EXAMPLE.finditer(page))
    assert len(examples) == len(codes() - FAULTS_OF_THE_COMPILER)
    for example in examples:
        assert example[2] == shown(page, example), f"{example[1]}: run python -m tests.golden.regen"
