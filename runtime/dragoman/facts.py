"""What a user says of models in place of what the specs say."""

from collections.abc import Mapping
from typing import Any

from .dialect import Dialect
from .errors import kind_of

__all__ = ["facts_for", "overridden"]


def facts_for(provider: Dialect, settings: Mapping[str, Any], told: Mapping[str, Any]) -> dict[str, Any]:
    """Overrides of model facts, if the provider has such facts, and they are of such kinds."""
    known = provider.facts("", settings)
    for name, value in told.items():
        if not (name in known if isinstance(known, Mapping) else hasattr(known, name)):
            raise ValueError(f"facts: the models of {provider.slug} have no fact {name!r}")
        usual = known[name] if isinstance(known, Mapping) else getattr(known, name)
        if usual is not None and _json_type(value) != (expected := _json_type(usual)):
            raise ValueError(f"facts: expected {expected} for {name}, found {kind_of(value)}")
        words = provider.fact_values.get(name)
        for word in value if isinstance(value, list | tuple) else (value,):
            if words is not None and value is not None and word not in words:
                raise ValueError(f"facts: expected one of {', '.join(words)} for {name}, found {kind_of(word)}")
    return dict(told)


def _json_type(value: Any) -> str:
    if isinstance(value, bool):
        return "true or false"
    if isinstance(value, int | float):
        return "a number"
    return "a text" if isinstance(value, str) else "a list" if isinstance(value, list | tuple) else "an object"


def overridden(facts: Any, overrides: Mapping[str, Any]) -> Any:
    """Model facts with some of them replaced."""
    return {**facts, **overrides} if isinstance(facts, Mapping) else _Overridden(facts, overrides)


class _Overridden:
    def __init__(self, facts: Any, overrides: Mapping[str, Any]) -> None:
        self.__dict__.update(overrides)
        self._facts = facts

    def __getattr__(self, name: str) -> Any:
        return getattr(self._facts, name)
