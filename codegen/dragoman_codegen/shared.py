"""`with` in provider.yaml: changes to the parent's files that several of its deltas have in common."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from dragoman_codegen import metaschema
from dragoman_codegen.diagnostics import Diagnostics, nearest, quote
from dragoman_codegen.extends import apply_delta
from dragoman_codegen.layout import specs
from dragoman_codegen.library import Library
from dragoman_codegen.source import Node

__all__ = ["apply_shared", "shared_folders"]


def shared_folders(root: Path, parent: str, head: Node, diagnostics: Diagnostics) -> Iterator[Path]:
    """The folders that a delta names, in its order: each below the folder `with` of the parent."""
    for item in head.members["with"].elements if "with" in head.members else ():
        name = str(item.scalar)
        folder = specs(root, "providers", parent, "with", name)
        if folder.is_dir():
            yield folder
            continue
        known = sorted(path.name for path in specs(root, "providers", parent, "with").glob("*") if path.is_dir())
        near = nearest(name, known)
        help = f"did you mean {quote(near)}?" if near else f"it has {', '.join(known) or 'none'}"
        message = f"{quote(parent)} has no changes {quote(name)} that deltas share"
        diagnostics.error("DG410", item.span, message, help)


def apply_shared(
    inherited: dict[str, Node], root: Path, parent: str, head: Node, diagnostics: Diagnostics, library: Library
) -> dict[str, Node]:
    """The parent's files with the changes that the delta shares with others."""
    result = dict(inherited)
    for folder in shared_folders(root, parent, head, diagnostics):
        for path in sorted(folder.glob("*.yaml")):
            node = library.spec(path, root, diagnostics)
            if node is not None and metaschema.validate(node, metaschema.file_kind(path), diagnostics, delta=True):
                result[path.stem] = apply_delta(result.get(path.stem), node, diagnostics)
    return result
