"""The operators of the rule tree, one after the other, as specs/language/README.md tells them."""

from __future__ import annotations

import copy
from dataclasses import replace
from typing import Any

from dragoman_codegen.jmes.ast import path_of
from dragoman_codegen.reference.branches import Branches
from dragoman_codegen.reference.copies import copied
from dragoman_codegen.reference.lists import laid, merged
from dragoman_codegen.reference.modifiers import changes, modified
from dragoman_codegen.reference.run import Run
from dragoman_codegen.reference.scopes import check
from dragoman_codegen.reference.sight import NOTHING, Bound, Made, Place, Sight, below, element_place, origins, place_of
from dragoman_codegen.reference.tables import look_up, lowered
from dragoman_codegen.rules import (
    Concat,
    Drop,
    Each,
    Expression,
    First,
    Gather,
    Get,
    Index,
    ListOf,
    Literal,
    Lookup,
    Lower,
    Make,
    Match,
    Merge,
    Modifiers,
    Order,
    Reject,
    Rule,
    Same,
    Use,
)

__all__ = ["Rules"]


class Rules(Branches):
    """Evaluates rules."""

    # ------------------------------------------------------------------ values
    def value(self, rule: Rule, sight: Sight) -> Made:
        found = self.guarded(rule, sight)
        if found is None:
            return NOTHING
        rule, sight = found
        if changes(rule.mods):
            bare = replace(rule, mods=Modifiers(account=rule.mods.account))
            made = self.value(bare, sight if sight.root else sight.inner())
            return modified(self.run, rule, made, sight, lambda: self.read_by(bare, sight), self.value)
        return self.head(rule, sight)

    def head(self, rule: Rule, sight: Sight) -> Made:
        """The operator itself."""
        run = self.run
        match rule:
            case Literal():
                return Made(copy.deepcopy(rule.value))
            case Get():
                return Made(run.value(rule.expr, sight), self._made_before(rule.expr, sight))
            case Make():
                return self._object(rule, sight.inner())
            case ListOf():
                values = [self.value(part, sight.inner()).given for part in rule.items]
                return Made([value for value in values if value is not None], bool(rule.items))
            case Each():
                return Made(self._each(rule, sight), True)
            case Gather():
                return Made(self._gather(rule, sight))
            case Concat():
                return Made([item for part in rule.items for item in self.listed(part, sight.inner())], True)
            case Merge():
                items = self.listed(rule.source, sight.inner())
                return Made(merged(items, rule.by, rule.concat, rule.everywhere), True)
            case Order():
                lists = {name: self.listed(part, sight.inner()) for name, part in rule.lists}
                return Made(laid(self.source(rule.order, sight), lists), True)
            case Index():
                return Made(self._index(rule, sight))
            case Use():
                return self._use(rule, sight)
            case Lookup():
                paths = origins(rule.of, sight)
                return Made(look_up(run, rule.table, run.value(rule.of, sight), sight.at(paths[0] if paths else ())))
            case Lower():
                value = run.value(rule.source, sight)
                return Made(lowered(run, rule.dialect, value, place_of(rule.source, sight) or sight.place))
            case Same():
                place = place_of(rule.source, sight)
                at = sight.place if place is None else place
                return Made(copied(run, rule, run.value(rule.source, sight), at, sight, self.value))
            case First() | Match():
                chosen = self.chosen(rule, sight)
                return NOTHING if chosen is None else self.value(*chosen)
            case Drop() | Reject():
                self.concern(rule, origins(rule.of, sight) if rule.of is not None else sight.subject or (), sight)
                return NOTHING
        raise AssertionError(rule)

    @staticmethod
    def _made_before(expr: Expression, sight: Sight) -> bool:
        """Is it nothing but the name of something that rules made?"""
        path = path_of(expr.tree)
        bound = sight.names.get(path.root) if path is not None else None
        if path is None or bound is None:
            return False
        return bound.by_rules if not path.keys else bound.gathered and len(path.keys) == 1

    def _object(self, rule: Make, sight: Sight) -> Made:
        out: dict[str, Any] = {}
        for field in rule.fields:
            made = self.value(field.rule, sight).given
            written = isinstance(field.rule, Literal) and field.rule.value is None
            if made is not None or written or field.rule.mods.keep_null:
                out[field.name] = made
        return Made(out, True)

    def _use(self, rule: Use, sight: Sight) -> Made:
        definition = self.run.defs[rule.name]
        if rule.of is None and sight.item is None:
            return NOTHING
        if rule.of is None:
            return Made(self.item(definition, sight.item, sight.place, sight, owned=sight.root).given)
        value = self.run.value(rule.of, sight)
        if value is None or (not value and self._made_before(rule.of, sight)):
            return NOTHING
        return Made(self.item(definition, value, place_of(rule.of, sight) or sight.place, sight).given)

    # ------------------------------------------------------------------ loops
    def listed(self, rule: Rule, sight: Sight) -> list[Any]:
        """The value of a rule that must make a list; null is an empty one."""
        return self.as_list(self.value(rule, sight), rule, sight)

    def as_list(self, made: Made, rule: Rule, sight: Sight) -> list[Any]:
        if made.given is not None and not isinstance(made.value, list):
            place = place_of(rule.expr, sight) if isinstance(rule, Get) else None
            self.run.malformed(sight.place if place is None else place, "a list", made.value)
        return list(made.value or ())

    def source(self, expr: Expression, sight: Sight) -> list[Any]:
        """The list to go through; null is an empty one."""
        found = self.run.value(expr, sight)
        if found is not None and not isinstance(found, list):
            self.run.malformed(place_of(expr, sight) or sight.place, "a list", found)
        return list(found or ())

    @staticmethod
    def _places(found: list[Any], listed: Any) -> list[int]:
        """Where the elements that a filter keeps stand in the list; of what is no list it keeps none."""
        places: list[int] = []
        for item in found:
            start = places[-1] + 1 if places else 0
            places.append(next((n for n in range(start, len(listed or ())) if listed[n] is item), start))
        return places

    def _each(self, rule: Each, sight: Sight) -> list[Any]:
        out: list[Any] = []
        found = self.source(rule.source, sight)
        kept = rule.source.kept_of if not rule.number else None
        stand = self._places(found, _list_at(kept[0], sight)) if kept is not None else list(range(len(found)))
        for n, item in enumerate(found):
            place = element_place(rule.source if kept is None else kept[0], sight, stand[n])
            inner = sight.bind(f"${rule.number}", Bound(n)) if rule.number else sight
            if rule.where is not None:
                check(self.run, self.run.type_of(item, place), item, place)
                asked = replace(inner, item=item, place=place, accesses=(), own=())
                if not self.run.holds(rule.where, asked):
                    if rule.excluded is not None:
                        assert isinstance(rule.excluded, (Drop, Reject))
                        self.concern(rule.excluded, ((),), asked)
                    continue
            made = self._element(rule.body, item, place, inner)
            if rule.flat:
                out += self.as_list(made, rule.body, replace(inner, place=place))
            elif made.given is not None:
                out.append(made.given)
        return out

    def _element(self, rule: Rule, item: Any, place: Place, sight: Sight) -> Made:
        """What a rule makes of an element; a definition that is all of the rule accounts for it itself."""
        if isinstance(rule, Use) and rule.of is None and rule.mods == Modifiers():
            return Made(None if item is None else self.item(self.run.defs[rule.name], item, place, sight).given)
        return self.item(rule, item, place, sight)

    def _gather(self, rule: Gather, sight: Sight) -> dict[str, list[Any]]:
        lists: dict[str, list[Any]] = {name: [] for name in _list_names(rule.body)}
        gathering = _Gathering(self.run, lists)
        for n, item in enumerate(self.source(rule.source, sight)):
            inner = sight.bind(f"${rule.name}", Bound(lists, gathered=True)) if rule.name else sight
            inner = inner.bind(f"${rule.number}", Bound(n)) if rule.number else inner
            gathering.item(rule.body, item, element_place(rule.source, sight, n), inner)
        return lists

    def _index(self, rule: Index, sight: Sight) -> dict[str, Any]:
        out: dict[str, Any] = {}
        for item in self.source(rule.source, sight):
            inner = replace(sight, item=item, accesses=(), own=())
            key = self.run.value(rule.by, inner)
            if isinstance(key, str):
                out[key] = self.run.value(rule.value, inner)
        return out


class _Gathering(Rules):
    """Rules of a `$gather`: the fields of the object that they make go to the lists of their names."""

    def __init__(self, run: Run, lists: dict[str, list[Any]]) -> None:
        super().__init__(run)
        self.lists = lists

    def value(self, rule: Rule, sight: Sight) -> Made:
        found = self.guarded(rule, sight)
        if found is None:
            return NOTHING
        rule, sight = found
        plain = Rules(self.run)
        if isinstance(rule, (First, Match)):
            chosen = self.chosen(rule, sight)
            return NOTHING if chosen is None else self.value(*chosen)
        if not isinstance(rule, Make):
            return plain.value(rule, sight)
        for field in rule.fields:
            made = plain.value(field.rule, sight.inner())
            if field.name.endswith("[]"):
                self.lists[field.name[:-2]] += self.as_list(made, field.rule, sight)
            elif made.given is not None:
                self.lists[field.name].append(made.given)
        return NOTHING

    def lets(self, rule: Rule, sight: Sight) -> Sight:
        return Rules(self.run).lets(rule, sight)


def _list_names(rule: Rule) -> list[str]:
    """The lists that a rule of a `$gather` can fill."""
    parts: list[Rule] = [rule.mods.otherwise] if rule.mods.otherwise is not None else []
    if isinstance(rule, Make):
        return [field.name.removesuffix("[]") for field in rule.fields]
    if isinstance(rule, Match):
        parts += [case for _, case in rule.cases] + [part for part in (rule.absent, rule.otherwise) if part]
    elif isinstance(rule, First):
        parts += rule.arms
    return list(dict.fromkeys(name for part in parts for name in _list_names(part)))


def _list_at(path: Expression, sight: Sight) -> Any:
    """What lies at a path; of an expression with a filter the text says more than the path before it."""
    found = path_of(path.tree)
    assert found is not None
    if found.root == "@":
        return below(sight.item, found.keys)
    bound = sight.names.get(found.root)
    return below(bound.value, found.keys) if bound is not None else None
