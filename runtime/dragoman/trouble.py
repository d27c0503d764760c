"""Errors: in the hub's shape, from there in the client's, and what to say when an upstream says nothing readable.

Nothing here raises: whoever handles a failure must not meet a second one.
"""

from collections.abc import Mapping
from typing import Any

from .dialect import HUB, Dialect
from .errors import MalformedBody, Rejected
from .headers import from_hub
from .json_codec import NotJSON, loads
from .kit.call import Call
from .kit.jmes import InvalidType, InvalidValue

__all__ = ["LIMIT", "as_json", "generic", "hub_error", "in_client", "in_hub"]

LIMIT = 2000  # characters of an upstream's page that may stand in an error

_TYPES = {401: "authentication_error", 403: "permission_error", 429: "rate_limit_error"}


def hub_error(
    message: str, type: str = "invalid_request_error", param: str | None = None, code: str | None = None
) -> dict[str, Any]:
    return {"error": {"message": message, "type": type, "param": param, "code": code}}


def generic(status: int, body: Any) -> dict[str, Any]:
    """An error in the hub's shape for a body that the dialect cannot read."""
    kind = _TYPES.get(status, "invalid_request_error" if 400 <= status < 500 else "server_error")
    words = _words(body).strip()[:LIMIT]
    return hub_error(words or f"the upstream answered with status {status} and no message", kind)


def _words(body: Any) -> str:
    if isinstance(body, list):
        body = next((item for item in body if isinstance(item, dict)), body[0] if body else None)
    if isinstance(body, dict):
        for name in ("error", "message", "Message", "detail"):
            inner = body.get(name)
            if isinstance(inner, str):
                return inner
            if isinstance(inner, dict) and isinstance(inner.get("message"), str):
                return str(inner["message"])
    return body if isinstance(body, str) else ""


def as_json(body: Any) -> Any:
    """An upstream's failure as a JSON value; what is no JSON stays a text, cut to a bounded length."""
    if isinstance(body, bytes | bytearray):
        body = bytes(body).decode("utf-8", "replace")
    if isinstance(body, str):
        try:
            body = loads(body)
        except NotJSON:
            body = body[:LIMIT]
    return body


def in_hub(
    provider: Dialect, status: int, body: Any, headers: Mapping[str, str], call: Call
) -> tuple[int, Any, dict[str, str]]:
    """An upstream's failure in the hub's shape; the headers are those that the spec makes."""
    if provider.error_to_hub is not None:
        try:
            found, out, made = provider.error_to_hub(status, body, headers, call)
            return found, out, dict(made)
        except (MalformedBody, Rejected, InvalidType, InvalidValue, RecursionError):
            call.losses.clear()  # its words are told as they are
    return status, generic(status, body), {}


def in_client(
    client: Dialect, status: int, body: Any, headers: Mapping[str, str], call: Call
) -> tuple[int, Any, dict[str, str]]:
    """A failure in the client's shape, out of the hub's; the same for the names of its headers."""
    known = from_hub(client, headers)
    if client.slug == HUB or client.error_to_wire is None:
        return status, body, known
    try:
        status, body, made = client.error_to_wire(status, body, headers, call)
        known.update(made)
    except (MalformedBody, Rejected, InvalidType, InvalidValue, RecursionError):
        call.losses.clear()
    return status, body, known
