# ruff: noqa: N802  (a test is named after its row)
"""Rows I (usage), J (errors) and K (streams and their framing) of the bug catalogue, by the public API."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.catalogue.kit import (
    NOW,
    answer_of,
    chunk,
    chunks_of,
    deltas,
    events_of,
    folded,
    message,
    opened,
    sse,
    stream_bytes,
    translator,
)

WORDS = ({"type": "text", "text": ""}, [{"type": "text_delta", "text": piece} for piece in ("漢字", " und 🙂")])
COUNTED = {"input_tokens": 10, "cache_read_input_tokens": 100, "cache_creation_input_tokens": 20}
ASKS_USAGE = opened(stream=True, stream_options={"include_usage": True})


def pieces(data: bytes) -> list[bytes]:
    return [data[i : i + 1] for i in range(len(data))]


def error_of(found: list[tuple[str | None, Any]]) -> dict[str, Any]:
    """The error that a chat client reads at the end of its stream; nothing says that the answer was whole."""
    chunks = chunks_of(found)
    error = chunks[-1]["error"]
    assert [choice for c in chunks[:-1] for choice in c["choices"] if choice.get("finish_reason")] == []
    return dict(error)


# ------------------------------------------------------------------------------------------------- I: usage


def test_I1_cached_tokens_are_part_of_the_prompt_once() -> None:
    counts = {
        "prompt_tokens": 130,
        "completion_tokens": 15,
        "total_tokens": 145,
        "prompt_tokens_details": {"cached_tokens": 100, "cache_write_tokens": 20},
    }
    t = translator("anthropic")
    assert t.response(message(usage={**COUNTED, "output_tokens": 15})).body["usage"] == counts
    events = events_of(WORDS, usage=COUNTED)
    events[-2]["usage"] = {"output_tokens": 15}
    chunks = chunks_of(stream_bytes(t.stream(t.request(ASKS_USAGE)), sse(events, named=True)))
    assert chunks[-1]["usage"] == counts


def test_I5_one_chunk_of_usage_after_the_end_if_it_was_asked_for() -> None:
    t = translator("anthropic")
    data = sse(events_of(WORDS), named=True)
    asked = chunks_of(stream_bytes(t.stream(t.request(ASKS_USAGE)), data))
    assert [bool(c.get("usage")) for c in asked] == [False] * (len(asked) - 1) + [True]
    assert asked[-1]["choices"] == []
    assert asked[-2]["choices"][0]["finish_reason"] == "stop"
    unasked = chunks_of(stream_bytes(t.stream(t.request(opened(stream=True))), data))
    assert [c for c in unasked if "usage" in c or not c["choices"]] == []
    assert unasked[-1]["choices"][0]["finish_reason"] == "stop"


def test_I5_a_chat_upstreams_own_chunk_of_usage_goes_through_once() -> None:
    counts = {"prompt_tokens": 1, "completion_tokens": 2, "total_tokens": 3}
    data = sse(
        [chunk({"role": "assistant", "content": "x"}), chunk({}, "stop"), chunk(choices=[], usage=counts)], done=True
    )
    t = translator("openai")
    chunks = chunks_of(stream_bytes(t.stream(t.request(ASKS_USAGE)), data))
    assert [c["usage"] for c in chunks if c.get("usage")] == [counts]
    assert chunks[-1]["choices"] == []


def test_I7_counts_that_are_not_told_are_not_made_up() -> None:
    assert not translator("openai").response(answer_of({"content": "x"})).body.get("usage")
    t = translator("openai")
    data = sse([chunk({"role": "assistant", "content": "x"}), chunk({}, "stop")], done=True)
    assert [c for c in chunks_of(stream_bytes(t.stream(t.request(ASKS_USAGE)), data)) if c.get("usage")] == []


def test_I7_where_the_clients_format_demands_counts_it_is_told_that_none_are_known() -> None:
    back = translator("openai", client="anthropic").response(answer_of({"content": "x"}))
    assert back.body["usage"] == {"input_tokens": 0, "output_tokens": 0}
    assert [loss.action for loss in back.losses] == ["defaulted"]


def test_I8_a_messages_client_sees_what_the_cache_saved() -> None:
    counts = {
        "prompt_tokens": 130,
        "completion_tokens": 15,
        "total_tokens": 145,
        "prompt_tokens_details": {"cached_tokens": 100},
    }
    data = sse(
        [chunk({"role": "assistant", "content": "x"}), chunk({}, "stop"), chunk(choices=[], usage=counts)], done=True
    )
    found = stream_bytes(translator("openai", client="anthropic").stream(), data)
    (end,) = [data for name, data in found if name == "message_delta"]
    assert end["usage"]["input_tokens"] == 30
    assert end["usage"]["cache_read_input_tokens"] == 100
    assert end["usage"]["output_tokens"] == 15


def test_I10_a_first_chunk_without_choices_does_no_harm() -> None:
    first = chunk(choices=[], prompt_filter_results=[{"prompt_index": 0, "content_filter_results": {}}])
    data = sse([first, chunk({"role": "assistant", "content": "x"}), chunk({}, "stop")], done=True)
    chunks = chunks_of(stream_bytes(translator("openai").stream(), data))
    assert chunks[0]["choices"] == []
    assert folded(chunks) == {"content": "x", "tool_calls": [], "finish_reason": "stop"}
    found = stream_bytes(translator("openai", client="anthropic").stream(), data)
    assert [name for name, _ in found] == [
        *("message_start", "content_block_start", "content_block_delta", "content_block_stop"),
        *("message_delta", "message_stop"),
    ]


# ------------------------------------------------------------------------------------------------ J: errors


def test_J1_an_error_in_a_list_is_read() -> None:
    body = [{"error": {"message": "slow down", "code": 429}}]
    for slug in ("openai", "anthropic"):
        told = translator(slug).error(429, body)
        assert told.status == 429
        assert told.body["error"]["message"] == "slow down"


@pytest.mark.parametrize(("slug", "client"), [("anthropic", "openai"), ("openai", "anthropic"), ("openai", "openai")])
def test_J3_when_to_try_again_arrives_under_its_own_name(slug: str, client: str) -> None:
    told = translator(slug, client=client).error(429, {"error": {"message": "slow down"}}, {"Retry-After": "7"})
    assert told.status == 429
    assert told.headers["retry-after"] == "7"


def test_J4_an_overloaded_upstream_is_one_that_can_be_tried_again() -> None:
    body = {"type": "error", "error": {"type": "overloaded_error", "message": "Overloaded"}}
    told = translator("anthropic").error(529, body)
    assert told.status == 503
    assert (told.body["error"]["type"], told.body["error"]["message"]) == ("overloaded_error", "Overloaded")


def test_J6_an_error_between_chunks_is_an_error_for_the_client() -> None:
    failed = {"error": {"message": "the engine died", "type": "server_error", "code": 500}}
    data = sse([chunk({"role": "assistant", "content": "x"}), failed], done=True)
    assert error_of(stream_bytes(translator("openai").stream(), data))["message"] == "the engine died"
    alone = sse([failed], done=True)
    assert error_of(stream_bytes(translator("openai").stream(), alone))["message"] == "the engine died"
    found = stream_bytes(translator("openai", client="anthropic").stream(), data)
    assert found[-1][0] == "error"
    assert found[-1][1]["error"]["message"] == "the engine died"
    assert {"message_delta", "message_stop"} & {name for name, _ in found} == set()


def test_J9_an_error_after_text_ends_the_stream_and_the_text_is_kept() -> None:
    error = {"type": "error", "error": {"type": "overloaded_error", "message": "Overloaded"}}
    events = [*events_of(WORDS, whole=False), error]
    found = stream_bytes(translator("anthropic").stream(), sse(events, named=True))
    assert error_of(found)["type"] == "overloaded_error"
    assert folded(chunks_of(found)[:-1])["content"] == "漢字 und 🙂"


@pytest.mark.parametrize("fed", [1, 2])
def test_J10_a_messages_client_is_told_that_the_upstream_died(fed: int) -> None:
    chunks = [chunk({"role": "assistant", "content": ""}), chunk({"content": "So"})][:fed]
    found = stream_bytes(translator("openai", client="anthropic").stream(), sse(chunks))
    assert found[0][0] == "message_start"
    assert found[-1][0] == "error"
    assert found[-1][1]["type"] == "error"
    assert {"message_delta", "message_stop"} & {name for name, _ in found} == set()


@pytest.mark.parametrize(
    "text",
    [
        "prompt is too long: 208310 tokens > 200000 maximum",
        "input length and `max_tokens` exceed context limit: 199000 + 8192 > 200000, decrease input length",
    ],
)
def test_J11_a_full_context_is_known_by_its_words(text: str) -> None:
    body = {"type": "error", "error": {"type": "invalid_request_error", "message": text}}
    told = translator("anthropic").error(400, body)
    assert told.status == 400
    assert told.body["error"]["code"] == "context_length_exceeded"
    assert told.body["error"]["message"] == text


def test_J11_the_hubs_own_words_are_known_too() -> None:
    text = "This model's maximum context length is 8192 tokens. However, your messages resulted in 9000 tokens."
    for code in ("context_length_exceeded", None):
        body = {"error": {"message": text, "type": "invalid_request_error", "param": "messages", "code": code}}
        told = translator("openai").error(400, body)
        assert (told.status, told.body["error"]["code"]) == (400, "context_length_exceeded")
    inbound = translator("openai", client="anthropic").error(400, body)
    assert (inbound.status, inbound.body["error"]["type"]) == (400, "invalid_request_error")
    assert inbound.body["error"]["message"] == text


@pytest.mark.parametrize(("slug", "client"), [("anthropic", "openai"), ("openai", "openai"), ("openai", "anthropic")])
def test_J13_a_page_in_place_of_json_is_an_error_of_the_upstream(slug: str, client: str) -> None:
    page = "<html><body><h1>502 Bad Gateway</h1>" + "x" * 100_000 + "</body></html>"
    for body in (page, page.encode(), page.encode() + b"\xff"):
        told = translator(slug, client=client).error(502, body)
        assert told.status == 502
        assert "502 Bad Gateway" in told.body["error"]["message"]
        assert len(told.body["error"]["message"]) <= 4000


# ----------------------------------------------------------------------------------------------- K: framing


@pytest.mark.parametrize("client", ["openai", "anthropic"])
@pytest.mark.parametrize("slug", ["anthropic", "openai"])
def test_K1_however_the_bytes_are_cut_the_text_is_the_same(slug: str, client: str) -> None:
    if slug == "anthropic":
        data = sse(events_of(WORDS), named=True)
    else:
        said = [chunk({"role": "assistant", "content": ""}), chunk({"content": "漢字"}), chunk({"content": " und 🙂"})]
        data = sse([*said, chunk({}, "stop")], done=True)
    whole = stream_bytes(translator(slug, client=client).stream(), data)
    assert stream_bytes(translator(slug, client=client).stream(), pieces(data)) == whole
    for cut in range(len(data)):
        assert stream_bytes(translator(slug, client=client).stream(), [data[:cut], data[cut:]]) == whole
    text = "".join(
        delta.get("content") or "" for delta in deltas(d for _, d in whole if isinstance(d, dict))
    ) or "".join(d["delta"].get("text", "") for name, d in whole if name == "content_block_delta")
    assert text == "漢字 und 🙂"


def test_K2_comments_and_pings_say_nothing() -> None:
    plain = sse(events_of(WORDS), named=True)
    first, *others = plain.split(b"\n\n")
    ping = b'event: ping\ndata: {"type": "ping"}'
    noisy = b"\n\n".join([b": keep-alive", first, ping, b": keep-alive\n:", *others])
    t = translator("anthropic")
    assert stream_bytes(t.stream(), noisy) == stream_bytes(t.stream(), plain)
    said = sse([chunk({"role": "assistant", "content": "x"}), chunk({}, "stop")], done=True)
    t = translator("openai", client="anthropic")
    assert stream_bytes(t.stream(), b": OPENROUTER PROCESSING\n\n" + said) == stream_bytes(t.stream(), said)


@pytest.mark.parametrize("client", ["openai", "anthropic"])
@pytest.mark.parametrize("slug", ["anthropic", "openai"])
def test_K4_what_ends_before_its_end_is_an_error(slug: str, client: str) -> None:
    events: list[Any] = events_of(WORDS)
    if slug == "openai":
        events = [chunk({"role": "assistant", "content": "x"}), chunk({"content": "y"}), chunk({}, "stop")]
    whole = len(events) - (slug == "anthropic")  # message_stop, or the choice's finish_reason
    for fed in range(whole):
        data = sse(events[:fed], named=slug == "anthropic")
        stream = translator(slug, client=client).stream()
        found = stream_bytes(stream, data)
        assert stream.failed
        if client == "openai":
            error = chunks_of(found)[-1]["error"]
        else:
            assert found[-1][0] == "error"
            assert "message_stop" not in {name for name, _ in found}
            error = found[-1][1]["error"]
        assert error["message"]


def test_K6_the_first_delta_has_the_role_and_no_other_has() -> None:
    native = chunks_of(stream_bytes(translator("anthropic").stream(), sse(events_of(WORDS), named=True)))
    sparse = sse([chunk({"content": "x"}), chunk({"content": "y"}), chunk({}, "stop")], done=True)
    repeated = sse([chunk({"role": "assistant", "content": p}) for p in "xy"] + [chunk({}, "stop")], done=True)
    others = [chunks_of(stream_bytes(translator("openai").stream(), data)) for data in (sparse, repeated)]
    for chunks in (native, *others):
        assert [delta.get("role") for delta in deltas(chunks)] == ["assistant"] + [None] * (len(deltas(chunks)) - 1)


def test_K7_blocks_for_a_messages_client_follow_each_other() -> None:
    def part(index: int, **more: Any) -> dict[str, Any]:
        return chunk({"tool_calls": [{"index": index, **more}]})

    data = sse(
        [
            chunk({"role": "assistant", "content": ""}),
            chunk({"reasoning_content": "Hm."}),
            chunk({"reasoning_content": " Two."}),
            chunk({"content": "Both."}),
            part(0, id="c1", type="function", function={"name": "f", "arguments": ""}),
            part(0, function={"arguments": '{"x":1}'}),
            part(1, id="c2", type="function", function={"name": "g", "arguments": "{}"}),
            chunk({}, "tool_calls"),
        ],
        done=True,
    )
    out = translator("openai", client="anthropic").stream()
    found = stream_bytes(out, data)
    shape = [(data["type"], data["index"]) for name, data in found if str(name).startswith("content_block")]
    expected = []
    for index, count in enumerate((2, 1, 1, 1)):
        expected += [("content_block_start", index), *[("content_block_delta", index)] * count]
        expected.append(("content_block_stop", index))
    assert shape == expected
    assert all(name == data["type"] for name, data in found)
    message = accumulated(found)
    assert [block.type for block in message.content] == ["thinking", "text", "tool_use", "tool_use"]
    assert [block.input for block in message.content[2:]] == [{"x": 1}, {}]
    assert message.stop_reason == "tool_use"


def accumulated(found: list[tuple[str | None, Any]]) -> Any:
    """What the vendor's own SDK makes of the stream."""
    import anthropic
    import httpx2

    wire = "".join(f"event: {name}\ndata: {json.dumps(data)}\n\n" for name, data in found).encode()

    def answer(request: httpx2.Request) -> httpx2.Response:
        return httpx2.Response(200, headers={"content-type": "text/event-stream"}, content=wire)

    http = httpx2.Client(transport=httpx2.MockTransport(answer))
    client = anthropic.Anthropic(api_key="unused", http_client=http)
    said: Any = {"role": "user", "content": "Hello"}
    with client.messages.stream(model="claude-opus-5", max_tokens=9, messages=[said]) as stream:
        return stream.get_final_message()


def test_K11_sparse_chunks_are_put_right() -> None:
    sparse: list[dict[str, Any]] = [
        {"choices": [{"delta": {"role": "assistant", "content": "x", "tool_calls": None}}]},
        {"choices": [{"delta": None}]},
        {"choices": None},
        {"choices": [{"delta": None, "finish_reason": "stop"}]},
    ]
    data = sse([{"id": "1", "created": NOW, "model": "m", **c} for c in sparse], done=True)
    chunks = chunks_of(stream_bytes(translator("openai").stream(), data))
    assert folded(chunks) == {"content": "x", "tool_calls": [], "finish_reason": "stop"}
    for choice in (choice for c in chunks for choice in c["choices"]):
        assert choice["index"] == 0
        assert isinstance(choice["delta"], dict)
    found = stream_bytes(translator("openai", client="anthropic").stream(), data)
    assert [name for name, _ in found][-2:] == ["message_delta", "message_stop"]
    assert [d["delta"]["text"] for name, d in found if name == "content_block_delta"] == ["x"]
