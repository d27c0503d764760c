"""What several providers have in common is read once: files, schemas, and the rules in them."""

from __future__ import annotations

from collections.abc import Callable, Hashable
from pathlib import Path
from typing import Any, TypeVar

from dragoman_codegen.copied import written_out
from dragoman_codegen.diagnostics import Diagnostics
from dragoman_codegen.source import Node, load

__all__ = ["Library"]

T = TypeVar("T")


class Library:
    """Keeps what was made of files, with all that there was to say about it. Nobody may change what is in it."""

    def __init__(self) -> None:
        self._made: dict[Hashable, tuple[Any, Diagnostics]] = {}

    def once(self, key: Hashable, make: Callable[[Diagnostics], T], diagnostics: Diagnostics) -> T:
        """What `make` gave for this key; what it has said is said to everyone who asks."""
        if key not in self._made:
            said = Diagnostics()
            self._made[key] = make(said), said
        made, said = self._made[key]
        diagnostics.extend(said)
        found: T = made
        return found

    def load(self, path: Path, root: Path, diagnostics: Diagnostics) -> Node | None:
        """The tree of a YAML file: the same one each time."""
        return self.once(("tree", path), lambda said: load(path, said, root=root), diagnostics)

    def spec(self, path: Path, root: Path, diagnostics: Diagnostics) -> Node | None:
        """The same with what its copies stand for written out."""

        def make(said: Diagnostics) -> Node | None:
            tree = self.load(path, root, said)
            return tree and written_out(tree, said)

        return self.once(("spec", path), make, diagnostics)
