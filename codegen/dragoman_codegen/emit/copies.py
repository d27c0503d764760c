"""`$same`: a body copied as it is, less what is dropped, with single fields made anew."""

from __future__ import annotations

from contextlib import AbstractContextManager
from typing import Any

from dragoman_codegen.account import Access, Path, accesses
from dragoman_codegen.emit.base import Env, Made, Place, comment, operand
from dragoman_codegen.emit.carried import carried_to
from dragoman_codegen.emit.emitting import Emitting
from dragoman_codegen.emit.module import Tried
from dragoman_codegen.emit.recorder import Record
from dragoman_codegen.emit.scopes import failure
from dragoman_codegen.jmes import CodeBlock, TextSet, Value
from dragoman_codegen.jmes.code import identifier, singular
from dragoman_codegen.jmes.python import quote
from dragoman_codegen.replacing import replace
from dragoman_codegen.rules import Disposition, Rule, Same
from dragoman_codegen.types import ANY, KINDS, NULL, Prop, Type, array, element, field, join, only, without_null

__all__ = ["Copies"]

_Fields = dict[str, Any]  # name or "[]" -> Rule or _Fields


class Copies(Emitting):
    def same(self, rule: Same, env: Env, code: CodeBlock) -> Value:
        value = self.expressions.compile(rule.source, env, code)
        path = self.expressions.place_of(rule.source, env)
        place = env.at(path) if path else env.place
        given = value.type
        if not env.again:
            self._recorded(rule, env)
        fields: _Fields = {}
        for target, part in rule.fields:
            _plant(fields, target, part)
        if fields and self.module.trying:  # the type alone is wanted
            value = replace(value, type=self._retyped(fields, value.type, env, place), simple=True, precedence=9)
        elif fields:
            if not value.simple:
                name = code.fresh("same")
                code.line(f"{name} = {value.code}")
                value = replace(value, code=name, simple=True, precedence=9)
            original = value.code
            copied = self._fields(fields, value, place, env, code, "made")
            value = replace(value, code=copied, type=self._retyped(fields, value.type, env, place))
            if env.tracing or (env.direction == "to_hub" and self.module.unit_name == "stream"):
                self.module.kit("AS_IT_WAS", "dragoman.kit.trace")
                noted = f"AS_IT_WAS, {copied}"
                if env.made:  # what is made anew is led back by what it holds
                    anew = "".join(f", {quote(name)}: ((), False)" for name in fields if name != "[]")
                    noted = self.module.constant("_COPIED", f'{{"": (("",), True){anew}}}') + f", {copied}, {original}"
                with code.block("if call.trace is not None:"):
                    code.line(f"call.trace[id({copied})] = ({place.code}, {noted})")
        patch: dict[str, Any] = {}
        entries = rule.mods.account.entries if rule.mods.account else ()
        self.scopes.entries(given, [Access(entry.path, "value", entry.span, entry=entry) for entry in entries])
        for entry in entries:
            _plant(patch, entry.path, self._leaf(entry))
        if not patch:
            return replace(value, trusted=value.trusted and not fields)
        name = self.module.constant("_PATCH", _patch_code(patch))
        self.module.kit("same", "dragoman.kit.same")
        return Value(f"same({value.code}, {name}, {place.code}, call)", _without(value.type, patch))

    def _recorded(self, rule: Same, env: Env) -> None:
        """Note what is left out of the copy, and what the rules read that make fields of it anew."""
        recorder, held = self.module.recorder, tuple(env.conditions)
        copy, paths = carried_to(rule.source, env.carried), self.expressions.parts(rule.source, env)
        home = None
        if copy is not None:
            home, paths, held = copy.record, copy.paths, ()
            recorder.carrying |= copy.by
            recorder.add((Access(path, "value", rule.source.span) for path in paths), home)
        for base in paths:
            entries = rule.mods.account.entries if rule.mods.account else ()
            recorder.add((Access((*base, *e.path), "value", e.span, entry=e, conditions=held) for e in entries), home)
            made = (Access((*base, *path), "made", part.span, conditions=held) for path, part in rule.fields)
            recorder.add(made, home)
            for path, part in rule.fields:
                record = Record(part.span, accesses(part, self.defs))
                recorder.replaced[id(part)] = record
                holder = path if path[-1] == "[]" else path[:-1]
                recorder.hand(record, [(*base, *holder)], Type({"object"}), held, by=home)

    # ------------------------------------------------------------------ fields
    def _fields(self, fields: _Fields, value: Value, place: Place, env: Env, code: CodeBlock, hint: str) -> str:
        """A copy of a value with some fields made anew. What is no object stays, if it may be so."""
        if "[]" in fields:
            return self._elements(fields["[]"], value, place, env, code, hint)
        name = code.fresh(hint)
        if value.type.always("object"):
            if not value.trusted:
                self.scopes.check(code, value.code, value.type, place.code)
                value = replace(value, trusted=True, complete=False)
            code.line(f"{name} = dict({value.code})")
            self._members(fields, value, name, place, env, code)
            return name
        code.line(f"{name} = {value.code}")
        with code.block(f"if type({value.code}) is dict:"):
            code.line(f"{name} = dict({value.code})")
            self._members(
                fields,
                replace(value, type=only(value.type, "object"), trusted=True, complete=False),
                name,
                place,
                env,
                code,
            )
        self._otherwise(value, place, code)
        return name

    def _otherwise(self, value: Value, place: Place, code: CodeBlock) -> None:
        """What is not the object or the list that is gone into must be of another kind that the schema says."""
        if failure(value.type, value.code) is not None:
            with code.block("else:"):
                self.scopes.check(code, value.code, value.type, place.code)

    def _members(self, fields: _Fields, value: Value, name: str, place: Place, env: Env, code: CodeBlock) -> None:
        for key, part in fields.items():
            target = f"{name}[{quote(key)}]"
            if isinstance(part, Rule):
                same = place == env.place and value.code == env.item.code  # what names stand for lies where it lay
                inner = replace(
                    env.inner(), item=value, place=place, known={}, truths=(), own=(), accesses=(),
                    origins=env.origins if same else {}, aliases=env.aliases if same else frozenset(),
                    conditions=frozenset(), subject=((key,),), after_lets=None,
                )  # fmt: skip
                with self._reading(part):
                    made = self.value(part, inner, code, identifier(key))
                self._set_member(
                    target,
                    f"{name}.pop({quote(key)}, None)",
                    made,
                    part.mods.keep_null,
                    code,
                    self.module.where(part.span),
                )
                continue
            held = code.fresh(identifier(key))
            code.line(f"{held} = {value.code}.get({quote(key)})")
            with code.block(f"if {held} is not None:"):
                below = Value(held, without_null(field(value.type, key)) if value.type.objects else ANY, simple=True)
                code.line(f"{target} = {self._fields(part, below, place.child(quote(key)), env, code, held)}")

    def _reading(self, part: Rule) -> AbstractContextManager[None]:
        record = self.module.recorder.replaced.get(id(part))
        return self.module.recorder.within(record or Record(part.span, []))

    def _set_member(self, target: str, away: str, made: Value, keep_null: bool, code: CodeBlock, where: str) -> None:
        if made.code == "None" and not keep_null:
            code.line(comment(away, where))
            return
        if keep_null or not (made.type.nullable or isinstance(made, Made)):
            shown = f"{operand(made)} or None" if isinstance(made, Made) else made.code
            code.line(comment(f"{target} = {shown}", where))
            return
        name = made.code
        if not made.simple:
            name = code.fresh("field")
            code.line(comment(f"{name} = {made.code}", where))
        test = f"if {name}:" if isinstance(made, Made) else f"if {name} is not None:"
        with code.block(test):
            code.line(f"{target} = {name}")
        with code.block("else:"):
            code.line(away)

    def _elements(
        self, fields: _Fields | Rule, value: Value, place: Place, env: Env, code: CodeBlock, hint: str
    ) -> str:
        name = code.fresh(hint)
        item, index = code.fresh(singular(identifier(hint))), code.fresh("i")
        code.line(f"{name} = {value.code}")
        t = element(only(value.type, "array")) if value.type.may("array") else ANY
        with code.block(f"if type({value.code}) is list:"):
            code.line(f"{name} = []")
            with code.block(f"for {index}, {item} in enumerate({value.code}):"):
                below = Value(item, t, simple=True)
                if isinstance(fields, Rule):
                    inner = replace(
                        env.inner(),
                        item=below,
                        place=place.child(index),
                        known={},
                        truths=(),
                        origins={},
                        own=(),
                        accesses=(),
                        after_lets=None,
                    )
                    with self._reading(fields):
                        code.line(f"{name}.append({self.value(fields, inner, code, item).code})")
                else:
                    code.line(f"{name}.append({self._fields(fields, below, place.child(index), env, code, item)})")
        self._otherwise(value, place, code)
        return name

    # ------------------------------------------------------------------ types
    def _retyped(self, fields: _Fields | Rule, t: Type, env: Env, place: Place) -> Type:
        """The type of the copy, each alternative of an object by itself."""
        if isinstance(fields, Rule):
            return self._tried(fields, t, env, place)
        if "[]" in fields:
            rest = only(t, *(KINDS - {"array"}))
            return join(array(self._retyped(fields["[]"], element(t), env, place)), rest) if t.may("array") else t
        if not t.objects:
            return t
        made = []
        for o in t.objects:
            props = dict(o.props)
            spans = dict(o.spans)
            for key, part in fields.items():
                before = props.get(key)
                if not isinstance(part, Rule):
                    if before is not None:
                        props[key] = Prop(self._retyped(part, before.type, env, place), before.required)
                    continue
                found = self._tried(part, Type({"object"}, objects=(o,)), env, place)
                if before is None and not o.open and found.nullable:
                    continue  # nothing is read there, so nothing is made
                kept = part.mods.keep_null
                spans[key] = part.span
                self.module.made_by[part.span] = part
                props[key] = Prop(found if kept else without_null(found), kept or not found.nullable)
            left = {key: prop for key, prop in props.items() if prop.type.kinds}
            made.append(o.having(left, spans))
        return Type(t.kinds, literals=t.literals, integer=t.integer, items=t.lazy_items, objects=tuple(made))

    def _tried(self, rule: Rule, t: Type, env: Env, place: Place) -> Type:
        """The type of what a rule makes of an item of this type; what is written for that is thrown away."""
        item = Value("item", t, simple=True, trusted=True)
        inner = replace(
            env.inner(), item=item, place=place, known={}, truths=(), origins={}, aliases=frozenset(), own=(),
            accesses=(), conditions=frozenset(), subject=((),), after_lets=None, carried={},
        )  # fmt: skip
        before = self.module.tried.setdefault(id(rule), [])
        found = next((one for one in before if one.env == inner and self.module.results_are(one.uses)), None)
        if found is None:
            with self.module.trial():
                start = len(self.module.uses)
                made = self.value(rule, inner, self.module.block("call"), "value")
                uses = self.module.uses[start:]
            found = Tried(rule, inner, uses, join(made.type, NULL) if isinstance(made, Made) else made.type)
            if not any(isinstance(value, TextSet) for value in env.names.values()):  # those note that they are asked
                before.append(found)
        if self.module.trying:
            self.module.uses += found.uses
        return found.type

    # ------------------------------------------------------------------ what is left out
    def _leaf(self, entry: Disposition) -> str:
        if entry.kind == "ignore":
            return "None"
        if entry.when is not None:
            self.module.diagnostics.error(
                "DG442",
                entry.span,
                f"{entry.key} with `when` cannot stand beside $same, which computes nothing",
                ("use `unless`, or " if entry.kind == "drop" else "") + "say under $fields what the field becomes",
            )
        unless = f"({', '.join(map(repr, entry.unless))},)" if entry.unless else ""
        if entry.kind == "reject":
            rule = self.module.rule("dropped", "contract", entry.reason, entry.span)
            self.module.kit("Refusal", "dragoman.kit.same")
            return f"Refusal({quote(entry.reason)}, {rule}{', ' + unless if unless else ''})"
        rule = self.module.rule("dropped", entry.severity, entry.reason, entry.span)
        if not unless:
            return rule
        self.module.kit("Quiet", "dragoman.kit.same")
        return f"Quiet({rule}, {unless})"


def _without(t: Type, patch: dict[str, Any]) -> Type:
    """The type of what is left of a value when the members that a patch names are gone."""
    made = []
    for o in t.objects:
        props = dict(o.props)
        for key, part in patch.items():
            if key in props and isinstance(part, dict):
                props[key] = Prop(_without(props[key].type, part), props[key].required)
            elif not isinstance(part, dict):
                props.pop(key, None)
        made.append(o.having(props))
    items: Any = t.lazy_items
    if "[]" in patch and isinstance(patch["[]"], dict) and t.may("array"):
        items = _without(element(t), patch["[]"])
    return Type(t.kinds, literals=t.literals, integer=t.integer, items=items, objects=tuple(made))


def _plant(tree: dict[str, Any], path: Path, leaf: object) -> None:
    *front, last = path
    for key in front:
        tree = tree.setdefault(key, {})
        if not isinstance(tree, dict):
            return
    tree[last] = leaf


def _patch_code(tree: dict[str, Any]) -> str:
    parts = [f"{quote(key)}: {_patch_code(part) if isinstance(part, dict) else part}" for key, part in tree.items()]
    return "{" + ", ".join(parts) + "}"
