"""The README does what it says: its programs run, against a scripted server, and print what stands below them."""

from __future__ import annotations

import importlib.util
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from servers import MessagesServer

from dragoman_codegen import docs

from .walk import ROOT, Shell, programs

TEXT = (ROOT / "README.md").read_text(encoding="utf-8")
PROGRAMS = programs(TEXT)
SHELLS = re.findall(r"```sh\n(.*?)```", TEXT, re.S)
CONSOLES = re.findall(r"```console\n(.*?)```", TEXT, re.S)


def test_every_program_of_the_readme_says_what_it_prints() -> None:
    assert len(PROGRAMS) == TEXT.count("```python") == 3
    assert len(CONSOLES) == 2


@pytest.mark.parametrize(("program", "printed"), PROGRAMS)
def test_a_program_of_the_readme(program: str, printed: str) -> None:
    with MessagesServer() as upstream:
        done = subprocess.run(
            [sys.executable, "-c", program],
            capture_output=True,
            text=True,
            env={**os.environ, "ANTHROPIC_BASE_URL": upstream.url},
        )
    assert done.returncode == 0, done.stderr
    assert done.stdout == printed


@pytest.mark.skipif(sys.platform == "win32", reason="written for a POSIX shell")
@pytest.mark.parametrize("console", CONSOLES)
def test_a_console_of_the_readme(console: str, tmp_path: Path) -> None:
    Shell(tmp_path / "bin", tmp_path).console(console)


@pytest.mark.skipif(sys.platform == "win32", reason="written for a POSIX shell")
@pytest.mark.parametrize("line", [line for block in SHELLS for line in block.splitlines()])
def test_a_command_of_the_readme(line: str, tmp_path: Path) -> None:
    shell = Shell(tmp_path / "bin", ROOT)
    # What the index has is here already, and chores are other tests' business: that they can be begun is this one's.
    options = f'--quiet --no-deps --no-build-isolation --target "{tmp_path / "installed"}" #'
    shell.program("pip", f'-m pip "$@" {options}')
    done = shell.run(line.replace("make ", "make --dry-run "))
    assert done.returncode == 0, done.stderr
    if line.startswith("pip"):
        assert {"dragoman", "dragoman_providers"} <= {path.name for path in (tmp_path / "installed").iterdir()}


@pytest.mark.parametrize("command", sorted(set(re.findall(r"`((?:dragoman|make|python -m) [^`]*)`", TEXT))))
def test_a_command_that_is_spoken_of_is_there(command: str) -> None:
    program, *words = command.split()
    if program == "make":
        assert re.search(rf"^{words[0]}:", (ROOT / "Makefile").read_text(encoding="utf-8"), re.M)
    else:
        module = words[1] if program == "python" else f"dragoman_codegen.commands.{words[0]}"
        assert importlib.util.find_spec(module) is not None


def test_the_tables_are_up_to_date() -> None:
    stale = [str(path) for path, text in docs.pages(ROOT).items() if (ROOT / path).read_text(encoding="utf-8") != text]
    assert stale == [], "run: dragoman generate"
