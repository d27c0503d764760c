"""CONTRIBUTING.md is followed to the letter in a copy of the tree: files written, commands run, output compared."""

from __future__ import annotations

import re
import shutil
import sys
from pathlib import Path

import pytest

from .walk import ROOT, Shell

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
    rooms = ":".join(str(tree / room) for room in ("runtime", "codegen", "generated"))
    shell = Shell(tmp_path / "bin", tree, {"PYTHONPATH": rooms})
    files = consoles = 0
    for name, content, console in STEPS.findall(WALK):
        if name:
            files += 1
            (tree / name).parent.mkdir(parents=True, exist_ok=True)
            (tree / name).write_text(content, encoding="utf-8")
            continue
        consoles += 1
        shell.console(console)
    assert (files, consoles) == (3, WALK.count("```console")) == (WALK.count("```yaml"), 2)
