"""Writes the expected texts anew: `python -m tests.golden.regen`. Read each change before you commit it."""

from __future__ import annotations

import tempfile
from pathlib import Path

from dragoman_codegen.diagnostics import render

from .broken import CASES, EXPECTED, findings

__all__ = ["main"]


def main() -> None:
    for case in CASES:
        with tempfile.TemporaryDirectory() as folder:
            text = render(findings(case, Path(folder)))
        path = case / EXPECTED
        before = path.read_text(encoding="utf-8") if path.is_file() else None
        if text != before:
            path.write_text(text, encoding="utf-8")
            print(f"{'new' if before is None else 'changed'}: {case.name}")


if __name__ == "__main__":
    main()
