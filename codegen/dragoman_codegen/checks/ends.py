"""The end of a stream tells a whole answer from a truncated one: on every way through it, it finishes or fails."""

from __future__ import annotations

from dragoman_codegen.checks.parts import Scan
from dragoman_codegen.diagnostics import Diagnostics
from dragoman_codegen.steps import Block, CallProcedure, Fail, Finish, MatchStep, StreamSide, WhenStep

__all__ = ["check_ends"]


def check_ends(scan: Scan, found: Diagnostics) -> None:
    for unit in scan.provider.units.values():
        for side in unit.streams.values():
            if side.end is not None and not _ends(side.end, side, frozenset()):
                what = "`end` can be gone through without `finish` and without `fail`"
                help = "on each way through it, say `finish: true` where the answer is whole, else `fail`"
                found.error("DG476", side.end.span, what, help)


def _ends(block: Block | None, side: StreamSide, seen: frozenset[str]) -> bool:
    for step in block.steps if block is not None else ():
        match step:
            case Fail() | Finish():
                return True
            case WhenStep(then=then, otherwise=otherwise) if _ends(then, side, seen) and _ends(otherwise, side, seen):
                return True
            case MatchStep(cases=cases, otherwise=otherwise):
                if all(_ends(case, side, seen) for case in [*(one for _, one in cases), otherwise]):
                    return True
            case CallProcedure(name=name) if name not in seen:
                if _ends(side.procedures.get(name), side, seen | {name}):
                    return True
    return False
