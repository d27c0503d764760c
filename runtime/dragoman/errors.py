"""The exceptions of the public surface, and the one that generated code raises for a request that cannot be said.

None of them may have an accident (`KeyError`, `TypeError`, …) as its cause or context: raise them after the `except`
block is left, never inside it.
"""

from collections.abc import Sequence
from typing import Any

from .loss import Loss, Rule
from .places import At, text

__all__ = ["MalformedBody", "Refused", "Rejected", "kind_of"]

_SHORT = 40  # a text this short may stand in a message


def kind_of(value: object) -> str:
    """A value in words for an error message: its JSON type, and the value itself where it is short."""
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str):
        return f"the string {value!a}" if len(value) <= _SHORT else f"a string of {len(value)} characters"
    if isinstance(value, int):
        return f"the integer {value}" if abs(value) < 10**18 else "a very large integer"
    if isinstance(value, float):
        return f"the number {value!r}"
    if isinstance(value, dict):
        return "an object"
    if isinstance(value, list):
        return "an array"
    return f"a Python {type(value).__name__}"


class MalformedBody(ValueError):
    """A body that is not what its schema says. `path`: where; `expected` and `found`: in words."""

    def __init__(self, at: At, expected: str, found: str) -> None:
        super().__init__(at, expected, found)
        self.at = at
        self.expected = expected
        self.found = found

    @property
    def path(self) -> str:
        return text(self.at)

    def __str__(self) -> str:
        return f"{self.path or 'the body'}: expected {self.expected}, found {self.found}"


class Rejected(Exception):
    """Raised by generated code for a request that its spec rejects; the translator makes a `Refused` of it.

    `rule` may be None: then the body contradicts itself rather than the upstream.
    """

    def __init__(self, at: At, message: str, rule: Rule | None = None, code: str | None = None) -> None:
        super().__init__(message)
        self.at = at
        self.message = message
        self.rule = rule
        self.code = code


class Refused(ValueError):
    """A request that is malformed, cannot be said in the upstream's dialect, or breaks the strictness asked for.

    `body` is the error in the client's dialect, to be answered with `status`.
    """

    def __init__(self, message: str, *, body: Any = None, losses: Sequence[Loss] = (), status: int = 400) -> None:
        super().__init__(message)
        self.status = status
        self.body = body
        self.losses = list(losses)
