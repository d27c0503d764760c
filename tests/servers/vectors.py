"""A scripted server for what stands beside answers: embeddings of several dialects, lists of models, a count of tokens.

`with VectorServer() as upstream: ...`. A text's vector is `vector(text)`, so that a test knows it, whatever dialect it
came through. What a vendor would not take is answered with a 400 in that vendor's form.
"""

from __future__ import annotations

import re
import struct
from base64 import b64encode
from collections.abc import Callable, Mapping
from typing import Any

from .checks import Invalid, fields
from .wire import Answer, Exchange, ScriptedServer, json_reply

__all__ = ["VectorServer", "vector"]

Body = dict[str, Any]
GEMINI = {"name": "models/gemini-embedding-001", "version": "001", "displayName": "Gemini Embedding 001"}
COHERE = {"name": "embed-v4.0", "endpoints": ["embed"], "context_length": 128000.0}
OLLAMA = {"name": "embeddinggemma", "model": "embeddinggemma", "modified_at": "2025-10-03T23:34:03Z", "size": 3}
OPENAI = {"id": "text-embedding-3-small", "object": "model", "created": 1, "owned_by": "system"}
TITAN = {"modelId": "amazon.titan-embed-text-v2:0", "modelArn": "arn:aws:bedrock:1", "providerName": "Amazon"}
GOOGLE = {"name": "publishers/google/models/gemini-embedding-001", "versionId": "default"}
LISTS: Mapping[str, Body] = {
    "/v1beta/models": {"models": [GEMINI]},
    "/v1/models": {"models": [COHERE]},
    "/api/tags": {"models": [OLLAMA]},
    "/foundation-models": {"modelSummaries": [TITAN]},
    "/v1beta1/publishers/google/models": {"publisherModels": [GOOGLE]},
    "/openai/models": {"object": "list", "data": [OPENAI]},
}


def vector(text: str) -> list[float]:
    """Three numbers that a float of four bytes holds."""
    return [float(len(text)), sum(text.encode()) / 64, -0.5]


class VectorServer(ScriptedServer):
    """Gemini, Cohere, Ollama and Bedrock at their own paths, Voyage and OpenAI below `/voyage` and `/openai`."""

    def answer(self, exchange: Exchange, scene: str | None) -> Answer:
        if exchange.method == "GET" and exchange.path in LISTS:
            return json_reply(200, LISTS[exchange.path])
        for pattern, embed in WAYS.items():
            found = re.fullmatch(pattern, exchange.path)
            if found is not None and exchange.method == "POST":
                try:
                    made, headers = embed(exchange.body, *found.groups())
                except Invalid as broken:
                    return json_reply(400, {"error": {"code": 400, "message": str(broken)}, "message": str(broken)})
                return json_reply(200, made, headers)
        return json_reply(404, {"error": {"message": f"{exchange.method} {exchange.path} is not found"}})


def _gemini(body: Body, model: str) -> tuple[Body, dict[str, str]]:
    fields(body, "", {"requests": "array"}, {})
    if len(body["requests"]) > 100:
        raise Invalid("", "BatchEmbedContentsRequest.requests: at most 100 requests can be in one batch")
    made = []
    for n, one in enumerate(body["requests"]):
        where = f"requests.{n}"
        fields(
            one,
            where,
            {"model": "string", "content": "object"},
            {"taskType": "string", "outputDimensionality": "integer"},
        )
        if one["model"] != f"models/{model}":
            raise Invalid(where, "the model must be that of the URL")
        made.append({"values": vector("".join(part["text"] for part in one["content"]["parts"]))})
    return {"embeddings": made}, {}


def _count(body: Body, model: str) -> tuple[Body, dict[str, str]]:
    fields(body, "", {"generateContentRequest": "object"}, {})
    request = body["generateContentRequest"]
    if request.get("model") != f"models/{model}":
        raise Invalid("generateContentRequest", "the model must be that of the URL")
    return {"totalTokens": sum(len(part["text"]) for said in request["contents"] for part in said["parts"])}, {}


def _cohere(body: Body) -> tuple[Body, dict[str, str]]:
    wanted = {"model": "string", "texts": "array", "input_type": "string", "embedding_types": "array"}
    fields(body, "", wanted, {"truncate": "string", "output_dimension": "integer"})
    made = {"float": [vector(text) for text in body["texts"]]}
    count = {"api_version": {"version": "2"}, "billed_units": {"input_tokens": float(len(body["texts"]))}}
    return {"id": "e1", "embeddings": made, "texts": body["texts"], "meta": count}, {}


def _ollama(body: Body) -> tuple[Body, dict[str, str]]:
    fields(body, "", {"model": "string", "input": "array"}, {"truncate": "boolean", "dimensions": "integer"})
    made = [vector(text) for text in body["input"]]
    return {"model": body["model"], "embeddings": made, "prompt_eval_count": len(made), "total_duration": 5}, {}


def _titan(body: Body) -> tuple[Body, dict[str, str]]:
    fields(body, "", {"inputText": "string"}, {"dimensions": "integer", "normalize": "boolean"})
    made = vector(body["inputText"])
    return {"embedding": made, "embeddingsByType": {"float": made}, "inputTextTokenCount": 1}, {}


def _cohere_of_bedrock(body: Body) -> tuple[Body, dict[str, str]]:
    fields(body, "", {"texts": "array", "input_type": "string"}, {"truncate": "string", "output_dimension": "integer"})
    made = {"float": [vector(text) for text in body["texts"]]}
    tokens = {"x-amzn-bedrock-input-token-count": str(len(body["texts"]))}
    return {"embeddings": made, "id": "e1", "response_type": "embeddings_by_type", "texts": body["texts"]}, tokens


def _voyage(body: Body) -> tuple[Body, dict[str, str]]:
    wanted = {
        "input_type": "string",
        "truncation": "boolean",
        "output_dimension": "integer",
        "encoding_format": "string",
    }
    fields(body, "", {"model": "string", "input": "array"}, wanted)
    if body.get("encoding_format", "base64") != "base64":
        raise Invalid("encoding_format", "must be base64 or null")
    made = [_listed(text, n, "encoding_format" in body) for n, text in enumerate(body["input"])]
    return {"object": "list", "data": made, "model": body["model"], "usage": {"total_tokens": len(made)}}, {}


def _openai(body: Body) -> tuple[Body, dict[str, str]]:
    wanted = {"encoding_format": "string", "dimensions": "integer", "user": "string"}
    texts = [body["input"]] if isinstance(body.get("input"), str) else body.get("input")
    fields(body | {"input": texts}, "", {"model": "string", "input": "array"}, wanted)
    made = [_listed(text, n, body.get("encoding_format") == "base64") for n, text in enumerate(texts or ())]
    usage = {"prompt_tokens": len(made), "total_tokens": len(made)}
    return {"object": "list", "data": made, "model": body["model"], "usage": usage}, {}


def _listed(text: str, n: int, packed: bool) -> Body:
    numbers = vector(text)
    made = b64encode(struct.pack(f"<{len(numbers)}f", *numbers)).decode() if packed else numbers
    return {"object": "embedding", "index": n, "embedding": made}


WAYS: Mapping[str, Callable[..., tuple[Body, dict[str, str]]]] = {
    r"/v1beta/models/([^/:]+):batchEmbedContents": _gemini,
    r"/v1beta/models/([^/:]+):countTokens": _count,
    r"/v2/embed": _cohere,
    r"/api/embed": _ollama,
    r"/model/amazon\.titan-[^/]+/invoke": _titan,
    r"/model/cohere\.embed-[^/]+/invoke": _cohere_of_bedrock,
    r"/voyage/embeddings": _voyage,
    r"/openai/embeddings": _openai,
}
