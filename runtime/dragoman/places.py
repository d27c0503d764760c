"""Places in a body as linked tuples.

The root is `()`. Any other place is `(parent, key, key, …)`: the parent's place, then one or more keys below it, so
that generated code pays one tuple for a place and nothing for its text. Keys are strings (members) and integers
(elements).
"""

from typing import Any

__all__ = ["At", "Key", "find_text", "join", "keys_of", "text"]

At = tuple[Any, ...]  # recursive: the shape is told above
Key = str | int

_ESCAPES = {'"': '\\"', "\\": "\\\\", "\n": "\\n", "\r": "\\r", "\t": "\\t"}


def keys_of(at: At) -> list[Key]:
    """The keys from the root down to this place."""
    parts: list[Any] = []
    while at:
        if isinstance(at[0], tuple):
            parts[:0] = at[1:]
            at = at[0]
        else:  # a place written without its root
            parts[:0] = at
            break
    return parts


def join(parts: "list[Key] | tuple[Key, ...]") -> At:
    """The place with these keys."""
    return ((), *parts) if parts else ()


def text(at: At) -> str:
    """`messages[2].content[0].image_url.detail`; names that are no identifiers stand in brackets: `["odd key"]`."""
    out: list[str] = []
    for key in keys_of(at):
        if isinstance(key, int):
            out.append(f"[{key}]")
        elif isinstance(key, str) and key.isidentifier() and key.isascii():
            out.append(f".{key}" if out else key)
        else:
            out.append(f'["{_escaped(str(key))}"]')
    return "".join(out)


def _escaped(key: str) -> str:
    return "".join(
        _ESCAPES.get(c) or (c if c.isprintable() else f"\\u{ord(c):04x}" if ord(c) < 0x10000 else f"\\U{ord(c):08x}")
        for c in key
    )


def find_text(body: Any, wanted: str) -> At | None:
    """The first place of a body at which this text stands, however deep."""
    open_: list[tuple[At, Any]] = [((), body)]
    while open_:
        at, value = open_.pop()
        if isinstance(value, str) and value == wanted:
            return at
        if isinstance(value, dict):
            open_ += [((at, key), inner) for key, inner in reversed(value.items())]
        elif isinstance(value, list):
            open_ += [((at, n), value[n]) for n in range(len(value) - 1, -1, -1)]
    return None
