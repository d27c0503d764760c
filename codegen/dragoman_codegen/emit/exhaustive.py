"""Values that the schema has and nothing takes: `$match` without a case for them, tables without a row.

Only for what is read of the schema itself or of the model's facts: of what rules made, the type may be too large.
"""

from __future__ import annotations

from collections.abc import Iterable

from dragoman_codegen.account import MADE
from dragoman_codegen.diagnostics import Diagnostics, nearest, quote
from dragoman_codegen.emit.base import Env
from dragoman_codegen.emit.module import Module
from dragoman_codegen.jmes import Value
from dragoman_codegen.jmes.ast import path_of
from dragoman_codegen.rules import Expression, Lookup
from dragoman_codegen.spec import Provider, Table
from dragoman_codegen.types import ANY, Type

__all__ = ["Asked", "every_case", "every_row", "stray_rows", "texts_asked"]

_MOST = 6


def every_case(
    diagnostics: Diagnostics, on: Expression, value: Value, named: Iterable[str], env: Env, otherwise: str = "$else"
) -> None:
    """Report values of what is matched for which there is no case. Null takes a way of its own."""
    missing = _missing(value.type, named) if _of_schema(on, env) else []
    if missing:
        help = f"add a case, or say under {otherwise} what becomes of it"
        diagnostics.error("DG464", on.span, f"there is no case for {_listed(missing)}", help)


def every_row(module: Module, rule: Lookup, value: Value, table: Table, env: Env) -> None:
    """Report values of what is looked up for which there is no row; remember which values may come."""
    diagnostics = module.diagnostics
    found = module.asked.setdefault((table.name, env.direction), [])
    found.append(value.type if _closed(value.type) and _of_schema(rule.of, env) else ANY)
    missing = _missing(value.type, table.entries(env.direction)) if _of_schema(rule.of, env) else []
    others = env.direction in table.unknown
    if others and (env.direction == "to_wire" or not value.type.may("string") or value.type.may("boolean")):
        missing = []  # what a client asks for may be told apart by rules before; a server answers with what it has
    if missing:
        only = "to_wire_only" if env.direction == "to_wire" else "to_hub_only"
        help = f"add it to `pairs` or `{only}`, or say under `unknown` what others become"
        if others:
            help = f"add it to `pairs` or `{only}`: `unknown` is for values that the schema has not"
        message = f"the table {quote(table.name)} has no row for {_listed(missing)}"
        diagnostics.error("DG465", table.span, message, help)


def _of_schema(expr: Expression, env: Env) -> bool:
    path = path_of(expr.tree)
    if path is None or path.root != "@":
        return path is not None and path.root == "$model"
    keys = tuple(map(str, path.keys))
    holders = [env.item, *(env.known[keys[:n]] for n in range(1, len(keys)) if keys[:n] in env.known)]
    return not any(o.name == MADE for holder in holders for o in holder.type.objects)


Asked = dict[tuple[str, str], set[str] | None]
"""For tables and directions the texts that may be looked up; None where anything may be."""


def texts_asked(module: Module) -> Asked:
    """What is looked up in one module."""
    return {
        use: None if ANY in types else {str(x) for t in types for x in t.literals or ()}
        for use, types in module.asked.items()
    }


def stray_rows(provider: Provider, modules: Iterable[Asked], diagnostics: Diagnostics) -> None:
    """Report keys of tables that no schema has where the table is used."""
    every: Asked = {}
    for found in modules:
        for use, texts in found.items():
            before = every.get(use, set())
            every[use] = None if texts is None or before is None else before | texts
    for (name, direction), known in every.items():
        if known is None:
            continue
        allowed = sorted(known)
        rows = provider.tables[name].entries(direction)
        for key, entry in rows.items():
            if key not in allowed:
                left = [x for x in allowed if x not in rows]
                near = nearest(key, left)
                help = (
                    f"did you mean {quote(near)}?"
                    if near
                    else f"it has only {', '.join(allowed[:12])}: take the row out"
                )
                message = f"the schema has no value {quote(key)} for the table {quote(name)}"
                diagnostics.error("DG474", entry.key_span or entry.span, message, help)


def _closed(t: Type) -> bool:
    return t.literals is not None and not t.kinds - {"null", "string"}


def _missing(t: Type, named: Iterable[str]) -> list[str]:
    if t.literals is None or t.kinds - {"null", "boolean", "string"}:
        return []
    values = {str(value).lower() if isinstance(value, bool) else str(value) for value in t.literals}
    return sorted(values - set(named))


def _listed(values: list[str]) -> str:
    shown = [quote(value) for value in values[:_MOST]] + (["…"] if len(values) > _MOST else [])
    return shown[0] if len(shown) == 1 else f"{', '.join(shown[:-1])} or {shown[-1]}"
