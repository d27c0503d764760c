"""AWS Signature Version 4. Credentials, their refreshing and the signature itself are botocore's (extra `aws`)."""

from collections.abc import Mapping
from typing import Any

from .signer import NoCredentials, extra

__all__ = ["SigV4", "find"]

_NONE = (
    "sigv4 found no AWS credentials: set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or AWS_PROFILE, "
    "or pass credentials="
)


def find(service: str, region: str | None, otherwise: str | None, credentials: Any = None) -> "SigV4":
    """With these credentials (an object of botocore's), or those that botocore finds. Raises `NoCredentials`.

    `region`: as it is set; else that of the profile, else `otherwise`.
    """
    session = extra("botocore.session", "aws").Session()
    problem = _NONE
    try:
        region = region or session.get_config_variable("region") or otherwise
        credentials = session.get_credentials() if credentials is None else credentials
    except _faults() as exc:  # a profile that is not there, a file that cannot be read
        problem = f"sigv4: {exc}"
    if credentials is None:
        raise NoCredentials(problem)
    if not region:
        raise ValueError("sigv4 needs the setting 'region': pass settings={'region': …} or set AWS_REGION")
    return SigV4(service, region, credentials)


def _faults() -> tuple[type[Exception], ...]:
    known = extra("botocore.exceptions", "aws")
    return known.BotoCoreError, known.ClientError


class SigV4:
    def __init__(self, service: str, region: str, credentials: Any) -> None:
        self.settings = {"region": region}
        self._service, self._region, self._credentials = service, region, credentials
        self._auth = extra("botocore.auth", "aws").SigV4Auth
        self._request = extra("botocore.awsrequest", "aws").AWSRequest
        self._faults = _faults()

    def ready(self) -> bool:
        # Those that never grow old have no such method.
        return not getattr(self._credentials, "refresh_needed", bool)()

    def sign(self, method: str, url: str, headers: Mapping[str, str], content: bytes) -> dict[str, str]:
        """Signed are the host, the content's type and AWS's own headers; others may be changed on the way."""
        told = {name: text for name, text in headers.items() if name == "content-type" or name.startswith("x-amz")}
        problem: str
        try:
            known = self._credentials.get_frozen_credentials()
            request = self._request(method, url, data=content, headers=told)
            self._auth(known, self._service, self._region).add_auth(request)
            return {name.lower(): text for name, text in request.headers.items() if name.lower() not in told}
        except self._faults as exc:
            problem = f"sigv4: the request cannot be signed: {exc}"
        raise NoCredentials(problem)
