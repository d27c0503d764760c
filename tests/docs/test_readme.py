"""The README does what it says: its programs run, against a scripted server, and print what stands below them."""

from __future__ import annotations

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
CONSOLES = re.findall(r"```console\n(.*?)```", TEXT, re.S)


def test_every_program_of_the_readme_says_what_it_prints() -> None:
    assert len(PROGRAMS) == TEXT.count("```python") == 2
    assert len(CONSOLES) == 1


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
    Shell(tmp_path, ROOT).console(console)


def test_the_tables_of_losses_are_up_to_date() -> None:
    stale = [str(path) for path, text in docs.pages(ROOT).items() if (ROOT / path).read_text(encoding="utf-8") != text]
    assert stale == [], "run: dragoman generate"
