"""Steps that write the slots of a stream; what they put in is what expressions may count on."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from dragoman_codegen.diagnostics import Span, nearest
from dragoman_codegen.emit.base import Env, Made, comment
from dragoman_codegen.emit.rules import RuleEmitter
from dragoman_codegen.jmes import CodeBlock, Value, ast
from dragoman_codegen.jmes.ast import path_of
from dragoman_codegen.jmes.code import identifier
from dragoman_codegen.jmes.python import quote
from dragoman_codegen.rules import Get, Rule, Same, walk
from dragoman_codegen.steps import Put, StreamSide, steps_below
from dragoman_codegen.types import ANY, NULL, join

__all__ = ["SlotSteps", "handed_on"]

_KINDS = {
    "string": frozenset({"string"}),
    "integer": frozenset({"number"}),
    "number": frozenset({"number"}),
    "boolean": frozenset({"boolean"}),
    "object": frozenset({"object"}),
    "map": frozenset({"object"}),
    "list": frozenset({"array"}),
}


_LOOKS = frozenset({"contains", "join", "json_text", "keys", "length", "max", "min", "sum", "to_string", "type"})
_GOES_IN = (ast.Compare, ast.Flatten, ast.Index, ast.Not, ast.Project, ast.Slice, ast.Sub, ast.Values)
"""Functions and operators that do not give on what they are given, but what is in it, if anything."""


def handed_on(side: StreamSide, defs: Mapping[str, Rule]) -> frozenset[str]:
    """The slots whose value rules hand on as it is: an event may hold it, and must not change after it was made."""
    blocks = [*(block for _, block in side.events), *side.procedures.values(), side.unknown, side.end]
    steps = [tuple(vars(step).values()) for block in blocks if block is not None for step in steps_below(block)]
    rules = (node for part in (*steps, *side.templates.values(), *defs.values()) for node in walk(part))
    given = (node.expr if isinstance(node, Get) else node.source for node in rules if isinstance(node, Get | Same))
    return frozenset(name for expr in given for name in _as_they_are(expr.tree))


def _as_they_are(tree: ast.Expr) -> Iterator[str]:
    """The slots that an expression may give as they are: all that it does not go into, or only looks at."""
    path = path_of(tree)
    if path is not None:
        if path.root == "$state" and len(path.keys) == 1:
            yield str(path.keys[0])
    elif not (isinstance(tree, ast.Call) and tree.name in _LOOKS):
        parts = ast.children(tree)[1:] if isinstance(tree, _GOES_IN) else ast.children(tree)
        yield from (name for part in parts for name in _as_they_are(part))


class SlotSteps(RuleEmitter):
    side: StreamSide
    direction: str

    @staticmethod
    def attribute(name: str) -> str:
        raise NotImplementedError

    def _put(self, step: Put, env: Env, code: CodeBlock) -> None:
        """An entry of a map; its key is a text or a whole number."""
        key = self.expressions.compile(step.at, env, code)
        value = self.value(step.value, env.inner(), code, "entry")
        self._known_slot(step.slot, step.named, "map")
        where = self.module.where(step.span)
        slot = f"self.{self.attribute(step.slot)}"
        self.module.put.setdefault((self.direction, step.slot), []).append(value)
        if not key.trusted or not (key.type.always("string") or (key.simple and key.type.always("number"))):
            self.module.kit("put_entry", "dragoman.kit.stream")
            code.line(comment(f"put_entry({slot}, {key.code}, {value.code}, {env.place.code})", where))
            return
        if key.type.may("number") and not key.code.isdecimal():
            self.module.kit("malformed")
            with code.block(f"if type({key.code}) is not int:"):
                code.line(f'raise malformed({env.place.code}, "a key (a text or a number)", {key.code})')
        code.line(comment(f"{slot}[{key.code}] = {value.code}", where))

    def _known_slot(self, name: str, named: Span, wanted: str = "") -> None:
        """Report a slot that is not there, or that is not of the type that the step is for."""
        kinds = {slot.name: slot.type for slot in self.side.state}
        if name not in kinds:
            self._no_such("DG453", named, "slot", name, kinds)
        elif wanted and kinds[name] != wanted:
            step = {"list": "add", "map": "put"}[wanted]
            message = f"`{step}` is for slots of type {wanted}, and {quote(name)} is of type {kinds[name]}"
            self.module.diagnostics.error(
                "DG457", named, message, "use `set`, or give the slot another type under `state`"
            )

    def _no_such(self, code: str, span: Span, what: str, name: str, known: Iterable[str]) -> None:
        near = nearest(name, known)
        help = f"did you mean {quote(near)}?" if near else None
        self.module.diagnostics.error(code, span, f"there is no {what} {quote(name)}", help)

    def _set(self, name: str, rule: Rule, env: Env, code: CodeBlock, named: Span) -> None:
        self._known_slot(name, named)
        value = self.value(rule, env.inner(), code, identifier(name))
        kinds = {slot.name: slot.type for slot in self.side.state}
        sure = value.trusted and value.type.kinds - {"null"} <= _KINDS.get(kinds.get(name, ""), frozenset())
        wanted = _KINDS.get(kinds.get(name, ""), value.type.kinds)
        if value.type.kinds and not value.type.may(*wanted, "null"):
            what = f"the slot {quote(name)} is of type {kinds[name]}, and this is {value.type.words}"
            self.module.diagnostics.error(
                "DG458", rule.span, what, "give the slot that type under `state`, or put in another value"
            )
        t = join(value.type, NULL) if isinstance(value, Made) else value.type
        put = Value("", ANY) if kinds.get(name) == "map" else Value("", t, trusted=sure)
        self.module.put.setdefault((self.direction, name), []).append(put)
        code.line(comment(f"self.{self.attribute(name)} = {value.code}", self.module.where(rule.span)))
