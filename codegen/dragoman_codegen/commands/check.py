"""`dragoman check`: are the specs sound, proven, and compiled?"""

from __future__ import annotations

import argparse

from dragoman_codegen.commands.common import add_spec_options, add_verb, find_root, progress, report

__all__ = ["add"]

_EXAMPLES = """
dragoman check
dragoman check openai --format json
dragoman check --root ../my-specs --format github
"""


def add(verbs: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    help = "validate the specs, prove their cases, and compare the generated code with what is committed"
    parser = add_verb(verbs, "check", help, _EXAMPLES, run)
    add_spec_options(parser)
    parser.add_argument("--verbose", action="store_true", help="list each line of a rule that no case reaches")


def run(args: argparse.Namespace) -> int:
    root = find_root(args.root)
    from dragoman_codegen import project

    with progress() as show:
        diagnostics = project.check(root, args.slugs, show)
    return report(diagnostics, args.format, verbose=args.verbose)
