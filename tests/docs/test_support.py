"""The tables of what is supported are what translators do, and the requests behind them ask for what they say."""

from __future__ import annotations

import copy
import re
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

import dragoman
from dragoman.registry import dialect
from dragoman_codegen import support, supportpages
from dragoman_codegen.diagnostics import Diagnostics
from dragoman_codegen.layout import slugs
from dragoman_codegen.project import compile_provider
from dragoman_codegen.proving import Package

from .walk import ROOT

ASKED = support.features(ROOT)
PLAIN = {"model": "some-model", "messages": [{"role": "user", "content": "Hello"}]}
REQUESTS = [
    pytest.param(group, name, id=f"{group}: {name}")
    for group, names in ASKED.items()
    if group not in ("bodies", "brief", "answers")
    for name in names
]
PAGE = (ROOT / supportpages.PAGE).read_text(encoding="utf-8")


def body(feature: Mapping[str, Any]) -> dict[str, Any]:
    over = ASKED["bodies"].get(feature.get("over", ""), {})
    return copy.deepcopy({**PLAIN, **over, **feature["given"]})


def table(heading: str) -> dict[str, dict[str, str]]:
    """The cells of a table of the page, by provider and column."""
    section = PAGE.partition(f"\n## {heading}\n")[2].partition("\n## ")[0]
    head, _, *rows = [[cell.strip() for cell in line.split("|")[1:-1]] for line in section.splitlines() if "|" in line]
    return {row[0].strip("`"): dict(zip(head[1:], row[1:], strict=True)) for row in rows}


@pytest.mark.parametrize(("group", "name"), REQUESTS)
def test_what_is_in_question_stands_in_the_request(group: str, name: str) -> None:
    feature = ASKED[group][name]
    value: Any = body(feature)
    for key in re.findall(r"\w+", feature["at"]):
        value = value[int(key) if isinstance(value, list) else key]
    assert value is not None


@pytest.mark.parametrize(("group", "name"), REQUESTS)
def test_a_sign_is_what_a_translator_does(group: str, name: str) -> None:
    feature = ASKED[group][name]
    for slug, cells in table(group.capitalize()).items():
        sign = cells[name].removesuffix(support.VARIES)
        if dialect(slug).request_to_wire is None:
            assert sign == support.NONE
            continue
        asked = body(feature)
        try:
            sent = dragoman.translator(slug).request(asked)
        except dragoman.Refused:
            assert sign in (support.REFUSED, support.FETCHED), slug
            continue
        dropped = [loss.path for loss in sent.losses if loss.action == "dropped"]
        assert sign in (support.YES, support.LOSS, support.NO), slug
        assert (sign == support.NO) == any(
            feature["at"] == at or feature["at"].startswith((f"{at}.", f"{at}[")) for at in dropped
        )
        assert sign != support.LOSS or sent.losses, slug


def test_each_feature_is_somewhere() -> None:
    for group, names in ASKED.items():
        if group in ("bodies", "brief"):
            continue
        cells = table(group.capitalize()).values()
        nowhere = [name for name in names if not any(row[name].startswith(support.YES) for row in cells)]
        assert nowhere == [], group


def test_a_delta_has_the_signs_of_its_own_rules(tmp_path: Path) -> None:
    (tmp_path / "pyproject.toml").write_text('[tool.dragoman]\ngenerated = "mine"\n')
    folder = tmp_path / "specs" / "providers" / "mine"
    folder.mkdir(parents=True)
    (folder / "provider.yaml").write_text(
        "slug: mine\nname: Mine\nsource: made\nextends: openai\n"
        'replace: {models/-: {match: "old-*", set: {reasoning: false}, source: made}}\n'
    )
    (folder / "request.yaml").write_text(
        "replace:\n"
        "  to_wire/$drop/seed: {tuning: no}\n"
        '  to_wire/$fields/stop: {$when: "!($model.reasoning)", $get: stop, $else: {$drop: {tuning: none}}}\n'
        "  to_wire/$fields/top_p: {$get: top_p, $clamp: {max: 0.2}}\n"
        "  to_wire/$reject: {n: one}\n"
    )
    found = Diagnostics()
    compiled = compile_provider(tmp_path, "mine", found)
    assert compiled is not None, [one.message for one in found]
    package = Package.load("mine", {path.as_posix(): text for path, text in compiled.files.items()}, homes=["mine"])
    signs = support.supported(compiled.provider, package, support.features(tmp_path))
    told = {name: signs["settings"][name] for name in ("temperature", "seed", "stop", "top_p")}
    assert told == {"temperature": "✓", "seed": "✗", "stop": "✗°", "top_p": "~"}
    assert signs["output"]["several answers"] == "!"


def test_the_readme_has_each_provider_once() -> None:
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    region = text.partition("<!-- support, made by")[2].partition("<!-- end -->")[0]
    shown = [
        title
        for line in region.splitlines()
        if line.startswith("| ")
        for title in line.split("|")[1].strip().split(", ")
    ]
    titles = [dialect(slug).title for slug in slugs(ROOT)]
    assert sorted(title for title in shown if title and title != "---") == sorted(titles)


def test_a_tree_without_features_has_no_such_page(tmp_path: Path) -> None:
    assert support.features(tmp_path) == {}
    shutil.copytree(ROOT / "specs" / "hub", tmp_path / "specs" / "hub")
    assert support.features(tmp_path) == ASKED
