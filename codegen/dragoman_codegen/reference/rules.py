"""The operators of the rule tree, one after the other, as specs/language/README.md tells them."""

from __future__ import annotations

import copy
from dataclasses import replace
from typing import Any

from dragoman_codegen.account import Condition, Path, accesses, container, pure_path
from dragoman_codegen.jmes import ast
from dragoman_codegen.jmes.ast import path_of
from dragoman_codegen.reference.copies import copied
from dragoman_codegen.reference.lists import laid, merged
from dragoman_codegen.reference.modifiers import changes, modified
from dragoman_codegen.reference.run import Run
from dragoman_codegen.reference.scopes import account, check, enter, type_at
from dragoman_codegen.reference.sight import (
    NOTHING,
    Bound,
    Made,
    Place,
    Sight,
    element_place,
    origins,
    place_of,
    shortest,
)
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
    walk,
)
from dragoman_codegen.types import ANY, Prop, Type, narrow

__all__ = ["Rules", "is_value"]


def is_value(value: Any, named: str) -> bool:
    """Is this the value that a key of `$cases` names?"""
    return value is (named == "true") if named in ("true", "false") else isinstance(value, str) and value == named


class Rules:
    """Evaluates rules. `run` has the document and collects what is told."""

    def __init__(self, run: Run) -> None:
        self.run = run

    # ------------------------------------------------------------------ items
    def item(
        self, rule: Rule, item: Any, place: Place, sight: Sight, *, owned: bool = True, beside: tuple[Rule, ...] = ()
    ) -> Made:
        """A rule on an item of its own. `beside`: rules that read it too, without making anything of it."""
        run = self.run
        found = tuple(access for part in (rule, *beside) for access in accesses(part, run.defs))
        own = tuple(access for part in (rule, *beside) for access in accesses(part, {}))
        schema = run.type_of(item, place)
        inner = Sight(
            item, place, {k: replace(b, origins=(), alias=False) for k, b in sight.names.items()},
            subject=((),) if owned else None, root=owned, owner=owned, type=schema, accesses=found, own=own,
        )  # fmt: skip
        if any(access.path for access in found):
            check(run, schema, item, place)
        told = self._tells_apart(rule, inner)
        dispatched = told and isinstance(rule, Match) and run.strict and rule.otherwise is None and rule.absent is None
        inner = enter(run, inner, pure_path(rule.on) if dispatched and isinstance(rule, Match) else None)
        rule, inner = self._after_lets(rule, inner)
        if beside:
            self.remember(inner)
        account(run, inner, None if told else () if schema.objects else None)
        return self.value(rule, inner)

    def remember(self, sight: Sight) -> None:
        """A request writes down what its answer needs to know."""

    def _after_lets(self, rule: Rule, sight: Sight) -> tuple[Rule, Sight]:
        return replace(rule, mods=replace(rule.mods, let=())), self.lets(rule, sight)

    @staticmethod
    def _tells_apart(rule: Rule, sight: Sight) -> bool:
        """Is the item's own rule a match of the member that tells its alternatives apart?"""
        path = pure_path(rule.on) if isinstance(rule, Match) else None
        if path is None or len(path) != 1 or not sight.root:
            return False
        told = [o for o in sight.type.objects if path[0] in o.props and o.props[path[0]].type.literals]
        return len(told) > 1 or (bool(told) and len(told) == len(sight.type.objects))

    # ------------------------------------------------------------------ $let, $when
    def lets(self, rule: Rule, sight: Sight) -> Sight:
        for name, part in rule.mods.let:
            made = self.value(part, sight.inner())
            found = self.read_by(part, sight)
            plain = isinstance(part, Get) and part.mods == Modifiers() and path_of(part.expr.tree) is not None
            gathered = isinstance(part, Gather)
            sight = sight.bind(f"${name}", Bound(made.value, made.by_rules, found, plain and len(found) == 1, gathered))
        return sight

    def read_by(self, rule: Rule, sight: Sight) -> tuple[Path, ...]:
        """The paths of the item that a rule hands on, through `$let` too: what is lost when it does not run."""
        found = [
            access.path
            for access in accesses(rule, self.run.defs)
            if access.kind in ("value", "loop") and access.path and access.entry is None
        ]
        for node in walk(rule):
            if isinstance(node, Expression):
                found += origins(node, sight, of_item=False)
        return shortest(found)

    def guarded(self, rule: Rule, sight: Sight) -> tuple[Rule, Sight] | None:
        """The rule after `$let` and `$when`; None where `$when` does not hold and there is no `$else`."""
        when = rule.mods.when
        if when is None or _asks(when, rule):
            sight = self.lets(rule, sight)
            rule = replace(rule, mods=replace(rule.mods, let=()))
        if when is None:
            return rule, sight
        bare = replace(rule, mods=replace(rule.mods, when=None, otherwise=None))
        if self.run.holds(when, sight):
            return replace(bare, mods=replace(bare.mods, let=())), self.lets(bare, sight)
        if rule.mods.otherwise is None:
            return None
        return self.guarded(rule.mods.otherwise, replace(sight.inner(), subject=self.read_by(bare, sight)))

    # ------------------------------------------------------------------ values
    def value(self, rule: Rule, sight: Sight) -> Made:
        found = self.guarded(rule, sight)
        if found is None:
            return NOTHING
        rule, sight = found
        if changes(rule.mods):
            bare = replace(rule, mods=Modifiers(account=rule.mods.account))
            made = self.value(bare, sight if sight.root else sight.inner())
            return modified(self.run, rule, made, sight, self.read_by(bare, sight), self.value)
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
                parts = [self.value(part, sight.inner()).value for part in rule.items]
                return Made([item for part in parts for item in part or ()], True)
            case Merge():
                items = self.value(rule.source, sight.inner()).value
                return Made(merged(items or [], rule.by, rule.concat, rule.everywhere), True)
            case Order():
                lists = {name: self.value(part, sight.inner()).value for name, part in rule.lists}
                return Made(laid(run.value(rule.order, sight), lists), True)
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
        if rule.of is None:
            return Made(self.item(definition, sight.item, sight.place, sight, owned=sight.root).given)
        value = self.run.value(rule.of, sight)
        if value is None or (not value and self._made_before(rule.of, sight)):
            return NOTHING
        return Made(self.item(definition, value, place_of(rule.of, sight) or sight.place, sight).given)

    # ------------------------------------------------------------------ loops
    def source(self, expr: Expression, sight: Sight) -> list[Any]:
        """The list to go through; null is an empty one."""
        found = self.run.value(expr, sight)
        if found is not None and not isinstance(found, list):
            self.run.malformed(place_of(expr, sight) or sight.place, "a list", found)
        return list(found or ())

    def _each(self, rule: Each, sight: Sight) -> list[Any]:
        out: list[Any] = []
        for n, item in enumerate(self.source(rule.source, sight)):
            place = element_place(rule.source, sight, n)
            inner = sight.bind(f"${rule.number}", Bound(n)) if rule.number else sight
            if rule.where is not None:
                check(self.run, self.run.type_of(item, place), item, place)
                asked = replace(inner, item=item, place=place, accesses=(), own=())
                if not self.run.holds(rule.where, asked):
                    if rule.excluded is not None:
                        assert isinstance(rule.excluded, (Drop, Reject))
                        self.concern(rule.excluded, ((),), asked)
                    continue
            made = self.item(rule.body, item, place, inner)
            if rule.flat:
                out += made.value or ()
            elif made.given is not None:
                out.append(made.given)
        return out

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

    # ------------------------------------------------------------------ branches
    def chosen(self, rule: First | Match, sight: Sight) -> tuple[Rule, Sight] | None:
        """The arm that is taken, and what it sees."""
        if isinstance(rule, Match):
            return self._case(rule, sight)
        for arm in rule.arms:
            when = arm.mods.when
            if when is None:
                return arm, sight
            if _asks(when, arm):
                sight = self.lets(arm, sight)
                arm = replace(arm, mods=replace(arm.mods, let=()))
            if self.run.holds(when, sight):
                return replace(arm, mods=replace(arm.mods, when=None, otherwise=None)), sight
        return None

    def _case(self, rule: Match, sight: Sight) -> tuple[Rule, Sight] | None:
        value = self.run.value(rule.on, sight)
        path = pure_path(rule.on)
        about = sight.subject
        if about is None:
            held = container(rule.on)
            about = (held,) if held else None
        sight = replace(sight, subject=about)
        named: frozenset[str | None] = frozenset(name for names, _ in rule.cases for name in names)
        for names, case in rule.cases:
            if any(is_value(value, name) for name in names):
                return self._in_case(rule, case, sight, path, frozenset(names))
        if rule.absent is not None and value is None:
            return self._in_case(rule, rule.absent, sight, path, frozenset({None}))
        if rule.otherwise is not None:
            others = named | ({None} if rule.absent is not None else frozenset())
            return self._in_case(rule, rule.otherwise, sight, path, others, negated=True)
        if value is None and rule.absent is None and not self._tells_apart(rule, sight):
            return None
        self._unknown(rule, value, about, sight)
        return None

    def _in_case(
        self,
        rule: Match,
        case: Rule,
        sight: Sight,
        path: Path | None,
        values: frozenset[str | None],
        *,
        negated: bool = False,
    ) -> tuple[Rule, Sight]:
        """What a case sees: the alternatives of the schema that it is for, and its own share of the account."""
        if path is None:
            return case, sight
        inner = replace(sight, conditions=sight.conditions | {Condition(path, values, negated)})
        held = type_at(sight, path[:-1])
        if held.objects:
            narrowed = _narrowed(held, path[-1], values, negated)
            inner = replace(inner, narrowed={**inner.narrowed, path[:-1]: narrowed})
        own = len(path) > 1 or self._tells_apart(rule, sight)
        inner = enter(self.run, inner)
        case, inner = self._after_lets(case, inner)
        account(self.run, inner, path[:-1] if own else None, sight)
        return case, inner

    def _unknown(self, rule: Match, value: Any, about: tuple[Path, ...] | None, sight: Sight) -> None:
        paths = origins(rule.on, sight) or (pure_path(rule.on) or (),)
        place = sight.at(paths[0])
        if not self.run.strict:
            lost = sight.at(about[0]) if about else place
            self.run.lose(lost, "dropped", "contract", "not known to this dialect's schema")
        elif not isinstance(value, str):
            self.run.malformed(place, "a text", value)
        else:
            self.run.refuse(place, "not known to this dialect")

    # ------------------------------------------------------------------ what is not carried over
    def concern(self, rule: Drop | Reject, about: tuple[Path, ...], sight: Sight) -> None:
        """Lose or refuse what stands at these paths, as far as it is there."""
        for path in about:
            if path and sight.get(path) is None:
                continue
            if isinstance(rule, Reject):
                self.run.refuse(sight.at(path), rule.message)
            self.run.lose(sight.at(path), "dropped", rule.severity, rule.reason)


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
                self.lists[field.name[:-2]] += made.value or ()
            elif made.given is not None:
                self.lists[field.name].append(made.given)
        return NOTHING

    def lets(self, rule: Rule, sight: Sight) -> Sight:
        return Rules(self.run).lets(rule, sight)


def _asks(when: Expression, rule: Rule) -> bool:
    """Does `$when` need a `$let` beside it? Otherwise it is asked first."""
    names = {part.name for part in ast.walk(when.tree) if isinstance(part, ast.Variable)}
    return any(f"${name}" in names for name, _ in rule.mods.let)


def _narrowed(held: Type, key: str, values: frozenset[str | None], negated: bool) -> Type:
    if values == {None}:
        left = [
            o for o in held.objects if key not in o.props or not o.props[key].required or o.props[key].type.nullable
        ]
        return Type({"object"}, objects=tuple(left)) if left else held
    found = narrow(held, key, [value for value in values if value is not None], keep=not negated)
    return found if found.kinds else ANY


def _needed(prop: Prop) -> bool:
    return prop.required and not prop.type.nullable


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
