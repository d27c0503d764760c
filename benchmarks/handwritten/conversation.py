"""The messages of a request: system texts apart, neighbours of one role as one turn, results first in theirs."""

from typing import Any

from dragoman.kit import Call, Rule, malformed, refused, unknown_member
from dragoman.kit.functions import cut
from dragoman.kit.lists import lay, merge_items

from .parts import NONE, WHITE, arguments_of, one_part, parts, safe, said, thinking_blocks, tool_use

__all__ = ["Conversation", "conversation"]

Conversation = tuple[list[Any], list[Any], int]

FOREIGN = Rule("dropped", "cosmetic", "nothing of it concerns this dialect", "")
NAME = Rule("dropped", "tuning", "names of participants are not taken", "")
AUDIO = Rule("dropped", "contract", "an earlier answer in audio cannot be referred to", "")
SYSTEM_LATER = Rule("moved", "tuning", "system texts stand before the conversation here", "")
EMPTY = Rule("dropped", "cosmetic", "a message without content says nothing and is refused here", "")
BLANK = Rule("dropped", "cosmetic", "a blank text says nothing and is refused here", "")
REFUSAL = Rule("substituted", "cosmetic", "a refusal is sent on as text", "")
PREFILL = Rule("substituted", "tuning", "white space at the end of a begun answer is refused here", "")
ANNOTATIONS = Rule("dropped", "tuning", "citations are bound to search results that are not there", "")
REASONING = Rule("dropped", "tuning", "reasoning without its signature cannot be sent back", "")
RESULT_LATER = Rule("moved", "tuning", "results stand before all else in their turn", "")

SAYS = frozenset({"role", "content", "cache_control"})
SAYS_DROPS = {"name": NAME, "extra_content": FOREIGN}
ANSWER = frozenset(
    {
        "role",
        "content",
        "cache_control",
        "refusal",
        "tool_calls",
        "function_call",
        "extra_content",
        "annotations",
        "reasoning_content",
        "reasoning_details",
    }
)
ANSWER_DROPS = {"name": NAME, "audio": AUDIO}
RESULT = frozenset({"role", "content", "tool_call_id", "cache_control", "extra_content", "name"})
OLD_RESULT = frozenset({"role", "content", "name", "cache_control"})
OLD_RESULT_DROPS = {"extra_content": FOREIGN}
EXTRA = frozenset({"order", "anthropic", "is_error"})


NOTHING: dict[str, Any] = {}


def conversation(messages: list[Any], call: Call) -> Conversation:
    """System blocks, turns, and the number of cache marks on both."""
    system: list[Any] = []
    turns: list[Any] = []
    marks = 0
    speaker, content = "", []  # role and content of the last turn
    calls: set[Any] = set()  # ids of the calls so far
    old_calls: dict[str, str] = {}  # the last call of each name, in the deprecated form
    answered: set[str] = set()  # ids of the results in the last turn
    untidy: list[Any] = []  # turns in which results must be moved or joined
    kept: list[Any] = []  # turns in which the provider's own blocks look like results
    last = len(messages) - 1
    for i, message in enumerate(messages):
        if type(message) is not dict:
            raise malformed(((), "messages", i), "an object", message)
        role = message.get("role")
        text: Any = message.get("content")
        plain = type(text) is str and len(message) == 2
        if role == "user":
            if plain:
                blocks = [{"type": "text", "text": text}] if text.strip(WHITE) else None
            else:
                blocks = marked(message, text, i, call)
                marks += count(blocks)
            if not blocks:
                call.lose(EMPTY, ((), "messages", i))
            elif speaker == "user":
                content += blocks
            else:
                speaker, content = "user", blocks
                answered = set()
                turns.append({"role": "user", "content": blocks})
        elif role == "assistant":
            if plain:
                blocks = [{"type": "text", "text": text}] if text.strip(WHITE) else None
            else:
                blocks = answer(message, text, i, calls, call)
                marks += deep_count(blocks) if "extra_content" in message else count(blocks)
            if not blocks:
                call.lose(EMPTY, ((), "messages", i))
                continue
            if i == last:
                trim_prefill(blocks, i, call)
            if not plain and (old := message.get("function_call")):
                old_calls[old["name"]] = f"function_call_{i}"
            if speaker == "assistant":
                content += blocks
            else:
                speaker, content = "assistant", blocks
                turns.append({"role": "assistant", "content": blocks})
            if "extra_content" in message and any(is_result(block) for block in blocks):
                kept.append(turns[-1])
        elif role == "tool" or role == "function":
            if role == "tool":
                result = tool_result(message, text, i, calls, call)
            else:
                result = old_result(message, text, i, old_calls, call)
            if "cache_control" in result:
                marks += 1
            if type(text) is list and "content" in result:
                marks += count(result["content"])
            name = result["tool_use_id"]
            if speaker == "user":
                late = content[-1]["type"] != "tool_result"
                if late and role == "tool":
                    call.lose(RESULT_LATER, ((), "messages", i, "content"))
                if (late or name in answered) and not (untidy and untidy[-1] is turns[-1]):
                    untidy.append(turns[-1])
                content.append(result)
            else:
                speaker, content = "user", [result]
                answered = set()
                turns.append({"role": "user", "content": content})
            answered.add(name)
        elif role == "system" or role == "developer":
            if plain:
                blocks = [{"type": "text", "text": text}] if text.strip(WHITE) else None
            else:
                blocks = marked(message, text, i, call)
                marks += count(blocks)
            if blocks:
                if turns:
                    call.lose(SYSTEM_LATER, ((), "messages", i, "role"))
                system += blocks
        elif type(role) is not str:
            raise malformed(((), "messages", i, "role"), "a text", role)
        else:
            raise unknown_member(
                ((), "messages", i, "role"), role, "system, developer, user, assistant, tool, function"
            )
    for turn in (*untidy, *kept) if untidy else ():
        content = turn["content"]
        results = [block for block in content if is_result(block)]
        rest = [block for block in content if not is_result(block)]
        turn["content"] = merge_items(results, ("tool_use_id",), ("content",), True) + rest
    return system, turns, marks


def is_result(block: Any) -> bool:
    return type(block) is dict and block.get("type") == "tool_result"


def count(blocks: list[Any] | None) -> int:
    marks = 0
    for block in blocks or ():
        if "cache_control" in block:
            marks += 1
    return marks


def deep_count(blocks: list[Any] | None) -> int:
    """Of blocks that may be anything, as the provider made them."""
    marks = 0
    for block in blocks or ():
        if type(block) is dict:
            inner = block.get("content")
            for one in (block, *inner) if type(inner) is list else (block, inner):
                if type(one) is dict and one.get("cache_control") is not None:
                    marks += 1
    return marks


def marked(message: dict[str, Any], content: Any, i: int, call: Call) -> list[Any] | None:
    """The blocks of a user's or system message, the message's own mark on the last one."""
    at = ((), "messages", i)
    if not SAYS.issuperset(message):
        call.leftovers(message, SAYS, SAYS_DROPS, at)
    mark = message.get("cache_control")
    if mark is not None and type(mark) is not dict:
        raise malformed((at, "cache_control"), "an object", mark)
    if content is None:
        raise malformed((at, "content"), "a list or a text", None)
    blocks = said(content, at, call)
    if mark and blocks:
        blocks[-1]["cache_control"] = mark
    return blocks


def answer(message: dict[str, Any], content: Any, i: int, calls: set[Any], call: Call) -> list[Any]:
    """The blocks of an assistant's message, as the order kept beside it says, else: reasoning, text, calls."""
    at = ((), "messages", i)
    get = message.get
    if not ANSWER.issuperset(message):
        call.leftovers(message, ANSWER, ANSWER_DROPS, at)
    extra, mark, refusal, tool_calls = get("extra_content"), get("cache_control"), get("refusal"), get("tool_calls")
    order = kept = None
    if extra is not None:
        if type(extra) is not dict:
            raise malformed((at, "extra_content"), "an object", extra)
        if not EXTRA.issuperset(extra):
            call.leftovers(extra, EXTRA, NONE, (at, "extra_content"))
        order = extra.get("order")
        if order is not None and type(order) is not list:
            raise malformed((at, "extra_content", "order"), "a list", order)
        kept = extra.get("anthropic")
    if type(kept) is not dict:
        kept = NOTHING
    if mark is not None and type(mark) is not dict:
        raise malformed((at, "cache_control"), "an object", mark)
    if refusal is not None and type(refusal) is not str:
        raise malformed((at, "refusal"), "a text", refusal)
    if get("annotations") is not None and not kept.get("citations"):
        call.lose(ANNOTATIONS, (at, "annotations"))
    details = get("reasoning_details")
    if get("reasoning_content") is not None and not details:
        call.lose(REASONING, (at, "reasoning_content"))
    thoughts = thinking_blocks(details, at, call) if details is not None else []

    texts: list[Any] = []
    if type(content) is str:
        if order:
            lengths = [
                take
                for entry in order
                if type(entry) is dict and entry.get("of") == "content" and (take := entry.get("take")) is not None
            ]
            texts = [{"type": "text", "text": piece} for piece in cut(content, lengths) or ()]
            if "citations" in kept:
                cite(texts, kept["citations"])
        elif content.strip(WHITE):
            texts = [{"type": "text", "text": content}]
    elif type(content) is list:
        if "citations" in kept:
            blocks = [one_part(part, (at, "content", n), call) for n, part in enumerate(content)]
            cite(blocks, kept["citations"])
            texts = [block for block in blocks if block is not None]
        else:
            texts = parts(content, at, call)
    elif content is not None:
        raise malformed((at, "content"), "a list or a text", content)
    if refusal:
        call.lose(REFUSAL, (at, "refusal"))
        texts.append({"type": "text", "text": refusal})

    uses: list[Any] = []
    if tool_calls is not None:
        if type(tool_calls) is not list:
            raise malformed((at, "tool_calls"), "a list", tool_calls)
        for n, use in enumerate(tool_calls):
            uses.append(tool_use(use, (at, "tool_calls", n), call))
            calls.add(use["id"])
    old = get("function_call")
    if old is not None:
        if type(old) is not dict:
            raise malformed((at, "function_call"), "an object", old)
        name = old.get("name")
        if type(name) is not str:
            raise malformed((at, "function_call", "name"), "a text", name)
        uses.append(
            {
                "type": "tool_use",
                "id": f"function_call_{i}",
                "name": name,
                "input": arguments_of(old, (at, "function_call"), call),
            }
        )

    own = kept.get("blocks")
    blocks = (
        [block for one in flat(own) if type(one) is dict and (block := one.get("block")) is not None]
        if type(own) is list
        else []
    )
    if order:
        laid = lay(order, {"reasoning_details": thoughts, "content": texts, "tool_calls": uses, "anthropic": blocks})
        blocks = [block for block in laid if not is_blank(block)]
        if len(blocks) < len(laid):
            call.lose(BLANK, (at, "content"))
    else:
        blocks = [*thoughts, *texts, *uses, *blocks]
    if mark and blocks:
        last: Any = blocks[-1]
        blocks[-1] = {**last, "cache_control": mark}
    return blocks


def flat(items: list[Any]) -> list[Any]:
    """Lists among the items opened, as JMESPath's `[]` does."""
    return [one for item in items for one in (item if type(item) is list else (item,))]


def is_blank(block: Any) -> bool:
    return (
        type(block) is dict
        and block.get("type") == "text"
        and type(text := block.get("text")) is str
        and not text.strip(WHITE)
    )


def cite(blocks: list[Any], citations: Any) -> None:
    """Give the texts their citations back."""
    if type(citations) is not list:
        return
    for entry in citations:
        if type(entry) is dict and type(n := entry.get("text")) is int and 0 <= n < len(blocks):
            citation = entry.get("citation")
            if citation is not None and blocks[n] is not None:
                blocks[n].setdefault("citations", []).append(citation)


def trim_prefill(blocks: list[Any], i: int, call: Call) -> None:
    """The beginning of an answer must not end in white space."""
    block = blocks[-1]
    if type(block) is dict and block.get("type") == "text" and type(text := block.get("text")) is str:
        trimmed = text.rstrip(WHITE)
        if trimmed != text:
            call.lose(PREFILL, ((), "messages", i, "content"))
            blocks[-1] = {**block, "text": trimmed}


def tool_result(message: dict[str, Any], content: Any, i: int, calls: set[Any], call: Call) -> dict[str, Any]:
    at = ((), "messages", i)
    failed = mark = None
    if len(message) > 3:
        extra, mark = message.get("extra_content"), message.get("cache_control")
        if extra is not None:
            if type(extra) is not dict:
                raise malformed((at, "extra_content"), "an object", extra)
            if not EXTRA.issuperset(extra):
                call.leftovers(extra, EXTRA, NONE, (at, "extra_content"))
            failed = extra.get("is_error")
            if failed is not None and type(failed) is not bool:
                raise malformed((at, "extra_content", "is_error"), "true or false", failed)
        if mark is not None and type(mark) is not dict:
            raise malformed((at, "cache_control"), "an object", mark)
        if not RESULT.issuperset(message):
            call.leftovers(message, RESULT, NONE, at)
    name = message.get("tool_call_id")
    if type(name) is not str:
        raise malformed((at, "tool_call_id"), "a text", name)
    if content is None:
        raise malformed((at, "content"), "a list or a text", None)
    blocks = said(content, at, call)
    if name not in calls:
        raise refused((at, "tool_call_id"), "no tool call of this conversation has this id")
    result: dict[str, Any] = {"type": "tool_result", "tool_use_id": safe(name, (at, "tool_call_id"), call)}
    if blocks is not None:
        result["content"] = blocks
    if failed:
        result["is_error"] = True
    if mark is not None:
        result["cache_control"] = mark
    return result


def old_result(message: dict[str, Any], content: Any, i: int, old_calls: dict[str, str], call: Call) -> dict[str, Any]:
    """Deprecated form of a tool's result: it answers the last call of that name."""
    at = ((), "messages", i)
    name = message.get("name")
    if type(name) is not str:
        raise malformed((at, "name"), "a text", name)
    mark = message.get("cache_control")
    if mark is not None and type(mark) is not dict:
        raise malformed((at, "cache_control"), "an object", mark)
    blocks = said(content, at, call)
    if not OLD_RESULT.issuperset(message):
        call.leftovers(message, OLD_RESULT, OLD_RESULT_DROPS, at)
    if name not in old_calls:
        raise refused(at, "no function call before this message has this name")
    result: dict[str, Any] = {"type": "tool_result", "tool_use_id": old_calls[name]}
    if blocks is not None:
        result["content"] = blocks
    if mark is not None:
        result["cache_control"] = mark
    return result
