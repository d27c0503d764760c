"""Which lines of a spec no case reaches.

Generated lines end in the spec line that they come from. Such a line counts as reached when the statement that it
belongs to ran; for the head of a branch or loop, when its body ran. What is lost or rejected is told by the losses
themselves: they name the line of their rule.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable, Mapping
from types import ModuleType

from dragoman.kit.call import UNKNOWN
from dragoman.loss import Rule

__all__ = ["loss_lines", "spec_lines", "unreached"]

_IMPLIED = ("not in table ", "not known to this dialect", UNKNOWN.reason)
"""What the language says by itself about values and fields that nobody has named."""
_COMMENT = re.compile(r"  # ([\w.-]+\.yaml):(\d+)$")
"""What another folder lends is named with that folder, and reached by the cases there."""


def spec_lines(text: str, ran: set[int]) -> dict[tuple[str, int], bool]:
    """For each spec line (file name and number) that a module names: did any code of it run?"""
    comments = {n: (m[1], int(m[2])) for n, line in enumerate(text.splitlines(), 1) if (m := _COMMENT.search(line))}
    found: dict[tuple[str, int], bool] = {}
    heads = _owners(ast.parse(text))
    for n, place in comments.items():
        owner = heads.get(n)
        if owner is not None:
            found[place] = found.get(place, False) or not ran.isdisjoint(owner)
    return found


def _owners(tree: ast.Module) -> dict[int, range]:
    """For each line inside of functions: the lines of which one must have run for it to have run."""
    owners: dict[int, range] = {}

    def visit(statement: ast.stmt) -> None:
        last = statement.end_lineno or statement.lineno
        body = getattr(statement, "body", None)
        if isinstance(body, list) and body:
            first = body[0]
            head = range(statement.lineno, first.lineno)
            if not isinstance(statement, ast.ClassDef):
                inner = range(first.lineno, (first.end_lineno or first.lineno) + 1)
                owners.update((n, _start(first, inner)) for n in head)
            for part in ("body", "orelse", "finalbody"):
                for child in getattr(statement, part, ()):
                    visit(child)
        else:
            owners.update((n, range(statement.lineno, last + 1)) for n in range(statement.lineno, last + 1))

    for statement in tree.body:
        if isinstance(statement, (ast.FunctionDef, ast.ClassDef)):
            visit(statement)
    return owners


def _start(statement: ast.stmt, lines: range) -> range:
    """Of a compound statement, its head runs first."""
    body = getattr(statement, "body", None)
    return range(lines.start, body[0].lineno) if isinstance(body, list) and body else lines


def loss_lines(modules: Iterable[ModuleType]) -> set[str]:
    """The spec lines (`path:line`) of the losses and rejections that modules can tell and that a spec has written."""
    rules = {value for module in modules for value in vars(module).values() if isinstance(value, Rule)}
    return {rule.where for rule in rules if not rule.reason.startswith(_IMPLIED)}


def unreached(
    texts: Mapping[str, str], ran: Mapping[str, set[int]], modules: Iterable[ModuleType], told: set[str], folder: str
) -> set[tuple[str, int]]:
    """Spec lines of a folder without a case, as (file name, line)."""
    lines: dict[tuple[str, int], bool] = {}
    for name, text in texts.items():
        for place, reached in spec_lines(text, ran.get(name, set())).items():
            lines[place] = lines.get(place, False) or reached
    missing = {place for place, reached in lines.items() if not reached}
    for where in loss_lines(modules):
        path, _, number = where.rpartition(":")
        home, _, name = path.rpartition("/")
        if home != folder:
            continue
        place = (name, int(number))
        if where not in told:
            missing.add(place)
        elif place not in lines:
            missing.discard(place)
    return missing
