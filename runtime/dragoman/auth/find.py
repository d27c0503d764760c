"""The first way of a dialect whose credentials are there."""

import os
from collections.abc import Mapping
from importlib import import_module
from typing import Any, NamedTuple

from ..dialect import Auth, Dialect
from . import keys
from .signer import NoCredentials, Signer

__all__ = ["Found", "find"]

_SIGNERS = ("sigv4", "google")


class Found(NamedTuple):
    """What goes with each request: always the same, or what the signer says."""

    headers: Mapping[str, str]
    query: Mapping[str, str]
    signer: Signer | None = None


def find(
    upstream: Dialect,
    settings: Mapping[str, Any],
    *,
    api_key: str | None = None,
    credentials: Any = None,
    needed: bool = True,
) -> Found:
    """`settings`: as far as they are known already. Raises `NoCredentials` if there are none, unless not `needed`
    or a way is optional.

    A key that is given goes the first way that sends keys, credentials that are given the first that signs.
    """
    by_key = next((way for way in upstream.auth if way.kind in keys.KINDS), None)
    signing = [way for way in upstream.auth if way.kind in _SIGNERS]
    if credentials is not None:
        if not signing:
            raise NoCredentials(f"{upstream.slug} takes no credentials=, only a key: pass api_key=")
        return Found({}, {}, _signer(upstream, signing[0], settings, credentials))
    if api_key:
        if by_key is None and signing:
            names = " or ".join(way.kind for way in signing)
            raise NoCredentials(f"{upstream.slug} takes no key, only {names} credentials: leave api_key= out")
        return Found(*keys.apply(by_key, api_key)) if by_key is not None else Found({}, {})
    problems: list[str] = []
    for way in upstream.auth:
        if way == by_key:
            key = next((value for name in upstream.key_env if (value := os.environ.get(name))), None)
            if key is not None:
                return Found(*keys.apply(way, key))
            problems.append("pass api_key=" + (f" or set {' or '.join(upstream.key_env)}" if upstream.key_env else ""))
        elif way in signing:
            try:
                return Found({}, {}, _signer(upstream, way, settings))
            except NoCredentials as exc:
                problems.append(str(exc))
    if problems and needed and not any(way.optional for way in upstream.auth):
        what = "no credentials" if signing else "no key"
        raise NoCredentials(f"{what} for {upstream.slug}: {'; '.join(problems)}")
    return Found({}, {})


def _signer(upstream: Dialect, way: Auth, settings: Mapping[str, Any], credentials: Any = None) -> Signer:
    module = import_module(f"dragoman.auth.{way.kind}")
    usual = upstream.settings["region"].default if "region" in upstream.settings else None
    given = (way.name,) if way.kind == "google" else (way.name, settings.get("region"), usual)
    signer: Signer = module.find(*given, credentials)
    return signer
