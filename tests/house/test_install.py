"""The wheel, in an environment where nothing else is installed."""

from __future__ import annotations

import json
import subprocess
import sys
import venv
from pathlib import Path

import pytest

pytestmark = pytest.mark.slow


def run(*command: str | Path, cwd: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run([str(part) for part in command], cwd=cwd, capture_output=True, text=True)


@pytest.fixture(scope="module")
def bare(root: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder with the programs of a virtual environment that has the wheel of this tree and nothing more."""
    folder = tmp_path_factory.mktemp("install")
    built = run(sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", folder / "dist", cwd=root)
    assert built.returncode == 0, built.stderr
    (wheel,) = (folder / "dist").glob("dragoman-*.whl")
    venv.create(folder / "venv", with_pip=True)
    programs = folder / "venv" / ("Scripts" if sys.platform == "win32" else "bin")
    done = run(programs / "python", "-m", "pip", "install", "--no-index", "--no-deps", wheel, cwd=folder)
    assert done.returncode == 0, done.stderr
    return programs


def test_the_translators_work_without_the_compiler(bare: Path, tmp_path: Path, root: Path) -> None:
    done = run(bare / "dragoman", "providers", "--json", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    generated = root / "generated" / "dragoman_providers"
    packages = {path.parent.name.replace("_", "-") for path in generated.glob("*/__init__.py")}
    assert set(json.loads(done.stdout)) == packages

    request = {"model": "some-model", "messages": [{"role": "user", "content": "Hello"}], "max_tokens": 5}
    (tmp_path / "request.json").write_text(json.dumps(request))
    for slug in sorted(packages):
        if slug == "voyage":  # embeddings are all that it has
            continue
        done = run(bare / "dragoman", "translate", "request", "--provider", slug, "request.json", cwd=tmp_path)
        assert done.returncode == 0, (slug, done.stderr)
        assert "Hello" in done.stdout


@pytest.mark.parametrize("verb", ["check", "generate"])
def test_the_compiler_says_what_it_needs(verb: str, bare: Path, root: Path) -> None:
    done = run(bare / "dragoman", verb, "--root", root, cwd=root)
    assert done.returncode == 2
    assert done.stderr.endswith("is missing): pip install 'dragoman[codegen]'\n")


def test_types_and_language_come_along(bare: Path, tmp_path: Path) -> None:
    program = """
import dragoman, dragoman_codegen, dragoman_providers, importlib.metadata
from pathlib import Path
for package in (dragoman, dragoman_codegen, dragoman_providers):
    folder = Path(package.__file__).parent
    assert (folder / "py.typed").is_file(), folder
    assert "site-packages" in folder.parts, folder
assert (Path(dragoman_codegen.__file__).parent / "specs" / "language" / "rule.schema.json").is_file()
assert (Path(dragoman_codegen.__file__).parent / "diagnostics.md").is_file()
assert importlib.metadata.version("dragoman") == dragoman.__version__
"""
    done = run(bare / "python", "-c", program, cwd=tmp_path)
    assert done.returncode == 0, done.stderr
