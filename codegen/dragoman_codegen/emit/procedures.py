"""Procedures of a stream: methods that do steps, with what their callers give them."""

from __future__ import annotations

from dragoman_codegen.diagnostics import nearest
from dragoman_codegen.emit.base import Env, Place, comment
from dragoman_codegen.emit.calls import free_names
from dragoman_codegen.emit.recorder import Record
from dragoman_codegen.emit.slots import SlotSteps
from dragoman_codegen.jmes import CodeBlock, Value, ast
from dragoman_codegen.jmes.code import identifier
from dragoman_codegen.jmes.python import quote
from dragoman_codegen.rules import Expression, Rule
from dragoman_codegen.steps import Block, CallProcedure, Fail, Finish, steps_below
from dragoman_codegen.types import ANY, NULL, OBJECT, Type, join

__all__ = ["EVENT", "ProcedureSteps"]

EVENT = Place("()", (quote("events"), "n"))
"""Where the event is that steps work on: the methods of a stream are given its number."""


class ProcedureSteps(SlotSteps):
    methods: dict[tuple[str, str], str]
    """What the methods of templates and procedures are called."""

    def slot_values(self) -> dict[str, Value]:
        raise NotImplementedError

    def block(self, block: Block, env: Env, code: CodeBlock) -> None:
        raise NotImplementedError

    def _method(self, name: str, parameters: str, code: CodeBlock, where: str, result: str = "None") -> None:
        raise NotImplementedError

    def _procedure(self, step: CallProcedure, env: Env, code: CodeBlock) -> None:
        block = self.side.procedures.get(step.name)
        if block is None:
            self._no_such("DG456", step.named, "procedure", step.name, self.side.procedures)
            return
        given = self._given(step, block, env, code)
        key = (self.direction, step.name)
        if key not in self.module.procedures:
            self.module.procedures[key] = env.item.type if env.item.code != "None" else OBJECT
            self.module.recorder.named[key] = Record(block.span, [])
            if not self.side.given[step.name]:
                self._procedure_method(step.name)
        self.module.recorder.hand(key, ((),), env.item.type, ())
        data = env.item.code if env.item.code != "None" else "{}"
        called = f"self.{self.methods['procedure', step.name]}({', '.join([data, 'n', 'out', *given])})"
        code.line(comment(called, self.module.where(step.span)))
        if any(isinstance(part, (Fail, Finish)) for part in steps_below(block)):
            code.line("if self.finished:")
            code.line("    return")

    def _given(self, step: CallProcedure, block: Block, env: Env, code: CodeBlock) -> list[str]:
        """The arguments of a call; what is not given is null."""
        names = self.side.given[step.name]
        known = self.module.holes.setdefault((self.direction, f"{step.name}()"), {})
        rules = {name: rule for name, rule, _ in step.given}
        read = _names(block, self.defs) if step.given else set()
        for name, _, named in step.given:
            if name not in read:
                near = nearest(name, {one for one in read if one not in rules})
                message = f"the procedure {quote(step.name)} reads no ${name}"
                self.module.diagnostics.error("DG455", named, message, near and f"did you mean {quote(near)}?")
        arguments = []
        for name in names:
            nothing = Value("None", NULL, trusted=True)
            value = self.value(rules[name], env.inner(), code, identifier(name)) if name in rules else nothing
            found = value.type if value.trusted else join(value.type, ANY)
            known[name] = join(known[name], found) if name in known else found
            arguments.append(value.code)
        return arguments

    def procedure_methods(self) -> None:
        """Those that are given something: what it is, is known when all that call them are written."""
        waiting = [name for name in self.side.procedures if self.side.given[name]]
        while waiting:
            called = {
                step.name for name in waiting for step in _all(self.side.procedures[name], self.side.procedures, {name})
            }
            name = next((name for name in waiting if name not in called), waiting[0])
            waiting.remove(name)
            if (self.direction, name) in self.module.procedures:
                self._procedure_method(name)

    def _procedure_method(self, name: str) -> None:
        block = self.side.procedures[name]
        key = (self.direction, name)
        t: Type = self.module.procedures[key]
        given = self.module.holes.get((self.direction, f"{name}()"), {})
        code = CodeBlock(self.module.unit, level=2)
        code.reserve("self", "data", "n", "out", "call", *map(identifier, given))
        names = {f"${name}": Value(identifier(name), t, simple=True, trusted=t != ANY) for name, t in given.items()}
        item = Value("data", t, simple=True, trusted=True, complete=False)
        env = Env(item, EVENT, self.direction, False, names={**self.slot_values(), **names}, subject=((),))
        with self.module.recorder.within(self.module.recorder.named[key]):
            self.block(block, env, code)
        parameters = "".join(f", {identifier(name)}: Any" for name in given)
        head = f"data: dict[str, Any], n: int, out: list[Named]{parameters}"
        self._method(self.methods["procedure", name], head, code, self.module.where(block.span))


def _all(block: Block, procedures: dict[str, Block], seen: set[str]) -> list[CallProcedure]:
    """The calls in a procedure, and in those that it calls."""
    found = [step for step in steps_below(block) if isinstance(step, CallProcedure)]
    for step in list(found):
        if step.name not in seen and step.name in procedures:
            found += _all(procedures[step.name], procedures, seen | {step.name})
    return found


def _names(block: Block, defs: dict[str, Rule]) -> set[str]:
    """The names that the steps of a procedure read, in definitions too."""
    found: set[str] = set()
    for step in steps_below(block):
        waiting: list[object] = list(vars(step).values())
        while waiting:
            part = waiting.pop()
            if isinstance(part, Rule):
                found |= {name[1:] for name in free_names(part, defs)}
            elif isinstance(part, Expression):
                found |= {one.name[1:] for one in ast.walk(part.tree) if isinstance(one, ast.Variable)}
            elif isinstance(part, tuple):
                waiting += part
    return found
