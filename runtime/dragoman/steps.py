"""Running one step of a translation, and telling what it reported in terms of the body that the caller gave."""

from collections.abc import Callable, Mapping
from typing import Any

from .dialect import Dialect
from .errors import MalformedBody, Rejected
from .exchange import Request
from .kit.jmes import InvalidType, InvalidValue
from .kit.spelling import as_given
from .kit.trace import Trace, lead_back, smallest, sources
from .loss import Loss, Rule
from .places import At, text
from .templates import read_path

__all__ = [
    "attempt",
    "contexts",
    "fresh",
    "from_url",
    "home",
    "led_back",
    "no_model",
    "settings_for",
    "told",
    "told_of_body",
]


def attempt(unit: Callable[..., Any], *args: Any) -> tuple[Any, MalformedBody | Rejected | None]:
    """What a unit gives, or the typed error that it raised; whoever raises that again is not inside an `except`."""
    try:
        return unit(*args), None
    except (MalformedBody, Rejected) as exc:
        return None, exc
    except InvalidType as exc:  # a value that an expression of the spec could do nothing with
        return None, MalformedBody((), exc.expected, exc.found)
    except InvalidValue as exc:
        return None, MalformedBody((), "a value that can be used here", exc.reason)
    except RecursionError:
        pass
    return None, MalformedBody((), "nesting that can be followed", "more levels than the interpreter can go")


def fresh(fault: MalformedBody | Rejected, at: At) -> MalformedBody:
    """The same fault at another place, with nothing hanging on it but the way it came."""
    if isinstance(fault, Rejected):  # specs reject requests; in an answer this can only mean that the answer is wrong
        found = MalformedBody(at, "something that can be translated", fault.message)
    else:
        found = MalformedBody(at, fault.expected, fault.found)
    return found.with_traceback(fault.__traceback__)


def told(losses: list[tuple[Rule, At]], body: Any = None) -> list[Loss]:
    """Losses with their places as text, spelt as in the body; the same one twice, by whatever rule, is told once."""
    out: dict[tuple[str, ...], Loss] = {}
    for rule, at in losses:
        loss = Loss(text(as_given(at, body)), *rule)
        out.setdefault(loss[:4], loss)
    return list(out.values())


def told_of_body(losses: list[tuple[Rule, At]]) -> list[Loss]:
    """Losses of a failure, whose rules see status, body and headers: by their places in the body."""
    return [loss._replace(path=loss.path.removeprefix("body").removeprefix(".")) for loss in told(losses)]


def home(at: At, hub: Any, trace: Trace) -> At:
    """Where in the caller's body this place of the hub body comes from, or the nearest place that is known."""
    source, nearest = lead_back(at, hub, trace)
    return nearest if source is None else source


def led_back(losses: list[tuple[Rule, At]], hub: Any, trace: Trace, body: Any = None) -> list[Loss]:
    """A second request step's losses; what the first step had added by itself is not the caller's and left out."""
    out = [
        (rule, source)
        for rule, at in losses
        for part in smallest(at, hub, trace)
        for source in sources(part, hub, trace)[0]
    ]
    return told(out, body)


def no_model() -> Rejected:
    """For a request whose model stands in a URL, the client's or the upstream's, and nobody has said which it is."""
    return Rejected(((), "model"), "the model must be said")


def contexts(sent: Request | None, headers: Mapping[str, str]) -> tuple[str, dict[str, Any], dict[str, Any]]:
    """The model, and the request's context for the provider's and the client's units of the answer."""
    if sent is None:
        return "", {"headers": headers}, {}
    return sent.model, {**sent._context, "headers": headers}, dict(sent._client_context)


def settings_for(side: Dialect, told: Mapping[str, Any]) -> dict[str, Any]:
    """All settings of a dialect: as told, else their defaults."""
    return {name: told.get(name, setting.default) for name, setting in side.settings.items()}


def from_url(client: Dialect, path: str, model: str | None, stream: bool | None) -> tuple[str | None, bool | None]:
    """What the client's URL says about model and stream; what was said directly goes before it."""
    for templates, streamed in (
        (client.client_stream_paths, True),
        (client.client_paths, False if client.client_stream_paths else None),
    ):
        for template in templates:
            values = read_path(template, path)
            if values is not None:
                return model or values.get("model"), streamed if stream is None else stream
    return model, stream
