"""Making types and computing with them: join, intersect, members, narrowing by a discriminating constant."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from .model import ANY, CONSTANT_KINDS, KINDS, NEVER, NULL, ObjectType, Prop, Scalar, Type, kind_of

__all__ = [
    "array",
    "discriminator",
    "element",
    "false_part",
    "field",
    "from_value",
    "intersect",
    "join",
    "literal",
    "loosened",
    "narrow",
    "obj",
    "of_kinds",
    "only",
    "true_part",
    "without_beside",
    "without_null",
]


def of_kinds(*kinds: str) -> Type:
    return Type(kinds)


def array(items: Type) -> Type:
    return Type({"array"}, items=items)


def obj(props: Mapping[str, Type | Prop], *, name: str = "object", open: bool = False) -> Type:
    """The type of an object with these members; a bare type means that the member is always there."""
    full = {key: value if isinstance(value, Prop) else Prop(value) for key, value in props.items()}
    return Type({"object"}, objects=(ObjectType(name, full, open=open),))


def literal(value: Any) -> Type:
    """The type of one constant."""
    kind = kind_of(value)
    if kind == "array":
        return array(join(*map(literal, value)))
    if kind == "object":
        return obj({key: literal(item) for key, item in value.items()})
    if kind == "null":
        return NULL
    return Type({kind}, literals=frozenset({value}), integer=kind == "number" and isinstance(value, int))


def from_value(value: Any) -> Type:
    """The type of a sample document: kinds and members without the constants."""
    kind = kind_of(value)
    if kind == "array":
        return array(join(*map(from_value, value)) if value else ANY)
    if kind == "object":
        return obj({key: from_value(item) for key, item in value.items()})
    return Type({kind}, integer=kind == "number" and isinstance(value, int))


_MIXED = frozenset({"boolean", "number"})


def _mixed(constants: frozenset[Scalar]) -> bool:
    """True and 1 are one element of a Python set, so constants of both kinds cannot be told apart there."""
    return len({kind_of(c) for c in constants} & _MIXED) == 2


def join(*types: Type) -> Type:
    """The least type that holds all of these; NEVER for none."""
    alive = list({id(t): t for t in types if t.kinds}.values())
    if not alive:
        return NEVER
    if len(alive) == 1:
        return alive[0]
    if len(alive) == 2 and (alive[0] is NULL or alive[1] is NULL):
        other = alive[1] if alive[0] is NULL else alive[0]
        return other.or_null(_join)
    return _join(*alive)


def _join(*alive: Type) -> Type:
    kinds = alive[0].kinds.union(*[t.kinds for t in alive[1:]])
    constant = [t for t in alive if not t.kinds.isdisjoint(CONSTANT_KINDS)]
    literals: frozenset[Scalar] | None = None
    if constant and None not in [t.literals for t in constant]:
        literals = frozenset().union(*[t.literals or () for t in constant])
        if not kinds.isdisjoint(_MIXED) and (
            _mixed(literals) or len(literals) != len({(kind_of(c), c) for t in constant for c in t.literals or ()})
        ):
            literals = None
    numeric = [t for t in alive if "number" in t.kinds]
    objects: dict[int, ObjectType] = {}
    beside: dict[int, ObjectType] = {}
    if not any(t.opaque for t in alive):
        objects = {id(o): o for t in alive for o in t.objects}
    else:
        beside = {id(o): o for t in alive for o in (*t.beside, *t.objects) if o.spans}
    lists = [t for t in alive if "array" in t.kinds]
    items: Type | Callable[[], Type] | None = None
    if len({id(t.lazy_items) for t in lists}) == 1:
        items = lists[0].lazy_items
    elif lists and all(t.lazy_items is not None for t in lists):

        def items() -> Type:
            return join(*(t.items for t in lists))

    return Type(
        kinds,
        literals=literals,
        integer=bool(numeric) and all(t.integer for t in numeric),
        items=items,
        objects=tuple(objects.values()),
        json="string" in kinds and all(t.json for t in alive if "string" in t.kinds),
        beside=tuple(beside.values()),
    )


def loosened(t: Type) -> Type:
    """Any value, with what the type says of members and elements: for bodies that may be of another form."""
    return Type(
        KINDS,
        items=(lambda: loosened(t.items)) if t.lazy_items is not None else None,
        objects=tuple(ObjectType(o.name, _loose_props(o), open=True) for o in t.objects),
    )


def _loose_props(o: ObjectType) -> dict[str, Prop]:
    def prop(given: Prop) -> Prop:
        return Prop(lambda: loosened(given.type), required=False)

    return {name: prop(given) for name, given in o.props.items()}


def only(t: Type, *kinds: str) -> Type:
    """The part of a type that is of these kinds."""
    keep = t.kinds & set(kinds)
    if keep == t.kinds:
        return t
    if not keep:
        return NEVER
    literals = None
    if t.literals is not None:
        literals = frozenset(c for c in t.literals if kind_of(c) in keep) or None
    return Type(
        keep,
        literals=literals,
        integer=t.integer and "number" in keep,
        items=t.lazy_items if "array" in keep else None,
        objects=t.objects if "object" in keep else (),
        json=t.json and "string" in keep,
        beside=t.beside if "object" in keep else (),
    )


_NOT_NULL = KINDS - {"null"}


def without_null(t: Type) -> Type:
    return only(t, *_NOT_NULL)


def without_beside(t: Type) -> Type:
    """Less what rules make beside what is not known."""
    return Type(t.kinds, literals=t.literals, integer=t.integer, items=t.lazy_items, json=t.json) if t.beside else t


def true_part(t: Type) -> Type:
    """What may be true in JMESPath's sense: not null, no empty text, not false."""
    left = without_null(t)
    if left.may("boolean") and left.literals is None and left.kinds == {"boolean"}:
        return literal(True)
    return _constants_only(left, lambda x: x not in ("", False) or (x == 0 and x is not False))


def false_part(t: Type) -> Type:
    """What may be false in JMESPath's sense: no number, of texts the empty one, of booleans false."""
    left = only(t, *(KINDS - {"number"}))
    if left.literals is None and left.kinds <= {"boolean", "null"} and left.may("boolean"):
        return join(literal(False), only(left, "null"))
    return _constants_only(left, lambda x: x in ("", False))


def _constants_only(t: Type, holds: Callable[[Scalar], bool]) -> Type:
    if t.literals is None:
        return t
    left = frozenset(x for x in t.literals if holds(x))
    kinds = {kind_of(x) for x in left} | (t.kinds - CONSTANT_KINDS)
    objects = t.objects if "object" in kinds else ()
    return Type(kinds, literals=left or None, integer=t.integer, items=t.lazy_items, objects=objects)


def field(t: Type, name: str) -> Type:
    """The type of member ``name``: null where the value is no object, or where the member may be missing."""
    if t.opaque:
        return ANY
    found = []
    always = t.kinds == {"object"}
    for alternative in t.objects:
        prop = alternative.props.get(name)
        if prop is not None:
            found.append(prop.type)
            always = always and prop.required
        else:
            always = False
            if alternative.open:
                found.append(alternative.values or ANY)
    return join(*found, *(() if always else (NULL,))) if t.kinds else NEVER


def element(t: Type) -> Type:
    """The type of the elements, for the part of the type that is an array; NEVER when no part is."""
    return t.items if "array" in t.kinds else NEVER


def _constants(alternative: ObjectType, key: str) -> frozenset[Scalar] | None:
    """The constants that a member is known to be one of; None when it may be something else or is missing."""
    prop = alternative.props.get(key)
    if prop is None:
        return None
    found = prop.type
    return found.literals if found.kinds <= CONSTANT_KINDS | {"null"} else None


def narrow(t: Type, key: str, literals: Iterable[Scalar], keep: bool = True) -> Type:
    """Keep (or remove) the object alternatives in which member ``key`` is one of ``literals``.

    An alternative that does not say what the member is stays in either case. Keeping leaves objects only, since nothing
    else has members.
    """
    wanted = frozenset(literals)
    if "object" not in t.kinds:
        return NEVER if keep else t
    left = []
    for alternative in t.objects:
        constants = _constants(alternative, key)
        prop = alternative.props.get(key)
        if constants is None or prop is None:
            possible = alternative.open if prop is None else prop.type.may(*map(kind_of, wanted))
            stays = possible or not keep
        elif keep:
            stays = bool(constants & wanted)
        else:
            stays = bool(constants - wanted) or not prop.required or prop.type.nullable
        if stays:
            left.append(alternative)
    if t.objects and not left:
        return NEVER if keep else only(t, *(KINDS - {"object"}))
    part = Type({"object"}, objects=tuple(left))
    return part if keep else join(only(t, *(KINDS - {"object"})), part)


def holding(t: Type, key: str, literals: frozenset[str]) -> Type:
    """The same type, its objects with one of these texts as their member ``key``, as far as that is a text."""

    def told(one: ObjectType) -> ObjectType:
        member = one.props.get(key)
        return one if member is None else one.having({**one.props, key: Prop(one_of(member.type, literals))})

    return Type(t.kinds, items=t.lazy_items, objects=tuple(map(told, t.objects)))


def one_of(t: Type, literals: frozenset[str]) -> Type:
    """One of these texts, where a text is the only constant that it can be."""
    plain = t.may("string") and not t.kinds & {"boolean", "number"}
    return Type({"string"}, literals=literals) if plain else t


def discriminator(t: Type) -> str | None:
    """The required member whose constants tell all alternatives of the objects apart, or None."""
    if len(t.objects) < 2:
        return None
    shared = [key for key in t.objects[0].props if all(key in o.props and o.props[key].required for o in t.objects)]
    for key in sorted(shared, key=lambda name: (name != "type", name != "role")):
        sets = [_constants(o, key) for o in t.objects]
        known = [s for s in sets if s]
        if len(known) == len(sets) and sum(map(len, known)) == len(frozenset().union(*known)):
            return key
    return None


def intersect(a: Type, b: Type) -> Type:
    """What is of both types, as near as the representation allows (it may be too large, never too small)."""
    if a is ANY or b is ANY:
        return b if a is ANY else a
    kinds = a.kinds & b.kinds
    literals = a.literals if b.literals is None else b.literals if a.literals is None else a.literals & b.literals
    if literals is not None:
        literals = frozenset(c for c in literals if kind_of(c) in kinds)
        kinds -= CONSTANT_KINDS - {kind_of(c) for c in literals}
    objects: tuple[ObjectType, ...] = ()
    if "object" in kinds:
        objects = a.objects or b.objects
        if a.objects and b.objects:
            objects = tuple(_both(x, y) for x in a.objects for y in b.objects)
    items: Type | Callable[[], Type] | None = a.lazy_items or b.lazy_items
    if a.lazy_items is not None and b.lazy_items is not None:

        def items() -> Type:
            return intersect(a.items, b.items)

    return Type(
        kinds,
        literals=literals,
        integer=a.integer or b.integer,
        items=items if "array" in kinds else None,
        objects=objects,
        json=(a.json or b.json) and "string" in kinds,
    )


def _both(a: ObjectType, b: ObjectType) -> ObjectType:
    """An object that satisfies both descriptions: the members of both."""
    props: dict[str, Prop] = {}
    for key in (*a.props, *(k for k in b.props if k not in a.props)):
        x, y = a.props.get(key), b.props.get(key)
        if x is None or y is None:
            only_one = x or y
            assert only_one is not None
            props[key] = only_one
        else:
            props[key] = Prop(lambda x=x, y=y: intersect(x.type, y.type), x.required or y.required)  # type: ignore[misc]
    return ObjectType(
        b.name if a.name == "object" else a.name, props, open=a.open and b.open, values=a._values or b._values
    )
