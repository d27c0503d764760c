"""Translating transports under both HTTP libraries, synchronous and not, against a real socket."""

from __future__ import annotations

import asyncio
import gzip
import json
from collections.abc import Callable
from typing import Any

import httpx
import httpx2
import pytest
from servers import CutOff, HangUp, Hold, Reply, Streamed, json_reply
from toy import TOY
from toyserver import ANSWER, END, PIECES, ToyServer, sse

from dragoman import registry
from dragoman.dialect import Dialect
from dragoman.framing import decoder, encoder
from dragoman.loss import Loss
from dragoman.transport import AsyncTransport, Transport

URL = "http://dragoman/v1/chat/completions"
ASK: dict[str, Any] = {"model": "m", "messages": [{"role": "user", "content": "hi"}], "max_tokens": 5}
STREAM = {**ASK, "stream": True}

LIBRARIES = pytest.mark.parametrize("lib", [httpx, httpx2], ids=["httpx", "httpx2"])
BOTH = pytest.mark.parametrize("mode", ["sync", "async"])


class Outcome:
    """What a client saw: the answer, its body's chunks, or what was raised."""

    def __init__(self) -> None:
        self.status = 0
        self.headers: dict[str, str] = {}
        self.chunks: list[bytes] = []
        self.raised: Exception | None = None

    @property
    def body(self) -> bytes:
        return b"".join(self.chunks)

    @property
    def json(self) -> Any:
        return json.loads(self.body)


def ask(
    lib: Any,
    mode: str,
    upstream: Any,
    body: Any,
    *,
    url: str = URL,
    method: str = "POST",
    provider: str = "toy",
    on_chunk: Callable[[int], bool] = lambda n: True,
    timeout: float = 5,
    headers: dict[str, str] | None = None,
    **options: Any,
) -> Outcome:
    """One call through a transport. `on_chunk` is told of every chunk as it comes and says whether to go on."""
    options = {"api_key": "secret", "base_url": upstream if isinstance(upstream, str) else upstream.url, **options}
    out = Outcome()
    content = body if isinstance(body, bytes) else json.dumps(body).encode()

    def head(response: Any) -> None:
        assert isinstance(response, lib.Response)
        out.status, out.headers = response.status_code, dict(response.headers)

    def sync() -> None:
        with (
            lib.Client(transport=Transport(provider, **options), timeout=timeout) as client,
            client.stream(method, url, content=content, headers=headers) as response,
        ):
            head(response)
            for chunk in response.iter_bytes():
                out.chunks.append(chunk)
                if not on_chunk(len(out.chunks)):
                    break

    async def other() -> None:
        async with (
            lib.AsyncClient(transport=AsyncTransport(provider, **options), timeout=timeout) as client,
            client.stream(method, url, content=content, headers=headers) as response,
        ):
            head(response)
            async for chunk in response.aiter_bytes():
                out.chunks.append(chunk)
                if not on_chunk(len(out.chunks)):
                    break

    try:
        sync() if mode == "sync" else asyncio.run(other())
    except Exception as exc:
        out.raised = exc
    return out


def events(body: bytes) -> list[Any]:
    lines = [line.removeprefix("data: ") for line in body.decode().split("\n") if line.startswith("data: ")]
    return [line if line == "[DONE]" else json.loads(line) for line in lines]


@LIBRARIES
@BOTH
def test_whole_answer(lib: Any, mode: str, upstream: ToyServer) -> None:
    heard: list[Loss] = []
    out = ask(lib, mode, upstream, {**ASK, "seed": 1}, on_loss=heard.extend, headers={"authorization": "Bearer mine"})
    assert (out.raised, out.status) == (None, 200)
    assert out.json["choices"][0]["message"]["content"] == "hello"
    assert out.headers["x-request-id"] == "r1"
    assert out.headers["x-dragoman-losses"] == "1: seed"
    assert [loss.path for loss in heard] == ["seed"]
    got = upstream.last
    assert (got.method, got.path) == ("POST", "/talk")
    assert got.body == {"model": "m", "turns": [{"who": "user", "say": "hi"}], "max": 5}
    assert (got.headers["toy-key"], got.headers["toy-version"]) == ("secret", "1")
    assert "authorization" not in got.headers


@LIBRARIES
@BOTH
def test_stream_is_not_held_back(lib: Any, mode: str, upstream: ToyServer) -> None:
    upstream.play(Streamed([sse(PIECES[0]), Hold(), *map(sse, PIECES[1:]), sse(END)]))

    def on_chunk(n: int) -> bool:
        if n == 1:  # it came although the upstream has said no more
            assert not upstream.last.finished
            upstream.release()
        return True

    out = ask(lib, mode, upstream, STREAM, on_chunk=on_chunk)
    assert (out.raised, out.status, out.headers["content-type"]) == (None, 200, "text/event-stream")
    seen = events(out.body)
    assert [e["choices"][0]["delta"].get("content") for e in seen[:-1]] == ["", "Grüß ", "Gott", None]
    assert seen[-1] == "[DONE]"
    assert upstream.last.done.wait(5)
    assert upstream.last.finished
    assert upstream.last.headers["accept"] == "text/event-stream"


@LIBRARIES
@BOTH
def test_closing_the_answer_closes_the_upstream(lib: Any, mode: str, upstream: ToyServer) -> None:
    heard: list[Loss] = []
    upstream.play(Streamed([sse({**PIECES[0], "pad": 1}), Hold(), sse(END)]))
    out = ask(lib, mode, upstream, STREAM, on_chunk=lambda n: False, on_loss=heard.extend)
    assert out.raised is None
    assert upstream.last.done.wait(5)
    assert upstream.last.client_gone
    assert [loss.path for loss in heard] == ["events[0].pad"]


@LIBRARIES
@BOTH
def test_cut_off_is_raised_in_the_librarys_terms(lib: Any, mode: str, upstream: ToyServer) -> None:
    upstream.play(Streamed([sse(PIECES[0]), CutOff()]))
    out = ask(lib, mode, upstream, STREAM)
    assert isinstance(out.raised, lib.RemoteProtocolError)
    assert b"[DONE]" not in out.body


@LIBRARIES
@BOTH
def test_early_end_is_an_error_event(lib: Any, mode: str, upstream: ToyServer) -> None:
    upstream.play(Streamed([sse(PIECES[0])]))
    out = ask(lib, mode, upstream, STREAM)
    assert out.raised is None
    assert events(out.body)[-2:] == [
        {"error": {"message": "the stream ended early", "type": "server_error", "param": None, "code": "cut"}},
        "[DONE]",
    ]


@LIBRARIES
@BOTH
def test_a_broken_event_ends_the_stream_at_once(lib: Any, mode: str, upstream: ToyServer) -> None:
    upstream.play(Streamed([b"data: {nope\n\n", Hold()]))
    out = ask(lib, mode, upstream, STREAM)
    assert out.raised is None
    assert "expected JSON" in events(out.body)[0]["error"]["message"]
    assert upstream.last.done.wait(5)
    assert upstream.last.client_gone


@LIBRARIES
@BOTH
@pytest.mark.parametrize("body", [ASK, STREAM], ids=["whole", "stream"])
def test_connection_errors(lib: Any, mode: str, body: Any, upstream: ToyServer) -> None:
    upstream.play(HangUp(2))
    assert isinstance(ask(lib, mode, upstream, body, timeout=0.2).raised, lib.ReadTimeout)
    upstream.release()
    upstream.play(HangUp())
    assert isinstance(ask(lib, mode, upstream, body).raised, lib.RemoteProtocolError)
    assert isinstance(ask(lib, mode, "http://127.0.0.1:9", body).raised, lib.ConnectError)


@LIBRARIES
@BOTH
def test_read_timeout_in_the_middle(lib: Any, mode: str, upstream: ToyServer) -> None:
    upstream.play(Streamed([sse(PIECES[0]), Hold(), sse(END)]))
    out = ask(lib, mode, upstream, STREAM, timeout=0.3)
    assert isinstance(out.raised, lib.ReadTimeout)
    assert len(out.chunks) == 1


@LIBRARIES
@BOTH
@pytest.mark.parametrize("body", [ASK, STREAM], ids=["whole", "stream"])
def test_upstream_errors(lib: Any, mode: str, body: Any, upstream: ToyServer) -> None:
    upstream.play(json_reply(429, {"what": "slow down"}, {"retry-after": "7", "toy-id": "r9", "server": "x"}))
    out = ask(lib, mode, upstream, body)
    assert (out.raised, out.status) == (None, 429)
    assert out.json["error"]["message"] == "slow down"
    assert (out.headers["retry-after"], out.headers["x-request-id"]) == ("7", "r9")
    assert "server" not in out.headers

    upstream.play(Reply(502, b"<html>bad gateway", {"content-type": "text/html"}))
    out = ask(lib, mode, upstream, body)
    assert (out.status, out.json["error"]["message"]) == (502, "<html>bad gateway")


@LIBRARIES
@BOTH
@pytest.mark.parametrize(
    ("reply", "message"),
    [
        (json_reply(200, {"text": 3}), "the upstream's answer cannot be read: text: expected a string"),
        (Reply(200, b"<html>"), "the upstream's answer is not JSON"),
    ],
)
def test_unreadable_answer(lib: Any, mode: str, reply: Reply, message: str, upstream: ToyServer) -> None:
    upstream.play(reply)
    out = ask(lib, mode, upstream, ASK)
    assert (out.status, out.json["error"]["code"]) == (502, "malformed_upstream_body")
    assert out.json["error"]["message"].startswith(message)


@LIBRARIES
@BOTH
def test_refusals_need_no_upstream(lib: Any, mode: str, upstream: ToyServer) -> None:
    heard: list[Loss] = []
    out = ask(lib, mode, upstream, {**ASK, "seed": 1}, strict="tuning", on_loss=heard.extend)
    assert (out.status, out.json["error"]["param"]) == (400, "seed")
    assert [loss.path for loss in heard] == ["seed"]
    assert ask(lib, mode, upstream, {"messages": 1}).status == 400
    out = ask(lib, mode, upstream, b"{nope")
    assert (out.status, out.json["error"]["type"]) == (400, "invalid_request_error")
    for url, method in ((URL, "GET"), ("http://dragoman/v1/responses", "POST"), ("http://dragoman/", "HEAD")):
        assert ask(lib, mode, upstream, ASK, url=url, method=method).status == 404
    out = ask(lib, mode, upstream, ASK, url="http://dragoman/nothing", client="toy", provider="pathy", settings=REGION)
    assert (out.status, out.json["what"]) == (404, "POST /nothing is not served here, only POST /talk")
    assert upstream.exchanges == []


REGION = {"region": "eu"}


@LIBRARIES
@BOTH
def test_compressed_answer(lib: Any, mode: str, upstream: ToyServer) -> None:
    packed = gzip.compress(json.dumps(ANSWER).encode())
    upstream.play(Reply(200, packed, {"content-type": "application/json", "content-encoding": "gzip"}))
    out = ask(lib, mode, upstream, ASK)
    assert out.json["choices"][0]["message"]["content"] == "hello"
    assert "content-encoding" not in out.headers
    upstream.play(
        Streamed([gzip.compress(b"".join(map(sse, (*PIECES, END))))], {"content-encoding": "gzip"}),
    )
    assert events(ask(lib, mode, upstream, STREAM).body)[-1] == "[DONE]"


@LIBRARIES
@BOTH
def test_other_clients(lib: Any, mode: str, upstream: ToyServer) -> None:
    body = {"turns": [{"who": "user", "say": "hi"}], "max": 1}
    url = "http://dragoman/v1beta/models/a-b:stream?alt=sse&key=mine"
    out = ask(lib, mode, upstream, body, client="pathy", provider="toy", url=url)
    assert upstream.last.body == {**body, "model": "a-b", "stream": True}
    assert [e["type"] for e in events(out.body)] == ["begin", "piece", "piece", "end"]

    out = ask(lib, mode, upstream, body, client="pathy", provider="pathy", url=url, settings=REGION)
    assert (upstream.last.path, upstream.last.query) == ("/v7/models/a-b:stream", "alt=sse&key=secret")
    assert upstream.last.body == body


@LIBRARIES
def test_inner_transport(lib: Any, upstream: ToyServer) -> None:
    def answer(request: Any) -> Any:
        assert str(request.url) == "https://toy.test/api/talk"
        return lib.Response(200, json=ANSWER)

    out = ask(lib, "sync", upstream, ASK, base_url=None, transport=lib.MockTransport(answer))
    assert out.status == 200


def test_many_losses_are_bounded(upstream: ToyServer) -> None:
    body = {**ASK, **{f"fäld_{n}": n for n in range(200)}}
    header = ask(httpx, "sync", upstream, body).headers["x-dragoman-losses"]
    assert header.startswith("200: ")
    assert header.endswith(", ...")
    assert len(header) <= 1024
    assert header.isascii()
    one = ask(httpx, "sync", upstream, {**ASK, "ü" * 2000: 1}).headers["x-dragoman-losses"]
    assert one == "1: ..."  # how many there are is told in any case


def test_keys_and_settings(upstream: ToyServer, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(ValueError, match="no key for toy: pass api_key= or set TOY_API_KEY"):
        Transport("toy")
    with pytest.raises(ValueError, match="pathy needs the setting 'region'"):
        Transport("pathy", api_key="k")
    with pytest.raises(LookupError, match="there is no provider 'toyy'"):
        Transport("toyy", api_key="k")
    monkeypatch.setenv("PATHY_REGION", "eu")
    assert Transport("pathy", api_key="k")._bridge._base_url == "https://eu.pathy.test"
    monkeypatch.setenv("TOY_API_KEY", "from the environment")
    monkeypatch.setenv("TOY_BASE_URL", upstream.url + "/")
    with httpx.Client(transport=Transport("toy")) as client:
        assert client.post(URL, json=ASK).status_code == 200
    assert upstream.last.headers["toy-key"] == "from the environment"
    assert upstream.last.path == "/talk"
    monkeypatch.delenv("TOY_API_KEY")
    with httpx.Client(transport=Transport("toy")) as client:  # somebody's own server, which may need no key
        assert client.post(URL, json=ASK).status_code == 200
    assert "toy-key" not in upstream.last.headers


def test_connections_are_used_again(upstream: ToyServer) -> None:
    """A stream that ended well leaves its connection in the pool."""
    transport = Transport("toy", api_key="k", base_url=upstream.url)
    with httpx.Client(transport=transport) as client:
        for _ in range(3):
            client.post(URL, json=STREAM).raise_for_status()
        pool = transport._clients["httpx"]._transport._pool
        assert len(pool.connections) == 1
        assert pool.connections[0].is_idle()


FRAMED = [
    ("ndjson", "application/x-ndjson"),
    ("aws_event_stream", "application/vnd.amazon.eventstream"),
    ("json_array", "application/json"),
]


@LIBRARIES
@BOTH
@pytest.mark.parametrize(("framing", "content_type"), FRAMED)
def test_other_framings_upstream(
    lib: Any, mode: str, framing: str, content_type: str, upstream: ToyServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The upstream is asked for what its dialect sends; the client gets its own."""
    known = {name: getattr(TOY, name) for name in ("request_to_wire", "stream_to_hub", "error_to_hub", "facts")}
    monkeypatch.setitem(registry._loaded, "framed", Dialect("framed", path="/talk", framing=framing, **known))
    writer = encoder(framing, None)
    written = [writer.event(json.dumps(event).encode(), event["type"]) for event in (*PIECES, END)]
    upstream.play(Streamed([*written, writer.end()], {"content-type": content_type}))
    out = ask(lib, mode, upstream, STREAM, provider="framed", headers={"accept": "text/event-stream"})
    assert upstream.last.headers["accept"] == content_type
    assert out.headers["content-type"] == "text/event-stream"
    assert "".join(e["choices"][0]["delta"].get("content") or "" for e in events(out.body)[:-1]) == "Grüß Gott"

    upstream.play(json_reply(500, {"what": "busy"}))
    out = ask(lib, mode, upstream, STREAM, provider="framed")
    assert (out.status, out.headers["content-type"]) == (500, "application/json")


@LIBRARIES
@BOTH
@pytest.mark.parametrize(("framing", "content_type"), FRAMED)
def test_other_framings_of_clients(
    lib: Any, mode: str, framing: str, content_type: str, upstream: ToyServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    names = ("request_to_hub", "response_to_wire", "stream_to_wire", "error_to_wire", "facts")
    known = {name: getattr(TOY, name) for name in names}
    monkeypatch.setitem(registry._loaded, "framed", Dialect("framed", path="/say", framing=framing, **known))
    body = {"model": "m", "turns": [{"who": "user", "say": "hi"}], "max": 1}
    url = "http://dragoman/say"
    out = ask(lib, mode, upstream, {**body, "stream": True}, provider="toy", client="framed", url=url)
    assert out.headers["content-type"] == content_type
    reader = decoder(framing)
    frames = [frame for chunk in out.chunks for frame in reader.feed(chunk)] + reader.close()
    assert [json.loads(frame.text)["type"] for frame in frames] == ["begin", "piece", "piece", "end"]
    assert upstream.last.headers["accept"] == "text/event-stream"
    # What is not streamed is one JSON value, whatever the framing of streams.
    out = ask(lib, mode, upstream, body, provider="toy", client="framed", url=url)
    assert (out.headers["content-type"], out.json["text"]) == ("application/json", "hello")
    out = ask(lib, mode, upstream, b"{nope", provider="toy", client="framed", url=url)
    assert (out.status, out.headers["content-type"]) == (400, "application/json")


@LIBRARIES
def test_as_many_streams_at_once_as_a_client_has(lib: Any, upstream: ToyServer) -> None:
    """None waits for the others to end: the upstream answers nobody before all of them are there."""
    many = 150

    async def main() -> list[str]:
        everybody = asyncio.Barrier(many)

        async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            head = await reader.readuntil(b"\r\n\r\n")
            length = next(line for line in head.lower().split(b"\r\n") if line.startswith(b"content-length:"))
            told = json.loads(await reader.readexactly(int(length.split(b":")[1])))
            await everybody.wait()
            pieces = [PIECES[0], {"type": "piece", "say": told["turns"][0]["say"]}, END]
            body = b"".join(map(sse, pieces))
            writer.write(b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\nconnection: close\r\n\r\n" + body)
            await writer.drain()
            writer.close()

        async def one(client: Any, n: int) -> str:
            body = {**STREAM, "messages": [{"role": "user", "content": f"<{n}>"}]}
            return str((await client.post(URL, json=body)).text)

        async with await asyncio.start_server(answer, "127.0.0.1") as server:
            port = server.sockets[0].getsockname()[1]
            transport = AsyncTransport("toy", api_key="k", base_url=f"http://127.0.0.1:{port}")
            async with lib.AsyncClient(transport=transport, timeout=20) as client:
                return list(await asyncio.gather(*(one(client, n) for n in range(many))))

    answers = asyncio.run(main())
    assert all(f"<{n}>" in text and text.endswith("data: [DONE]\n\n") for n, text in enumerate(answers))
