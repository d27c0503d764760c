"""Two dialects of nobody's, written by hand the way generated code is, and a plain hub provider.

TOY: a body names its model; events carry names; an answer ends with `end`.

    {model, turns: [{who, say}], max, stream}  ->  {id, text, why, used: {in, out}}
    begin {id} · piece {say} · end {why, used} · oops {what}

PATHY: the same bodies, but model and streaming are said in the path, and settings and context in headers.
"""

from collections.abc import Mapping
from typing import Any

from dragoman.dialect import Auth, Dialect, Event, Setting
from dragoman.kit import Call, Rule, malformed, refused
from dragoman.kit.functions import data_uri

SEED = Rule("dropped", "tuning", "there is no seed here", "specs/toy.yaml:1")
NAME = Rule("dropped", "cosmetic", "speakers have no names", "specs/toy.yaml:2")
UNKNOWN = Rule("dropped", "contract", "not in the schema", "specs/toy.yaml:3")
MOOD = Rule("dropped", "tuning", "the hub has no mood", "specs/toy.yaml:4")
PADDING = Rule("dropped", "cosmetic", "padding", "specs/toy.yaml:5")
DEFAULT = Rule("defaulted", "tuning", "a limit is needed", "specs/toy.yaml:6")

WHY: dict[Any, str] = {"done": "stop", "full": "length"}
YHW: dict[Any, str] = {"stop": "done", "length": "full"}


class Facts:
    __slots__ = ("limit", "loud", "tones", "voice")

    def __init__(self, limit: int = 100, loud: bool = False) -> None:
        self.limit = limit
        self.loud = loud
        self.voice = "soft"
        self.tones = ["low"]


def facts(model: str, settings: Mapping[str, Any]) -> Facts:
    return Facts(10) if model.startswith("small") else Facts()


def request_to_wire(body: Any, call: Call) -> Any:
    if type(body) is not dict:
        raise malformed((), "an object", body)
    if type(body.get("messages")) is not list:
        raise malformed(((), "messages"), "an array", body.get("messages"))
    turns = []
    for i, message in enumerate(body["messages"]):
        if type(message) is not dict:
            raise malformed(((), "messages", i), "an object", message)
        if message.get("role") == "function":
            raise refused(((), "messages", i, "role"), "functions cannot speak here", UNKNOWN, "unsupported_value")
        if message.get("role") == "picture":
            picture = data_uri(message.get("content")) or call.media(message.get("content"))
            if picture is None:
                raise refused(((), "messages", i, "content"), "a picture must be sent along", UNKNOWN)
            message = {"role": "picture", "content": picture["media_type"]}
        call.leftovers(message, {"role", "content"}, {"name": NAME, "*": UNKNOWN}, ((), "messages", i))
        turns.append({"who": message.get("role"), "say": message.get("content")})
    quiet = {"model", "messages", "max_tokens", "stream", "stream_options"}
    call.leftovers(body, quiet, {"seed": SEED, "*": UNKNOWN}, ())
    limit = body.get("max_tokens")
    if limit is None:
        limit = call.facts.limit
        call.lose(DEFAULT, ((), "max_tokens"))
    call.request["usage"] = (body.get("stream_options") or {}).get("include_usage")
    call.request["mood"] = ["calm", "kind"]
    out = {"model": body.get("model"), "turns": turns, "max": limit}
    return {**out, "stream": True} if body.get("stream") else out


def request_to_hub(body: Any, call: Call) -> Any:
    if type(body.get("turns")) is not list:
        raise malformed(((), "turns"), "an array", body.get("turns"))
    messages = []
    for i, turn in enumerate(body["turns"]):
        if type(turn) is not dict:
            raise malformed(((), "turns", i), "an object", turn)
        message = {"role": turn.get("who"), "content": turn.get("say")}
        if "nick" in turn:
            message["name"] = turn["nick"]
        if call.trace is not None:
            call.trace[id(message)] = (((), "turns", i), MESSAGE, message)
        messages.append(message)
    call.leftovers(body, {"model", "turns", "max", "stream", "dice"}, {"mood": MOOD, "*": UNKNOWN}, ())
    out: dict[str, Any] = {"messages": messages, "n": 1}
    for theirs, ours in (("model", "model"), ("max", "max_tokens"), ("stream", "stream"), ("dice", "seed")):
        if theirs in body:
            out[ours] = body[theirs]
    if call.trace is not None:
        call.trace[id(out)] = ((), REQUEST, out)
    return out


MESSAGE = {"role": (("who",), False), "content": (("say",), True), "name": (("nick",), True)}
REQUEST = {"messages": (("turns",), False), "max_tokens": (("max",), True), "seed": (("dice",), True)}


def response_to_hub(body: Any, call: Call) -> Any:
    if type(body) is not dict:
        raise malformed((), "an object", body)
    if type(body.get("text")) is not str:
        raise malformed(((), "text"), "a string", body.get("text"))
    call.leftovers(body, {"id", "text", "why", "used"}, {"*": UNKNOWN}, ())
    message = {"role": "assistant", "content": body["text"]}
    choice = {"index": 0, "message": message, "finish_reason": WHY.get(body.get("why"), "stop")}
    out = {
        "id": body.get("id"),
        "object": "chat.completion",
        "created": call.now(),
        "model": call.request.get("model"),
        "choices": [choice],
    }
    if call.trace is not None:
        call.trace[id(message)] = ((), {"content": (("text",), True)}, message)
    return out


def response_to_wire(body: Any, call: Call) -> Any:
    choice = body["choices"][0]
    if choice["message"].get("content") == "unsayable":
        raise malformed(((), "choices", 0, "message", "content"), "something sayable", "unsayable")
    if "refusal" in choice["message"]:
        call.lose(UNKNOWN, ((), "choices", 0, "message", "refusal"))
    if choice["message"].get("content") == "long":
        call.lose(UNKNOWN, ((), "choices", 0, "message", "content"))
    return {"id": body["id"], "text": choice["message"]["content"], "why": YHW[choice["finish_reason"]]}


def error_to_hub(status: int, body: Any, headers: Mapping[str, str], call: Call) -> Any:
    what = body.get("what") if type(body) is dict else body if type(body) is str else None
    kind = "rate_limit_error" if status == 429 else "server_error" if status >= 500 else "invalid_request_error"
    error = {"error": {"message": what or "unknown", "type": kind, "param": None, "code": None}}
    made = {"retry-after": "9"} if type(body) is dict and body.get("wait") else {}
    return (503 if status == 599 else status), error, made


def error_to_wire(status: int, body: Any, headers: Mapping[str, str], call: Call) -> Any:
    return status, {"what": body["error"]["message"], "where": body["error"]["param"]}, {}


class StreamToHub:
    def __init__(self, call: Call) -> None:
        self.call = call
        self.finished = False
        self.n = -1
        self.id = ""

    def chunk(self, delta: Any, finish: Any = None) -> Event:
        choice = {"index": 0, "delta": delta, "finish_reason": finish}
        return Event(
            {
                "id": self.id,
                "object": "chat.completion.chunk",
                "created": self.call.now(),
                "model": self.call.request.get("model"),
                "choices": [choice],
            }
        )

    def feed(self, data: Any, event: str | None = None) -> list[Event]:
        self.n += 1
        if self.finished:
            return []
        at = ((), "events", self.n)
        if type(data) is not dict:
            raise malformed(at, "an object", data)
        if "pad" in data:
            self.call.lose(PADDING, (at, "pad"))
        match event or data.get("type"):
            case "begin":
                self.id = data.get("id", "")
                return [self.chunk({"role": "assistant", "content": ""})]
            case "piece":
                if type(data.get("say")) is not str:
                    raise malformed((at, "say"), "a string", data.get("say"))
                made = self.chunk({"content": data["say"]})
                if self.call.trace is not None:
                    delta = made.data["choices"][0]["delta"]
                    self.call.trace[id(delta)] = (at, {"content": (("say",), True)}, delta)
                return [made]
            case "end":
                self.finished = True
                out = [self.chunk({}, WHY.get(data.get("why"), "stop"))]
                if self.call.request.get("usage"):
                    out.append(Event({**self.chunk({}).data, "choices": [], "usage": data.get("used")}))
                return out
            case "oops":
                self.finished = True
                return [Event(error_to_hub(500, data, {}, self.call)[1])]
        return []

    def close(self) -> list[Event]:
        if self.finished:
            return []
        self.finished = True
        error = {"message": "the stream ended early", "type": "server_error", "param": None, "code": "cut"}
        return [Event({"error": error})]


class StreamToWire:
    def __init__(self, call: Call) -> None:
        self.call = call
        self.finished = self.failed = False
        self.n = -1
        self.why = ""

    def feed(self, data: Any, event: str | None = None) -> list[Event]:
        self.n += 1
        if self.finished:
            return []
        if data.get("error"):
            self.finished = self.failed = True
            return [Event({"type": "oops", "what": data["error"]["message"]}, "oops")]
        out = []
        for choice in data["choices"]:
            delta = choice["delta"]
            if delta.get("role"):
                out.append(Event({"type": "begin", "id": data["id"]}, "begin"))
            if delta.get("content") == "unsayable":
                self.finished = self.failed = True
                return [*out, Event({"type": "oops", "what": "it cannot be said"}, "oops")]
            if delta.get("content"):
                if delta["content"] == "long":
                    self.call.lose(UNKNOWN, ((), "events", self.n, "choices", 0, "delta", "content"))
                out.append(Event({"type": "piece", "say": delta["content"]}, "piece"))
            if choice["finish_reason"]:
                self.why = YHW[choice["finish_reason"]]
        return out

    def close(self) -> list[Event]:
        if self.finished:
            return []
        self.finished = True
        if not self.why:
            self.failed = True
            return [Event({"type": "oops", "what": "no finish reason came"}, "oops")]
        return [Event({"type": "end", "why": self.why}, "end")]


UNITS: dict[str, Any] = {
    "facts": facts,
    "request_to_wire": request_to_wire,
    "request_to_hub": request_to_hub,
    "response_to_hub": response_to_hub,
    "response_to_wire": response_to_wire,
    "stream_to_hub": StreamToHub,
    "stream_to_wire": StreamToWire,
    "error_to_hub": error_to_hub,
    "error_to_wire": error_to_wire,
}

TOY = Dialect(
    "toy",
    fact_values={"voice": ("soft", "harsh"), "tones": ("low", "high")},
    base_url="https://toy.test/api",
    path="/talk",
    client_paths=("/talk",),
    headers={"toy-version": "{version}", "toy-mood": "{mood}", "toy-region": "{region}"},
    forward_headers=("toy-beta",),
    response_headers={"toy-id": "x-request-id", "toy-left": "x-ratelimit-remaining-requests"},
    auth=(Auth("header", "toy-key"), Auth("bearer")),
    key_env=("TOY_API_KEY",),
    base_url_env=("TOY_BASE_URL",),
    settings={"version": Setting("1", ("1", "2")), "region": Setting()},
    event_names=True,
    **UNITS,
)

PATHY = Dialect(
    "pathy",
    base_url="https://{region}.pathy.test",
    path="/v7/models/{model}:talk",
    stream_path="/v7/models/{model}:stream?alt=sse",
    client_paths=("/models/{model}:talk",),
    client_stream_paths=("/models/{model}:stream",),
    settings={"region": Setting(None, None, ("PATHY_REGION",))},
    auth=(Auth("query", "key"),),
    **UNITS,
)


class HubToHub(StreamToHub):
    """A chunk passes; every choice that started must finish."""

    def __init__(self, call: Call) -> None:
        super().__init__(call)
        self.open: dict[int, bool] = {}

    def feed(self, data: Any, event: str | None = None) -> list[Event]:
        self.n += 1
        if self.finished:
            return []
        if type(data) is not dict:
            raise malformed(((), "events", self.n), "an object", data)
        if data.get("error"):
            self.finished = True
            return [Event({"error": data["error"]})]
        for choice in data.get("choices") or []:
            self.open[choice.get("index", 0)] = not choice.get("finish_reason") and self.open.get(
                choice.get("index", 0), True
            )
        return [Event(data)]

    def close(self) -> list[Event]:
        self.finished = self.finished or (bool(self.open) and not any(self.open.values()))
        return super().close()


def hub_request(body: Any, call: Call) -> Any:
    if "reasoning_details" not in body:
        return body
    call.lose(UNKNOWN, ((), "reasoning_details"))
    return {k: v for k, v in body.items() if k != "reasoning_details"}


def hub_error(status: int, body: Any, headers: Mapping[str, str], call: Call) -> Any:
    if type(body) is not dict or type(body.get("error")) is not dict:
        raise malformed(((), "error"), "an object", body)
    return status, body, {}


PLAIN = Dialect(
    "openai",
    base_url="https://hub.test/v1",
    path="/chat/completions",
    paths={"embeddings": "/embeddings"},
    auth=(Auth("bearer"),),
    key_env=("PLAIN_API_KEY",),
    terminator="[DONE]",
    request_to_wire=hub_request,
    response_to_hub=lambda body, call: body,
    stream_to_hub=HubToHub,
    error_to_hub=hub_error,
    more={
        "embeddings_request_to_wire": lambda body, call: body,
        "embeddings_response_to_hub": lambda body, call: body,
    },
)
