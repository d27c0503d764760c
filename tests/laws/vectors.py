"""Recorded embeddings and counts of tokens, through the providers here: the numbers that come out are those that came.

`python -m tests.laws.vectors FOLDER`: in each recording of the folder the request of the vendor's is said in the hub's
words (by this module, which knows the vendors' forms), translated back, and compared with the recorded one; the answer
is translated once for numbers and once for base64, and its vectors compared with those that stand anywhere in the
recorded answer. What the recorder has cut is passed over. The recordings are no part of the repository.
"""

from __future__ import annotations

import gzip
import json
import struct
import sys
from base64 import b64decode
from binascii import Error
from collections import Counter
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import dragoman

Body = dict[str, Any]
# How the URLs of embeddings end, and part of the server's name where the end alone does not tell.
ENDPOINTS = (
    (":batchEmbedContents", "", "gemini"),
    (":predict", "", "vertex"),
    ("/v2/embed", "", "cohere"),
    ("/api/embed", "", "ollama"),
    ("/invoke", "", "bedrock"),
    ("/embeddings", "voyage", "voyage"),
    ("/v1/embeddings", "", "openai"),
)
COUNTS = (
    (":countTokens", "aiplatform", "vertex"),
    (":countTokens", "", "gemini"),
    ("/v1/messages/count_tokens", "", "anthropic"),
    ("/count-tokens", "", "bedrock"),
    ("/responses/input_tokens", "", "openai-responses"),
)
KINDS = {
    **dict.fromkeys(("search_query", "RETRIEVAL_QUERY", "GENERIC_RETRIEVAL", "query"), "query"),
    **dict.fromkeys(("search_document", "RETRIEVAL_DOCUMENT", "GENERIC_INDEX", "document"), "document"),
}


def records(folder: Path) -> Iterator[Body]:
    for path in sorted(folder.glob("*.jsonl.gz")):
        with gzip.open(path, "rt", encoding="utf-8") as lines:
            yield from (json.loads(line) for line in lines)


def of(record: Body, ways: tuple[tuple[str, str, str], ...]) -> str | None:
    endpoint, host = (record.get("endpoint") or "").rstrip("/"), record.get("host") or ""
    return next((slug for end, part, slug in ways if endpoint.endswith(end) and part in f"{host}{endpoint}"), None)


def lists(value: Any) -> Iterator[list[float]]:
    """All lists of numbers in a body, in order; packed ones too."""
    if isinstance(value, dict):
        for name, inner in value.items():
            if name not in ("embeddingsByType", "usage"):
                yield from lists(inner)
    elif isinstance(value, list) and value and all(isinstance(item, int | float) for item in value):
        yield value
    elif isinstance(value, list):
        for item in value:
            yield from lists(item)


def unpacked(text: str) -> list[float]:
    raw = b64decode(text, validate=True)
    raw = raw[: len(raw) // 4 * 4]
    return list(struct.unpack(f"<{len(raw) // 4}f", raw))


def short(numbers: list[float]) -> list[float]:
    """As floats of four bytes have them."""
    return list(struct.unpack(f"<{len(numbers)}f", struct.pack(f"<{len(numbers)}f", *numbers)))


def in_hub(slug: str, model: str, body: Body) -> Body | None:
    """The request in the hub's words; None where it says what the hub does not know."""
    if slug == "openai":
        return body
    if slug == "gemini":
        first = body["requests"][0]
        texts = [[part["text"] for part in one["content"]["parts"]] for one in body["requests"]]
        if any(len(parts) != 1 for parts in texts):
            return None
        made = {"input": [parts[0] for parts in texts], "dimensions": first.get("outputDimensionality")}
        kind = first.get("taskType")
    elif slug == "vertex":
        made = {"input": [one["content"] for one in body["instances"]]}
        kind = body["instances"][0].get("task_type")
    elif "singleEmbeddingParams" in body:
        params = body["singleEmbeddingParams"]
        made = {"input": params["text"]["value"], "dimensions": params.get("embeddingDimension")}
        made |= {"truncate": params["text"]["truncationMode"].lower()}
        kind = params["embeddingPurpose"]
    elif "inputText" in body:
        made, kind = {"input": body["inputText"], "dimensions": body.get("dimensions")}, None
    else:
        made = {"input": body.get("texts", body.get("input")), "dimensions": body.get("output_dimension")}
        made |= {"truncate": (body.get("truncate") or "none").lower()} if "texts" in body else {}
        made |= {"truncate": "end" if body["truncation"] else "none"} if "truncation" in body else {}
        made |= {"encoding_format": body.get("encoding_format")}
        kind = body.get("input_type")
    made |= {"input_type": KINDS.get(kind or "")}
    return {"model": model, **{name: value for name, value in made.items() if value is not None}}


def leaves(value: Any, at: str = "") -> Iterator[tuple[str, Any]]:
    if isinstance(value, dict):
        for name, inner in value.items():
            yield from leaves(inner, f"{at}.{name}")
    elif isinstance(value, list):
        for n, item in enumerate(value):
            yield from leaves(item, f"{at}[{n}]")
    elif value is not None and (at, value) != (".encoding_format", "float"):
        yield at, value


def request(slug: str, model: str, hub: Body, recorded: Body) -> Iterator[str]:
    """Leaves that are said otherwise than in the recording. What is only recorded must have no word in the hub."""
    sent = dragoman.translator(slug, settings={"project": "p"} if slug == "vertex" else {}).embeddings_request(hub)
    made, wanted = dict(leaves(sent.body)), dict(leaves(recorded))
    lost = {loss.path for loss in sent.losses}
    for place, value in wanted.items():
        name = place.rpartition(".")[2].partition("[")[0]
        if place not in made and place.replace("texts", "input") != ".input" and name not in NO_WORD | lost_names(lost):
            yield f"{place} is not said"
        elif place in made and made[place] != value:
            yield f"{place}: {made[place]!r}, recorded {value!r}"


NO_WORD = {"normalize", "max_tokens", "role", "title", "input", "text"}
"""What the hub has no word for, and what is spelt otherwise: one text is a list of one."""


def lost_names(lost: set[str]) -> set[str]:
    return {"taskType", "task_type", "input_type", "embeddingPurpose"} if "input_type" in lost else set()


def answer(slug: str, model: str, hub: Body, recorded: Any, headers: Mapping[str, str]) -> Iterator[str]:
    t = dragoman.translator(slug, settings={"project": "p"} if slug == "vertex" else {})
    packed = [item["embedding"] for item in (recorded.get("data") or ()) if isinstance(item.get("embedding"), str)]
    try:
        wanted = [unpacked(text) for text in packed] or list(lists(recorded))
    except Error:
        return  # cut by the recorder
    for form in ("float", "base64"):
        sent = t.embeddings_request({**hub, "encoding_format": form})
        made = t.embeddings_response(recorded, sent, headers=headers).body
        found = [item["embedding"] for item in made["data"]]
        if form == "base64" or any(isinstance(one, str) for one in found):
            found = [unpacked(one) for one in found]
            wanted = [short(one) for one in wanted]
        if repr(found) != repr(wanted):
            yield f"{form}: other vectors"
        if [item["index"] for item in made["data"]] != list(range(len(wanted))):
            yield f"{form}: other indexes"
        if not made["model"] or made["object"] != "list" or "prompt_tokens" not in made["usage"]:
            yield f"{form}: no whole answer"


def run(folder: Path) -> tuple[Counter[str], list[str]]:
    """How many recordings were compared, and what differs."""
    counts: Counter[str] = Counter()
    wrong: list[str] = []
    for record in records(folder):
        body, back, model = record.get("request"), record.get("response"), record.get("model") or "m"
        good = (record.get("status") or 200) < 400 and isinstance(back, dict)
        slug = of(record, ENDPOINTS)
        if slug is not None and isinstance(body, dict) and "embed" in f"{record['provider']} {model}" and good:
            hub = in_hub(slug, model, body)
            if hub is None:
                counts["no word in the hub"] += 1
                continue
            counts[f"{slug} embeddings"] += 1
            found = [*request(slug, model, hub, body), *answer(slug, model, hub, back, record.get("headers") or {})]
            wrong += [f"{record['id']}: {what}" for what in found]
        elif (slug := of(record, COUNTS)) is not None and good:
            counts[f"{slug} count"] += 1
            counted = dragoman.translator(slug).count_tokens_response(back).body
            if counted["input_tokens"] not in (
                back.get(name) for name in ("input_tokens", "totalTokens", "inputTokens")
            ):
                wrong.append(f"{record['id']}: another count")
    return counts, wrong


if __name__ == "__main__":
    counted, wrong = run(Path(sys.argv[1]))
    for what in wrong:
        print(what)
    for kind, times in sorted(counted.items()):
        print(f"{times:6}  {kind}")
    print(f"{counted.total()} recordings, {len(wrong)} differences")
    sys.exit(1 if wrong else 0)
