"""The vocabulary of the emitter: places, environments, and what becomes of a value (sinks)."""

from __future__ import annotations

import keyword
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from dragoman_codegen.account import Access, Condition, Path
from dragoman_codegen.emit.carried import Carried
from dragoman_codegen.jmes import CodeBlock, Expr, Value
from dragoman_codegen.jmes.ast import walk
from dragoman_codegen.jmes.python import ATOM, quote
from dragoman_codegen.replacing import replace
from dragoman_codegen.types import ANY, NULL, Type, array
from dragoman_codegen.untaken import Takings

__all__ = [
    "NONE",
    "Append",
    "Assign",
    "Env",
    "Extend",
    "Made",
    "Place",
    "Return",
    "SetField",
    "Single",
    "Sink",
    "bracketed",
    "comment",
    "guarded",
    "is_list",
    "local",
    "operand",
]


NONE = Value("None", NULL, simple=True, trusted=True, deep=True)


@dataclass(frozen=True, slots=True)
class Single(Value):
    """A list of one element, which is an expression of its own."""

    element: str = ""


@dataclass(frozen=True, slots=True)
class Made(Value):
    """A list or object that rules made: empty means null."""


def local(code: str, type: Type, *, made: bool = False, deep: bool = True, elements: bool = False) -> Value:
    """A local that our own code made; `elements`: so are its elements."""
    kind = Made if made else Value
    return kind(code, type, simple=True, trusted=True, elements_trusted=deep or elements, deep=deep)


def bracketed(condition: str) -> str:
    """A condition as one operand of `and`."""
    return f"({condition})" if " or " in condition or " if " in condition else condition


def _filled(t: Type) -> bool:
    """Objects that are never empty."""
    return t.always("object") and bool(t.objects) and all(any(p.required for p in o.props.values()) for o in t.objects)


def comment(text: str, where: str) -> str:
    return f"{text}  # {where}" if where else text


@dataclass(frozen=True)
class Place:
    """A Python expression for a place: a base and keys below it, each a Python expression."""

    base: str = "()"
    keys: tuple[str, ...] = ()

    def child(self, *keys: str) -> Place:
        return Place(self.base, (*self.keys, *keys))

    def below(self, path: Path) -> Place:
        """The place of a path, up to the first `[]`."""
        names = path[: path.index("[]")] if "[]" in path else path
        return self.child(*map(quote, names))

    @property
    def code(self) -> str:
        return f"({', '.join((self.base, *self.keys))})" if self.keys else self.base


@dataclass(frozen=True)
class Env:
    """What a rule sees, and where it stands."""

    item: Value
    place: Place
    direction: str
    strict: bool
    """An unknown member of a union is refused (requests); else it is lost with a record (answers)."""
    names: Mapping[str, Value] = field(default_factory=dict)
    known: Mapping[Path, Value] = field(default_factory=dict)
    origins: Mapping[str, tuple[Path, ...]] = field(default_factory=dict)
    """For `$names` bound in this scope: the paths of the item that they were made from."""
    aliases: frozenset[str] = frozenset()
    """`$names` that are nothing but a path of the item."""
    places: Mapping[str, Place] = field(default_factory=dict)
    """For `$names` of elements that steps go through: where the element is."""
    truths: tuple[tuple[Expr, Type | None], ...] = ()
    """Expressions on this item that are not null here, and what they are if that is known."""
    conditions: frozenset[Condition] = frozenset()
    """What is known of discriminators here."""
    subject: tuple[Path, ...] | None = None
    """What a `$drop` here concerns: paths of the item, `()` for the item itself; None where it must be said."""
    accounting: bool = False
    """The function accounts for the item; a definition used on the same item reads on another's behalf."""
    item_root: bool = False
    """The rule is the item's own: its accounting is done here."""
    accesses: tuple[Access, ...] = ()
    """All of the scope, those of definitions used on the same item included."""
    own: tuple[Access, ...] = ()
    """Those of the rules in this function."""
    tracing: bool = False
    """A second step may follow: containers that are made tell where they came from."""
    covered: bool = False
    """The container around this one tells it already."""
    made: bool = False
    """The item was made by rules: copies of it are led back through it, other containers through what they hold."""
    more: tuple[str, str] = ("", "")
    """An object, and the local that says whether it holds more than is usual."""
    often: bool = False
    """Within a loop: what the item mostly looks like is worth code of its own."""
    fork: Fork | None = None
    """The item was looked at so far that the two ways part here."""
    only: frozenset[str] | None = None
    """The members that the item holds; it has no others."""
    again: bool = False
    """The rule is emitted a second time: its faults have been told."""
    untaken: Takings = field(default_factory=dict)
    """Where the item, or an object in it, is not taken as a whole, while it is elsewhere."""
    stepped: frozenset[Path] = frozenset()
    """Elements that steps of a stream go through."""
    members: frozenset[str] | None = None
    """All that its schema knows of the item."""
    carried: Mapping[str, Carried] = field(default_factory=dict)  # `$names` that hold copies
    after_lets: Callable[[Env, CodeBlock], None] | None = None
    """Runs once, when the item's own `$let` names are bound."""

    def bind(self, name: str, value: Value, origins: tuple[Path, ...] = (), alias: bool = False) -> Env:
        aliases = self.aliases | {name} if alias else self.aliases - {name}
        truths = tuple(t for t in self.truths if not any(getattr(part, "name", "") == name for part in walk(t[0])))
        return replace(
            self,
            names={**self.names, name: value},
            origins={**self.origins, name: origins},
            aliases=aliases,
            truths=truths,
            carried={other: copy for other, copy in self.carried.items() if other != name},
        )

    def at(self, path: Path) -> Place:
        """The place of a path of the item; a path may begin with the name of an element."""
        if path and path[0] in self.places:
            return self.places[path[0]].below(path[1:])
        return self.place.below(path)

    def inner(self) -> Env:
        """Within a field: no longer the item's own rule."""
        return replace(self, item_root=False, subject=None, covered=False)

    def knowing(self, more: Mapping[Path, Value]) -> Env:
        return replace(self, known={**self.known, **more}) if more else self

    def typed(self, path: Path, t: Type) -> Env:
        """With a narrower type for the item or for a path below it."""
        if not path:
            return replace(self, item=self.item.with_type(t))
        found = self.known.get(path)
        return self if found is None else self.knowing({path: found.with_type(t)})


@dataclass(frozen=True)
class Fork:
    """An object that holds its usual members and no others goes one way, all else another way."""

    test: str
    usual: frozenset[str]
    read: Callable[[Env, CodeBlock], Env]
    """Name and check the members that are not usual."""

    def plain(self, env: Env) -> Env:
        """The environment where the test holds: all other members are null."""
        absent = {a.path[:1] for a in env.own if a.path and a.path[0] not in self.usual}
        known = {path: value for path, value in env.known.items() if path[:1] not in absent}
        return replace(
            env, fork=None, only=self.usual, again=True, known={**known, **dict.fromkeys(sorted(absent), NONE)}
        )


class Sink:
    """Where a value goes. `put` writes the statement; `nothing` is for null."""

    def put(self, code: CodeBlock, value: Value, where: str) -> None:
        raise NotImplementedError

    def nothing(self, code: CodeBlock, where: str) -> None:
        """Null needs no statement, unless the sink says otherwise."""

    @property
    def leaves(self) -> bool:
        """Does `put` leave the function?"""
        return False

    @property
    def silent(self) -> bool:
        """Is null the same as no statement?"""
        return True


class Assign(Sink):
    """To a variable that holds None already.

    What rules made is null where it is empty. Whether that has to be written is known at the end (`settle`): not if all
    that comes here was made by rules, because then the variable is treated as such. It is always written where the rule
    `branches`, so that a value does not depend on what the other branches are; never, where it is to be kept.
    """

    def __init__(self, name: str, *, branches: bool = False, keep: bool = False) -> None:
        self.name = name
        self.keep = keep
        self.types: list[Type] = []
        self.made = not branches and not keep
        self.sure = True
        """What comes here is for certain what the types say."""
        self._mark = f"\0{name}\0"
        self._marked = False

    def put(self, code: CodeBlock, value: Value, where: str) -> None:
        self.types.append(value.type)
        self.made = self.made and isinstance(value, Made)
        self.sure = self.sure and value.trusted
        if value.code != self.name:
            self._marked = self._marked or isinstance(value, Made)
            shown = f"{operand(value)}{self._mark}" if isinstance(value, Made) else value.code
            code.line(comment(f"{self.name} = {shown}", where))

    def settle(self, code: CodeBlock, start: int) -> None:
        """Finish the lines from `start` on, when nothing more comes here."""
        if not self._marked:
            return
        if not self.made and not self.keep:
            self.types.append(NULL)
        for n in range(start, len(code.lines)):
            code.lines[n] = code.lines[n].replace(self._mark, "" if self.made or self.keep else " or None")


class Return(Sink):
    """Out of a function; an empty list or object that rules made is null unless `keep_empty`.

    `cast`: the type that the function promises; what is made is a plain dict.
    """

    def __init__(self, keep_empty: bool = False, cast: str | None = None) -> None:
        self.keep_empty = keep_empty
        self.cast = cast
        self.types: list[Type] = []
        self.sure = True
        """What is returned is for certain what the types say."""

    def put(self, code: CodeBlock, value: Value, where: str) -> None:
        self.types.append(value.type)
        self.sure = self.sure and value.trusted
        shown = value.code
        if isinstance(value, Made) and not self.keep_empty and not _filled(value.type):
            self.types.append(NULL)
            shown = f"{operand(value)} or None"
        declared, free = f"{shown}: dict[str, Any] = ", f"{shown}: Any = "
        if self.cast is not None and any(line.lstrip().startswith(declared) for line in code.lines):
            # `cast` is a call. A name of type Any may be given another type for nothing.
            code.lines[:] = [line.replace(declared, free, 1) for line in code.lines]
            name = code.fresh("result")
            code.line(f"{name}: {self.cast} = {shown}")
            code.line(comment(f"return {name}", where))
            return
        code.line(comment(f"return {self._cast(shown)}", where))

    def nothing(self, code: CodeBlock, where: str) -> None:
        self.types.append(NULL)
        code.line(comment(f"return {self._cast('None')}", where))

    def _cast(self, shown: str) -> str:
        return shown if self.cast is None else f"cast({quote(self.cast)}, {shown})"

    @property
    def leaves(self) -> bool:
        return True

    @property
    def silent(self) -> bool:
        return False


def operand(value: Value) -> str:
    """The code of a value as one side of `or`."""
    return value.code if value.precedence >= ATOM else f"({value.code})"


def guarded(code: CodeBlock, value: Value, hint: str, where: str, before: str, after: str = "") -> None:
    """A statement around the value, unless the value is null (or empty, where rules made it)."""
    if value.code == "None":
        return
    if isinstance(value, Made):
        name = value.code if value.simple else code.fresh(hint)
        test = name if value.simple else f"{name} := {value.code}"
        with code.block(comment(f"if {test}:", where)):
            code.line(before + name + after)
    elif not value.type.nullable:
        code.line(comment(before + value.code + after, where))
    elif value.simple:
        with code.block(comment(f"if {value.code} is not None:", where)):
            code.line(before + value.code + after)
    else:
        name = code.fresh(hint)
        with code.block(comment(f"if ({name} := {value.code}) is not None:", where)):
            code.line(before + name + after)


class Append(Sink):
    """To a list; null is left out."""

    def __init__(self, name: str, hint: str = "item") -> None:
        self.name = name
        self.hint = hint
        self.types: list[Type] = []
        self.sure = True
        """Every element is for certain what its type says."""

    def put(self, code: CodeBlock, value: Value, where: str) -> None:
        self.types.append(value.type)
        self.sure = self.sure and value.trusted
        guarded(code, value, self.hint, where, f"{self.name}.append(", ")")


def is_list(value: Value) -> bool:
    """It is a list for certain, or null."""
    return value.trusted and value.type.always("array", "null")


class Extend(Sink):
    """The elements of a list to a list.

    `check` writes what makes sure that a local is a list, at `place`: that of what is to come here.
    """

    def __init__(self, name: str, check: Callable[[CodeBlock, str, Type, str], None], hint: str = "items") -> None:
        self.name = name
        self.check = check
        self.hint = hint
        self.place = "()"
        self.types: list[Type] = []
        self.sure = True

    def put(self, code: CodeBlock, value: Value, where: str) -> None:
        self.types.append(value.type)
        self.sure = self.sure and value.trusted and value.elements_trusted
        if isinstance(value, Single):
            code.line(comment(f"{self.name}.append({value.element})", where))
        elif is_list(value) and isinstance(value, Made) and not value.type.nullable:
            code.line(comment(f"{self.name} += {value.code}", where))
        elif is_list(value):
            guarded(code, value, self.hint, where, f"{self.name} += ")
        else:
            name = value.code if value.simple else code.fresh(self.hint)
            given = name if value.simple else f"({name} := {value.code})"
            with code.block(comment(f"if {given}:" if isinstance(value, Made) else f"if {given} is not None:", where)):
                self.check(code, name, array(ANY), self.place)
                code.line(f"{self.name} += {name}")


class SetField(Sink):
    """To a member of an object; null is left out unless it is kept."""

    def __init__(self, name: str, key: str, keep_null: bool = False) -> None:
        self.target = f"{name}[{quote(key)}]"
        self.hint = key if key.isidentifier() and not keyword.iskeyword(key) else "value"
        self.keep_null = keep_null
        self.types: list[Type] = []

    def put(self, code: CodeBlock, value: Value, where: str) -> None:
        self.types.append(value.type)
        if self.keep_null:
            code.line(comment(f"{self.target} = {value.code}", where))
        else:
            guarded(code, value, self.hint, where, f"{self.target} = ")

    def nothing(self, code: CodeBlock, where: str) -> None:
        if self.keep_null:
            code.line(comment(f"{self.target} = None", where))
