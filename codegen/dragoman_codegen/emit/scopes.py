"""Entering an item: its containers are checked and named, its keys compared with what the rules read."""

from __future__ import annotations

from collections.abc import Iterable

from dragoman.kit.call import SEVERAL, UNKNOWN
from dragoman.loss import Rule as Lost
from dragoman_codegen.account import Path, excluded, ignored, spoken_of_others
from dragoman_codegen.emit.base import Env, Fork, bracketed
from dragoman_codegen.emit.expressions import Expressions
from dragoman_codegen.emit.kinds import by_kind, is_made, looked_up
from dragoman_codegen.emit.module import Module
from dragoman_codegen.emit.totality import Totality
from dragoman_codegen.jmes import CodeBlock, Value
from dragoman_codegen.jmes.python import COMPARE, literal_code, quote
from dragoman_codegen.replacing import replace
from dragoman_codegen.rules import Disposition
from dragoman_codegen.types import KINDS, NEVER, Type, field, only
from dragoman_codegen.untaken import takes_objects

__all__ = ["Scopes", "failure"]

_TESTS = {
    "object": "type({}) is not dict",
    "array": "type({}) is not list",
    "string": "type({}) is not str",
    "boolean": "type({}) is not bool",
    "number": "type({0}) is not int and type({0}) is not float",
}
_WORDS = {
    "object": "an object",
    "array": "a list",
    "string": "a text",
    "boolean": "true or false",
    "number": "a number",
}


def failure(t: Type, name: str) -> tuple[str, str] | None:
    """The condition under which a local is not of the type's kinds, and what was expected; None if anything goes."""
    if t.kinds == KINDS or not t.kinds - {"null"}:
        return None
    kinds = [kind for kind in _TESTS if kind in t.kinds]
    if len(kinds) == len(_TESTS):
        return None
    tests = ([f"{name} is not None"] if t.nullable else []) + [
        _TESTS[kind].format(name)
        for kind in sorted(kinds, key=lambda kind: kind != "string")  # most are texts
    ]
    return " and ".join(tests), " or ".join(_WORDS[kind] for kind in kinds)


class Scopes(Totality):
    def __init__(self, module: Module, expressions: Expressions) -> None:
        self.module = module
        self.expressions = expressions
        self._reported: set[tuple[object, Path]] = set()

    def check(self, code: CodeBlock, name: str, t: Type, place: str, where: str = "") -> None:
        """Raise unless the local is of the type's kinds."""
        found = failure(t, name)
        if found is not None:
            self.module.kit("malformed")
            with code.block(f"if {found[0]}:"):
                code.line(f"raise malformed({place}, {quote(found[1])}, {name})")

    # ------------------------------------------------------------------ entering
    def enter(self, env: Env, code: CodeBlock, asked: str | None = None) -> Env:
        """Name and check what the accesses that hold here go into, as far as that is not done yet.

        `asked`: a member that is compared with every text that it may be before it is used.
        """
        now = [a for a in env.own if set(a.conditions) <= env.conditions and not a.loose]
        counts: dict[Path, int] = {}
        deep: dict[Path, None] = {}
        loops: set[Path] = set()
        taken: set[Path] = set()
        for access in dict.fromkeys(now):
            path = access.path[: access.path.index("[]")] if "[]" in access.path else access.path
            if not path:
                continue
            if access.entry is None:
                counts[path] = counts.get(path, 0) + 1
            deep.update(dict.fromkeys(path[:n] for n in range(1, len(path))))
            if access.kind == "loop" or len(path) < len(access.path):
                loops.add(path)
            if access.kind == "value" and access.entry is None:
                taken.add(path)
        paths = sorted(dict.fromkeys([*deep, *counts]), key=len)
        seldom = self._seldom(env, paths)

        def name(env: Env, code: CodeBlock, *, rare: bool) -> Env:
            for path in paths:
                if (path[0] in seldom) is rare:
                    always = rare or path in deep or path in loops or counts.get(path, 0) > 1
                    env = self._name(
                        path, env, code, deep=path in deep, always=always, taken=path in taken, sure=path == (asked,)
                    )
            return env

        env = name(env, code, rare=False)
        if not seldom:
            return env
        usual = frozenset(name for o in env.item.type.objects for name in o.usual)
        test = self.nothing_else(env, usual) if env.often else None
        if test is not None:
            return replace(env, fork=Fork(test, usual, lambda env, code: name(env, code, rare=True)))
        if env.more[0] != env.item.code:
            more = code.fresh("more")
            names = self.module.names(f"_{env.item.code.strip('_').upper()}_USUAL", set(usual))
            code.line(f"{more} = not {names}.issuperset({env.item.code})")
            env = replace(env, more=(env.item.code, more))
        block = code.scratch(deeper=1)
        inner = name(env, block, rare=True)
        found = [value.code for path, value in inner.known.items() if path not in env.known]
        code.use("ABSENT")
        code.line(f"{' = '.join(found)} = ABSENT")
        with code.block(f"if {env.more[1]}:"):
            code.include(block)
        return inner

    @staticmethod
    def _seldom(env: Env, paths: Iterable[Path]) -> set[str]:
        """Members that the object mostly does not hold: one question for all of them."""
        t = env.item.type
        if not t.objects or not t.always("object") or not all(o.usual for o in t.objects) or not env.item.simple:
            return set()
        found = {path[0] for path in paths if path[:1] not in env.known}
        found = {
            name
            for name in found
            if any(name in o.props for o in t.objects) and not any(name in o.usual for o in t.objects)
            if field(t, name).nullable
        }
        return found if env.accounting or env.often or len(found) > 2 else set()  # the answer serves the account too

    @staticmethod
    def nothing_else(env: Env, usual: frozenset[str]) -> str | None:
        """The condition under which the item holds its usual members and no others, if that is easily said."""
        told = {c.path[0] for c in env.conditions if len(c.path) == 1 and not c.negated and None not in c.values}
        looked = {name: env.known[name,] for name in usual - told if (name,) in env.known}
        if len(looked) + len(usual & told) < len(usual) or not all(value.trusted for value in looked.values()):
            return None
        tests = [f"{value.code} is not None" for value in looked.values() if value.type.nullable]
        return " and ".join([f"len({env.item.code}) == {len(usual)}", *sorted(tests)])

    def _name(self, path: Path, env: Env, code: CodeBlock, *, deep: bool, always: bool, taken: bool, sure: bool) -> Env:
        """A local for what is gone into or read often, and for what must be there (a constant only if it is taken)."""
        if path in env.known:
            return env
        parent = env.known.get(path[:-1]) if len(path) > 1 else env.item
        if parent is None or not parent.type.objects or not parent.simple:
            return env
        if is_made(parent.type) or not any(path[-1] in o.props for o in parent.type.objects):
            return env
        t = field(parent.type, path[-1])
        there = field(only(parent.type, "object"), path[-1])  # what it is where its holder is an object
        constant = t.literals is not None and len(t.literals) == 1 and not there.nullable
        if not (always or (not there.nullable and (taken or not constant))):
            return env
        name = code.fresh(path[-1])
        read = f"{name} = {parent.code}.get({quote(path[-1])})"
        others = parent.type.kinds - {"object", "null"}
        is_object = f"type({parent.code}) is dict" if others else f"{parent.code} is not None"
        whole = parent.type.kinds == {"object"}
        if sure or whole or there.nullable or failure(there, name) is None:
            code.line(read if whole else f"{read} if {is_object} else None")
            if not sure:
                self.check(code, name, t, env.at(path).code)
        else:  # it must be there, where its holder is
            code.line(f"{name} = None")
            with code.block(f"if {is_object}:"):
                code.line(read)
                self.check(code, name, there, env.at(path).code)
        value = Value(name, t, simple=True, trusted=True, complete=False)
        env = env.knowing({path: value})
        told_apart = any(c.path[:-1] == path for access in env.own for c in access.conditions)
        if deep and only(t, "object").objects and not told_apart:
            self.keys(env, path, code, guarded=t.kinds != {"object"})
        return env

    # ------------------------------------------------------------------ keys
    def account(
        self, env: Env, code: CodeBlock, path: Path | None, before: Env | None = None, matched: Path | None = None
    ) -> None:
        """Report members of the object at `path` that no rule reads, and what is dropped or rejected with a condition.

        What is said of members that nothing else reads is asked only when there is a member that no rule reads.
        """
        if not env.accounting:
            return
        entries = self._pending(env, before, matched)
        if env.only is not None:
            entries = [entry for entry in entries if entry.path[0] in env.only]
        seldom: set[str] = set()
        if path is not None:
            seldom = {e.path[-1] for e in entries if e.path[:-1] == path and self._unread(env, path, e.path[-1])}
            rare = [e for e in entries if e.path[:-1] == path and e.path[-1] in seldom]
            self.keys(env, path, code, seldom=frozenset(seldom), rare=rare)
        for entry in entries:
            if path is None or entry.path[:-1] != path or entry.path[-1] not in seldom:
                self._disposition(entry, env, code)

    @staticmethod
    def _unread(env: Env, path: Path, name: str) -> bool:
        """Nothing reads the member: only an entry of `$drop` or `$reject` speaks of it."""
        below = (*path, name)
        return not any(a.entry is None and a.path[: len(below)] == below for a in env.accesses)

    def keys(
        self,
        env: Env,
        path: Path,
        code: CodeBlock,
        *,
        guarded: bool = False,
        seldom: frozenset[str] = frozenset(),
        rare: Iterable[Disposition] = (),
    ) -> None:
        """Report members of the object at `path` that no rule reads."""
        if not env.accounting:
            return
        value = env.known.get(path) if path else env.item
        t = only(value.type, "object") if value is not None and (path or env.only is None) else NEVER
        if value is None or not t.objects or not value.simple or is_made(t):
            for entry in rare:
                self._disposition(entry, env, code)
            return
        quiet, drops = self.sorted_members(env, path, t)
        if quiet is None:
            for entry in rare:
                self._disposition(entry, env, code)
            return
        hint = (path[-1] if path else value.code).strip("_").upper()
        names = self.module.names(f"_{hint}_KEYS", quiet)
        self.single(value, f"_{hint}_SINGLE", env, path, code)
        losses = self.module.mapping(f"_{hint}_DROPS", drops)
        often = self.module.names(f"_{hint}_KEYS", quiet - seldom) if seldom else names
        test = f"not {often}.issuperset({value.code})"
        there = self._there(env, path, quiet - seldom)
        kinds = by_kind(t, quiet, lambda one: self.sorted_members(env, path, one)[0])
        if kinds is not None:
            for entry in rare:
                self._disposition(entry, env, code)
            rare, table = (), self.module.kinds(f"_{hint}_KINDS", kinds[1])
            told = env.known.get((*path, kinds[0]))
            found, names = looked_up(value, kinds[0], told, table, names, self.module), code.fresh("names")
            test = f"not ({names} := {found}).issuperset({value.code})"
        if kinds is None and env.more[0] == value.code and all(o.usual <= quiet - seldom for o in t.objects):
            test = f"{env.more[1]} and {test}"
        elif there and all(max(len(o.usual), sum(p.required for p in o.props.values())) <= there for o in t.objects):
            test = f"len({value.code}) > {there} and {test}"  # it mostly holds what must be there, and no more
        if value.type.kinds - {"object", "null"}:
            test = f"type({value.code}) is dict and {test}"
        elif guarded or (path and value.type.nullable):
            test = f"{value.code} is not None and {test}"
        with code.block(f"if {test}:"):
            for entry in rare:
                self._disposition(entry, env, code)
            code.line(f"call.leftovers({value.code}, {names}, {losses}, {env.at(path).code})")

    def single(self, value: Value, hint: str, env: Env, path: Path, code: CodeBlock) -> None:
        """Two members of which only one can be there: a request is refused, of an answer it is told."""
        if single := {name for alternative in value.type.objects for name in alternative.single}:
            names, place = self.module.names(hint, single), env.at(path).code
            rule = "" if env.strict else f", {self._told(SEVERAL, env, path)}"
            sure = f"type({value.code}) is dict and " if value.type.kinds != {"object"} else ""
            with code.block(f"if {sure}len({value.code}) > 1:"):
                code.line(f"call.{'one' if env.strict else 'counts'}({value.code}, {names}{rule}, {place})")

    @staticmethod
    def _there(env: Env, path: Path, names: set[str]) -> int:
        """How many of these members the object at `path` holds for certain, because they were looked at."""
        looked = {p[-1] for p, v in env.known.items() if p[:-1] == path and p and v.trusted and not v.type.nullable}
        equal = (c for c in env.conditions if c.path[:-1] == path and not c.negated and None not in c.values)
        return len((looked | {c.path[-1] for c in equal}) & names)

    def sorted_members(
        self, env: Env, path: Path, t: Type, *, asked: bool = False
    ) -> tuple[set[str] | None, dict[str, str]]:
        """The members that rules read or speak of, and what is lost of the others; None if it goes on as a whole."""
        n = len(path)
        if any(alternative.open and alternative.values is not None for alternative in t.objects):
            return None, {}  # a map: any key belongs to it
        if any(a.kind == "loop" and len(a.path) < n and path[: len(a.path)] == a.path for a in env.accesses):
            return None, {}  # the object around it is handed to a definition, which accounts for this one too
        quiet = ignored(path, t, env.accesses, env.conditions)
        drops: dict[str, str] = {}
        for alternative in t.objects:
            for access in env.accesses:
                if access.path[:n] != path or excluded(access, path, alternative):
                    continue
                if len(access.path) == n:
                    whole = takes_objects(access, path)
                    open_ = [c for c in access.conditions if c not in env.conditions]
                    here = bool(access.conditions) and not open_  # in the very case that drops it
                    if whole and access.seldom and not here and "[]" not in path:
                        # Dropped or handed on, perhaps: what is known in it is no matter here.
                        quiet |= set(alternative.props)
                    elif whole and all(c.path[:-1] == path for c in open_):
                        return None, {}  # it is handed on as a whole, or some alternatives of it are
                    continue
                name, entry = access.path[n], access.entry
                if spoken_of_others(access, n, alternative):
                    continue
                if (
                    entry is not None
                    and len(access.path) == n + 1
                    and entry.plain
                    and set(access.conditions) <= env.conditions
                ):
                    drops[name] = "" if asked else self.module.rule("dropped", entry.severity, entry.reason, entry.span)
                else:
                    quiet.add(name)
            for name, prop in alternative.props.items():
                if prop.type.literals is not None and len(prop.type.literals) == 1:
                    quiet.add(name)
        quiet -= set(drops)
        return quiet, drops if asked else drops | self.unknown(env, path)

    def unknown(self, env: Env, path: Path) -> dict[str, str]:
        """What is told of members of the object at `path` that no schema has."""
        return {"*": self._told(UNKNOWN, env, path)}

    def _told(self, loss: Lost, env: Env, path: Path) -> str:
        """A loss that no rule writes down: the first rule that goes into the object at `path` says it."""
        inside = (a.span for a in env.accesses if len(a.path) > len(path) and a.path[: len(path)] == path)
        unit = self.module.provider.units[self.module.unit_name]
        side = unit.streams.get(env.direction) or unit.sides[env.direction]
        span = next(inside, env.accesses[0].span if env.accesses else side.span)
        return self.module.rule(loss.action, loss.severity, loss.reason, span)

    # ------------------------------------------------------------------ dispositions that need code
    @staticmethod
    def _pending(env: Env, before: Env | None, matched: Path | None) -> list[Disposition]:
        """`$drop` with a condition, `$reject`; those that hold here and did not hold `before`.

        Other drops are reported with the keys of their object, unless that was entered before this branch or has no
        schema to compare its keys with.
        """
        free = not env.item.type.objects
        found: list[Disposition] = []
        for access in env.accesses:
            entry = access.entry
            if entry is None or not set(access.conditions) <= env.conditions:
                continue
            if "[]" in access.path and access.path != entry.path:
                continue  # said of an element, where a loop goes through them
            if before is not None and set(access.conditions) <= before.conditions:
                continue
            holder = entry.path[:-1]
            late = before is not None and holder != matched and (not holder or holder in before.known)
            if entry.kind == "reject" or (entry.kind == "drop" and (free or late or not entry.plain)):
                found.append(entry)
        return found

    def _disposition(self, entry: Disposition, env: Env, code: CodeBlock) -> None:
        if "[]" in entry.path:
            self.through_a_list(entry)
            return
        self.said(entry, self.expressions.path(entry.path, env, code), env.at(entry.path).code, env, code)

    def said(self, entry: Disposition, value: Value, place: str, env: Env, code: CodeBlock) -> None:
        """Lose or refuse a member, if it is there and the entry's condition holds."""
        name = value.code
        tests = []
        if not value.simple and entry.unless:
            name = code.fresh(entry.path[-1])
            tests.append(f"({name} := {value.code}) is not None")
        elif not value.simple:
            tests.append(f"{bracketed(value.code) if value.precedence < COMPARE else value.code} is not None")
        elif value.type.nullable:
            tests.append(f"{name} is not None")
        constants = [value for value in entry.unless if isinstance(value, bool)]
        others = tuple(value for value in entry.unless if not isinstance(value, bool))
        tests += [f"{name} is not {value}" for value in constants]
        if others:
            one = (
                f"!= {literal_code(others[0])}"
                if len(others) == 1
                else f"not in ({', '.join(map(literal_code, others))})"
            )
            likes = (False, True)  # which are no numbers, but equal to some in Python
            truths = [str(truth) for truth in likes if truth in others]
            if not truths or (value.trusted and not value.type.may("boolean")):
                tests.append(f"{name} {one}")
            else:
                tests.append("(" + " or ".join([f"{name} {one}", *(f"{name} is {truth}" for truth in truths)]) + ")")
        if entry.when is not None:
            tests.append(bracketed(self.expressions.test(entry.when, env, code)))
        where = f"  # {self.module.where(entry.span)}"
        with code.block(f"if {' and '.join(tests) or 'True'}:{where}"):
            if entry.kind == "reject":
                rule = self.module.rule("dropped", "contract", entry.reason, entry.span)
                code.line(f"raise {self.module.kit('refused')}({place}, {quote(entry.reason)}, {rule})")
            else:
                rule = self.module.rule("dropped", entry.severity, entry.reason, entry.span)
                code.line(f"call.lose({rule}, {place})")
