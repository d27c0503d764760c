"""Checks of a provider that need its rules alone and no types: what is never used, never so, or said twice."""

from __future__ import annotations

from dragoman_codegen.checks.constants import check_constants
from dragoman_codegen.checks.copies import check_copies
from dragoman_codegen.checks.endpoint import check_endpoint
from dragoman_codegen.checks.ends import check_ends
from dragoman_codegen.checks.exceptions import Exceptions, load_exceptions
from dragoman_codegen.checks.lets import check_lets
from dragoman_codegen.checks.names import check_names
from dragoman_codegen.checks.parts import Scan
from dragoman_codegen.checks.reasons import check_reasons
from dragoman_codegen.checks.rows import check_rows
from dragoman_codegen.checks.states import check_states
from dragoman_codegen.checks.todos import check_todos
from dragoman_codegen.checks.unused import check_unused
from dragoman_codegen.diagnostics import Diagnostics
from dragoman_codegen.spec import Provider

__all__ = ["Exceptions", "check_rules", "load_exceptions"]


def check_rules(provider: Provider, diagnostics: Diagnostics, exceptions: Exceptions) -> None:
    """`diagnostics` holds what was found before; what is found here is added, unless it is a known exception."""
    found = Diagnostics()
    scan = Scan(provider)
    check_unused(scan, diagnostics, found)
    check_lets(scan, diagnostics, found)
    check_constants(scan, found)
    check_reasons(scan, found)
    check_rows(scan, found)
    check_states(scan, diagnostics, found)
    check_ends(scan, found)
    check_endpoint(scan, found)
    check_copies(scan, {str(one.span) for one in diagnostics}, found)
    check_names(scan, [(one.span.path, one.span.line) for one in (*diagnostics, *found)], found)
    check_todos(provider, diagnostics.sources, found)
    for one in found:
        if not exceptions.known(one, provider):
            diagnostics.add(one)
