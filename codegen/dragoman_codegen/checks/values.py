"""What a slot may hold, in a few words, and what a rule may make of it.

A value is a set of atoms: `null`, `true`, `false`, `empty` (text, list or object), `some` (anything else that counts as
true), and single constants as ("=", value). It may be too large, never too small, but for one thing: slots are taken to
hold values of the type that they are declared with.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from dragoman_codegen.jmes import ast
from dragoman_codegen.rules import Each, First, Gather, Get, ListOf, Literal, Make, Rule

__all__ = [
    "EMPTY",
    "FALSE",
    "NULL",
    "SOME",
    "UNKNOWN",
    "Atom",
    "Value",
    "atom",
    "holds",
    "of_rule",
    "of_type",
    "slot_of",
]

Atom = str | tuple[str, object]
Value = frozenset[Atom]
NULL, TRUE, FALSE, EMPTY, SOME = "null", "true", "false", "empty", "some"
UNKNOWN: Value = frozenset({NULL, TRUE, FALSE, EMPTY, SOME})
_FALSY: Value = frozenset({NULL, FALSE, EMPTY})
_BOOLEAN: Value = frozenset({TRUE, FALSE})
_TYPES: dict[str, Value] = {
    "boolean": frozenset({NULL, TRUE, FALSE}),
    "integer": frozenset({NULL, SOME}),
    "number": frozenset({NULL, SOME}),
}
_CALLS: dict[str, Value] = {
    **dict.fromkeys(("sum", "length", "new_id", "json_text", "type"), frozenset({SOME})),
    **dict.fromkeys(("join", "to_string", "merge", "keys", "values", "compact", "cut"), frozenset({SOME, EMPTY})),
    **dict.fromkeys(("contains", "starts_with", "ends_with"), _BOOLEAN),
}
Slots = Mapping[str, Value]
May = Callable[[ast.Expr], bool]
"""May a condition hold?"""


def atom(value: object) -> Atom:
    """The atom of a constant."""
    if value is None:
        return NULL
    if isinstance(value, bool):
        return TRUE if value else FALSE
    if isinstance(value, (int, float, str)):
        return ("=", value) if value != "" else EMPTY
    return SOME if value else EMPTY


def holds(one: Atom) -> bool:
    """Does it count as true?"""
    return one not in _FALSY


def of_type(value: Value, kind: str) -> Value:
    """The part of a value that a slot of this type can hold."""
    allowed = _TYPES.get(kind, UNKNOWN - _BOOLEAN)
    part = frozenset(one for one in value if one in allowed or (isinstance(one, tuple) and kind != "boolean"))
    return part or allowed


def slot_of(tree: ast.Expr) -> str | None:
    """The slot that an expression is: `$state.x`."""
    path = ast.path_of(tree)
    if path is None or path.root != "$state" or len(path.keys) != 1:
        return None
    return str(path.keys[0])


def of_rule(rule: Rule, slots: Slots, may: May) -> Value:
    """What a rule may make."""
    mods = rule.mods
    made = _made(rule, slots, may)
    if mods.default is not None and NULL in made:
        made = (made - {NULL}) | of_rule(mods.default, slots, may)
    if mods.require is not None:
        made = made - {NULL}
    if mods.when is not None:
        other = of_rule(mods.otherwise, slots, may) if mods.otherwise is not None else frozenset({NULL})
        made = made | other if may(mods.when.tree) else other
    return made


def _made(rule: Rule, slots: Slots, may: May) -> Value:
    match rule:
        case Literal():
            return frozenset({atom(rule.value)})
        case Get():
            return _of(rule.expr.tree, slots)
        case First():
            made: Value = frozenset()
            for arm in rule.arms:
                if arm.mods.when is None:
                    return made | of_rule(arm, slots, may)
                if may(arm.mods.when.tree):
                    made |= of_rule(arm, slots, may) - ({NULL} if _always(arm) else frozenset())
            return made | {NULL}
        case Make():
            sure = any(isinstance(part.rule, Literal) and part.rule.mods.when is None for part in rule.fields)
            return frozenset({SOME}) if sure else frozenset({SOME, NULL})
        case ListOf(items=()):
            return frozenset({EMPTY})
        case ListOf() | Each() | Gather():
            return frozenset({SOME, EMPTY, NULL})
    return UNKNOWN


def _always(arm: Rule) -> bool:
    """The arm makes something whenever its own condition holds."""
    return isinstance(arm, Literal) and arm.value is not None and arm.mods.otherwise is None


def _of(tree: ast.Expr, slots: Slots) -> Value:
    match tree:
        case ast.Literal(_, value):
            return frozenset({atom(value)})
        case ast.Or(_, left, right):
            return frozenset(one for one in _of(left, slots) if holds(one)) | _of(right, slots)
        case ast.And(_, left, right):
            return frozenset(one for one in _of(left, slots) if not holds(one)) | _of(right, slots)
        case ast.Not() | ast.Compare(_, "==" | "!="):
            return _BOOLEAN
        case ast.Call(_, "not_null", args):
            made: Value = frozenset({NULL})
            for arg in args:
                if NULL in made:
                    made = (made - {NULL}) | _of(arg, slots)
            return made
        case ast.Call(_, name) if name in _CALLS:
            return _CALLS[name]
        case ast.Variable(_, "$now"):
            return frozenset({SOME})
    slot = slot_of(tree)
    return slots.get(slot, UNKNOWN) if slot is not None else UNKNOWN
