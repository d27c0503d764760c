"""The rule tree as Python statements. What each operator means is in specs/language/README.md."""

from __future__ import annotations

from dragoman_codegen.account import Access, Path, accesses, pure_path
from dragoman_codegen.emit.base import Assign, Env, Extend, Place, Sink, comment, local
from dragoman_codegen.emit.branches import Branches
from dragoman_codegen.emit.calls import Calls, short
from dragoman_codegen.emit.copies import Copies
from dragoman_codegen.emit.expressions import Expressions
from dragoman_codegen.emit.lending import Lending
from dragoman_codegen.emit.loops import Loops
from dragoman_codegen.emit.modifiers import Modified
from dragoman_codegen.emit.module import Module
from dragoman_codegen.emit.objects import Objects
from dragoman_codegen.emit.recorder import Key, Record
from dragoman_codegen.jmes import CodeBlock, Value, ast
from dragoman_codegen.replacing import replace
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
    unbound,
    unguarded,
    walk,
)
from dragoman_codegen.types import ANY, NULL, join
from dragoman_codegen.untaken import NOWHERE, Takings, known_members, untaken

__all__ = ["RuleEmitter"]


def _always(rule: Rule, env: Env) -> bool:
    """Does every way through the rule come to a value (be it null by itself)?"""
    if rule.mods.when is not None:
        return rule.mods.otherwise is not None and _always(rule.mods.otherwise, env)
    match rule:
        case First():
            return (
                bool(rule.arms)
                and all(_always(unguarded(arm), env) for arm in rule.arms)
                and rule.arms[-1].mods.when is None
            )
        case Match():
            parts = [case for _, case in rule.cases] + ([rule.absent] if rule.absent else [])
            return rule.otherwise is not None and all(_always(part, env) for part in [*parts, rule.otherwise])
        case Drop() | Literal(value=None):
            return False
        case Reject():
            return rule.of is None and env.subject == ((),)
    return True


def _lifted(rule: Rule) -> Rule:
    """A list of one element that has a condition is a list under that condition: an empty one is left out anyway."""
    if not isinstance(rule, ListOf) or len(rule.items) != 1 or rule.mods != Modifiers():
        return rule
    (item,) = rule.items
    if item.mods.when is None or item.mods.otherwise is not None or item.mods.let:
        return rule
    return replace(rule, items=(unguarded(item),), mods=replace(rule.mods, when=item.mods.when))


class RuleEmitter(Loops, Copies, Objects, Calls, Branches, Modified):
    def __init__(self, module: Module) -> None:
        self.module = module
        self.expressions = Expressions(module)
        self.scopes = Lending(module, self.expressions)
        unit = module.provider.units[module.unit_name]
        self.defs = unit.defs
        if "short" not in unit.found:
            unit.found["short"] = short(self.defs, [side.rule for side in unit.sides.values()])
        self.short = unit.found["short"]

    # ------------------------------------------------------------------ items
    def item(
        self,
        rule: Rule,
        env: Env,
        item: Value,
        place: Place,
        code: CodeBlock,
        sink: Sink,
        *,
        owned: bool = True,
        beside: tuple[Rule, ...] = (),
        source: Expression | None = None,
        key: Key | None = None,
    ) -> None:
        """A rule on a new item: check it, account for it, then make what the rule says.

        `beside`: rules that read the same item without making anything of it; `source`: the list that the item is an
        element of; `key`: the definition whose rule this is.
        """
        found = (*self._accesses(rule, "all"), *(a for part in beside for a in self._accesses(part, "all")))
        own = (*self._accesses(rule, "short"), *(a for part in beside for a in accesses(part, {})))
        inner = replace(
            env, item=item, place=place, known={}, truths=(), origins={}, aliases=frozenset(), conditions=frozenset(),
            subject=((),) if owned else None, item_root=owned, accounting=owned, accesses=found, own=own, covered=False,
            only=None, untaken=self._untaken(rule) if owned else NOWHERE, members=known_members(item.type),
            stepped=frozenset(), made=source is not None and not self.expressions.parts(source, env),
        )  # fmt: skip
        if item.trusted and item.type != ANY:
            pass  # made by rules, or looked at by whoever calls
        elif found and item.type != ANY:
            self.scopes.check(code, item.code, item.type, place.code)
            inner = replace(inner, item=replace(item, trusted=True, complete=False))
        record = Record(rule.span, [a for a in found if owned or a.entry is None])
        if key is not None:
            self.module.recorder.named[key] = record
        elif not env.again:
            paths = self.expressions.parts(source, env)
            self.module.recorder.hand(record, paths, item.type, env.conditions, elements=source is not None)
        root = self._root_match(rule, inner)
        self.scopes.entries(item.type, own)
        told = isinstance(rule, Match) and env.strict and rule.otherwise is None and rule.absent is None
        inner = self.scopes.enter(inner, code, root if told else None)
        if owned and item.type.objects:
            self.scopes.cover(rule.span, item.type, found)
        if owned:
            holder: Path | None = () if root is None and item.type.objects else None
            inner = self._after_lets(inner, lambda env, block: self.scopes.account(env, block, holder))
        with self.module.recorder.within(record):
            self.emit(rule, inner, code, sink)

    def _accesses(self, rule: Rule, which: str) -> list[Access]:
        """What the rule reads, with all definitions on the same item or with the short ones alone."""
        return self.module.once(which, rule, lambda: accesses(rule, self.defs if which == "all" else self.short))

    def _untaken(self, rule: Rule) -> Takings:
        return self.module.once("untaken", rule, lambda: untaken(rule, self.defs))

    def _root_match(self, rule: Rule, env: Env) -> str | None:
        """The field by which the item's own rule tells its alternatives apart, if it does."""
        if not isinstance(rule, Match) or not env.item.type.objects:
            return None
        path = pure_path(rule.on)
        if path is None or len(path) != 1:
            return None
        told = sum(bool(o.props[path[0]].type.literals) for o in env.item.type.objects if path[0] in o.props)
        return path[0] if told > 1 or told == len(env.item.type.objects) else None

    # ------------------------------------------------------------------ rules
    def _remembered(self, rule: Rule, env: Env, code: CodeBlock, sink: Sink) -> None:
        """Emit what the rule makes, and remember what it may be."""
        types = getattr(sink, "types", None)
        before = len(types or ())
        self.modified(rule, env, code, sink)
        if isinstance(types, list):  # what is gathered has several
            self.module.branches[rule.span] = types[before:]

    def emit(self, rule: Rule, env: Env, code: CodeBlock, sink: Sink) -> None:
        """The statements of a rule; its value goes into the sink."""
        if env.fork is not None:
            self.forked(env.fork, rule, env, code, sink)
            return
        rule = self.folded(_lifted(rule), env)
        if rule.mods.when is None or env.after_lets is not None or self.asks_lets(rule):
            env = self.lets(rule, env, code)
            rule = unbound(rule)
        if rule.mods.when is None:
            self._remembered(rule, env, code, sink)
            return
        test = self.expressions.test(rule.mods.when, env, code)
        otherwise = rule.mods.otherwise
        before = len(code.lines)
        with code.block(comment(f"if {test}:", self.module.where(rule.span))):
            held = self.lets(rule, self.expressions.assume(rule.mods.when, env), code)
            if otherwise is not None:
                self.passed_by(rule.span, held, code)
            self._remembered(rule, held, code, sink)
            if len(code.lines) == before + 1:
                code.line("pass")
        if otherwise is not None:
            about = self.read_by(unguarded(rule), env)
            scratch = code.scratch(deeper=0 if sink.leaves else 1)
            denied = self.expressions.deny(rule.mods.when, env)
            self.passed_by(otherwise.span, denied, scratch)
            self.emit(otherwise, replace(denied.inner(), subject=about), scratch, sink)
            self._else(code, scratch, sink)
        elif any(rule.span in ways.nothing for ways in env.untaken.values()):
            scratch = code.scratch(deeper=0 if sink.leaves else 1)
            self.passed_by(rule.span, env, scratch, nothing=True)
            if not sink.silent:
                sink.nothing(scratch, "")
            self._else(code, scratch, sink)
        elif not sink.silent:
            if sink.leaves:
                sink.nothing(code, "")
            else:
                with code.block("else:"):
                    sink.nothing(code, "")

    @staticmethod
    def asks_lets(rule: Rule) -> bool:
        """Does `$when` need a `$let` beside it? Otherwise it is asked first."""
        if rule.mods.when is None:
            return False
        asked = {part.name for part in ast.walk(rule.mods.when.tree) if isinstance(part, ast.Variable)}
        return any(f"${name}" in asked for name, _ in rule.mods.let)

    def read_by(self, rule: Rule, env: Env) -> tuple[Path, ...]:
        """The paths of the item that a rule hands on, through `$let` too: what is lost when it does not run."""
        paths, named = self.module.once("read", rule, lambda: self._read(rule))
        found = list(paths)
        for expression in named:
            found += self.expressions.origins(expression, env, of_item=False)
        unique = list(dict.fromkeys(found))
        return tuple(p for p in unique if not any(q != p and p[: len(q)] == q for q in unique))

    def _read(self, rule: Rule) -> tuple[list[Path], list[Expression]]:
        """The paths of the item that a rule hands on by itself, and its expressions that see more than the item."""
        reads = [a for a in self._accesses(rule, "all") if a.kind in ("value", "loop") and a.path and a.entry is None]
        return [a.path for a in reads], [part for part in walk(rule) if isinstance(part, Expression) and part.named]

    def value(self, rule: Rule, env: Env, code: CodeBlock, hint: str, *, keep: bool = False) -> Value:
        """The value of a rule as an expression; rules that branch go through a variable.

        `keep`: what a branch makes stays although it is empty.
        """
        rule = self.folded(_lifted(rule), env)
        if rule.mods.when is None and not isinstance(rule, (Match, First, Drop, Reject)):
            env = self.lets(rule, env, code)
            mods = rule.mods
            if mods.default or mods.clamp or mods.require or mods.kind or mods.notes or mods.keep_empty:
                return self.modified_value(unbound(rule), env, code, hint)
            return self.head_value(rule, env, code, hint)
        name = code.fresh(hint)
        code.line(f"{name}: Any = None")
        before = len(code.lines)
        branches = isinstance(rule, (First, Match)) or rule.mods.otherwise is not None
        sink = Assign(name, branches=branches, keep=keep)
        self.emit(rule, env, code, sink)
        sink.settle(code, before)
        self._drop_declaration(code, name, before)
        possible = join(*sink.types) if sink.types else NULL
        made = sink.made and bool(sink.types)
        sure = _always(rule, env) and bool(sink.types)
        value = local(name, possible if sure else join(possible, NULL), made=made, deep=False)
        return replace(value, trusted=sink.sure)

    def head_value(self, rule: Rule, env: Env, code: CodeBlock, hint: str) -> Value:
        """The value of an operator that does not branch, without its modifiers."""
        match rule:
            case Literal():
                return self._literal(rule)
            case Get():
                return self.expressions.compile(rule.expr, env, code)
            case Lookup() | Lower() | Use():
                return self._call(rule, env, code, hint)
            case Make() | ListOf():
                return self._display(rule, env, code, hint)
            case Each():
                return self.each(rule, env, code, hint)
            case Gather():
                return self.gather(rule, env, code, hint)
            case Concat():
                return self._concat(rule, env, code, hint)
            case Merge():
                return self._merge(rule, env, code, hint)
            case Order():
                return self._order(rule, env, code)
            case Index():
                return self.index(rule, env, code, hint)
            case Same():
                return self.same(rule, env, code)
        raise AssertionError(rule)

    def _drop_declaration(self, code: CodeBlock, name: str, at: int) -> None:
        """`x: Any = None` with nothing but one unconditional `x = …` after it is one statement too many."""
        last = code.lines[-1]
        declaration = code.lines[at - 1]
        indent = declaration[: len(declaration) - len(declaration.lstrip())]
        others = [line for line in code.lines[at:-1] if f"{name}" in line]
        if last.startswith(f"{indent}{name} = ") and not any(part.lstrip().startswith(f"{name} = ") for part in others):
            del code.lines[at - 1]

    def head(self, rule: Rule, env: Env, code: CodeBlock, sink: Sink) -> None:
        """The operator itself, without its modifiers."""
        where = self.module.where(rule.span)
        hint = getattr(sink, "hint", "") or "value"
        match rule:
            case Literal(value=None):
                sink.nothing(code, where)
            case Make() if hasattr(sink, "gather"):
                sink.gather(self, rule, env, code)
            case Match():
                self.match(rule, env, code, sink)
            case First():
                self.first(rule, env, code, sink)
            case Drop() | Reject():
                self.leaf(rule, env, code, sink)
            case Use() if self.stands_here(rule, env):
                self.emit(self.short[rule.name], env.inner(), code, sink)
            case _:
                if isinstance(sink, Extend):
                    sink.place = self.standing(rule, env).code
                sink.put(code, self.head_value(rule, env, code, hint), where)

    def standing(self, rule: Rule, env: Env) -> Place:
        """The place of what a rule hands on, as near as it can be told."""
        if isinstance(rule, Get):
            return self.expressions.place(rule.expr, env)
        found = self.read_by(rule, env)
        return env.at(found[0]) if len(found) == 1 else env.place

    def _named(self, value: Value, code: CodeBlock, hint: str) -> Value:
        if value.simple:
            return value
        name = code.fresh(hint)
        code.line(f"{name} = {value.code}")
        return replace(value, code=name, simple=True, precedence=9)
