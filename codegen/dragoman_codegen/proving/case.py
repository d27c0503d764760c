"""A case as its file says it."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from dragoman_codegen import metaschema
from dragoman_codegen.diagnostics import Diagnostics, Span
from dragoman_codegen.proving.compare import Key
from dragoman_codegen.source import Node, load

__all__ = ["Case", "load_case", "read_case"]


@dataclass(frozen=True)
class Case:
    """One case. `given` is a JSON value; for streams it is a list of events, or the bytes of the wire."""

    node: Node
    data: dict[str, Any]
    given: Any

    @property
    def unit(self) -> str:
        return str(self.data["unit"])

    @property
    def direction(self) -> str:
        return str(self.data["direction"])

    @property
    def gives(self) -> Any:
        found = self.data.get("gives")
        return _events(found) if self.unit == "stream" else found

    @property
    def losses(self) -> list[dict[str, str]]:
        return list(self.data.get("losses", ()))

    def span(self, key: str, path: tuple[Key, ...] = ()) -> Span:
        """The place of a key, or of what lies below it, as far as it is there."""
        node = self.node.members.get(key)
        if node is None and key == "losses" and "gives" in self.node.members:
            return self.node.key_spans["gives"]
        if node is None:
            return next(iter(self.node.key_spans.values()), self.node.span)
        span = self.node.key_spans[key]
        if self.unit == "stream" and "events" in node.members and path:
            path = ("events", *path)
        for step in path:
            if isinstance(step, str) and step in node.members:
                node, span = node.members[step], node.key_spans[step]
            elif isinstance(step, int) and step < len(node.elements):
                node = node.elements[step]
                span = (
                    min(node.key_spans.values())
                    if node.kind == "map" and node.style == "block" and node.key_spans
                    else node.span
                )
            else:
                break
        return span


def load_case(path: Path, root: Path, diagnostics: Diagnostics) -> Case | None:
    """The case in a file; None, with findings, when it cannot be used."""
    node = load(path, diagnostics, root=root)
    if node is None or not metaschema.validate(node, "case", diagnostics):
        return None
    return read_case(node, path.parent, diagnostics)


def read_case(node: Node, folder: Path, diagnostics: Diagnostics) -> Case | None:
    """The case in a tree that has the shape of one."""
    data = dict(node.plain())
    try:
        given = _file(folder / data["given_file"]) if "given_file" in data else data["given"]
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) else str(error)
        help = "the path begins in the folder of the case"
        diagnostics.error("DG508", node.key_spans["given_file"], f"{data['given_file']} cannot be read: {reason}", help)
        return None
    if data["unit"] == "stream":
        given = _events(given)
        if not isinstance(given, (list, bytes)):
            diagnostics.error(
                "DG508",
                node.key_spans.get("given", node.span),
                "a list of events, {events: […]} or {sse: text} must stand here",
            )
            return None
    elif isinstance(given, bytes):
        given = json.loads(given)
    return Case(node, data, given)


def _events(found: Any) -> Any:
    if isinstance(found, dict) and set(found) == {"events"}:
        return found["events"]
    if isinstance(found, dict) and set(found) == {"sse"}:
        return str(found["sse"]).encode()
    return found


def _file(path: Path) -> Any:
    raw = path.read_bytes()
    return json.loads(raw) if path.suffix == ".json" else raw
