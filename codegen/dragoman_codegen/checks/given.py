"""What calls give procedures: what a procedure reads and does not ask for, each call must give it."""

from __future__ import annotations

from collections.abc import Iterator

from dragoman_codegen.checks.parts import Scan, within
from dragoman_codegen.diagnostics import Diagnostics, quote
from dragoman_codegen.jmes import ast
from dragoman_codegen.rules import Expression, Rule, Use
from dragoman_codegen.steps import Block, CallProcedure, EachStep, MatchStep, StreamSide, WhenStep

__all__ = ["check_given"]

_ASKING = (ast.And, ast.Or, ast.Not, ast.Compare)
_TAKE_NULL = frozenset({"not_null", "to_array", "type"})


def check_given(scan: Scan, found: Diagnostics) -> None:
    for unit in scan.provider.units.values():
        for side in unit.streams.values():
            _look(side, found)


def _look(side: StreamSide, found: Diagnostics) -> None:
    calls = [node for node in within(side) if isinstance(node, CallProcedure)]
    names = {call.name: {name for one in calls if one.name == call.name for name, _, _ in one.given} for call in calls}
    needed = {name: set(_needed(block, names.get(name, set()))) for name, block in side.procedures.items()}
    for call in calls:
        for name in sorted(needed.get(call.name, set()) - {given for given, _, _ in call.given}):
            message = f"the procedure {quote(call.name)} needs ${name}, and this call does not give it"
            found.error(
                "DG455", call.named, message, f"give it: `with: {{{name}: …}}`; or let the procedure ask for it"
            )


def _needed(block: Block, names: set[str]) -> Iterator[str]:
    """Of these names those that are read, and never asked for: in a condition, or beside what stands in for them."""
    parts = within(block)
    if any(isinstance(part, Use) for part in parts):  # what definitions ask for is not looked at
        return
    asked: set[str] = set()
    for part in parts:
        if isinstance(part, WhenStep):
            asked |= _variables(part.when.tree)
        elif isinstance(part, MatchStep):
            asked |= _variables(part.on.tree)
        elif isinstance(part, EachStep):
            asked |= _variables(part.source.tree)
        elif isinstance(part, CallProcedure):
            asked |= {one for _, rule, _ in part.given for one in _of_rule(rule)}
        elif isinstance(part, Rule):
            mods = part.mods
            asked |= _variables(mods.when.tree) if mods.when is not None else set()
            if mods.default is not None or mods.require is not None:
                asked |= _of_rule(part)
    read: set[str] = set()
    for part in parts:
        if isinstance(part, Expression):
            read |= _variables(part.tree)
            for node in ast.walk(part.tree):
                if isinstance(node, _ASKING) or (isinstance(node, ast.Call) and node.name in _TAKE_NULL):
                    asked |= _variables(node)
    yield from sorted((read & names) - asked)


def _of_rule(rule: Rule) -> set[str]:
    return {name for part in within(rule) if isinstance(part, Expression) for name in _variables(part.tree)}


def _variables(tree: ast.Expr) -> set[str]:
    return {node.name[1:] for node in ast.walk(tree) if isinstance(node, ast.Variable)}
