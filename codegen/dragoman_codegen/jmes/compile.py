"""Expression → Python: the public functions; the work is done by ``emit``."""

from __future__ import annotations

import builtins
import itertools
import linecache
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from ..types import ANY, Type
from .ast import Expr
from .code import CodeBlock, Unit
from .emit import Emitter
from .parser import parse_text
from .values import Scope, Value

__all__ = ["Compiled", "compile", "compile_condition", "compile_function", "compile_text"]

_numbers = itertools.count(1)


def compile(expr: Expr, scope: Scope, code: CodeBlock) -> Value:
    """Add the statements that compute ``expr`` to ``code``; the value is the Python expression that results."""
    return Emitter().compile(expr, scope, code)


def compile_condition(expr: Expr, scope: Scope, code: CodeBlock) -> str:
    """Add what is needed to ``code``; a Python condition that holds where the expression is true for JMESPath."""
    return Emitter().compile_test(expr, scope, code).code


@dataclass(frozen=True, slots=True)
class Compiled:
    """A module with one function, ``evaluate(doc)``; ``body`` is that function alone."""

    source: str
    body: str
    type: Type


def compile_text(
    text: str, type: Type = ANY, *, trusted: bool = False, names: Mapping[str, Type] | None = None
) -> Compiled:
    """An expression as the source of a module. ``trusted``: the document is of the type for certain, all of it.

    ``names`` are variables (with their dollar signs), which become further parameters; they are trusted.
    """
    unit = Unit()
    code = CodeBlock(unit, level=1)
    code.reserve("doc", "evaluate")
    values = {"@": Value("doc", type, simple=True, trusted=trusted, elements_trusted=trusted, deep=trusted)}
    for name, known in (names or {}).items():
        values[name] = Value(code.fresh(name), known, simple=True, trusted=True, elements_trusted=True, deep=True)
    parameters = ", ".join(f"{value.code}: Any" for value in values.values())
    result = compile(parse_text(text), Scope(values), code)
    code.line(f"return {result.code}")
    body = f"def evaluate({parameters}) -> Any:\n{code.render()}"
    head = ["from typing import Any", "", *unit.import_lines()]
    source = "\n".join(head) + "\n\n\n" + "".join(f"{function}\n\n" for function in unit.functions) + body
    return Compiled(source, body, result.type)


def compile_function(text: str, type: Type = ANY, *, trusted: bool = False) -> Callable[[Any], Any]:
    """An expression as a function of a document, for tests and measurements; tracebacks show its source."""
    source = compile_text(text, type, trusted=trusted).source
    filename = f"<expression {next(_numbers)}>"
    linecache.cache[filename] = (len(source), None, source.splitlines(keepends=True), filename)
    module: dict[str, Any] = {"__name__": "expression"}
    exec(builtins.compile(source, filename, "exec"), module)
    function: Callable[[Any], Any] = module["evaluate"]
    return function
