"""Members that no schema knows: of what is taken as a whole elsewhere, and of elements of lists."""

from __future__ import annotations

from dragoman_codegen.account import Path
from dragoman_codegen.emit.base import Env, Place
from dragoman_codegen.emit.kinds import is_made
from dragoman_codegen.emit.scopes import Scopes
from dragoman_codegen.jmes import CodeBlock, Value
from dragoman_codegen.jmes.code import singular
from dragoman_codegen.jmes.python import quote
from dragoman_codegen.replacing import replace
from dragoman_codegen.types import NEVER, element, field, only
from dragoman_codegen.untaken import dropped_members, known_members, of_this_case, read_members

__all__ = ["Strangers"]


class Strangers(Scopes):
    def unknown_only(self, env: Env, code: CodeBlock, at: Path = ()) -> None:
        """Report members of the item, or of an object in it, that its schema does not know, and what is dropped of it.

        For where what rules read of it was not asked, because it is taken as a whole elsewhere.
        """
        if not env.accounting or (env.only is not None and (not at or at[0] not in env.only)):
            return
        above = (env.known.get(at[:n]) for n in range(1, len(at)))
        if any(value is not None and not value.type.may("object") for value in above):
            return
        block, back = code.scratch(), code.checkpoint()
        value = self.expressions.path(at, env, block) if at else env.item
        t = only(value.type, "object")
        home = (*env.origins[at[0]][0], *at[1:]) if at and env.origins.get(at[0]) else at
        case = of_this_case(t, home, env.conditions)  # what only other kinds have is strange too
        members = known_members(case) if at or len(case.objects) < len(t.objects) else env.members
        if not t.objects or not members or is_made(t) or self.sorted_members(env, home, t, asked=True)[0] is not None:
            back()
            return
        code.include(block)
        name, place = value.code, env.at(at).code
        if not value.simple:
            name = code.fresh(at[-1].lstrip("$") if at else "item")
            code.line(f"{name} = {value.code}")
        known = set(members | read_members(env.accesses, home, case)) if at else set(members)
        told = dropped_members(env.accesses, home, env.conditions)
        drops = {n: self.module.rule("dropped", e.severity, e.reason, e.span) for n, e in told.items()}
        hint = f"_{name.strip('_').upper()}"
        self.single(replace(value, code=name), f"_{hint.strip('_')}_SINGLE", env, at, code)
        names = self.module.names(f"{hint}_{'KEYS' if at else 'MEMBERS'}", known - set(drops))
        losses = self.module.mapping(f"{hint}_DROPS", drops | self.unknown(env, home))
        test = f"not {names}.issuperset({name})"
        if at or value.type.kinds - {"object", "null"}:
            test = f"type({name}) is dict and {test}"
        elif value.type.nullable:
            test = f"{name} is not None and {test}"
        with code.block(f"if {test}:"):
            code.line(f"call.leftovers({name}, {names}, {losses}, {place})")

    def elements(self, env: Env, code: CodeBlock, path: Path) -> None:
        """Report members that no rule reads, of the elements of a list that expressions go into."""
        block, back = code.scratch(), code.checkpoint()
        value = self.expressions.path(path, env, block)
        if not self._through(env, path, value, env.at(path), block):
            back()
            return
        code.include(block)

    def _through(self, env: Env, path: Path, listed: Value, place: Place, code: CodeBlock) -> bool:
        t = only(element(only(listed.type, "array")), "object") if listed.type.may("array") else NEVER
        if not any(o.props for o in t.objects) or is_made(t) or path in env.stepped:
            return False
        back = code.checkpoint()
        name, index = listed.code, code.fresh("i")
        if not listed.simple:
            name = code.fresh(next((key for key in reversed(path) if key != "[]"), "items"))
        item = Value(code.fresh(singular(name)), t, simple=True, trusted=True)
        below = code.scratch(deeper=2)
        self._below(env, path, item, place.child(index), below)
        if below:
            if not listed.simple:
                code.line(f"{name} = {listed.code}")
            header = f"for {index}, {item.code} in enumerate({name} if type({name}) is list else ()):"
            with code.block(header), code.block(f"if type({item.code}) is dict:"):
                self.element_keys(env, path, item, place.child(index), code)
                code.include(below)
            return True
        back()
        quiet, drops = self.sorted_members(env, path, t)
        if quiet is None:
            return False
        names = self.module.names(f"_{item.code.strip('_').upper()}_KEYS", quiet)
        losses = self.module.mapping(f"_{item.code.strip('_').upper()}_DROPS", drops)
        code.line(f"call.elements({listed.code}, {names}, {losses}, {place.code})")
        return True

    def members(self, env: Env, path: Path, item: Value, place: Place, code: CodeBlock) -> None:
        """Report members that nothing reads: of an element, and of the objects in it that rules or steps go into."""
        self.element_keys(env, path, item, place, code)
        self._below(env, path, item, place, code)

    def _below(self, env: Env, path: Path, item: Value, place: Place, code: CodeBlock) -> None:
        n = len(path)
        below = [a for a in env.accesses if len(a.path) > n + 1 and a.path[:n] == path and a.path[n] != "[]"]
        for key in dict.fromkeys(a.path[n] for a in below):
            t, at, back = field(item.type, key), (*path, key), code.checkpoint()
            name = code.fresh(key)
            inner, lists = code.scratch(deeper=1), code.scratch()
            value = Value(name, only(t, "object"), simple=True, trusted=True)
            if value.type.objects and not is_made(value.type):
                self.members(env, at, value, place.child(quote(key)), inner)
            gone = any(a.path[: n + 2] == (*at, "[]") and len(a.path) > n + 2 and a.kind != "test" for a in below)
            if gone and not any(a.path == at and a.kind in ("value", "loop") for a in env.accesses):
                there = Value(name if inner else f"{item.code}.get({quote(key)})", t, simple=bool(inner))
                self._through(env, (*at, "[]"), there, place.child(quote(key)), lists)
            if inner:
                code.line(f"{name} = {item.code}.get({quote(key)})")
                with code.block(f"if type({name}) is dict:"):
                    code.include(inner)
            elif not lists:
                back()
            code.include(lists)

    def element_keys(self, env: Env, path: Path, item: Value, place: Place, code: CodeBlock) -> None:
        """The same for an element that a loop of a stream goes through."""
        for access in env.accesses:
            entry = access.entry
            if entry is not None and access.path[:-1] == path and entry.kind != "ignore" and not entry.plain:
                key = quote(access.path[-1])
                found = Value(f"{item.code}.get({key})", field(item.type, access.path[-1]))
                self.said(entry, found, place.child(key).code, env, code)
        quiet, drops = self.sorted_members(env, path, only(item.type, "object"))
        if quiet is None or not item.type.objects:
            return
        names = self.module.names(f"_{item.code.upper()}_KEYS", quiet)
        losses = self.module.mapping(f"_{item.code.upper()}_DROPS", drops)
        with code.block(f"if not {names}.issuperset({item.code}):"):
            code.line(f"call.leftovers({item.code}, {names}, {losses}, {place.code})")
