"""Elements that a filter leaves out: what becomes of their fields must be said too."""

from __future__ import annotations

from dragoman_codegen.account import Access, Condition, Path, uncovered
from dragoman_codegen.diagnostics import Span
from dragoman_codegen.replacing import replace
from dragoman_codegen.types import MADE, Type, element, join

__all__ = ["left_out"]


def left_out(item: Type, found: list[Access]) -> list[tuple[Access, Path, str]]:
    """Reads through a filter, and a field of the elements that it leaves out of which nothing says what becomes."""
    if not any(access.partial or access.kept for access in found):
        return []
    whole = [
        replace(a, kind="value" if a.kind == "told" else a.kind, conditions=(*a.conditions, *a.kept))
        for a in found
        if not a.partial and all(_told_by(item, condition) for condition in a.kept)
    ]
    out: dict[Span, tuple[Access, Path, str]] = {}
    for access in found:
        path = access.path[:-1] if access.path[-1:] == ("[]",) else access.path
        inner = _at(item, (*path, "[]"))
        if access.partial and access.kind in ("value", "loop") and inner.kinds and not inner.may("object", "array"):
            others = [
                a for a in found if a.kind in ("value", "loop", "told") and not a.partial and a.only in ("", "array")
            ]
            if not any(a.path == path[: len(a.path)] for a in others):
                out[access.span] = (access, (*path, "[]"), "")
    for path, name in uncovered(item, whole):
        for access in found:
            n = min(len(path), len(access.path))
            if (access.partial or access.kept) and access.kind != "test" and access.path[:n] == path[:n]:
                out.setdefault(access.span, (access, path, name))
    return list(out.values())


def _at(item: Type, path: Path) -> Type:
    for key in path:  # nothing of what rules have made
        parts = [o.props[key].type for o in item.objects if key in o.props and o.name != MADE]
        item = element(item) if key == "[]" else join(*parts)
    return item


def _told_by(item: Type, condition: Condition) -> bool:  # Is it constants that the condition looks at?
    objects, key = _at(item, condition.path[:-1]).objects, condition.path[-1]
    misspelt = bool(objects) and not any(o.open or key in o.props for o in objects)  # that is told by itself
    return misspelt or any(o.props[key].type.literals for o in objects if key in o.props)
