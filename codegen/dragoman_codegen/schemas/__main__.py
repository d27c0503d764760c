"""`python -m dragoman_codegen.schemas specs/providers/<slug>/schema/source.yaml [--check]`"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from .extract import extract, render
from .names import NameClash
from .overlay import OverlayError
from .source import SourceError, load_source


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m dragoman_codegen.schemas", description=__doc__)
    parser.add_argument("source", type=Path, nargs="+", help="source.yaml files, a base before what is built on it")
    parser.add_argument("--check", action="store_true", help="write nothing, fail when a document would change")
    arguments = parser.parse_args()
    stale = 0
    for path in arguments.source:
        try:
            source = load_source(path)
            text = render(extract(source))
        except (NameClash, OverlayError, SourceError) as error:
            print(f"error: {path}: {error}", file=sys.stderr)
            return 1
        if source.document.exists() and source.document.read_text(encoding="utf-8") == text:
            continue
        stale += 1
        if arguments.check:
            print(f"{source.document}: out of date", file=sys.stderr)
        else:
            source.document.write_text(text, encoding="utf-8")
            print(f"{source.document}: written")
    return 1 if arguments.check and stale else 0


if __name__ == "__main__":
    sys.exit(main())
