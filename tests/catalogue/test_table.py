"""The table is whole: every row is in it, every row that concerns these providers has its proofs."""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path

import pytest

from dragoman_codegen.diagnostics import Diagnostics, render
from dragoman_codegen.prove import hub_terminator, report
from dragoman_codegen.proving import Package, load_case, run_case
from tests.catalogue.table import ROOT, Row, load

ROWS = load()
PROVIDERS = {path.name for path in (ROOT / "specs" / "providers").iterdir() if path.is_dir()}
#: What the catalogue calls those who are concerned.
CONCERNED = re.compile(r"anthropic(?! inbound)|anthropic inbound|^all$|^any$|gateway|openai|non-openai|^others$", re.I)
#: Rows that name one of them and are about another: the provider is part of another name, or it is a third dialect.
ELSEWHERE = {"M1": "Vertex-Anthropic"}


@cache
def package(slug: str) -> Package:
    found = Package.committed(ROOT, slug)
    assert found is not None, f"there is no generated code of {slug}; run: dragoman generate"
    return found


@pytest.mark.parametrize("row", ROWS.values(), ids=list(ROWS))
def test_a_row_that_concerns_us_has_its_proofs_and_they_pass(row: Row) -> None:
    assert row.holds or row.waits, f"{row.id} is cited by {row.cases or row.tests} and is not in rows.yaml"
    if row.waits:
        words = re.split(r"[^a-z-]+", row.waits)
        assert PROVIDERS & set(words) == set(), f"{row.id} waits for {row.waits}, which is there"
        return
    assert row.tests, f"{row.id} has no test_{row.id}_…"
    diagnostics = Diagnostics()
    for path in row.cases:
        case = load_case(path, ROOT, diagnostics)
        assert case is not None, render(diagnostics)
        for fault in run_case(case, package(path.parts[-3]), hub_terminator(ROOT)):
            report(case, fault, diagnostics)
    assert not len(diagnostics), render(diagnostics)


def test_no_row_of_the_catalogue_is_forgotten(shared: Path) -> None:
    text = (shared / "design" / "bug-catalogue.md").read_text(encoding="utf-8")
    there = dict(re.findall(r"^\| ([A-Z]\d+) \| ([^|]+?) \|", text, re.M))
    assert set(ROWS) == set(there)
    concerned = {id for id, who in there.items() if CONCERNED.search(who) and id not in ELSEWHERE}
    assert {id for id in concerned if ROWS[id].waits} == set(), "these name a provider that is there"


def test_the_command_prints_all_rows(capsys: pytest.CaptureFixture[str]) -> None:
    from tests.catalogue.__main__ import main

    main()
    printed = capsys.readouterr().out
    assert [line.split()[0] for line in printed.splitlines() if re.match(r"[A-Z]\d+ ", line)] == list(ROWS)
