"""Which fields of an event a block of steps reads."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from dragoman_codegen.account import Access, Condition, Path, Sight, astray, of_account, of_expression, of_rule
from dragoman_codegen.jmes.ast import path_of
from dragoman_codegen.replacing import replace
from dragoman_codegen.rules import Get, Modifiers, Rule
from dragoman_codegen.steps import (
    Add,
    Block,
    CallProcedure,
    DropStep,
    EachStep,
    Emit,
    Fail,
    LetStep,
    MatchStep,
    Put,
    Set,
    StreamSide,
    WhenStep,
)
from dragoman_codegen.types import Type

__all__ = ["block_accesses", "bound", "element_path", "event_accesses", "step_accesses", "stepped"]

Conditions = tuple[Condition, ...]


def block_accesses(
    block: Block, side: StreamSide, defs: Mapping[str, Rule], conditions: Conditions = ()
) -> list[Access]:
    found = _block(block, side, Sight(defs, {"@": ()}), conditions, frozenset())
    return list(dict.fromkeys(replace(access, kind="value") if access.kind == "drop" else access for access in found))


def event_accesses(block: Block, side: StreamSide, defs: Mapping[str, Rule], t: Type) -> tuple[Access, ...]:
    """Those of the steps of an event; and of what is said of all events, the fields that it has and does not read.

    An event for which there is nothing to do says nothing.
    """
    found = block_accesses(block, side, defs)
    if found and side.account is not None:
        everywhere = of_account(side.account, (), Sight(defs, {"@": ()}))
        there = [access for access in everywhere if access.entry is not None and astray(t, access) is None]
        found += [access for access in there if not any(_meet(access.path, other.path) for other in found)]
    return tuple(found)


def _meet(one: Path, other: Path) -> bool:
    return all(a == b for a, b in zip(one, other, strict=False))


def _conditional(found: Iterator[Access], *, told: bool) -> Iterator[Access]:
    """What is dropped on a condition is not accounted for by that alone, unless the event itself tells the cases."""
    for access in found:
        if told:
            yield access
        elif access.kind == "drop":
            yield replace(access, kind="test")
        else:
            yield replace(access, seldom=access.seldom or access.kind == "loop")


def element_path(source: object, roots: Mapping[str, Path]) -> Path | None:
    """The path of the elements that an `each` goes through, if they lie in the event."""
    path = path_of(source)  # type: ignore[arg-type]
    base = roots.get(path.root) if path is not None else None
    if path is None or base is None or not all(isinstance(key, str) for key in path.keys):
        return None
    return (*base, *map(str, path.keys), "[]")


def stepped(block: Block, side: StreamSide, defs: Mapping[str, Rule]) -> frozenset[Path]:
    """The paths of all elements that steps go through."""
    return frozenset(_stepped(block, side, Sight(defs, {"@": ()}), frozenset()))


def _stepped(block: Block | None, side: StreamSide, sight: Sight, seen: frozenset[str]) -> Iterator[Path]:
    for step in block.steps if block is not None else ():
        match step:
            case WhenStep():
                yield from _stepped(step.then, side, sight, seen)
                yield from _stepped(step.otherwise, side, sight, seen)
            case MatchStep():
                for part in (*(case for _, case in step.cases), step.otherwise):
                    yield from _stepped(part, side, sight, seen)
            case EachStep():
                elements = element_path(step.source.tree, sight.roots)
                inner = Sight(sight, {**sight.roots, f"${step.name}": elements}) if elements else sight
                if elements:
                    yield elements
                yield from _stepped(step.body, side, inner, seen)
            case CallProcedure() if step.name not in seen:
                only_event = Sight(sight, {"@": ()})
                yield from _stepped(side.procedures.get(step.name), side, only_event, seen | {step.name})
            case LetStep():
                sight = bound(step, sight)


def _block(
    block: Block | None, side: StreamSide, sight: Sight, conditions: Conditions, seen: frozenset[str]
) -> Iterator[Access]:
    if block is None:
        return
    if block.account is not None:
        yield from of_account(block.account, conditions, sight)
    for step in block.steps:
        yield from step_accesses(step, side, sight, conditions, seen)
        if isinstance(step, LetStep):
            sight = bound(step, sight)


def bound(step: LetStep, sight: Sight) -> Sight:
    """With the names that a `let` gives to parts of the event: what is read through them is read of the event."""
    roots = dict(sight.roots)
    for name, rule in step.names:
        roots.pop(f"${name}", None)
        path = _alias(rule, roots)
        if path is not None:
            roots[f"${name}"] = path
    return Sight(sight, roots)


def _alias(rule: Rule, roots: Mapping[str, Path]) -> Path | None:
    """The path that a rule of a `let` only gives a name to."""
    if not isinstance(rule, Get) or rule.mods != Modifiers():
        return None
    path = path_of(rule.expr.tree)
    base = roots.get(path.root) if path is not None else None
    if path is None or base is None or not all(isinstance(key, str) for key in path.keys):
        return None
    return (*base, *map(str, path.keys))


def step_accesses(
    step: object,
    side: StreamSide,
    sight: Sight,
    conditions: Conditions = (),
    seen: frozenset[str] = frozenset(),
) -> Iterator[Access]:
    def rule(part: object) -> Iterator[Access]:
        return of_rule(part, sight, conditions, frozenset(), None)

    match step:
        case Set() | Add():
            for _, value, _ in step.slots:
                yield from rule(value)
        case Put():
            yield from of_expression(step.at, "value", conditions, sight)
            yield from rule(step.value)
        case Emit():
            for _, value, _ in step.holes:
                yield from rule(value)
            if step.rule is not None and not step.template:  # a template sees nothing but its holes
                yield from rule(step.rule)
        case LetStep():
            for name, value in step.names:
                found = rule(value)
                named_only = _alias(value, sight.roots) is not None
                yield from (replace(access, kind="test") for access in found) if named_only else found
                sight = bound(LetStep(step.span, ((name, value),)), sight)
        case WhenStep():
            yield from of_expression(step.when, "test", conditions, sight)
            for part in (step.then, step.otherwise):
                yield from _conditional(_block(part, side, sight, conditions, seen), told=False)
        case MatchStep():
            yield from of_expression(step.on, "test", conditions, sight)
            path = path_of(step.on.tree)
            base = sight.roots.get(path.root) if path else None
            here = (*base, *map(str, path.keys)) if path is not None and base is not None else None
            named = frozenset(value for values, _ in step.cases for value in values)
            for values, case in step.cases:
                more = (*conditions, Condition(here, frozenset(values))) if here else conditions
                yield from _conditional(_block(case, side, sight, more, seen), told=here is not None)
            more = (*conditions, Condition(here, named, True)) if here else conditions
            yield from _conditional(_block(step.otherwise, side, sight, more, seen), told=here is not None)
        case EachStep():
            yield from of_expression(step.source, "test", conditions, sight)
            elements = element_path(step.source.tree, sight.roots)
            inner = Sight(sight, {**sight.roots, f"${step.name}": elements}) if elements else sight
            if step.body.account is not None and elements:
                yield from of_account(step.body.account, conditions, inner, elements)
            yield from _block(Block(step.span, step.body.steps), side, inner, conditions, seen)
        case CallProcedure() if step.name not in seen:
            for _, value, _ in step.given:
                yield from rule(value)
            only_event = Sight(sight, {"@": ()})
            yield from _block(side.procedures.get(step.name), side, only_event, conditions, seen | {step.name})
        case DropStep():
            if step.of is not None:
                for access in of_expression(step.of, "value", conditions, sight):
                    yield replace(access, kind="drop", becomes="dropped")
            else:
                yield Access((), "drop", step.span, False, None, conditions, becomes="dropped")
        case Fail():
            yield from rule(step.rule)
