"""Objects of several kinds: what rules read of one of them is no matter in another one."""

from __future__ import annotations

from collections.abc import Callable

from dragoman_codegen.emit.module import Module
from dragoman_codegen.jmes import Value
from dragoman_codegen.jmes.python import quote
from dragoman_codegen.types import MADE, Type, discriminator, only

__all__ = ["Kinds", "by_kind", "is_made", "looked_up"]

Kinds = tuple[str, dict[str, set[str]]]
"""The member that tells the kinds apart, and by its values the names that are read of such an object."""


def by_kind(t: Type, read: set[str], of: Callable[[Type], set[str] | None]) -> Kinds | None:
    """For a union of objects: what is `read` of each kind; None where that is the same of all of them.

    `of` gives the names for a type; None where the object goes on as a whole.
    """
    tag = discriminator(only(t, "object"))
    if tag is None:
        return None
    kinds: dict[str, list[Type]] = {}
    for alternative in t.objects:
        for value in alternative.props[tag].type.literals or ():
            if not isinstance(value, str):
                return None
            kinds.setdefault(value, []).append(Type({"object"}, objects=(alternative,)))
    found = {value: of(types[0]) for value, types in kinds.items()}
    less = {value: names & read for value, names in found.items() if names is not None and not read <= names}
    return (tag, dict(sorted(less.items()))) if less else None


def looked_up(item: Value, tag: str, told: Value | None, table: str, others: str, module: Module) -> str:
    """The names that are read of an object of its kind; `told`: what its tag is known to be, if that was looked at."""
    if told is not None and told.trusted and told.type.always("string"):
        return f"{table}.get({told.code}, {others})"
    return f"{module.kit('of_kind', 'dragoman.kit.call')}({item.code}, {quote(tag)}, {table}, {others})"


def is_made(t: Type) -> bool:
    """Objects that rules made: what they hold is known."""
    return bool(t.objects) and all(o.name == MADE for o in t.objects)
