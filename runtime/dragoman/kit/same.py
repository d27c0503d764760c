"""Copying a body of the hub's own dialect, less what the other side does not take.

A patch is a tree with the shape of the body: a member's name (or `[]` for each element) leads to the patch of that
member; a leaf says what becomes of it: a `Rule` or `Quiet` drops it with a loss, `None` leaves it out, a `Refusal`
refuses it.
"""

from collections.abc import Mapping
from typing import Any, NamedTuple

from ..loss import Rule
from ..places import At
from .call import Call, refused
from .jmes import equal
from .trace import AS_IT_WAS

__all__ = ["Patch", "Quiet", "Refusal", "same"]


class Refusal(NamedTuple):
    """What is refused, and why; values in `unless` say nothing and pass."""

    message: str
    rule: Rule
    unless: tuple[Any, ...] = ()


class Quiet(NamedTuple):
    """A drop that is no loss for some values, which say nothing."""

    rule: Rule
    unless: tuple[Any, ...]


Leaf = Rule | None | Refusal | Quiet
Patch = Mapping[str, Any]  # name -> Leaf or Patch


def same(body: Any, patch: Patch, at: At, call: Call) -> Any:
    """The body with the patch applied. Parts that nothing touches are shared with the original, which stays as is."""
    if isinstance(body, list):
        inner = patch.get("[]")
        if inner is None:
            return body
        changed = [same(item, inner, (at, i), call) for i, item in enumerate(body)]
        return changed if any(a is not b for a, b in zip(changed, body, strict=True)) else body
    if not isinstance(body, dict):
        return body
    out = body
    for name, part in patch.items():
        value = body.get(name)
        if name == "[]" or value is None:
            continue
        if isinstance(part, Mapping):
            new = same(value, part, (at, name), call)
        else:
            _leaf(value, part, (at, name), call)
            new = None
        if new is not value:
            out = dict(body) if out is body else out
            if new is None:
                del out[name]
            else:
                out[name] = new
    if out is not body and call.trace is not None:
        call.trace[id(out)] = (at, AS_IT_WAS, out)
    return out


def _leaf(value: Any, part: Leaf, at: At, call: Call) -> None:
    if part is None:
        return
    if isinstance(part, Rule):
        call.lose(part, at)
    elif not any(equal(value, quiet) for quiet in part.unless):
        if isinstance(part, Refusal):
            raise refused(at, part.message, part.rule)
        call.lose(part.rule, at)
