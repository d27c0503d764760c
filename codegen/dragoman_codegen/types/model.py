"""The representation of types: a set of kinds with optional detail.

Rules for those who change this file:

* Detail only ever narrows: without it a type means "any value of these kinds".
* Types are immutable. Those made from a schema are lazy below an object or array, so a recursive schema is an
  ordinary value.
* ``ObjectType`` is compared by identity where that answers the question: a definition of a schema is resolved once.
* ``null`` is a kind and never one of the ``literals``.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from types import MappingProxyType
from typing import Any

__all__ = [
    "ANY",
    "ARRAY",
    "BOOLEAN",
    "CONSTANT_KINDS",
    "INTEGER",
    "KINDS",
    "MADE",
    "NEVER",
    "NULL",
    "NUMBER",
    "OBJECT",
    "STRING",
    "ObjectType",
    "Prop",
    "Scalar",
    "Type",
    "kind_of",
]

KINDS = frozenset({"null", "boolean", "number", "string", "array", "object"})
_ORDER = ("object", "array", "string", "number", "boolean", "null")
CONSTANT_KINDS = frozenset({"boolean", "number", "string"})

Scalar = str | int | float | bool


class Type:
    """A set of kinds; see the module's rules. Build with the functions below, not with the constructor."""

    __slots__ = ("_items", "_or_null", "beside", "integer", "json", "kinds", "literals", "objects")

    json: bool
    """Its texts hold JSON: said in help, no two types differ by it alone."""
    kinds: frozenset[str]
    literals: frozenset[Scalar] | None
    integer: bool
    objects: tuple[ObjectType, ...]
    beside: tuple[ObjectType, ...]
    """Objects that rules make, where the value may also be one of which nothing is known: for findings alone."""
    _items: Type | Callable[[], Type] | None
    _or_null: Type

    def __init__(
        self,
        kinds: Iterable[str],
        *,
        literals: frozenset[Scalar] | None = None,
        integer: bool = False,
        items: Type | Callable[[], Type] | None = None,
        objects: tuple[ObjectType, ...] = (),
        json: bool = False,
        beside: tuple[ObjectType, ...] = (),
    ) -> None:
        put = object.__setattr__
        put(self, "kinds", frozenset(kinds))
        put(self, "literals", literals)
        put(self, "integer", integer)
        put(self, "_items", items)
        put(self, "objects", objects)
        put(self, "json", json)
        put(self, "beside", beside)

    def __setattr__(self, name: str, value: object) -> None:
        raise AttributeError(f"a Type is immutable; {name} cannot be set")

    @property
    def items(self) -> Type:
        """The type of the elements of an array; ANY when nothing is known."""
        found = self._items
        if found is None:
            return ANY
        if not isinstance(found, Type):
            found = found()
            object.__setattr__(self, "_items", found)
        return found

    @property
    def lazy_items(self) -> Type | Callable[[], Type] | None:
        return self._items

    @property
    def nullable(self) -> bool:
        return "null" in self.kinds

    @property
    def opaque(self) -> bool:
        """Objects are possible and nothing is known of their members."""
        return "object" in self.kinds and not self.objects

    def or_null(self, join: Callable[[Type, Type], Type]) -> Type:
        """The type that holds null too, made once."""
        if "null" in self.kinds and not self.beside:
            return self
        try:
            return self._or_null
        except AttributeError:
            found = join(self, NULL)
            object.__setattr__(self, "_or_null", found)
            return found

    def may(self, *kinds: str) -> bool:
        return not self.kinds.isdisjoint(kinds)

    def always(self, *kinds: str) -> bool:
        """Every value of the type is of one of these kinds (false for NEVER, of which there is no value)."""
        return bool(self.kinds) and self.kinds <= set(kinds)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Type) and _equal(self, other, 6)

    def __hash__(self) -> int:
        return hash((self.kinds, self.literals, self.objects))

    def __str__(self) -> str:
        return self._named(article=False)

    @property
    def words(self) -> str:
        """The type as it can stand in a sentence: `a string or null`."""
        return self._named(article=True)

    def _named(self, *, article: bool) -> str:
        if not self.kinds:
            return "nothing"
        if self.kinds == KINDS and self.literals is None and not self.objects:
            return "anything"
        parts: list[str] = []
        for kind in _ORDER:
            if kind not in self.kinds:
                continue
            constants = [c for c in self.literals or () if kind_of(c) == kind]
            if kind == "object" and self.objects:
                names = dict.fromkeys(o.name for o in self.objects)
                parts.extend(in_words(name) if article and name == kind else name for name in names)
            elif constants:
                parts.extend(sorted(repr(c) if isinstance(c, str) else str(c).lower() for c in constants))
            elif kind == "number" and self.integer:
                parts.append(in_words("integer") if article else "integer")
            else:
                parts.append(in_words(kind) if article else kind)
        return parts[0] if len(parts) == 1 else ", ".join(parts[:-1]) + " or " + parts[-1]

    def __repr__(self) -> str:
        return f"<Type {self}>"


def in_words(kind: str) -> str:
    """The name of a kind with its article."""
    return kind if kind == "null" else f"{'an' if kind[0] in 'aio' else 'a'} {kind}"


MADE = "an object that rules made"
"""The name of its type: its fields are no source's, and nobody accounts for them."""


class Prop:
    """One member of an object: its type (perhaps resolved only when asked for) and whether it is always there.

    `sure`: our own code made it, so that it is of this type for certain.
    """

    __slots__ = ("_type", "required", "sure")

    def __init__(self, type: Type | Callable[[], Type], required: bool = True, sure: bool = False) -> None:
        self._type = type
        self.required = required
        self.sure = sure

    @property
    def type(self) -> Type:
        found = self._type
        if not isinstance(found, Type):
            found = self._type = found()
        return found

    def __repr__(self) -> str:
        return f"<Prop {'required' if self.required else 'optional'}>"


class ObjectType:
    """One alternative of an object: named members, and whether there may be others (of type ``values``).

    ``usual``: the members that it mostly holds, if that is known. ``single``: of these members one can be there.
    ``spans``: where it was written that the members are made, and under ``""`` the object itself; only of objects that
    rules make.
    """

    __slots__ = ("_values", "name", "open", "props", "single", "spans", "usual")

    def __init__(
        self,
        name: str,
        props: Mapping[str, Prop],
        *,
        open: bool = False,
        values: Type | Callable[[], Type] | None = None,
        usual: frozenset[str] = frozenset(),
        single: frozenset[str] = frozenset(),
        spans: Mapping[str, Any] = MappingProxyType({}),
    ) -> None:
        self.name = name
        self.props = props
        self.open = open
        self.usual = usual
        self.single = single
        self.spans = spans
        self._values = values

    @property
    def values(self) -> Type | None:
        """The type of members beyond the named ones, when the schema says it."""
        found = self._values
        if found is None or isinstance(found, Type):
            return found
        found = self._values = found()
        return found

    def having(self, props: Mapping[str, Prop], spans: Mapping[str, Any] | None = None) -> ObjectType:
        """The same alternative with other types of its members."""
        told = self.spans if spans is None else spans
        return ObjectType(
            self.name, props, open=self.open, values=self._values, usual=self.usual, single=self.single, spans=told
        )

    def __repr__(self) -> str:
        return f"<ObjectType {self.name}: {', '.join(self.props)}{', ...' if self.open else ''}>"


def _equal(a: Type, b: Type, depth: int) -> bool:
    if a is b or depth == 0:
        return True
    if (a.kinds, a.literals, a.integer, len(a.objects)) != (b.kinds, b.literals, b.integer, len(b.objects)):
        return False
    if "array" in a.kinds and a.lazy_items is not b.lazy_items and not _equal(a.items, b.items, depth - 1):
        return False
    return all(_equal_objects(x, y, depth - 1) for x, y in zip(a.objects, b.objects, strict=True))


def _equal_objects(a: ObjectType, b: ObjectType, depth: int) -> bool:
    if a is b:
        return True
    if a.open != b.open or list(a.props) != list(b.props):
        return False
    return all(p.required == b.props[k].required and _equal(p.type, b.props[k].type, depth) for k, p in a.props.items())


NEVER = Type(())
ANY = Type(KINDS)
NULL = Type({"null"})
STRING = Type({"string"})
NUMBER = Type({"number"})
INTEGER = Type({"number"}, integer=True)
BOOLEAN = Type({"boolean"})
ARRAY = Type({"array"})
OBJECT = Type({"object"})


def kind_of(value: object) -> str:
    """The JSON kind of a plain Python value."""
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "boolean"
    if isinstance(value, (int, float)):
        return "number"
    if isinstance(value, str):
        return "string"
    return "array" if isinstance(value, (list, tuple)) else "object"
