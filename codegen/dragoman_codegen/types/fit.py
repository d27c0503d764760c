"""Does what rules make fit the schema that it is made for?

What is made has a type, whose objects say where each member was written. It is compared with the type of the target:
every value that it may be must be one that the target takes. Where nothing is known of a value, nothing is said of it.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from .algebra import element, only, without_null
from .model import CONSTANT_KINDS, KINDS, ObjectType, Prop, Type, kind_of

__all__ = ["Misfit", "misfits"]

Path = tuple[str, ...]


@dataclass(frozen=True)
class Misfit:
    """kind: unknown (the target has no such member), missing, kind (a value of another kind), value (none of those
    that are allowed), any (perhaps none of those). ``found``: what there is instead, in words; ``names``: what would be
    right.
    """

    kind: str
    path: Path
    span: Any
    owner: str
    found: str
    names: tuple[str, ...] = ()
    kinds: frozenset[str] = frozenset()
    """The kinds that do not fit."""


def misfits(made: Type, target: Type, span: Any) -> list[Misfit]:
    """What of ``made`` the target does not take. ``span``: where it is made, if its objects do not say it."""
    return list(dict.fromkeys(_Fitting().value(made, target, (), span, "the result")))


def _verb(made: Type, wrong: Type) -> str:
    return f"{'it is' if made.kinds <= wrong.kinds else 'it may be'} {wrong.words}"


def _unknown(t: Type) -> bool:
    """Anything may be there; of the bodies that nobody has promised this holds too."""
    return t.kinds >= KINDS - {"null"} and t.literals is None


class _Fitting:
    def __init__(self) -> None:
        self._open: set[tuple[int, int]] = set()

    def value(self, made: Type, target: Type, path: Path, span: Any, owner: str) -> Iterator[Misfit]:
        if not made.kinds or _unknown(target):
            return
        for alternative in made.beside if target.objects else ():
            # Conditions that are not followed may have told what is there: other members are not called missing.
            found = self._object(alternative, target, path, span)
            yield from (one for one in found if one.kind in ("kind", "unknown"))
        if _unknown(made):
            return
        extra = made.kinds - target.kinds
        if extra:
            yield Misfit("kind", path, span, owner, _verb(made, only(made, *extra)), (target.words,), extra)
        yield from self._constants(made, target, path, span, owner)
        if made.may("array") and target.may("array"):
            yield from self.value(element(made), element(target), (*path, "[]"), span, owner)
        if made.may("object") and target.may("object") and made.objects and target.objects:
            for alternative in made.objects:
                yield from self._object(alternative, target, path, span)

    @staticmethod
    def _constants(made: Type, target: Type, path: Path, span: Any, owner: str) -> Iterator[Misfit]:
        if target.literals is None:
            return
        for kind in sorted(made.kinds & target.kinds & CONSTANT_KINDS):
            allowed = {x for x in target.literals if kind_of(x) == kind}
            names = tuple(sorted(str(x) for x in allowed))
            if made.literals is None:
                if allowed and kind != "boolean":
                    yield Misfit("any", path, span, owner, f"any {kind}", names)
                continue
            for x in sorted({x for x in made.literals if kind_of(x) == kind} - allowed, key=str):
                yield Misfit("value", path, span, owner, repr(x), names)

    def _object(self, made: ObjectType, target: Type, path: Path, span: Any) -> Iterator[Misfit]:
        key = (id(made), id(target))
        if key in self._open:
            return
        self._open.add(key)
        try:
            left = [o for o in target.objects if _told_apart(made, o) is None]
            if not left:
                yield self._none_of(made, target, path, span)
                return
            found: list[list[Misfit]] = []
            for alternative in left:
                found.append(list(self._members(made, alternative, path, span)))
                if not found[-1]:
                    return
            yield from min(found, key=len)
        finally:
            self._open.discard(key)

    @staticmethod
    def _none_of(made: ObjectType, target: Type, path: Path, span: Any) -> Misfit:
        name = next(told for o in target.objects if (told := _told_apart(made, o)) is not None)
        values = {str(x) for o in target.objects if name in o.props for x in o.props[name].type.literals or ()}
        owner = " or ".join(dict.fromkeys(o.name for o in target.objects[:4]))
        where = made.spans.get(name, made.spans.get("", span))
        shown = " or ".join(sorted(map(repr, made.props[name].type.literals or ())))
        return Misfit("value", (*path, name), where, owner, shown, tuple(sorted(values)))

    def _members(self, made: ObjectType, target: ObjectType, path: Path, span: Any) -> Iterator[Misfit]:
        here = made.spans.get("", span)
        for name, prop in made.props.items():
            where = made.spans.get(name, span)
            wanted = target.props.get(name)
            if wanted is not None:
                yield from self.value(_there(prop, name, made), wanted.type, (*path, name), where, target.name)
            elif not target.open:
                if prop.type.kinds - {"null"} or prop.required:
                    yield Misfit("unknown", (*path, name), where, target.name, name, tuple(sorted(target.props)))
            elif target.values is not None:
                yield from self.value(_there(prop, name, made), target.values, (*path, name), where, target.name)
        for name, wanted in target.props.items():
            given = made.props.get(name)
            if not wanted.required or (given is not None and given.required):
                continue
            if given is not None:
                yield Misfit("missing", (*path, name), made.spans.get(name, span), target.name, "may be left out")
            elif "" in made.spans or not made.open:
                yield Misfit("missing", (*path, name), here, target.name, "is not made")


def _there(prop: Prop, name: str, made: ObjectType) -> Type:
    """The type of a member where it is there: what rules make is left out where it is null."""
    return without_null(prop.type) if name in made.spans and not prop.required else prop.type


def _told_apart(made: ObjectType, target: ObjectType) -> str | None:
    """A member whose constants cannot be those of the target."""
    for name, wanted in target.props.items():
        given = made.props.get(name)
        if given is None or wanted.type.literals is None or given.type.literals is None or not wanted.required:
            continue
        if not given.type.literals & wanted.type.literals and not given.type.nullable:
            return name
    return None
