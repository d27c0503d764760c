"""Modifiers: `$let` before a rule; `$default`, `$clamp`, `$require`, `$is` and `$note` on its value."""

from __future__ import annotations

import keyword

from dragoman_codegen.account import Path
from dragoman_codegen.emit.base import Env, Extend, Made, Sink, bracketed, comment, local
from dragoman_codegen.emit.carried import carried
from dragoman_codegen.emit.emitting import Emitting
from dragoman_codegen.emit.loops import GatheredValue
from dragoman_codegen.emit.scopes import failure
from dragoman_codegen.jmes import CodeBlock, Value
from dragoman_codegen.jmes.ast import path_of
from dragoman_codegen.jmes.code import identifier
from dragoman_codegen.jmes.python import quote
from dragoman_codegen.replacing import replace
from dragoman_codegen.rules import Get, Modifiers, Note, Rule
from dragoman_codegen.types import join, of_kinds, without_null

__all__ = ["Modified"]

_KINDS = {
    "object": "an object",
    "array": "a list",
    "string": "a text",
    "number": "a number",
    "boolean": "true or false",
}


class Modified(Emitting):
    def lets(self, rule: Rule, env: Env, code: CodeBlock) -> Env:
        for name, part in rule.mods.let:
            value = self.value(part, replace(env.inner(), after_lets=None), code, identifier(name))
            origins = self.read_by(part, env)
            if isinstance(value, GatheredValue):
                for member, member_value in value.lists.items():
                    env = env.bind(f"${name}.{member}", member_value, origins)
                env = env.bind(f"${name}", value, origins)
                continue
            if not value.simple:
                local_name = code.fresh(identifier(name))
                code.line(comment(f"{local_name}{_typed(value)} = {value.code}", self.module.where(part.span)))
                value = replace(value, code=local_name, simple=True, precedence=9)
                if env.again and isinstance(part, Get) and part.mods == Modifiers():
                    code.spare.add(local_name)
            path = path_of(part.expr.tree) if isinstance(part, Get) else None
            alias = path is not None and len(origins) == 1 and replace(part.mods, require=None) == Modifiers()
            env = env.bind(f"${name}", value, origins, alias)
            if not alias and (copy := carried(part, self.defs, self.module.recorder.here)) is not None:
                env = replace(env, carried={**env.carried, f"${name}": copy})
        if env.after_lets is not None:
            after, env = env.after_lets, replace(env, after_lets=None)
            after(env, code)
        return env

    def modified(self, rule: Rule, env: Env, code: CodeBlock, sink: Sink) -> None:
        """The operator with its modifiers, after `$let` and `$when`."""
        mods = rule.mods
        if not (mods.default or mods.clamp or mods.require or mods.kind or mods.notes or mods.keep_empty):
            self.head(rule, env, code, sink)
            return
        hint = getattr(sink, "hint", "") or getattr(sink, "name", "") or "value"
        if isinstance(sink, Extend):
            sink.place = self.standing(rule, env).code
        sink.put(code, self.modified_value(rule, env, code, hint), self.module.where(rule.span))

    def modified_value(self, rule: Rule, env: Env, code: CodeBlock, hint: str) -> Value:
        mods = rule.mods
        bare = replace(rule, mods=Modifiers(account=mods.account))
        value = self.value(bare, env if env.item_root else env.inner(), code, hint, keep=mods.keep_empty)
        if mods.keep_empty and isinstance(value, Made) and not isinstance(value, GatheredValue):
            value = Value(
                value.code, value.type, simple=value.simple, trusted=value.trusted,
                elements_trusted=value.elements_trusted, deep=value.deep, precedence=value.precedence,
            )  # fmt: skip
        if not (mods.default or mods.clamp or mods.require or mods.kind or mods.notes):
            return value
        changes = mods.default is not None or mods.clamp is not None
        if not isinstance(value, GatheredValue) and (not value.simple or (changes and not self._own(value, env))):
            name = code.fresh(hint)
            code.line(comment(f"{name}{_typed(value)} = {value.code}", self.module.where(rule.span)))
            value = replace(value, code=name, simple=True, precedence=9)
        origins = self.read_by(bare, env)
        if mods.default is not None:
            value = self._default(rule, value, origins, env, code)
        if mods.clamp is not None:
            value = self._clamp(rule, value, origins, env, code)
        if mods.require is not None:
            value = self._require(rule, value, origins, env, code)
        if mods.kind is not None:
            self._kind(rule, value, origins, env, code)
        for note in mods.notes:
            if not ((mods.clamp or mods.default) and note.action in (None, "clamped", "defaulted")):
                self._note(note, value, origins, env, code)
            else:
                self.expressions.told(note.of, env)
        return value

    @staticmethod
    def _own(value: Value, env: Env) -> bool:
        """A local that nothing else uses, so that it may be assigned again."""
        others = {known.code for known in (*env.known.values(), *env.names.values(), env.item)}
        return value.code.isidentifier() and not keyword.iskeyword(value.code) and value.code not in others

    def _rule(self, rule: Rule, action: str) -> str:
        note = next((n for n in rule.mods.notes if n.action in (None, action)), None)
        if note is not None:
            return self.module.rule(action, note.severity, note.reason, note.span)
        return self.module.rule(action, "tuning", f"{action} by this rule", rule.span)

    def _place(self, origins: tuple[Path, ...], env: Env, code: CodeBlock) -> str:
        """The place of what was read: the first of several paths that is there."""
        if not origins:
            return env.place.code
        if len(origins) == 1:
            return env.at(origins[0]).code
        shown = env.at(origins[-1]).code
        for path in reversed(origins[:-1]):
            value = self.expressions.path(path, env, code)
            there = f"({value.code})" if value.precedence < 9 else value.code
            shown = f"{env.at(path).code} if {there} is not None else {shown}"
        return f"({shown})"

    def _default(self, rule: Rule, value: Value, origins: tuple[Path, ...], env: Env, code: CodeBlock) -> Value:
        assert rule.mods.default is not None
        if not value.type.nullable and not isinstance(value, Made) and value.trusted:
            return value
        test = f"if not {value.code}:" if isinstance(value, Made) else f"if {value.code} is None:"
        with code.block(comment(test, self.module.where(rule.span))):
            made = self.value(rule.mods.default, env.inner(), code, "default")
            code.line(f"{value.code} = {made.code}")
            place = env.at(origins[0]).code if origins else env.place.code
            code.line(f"call.lose({self._rule(rule, 'defaulted')}, {place})")
        return Value(
            value.code, join(without_null(value.type), made.type), simple=True, trusted=value.trusted and made.trusted
        )

    def _clamp(self, rule: Rule, value: Value, origins: tuple[Path, ...], env: Env, code: CodeBlock) -> Value:
        assert rule.mods.clamp is not None
        for limit, sign in ((rule.mods.clamp.low, "<"), (rule.mods.clamp.high, ">")):
            if limit is None:
                continue
            bound = self.value(limit, env.inner(), code, "limit")
            if without_null(bound.type).kinds and not bound.type.may("number"):
                what = f"a limit of $clamp must be a number, and this is {bound.type.words}: it limits nothing"
                self.module.diagnostics.error("DG304", limit.span, what)
            tests = [f"{bound.code} is not None"] if bound.type.nullable else []
            for one, t in ((value, value.type), (bound, without_null(bound.type))):
                if one.trusted and t.always("number"):
                    continue
                maybe = one.trusted and t.always("number", "null")  # true is no number, although Python says so
                tests.append(
                    f"{one.code} is not None" if maybe else f"(type({one.code}) is int or type({one.code}) is float)"
                )
            tests.append(f"{value.code} {sign} {bound.code}")
            with code.block(comment(f"if {' and '.join(tests)}:", self.module.where(rule.span))):
                place = self._place(origins, env, code)
                code.line(f"call.lose({self._rule(rule, 'clamped')}, {place})")
                code.line(f"{value.code} = {bound.code}")
        return value

    def _require(self, rule: Rule, value: Value, origins: tuple[Path, ...], env: Env, code: CodeBlock) -> Value:
        assert rule.mods.require is not None
        if isinstance(value, GatheredValue) or (not value.type.nullable and not isinstance(value, Made)):
            return value
        test = f"if not {value.code}:" if isinstance(value, Made) else f"if {value.code} is None:"
        place = env.at(origins[0]).code if origins else env.place.code
        with code.block(comment(test, self.module.where(rule.span))):
            if env.strict:
                name = self.module.rule("dropped", "contract", rule.mods.require, rule.span)
                code.line(f"raise {self.module.kit('refused')}({place}, {quote(rule.mods.require)}, {name})")
            else:
                code.line(f"raise {self.module.kit('malformed')}({place}, {quote(rule.mods.require)}, {value.code})")
        return (
            replace(value, type=without_null(value.type))
            if not isinstance(value, Made)
            else local(value.code, value.type)
        )

    def _kind(self, rule: Rule, value: Value, origins: tuple[Path, ...], env: Env, code: CodeBlock) -> None:
        assert rule.mods.kind is not None
        wanted = of_kinds(rule.mods.kind, *(("null",) if value.type.nullable else ()))
        found = failure(wanted, value.code)
        if value.type.kinds and not value.type.may(rule.mods.kind, "null"):
            what = f"this is never {_KINDS[rule.mods.kind]}: it is {value.type.words}"
            json = rule.mods.kind in ("object", "array") and value.type.may("string")
            help = "a text that holds JSON is read with parse_json(...)" if json else None
            self.module.diagnostics.error("DG313", rule.span, what, help)
        if found is None or (value.trusted and value.type.kinds <= wanted.kinds):
            return
        place = self._place(origins, env, code)
        with code.block(comment(f"if {found[0]}:", self.module.where(rule.span))):
            code.line(f"raise {self.module.kit('malformed')}({place}, {quote(_KINDS[rule.mods.kind])}, {value.code})")

    def _note(self, note: Note, value: Value, origins: tuple[Path, ...], env: Env, code: CodeBlock) -> None:
        tests = []
        if isinstance(value, Made):
            tests.append(value.code)
        elif value.type.nullable:
            tests.append(f"{value.code} is not None")
        if note.when is not None:
            tests.append(bracketed(self.expressions.test(note.when, env, code)))
        self.expressions.told(note.of, env)
        paths = self.expressions.origins(note.of, env) if note.of is not None else origins
        if not paths and env.subject:
            paths = env.subject
        name = self.module.rule(note.action or "substituted", note.severity, note.reason, note.span)
        place = self._place(tuple(paths), env, code)
        statement = f"call.lose({name}, {place})"
        if tests:
            with code.block(comment(f"if {' and '.join(tests)}:", self.module.where(note.span))):
                code.line(statement)
        else:
            code.line(comment(statement, self.module.where(note.span)))


def _typed(value: Value) -> str:
    """What a variable must say of itself where its value is empty."""
    return {"{}": ": dict[str, Any]", "[]": ": list[Any]"}.get(value.code, "")
