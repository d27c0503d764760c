"""Templates of a stream and what is put into their holes: names that do not meet are told on the side that is wrong."""

from __future__ import annotations

from collections.abc import Iterable

from dragoman_codegen.diagnostics import Diagnostics, Span, nearest
from dragoman_codegen.jmes import ast
from dragoman_codegen.jmes.python import quote
from dragoman_codegen.rules import Expression, walk
from dragoman_codegen.steps import StreamSide

__all__ = ["Fillings", "report_holes"]

Fillings = list[tuple[Span, dict[str, Span]]]
"""Where a template is emitted, and what is given there that it has no hole for."""


def report_holes(
    side: StreamSide, name: str, open_holes: Iterable[str], holes: Iterable[str], fillings: Fillings, found: Diagnostics
) -> None:
    """`open_holes`: those of the `holes` that nobody fills."""
    waiting = list(open_holes)
    for hole in list(waiting):
        meant = _meant(side, name, hole, fillings)
        if meant is not None:
            _never_given(side, name, hole, f"did you mean ${meant}?", found)
            waiting.remove(hole)
            fillings = [(where, {k: v for k, v in strange.items() if k != meant}) for where, strange in fillings]
    for _, strange in fillings:
        for given, span in strange.items():
            near = nearest(given, holes)
            help = f"did you mean {quote(near)}?" if near else None
            found.error("DG455", span, f"the template {quote(name)} has no hole ${given}", help)
    if any(strange for _, strange in fillings):
        return  # one of them is meant
    for hole in waiting:
        slot = next((slot.name for slot in side.state if slot.name == hole), None)
        if slot is None and len(fillings) == 1:
            message = f"nothing gives ${hole} to the template {quote(name)}"
            found.error("DG306", fillings[0][0], message, "give it with `with`")
        else:
            _never_given(side, name, hole, f"did you mean $state.{slot}?" if slot else "give it with `with`", found)


def _meant(side: StreamSide, name: str, hole: str, fillings: Fillings) -> str | None:
    """What each emission gives in the place of a hole that is misspelt in the template."""
    given = [set(strange) for _, strange in fillings]
    common = set.intersection(*given) if given else set()
    meant = nearest(hole, common)
    if meant is None or len(fillings) > 1:
        return meant
    others = {slot.name for slot in side.state}
    for other, rule in side.templates.items():
        if other != name:
            others |= {one.name[1:] for part in walk(rule) if isinstance(part, Expression) for one in _variables(part)}
    return meant if meant in others and hole not in others else None


def _variables(expr: Expression) -> list[ast.Variable]:
    return [part for part in ast.walk(expr.tree) if isinstance(part, ast.Variable)]


def _never_given(side: StreamSide, name: str, hole: str, help: str, found: Diagnostics) -> None:
    for node in walk(side.templates[name]):
        for part in _variables(node) if isinstance(node, Expression) else ():
            if part.name == f"${hole}" and isinstance(node, Expression):
                span = node.node.expression_span(part.offset, len(part.name))
                found.error("DG306", span, f"nothing gives {part.name} to the template {quote(name)}", help)
