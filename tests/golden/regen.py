"""Writes the expected texts anew: `python -m tests.golden.regen`. Read each change before you commit it."""

from __future__ import annotations

import tempfile
from pathlib import Path

from dragoman_codegen.diagnostics import render
from dragoman_codegen.layout import GENERATED
from dragoman_codegen.project import generate

from .broken import CASES, EXAMPLE, EXPECTED, EXPECTED_MODULE, MODULE, PAGE, findings, lay_out, modules, shown

__all__ = ["main", "write"]


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        lay_out(MODULE, Path(folder))
        found = generate(Path(folder))
        assert not found.failed, render(found)
        for name, text in modules(Path(folder) / GENERATED / "acme").items():
            write(EXPECTED_MODULE / name, text)
    for case in CASES:
        with tempfile.TemporaryDirectory() as folder:
            text = render(findings(case, Path(folder)))
        write(case / EXPECTED, text)
    page = PAGE.read_text(encoding="utf-8")
    write(PAGE, EXAMPLE.sub(lambda found: f"<!-- {found[1]} -->\n```\n{shown(page, found)}```\n", page))


def write(path: Path, text: str) -> None:
    before = path.read_text(encoding="utf-8") if path.is_file() else None
    if text != before:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
        print(f"{'new' if before is None else 'changed'}: {path.parent.name}/{path.name}")


if __name__ == "__main__":
    main()
