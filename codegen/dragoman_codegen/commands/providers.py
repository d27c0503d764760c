"""`dragoman providers`: which dialects there are."""

from __future__ import annotations

import argparse
import json

import dragoman
from dragoman_codegen.commands.common import OK, add_verb

__all__ = ["add"]

_EXAMPLES = """
dragoman providers
dragoman providers --json
"""


def add(verbs: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    parser = add_verb(verbs, "providers", "list the providers, one slug a line", _EXAMPLES, run)
    parser.add_argument("--json", action="store_true", help="print a JSON list")


def run(args: argparse.Namespace) -> int:
    slugs = dragoman.providers()
    print(json.dumps(slugs) if args.json else "\n".join(slugs))
    return OK
