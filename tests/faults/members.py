"""What the schemas say of members by their names alone: of `content`, wherever something has a `content`."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from dragoman_codegen.types import SchemaTypes

__all__ = ["Members", "members_of"]


@dataclass
class Members:
    kinds: dict[str, set[str]] = field(default_factory=dict)  # all that it has in any definition, without null
    constants: dict[str, set[Any] | None] = field(default_factory=dict)  # None where a definition leaves them open
    present: set[str] = field(default_factory=set)  # names that some definition demands, and not as null


def members_of(*schemas: dict[str, Any]) -> Members:
    found = Members()
    for schema in schemas:
        types = SchemaTypes(schema)
        seen: set[int] = set()
        waiting = [types.type(f"#/$defs/{name}") for name in schema["$defs"]]
        while waiting:
            t = waiting.pop()
            if "array" in t.kinds and t.lazy_items is not None:
                waiting.append(t.items)
            for o in t.objects:
                if id(o) in seen:
                    continue
                seen.add(id(o))
                for name, prop in o.props.items():
                    waiting.append(prop.type)
                    found.kinds.setdefault(name, set()).update(prop.type.kinds - {"null"})
                    if prop.required and not prop.type.nullable:
                        found.present.add(name)
                    closed, old = prop.type.literals, found.constants.setdefault(name, set())
                    found.constants[name] = None if old is None or closed is None else old | set(closed)
    return found
