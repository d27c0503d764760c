"""Finding providers, and what finding them costs."""

from __future__ import annotations

import importlib.metadata
import subprocess
import sys
import types
from pathlib import Path
from typing import Any

import pytest

import dragoman
from dragoman import registry
from dragoman.dialect import Dialect


@pytest.fixture(autouse=True)
def _fresh(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(registry, "_loaded", {})
    monkeypatch.setattr(registry, "_all", {})


def offer(monkeypatch: pytest.MonkeyPatch, builtin: Any, points: list[Any]) -> None:
    module = types.ModuleType("dragoman_providers")
    if builtin is not None:
        module.PROVIDERS = builtin  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "dragoman_providers", module)
    for slug in ("acme", "zeta"):
        home = types.ModuleType(f"some_{slug}")
        home.DIALECT = Dialect(slug)  # type: ignore[attr-defined]
        monkeypatch.setitem(sys.modules, home.__name__, home)

    def entry_points(group: str) -> list[Any]:
        assert group == "dragoman.providers"
        return points

    monkeypatch.setattr(importlib.metadata, "entry_points", entry_points)


def test_builtin_needs_no_entry_points(monkeypatch: pytest.MonkeyPatch) -> None:
    offer(monkeypatch, {"acme": "some_acme"}, [])
    monkeypatch.setattr(importlib.metadata, "entry_points", None)
    assert registry.dialect("acme").slug == "acme"


def test_entry_points(monkeypatch: pytest.MonkeyPatch) -> None:
    point = types.SimpleNamespace(load=lambda: {"zeta": "some_zeta", "acme": "nowhere"})
    offer(monkeypatch, {"acme": "some_acme"}, [point])
    assert dragoman.providers() == ["acme", "zeta"]
    assert registry.dialect("zeta").slug == "zeta"
    assert registry.dialect("acme").slug == "acme"


def test_a_broken_package_hides_nobody(monkeypatch: pytest.MonkeyPatch) -> None:
    def load() -> Any:
        raise ImportError("it needs something")

    broken = types.SimpleNamespace(load=load, value="broken:PROVIDERS")
    offer(monkeypatch, {"acme": "some_acme"}, [broken])
    with pytest.warns(UserWarning, match="the providers of broken:PROVIDERS cannot be loaded: it needs something"):
        assert dragoman.providers() == ["acme"]


def test_without_builtin(monkeypatch: pytest.MonkeyPatch) -> None:
    offer(monkeypatch, None, [])
    assert dragoman.providers() == []
    with pytest.raises(LookupError, match=r"^there is no provider 'acme'$"):
        dragoman.translator("acme")


def test_unknown(monkeypatch: pytest.MonkeyPatch) -> None:
    offer(monkeypatch, {"acme": "some_acme"}, [])
    with pytest.raises(LookupError, match=r"there is no provider 'acmee'; did you mean 'acme'\?"):
        dragoman.translator("acmee")
    with pytest.raises(LookupError, match="did you mean"):
        dragoman.translator("acme", client="Acme")


def test_public_names() -> None:
    assert dragoman.__all__ == sorted(dragoman.__all__, key=lambda name: (name[0].islower(), name))
    for name in dragoman.__all__:
        assert getattr(dragoman, name).__module__.startswith("dragoman")
        assert name in dir(dragoman)
    with pytest.raises(AttributeError, match="has no attribute 'nothing'"):
        _ = dragoman.nothing
    assert dragoman.__version__


HEAVY = {"asyncio", "attrs", "dataclasses", "email", "h11", "httpx", "httpx2", "importlib.metadata", "inspect"}
HEAVY |= {"jinja2", "jmespath", "jsonschema", "orjson", "pydantic", "socket", "ssl", "unittest", "yaml"}
SCRIPT = """
import sys
sys.path[:0] = sys.argv[1:]
bare = set(sys.modules)
import dragoman
from dragoman import registry
import toy
registry._loaded["toy"] = toy.TOY
t = dragoman.translator("toy", client="toy")
s = t.stream(t.request({"turns": []}))
s.feed_bytes(b""), s.close_bytes(), t.error(500, None)
print(*sorted(set(sys.modules) - bare))
"""


def test_imports(root: Path) -> None:
    """Import time is a promise; what is imported can be tested without a clock."""
    folders = [str(root / "runtime"), str(Path(__file__).parent)]
    run = subprocess.run([sys.executable, "-S", "-c", SCRIPT, *folders], capture_output=True, text=True, check=True)
    loaded = set(run.stdout.split())
    assert "dragoman.stream" in loaded
    assert not loaded & HEAVY
    assert not {name for name in loaded if name.startswith("dragoman.transport")}
