# ruff: noqa: N802  (a test is named after its row)
"""Rows B (why it ended), C (roles), H (reasoning), O (server tools) and P (typed clients), by the public API."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.catalogue.kit import (
    MODEL,
    NOW,
    TOOL,
    USER,
    actions,
    answer_of,
    call,
    chunk,
    chunks_of,
    deltas,
    events_of,
    folded,
    lost,
    message,
    opened,
    refusal,
    sse,
    stream_bytes,
    translator,
)

TEXT = {"type": "text", "text": "So far."}
WORDS = ({"type": "text", "text": ""}, [{"type": "text_delta", "text": "So far."}])


def ended(stop_reason: str, **more: Any) -> list[tuple[dict[str, Any], Any]]:
    """The choice of an answer that ends so, and the folded choice of the stream that does; with the losses."""
    t = translator("anthropic")
    whole = t.response(message(TEXT, stop_reason=stop_reason, **more))
    stream = t.stream()
    said = folded(
        chunks_of(stream_bytes(stream, sse(events_of(WORDS, stop_reason=stop_reason, delta=more), named=True)))
    )
    choice = whole.body["choices"][0]
    return [
        ({"content": choice["message"]["content"], "finish_reason": choice["finish_reason"]}, whole.losses),
        ({"content": said["content"], "finish_reason": said["finish_reason"]}, stream.losses),
    ]


# ------------------------------------------------------------------------------------------ B: why it ended


def test_B6_a_refusal_is_a_content_filter_and_its_text_is_kept() -> None:
    for choice, losses in ended("refusal"):
        assert choice == {"content": "So far.", "finish_reason": "content_filter"}
        assert losses == []


def test_B8_a_full_context_is_length() -> None:
    for choice, _ in ended("model_context_window_exceeded"):
        assert choice["finish_reason"] == "length"


def test_B11_the_matched_sequence_comes_back() -> None:
    answer = message(TEXT, stop_reason="stop_sequence", stop_sequence="END")
    there = translator("anthropic").response(answer)
    assert there.body["choices"][0]["finish_reason"] == "stop"
    assert there.losses == []
    # What was folded into the hub's form tells a Messages client the same again.
    back = translator("openai", client="anthropic").response(there.body)
    assert (back.body["stop_reason"], back.body["stop_sequence"]) == ("stop_sequence", "END")


def test_B11_the_matched_sequence_of_a_stream_comes_back() -> None:
    data = sse(events_of(WORDS, stop_reason="stop_sequence", delta={"stop_sequence": "END"}), named=True)
    chunks = chunks_of(stream_bytes(translator("anthropic").stream(), data))
    assert folded(chunks)["finish_reason"] == "stop"
    found = stream_bytes(translator("openai", client="anthropic").stream(), sse(chunks, done=True))
    (end,) = [data["delta"] for name, data in found if name == "message_delta"]
    assert (end["stop_reason"], end["stop_sequence"]) == ("stop_sequence", "END")


def test_B15_an_unknown_reason_is_told_and_can_be_reached() -> None:
    t = translator("anthropic")
    whole = t.response(message(TEXT, stop_reason="sleepy"))
    choice = whole.body["choices"][0]
    assert choice["finish_reason"] == "stop"
    assert choice["message"]["extra_content"]["anthropic"]["stop_reason"] == "sleepy"
    assert ("stop_reason", "substituted") in lost(whole.losses)
    stream = t.stream()
    chunks = chunks_of(stream_bytes(stream, sse(events_of(WORDS, stop_reason="sleepy"), named=True)))
    assert folded(chunks)["finish_reason"] == "stop"
    assert deltas(chunks)[-1]["extra_content"]["anthropic"]["stop_reason"] == "sleepy"
    assert [loss.action for loss in stream.losses if loss.path.endswith("stop_reason")] == ["substituted"]


def test_B15_an_unknown_reason_of_the_hub_is_told_to_a_messages_client() -> None:
    t = translator("openai", client="anthropic")
    whole = t.response(answer_of({"content": "So far."}, "sleepy"))
    assert whole.body["stop_reason"] == "end_turn"
    assert ("choices[0].finish_reason", "substituted") in lost(whole.losses)
    choice = translator("openai").response(answer_of({"content": "x"}, "sleepy")).body["choices"][0]
    assert (choice["finish_reason"], choice["native_finish_reason"]) == ("stop", "sleepy")


def test_B16_calls_that_end_with_stop_end_with_tool_calls() -> None:
    t = translator("openai")
    whole = t.response(answer_of({"content": None, "tool_calls": [call("c1")]}, "stop"))
    assert whole.body["choices"][0]["finish_reason"] == "tool_calls"
    part = {"index": 0, **call("c1")}
    data = sse([chunk({"role": "assistant", "tool_calls": [part]}), chunk({}, "stop")], done=True)
    assert folded(chunks_of(stream_bytes(t.stream(), data)))["finish_reason"] == "tool_calls"
    inbound = translator("openai", client="anthropic")
    assert inbound.response(answer_of({"tool_calls": [call("c1")]}, "stop")).body["stop_reason"] == "tool_use"
    found = stream_bytes(inbound.stream(), data)
    assert [data["delta"]["stop_reason"] for name, data in found if name == "message_delta"] == ["tool_use"]
    block = {"type": "tool_use", "id": "t", "name": "f", "input": {}}
    native = translator("anthropic").response(message(block, stop_reason="end_turn"))
    assert native.body["choices"][0]["finish_reason"] == "tool_calls"


# --------------------------------------------------------------------------------------- C: roles and order


def test_C1_developer_messages_go_to_the_system_field_as_they_are() -> None:
    sent = translator("anthropic").request(opened({"role": "developer", "content": " Be  brief.\n"}, USER))
    assert sent.body["system"] == [{"type": "text", "text": " Be  brief.\n"}]
    assert [turn["role"] for turn in sent.body["messages"]] == ["user"]
    assert sent.losses == []


def test_C2_several_leading_messages_are_one_system_field_in_order() -> None:
    heads = [{"role": role, "content": text} for role, text in (("system", "A"), ("developer", "B"), ("system", "C"))]
    sent = translator("anthropic").request(opened(*heads, USER))
    assert [block["text"] for block in sent.body["system"]] == ["A", "B", "C"]
    assert sent.losses == []


def test_C4_neighbours_are_one_turn() -> None:
    picture = {"type": "image_url", "image_url": {"url": "https://example.org/a.png"}}
    sent = translator("anthropic").request(opened(USER, {"role": "user", "content": [picture]}))
    assert sent.body["messages"] == [
        {
            "role": "user",
            "content": [
                {"type": "text", "text": "Hello"},
                {"type": "image", "source": {"type": "url", "url": "https://example.org/a.png"}},
            ],
        }
    ]


def test_C5_an_empty_answer_goes_and_its_neighbours_merge() -> None:
    body = opened(USER, {"role": "assistant", "content": ""}, {"role": "user", "content": "Still there?"})
    sent = translator("anthropic").request(body)
    texts = [{"type": "text", "text": "Hello"}, {"type": "text", "text": "Still there?"}]
    assert sent.body["messages"] == [{"role": "user", "content": texts}]
    assert lost(sent.losses) == {("messages[1]", "dropped")}


@pytest.mark.parametrize("blank", ["", " \n"])
def test_C7_a_blank_part_goes(blank: str) -> None:
    parts = [{"type": "text", "text": "Hello"}, {"type": "text", "text": blank}]
    sent = translator("anthropic").request(opened({"role": "user", "content": parts}))
    assert sent.body["messages"][0]["content"] == [{"type": "text", "text": "Hello"}]
    assert lost(sent.losses) == {("messages[0].content[1]", "dropped")}


@pytest.mark.parametrize("content", [None, ""])
def test_C8_calls_without_text_have_no_empty_text(content: str | None) -> None:
    body = opened(
        USER,
        {"role": "assistant", "content": content, "tool_calls": [call("c1")]},
        {"role": "tool", "tool_call_id": "c1", "content": "ok"},
        tools=[TOOL],
    )
    sent = translator("anthropic").request(body)
    assert sent.body["messages"][1]["content"] == [{"type": "tool_use", "id": "c1", "name": "f", "input": {}}]


def test_C9_a_begun_answer_ends_without_white_space() -> None:
    body = opened(USER, {"role": "assistant", "content": "The answer is: \n"})
    sent = translator("anthropic").request(body)
    assert sent.body["messages"][-1] == {"role": "assistant", "content": [{"type": "text", "text": "The answer is:"}]}
    assert actions(sent.losses)["messages[1].content"][0] == "substituted"
    # Models that take no begun answer: refused here, with the place.
    assert refusal(translator("anthropic"), {**body, "model": "claude-opus-4-8"})["param"] == "messages"


@pytest.mark.parametrize("role", ["user", "assistant", "system"])
def test_C12_an_unknown_part_is_refused_with_its_place(role: str) -> None:
    odd = {"role": role, "content": [{"type": "text", "text": "x"}, {"type": "hologram", "hologram": "…"}]}
    error = refusal(translator("anthropic"), opened(USER, odd, USER))
    assert error["param"].startswith("messages[1].content[1]")
    assert "hologram" in error["message"]
    assert error["type"] == "invalid_request_error"


def test_C12_an_unknown_block_of_a_messages_client_is_refused_in_its_shape() -> None:
    import dragoman

    body = {
        "model": "gpt-4.1",
        "max_tokens": 9,
        "messages": [{"role": "user", "content": [{"type": "hologram", "hologram": "…"}]}],
    }
    with pytest.raises(dragoman.Refused, match=r"messages\[0\]\.content\[0\].*hologram") as refused:
        translator("openai", client="anthropic").request(body)
    assert refused.value.body["type"] == "error"
    assert refused.value.body["error"]["type"] == "invalid_request_error"
    assert "messages[0].content[0]" in refused.value.body["error"]["message"]


# ----------------------------------------------------------------------------------------------- H: reasoning

SIGNED = {"type": "thinking", "thinking": "Hm, ä.\n", "signature": "EqQB+/=="}
SEALED = {"type": "redacted_thinking", "data": "EmwKAhgB+/=="}
ASKED = {"type": "tool_use", "id": "toolu_a", "name": "f", "input": {"x": 1}}


def replayed(turn: Any) -> list[dict[str, Any]]:
    """The blocks that come out when a client sends the turn that it was given back."""
    body = opened(
        USER, turn, {"role": "tool", "tool_call_id": "toolu_a", "content": "7"}, tools=[TOOL], reasoning_effort="low"
    )
    sent = translator("anthropic").request(body)
    assert sent.body["thinking"]["type"] == "enabled"
    content = sent.body["messages"][1]["content"]
    assert isinstance(content, list)
    return content


def fold_message(chunks: list[dict[str, Any]]) -> dict[str, Any]:
    """As clients of this extension do it: fragments of reasoning are kept as they come."""
    said = folded(chunks)
    turn: dict[str, Any] = {"role": "assistant", "content": said["content"] or None}
    turn["reasoning_details"] = [part for delta in deltas(chunks) for part in delta.get("reasoning_details", ())]
    turn["tool_calls"] = [call(one["id"], one["name"], one["arguments"]) for one in said["tool_calls"]]
    return turn


def test_H1_thinking_comes_back_byte_for_byte_and_first() -> None:
    there = translator("anthropic").response(message(SIGNED, TEXT, ASKED, stop_reason="tool_use")).body
    turn = there["choices"][0]["message"]
    assert turn["reasoning_content"] == SIGNED["thinking"]
    assert replayed(json.loads(json.dumps(turn))) == [SIGNED, TEXT, ASKED]


def test_H1_thinking_of_a_stream_comes_back_byte_for_byte() -> None:
    fragments = [
        {"type": "thinking_delta", "thinking": "Hm, "},
        {"type": "thinking_delta", "thinking": "ä.\n"},
        {"type": "signature_delta", "signature": "EqQB+/=="},
    ]
    data = events_of(
        ({"type": "thinking", "thinking": "", "signature": ""}, fragments),
        (ASKED | {"input": {}}, [{"type": "input_json_delta", "partial_json": '{"x":1}'}]),
        stop_reason="tool_use",
    )
    chunks = chunks_of(stream_bytes(translator("anthropic").stream(), sse(data, named=True)))
    assert replayed(fold_message(chunks)) == [SIGNED, ASKED]


def test_H2_thinking_is_off_in_a_turn_that_began_without_it() -> None:
    body = opened(
        USER,
        {"role": "assistant", "content": None, "tool_calls": [call("c1")]},
        {"role": "tool", "tool_call_id": "c1", "content": "ok"},
        tools=[TOOL],
        reasoning_effort="high",
        max_tokens=32000,
    )
    sent = translator("anthropic").request(body)
    assert sent.body.get("thinking", {"type": "disabled"})["type"] == "disabled"
    assert actions(sent.losses) == {"reasoning_effort": ("dropped", "tuning")}


def test_H4_redacted_thinking_comes_back_unchanged() -> None:
    there = translator("anthropic").response(message(SEALED, ASKED, stop_reason="tool_use")).body
    assert replayed(there["choices"][0]["message"]) == [SEALED, ASKED]
    data = events_of((SEALED, []), (ASKED, []), stop_reason="tool_use")
    chunks = chunks_of(stream_bytes(translator("anthropic").stream(), sse(data, named=True)))
    assert replayed(fold_message(chunks)) == [SEALED, ASKED]


@pytest.mark.parametrize(("model", "max_tokens"), [(MODEL, 1025), (MODEL, 1100), (MODEL, 4096), (MODEL, 64000)])
@pytest.mark.parametrize("effort", ["minimal", "low", "medium", "high", "xhigh"])
def test_H12_a_budget_is_at_least_1024_and_below_max_tokens(model: str, max_tokens: int, effort: str) -> None:
    sent = translator("anthropic").request(opened(model=model, max_tokens=max_tokens, reasoning_effort=effort))
    assert 1024 <= sent.body["thinking"]["budget_tokens"] < sent.body["max_tokens"] == max_tokens


def test_H12_where_there_is_no_room_for_a_budget_none_is_sent_and_it_is_told() -> None:
    body = opened(max_tokens=1000, reasoning_effort="high")
    sent = translator("anthropic").request(body)
    assert "thinking" not in sent.body
    assert actions(sent.losses) == {"reasoning_effort": ("dropped", "tuning")}
    assert refusal(translator("anthropic", strict="tuning"), body)["param"] == "reasoning_effort"


@pytest.mark.parametrize("field", ["reasoning", "reasoning_content"])
def test_H14_reasoning_has_one_field_and_is_never_part_of_the_text(field: str) -> None:
    body = answer_of({"content": "Tuesday.", field: "The 3rd is a Tuesday."})
    said = translator("openai").response(body).body["choices"][0]["message"]
    assert (said["content"], said["reasoning_content"]) == ("Tuesday.", "The 3rd is a Tuesday.")
    assert "reasoning" not in said
    blocks = translator("openai", client="anthropic").response(body).body["content"]
    assert blocks == [
        {"type": "thinking", "thinking": "The 3rd is a Tuesday.", "signature": ""},
        {"type": "text", "text": "Tuesday."},
    ]
    data = sse(
        [chunk({"role": "assistant", field: "Hm."}), chunk({"content": "Tuesday."}), chunk({}, "stop")], done=True
    )
    chunks = chunks_of(stream_bytes(translator("openai").stream(), data))
    assert [delta["reasoning_content"] for delta in deltas(chunks) if delta.get("reasoning_content")] == ["Hm."]
    assert [delta for delta in deltas(chunks) if "reasoning" in delta] == []
    assert folded(chunks)["content"] == "Tuesday."
    found = stream_bytes(translator("openai", client="anthropic").stream(), data)
    said = [data["delta"] for name, data in found if name == "content_block_delta"]
    assert said == [{"type": "thinking_delta", "thinking": "Hm."}, {"type": "text_delta", "text": "Tuesday."}]


# -------------------------------------------------------------------------------- O: tools of the provider

SEARCH = {"type": "server_tool_use", "id": "srvtoolu_1", "name": "web_search", "input": {"query": "dragoman"}}
FOUND = {
    "type": "web_search_tool_result",
    "tool_use_id": "srvtoolu_1",
    "content": [
        {
            "type": "web_search_result",
            "url": "https://example.org/",
            "title": "Dragoman",
            "encrypted_content": "EpwBCioIARgBIiQ",
            "page_age": None,
        }
    ],
}


def test_O3_what_the_provider_ran_is_no_call_and_comes_back_unchanged() -> None:
    there = translator("anthropic").response(message(SEARCH, FOUND, TEXT)).body
    turn = there["choices"][0]["message"]
    assert "tool_calls" not in turn
    assert turn["content"] == "So far."
    assert there["choices"][0]["finish_reason"] == "stop"
    sent = translator("anthropic").request(opened(USER, turn, USER))
    assert sent.body["messages"][1] == {"role": "assistant", "content": [SEARCH, FOUND, TEXT]}


def test_O3_what_the_provider_ran_in_a_stream_is_no_call_and_comes_back_unchanged() -> None:
    data = events_of(
        (SEARCH | {"input": {}}, [{"type": "input_json_delta", "partial_json": '{"query":"dragoman"}'}]),
        (FOUND, []),
        WORDS,
    )
    chunks = chunks_of(stream_bytes(translator("anthropic").stream(), sse(data, named=True)))
    assert folded(chunks) == {"content": "So far.", "tool_calls": [], "finish_reason": "stop"}
    extra: dict[str, Any] = {"anthropic": {"blocks": []}}
    for delta in deltas(chunks):
        said = delta.get("extra_content", {})
        extra["anthropic"]["blocks"] += said.get("anthropic", {}).get("blocks", ())
        extra |= {key: value for key, value in said.items() if key != "anthropic"}
    turn = {"role": "assistant", "content": "So far.", "extra_content": extra}
    sent = translator("anthropic").request(opened(USER, turn, USER))
    assert sent.body["messages"][1] == {"role": "assistant", "content": [SEARCH, FOUND, TEXT]}


# ----------------------------------------------------------------------------------------- P: typed clients


@pytest.mark.parametrize(
    "body",
    [
        message(TEXT),
        message(stop_reason="end_turn"),
        message(TEXT, ASKED, SIGNED, stop_reason="tool_use"),
        message(stop_reason="refusal"),
        message(TEXT, stop_reason=None),
        message({"type": "hologram", "hologram": "…"}, stop_reason="sleepy"),
    ],
)
def test_P1_every_answer_parses_with_a_strict_client(body: dict[str, Any]) -> None:
    from openai.types.chat import ChatCompletion

    out = translator("anthropic").response(body).body
    answer = ChatCompletion.model_validate_json(json.dumps(out), strict=True)
    assert len(answer.choices) == 1
    assert answer.choices[0].finish_reason in {"stop", "length", "tool_calls", "content_filter"}
    assert answer.created == NOW
    assert "content" in out["choices"][0]["message"]


def test_P1_answers_of_servers_that_leave_things_out_parse_too() -> None:
    from openai.types.chat import ChatCompletion

    sparse = {"model": "m", "choices": [{"message": {"role": "assistant", "tool_calls": [call("c1")]}}]}
    out = translator("openai").response(sparse).body
    answer = ChatCompletion.model_validate_json(json.dumps(out), strict=True)
    assert (answer.created, answer.choices[0].index) == (NOW, 0)
    assert "content" in out["choices"][0]["message"]


def test_P3_fields_of_a_vendor_are_kept_and_do_no_harm() -> None:
    body = answer_of({"content": "x", "vendor_note": [1]}, timings={"ms": 3})
    out = translator("openai").response(body).body
    assert out["timings"] == {"ms": 3}
    assert out["choices"][0]["message"]["vendor_note"] == [1]
    data = sse([chunk({"role": "assistant", "content": "x"}, timings={"ms": 3}), chunk({}, "stop")], done=True)
    assert chunks_of(stream_bytes(translator("openai").stream(), data))[0]["timings"] == {"ms": 3}
    # Towards another dialect they are lost, and told.
    told = translator("openai", client="anthropic").response(body).losses
    assert ("timings", "dropped") in lost(told)
