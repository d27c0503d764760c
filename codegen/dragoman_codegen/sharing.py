"""What a delta's modules have in common with its parent's: imported from there, not written a second time.

Two top-level definitions are the same when their text is, and what they use is the same too. The text of a module says
the lines of the specs, so what is the same came from the same rules and the same types.
"""

from __future__ import annotations

import ast
import functools
import re
from collections.abc import Mapping
from copy import copy
from dataclasses import dataclass, field

__all__ = ["Origins", "Shared", "share"]

Origins = dict[str, dict[str, str]]
"""Of a package: for each module, the names that stand elsewhere, and in which module."""
_TYPES = "wire"
_ALL = "\n__all__ = "  # behind the imports
_PLACE = re.compile(r"  # ([\w.-]+/)?([\w.-]+\.yaml:\d+)$", re.MULTILINE)
_WHOLE = ("facts",)  # keeps what it has worked out: shared as a whole or not at all


@dataclass
class Shared:
    """A delta's modules, not yet formatted, and where what is not written in them stands."""

    texts: dict[str, str] = field(default_factory=dict)
    origins: Origins = field(default_factory=dict)


def share(
    texts: Mapping[str, str], parent: Mapping[str, str], package: str, origins: Origins, slug: str, origin: str
) -> Shared:
    """`texts` and `parent`: both packages' modules in full; `package`: the parent's name; `origins`: of the parent.

    `slug` and `origin`: the delta and the provider that it goes back to, whose files comments name.
    """
    shared = Shared()
    same_types: frozenset[str] = frozenset()
    for name in sorted(texts, key=lambda name: (name != _TYPES, name)):
        if name == "__init__" or name not in parent:
            shared.texts[name] = texts[name]
            continue
        theirs = _parsed(parent[name])
        own = _like(theirs, parent[name], texts[name]) or _parsed(texts[name])
        same = _same(own, theirs, same_types)
        if name == _TYPES:
            same_types = same
        if name in _WHOLE and same < set(own.defined):
            same = frozenset()
        there = f"{package}.{name}"
        shared.origins[name] = {found: origins.get(name, {}).get(found, there) for found in same}
        shared.texts[name] = _without(own, shared.origins[name])
    shared.texts = {name: _placed(text, slug, origin) for name, text in shared.texts.items()}
    return shared


def _placed(text: str, slug: str, origin: str) -> str:
    """Comments name the delta's own files by their names alone, and those of others with their folders."""

    def named(place: re.Match[str]) -> str:
        folder = place[1] or f"{origin}/"
        return f"  # {'' if folder == f'{slug}/' else folder}{place[2]}"

    return _PLACE.sub(named, text)


class _Module:
    """The top-level statements of a module, each with the lines that it takes, comments above it included."""

    def __init__(self, text: str) -> None:
        lines = text.splitlines()
        tree = ast.parse(text)
        self.defined: dict[str, str] = {}
        self.uses: dict[str, set[str]] = {}
        self.types: dict[str, set[str]] = {}  # names of wire types that a definition uses
        self.imported: dict[str, str] = {}
        self.order: list[str] = []
        self.exported: list[str] = []
        self.front: list[str] = []  # header, imports, __all__
        end = 0
        for node in tree.body:
            piece = "\n".join(lines[end : node.end_lineno])
            end = node.end_lineno or end
            name = _defined(node)
            if name is None or name == "__all__":
                self.front.append(piece)
                self.imported |= _imports(node)
                if name == "__all__":
                    self.exported = ast.literal_eval(node.value)  # type: ignore[attr-defined]
                continue
            self.order.append(name)
            self.defined[name] = piece.strip("\n")
            self.uses[name], self.types[name] = _used(node)
            self.uses[name].discard(name)


@functools.lru_cache(maxsize=128)
def _parsed(text: str) -> _Module:
    return _Module(text)


def _like(other: _Module, other_text: str, text: str) -> _Module | None:
    """A module that differs from a known one in its imports alone, if it does."""
    head, begin, rest = text.partition(_ALL)
    if not begin or rest != other_text.partition(_ALL)[2]:
        return None
    made = copy(other)
    begun = _Module(head)
    made.imported, made.front = begun.imported, [*begun.front, other.front[-1]]
    return made


def _used(node: ast.stmt) -> tuple[set[str], set[str]]:
    """The names in a definition, and those of wire types."""
    uses, types = set(), set()
    for found in ast.walk(node):
        if isinstance(found, ast.Name):
            uses.add(found.id)
        elif isinstance(found, ast.Attribute) and isinstance(found.value, ast.Name) and found.value.id == _TYPES:
            types.add(found.attr)
    return uses, types


def _defined(node: ast.stmt) -> str | None:
    if isinstance(node, ast.FunctionDef | ast.ClassDef):
        return node.name
    target = (
        node.targets[0] if isinstance(node, ast.Assign) else node.target if isinstance(node, ast.AnnAssign) else None
    )
    return target.id if isinstance(target, ast.Name) else None


def _imports(node: ast.stmt) -> dict[str, str]:
    found: dict[str, str] = {}
    for part in ast.walk(node):
        if isinstance(part, ast.ImportFrom):
            found |= {alias.asname or alias.name: f"{part.module}:{alias.name}" for alias in part.names}
        elif isinstance(part, ast.Import):
            found |= {alias.asname or alias.name: alias.name for alias in part.names}
    return found


def _same(own: _Module, theirs: _Module, types: frozenset[str]) -> frozenset[str]:
    same = {name for name, text in own.defined.items() if theirs.defined.get(name) == text}
    while True:
        other = {
            name
            for name in same
            if not own.types[name] <= types
            or any(
                used not in same if used in own.defined else own.imported.get(used) != theirs.imported.get(used)
                for used in own.uses[name] - {_TYPES}
            )
        }
        if not other:
            return frozenset(same)
        same -= other


def _without(module: _Module, elsewhere: Mapping[str, str]) -> str:
    """The module with imports for what stands elsewhere; unused ones are the formatter's to take out."""
    kept = [name for name in module.order if name not in elsewhere]
    needed = {used for name in kept for used in module.uses[name]} | set(module.exported)
    imports: dict[str, list[str]] = {}
    for name in sorted(needed & set(elsewhere)):
        imports.setdefault(elsewhere[name], []).append(name)
    lines = [f"from {where} import {', '.join(names)}" for where, names in sorted(imports.items())]
    first, *front = module.front
    return "\n".join([first, *lines, *front, "", *(f"{module.defined[name]}\n" for name in kept)]) + "\n"
