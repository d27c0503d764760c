"""The account of an item, with what definitions on the same item read on its behalf."""

from __future__ import annotations

from dragoman_codegen.account import Condition, Path
from dragoman_codegen.emit.base import Env
from dragoman_codegen.emit.strangers import Strangers
from dragoman_codegen.jmes import CodeBlock
from dragoman_codegen.jmes.python import literal_code
from dragoman_codegen.lent import Conditions, Entered, lent, listed
from dragoman_codegen.replacing import replace
from dragoman_codegen.types import only

__all__ = ["Lending"]


class Lending(Strangers):
    def account(
        self, env: Env, code: CodeBlock, path: Path | None, before: Env | None = None, matched: Path | None = None
    ) -> None:
        super().account(env, code, path, before, matched)
        if not env.accounting:
            return
        found = lent(env.accesses, env.own, env.conditions, before.conditions if before is not None else None)
        for entered in found.objects:
            if env.only is None or entered.path[0] in env.only:
                self._entered(entered, env, code)
        for path in listed(env.accesses, env.own, env.conditions, before.conditions if before is not None else None):
            if env.only is None or path[0] in env.only:
                self.elements(env, code, path)
        for entry, asked in found.entries:
            if env.only is not None and entry.path[0] not in env.only:
                continue
            if asked:
                with code.block(f"if {self._hold(asked, env, code)}:"):
                    self._disposition(entry, env, code)
            elif before is not None and entry.path[:-1] not in before.known:
                self._disposition(entry, env, code)

    def _entered(self, entered: Entered, env: Env, code: CodeBlock) -> None:
        block = code.scratch()
        value = self.expressions.path(entered.path, env, block)
        t = only(value.type, "object")
        if not t.objects:
            return
        handed = [a for a in env.accesses if frozenset(a.conditions) - env.conditions in entered.unless]
        rest = tuple(a for a in env.accesses if a not in handed or a.entry is not None or a.path != entered.path)
        quiet, drops = self.sorted_members(replace(env, accesses=rest), entered.path, t)
        if quiet is None:
            return
        code.include(block)
        hint = entered.path[-1].strip("_").upper()
        names = self.module.names(f"_{hint}_KEYS", quiet)
        losses = self.module.mapping(f"_{hint}_DROPS", drops)
        name = value.code
        if not value.simple:
            name = code.fresh(entered.path[-1])
            code.line(f"{name} = {value.code}")
        tests = [f"type({name}) is dict", *(f"not ({self._hold(one, env, code)})" for one in entered.unless)]
        with code.block(f"if {' and '.join(tests)} and not {names}.issuperset({name}):"):
            code.line(f"call.leftovers({name}, {names}, {losses}, {env.at(entered.path).code})")

    def _hold(self, conditions: Conditions, env: Env, code: CodeBlock) -> str:
        """The condition in Python under which all of these hold."""
        return " and ".join(self._holds(one, env, code) for one in sorted(conditions, key=lambda c: (c.path, str(c))))

    def _holds(self, condition: Condition, env: Env, code: CodeBlock) -> str:
        value = self.expressions.path(condition.path, env, code)
        name = value.code
        if not value.simple:
            name = code.fresh(condition.path[-1])
            code.line(f"{name} = {value.code}")
        truths = {str(one).lower(): one for one in value.type.literals or () if isinstance(one, bool)}
        values = [truths.get(text, text) for text in sorted(text for text in condition.values if text is not None)]
        tests = [f"{name} is None"] if None in condition.values else []
        if len(values) == 1:
            tests.append(f"{name} == {literal_code(values[0])}")
        elif values:
            tests.append(f"{name} in ({', '.join(map(literal_code, values))})")
        test = " or ".join(tests) or "False"
        return f"not ({test})" if condition.negated else f"({test})" if len(tests) > 1 else test
