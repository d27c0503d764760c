"""`dragoman new`: what it begins is sound, has a case that holds, and says what is still to do."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from dragoman_codegen.cli import main
from dragoman_codegen.diagnostics import render
from dragoman_codegen.project import check, generate

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    """The specs of the project and what is generated from them, to add to."""
    shutil.copytree(ROOT / "specs", tmp_path / "specs")
    shutil.copytree(ROOT / "generated", tmp_path / "generated")
    return tmp_path


@pytest.mark.parametrize(
    ("like", "unit", "prefix"),
    [("openai", "request", "/v1"), ("anthropic", "request", ""), ("voyage", "embeddings_request", "/v1")],
)
def test_a_provider_is_begun(like: str, unit: str, prefix: str, tree: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["new", "parrot-two", "--like", like, "--root", str(tree)]) == 0
    case = f"{unit.replace('_', '-')}-plain.yaml"
    assert f"specs/providers/parrot-two/cases/{case}" in capsys.readouterr().out
    said = (tree / "specs" / "providers" / "parrot-two" / "provider.yaml").read_text(encoding="utf-8")
    assert f"base_url: https://api.parrot-two.example{prefix} " in said  # before the paths, which are the other's
    stale = [f"{one.span.path}: {one.message}" for one in check(tree, ["parrot-two"]) if one.code == "DG601"]
    assert stale == [
        "generated/dragoman_providers/__init__.py: this file differs from what the specs say",
        "generated/dragoman_providers/parrot_two: this folder is missing",
    ]
    assert not (found := generate(tree, ["parrot-two"])).failed, render(found)
    found = check(tree, ["parrot-two"])
    told = {(one.code, one.severity) for one in found if one.span.path.startswith("specs/providers/parrot-two/")}
    assert told == {("DG477", "warning")}
    places = {one.span.path.rpartition("/")[2] for one in found if one.code == "DG477"}
    assert places == {"provider.yaml", f"{unit}.yaml", case}


@pytest.mark.parametrize(
    ("slug", "like", "words"),
    [
        ("Parrot", "openai", "is no slug"),
        ("openai", "anthropic", "there is a provider 'openai' already"),
        ("parrot", "openaj", "did you mean 'openai'?"),
    ],
)
def test_what_cannot_be_begun(slug: str, like: str, words: str, tree: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["new", slug, "--like", like, "--root", str(tree)]) == 2
    assert words in capsys.readouterr().err
