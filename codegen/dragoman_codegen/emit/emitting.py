"""What the parts of the rule emitter may call of each other. `RuleEmitter` puts the parts together."""

from __future__ import annotations

from typing import Any

from dragoman_codegen.account import Path
from dragoman_codegen.emit.base import Env, Place, Sink
from dragoman_codegen.emit.expressions import Expressions
from dragoman_codegen.emit.module import Module
from dragoman_codegen.emit.strangers import Strangers
from dragoman_codegen.jmes import CodeBlock, Value
from dragoman_codegen.rules import Each, Expression, Rule
from dragoman_codegen.types import Type

__all__ = ["Emitting"]


class Emitting:
    module: Module
    expressions: Expressions
    scopes: Strangers
    defs: dict[str, Rule]
    short: dict[str, Rule]
    """Definitions that are written where they are used."""

    def emit(self, rule: Rule, env: Env, code: CodeBlock, sink: Sink) -> None:
        raise NotImplementedError

    def item(
        self,
        rule: Rule,
        env: Env,
        item: Value,
        place: Place,
        code: CodeBlock,
        sink: Sink,
        *,
        owned: bool = True,
        source: Expression | None = None,
    ) -> None:
        raise NotImplementedError

    def concern(self, rule: Any, about: Any, env: Env, code: CodeBlock) -> None:
        raise NotImplementedError

    def call_definition(
        self, definition: Any, item: Value, place: Place, env: Env, rule: Rule, source: Expression | None = None
    ) -> Value:
        raise NotImplementedError

    def stands_here(self, rule: Any, env: Env) -> bool:
        raise NotImplementedError

    def unless_null(self, called: Value, item: Value) -> Value:
        raise NotImplementedError

    def value(self, rule: Rule, env: Env, code: CodeBlock, hint: str, *, keep: bool = False) -> Value:
        raise NotImplementedError

    def each_into(self, rule: Each, env: Env, code: CodeBlock, name: str) -> list[Type]:
        raise NotImplementedError

    def _named(self, value: Value, code: CodeBlock, hint: str) -> Value:
        raise NotImplementedError

    def _root_match(self, rule: Rule, env: Env) -> str | None:
        raise NotImplementedError

    def head(self, rule: Rule, env: Env, code: CodeBlock, sink: Sink) -> None:
        raise NotImplementedError

    def read_by(self, rule: Rule, env: Env) -> tuple[Path, ...]:
        raise NotImplementedError

    def standing(self, rule: Rule, env: Env) -> Place:
        raise NotImplementedError

    def lets(self, rule: Rule, env: Env, code: CodeBlock) -> Env:
        raise NotImplementedError

    @staticmethod
    def asks_lets(rule: Rule) -> bool:
        raise NotImplementedError
