"""Where requests go: each unit has a path, and what fills the gaps is there.

A delta has the paths of its parent, and takes out those of endpoints that it has not: what of them is used, it says.
"""

from __future__ import annotations

from dragoman.templates import holes
from dragoman_codegen.checks.parts import Scan
from dragoman_codegen.diagnostics import Diagnostics, nearest, quote
from dragoman_codegen.source import Node

__all__ = ["check_endpoint"]

_UNITS = {
    "request": "request",
    "stream": "stream",
    "embeddings": "embeddings_request",
    "models": "models_response",
    "count_tokens": "count_tokens_request",
}


def check_endpoint(scan: Scan, found: Diagnostics) -> None:
    endpoint = scan.provider.node.members.get("endpoint")
    paths = endpoint.members.get("paths") if endpoint is not None else None
    if endpoint is None:
        return
    if paths is not None and "extends" not in scan.provider.node.members:
        _units(scan, paths, found)
    settings = set(scan.provider.settings)
    _filled(paths, settings | {"model", *scan.provider.facts}, "setting and no fact", found)
    context = {name for unit in scan.provider.units.values() for name in unit.context}
    _filled(endpoint.members.get("headers"), settings | context, "setting and no context", found)


def _units(scan: Scan, paths: Node, found: Diagnostics) -> None:
    there = scan.provider.files
    for path, unit in _UNITS.items():
        if unit in there and path not in paths.members and path != "stream":
            message = f"there is no path {quote(path)}, and {unit}.yaml is about it"
            found.error(
                "DG428", paths.span, message, "add it, as the vendor's documentation has it; or take the file out"
            )


def _filled(texts: Node | None, known: set[str], what: str, found: Diagnostics) -> None:
    for text in texts.members.values() if texts is not None else ():
        for name in holes(str(text.scalar)):
            if name not in known:
                near = nearest(name, known)
                help = f"did you mean {quote(near)}?" if near else "name it under settings, or write what stands there"
                found.error("DG424", text.span, f"there is no {what} {quote(name)}", help)
