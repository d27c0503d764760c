"""What is lost or refused in a case."""

from __future__ import annotations

from collections.abc import Iterator

from dragoman.errors import Rejected
from dragoman.kit.call import UNKNOWN
from dragoman.places import text
from dragoman_codegen.proving.case import Case
from dragoman_codegen.proving.package import Package
from dragoman_codegen.proving.run import translate
from dragoman_codegen.proving.setup import prepare

__all__ = ["Told", "told_by"]

Told = tuple[str, str, str, str, str, str]
"""Unit and direction; severity, action, reason and place."""


def told_by(case: Case, package: Package) -> list[Told]:
    """All that a case loses, or its refusal."""
    return [(case.unit, case.direction, *happened) for happened in _happens(case, package)]


def _happens(case: Case, package: Package) -> Iterator[tuple[str, str, str, str]]:
    if isinstance(case.given, bytes):
        return
    setup, fault = prepare(case, package)
    if fault is not None:
        return
    outcome = translate(package, case.unit, case.direction, case.given, setup)
    for loss in outcome.losses or ():
        if loss.reason != UNKNOWN.reason:
            yield loss.severity, loss.action, loss.reason, loss.path
    fault = outcome.fault
    if isinstance(fault, Rejected) and fault.rule is not None:
        message = "a kind that is not known" if fault.message.startswith("expected one of ") else fault.message
        yield "refused", "refused", message, text(fault.at)
