"""`dragoman providers`: which dialects there are, and how large their descriptions are."""

from __future__ import annotations

import argparse
import json
from pathlib import Path

import dragoman
from dragoman_codegen.commands.common import OK, add_verb, find_root

__all__ = ["add"]

_EXAMPLES = """
dragoman providers
dragoman providers --json
dragoman providers --long
"""


def add(verbs: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    parser = add_verb(verbs, "providers", "list the providers, one slug a line", _EXAMPLES, run)
    parser.add_argument("--json", action="store_true", help="print a JSON list")
    parser.add_argument(
        "--long",
        action="store_true",
        help="say of each spec in the tree what it extends, how many lines of YAML it has (without schema and cases) "
        "and how many cases",
    )
    parser.add_argument("--root", type=Path, metavar="DIR", help="the folder with specs/, for --long")


def run(args: argparse.Namespace) -> int:
    if not args.long:
        slugs = dragoman.providers()
        print(json.dumps(slugs) if args.json else "\n".join(slugs))
        return OK
    rows = [
        _row(path.parent) for path in sorted((find_root(args.root) / "specs" / "providers").glob("*/provider.yaml"))
    ]
    print(json.dumps(rows, ensure_ascii=False, indent=2) if args.json else _table(rows))
    return OK


def _row(folder: Path) -> dict[str, object]:
    from dragoman_codegen.diagnostics import Diagnostics
    from dragoman_codegen.source import load

    node = load(folder / "provider.yaml", Diagnostics())
    extends = node.members.get("extends") if node is not None else None
    files = sorted(folder.glob("*.yaml"))
    return {
        "slug": folder.name,
        "extends": extends.scalar if extends is not None else None,
        "lines": sum(len(path.read_text(encoding="utf-8").splitlines()) for path in files),
        "cases": len(list((folder / "cases").glob("*.yaml"))),
        "files": [path.stem for path in files],
    }


def _table(rows: list[dict[str, object]]) -> str:
    head = ("slug", "extends", "lines", "cases", "files")
    told = [
        [" ".join(cell) if isinstance(cell, list) else str("-" if cell is None else cell) for cell in row.values()]
        for row in rows
    ]
    widths = [max(map(len, column)) for column in zip(head, *told, strict=True)]
    form = "{:<%d}  {:<%d}  {:>%d}  {:>%d}  {}" % tuple(widths[:4])  # noqa: UP031 - braces are the form's own
    return "\n".join(form.format(*line) for line in (head, *told))
