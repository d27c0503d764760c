"""One case against generated code."""

from __future__ import annotations

import copy
from collections.abc import Iterator
from contextlib import nullcontext
from dataclasses import dataclass
from typing import Any

from dragoman.errors import MalformedBody, Rejected
from dragoman.kit.call import UNKNOWN, Call
from dragoman.loss import Loss
from dragoman.places import text
from dragoman.steps import attempt, told
from dragoman_codegen.diagnostics import quote
from dragoman_codegen.proving import streams
from dragoman_codegen.proving.case import Case
from dragoman_codegen.proving.compare import Key, difference, same, unmatched
from dragoman_codegen.proving.package import Package
from dragoman_codegen.proving.setup import Setup, prepare
from dragoman_codegen.proving.trace import Tracer

__all__ = ["Fault", "Outcome", "run_case", "translate"]

_MODULES = {"errors": ("errors", "error_{}")}
_STREAMS = {"to_hub": "StreamToHub", "to_wire": "StreamToWire"}
_BACK = {"to_hub": "to_wire", "to_wire": "to_hub"}


@dataclass(frozen=True)
class Fault:
    """What is wrong: under which key of the case, below that key where, and in words."""

    code: str
    key: str
    message: str
    path: tuple[Key, ...] = ()
    help: str | None = None


@dataclass
class Outcome:
    """What came of a translation. For streams, `out` is the list of events until the fault, if there is one."""

    out: Any = None
    losses: list[Loss] | None = None
    fault: MalformedBody | Rejected | None = None
    wheres: frozenset[str] = frozenset()
    """The spec lines of the losses and of the rejection."""


class _Missing(Exception):
    """The provider has no such unit."""


def run_case(
    case: Case, package: Package, terminator: str | None, tracer: Tracer | None = None, reached: set[str] | None = None
) -> list[Fault]:
    """All that is wrong with a case. `terminator`: of the hub's streams.

    `reached` collects the spec lines of the losses and rejections that happened.
    """
    try:
        return list(_run(case, package, terminator, tracer, reached if reached is not None else set()))
    except _Missing as missing:
        return [Fault("DG508", "unit", str(missing), help="write it, or name another unit or direction")]
    except Exception as accident:  # whatever generated code may raise is a finding about it
        return [_crash(accident, package)]


def _crash(accident: Exception, package: Package) -> Fault:
    place = package.place_of(accident.__traceback__)
    where, line = place or ("the case", "")
    said = f": {accident}" if str(accident) else ""
    return Fault(
        "DG504",
        "given",
        f"{type(accident).__name__}{said}, raised by {where}",
        help=f"the line is: {line}" if line else None,
    )


def _run(
    case: Case, package: Package, terminator: str | None, tracer: Tracer | None, reached: set[str]
) -> Iterator[Fault]:
    watch = tracer if tracer is not None else nullcontext()
    with watch:
        setup, refusal = prepare(case, package)
    if refusal is not None:
        yield Fault("DG508", "request", f"this request cannot be translated: {_said(refusal)}")
        return
    given = case.given
    if isinstance(given, bytes):
        events, given = (
            streams.decoded(given, package.dialect if case.direction == "to_hub" else streams.hub(terminator)),
            None,
        )
        if events is not None:
            given = events
    if given is not None:
        before = copy.deepcopy(given)
        with watch:
            outcome = translate(package, case.unit, case.direction, given, setup, traced=case.direction == "to_hub")
        reached |= outcome.wheres
        yield from _judge(case, outcome)
        if not same(before, given):
            yield Fault("DG507", "given", "the translation changes the body that it is given")
        if case.data.get("returns"):
            with watch:
                back = translate(package, case.unit, _BACK[case.direction], outcome.out, setup)
            reached |= back.wheres
            yield from _came_back(given, back)
    if case.unit == "stream":
        yield from _bytes(case, package, setup, terminator)


def translate(
    package: Package, unit: str, direction: str, given: Any, setup: Setup, *, traced: bool = False
) -> Outcome:
    """A body through one unit. What is neither a result nor a typed error is raised."""
    call = setup.call(traced=traced)
    outcome = Outcome()
    if unit == "stream":
        outcome.out, outcome.fault = _stream(_unit(package, "stream", _STREAMS[direction], direction)(call), given)
    elif unit == "errors":
        function = _unit(package, "errors", f"error_{direction}", direction)
        headers = {name.lower(): value for name, value in (given.get("headers") or {}).items()}
        made, outcome.fault = attempt(function, given["status"], given.get("body"), headers, call)
        if made is not None:
            outcome.out = {"status": made[0], "body": made[1], "headers": dict(made[2])}
    else:
        function = _unit(package, unit, f"{unit}_{direction}", direction)
        outcome.out, outcome.fault = attempt(function, given, call)
    outcome.losses = told(call.losses)
    outcome.wheres = _wheres(call, outcome.fault)
    return outcome


def _unit(package: Package, module: str, name: str, direction: str) -> Any:
    found = package.unit(module, name)
    if found is None:
        what = f"`{direction}` in {module}.yaml" if module in package.modules else f"{module}.yaml"
        raise _Missing(f"the provider {package.slug} has no {what}")
    return found


def _stream(unit: Any, events: list[Any]) -> tuple[list[Any], MalformedBody | Rejected | None]:
    out: list[Any] = []
    for event in events:
        made, fault = attempt(unit.feed, event)
        if fault is not None:
            return out, fault
        out += [data for data, _ in made]
    made, fault = attempt(unit.close)
    out += [data for data, _ in made or ()]
    return out, fault


def _wheres(call: Call, fault: MalformedBody | Rejected | None) -> frozenset[str]:
    found = {rule.where for rule, _ in call.losses if rule.reason != UNKNOWN.reason}
    if isinstance(fault, Rejected) and fault.rule is not None:
        found.add(fault.rule.where)
    return frozenset(found)


# ---------------------------------------------------------------------- judging
def _judge(case: Case, outcome: Outcome) -> Iterator[Fault]:
    data = case.data
    expected = next((key for key in ("refused", "malformed") if key in data), None)
    if expected is not None:
        yield from _judge_fault(expected, data[expected], outcome)
        if case.unit == "stream" and "gives" in data:
            yield from _judge_value(case, outcome.out)
        return
    if outcome.fault is not None:
        yield Fault("DG503", "gives", f"this should be translated, but it fails: {_said(outcome.fault)}")
        return
    yield from _judge_value(case, outcome.out)
    yield from _judge_losses(case, outcome.losses or [])


def _judge_value(case: Case, out: Any) -> Iterator[Fault]:
    expected = case.gives
    if isinstance(expected, bytes):
        return  # the bytes are compared as such
    if case.unit == "errors" and isinstance(expected, dict):
        expected = {"headers": {}, **expected}
    found = difference(expected, out)
    if found is not None:
        yield Fault("DG501", "gives", found[1], found[0])


def _judge_losses(case: Case, losses: list[Loss]) -> Iterator[Fault]:
    missing, extra = unmatched(case.losses, losses)
    for n in missing:
        wanted = case.losses[n]
        near = next((loss for loss in extra if loss.path == wanted["path"]), None)
        found = f"; found there: {near.action} ({near.severity}): {near.reason} [{near.rule}]" if near else ""
        yield Fault("DG502", "losses", f"this loss does not happen{found}", (n,), "mend the rule, or mend this entry")
    for loss in extra:
        if any(case.losses[n]["path"] == loss.path for n in missing):
            continue
        entry = f"{{path: {quote(loss.path)}, action: {loss.action}, severity: {loss.severity}}}"
        yield Fault(
            "DG502",
            "losses",
            f"a loss happens that the case does not expect: {loss} [{loss.rule or 'of the language'}]",
            help=f"mend the rule, or add to `losses`: {entry}",
        )


def _judge_fault(key: str, wanted: dict[str, Any], outcome: Outcome) -> Iterator[Fault]:
    fault = outcome.fault
    if fault is None:
        yield Fault("DG503", key, f"this should be {key}, but it gives {quote(outcome.out, 200)}")
        return
    if key == "malformed" and not isinstance(fault, MalformedBody):
        yield Fault("DG503", key, f"this should be malformed, but it is rejected: {_said(fault)}")
        return
    path = text(fault.at)
    for name in ("param", "path"):
        if name in wanted and wanted[name] != path:
            yield Fault("DG503", key, f"expected {quote(wanted[name])}, found {quote(path)}: {_said(fault)}", (name,))
    said = _said(fault)
    if "message" in wanted and wanted["message"] not in said:
        yield Fault(
            "DG503", key, f"expected a message with {quote(wanted['message'])}, found {quote(said, 200)}", ("message",)
        )
    if "expected" in wanted and isinstance(fault, MalformedBody) and wanted["expected"] not in fault.expected:
        yield Fault("DG503", key, f"expected {quote(wanted['expected'])}, found {quote(fault.expected)}", ("expected",))


def _said(fault: MalformedBody | Rejected) -> str:
    path = text(fault.at)
    return str(fault) if isinstance(fault, MalformedBody) or not path else f"{path}: {fault.message}"


def _came_back(given: Any, back: Outcome) -> Iterator[Fault]:
    if back.fault is not None:
        yield Fault("DG505", "returns", f"translating the result back fails: {_said(back.fault)}")
        return
    found = difference(given, back.out)
    if found is not None:
        yield Fault("DG505", "returns", f"translating the result back does not give `given` again: {found[1]}")


# ---------------------------------------------------------------------- bytes
def _bytes(case: Case, package: Package, setup: Setup, terminator: str | None) -> Iterator[Fault]:
    path = streams.BytePath(package.dialect, case.direction, case.data, setup, terminator)
    if not path.possible:
        return
    given = case.given if isinstance(case.given, bytes) else path.encoded(case.given)
    whole = path.translated(given)
    if "malformed" not in case.data and "refused" not in case.data:
        wanted = case.gives
        if isinstance(wanted, bytes):
            if whole != wanted:
                yield Fault(
                    "DG506",
                    "gives",
                    f"other bytes than these come out: {quote(whole.decode('utf-8', 'replace'), 300)}",
                )
        else:
            found = difference(wanted, path.events_of(whole))
            if found is not None:
                yield Fault("DG506", "gives", f"given as bytes, the stream makes something else: {found[1]}", found[0])
    cut = path.first_bad_cut(given, whole)
    if cut is not None:
        yield Fault("DG506", "given", cut)
