"""The static half of the trace: which field of a container that a rule makes came from which fields of its item."""

from __future__ import annotations

from typing import Any

from dragoman_codegen.account import pure_path
from dragoman_codegen.emit.base import Env
from dragoman_codegen.jmes.python import quote
from dragoman_codegen.rules import Get, ListOf, Literal, Make, Modifiers, Rule

__all__ = ["from_map"]


def from_map(emitter: Any, rule: Rule, env: Env) -> str:
    """`{target path: ((source paths), copied)}` as Python."""
    entries: dict[str, tuple[tuple[str, ...], bool]] = {}
    _fields(emitter, rule, env, "", entries)
    shown = []
    for target, (paths, copied) in entries.items():
        sources = ", ".join(map(quote, paths))
        shown.append(f"{quote(target)}: (({sources}{',' if len(paths) == 1 else ''}), {copied})")
    return "{" + ", ".join(shown) + "}"


def _fields(emitter: Any, rule: Rule, env: Env, prefix: str, entries: dict[str, tuple[tuple[str, ...], bool]]) -> None:
    if isinstance(rule, Make):
        for f in rule.fields:
            _fields(emitter, f.rule, env, f"{prefix}.{f.name}" if prefix else f.name, entries)
        return
    if isinstance(rule, ListOf):
        for item in rule.items:
            _fields(emitter, item, env, f"{prefix}.[]", entries)
        return
    if isinstance(rule, Literal):
        return
    paths = tuple(".".join(path).replace(".[]", "[]") for path in emitter.read_by(rule, env))
    if not paths:
        return
    copied = isinstance(rule, Get) and rule.mods == Modifiers() and pure_path(rule.expr) is not None
    known = entries.get(prefix)
    entries[prefix] = (tuple(dict.fromkeys([*known[0], *paths])), False) if known else (paths, copied)
