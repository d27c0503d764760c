"""Expressions, evaluated by the `jmespath` library itself.

`$name` is not JMESPath: before the library parses the text, each `$name` becomes the field `"\\0name"`, which no JSON
member is called, and where the interpreter meets such a field it looks among the names in sight. Everything else is the
library's: the grammar, truth, comparisons, projections, its own functions.

Two accidents of the library are mended, because the compiler means to: `<` between a text and a number gives null
instead of Python's TypeError, and a text contains nothing but texts.
"""

from __future__ import annotations

import re
import warnings
from collections.abc import Callable, Mapping
from functools import cache
from typing import Any, cast

import jmespath
from jmespath import exceptions, functions
from jmespath.visitor import Options, TreeInterpreter

from dragoman.errors import kind_of
from dragoman.kit import functions as kit
from dragoman.kit.paths import from_paths

__all__ = ["Impossible", "Slots", "evaluate", "is_true"]

_MARK = "\0"
_PARTS = re.compile(r"""('(?:\\.|[^'\\])*'|"(?:\\.|[^"\\])*"|`(?:\\.|[^`\\])*`)|\$([A-Za-z_]\w*)""")
_Any: Any = TreeInterpreter
_Base: Any = functions.Functions


class Impossible(Exception):
    """A function got a value that it can do nothing with: for the caller, the body is malformed."""


class Slots(dict[Any, Any]):
    """A slot of type map: its keys may be whole numbers, and 1 is another key than "1"."""


Slots.__name__ = "dict"  # the library tells kinds by the names of types


class _Functions(_Base):  # type: ignore[misc]
    """The functions beyond JMESPath; what is no effect has its meaning in the runtime kit."""

    def __init__(self, new_id: Callable[[str], str], media: Callable[[Any], Any]) -> None:
        self.new_id = new_id
        self.media = media


def _contains(subject: Any, search: Any) -> bool:
    return search in subject if isinstance(subject, list) else isinstance(search, str) and search in subject


def _at(container: Any, key: Any) -> Any:
    if isinstance(container, Slots):
        return container.get(key) if type(key) in (str, int) else None
    return kit.member(container, key)


_ANYTHING: dict[str, list[str]] = {"types": []}
_ONE, _TWO = (_ANYTHING,), (_ANYTHING, _ANYTHING)
_OWN: dict[str, tuple[Callable[..., Any], tuple[Any, ...]]] = {
    "contains": (_contains, ({"types": ["array", "string"]}, _ANYTHING)),
    "at": (_at, _TWO),
    **{name: (getattr(kit, name), _ONE) for name in ("parse_json", "json_text", "data_uri", "base64_text")},
    **{name: (getattr(kit, name), _ONE) for name in ("text_base64", "trim", "trim_end", "seconds", "compact")},
    **{name: (getattr(kit, name), _ONE) for name in ("date_seconds", "seconds_date", "floats_base64", "base64_floats")},
    **{name: (getattr(kit, name), _TWO) for name in ("split", "minus", "cut", "unordered")},
    "from_paths": (from_paths, _ONE),
    "safe_id": (kit.safe_id, _ONE),
    "short_id": (kit.short_id, _TWO),
}
"""Functions by name: what they do, and what they take in the library's terms."""


def _table() -> dict[str, Any]:
    """The library's functions and ours. The library calls them as methods of the object that holds the table."""

    def method(function: Callable[..., Any]) -> Callable[..., Any]:
        return lambda self, *given: function(*given)

    own = {name: {"function": method(does), "signature": takes} for name, (does, takes) in _OWN.items()}
    new_id = {"function": lambda self, prefix: self.new_id(prefix), "signature": ({"types": ["string"]},)}
    media = {"function": lambda self, url: self.media(url), "signature": _ONE}
    return {**_Base.FUNCTION_TABLE, **own, "new_id": new_id, "media": media}


_Functions.FUNCTION_TABLE = _table()


class _Interpreter(_Any):  # type: ignore[misc]
    def __init__(self, names: Callable[[str], Any], new_id: Callable[[str], str], media: Callable[[Any], Any]) -> None:
        super().__init__(Options(custom_functions=_Functions(new_id, media)))
        self.names = names

    def visit_field(self, node: Any, value: Any) -> Any:
        name = node["value"]
        if name.startswith(_MARK):
            return self.names(name[1:])
        return value.get(name) if isinstance(value, dict) else None

    def visit_comparator(self, node: Any, value: Any) -> Any:
        try:
            return super().visit_comparator(node, value)
        except TypeError:  # a text against a number
            return None


@cache
def _parsed(text: str) -> Any:
    def marked(found: re.Match[str]) -> str:
        return found[1] if found[1] else f'"\\u0000{found[2]}"'

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of the deprecated spelling of string literals
        return cast(Any, jmespath.compile(_PARTS.sub(marked, text))).parsed


def evaluate(
    text: str,
    item: Any,
    names: Mapping[str, Any],
    new_id: Callable[[str], str],
    media: Callable[[Any], Any] = lambda url: None,
) -> Any:
    """The value of an expression on the current item. `names`: the values of `$names`, without the dollar sign."""
    found: str
    try:
        return _Interpreter(names.__getitem__, new_id, media).visit(_parsed(text), item)
    except exceptions.JMESPathError as fault:
        found = str(fault)
    except (OverflowError, ValueError, TypeError) as fault:
        # Numbers that Python cannot add, round or write; of merge() the library checks the first argument alone.
        found = f"{type(fault).__name__} of {kind_of(item)}"
    raise Impossible(f"{text}: {found}")


def is_true(value: Any) -> bool:
    """JMESPath's truth: null, false and what is empty are not true; 0 is."""
    return not (value is None or value is False or (isinstance(value, (str, list, dict)) and not value))
