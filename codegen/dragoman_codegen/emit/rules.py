"""The rule tree as Python statements. What each operator means is in specs/language/README.md."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace

from dragoman_codegen.account import Condition, Path, accesses, container, pure_path
from dragoman_codegen.emit.base import Append, Assign, Env, Extend, Made, Place, SetField, Sink, comment, local
from dragoman_codegen.emit.copies import Copies
from dragoman_codegen.emit.expressions import ROOTS, Expressions
from dragoman_codegen.emit.loops import Loops
from dragoman_codegen.emit.module import Definition, Module
from dragoman_codegen.emit.modifiers import Modified
from dragoman_codegen.emit.scopes import Scopes
from dragoman_codegen.emit.tracing import from_map
from dragoman_codegen.jmes import CodeBlock, Value, ast
from dragoman_codegen.jmes.code import identifier
from dragoman_codegen.jmes.python import literal_code, quote
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
from dragoman_codegen.types import ANY, NULL, Type, array, field, join, literal, narrow, obj, of_kinds

__all__ = ["RuleEmitter", "free_names"]

_NONE = Value("None", NULL, simple=True, trusted=True, deep=True)


def free_names(rule: Rule, defs: dict[str, Rule], seen: frozenset[str] = frozenset()) -> set[str]:
    """The `$names` that a rule takes from around it, definitions that it uses included."""
    found: set[str] = set()
    bound: set[str] = set()
    for node in walk(rule):
        if isinstance(node, Expression):
            found |= {part.name for part in ast.walk(node.tree) if isinstance(part, ast.Variable)}
        elif isinstance(node, Modifiers):
            bound |= {f"${name}" for name, _ in node.let}
        elif isinstance(node, (Each, Gather)):
            bound |= {f"${node.number}"} if node.number else set()
            bound |= {f"${node.name}"} if isinstance(node, Gather) and node.name else set()
        elif isinstance(node, Use) and node.name in defs and node.name not in seen:
            found |= free_names(defs[node.name], defs, seen | {node.name})
    return found - bound - set(ROOTS)


class RuleEmitter(Loops, Copies, Modified):
    def __init__(self, module: Module) -> None:
        self.module = module
        self.expressions = Expressions(module)
        self.scopes = Scopes(module, self.expressions)
        self.defs = module.provider.units[module.unit_name].defs

    # ------------------------------------------------------------------ items
    def item(self, rule: Rule, env: Env, item: Value, place: Place, code: CodeBlock, sink: Sink, *, owned: bool = True, traced: bool = False, beside: tuple[Rule, ...] = ()) -> None:
        """A rule on a new item: check it, account for it, then make what the rule says.

        `beside`: rules that read the same item without making anything of it.
        """
        found = (*accesses(rule, self.defs), *(access for part in beside for access in accesses(part, self.defs)))
        own = (*accesses(rule, {}), *(access for part in beside for access in accesses(part, {})))
        inner = replace(
            env, item=item, place=place, known={}, origins={}, aliases=frozenset(), conditions=frozenset(),
            subject=((),) if owned else None, item_root=owned, accesses=found, own=own, traced=traced,
        )  # fmt: skip
        if any(access.path for access in found) and item.type != ANY:
            self.scopes.check(code, item.code, item.type, place.code)
            inner = replace(inner, item=replace(item, trusted=True, complete=False))
        root = self._root_match(rule, inner)
        inner = self.scopes.enter(inner, code)
        if owned and item.type.objects:
            self.scopes.cover(rule, rule.span, item.type, found)
            if root is None and item.type.always("object", "null"):
                self.scopes.keys(inner, (), code)
        if owned:
            inner = self._after_lets(inner, lambda env, block: self.scopes.dispositions(env, block))
        self.emit(rule, inner, code, sink)

    @staticmethod
    def _after_lets(env: Env, more: Callable[[Env, CodeBlock], None]) -> Env:
        first = env.after_lets

        def both(bound: Env, code: CodeBlock) -> None:
            if first is not None:
                first(bound, code)
            more(bound, code)

        return replace(env, after_lets=both)

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
    def emit(self, rule: Rule, env: Env, code: CodeBlock, sink: Sink) -> None:
        """The statements of a rule; its value goes into the sink."""
        env = self.lets(rule, env, code)
        if rule.mods.when is None:
            self.modified(rule, env, code, sink)
            return
        test = self.expressions.test(rule.mods.when, env, code)
        otherwise = rule.mods.otherwise
        before = len(code.lines)
        with code.block(comment(f"if {test}:", self.module.where(rule.span))):
            self.modified(rule, env, code, sink)
            if len(code.lines) == before + 1:
                code.line("pass")
        if otherwise is not None:
            about = self.read_by(replace(rule, mods=replace(rule.mods, when=None, otherwise=None)), env)
            scratch = code.scratch(deeper=0 if sink.leaves else 1)
            self.emit(otherwise, replace(env.inner(), subject=about), scratch, sink)
            self._else(code, scratch, sink)
        elif not sink.silent:
            if sink.leaves:
                sink.nothing(code, "")
            else:
                with code.block("else:"):
                    sink.nothing(code, "")

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

    def read_by(self, rule: Rule, env: Env) -> tuple[Path, ...]:
        """The paths of the item that a rule hands on, through `$let` too: what is lost when it does not run."""
        found: list[Path] = []
        for access in accesses(rule, self.defs):
            if access.kind in ("value", "loop") and access.path and access.entry is None:
                found.append(access.path)
        for node in walk(rule):
            if isinstance(node, Expression):
                found += self.expressions.origins(node, env)
        unique = list(dict.fromkeys(found))
        return tuple(p for p in unique if not any(q != p and p[: len(q)] == q for q in unique))

    def value(self, rule: Rule, env: Env, code: CodeBlock, hint: str) -> Value:
        """The value of a rule as an expression; rules that branch go through a variable."""
        if rule.mods.when is None and not isinstance(rule, (Match, First, Drop, Reject)):
            env = self.lets(rule, env, code)
            mods = rule.mods
            if mods.default or mods.clamp or mods.require or mods.kind or mods.notes:
                return self.modified_value(replace(rule, mods=replace(mods, let=())), env, code, hint)
            return self.head_value(rule, env, code, hint)
        name = code.fresh(hint)
        code.line(f"{name}: Any = None")
        before = len(code.lines)
        sink = Assign(name)
        self.emit(rule, env, code, sink)
        self._drop_declaration(code, name, before)
        possible = join(*sink.types) if sink.types else NULL
        made = sink.made and bool(sink.types)
        return local(name, join(possible, NULL) if not made else possible, made=made, deep=False)

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
        """`x: Any = None` followed at the same level by one unconditional `x = …` at the end is one statement too many."""
        last = code.lines[-1]
        declaration = code.lines[at - 1]
        indent = declaration[: len(declaration) - len(declaration.lstrip())]
        others = [line for line in code.lines[at:-1] if f"{name}" in line]
        if last.startswith(f"{indent}{name} = ") and not any(part.lstrip().startswith(f"{name} = ") for part in others):
            del code.lines[at - 1]

    def _literal(self, rule: Literal) -> Value:
        value = rule.value
        return Value(literal_code(value), literal(value), simple=not isinstance(value, (list, dict)), trusted=True, deep=True)

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
                self.first(list(rule.arms), env, code, sink)
            case Drop() | Reject():
                self.leaf(rule, env, code, sink)
            case _:
                sink.put(code, self.head_value(rule, env, code, hint), where)

    # ------------------------------------------------------------------ objects and lists
    def _display(self, rule: Make | ListOf, env: Env, code: CodeBlock, hint: str) -> Value:
        traced = env.traced and isinstance(rule, Make)
        inner = env.inner()
        if isinstance(rule, ListOf):
            return self._list(rule, inner, code, hint)
        sure: list[str] = []
        later: list[tuple[str, Value, bool, str]] = []
        types: dict[str, Type] = {}
        for f in rule.fields:
            keep = f.rule.mods.keep_null
            value = self.value(f.rule, inner, code, identifier(f.name))
            where = self.module.where(f.span)
            written_null = isinstance(f.rule, Literal) and f.rule.value is None
            types[f.name] = value.type
            if keep or written_null or not (value.type.nullable or isinstance(value, Made)):
                shown = f"{value.code} or None" if isinstance(value, Made) and keep else value.code
                sure.append(f"{quote(f.name)}: {shown},  # {where}")
            else:
                later.append((f.name, value, keep, where))
        result = obj({name: t for name, t in types.items()}, open=True)
        if not later and not traced:
            return Value("{\n" + "\n".join(sure) + "\n}", result, trusted=True, deep=False) if sure else self._literal(Literal(rule.span, {}))
        name = code.fresh(hint if hint not in ("value", "") else "made")
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
                code.line(f"call.trace[id({name})] = ({env.place.code}, {table})")
        return local(name, result, made=not sure, deep=False)

    def _list(self, rule: ListOf, env: Env, code: CodeBlock, hint: str) -> Value:
        values = [self.value(item, env, code, f"{hint}_{n}" if len(rule.items) > 1 else hint) for n, item in enumerate(rule.items)]
        types = array(join(*[v.type for v in values])) if values else array(ANY)
        if not any(v.type.nullable or isinstance(v, Made) for v in values):
            return Value("[" + ", ".join(v.code for v in values) + "]", types, trusted=True)
        name = code.fresh(hint if hint != "value" else "items")
        code.line(f"{name}: list[Any] = []")
        for value in values:
            Append(name).put(code, value, "")
        return local(name, types, made=True, deep=False)

    def _concat(self, rule: Concat, env: Env, code: CodeBlock, hint: str) -> Value:
        name = code.fresh(hint if hint != "value" else "items")
        code.line(f"{name}: list[Any] = []")
        sink = Extend(name)
        for item in rule.items:
            if isinstance(item, Each) and item.mods == Modifiers() and not item.flat:
                self.each_into(item, env.inner(), code, name)
            elif isinstance(item, ListOf) and item.mods == Modifiers():
                for part in item.items:
                    self.emit(part, env.inner(), code, Append(name))
            else:
                self.emit(item, env.inner(), code, sink)
        return local(name, array(ANY), made=True, deep=False)

    def _merge(self, rule: Merge, env: Env, code: CodeBlock, hint: str) -> Value:
        items = self.value(rule.source, env.inner(), code, f"{hint}_items")
        self.module.kit("merge", "dragoman.kit.lists")
        by, joined = (f"({', '.join(map(quote, names))},)" if names else "()" for names in (rule.by, rule.concat))
        extra = ", True" if rule.everywhere else ""
        return Made(f"merge({items.code}, {by}, {joined}{extra})", array(ANY), trusted=True)

    def _order(self, rule: Order, env: Env, code: CodeBlock) -> Value:
        lists = [(name, self.value(part, env.inner(), code, identifier(name))) for name, part in rule.lists]
        order = self.expressions.compile(rule.order, env, code)
        self.module.kit("lay", "dragoman.kit.lists")
        shown = ", ".join(f"{quote(name)}: {value.code}" for name, value in lists)
        return Made(f"lay({order.code}, {{{shown}}})", array(ANY), trusted=True)

    def _named(self, value: Value, code: CodeBlock, hint: str) -> Value:
        if value.simple:
            return value
        name = code.fresh(hint)
        code.line(f"{name} = {value.code}")
        return replace(value, code=name, simple=True, precedence=9)

    # ------------------------------------------------------------------ calls
    def _call(self, rule: Lookup | Lower | Use, env: Env, code: CodeBlock, hint: str) -> Value:
        if isinstance(rule, Lookup):
            return self._lookup(rule, env, code)
        if isinstance(rule, Lower):
            return self._lower(rule, env, code)
        return self._use(rule, env, code, hint)

    def _lookup(self, rule: Lookup, env: Env, code: CodeBlock) -> Value:
        table = self.module.provider.tables.get(rule.table)
        if table is None:
            from dragoman_codegen.diagnostics import nearest

            near = nearest(rule.table, list(self.module.provider.tables))
            self.module.diagnostics.error("DG432", rule.span, f"there is no table {rule.table}", near and f"did you mean {near}?")
            return _NONE
        value = self.expressions.compile(rule.of, env, code)
        name = self.module.table(table, env.direction, env.strict)
        origins = self.expressions.origins(rule.of, env)
        place = env.place.below(origins[0]) if origins else env.place
        entries = table.entries(env.direction)
        results = [literal(entry.value) for entry in entries.values()]
        unknown = table.unknown.get(env.direction)
        results += [literal(unknown.value)] if unknown else [] if env.strict else [NULL]
        results += [NULL] if value.type.nullable or not value.trusted else []
        return Value(f"{name}.get({value.code}, call, {place.code})", join(*results) if results else NULL, trusted=True, deep=True)

    def _lower(self, rule: Lower, env: Env, code: CodeBlock) -> Value:
        value = self.expressions.compile(rule.source, env, code)
        path = self.expressions.place_of(rule.source, env)
        place = env.place.below(path) if path else env.place
        name = self.schema_dialect(rule)
        self.module.kit("lower_schema", "dragoman.kit.lower")
        result = of_kinds("object", "boolean", *(("null",) if value.type.nullable else ()))
        return Value(f"lower_schema({value.code}, {name}, call, {place.code})", result)

    def schema_dialect(self, rule: Lower) -> str:
        data = self.module.provider.dialects.get(rule.dialect)
        if data is None:
            self.module.diagnostics.error("DG433", rule.span, f"there is no schema dialect {rule.dialect}", f"dialects: {', '.join(self.module.provider.dialects)}")
            return "None"
        self.module.kit("SchemaDialect", "dragoman.kit.lower")
        span = self.module.provider.node.members["dialects"].members[rule.dialect].span
        reasons = data.get("reasons", {})
        say = lambda key, action, severity, text: self.module.rule(action, *_reason(reasons.get(key), severity, text), span)  # noqa: E731
        parts = [
            f"keep=frozenset({literal_code(sorted(data.get('keep', [])))})",
            f"rename={literal_code(data.get('rename', {}))}",
            "values={" + ", ".join(f"{quote(k)}: {tuple(v)!r}" for k, v in data.get("values", {}).items()) + "}",
            f"force={literal_code(data.get('force', {}))}",
            f"to_description=frozenset({literal_code(sorted(data.get('to_description', [])))})",
            f"moved={say('moved', 'moved', 'tuning', 'told in the description: the decoder does not take it')}",
            f"dropped={say('dropped', 'dropped', 'tuning', 'not taken by the decoder')}",
            f"forced={say('forced', 'substituted', 'tuning', 'the decoder demands it')}",
        ]
        return self.module.constant(f"_{rule.dialect.upper()}", f"SchemaDialect({', '.join(parts)})")

    def _use(self, rule: Use, env: Env, code: CodeBlock, hint: str) -> Value:
        owned = rule.of is not None or env.item_root
        definition = self.module.definition(rule.name, env.direction, owned, rule.span)
        if definition is None:
            return _NONE
        if rule.of is None:
            return self.call_definition(definition, env.item, env.place, env, rule)
        value = self._named(self.expressions.compile(rule.of, env, code), code, identifier(rule.name))
        path = self.expressions.place_of(rule.of, env)
        place = env.place.below(path) if path else env.place
        called = self.call_definition(definition, value.with_type(join(only_not_null(value.type))), place, env, rule)
        if not value.type.nullable:
            return called
        return replace(called, code=f"{called.code} if {value.code} is not None else None", type=join(called.type, NULL), precedence=1)

    def call_definition(self, definition: Definition, item: Value, place: Place, env: Env, rule: Rule) -> Value:
        names = sorted(free_names(self.module.rule_of(definition), self.defs) - {f"${s}" for s in ()})
        frees: dict[str, Type] = {}
        arguments: list[str] = []
        for name in names:
            if "." in name or name.startswith("$state"):
                continue
            value = env.names.get(name)
            if value is None:
                self.module.diagnostics.error("DG306", rule.span, f"{name} is not in sight where {definition.name} is used")
                continue
            frees[name] = value.type
            arguments.append(value.code)
        self.module.use_definition(definition, item.type, frees)
        code = f"{definition.function}({', '.join([item.code, place.code, 'call', *arguments])})"
        result = definition.result if definition.result.kinds else ANY
        kind = Made if definition.made else Value
        return kind(code, result, trusted=bool(definition.result.kinds) and definition.result != ANY)

    # ------------------------------------------------------------------ branches
    def match(self, rule: Match, env: Env, code: CodeBlock, sink: Sink) -> None:
        on = self._named(self.expressions.compile(rule.on, env, code), code, "kind")
        path = pure_path(rule.on)
        about = env.subject if env.subject is not None else ((p,) if (p := container(rule.on)) else None)
        root = env.item_root and path is not None and path == (self._root_match(rule, env),)
        branches: list[tuple[str, CodeBlock]] = []
        level = 1
        named: list[str] = [value for values, _ in rule.cases for value in values]
        for values, case in rule.cases:
            scratch = code.scratch(deeper=level)
            inner = self._case(env, path, frozenset(values), False, about, scratch, root)
            self.emit(case, inner, scratch, sink)
            branches.append((_equals(on.code, values), scratch))
        if rule.absent is not None:
            scratch = code.scratch(deeper=level)
            inner = self._case(env, path, frozenset({None}), False, about, scratch, root)
            self.emit(rule.absent, inner, scratch, sink)
            branches.append((f"{on.code} is None", scratch))
        last = code.scratch(deeper=level)
        whole = on.deep and on.type.literals is not None and not on.type.nullable and {str(x) for x in on.type.literals} <= set(named)
        if rule.otherwise is not None:
            others: frozenset[str | None] = frozenset(named) | ({None} if rule.absent is not None else frozenset())
            inner = self._case(env, path, others, True, about, last, root)
            self.emit(rule.otherwise, inner, last, sink)
        elif not whole:
            self._unknown(rule, on, named, about, env, last, sink)
        self._branches(branches, last, code, sink, null_passes=rule.otherwise is None and rule.absent is None and not whole and on.type.nullable and not root, on=on)

    def _case(self, env: Env, path: Path | None, values: frozenset[str | None], negated: bool, about: tuple[Path, ...] | None, code: CodeBlock, root: bool) -> Env:
        inner = replace(env, subject=about)
        if path is None:
            return inner
        before = inner
        inner = replace(inner, conditions=inner.conditions | {Condition(path, values, negated)})
        holder = inner.known.get(path[:-1]) if len(path) > 1 else inner.item
        if holder is not None and holder.type.objects:
            inner = inner.typed(path[:-1], _narrowed(holder.type, path[-1], values, negated))
        inner = self.scopes.enter(inner, code)
        if root:
            self.scopes.keys(inner, (), code)
        return self._after_lets(inner, lambda env, block: self.scopes.dispositions(env, block, before))

    def _unknown(self, rule: Match, on: Value, named: list[str], about: tuple[Path, ...] | None, env: Env, code: CodeBlock, sink: Sink) -> None:
        paths = self.expressions.origins(rule.on, env) or ((pure_path(rule.on) or ()),)
        place = env.place.below(paths[0]).code
        if env.strict:
            known = ", ".join(named)
            rule_name = self.module.rule("dropped", "contract", "not known to this dialect", rule.span)
            code.line(f"raise {self.module.kit('unknown_member', 'dragoman.kit.call')}({place}, {on.code}, {quote(known)}, {rule_name})")
            return
        rule_name = self.module.rule("dropped", "contract", "not known to this dialect's schema", rule.span)
        lost = env.place.below(about[0]).code if about else place
        code.line(f"call.lose({rule_name}, {lost})")
        sink.nothing(code, "")

    def _branches(self, branches: list[tuple[str, CodeBlock]], last: CodeBlock, code: CodeBlock, sink: Sink, *, null_passes: bool, on: Value) -> None:
        word = "if"
        for test, scratch in branches:
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

    def first(self, arms: list[Rule], env: Env, code: CodeBlock, sink: Sink) -> None:
        if not arms:
            sink.nothing(code, "")
            return
        arm, rest = arms[0], arms[1:]
        if arm.mods.when is None or arm.mods.let:
            self.emit(arm, env, code, sink)
            if arm.mods.when is None:
                return
        test = self.expressions.test(arm.mods.when, env, code)
        with code.block(comment(f"if {test}:", self.module.where(arm.span))):
            before = len(code.lines)
            self.emit(replace(arm, mods=replace(arm.mods, when=None, otherwise=None)), env, code, sink)
            if len(code.lines) == before:
                code.line("pass")
        scratch = code.scratch(deeper=0 if sink.leaves else 1)
        self.first(rest, env, scratch, sink)
        self._else(code, scratch, sink)

    # ------------------------------------------------------------------ what is not carried over
    def leaf(self, rule: Drop | Reject, env: Env, code: CodeBlock, sink: Sink) -> None:
        about = self.expressions.origins(rule.of, env) if rule.of is not None else env.subject
        if about is None:
            self.module.diagnostics.error("DG441", rule.span, "it is not clear what is lost here", "name it: $of: path")
            return
        self.concern(rule, tuple(about), env, code)
        if isinstance(rule, Drop) or about != ((),):
            sink.nothing(code, "")

    def concern(self, rule: Drop | Reject, about: Iterable[Path], env: Env, code: CodeBlock) -> None:
        """Lose or refuse what stands at these paths, as far as it is there."""
        where = self.module.where(rule.span)
        if isinstance(rule, Drop):
            name = self.module.rule("dropped", rule.severity, rule.reason, rule.span)
            statement = lambda place: f"call.lose({name}, {place})"  # noqa: E731
        else:
            name = self.module.rule("dropped", "contract", rule.message, rule.span)
            statement = lambda place: f"raise {self.module.kit('refused')}({place}, {quote(rule.message)}, {name})"  # noqa: E731
        for path in about:
            place = env.place.below(path).code
            if not path:
                code.line(comment(statement(place), where))
                continue
            value = self.expressions.path(path, env, code)
            if not value.type.nullable and value.trusted:
                code.line(comment(statement(place), where))
            else:
                test = f"({value.code})" if value.precedence < 5 else value.code
                with code.block(comment(f"if {test} is not None:", where)):
                    code.line(statement(place))


def _reason(said: object, severity: str, text: str) -> tuple[str, str]:
    if isinstance(said, dict) and said:
        key = next(iter(said))
        return str(key), str(said[key])
    return severity, text


def _equals(code: str, values: tuple[str, ...]) -> str:
    words = {"true": "True", "false": "False"}
    if len(values) == 1:
        return f"{code} is {words[values[0]]}" if values[0] in words else f"{code} == {quote(values[0])}"
    return f"{code} in ({', '.join(words.get(value) or quote(value) for value in values)})"


def _narrowed(t: Type, key: str, values: frozenset[str | None], negated: bool) -> Type:
    if values == {None}:
        left = tuple(o for o in t.objects if key not in o.props or not o.props[key].required or o.props[key].type.nullable)
        return Type({"object"}, objects=left) if left else t
    return narrow(t, key, [value for value in values if value is not None], keep=not negated)


def only_not_null(t: Type) -> Type:
    from dragoman_codegen.types import without_null

    return without_null(t)

