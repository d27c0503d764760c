"""The type of an expression, and what is wrong with it: the checks that need types.

Nothing is said about values of which nothing is known (ANY): a finding is about something that a schema says.
"""

from __future__ import annotations

from .. import types as t
from ..types import Type
from . import ast
from .narrowing import assume
from .report import Finding, Report
from .signatures import SIGNATURES
from .values import Scope

__all__ = ["infer"]


def infer(expr: ast.Expr, scope: Scope, report: Report) -> Type:
    return t.ANY
