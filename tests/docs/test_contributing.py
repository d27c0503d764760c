"""CONTRIBUTING.md is followed to the letter in a copy of the tree: files written, commands run, output compared."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
TEXT = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
WALK = TEXT[TEXT.index("## Add a provider") : TEXT.index("### A dialect of its own")]
#: A file's name in the sentence before its block, or a console.
STEPS = re.compile(r"`(specs/[^`]+\.yaml)`[^`]*?\n\n(?:[^`]*\n\n)?```yaml\n(.*?)```|```console\n(.*?)```", re.S)

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(sys.platform == "win32", reason="written for a POSIX shell"),
]


def test_a_provider_is_added_as_the_text_says(tmp_path: Path) -> None:
    tree = tmp_path / "tree"
    for part in ("specs", "generated", "runtime", "codegen"):
        shutil.copytree(ROOT / part, tree / part, ignore=shutil.ignore_patterns("__pycache__"))
    command = tmp_path / "bin" / "dragoman"
    command.parent.mkdir()
    command.write_text(f'#!/bin/sh\nexec "{sys.executable}" -m dragoman_codegen "$@"\n')
    command.chmod(0o755)
    env = {
        **os.environ,
        "PATH": f"{command.parent}:{os.environ['PATH']}",
        "PYTHONPATH": ":".join(str(tree / room) for room in ("runtime", "codegen", "generated")),
    }
    files = consoles = 0
    for name, content, console in STEPS.findall(WALK):
        if name:
            files += 1
            (tree / name).parent.mkdir(parents=True, exist_ok=True)
            (tree / name).write_text(content, encoding="utf-8")
            continue
        consoles += 1
        for entry in re.split(r"^\$ ", console, flags=re.M)[1:]:
            line, _, printed = entry.partition("\n")
            done = subprocess.run(["sh", "-c", line], capture_output=True, text=True, env=env, cwd=tree)
            if printed.startswith("{"):
                assert json.loads(done.stdout) == json.loads(printed), done.stderr
            else:
                assert done.stdout == printed, done.stderr
            assert done.returncode == ("error[" in printed), done.stderr
    assert (files, consoles) == (3, WALK.count("```console")) == (WALK.count("```yaml"), 2)
