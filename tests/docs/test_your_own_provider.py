"""docs/your-own-provider.md is followed to the letter in an empty folder, and is the example in examples/."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import httpx
import pytest

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from servers import ChatServer

from dragoman.transport import Transport
from dragoman_codegen.cli import main
from dragoman_codegen.diagnostics import render
from dragoman_codegen.project import check

from .walk import ROOT, Shell, files, programs

TEXT = (ROOT / "docs" / "your-own-provider.md").read_text(encoding="utf-8")
EXAMPLE = ROOT / "examples" / "custom_provider"
FILES = files(TEXT)
MADE = {"acme_dialects", ".dragoman-cache"}
CONSOLES = re.findall(r"```console\n(.*?)```", TEXT, re.S)


def test_the_page_is_the_example() -> None:
    paths = [path for path in EXAMPLE.rglob("*") if path.suffix in (".toml", ".yaml", ".py")]
    found = {path.relative_to(EXAMPLE).as_posix() for path in paths if not MADE & set(path.parts)}
    written = dict(FILES)
    assert found == set(written)
    for name, text in written.items():
        assert (EXAMPLE / name).read_text(encoding="utf-8") == text, name


@pytest.mark.slow
@pytest.mark.skipif(sys.platform == "win32", reason="written for a POSIX shell")
def test_a_provider_outside_as_the_page_says(tmp_path: Path) -> None:
    folder, installed = tmp_path / "acme", tmp_path / "installed"
    shutil.copytree(EXAMPLE, folder, ignore=shutil.ignore_patterns(*MADE))  # with what it tells git to ignore
    rooms = [str(ROOT / room) for room in ("runtime", "codegen", "generated")]
    env = {
        "PYTHONPATH": ":".join([str(installed), *rooms]),
        "MYPYPATH": ":".join(rooms),
        "ACME_API_KEY": "some-key",
    }
    with ChatServer() as upstream:
        shell = Shell(tmp_path / "bin", folder, {**env, "ACME_BASE_URL": upstream.url + "/v1"})
        # What `pip install` takes from the index is here already.
        shell.program("pip", f'-m pip --no-input "$@" --no-deps --no-build-isolation --target "{installed}" #')
        for console in CONSOLES:
            shell.console(console)
    # What the compiler keeps for itself is no business of the project's.
    assert (folder / ".dragoman-cache" / "typeddicts" / ".gitignore").read_text(encoding="utf-8") == "*\n"
    assert not (folder / ".ruff_cache").exists()


@pytest.mark.parametrize(("program", "printed"), programs(TEXT))
def test_a_program_of_the_page(program: str, printed: str) -> None:
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)
    assert done.stdout == printed, done.stderr


def test_facts_of_a_transport() -> None:
    seen: list[Any] = []

    def answer(request: httpx.Request) -> httpx.Response:
        seen.append(json.loads(request.content))
        return httpx.Response(500, json={})

    for facts in ({}, {"reasoning": False}):
        transport = Transport("openai", api_key="k", facts=facts, transport=httpx.MockTransport(answer))
        with httpx.Client(transport=transport) as client:
            client.post(
                "http://dragoman/v1/chat/completions", json={"model": "our-old-model", "max_tokens": 9, "messages": []}
            )
    assert [sorted(set(body) - {"model", "messages"}) for body in seen] == [["max_completion_tokens"], ["max_tokens"]]


@pytest.fixture
def project(tmp_path: Path) -> Path:
    (tmp_path / "pyproject.toml").write_text('[tool.dragoman]\ngenerated = "acme_dialects"\n')
    (tmp_path / "specs" / "providers").mkdir(parents=True)
    return tmp_path


def test_a_provider_outside_is_begun(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["new", "acme", "--like", "openai", "--root", str(project)]) == 0
    assert main(["generate", "--root", str(project)]) == 0, capsys.readouterr().out
    assert sorted(path.name for path in project.iterdir()) == ["acme_dialects", "pyproject.toml", "specs"]


def test_it_needs_a_name_of_its_own(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["new", "openai", "--like", "openai", "--root", str(project)]) == 2
    assert "take another name" in capsys.readouterr().err
    folder = project / "specs" / "providers" / "openai"
    folder.mkdir()
    (folder / "provider.yaml").write_text("slug: openai\nname: Mine\nsource: made\nextends: anthropic\n")
    assert '[DG427]: dragoman comes with a provider "openai": this one needs a name of its own' in render(
        check(project)
    )


def test_a_project_must_say_that_it_is_one(project: Path) -> None:
    (project / "pyproject.toml").unlink()
    folder = project / "specs" / "providers" / "acme"
    folder.mkdir()
    (folder / "provider.yaml").write_text("slug: acme\nname: Acme\nsource: made\nextends: openai\n")
    assert 'help: write generated = "name_of_a_package" under [tool.dragoman] in pyproject.toml' in render(
        check(project)
    )
