"""`extends`: a child's file on top of its parent's, as trees; every node keeps the place where it was written."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from dragoman_codegen.diagnostics import Diagnostics, Span, nearest, quote
from dragoman_codegen.source import Node

__all__ = ["apply_delta", "named", "whole"]

_VERBS = ("replace", "remove", "keep")
_END = "-"  # in a path: behind the last element of a list
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
        span = child.members["replace"].key_spans[path]
        holder, last = _find(result, path, span, diagnostics)
        if holder is None:
            continue
        if holder.kind == "map":
            holder.members[last] = value
            holder.key_spans[last] = span
        elif last == _END:
            holder.elements.append(value)
        elif (n := _place(holder, last)) is not None:
            holder.elements[n] = value
        else:
            _missing(path, last, holder, span, diagnostics)
    _remove(result, child, diagnostics)
    _sweep(result, _ACCOUNTS if name == "stream.yaml" else _ACCOUNTS[:3])
    return result


def _remove(result: Node, child: Node, diagnostics: Diagnostics) -> None:
    gone: list[
        tuple[Node, int]
    ] = []  # elements, taken out at the end: until then places are those in the parent's file
    for path, reason in _entries(child, "remove"):
        span = child.members["remove"].key_spans[path]
        if not isinstance(reason.scalar, str) or not reason.scalar.strip():
            diagnostics.error(
                "DG412",
                reason.span,
                f"{quote(path)} is removed without a reason",
                "write the reason why this provider does not have it",
            )
        holder, last = _find(result, path, span, diagnostics)
        if holder is None:
            continue
        if last in holder.members:
            del holder.members[last]
        elif (n := _place(holder, last)) is not None:
            gone.append((holder, n))
        else:
            _missing(path, last, holder, span, diagnostics)
    for holder, n in sorted(gone, key=lambda found: -found[1]):
        del holder.elements[n]


def _entries(child: Node, verb: str) -> list[tuple[str, Node]]:
    return list(child.members[verb].members.items()) if verb in child.members else []


def named(account: Node) -> Iterator[tuple[str, Span, Node]]:
    """The entries of `$ignore`, `$drop` or `$reject`: a key may name several fields, `"a, b"`."""
    for key, value in account.members.items():
        span = account.key_spans.get(key, value.span)
        several = key.split(", ")
        at = span.col + (span.length - len(key)) // 2  # behind a quotation mark
        for name in several:
            yield name, replace(span, col=at, length=len(name)) if len(several) > 1 else span, value
            at += len(name) + 2


def _copy(node: Node, key: str = "") -> Node:
    """A copy in which each key of an account names one field, so that it can be replaced, removed or taken back."""
    if isinstance(node.value, dict) and key in _ACCOUNTS:
        entries = list(named(node))
        spans = {name: span for name, span, _ in entries}
        return replace(node, value={name: _copy(value) for name, _, value in entries}, key_spans=spans)
    if isinstance(node.value, dict):
        return replace(node, value={k: _copy(v, k) for k, v in node.value.items()}, key_spans=dict(node.key_spans))
    if isinstance(node.value, list):
        return replace(node, value=[_copy(v) for v in node.value])
    return node


def _find(root: Node, path: str, span: Span, diagnostics: Diagnostics) -> tuple[Node | None, str]:
    """What holds the last key of a path (`to_wire/tools/$drop/seed`, `events/start/0/emit`): a mapping or a list."""
    *front, last = path.split("/")
    node = root
    for key in front:
        n = _place(node, key)
        if n is None and key not in node.members:
            _missing(path, key, node, span, diagnostics)
            return None, last
        node = node.members[key] if n is None else node.elements[n]
    if node.kind == "scalar":
        where = "/".join(front)
        message = f"{quote(where)} is neither a mapping nor a list in the parent's file: nothing lies below it"
        diagnostics.error("DG411", span, message, f"change the whole of it, by the path {quote(where)}")
        return None, last
    return node, last


def _place(holder: Node, key: str) -> int | None:
    """The place of a list's element that a key of a path names, if it does and the element is there."""
    known = holder.kind == "list" and key.isdecimal() and int(key) < len(holder.elements)
    return int(key) if known else None


def _missing(path: str, key: str, holder: Node, span: Span, diagnostics: Diagnostics) -> None:
    help: str | None
    if holder.kind == "list":
        count = len(holder.elements)
        help = f"the list has {count} elements, named 0 to {count - 1}; `{_END}` adds one" if count else None
    else:
        near = nearest(key, list(holder.members))
        help = near and f"did you mean {quote(near)}?"
    diagnostics.error("DG411", span, f"the parent's file has no {quote(path)}: {quote(key)} is not there", help)


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
