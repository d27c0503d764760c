"""JMESPath: parsed with places, checked against types, and compiled to straight-line Python."""

from dragoman_codegen.diagnostics import Diagnostics
from dragoman_codegen.source import Node

from .ast import Expr
from .code import CodeBlock, Unit
from .compile import Compiled, compile, compile_condition, compile_function, compile_text
from .infer import infer
from .parser import parse_text
from .reads import Read, reads, texts_of
from .report import ExpressionError, Finding, Report, reporter
from .values import Scope, TextSet, Value, slot_map

__all__ = [
    "CodeBlock",
    "Compiled",
    "Expr",
    "ExpressionError",
    "Finding",
    "Read",
    "Report",
    "Scope",
    "TextSet",
    "Unit",
    "Value",
    "compile",
    "compile_condition",
    "compile_function",
    "compile_text",
    "infer",
    "parse",
    "parse_text",
    "reads",
    "reporter",
    "slot_map",
    "texts_of",
]


def parse(text: str, where: Node, diagnostics: Diagnostics) -> Expr | None:
    """The tree of an expression that stands at ``where``; None after a fault, which is then in ``diagnostics``."""
    try:
        return parse_text(text)
    except ExpressionError as fault:
        reporter(where, diagnostics)(fault.finding)
        return None
