"""Client ⇄ hub ⇄ provider: which steps a body goes through, and what is made of what they report.

- A client that speaks the hub needs no client step. A client of the provider's own dialect needs no step at all, unless
  that dialect is the hub: then the provider's rules still run, because they take the hub's extensions off.
- Every step has a `Call` of its own. Losses of a second step are led back to the body that the caller gave (kit.trace).
- Exceptions of units are raised again outside of the `except` block, as fresh objects, so that nothing hangs on them.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from . import endpoints
from . import headers as heads
from .dialect import HUB, Dialect
from .errors import MalformedBody, Refused, Rejected, kind_of
from .exchange import ErrorResponse, Request, Response
from .facts import facts_for, overridden
from .kit.call import Call
from .kit.media import checked
from .kit.spelling import as_given
from .kit.trace import Trace
from .loss import SEVERITIES, Loss, at_least
from .places import text
from .registry import dialect, nearest
from .steps import attempt, contexts, fresh, from_url, home, led_back, no_model, settings_for, told, told_of_body
from .stream import Stream
from .templates import fill_path
from .trouble import as_json, hub_error, in_client, in_hub
from .wires import asked

__all__ = ["Translator", "translator"]


def translator(
    slug: str,
    *,
    client: str = HUB,
    strict: str | None = None,
    settings: Mapping[str, Any] | None = None,
    facts: Mapping[str, Any] | None = None,
    clock: Callable[[], float] | None = None,
    new_id: Callable[[str], str] | None = None,
) -> "Translator":
    """A translator between clients that speak `client` and the upstream `slug`.

    `strict`: refuse a request when it loses something of this severity or worse. `settings`: what the two specs
    declare. `facts`: overrides of model facts. LookupError for an unknown slug.
    """
    return Translator(
        dialect(slug), dialect(client), strict=strict, settings=settings, facts=facts, clock=clock, new_id=new_id
    )


class Translator:
    """Immutable; one may serve all threads."""

    def __init__(
        self,
        provider: Dialect,
        client: Dialect,
        *,
        strict: str | None = None,
        settings: Mapping[str, Any] | None = None,
        facts: Mapping[str, Any] | None = None,
        clock: Callable[[], float] | None = None,
        new_id: Callable[[str], str] | None = None,
    ) -> None:
        if strict is not None and strict not in SEVERITIES:
            raise ValueError(f"strict: expected one of {', '.join(SEVERITIES)} or None, found {strict!r}")
        self.provider = provider
        self.client = client
        self.untouched = provider.slug == client.slug != HUB
        self._strict = strict
        self._clock = clock
        self._new_id = new_id
        known = {**provider.settings, **client.settings}
        for name, value in (settings or {}).items():
            if name not in known:
                hint = nearest(name, known)
                raise ValueError(f"settings: there is no {name!r}" + (f"; did you mean {hint!r}?" if hint else ""))
            allowed = known[name].values
            if allowed is not None and value not in allowed:
                raise ValueError(f"settings: expected one of {', '.join(allowed)} for {name}, found {value!r}")
        self.settings = settings_for(provider, settings or {})
        self.client_settings = settings_for(client, settings or {})
        self._overrides = facts_for(provider, self.settings, facts or {})

    def __repr__(self) -> str:
        return f"<Translator {self.client.slug} → {self.provider.slug}>"

    # ------------------------------------------------------------------ requests

    def request(
        self,
        body: Any,
        headers: Mapping[str, str] | None = None,
        *,
        path: str | None = None,
        model: str | None = None,
        stream: bool | None = None,
        media: Mapping[str, tuple[str, str]] | None = None,
    ) -> Request:
        """A client's request for the upstream. Raises `Refused` when it cannot be said there."""
        client = self.client
        if path is not None:
            model, stream = from_url(client, path, model, stream)
        elif stream is None and client.client_stream_paths:
            stream = False
        framing = None if path is None else asked(client, path)
        told_headers = heads.lower(headers)
        settings = heads.settings_of(client, self.client_settings, told_headers)
        if not isinstance(body, dict):
            raise self.refusal(MalformedBody((), "an object", kind_of(body)))
        if self.untouched:
            return self._as_it_is(body, told_headers, settings, model, stream, framing)

        losses: list[Loss] = []
        hub, trace, client_context = self._to_hub("request_to_hub", body, model, stream, settings, losses)
        said = hub.get("model")
        wanted = hub.get("stream") is True
        name = said if isinstance(said, str) else ""
        if not name and client.model_in_path:
            raise self.refusal(no_model(), losses)
        context: dict[str, Any] = {"model": name or None, "stream": wanted, "media": checked(media)}
        call = self.call(self.provider, name, context)
        wire, fault = attempt(self.unit(self.provider, "request_to_wire"), hub, call)
        if fault is not None:
            if trace is not None:
                fault.at = as_given(home(fault.at, hub, trace), body)
            raise self.refusal(fault, losses)
        losses += told(call.losses) if trace is None else led_back(call.losses, hub, trace, body)
        self.held(losses)
        return self.sent(wire, name, wanted, call.request, client_context, told_headers, losses, framing=framing)

    def _to_hub(
        self,
        unit: str,
        body: dict[str, Any],
        model: str | None,
        stream: bool | None,
        settings: Mapping[str, Any],
        losses: list[Loss],
    ) -> tuple[dict[str, Any], Trace | None, dict[str, Any]]:
        """The client's step: the hub body, where its parts come from (None: from the same place), its context."""
        said = body.get("model") if model is None else model
        name = said if isinstance(said, str) else ""
        context: dict[str, Any] = {"model": name or None, "stream": bool(stream)}
        hub = body
        trace: Trace | None = None
        if self.client.slug != HUB:
            if stream is None:
                context["stream"] = body.get("stream", self.client.stream_default) is True
            trace = {}
            call = self.call(self.client, name, context, trace, settings)
            hub, fault = attempt(self.unit(self.client, unit), body, call)
            if fault is not None:
                fault.at = as_given(fault.at, body)
                raise self.refusal(fault)
            losses += told(call.losses, body)
            if hub is body:
                trace = None
        changes: dict[str, Any] = {}
        if name and hub.get("model") != name:
            changes["model"] = name
        if stream is not None and (hub.get("stream") is True) != stream:
            changes["stream"] = stream
        if changes:
            changed = {**hub, **changes}
            if trace is not None and id(hub) in trace:
                trace[id(changed)] = trace[id(hub)]
            hub = changed
        return hub, trace, context

    def _as_it_is(
        self,
        body: dict[str, Any],
        headers: Mapping[str, str],
        settings: Mapping[str, Any],
        model: str | None,
        stream: bool | None,
        framing: str | None,
    ) -> Request:
        """The request of a client that speaks the upstream's own dialect."""
        provider = self.provider
        said = body.get("model") if model is None else model
        name = said if isinstance(said, str) else ""
        wanted = body.get("stream", provider.stream_default) is True if stream is None else stream
        if not provider.model_in_path and model is not None and body.get("model") != model:
            body = {**body, "model": model}
        in_body = body.get("stream", provider.stream_default) is True
        if provider.stream_path is None and stream is not None and in_body != stream:
            body = {**body, "stream": stream}
        context = {"model": name or None, "stream": wanted}
        told_settings = {**self.settings, **settings}
        return self.sent(body, name, wanted, context, context, headers, [], told_settings, framing=framing)

    def sent(
        self,
        body: Any,
        model: str,
        stream: bool,
        context: dict[str, Any],
        client_context: dict[str, Any],
        headers: Mapping[str, str],
        losses: list[Loss],
        settings: Mapping[str, Any] | None = None,
        endpoint: str = "",
        framing: str | None = None,
    ) -> Request:
        provider = self.provider
        values = {**(self.settings if settings is None else settings), **context}
        template = provider.stream_path if stream and provider.stream_path is not None else provider.path
        method = provider.method
        if endpoint:
            template, method = provider.paths[endpoint], endpoints.ENDPOINTS[endpoint]
        if not model and "{model}" in template:
            raise self.refusal(no_model(), losses)
        return Request(
            method=method,
            path=fill_path(template, values),
            headers=heads.to_upstream(provider, self.client, values, headers),
            body=body,
            stream=stream,
            losses=losses,
            model=model,
            context=context,
            client_context=client_context,
            framing=framing,
            endpoint=endpoint,
        )

    def media(
        self,
        body: Any,
        headers: Mapping[str, str] | None = None,
        *,
        path: str | None = None,
        media: Mapping[str, tuple[str, str]] | None = None,
    ) -> list[str]:
        """URLs in this request that the upstream can only take as bytes; give them to `request` as `media`.

        They are what the rules ask for, and are not in `media` already. Of a request that cannot be translated they are
        those that were asked for until then: what is wrong with it, `request` says.
        """
        if self.untouched or not isinstance(body, dict):
            return []
        model, stream = (None, None) if path is None else from_url(self.client, path, None, None)
        settings = heads.settings_of(self.client, self.client_settings, heads.lower(headers))
        try:
            hub, _, _ = self._to_hub("request_to_hub", body, model, stream, settings, [])
        except Refused:
            return []
        said = hub.get("model")
        name = said if isinstance(said, str) else ""
        context = {"model": name or None, "stream": hub.get("stream") is True, "media": checked(media)}
        call = self.call(self.provider, name, context)
        call.asked = []
        attempt(self.unit(self.provider, "request_to_wire"), hub, call)
        return list(dict.fromkeys(call.asked))

    # ------------------------------------------------------------------ answers

    def response(self, body: Any, sent: Request | None = None, *, headers: Mapping[str, str] | None = None) -> Response:
        """An upstream's answer for the client. Raises `MalformedBody` when it is not what the upstream documents."""
        known = heads.lower(headers)
        names = heads.back_to_client(self.provider, self.client, known)
        if self.untouched:
            return Response(body, names, [])
        back = None if self.client.slug == HUB else self.unit(self.client, "response_to_wire")
        out, losses = self.answer(self.unit(self.provider, "response_to_hub"), back, body, sent, known)
        return Response(out, names, losses)

    def answer(
        self, unit: Any, back: Any, body: Any, sent: Request | None, headers: Mapping[str, str]
    ) -> tuple[Any, list[Loss]]:
        """The provider's step, and the client's (`back`) unless it speaks the hub."""
        model, context, client_context = contexts(sent, headers)
        trace: Trace | None = {} if back is not None else None
        call = self.call(self.provider, model, context, trace)
        hub, fault = attempt(unit, body, call)
        if fault is not None:
            raise fresh(fault, fault.at)
        losses = told(call.losses)
        if trace is None:
            return hub, losses
        call = self.call(self.client, model, client_context, settings=self.client_settings)
        wire, fault = attempt(back, hub, call)
        if fault is not None:
            raise fresh(fault, fault.at if hub is body else home(fault.at, hub, trace))
        losses += told([(rule, at if hub is body else home(at, hub, trace)) for rule, at in call.losses])
        return wire, losses

    def stream(self, sent: Request | None = None, *, headers: Mapping[str, str] | None = None) -> Stream:
        """A translation of one streamed answer."""
        return Stream(self, sent, heads.lower(headers))

    def error(self, status: int, body: Any, headers: Mapping[str, str] | None = None) -> ErrorResponse:
        """An upstream's failure in the client's shape, whatever its body is: JSON value, text, bytes or None.

        A status that tells no failure, as that of a redirection, is a bad gateway: never a success.
        """
        known = heads.lower(headers)
        body = as_json(body)
        status = status if 400 <= status <= 599 else 502
        if self.untouched and isinstance(body, dict | list):
            return ErrorResponse(status, body, heads.back_to_client(self.provider, self.client, known), [])
        call = self.call(self.provider, "", {"headers": known})
        status, body, made = in_hub(self.provider, status, body, known, call)
        names = {**heads.to_hub(self.provider, known), **made}
        after = self.call(self.client, "", {})
        status, body, names = in_client(self.client, status, body, names, after)
        return ErrorResponse(status, body, names, told_of_body([*call.losses, *after.losses]))

    def fault(
        self,
        status: int,
        message: str,
        type: str = "invalid_request_error",
        *,
        param: str | None = None,
        code: str | None = None,
    ) -> ErrorResponse:
        """A failure of our own in the client's shape."""
        error = hub_error(message, type, param, code)
        status, body, names = in_client(self.client, status, error, {}, self.call(self.client, "", {}))
        return ErrorResponse(status, body, names, [])

    # ------------------------------------------------------------------ other endpoints

    def embeddings_request(self, body: Any, headers: Mapping[str, str] | None = None, **known: Any) -> Request:
        """`known`: `path` and `model`, as for `request`."""
        return endpoints.request(self, "embeddings", body, headers, **known)

    def embeddings_response(
        self, body: Any, sent: Request | None = None, *, headers: Mapping[str, str] | None = None
    ) -> Response:
        return endpoints.answer(self, "embeddings", body, sent, headers)

    def models_request(self, headers: Mapping[str, str] | None = None) -> Request:
        return endpoints.request(self, "models", None, headers)

    def models_response(self, body: Any, *, headers: Mapping[str, str] | None = None) -> Response:
        return endpoints.answer(self, "models", body, None, headers)

    def count_tokens_request(self, body: Any, headers: Mapping[str, str] | None = None, **known: Any) -> Request:
        """`known`: `path`, `model` and `media`, as for `request`. A client of the hub asks as it asks for an answer."""
        return endpoints.request(self, "count_tokens", body, headers, **known)

    def count_tokens_response(self, body: Any, *, headers: Mapping[str, str] | None = None) -> Response:
        return endpoints.answer(self, "count_tokens", body, None, headers)

    # ------------------------------------------------------------------ inside

    def call(
        self,
        side: Dialect,
        model: str,
        context: dict[str, Any],
        trace: Trace | None = None,
        settings: Mapping[str, Any] | None = None,
    ) -> Call:
        """The Call for one step of one body."""
        if settings is None:
            settings = self.settings if side is self.provider else self.client_settings
        facts = side.facts(model, settings)
        if self._overrides and side is self.provider:
            facts = overridden(facts, self._overrides)
        return Call(facts, settings, context, trace=trace, clock=self._clock, new_id=self._new_id)

    def unit(self, side: Dialect, name: str) -> Any:
        unit = getattr(side, name)
        if unit is None:
            raise NotImplementedError(f"the dialect {side.slug} cannot do this yet: it has no {name}")
        return unit

    def refusal(self, fault: MalformedBody | Rejected, losses: Sequence[Loss] = ()) -> Refused:
        path = text(fault.at)
        if isinstance(fault, Rejected):
            message, code = (f"{path}: {fault.message}" if path else fault.message), fault.code
        else:
            message, code = str(MalformedBody(fault.at, fault.expected, fault.found)), None
        return self._refused(message, path or None, code, losses)

    def held(self, losses: list[Loss]) -> None:
        """Raise `Refused` where more is lost than the caller allows."""
        if self._strict is not None and (serious := at_least(losses, self._strict)):
            first = serious[0]
            raise self._refused(f"{first} ({self._strict} losses are refused)", first.path or None, None, losses)

    def _refused(self, message: str, param: str | None, code: str | None, losses: Sequence[Loss]) -> Refused:
        error = self.fault(400, message, param=param, code=code)
        return Refused(message, body=error.body, losses=losses, status=error.status)
