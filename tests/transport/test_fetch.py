"""Media that transports fetch: only when they are told to, only from public addresses, and never too much."""

from __future__ import annotations

import asyncio
import datetime
import socket
import ssl
import threading
import time
from base64 import b64decode
from collections.abc import Iterator
from dataclasses import replace
from ipaddress import ip_address
from pathlib import Path
from typing import Any

import httpx
import httpx2
import pytest
from servers import CutOff, Exchange, Pause, Reply, ScriptedServer, Streamed
from toyserver import ToyServer

from dragoman.transport import AsyncTransport, MediaLimits, Transport, fetch
from dragoman.transport.fetch import Fetching, Unfetched, is_public

PICTURE = b"\x89PNG" + bytes(range(256)) * 600
HERE = MediaLimits(allowed=lambda address: address.is_loopback, seconds=5)
ANY_NAME = replace(HERE, resolve=lambda host, port: ["127.0.0.1"])


class MediaServer(ScriptedServer):
    """Pictures, and ways to get lost."""

    def answer(self, exchange: Exchange, scene: str | None) -> Any:
        path = exchange.path
        if path.startswith("/to/"):
            return Reply(302, b"", {"location": exchange.query})
        if path == "/again":
            return Reply(301, b"", {"location": f"/again?{exchange.query}x"})
        if path == "/pieces.png":
            return Streamed([PICTURE[:70_000], PICTURE[70_000:]], {"content-type": "image/png"})
        if path == "/missing":
            return Reply(404, b"no such picture: secret")
        more = dict([scene.split(": ")] if scene else [])
        kind = {"/page": "text/html", "/bytes.webp": "binary/octet-stream", "/plain": "text/plain; charset=x"}
        return Reply(200, PICTURE, {"content-type": kind.get(path, "image/png"), **more})


@pytest.fixture
def host() -> Iterator[MediaServer]:
    with MediaServer() as server:
        yield server


def fetched(url: str, limits: MediaLimits = HERE) -> tuple[str, bytes]:
    fetching = Fetching(limits)
    fetching.fetch(url)
    media_type, data = fetching.media[url]
    return media_type, b64decode(data)


def reason(url: str, limits: MediaLimits = HERE) -> str:
    with pytest.raises(Unfetched) as fault:
        fetched(url, limits)
    assert fault.value.url == url
    assert fault.value.__context__ is None
    return str(fault.value)


# ------------------------------------------------------------------ what is fetched


def test_what_comes_is_what_is_there(host: MediaServer) -> None:
    assert fetched(f"{host.url}/a.png?size=1&n=ü%20#top") == ("image/png", PICTURE)
    got = host.last
    assert (got.method, got.path, got.query) == ("GET", "/a.png", "size=1&n=%C3%BC%20")
    assert got.headers == {
        "host": host.url.removeprefix("http://"),
        "accept": "*/*",
        "accept-encoding": "identity",
        "connection": "close",
    }
    assert fetched(host.url) == ("image/png", PICTURE)
    assert fetched(f"{host.url}/plain")[0] == "text/plain"
    assert fetched(f"{host.url}/bytes.webp")[0] == "image/webp"  # by its name: the host does not say


def test_each_is_fetched_once_for_a_request(host: MediaServer) -> None:
    fetching = Fetching(HERE)
    for url in ("/a.png", "/b.png", "/a.png"):
        fetching.fetch(host.url + url)
    assert [exchange.path for exchange in host.exchanges] == ["/a.png", "/b.png"]


def test_redirects_are_followed_a_little(host: MediaServer) -> None:
    assert fetched(f"{host.url}/to/there?{host.url}/a.png")[1] == PICTURE
    assert fetched(f"{host.url}/to/there?../b.png")[1] == PICTURE
    assert host.last.path == "/b.png"
    host.exchanges.clear()
    assert reason(f"{host.url}/again") == "it redirects more than 3 times"
    assert len(host.exchanges) == 4


# ------------------------------------------------------------------ what is not


PRIVATE = [
    *("127.0.0.1", "127.8.8.8", "10.1.2.3", "172.16.0.1", "192.168.1.1", "169.254.169.254", "0.0.0.0", "100.64.0.1"),
    *("224.0.0.1", "240.0.0.1", "255.255.255.255", "192.0.2.1", "198.18.0.1"),
    *("::1", "::", "fe80::1", "fc00::1", "fd12::1", "ff02::1", "fec0::1", "2001:db8::1", "2001::1"),
    *("::ffff:127.0.0.1", "::ffff:10.0.0.1", "::ffff:169.254.169.254", "::127.0.0.1", "64:ff9b::7f00:1"),
    *("64:ff9b::a9fe:a9fe", "2002:7f00:1::", "2002:a00:1::", "100::1"),
]


@pytest.mark.parametrize("address", PRIVATE)
def test_addresses_that_are_not_public(address: str) -> None:
    assert not is_public(ip_address(address))


@pytest.mark.parametrize("address", ["8.8.8.8", "93.184.215.14", "2606:4700:4700::1111", "::ffff:8.8.8.8"])
def test_addresses_that_are_public(address: str) -> None:
    assert is_public(ip_address(address))


@pytest.mark.parametrize(
    "name", ["127.0.0.1", "localhost", "2130706433", "0x7f.1", "[::1]", "[::ffff:127.0.0.1]", "127.1"]
)
def test_nobody_is_asked_at_home(name: str, host: MediaServer) -> None:
    port = host.url.rpartition(":")[2]
    said = reason(f"http://{name}:{port}/a.png", MediaLimits())
    assert said in ("its host has no public address", "its host cannot be spoken to (gaierror)")
    assert host.exchanges == []


def test_every_redirect_is_judged(host: MediaServer) -> None:
    """A host that may be asked sends us to one that may not."""
    far = {"far.test": ["127.0.0.1"], "near.test": ["10.0.0.7"], "both.test": ["127.0.0.1", "10.0.0.7"]}
    limits = replace(HERE, resolve=lambda name, port: far.get(name) or [name])
    port = host.url.rpartition(":")[2]
    assert fetched(f"http://far.test:{port}/a.png", limits)[1] == PICTURE
    assert host.last.headers["host"] == f"far.test:{port}"
    for place in (f"http://near.test:{port}/", f"http://both.test:{port}/", "http://169.254.169.254/latest/meta-data"):
        assert reason(f"http://far.test:{port}/to/x?{place}", limits) == "its host has no public address"
    assert reason(f"http://far.test:{port}/to/x?file:///etc/passwd", limits) == "only http and https are fetched"
    assert reason(f"http://far.test:{port}/to/x?http://me:pw@far.test/", limits).startswith("URLs with a password")
    assert {exchange.path for exchange in host.exchanges} == {"/a.png", "/to/x"}


def test_a_name_is_asked_for_once(host: MediaServer) -> None:
    """The address that was judged is the one that is spoken to, whatever the name server says next."""
    answers = iter([["127.0.0.1"], ["10.0.0.1"]])
    limits = replace(HERE, resolve=lambda name, port: next(answers))
    assert fetched(f"http://rebind.test:{host.url.rpartition(':')[2]}/a.png", limits)[1] == PICTURE
    assert list(answers) == [["10.0.0.1"]]


def test_no_proxy_is_asked(host: MediaServer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:9")
    assert fetched(f"{host.url}/a.png")[1] == PICTURE


@pytest.mark.parametrize("path", ["/a.png", "/pieces.png"])
def test_too_much(path: str, host: MediaServer) -> None:
    size = len(PICTURE)
    assert fetched(host.url + path, replace(HERE, max_bytes=size))[1] == PICTURE
    assert "more" in reason(host.url + path, replace(HERE, max_bytes=size - 1))
    assert "more" in reason(host.url + path, replace(HERE, max_total=size - 1))
    fetching = Fetching(replace(HERE, max_total=2 * size - 1, max_count=2))
    fetching.fetch(host.url + path)
    with pytest.raises(Unfetched, match="more"):
        fetching.fetch(host.url + path + "?2")
    fetching = Fetching(replace(HERE, max_count=1))
    fetching.fetch(host.url + path)
    with pytest.raises(Unfetched, match="more than 1 media would have to be fetched"):
        fetching.fetch(host.url + path + "?2")


def test_an_endless_stream_is_left(host: MediaServer) -> None:
    def endless() -> Iterator[bytes]:
        while True:
            yield bytes(100_000)

    host.play(Streamed(endless(), {"content-type": "image/png"}))
    assert reason(f"{host.url}/a", replace(HERE, max_bytes=1_000_000)) == "it has more bytes than are fetched"


def test_other_kinds(host: MediaServer) -> None:
    assert reason(f"{host.url}/page").startswith("it is 'text/html', and only image/*, application/pdf,")
    assert reason(f"{host.url}/a.png", replace(HERE, types=("image/gif",))).startswith("it is 'image/png', and only")
    assert reason(f"{host.url}/missing") == "its host answers with status 404"
    host.play("content-encoding: gzip", "content-type: ")
    assert reason(f"{host.url}/a.png") == "it comes packed"
    assert reason(f"{host.url}/a") == "its type is not told"


def test_breaking_off(host: MediaServer) -> None:
    host.play(Streamed([PICTURE[:100], CutOff()], {"content-type": "image/png"}))
    assert reason(f"{host.url}/a.png") == "its host cannot be spoken to (IncompleteRead)"
    assert reason("http://127.0.0.1:9/a.png") == "its host cannot be spoken to (ConnectionRefusedError)"


@pytest.mark.parametrize(
    "url",
    [
        *("http://", "http:///a", "ftp://example.com/a", "file:///etc/passwd", "//example.com/a", "gopher://x", ""),
        *("http://[::1", "http://a:99999999/", "http://a:x/", "http://\ud800/", "http://127.0.0.1/\ud800"),
        *("http://" + "a" * 70 + "/", "http://me@127.0.0.1/", "http://a..b/", "http://127.0.0.1:0/"),
    ],
)
def test_odd_urls(url: str) -> None:
    assert reason(url, ANY_NAME)


def test_no_header_is_smuggled_in(host: MediaServer) -> None:
    fetched(f"{host.url}/a b?c d")
    assert (host.last.path, host.last.query) == ("/a%20b", "c%20d")
    fetched(f"{host.url}/a\r\nx-evil: 1?\r\ny: 2\x00")
    assert "x-evil" not in host.last.headers
    assert reason("http://127.0.0.1\r\nx: y:1/a")


# ------------------------------------------------------------------ time


def test_time_is_limited_altogether(host: MediaServer) -> None:
    drip: Any = [step for _ in range(100) for step in (b"x", Pause(0.05))]
    host.play(Streamed(drip, {"content-type": "image/png"}))
    begun = time.monotonic()
    assert reason(f"{host.url}/slow.png", replace(HERE, seconds=0.3)) == "it takes too long"
    assert time.monotonic() - begun < 2


def test_headers_that_trickle_in() -> None:
    def trickle(server: socket.socket) -> None:
        line, _ = server.accept()
        with line:
            line.sendall(b"HTTP/1.1 200 OK\r\n")
            try:
                for n in range(200):
                    line.sendall(b"x-%d: y\r\n" % n)
                    time.sleep(0.02)
            except OSError:
                pass

    with socket.create_server(("127.0.0.1", 0)) as server:
        thread = threading.Thread(target=trickle, args=(server,))
        thread.start()
        begun = time.monotonic()
        said = reason(f"http://127.0.0.1:{server.getsockname()[1]}/", replace(HERE, seconds=0.3))
        assert said == "it takes too long"
        assert time.monotonic() - begun < 2
        thread.join()


def test_secure_connections(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The certificate is that of the name, although an address is spoken to."""
    key, certificate = _certificate("pictures.test")
    (tmp_path / "both.pem").write_bytes(key + certificate)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(tmp_path / "both.pem")
    trusting = ssl.create_default_context(cadata=certificate.decode())
    with MediaServer() as host:
        plain = host._http.socket
        host._http.socket = context.wrap_socket(plain, server_side=True)
        port = host.url.rpartition(":")[2]
        assert reason(f"https://pictures.test:{port}/a.png", ANY_NAME).startswith("there is no secure connection")
        monkeypatch.setattr(fetch, "_tls", lambda: trusting)
        assert fetched(f"https://pictures.test:{port}/a.png", ANY_NAME)[1] == PICTURE
        assert reason(f"https://others.test:{port}/a.png", ANY_NAME).startswith("there is no secure connection")


def _certificate(name: str) -> tuple[bytes, bytes]:
    x509 = pytest.importorskip("cryptography.x509")
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import ec

    key = ec.generate_private_key(ec.SECP256R1())
    who = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, name)])
    now = datetime.datetime.now(datetime.UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(who)
        .issuer_name(who)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - datetime.timedelta(days=1))
        .not_valid_after(now + datetime.timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(name)]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    plain = serialization.NoEncryption()
    pem, pkcs8 = serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8
    return key.private_bytes(pem, pkcs8, plain), made.public_bytes(pem)


# ------------------------------------------------------------------ in a transport


def ask(lib: Any, mode: str, upstream: ToyServer, messages: Any, **options: Any) -> Any:
    options = {"api_key": "k", "base_url": upstream.url, **options}
    body = {"model": "m", "messages": messages, "max_tokens": 5}
    url = "http://dragoman/v1/chat/completions"

    async def later() -> Any:
        async with lib.AsyncClient(transport=AsyncTransport("toy", **options)) as client:
            return await client.post(url, json=body)

    if mode == "async":
        return asyncio.run(later())
    with lib.Client(transport=Transport("toy", **options)) as client:
        return client.post(url, json=body)


@pytest.mark.parametrize("lib", [httpx, httpx2], ids=["httpx", "httpx2"])
@pytest.mark.parametrize("mode", ["sync", "async"])
def test_a_transport_fetches_when_it_is_told_to(lib: Any, mode: str, upstream: ToyServer, host: MediaServer) -> None:
    messages = [{"role": "picture", "content": host.url + path} for path in ("/a.png", "/b.png")]
    messages.insert(0, {"role": "user", "content": "hi"})
    answer = ask(lib, mode, upstream, messages)
    assert (answer.status_code, answer.json()["error"]["param"]) == (400, "messages[1].content")
    assert host.exchanges == []
    answer = ask(lib, mode, upstream, messages, fetch_media=True)
    said = f"what stands at {host.url}/a.png was not fetched: its host has no public address"
    place = "messages[1].content"
    error = {"message": f"{place}: {said}", "type": "invalid_request_error", "param": place, "code": None}
    assert (answer.status_code, answer.json()["error"]) == (400, error)
    assert (host.exchanges, upstream.exchanges) == ([], [])
    answer = ask(lib, mode, upstream, messages, fetch_media=HERE)
    assert answer.status_code == 200
    assert [turn["say"] for turn in upstream.last.body["turns"]] == ["hi", "image/png", "image/png"]
    messages[2]["content"] = "gs://bucket/b.png"
    answer = ask(lib, mode, upstream, messages, fetch_media=HERE)
    assert answer.json()["error"]["message"] == "messages[2].content: a picture must be sent along"
    host.exchanges.clear()
    options = {"transport": Transport("toy", api_key="k", base_url=upstream.url, fetch_media=HERE)}
    with httpx.Client(**options) as client:
        body = {"model": "m", "messages": [{"role": "picture", "content": host.url}]}
        assert client.post("http://dragoman/elsewhere", json=body).status_code == 404
        assert client.post("http://dragoman/v1/chat/completions", content=b"{").status_code == 400
    assert host.exchanges == []


def test_losses_are_told_where_the_request_was_made(upstream: ToyServer, host: MediaServer) -> None:
    """Fetching is the business of a thread, all else is not."""
    threads: list[int] = []
    options: Any = {"api_key": "k", "base_url": upstream.url, "fetch_media": HERE}
    options["on_loss"] = lambda losses: threads.append(threading.get_ident())
    messages = [{"role": "picture", "content": host.url, "name": "me"}]

    async def later() -> None:
        async with httpx2.AsyncClient(transport=AsyncTransport("toy", **options)) as client:
            await client.post("http://dragoman/v1/chat/completions", json={"model": "m", "messages": messages})

    asyncio.run(later())
    assert threads == [threading.get_ident()]
    assert len(host.exchanges) == 1
