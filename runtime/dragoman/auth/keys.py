"""Keys: the ways to send one, and the ways in which clients have sent theirs."""

from collections.abc import Mapping

from ..dialect import Auth, Dialect

__all__ = ["KINDS", "apply", "take"]

KINDS = ("bearer", "header", "query")


def apply(way: Auth, key: str) -> tuple[dict[str, str], dict[str, str]]:
    """The headers and query parameters that carry this key."""
    if way.kind == "bearer":
        return {"authorization": f"Bearer {key}"}, {}
    return ({way.name.lower(): key}, {}) if way.kind == "header" else ({}, {way.name: key})


def take(dialect: Dialect, headers: Mapping[str, str], query: Mapping[str, str]) -> str | None:
    """The key that a client of this dialect sent, in any way that the dialect knows. Header names are in lower case.

    Of what signs nothing can be taken, but a token that was fetched by other means is a bearer's.
    """
    for kind, name, _ in dialect.auth:
        if kind in ("header", "query"):
            found = headers.get(name.lower()) if kind == "header" else query.get(name)
        else:
            scheme, _, key = headers.get("authorization", "").partition(" ")
            found = key.strip() if scheme.lower() == "bearer" else None
        if found:
            return found
    return None
