"""The hand-written dialects of `toy.py`, under their names in the registry."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).resolve().parent))

from toy import PATHY, PLAIN, TOY

from dragoman import registry


@pytest.fixture(autouse=True)
def _toys(monkeypatch: pytest.MonkeyPatch) -> None:
    for dialect in (TOY, PATHY, PLAIN):
        monkeypatch.setitem(registry._loaded, dialect.slug, dialect)
