"""The endpoints beside the one for answers: embeddings, the list of models, counting tokens.

A body goes the same two steps, through units of the dialect's `more`. What is counted is a request as it would be sent,
so a unit of `after` goes on from what the unit of requests has made (and makes, for clients, what that one reads).
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from . import headers as heads
from .dialect import HUB, Dialect
from .errors import MalformedBody, Rejected, kind_of
from .exchange import Request, Response
from .kit.media import checked
from .kit.spelling import as_given
from .kit.trace import AS_IT_WAS, Trace, lead_back, smallest, sources
from .loss import Loss, Rule
from .places import At, keys_of
from .steps import attempt, no_model, told
from .templates import holes, read_path

if TYPE_CHECKING:
    from .translation import Translator

__all__ = ["ENDPOINTS", "answer", "asked", "request", "served"]

ENDPOINTS = {"embeddings": "POST", "models": "GET", "count_tokens": "POST"}
_Hops = list[tuple[Any, Trace]]
Step = tuple[Callable[..., Any], Dialect]


def served(client: Dialect, provider: Dialect) -> Iterator[str]:
    """What clients of this dialect can have of that upstream, beside answers."""
    for endpoint in ENDPOINTS:
        if endpoint in client.paths and _missing(endpoint, client, provider) is None:
            yield endpoint


def asked(client: Dialect, method: str, path: str) -> str | None:
    """The endpoint, beside answers, that a client asks for."""
    fitting = [
        (len(holes(template)), endpoint)
        for endpoint, wanted in ENDPOINTS.items()
        if (template := client.paths.get(endpoint)) is not None
        and method.upper() == wanted
        and read_path(template, path) is not None
    ]
    return min(fitting)[1] if fitting else None  # what says the most of its path


def request(
    t: "Translator",
    endpoint: str,
    body: Any,
    headers: Mapping[str, str] | None = None,
    *,
    path: str | None = None,
    model: str | None = None,
    media: Mapping[str, tuple[str, str]] | None = None,
) -> Request:
    """A client's request. Raises `Refused` when it cannot be said there, NotImplementedError when nothing of it can."""
    _check(t, endpoint)
    client, provider, known = t.client, t.provider, heads.lower(headers)
    settings = heads.settings_of(client, t.client_settings, known)
    if path is not None and model is None and endpoint in client.paths:
        model = (read_path(client.paths[endpoint], path) or {}).get("model")
    if ENDPOINTS[endpoint] == "GET":
        context: dict[str, Any] = {"model": None, "stream": False}
        return t.sent(None, "", False, context, {}, known, [], endpoint=endpoint)
    if not isinstance(body, dict):
        raise t.refusal(MalformedBody((), "an object", kind_of(body)))
    said = body.get("model") if model is None else model
    name = said if isinstance(said, str) else ""
    if t.untouched:
        if model is not None and body.get("model") != model and "{model}" not in provider.paths[endpoint]:
            body = {**body, "model": model}
        context = {"model": name or None, "stream": False}
        return t.sent(body, name, False, context, context, known, [], {**t.settings, **settings}, endpoint=endpoint)
    losses: list[Loss] = []
    hops: _Hops = []
    client_context: dict[str, Any] = {"model": name or None, "stream": False}
    made = body
    for unit, side in _steps(endpoint, client, provider):
        at_home = side is client and client.slug != HUB
        if not at_home and not name and isinstance(made.get("model"), str):
            name = made["model"]
        if not at_home and name and made.get("model") != name:
            before, made = made, {**made, "model": name}
            if hops and id(before) in hops[-1][1]:
                hops[-1][1][id(made)] = hops[-1][1][id(before)]
                hops[-1] = made, hops[-1][1]
        trace: Trace | None = {} if at_home else None
        context = client_context if at_home else {"model": name or None, "stream": False, "media": checked(media)}
        call = t.call(side, name, context, trace, settings if at_home else None)
        out, fault = attempt(unit, made, call)
        if fault is not None:
            fault.at = as_given(_first(fault.at, hops), body)
            raise t.refusal(fault, losses)
        losses += told(list(_home(call.losses, hops, body)), body)
        if trace is not None and out is not made:
            if id(out) not in trace and isinstance(out, dict):  # a part of the body, taken as it is
                key = next((key for key, value in made.items() if value is out), None)
                trace[id(out)] = () if key is None else ((), key), AS_IT_WAS, out
            hops.append((out, trace))
        made = out
    if not name and "{model}" in provider.paths[endpoint]:
        raise t.refusal(no_model(), losses)
    wire = made
    if endpoint in provider.after:
        call = t.call(provider, name, call.request)
        wire, fault = attempt(provider.more[f"{endpoint}_request_to_wire"], made, call)
        if fault is not None:
            raise t.refusal(_placeless(fault), losses)
        losses += told([(rule, ()) for rule, _ in call.losses])
    t.held(losses)
    return t.sent(wire, name, False, call.request, client_context, known, losses, endpoint=endpoint)


def answer(
    t: "Translator", endpoint: str, body: Any, sent: Request | None, headers: Mapping[str, str] | None
) -> Response:
    """An upstream's answer for the client. Raises `MalformedBody` when it is not what the upstream documents."""
    _check(t, endpoint)
    known = heads.lower(headers)
    names = heads.back_to_client(t.provider, t.client, known)
    if t.untouched:
        return Response(body, names, [])
    unit, back = t.provider.more[f"{endpoint}_response_to_hub"], t.client.more.get(f"{endpoint}_response_to_wire")
    out, losses = t.answer(unit, back, body, sent, known)
    return Response(out, names, losses)


def _steps(endpoint: str, client: Dialect, provider: Dialect) -> Iterator[Step]:
    """From the client's body to the provider's, or to its request where the endpoint's unit goes on from that."""
    unit = f"{endpoint}_request"
    if client.slug != HUB:
        yield client.more[f"{unit}_to_hub"], client
        if endpoint in client.after and client.request_to_hub is not None:
            yield client.request_to_hub, client
    if endpoint not in provider.after:
        yield provider.more[f"{unit}_to_wire"], provider
    elif provider.request_to_wire is not None:
        yield provider.request_to_wire, provider


def _check(t: "Translator", endpoint: str) -> None:
    if (missing := _missing(endpoint, t.client, t.provider)) is not None:
        raise NotImplementedError(missing)


def _missing(endpoint: str, client: Dialect, provider: Dialect) -> str | None:
    """Why clients of this dialect cannot have that of the upstream."""
    name = endpoint.replace("_", " ")
    if endpoint not in provider.paths:
        return f"the provider {provider.slug} has no {name} here"
    if client is provider and client.slug != HUB:
        return None
    asks = ENDPOINTS[endpoint] != "GET"
    if (asks and f"{endpoint}_request_to_wire" not in provider.more) or (
        f"{endpoint}_response_to_hub" not in provider.more
    ):
        return f"the provider {provider.slug} has no {name} here"
    if client.slug != HUB and not (
        (not asks or f"{endpoint}_request_to_hub" in client.more) and f"{endpoint}_response_to_wire" in client.more
    ):
        return f"clients of {client.slug} have no {name} of others here"
    return None


def _first(at: At, hops: _Hops) -> At:
    """The one place in the caller's body that is nearest to this one."""
    for made, trace in reversed(hops):
        source, nearest = lead_back(at, made, trace)
        at = nearest if source is None else source
    return at


def _home(losses: Sequence[tuple[Rule, At]], hops: _Hops, body: Any) -> Iterator[tuple[Rule, At]]:
    """Losses at their places in the caller's body; what an earlier step made up is not the caller's."""
    for rule, at in losses:
        places = [at]
        for made, trace in reversed(hops):
            places = [
                source for place in places for part in smallest(place, made, trace)
                for source in sources(part, made, trace)[0]
            ]  # fmt: skip
        for place in dict.fromkeys(places):
            if not hops or rule.action != "dropped" or _said(as_given(place, body), body):
                yield rule, place


def _said(at: At, body: Any) -> bool:
    """Does the caller's body have something there? What it leaves to the dialect is not lost."""
    for key in keys_of(at):
        if isinstance(body, dict):
            body = body.get(key)
        else:
            body = body[key] if isinstance(body, list) and isinstance(key, int) and key < len(body) else None
    return body is not None


def _placeless(fault: MalformedBody | Rejected) -> MalformedBody | Rejected:
    fault.at = ()
    return fault
