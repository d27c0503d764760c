"""The examples of the language's page, through the reference evaluator alone: it does what the page says."""

from __future__ import annotations

from pathlib import Path

import pytest

from dragoman.errors import MalformedBody, Rejected
from dragoman.places import text as shown
from dragoman_codegen.diagnostics import Diagnostics, render
from dragoman_codegen.proving.compare import difference
from dragoman_codegen.reference import Evaluator, Given
from dragoman_codegen.source import parse
from dragoman_codegen.spec import load_provider

from ..language.test_operators import EXAMPLES, operators, provider
from ..toys import write


@pytest.mark.parametrize(("line", "text"), EXAMPLES, ids=[f"{line}-{operators(text)}" for line, text in EXAMPLES])
def test_an_example_does_what_the_page_says(line: int, text: str, tmp_path: Path) -> None:
    diagnostics = Diagnostics()
    node = parse(text.encode(), "README.md", diagnostics)
    assert node is not None, render(diagnostics)
    example = node.plain()
    write(tmp_path, provider(example))
    toy = load_provider(tmp_path, "toy", diagnostics)
    assert toy is not None and not diagnostics.failed, render(diagnostics)
    media = {url: (one["media_type"], one["data"]) for url, one in example.get("media", {}).items()}
    outcome = Evaluator(toy).evaluate("request", "to_wire", example["given"], Given(request={"media": media}))
    if "refused" in example or "malformed" in example:
        wanted = example.get("refused") or example["malformed"]
        assert isinstance(outcome.fault, Rejected if "refused" in example else MalformedBody)
        assert shown(outcome.fault.at) == wanted.get("param", wanted.get("path"))
        return
    assert outcome.fault is None
    assert difference(example["gives"], outcome.made) is None
    said = [{key: getattr(loss, key) for key in ("path", "action", "severity", "reason")} for loss in outcome.losses]
    wanted = example.get("losses", [])
    assert len(said) == len(wanted)
    assert all(any(loss.items() <= one.items() for one in said) for loss in wanted)
