"""`$same`: a value copied as it is, with some fields made anew and others left out."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from dragoman_codegen.reference.run import Run, says_nothing
from dragoman_codegen.reference.scopes import check
from dragoman_codegen.reference.sight import Made, Place, Sight
from dragoman_codegen.rules import Disposition, Rule, Same

__all__ = ["copied"]

Value = Callable[[Rule, Sight], Made]


Tree = dict[str, "Rule | Tree"]


def copied(run: Run, rule: Same, source: Any, place: Place, sight: Sight, value: Value) -> Any:
    fields: Tree = {}
    for path, part in rule.fields:
        _plant(fields, path, part)
    inside = replace(sight.inner(), names={k: replace(b, origins=(), alias=False) for k, b in sight.names.items()})
    source = _made_anew(run, fields, source, place, inside, value)
    for entry in rule.mods.account.entries if rule.mods.account is not None else ():
        source = _less(run, entry.path, entry, source, place)
    return source


def _plant(tree: Tree, path: tuple[str, ...], part: Rule) -> None:
    key, *rest = path
    if not rest:
        tree[key] = part
        return
    inner = tree.setdefault(key, {})
    assert isinstance(inner, dict)
    _plant(inner, tuple(rest), part)


def _made_anew(run: Run, fields: Tree, source: Any, place: Place, sight: Sight, value: Value) -> Any:
    """A copy with fields made by rules, which see the object, as it was, that holds the field."""
    if "[]" in fields and isinstance(source, list):
        part = fields["[]"]
        places = [(*place, n) for n in range(len(source))]
        if isinstance(part, dict):
            anew = [_made_anew(run, part, item, at, sight, value) for item, at in zip(source, places, strict=True)]
            return run.copied(anew, source, place)
        return [value(part, _seeing(sight, item, at)).value for item, at in zip(source, places, strict=True)]
    if "[]" in fields or not isinstance(source, dict):
        check(run, run.type_of(source, place), source, place)
        return source
    out = dict(source)
    for key, part in fields.items():
        if isinstance(part, dict):
            if source.get(key) is not None:
                out[key] = _made_anew(run, part, source[key], (*place, key), sight, value)
            continue
        made = value(part, replace(_seeing(sight, source, place), subject=((key,),)))
        if part.mods.keep_null or made.given is not None:
            out[key] = made.given
        else:
            out.pop(key, None)
    return run.copied(out, source, place, (key for key, part in fields.items() if not isinstance(part, dict)))


def _seeing(sight: Sight, item: Any, place: Place) -> Sight:
    return Sight(item, place, sight.names)


def _less(run: Run, path: tuple[str, ...], entry: Disposition, source: Any, place: Place) -> Any:
    """A copy without what an entry of `$ignore`, `$drop` or `$reject` speaks of."""
    key, *rest = path
    if key == "[]":
        if not isinstance(source, list):
            return source
        less = [_less(run, tuple(rest), entry, item, (*place, n)) for n, item in enumerate(source)]
        return run.copied(less, source, place)
    if not isinstance(source, dict) or source.get(key) is None:
        return source
    if rest:
        return run.copied({**source, key: _less(run, tuple(rest), entry, source[key], (*place, key))}, source, place)
    quiet = says_nothing(source[key], entry.unless)
    if not quiet and entry.kind == "reject":
        run.refuse((*place, key), entry.reason)
    if not quiet and entry.kind == "drop":
        run.lose((*place, key), "dropped", entry.severity, entry.reason)
    return run.copied({name: item for name, item in source.items() if name != key}, source, place, (key,))
