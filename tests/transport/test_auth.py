"""Keys and credentials: which is used, what goes over the wire, and what is said when there is none."""

from __future__ import annotations

import asyncio
import datetime
import json
import sys
import threading
import time
from typing import Any

import httpx
import httpx2
import pytest
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials, RefreshableCredentials
from google.auth import exceptions
from google.auth.credentials import Credentials as GoogleCredentials
from servers import json_reply
from toy import TOY
from toyserver import ToyServer

from dragoman import auth, registry
from dragoman.dialect import Auth, Dialect, Setting
from dragoman.transport import AsyncTransport, Transport

URL = "http://dragoman/v1/chat/completions"
ASK = {"model": "m:0/é", "messages": [{"role": "user", "content": "hi"}], "max_tokens": 5}
LIBRARIES = pytest.mark.parametrize("lib", [httpx, httpx2], ids=["httpx", "httpx2"])


def made(slug: str, *ways: Auth, region: str | None = None, **more: Any) -> Dialect:
    """A toy upstream with these ways to say who asks."""
    units = {name: getattr(TOY, name) for name in ("facts", "request_to_wire", "response_to_hub", "error_to_hub")}
    given = {"base_url": "https://{region}.test/{project}", "path": "/model/{model}/talk?x=a%20b&a=1", **more}
    settings = {"region": Setting(region, None, ("TOY_REGION",)), "project": Setting("none")}
    return Dialect(slug, auth=ways, settings=settings, key_env=("TOY_KEY",), **given, **units)


@pytest.fixture
def dialects(upstream: ToyServer, monkeypatch: pytest.MonkeyPatch, tmp_path: Any) -> ToyServer:
    ways = {
        "signed": [Auth("sigv4", "toys")],
        "either": [Auth("bearer"), Auth("sigv4", "toys")],
        "cloudy": [Auth("google")],
        "cloudy-or-key": [Auth("google"), Auth("header", "Toy-Key")],
        "asked": [Auth("query", "key"), Auth("bearer")],
        "open": [Auth("bearer", optional=True)],
    }
    for slug, given in ways.items():
        monkeypatch.setitem(registry._loaded, slug, made(slug, *given))
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_PROFILE", "TOY_KEY", "TOY_REGION", "AWS_REGION"):
        monkeypatch.delenv(name, raising=False)
    for name in ("AWS_CONFIG_FILE", "AWS_SHARED_CREDENTIALS_FILE", "CLOUDSDK_CONFIG"):
        monkeypatch.setenv(name, str(tmp_path / "none"))
    for name in ("AWS_EC2_METADATA_DISABLED", "NO_GCE_CHECK"):
        monkeypatch.setenv(name, "true")
    monkeypatch.delenv("GOOGLE_APPLICATION_CREDENTIALS", raising=False)
    return upstream


def ask(lib: Any, mode: str, slug: str, upstream: ToyServer, **options: Any) -> Any:
    """The answer to one request, and what the upstream got."""
    options = {"base_url": upstream.url, "settings": {"region": "eu"}, **options}

    async def later() -> Any:
        async with lib.AsyncClient(transport=AsyncTransport(slug, **options)) as client:
            return await client.post(URL, json=ASK)

    if mode == "async":
        return asyncio.run(later())
    with lib.Client(transport=Transport(slug, **options)) as client:
        return client.post(URL, json=ASK)


def test_a_key_goes_the_first_way_that_sends_keys(dialects: ToyServer, monkeypatch: pytest.MonkeyPatch) -> None:
    ask(httpx, "sync", "either", dialects, api_key="k")
    assert dialects.last.headers["authorization"] == "Bearer k"
    ask(httpx, "sync", "cloudy-or-key", dialects, api_key="k")
    assert dialects.last.headers["toy-key"] == "k"
    ask(httpx, "sync", "asked", dialects, api_key="k&")
    assert dialects.last.query == "x=a%20b&a=1&key=k%26"
    monkeypatch.setenv("TOY_KEY", "of the environment")
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "AKID")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "secret")
    ask(httpx, "sync", "either", dialects)
    assert dialects.last.headers["authorization"] == "Bearer of the environment"
    monkeypatch.delenv("TOY_KEY")
    ask(httpx, "sync", "either", dialects)
    assert dialects.last.headers["authorization"].startswith("AWS4-HMAC-SHA256 Credential=AKID/")
    for slug, given, message in (
        ("signed", {"api_key": "k"}, "signed takes no key, only sigv4 credentials: leave api_key= out"),
        ("asked", {"credentials": object()}, "asked takes no credentials=, only a key: pass api_key="),
    ):
        with pytest.raises(auth.NoCredentials, match=message):
            Transport(slug, settings={"region": "eu"}, **given)


@LIBRARIES
@pytest.mark.parametrize("mode", ["sync", "async"])
def test_what_is_signed_is_what_is_sent(
    lib: Any, mode: str, dialects: ToyServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The signature holds for the request as the upstream got it, by botocore's own signer."""
    answer = ask(lib, mode, "signed", dialects, credentials=Credentials("AKID", "secret", "session"))
    assert answer.status_code == 200
    got = dialects.last
    assert (got.path, got.query) == ("/model/m%3A0%2F%C3%A9/talk", "x=a%20b&a=1")
    assert got.headers["x-amz-security-token"] == "session"
    scheme, _, rest = got.headers["authorization"].partition(" ")
    parts = dict(part.split("=", 1) for part in rest.split(", "))
    assert scheme == "AWS4-HMAC-SHA256"
    assert parts["Credential"] == f"AKID/{got.headers['x-amz-date'][:8]}/eu/toys/aws4_request"
    assert parts["SignedHeaders"] == "content-type;host;x-amz-date;x-amz-security-token"

    signer = SigV4Auth(Credentials("AKID", "secret", "session"), "toys", "eu")
    signed = {name: got.headers[name] for name in ("content-type", "host", "x-amz-date", "x-amz-security-token")}
    request = AWSRequest("POST", f"http://{signed['host']}{got.path}?{got.query}", data=got.raw, headers=signed)
    request.context["timestamp"] = signed["x-amz-date"]
    assert (
        signer.signature(signer.string_to_sign(request, signer.canonical_request(request)), request)
        == (parts["Signature"])
    )


def test_the_region_is_that_of_the_profile(dialects: ToyServer, monkeypatch: pytest.MonkeyPatch, tmp_path: Any) -> None:
    (tmp_path / "config").write_text(
        "[profile work]\nregion = eu-far\naws_access_key_id = AK\naws_secret_access_key = s\n"
    )
    monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "config"))
    monkeypatch.setenv("AWS_PROFILE", "work")
    assert Transport("signed")._bridge._base_url == "https://eu-far.test/none"
    assert Transport("signed", settings={"region": "us"})._bridge._base_url == "https://us.test/none"
    monkeypatch.setenv("TOY_REGION", "env")
    assert Transport("signed")._bridge._base_url == "https://env.test/none"
    monkeypatch.setitem(registry._loaded, "usual", made("usual", Auth("sigv4", "toys"), region="here"))
    monkeypatch.delenv("TOY_REGION")
    assert Transport("usual")._bridge._base_url == "https://eu-far.test/none"
    monkeypatch.delenv("AWS_PROFILE")
    assert Transport("usual", credentials=Credentials("a", "b"))._bridge._base_url == "https://here.test/none"
    monkeypatch.setenv("AWS_PROFILE", "gone")
    with pytest.raises(auth.NoCredentials, match=r"sigv4: The config profile \(gone\) could not be found"):
        Transport("signed")


def test_credentials_that_grow_old_are_fetched_in_a_thread(dialects: ToyServer) -> None:
    threads: list[str] = []

    def refresh() -> dict[str, str]:
        threads.append(threading.current_thread().name)
        expiry = datetime.datetime.now(datetime.UTC) + datetime.timedelta(hours=2)
        return {"access_key": "NEW", "secret_key": "s", "token": "t", "expiry_time": expiry.isoformat()}

    old = datetime.datetime.now(datetime.UTC) - datetime.timedelta(hours=1)
    credentials = RefreshableCredentials("OLD", "s", "t", old, refresh, "test")
    assert ask(httpx2, "async", "signed", dialects, credentials=credentials).status_code == 200
    assert ask(httpx2, "async", "signed", dialects, credentials=credentials).status_code == 200
    assert "Credential=NEW/" in dialects.last.headers["authorization"]
    assert len(threads) == 1
    assert threads != [threading.main_thread().name]


class Tokens(GoogleCredentials):
    """Default credentials that nobody has to log in for."""

    def __init__(self, fault: Exception | None = None, hours: float = 1) -> None:
        super().__init__()
        self.fault, self.hours, self.threads = fault, hours, []

    def refresh(self, request: Any) -> None:
        self.threads.append(threading.current_thread())
        time.sleep(0.02)
        if self.fault is not None:
            raise self.fault
        self.token = f"token{len(self.threads)}"
        now = datetime.datetime.now(datetime.UTC).replace(tzinfo=None)
        self.expiry = now + datetime.timedelta(hours=self.hours)


@LIBRARIES
@pytest.mark.parametrize("mode", ["sync", "async"])
def test_tokens_are_refreshed_when_they_are_old(lib: Any, mode: str, dialects: ToyServer) -> None:
    tokens = Tokens()
    for _ in range(2):
        assert ask(lib, mode, "cloudy", dialects, credentials=tokens).status_code == 200
        assert dialects.last.headers["authorization"] == "Bearer token1"
    assert (tokens.threads[0] is threading.main_thread()) == (mode == "sync")
    tokens.expiry = datetime.datetime(2020, 1, 1)
    ask(lib, mode, "cloudy", dialects, credentials=tokens)
    assert dialects.last.headers["authorization"] == "Bearer token2"


def test_many_requests_refresh_once(dialects: ToyServer) -> None:
    tokens = Tokens()

    async def many() -> None:
        transport = AsyncTransport("cloudy", credentials=tokens, base_url=dialects.url)
        async with httpx2.AsyncClient(transport=transport) as client:
            await asyncio.gather(*(client.post(URL, json=ASK) for _ in range(5)))

    asyncio.run(many())
    assert len(tokens.threads) == 1


@pytest.mark.parametrize("mode", ["sync", "async"])
def test_what_cannot_be_signed_is_an_answer(mode: str, dialects: ToyServer) -> None:
    tokens = Tokens(exceptions.RefreshError("the account is closed"))
    answer = ask(httpx2, mode, "cloudy", dialects, credentials=tokens)
    assert (answer.status_code, answer.json()["error"]["type"]) == (401, "authentication_error")
    assert answer.json()["error"]["message"] == "google: there is no token to be had: the account is closed"
    assert dialects.exchanges == []


def test_default_credentials_bring_the_project(
    dialects: ToyServer, monkeypatch: pytest.MonkeyPatch, tmp_path: Any
) -> None:
    where = tmp_path / "adc.json"
    where.write_text(
        json.dumps({"type": "authorized_user", "client_id": "c", "client_secret": "s", "refresh_token": "r"})
    )
    monkeypatch.setenv("GOOGLE_APPLICATION_CREDENTIALS", str(where))
    monkeypatch.setenv("GOOGLE_CLOUD_PROJECT", "mine")
    transport = Transport("cloudy", settings={"region": "eu"})
    assert transport._bridge._base_url == "https://eu.test/mine"
    transport = Transport("cloudy", settings={"region": "eu", "project": "yours"})
    assert transport._bridge._base_url == "https://eu.test/yours"


def test_tokens_are_fetched_with_httpx(dialects: ToyServer) -> None:
    from dragoman.auth.google import Google

    refresher = Google(Tokens(), None)._request
    dialects.play(json_reply(203, {"access_token": "a"}))
    answer = refresher(dialects.url + "/token", "POST", b"{}", {"x": "y"}, timeout=3, other=1)
    assert (answer.status, json.loads(answer.data), answer.headers["content-type"]) == (
        203,
        {"access_token": "a"},
        "application/json",
    )
    with pytest.raises(exceptions.TransportError, match="ConnectError"):
        refresher("http://127.0.0.1:9/token")


def test_what_is_missing_is_said(dialects: ToyServer, monkeypatch: pytest.MonkeyPatch) -> None:
    region = {"settings": {"region": "eu"}}
    with pytest.raises(auth.NoCredentials) as fault:
        Transport("either", **region)
    assert str(fault.value) == (
        "no credentials for either: pass api_key= or set TOY_KEY; sigv4 found no AWS credentials: set "
        "AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or AWS_PROFILE, or pass credentials="
    )
    with pytest.raises(
        auth.NoCredentials, match=r"google found no application default credentials .*: set GOOGLE_APPL"
    ):
        Transport("cloudy", **region)
    with pytest.raises(ValueError, match="sigv4 needs the setting 'region'"):
        Transport("signed", credentials=Credentials("a", "b"))
    assert ask(httpx, "sync", "signed", dialects).status_code == 200  # somebody's own server, which may need nothing
    assert "authorization" not in dialects.last.headers
    for name in ("botocore", "google.auth"):
        monkeypatch.setitem(sys.modules, name, None)
        for inner in [one for one in sys.modules if one.startswith(name + ".")]:
            monkeypatch.delitem(sys.modules, inner)
    with pytest.raises(auth.NoCredentials, match=r"no credentials for signed: sigv4 needs botocore: pip install 'drag"):
        Transport("signed", **region)
    with pytest.raises(auth.NoCredentials, match=r"google needs google-auth: pip install 'dragoman\[google\]'"):
        Transport("cloudy", **region)


def test_a_key_that_is_optional(dialects: ToyServer, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where there is none, requests go without, to the dialect's own address too; where there is one, it is sent."""
    seen: list[httpx.Request] = []

    def answer(request: httpx.Request) -> httpx.Response:
        seen.append(request)
        return httpx.Response(500, json={})

    def ask(**more: Any) -> str | None:
        transport = Transport("open", settings={"region": "eu"}, transport=httpx.MockTransport(answer), **more)
        with httpx.Client(transport=transport) as client:
            client.post(URL, json=ASK)
        found: str | None = seen[-1].headers.get("authorization")
        return found

    assert ask() is None
    assert seen[-1].url.host == "eu.test"
    assert ask(api_key="mine") == "Bearer mine"
    monkeypatch.setenv("TOY_KEY", "theirs")
    assert ask() == "Bearer theirs"
    assert auth.take(made("x", Auth("bearer", optional=True)), {"authorization": "Bearer x"}, {}) == "x"


@pytest.mark.parametrize(
    "slug", [slug for slug in registry.providers() if registry.dialect(slug).base_url.startswith("http://localhost")]
)
def test_a_server_on_ones_own_machine_needs_no_key(slug: str, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in registry.dialect(slug).key_env:
        monkeypatch.delenv(name, raising=False)
    Transport(slug)


def test_keys_of_clients() -> None:
    found = {
        auth.take(made("x", Auth("sigv4", "toys"), Auth("header", "Toy-Key"), Auth("query", "key")), headers, query)
        for headers, query in (
            ({"toy-key": "a"}, {}),
            ({}, {"key": "b"}),
            ({"authorization": "bearer  c"}, {"key": "b"}),
            ({"authorization": "AWS4-HMAC-SHA256 Credential=…"}, {"key": "d"}),
        )
    }
    assert found == {"a", "b", "c", "d"}
    assert auth.take(made("x", Auth("google")), {"authorization": "Basic x"}, {}) is None


SIGNING = [
    (slug, kind)
    for slug in registry.providers()
    for kind in ("sigv4", "google")
    if kind in [way.kind for way in registry.dialect(slug).auth]
]


@pytest.mark.parametrize(("slug", "kind"), SIGNING)
def test_providers_that_sign(slug: str, kind: str, dialects: ToyServer) -> None:
    dialect = registry.dialect(slug)
    settings = {name: "some" for name, one in dialect.settings.items() if one.default is None}
    credentials = Credentials("AKID", "secret") if kind == "sigv4" else Tokens()
    dialects.play(json_reply(400, {"message": "no"}))
    options = {"credentials": credentials, "settings": settings, "base_url": dialects.url}
    with httpx2.Client(transport=Transport(slug, **options)) as client:
        answer = client.post(URL, json={"model": "m", "max_tokens": 5, "messages": ASK["messages"]})
    assert answer.status_code == 400
    sent = dialects.last.headers["authorization"]
    assert sent.startswith("AWS4-HMAC-SHA256 Credential=AKID/" if kind == "sigv4" else "Bearer token1")
    if kind == "sigv4":
        assert f"/{settings.get('region') or dialect.settings['region'].default}/" in sent
