"""Fetching media for upstreams that take bytes only. URLs come from clients, so nothing here trusts them.

- `http` and `https` only, and public addresses only: a host is resolved once, all its addresses are judged, and the
  connection goes to an address that was judged (so a second answer of the name server changes nothing). Proxies of the
  environment are not asked. Every redirect is judged anew, there are few of them.
- What comes is counted while it comes, and must be of an allowed type; nothing is unpacked.
- There is one point in time at which everything ends, however slowly bytes trickle in.
"""

import io
import socket
import ssl
import time
from base64 import b64encode
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache
from http.client import HTTPConnection, HTTPException, HTTPResponse
from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address
from typing import Any
from urllib.parse import SplitResult, quote, urljoin, urlsplit

from ..kit.media import guess

__all__ = ["Fetching", "MediaLimits", "Unfetched", "is_public", "resolve"]

_REDIRECTS = (301, 302, 303, 307, 308)
_UNKNOWN_TYPES = ("", "application/octet-stream", "binary/octet-stream")
_PIECE = 64 * 1024
_TRANSLATED = IPv6Network("64:ff9b::/96")  # IPv4 addresses as a network translates them
Address = IPv4Address | IPv6Address


def resolve(host: str, port: int) -> list[str]:
    """The addresses of a host, as the system knows them, in the time that it takes for that."""
    return list(dict.fromkeys(str(found[4][0]) for found in socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)))


def is_public(address: Address) -> bool:
    """Whether anybody on the internet can reach this address."""
    if isinstance(address, IPv6Address):
        inner = address.ipv4_mapped or address.sixtofour
        if inner is None and address in _TRANSLATED:
            inner = IPv4Address(int(address) & 0xFFFFFFFF)
        if inner is not None:
            return is_public(inner)
        if address.teredo is not None or address.is_site_local:
            return False
    special = address.is_private or address.is_loopback or address.is_link_local or address.is_reserved
    return address.is_global and not (special or address.is_multicast or address.is_unspecified)


@dataclass(frozen=True)
class MediaLimits:
    """What may be fetched for one request."""

    max_bytes: int = 20_000_000
    """Of one medium."""
    max_total: int = 50_000_000
    max_count: int = 20
    max_redirects: int = 3
    seconds: float = 30.0
    """For everything together."""
    types: tuple[str, ...] = ("image/*", "application/pdf", "audio/*", "video/*", "text/plain")
    resolve: Callable[[str, int], Sequence[str]] = resolve
    allowed: Callable[[Address], bool] = is_public
    """Which addresses may be asked."""


class Unfetched(Exception):
    """What stands at a URL was not fetched. The message can be shown to the client; `url` is the one that it gave."""

    def __init__(self, url: str, reason: str) -> None:
        super().__init__(reason)
        self.url = url


class Fetching:
    """What is fetched for one request, once each."""

    def __init__(self, limits: MediaLimits) -> None:
        self._limits = limits
        self._until = time.monotonic() + limits.seconds
        self._left = limits.max_total
        self.media: dict[str, tuple[str, str]] = {}
        """`(media_type, base64)` by URL."""

    def fetch(self, url: str) -> None:
        """Raises `Unfetched`."""
        limits = self._limits
        if url in self.media:
            return
        if len(self.media) >= limits.max_count:
            raise Unfetched(url, f"more than {limits.max_count} media would have to be fetched")
        reason = ""
        try:
            media_type, data = _follow(url, limits, self._until, min(self._left, limits.max_bytes))
        except _No as exc:
            reason = str(exc)
        except TimeoutError:
            reason = "it takes too long"
        except ssl.SSLError as exc:
            reason = f"there is no secure connection to its host ({exc.reason or 'TLS'})"
        except (OSError, HTTPException) as exc:
            reason = f"its host cannot be spoken to ({type(exc).__name__})"
        except ValueError:  # hosts that are no names, ports that are no numbers, paths that cannot be sent
            reason = "it is no URL that can be followed"
        if reason:
            raise Unfetched(url, reason)
        self._left -= len(data)
        self.media[url] = (media_type, b64encode(data).decode())


class _No(Exception):
    """A decision of ours."""


def _follow(url: str, limits: MediaLimits, until: float, room: int) -> tuple[str, bytes]:
    for _ in range(limits.max_redirects + 1):
        found = _ask(url, limits, until, room)
        if not isinstance(found, str):
            return found
        url = urljoin(url, found)
    raise _No(f"it redirects more than {limits.max_redirects} times")


def _ask(url: str, limits: MediaLimits, until: float, room: int) -> tuple[str, bytes] | str:
    """The media at a URL, or where it sends us."""
    parts = urlsplit(url)
    host = parts.hostname
    if parts.scheme not in ("http", "https") or not host:
        raise _No("only http and https are fetched")
    if parts.username is not None or parts.password is not None:
        raise _No("URLs with a password are not fetched")
    line = _connect(host, parts, limits, until)
    try:
        response = _get(line, parts, until)
        if response.status in _REDIRECTS and (place := response.getheader("location")):
            return place
        if response.status != 200:
            raise _No(f"its host answers with status {response.status}")
        return _type(response, parts, limits), _read(response, room)
    finally:
        line.close()


def _connect(host: str, parts: SplitResult, limits: MediaLimits, until: float) -> socket.socket:
    port = parts.port or (443 if parts.scheme == "https" else 80)
    found = limits.resolve(host, port)
    # One that is not public is enough: a name that mixes them is not to be trusted.
    if not found or not all(limits.allowed(ip_address(address.partition("%")[0])) for address in found):
        raise _No("its host has no public address")
    fault: OSError | None = None
    for address in found:
        try:
            line = socket.create_connection((address, port), timeout=_left(until))
            break
        except OSError as exc:
            fault = exc
    else:
        raise fault or OSError
    if parts.scheme == "http":
        return line
    try:
        return _tls().wrap_socket(line, server_hostname=host)
    except BaseException:
        line.close()
        raise


@cache
def _tls() -> ssl.SSLContext:
    return ssl.create_default_context()


def _get(line: socket.socket, parts: SplitResult, until: float) -> HTTPResponse:
    connection = HTTPConnection(parts.hostname or "", parts.port)
    connection.sock = line
    target = quote(parts.path or "/", safe="/%:@!$&'()*+,;=~") + (
        "?" + quote(parts.query, safe="/%:@!$&'()*+,;=~?") if parts.query else ""
    )
    host = parts.netloc.encode("idna").decode()
    line.settimeout(_left(until))
    connection.putrequest("GET", target, skip_host=True, skip_accept_encoding=True)
    for name, value in {"host": host, "accept": "*/*", "accept-encoding": "identity", "connection": "close"}.items():
        connection.putheader(name, value)
    connection.endheaders()
    response = HTTPResponse(_Timed(line, until), method="GET")  # type: ignore[arg-type] # it only makes a file of it
    response.begin()
    return response


def _type(response: HTTPResponse, parts: SplitResult, limits: MediaLimits) -> str:
    told = (response.getheader("content-type") or "").partition(";")[0].strip().lower()
    if told in _UNKNOWN_TYPES:
        told = guess(parts.geturl()) or told
    if not any(told == one or (one.endswith("/*") and told.startswith(one[:-1])) for one in limits.types):
        raise _No(f"it is {told!r}, and only {', '.join(limits.types)} are fetched" if told else "its type is not told")
    if (response.getheader("content-encoding") or "identity").lower() != "identity":
        raise _No("it comes packed")
    return told


def _read(response: HTTPResponse, room: int) -> bytes:
    pieces: list[bytes] = []
    if response.length is not None and response.length > room:
        raise _No(f"it has more than {room} bytes")
    while piece := response.read(_PIECE):
        pieces.append(piece)
        room -= len(piece)
        if room < 0:
            raise _No("it has more bytes than are fetched")
    if response.length:
        raise _No("it breaks off")
    return b"".join(pieces)


def _left(until: float) -> float:
    left = until - time.monotonic()
    if left <= 0:
        raise TimeoutError
    return left


class _Timed(io.RawIOBase):
    """The receiving end of a connection, as a file; each read may take what is left of the time."""

    def __init__(self, line: socket.socket, until: float) -> None:
        self._line, self._until = line, until

    def makefile(self, mode: str) -> io.BufferedReader:
        return io.BufferedReader(self)

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        self._line.settimeout(_left(self._until))
        return self._line.recv_into(buffer)
