"""What one step of a translation is given besides the body, and what it writes down.

One `Call` serves one step of one body: its losses and its trace are those of that step alone.
"""

import os
import time
from collections.abc import Callable, Mapping
from collections.abc import Set as AbstractSet
from typing import Any

from ..errors import MalformedBody, Rejected, kind_of
from ..loss import Rule
from ..places import At
from .media import handed_in, stand_in

__all__ = ["SEVERAL", "UNKNOWN", "Call", "malformed", "of_kind", "refused", "unknown_member"]

UNKNOWN = Rule("dropped", "tuning", "no such field in this dialect's schema", "")
SEVERAL = Rule("substituted", "contract", "of its members only one can be there: one of them counts", "")
_NOT_TOLD = object()


class Call:
    """Facts, settings, request context, clock and id maker; collects losses and, for a second step, the trace.

    `request` is the context that travels from the request to its answer: the request unit writes to it, the response,
    stream and error units read it with `.get` (an answer may come without its request). Before a request step the
    translator has put `model` (string or None) and `stream` (bool) there, from the URL or the body, and `media`, which
    holds `(media_type, base64)` by URL. `asked`: a list that makes this a dry run, in which media are only asked for.
    """

    __slots__ = ("_clock", "_new_id", "_now", "asked", "facts", "losses", "request", "settings", "trace")

    def __init__(
        self,
        facts: Any = None,
        settings: Mapping[str, Any] | None = None,
        request: dict[str, Any] | None = None,
        *,
        trace: dict[int, tuple[Any, ...]] | None = None,  # see kit.trace
        clock: Callable[[], float] | None = None,
        new_id: Callable[[str], str] | None = None,
    ) -> None:
        self.facts = facts
        self.settings: Mapping[str, Any] = {} if settings is None else settings
        self.request: dict[str, Any] = {} if request is None else request
        self.losses: list[tuple[Rule, At]] = []
        self.trace = trace
        self.asked: list[str] | None = None
        self._clock = clock
        self._new_id = new_id
        self._now: int | None = None

    def now(self) -> int:
        """Seconds since 1970; the same each time within one call, so that all chunks of a stream agree."""
        if self._now is None:
            self._now = int((self._clock or time.time)())
        return self._now

    def new_id(self, prefix: str = "") -> str:
        """A fresh id: the prefix and 24 hexadecimal digits, unless the translator was given its own maker."""
        return self._new_id(prefix) if self._new_id is not None else prefix + os.urandom(12).hex()

    def media(self, url: Any) -> dict[str, str] | None:
        """The bytes that were handed in for this URL, as `{media_type, data}`; null when none were."""
        found = handed_in(self.request.get("media"), url)
        if found is None and self.asked is not None and type(url) is str:
            self.asked.append(url)
            return stand_in(url)
        return found

    def lose(self, rule: Rule, at: At) -> None:
        self.losses.append((rule, at))

    def leftovers(self, obj: Mapping[str, Any], quiet: AbstractSet[str], drops: Mapping[str, Rule], at: At) -> None:
        """Report the members of `obj` that no rule reads.

        `drops` has the loss of each name, and under `"*"` that of all others. A member whose value is null says
        nothing, so nothing is lost with it. An object that two rules read is asked for twice; whoever tells the losses
        (`steps.told`) tells such a one once.
        """
        for name, value in obj.items():
            if name not in quiet and value is not None:
                self.losses.append((drops.get(name) or drops.get("*") or UNKNOWN, (at, name)))

    def elements(self, items: object, quiet: frozenset[str], drops: Mapping[str, Rule], at: At) -> None:
        """The same for the objects in a list."""
        for n, item in enumerate(items if type(items) is list else ()):
            if type(item) is dict and not quiet.issuperset(item):
                self.leftovers(item, quiet, drops, (at, n))

    def one(self, obj: Mapping[str, Any], single: AbstractSet[str], at: At) -> None:
        """Refuse an object that holds several members of which only one can be there."""
        found = _held(obj, single)
        if len(found) > 1:
            raise Rejected(at, f"only one of {', '.join(found)} can be there")

    def counts(self, obj: Mapping[str, Any], single: AbstractSet[str], rule: Rule, at: At) -> None:
        """The same of an answer, which is not worth losing for it."""
        if len(_held(obj, single)) > 1:
            self.losses.append((rule, at))


def _held(obj: Mapping[str, Any], names: AbstractSet[str]) -> list[str]:
    return [name for name, value in obj.items() if name in names and value is not None]


def of_kind(
    obj: Mapping[str, Any], tag: str, kinds: Mapping[str, frozenset[str]], others: frozenset[str]
) -> frozenset[str]:
    """The members that rules read of an object of this kind; `others`: of any other kind."""
    kind = obj.get(tag)
    return kinds.get(kind, others) if type(kind) is str else others


def malformed(at: At, expected: str, found: object = _NOT_TOLD) -> MalformedBody:
    """To be raised: the value at this place is not what the schema says. `found` is the value itself."""
    return MalformedBody(at, expected, "nothing" if found is _NOT_TOLD else kind_of(found))


def refused(at: At, message: str, rule: Rule | None = None, code: str | None = None) -> Rejected:
    """To be raised: the spec rejects this request. `message` says what cannot be said, without the path."""
    return Rejected(at, message, rule, code)


def unknown_member(at: At, found: object, known: str, rule: Rule | None = None) -> Rejected | MalformedBody:
    """To be raised: the member of a union that a request names at this place cannot be said, or is no name."""
    if type(found) is not str:
        return malformed(at, "a text", found)
    return Rejected(at, f"expected one of {known}, found {kind_of(found)}", rule)
