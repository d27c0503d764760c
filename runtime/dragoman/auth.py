"""The general ways to send a key. What a vendor signs or refreshes itself has a module of its own."""

from collections.abc import Mapping

from .dialect import Auth, Dialect

__all__ = ["apply", "take"]


def apply(auth: tuple[Auth, ...], key: str) -> tuple[dict[str, str], dict[str, str]]:
    """The headers and query parameters that carry this key."""
    if not auth:
        return {}, {}
    kind, name = auth[0]
    if kind == "bearer":
        return {"authorization": f"Bearer {key}"}, {}
    if kind == "header":
        return {name.lower(): key}, {}
    if kind == "query":
        return {}, {name: key}
    raise NotImplementedError(f"there is no way to send a key by {kind!r}; there are: bearer, header, query")


def take(dialect: Dialect, headers: Mapping[str, str], query: Mapping[str, str]) -> str | None:
    """The key that a client of this dialect sent, in any way that the dialect knows. Header names are in lower case."""
    for kind, name in dialect.auth:
        if kind == "bearer":
            scheme, _, key = headers.get("authorization", "").partition(" ")
            found = key.strip() if scheme.lower() == "bearer" else None
        else:
            found = headers.get(name.lower()) if kind == "header" else query.get(name)
        if found:
            return found
    return None
