"""Conditions that are the same for every body, arms and cases that nothing reaches, and what is said twice.

Only what holds whatever the types are: what follows from the schemas is found where rules are compiled.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from dragoman_codegen.checks.parts import Scan
from dragoman_codegen.diagnostics import Diagnostics, Span, quote
from dragoman_codegen.jmes import ast
from dragoman_codegen.jmes.fold import is_true
from dragoman_codegen.rules import Account, Disposition, Each, Expression, First, Literal, Match, Modifiers, Note
from dragoman_codegen.steps import MatchStep, StreamSide, WhenStep
from dragoman_codegen.types import kind_of

__all__ = ["check_constants", "operands", "truth"]

_WORDS = {True: "always", False: "never"}
_MEANT = "a text in quotes is itself, and so is a value in backticks; a field is written without them"
_CONTRADICTION = {
    False: "no field has two values at once: ask for one or the other with ||",
    True: "a field always differs from one of two values: ask for both with &&",
}
_EACH_SIDE = "each side of && and || is asked by itself: write `a == 'x' || a == 'y'`"


def check_constants(scan: Scan, found: Diagnostics) -> None:
    for unit in scan.provider.units:
        for part in scan.all(unit):
            _conditions(part, found)
            match part:
                case Expression():
                    if truth(part.tree) is not None and all(truth(one) is None for one in operands(part.tree)):
                        _condition(part, part.tree, found)
                    for node in ast.walk(part.tree):
                        if isinstance(node, ast.Project) and node.condition is not None:
                            _condition(part, node.condition, found)
                case First(arms=arms):
                    _arms([(arm.mods.when, arm.span) for arm in arms], found)
                case Match() | MatchStep():
                    if truth(part.on.tree) is not None:
                        found.error("DG466", part.on.span, "what is matched here is the same for every body", _MEANT)
                    _named(((values, case.span) for values, case in part.cases), "case", scan, found)
                case Literal(value=str(text)) if text.startswith("$"):
                    found.error(
                        "DG475",
                        part.span,
                        f"=… makes this the text {quote(text)}, not a value",
                        "for the value, write it without =",
                    )
                case StreamSide():
                    _named(((values, block.span) for values, block in part.events), "event", scan, found)
                case Account():
                    _accounts(part, found)


# ------------------------------------------------------------------ conditions
def _conditions(part: object, found: Diagnostics) -> None:
    tests: tuple[Expression | None, ...] = ()
    match part:
        case Modifiers() | Note() | Disposition() | WhenStep():
            tests = (part.when,)
        case Each():
            tests = (part.where,)
    for test in tests:
        if test is not None:
            _condition(test, test.tree, found)


def _condition(test: Expression, tree: ast.Expr, found: Diagnostics) -> None:
    holds = truth(tree)
    if holds is not None:
        start = min(part.offset for part in ast.walk(tree))
        whole = tree is test.tree
        span = test.span if whole else test.node.expression_span(start)
        plain = any(truth(part) is not None for part in operands(tree))
        help = _cure(tree) if plain else _CONTRADICTION[holds]
        found.error("DG466", span, f"this condition {_WORDS[holds]} holds, whatever the body is", help)
        return
    for part in operands(tree):
        holds = truth(part)
        if holds is not None:
            message = f"this part of the condition is always {'true' if holds else 'false'}"
            found.error("DG466", test.node.expression_span(part.offset), message, _cure(tree))


def _cure(tree: ast.Expr) -> str:
    """A constant beside a comparison is its second value; else a field was meant."""
    compared = any(isinstance(part, ast.Compare) and truth(part) is None for part in operands(tree))
    return _EACH_SIDE if compared else _MEANT


def operands(tree: ast.Expr) -> Iterator[ast.Expr]:
    """What a condition asks, without `&&`, `||` and `!`."""
    if isinstance(tree, (ast.And, ast.Or)):
        yield from operands(tree.left)
        yield from operands(tree.right)
    elif isinstance(tree, ast.Not):
        yield from operands(tree.operand)
    else:
        yield tree


def truth(tree: ast.Expr) -> bool | None:
    """Whether a condition holds for every body, or for none; None where it depends on the body."""
    match tree:
        case ast.Literal(_, value):
            return is_true(value)
        case ast.Not(_, operand):
            inner = truth(operand)
            return None if inner is None else not inner
        case ast.And():
            return _chain(_chained(tree, ast.And), "==", deciding=False)
        case ast.Or():
            return _chain(_chained(tree, ast.Or), "!=", deciding=True)
        case ast.Compare(_, op, left, right):
            return _compared(op, left, right)
    return None


def _chained(tree: ast.Expr, kind: type[ast.And | ast.Or]) -> list[ast.Expr]:
    if isinstance(tree, kind):
        return [*_chained(tree.left, kind), *_chained(tree.right, kind)]
    return [tree]


def _chain(parts: list[ast.Expr], operator: str, *, deciding: bool) -> bool | None:
    """`and` is decided by one that never holds, `or` by one that always does; and both by parts that contradict."""
    known = [truth(part) for part in parts]
    if deciding in known:
        return deciding
    if all(one is not None for one in known):
        return not deciding
    said: dict[tuple[object, ...], object] = {}
    for part in parts:
        compared = _path_and_constant(part, operator)
        if compared is not None:
            path, value = compared
            if path in said and (kind_of(said[path]), said[path]) != (kind_of(value), value):
                return deciding
            said[path] = value
    return None


def _path_and_constant(part: ast.Expr, operator: str) -> tuple[tuple[object, ...], object] | None:
    if not isinstance(part, ast.Compare) or part.op != operator:
        return None
    for one, other in ((part.left, part.right), (part.right, part.left)):
        path = ast.path_of(one)
        if path is not None and isinstance(other, ast.Literal):
            return (path.root, *path.keys), other.value
    return None


def _compared(op: str, left: ast.Expr, right: ast.Expr) -> bool | None:
    if isinstance(left, ast.Literal) and isinstance(right, ast.Literal):
        same = left.value == right.value and kind_of(left.value) == kind_of(right.value)
        return same if op == "==" else not same if op == "!=" else None
    one, other = ast.path_of(left), ast.path_of(right)
    if op not in ("==", "!=") or one is None or other is None or (one.root, one.keys) != (other.root, other.keys):
        return None
    return op == "=="


# ------------------------------------------------------------------ arms, cases, accounts
def _arms(arms: list[tuple[Expression | None, Span]], found: Diagnostics) -> None:
    asked: set[str] = set()
    for n, (when, _) in enumerate(arms):
        if when is not None and when.text in asked:
            help = "the first arm that holds is taken: ask something else here, or take the arm out"
            found.error("DG467", when.span, "an arm before this one asks the same: this one is never taken", help)
        if when is None and n + 1 < len(arms):
            help = "an arm without $when comes last"
            found.error("DG467", arms[n + 1][1], "the arm before this one always holds: this one is never taken", help)
            return
        asked |= {when.text} if when is not None else set()


def _named(cases: Iterable[tuple[tuple[str, ...], Span]], what: str, scan: Scan, found: Diagnostics) -> None:
    seen: dict[str, Span] = {}
    for values, span in cases:
        place = scan.provider.homes.get(span, span)
        for value in values:
            if value in seen:
                first = seen[value]
                here = "this key" if first == place else f"line {first.line}"
                help = f"only the first one, in {here}, is ever taken: take this one out"
                found.error("DG468", place, f"the {what} {quote(value)} stands here a second time", help)
            seen.setdefault(value, place)


def _accounts(account: Account, found: Diagnostics) -> None:
    seen: dict[tuple[str, ...], Disposition] = {}
    for entry in account.entries:
        first = seen.setdefault(entry.path, entry)
        if first is not entry:
            path = quote(".".join(entry.path).replace(".[]", "[]"))
            help = f"{first.key} names it in line {first.span.line}: take one of them out"
            message = f"{path} is accounted for twice: under {first.key} and under {entry.key}"
            found.error("DG469", entry.span, message, help)
