"""Definition names: short, and the same on every run.

A class loses the prefix that all names of its SDK carry (`strip`), and the suffix that marks a parameter where that
leaves no two classes with one name. Where two still meet, the source file says what they are called: a name that
changed by itself would change every rule that uses it.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from typing import Any

from .combine import Schema

__all__ = ["NameClash", "choose_names", "rename"]


class NameClash(ValueError):
    """Several classes would get one definition name."""


def choose_names(
    definitions: Mapping[str, Schema],
    given: Mapping[str, str],
    roots: Mapping[str, str],
    prefixes: Iterable[str] = (),
    suffixes: Iterable[str] = (),
) -> dict[str, str]:
    """Key -> definition name. Keys are `module:Class`; `given` may leave out their leading packages.

    Classes that say the same share a name, however often the SDK writes them down.
    """
    keys = sorted(definitions)
    fixed = {**_given(keys, given), **roots}
    whole = {key: _strip_prefix(key.rpartition(":")[2], prefixes) for key in keys}
    names = {key: _strip_suffix(name, suffixes) for key, name in whole.items()} | fixed
    while True:
        clashes = _clashes(definitions, names)
        change = {key: whole[key] for keys in clashes.values() for key in keys if key not in fixed} | fixed
        if all(names[key] == name for key, name in change.items()):
            break
        names |= change
    if clashes:
        lines = [f"  {name}: {', '.join(owners)}" for name, owners in sorted(clashes.items())]
        raise NameClash("several classes would get one name; give them names under `names`:\n" + "\n".join(lines))
    return names


def _clashes(definitions: Mapping[str, Schema], names: Mapping[str, str]) -> dict[str, list[str]]:
    owners = defaultdict(list)
    for key, name in names.items():
        owners[name].append(key)
    clashes = {}
    for name, keys in owners.items():
        forms = [rename(definitions[key], names) if key in definitions else None for key in keys]
        if any(form != forms[0] for form in forms):
            clashes[name] = keys
    return clashes


def rename(schema: Any, names: Mapping[str, str]) -> Any:
    """References by key become references into `$defs`."""
    if isinstance(schema, list):
        return [rename(item, names) for item in schema]
    if not isinstance(schema, dict):
        return schema
    return {
        key: f"#/$defs/{names[value]}" if key == "$ref" and isinstance(value, str) else rename(value, names)
        for key, value in schema.items()
    }


def _given(keys: list[str], given: Mapping[str, str]) -> dict[str, str]:
    names = {}
    for wanted, name in given.items():
        hits = [key for key in keys if key == wanted or key.endswith("." + wanted)]
        if len(hits) != 1:
            found = f"it fits {', '.join(hits)}" if hits else "no such class is reached"
            raise NameClash(f"names: {wanted!r}: {found}")
        names[hits[0]] = name
    return names


def _strip_prefix(name: str, prefixes: Iterable[str]) -> str:
    for prefix in prefixes:
        if name.startswith(prefix) and name != prefix:
            return name[len(prefix) :]
    return name


def _strip_suffix(name: str, suffixes: Iterable[str]) -> str:
    for suffix in suffixes:
        if name.endswith(suffix) and name != suffix:
            return name[: -len(suffix)]
    return name
