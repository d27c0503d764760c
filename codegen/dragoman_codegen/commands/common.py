"""What several verbs share."""

from __future__ import annotations

import argparse
import gc
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from dragoman_codegen.diagnostics import Diagnostics, Format

__all__ = [
    "EXIT_CODES",
    "FINDINGS",
    "OK",
    "USAGE",
    "CommandError",
    "add_spec_options",
    "add_verb",
    "find_root",
    "progress",
    "report",
    "uncollected",
    "version",
]

OK, FINDINGS, USAGE = 0, 1, 2
UNREACHED = "DG510"
EXIT_CODES = """
exit codes:
  0  done, nothing to mend
  1  findings; a refused or malformed body; a stream that ends with an error
  2  wrong usage, unreadable input, or a missing dependency
"""


class CommandError(Exception):
    """The command cannot be carried out as it was given; the message says why."""


def add_verb(
    verbs: argparse._SubParsersAction[argparse.ArgumentParser],
    name: str,
    help: str,
    examples: str,
    run: Callable[[argparse.Namespace], int] | None = None,
) -> argparse.ArgumentParser:
    """A verb with help, examples and the exit codes below them."""
    parser = verbs.add_parser(
        name,
        help=help,
        description=help[0].upper() + help[1:] + ".",
        epilog="examples:\n" + "".join(f"  {line}\n" for line in examples.strip().splitlines()) + EXIT_CODES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    if run is not None:
        parser.set_defaults(run=run)
    return parser


def add_spec_options(parser: argparse.ArgumentParser) -> None:
    """What the verbs that work on specs have in common."""
    parser.add_argument("slugs", nargs="*", metavar="PROVIDER", help="only these providers (default: all)")
    parser.add_argument("--root", type=Path, metavar="DIR", help="the folder with specs/ (default: from here upwards)")
    formats = ["text", "json", "github", "sarif"]
    parser.add_argument("--format", choices=formats, default="text", help="form of the findings")


def find_root(given: Path | None) -> Path:
    """The folder that holds `specs/`: the one given, or the nearest one from here upwards."""
    if given is not None:
        if not (given / "specs").is_dir():
            raise CommandError(f"{given} has no folder 'specs'")
        return given.resolve()
    here = Path.cwd()
    for folder in (here, *here.parents):
        if (folder / "specs" / "providers").is_dir():
            return folder
    raise CommandError("no folder 'specs/providers' here or above; say where it is with --root")


@contextmanager
def uncollected() -> Iterator[None]:
    """Without the collector of cycles: the compiler keeps nearly all that it makes, to be gone through often."""
    was = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was:
            gc.enable()


@contextmanager
def progress() -> Iterator[Callable[[str], None]]:
    """A function that shows what is being done now. It does so only for someone who watches a terminal."""
    if not sys.stderr.isatty():
        yield lambda text: None
        return
    clear = "\r\x1b[K"

    def show(text: str) -> None:
        sys.stderr.write(f"{clear}{text} …")
        sys.stderr.flush()

    try:  # no spinner: it would be a thread, and the work is shared out between copies of the process
        yield show
    finally:
        sys.stderr.write(clear)
        sys.stderr.flush()


def report(diagnostics: Diagnostics, format: Format, *, verbose: bool = True) -> int:
    """Prints the findings, and gives the exit code. Not `verbose`: rules that no case reaches are only counted."""
    from dragoman_codegen.diagnostics import Diagnostics, render

    shown = diagnostics
    if not verbose:
        shown = Diagnostics()
        shown.sources = diagnostics.sources
        for found in diagnostics:
            if found.code != UNREACHED:
                shown.add(found)
    sys.stdout.flush()
    sys.stdout.buffer.write(render(shown, format=format).encode())
    counts = [f"{n} {word}{'s' if n > 1 else ''}" for word in ("error", "warning") if (n := _count(shown, word))]
    hidden = len(diagnostics) - len(shown)
    if hidden:
        counts.append(f"{hidden} line{'s' if hidden > 1 else ''} of rules that no case reaches (--verbose lists them)")
    if counts:
        print("\n" * (format == "text" and len(shown) > 0) + ", ".join(counts), file=sys.stderr)
    return FINDINGS if diagnostics.failed else OK


def _count(diagnostics: Diagnostics, severity: str) -> int:
    return sum(d.severity == severity for d in diagnostics)


def version() -> str:
    from importlib.metadata import PackageNotFoundError
    from importlib.metadata import version as installed

    try:
        return installed("dragoman")
    except PackageNotFoundError:
        return "(not installed)"
