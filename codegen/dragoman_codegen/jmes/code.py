"""Where emitted Python goes: blocks of lines with indentation, fresh local names, and what the module must provide.

A module of emitted code begins with ``from typing import Any``, whatever else it imports.
"""

from __future__ import annotations

import builtins
import functools
import keyword
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager

__all__ = ["CodeBlock", "Unit", "identifier", "plural", "singular"]

INDENT = "    "
# CPython nests at most 20 loops in a function and 100 levels of indentation; readers give up long before.
_MAX_LOOPS, _MAX_LEVEL = 10, 40
_RESERVED = frozenset(keyword.kwlist) | frozenset(keyword.softkwlist) | frozenset(dir(builtins)) | {"call"}


class Unit:
    """One module being emitted: its imports and the functions that expressions were outlined into."""

    def __init__(self) -> None:
        self.imports: dict[str, set[str]] = {}
        self.functions: list[str] = []
        self._names: set[str] = set()

    def use(self, name: str, module: str = "dragoman.kit.jmes") -> str:
        """Import a name; the name, as it is to be written."""
        self.imports.setdefault(module, set()).add(name)
        return name

    def import_lines(self) -> list[str]:
        return [f"from {module} import {', '.join(sorted(names))}" for module, names in sorted(self.imports.items())]

    def fresh(self, hint: str) -> str:
        """A new name for something at module level."""
        name, n = hint, 2
        while name in self._names:
            name, n = f"{hint}_{n}", n + 1
        self._names.add(name)
        return name

    def function(self, block: CodeBlock) -> None:
        """Keep an outlined function; ``block`` holds it from ``def`` on."""
        self.functions.append(block.render())


class CodeBlock:
    """Lines of one function, or of a part of it that is not placed yet (``scratch``)."""

    def __init__(self, unit: Unit, *, taken: set[str] | None = None, level: int = 0, loops: int = 0) -> None:
        self.unit = unit
        self.lines: list[str] = []
        self.level = level  # of indentation of what is added next
        self.loops = loops  # that enclose what is added next
        self.spare: set[str] = set()  # locals that may go where nothing reads them
        self._taken = set() if taken is None else taken
        self._base = level

    @property
    def crowded(self) -> bool:
        """What comes next had better go into a function of its own."""
        return self.loops >= _MAX_LOOPS or self.level >= _MAX_LEVEL

    def __bool__(self) -> bool:
        return bool(self.lines)

    def line(self, text: str) -> None:
        self.lines.append(INDENT * self.level + text)

    @contextmanager
    def block(self, header: str) -> Iterator[None]:
        """``with code.block("if x:"):`` what is added inside is one level deeper."""
        self.line(header)
        loop = header.startswith(("for ", "while "))
        self.level += 1
        self.loops += loop
        try:
            yield
        finally:
            self.level -= 1
            self.loops -= loop

    def scratch(self, *, deeper: int = 0, loops: int = 0) -> CodeBlock:
        """A block for lines that may be needed at this place (``deeper`` levels in); add them with ``include``."""
        made = CodeBlock(self.unit, taken=self._taken, level=self.level + deeper, loops=self.loops + loops)
        made.spare = self.spare
        return made

    def include(self, other: CodeBlock) -> None:
        """Add the lines of a scratch block here, at the present indentation."""
        shift = self.level - other._base
        for text in other.lines:
            body = text.lstrip(" ")
            self.lines.append(" " * (len(text) - len(body) + shift * len(INDENT)) + body)

    def checkpoint(self) -> Callable[[], None]:
        """Remember names and imports; the returned function goes back to them, for code that is thrown away."""
        taken, imports = set(self._taken), {module: set(names) for module, names in self.unit.imports.items()}

        def back() -> None:
            self._taken.intersection_update(taken)
            self.unit.imports = imports

        return back

    def reserve(self, *names: str) -> None:
        """Names that fresh ones must not collide with: parameters, names of the module."""
        self._taken.update(names)

    def fresh(self, hint: str) -> str:
        """A local name near ``hint`` that nothing in the function has yet."""
        base = identifier(hint)
        name, n = base, 2
        while name in self._taken or name in _RESERVED or name in HELPERS:
            name, n = f"{base}_{n}", n + 1
        self._taken.add(name)
        return name

    def use(self, name: str, module: str = "dragoman.kit.jmes") -> str:
        return self.unit.use(name, module)

    def drop_spare(self, start: int) -> None:
        """Leave out the assignments to spare locals that nothing reads in the lines from ``start`` on."""
        for n in range(len(self.lines) - 1, start - 1, -1):
            name = self.lines[n].split(" = ", 1)[0].strip()
            if name in self.spare and not re.search(rf"\b{name}\b", "\n".join(self.lines[n + 1 :])):
                del self.lines[n]

    def render(self) -> str:
        return "\n".join(self.lines) + "\n" if self.lines else ""


_WORDS = re.compile(r"[A-Za-z][a-z0-9]*|[A-Z]+(?![a-z])|[0-9]+")


@functools.lru_cache(maxsize=10_000)
def identifier(text: str) -> str:
    """A name of a field as a local name: ``functionCall`` → ``function_call``, ``max-tokens`` → ``max_tokens``."""
    name = "_".join(word.lower() for word in _WORDS.findall(text[:60]))
    if not name:
        return "value"
    if name[0].isdigit():
        name = f"v{name}"
    return f"{name}_" if name in _RESERVED or name in HELPERS else name


def singular(name: str) -> str:
    """A name for one element of a list of this name."""
    if name.endswith("ies") and len(name) > 4:
        return name[:-3] + "y"
    if name.endswith(("ches", "shes", "xes", "sses")):
        return name[:-2]
    if name.endswith("s") and not name.endswith("ss") and len(name) > 2:
        return name[:-1]
    return "item" if name in {"content", "value"} else f"{name}_item"


def plural(name: str) -> str:
    """A name for a list of things of this name."""
    if name.endswith("s"):
        return name
    return name[:-1] + "ies" if name.endswith("y") and name[-2:-1] not in set("aeiou") else f"{name}s"


# Names that generated modules import: no local may hide them.
HELPERS: frozenset[str] = frozenset(
    {
        "ABSENT",
        "InvalidType",
        "InvalidValue",
        "NOTHING",
        "NUMBERS",
        "absolute",
        "added",
        "at",
        "member",
        "average",
        "base64_floats",
        "base64_text",
        "ceiling",
        "compact",
        "contains",
        "cut",
        "data_uri",
        "date_seconds",
        "elements",
        "ends_with",
        "entry",
        "equal",
        "flatten",
        "floats_base64",
        "floor",
        "from_paths",
        "greater",
        "greater_equal",
        "join",
        "json_text",
        "keys",
        "length",
        "less",
        "less_equal",
        "max_by",
        "maximum",
        "merge",
        "min_by",
        "minimum",
        "minus",
        "not_null",
        "out_of_order",
        "parse_json",
        "reverse",
        "safe_id",
        "seconds",
        "seconds_date",
        "short_id",
        "sort",
        "sort_by",
        "split",
        "starts_with",
        "text_base64",
        "to_array",
        "to_number",
        "to_string",
        "total",
        "trim",
        "trim_end",
        "type_name",
        "unordered",
        "values",
        "Any",
        "cast",
        "checked_text",
        "hub",
        "lay",
        "lower_schema",
        "malformed",
        "merge_items",
        "named",
        "put",
        "refused",
        "respelled",
        "same",
        "unknown_member",
        "wire",
    }
)
