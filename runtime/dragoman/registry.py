"""Which providers there are, and their dialects, loaded when they are asked for.

A package offers providers by an entry point of the group `dragoman.providers` that is a mapping of slugs to module
names; each module has a `DIALECT`. The providers that come with dragoman are found without looking at entry points,
which costs more than loading a provider.
"""

import warnings
from collections.abc import Iterable, Mapping
from importlib import import_module

from .dialect import Dialect

__all__ = ["GROUP", "dialect", "nearest", "providers"]

GROUP = "dragoman.providers"
_BUILTIN = "dragoman_providers"

_loaded: dict[str, Dialect] = {}
_all: dict[str, str] = {}


def providers() -> list[str]:
    """The slugs of all providers, sorted."""
    return sorted(_everything())


def dialect(slug: str) -> Dialect:
    found = _loaded.get(slug)
    if found is None:
        module = _builtin().get(slug) or _everything().get(slug)
        if module is None:
            hint = nearest(slug, _everything())
            raise LookupError(f"there is no provider {slug!r}" + (f"; did you mean {hint!r}?" if hint else ""))
        found = _loaded.setdefault(slug, import_module(module).DIALECT)
    return found


def _builtin() -> Mapping[str, str]:
    try:
        table: Mapping[str, str] = import_module(_BUILTIN).PROVIDERS
    except (ImportError, AttributeError):
        return {}
    return table


def _everything() -> Mapping[str, str]:
    if not _all:
        from importlib.metadata import entry_points

        for point in entry_points(group=GROUP):
            try:
                _all.update(point.load())
            except (ImportError, AttributeError) as exc:  # one broken package must not hide the others
                warnings.warn(f"the providers of {point.value} cannot be loaded: {exc}", stacklevel=3)
        _all.update(_builtin())  # they keep their names, and are there without being installed too
    return _all


def nearest(name: object, known: Iterable[str]) -> str | None:
    """The known name that is most like this one, or None if none is like it."""
    from difflib import get_close_matches

    close = get_close_matches(str(name).lower(), list(known), n=1, cutoff=0.5)
    return close[0] if close else None
