"""`extends`: a child's file on top of its parent's, as trees; every node keeps the place where it was written."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from dragoman_codegen.diagnostics import Diagnostics, Span, nearest, quote
from dragoman_codegen.source import Node

__all__ = ["apply_delta", "whole"]

_VERBS = ("replace", "remove", "keep")
_ACCOUNTS = ("$drop", "$ignore", "$reject", "drop", "ignore", "reject")


def apply_delta(parent: Node | None, child: Node, diagnostics: Diagnostics) -> Node:
    """The parent's file with the child's `keep`, `replace` and `remove`; its other keys stand for the parent's."""
    name = child.span.path.rsplit("/", 1)[-1]
    if parent is None:
        _no_parent(child, f"the parent has no {name}", diagnostics)
        return child
    result = _copy(parent)
    for item in child.members["keep"].elements if "keep" in child.members else ():
        known = list(_accounted(result))
        if not _take_back(result, str(item.scalar)):
            near = nearest(str(item.scalar), known)
            message = f"nothing drops, ignores or rejects {quote(item.scalar)} in the parent's {name}"
            diagnostics.error("DG413", item.span, message, near and f"did you mean {quote(near)}?")
    for key, value in child.members.items():
        if key not in _VERBS:
            result.members[key] = value
            result.key_spans[key] = child.key_spans[key]
    for path, value in _entries(child, "replace"):
        holder, last = _find(result, path, child.members["replace"].key_spans[path], diagnostics)
        if holder is not None:
            holder.members[last] = value
            holder.key_spans[last] = child.members["replace"].key_spans[path]
    for path, reason in _entries(child, "remove"):
        span = child.members["remove"].key_spans[path]
        if not isinstance(reason.scalar, str) or not reason.scalar.strip():
            diagnostics.error(
                "DG412", reason.span, f"{quote(path)} is removed without a reason", "say why this provider has it not"
            )
        holder, last = _find(result, path, span, diagnostics)
        if holder is not None and last in holder.members:
            del holder.members[last]
        elif holder is not None:
            _missing(path, last, holder, span, diagnostics)
    _sweep(result, _ACCOUNTS if name == "stream.yaml" else _ACCOUNTS[:3])
    return result


def _entries(child: Node, verb: str) -> list[tuple[str, Node]]:
    return list(child.members[verb].members.items()) if verb in child.members else []


def _copy(node: Node) -> Node:
    if isinstance(node.value, dict):
        return replace(node, value={k: _copy(v) for k, v in node.value.items()}, key_spans=dict(node.key_spans))
    if isinstance(node.value, list):
        return replace(node, value=[_copy(v) for v in node.value])
    return node


def _find(root: Node, path: str, span: Span, diagnostics: Diagnostics) -> tuple[Node | None, str]:
    """The mapping that holds the last key of a path (`to_wire/tools/$drop/seed`)."""
    *front, last = path.split("/")
    node = root
    for key in front:
        if key not in node.members:
            _missing(path, key, node, span, diagnostics)
            return None, last
        node = node.members[key]
    if node.kind != "map":
        where = "/".join(front)
        diagnostics.error("DG411", span, f"{quote(where)} is no mapping in the parent's file; nothing lies below it")
        return None, last
    return node, last


def _missing(path: str, key: str, holder: Node, span: Span, diagnostics: Diagnostics) -> None:
    near = nearest(key, list(holder.members))
    diagnostics.error(
        "DG411",
        span,
        f"the parent's file has no {quote(path)}: {quote(key)} is not there",
        near and f"did you mean {quote(near)}?",
    )


def _no_parent(child: Node, why: str, diagnostics: Diagnostics) -> None:
    for verb in _VERBS:
        if verb in child.members:
            diagnostics.error("DG414", child.key_spans[verb], f"there is nothing to {verb} here: {why}")


def whole(node: Node, diagnostics: Diagnostics) -> Node:
    """A file of a provider that extends no other one."""
    _no_parent(node, "the provider extends no other one", diagnostics)
    return node


def _accounted(node: Node) -> Iterator[str]:
    for key, value in node.members.items():
        yield from value.members if key in _ACCOUNTS else _accounted(value)
    for item in node.elements:
        yield from _accounted(item)


def _sweep(node: Node, accounts: tuple[str, ...]) -> None:
    """Take away accounts of which nothing is left."""
    for key, value in list(node.members.items()):
        if key in accounts and value.kind == "map" and not value.members:
            del node.members[key]
        else:
            _sweep(value, accounts)
    for item in node.elements:
        _sweep(item, accounts)


def _take_back(node: Node, field: str) -> bool:
    found = False
    for key, value in node.members.items():
        if key in _ACCOUNTS and field in value.members:
            del value.members[field]
            found = True
        else:
            found = _take_back(value, field) or found
    for item in node.elements:
        found = _take_back(item, field) or found
    return found
