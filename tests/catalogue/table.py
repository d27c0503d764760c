"""The rows with their proofs: read from rows.yaml, the cases and the tests beside this file."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import yaml

__all__ = ["ROOT", "Row", "load"]

ROOT = Path(__file__).resolve().parents[2]
HERE = Path(__file__).resolve().parent


@dataclass
class Row:
    """One row of the catalogue. `holds` is None for a row that waits for a provider, then `waits` says for which."""

    id: str
    holds: str | None
    waits: str | None
    how: str | None
    cases: list[Path] = field(default_factory=list)
    tests: list[str] = field(default_factory=list)


def load() -> dict[str, Row]:
    rows = {}
    for id, said in yaml.safe_load((HERE / "rows.yaml").read_text(encoding="utf-8")).items():
        unknown = set(said) - {"holds", "waits", "how"}
        if unknown or ("holds" in said) == ("waits" in said):
            raise ValueError(
                f"rows.yaml: {id}: expected `holds` or `waits`, and perhaps `how`; found {', '.join(said)}"
            )
        rows[id] = Row(id, said.get("holds"), said.get("waits"), said.get("how"))
    for id, path in cited():
        rows.setdefault(id, Row(id, None, None, None)).cases.append(path)
    for id, name in named():
        rows.setdefault(id, Row(id, None, None, None)).tests.append(name)
    return rows


def cited() -> Iterator[tuple[str, Path]]:
    """Rows that cases cite."""
    for path in sorted(ROOT.glob("specs/providers/*/cases/*.yaml")):
        found = re.search(r"^catalogue: \[(.*)\]$", path.read_text(encoding="utf-8"), re.M)
        for id in found[1].split(", ") if found else ():
            yield id, path


def named() -> Iterator[tuple[str, str]]:
    """Rows that tests are named after."""
    for path in sorted(HERE.glob("test_*.py")):
        for name, id in re.findall(r"^def (test_([A-Z]\d+)_\w+)", path.read_text(encoding="utf-8"), re.M):
            yield id, f"{path.name}::{name}"
