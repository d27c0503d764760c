"""The package that is generated for the provider of `module/`: a small one that uses each operator.

`expected/` shows what the compiler writes, and a change of it is reviewed there.
New texts: `python -m tests.golden.regen`.
"""

from __future__ import annotations

import difflib
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from dragoman_codegen.diagnostics import render
from dragoman_codegen.layout import GENERATED
from dragoman_codegen.project import generate

from .broken import EXPECTED_MODULE, MODULE, lay_out, modules

ROOT = Path(__file__).resolve().parents[2]
PAGE = ROOT / "specs" / "language" / "README.md"


@pytest.fixture(scope="module")
def tree(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("module")
    lay_out(MODULE, root)
    found = generate(root)
    assert not found.failed, render(found)
    return root


def test_the_package_is_the_expected_one(tree: Path) -> None:
    made, expected = modules(tree / GENERATED / "acme"), modules(EXPECTED_MODULE)
    assert sorted(made) == sorted(expected)
    for name, text in expected.items():
        lines = difflib.unified_diff(text.splitlines(), made[name].splitlines(), f"expected/{name}", name, lineterm="")
        assert made[name] == text, "\n".join(lines)


def test_each_operator_is_used() -> None:
    text = "".join(path.read_text(encoding="utf-8") for path in (MODULE / "acme").glob("*.yaml"))
    named = set(re.findall(r"\*\*`(\$\w+)", PAGE.read_text(encoding="utf-8")))
    assert len(named) > 15
    assert named - set(re.findall(r"\$[a-z_]+", text)) == set()


def test_the_hash_seed_changes_nothing(tree: Path, tmp_path: Path) -> None:
    imports = "import sys; from pathlib import Path; from dragoman_codegen.project import generate"
    program = f"{imports}; generate(Path(sys.argv[1]))"
    made = []
    for seed in ("1", "2"):
        root = tmp_path / seed
        lay_out(MODULE, root)
        command = [sys.executable, "-c", program, str(root)]
        subprocess.run(command, check=True, cwd=ROOT, env={**os.environ, "PYTHONHASHSEED": seed})
        made.append({path.name: path.read_bytes() for path in sorted((root / GENERATED / "acme").glob("*.py"))})
    assert made[0] == made[1]
    assert len(made[0]) > 5


def test_types_hold(tree: Path, tmp_path: Path) -> None:
    settings = tmp_path / "mypy.ini"
    path = f"{ROOT / 'runtime'}:{tree / 'generated'}"
    options = "strict = true\nexplicit_package_bases = true\nnamespace_packages = true\n"
    settings.write_text(f"[mypy]\n{options}mypy_path = {path}\ncache_dir = {tmp_path / 'cache'}\n", encoding="utf-8")
    command = [sys.executable, "-m", "mypy", "--config-file", str(settings), "-p", "dragoman_providers"]
    done = subprocess.run(command, cwd=tree, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize("verb", [["check"], ["format", "--check"]], ids=["lint", "format"])
def test_the_project_s_settings_are_kept(verb: list[str], tree: Path) -> None:
    config = ["--config", str(ROOT / "pyproject.toml"), "--no-cache"]
    command = [sys.executable, "-m", "ruff", *verb, *config, str(tree / GENERATED / "acme")]
    done = subprocess.run(command, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
