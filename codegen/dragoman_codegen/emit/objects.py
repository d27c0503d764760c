"""Objects and lists that rules make."""

from __future__ import annotations

from dragoman_codegen.account import MADE
from dragoman_codegen.diagnostics import nearest
from dragoman_codegen.emit.base import (
    NONE,
    Append,
    Env,
    Extend,
    Made,
    SetField,
    Single,
    guarded,
    is_list,
    local,
    operand,
)
from dragoman_codegen.emit.emitting import Emitting
from dragoman_codegen.emit.tracing import from_map
from dragoman_codegen.jmes import CodeBlock, Value
from dragoman_codegen.jmes.code import identifier, singular
from dragoman_codegen.jmes.python import literal_code, quote
from dragoman_codegen.replacing import replace
from dragoman_codegen.rules import (
    Concat,
    Drop,
    Each,
    First,
    Get,
    ListOf,
    Literal,
    Make,
    Match,
    Merge,
    Modifiers,
    Order,
    Rule,
)
from dragoman_codegen.types import ANY, NULL, ObjectType, Prop, Type, array, element, join, literal, only, without_null

__all__ = ["Objects"]


class Objects(Emitting):
    def _literal(self, rule: Literal) -> Value:
        value = rule.value
        return Value(
            literal_code(value), literal(value), simple=not isinstance(value, (list, dict)), trusted=True, deep=True
        )

    def _display(self, rule: Make | ListOf, env: Env, code: CodeBlock, hint: str, *, nested: bool = False) -> Value:
        """`nested`: null will do where nothing is in it, for it is a field that is left out then."""
        traced = env.tracing and not env.covered and not env.made and isinstance(rule, Make)
        inner = env.inner()
        if isinstance(rule, ListOf):
            return self._list(rule, replace(inner, covered=env.covered), code, hint)
        sure: list[str] = []
        later: list[tuple[str, Value, bool, str]] = []
        types: dict[str, Type] = {}
        certain: set[str] = set()
        for f in rule.fields:
            keep = f.rule.mods.keep_null
            covered = env.tracing and isinstance(f.rule, (Make, ListOf))
            value = self._field(f.rule, replace(inner, covered=covered), code, identifier(f.name))
            where = self.module.where(f.span)
            written_null = isinstance(f.rule, Literal) and f.rule.value is None
            if value.code == "None" and not (keep or written_null):
                continue  # it never is anything
            types[f.name] = value.type
            if value.trusted:
                certain.add(f.name)
            if keep or written_null or not (value.type.nullable or isinstance(value, Made)):
                shown = f"{operand(value)} or None" if isinstance(value, Made) and keep else value.code
                sure.append(f"{quote(f.name)}: {shown},  # {where}")
            else:
                later.append((f.name, value, keep, where))
        if rule.fields and not types:
            return NONE  # what rules make of nothing is nothing
        left_out = {name for name, *_ in later}
        props = {
            name: Prop(without_null(t) if name in left_out else t, name not in left_out, sure=name in certain)
            for name, t in types.items()
        }
        spans = {"": rule.span, **{f.name: f.span for f in rule.fields}}
        self.module.made_by.update({f.span: f.rule for f in rule.fields})
        result = Type({"object"}, objects=(ObjectType(MADE, props, open=True, spans=spans),))
        if not later and not traced:
            return (
                Value("{\n" + "\n".join(sure) + "\n}", result, trusted=True, deep=False)
                if sure
                else self._literal(Literal(rule.span, {})).with_type(result)
            )
        name = code.fresh(hint if hint not in ("value", "") else "made")
        if nested and not sure and not traced and _seldom(name, later, code):
            return local(name, join(result, NULL), deep=False)
        code.line(f"{name}: dict[str, Any] = {{" + ("" if sure else "}"))
        if sure:
            for line in sure:
                code.line("    " + line)
            code.line("}")
        for key, value, keep, where in later:
            SetField(name, key, keep).put(code, value, where)
        if traced:
            table = self.module.constant(f"_FROM_{hint.upper()}", from_map(self, rule, env))
            with code.block("if call.trace is not None:"):
                code.line(f"call.trace[id({name})] = ({env.place.code}, {table}, {name})")
        return local(name, result, made=not sure, deep=False)

    def _field(self, rule: Rule, env: Env, code: CodeBlock, hint: str) -> Value:
        if isinstance(rule, Make) and rule.mods == Modifiers():
            return self._display(rule, env, code, hint, nested=True)
        return self.value(rule, env, code, hint)

    def _list(self, rule: ListOf, env: Env, code: CodeBlock, hint: str) -> Value:
        if any(_branches(item) for item in rule.items):
            name = code.fresh(hint if hint != "value" else "items")
            code.line(f"{name}: list[Any] = []")
            sink = Append(name, singular(name))
            for item in rule.items:
                self.emit(item, env, code, sink)
            found = [without_null(t) for t in sink.types]
            return local(name, array(join(*found) if found else ANY), made=True, deep=False, elements=sink.sure)
        values = [
            self.value(item, env, code, f"{hint}_{n}" if len(rule.items) > 1 else hint)
            for n, item in enumerate(rule.items)
        ]
        types = array(join(*[v.type for v in values])) if values else array(ANY)
        sure = all(v.trusted for v in values)
        if not any(v.type.nullable or isinstance(v, Made) for v in values):
            shown = "[" + ", ".join(v.code for v in values) + "]"
            if len(values) == 1:
                return Single(shown, types, trusted=True, elements_trusted=sure, element=values[0].code)
            return Value(shown, types, trusted=True, elements_trusted=sure)
        name = code.fresh(hint if hint != "value" else "items")
        code.line(f"{name}: list[Any] = []")
        for value in values:
            Append(name).put(code, value, "")
        return local(name, array(without_null(types.items)), made=True, deep=False, elements=sure)

    def _concat(self, rule: Concat, env: Env, code: CodeBlock, hint: str) -> Value:
        name = code.fresh(hint if hint != "value" else "items")
        code.line(f"{name}: list[Any] = []")
        types: list[Type] = []
        for item in rule.items:
            if isinstance(item, Each) and item.mods == Modifiers() and not item.flat:
                types += self.each_into(item, env.inner(), code, name)
            elif isinstance(item, ListOf) and item.mods == Modifiers():
                for part in item.items:
                    one = Append(name)
                    self.emit(part, env.inner(), code, one)
                    types += one.types
            else:
                sink = Extend(name, self.scopes.check)
                self.emit(item, env.inner(), code, sink)
                for t in sink.types:
                    if without_null(t).kinds and not t.may("array"):
                        what = f"$concat joins lists, and this is {t.words}"
                        self.module.diagnostics.error("DG314", item.span, what, "write [ ] around a single item")
                types += [element(t) for t in sink.types]
        return local(name, array(join(*map(without_null, types)) if types else ANY), made=True, deep=False)

    def _merge(self, rule: Merge, env: Env, code: CodeBlock, hint: str) -> Value:
        items = self._listed(rule.source, env, code, f"{hint}_items")
        self._has(element(only(items.type, "array")), (*rule.by, *rule.concat), rule)
        self.module.kit("merge_items", "dragoman.kit.lists")
        by, joined = (f"({', '.join(map(quote, names))},)" if names else "()" for names in (rule.by, rule.concat))
        extra = (", True" if rule.everywhere else "") + (", trace=call.trace" if env.tracing else "")
        code_ = f"merge_items({items.code}, {by}, {joined}{extra})"
        return Made(code_, without_null(items.type), trusted=True, elements_trusted=items.elements_trusted)

    def _has(self, t: Type, names: tuple[str, ...], rule: Merge) -> None:
        """Report names that no item has."""
        closed = bool(t.objects) and all(o.name == MADE for o in t.objects)  # copies may have more than is known
        known = sorted({key for o in t.objects for key in o.props})
        for name in names if closed else ():
            if name not in known:
                near = nearest(name, known)
                what = f'no item that is merged has a field "{name}" (they have {", ".join(known) or "none"})'
                help = f'did you mean "{near}"?' if near else "take it out"
                self.module.diagnostics.error("DG307", rule.span, what, help)

    def _listed(self, rule: Rule, env: Env, code: CodeBlock, hint: str) -> Value:
        """The value of a rule that must be a list or null."""
        value = self.value(rule, env.inner(), code, hint)
        if is_list(value):
            return value
        value = self._named(value, code, hint)
        self.scopes.check(code, value.code, join(array(ANY), NULL), self.standing(rule, env).code)
        found = only(value.type, "array", "null") if value.type.may("array") else join(array(ANY), NULL)
        return replace(value, type=found, trusted=True)

    def _order(self, rule: Order, env: Env, code: CodeBlock) -> Value:
        lists = [(name, self._listed(part, env, code, identifier(name))) for name, part in rule.lists]
        order = self._listed(Get(rule.span, rule.order), env, code, "order")
        self.module.kit("lay", "dragoman.kit.lists")
        shown = ", ".join(f"{quote(name)}: {value.code}" for name, value in lists)
        laid = f"lay({order.code}, {{{shown}}})"
        if order.simple:
            joined = ", ".join(f"*{_unpacked(value)}" for _, value in lists)
            laid = f"{laid} if {order.code} else [{joined}]"
        elements = [element(only(value.type, "array")) for _, value in lists if value.type.may("array")]
        sure = all(value.elements_trusted for _, value in lists)
        found = array(join(*map(without_null, elements))) if elements else array(ANY)
        return Made(laid, found, trusted=True, elements_trusted=sure, precedence=1 if order.simple else 9)


def _seldom(name: str, fields: list[tuple[str, Value, bool, str]], code: CodeBlock) -> bool:
    """An object is made where one of its fields is there, and the local is null else; not where that is long to ask."""
    if len(fields) == 1:
        ((key, value, _, where),) = fields
        code.line(f"{name}: Any = None")
        guarded(code, value, identifier(key), where, f"{name} = {{{quote(key)}: ", "}")
        return True
    if len(fields) > _FEW or not all(value.simple for _, value, *_ in fields):
        return False
    code.line(f"{name}: Any = None")
    tests = [value.code if isinstance(value, Made) else f"{value.code} is not None" for _, value, *_ in fields]
    with code.block(f"if {' or '.join(tests)}:"):
        code.line(f"{name} = {{}}")
        for key, value, keep, where in fields:
            SetField(name, key, keep).put(code, value, where)
    return True


_FEW = 3


def _unpacked(value: Value) -> str:
    """A list to be unpacked; null is an empty one."""
    return f"({operand(value)} or ())" if value.type.nullable else operand(value)


def _branches(rule: Rule) -> bool:
    return rule.mods.when is not None or isinstance(rule, (Match, First, Drop))
