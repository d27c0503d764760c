"""A threaded HTTP/1.1 server that plays what it is told, and writes down what it got and how each answer ended.

Only the standard library is used, and every answer goes over a real socket: a stream is sent chunk by chunk, can pause,
can be held until a test lets it go, can stop short, and notices when the client has gone.
"""

from __future__ import annotations

import json
import select
import socket
import struct
import threading
import time
from collections import deque
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Any, Self
from zlib import crc32

__all__ = [
    "CutOff",
    "DialectServer",
    "Exchange",
    "HangUp",
    "Hold",
    "Pause",
    "Reply",
    "Scene",
    "ScriptedServer",
    "Streamed",
    "event_frame",
    "json_reply",
]

#: How often a waiting answer looks whether its client is still there.
LOOK_EVERY = 0.01
#: A hold that nobody releases ends by itself, so that a failing test cannot hang.
HOLD_AT_MOST = 30.0


@dataclass(frozen=True)
class Pause:
    """Wait this many seconds before the next chunk."""

    seconds: float


@dataclass(frozen=True)
class Hold:
    """Wait until `ScriptedServer.release()` is called."""


@dataclass(frozen=True)
class CutOff:
    """Drop the connection in the middle of the body: no last chunk."""


@dataclass(frozen=True)
class HangUp:
    """Drop the connection without any answer, after waiting for `seconds` or a release, whichever comes first."""

    seconds: float = 0.0


Step = bytes | Pause | Hold | CutOff


@dataclass(frozen=True)
class Reply:
    """An answer that is sent whole."""

    status: int
    body: bytes
    headers: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Streamed:
    """An answer that is sent in steps, as server-sent events unless the headers say something else."""

    steps: Iterable[Step]
    headers: Mapping[str, str] = field(default_factory=dict)
    status: int = 200


Answer = Reply | Streamed | HangUp
#: What a server can be told to play: an answer, or something that makes one from the request's body.
Scene = Answer | Callable[[Any], Answer]


@dataclass
class Exchange:
    """One request, and how far its answer got."""

    method: str
    path: str
    query: str
    headers: dict[str, str]
    raw: bytes
    body: Any = None
    status: int = 0
    chunks: int = 0
    finished: bool = False
    client_gone: bool = False
    done: threading.Event = field(default_factory=threading.Event, repr=False)


class _ClientGone(Exception):
    """The client closed its end while the answer was under way."""


def event_frame(name: str, payload: bytes, kind: str = "event") -> bytes:
    """One frame of an AWS event stream; the headers in the order in which the services send them."""
    pairs = ((f":{kind}-type", name), (":content-type", "application/json"), (":message-type", kind))
    headers = b"".join(
        struct.pack(">B", len(key)) + key.encode() + b"\x07" + struct.pack(">H", len(value)) + value.encode()
        for key, value in pairs
    )
    prelude = struct.pack(">II", 16 + len(headers) + len(payload), len(headers))
    prelude += struct.pack(">I", crc32(prelude))
    message = prelude + headers + payload
    return message + struct.pack(">I", crc32(message))


def json_reply(status: int, body: object, headers: Mapping[str, str] | None = None) -> Reply:
    """A whole answer with a JSON body."""
    text = json.dumps(body, ensure_ascii=False, separators=(",", ":"))
    return Reply(status, text.encode(), {"content-type": "application/json", **(headers or {})})


class ScriptedServer:
    """Serves from the moment it is made until `close()`; a context manager. Sub-classes say what is answered."""

    def __init__(self, host: str = "127.0.0.1", port: int = 0) -> None:
        self.exchanges: list[Exchange] = []
        self._queue: deque[Scene | str] = deque()
        self._lock = threading.Lock()
        self._released = threading.Event()
        self._http = _Http((host, port), _Handler)
        self._http.owner = self
        self.url = f"http://{host}:{self._http.server_address[1]}"
        self._thread = threading.Thread(target=self._http.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
        self._thread.start()

    def play(self, *scenes: Scene | str) -> None:
        """Queue what the next requests get, by name or as a ready answer; then it answers naturally again."""
        with self._lock:
            self._queue.extend(scenes)

    def release(self) -> None:
        """Let every held answer go on."""
        self._released.set()

    def reset(self) -> None:
        """Forget what was got and what was queued."""
        self._released.set()
        with self._lock:
            self._queue.clear()
        self.exchanges.clear()
        self._released = threading.Event()

    @property
    def last(self) -> Exchange:
        """The newest exchange."""
        return self.exchanges[-1]

    def close(self) -> None:
        """Stop serving; held answers are let go."""
        self._released.set()
        self._http.shutdown()
        self._http.server_close()
        self._thread.join()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def answer(self, exchange: Exchange, scene: str | None) -> Answer:
        """What `exchange` gets; `scene` is the name that was queued for it, if any."""
        raise NotImplementedError

    def _answer(self, exchange: Exchange) -> Answer:
        with self._lock:
            scene = self._queue.popleft() if self._queue else None
        if scene is None or isinstance(scene, str):
            return self.answer(exchange, scene)
        return scene(exchange.body) if callable(scene) else scene


class DialectServer(ScriptedServer):
    """One that speaks a dialect. `inputs`: what the tools of these names are called with; else it is made up."""

    plays: Mapping[str, str] = {}
    """The scenes that it knows by name."""

    def __init__(self, inputs: Mapping[str, Any] | None = None, *, host: str = "127.0.0.1", port: int = 0) -> None:
        self.inputs = dict(inputs or {})
        super().__init__(host, port)

    def check(self, scene: str | None) -> None:
        if scene is not None and scene not in self.plays:
            raise LookupError(f"no scene {scene!r}; there are {', '.join(self.plays)}")


class _Http(ThreadingHTTPServer):
    owner: ScriptedServer
    daemon_threads = True
    block_on_close = False
    request_queue_size = 64

    def handle_error(self, request: object, client_address: object) -> None:
        """A client that goes away is part of the script, not something to print."""


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    server: _Http

    def do_POST(self) -> None:
        owner = self.server.owner
        path, _, query = self.path.partition("?")
        raw = self.rfile.read(int(self.headers.get("content-length") or 0))
        exchange = Exchange(self.command, path, query, {k.lower(): v for k, v in self.headers.items()}, raw)
        try:
            exchange.body = json.loads(raw) if raw else None
        except ValueError:
            exchange.body = None
        owner.exchanges.append(exchange)
        released = owner._released
        try:
            self._send(exchange, owner._answer(exchange), released)
        except (_ClientGone, ConnectionError):
            exchange.client_gone = True
            self.close_connection = True
        finally:
            exchange.done.set()

    do_GET = do_POST  # noqa: N815 - the base class finds methods by the verb
    do_HEAD = do_POST  # noqa: N815

    def log_message(self, format: str, *args: object) -> None:
        """Tests and demos have their own output."""

    def version_string(self) -> str:
        return "scripted"

    def _send(self, exchange: Exchange, answer: Answer, released: threading.Event) -> None:
        if isinstance(answer, HangUp):
            if answer.seconds:
                self._wait(released, answer.seconds)
            self._drop()
            return
        exchange.status = answer.status
        if isinstance(answer, Reply):
            self._head(answer.status, {**answer.headers, "content-length": str(len(answer.body))})
            if self.command != "HEAD":
                self.wfile.write(answer.body)
            exchange.finished = True
            return
        kind = {"content-type": "text/event-stream; charset=utf-8"}
        self._head(answer.status, {**kind, **answer.headers, "transfer-encoding": "chunked"})
        for step in answer.steps:
            if isinstance(step, bytes):
                self.wfile.write(b"%x\r\n%s\r\n" % (len(step), step))
                exchange.chunks += 1
            elif isinstance(step, CutOff):
                self._drop()
                return
            elif isinstance(step, Hold):
                self._wait(released, HOLD_AT_MOST)
            else:
                self._wait(released, step.seconds, early=False)
        self.wfile.write(b"0\r\n\r\n")
        exchange.finished = True

    def _head(self, status: int, headers: Mapping[str, str]) -> None:
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.end_headers()

    def _wait(self, released: threading.Event, seconds: float, *, early: bool = True) -> None:
        """Wait, with an eye on the client; a release ends the wait early."""
        until = time.monotonic() + seconds
        while time.monotonic() < until and not (early and released.is_set()):
            readable, _, _ = select.select([self.connection], [], [], 0)
            if readable and self.connection.recv(1, socket.MSG_PEEK) == b"":
                raise _ClientGone
            time.sleep(min(LOOK_EVERY, max(0.0, until - time.monotonic())))

    def _drop(self) -> None:
        self.close_connection = True
        self.connection.shutdown(socket.SHUT_RDWR)
