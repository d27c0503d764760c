# ruff: noqa: N802  (a test is named after its row)
"""Rows that concern all providers, or several, held against each of them that is there."""

from __future__ import annotations

import json
from typing import Any

import pytest

import dragoman

from .kit import TOOL, USER, actions, call, chunks_of, deltas, folded, opened, refusal, stream_bytes, translator
from .wires import CHAT, STREAMING, TEXT, WHOLE, family, wire

EACH = pytest.mark.parametrize("slug", CHAT)
STREAMED = pytest.mark.parametrize("slug", STREAMING)
OTHERS = pytest.mark.parametrize("slug", [slug for slug in CHAT if family(slug) != "openai"])
CLIENTS = pytest.mark.parametrize("client", ["openai", "anthropic"])
CLAUDE = "us.anthropic.claude-sonnet-4-5-20250929-v1:0"
NEW = "gemini-3.5-flash"
PDF = "JVBERi0="


def asked(*calls: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {"role": "assistant", "content": None, "tool_calls": list(calls), **more}


def result(id: str, content: Any = "ok") -> dict[str, Any]:
    return {"role": "tool", "tool_call_id": id, "content": content}


def sent(slug: str, *messages: Any, **more: Any) -> dragoman.Request:
    model = {"bedrock": CLAUDE, "gemini": NEW}.get(slug, "claude-sonnet-4-5")
    return translator(slug).request({**opened(*messages, **more), "model": model})


def takes_calls(slug: str) -> bool:
    """Some servers take no tools at all, and say so of the first call."""
    try:
        sent(slug, USER, asked(call("c1")), result("c1"), tools=[TOOL])
    except dragoman.Refused as refused:
        return bool(refused.body["error"]["param"] != "messages[1].tool_calls")
    return True


TOOLS = pytest.mark.parametrize("slug", [slug for slug in CHAT if takes_calls(slug)])


# ------------------------------------------------------------------------------------------------- requests


@TOOLS
@pytest.mark.parametrize("blank", ["", " ", "\n\t "])
def test_A6_blank_arguments_are_those_of_an_empty_object(slug: str, blank: str) -> None:
    def body(arguments: str) -> Any:
        return sent(slug, USER, asked(call("c1", arguments=arguments)), result("c1"), tools=[TOOL]).body

    assert body(blank) == body("{}")


@OTHERS
def test_C1_a_developer_is_told_like_the_system_or_as_a_developer(slug: str) -> None:
    said = sent(slug, {"role": "developer", "content": " Be  brief.\n"}, USER)
    system = sent(slug, {"role": "system", "content": " Be  brief.\n"}, USER)
    told, expected = (json.dumps(one.body, ensure_ascii=False) for one in (said, system))
    assert told.replace('"developer"', '"system"') == expected
    assert json.dumps(" Be  brief.\n") in told
    assert said.losses == []


def test_C2_several_leading_messages_are_one_system_field() -> None:
    heads = [{"role": role, "content": text} for role, text in (("system", "A"), ("developer", "B"), ("system", "C"))]
    converse = sent("bedrock", *heads, USER)
    assert converse.body["system"] == [{"text": "A"}, {"text": "B"}, {"text": "C"}]
    generate = sent("gemini", *heads, USER)
    assert [part["text"] for part in generate.body["systemInstruction"]["parts"]] == ["A", "B", "C"]
    assert converse.losses == generate.losses == []


def test_C4_neighbours_are_one_turn_with_the_parts_of_both() -> None:
    picture = {"type": "image_url", "image_url": {"url": "data:image/png;base64,iVBORw0KGgo="}}
    messages = (USER, {"role": "user", "content": [{"type": "text", "text": "See."}, picture]})
    (turn,) = sent("bedrock", *messages).body["messages"]
    assert [list(block) for block in turn["content"]] == [["text"], ["text"], ["image"]]
    (turn,) = sent("gemini", *messages).body["contents"]
    assert [list(part) for part in turn["parts"]] == [["text"], ["text"], ["inlineData"]]


def test_C5_an_empty_answer_goes_from_converse_too() -> None:
    request = sent("bedrock", USER, {"role": "assistant", "content": ""}, {"role": "user", "content": "Still there?"})
    assert request.body["messages"] == [{"role": "user", "content": [{"text": "Hello"}, {"text": "Still there?"}]}]
    assert [(loss.path, loss.action) for loss in request.losses] == [("messages[1]", "dropped")]


@pytest.mark.parametrize("blank", ["", " \n"])
def test_C7_a_blank_part_goes_from_converse(blank: str) -> None:
    parts = [{"type": "text", "text": "Hello"}, {"type": "text", "text": blank}]
    request = sent("bedrock", {"role": "user", "content": parts})
    assert request.body["messages"] == [{"role": "user", "content": [{"text": "Hello"}]}]
    assert [(loss.path, loss.action) for loss in request.losses] == [("messages[0].content[1]", "dropped")]


def test_C10_what_is_refused_is_named() -> None:
    error = refusal(translator("gemini"), {"model": NEW, "messages": [{"role": "system", "content": "Be brief."}]})
    assert (error["type"], error["param"]) == ("invalid_request_error", "messages")


@pytest.mark.parametrize("slug", [slug for slug in CHAT if family(slug) != "openai"])
def test_C12_an_unknown_part_is_refused_with_its_place_by_each(slug: str) -> None:
    """Between servers of one dialect it passes: the server that it is meant for may know it."""
    odd = {"role": "user", "content": [{"type": "text", "text": "x"}, {"type": "hologram", "hologram": "…"}]}
    error = refusal(translator(slug), opened(USER, odd))
    assert error["param"].startswith("messages[1].content[1]")
    assert "hologram" in error["message"]
    assert error["type"] == "invalid_request_error"


@TOOLS
def test_D6_a_result_that_answers_no_call_is_refused_by_each_alike(slug: str) -> None:
    error = refusal(translator(slug), opened(USER, asked(call("c1")), result("c1"), result("c2"), tools=[TOOL]))
    assert (error["type"], error["param"]) == ("invalid_request_error", "messages[3].tool_call_id")


def test_D8_two_results_with_one_id_are_one_for_converse() -> None:
    request = sent("bedrock", USER, asked(call("c1")), result("c1", "first"), result("c1", "second"), tools=[TOOL])
    (block,) = (block for turn in request.body["messages"] for block in turn["content"] if "toolResult" in block)
    assert block["toolResult"]["toolUseId"] == "c1"
    assert [part["text"] for part in block["toolResult"]["content"]] == ["first", "second"]


def test_D9_a_responses_client_may_say_the_call_before_the_text() -> None:
    items = [
        {"type": "message", "role": "user", "content": "Hello"},
        {"type": "function_call", "call_id": "c1", "name": "f", "arguments": "{}"},
        {"type": "message", "role": "assistant", "content": [{"type": "output_text", "text": "I look."}]},
        {"type": "function_call_output", "call_id": "c1", "output": "ok"},
    ]
    tools = [{"type": "function", "name": "f", "parameters": {"type": "object", "properties": {}}}]
    request = translator("bedrock", client="openai-responses").request(
        {"model": CLAUDE, "input": items, "tools": tools}
    )
    _, turn, results = request.body["messages"]
    # One turn, whose results follow at once: the call is not torn from them by a text, or a turn of text.
    assert (turn["role"], [next(iter(block)) for block in turn["content"]]) == ("assistant", ["text", "toolUse"])
    assert [next(iter(block)) for block in results["content"]] == ["toolResult"]
    assert [loss.action for loss in request.losses] == ["moved"]


def test_D11_converse_gets_the_names_of_what_was_called_and_no_more() -> None:
    history = (USER, asked(call("c1", arguments='{"x":1}')), result("c1", "7"), {"role": "user", "content": "So?"})
    request = sent("bedrock", *history)
    (tool,) = request.body["toolConfig"]["tools"]
    assert tool["toolSpec"]["name"] == "f"
    assert "description" not in tool["toolSpec"]
    assert tool["toolSpec"]["inputSchema"]["json"]["type"] == "object"
    assert not tool["toolSpec"]["inputSchema"]["json"].get("properties")
    assert request.body["messages"][1]["content"][0]["toolUse"]["input"] == {"x": 1}
    assert request.losses != []


@TOOLS
def test_D14_a_result_of_text_parts_arrives_as_texts(slug: str) -> None:
    parts = [{"type": "text", "text": "alpha"}, {"type": "text", "text": "beta"}]
    told = json.dumps(sent(slug, USER, asked(call("c1")), result("c1", parts), tools=[TOOL]).body)
    assert "alpha" in told and "beta" in told
    assert "'type'" not in told and r"\"type\"" not in told, "the list itself is no text"


@pytest.mark.parametrize(
    ("choice", "converse", "generate"),
    [
        ("auto", {"auto": {}}, {"mode": "AUTO"}),
        ("none", None, {"mode": "NONE"}),
        ("required", {"any": {}}, {"mode": "ANY"}),
        (
            {"type": "function", "function": {"name": "f"}},
            {"tool": {"name": "f"}},
            {"mode": "ANY", "allowedFunctionNames": ["f"]},
        ),
    ],
)
def test_E1_every_choice_of_tools_has_its_word_everywhere(choice: Any, converse: Any, generate: Any) -> None:
    request = sent("bedrock", tools=[TOOL], tool_choice=choice)
    if converse is None:  # Converse has no such word: nothing is offered, and it is told
        assert "toolConfig" not in request.body
        assert request.losses != []
    else:
        assert request.body["toolConfig"]["toolChoice"] == converse
    request = sent("gemini", tools=[TOOL], tool_choice=choice)
    assert request.body["toolConfig"]["functionCallingConfig"] == generate


def test_E6_a_function_without_parameters_has_none_for_gemini() -> None:
    request = sent("gemini", tools=[{"type": "function", "function": {"name": "now"}}])
    assert request.body["tools"] == [{"functionDeclarations": [{"name": "now"}]}]


@EACH
@pytest.mark.parametrize("choice", ["auto", "none"])
def test_E10_an_empty_list_of_tools_is_no_list_for_each(slug: str, choice: str) -> None:
    assert sent(slug, tools=[], tool_choice=choice, parallel_tool_calls=True).body == sent(slug).body


def test_H9_ids_work_with_other_providers() -> None:
    parts = [{"functionCall": {"name": "f", "args": {}}, "thoughtSignature": "c" * 900} for _ in range(2)]
    candidate = {"content": {"role": "model", "parts": parts}, "finishReason": "STOP"}
    turn = translator("gemini").response({"candidates": [candidate]}).body["choices"][0]["message"]
    ids = [one["id"] for one in turn["tool_calls"]]
    history = (USER, turn, *(result(id) for id in ids))
    chat = sent("openai", *history, tools=[TOOL]).body["messages"]
    assert [one["id"] for one in chat[1]["tool_calls"]] == ids == [one["tool_call_id"] for one in chat[2:]]
    messages = sent("anthropic", *history, tools=[TOOL]).body["messages"]
    called = [block["id"] for block in messages[1]["content"] if block["type"] == "tool_use"]
    assert called == ids == [block["tool_use_id"] for block in messages[2]["content"]]
    assert "ccc" not in json.dumps([chat, messages]), "a signature is nobody else's"


@EACH
def test_L6_several_answers_are_had_or_refused_with_one_code(slug: str) -> None:
    t = translator(slug)
    try:
        taken = t.request(opened(n=2))
    except dragoman.Refused:
        taken = None
    if taken is not None:
        assert taken.losses == []
        assert "2" in json.dumps(taken.body)
    else:
        error = refusal(t, opened(n=2))
        assert (error["type"], error["param"]) == ("invalid_request_error", "n")


def test_L8_settings_of_one_vendor_are_not_sent_to_converse() -> None:
    request = sent("bedrock", prompt_cache_key="k", store=True, user="u1", next_year=1)
    assert not {"prompt_cache_key", "store", "user", "next_year"} & set(json.loads(json.dumps(request.body)))
    assert "next_year" not in json.dumps(request.body)
    assert {loss.path for loss in request.losses} == {"prompt_cache_key", "store", "user", "next_year"}


def test_M1_a_picture_for_claude_on_vertex_is_sent_as_bytes() -> None:
    url = "https://pictures.example/a.png"
    body = opened({"role": "user", "content": [{"type": "image_url", "image_url": {"url": url}}]})
    t = translator("vertex-anthropic")
    assert t.media(body) == [url]
    with pytest.raises(dragoman.Refused):
        t.request(body)
    (block,) = t.request(body, media={url: ("image/png", "AAAA")}).body["messages"][0]["content"]
    assert block["source"] == {"type": "base64", "media_type": "image/png", "data": "AAAA"}


def test_M3_a_file_is_a_document_everywhere_with_a_name_that_may_be_said() -> None:
    file = {"filename": "my report_(final).v2.pdf", "file_data": f"data:application/pdf;base64,{PDF}"}
    message = {"role": "user", "content": [{"type": "text", "text": "Read."}, {"type": "file", "file": file}]}
    document = sent("bedrock", message).body["messages"][0]["content"][1]["document"]
    assert (document["format"], document["source"]) == ("pdf", {"bytes": PDF})
    assert document["name"]
    assert all(sign.isalnum() or sign in " -()[]" for sign in document["name"]), document["name"]
    part = sent("gemini", message).body["contents"][0]["parts"][1]
    assert {key: part["inlineData"][key] for key in ("mimeType", "data")} == {
        "mimeType": "application/pdf",
        "data": PDF,
    }


@pytest.mark.parametrize("slug", [slug for slug in CHAT if family(slug) != "anthropic"])
def test_N4_marks_are_sent_to_none_that_has_no_such_field(slug: str) -> None:
    mark = {"cache_control": {"type": "ephemeral"}}
    request = sent(
        slug, USER, {"role": "user", "content": [{"type": "text", "text": "x", **mark}]}, tools=[TOOL | mark]
    )
    if slug == "bedrock":  # has marks of its own
        assert "cachePoint" in json.dumps(request.body)
    elif "cache_control" not in json.dumps(request.body):
        dropped = {loss.path for loss in request.losses if loss.action == "dropped"}
        assert {"messages[1].content[0].cache_control"} <= dropped
        assert {"tools", "tools[0].cache_control"} & dropped
    else:
        assert family(slug) == "openai" and slug != "openai", "a server that takes them says so in its own rules"


# -------------------------------------------------------------------------------------------------- answers


@pytest.mark.parametrize(
    "reason", ["NO_IMAGE", "IMAGE_SAFETY", "SPII", "BLOCKLIST", "PROHIBITED_CONTENT", "RECITATION"]
)
def test_B5_reasons_of_filters_in_a_stream(reason: str) -> None:
    events = [{"candidates": [{"content": {"parts": [{"text": "So"}]}}]}, {"candidates": [{"finishReason": reason}]}]
    stream = translator("gemini").stream()
    chunks = [one.data for event in events for one in stream.feed(event)] + [one.data for one in stream.close()]
    assert [c["finish_reason"] for one in chunks for c in one["choices"] if c["finish_reason"]] == ["content_filter"]


@EACH
def test_P1_the_answers_of_each_parse_with_a_strict_client(slug: str) -> None:
    from openai.types.chat import ChatCompletion

    out = translator(slug).response(WHOLE[family(slug)]).body
    answer = ChatCompletion.model_validate_json(json.dumps(out), strict=True)
    assert [(one.message.content, one.finish_reason) for one in answer.choices] == [(TEXT, "stop")]
    assert answer.usage is not None
    assert (answer.usage.prompt_tokens, answer.usage.completion_tokens, answer.usage.total_tokens) == (10, 5, 15)


# --------------------------------------------------------------------------------------------------- errors


def test_J1_a_list_with_an_error_of_gemini_is_read() -> None:
    body = [{"error": {"code": 429, "message": "slow down", "status": "RESOURCE_EXHAUSTED"}}]
    for slug in ("gemini", "vertex"):
        told = translator(slug).error(429, body)
        error = told.body["error"]
        assert (told.status, error["message"], error["type"]) == (429, "slow down", "rate_limit_error")


@EACH
def test_J3_when_to_try_again_arrives_from_each(slug: str) -> None:
    told = translator(slug).error(
        429, {"error": {"message": "slow down"}, "message": "slow down"}, {"Retry-After": "7"}
    )
    assert (told.status, told.headers["retry-after"]) == (429, "7")


OVERFLOWS = [
    (
        "gemini",
        {"error": {"code": 400, "status": "INVALID_ARGUMENT"}},
        "The input token count (1200000) exceeds the maximum number of tokens allowed (1048576).",
    ),
    ("bedrock", {}, "Input is too long for requested model."),
    ("bedrock-anthropic", {}, "Input is too long for requested model."),
    (
        "openai",
        {"error": {"type": "invalid_request_error", "code": None}},
        "This endpoint's maximum context length is 8192 tokens. However, you requested about 20000 tokens.",
    ),
    (
        "openai",
        {"error": {"type": "invalid_request_error", "code": None}},
        "Prompt contains 40000 tokens and 0 draft tokens, too large for model with 32768 maximum context length",
    ),
]


@pytest.mark.parametrize(("slug", "shape", "text"), OVERFLOWS)
def test_J11_a_full_context_is_known_by_the_words_of_each_vendor(slug: str, shape: dict[str, Any], text: str) -> None:
    body = {"error": {**shape["error"], "message": text}} if shape else {"message": text}
    told = translator(slug).error(400, body)
    assert (told.status, told.body["error"]["code"]) == (400, "context_length_exceeded")
    assert told.body["error"]["message"] == text


@EACH
def test_J13_a_page_in_place_of_json_from_each(slug: str) -> None:
    page = "<html><body><h1>502 Bad Gateway</h1>" + "x" * 100_000 + "</body></html>"
    for body in (page, page.encode() + b"\xff"):
        told = translator(slug).error(502, body)
        assert told.status == 502
        assert "502 Bad Gateway" in told.body["error"]["message"]
        assert len(told.body["error"]["message"]) <= 4000


# -------------------------------------------------------------------------------------------------- streams


@STREAMED
def test_I5_one_chunk_of_usage_from_each_if_it_was_asked_for(slug: str) -> None:
    t = translator(slug)
    stream = t.stream(t.request(opened(stream=True, stream_options={"include_usage": True})))
    chunks = chunks_of(stream_bytes(stream, wire(slug).data))
    assert [bool(one.get("usage")) for one in chunks] == [False] * (len(chunks) - 1) + [True]
    assert chunks[-1]["choices"] == []
    assert (chunks[-1]["usage"]["prompt_tokens"], chunks[-1]["usage"]["completion_tokens"]) == (10, 5)
    assert chunks[-2]["choices"][0]["finish_reason"] == "stop"
    if family(slug) != "openai":  # those send what they were asked for
        unasked = chunks_of(stream_bytes(t.stream(t.request(opened(stream=True))), wire(slug).data))
        assert [one for one in unasked if one.get("usage") or not one["choices"]] == []


@STREAMED
@CLIENTS
def test_K1_however_the_bytes_of_each_are_cut_the_text_is_the_same(slug: str, client: str) -> None:
    data = wire(slug).data
    whole = stream_bytes(translator(slug, client=client).stream(), data)
    for cut in range(1, len(data), 1 if client == "openai" else 5):
        assert stream_bytes(translator(slug, client=client).stream(), [data[:cut], data[cut:]]) == whole, cut
    if client == "openai":
        assert folded(chunks_of(whole))["content"] == TEXT
    else:
        assert "".join(d["delta"].get("text", "") for name, d in whole if name == "content_block_delta") == TEXT


@STREAMED
@CLIENTS
def test_K4_what_ends_before_its_end_is_an_error_from_each(slug: str, client: str) -> None:
    said = wire(slug)
    for fed in range(said.needed):
        stream = translator(slug, client=client).stream()
        found = stream_bytes(stream, b"".join(said.pieces[:fed]))
        assert stream.failed, fed
        assert "message_stop" not in {name for name, _ in found}
        error = chunks_of(found)[-1]["error"] if client == "openai" else found[-1][1]["error"]
        assert error["message"], fed
    stream = translator(slug, client=client).stream()
    stream_bytes(stream, b"".join(said.pieces[: said.needed]))
    assert not stream.failed


@STREAMED
def test_K6_the_first_delta_of_each_has_the_role(slug: str) -> None:
    said = deltas(chunks_of(stream_bytes(translator(slug).stream(), wire(slug).data)))
    assert [delta.get("role") for delta in said] == ["assistant"] + [None] * (len(said) - 1)


# ---------------------------------------------------------------------------------------------------- sources


@pytest.mark.parametrize("place", [0, 1, 2])
def test_O1_sources_are_told_whichever_piece_has_them(place: int) -> None:
    source = {"groundingChunks": [{"web": {"uri": "https://a.example", "title": "A"}}]}
    candidates: list[dict[str, Any]] = [{"content": {"role": "model", "parts": [{"text": piece}]}} for piece in "ABC"]
    candidates[-1]["finishReason"] = "STOP"
    candidates[place]["groundingMetadata"] = source
    stream = translator("gemini").stream()
    events = [{"candidates": [one], "responseId": "r1", "modelVersion": "m"} for one in candidates]
    chunks = [one.data for event in events for one in stream.feed(event)] + [one.data for one in stream.close()]
    told = [one for delta in deltas(chunks) for one in delta.get("annotations", ())]
    assert [one["url_citation"]["url"] for one in told] == ["https://a.example"]


def test_E8_what_is_refused_is_named() -> None:
    with pytest.raises(dragoman.Refused) as refused:
        sent("bedrock", tools=[{"type": "function", "function": {"name": ""}}])
    assert refused.value.body["error"]["param"] == "tools[0].function.name"


def test_E4_strict_callers_are_refused() -> None:
    request = {"model": NEW, "messages": [USER], "tools": [TOOL], "parallel_tool_calls": False}
    assert actions(translator("gemini").request(request).losses)["parallel_tool_calls"] == ("dropped", "contract")
    assert refusal(translator("gemini", strict="contract"), request)["param"] == "parallel_tool_calls"
