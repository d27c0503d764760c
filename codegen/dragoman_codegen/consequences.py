"""Findings that follow from other findings, which are told alone."""

from __future__ import annotations

from dragoman_codegen.diagnostics import Diagnostics
from dragoman_codegen.spec import Provider

__all__ = ["without_followers", "without_what_is_unread"]

_MISSPELT = frozenset({"DG306", "DG307", "DG453"})
_NEVER = frozenset({"DG310", "DG311", "DG462", "DG466", "DG467"})
_NOT_THERE = frozenset({"DG306", "DG307", "DG425", "DG430", "DG460"})
_OF_EVENTS = ("DG44", "DG45", "DG46")


def without_followers(provider: Provider, found: Diagnostics) -> None:
    """Take them out."""
    _behind_names(found)
    _behind_events(provider, found)


def without_what_is_unread(found: Diagnostics) -> None:
    """What is in a file that cannot be read is not known to be missing elsewhere."""
    unread = {one.span.path for one in found if one.severity == "error" and one.code < "DG3"}
    found.take_out(lambda one: bool(unread - {one.span.path}) and one.code in _NOT_THERE)


def _behind_names(found: Diagnostics) -> None:
    """Where a name is misspelt, conditions in that file may seem never to hold."""
    paths = {one.span.path for one in found if one.code in _MISSPELT}
    found.take_out(lambda one: one.code in _NEVER and one.span.path in paths)


def _behind_events(provider: Provider, found: Diagnostics) -> None:
    """Where nothing tells events apart, each seems to have the fields of all."""
    sides = [side for unit in provider.units.values() for side in unit.streams.values()]
    asked = {(side.on.span.path, side.on.span.line) for side in sides if side.on is not None}
    wrong = {one.span.path for one in found if one.code < "DG31" and (one.span.path, one.span.line) in asked}
    wrong |= {
        side.span.path for side in sides if side.on is None and any(names != ("any",) for names, _ in side.events)
    }
    found.take_out(lambda one: one.span.path in wrong and one.code.startswith(_OF_EVENTS))
