"""Rules that are a call in Python: tables, definitions, lowering of schemas."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from collections.abc import Set as AbstractSet

from dragoman_codegen.account import accesses, pure_path
from dragoman_codegen.diagnostics import nearest
from dragoman_codegen.emit.base import NONE, Env, Made, Place
from dragoman_codegen.emit.emitting import Emitting
from dragoman_codegen.emit.exhaustive import every_row
from dragoman_codegen.emit.expressions import ROOTS
from dragoman_codegen.emit.module import Definition
from dragoman_codegen.emit.sight import names_bound, with_its_root
from dragoman_codegen.jmes import CodeBlock, Value, ast
from dragoman_codegen.jmes.code import identifier
from dragoman_codegen.jmes.python import ATOM, literal_code, quote
from dragoman_codegen.replacing import replace
from dragoman_codegen.rules import (
    SCHEMA_FORMS,
    Each,
    Expression,
    Gather,
    Get,
    Index,
    Lookup,
    Lower,
    Make,
    Modifiers,
    Rule,
    Same,
    Use,
    walk,
)
from dragoman_codegen.types import ANY, NULL, join, literal, of_kinds, without_null

__all__ = ["Calls", "free_names", "short"]


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


_SHORT = 6  # rules


def short(defs: dict[str, Rule], roots: Iterable[Rule] = ()) -> dict[str, Rule]:
    """Definitions that are written where they are used, if they are used on the item that is at hand.

    Those are the ones that are one expression, and those that are used in one place and not much longer.
    """
    uses = [node.name for rule in (*roots, *defs.values()) for node in walk(rule) if isinstance(node, Use)]
    found: dict[str, Rule] = {}
    for name, rule in defs.items():
        nodes = list(walk(rule))
        once = roots and uses.count(name) == 1 and sum(isinstance(node, Rule) for node in nodes) <= _SHORT
        alone = isinstance(rule, (Get, Lookup)) and not (rule.mods.when or rule.mods.otherwise)
        loops = any(isinstance(node, (Each, Gather, Index, Same)) for node in nodes)
        itself = any(isinstance(node, Use) for node in nodes)  # perhaps by a detour
        if (alone or once) and not (rule.mods.account or loops or (once and itself)):
            found[name] = rule
    return found


def _none_without(rule: Rule, usual: AbstractSet[str], defs: dict[str, Rule]) -> bool:
    """Is the rule null, with nothing told, of an object that holds these members alone?"""
    for node in walk(rule):
        if isinstance(node, Modifiers) and node != Modifiers(when=node.when, account=node.account):
            return False
        if isinstance(node, Expression) and any(isinstance(part, ast.Call) for part in ast.walk(node.tree)):
            return False  # which may raise
        if isinstance(node, Rule) and not isinstance(node, Make | Get):
            return False
        if isinstance(node, Get) and not pure_path(node.expr):
            return False
    found = accesses(rule, defs)
    return all(a.path and a.path[0] not in usual if a.entry is None else a.entry.kind == "ignore" for a in found)


class Calls(Emitting):
    def _call(self, rule: Lookup | Lower | Use, env: Env, code: CodeBlock, hint: str) -> Value:
        if isinstance(rule, Lookup):
            return self._lookup(rule, env, code)
        if isinstance(rule, Lower):
            return self._lower(rule, env, code)
        return self._use(rule, env, code, hint)

    def _lookup(self, rule: Lookup, env: Env, code: CodeBlock) -> Value:
        table = self.module.provider.tables.get(rule.table)
        if table is None:
            near = nearest(rule.table, list(self.module.provider.tables))
            self.module.diagnostics.error(
                "DG432",
                rule.named or rule.span,
                f"there is no table {quote(rule.table)} in provider.yaml",
                near and f"did you mean {quote(near)}?",
            )
            return NONE
        value = self.expressions.compile(rule.of, env, code)
        every_row(self.module, rule, value, table, env)
        name = self.module.table(table, env.direction, env.strict)
        origins = self.expressions.origins(rule.of, env)
        place = env.at(origins[0]) if origins else env.place
        entries = table.entries(env.direction)
        results = [literal(entry.value) for entry in entries.values()]
        unknown = table.unknown.get(env.direction)
        results += [literal(unknown.value)] if unknown else [] if env.strict else [NULL]
        results += [NULL] if value.type.nullable or not value.trusted else []
        shown, precedence = f"{name}.get({value.code}, call, {place.code})", 9
        if value.simple and value.type.nullable:
            shown, precedence = f"{shown} if {value.code} is not None else None", 1
        return Value(shown, join(*results) if results else NULL, trusted=True, deep=True, precedence=precedence)

    def _lower(self, rule: Lower, env: Env, code: CodeBlock) -> Value:
        value = self.expressions.compile(rule.source, env, code)
        place = self.expressions.place(rule.source, env)
        name = self.schema_dialect(rule)
        self.module.kit("lower_schema", "dragoman.kit.lower")
        sure = without_null(value.type).always("object")
        result = of_kinds("object", *(() if sure else ("boolean",)), *(("null",) if value.type.nullable else ()))
        return Value(f"lower_schema({value.code}, {name}, call, {place.code})", result)

    def schema_dialect(self, rule: Lower) -> str:
        data = self.module.provider.dialects.get(rule.dialect)
        if data is None:
            near = nearest(rule.dialect, self.module.provider.dialects)
            self.module.diagnostics.error(
                "DG433",
                rule.named or rule.span,
                f"there is no dialect {quote(rule.dialect)} of JSON Schema in provider.yaml",
                near and f"did you mean {quote(near)}?",
            )
            return "None"
        self.module.kit("SchemaDialect", "dragoman.kit.lower")
        span = self.module.provider.node.members["dialects"].members[rule.dialect].span
        reasons = data

        def say(key: str, action: str, severity: str, text: str) -> str:
            return self.module.rule(action, *_reason(reasons.get(key), severity, text), span)

        parts = [
            f"keep=frozenset({literal_code(sorted(data.get('keep', [])))})",
            f"rename={literal_code(data.get('rename', {}))}",
            "values={" + ", ".join(f"{quote(k)}: {tuple(v)!r}" for k, v in data.get("values", {}).items()) + "}",
            f"force={literal_code(data.get('force', {}))}",
            f"to_description=frozenset({literal_code(sorted(data.get('to_description', [])))})",
            f"moved={say('moved', 'moved', 'tuning', 'told in the description: the decoder does not take it')}",
            f"dropped={say('dropped', 'dropped', 'tuning', 'not taken by the decoder')}",
            f"forced={say('forced', 'substituted', 'tuning', 'the decoder demands it')}",
            *(f"{key}={literal_code(data[key])}" for key in SCHEMA_FORMS if key in data),
        ]
        return self.module.constant(f"_{rule.dialect.upper()}", f"SchemaDialect({', '.join(parts)})")

    def stands_here(self, rule: Use, env: Env) -> bool:
        """Is the definition written where it is used? (Of what may be null, it is called if that is there.)"""
        return rule.name in self.short and rule.of is None and not env.item_root and not env.item.type.nullable

    def _use(self, rule: Use, env: Env, code: CodeBlock, hint: str) -> Value:
        if self.stands_here(rule, env):
            return self.value(self.short[rule.name], env.inner(), code, hint)
        owned = rule.of is not None or env.item_root
        definition = self.module.definition(rule.name, env.direction, owned, rule.named or rule.span)
        if definition is None:
            return NONE
        if rule.of is None:
            called = self.unless_null(self.call_definition(definition, env.item, env.place, env, rule), env.item)
            return called if owned else self._unless_usual(called, self.module.rule_of(definition), env)
        value = self._named(self.expressions.compile(rule.of, env, code), code, identifier(rule.name))
        place = self.expressions.place(rule.of, env)
        item = value.with_type(without_null(value.type))
        called = self.call_definition(definition, item, place, env, rule, rule.of)
        return self.unless_null(called, value)

    def unless_null(self, called: Value, item: Value) -> Value:
        """What a definition makes of an item; of null it makes null."""
        if not item.type.nullable and not isinstance(item, Made):
            return called
        there = item.code if isinstance(item, Made) else f"{item.code} is not None"
        return replace(
            called,
            code=f"{called.code} if {there} else None",
            type=join(called.type, NULL),
            precedence=1,
        )

    def _unless_usual(self, called: Value, rule: Rule, env: Env) -> Value:
        """What a definition makes of members that are mostly not there; null where there are no such ones."""
        usual = frozenset(name for one in env.item.type.objects for name in one.usual)
        if not usual or not _none_without(rule, usual, self.defs):
            return called
        if env.only is not None and env.only <= usual:
            return NONE
        if called.precedence < ATOM or self.scopes.nothing_else(env, usual) != f"len({env.item.code}) == {len(usual)}":
            return called
        shown = f"{called.code} if len({env.item.code}) > {len(usual)} else None"
        return replace(called, code=shown, type=join(called.type, NULL), precedence=1)

    def _not_in_sight(self, definition: Definition, name: str, env: Env, rule: Rule) -> None:
        """A name that a definition reads and its user does not have: misspelt there, or forgotten here."""
        nodes = list(self._parts(self.module.rule_of(definition)))
        bound = {f"${let}" for node in nodes if isinstance(node, Modifiers) for let, _ in node.let}
        bound |= {f"${node.number}" for node in nodes if isinstance(node, Each | Gather) and node.number}
        bound |= {f"${node.name}" for node in nodes if isinstance(node, Gather) and node.name}
        near = nearest(name, {*env.names, *bound})
        if near is not None:
            for node in nodes:
                for part in ast.walk(node.tree) if isinstance(node, Expression) else ():
                    if isinstance(part, ast.Variable) and part.name == name and isinstance(node, Expression):
                        span = node.node.expression_span(part.offset, len(name))
                        message = f"there is no variable {name} where {quote(definition.name)} is used"
                        self.module.diagnostics.error("DG306", span, message, f"did you mean {near}?")
                        return
        unit = self.module.provider.units[self.module.unit_name]
        if name[1:] not in names_bound(unit, definition.direction, definition.name):
            meant = with_its_root(name[1:], self.module.provider, unit)
            help = f"did you mean {meant}?" if meant else "bind it in a $let here, or where the definition is used"
            for node in nodes:
                for part in ast.walk(node.tree) if isinstance(node, Expression) else ():
                    if isinstance(part, ast.Variable) and part.name == name and isinstance(node, Expression):
                        span = node.node.expression_span(part.offset, len(name))
                        self.module.diagnostics.error("DG306", span, f"nothing binds {name}", help)
            return
        where = rule.named if isinstance(rule, Use) and rule.named else rule.span
        self.module.diagnostics.error(
            "DG306",
            where,
            f"the definition {quote(definition.name)} reads {name}, and there is no {name} here",
            "bind it in a $let beside or around this",
        )

    def _parts(self, rule: Rule) -> Iterator[object]:
        """The parts of a rule and of the definitions that it uses: the names of one are in sight of the other."""
        waiting: list[Rule] = [rule]
        seen: set[str] = set()
        while waiting:
            for node in walk(waiting.pop()):
                yield node
                if isinstance(node, Use) and node.name in self.defs and node.name not in seen:
                    seen.add(node.name)
                    waiting.append(self.defs[node.name])

    def call_definition(
        self,
        definition: Definition,
        item: Value,
        place: Place,
        env: Env,
        rule: Rule,
        source: Expression | None = None,
    ) -> Value:
        """`source`: where the item is taken from, if it is not the item that is seen here."""
        found = self.module.provider.units[self.module.unit_name].found
        names = found.get(("free", definition.name))
        if names is None:
            names = sorted(free_names(self.module.rule_of(definition), self.defs))
            found["free", definition.name] = names
        frees: dict[str, Value] = {}
        arguments: list[str] = []
        for name in names:
            if "." in name or name.startswith("$state"):
                continue
            value = env.names.get(name)
            if value is None:
                self._not_in_sight(definition, name, env, rule)
                frees[name] = Value("None", ANY)  # so that it is told here alone
                arguments.append("None")
                continue
            frees[name] = value
            arguments.append(value.code)
        self.module.use_definition(definition, item, frees, often=env.often)
        if not env.again:
            key, paths = definition.key, self.expressions.parts(source, env)
            elements = source is not None and isinstance(rule, Use) and rule.of is None
            self.module.recorder.hand(key, paths, item.type, env.conditions, elements=elements)
        code = f"{definition.function}({', '.join([item.code, place.code, 'call', *arguments])})"
        result = definition.result if definition.result.kinds else ANY
        sure = definition.sure and bool(definition.result.kinds) and definition.result != ANY
        return Value(code, result, trusted=sure)


def _reason(said: object, severity: str, text: str) -> tuple[str, str]:
    if isinstance(said, dict) and said:
        key = next(iter(said))
        return str(key), str(said[key])
    return severity, text
