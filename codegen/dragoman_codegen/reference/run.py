"""What one evaluation knows and writes down: the document, facts and contexts; losses, refusals, faults."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, NoReturn, TypeVar

from dragoman.errors import MalformedBody, Rejected, kind_of
from dragoman.kit.media import handed_in
from dragoman.places import join, text
from dragoman_codegen.reference.expressions import evaluate, is_true
from dragoman_codegen.reference.sight import Place, Sight, below
from dragoman_codegen.rules import Expression, Rule
from dragoman_codegen.spec import Provider
from dragoman_codegen.types import ANY, Prop, Type, discriminator, element, only
from dragoman_codegen.types import field as member
from dragoman_codegen.types import join as either
from dragoman_codegen.types import kind_of as kind_of_json

__all__ = ["Given", "Known", "Run", "Told", "counter", "fitting", "says_nothing"]


Known = dict[tuple[str, int], tuple[object, Any]]
T = TypeVar("T")


def counter() -> Callable[[str], str]:
    numbers = itertools.count(1)
    return lambda prefix: f"{prefix}{next(numbers)}"


@dataclass(frozen=True)
class Told:
    """A loss: like `dragoman.Loss`, without the line of the spec."""

    path: str
    action: str
    severity: str
    reason: str


@dataclass
class Given:
    """What an evaluation is given besides the body."""

    facts: Any = None
    settings: Mapping[str, Any] = field(default_factory=dict)
    request: dict[str, Any] = field(default_factory=dict)
    now: int = 0
    new_id: Callable[[str], str] = field(default_factory=counter)

    def media(self, url: Any) -> Any:
        return handed_in(self.request.get("media"), url)


class Run:
    """One body (or one stream) through one direction of a unit."""

    def __init__(self, provider: Provider, unit: str, direction: str, given: Given, known: Known | None = None) -> None:
        self.provider = provider
        self.direction = direction
        self.strict = unit.endswith("request")
        """A value that no case names is refused (requests), or lost with a record (answers)."""
        self.defs: Mapping[str, Rule] = provider.units[unit].defs
        self.given = given
        self._known: Known = {} if known is None else known
        self.losses: list[Told] = []
        self.home: Place = ()
        self.document: Any = None
        self.schema: Type = ANY
        self._copies: dict[int, _Copy] = {}

    def read(self, home: Place, document: Any, schema: Type) -> None:
        """The document that rules see next, and the place it has."""
        self.home, self.document, self.schema = home, document, schema

    def once(self, what: str, node: object, work: Callable[[], T]) -> T:
        """What is worked out of a node of the rule tree, which lives as long as its provider, and is kept."""
        key = (what, id(node))
        if key not in self._known:
            self._known[key] = (node, work())
        found: T = self._known[key][1]
        return found

    # ------------------------------------------------------------------ expressions
    def value(self, expr: Expression, sight: Sight) -> Any:
        names = {
            "model": self.given.facts,
            "settings": self.given.settings,
            "request": self.given.request,
            "now": self.given.now,
            **{name[1:]: bound.value for name, bound in sight.names.items()},
        }
        return evaluate(expr.text, sight.item, names, self.given.new_id, self.given.media)

    def holds(self, expr: Expression, sight: Sight) -> bool:
        return is_true(self.value(expr, sight))

    # ------------------------------------------------------------------ what is told
    def lose(self, place: Place, action: str, severity: str, reason: str) -> None:
        self.losses.append(Told(text(join(place)), action, severity, reason))

    @staticmethod
    def refuse(place: Place, message: str) -> NoReturn:
        raise Rejected(join(place), message)

    @staticmethod
    def malformed(place: Place, expected: str, found: Any) -> NoReturn:
        raise MalformedBody(join(place), expected, kind_of(found))

    # ------------------------------------------------------------------ the schema
    def type_of(self, item: Any, place: Place) -> Type:
        """What the schema says of an item that lies at this place of the document; ANY for what rules made."""
        changed = self._made_anew(item, place)
        if changed is None:
            return ANY
        keys = place[len(self.home) :]
        schema, value = self.schema, self.document
        for key in keys:
            if isinstance(key, int):
                schema = element(schema)
            else:
                schema = member(fitting(only(schema, "object"), value), key)
            value = below(value, (key,))
        if not changed or not schema.objects:
            return schema
        anything = {name: Prop(ANY, required=False) for name in changed}
        objects = (one.having({**one.props, **anything}) for one in schema.objects)
        return either(only(schema, *(schema.kinds - {"object"})), Type({"object"}, objects=tuple(objects)))

    def copied(self, made: T, source: Any, place: Place, changed: Iterable[str] = ()) -> T:
        """Note that this was made as a copy of what lies at a place, with other values in some fields."""
        before = self._made_anew(source, place)
        if before is not None:
            self._copies[id(made)] = _Copy(made, place, before | frozenset(changed))
        return made

    def _made_anew(self, item: Any, place: Place) -> frozenset[str] | None:
        """The fields of an item that are not what lies at its place; None where it is not from there at all."""
        if below(self.document, place[len(self.home) :]) is item:
            return frozenset()
        copy = self._copies.get(id(item))
        return copy.changed if copy is not None and copy.place == place else None


@dataclass(frozen=True)
class _Copy:
    """`made` is kept, so that no other value gets its number."""

    made: Any
    place: Place
    changed: frozenset[str]


def says_nothing(value: Any, unless: tuple[object, ...]) -> bool:
    """Is the value one of those that an entry passes over? Numbers are equal as JSON has them, and true is not 1."""
    return any(kind_of_json(value) == kind_of_json(said) and value == said for said in unless)


def fitting(schema: Type, value: Any) -> Type:
    """A union without the objects that the value cannot be, as its constants tell; all of them if it can be none."""
    if not isinstance(value, dict) or len(schema.objects) < 2:
        return schema
    key = discriminator(only(schema, "object"))
    names = [key] if key is not None else sorted({name for o in schema.objects for name in o.props})
    told = {name: sum(_is_constant(o.props[name]) for o in schema.objects if name in o.props) for name in names}
    left = schema.objects
    for name in sorted(names, key=lambda name: -told[name]):  # what tells most of them apart comes first
        if told[name]:
            left = tuple(o for o in left if name not in o.props or _may_hold(o.props[name], name, value)) or left
    kept = Type({"object"}, objects=left)
    return either(kept, only(schema, *(schema.kinds - {"object"})))


def _is_constant(member: Prop) -> bool:
    """Does it tell objects apart? One of several words may be one that nobody knows."""
    return member.type.literals is not None and len(member.type.literals) == 1


def _may_hold(member: Prop, name: str, value: Mapping[str, Any]) -> bool:
    """Does an object with this member say there what its constants allow?"""
    constants = member.type.literals
    if not constants:
        return True
    if value.get(name) is None:  # a null says nothing
        return not member.required or member.type.nullable
    return isinstance(value[name], str | int | float | None) and value[name] in constants
