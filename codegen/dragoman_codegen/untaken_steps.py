"""The same for steps of a stream: ways on which an event, or what stands in it, is not taken as a whole."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from dragoman_codegen.account import Access, Path, Sight
from dragoman_codegen.emit.stream_accounts import block_accesses, bound, element_path, step_accesses
from dragoman_codegen.rules import Rule
from dragoman_codegen.steps import (
    Add,
    Block,
    EachStep,
    Emit,
    Fail,
    LetStep,
    MatchStep,
    Put,
    Set,
    Step,
    StreamSide,
    WhenStep,
)
from dragoman_codegen.untaken import NOWHERE, Takings, Ways, taken_whole

__all__ = ["untaken_elements", "untaken_steps"]


def untaken_steps(block: Block, side: StreamSide, defs: Mapping[str, Rule]) -> Takings:
    """The ways of an event's steps that do not take an object in it, where others do."""
    found = taken_whole(block_accesses(block, side, defs))
    return _ways(block, side, Sight(defs, {"@": ()}), {path: path for path in found})


def untaken_elements(step: EachStep, side: StreamSide, defs: Mapping[str, Rule], roots: Mapping[str, Path]) -> Takings:
    """The same for the elements that steps go through, under the name that they have."""
    elements = element_path(step.source.tree, roots)
    if elements is None:
        return NOWHERE
    sight = Sight(defs, {"@": (), **roots, f"${step.name}": elements})
    found = [a for part in step.body.steps for a in step_accesses(part, side, sight)]
    n = len(elements)
    named = {path: (f"${step.name}", *path[n:]) for path in taken_whole(found, elements)}
    return _ways(step.body, side, sight, named)


def _ways(block: Block, side: StreamSide, sight: Sight, named: Mapping[Path, Path]) -> Takings:
    found = {}
    for at, name in named.items():
        ways = _StepWays(at, side)
        ways.block(block.steps, sight)
        if ways.arms or ways.nothing:
            found[name] = ways.found
    return found or NOWHERE


class _StepWays(Ways):
    def __init__(self, at: Path, side: StreamSide) -> None:
        super().__init__(at)
        self.side = side

    def block(self, steps: Iterable[Step], sight: Sight) -> None:
        taking = []
        for step in steps:
            if self.taken(step_accesses(step, self.side, sight)):
                taking.append((step, sight))
            if isinstance(step, LetStep):
                sight = bound(step, sight)
        if len(taking) == 1:  # taken in two places: one of them is always come to, as far as is known
            self._into(*taking[0])

    def _into(self, step: Step, sight: Sight) -> None:
        match step:
            case WhenStep():
                self._part(step.then, sight)
                if step.otherwise is not None:
                    self._part(step.otherwise, sight)
                elif not self.asked(step.when, sight):
                    self.nothing.add(step.span)
            case MatchStep():
                for part in (*(case for _, case in step.cases), step.otherwise):
                    if part is not None:
                        self._part(part, sight)
            case LetStep():
                self._rules([rule for _, rule in step.names], sight)
            case Set() | Add():
                self._rules([rule for _, rule, _ in step.slots], sight)
            case Put():
                self._rules([step.value], sight)
            case Emit():
                rule = [step.rule] if step.rule is not None and not step.template else []
                self._rules([*(part for _, part, _ in step.holes), *rule], sight)
            case Fail():
                self._rules([step.rule], sight)

    def _part(self, block: Block, sight: Sight) -> None:
        found = list(self._accesses(block, sight))
        if self.taken(found):
            self.block(block.steps, sight)
        elif not self.taken(found, lost=True):
            self.arms.add(block.span)

    def _accesses(self, block: Block, sight: Sight) -> Iterable[Access]:
        for step in block.steps:
            yield from step_accesses(step, self.side, sight)
            if isinstance(step, LetStep):
                sight = bound(step, sight)

    def _rules(self, rules: list[Rule], sight: Sight) -> None:
        taking = [rule for rule in rules if self.takes(rule, None, sight)]
        if len(taking) == 1:
            self.rule(taking[0], None, sight)
