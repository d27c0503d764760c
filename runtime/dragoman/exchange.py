"""What a translator hands back: plain holders."""

from collections.abc import Mapping
from typing import Any

from .loss import Loss

__all__ = ["ErrorResponse", "Request", "Response"]


class _Holder:
    __slots__: tuple[str, ...] = ()

    def __repr__(self) -> str:
        told = ", ".join(f"{name}={getattr(self, name)!r}" for name in self.__slots__ if not name.startswith("_"))
        return f"{type(self).__name__}({told})"


class Request(_Holder):
    """What the upstream gets. Give it back with the answer: it knows what the answer has to look like."""

    __slots__ = (
        "_client_context",
        "_context",
        "_endpoint",
        "_framing",
        "body",
        "headers",
        "losses",
        "method",
        "model",
        "path",
        "stream",
    )

    def __init__(
        self,
        *,
        method: str,
        path: str,
        headers: dict[str, str],
        body: Any,
        stream: bool,
        losses: list[Loss],
        model: str,
        context: Mapping[str, Any],
        client_context: Mapping[str, Any],
        framing: str | None = None,
        endpoint: str = "",
    ) -> None:
        self.method = method
        self.path = path
        self.headers = headers
        self.body = body
        self.stream = stream
        self.losses = losses
        self.model = model
        self._context = context
        self._client_context = client_context
        self._framing = framing  # that the client's URL asks for
        self._endpoint = endpoint  # nothing for answers


class Response(_Holder):
    """An upstream's answer in the client's dialect."""

    __slots__ = ("body", "headers", "losses")

    def __init__(self, body: Any, headers: dict[str, str], losses: list[Loss]) -> None:
        self.body = body
        self.headers = headers
        self.losses = losses


class ErrorResponse(_Holder):
    """An upstream's failure in the client's dialect."""

    __slots__ = ("body", "headers", "losses", "status")

    def __init__(self, status: int, body: Any, headers: dict[str, str], losses: list[Loss]) -> None:
        self.status = status
        self.body = body
        self.headers = headers
        self.losses = losses
