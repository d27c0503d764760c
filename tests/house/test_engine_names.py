"""The engine knows the hub and no other provider: what is true of one provider stands in that provider's folder."""

from __future__ import annotations

import re
from pathlib import Path

HUB = "openai"
VENDORS = {
    *("alibaba", "anthropic", "azure", "bedrock", "cerebras", "claude", "cohere", "converse", "deepseek", "fireworks"),
    *(
        "gemini",
        "groq",
        "huggingface",
        "mistral",
        "moonshot",
        "ollama",
        "openrouter",
        "perplexity",
        "qwen",
        "snowflake",
    ),
    *("vertex", "vllm", "voyage", "xai", "zai"),
}
WORDS = {"together"}  # slugs that are words of the language too


def test_no_provider_is_named_in_the_engine(root: Path) -> None:
    slugs = {folder.name for folder in (root / "specs" / "providers").iterdir() if folder.is_dir()} - {HUB, *WORDS}
    names = re.compile(rf"\b({'|'.join(sorted({*slugs, *VENDORS}, key=len, reverse=True))})\b", re.IGNORECASE)
    hits = [
        f"{path.relative_to(root)}:{number}: {line.strip()}"
        for room in ("runtime", "codegen")
        for path in sorted((root / room).rglob("*"))
        if path.is_file() and path.suffix not in (".pyc", "")
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), start=1)
        if names.search(line)
    ]
    assert hits == [], "move this into the provider's spec, or say it without the name"
