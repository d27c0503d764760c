"""What a delta takes over from its parent as it was compiled there: units that it does not touch.

The code of a unit follows from its rules and from what they see: the types of what they read and make, the tables and
dialects of JSON Schema that they name, the facts, settings and contexts that they read. Where all of it is the same for
parent and child, so is the code.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from dragoman_codegen.checks.parts import members, roots, within
from dragoman_codegen.jmes import ast
from dragoman_codegen.rules import Expression, Lookup, Lower
from dragoman_codegen.spec import Provider, Unit

__all__ = ["in_child", "same_unit"]

_REF = "#/$defs/"
_ROOTS = ("$model", "$settings", "$request")


def same_unit(child: Provider, parent: Provider, name: str) -> bool:
    """Does this unit of the child come out as it does for the parent?"""
    own, theirs = child.units[name], parent.units.get(name)
    if theirs is None or not (own is theirs or own == theirs):
        return False
    if "seen" not in theirs.found:
        theirs.found["seen"] = _names(theirs)
    names: _Names = theirs.found["seen"]
    return _seen(child, names) == _seen(parent, names) and _same_types(child, parent, theirs)


def in_child(text: str, child: Provider, parent: Provider) -> str:
    """A module of the parent as the child's: it says where the wire's types stand."""
    line = "\n    from {}.{} import wire\n"
    return text.replace(line.format(parent.package, parent.module), line.format(child.package, child.module), 1)


@dataclass
class _Names:
    """What the rules of a unit name of provider.yaml."""

    tables: set[str] = field(default_factory=set)
    dialects: set[str] = field(default_factory=set)
    read: dict[str, set[str]] = field(default_factory=lambda: {name: set() for name in _ROOTS})
    whole: set[str] = field(default_factory=set)
    """Those that are read otherwise than by the name of a member."""


def _names(unit: Unit) -> _Names:
    names = _Names()
    for part in (part for root in roots(unit) for part in within(root)):
        if isinstance(part, Lookup):
            names.tables.add(part.table)
        elif isinstance(part, Lower):
            names.dialects.add(part.dialect)
        elif isinstance(part, Expression) and part.named:
            found = members(part.tree)
            for name, read in names.read.items():
                keys = [key for root, key, _ in found if root == name]
                read.update(keys)
                if len(keys) < sum(isinstance(p, ast.Variable) and p.name == name for p in ast.walk(part.tree)):
                    names.whole.add(name)
    return names


def _seen(provider: Provider, names: _Names) -> list[Any]:
    """What rules that name this see, beside the types of bodies."""

    def read(root: str, values: Mapping[str, Any]) -> dict[str, Any]:
        return dict(values) if root in names.whole else _some(values, names.read[root])

    dialects = provider.node.members.get("dialects")
    request = provider.units.get("request")
    contexts = (request.context, request.client_context) if request is not None else ()
    return [
        _some(provider.tables, names.tables),
        repr(_some(provider.dialects, names.dialects)),
        {name: node.span for name, node in dialects.members.items() if name in names.dialects} if dialects else {},
        read("$model", {name: (fact.type, fact.enum) for name, fact in provider.facts.items()}),
        set(read("$settings", provider.settings)),
        [set(read("$request", context)) for context in contexts],
        bool(provider.endpoint.get("also_spelt")),
        provider.event_field,
        provider.typed,
    ]


def _some(values: Mapping[str, Any], names: set[str]) -> dict[str, Any]:
    return {name: value for name, value in values.items() if name in names}


def _same_types(child: Provider, parent: Provider, unit: Unit) -> bool:
    """Are the definitions the same that the unit's bodies lead to, and those of errors, which end streams?"""
    for side in ("hub", "wire"):
        one, other = (getattr(provider, f"{side}_schema") for provider in (child, parent))
        names = {getattr(unit, side)}
        for provider in (child, parent):
            errors = provider.units.get("errors")
            names |= {getattr(errors, side)} if errors is not None else set()
        if one is not other and _reached(one, names) != _reached(other, names):
            return False
    return True


def _reached(schema: Mapping[str, Any], names: set[str]) -> str:
    """The definitions that these lead to, in the order in which their members are written."""
    known = schema.get("$defs", {})
    found: dict[str, Any] = {}
    waiting: list[Any] = [{"$ref": f"{_REF}{name}"} for name in sorted(names)]
    while waiting:
        part = waiting.pop()
        if isinstance(part, dict) and "$ref" in part:
            reference = str(part["$ref"])
            name = reference.removeprefix(_REF)
            if name not in found:  # what leads elsewhere than to a definition may lead anywhere
                found[name] = known.get(name, schema)
                waiting.append(known.get(name))
        if isinstance(part, (dict, list)):
            waiting += part.values() if isinstance(part, dict) else part
    return json.dumps(found)
