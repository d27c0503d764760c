"""`dragoman generate`: compile the specs."""

from __future__ import annotations

import argparse

from dragoman_codegen.commands.common import add_spec_options, add_verb, find_root, progress, report, uncollected

__all__ = ["add"]

_EXAMPLES = """
dragoman generate
dragoman generate openai
"""


def add(verbs: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    help = "compile the specs to Python; nothing is written for a provider that has findings"
    parser = add_verb(verbs, "generate", help, _EXAMPLES, run)
    add_spec_options(parser)


def run(args: argparse.Namespace) -> int:
    root = find_root(args.root)
    from dragoman_codegen import project

    with uncollected(), progress() as show:
        diagnostics = project.generate(root, args.slugs, show)
    return report(diagnostics, args.format, verbose=False)
