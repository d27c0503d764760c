"""The static half of the trace: which field of a container that a rule makes came from which fields of its item."""

from __future__ import annotations

from typing import Any

from dragoman_codegen.account import Path, accesses, pure_path
from dragoman_codegen.emit.base import Env, Place
from dragoman_codegen.jmes.ast import conjuncts, path_of
from dragoman_codegen.jmes.python import quote
from dragoman_codegen.rules import Get, ListOf, Literal, Make, Modifiers, Rule

__all__ = ["from_map"]


def from_map(emitter: Any, rule: Rule, env: Env) -> str:
    """`{target path: ((source paths), copied)}` as Python."""
    entries: dict[str, tuple[tuple[str, ...], bool]] = {}
    _fields(emitter, rule, env, "", entries)
    union = _union(entries)
    apart = len({path.partition(".")[0].partition("[")[0] for path in union}) > 1
    whole = env.accounting and ((env.item_root and apart) or _whole(emitter, rule, env))
    whole = whole or (not union and env.accounting and env.place != Place())  # constants alone stand for the element
    if env.place != Place():
        union = tuple(dict.fromkeys([*union, *_asked(union, env)]))
    entries[""] = (("",) if whole else union, False)
    shown = []
    for target, (paths, copied) in entries.items():
        sources = ", ".join(map(quote, paths))
        shown.append(f"{quote(target)}: (({sources}{',' if len(paths) == 1 else ''}), {copied})")
    return "{" + ", ".join(shown) + "}"


def _union(entries: dict[str, tuple[tuple[str, ...], bool]]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(path for paths, _ in entries.values() for path in paths))


def _asked(read: tuple[str, ...], env: Env) -> list[str]:
    """The members of an element that one condition asks for together: what is made of some of them stands for all."""
    found: list[str] = []
    for tree, _ in env.truths:
        paths = [path for part in conjuncts(tree) if (path := path_of(part)) is not None and path.root == "@"]
        asked = [".".join(map(str, path.keys)) for path in paths if all(isinstance(key, str) for key in path.keys)]
        found += asked if set(asked) & set(read) else []
    return found


def _home(path: Path, env: Env) -> Path:
    """A path of an element that steps go through, as a path of the event."""
    if path and path[0] in env.places and env.origins.get(path[0]):
        return (*env.origins[path[0]][0], *path[1:])
    return path


def _whole(emitter: Any, rule: Rule, env: Env) -> bool:
    """Does the rule take all of the item that is taken at all? Then what it makes stands for the item."""
    taken = {path[0] for path in emitter.read_by(rule, env) if path}
    there = {
        access.path[0]
        for access in env.accesses
        if access.kind in ("value", "loop")
        and access.path
        and access.entry is None
        and set(access.conditions) <= env.conditions
    }
    return there <= taken


def _fields(emitter: Any, rule: Rule, env: Env, prefix: str, entries: dict[str, tuple[tuple[str, ...], bool]]) -> None:
    if isinstance(rule, Make):
        for f in rule.fields:
            _fields(emitter, f.rule, env, f"{prefix}.{f.name}" if prefix else f.name, entries)
        if prefix:  # an object that is lost as a whole is what it was put together from
            below = {target: entry for target, entry in entries.items() if target.startswith(f"{prefix}.")}
            if found := _union(below):
                entries.setdefault(prefix, (found, False))
        return
    if isinstance(rule, ListOf):
        for item in rule.items:
            _fields(emitter, item, env, f"{prefix}.[]", entries)
        return
    if isinstance(rule, Literal):
        if prefix:
            entries.setdefault(prefix, ((), False))  # made up: nothing of it is the caller's
        return
    if isinstance(rule, Get) and pure_path(rule.expr) == () and prefix:
        entries[prefix] = (("",), rule.mods == Modifiers())  # the item itself is put below
        return
    read = emitter.read_by(rule, env) or tuple(
        access.path for access in accesses(rule, emitter.defs) if access.kind in ("test", "told") and access.path
    )
    paths = tuple(".".join(_home(path, env)).replace(".[]", "[]") for path in read)
    if not paths:
        return
    copied = isinstance(rule, Get) and rule.mods == Modifiers() and pure_path(rule.expr) is not None
    known = entries.get(prefix)
    entries[prefix] = (tuple(dict.fromkeys([*known[0], *paths])), False) if known else (paths, copied)
