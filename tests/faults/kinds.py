"""Kinds of faults. Each is a function that lists the places of a file where it can be made."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator

from .specs import Place, SpecFile

__all__ = ["KINDS", "Maker", "kind"]

Maker = Callable[[SpecFile, random.Random], Iterator[Place]]
KINDS: dict[str, Maker] = {}


def kind(maker: Maker) -> Maker:
    """Registers a kind under the name of its function."""
    KINDS[maker.__name__.replace("_", "-")] = maker
    return maker
