"""What a transport does, without any HTTP library: from the client's request to the upstream's, and back.

Failures of the translation are answers in the client's shape, so that its SDK raises its own typed exception: a refused
request is a 400, an answer that cannot be read a 502, a path that is not served a 404.
"""

import os
from collections.abc import Callable, Mapping
from typing import Any, NamedTuple
from urllib.parse import urlencode

from .. import endpoints as others
from ..auth import NoCredentials, find
from ..dialect import HUB
from ..endpoints import ENDPOINTS, asked, served
from ..errors import MalformedBody, Refused
from ..exchange import ErrorResponse, Request
from ..framing import content_type
from ..json_codec import NotJSON, dumps, loads
from ..loss import Loss
from ..places import find_text, text
from ..registry import dialect
from ..stream import Stream
from ..templates import base_url_for, fill_path, holes, read_path
from ..translation import Translator
from .fetch import Fetching, MediaLimits, Unfetched

__all__ = ["LOSSES", "Answer", "Bridge", "Plan", "Told"]

LOSSES = "x-dragoman-losses"
_BOUND = 1024  # bytes of that header
Told = Callable[[list[Loss]], None]


class Answer(NamedTuple):
    """A whole answer to the client."""

    status: int
    headers: dict[str, str]
    body: bytes


class Plan(NamedTuple):
    """A request to the upstream."""

    method: str
    url: str
    headers: dict[str, str]
    content: bytes
    stream: bool
    sent: Request


class Bridge:
    """Holds the configuration of a transport; knows nothing of connections."""

    def __init__(
        self,
        provider: str,
        *,
        client: str = HUB,
        api_key: str | None = None,
        base_url: str | None = None,
        strict: str | None = None,
        settings: Mapping[str, Any] | None = None,
        facts: Mapping[str, Any] | None = None,
        on_loss: Told | None = None,
        credentials: Any = None,
        fetch_media: bool | MediaLimits = False,
    ) -> None:
        upstream = dialect(provider)
        told = {name: value for name, spec in upstream.settings.items() if (value := _environment(spec.env))}
        told |= settings or {}
        base = base_url or _environment(upstream.base_url_env)
        # Somebody's own server may need none.
        found = find(upstream, told, api_key=api_key, credentials=credentials, needed=base is None)
        if found.signer is not None:
            known = {name: value for name, value in found.signer.settings.items() if name in upstream.settings}
            told = {**known, **told}
        self._signer = found.signer
        self._translator = Translator(upstream, dialect(client), strict=strict, settings=told, facts=facts)
        self._others = tuple(served(self._translator.client, upstream))
        self._on_loss = on_loss
        self._limits = MediaLimits() if fetch_media is True else fetch_media or None
        template = base or base_url_for(upstream, self._translator.settings)
        for name in [*holes(template), *holes(upstream.path)]:
            if name != "model" and self._translator.settings.get(name) is None:
                raise ValueError(f"{provider} needs the setting {name!r}: pass settings={{{name!r}: …}}")
        self._base_url = fill_path(template, self._translator.settings).rstrip("/")
        elsewhere = {} if base else upstream.hosts  # somebody's own server has all of it
        self._hosts = {name: fill_path(url, self._translator.settings).rstrip("/") for name, url in elsewhere.items()}
        self._headers, self._query = found.headers, urlencode(found.query)

    def plan(
        self,
        method: str,
        target: str,
        headers: Mapping[str, str],
        content: bytes,
        media: Mapping[str, tuple[str, str]] | None = None,
    ) -> Plan | Answer:
        """The upstream's request for this one, or at once the answer. `media`: what `self.media` has fetched for it."""
        t = self._translator
        endpoint = "" if self._serves(method, target) else asked(t.client, method, target)
        if endpoint is None or (endpoint and endpoint not in self._others):
            return self._error(t.fault(404, self._not_served(method, target), code="not_found"))
        problem = ""
        body = None
        try:
            if ENDPOINTS.get(endpoint) != "GET":
                body = loads(content)
        except NotJSON as exc:
            problem = str(exc)
        if problem:
            return self._error(t.fault(400, f"the body is not JSON: {problem}"))
        try:
            if endpoint:
                sent = others.request(t, endpoint, body, headers, path=target)
            else:
                sent = t.request(body, headers, path=target, media=media)
            content = b"" if sent.method == "GET" else dumps(sent.body)
        except Refused as exc:
            self._tell(exc.losses)
            return Answer(exc.status, {"content-type": "application/json"}, dumps(exc.body))
        except NotJSON as exc:
            return self._error(t.fault(400, f"the request cannot be written: {exc}"))
        self._tell(sent.losses)
        url = self._hosts.get(endpoint, self._base_url) + sent.path
        if self._query:
            url += ("&" if "?" in sent.path else "?") + self._query
        out = {
            **sent.headers,
            **self._headers,
            "accept": content_type(t.provider.framing) if sent.stream else "application/json",
            "accept-encoding": "identity" if sent.stream else "gzip, deflate",
        }
        return Plan(sent.method, url, out, content, sent.stream, sent)

    def answer(self, plan: Plan, status: int, headers: Mapping[str, str], content: bytes) -> Answer:
        """The client's answer for a whole one of the upstream."""
        t = self._translator
        if not 200 <= status < 300:
            return self._error(t.error(status, content, headers))
        problem = ""
        try:
            if plan.sent._endpoint:
                back = others.answer(t, plan.sent._endpoint, loads(content), plan.sent, headers)
            else:
                back = t.response(loads(content), plan.sent, headers=headers)
            body = dumps(back.body)
        except NotJSON as exc:
            problem = f"the upstream's answer is not JSON: {exc}"
        except MalformedBody as exc:
            problem = f"the upstream's answer cannot be read: {exc}"
        if problem:
            return self._error(t.fault(502, problem, "server_error", code="malformed_upstream_body"))
        self._tell(back.losses)
        told = _with_losses(back.headers, [*plan.sent.losses, *back.losses])
        return Answer(status, {**told, "content-type": "application/json"}, body)

    def _serves(self, method: str, target: str) -> bool:
        """Whether a client asks for an answer."""
        client, upstream = self._translator.client, self._translator.provider
        if upstream.request_to_wire is None and not self._translator.untouched:
            return False
        paths = (*client.client_paths, *client.client_stream_paths)
        return method.upper() == client.method and any(read_path(path, target) is not None for path in paths)

    def _not_served(self, method: str, target: str) -> str:
        client = self._translator.client
        chat = (*client.client_paths, *client.client_stream_paths)
        served = [f"{client.method} {path}" for path in chat if self._serves(client.method, path)]
        served += [f"{ENDPOINTS[name]} {client.paths[name].partition('?')[0]}" for name in self._others]
        return f"{method} {target.partition('?')[0]} is not served here, only {' and '.join(served) or 'nothing'}"

    @property
    def fetches(self) -> bool:
        """Whether media are fetched at all."""
        return self._limits is not None

    def media(
        self, method: str, target: str, headers: Mapping[str, str], content: bytes
    ) -> Mapping[str, tuple[str, str]] | Answer:
        """What the upstream takes as bytes only, fetched; or the answer when it cannot be had. This takes its time.

        Of URLs of other kinds, and of requests that are none, `plan` says what is wrong with them.
        """
        if self._limits is None or not self._serves(method, target):
            return {}
        fetching = Fetching(self._limits)
        try:
            body = loads(content)
            # What something is, is only known when it is there, and may lead the rules to others.
            while wanted := [
                url
                for url in self._translator.media(body, headers, path=target, media=fetching.media)
                if url.lower().startswith(("http:", "https:"))
            ]:
                for url in wanted:
                    fetching.fetch(url)
        except NotJSON:
            pass
        except Unfetched as exc:
            return self._error(self._not_fetched(exc, body))
        return fetching.media

    def _not_fetched(self, fault: Unfetched, body: Any) -> ErrorResponse:
        param = text(place) if (place := find_text(body, fault.url)) is not None else None
        message = f"what stands at {fault.url[:_BOUND]} was not fetched: {fault}"
        return self._translator.fault(400, f"{param}: {message}" if param else message, param=param)

    def sign(self, plan: Plan, url: str | None = None) -> Mapping[str, str] | Answer:
        """The headers that only the finished request tells, or the answer when there are no credentials for it.

        `url`: as it will be written, if not just as it is planned. It may ask somebody first: see `signs_at_once`.
        """
        signer = self._signer
        problem = ""
        try:
            return {} if signer is None else signer.sign(plan.method, url or plan.url, plan.headers, plan.content)
        except NoCredentials as exc:
            problem = str(exc)
        return self._error(self._translator.fault(401, problem, "authentication_error", code="no_credentials"))

    @property
    def signs_at_once(self) -> bool:
        """Whether `sign` only computes at the moment, and need not be kept out of an event loop."""
        return self._signer is None or self._signer.ready()

    def stream(self, plan: Plan, headers: Mapping[str, str]) -> tuple[Stream, dict[str, str]]:
        """The translation of a streamed answer, and the headers that go before it."""
        stream = self._translator.stream(plan.sent, headers=headers)
        return stream, {**_with_losses(stream.headers, plan.sent.losses), "content-type": stream.content_type}

    def stream_over(self, stream: Stream) -> None:
        self._tell(stream.losses)

    def _error(self, error: ErrorResponse) -> Answer:
        self._tell(error.losses)
        told = _with_losses(error.headers, error.losses)
        return Answer(error.status, {**told, "content-type": "application/json"}, dumps(error.body))

    def _tell(self, losses: list[Loss]) -> None:
        if losses and self._on_loss is not None:
            self._on_loss(list(losses))


def _environment(names: tuple[str, ...]) -> str | None:
    return next((value for name in names if (value := os.environ.get(name))), None)


def _with_losses(headers: Mapping[str, str], losses: list[Loss]) -> dict[str, str]:
    """The header tells how many losses there are, and their paths as far as there is room."""
    out = dict(headers)
    if losses:
        paths = ", ".join(dict.fromkeys(loss.path or "*" for loss in losses))
        paths = paths.encode("ascii", "backslashreplace").decode()
        count = f"{len(losses)}: "
        if len(count) + len(paths) > _BOUND:
            whole, more, _ = paths[: _BOUND - len(count) - 5].rpartition(", ")
            paths = f"{whole}{more}..."
        out[LOSSES] = count + paths
    return out
