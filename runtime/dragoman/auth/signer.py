"""What signs requests, or brings tokens that grow old."""

from collections.abc import Mapping
from importlib import import_module
from typing import Any, Protocol

__all__ = ["NoCredentials", "Signer", "extra"]


class NoCredentials(ValueError):
    """There are none, or they cannot be had at the moment. The message says what would help."""


class Signer(Protocol):
    """May be used by several threads at once."""

    settings: Mapping[str, str]
    """What comes with the credentials, a project or a region; it stands in for settings that nobody has made."""

    def ready(self) -> bool:
        """Whether `sign` only computes. Otherwise it asks somebody first, and should not be called in an event loop."""

    def sign(self, method: str, url: str, headers: Mapping[str, str], content: bytes) -> dict[str, str]:
        """The headers that are to be added. Raises `NoCredentials`."""


_SCHEMES = {"aws": ("sigv4", "botocore"), "google": ("google", "google-auth")}


def extra(module: str, name: str) -> Any:
    """A module of an optional dependency."""
    try:
        return import_module(module)
    except ImportError:
        pass
    scheme, package = _SCHEMES[name]
    raise NoCredentials(f"{scheme} needs {package}: pip install 'dragoman[{name}]'")
