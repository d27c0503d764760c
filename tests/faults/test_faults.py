"""Faults put into the real specs. Those of the kinds that the checks know are all found at their lines; none is an
accident of the compiler. `python -m tests.faults` tries more of them, with any seed.
"""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from .document import parse
from .inject import KINDS, choose
from .judge import OUTCOMES, Judge
from .specs import files

pytestmark = pytest.mark.slow

# Kinds of which the checks do not find each fault at its line yet. The set may only shrink.
NOT_YET = {
    "account-forgotten",
    "arguments-swapped",
    "block-not-closed",
    "condition-that-excludes-itself",
    "constant-of-the-wrong-kind",
    "constant-of-the-wrong-value",
    "constant-that-cannot-be",
    "default-forgotten",
    "dollar-forgotten",
    "end-that-says-nothing",
    "equals-sign-forgotten",
    "equals-sign-too-many",
    "field-below-a-scalar",
    "filter-without-else",
    "hole-left-open",
    "misspelt-context",
    "misspelt-field-of-what-is-made",
    "misspelt-value-of-a-table",
    "misspelt-variable",
    "namespace-forgotten",
    "object-in-the-place-of-a-list",
    "quotes-forgotten",
    "required-target-forgotten",
    "row-forgotten",
    "sides-swapped",
    "slot-of-another-type",
    "target-misspelt",
    "text-not-parsed",
    "value-of-the-wrong-kind",
    "wrong-kind-word",
}
SEED = 2024


@pytest.fixture(scope="module")
def judge() -> Iterator[Judge]:
    judge = Judge()
    yield judge
    judge.close()


def test_the_kinds_that_are_not_demanded_are_kinds() -> None:
    assert set(KINDS) >= NOT_YET


def test_a_seed_gives_the_same_faults_and_each_once() -> None:
    faults = choose(7, 2 * len(KINDS))
    assert faults == choose(7, 2 * len(KINDS))
    assert len({fault.key for fault in faults}) == len(faults)
    assert {fault.kind for fault in faults} == set(KINDS)
    assert {fault.slug for fault in faults} == {spec.slug for spec in files()}


def test_the_places_of_values_are_those_of_the_text() -> None:
    for spec in files():
        assert spec.root.raw == spec.text[spec.root.start :].rstrip() or spec.root.end < len(spec.text)
        for item in spec.items():
            if item.scalar is not None and item.raw[:1] not in "'\"|>":
                assert item.raw == item.scalar
            if item.key is not None and item.key_node.style is None and " " not in item.key:
                assert spec.text[item.key_start :].startswith(item.key)
        assert parse(spec.text).members.keys() == spec.root.members.keys()


def test_faults_of_known_kinds_are_found_at_their_lines(judge: Judge) -> None:
    missed = []
    for fault in choose(SEED, 30, sorted(set(KINDS) - NOT_YET)):
        verdict = judge(fault)
        if verdict.outcome != OUTCOMES[0]:
            missed.append(f"{verdict.outcome}: {fault.kind} in {fault.path}\n{fault.shown}\n{verdict.text}")
    assert not missed, "\n\n".join(missed)


def test_no_fault_is_an_accident_of_the_compiler(judge: Judge) -> None:
    for fault in choose(SEED, 10, sorted(NOT_YET)):
        verdict = judge(fault)
        assert verdict.outcome != "crash", f"{fault.kind} in {fault.path}\n{fault.shown}\n{verdict.text}"
