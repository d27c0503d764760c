"""The two transports. They are duck-typed: what matters is that requests, responses and streams are of one flavour."""

import threading
from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from functools import cache
from importlib import import_module
from typing import TYPE_CHECKING, Any, Self

from ..dialect import HUB
from .core import Answer, Bridge, Told
from .fetch import MediaLimits

__all__ = ["AsyncTransport", "Transport"]

# As many as the clients of SDKs have: those of the client that is in front of a transport do not hold behind it.
_CONNECTIONS = 1000
_KEPT = 100

# The base classes of the two libraries are unrelated, so to a type checker ours are anything.
if TYPE_CHECKING:
    _Anything = Any
else:
    _Anything = object


def flavour(request: Any) -> Any:
    """The library that this request is of."""
    return import_module(type(request).__mro__[-2].__module__.partition(".")[0])


class _Base(_Anything):  # type: ignore[misc]
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
        transport: Any = None,
        credentials: Any = None,
        fetch_media: bool | MediaLimits = False,
    ) -> None:
        """Credentials are looked for here, and refreshed when they are needed.

        `transport`: an inner transport of the client's flavour that takes the upstream's requests.

        `credentials`: for upstreams whose requests are signed, in place of those that are found on this machine.
        `fetch_media`: whether, and within which limits, URLs in a request are fetched that the upstream takes as bytes
        only. Without it such a request is refused.
        """
        self._bridge = Bridge(
            provider,
            client=client,
            api_key=api_key,
            base_url=base_url,
            strict=strict,
            settings=settings,
            facts=facts,
            on_loss=on_loss,
            credentials=credentials,
            fetch_media=fetch_media,
        )
        self._inner = transport
        self._clients: dict[str, Any] = {}
        self._lock = threading.Lock()

    def _client(self, lib: Any, kind: str) -> Any:
        """Our own client of that flavour: it brings connections, proxies from the environment and decoding."""
        client = self._clients.get(lib.__name__)
        if client is None:
            with self._lock:
                client = self._clients.get(lib.__name__)
                if client is None:
                    limits = lib.Limits(max_connections=_CONNECTIONS, max_keepalive_connections=_KEPT)
                    given = {"limits": limits} if self._inner is None else {"transport": self._inner}
                    client = self._clients[lib.__name__] = getattr(lib, kind)(**given)
        return client

    def _media(self, request: Any, content: bytes) -> Any:
        target = request.url.raw_path.decode("ascii", "replace")
        return self._bridge.media(request.method, target, request.headers, content)

    def _begin(self, lib: Any, request: Any, content: bytes, media: Any) -> tuple[Any, Any]:
        """The plan and the upstream's request; or the answer, and None. `media`: as fetched, or why they were not."""
        if isinstance(media, Answer):
            return media, None
        target = request.url.raw_path.decode("ascii", "replace")
        plan = self._bridge.plan(request.method, target, request.headers, content, media)
        if isinstance(plan, Answer):
            return plan, None
        extensions = {name: request.extensions[name] for name in ("timeout",) if name in request.extensions}
        made = lib.Request(plan.method, plan.url, headers=plan.headers, content=plan.content, extensions=extensions)
        return plan, made

    def _sign(self, plan: Any, made: Any) -> Answer | None:
        """Add what only the finished request tells; or the answer, when that cannot be had."""
        signed = self._bridge.sign(plan, str(made.url))
        if isinstance(signed, Answer):
            return signed
        made.headers.update(signed)
        return None


def _respond(lib: Any, answer: Answer) -> Any:
    return lib.Response(answer.status, headers=answer.headers, content=answer.body)


class Transport(_Base):
    """For `httpx.Client` and `httpx2.Client`."""

    def handle_request(self, request: Any) -> Any:
        lib = flavour(request)
        content = request.read()
        media = self._media(request, content) if self._bridge.fetches else None
        plan, made = self._begin(lib, request, content, media)
        if made is None:
            return _respond(lib, plan)
        if (problem := self._sign(plan, made)) is not None:
            return _respond(lib, problem)
        upstream = self._client(lib, "Client").send(made, stream=True)
        if plan.stream and upstream.is_success:
            stream, headers = self._bridge.stream(plan, upstream.headers)
            body = _sync_stream(lib)(upstream, stream, self._bridge.stream_over)
            return lib.Response(upstream.status_code, headers=headers, stream=body)
        try:
            content = upstream.read()
        finally:
            upstream.close()
        return _respond(lib, self._bridge.answer(plan, upstream.status_code, upstream.headers, content))

    def close(self) -> None:
        for client in self._clients.values():
            client.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


class AsyncTransport(_Base):
    """For `httpx.AsyncClient` and `httpx2.AsyncClient`."""

    async def handle_async_request(self, request: Any) -> Any:
        lib = flavour(request)
        content = await request.aread()
        media = await _aside(self._media, request, content) if self._bridge.fetches else None
        plan, made = self._begin(lib, request, content, media)
        if made is None:
            return _respond(lib, plan)
        if self._bridge.signs_at_once:
            problem = self._sign(plan, made)
        else:
            problem = await _aside(self._sign, plan, made)
        if problem is not None:
            return _respond(lib, problem)
        upstream = await self._client(lib, "AsyncClient").send(made, stream=True)
        if plan.stream and upstream.is_success:
            stream, headers = self._bridge.stream(plan, upstream.headers)
            body = _async_stream(lib)(upstream, stream, self._bridge.stream_over)
            return lib.Response(upstream.status_code, headers=headers, stream=body)
        try:
            content = await upstream.aread()
        finally:
            await upstream.aclose()
        return _respond(lib, self._bridge.answer(plan, upstream.status_code, upstream.headers, content))

    async def aclose(self) -> None:
        for client in self._clients.values():
            await client.aclose()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.aclose()


async def _aside(work: Callable[..., Any], *given: Any) -> Any:
    """What would hold up the event loop, whichever it is, in a thread."""
    from anyio import to_thread  # both libraries bring it

    return await to_thread.run_sync(work, *given)


class _Translated:
    """The body of an answer, made of the upstream's while that comes."""

    def __init__(self, upstream: Any, stream: Any, over: Callable[[Any], None]) -> None:
        self._upstream, self._stream, self._over = upstream, stream, over

    def _end(self) -> None:
        """Tell that it is over, once."""
        over, self._over = self._over, lambda _: None
        over(self._stream)


@cache
def _sync_stream(lib: Any) -> Callable[..., Any]:
    class TranslatedStream(_Translated, lib.SyncByteStream):  # type: ignore[misc]
        def __iter__(self) -> Iterator[bytes]:
            for chunk in self._upstream.iter_bytes():
                if out := self._stream.feed_bytes(chunk):
                    yield out
                if self._stream.failed:  # otherwise read on to the end, so that the connection can be used again
                    break
            if out := self._stream.close_bytes():
                yield out

        def close(self) -> None:
            self._upstream.close()
            self._end()

    return TranslatedStream


@cache
def _async_stream(lib: Any) -> Callable[..., Any]:
    class TranslatedStream(_Translated, lib.AsyncByteStream):  # type: ignore[misc]
        async def __aiter__(self) -> AsyncIterator[bytes]:
            async for chunk in self._upstream.aiter_bytes():
                if out := self._stream.feed_bytes(chunk):
                    yield out
                if self._stream.failed:  # otherwise read on to the end, so that the connection can be used again
                    break
            if out := self._stream.close_bytes():
                yield out

        async def aclose(self) -> None:
            await self._upstream.aclose()
            self._end()

    return TranslatedStream
