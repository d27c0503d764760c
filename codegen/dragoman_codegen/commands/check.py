"""`dragoman check`: are the specs sound, proven, and compiled?"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from dragoman_codegen.commands.common import add_spec_options, add_verb, find_root, progress, report, uncollected

if TYPE_CHECKING:
    from dragoman_codegen.coverage import Table

__all__ = ["add"]

_EXAMPLES = """
dragoman check
dragoman check openai --format json
dragoman check openai --coverage --verbose
dragoman check --root ../my-specs --format github
"""


def add(verbs: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    help = "validate the specs, prove their cases, and compare the generated code with what is committed"
    parser = add_verb(verbs, "check", help, _EXAMPLES, run)
    add_spec_options(parser)
    parser.add_argument(
        "--coverage",
        action="store_true",
        help="print how many leaves of the schemas are read, copied, ignored, dropped and rejected"
        " (to stderr, if the findings are not text)",
    )
    parser.add_argument(
        "--verbose",
        action="store_true",
        help="list each line of a rule that no case reaches; with --coverage, each leaf and its rules",
    )


def run(args: argparse.Namespace) -> int:
    with uncollected():
        return _checked(args)


def _checked(args: argparse.Namespace) -> int:
    root = find_root(args.root)
    from dragoman_codegen import project

    tables: Mapping[str, Sequence[Table]] = {}
    with progress() as show:
        if not args.coverage:
            diagnostics = project.check(root, args.slugs, show)
        else:
            diagnostics, tables = project.check_and_cover(root, args.slugs, show)
    if tables:
        from dragoman_codegen.coverage import render_tables

        text = render_tables(tables, verbose=args.verbose)
        stream = sys.stdout if args.format == "text" else sys.stderr
        print(text, file=stream, end="")
    return report(diagnostics, args.format, verbose=args.verbose)
