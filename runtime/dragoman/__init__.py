"""Translates between the wire formats of language model APIs. Start with `translator("some-provider")`.

Names are loaded when they are first asked for, so that importing the package costs next to nothing.
"""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .dialect import Event
    from .errors import MalformedBody, Refused
    from .exchange import ErrorResponse, Request, Response
    from .loss import Loss
    from .registry import providers
    from .stream import Stream
    from .translation import Translator, translator

__all__ = [
    "ErrorResponse",
    "Event",
    "Loss",
    "MalformedBody",
    "Refused",
    "Request",
    "Response",
    "Stream",
    "Translator",
    "providers",
    "translator",
]
__version__ = "0.1.0"

_HOME = {
    "ErrorResponse": "exchange",
    "Event": "dialect",
    "Loss": "loss",
    "MalformedBody": "errors",
    "Refused": "errors",
    "Request": "exchange",
    "Response": "exchange",
    "Stream": "stream",
    "Translator": "translation",
    "providers": "registry",
    "translator": "translation",
}


def __getattr__(name: str) -> Any:
    home = _HOME.get(name)
    if home is None:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from importlib import import_module

    globals()[name] = value = getattr(import_module(f"{__name__}.{home}"), name)
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
