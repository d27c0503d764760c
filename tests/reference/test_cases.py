"""Every case of the specs, through generated code and through the reference evaluator."""

from __future__ import annotations

import pytest

from dragoman_codegen.proving import Case
from dragoman_codegen.proving.setup import prepare

from ..laws.corpus import cases, name_of, package, slugs, usable
from .compare import differences

CASES = [(slug, case) for slug in slugs() for case in cases(slug) if usable(case) is not None]


@pytest.mark.parametrize(("slug", "case"), [pytest.param(s, c, id=name_of(c)) for s, c in CASES])
def test_case(slug: str, case: Case) -> None:
    setup, refusal = prepare(case, package(slug))
    assert refusal is None
    assert differences(slug, case.unit, case.direction, usable(case), setup) == []
