"""Steps of a stream as statements."""

from __future__ import annotations

from dragoman_codegen.account import Condition, Path
from dragoman_codegen.emit.base import Env, Made, comment
from dragoman_codegen.emit.calls import free_names
from dragoman_codegen.emit.exhaustive import every_case
from dragoman_codegen.emit.kinds import is_made
from dragoman_codegen.emit.procedures import EVENT, ProcedureSteps
from dragoman_codegen.emit.results import check_result, is_copy
from dragoman_codegen.emit.slots import handed_on
from dragoman_codegen.emit.stream_accounts import element_path
from dragoman_codegen.emit.tracing import from_map
from dragoman_codegen.jmes import CodeBlock, Value
from dragoman_codegen.jmes.ast import path_of
from dragoman_codegen.jmes.code import identifier
from dragoman_codegen.jmes.python import quote
from dragoman_codegen.replacing import replace
from dragoman_codegen.rules import Drop, Expression, Get, ListOf, Make, Modifiers, Rule
from dragoman_codegen.steps import (
    Add,
    Block,
    CallProcedure,
    Count,
    DropStep,
    EachStep,
    Emit,
    Fail,
    Finish,
    LetStep,
    MatchStep,
    Put,
    Set,
    Step,
    WhenStep,
)
from dragoman_codegen.types import (
    ANY,
    INTEGER,
    NULL,
    OBJECT,
    Type,
    array,
    discriminator,
    element,
    join,
    narrow,
    only,
    without_null,
)
from dragoman_codegen.untaken_steps import untaken_elements

__all__ = ["EVENT", "StepEmitter"]


class StepEmitter(ProcedureSteps):
    target: Type
    failure: Type
    event_name: str | None
    body: list[str]

    def _failed(self, made: Type) -> Type:
        """What a failure must be: the body of an error; or an event, if it is none and says which event it is."""
        name = discriminator(self.target)
        needed = [{key for key, prop in one.props.items() if prop.required} for one in self.failure.objects]
        an_error = any(keys <= set(one.props) for keys in needed for one in made.objects)
        an_event = name is not None and bool(made.objects) and all(name in one.props for one in made.objects)
        return self.target if an_event and not an_error and self.failure.objects else self.failure

    # ------------------------------------------------------------------ blocks
    def block(self, block: Block, env: Env, code: CodeBlock) -> None:
        for step in block.steps:
            env = self.step(step, env, code)

    def _inside(self, header: str, block: Block, env: Env, code: CodeBlock) -> None:
        with code.block(header):
            before = len(code.lines)
            self.passed_by(block.span, env, code)
            self.block(block, env, code)
            if len(code.lines) == before:
                code.line("pass")

    def step(self, step: Step, env: Env, code: CodeBlock) -> Env:
        where = self.module.where(step.span)
        match step:
            case Set():
                for name, rule, named in step.slots:
                    self._set(name, rule, env, code, named)
            case Put():
                self._put(step, env, code)
            case Add():
                handed = self.module.once("handed", self.side, lambda: handed_on(self.side, self.defs))
                for name, rule, named in step.slots:
                    self._known_slot(name, named, "list")
                    value = self.value(rule, env.inner(), code, identifier(name))
                    entries = Value("", array(value.type), trusted=True)
                    self.module.put.setdefault((self.direction, name), []).append(entries)
                    slot = f"self.{self.attribute(name)}"
                    added = f"{slot} = [*{slot}, {value.code}]" if name in handed else f"{slot}.append({value.code})"
                    code.line(comment(added, where))
            case Emit():
                self._emit(step, env, code, where)
            case Count():
                for name in step.counters:
                    self.module.put.setdefault((self.direction, name), []).append(Value("", INTEGER, trusted=True))
                    code.line(f"self.{self.attribute(name)} += 1")
            case LetStep():
                for name, rule in step.names:
                    env = self.lets(Get(step.span, _at(rule), mods=Modifiers(let=((name, rule),))), env, code)
            case WhenStep():
                self._when(step, env, code)
            case MatchStep():
                self._match(step, env, code)
            case EachStep():
                self._each(step, env, code)
            case CallProcedure():
                self._procedure(step, env, code)
            case DropStep():
                self._drop(step, env, code)
            case Fail():
                value = self.value(step.rule, env.inner(), code, "failure")
                check_result(self.module, value.type, self._failed(value.type), step.rule.span)
                code.line(comment(f"out.append({self._event_code(value.code, failed=True)})", where))
                code.line("self.finished = self.failed = True")
                code.line("return")
            case Finish():
                code.line(comment("self.finished = True", where))
                code.line("return")
        return env

    # ------------------------------------------------------------------ emitting
    def _event_code(self, data: str, failed: bool = False) -> str:
        if self.event_name is None:
            return f"({data}, None)"
        self.module.kit("named", "dragoman.kit.stream")
        return f"named({data}, {quote(self.event_name)})"

    def _emit(self, step: Emit, env: Env, code: CodeBlock, where: str) -> None:
        if step.template is None:
            assert step.rule is not None
            value = self.value(step.rule, env.inner(), code, "made")
            if not is_copy(step.rule, self.module):
                check_result(self.module, value.type, self.target, step.rule.span)
            rule = step.rule
        else:
            if step.template not in self.side.templates:
                self._no_such("DG454", step.named or step.span, "template", step.template, self.side.templates)
                return
            value = self._filled(step, env, code)
            rule = self.side.templates[step.template]
        if self.direction == "to_hub" and isinstance(rule, Make):
            name = code.fresh("made") if not value.simple else value.code
            if not value.simple:
                code.line(f"{name} = {value.code}")
            holes = {hole: part for hole, part, _ in step.holes}
            table = self.module.constant(
                "_FROM_" + identifier(step.template or "made").upper(), from_map(self, _with_holes(rule, holes), env)
            )
            with code.block("if call.trace is not None:"):
                code.line(f"call.trace[id({name})] = ({env.place.code}, {table}, {name})")
            code.line(comment(f"out.append({self._event_code(name)})", where))
            return
        code.line(comment(f"out.append({self._event_code(value.code)})", where))

    def _filled(self, step: Emit, env: Env, code: CodeBlock) -> Value:
        assert step.template is not None
        given = {hole: part for hole, part, _ in step.holes}
        key = (self.direction, step.template)
        known = self.module.holes.setdefault(key, {})
        wanted = self._holes(step.template)
        strange = {name: named for name, _, named in step.holes if name not in wanted}
        self.module.fillings.setdefault(key, []).append((step.named or step.span, strange))
        self.module.filled_holes |= {(*key, name) for name in given if name in wanted}
        arguments = []
        for name in wanted:
            value = (
                self.value(given[name], env.inner(), code, identifier(name))
                if name in given
                else Value("None", NULL, trusted=True)
            )
            if value.type.nullable or isinstance(value, Made):
                where = given[name].span if name in given else step.named or step.span
                self.module.given.setdefault((*key, name), []).append(where)
            found = value.type if value.trusted else join(value.type, ANY)
            known[name] = join(known[name], found) if name in known else found
            arguments.append(value.code if value.type != NULL or name in given else "None")
        return Value(f"self.{self.methods['template', step.template]}({', '.join(arguments)})", OBJECT, trusted=True)

    def _holes(self, template: str) -> list[str]:
        names = free_names(self.side.templates[template], self.defs)
        return sorted(name[1:] for name in names if "." not in name)

    # ------------------------------------------------------------------ branching
    def _when(self, step: WhenStep, env: Env, code: CodeBlock) -> None:
        test = self.expressions.test(step.when, env, code)
        self._inside(
            comment(f"if {test}:", self.module.where(step.span)),
            step.then,
            self.expressions.assume(step.when, env),
            code,
        )
        if step.otherwise is not None and step.otherwise.steps:
            self._inside("else:", step.otherwise, self.expressions.deny(step.when, env), code)
        else:
            rest = code.scratch(deeper=1)
            self.passed_by(step.span, self.expressions.deny(step.when, env), rest, nothing=True)
            if rest:
                with code.block("else:"):
                    code.include(rest)

    def _match(self, step: MatchStep, env: Env, code: CodeBlock) -> None:
        on = self._named(self.expressions.compile(step.on, env, code), code, "kind")
        tree = self.expressions.prepared(step.on, self.expressions.scope(env))
        path = path_of(tree)
        keys = tuple(map(str, path.keys)) if path is not None and path.root == "@" else None
        slot = path is not None and path.root.startswith("$state.")  # looked at with the orders of events
        own = path is not None and path.root in env.names and is_made(without_null(env.names[path.root].type))
        word = "if"
        named = frozenset(value for values, _ in step.cases for value in values)
        for values, block in step.cases:
            if not (own or slot):
                self.known_values(on, values, block.span)
            test = (
                f"{on.code} == {quote(values[0])}"
                if len(values) == 1
                else f"{on.code} in ({', '.join(map(quote, values))})"
            )
            with code.block(comment(f"{word} {test}:", self.module.where(block.span))):
                self._step_case(block, env, keys, frozenset(values), False, code, step.on)
            word = "elif"
        with code.block("else:"):
            if step.otherwise is not None:
                self._step_case(step.otherwise, env, keys, named, True, code, step.on)
            else:
                every_case(self.module.diagnostics, step.on, on, named, env, "`else`")
                rule = self.module.rule("dropped", "contract", "not known to this dialect's schema", step.span)
                place = env.at(keys[:-1] or keys) if keys else env.place
                code.line(f"call.lose({rule}, {place.code})")

    def _step_case(
        self,
        block: Block,
        env: Env,
        path: Path | None,
        values: frozenset[str],
        negated: bool,
        code: CodeBlock,
        on: Expression,
    ) -> None:
        before = len(code.lines)
        inner = env if path else self.expressions.among(on, values, env, holds=not negated)
        if path:
            inner = replace(env, conditions=env.conditions | {Condition(path, values, negated)})
            holder = inner.known.get(path[:-1]) if len(path) > 1 else inner.item
            if holder is not None and holder.type.objects:
                inner = inner.typed(path[:-1], narrow(holder.type, path[-1], values, keep=not negated))
            inner = self.scopes.enter(inner, code)
            self.scopes.account(inner, code, path[:-1] or None, env, path[:-1])
        self.passed_by(block.span, inner, code)
        self.block(Block(block.span, block.steps), inner, code)
        if len(code.lines) == before:
            code.line("pass")

    def _each(self, step: EachStep, env: Env, code: CodeBlock) -> None:
        value = self.expressions.compile(step.source, env, code)
        name = code.fresh(step.name)
        over = value.code if value.precedence >= 9 else f"({value.code})"
        if not (value.trusted and value.type.always("array", "null")):
            if not value.simple:
                listed = code.fresh(f"{step.name}_list")
                code.line(f"{listed} = {value.code}")
                over = listed
            path = self.expressions.place_of(step.source, env)
            self.module.kit("malformed")
            with code.block(f"if {over} is not None and type({over}) is not list:"):
                code.line(f'raise malformed({(env.at(path) if path else env.place).code}, "a list", {over})')
        index = code.fresh("i")
        t = element(only(value.type, "array")) if value.type.may("array") else ANY
        path = self.expressions.place_of(step.source, env)
        place = self.expressions.element(step.source, env, index)
        item = Value(name, t, simple=True, trusted=False)
        roots: dict[str, Path] = {"@": ()}
        for alias, paths in env.origins.items():
            if len(paths) == 1 and alias in env.aliases:
                first, *rest = paths[0] or ("",)
                roots[alias] = (*roots[first], *rest) if first in roots else paths[0]
        elements = element_path(step.source.tree, roots)
        body = code.scratch(deeper=1)
        if t.always("object"):
            self.scopes.check(body, name, t, place.code)
            item = replace(item, trusted=True, complete=False)
            if elements is not None:
                self.scopes.members(env, elements, item, place, body)
        origins = (elements,) if elements else self.expressions.origins(step.source, env)
        inner = env.bind(f"${step.name}", item, origins, elements is not None)
        inner = replace(inner, places={**inner.places, f"${step.name}": place})
        inner = replace(inner, untaken={**inner.untaken, **untaken_elements(step, self.side, self.defs, roots)})
        self.block(Block(step.span, step.body.steps), inner, body)
        text = "\n".join(body.lines)
        header = (
            f"for {index}, {name} in enumerate({over} or ()):"
            if f"{index})" in text or f"{index}," in text
            else f"for {name} in {over} or ():"
        )
        with code.block(comment(header, self.module.where(step.span))):
            code.include(body)
            if not body:
                code.line("pass")

    # ------------------------------------------------------------------ losses
    def _drop(self, step: DropStep, env: Env, code: CodeBlock) -> None:
        self.expressions.told(step.of, env)
        paths = self.expressions.origins(step.of, env) if step.of is not None else ((),)
        self.concern(Drop(step.span, step.severity, step.reason), paths or ((),), env, code)


def _at(rule: Rule) -> Expression:
    """An expression that is never compiled: the carrier of a `let` step."""
    return Expression("@", None, rule.span, None)  # type: ignore[arg-type]


def _with_holes(rule: Rule, holes: dict[str, Rule]) -> Rule:
    """A template with its holes filled, for the trace."""
    if isinstance(rule, Make):
        return replace(rule, fields=tuple(replace(f, rule=_with_holes(f.rule, holes)) for f in rule.fields))
    if isinstance(rule, Get):
        path = path_of(rule.expr.tree)
        if path is not None and not path.keys and path.root[1:] in holes:
            return holes[path.root[1:]]
    if isinstance(rule, ListOf):
        return replace(rule, items=tuple(_with_holes(item, holes) for item in rule.items))
    return rule
