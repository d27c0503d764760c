"""Who may import whom. import-linter checks the contracts of pyproject.toml; the rest is what it cannot say."""

from __future__ import annotations

import ast
import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

BUILD_TOOLS = {"datamodel_code_generator", "dragoman_codegen", "jinja2", "jmespath", "jsonschema", "rich", "yaml"}
EXTRAS = {"botocore", "google"}

_IMPORT_EVERYTHING = """
import importlib, json, pkgutil, sys
import dragoman, dragoman_providers
for package in (dragoman, dragoman_providers):
    for module in pkgutil.walk_packages(package.__path__, package.__name__ + "."):
        importlib.import_module(module.name)
for slug in dragoman.providers():
    dragoman.translator(slug)
print(json.dumps(sorted({name.partition(".")[0] for name in sys.modules})))
"""


def test_contracts(root: Path) -> None:
    command = [sys.executable, "-c", "from importlinter.cli import lint_imports_command; lint_imports_command()"]
    done = subprocess.run([*command, "--no-cache"], cwd=root, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr


def imports(path: Path) -> Iterator[str]:
    """The top-level packages that a module imports, wherever it does so; its own is left out."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name.partition(".")[0] for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.level == 0:
            yield (node.module or "").partition(".")[0]


@pytest.mark.parametrize(
    ("room", "allowed"),
    [
        ("generated/dragoman_providers", {"dragoman", "dragoman_providers"}),
        ("runtime/dragoman", {"anyio", "dragoman", "httpx", "httpx2", "orjson"}),
    ],
)
def test_what_runs_needs_little_more_than_the_standard_library(root: Path, room: str, allowed: set[str]) -> None:
    extra = {
        f"{path.relative_to(root)}: {name}"
        for path in (root / room).rglob("*.py")
        for name in imports(path)
        if name not in sys.stdlib_module_names and name not in allowed
    }
    assert extra == set()


def test_no_build_tool_is_loaded_at_run_time(root: Path) -> None:
    path = [str(root / room) for room in ("runtime", "generated")]
    program = f"import sys; sys.path[:0] = {path!r}\n" + _IMPORT_EVERYTHING
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert (BUILD_TOOLS | EXTRAS) & set(json.loads(done.stdout)) == set()
