"""What is wrong with an expression, and where in its text.

Codes: DG301 syntax, DG302 unknown function, DG303 number of arguments, DG304 an argument of a wrong type, DG305 a value
that cannot be, DG306 unknown variable, DG307 unknown field, DG308 field of something that has none, DG309 an argument
that may be of a wrong type.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from dragoman_codegen.diagnostics import Diagnostics
from dragoman_codegen.source import Node

__all__ = ["ExpressionError", "Finding", "Report", "reporter"]


@dataclass(frozen=True, slots=True)
class Finding:
    """One finding; ``offset`` and ``length`` count characters of the expression's text.

    ``meant``: the field of the schema that was probably meant.
    """

    code: str
    message: str
    offset: int
    length: int = 1
    help: str | None = None
    meant: str | None = None


Report = Callable[[Finding], None]


class ExpressionError(ValueError):
    """An expression that cannot be compiled."""

    def __init__(self, finding: Finding) -> None:
        super().__init__(f"character {finding.offset + 1}: {finding.message}")
        self.finding = finding


def reporter(where: Node, diagnostics: Diagnostics) -> Report:
    """A report that writes into ``diagnostics``, at the place of the character in the spec."""

    def report(finding: Finding) -> None:
        span = where.expression_span(finding.offset, finding.length)
        diagnostics.error(finding.code, span, finding.message, finding.help, finding.meant)

    return report
