"""The blocks of an answer in Anthropic's events: texts, thinking, calls, what the provider runs itself."""

from typing import Any

from dragoman.kit import At, Call, malformed
from dragoman.kit.functions import compact, json_text, parse_json

from .response import KEPT_BLOCKS, NONE, ONE_CALL, RANKS, called, free_text, rule

__all__ = ["Blocks", "Chunks"]

Chunks = list[dict[str, Any]]

BLOCK_START = frozenset({"type", "index", "content_block"})
BLOCK_DELTA = frozenset({"type", "index", "delta"})
TEXT = frozenset({"type", "text", "citations"})
THINKING = frozenset({"type", "thinking", "signature"})
REDACTED = frozenset({"type", "data"})
TOOL_USE = frozenset({"type", "id", "name", "input", "caller", "toolset_name"})
TEXT_DELTA = frozenset({"type", "text"})
THINKING_DELTA = frozenset({"type", "thinking", "estimated_tokens"})
SIGNATURE_DELTA = frozenset({"type", "signature"})
INPUT_DELTA = frozenset({"type", "partial_json"})
CITATION_DELTA = frozenset({"type", "citation"})
COMPACTION_DELTA = frozenset({"type", "content", "encrypted_content"})
BLOCK_STOP = frozenset({"type", "index"})

UNKNOWN_BLOCK = rule("dropped", "tuning", "a kind of block that is not known here")
UNKNOWN_DELTA = rule("dropped", "tuning", "a kind of fragment that is not known here")
NO_TEXT_OPEN = rule("dropped", "tuning", "text for a block that is not open")
NO_THINKING_OPEN = rule("dropped", "tuning", "thinking for a block that is not open")
NO_SIGNATURE_OPEN = rule("dropped", "contract", "a signature for a block that is not open")
NO_INPUT_OPEN = rule("dropped", "contract", "input for a block that is not open")
NO_CITATION_OPEN = rule("dropped", "tuning", "a citation for a block that is not open")
NO_SUMMARY_OPEN = rule("dropped", "tuning", "a summary for a block that is not open")

Open = tuple[str, Any, Any]  # kind of a block; its number, or where its text starts; its input, or the block itself
CLOSED: Open = ("closed", None, None)
UNKNOWN: Open = ("unknown", None, None)


class Blocks:
    """What is open and what has been said so far, and the chunks that the events of blocks become."""

    __slots__ = (
        "annotations",
        "base",
        "before",
        "blocks",
        "call",
        "chars",
        "citations",
        "cited",
        "details",
        "detour",
        "functions",
        "heard",
        "json",
        "open",
        "order",
        "texts",
        "tools",
    )

    def __init__(self, call: Call) -> None:
        self.call = call
        self.base: dict[str, Any] = {"object": "chat.completion.chunk", "created": call.now()}
        self.open: dict[int, Open] = {}
        self.heard: dict[int, Any] = {}  # input so far (of provider-run tools), True (of the client's)
        self.chars = 0
        self.texts = 0
        self.details = 0
        self.tools = 0
        self.functions = 0
        self.json = False
        self.blocks = 0
        self.annotations = 0
        self.citations = 0
        self.cited: list[Any] = []  # citations of the open text block: they come before its text
        self.order: list[Any] = []
        self.before = 0  # rank of the last entry of `order`
        self.detour = False  # whether the order is another than reasoning, texts, calls

    def chunk(self, delta: dict[str, Any], reason: str | None = None) -> Chunks:
        choice = {"index": 0, "delta": delta, "logprobs": None, "finish_reason": reason}
        return [{**self.base, "choices": [choice]}]

    def ordered(self, of: str) -> None:
        rank = RANKS.get(of, self.before)
        if rank < self.before:
            self.detour = True
        self.before = rank
        self.order.append({"of": of})

    def block_start(self, event: dict[str, Any], at: At) -> Chunks:
        call, index, block = self.call, event.get("index"), event.get("content_block")
        if type(block) is not dict:
            raise malformed((at, "content_block"), "an object", block)
        kind = block.get("type")
        if type(kind) is not str:
            raise malformed((at, "content_block", "type"), "a text", kind)
        if not BLOCK_START.issuperset(event):
            call.leftovers(event, BLOCK_START, NONE, at)
        if kind == "redacted_thinking":  # it comes whole: nothing asks for its index
            return self.redacted(block, at)
        if type(index) is not int:
            raise malformed((at, "index"), "a number", index)
        if kind == "text":
            text, citations = block.get("text"), block.get("citations")
            if type(text) is not str:
                raise malformed((at, "content_block", "text"), "a text", text)
            if citations is not None and type(citations) is not list:
                raise malformed((at, "content_block", "citations"), "a list", citations)
            if not TEXT.issuperset(block):
                call.leftovers(block, TEXT, NONE, (at, "content_block"))
            self.open[index] = ("text", self.chars, None)
            self.cited = []
            for i, citation in enumerate(citations or ()):
                if type(citation) is not dict:
                    raise malformed((at, "content_block", "citations", i), "an object", citation)
                self.cite(citation)
            if not text:
                return []
            self.chars += len(text)
            return self.chunk({"content": text})
        if kind == "tool_use":
            return self.tool_start(index, block, at)
        if kind == "thinking":
            text, nth = block.get("thinking"), self.details
            if type(text) is not str:
                raise malformed((at, "content_block", "thinking"), "a text", text)
            if not THINKING.issuperset(block):
                call.leftovers(block, THINKING, NONE, (at, "content_block"))
            self.open[index] = ("thinking", nth, None)
            detail = {"type": "reasoning.text", "text": text, "format": "anthropic-claude-v1", "index": nth}
            if signature := block.get("signature"):
                detail["signature"] = signature
            delta: dict[str, Any] = {"reasoning_details": [detail]}
            if text:
                delta["reasoning_content"] = text
            self.details = nth + 1
            self.ordered("reasoning_details")
            return self.chunk(delta)
        if kind in KEPT_BLOCKS:
            self.open[index] = ("block", None, block)
            self.ordered("anthropic")
            return []
        self.open[index] = UNKNOWN
        call.lose(UNKNOWN_BLOCK, (at, "content_block"))
        return []

    def redacted(self, block: dict[str, Any], at: At) -> Chunks:
        data, nth = block.get("data"), self.details
        if type(data) is not str:
            raise malformed((at, "content_block", "data"), "a text", data)
        if not REDACTED.issuperset(block):
            self.call.leftovers(block, REDACTED, NONE, (at, "content_block"))
        self.details = nth + 1
        self.ordered("reasoning_details")
        detail = {"type": "reasoning.encrypted", "data": data, "format": "anthropic-claude-v1", "index": nth}
        return self.chunk({"reasoning_details": [detail]})

    def tool_start(self, index: int, block: dict[str, Any], at: At) -> Chunks:
        call = self.call
        tool, name, given = block.get("name"), block.get("id"), block.get("input")
        if type(tool) is not str:
            raise malformed((at, "content_block", "name"), "a text", tool)
        if type(given) is not dict:
            raise malformed((at, "content_block", "input"), "an object", given)
        if type(name) is not str:
            raise malformed((at, "content_block", "id"), "a text", name)
        if call.request.get("legacy") and self.functions and tool != call.request.get("json_tool"):
            self.open[index] = UNKNOWN
            call.lose(ONE_CALL, (at, "content_block"))
            return []
        if not TOOL_USE.issuperset(block):
            call.leftovers(block, TOOL_USE, NONE, (at, "content_block"))
        text = json_text(given) if given else "{}"
        json_tool = call.request.get("json_tool")
        if json_tool and tool == json_tool:  # our own tool: its input is the answer that was asked for
            self.open[index] = ("json", self.chars, text)
            self.json = True
            return []
        if call.request.get("legacy"):
            self.open[index] = ("function", None, text)
            self.functions = 1
            self.ordered("tool_calls")
            return self.chunk({"function_call": {"name": tool, "arguments": ""}})
        kept = called(block, (at, "content_block")) if len(block) > 4 else None
        nth = self.tools
        self.tools = nth + 1
        self.ordered("tool_calls")
        name = name or call.new_id("call_")
        custom = call.request.get("custom")
        made: dict[str, Any]
        if custom and tool in custom:
            self.open[index] = ("custom", nth, text)
            made = {"index": nth, "id": name, "type": "custom", "custom": {"name": tool, "input": ""}}
        else:
            self.open[index] = ("call", nth, text)
            made = {"index": nth, "id": name, "type": "function", "function": {"name": tool, "arguments": ""}}
        if kept:
            made["extra_content"] = {"anthropic": kept}
        return self.chunk({"tool_calls": [made]})

    def block_delta(self, event: dict[str, Any], n: int) -> Chunks:
        index, delta = event.get("index"), event.get("delta")
        if type(index) is not int:
            if type(index) is not float:
                raise malformed(((), "events", n, "index"), "a number", index)
            index = -1  # no block has such an index
        if type(delta) is not dict:
            raise malformed(((), "events", n, "delta"), "an object", delta)
        if len(event) > 3:
            self.call.leftovers(event, BLOCK_DELTA, NONE, ((), "events", n))
        kind = delta.get("type")
        block, nth, more = self.open.get(index, CLOSED)
        if kind == "text_delta":
            text = delta.get("text")
            if type(text) is not str:
                raise malformed(((), "events", n, "delta", "text"), "a text", text)
            if len(delta) > 2:
                self.call.leftovers(delta, TEXT_DELTA, NONE, ((), "events", n, "delta"))
            if block != "text":
                self.call.lose(NO_TEXT_OPEN, ((), "events", n, "delta"))
                return []
            if not text:
                return []
            self.chars += len(text)
            return self.chunk({"content": text})
        if kind == "input_json_delta":
            text = delta.get("partial_json")
            if type(text) is not str:
                raise malformed(((), "events", n, "delta", "partial_json"), "a text", text)
            if len(delta) > 2:
                self.call.leftovers(delta, INPUT_DELTA, NONE, ((), "events", n, "delta"))
            if block == "block" or block == "custom":
                self.heard[index] = self.heard.get(index, "") + text
                return []
            if not text and block in ("call", "function", "json"):
                return []
            if block == "call":
                self.heard[index] = True
                return self.chunk({"tool_calls": [{"index": nth, "function": {"arguments": text}}]})
            if block == "json":
                self.heard[index] = True
                self.chars += len(text)
                return self.chunk({"content": text})
            if block == "function":
                self.heard[index] = True
                return self.chunk({"function_call": {"arguments": text}})
            if block != "unknown":
                self.call.lose(NO_INPUT_OPEN, ((), "events", n, "delta"))
            return []
        if kind == "thinking_delta":
            text = delta.get("thinking")
            if type(text) is not str:
                raise malformed(((), "events", n, "delta", "thinking"), "a text", text)
            if len(delta) > 2:
                self.call.leftovers(delta, THINKING_DELTA, NONE, ((), "events", n, "delta"))
            if block != "thinking":
                self.call.lose(NO_THINKING_OPEN, ((), "events", n, "delta"))
                return []
            if not text:
                return []
            detail = {"type": "reasoning.text", "text": text, "index": nth}
            return self.chunk({"reasoning_content": text, "reasoning_details": [detail]})
        if kind == "signature_delta":
            text = delta.get("signature")
            if type(text) is not str:
                raise malformed(((), "events", n, "delta", "signature"), "a text", text)
            if len(delta) > 2:
                self.call.leftovers(delta, SIGNATURE_DELTA, NONE, ((), "events", n, "delta"))
            if block != "thinking":
                self.call.lose(NO_SIGNATURE_OPEN, ((), "events", n, "delta"))
                return []
            if not text:
                return []
            return self.chunk({"reasoning_details": [{"type": "reasoning.text", "signature": text, "index": nth}]})
        if kind == "citations_delta":
            citation = delta.get("citation")
            if type(citation) is not dict:
                raise malformed(((), "events", n, "delta", "citation"), "an object", citation)
            if len(delta) > 2:
                self.call.leftovers(delta, CITATION_DELTA, NONE, ((), "events", n, "delta"))
            if block == "text":
                self.cite(citation)
            else:
                self.call.lose(NO_CITATION_OPEN, ((), "events", n, "delta"))
            return []
        if kind == "compaction_delta":
            if not COMPACTION_DELTA.issuperset(delta):
                self.call.leftovers(delta, COMPACTION_DELTA, NONE, ((), "events", n, "delta"))
            if block == "block":
                told = {"content": delta.get("content"), "encrypted_content": delta.get("encrypted_content")}
                self.open[index] = ("block", None, {**more, **(compact(told) or {})})
            else:
                self.call.lose(NO_SUMMARY_OPEN, ((), "events", n, "delta"))
            return []
        if type(kind) is not str:
            raise malformed(((), "events", n, "delta", "type"), "a text", kind)
        if block != "unknown":
            self.call.lose(UNKNOWN_DELTA, ((), "events", n, "delta"))
        return []

    def block_stop(self, event: dict[str, Any], n: int) -> Chunks:
        index = event.get("index")
        if type(index) is not int:
            raise malformed(((), "events", n, "index"), "a number", index)
        if len(event) > 2:
            self.call.leftovers(event, BLOCK_STOP, NONE, ((), "events", n))
        block, nth, more = self.open.get(index, CLOSED)
        self.open[index] = CLOSED
        if block == "text":
            out = self.annotated(nth) if self.cited else []
            if self.chars > nth:
                self.text_ends(nth)
            return out
        if block == "json":
            out = []
            if index not in self.heard:
                out = self.chunk({"content": more})
                self.chars += len(more)
            self.text_ends(nth)
            return out
        if block == "call":  # a tool without arguments says nothing; the hub wants valid JSON
            if index in self.heard:
                return []
            return self.chunk({"tool_calls": [{"index": nth, "function": {"arguments": more}}]})
        if block == "function":
            return [] if index in self.heard else self.chunk({"function_call": {"arguments": more}})
        if block == "custom":  # its text is told when it is whole
            text = self.heard.get(index) or more
            given = parse_json(text)
            if given or (given == 0 and given is not False):
                text = free_text(given)
            return self.chunk({"tool_calls": [{"index": nth, "custom": {"input": text}}]})
        if block == "block":
            if heard := self.heard.get(index):
                given = parse_json(heard)
                if given is not None:
                    more = {**more, "input": given}
            kept = {"index": self.blocks, "block": more}
            self.blocks += 1
            return self.chunk({"extra_content": {"anthropic": {"blocks": [kept]}}})
        return []

    def text_ends(self, start: int) -> None:
        self.ordered("content")
        self.order[-1]["take"] = self.chars - start
        self.texts += 1

    def cite(self, citation: dict[str, Any]) -> None:
        nth = self.citations + len(self.cited)
        self.cited.append({"index": nth, "text": self.texts, "citation": citation})

    def annotated(self, start: int) -> Chunks:
        notes = []
        for entry in self.cited:
            citation = entry["citation"]
            if citation.get("type") == "web_search_result_location":
                place = {"start_index": start, "end_index": self.chars}
                if (url := citation.get("url")) is not None:
                    place["url"] = url
                if (title := citation.get("title") or url) is not None:
                    place["title"] = title
                notes.append({"index": self.annotations, "type": "url_citation", "url_citation": place})
                self.annotations += 1
        delta: dict[str, Any] = {"extra_content": {"anthropic": {"citations": self.cited}}}
        if notes:
            delta["annotations"] = notes
        self.citations += len(self.cited)
        return self.chunk(delta)
