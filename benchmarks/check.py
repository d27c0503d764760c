"""`dragoman check` of all providers: with nothing kept from before, and again."""

from __future__ import annotations

import resource
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

__all__ = ["main"]

ROOT = Path(__file__).resolve().parents[1]
PARTS = ("specs", "generated", "docs", "README.md")
RUNS = 5


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        tree = Path(folder)
        for part in PARTS:
            if (ROOT / part).is_dir():
                shutil.copytree(ROOT / part, tree / part)
            else:
                shutil.copy(ROOT / part, tree / part)
        _show("cold", _run(tree))
        for wall, used in sorted(_run(tree) for _ in range(RUNS)):
            _show("warm", (wall, used))


def _run(tree: Path) -> tuple[float, float]:
    """Seconds on the clock, and of all processors."""
    start, before = time.perf_counter(), _used()
    subprocess.run([sys.executable, "-m", "dragoman_codegen", "check"], cwd=tree, check=True, capture_output=True)
    return time.perf_counter() - start, _used() - before


def _used() -> float:
    found = resource.getrusage(resource.RUSAGE_CHILDREN)
    return found.ru_utime + found.ru_stime


def _show(name: str, seconds: tuple[float, float]) -> None:
    print(f"{name}: {seconds[0]:.1f} s, {seconds[1]:.1f} s of processors")
