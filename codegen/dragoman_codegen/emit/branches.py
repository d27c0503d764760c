"""Rules that branch, and what they do not carry over: `$match`, `$first`, `$drop`, `$reject`."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from dragoman_codegen.account import Condition, Path, container, pure_path
from dragoman_codegen.diagnostics import Span, nearest
from dragoman_codegen.emit.base import Env, Fork, Sink, comment
from dragoman_codegen.emit.emitting import Emitting
from dragoman_codegen.emit.exhaustive import every_case
from dragoman_codegen.jmes import CodeBlock, Value, ast
from dragoman_codegen.jmes.code import INDENT
from dragoman_codegen.jmes.python import quote
from dragoman_codegen.replacing import replace
from dragoman_codegen.rules import Drop, First, Literal, Match, Modifiers, Reject, Rule, unbound, unguarded
from dragoman_codegen.types import Type, holding, narrow, one_of, without_null

__all__ = ["Branches", "narrowed"]


class Branches(Emitting):
    @staticmethod
    def _after_lets(env: Env, more: Callable[[Env, CodeBlock], None]) -> Env:
        first = env.after_lets

        def both(bound: Env, code: CodeBlock) -> None:
            if first is not None:
                first(bound, code)
            more(bound, code)

        return replace(env, after_lets=both)

    def _else(self, code: CodeBlock, scratch: CodeBlock, sink: Sink) -> None:
        if not scratch:
            return
        if sink.leaves:
            code.include(scratch)
            return
        first = scratch.lines[0].strip()
        inner = [line for line in scratch.lines if line.strip()]
        indent = len(scratch.lines[0]) - len(scratch.lines[0].lstrip())
        alone = first.startswith("if ") and all(
            len(line) - len(line.lstrip()) > indent or line.strip().startswith(("elif ", "else:")) for line in inner[1:]
        )
        if alone:
            scratch.lines[0] = scratch.lines[0].replace("if ", "elif ", 1)
            flat = code.scratch()
            flat.lines = [line[4:] for line in scratch.lines]
            code.include(flat)
            return
        with code.block("else:"):
            code.include(scratch)

    def match(self, rule: Match, env: Env, code: CodeBlock, sink: Sink) -> None:
        on = self._named(self.expressions.compile(rule.on, env, code), code, "kind")
        path = pure_path(rule.on)
        about = env.subject if env.subject is not None else ((p,) if (p := container(rule.on)) else None)
        root = env.item_root and path is not None and path == (self._root_match(rule, env),)
        for values, case in rule.cases:
            self.known_values(on, values, case.span)
        branches: list[tuple[str, CodeBlock]] = []
        level = 1
        named: list[str] = [value for values, _ in rule.cases for value in values]
        for values, case in rule.cases:
            scratch = code.scratch(deeper=level)
            inner = self._case(env, path, frozenset(values), False, about, scratch, root)
            self.passed_by(case.span, inner, scratch)
            self.emit(case, inner, scratch, sink)
            branches.append((_equals(on.code, values), scratch))
        if rule.absent is not None:
            scratch = code.scratch(deeper=level)
            inner = self._case(env, path, frozenset({None}), False, about, scratch, root)
            self.passed_by(rule.absent.span, inner, scratch)
            self.emit(rule.absent, inner, scratch, sink)
            branches.append((f"{on.code} is None", scratch))
        last = code.scratch(deeper=level)
        whole = (
            on.deep
            and on.type.literals is not None
            and not on.type.nullable
            and {str(x) for x in on.type.literals} <= set(named)
        )
        if rule.otherwise is not None:
            others: frozenset[str | None] = frozenset(named) | ({None} if rule.absent is not None else frozenset())
            inner = self._case(env, path, others, True, about, last, root)
            self.passed_by(rule.otherwise.span, inner, last)
            self.emit(rule.otherwise, inner, last, sink)
        elif not whole:
            every_case(self.module.diagnostics, rule.on, on, named, env)
            self._unknown(rule, on, named, about, env, last, sink)
        self._branches(
            branches,
            last,
            code,
            sink,
            null_passes=rule.otherwise is None and rule.absent is None and not whole and on.type.nullable and not root,
            on=on,
        )

    def known_values(self, on: Value, values: tuple[str, ...], span: Span) -> None:
        """Report cases for values that the schema does not have."""
        if on.type.literals is None or on.type.kinds - {"null", "boolean", "string"}:
            return
        known = [str(x).lower() if isinstance(x, bool) else str(x) for x in on.type.literals]
        for value in values:
            if value not in known:
                near = nearest(value, known)
                self.module.diagnostics.error(
                    "DG444",
                    self.module.provider.homes.get(span, span),
                    f"what is matched is never {quote(value)} by the schema",
                    f"did you mean {quote(near)}?" if near else f"its values: {', '.join(sorted(known)[:12])}",
                )

    def _case(
        self,
        env: Env,
        path: Path | None,
        values: frozenset[str | None],
        negated: bool,
        about: tuple[Path, ...] | None,
        code: CodeBlock,
        root: bool,
    ) -> Env:
        inner = replace(env, subject=about)
        if path is None:
            return inner
        before = inner
        inner = replace(inner, conditions=inner.conditions | {Condition(path, values, negated)})
        held = inner.known.get(path[:-1]) if len(path) > 1 else inner.item
        if held is not None and held.type.objects:
            present = held.type if negated or values == {None} else without_null(held.type)
            inner = inner.typed(path[:-1], narrowed(present, path[-1], values, negated))
            if (
                held.type.nullable
                and not present.nullable
                and len(path) > 1
                and _goes_into(inner, path[:-1], Condition(path, values, negated))
            ):
                # The tag says that it is there; a type checker cannot know.
                name = code.fresh(path[-2])
                code.line(f"{name} = {held.code} or {{}}")
                inner = inner.knowing({path[:-1]: replace(inner.known[path[:-1]], code=name)})
        if not negated and None not in values:
            inner = _told(inner, path, frozenset(value for value in values if value is not None))
        inner = self.scopes.enter(inner, code)
        holder = path[:-1] if root or len(path) > 1 else None
        return self._after_lets(inner, lambda env, block: self.scopes.account(env, block, holder, before, holder))

    def _unknown(
        self,
        rule: Match,
        on: Value,
        named: list[str],
        about: tuple[Path, ...] | None,
        env: Env,
        code: CodeBlock,
        sink: Sink,
    ) -> None:
        paths = self.expressions.origins(rule.on, env) or ((pure_path(rule.on) or ()),)
        place = env.at(paths[0]).code
        if env.strict:
            known = ", ".join(named)
            rule_name = self.module.rule("dropped", "contract", "not known to this dialect", rule.span)
            raised = self.module.kit("unknown_member", "dragoman.kit.call")
            code.line(f"raise {raised}({place}, {on.code}, {quote(known)}, {rule_name})")
            return
        rule_name = self.module.rule("dropped", "contract", "not known to this dialect's schema", rule.span)
        lost = env.at(about[0]).code if about else place
        code.line(f"call.lose({rule_name}, {lost})")
        sink.nothing(code, "")

    def _branches(
        self,
        branches: list[tuple[str, CodeBlock]],
        last: CodeBlock,
        code: CodeBlock,
        sink: Sink,
        *,
        null_passes: bool,
        on: Value,
    ) -> None:
        word = "if"
        for test, scratch in _joined(branches):
            with code.block(f"{word} {test}:"):
                code.include(scratch)
                if not scratch:
                    code.line("pass")
            word = "elif"
        if null_passes and last:
            with code.block(f"{word} {on.code} is not None:"):
                code.include(last)
            if not sink.silent:
                if sink.leaves:
                    sink.nothing(code, "")
                else:
                    with code.block("else:"):
                        sink.nothing(code, "")
        elif last and word == "if":
            flat = code.scratch(deeper=0)
            flat.lines = [line[4:] for line in last.lines]
            code.include(flat)
        elif last:
            with code.block("else:"):
                code.include(last)
        elif not sink.silent and not sink.leaves:
            pass

    # ------------------------------------------------------------------ what is decided beforehand
    def forked(self, fork: Fork, rule: Rule, env: Env, code: CodeBlock, sink: Sink) -> None:
        """The rule twice: for an object that holds nothing unusual, in which case little is left of it, and in full."""
        with code.block(f"if {fork.test}:"):
            before = len(code.lines)
            self.emit(rule, fork.plain(env), code, sink)
            code.drop_spare(before)
            if len(code.lines) == before:
                code.line("pass")
        rest = code.scratch(deeper=0 if sink.leaves else 1)
        self.emit(rule, fork.read(replace(env, fork=None), rest), rest, sink)
        self._else(code, rest, sink)

    def folded(self, rule: Rule, env: Env) -> Rule:
        """The rule without what is decided already: conditions that hold, arms that are never come to."""
        if not env.again:
            return rule
        if rule.mods.when is not None and not self.asks_lets(rule):
            holds = self.expressions.decided(rule.mods.when, env)
            if holds is False:
                return rule.mods.otherwise or Literal(rule.span, None)
            if holds:
                rule = unguarded(rule)
        if isinstance(rule, First) and not rule.mods.let:
            arms = self._possible(rule.arms, env)
            if len(arms) == 1 and arms[0].mods.when is None and rule.mods == Modifiers():
                return self.folded(arms[0], env)
            rule = replace(rule, arms=tuple(arms))
        return rule

    def _possible(self, arms: Iterable[Rule], env: Env) -> list[Rule]:
        """The arms that may be come to."""
        found: list[Rule] = []
        for arm in arms:
            asked = arm.mods.when if not self.asks_lets(arm) else None
            holds = self.expressions.decided(asked, env) if asked is not None else None
            if holds:
                arm = unguarded(arm)
            if holds is not False:
                found.append(arm)
            if arm.mods.when is None:
                break
        return found

    def first(self, rule: First, env: Env, code: CodeBlock, sink: Sink) -> None:
        arms = list(rule.arms)
        if not arms:
            self.passed_by(rule.span, env, code, nothing=True)
            sink.nothing(code, "")
            return
        if env.again:
            arms = self._possible(arms, env) or [Literal(arms[-1].span, None)]
        arm, rest = arms[0], arms[1:]
        when = arm.mods.when
        if when is None:
            self.passed_by(arm.span, env, code)
            self.emit(arm, env, code, sink)
            return
        if self.asks_lets(arm):
            env = self.lets(arm, env, code)
            arm = unbound(arm)
        test = self.expressions.test(when, env, code)
        with code.block(comment(f"if {test}:", self.module.where(arm.span))):
            before = len(code.lines)
            held = self.expressions.assume(when, env)
            self.passed_by(arm.span, held, code)
            self.emit(unguarded(arm), held, code, sink)
            if len(code.lines) == before:
                code.line("pass")
        scratch = code.scratch(deeper=0 if sink.leaves else 1)
        self.first(replace(rule, arms=tuple(rest)), self.expressions.deny(when, env), scratch, sink)
        self._else(code, scratch, sink)

    def passed_by(self, arm: Span, env: Env, code: CodeBlock, *, nothing: bool = False) -> None:
        """What this arm does not take, and others do, may hold members that no schema knows."""
        for at, ways in env.untaken.items():
            if arm in (ways.nothing if nothing else ways.arms):
                self.scopes.unknown_only(env, code, at)

    # ------------------------------------------------------------------ what is not carried over
    def leaf(self, rule: Drop | Reject, env: Env, code: CodeBlock, sink: Sink) -> None:
        self.expressions.told(rule.of, env)
        about = self.expressions.origins(rule.of, env) if rule.of is not None else env.subject
        if not about:
            self.module.diagnostics.error(
                "DG441",
                rule.span,
                f"it is not clear which field this {'$drop' if isinstance(rule, Drop) else '$reject'} means",
                "name the field beside it: `$of: path`",
            )
            return
        self.concern(rule, tuple(about), env, code)
        last = code.lines[-1] if code.lines else ""
        raised = isinstance(rule, Reject) and last.startswith(f"{INDENT * code.level}raise ")
        if not raised:
            sink.nothing(code, "")

    def concern(self, rule: Drop | Reject, about: Iterable[Path], env: Env, code: CodeBlock) -> None:
        """Lose or refuse what stands at these paths, as far as it is there."""
        where = self.module.where(rule.span)
        if isinstance(rule, Drop):
            name = self.module.rule("dropped", rule.severity, rule.reason, rule.span)
            before, after = f"call.lose({name}, ", ")"
        else:
            name = self.module.rule("dropped", "contract", rule.message, rule.span)
            before, after = f"raise {self.module.kit('refused')}(", f", {quote(rule.message)}, {name})"
        parts = ast.walk(rule.of.tree) if rule.of is not None else ()
        named = any(isinstance(part, ast.Call) and part.name == "at" for part in parts)
        for path in about:
            place = env.at(path).code
            if not path:
                code.line(comment(before + place + after, where))
                continue
            value = self.expressions.path(path, env, code, named=named)
            if not value.type.nullable and value.trusted:
                code.line(comment(before + place + after, where))
            else:
                test = f"({value.code})" if value.precedence < 5 else value.code
                with code.block(comment(f"if {test} is not None:", where)):
                    code.line(before + place + after)


def _joined(branches: list[tuple[str, CodeBlock]]) -> list[tuple[str, CodeBlock]]:
    """Neighbours that do the same, told on the same line of the spec, are one branch."""
    found: list[tuple[str, CodeBlock]] = []
    for test, block in branches:
        if found and found[-1][1].lines == block.lines:
            found[-1] = (f"{found[-1][0]} or {test}", block)
        else:
            found.append((test, block))
    return found


def _equals(code: str, values: tuple[str, ...]) -> str:
    words = {"true": "True", "false": "False"}
    if len(values) == 1:
        return f"{code} is {words[values[0]]}" if values[0] in words else f"{code} == {quote(values[0])}"
    return f"{code} in ({', '.join(words.get(value) or quote(value) for value in values)})"


def _goes_into(env: Env, path: Path, here: Condition) -> bool:
    """Do rules that hold here read below the path, other than what is in locals already?"""
    n = len(path)
    return any(
        len(a.path) > n and a.path[:n] == path and here in a.conditions and set(a.conditions) <= env.conditions
        for a in env.own
    )


def _told(env: Env, path: Path, values: frozenset[str]) -> Env:
    """The environment in a case: what is matched is one of the case's texts."""

    held = env.known.get(path[:-1]) if len(path) > 1 else env.item
    if held is not None and held.type.objects:
        env = env.typed(path[:-1], holding(held.type, path[-1], values))
    known = env.known.get(path)
    return env if known is None else env.knowing({path: known.with_type(one_of(known.type, values))})


def narrowed(t: Type, key: str, values: frozenset[str | None], negated: bool) -> Type:
    if values == {None}:
        left = tuple(
            o for o in t.objects if key not in o.props or not o.props[key].required or o.props[key].type.nullable
        )
        return Type({"object"}, objects=left) if left else t
    return narrow(t, key, [value for value in values if value is not None], keep=not negated)
