"""A page is followed to the letter: its files are written, its commands run, and what they print is compared."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

__all__ = ["ROOT", "Shell", "files", "programs"]

ROOT = Path(__file__).resolve().parents[2]
_ENDINGS = {"toml": "toml", "yaml": "yaml", "python": "py"}
_PROGRAMS = {
    "dragoman": "-P -m dragoman_codegen",  # as the installed program: what lies in the folder is not on its path
    "mypy": "-m mypy",
    "python": "",
}


def programs(text: str) -> list[tuple[str, str]]:
    """The programs of a page, each with what stands below it as printed."""
    return re.findall(r"```python\n((?:(?!```).)*)```\n\n```text\n(.*?)```", text, re.S)


def files(text: str) -> list[tuple[str, str]]:
    """The files that a page tells to write: their names stand last in the paragraphs before their blocks."""
    found = []
    before = 0
    for block in re.finditer(r"```(toml|yaml|python)\n(.*?)```", text, re.S):
        said = text[before : block.start()].rpartition("```")[2]
        names = re.findall(rf"`([\w./-]+\.{_ENDINGS[block[1]]})`", said)
        if names:
            found.append((names[-1], block[2]))
        before = block.end()
    return found


class Shell:
    """Runs commands in a folder, with the programs of this installation at hand."""

    def __init__(self, bin: Path, folder: Path, env: Mapping[str, str] | None = None) -> None:
        bin.mkdir(parents=True, exist_ok=True)
        self.bin = bin
        for name, options in _PROGRAMS.items():
            self.program(name, options)
        self.folder = folder
        self.env = {**os.environ, "PATH": f"{bin}:{os.environ['PATH']}", **(env or {})}

    def program(self, name: str, options: str) -> None:
        command = self.bin / name
        command.write_text(f'#!/bin/sh\nexec "{sys.executable}" {options} "$@"\n')
        command.chmod(0o755)

    def run(self, line: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(["sh", "-c", line], capture_output=True, text=True, env=self.env, cwd=self.folder)

    def console(self, block: str) -> None:
        """A `console` block: lines after `$ `, each with what it prints. Findings make a command fail."""
        for entry in re.split(r"^\$ ", block, flags=re.M)[1:]:
            line, _, printed = entry.partition("\n")
            done = self.run(line)
            if printed.startswith("{"):
                assert json.loads(done.stdout) == json.loads(printed), done.stderr
            else:
                assert done.stdout == printed, done.stderr
            assert done.returncode == ("error[" in printed), done.stderr
