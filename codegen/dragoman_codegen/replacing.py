"""`dataclasses.replace`, faster: the emitter makes hundreds of thousands of environments and values out of others.

For dataclasses whose fields are all given to the constructor, which does nothing else.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

__all__ = ["replace"]

if TYPE_CHECKING:
    from dataclasses import replace
else:
    from dataclasses import fields

    _KNOWN = {}
    """For each class the names of its fields, and how the value of each is got and put, if it has slots."""

    def replace(given, /, **changes):
        kind = type(given)
        known = _KNOWN.get(kind)
        if known is None:
            known = _KNOWN[kind] = _looked_at(kind, hasattr(given, "__dict__"))
        names, slots = known
        if not names.issuperset(changes):
            raise TypeError(f"{kind.__name__} has no field {', '.join(sorted(changes.keys() - names))}")
        made = object.__new__(kind)
        if slots is None:
            held = given.__dict__
            if len(held) > len(names):  # something that was worked out of it is kept there
                held = {name: held[name] for name in names}
            made.__dict__.update(held)
            made.__dict__.update(changes)
            return made
        for name, get, put in slots:
            put(made, changes[name] if name in changes else get(given))
        return made

    def _looked_at(kind, loose):
        names = [field.name for field in fields(kind)]
        slots = None if loose else [(n, getattr(kind, n).__get__, getattr(kind, n).__set__) for n in names]
        return frozenset(names), slots
