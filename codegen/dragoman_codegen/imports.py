"""`import` in provider.yaml: what another provider says of values, schemas and models, so that it is said once."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from dragoman_codegen.diagnostics import Diagnostics, Span, nearest, quote
from dragoman_codegen.layout import extendable, specs
from dragoman_codegen.source import Node, load

__all__ = ["take_in"]

_NAMED = ("tables", "dialects")
_KNOWN = ("facts", "settings")


def take_in(head: Node, root: Path, diagnostics: Diagnostics) -> Node:
    """The file with what it imports; what it says itself goes before. Nodes keep the place where they are written."""
    result = replace(head, value=dict(head.members), key_spans=dict(head.key_spans))
    for slug, wanted in head.members["import"].members.items():
        span = head.members["import"].key_spans[slug]
        path = specs(root, "providers", slug, "provider.yaml")
        there = load(path, diagnostics, root=root) if path.is_file() else None
        if there is None:
            near = nearest(slug, set(extendable(root)) - {Path(head.span.path).parent.name})
            help = f"did you mean {quote(near)}?" if near else None
            diagnostics.error("DG425", span, f"there is no provider {quote(slug)} to import from", help)
            continue
        for section in _NAMED:
            for item in wanted.members[section].elements if section in wanted.members else ():
                _name(result, section, item, slug, there, diagnostics)
        if "models" in wanted.members:
            _models(result, there, span)
    return result


def _name(result: Node, section: str, item: Node, slug: str, there: Node, diagnostics: Diagnostics) -> None:
    known = there.members[section] if section in there.members else replace(there, value={}, key_spans={})
    name = str(item.scalar)
    if name not in known.members:
        near = nearest(name, known.members)
        help = f"did you mean {quote(near)}?" if near else f"it has {', '.join(known.members) or 'none'}"
        message = f"{quote(slug)} has no {section.removesuffix('s')} {quote(name)} to import"
        diagnostics.error("DG425", item.span, message, help)
        return
    own = _section(result, section, item.span)
    if name not in own.members:
        own.members[name] = known.members[name]
        own.key_spans[name] = known.key_spans[name]


def _models(result: Node, there: Node, span: Span) -> None:
    """Its rows behind one's own: the facts that there are here, unless they hang on settings that are not."""
    facts, settings = (set(result.members[name].members) if name in result.members else set() for name in _KNOWN)
    rows = []
    for row in there.members["models"].elements if "models" in there.members else ():
        said = row.members["set"].members if "set" in row.members else {}
        values = {name: value for name, value in said.items() if name in facts}
        if values and ("when" not in row.members or set(row.members["when"].members) <= settings):
            rows.append(replace(row, value={**row.members, "set": replace(row.members["set"], value=values)}))
    own = result.members["models"] if "models" in result.members else Node("list", [], span, "block")
    result.members["models"] = replace(own, value=[*own.elements, *rows])
    result.key_spans.setdefault("models", span)


def _section(result: Node, name: str, span: Span) -> Node:
    """A copy of a section, to which something can be added."""
    own = result.members[name] if name in result.members else Node("map", {}, span, "block")
    result.members[name] = replace(own, value=dict(own.members), key_spans=dict(own.key_spans))
    result.key_spans.setdefault(name, span)
    return result.members[name]
