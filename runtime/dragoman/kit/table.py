"""Look-up in the tables of a spec."""

from collections.abc import Mapping
from typing import Any

from ..loss import Rule
from ..places import At
from .call import Call, refused

__all__ = ["Table"]


class Table:
    """One direction of a table: values by key, what to report for some keys, and what becomes of other keys.

    `unknown` is the value for a key that is not in the table, with `unknown_rule` as its loss. Without `unknown` such a
    key is refused in a request (`strict`) and lost in an answer.
    """

    __slots__ = ("_notes", "_rule", "_strict", "_unknown", "_values")

    def __init__(
        self,
        values: Mapping[str, Any],
        notes: Mapping[str, Rule] | None = None,
        *,
        rule: Rule,
        unknown: Any = None,
        strict: bool = False,
    ) -> None:
        self._values = values
        self._notes = notes or {}
        self._rule = rule
        self._unknown = unknown
        self._strict = strict

    def get(self, key: Any, call: Call, at: At) -> Any:
        """The value for a key; null for null."""
        if key is None:
            return None
        if type(key) is str and key in self._values:
            if key in self._notes:
                call.lose(self._notes[key], at)
            return self._values[key]
        if self._strict and self._unknown is None:
            known = ", ".join(map(repr, self._values))
            shown = repr(key) if isinstance(key, str) and len(key) <= 80 else "this value"
            raise refused(at, f"{shown} cannot be said here; one of {known}", self._rule)
        call.lose(self._rule, at)
        return self._unknown
