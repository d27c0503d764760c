"""A gateway in one small file: `/{client}/{upstream}/…` is translated from one dialect to the other.

All translation is the Bridge's, which a transport uses as well; here are only sockets. For programs on this machine: it
listens on loopback, asks for no key, and keeps its own from nobody.
"""

from __future__ import annotations

import sys
import threading
from collections.abc import Mapping
from contextlib import suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Any, Self

import httpx

from dragoman import Loss
from dragoman.transport import Answer, Bridge, Plan

__all__ = ["Gateway"]


class Gateway:
    """`upstreams`: base URLs by provider. `losses` collects what was lost, by client and upstream."""

    def __init__(self, upstreams: Mapping[str, str]) -> None:
        self.upstreams = upstreams
        self.losses: dict[tuple[str, str], list[Loss]] = {}
        self.http = httpx.Client(timeout=30)
        self._bridges: dict[tuple[str, str], Bridge] = {}
        self._lock = threading.Lock()
        self._server = _Server(("127.0.0.1", 0), _Handler)
        self._server.gateway = self
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}"
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
        self._thread.start()

    def bridge(self, client: str, upstream: str) -> Bridge:
        with self._lock:
            if (client, upstream) not in self._bridges:
                lost = self.losses.setdefault((client, upstream), [])
                self._bridges[client, upstream] = Bridge(
                    upstream, client=client, base_url=self.upstreams[upstream], api_key="unused", on_loss=lost.extend
                )
            return self._bridges[client, upstream]

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()
        self.http.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.close()


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    gateway: Gateway

    def handle_error(self, request: object, client_address: object) -> None:
        """A client may go when it has what it wants; anything else is for the console."""
        if not isinstance(sys.exception(), ConnectionError):
            super().handle_error(request, client_address)  # type: ignore[arg-type]


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    server: _Server

    def do_GET(self) -> None:
        self.do_POST()

    def do_POST(self) -> None:
        gateway = self.server.gateway
        content = self.rfile.read(int(self.headers.get("content-length") or 0))
        try:
            _, client, upstream, rest = self.path.split("/", 3)
            bridge = gateway.bridge(client, upstream)
        except (LookupError, ValueError):
            self.send_error(404, explain="Paths are /{client}/{upstream}/…, of upstreams that this gateway was told")
            return
        told = {name.lower(): text for name, text in self.headers.items()}
        plan = bridge.plan(self.command, "/" + rest, told, content)
        if isinstance(plan, Answer):
            self._whole(plan)
            return
        signed = bridge.sign(plan)
        if isinstance(signed, Answer):
            self._whole(signed)
            return
        try:
            self._ask(bridge, plan, {**plan.headers, **signed})
        except httpx.TimeoutException:
            self._whole(bridge.answer(plan, 504, {}, b"the upstream does not answer in time"))
        except httpx.TransportError as exc:
            self._whole(bridge.answer(plan, 502, {}, f"the upstream cannot be reached: {exc}".encode()))

    def _ask(self, bridge: Bridge, plan: Plan, headers: Mapping[str, str]) -> None:
        """Raises what httpx does, as long as the client has no answer yet."""
        http = self.server.gateway.http
        with http.stream(plan.method, plan.url, headers=headers, content=plan.content) as answer:
            if not (plan.stream and answer.is_success):
                self._whole(bridge.answer(plan, answer.status_code, answer.headers, answer.read()))
                return
            stream, headers = bridge.stream(plan, answer.headers)
            self._head(answer.status_code, {**headers, "transfer-encoding": "chunked"})
            try:
                with suppress(httpx.TransportError):  # then what has come is not whole, and `close_bytes` says so
                    for chunk in answer.iter_bytes():
                        self._chunk(stream.feed_bytes(chunk))
                self._chunk(stream.close_bytes())
                self.wfile.write(b"0\r\n\r\n")
            finally:
                bridge.stream_over(stream)

    def _head(self, status: int, headers: Mapping[str, str]) -> None:
        self.send_response(status)
        for name, text in headers.items():
            self.send_header(name, text)
        self.end_headers()

    def _whole(self, answer: Answer) -> None:
        self._head(answer.status, {**answer.headers, "content-length": str(len(answer.body))})
        self.wfile.write(answer.body)

    def _chunk(self, data: bytes) -> None:
        if data:
            self.wfile.write(b"%x\r\n%s\r\n" % (len(data), data))
            self.wfile.flush()

    def log_message(self, format: str, *args: Any) -> None:
        """The example has its own output."""
