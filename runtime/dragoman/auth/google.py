"""Google's application default credentials, through google-auth (extra `google`): a bearer token, refreshed in time."""

import threading
from collections.abc import Mapping
from typing import Any, NamedTuple

from .signer import NoCredentials, extra

__all__ = ["Google", "find"]

_SCOPE = "https://www.googleapis.com/auth/cloud-platform"
_TIMEOUT = 60.0


def find(scope: str, credentials: Any = None) -> "Google":
    """With these credentials (an object of google-auth's), or the default ones. Raises `NoCredentials`."""
    auth = extra("google.auth", "google")
    faults = extra("google.auth.exceptions", "google").GoogleAuthError
    if credentials is not None:
        return Google(credentials, getattr(credentials, "project_id", None))
    problem: str
    try:
        found, project = auth.default(scopes=[scope or _SCOPE])
        return Google(found, project)
    except faults as exc:
        problem = (
            f"google found no application default credentials ({exc}): set GOOGLE_APPLICATION_CREDENTIALS, "
            "or log in with gcloud auth application-default login, or pass credentials="
        )
    raise NoCredentials(problem)


class Google:
    def __init__(self, credentials: Any, project: str | None) -> None:
        self.settings = {"project": project} if project else {}
        self._credentials = credentials
        self._lock = threading.Lock()
        exceptions = extra("google.auth.exceptions", "google")
        self._faults = exceptions.GoogleAuthError
        self._request = _Refresher(exceptions.TransportError)

    def ready(self) -> bool:
        return bool(self._credentials.valid)

    def sign(self, method: str, url: str, headers: Mapping[str, str], content: bytes) -> dict[str, str]:
        problem: str
        try:
            out: dict[str, str] = {}
            if self.ready():
                self._credentials.before_request(self._request, method, url, out)
            else:
                with self._lock:  # one refreshes, the others find it done
                    self._credentials.before_request(self._request, method, url, out)
            return {name.lower(): text for name, text in out.items()}
        except self._faults as exc:
            problem = f"google: there is no token to be had: {exc}"
        raise NoCredentials(problem)


class _Answer(NamedTuple):
    """As google-auth reads it."""

    status: int
    headers: Mapping[str, str]
    data: bytes


class _Refresher:
    """What google-auth asks for tokens with."""

    def __init__(self, fault: type[Exception]) -> None:
        self._fault = fault

    def __call__(
        self,
        url: str,
        method: str = "GET",
        body: Any = None,
        headers: Mapping[str, str] | None = None,
        timeout: float | None = None,
        **_: Any,
    ) -> _Answer:
        import httpx  # not before it is needed

        problem: str
        try:
            answer = httpx.request(method, url, content=body, headers=headers, timeout=timeout or _TIMEOUT)
            return _Answer(answer.status_code, answer.headers, answer.content)
        except (httpx.HTTPError, httpx.InvalidURL) as exc:
            problem = f"{type(exc).__name__}: {exc}"
        raise self._fault(problem)
