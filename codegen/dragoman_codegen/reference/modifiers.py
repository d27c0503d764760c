"""`$default`, `$clamp`, `$require`, `$is` and `$note` on the value of a rule."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from dragoman_codegen.account import Path
from dragoman_codegen.reference.run import Run
from dragoman_codegen.reference.sight import Made, Place, Sight, origins
from dragoman_codegen.rules import Modifiers, Note, Rule
from dragoman_codegen.types import kind_of

__all__ = ["changes", "modified"]


def changes(mods: Modifiers) -> bool:
    return bool(mods.default or mods.clamp or mods.require or mods.kind or mods.notes or mods.keep_empty)


@dataclass
class _Work:
    run: Run
    rule: Rule
    sight: Sight
    read: Callable[[], tuple[Path, ...]]
    value: Callable[[Rule, Sight], Made]

    @property
    def mods(self) -> Modifiers:
        return self.rule.mods

    @property
    def paths(self) -> tuple[Path, ...]:
        return self.read()

    def first_place(self) -> Place:
        return self.sight.at(self.paths[0]) if self.paths else self.sight.place

    def place(self, paths: tuple[Path, ...]) -> Place:
        """The place of what was read: the first of several paths that is there."""
        if not paths:
            return self.sight.place
        return self.sight.at(next((path for path in paths[:-1] if self.sight.get(path) is not None), paths[-1]))

    def lose(self, action: str, place: Place) -> None:
        note = next((n for n in self.mods.notes if n.action in (None, action)), None)
        severity, reason = (note.severity, note.reason) if note else ("tuning", f"{action} by this rule")
        self.run.lose(place, action, severity, reason)


def modified(
    run: Run,
    rule: Rule,
    made: Made,
    sight: Sight,
    read: Callable[[], tuple[Path, ...]],
    value: Callable[[Rule, Sight], Made],
) -> Made:
    """The value with the modifiers of its rule. `read`: tells the paths that it reads; `value`: evaluates a rule."""
    work = _Work(run, rule, sight, read, value)
    mods = rule.mods
    if mods.keep_empty:
        made = Made(made.value)
    if mods.default is not None and made.given is None:
        made = Made(value(mods.default, sight.inner()).value)
        work.lose("defaulted", work.first_place())
    if mods.clamp is not None:
        made = _clamped(work, made)
    if mods.require is not None and made.given is None:
        if run.strict:
            run.refuse(work.first_place(), mods.require)
        run.malformed(work.first_place(), mods.require, made.value)
    if mods.kind is not None and made.value is not None and kind_of(made.value) != mods.kind:
        run.malformed(work.place(work.paths), mods.kind, made.value)
    for note in mods.notes:
        if not ((mods.clamp or mods.default) and note.action in (None, "clamped", "defaulted")):
            _noted(work, note, made)
    return made


def _clamped(work: _Work, made: Made) -> Made:
    assert work.mods.clamp is not None
    for limit, sign in ((work.mods.clamp.low, -1), (work.mods.clamp.high, 1)):
        if limit is None:
            continue
        bound = work.value(limit, work.sight.inner()).value
        if kind_of(made.value) == kind_of(bound) == "number" and (made.value - bound) * sign > 0:
            work.lose("clamped", work.place(work.paths))
            made = Made(bound)
    return made


def _noted(work: _Work, note: Note, made: Made) -> None:
    if made.given is None or (note.when is not None and not work.run.holds(note.when, work.sight)):
        return
    paths = origins(note.of, work.sight) if note.of is not None else work.paths
    place = work.place(paths or work.sight.subject or ())
    work.run.lose(place, note.action or "substituted", note.severity, note.reason)
