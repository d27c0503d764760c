"""The command line: one module a verb in `commands`, this module chooses among them.

Rules of this module and of `commands`:

- Nothing heavy is imported before a verb runs: `providers` and `translate` work in an installation without the
  compiler's dependencies, and the others say what to install.
- Results go to stdout, everything said about them to stderr.
- Exit codes: 0 for success, 1 when there is something to mend (findings, a refused or malformed body, a stream that
  ends with an error), 2 when the call itself is wrong (usage, unreadable input, a missing dependency).
"""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Sequence

from dragoman_codegen.commands import check, generate, new, providers, translate
from dragoman_codegen.commands.common import EXIT_CODES, USAGE, CommandError, version

__all__ = ["main"]

_EXAMPLES = """\
examples:
  dragoman translate request --provider openai request.json
  dragoman check --format github
"""

# The modules that `pip install dragoman` leaves out, by the name under which they are imported.
_BUILD_TOOLS = frozenset({"datamodel_code_generator", "jinja2", "jmespath", "jsonschema", "rich", "yaml"})


def main(argv: Sequence[str] | None = None) -> int:
    """Runs a command; `argv` without the program's name. Gives the exit code."""
    args = _parser().parse_args(argv)
    try:
        code: int = args.run(args)
        sys.stdout.flush()
    except CommandError as error:
        return _complain(str(error))
    except ModuleNotFoundError as error:
        if (error.name or "").partition(".")[0] not in _BUILD_TOOLS:
            raise
        return _complain(f"this needs the compiler ({error.name} is missing): pip install 'dragoman[codegen]'")
    except BrokenPipeError:
        # The reader went away. Python would complain again when it flushes stdout at exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1
    except KeyboardInterrupt:
        return 130
    return code


def _complain(message: str) -> int:
    print(f"dragoman: {message}", file=sys.stderr)
    return USAGE


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="dragoman",
        description="Translates between the dialects of LLM APIs, and compiles the specs that say how.",
        epilog=_EXAMPLES + EXIT_CODES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--version", action="version", version=f"dragoman {version()}")
    verbs = parser.add_subparsers(title="commands", metavar="COMMAND", required=True)
    for verb in (translate, providers, check, generate, new):
        verb.add(verbs)
    return parser


if __name__ == "__main__":
    raise SystemExit(main())
