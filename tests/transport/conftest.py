"""The toy dialects in the registry, and their upstream; each test finds it empty."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

HERE = Path(__file__).resolve().parent
for folder in (HERE.parent, HERE.parent / "runtime", HERE):
    sys.path.insert(0, str(folder))

from toy import PATHY, PLAIN, TOY  # noqa: E402
from toyserver import ToyServer  # noqa: E402

from dragoman import registry  # noqa: E402


@pytest.fixture(scope="session")
def _toy_server() -> Iterator[ToyServer]:
    with ToyServer() as server:
        yield server


@pytest.fixture
def upstream(_toy_server: ToyServer, monkeypatch: pytest.MonkeyPatch) -> Iterator[ToyServer]:
    for dialect in (TOY, PATHY, PLAIN):
        monkeypatch.setitem(registry._loaded, dialect.slug, dialect)
    _toy_server.reset()
    yield _toy_server
    _toy_server.release()
