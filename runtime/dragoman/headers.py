"""Which headers travel, and under which names. Names are compared without case and written in lower case."""

from collections.abc import Mapping
from typing import Any

from .dialect import HUB, Dialect
from .templates import fill, holes

__all__ = ["back_to_client", "from_hub", "lower", "settings_of", "to_hub", "to_upstream"]

# What clients of any dialect act upon, whether or not the upstream's spec names it.
_ALWAYS = ("retry-after", "retry-after-ms", "x-request-id", "x-should-retry")


def lower(headers: Mapping[str, str] | None) -> dict[str, str]:
    if not headers:
        return {}
    return {str(name).lower(): value for name, value in headers.items() if isinstance(value, str)}


def settings_of(client: Dialect, settings: Mapping[str, Any], headers: Mapping[str, str]) -> Mapping[str, Any]:
    """The client's settings: what it says in a header that stands for one setting goes before what was set."""
    told = dict(settings)
    for name, template in client.headers.items():
        names = holes(template)
        value = headers.get(name.lower())
        if value is not None and len(names) == 1 and template == f"{{{names[0]}}}" and names[0] in client.settings:
            allowed = client.settings[names[0]].values
            if allowed is None or value in allowed:
                told[names[0]] = value
    return told


def to_upstream(
    provider: Dialect, client: Dialect, values: Mapping[str, Any], headers: Mapping[str, str]
) -> dict[str, str]:
    """The headers of the upstream's request, without credentials."""
    out = {"content-type": "application/json"}
    for name, template in provider.headers.items():
        value = fill(template, values)
        if value is not None:
            out[name.lower()] = value
    if provider.slug == client.slug:
        for name in (*provider.headers, *provider.forward_headers):
            value = headers.get(name.lower())
            if value is not None:
                out[name.lower()] = value
    return out


def to_hub(provider: Dialect, headers: Mapping[str, str]) -> dict[str, str]:
    """An upstream's response headers under the names that the hub's clients know."""
    out = {name: headers[name] for name in _ALWAYS if name in headers}
    for theirs, ours in provider.response_headers.items():
        value = headers.get(theirs.lower())
        if value is not None:
            out[ours.lower()] = value
    return out


def back_to_client(provider: Dialect, client: Dialect, headers: Mapping[str, str]) -> dict[str, str]:
    """An upstream's response headers under the client's names."""
    if provider.slug == client.slug != HUB:
        known = {*_ALWAYS, *(name.lower() for name in provider.response_headers)}
        return {name: value for name, value in headers.items() if name in known}
    return from_hub(client, to_hub(provider, headers))


def from_hub(client: Dialect, headers: Mapping[str, str]) -> dict[str, str]:
    if client.slug == HUB:
        return dict(headers)
    names: dict[str, str] = {}
    for theirs, ours in client.response_headers.items():
        names.setdefault(ours.lower(), theirs.lower())
    return {names.get(name, name): value for name, value in headers.items()}
