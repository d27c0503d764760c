"""What an author has still to do: comments that begin with TODO.

DG477 (a warning) something is marked TODO.
"""

from __future__ import annotations

import re

from dragoman_codegen.diagnostics import Diagnostics, Span
from dragoman_codegen.spec import Provider

__all__ = ["check_todos"]

_TODO = re.compile(r"(?:^|\s)#\s*(TODO\b:?\s*(.*?))\s*$")


def check_todos(provider: Provider, sources: dict[str, str], found: Diagnostics) -> None:
    """In the provider's own files and cases; those of a parent are the parent's business."""
    own = f"specs/providers/{provider.slug}/"
    texts = {name: text for name, text in sources.items() if name.startswith(own)}
    texts |= {f"{own}cases/{path.name}": path.read_text(encoding="utf-8", errors="replace") for path in provider.cases}
    for name, text in sorted(texts.items()):
        for number, line in enumerate(text.splitlines(), 1):
            if (match := _TODO.search(line)) is not None:
                span = Span(name, number, match.start(1) + 1, len(match[1]))
                found.warning("DG477", span, f"still to do: {match[2] or 'what this comment marks'}")
