"""What an expression is compiled against: the names it may use and what is known of them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from ..replacing import replace
from ..types import ANY, ObjectType, Type

__all__ = ["Scope", "TextSet", "Value", "is_slot_map", "slot_map"]

_SLOT_MAP = "map slot"


def slot_map(entries: Type | None) -> Type:
    """The type of a stream's slot that is looked up with `at()`: its keys stay what they are.

    `entries`: the type of all that is put in; None if it is not known yet.
    """
    return Type({"object"}, objects=(ObjectType(_SLOT_MAP, {}, open=True, values=entries or ANY),))


def is_slot_map(type_: Type) -> bool:
    return type_.kinds == {"object"} and any(o.name == _SLOT_MAP for o in type_.objects)


@dataclass(frozen=True, slots=True)
class Value:
    """A Python expression and what is known of its value.

    * ``simple``: a name or constant, which may be written twice.
    * ``trusted``: the value is of its type's kinds for certain, and if it is an object its required members are there.
      What the members hold is *believed* and not trusted: by belief null tests and the like are left out, which is
      harmless when it is wrong, but nothing is entered or passed to a Python method on belief.
    * ``complete``: false if a trusted object's required members were not looked for (``.get`` is used for them).
    * ``elements_trusted``: the same as ``trusted`` for each element of an array.
    * ``deep``: everything below is trusted too (facts, slots, values that our own code made).
    * ``implied``: that it is not null follows from what was asked of its members; a type checker cannot know.
    """

    code: str
    type: Type = ANY
    simple: bool = False
    trusted: bool = False
    elements_trusted: bool = False
    complete: bool = True
    deep: bool = False
    precedence: int = 9  # of the Python expression; see python.py
    source: tuple[str, str] | None = None  # it is this member of this local
    implied: bool = False

    def with_type(self, type: Type) -> Value:
        return replace(self, type=type)


@dataclass(frozen=True, slots=True)
class TextSet(Value):
    """A list that is only asked with `contains()`.

    ``asked``: whether it was for a text, as far as is known, each time. ``made``: it is a set of texts in Python.
    """

    asked: list[bool] = field(default_factory=list, compare=False)
    made: bool = False


@dataclass(frozen=True, slots=True)
class Scope:
    """``names`` has ``@`` and the variables; ``known`` has paths below ``@`` that are in local variables already.

    ``known`` is what the caller has verified: its longest match is used for a path, in place of reading from ``@``.
    """

    names: Mapping[str, Value]
    known: Mapping[tuple[str, ...], Value] = field(default_factory=dict)
