"""Parts of messages: texts, pictures, files, calls, results, reasoning."""

from json import JSONDecoder
from typing import Any

from dragoman.kit import At, Call, Rule, malformed, refused, unknown_member
from dragoman.kit.functions import base64_text, data_uri, safe_id

__all__ = ["WHITE", "arguments_of", "parts", "said", "thinking_blocks", "tool_use"]

WHITE = " \t\r\n"
NONE: dict[str, Rule] = {}

FOREIGN = Rule("dropped", "cosmetic", "nothing of it concerns this dialect", "")
BLANK = Rule("dropped", "cosmetic", "a blank text says nothing and is refused here", "")
REFUSAL = Rule("substituted", "cosmetic", "a refusal is sent on as text", "")
DETAIL = Rule("dropped", "tuning", "the provider sizes pictures itself", "")
TITLE = Rule("dropped", "cosmetic", "pictures have no title here", "")
DATA_FIRST = Rule("dropped", "cosmetic", "the data goes before it", "")
ODD_DATA = Rule("dropped", "contract", "data must be that of a PDF or a picture or a text", "")
LIFETIME = Rule("substituted", "tuning", "a mark lives five minutes or one hour here", "")
CUSTOM = Rule("substituted", "tuning", "the text of a custom call becomes the field `input` of an object", "")
SAFE_ID = Rule("substituted", "cosmetic", "ids are made of letters, digits, _ and - here", "")
UNSIGNED = Rule("dropped", "tuning", "reasoning without this provider's signature cannot be sent back", "")
STRANGE = Rule("dropped", "tuning", "reasoning of another provider cannot be read here", "")
SUMMARY = Rule("dropped", "tuning", "a summary of reasoning is not what the provider signed", "")

ONLY_TEXT = Rule("dropped", "tuning", "of this kind only the text counts", "")
ONLY_DATA = Rule("dropped", "tuning", "of this kind only the data counts", "")

PART_DROPS = {"extra_content": FOREIGN}
TEXT = frozenset({"type", "text", "cache_control", "prompt_cache_breakpoint"})
REFUSED = frozenset({"type", "refusal", "cache_control"})
IMAGE = frozenset({"type", "image_url", "cache_control", "prompt_cache_breakpoint"})
IMAGE_URL = frozenset({"url", "detail"})
FILE = frozenset({"type", "file", "cache_control", "prompt_cache_breakpoint"})
FILE_KEYS = frozenset({"filename", "file_id", "file_data"})
BREAKPOINT = frozenset({"mode", "ttl"})
PICTURES = {
    "image/jpg": "image/jpeg",
    "image/jpeg": "image/jpeg",
    "image/png": "image/png",
    "image/gif": "image/gif",
    "image/webp": "image/webp",
}
CALL = frozenset({"type", "id", "function", "cache_control", "extra_content"})
CUSTOM_CALL = frozenset({"type", "id", "custom", "cache_control", "extra_content"})
KEPT = frozenset({"anthropic"})
REASONING = frozenset({"type", "id", "index", "format", "text", "signature"})
REASONING_DROPS = {"summary": ONLY_TEXT, "data": ONLY_TEXT}
ENCRYPTED = frozenset({"type", "id", "index", "format", "data"})
ENCRYPTED_DROPS = {"text": ONLY_DATA, "summary": ONLY_DATA, "signature": ONLY_DATA}
SUMMARISED = REASONING | ENCRYPTED | {"summary"}
FUNCTION = frozenset({"name", "arguments"})
CUSTOM_FUNCTION = frozenset({"name", "input"})


def said(content: Any, at: At, call: Call) -> list[Any] | None:
    """The content of a message as blocks; None when there are none. `at` is the place of the message."""
    if type(content) is str:
        return [{"type": "text", "text": content}] if content.strip(WHITE) else None
    if type(content) is list:
        return parts(content, at, call) or None
    if content is not None:
        raise malformed((at, "content"), "a list or a text", content)
    return None


def parts(content: list[Any], at: At, call: Call) -> list[Any]:
    blocks = []
    for i, part in enumerate(content):
        if (
            type(part) is dict
            and part.get("type") == "text"
            and len(part) == 2
            and type(text := part.get("text")) is str
        ):
            if text.strip(WHITE):
                blocks.append({"type": "text", "text": text})
            else:
                call.lose(BLANK, (at, "content", i))
        elif (block := one_part(part, (at, "content", i), call)) is not None:
            blocks.append(block)
    return blocks


def one_part(part: Any, at: At, call: Call) -> dict[str, Any] | None:
    if type(part) is not dict:
        raise malformed(at, "an object", part)
    kind = part.get("type")
    if kind == "text":
        text = part.get("text")
        if type(text) is not str:
            raise malformed((at, "text"), "a text", text)
        if not TEXT.issuperset(part):
            call.leftovers(part, TEXT, PART_DROPS, at)
        if not text.strip(WHITE):
            call.lose(BLANK, at)
            return None
        block: dict[str, Any] = {"type": "text", "text": text}
    elif kind == "image_url":
        block = picture(part, at, call)
    elif kind == "file":
        block = document(part, at, call)
    elif kind == "refusal":
        text = part.get("refusal")
        if type(text) is not str:
            raise malformed((at, "refusal"), "a text", text)
        if not REFUSED.issuperset(part):
            call.leftovers(part, REFUSED, PART_DROPS, at)
        call.lose(REFUSAL, (at, "refusal"))
        block = {"type": "text", "text": text}
        if (mark := part.get("cache_control")) is not None:
            block["cache_control"] = mark
        return block
    elif kind == "input_audio":
        raise refused(at, "audio is not taken here")
    elif type(kind) is not str:
        raise malformed((at, "type"), "a text", kind)
    else:
        raise unknown_member((at, "type"), kind, "text, refusal, image_url, file, input_audio")
    if len(part) > 2 and (kind != "text" or part.get("cache_control") or part.get("prompt_cache_breakpoint")):
        mark = mark_of(part, at, call)
        if mark is not None:
            block["cache_control"] = mark
    return block


def mark_of(part: dict[str, Any], at: At, call: Call) -> dict[str, Any] | None:
    mark = part.get("cache_control")
    if mark is not None and type(mark) is not dict:
        raise malformed((at, "cache_control"), "an object", mark)
    other = part.get("prompt_cache_breakpoint")
    if other is None:
        return mark or None
    if type(other) is not dict:
        raise malformed((at, "prompt_cache_breakpoint"), "an object", other)
    if mark:
        return mark
    if not BREAKPOINT.issuperset(other):
        call.leftovers(other, BREAKPOINT, NONE, (at, "prompt_cache_breakpoint"))
    lifetime = other.get("ttl")
    if lifetime is not None and type(lifetime) is not str:
        raise malformed((at, "prompt_cache_breakpoint", "ttl"), "a text", lifetime)
    if not other:
        return None
    if not lifetime:
        return {"type": "ephemeral"}
    call.lose(LIFETIME, (at, "prompt_cache_breakpoint", "ttl"))
    return {"type": "ephemeral", "ttl": "1h"}


def picture(part: dict[str, Any], at: At, call: Call) -> dict[str, Any]:
    image = part.get("image_url")
    if type(image) is not dict:
        raise malformed((at, "image_url"), "an object", image)
    if not IMAGE_URL.issuperset(image):
        call.leftovers(image, IMAGE_URL, NONE, (at, "image_url"))
    url = image.get("url")
    if type(url) is not str:
        raise malformed((at, "image_url", "url"), "a text", url)
    if not IMAGE.issuperset(part):
        call.leftovers(part, IMAGE, PART_DROPS, at)
    detail = image.get("detail")
    if detail is not None and detail != "auto":
        call.lose(DETAIL, (at, "image_url", "detail"))
    inline = data_uri(url) if url[:5].lower() == "data:" else None
    if inline is None:
        return {"type": "image", "source": {"type": "url", "url": url}}
    if inline["media_type"] == "application/pdf":
        return pdf(inline["data"])
    return inline_picture(inline, (at, "image_url", "url"))


def inline_picture(inline: dict[str, str], at: At) -> dict[str, Any]:
    kind = PICTURES.get(inline["media_type"])
    if kind is None:
        raise refused(at, "a picture must be JPEG, PNG, GIF or WebP")
    return {"type": "image", "source": {"type": "base64", "media_type": kind, "data": inline["data"]}}


def pdf(data: str) -> dict[str, Any]:
    return {"type": "document", "source": {"type": "base64", "media_type": "application/pdf", "data": data}}


def document(part: dict[str, Any], at: At, call: Call) -> dict[str, Any]:
    file = part.get("file")
    if type(file) is not dict:
        raise malformed((at, "file"), "an object", file)
    if not FILE.issuperset(part):
        call.leftovers(part, FILE, PART_DROPS, at)
    if not FILE_KEYS.issuperset(file):
        call.leftovers(file, FILE_KEYS, NONE, (at, "file"))
    name, file_id, data = file.get("filename"), file.get("file_id"), file.get("file_data")
    if name is not None and type(name) is not str:
        raise malformed((at, "file", "filename"), "a text", name)
    if file_id is not None and type(file_id) is not str:
        raise malformed((at, "file", "file_id"), "a text", file_id)
    if data is not None and type(data) is not str:
        raise malformed((at, "file", "file_data"), "a text", data)
    inline = data_uri(data)
    kind = inline["media_type"].partition("/")[0] if inline else ""
    if inline and (kind in {"image", "text"} or inline["media_type"] == "application/pdf"):
        if file_id is not None:
            call.lose(DATA_FIRST, (at, "file", "file_id"))
        if kind == "image":
            if name:
                call.lose(TITLE, (at, "file", "filename"))
            return inline_picture(inline, (at, "file", "file_data"))
        if kind == "application":
            block = pdf(inline["data"])
        else:
            text = base64_text(inline["data"])
            if text is None:
                raise refused((at, "file", "file_data"), "a text file must be UTF-8")
            block = {"type": "document", "source": {"type": "text", "media_type": "text/plain", "data": text}}
    elif file_id:
        if data:
            call.lose(ODD_DATA, (at, "file", "file_data"))
        block = {"type": "document", "source": {"type": "file", "file_id": file_id}}
    else:
        raise refused((at, "file"), "a file must be a PDF, a picture, a text or a file id")
    if name is not None:
        block["title"] = name
    return block


# ---------------------------------------------------------------------- calls
def not_json(name: str) -> Any:
    """Python's reader takes NaN and Infinity, which are no JSON."""
    raise ValueError(name)


decode = JSONDecoder(parse_constant=not_json).decode


def tool_use(use: Any, at: At, call: Call) -> dict[str, Any]:
    if type(use) is not dict:
        raise malformed(at, "an object", use)
    kind = use.get("type")
    kept = None
    if kind == "function":
        if len(use) > 3:
            kept, mark = kept_of(use, at, call), use.get("cache_control")
            if mark is not None and type(mark) is not dict:
                raise malformed((at, "cache_control"), "an object", mark)
            if not CALL.issuperset(use):
                call.leftovers(use, CALL, NONE, at)
        function = use.get("function")
        if type(function) is not dict:
            raise malformed((at, "function"), "an object", function)
        name = function.get("name")
        if type(name) is not str:
            raise malformed((at, "function", "name"), "a text", name)
        block = {
            "type": "tool_use",
            "id": safe(use.get("id"), (at, "id"), call),
            "name": name,
            "input": arguments_of(function, (at, "function"), call),
        }
    elif kind == "custom":
        custom = use.get("custom")
        if type(custom) is not dict:
            raise malformed((at, "custom"), "an object", custom)
        if not CUSTOM_FUNCTION.issuperset(custom):
            call.leftovers(custom, CUSTOM_FUNCTION, NONE, (at, "custom"))
        name, text = custom.get("name"), custom.get("input")
        if type(name) is not str:
            raise malformed((at, "custom", "name"), "a text", name)
        if type(text) is not str:
            raise malformed((at, "custom", "input"), "a text", text)
        if len(use) > 3:
            kept = kept_of(use, at, call)
            if not CUSTOM_CALL.issuperset(use):
                call.leftovers(use, CUSTOM_CALL, NONE, at)
        call.lose(CUSTOM, (at, "custom", "input"))
        block = {
            "type": "tool_use",
            "id": safe(use.get("id"), (at, "id"), call),
            "name": name,
            "input": {"input": text},
        }
    elif type(kind) is not str:
        raise malformed((at, "type"), "a text", kind)
    else:
        raise unknown_member((at, "type"), kind, "function, custom")
    if type(kept) is dict:
        if (caller := kept.get("caller")) is not None:
            block["caller"] = caller
        if (toolset := kept.get("toolset_name")) is not None:
            block["toolset_name"] = toolset
    if (mark := use.get("cache_control")) is not None:
        block["cache_control"] = mark
    return block


def kept_of(use: dict[str, Any], at: At, call: Call) -> Any:
    """What is kept beside a call; what other providers keep there is lost."""
    extra = use.get("extra_content")
    if extra is None:
        return None
    if type(extra) is not dict:
        raise malformed((at, "extra_content"), "an object", extra)
    if not KEPT.issuperset(extra):
        call.leftovers(extra, KEPT, NONE, (at, "extra_content"))
    return extra.get("anthropic")


def safe(value: Any, at: At, call: Call) -> str | None:
    if type(value) is not str:
        raise malformed(at, "a text", value)
    made = safe_id(value)
    if made != value:
        call.lose(SAFE_ID, at)
    return made


def arguments_of(function: dict[str, Any], at: At, call: Call) -> dict[str, Any]:
    """The arguments of a function's call as an object."""
    text = function.get("arguments")
    if type(text) is not str:
        raise malformed((at, "arguments"), "a text", text)
    if not FUNCTION.issuperset(function):
        call.leftovers(function, FUNCTION, NONE, at)
    if not text.strip(WHITE):
        return {}
    try:
        value = decode(text)
    except (ValueError, RecursionError):
        value = None
    if type(value) is dict:
        return value
    if value is None:
        raise refused((at, "arguments"), "arguments must be the text of a JSON object")
    raise malformed((at, "arguments"), "an object", value)


# ---------------------------------------------------------------------- reasoning
def thinking_blocks(details: Any, at: At, call: Call) -> list[Any]:
    """What the provider signed, unchanged; fragments of a stream are put together. `at` is the place of the message."""
    if type(details) is not list:
        raise malformed((at, "reasoning_details"), "a list", details)
    signed = [detail.get("index") for detail in details if type(detail) is dict and detail.get("signature")]
    blocks: list[Any] = []
    block: dict[str, Any] = {}
    before: Any = None  # kind and index of the block
    for i, detail in enumerate(details):
        place = (at, "reasoning_details", i)
        if type(detail) is not dict:
            raise malformed(place, "an object", detail)
        kind, index, form = detail.get("type"), detail.get("index"), detail.get("format")
        if kind == "reasoning.text":
            if not REASONING.issuperset(detail):
                call.leftovers(detail, REASONING, REASONING_DROPS, place)
            if index is not None and type(index) is not int and type(index) is not float:
                raise malformed((place, "index"), "a number", index)
            signature, text = detail.get("signature"), detail.get("text") or ""
            if signature is not None and type(signature) is not str:
                raise malformed((place, "signature"), "a text", signature)
            if not (signature or (index is not None and index in signed)) or not ours(form, place):
                call.lose(UNSIGNED, place)
                continue
            if type(text) is not str:
                raise malformed((place, "text"), "a text", text)
            if before == (kind, index) and (signature is None or block.get("signature", signature) == signature):
                block["thinking"] += text
            else:
                block = {"type": "thinking", "thinking": text}
                blocks.append(block)
            if signature is not None:
                block["signature"] = signature
        elif kind == "reasoning.encrypted":
            if not ENCRYPTED.issuperset(detail):
                call.leftovers(detail, ENCRYPTED, ENCRYPTED_DROPS, place)
            data = detail.get("data")
            if data is not None and type(data) is not str:
                raise malformed((place, "data"), "a text", data)
            if not data or not ours(form, place):
                call.lose(STRANGE, place)
                continue
            if before != (kind, index) or block["data"] != data:
                block = {"type": "redacted_thinking", "data": data}
                blocks.append(block)
        elif kind == "reasoning.summary":
            if not SUMMARISED.issuperset(detail):
                call.leftovers(detail, SUMMARISED, NONE, place)
            call.lose(SUMMARY, place)
            continue
        elif type(kind) is not str:
            raise malformed((place, "type"), "a text", kind)
        else:
            raise unknown_member((place, "type"), kind, "reasoning.text, reasoning.encrypted, reasoning.summary")
        before = (kind, index) if isinstance(index, int) else None
    return blocks


def ours(form: Any, at: At) -> bool:
    if form is not None and type(form) is not str:
        raise malformed((at, "format"), "a text", form)
    return not form or form.startswith("anthropic")
