"""What a generated provider package hands to the runtime: facts about an endpoint as data, and units as functions.

The units of one dialect (W = this dialect's wire format, H = the hub format):

    facts(model, settings) -> mapping (or object) of facts by name; may be shared between calls
    request_to_wire(body, call) -> W            request_to_hub(body, call) -> H
    response_to_hub(body, call) -> H            response_to_wire(body, call) -> W
    StreamToHub(call)                           StreamToWire(call)
    error_to_hub(status, body, headers, call)   error_to_wire(status, body, headers, call)
                                                both -> (status, body, headers)

- Bodies are JSON values of any kind (in the error units also a text that is no JSON); units check what they enter and
  raise `malformed(…)` or, in requests, `refused(…)`. They never change a body that they are given.
- Error units get the other side's headers in lower case, and give back only the headers that they make themselves;
  which headers travel otherwise is `response_headers`' business.
- Stream units count the events they are fed, from 0, for places `((), "events", n)`. They translate an error event of
  their source into one of their target. What they give are bare pairs of data and name. `close()` means that the
  source has ended: it gives the closing events, or the error event when the grammar of the source is not complete.
  `finished` says that the end, good or bad, was seen; after it nothing more comes out. `failed`: it was a bad one.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple, Protocol

from .kit.call import Call

__all__ = ["HUB", "Auth", "Dialect", "Envelope", "Event", "Named", "Setting", "StreamUnit"]

HUB = "openai"  # the one slug that the engine knows

BodyUnit = Callable[[Any, Call], Any]
ErrorUnit = Callable[[int, Any, Mapping[str, str], Call], tuple[int, Any, Mapping[str, str]]]


class Event(NamedTuple):
    """One event of a stream: its JSON and, where the framing has such a thing, its name."""

    data: Any
    event: str | None = None


Named = tuple[Any, str | None]
"""The same as units give it, bare: not each of them comes to a caller as an event, and a pair is made in less time."""


class StreamUnit(Protocol):
    """One direction of one stream."""

    finished: bool
    failed: bool

    def feed(self, data: Any, event: str | None = None) -> Sequence[Named]: ...

    def close(self) -> Sequence[Named]: ...


class Setting(NamedTuple):
    """Something that the user says once for an upstream: an API version, a project, a region.

    `default` None: there is no default, and what needs the setting stays unfilled. `values` None: any text will do.
    `env`: variables that a transport reads when the setting is not given.
    """

    default: str | None = None
    values: tuple[str, ...] | None = None
    env: tuple[str, ...] = ()


class Auth(NamedTuple):
    """How an upstream learns who asks.

    A key: kind `bearer`, `header` (the header `name`) or `query` (the parameter `name`). Credentials that are found on
    the machine: `sigv4` (AWS signatures for the service `name`; setting `region`) or `google` (application default
    credentials of the scope `name`; they bring the setting `project`). `optional`: where none are there, requests go
    without, as a server takes them that runs on somebody's own machine.
    """

    kind: str
    name: str = ""
    optional: bool = False


class Envelope(NamedTuple):
    """A frame with this event name is JSON whose member `field` holds the event's own bytes in base64."""

    event: str
    field: str


def no_facts(model: str, settings: Mapping[str, Any]) -> Any:
    return {}


class Dialect:
    """One dialect. Immutable by convention; everything beyond `slug` has a default.

    Templates hold `{model}` and names of settings; header templates also names of the request context, and a header
    whose names are not all known is left out. In paths, values are percent-encoded.

    - `path`, `stream_path`: below `base_url`, with query; `stream_path` None: the body says whether to stream.
    - `paths`: the other endpoints (`embeddings`, `models`, `count_tokens`).
    - `hosts`: base URLs of other endpoints that stand elsewhere, by endpoint.
    - `client_paths`, `client_stream_paths`: what a client of this dialect asks for, matched against the end of its
      path; where there are stream paths, they say that a stream is wanted, and the others that none is. Default: the
      upstream's own.
    - `headers`: name → template. What a client of this dialect sends under such a name replaces it, and the setting.
    - `forward_headers`: a client's headers that go on unchanged to an upstream of the same dialect.
    - `response_headers`: upstream's header → hub client's header. For a client of this dialect it is read backwards.
    - `auth`: the first one whose key or credentials are there is used for sending, all keys are understood from
      clients. Empty: no key.
    - `base_urls`: other base URLs, each where a setting has a value: `({setting: value}, url)`.
    - `framing`: how the events of an upstream's stream are laid on the wire, and those for a client. `client_framings`:
      what a client's URL asks for by its query, `(framing, query)`, the first that fits; an upstream whose content type
      is that of one of them is read so. `envelope`: what events stand in within the framing.
    - `event_names`: whether events carry names in the framing. `event_field`: they stand there alone, and rules see the
      name as this field. `terminator`: the data of the last SSE event, which is no JSON.
    - `fact_values`: of facts that are one of a few words, or a list of such, these words.
    - `stream_default`: whether a body that does not say so asks for a stream.
    - `more`: units of other endpoints by name: `embeddings_request_to_wire`, `embeddings_response_to_hub`,
      `models_response_to_hub`, `count_tokens_request_to_wire`, `count_tokens_response_to_hub`, and the same the other
      way for clients. `after`: endpoints whose unit of requests goes on from what `request_to_wire` has made.
    """

    def __init__(
        self,
        slug: str,
        *,
        title: str = "",
        method: str = "POST",
        base_url: str = "",
        base_urls: tuple[tuple[Mapping[str, str], str], ...] = (),
        path: str = "",
        stream_path: str | None = None,
        paths: Mapping[str, str] | None = None,
        hosts: Mapping[str, str] | None = None,
        client_paths: tuple[str, ...] | None = None,
        client_stream_paths: tuple[str, ...] | None = None,
        headers: Mapping[str, str] | None = None,
        forward_headers: tuple[str, ...] = (),
        response_headers: Mapping[str, str] | None = None,
        auth: tuple[Auth, ...] = (),
        key_env: tuple[str, ...] = (),
        base_url_env: tuple[str, ...] = (),
        settings: Mapping[str, Setting] | None = None,
        framing: str = "sse",
        client_framings: tuple[tuple[str, Mapping[str, str]], ...] = (),
        envelope: Envelope | None = None,
        event_names: bool = False,
        event_field: str | None = None,
        terminator: str | None = None,
        stream_default: bool = False,
        facts: Callable[[str, Mapping[str, Any]], Any] = no_facts,
        fact_values: Mapping[str, tuple[str, ...]] | None = None,
        request_to_wire: BodyUnit | None = None,
        request_to_hub: BodyUnit | None = None,
        response_to_hub: BodyUnit | None = None,
        response_to_wire: BodyUnit | None = None,
        stream_to_hub: Callable[[Call], StreamUnit] | None = None,
        stream_to_wire: Callable[[Call], StreamUnit] | None = None,
        error_to_hub: ErrorUnit | None = None,
        error_to_wire: ErrorUnit | None = None,
        more: Mapping[str, BodyUnit] | None = None,
        after: tuple[str, ...] = (),
    ) -> None:
        self.slug = slug
        self.title = title or slug
        self.method = method
        self.base_url = base_url
        self.base_urls = base_urls
        self.path = path
        self.stream_path = stream_path
        self.paths: Mapping[str, str] = paths or {}
        self.hosts: Mapping[str, str] = hosts or {}
        self.client_paths = ((path,) if path else ()) if client_paths is None else client_paths
        if client_stream_paths is None:
            client_stream_paths = () if stream_path is None else (stream_path,)
        self.client_stream_paths = client_stream_paths
        self.headers: Mapping[str, str] = headers or {}
        self.forward_headers = forward_headers
        self.response_headers: Mapping[str, str] = response_headers or {}
        self.auth = auth
        self.key_env = key_env
        self.base_url_env = base_url_env
        self.settings: Mapping[str, Setting] = settings or {}
        self.framing = framing
        self.client_framings = client_framings
        self.envelope = envelope
        self.event_names = event_names
        self.event_field = event_field
        self.terminator = terminator
        self.stream_default = stream_default
        self.facts = facts
        self.fact_values: Mapping[str, tuple[str, ...]] = fact_values or {}
        self.request_to_wire = request_to_wire
        self.request_to_hub = request_to_hub
        self.response_to_hub = response_to_hub
        self.response_to_wire = response_to_wire
        self.stream_to_hub = stream_to_hub
        self.stream_to_wire = stream_to_wire
        self.error_to_hub = error_to_hub
        self.error_to_wire = error_to_wire
        self.more: Mapping[str, BodyUnit] = more or {}
        self.after = after

    def __repr__(self) -> str:
        return f"<Dialect {self.slug}>"

    @property
    def model_in_path(self) -> bool:
        return "{model}" in self.path
