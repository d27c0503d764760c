"""The order in which a generated module is read: each function, and before it the constants that it brings in."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

__all__ = ["laid_out", "said_once"]


def laid_out(constants: Mapping[str, str], functions: Sequence[str]) -> list[str]:
    """The functions in their order, each constant (name -> its code) before the first one that needs it.

    Constants keep their order among each other, so that a table comes after the rules it is made of. One that no
    function needs is left out.
    """
    first: dict[str, int] = {}
    for n, text in enumerate(functions):
        for word in set(re.findall(r"\b\w+\b", text)) & constants.keys():
            first.setdefault(word, n)
    for name, code in reversed(list(constants.items())):
        if name in first:
            for word in set(re.findall(r"\b\w+\b", code)) & constants.keys() - {name}:
                first[word] = min(first.get(word, first[name]), first[name])
    laid: list[str] = []
    for n, text in enumerate(functions):
        needed = [_assigned(name, code) for name, code in constants.items() if first.get(name) == n]
        laid += ["\n".join(needed), text] if needed else [text]
    return laid


def _assigned(name: str, code: str) -> str:
    return f"{name}: dict[str, Any] = {code}" if code[0] == "{" else f"{name} = {code}"


def said_once(functions: list[str]) -> list[str]:
    """Without functions that say the same as another one: a definition may come out alike in both directions."""
    while True:
        kept: dict[str, str] = {}
        same: dict[str, str] = {}
        for text in functions:
            found = re.match(r"def (_\w+)\(", text)
            if found is not None:
                said = re.sub(rf"\b{found[1]}\b", "_", text)
                if kept.setdefault(said, found[1]) != found[1]:
                    same[found[1]] = kept[said]
        if not same:
            return functions
        left = [text for text in functions if (found := re.match(r"def (\w+)\(", text)) is None or found[1] not in same]
        functions = [_renamed(text, same) for text in left]


def _renamed(text: str, names: dict[str, str]) -> str:
    return re.sub(r"\b_\w+\b", lambda found: names.get(found[0], found[0]), text)
