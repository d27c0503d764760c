"""Which rule is taken, and what it sees: items, `$let`, `$when`, `$first`, `$match`; `$drop` and `$reject`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from dragoman_codegen.account import Access, Condition, Path, accesses, container, pure_path
from dragoman_codegen.diagnostics import Span
from dragoman_codegen.jmes import ast
from dragoman_codegen.jmes.ast import path_of
from dragoman_codegen.reference.run import Run
from dragoman_codegen.reference.scopes import account, check, enter, type_at, unknown_only
from dragoman_codegen.reference.sight import Bound, Made, Place, Sight, origins, shortest
from dragoman_codegen.rules import Drop, Expression, First, Gather, Get, Match, Modifiers, Reject, Rule, walk
from dragoman_codegen.types import ANY, Prop, Type, holding, narrow
from dragoman_codegen.untaken import NOWHERE, untaken

__all__ = ["Branches", "is_value"]


def is_value(value: Any, named: str) -> bool:
    """Is this the value that a key of `$cases` names?"""
    return value is (named == "true") if named in ("true", "false") else isinstance(value, str) and value == named


class Branches:
    """Follows rules down to the one that makes a value. `run` has the document and collects what is told."""

    def __init__(self, run: Run) -> None:
        self.run = run

    def value(self, rule: Rule, sight: Sight) -> Made:
        raise NotImplementedError

    # ------------------------------------------------------------------ items
    def item(
        self, rule: Rule, item: Any, place: Place, sight: Sight, *, owned: bool = True, beside: tuple[Rule, ...] = ()
    ) -> Made:
        """A rule on an item of its own. `beside`: rules that read it too, without making anything of it."""
        run = self.run
        found = self._reads(rule, "all", run.defs, beside)
        own = self._reads(rule, "own", {}, beside)
        narrowed = sight.narrowed.get(()) if item is sight.item and place == sight.place else None
        schema = narrowed or run.type_of(item, place)
        inner = Sight(
            item, place, {k: replace(b, origins=(), alias=False) for k, b in sight.names.items()},
            subject=((),) if owned else None, root=owned, owner=owned, type=schema, accesses=found, own=own,
            untaken=run.once("untaken", rule, lambda: untaken(rule, run.defs)) if owned else NOWHERE,
        )  # fmt: skip
        if found:
            check(run, schema, item, place)
        told = self._tells_apart(rule, inner)
        dispatched = told and isinstance(rule, Match) and run.strict and rule.otherwise is None and rule.absent is None
        inner = enter(run, inner, pure_path(rule.on) if dispatched and isinstance(rule, Match) else None)
        rule, inner = self._after_lets(rule, inner)
        if beside:
            self.remember(inner)
        account(run, inner, None if told else () if schema.objects else None)
        return self.value(rule, inner)

    def _reads(self, rule: Rule, what: str, defs: Mapping[str, Rule], beside: tuple[Rule, ...]) -> tuple[Access, ...]:
        def work() -> tuple[Access, ...]:
            return tuple(access for part in (rule, *beside) for access in accesses(part, defs))

        return self.run.once(what, rule, work)

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
            if isinstance(part, (First, Match)) or part.mods.otherwise is not None:
                made = Made(made.given)  # what a branch makes and is empty is null
            found = self.read_by(part, sight, known=True)
            path = path_of(part.expr.tree) if isinstance(part, Get) else None
            alias = path is not None and len(found) == 1 and replace(part.mods, require=None) == Modifiers()
            sight = sight.bind(f"${name}", Bound(made.value, made.by_rules, found, alias, isinstance(part, Gather)))
        return sight

    def read_by(self, rule: Rule, sight: Sight, *, known: bool = False) -> tuple[Path, ...]:
        """The paths of the item that a rule hands on, through `$let` too: what is lost when it does not run.

        `known`: the rule stands so in the tree.
        """

        def work() -> tuple[list[Path], list[Expression]]:
            found = accesses(rule, self.run.defs)
            handed = [a.path for a in found if a.kind in ("value", "loop") and a.path and a.entry is None]
            return handed, [node for node in walk(rule) if isinstance(node, Expression)]

        handed, expressions = self.run.once("handed", rule, work) if known else work()
        named = [path for expr in expressions for path in origins(expr, sight, of_item=False)]
        return shortest([*handed, *named])

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
            if rule.mods.otherwise is not None:
                self.passed_by(rule.span, sight)
            return replace(bare, mods=replace(bare.mods, let=())), self.lets(bare, sight)
        if rule.mods.otherwise is None:
            self.passed_by(rule.span, sight, nothing=True)
            return None
        self.passed_by(rule.mods.otherwise.span, sight)
        return self.guarded(rule.mods.otherwise, replace(sight.inner(), subject=self.read_by(bare, sight)))

    # ------------------------------------------------------------------ branches
    def chosen(self, rule: First | Match, sight: Sight) -> tuple[Rule, Sight] | None:
        """The arm that is taken, and what it sees."""
        if isinstance(rule, Match):
            return self._case(rule, sight)
        for arm in rule.arms:
            when = arm.mods.when
            if when is None:
                self.passed_by(arm.span, sight)
                return arm, sight
            if _asks(when, arm):
                sight = self.lets(arm, sight)
                arm = replace(arm, mods=replace(arm.mods, let=()))
            if self.run.holds(when, sight):
                self.passed_by(arm.span, sight)
                return replace(arm, mods=replace(arm.mods, when=None, otherwise=None)), sight
        self.passed_by(rule.span, sight, nothing=True)
        return None

    def passed_by(self, arm: Span, sight: Sight, *, nothing: bool = False) -> None:
        """What this arm does not take, and others do, may hold members that no schema knows."""
        for at, ways in sight.untaken.items():
            if arm in (ways.nothing if nothing else ways.arms):
                unknown_only(self.run, sight, at)

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
            self.passed_by(case.span, sight)
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
        self.passed_by(case.span, inner)
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
    texts = frozenset(value for value in values if value is not None)
    if found.kinds and len(texts) == len(values) and not negated:
        return holding(found, key, texts)
    return found if found.kinds else ANY


def _needed(prop: Prop) -> bool:
    return prop.required and not prop.type.nullable
