"""The operators that go through a list: `$each`, `$gather` and `$index`."""

from __future__ import annotations

from collections.abc import Callable, Container, Mapping
from dataclasses import dataclass, field
from typing import Any

from dragoman_codegen.emit.base import NONE, Append, Env, Extend, Made, Place, Sink, comment, local
from dragoman_codegen.emit.emitting import Emitting
from dragoman_codegen.emit.lookups import AddText, AddTexts, wanted
from dragoman_codegen.jmes import CodeBlock, TextSet, Value, compile_condition
from dragoman_codegen.jmes.code import identifier, singular
from dragoman_codegen.jmes.python import quote
from dragoman_codegen.replacing import replace
from dragoman_codegen.rules import Each, Expression, First, Gather, Index, Make, Match, Modifiers, Rule, Use
from dragoman_codegen.types import ANY, INTEGER, NULL, Prop, Type, array, element, join, obj, only, without_null

__all__ = ["Loops"]


class _GatherSink(Sink):
    """Takes the fields of an object apart: each goes to the list of its name."""

    def __init__(self, lists: Mapping[str, str], sets: Container[str], complain: Callable[[], None]) -> None:
        self.lists = lists
        self.sets = sets
        self.complain = complain
        self.types: dict[str, list[Type]] = {name: [] for name in lists}
        self.sure: dict[str, bool] = dict.fromkeys(lists, True)

    def gather(self, emitter: Any, rule: Make, env: Env, code: CodeBlock) -> None:
        for f in rule.fields:
            name = f.name.removesuffix("[]")
            spread = f.name.endswith("[]")
            into, hint = self.lists[name], singular(identifier(name))
            sink: Append | Extend
            if spread:
                sink = (AddTexts if name in self.sets else Extend)(into, emitter.scopes.check, hint)
            else:
                sink = (AddText if name in self.sets else Append)(into, hint)
            emitter.emit(f.rule, env.inner(), code, sink)
            found = [element(t) for t in sink.types] if spread else sink.types
            self.types[name] += [without_null(t) for t in found]
            self.sure[name] = self.sure[name] and sink.sure

    def put(self, code: CodeBlock, value: Value, where: str) -> None:
        self.complain()


class Loops(Emitting):
    # ------------------------------------------------------------------ each
    def each(self, rule: Each, env: Env, code: CodeBlock, hint: str) -> Value:
        if env.again and self.expressions.compile(rule.source, env, code).code == "None":
            return NONE  # there is no list to go through
        name = code.fresh(hint if hint not in ("value", "") else "items")
        sink: Append | Extend = Extend(name, self.scopes.check) if rule.flat else Append(name, singular(name))
        start = len(code.lines)
        code.line(f"{name}: list[Any] = []")
        self._loop(rule, env, code, sink)
        self._comprehension(code, start, name)
        for t in sink.types if rule.flat else ():
            if without_null(t).kinds and not t.may("array"):
                what = f"$flat joins the lists that the rule makes, and this is {t.words}"
                self.module.diagnostics.error("DG314", rule.body.span, what, "write [ ] around a single item")
        found = [element(t) for t in sink.types] if rule.flat else sink.types
        found = [without_null(part) for part in found]
        return local(name, array(join(*found) if found else ANY), made=True, deep=False, elements=sink.sure)

    def each_into(self, rule: Each, env: Env, code: CodeBlock, name: str) -> list[Type]:
        """The elements straight into a list that is there; their types."""
        sink = Append(name, singular(name))
        self._loop(rule, env, code, sink)
        return sink.types

    def _loop(self, rule: Each, env: Env, code: CodeBlock, sink: Sink) -> None:
        kept = rule.source.kept_of if not rule.number else None
        back = code.checkpoint()
        whole = self.expressions.compile(rule.source, env, code.scratch()) if kept is not None else NONE
        back()
        source, over, t = self._source(rule.source, env, code) if kept is None else self._kept(rule.source, env, code)
        path = self.expressions.place_of(rule.source, env)
        item = code.fresh(singular(identifier(path[-1])) if path and path[-1] != "[]" else "item")
        index = code.fresh(rule.number or "i")
        place = self.expressions.element(rule.source if kept is None else kept[0], env, index)
        body = code.scratch(deeper=1)
        if kept is not None:
            each = Value(item, t, simple=True, trusted=source.elements_trusted or source.deep)
            on = replace(env, item=each, place=place, known={}, truths=(), own=(), accesses=())
            scope = self.expressions.scope(on)
            test = compile_condition(self.expressions.prepared(kept[1], scope), scope, body)
            with body.block(f"if {item} is None or not ({test}):"):
                body.line("continue")
            source, t = whole, element(only(whole.type, "array")) if whole.type.may("array") else ANY
        inner = env.bind(f"${rule.number}", local(index, INTEGER)) if rule.number else env
        value = Value(item, t, simple=True, trusted=source.elements_trusted or source.deep, deep=source.deep)
        if rule.where is not None:
            on = replace(inner, item=value, place=place, known={}, truths=(), own=(), accesses=())
            if t != ANY:
                self.scopes.check(body, item, t, place.code)
                on = replace(on, item=replace(value, trusted=True, complete=False))
            test = self.expressions.test(rule.where, on, body)
            with body.block(f"if not ({test}):"):
                if rule.excluded is not None:
                    self.concern(rule.excluded, ((),), on, body)
                body.line("continue")
            if rule.excluded is None:
                self.module.filtering.add(rule.body.span)
        self._body(rule.body, inner, value, place, body, sink, rule)
        if without_null(source.type).kinds and not source.type.may("array") and not env.again:
            what = f"$each goes through a list, and this is {without_null(source.type).words}"
            self.module.diagnostics.error("DG308", rule.source.span, what, "name a list, or use the rule itself")
        if not source.trusted or source.type.may("array"):  # else there is never a list to go through
            self._header(code, body, item, index, over, source, self.module.where(rule.span))

    def _body(self, rule: Rule, env: Env, item: Value, place: Place, body: CodeBlock, sink: Sink, loop: Each) -> None:
        if isinstance(rule, Use) and rule.of is None and rule.mods == Modifiers():
            definition = self.module.definition(rule.name, env.direction, True, rule.span)
            if definition is not None:
                if isinstance(sink, Extend):
                    sink.place = place.code
                made = self.unless_null(self.call_definition(definition, item, place, env, rule, loop.source), item)
                sink.put(body, made, self.module.where(loop.span))
            return
        self.item(rule, replace(env, often=True), item, place, body, sink, source=loop.source)

    def _header(
        self, code: CodeBlock, body: CodeBlock, item: str, index: str, over: str, source: Value, where: str
    ) -> None:
        text = "\n".join(body.lines)
        numbered = _mentions(text, index)
        header = f"for {index}, {item} in enumerate({over}):" if numbered else f"for {item} in {over}:"
        with code.block(comment(header, where)):
            code.include(body)
            if not body:
                code.line("pass")

    def _source(self, expr: Expression, env: Env, code: CodeBlock) -> tuple[Value, str, Type]:
        """The list to go through: its value, the expression after `in`, and the type of an element."""
        value = self.expressions.compile(expr, env, code)
        listed = only(value.type, "array", "null")
        sure = value.trusted and value.type.always("array", "null")
        if not sure:
            if not value.simple:
                name = code.fresh("items")
                code.line(f"{name} = {value.code}")
                value = replace(value, code=name, simple=True, precedence=9)
            place = self.expressions.place(expr, env).code
            self.scopes.check(code, value.code, join(array(ANY), NULL), place)
        over = value.code if value.precedence >= 9 else f"({value.code})"
        nullable = value.type.nullable or not sure
        return value, f"{over} or ()" if nullable else value.code, element(listed) if listed.may("array") else ANY

    def _kept(self, expr: Expression, env: Env, code: CodeBlock) -> tuple[Value, str, Type]:
        """The list of which a filter keeps elements: what is no list has none."""
        assert expr.kept_of is not None
        value = self.expressions.compile(expr.kept_of[0], env, code)
        if not value.simple:
            name = code.fresh("items")
            code.line(f"{name} = {value.code}")
            value = replace(value, code=name, simple=True, precedence=9)
        listed = only(value.type, "array")
        t = element(listed) if listed.may("array") else ANY
        if value.trusted and value.type.always("array", "null"):
            return value, f"{value.code} or ()" if value.type.nullable else value.code, t
        return value, f"{value.code} if type({value.code}) is list else ()", t

    def _comprehension(self, code: CodeBlock, start: int, name: str) -> None:
        """A loop of one append is a comprehension."""
        lines = code.lines[start:]
        loop = next((n for n, line in enumerate(lines) if line.strip().startswith("for ")), None)
        if loop is None or loop + 2 != len(lines):
            return
        head, body = lines[loop].strip(), lines[loop + 1].strip()
        tail = f"{name}.append("
        if not body.startswith(tail) or ("  # " in body.split(tail)[-1] and not body.endswith(")")):
            body, _, note = body.partition("  # ")
        else:
            note = ""
        head, _, where = head.partition("  # ")
        if not (body.startswith(tail) and body.endswith(")")) or "\n" in body or ":=" in head:
            return  # what a comprehension goes through cannot name parts of itself
        indent = lines[0][: len(lines[0]) - len(lines[0].lstrip())]
        made = f"{indent}{name} = [{body[len(tail) : -1]} {head[:-1]}]"
        over = head[:-1].split(" in ", 1)[1]
        if over.endswith(" or ()"):
            made = f"{indent}{name} = [{body[len(tail) : -1]} {head[:-1].removesuffix(over)}({over})]"
        code.lines[start:] = [*lines[1:loop], made + (f"  # {where or note}" if where or note else "")]

    # ------------------------------------------------------------------ gather
    def gather(self, rule: Gather, env: Env, code: CodeBlock, hint: str) -> Value:
        lists: dict[str, str] = {}
        for name in _list_names(rule.body):
            lists[name] = code.fresh(identifier(name))
            kind = "set[Any] = set()" if (rule.span, name) in self.module.sets else "list[Any] = []"
            code.line(f"{lists[name]}: {kind}")
        source, over, t = self._source(rule.source, env, code)
        path = self.expressions.place_of(rule.source, env)
        item = code.fresh(singular(identifier(path[-1])) if path and path[-1] != "[]" else "item")
        index = code.fresh(rule.number or "i")
        place = self.expressions.element(rule.source, env, index)
        inner = env
        unit = self.module.provider.units[self.module.unit_name]
        use = unit.found.get(rule.span)
        if use is None:
            use = unit.found[rule.span] = wanted(rule, [side.rule for side in unit.sides.values()], self.defs)
        asked = dict.fromkeys(sorted(use.asked), NONE)
        sets = {name for name in lists if (rule.span, name) in self.module.sets}
        if rule.name:
            known = self.module.lists.get(rule.span, {})
            for name, code_name in lists.items():
                before = known.get(name)
                if before is None or not before.elements_trusted:
                    before = local(code_name, array(ANY), made=True, deep=False)
                listed = replace(before, code=code_name)
                if name in asked:
                    listed = asked[name] = TextSet(code_name, array(ANY), simple=True, trusted=True, made=name in sets)
                inner = inner.bind(f"${rule.name}.{name}", listed)
        if rule.number:
            inner = inner.bind(f"${rule.number}", local(index, INTEGER))

        def complain() -> None:
            self.module.diagnostics.error(
                "DG445",
                rule.source.span,
                "the rule of this $gather does not make an object in each of its branches",
                "in each branch write {name: value}, which appends to the list of that name, or $drop",
            )

        sink = _GatherSink(lists, sets, complain)
        body = code.scratch(deeper=1)
        value = Value(item, t, simple=True, trusted=source.elements_trusted or source.deep, deep=source.deep)
        self.item(rule.body, replace(inner, often=True), value, place, body, sink, source=rule.source)
        self._header(code, body, item, index, over, source, self.module.where(rule.span))
        for name, value in asked.items():
            if isinstance(value, TextSet) and all(value.asked):
                self.module.askable.add((rule.span, name))
        kept = {n: c for n, c in lists.items() if n not in sets and (use.outside is None or n in use.outside)}
        members = {n: array(join(*sink.types[n]) if sink.types[n] else ANY) for n in kept}
        shown = "{" + ", ".join(f"{quote(n)}: {c}" for n, c in kept.items()) + "}"
        made = {n: local(c, members[n], made=True, deep=False, elements=sink.sure[n]) for n, c in kept.items()}
        self.module.gathered[rule.span] = {
            n: local(
                c, array(join(*sink.types[n]) if sink.types[n] else ANY), made=True, deep=False, elements=sink.sure[n]
            )
            for n, c in lists.items()
            if n not in sets
        }
        props = {name: Prop(t, sure=True) for name, t in members.items()}
        return GatheredValue(shown, obj(props), trusted=True, lists=made)

    # ------------------------------------------------------------------ index
    def index(self, rule: Index, env: Env, code: CodeBlock, hint: str) -> Value:
        name = code.fresh(hint if hint not in ("value", "") else "index")
        code.line(f"{name}: dict[str, Any] = {{}}")
        source, over, t = self._source(rule.source, env, code)
        item = code.fresh("item")
        body = code.scratch(deeper=1)
        inner = replace(env, item=Value(item, t, simple=True), known={}, truths=(), own=(), accesses=())
        key = self.expressions.compile(rule.by, inner, body)
        value = self.expressions.compile(rule.value, inner, body)
        found = body.fresh("key")
        body.line(f"{found} = {key.code}")
        with body.block(f"if type({found}) is str:"):
            body.line(f"{name}[{found}] = {value.code}")
        self._header(code, body, item, code.fresh("i"), over, source, self.module.where(rule.span))
        return local(name, Type({"object"}), deep=False)


@dataclass(frozen=True, slots=True)
class GatheredValue(Made):
    """The lists of a `$gather`; each has a local of its own."""

    lists: dict[str, Value] = field(default_factory=dict, compare=False)


def _list_names(rule: Rule) -> list[str]:
    if isinstance(rule, Make):
        return [f.name.removesuffix("[]") for f in rule.fields]
    if isinstance(rule, Match):
        parts = [case for _, case in rule.cases] + [part for part in (rule.absent, rule.otherwise) if part]
    elif isinstance(rule, First):
        parts = list(rule.arms)
    else:
        parts = []
    if rule.mods.otherwise is not None:
        parts.append(rule.mods.otherwise)
    return list(dict.fromkeys(name for part in parts for name in _list_names(part)))


def _mentions(text: str, name: str) -> bool:
    import re

    return re.search(rf"\b{re.escape(name)}\b", text) is not None
