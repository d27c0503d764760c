"""One streamed answer: upstream events or bytes in, the client's events or bytes out, as soon as they can be known.

- The upstream's own grammar decides what is complete. What ends early, or cannot be read, ends with an error event in
  the client's dialect; the terminator of the client's framing follows it, so that clients stop reading.
- Where client and upstream speak the same dialect, events pass as they are, and the dialect's own unit runs beside
  them as the judge of completeness.
- `feed` raises `MalformedBody` for an event that cannot be read; `feed_bytes` and `close` tell the client instead.
"""

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import TYPE_CHECKING, Any

from .dialect import HUB, Event, Named
from .errors import MalformedBody
from .exchange import Request
from .framing import Decoder, Frame, decoder
from .headers import back_to_client
from .json_codec import NotJSON, dumps, loads
from .kit.trace import Trace
from .loss import Loss
from .places import At, join, keys_of
from .steps import attempt, contexts, fresh, home, told
from .trouble import as_json, hub_error, in_client, in_hub
from .wires import Writer, named_inside, named_outside, opened, sent_in

if TYPE_CHECKING:
    from .translation import Translator

__all__ = ["Stream"]


class Stream:
    """Made by `Translator.stream`. Serves one answer and one thread; `losses` grows while it is fed."""

    def __init__(self, translator: "Translator", sent: Request | None, headers: Mapping[str, str]) -> None:
        self._provider = provider = translator.provider
        self._client = client = translator.client
        self._untouched = translator.untouched
        model, context, client_context = contexts(sent, headers)
        self._trace: Trace = {}
        self._call = translator.call(provider, model, context, self._trace if client.slug != HUB else None)
        self._client_call = translator.call(client, model, client_context)
        self._to_hub = self._to_wire = None
        if not (self._untouched and provider.stream_to_hub is None):
            self._to_hub = translator.unit(provider, "stream_to_hub")(self._call)
        if client.slug != HUB:
            self._to_wire = translator.unit(client, "stream_to_wire")(self._client_call)
        self._fed = 0  # upstream events
        self._over = False  # nothing more is taken
        self._fault: MalformedBody | None = None  # raised, but not yet told to the client
        self._closed = False
        self._upstream_headers = headers
        self._decoder: Decoder | None = None
        self._encoder: Writer | None = None
        self._framing = client.framing if sent is None or sent._framing is None else sent._framing
        self.ended = False  # the client's bytes are complete
        self.failed = False  # the client was told of an error
        self.headers = back_to_client(provider, client, headers)
        self.losses: list[Loss] = []

    @property
    def content_type(self) -> str:
        return self._writer().content_type

    # ------------------------------------------------------------------ events

    def feed(self, data: Any, event: str | None = None) -> list[Event]:
        """One upstream event. After the end, or an error event, nothing comes out any more."""
        out: list[Named] = []
        if not self._over:
            self._take(data, event, out)
        return _events(out)

    def close(self) -> list[Event]:
        """The upstream has ended. Never raises; a second time it gives nothing."""
        if self._closed:
            return []
        return _events(self._ended())

    def _ended(self) -> list[Named]:
        self._closed = True
        out: list[Named] = []
        if not self._over:
            try:
                self._finish(out)
            except MalformedBody as exc:
                self._fault = exc
        self._over = True
        if self._fault is not None:
            out += self._tell(hub_error(str(self._fault), "server_error", code="malformed_upstream_body"))
        return out

    def _take(self, data: Any, event: str | None, out: list[Named]) -> None:
        place: At = ((), "events", self._fed)
        self._fed += 1
        self._trace.clear()
        made: Sequence[Named] = ()
        fault = None
        if self._to_hub is not None:
            provider = self._provider
            seen = data if provider.event_field is None else named_inside(provider, data, event)
            made, fault = attempt(self._to_hub.feed, seen, event)
        if self._untouched:
            out.append((data, event))
            self._call.losses.clear()
            self._over = self.failed = fault is None and any(_is_error(one) for one, _ in made)
            return
        self._count_losses()
        if fault is not None:
            self._fail(fresh(fault, fault.at or place))
        self._pass_on(made, place, out)

    def _finish(self, out: list[Named]) -> None:
        place: At = ((), "events", max(self._fed - 1, 0))
        self._trace.clear()
        made: Sequence[Named] = ()
        fault = None
        if self._to_hub is not None:
            made, fault = attempt(self._to_hub.close)
        if self._untouched:
            for data, _ in made:
                if _is_error(data):
                    out += self._tell(data)
                    break
            return
        self._count_losses()
        if fault is not None:
            self._fail(fresh(fault, fault.at or place))
        self._pass_on(made, place, out)
        if self._to_wire is not None and not self._over:
            made, fault = attempt(self._to_wire.close)
            self._count_client_losses({}, place)
            if fault is not None:
                self._fail(fresh(fault, place))
            out += self._for_client(made)
            self.failed = self._to_wire.failed

    def _pass_on(self, events: Sequence[Named], place: At, out: list[Named]) -> None:
        """Hub events to the client."""
        for one in events:
            data, name = one
            if self._to_wire is None:
                out.append(one)
            else:
                made, fault = attempt(self._to_wire.feed, data, name)
                self._count_client_losses(data, place)
                if fault is not None:
                    self._fail(fresh(fault, self._home(fault.at, data, place)))
                out += self._for_client(made)
            if _is_error(data) or (self._to_wire is not None and self._to_wire.failed):
                self._over = self.failed = True
                return

    def _for_client(self, made: Sequence[Named]) -> Sequence[Named]:
        client = self._client
        return made if client.event_field is None else [named_outside(client, one) for one in made]

    def _fail(self, fault: MalformedBody) -> None:
        self._over = True
        self._fault = fault
        raise fault

    def _count_losses(self) -> None:
        if self._call.losses:
            self.losses += told(self._call.losses)
            self._call.losses.clear()

    def _count_client_losses(self, data: Any, place: At) -> None:
        if self._client_call.losses:
            self.losses += told([(rule, self._home(at, data, place)) for rule, at in self._client_call.losses])
            self._client_call.losses.clear()

    def _home(self, at: At, data: Any, place: At) -> At:
        """The place in the upstream's events for one in the hub's, `events[M].…`; at the worst the upstream's event."""
        keys = keys_of(at)
        if len(keys) >= 2 and keys[0] == "events" and isinstance(keys[1], int):
            keys = keys[2:]
        return home(join(keys), data, self._trace) or place

    def _tell(self, error: Any) -> Sequence[Named]:
        """A failure as the client's own error event."""
        self.failed = True
        if self._to_wire is None:
            return [(error, None)]
        made, fault = attempt(self._to_wire.feed, error, None)
        self._client_call.losses.clear()
        if fault is None and made:
            return self._for_client(made)
        _, body, _ = in_client(self._client, 500, error, {}, self._client_call)
        return [(body, "error" if self._client.event_names else None)]

    # ------------------------------------------------------------------ bytes

    def feed_bytes(self, chunk: bytes) -> bytes:
        """Upstream bytes, however they are cut; gives the client's."""
        out: list[bytes] = []
        if not self.ended:
            self._frames(self._reader().feed(chunk), out)
        return b"".join(out)

    def close_bytes(self) -> bytes:
        """The upstream has ended."""
        out: list[bytes] = []
        if not self.ended:
            self._frames(self._reader().close(), out)
            self._end(out)
        return b"".join(out)

    def _frames(self, frames: list[Frame], out: list[bytes]) -> None:
        for frame in frames:
            if self.ended:
                return
            self._frame(frame, out)

    def _frame(self, frame: Frame, out: list[bytes]) -> None:
        if self._provider.terminator is not None and frame.text.strip() == self._provider.terminator:
            self._end(out)
            return
        if frame.kind == "bare":
            self._bare(frame.text, out)
            return
        frame = opened(self._provider, frame)
        reason = expected = ""
        try:
            if frame.kind == "broken":
                expected, reason = "a frame that can be read", frame.text
            else:
                data = loads(frame.text)
        except NotJSON as exc:
            expected, reason = "JSON", f"text that is none ({exc})"
        events: list[Named] = []
        if reason:
            if frame.kind == "cut":
                return  # the rest never came: the grammar will say that something is missing
            if not self._over:
                self._fault = MalformedBody(((), "events", self._fed), expected, reason)
            self._over = True
        else:
            try:
                if not self._over:
                    self._take(data, frame.event, events)
            except MalformedBody:
                pass  # kept as the fault
        try:
            if self._untouched and events:
                out.append(self._writer().text(_as_it_came(frame.text, data), frame.event))
            else:
                self._write(events, out)
        except NotJSON as exc:
            self._over = True
            self._fault = MalformedBody(((), "events", self._fed - 1), "something that can be written", str(exc))
        if self._over:
            self._end(out)

    def _bare(self, text: str, out: list[bytes]) -> None:
        """What stands there in place of a stream can only be a failure."""
        if not self._over:
            self._over = self._closed = True
            body = as_json(text)
            error = body[0] if isinstance(body, list) and body else body
            error = error.get("error") if isinstance(error, dict) else None
            code = error.get("code") if isinstance(error, dict) else None
            status = code if type(code) is int and 400 <= code <= 599 else 502
            _, body, _ = in_hub(self._provider, status, body, self._upstream_headers, self._call)
            self._write(self._tell(body), out)
        self._end(out)

    def _end(self, out: list[bytes]) -> None:
        if not self.ended:
            self.ended = True
            if not self._closed:
                self._write(self._ended(), out)
            out.append(self._writer().end())

    def _write(self, events: Sequence[Named], out: list[bytes]) -> None:
        for one in events:
            out.append(self._writer().event(one))

    def _reader(self) -> Decoder:
        if self._decoder is None:
            self._decoder = decoder(sent_in(self._provider, self._upstream_headers))
        return self._decoder

    def _writer(self) -> Writer:
        if self._encoder is None:
            self._encoder = Writer(self._client, self._framing)
        return self._encoder


_event: Callable[[Named], Event] = partial(tuple.__new__, Event)  # in less time than by its own constructor


def _events(made: list[Named]) -> list[Event]:
    return list(map(_event, made))


def _is_error(data: Any) -> bool:
    return isinstance(data, dict) and data.get("error") is not None


def _as_it_came(text: str, data: Any) -> bytes:
    try:
        return text.encode()
    except UnicodeEncodeError:  # a lone surrogate, which came as bytes that are no UTF-8
        pass
    return dumps(data)
