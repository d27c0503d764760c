"""What a delta has in common with its parent is imported from there, and means the same."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

from .made import generated, obj, run

TEXT = {"type": "string"}
SIDES = {"type": "array", "items": obj("name", name=TEXT)}
PARENT: dict[str, Any] = {
    "hub": obj("text", text=TEXT, left=SIDES, right=SIDES),
    "schema": obj("words", words=TEXT, lefts=SIDES, rights=SIDES),
    "request.yaml": """\
unit: request
hub: Item
wire: Item
to_wire:
  words: text
  lefts: {$each: left, $make: {$use: one, $of: "@"}}
  rights: {$each: right, $make: {$use: other, $of: "@"}}
defs:
  one: {name: "join('', [name, '!'])"}
  other: {name: "join('', [name, '?'])"}
""",
}
GIVEN = {"text": "hi", "left": [{"name": "a"}], "right": [{"name": "b"}]}


def child(slug: str, parent: str, request: str = "") -> dict[str, Any]:
    files: dict[str, Any] = {"provider.yaml": {"slug": slug, "extends": parent}}
    return {**files, "request.yaml": request} if request else files


def text(root: Path, slug: str, module: str = "request") -> str:
    return (root / "generated" / "dragoman_providers" / slug / f"{module}.py").read_text()


def test_a_unit_that_nothing_changes_is_the_parent_s(tmp_path: Path) -> None:
    packages = generated(tmp_path, parent=PARENT, child=child("child", "parent"))
    assert "from dragoman_providers.parent.request import request_to_wire\n" in text(tmp_path, "child")
    assert "def " not in text(tmp_path, "child")
    assert run(packages["child"], GIVEN).out == run(packages["parent"], GIVEN).out


def test_definitions_that_are_the_same_are_imported(tmp_path: Path) -> None:
    packages = generated(
        tmp_path,
        parent=PARENT,
        child=child("child", "parent", "replace: {defs/other/name: name}\n"),
        grandchild=child(
            "grandchild", "child", "# Another line.\nreplace: {to_wire/words: \"join('', [text, '.'])\"}\n"
        ),
    )
    assert ", _one\n" in text(tmp_path, "child")
    assert "def _other" in text(tmp_path, "child")
    assert "def _one" not in text(tmp_path, "child")
    last = text(tmp_path, "grandchild")
    assert re.search(r"parent\.request import .*_SOURCE_KEYS.*, _one\n", last)
    assert "from dragoman_providers.child.request import _other\n" in last
    made = run(packages["grandchild"], GIVEN).out
    assert made == {"words": "hi.", "lefts": [{"name": "a!"}], "rights": [{"name": "b"}]}


def test_what_uses_something_else_is_not_the_same(tmp_path: Path) -> None:
    """`request_to_wire` has the same text in both, and calls another `_other`."""
    packages = generated(tmp_path, parent=PARENT, child=child("child", "parent", "replace: {defs/other/name: name}\n"))
    assert "def request_to_wire" in text(tmp_path, "child")
    assert run(packages["child"], GIVEN).out["rights"] == [{"name": "b"}]


def test_facts_are_shared_as_a_whole_or_not_at_all(tmp_path: Path) -> None:
    """They keep what they have worked out: two providers with other facts must not look into one memory."""
    facts = {"facts": {"loudest": {"type": "integer", "default": 7}}}
    request = str(PARENT["request.yaml"]).replace(
        "words: text", "words: \"join('', [text, to_string($model.loudest)])\""
    )
    head = {"slug": "parent", "name": "Parent", "source": "made for a test", "endpoint": {"base_url": "https://x.test"}}
    parent = {**PARENT, "provider.yaml": {**head, **facts}, "request.yaml": request}
    louder = {"provider.yaml": {"slug": "louder", "extends": "parent", "replace": {"facts/loudest/default": 9}}}
    packages = generated(tmp_path, parent=parent, same=child("same", "parent"), louder=louder)
    assert "import facts\n" in text(tmp_path, "same", "facts")
    assert "import" not in text(tmp_path, "louder", "facts").split("from typing import Any")[1]
    assert packages["louder"].dialect.facts("m", {}) == {"loudest": 9}
    assert packages["parent"].dialect.facts("m", {}) == {"loudest": 7}


def test_definitions_of_another_provider_and_of_the_hub(tmp_path: Path) -> None:
    request = str(PARENT["request.yaml"])
    main, defs = request.split("defs:\n")
    first, second = defs.splitlines(keepends=True)
    (tmp_path / "specs" / "hub").mkdir(parents=True)
    (tmp_path / "specs" / "hub" / "talk.yaml").write_text(f"defs:\n{second}")
    packages = generated(
        tmp_path,
        parent={**PARENT, "request.yaml": f"{main}defs:\n  import: [hub/talk.yaml]\n{first}"},
        other={**PARENT, "request.yaml": f"{main}defs: {{import: [parent/request.yaml]}}\n"},
    )
    assert run(packages["other"], GIVEN).out == run(packages["parent"], GIVEN).out
    made = run(packages["other"], GIVEN).out
    assert made == {"words": "hi", "lefts": [{"name": "a!"}], "rights": [{"name": "b?"}]}


def test_comments_say_whose_file_a_line_is_of(tmp_path: Path) -> None:
    """A delta's own by its name alone; the parent's and the hub's with their folders, also where they are shared."""
    main, defs = str(PARENT["request.yaml"]).split("defs:\n")
    first, second = defs.splitlines(keepends=True)
    (tmp_path / "specs" / "hub").mkdir(parents=True)
    (tmp_path / "specs" / "hub" / "talk.yaml").write_text(f"defs:\n{first}")
    generated(
        tmp_path,
        parent={**PARENT, "request.yaml": f"{main}defs:\n  import: [hub/talk.yaml]\n{second}"},
        child=child("child", "parent", "replace:\n  to_wire/words: \"join('', [text, '.'])\"\n"),
        grandchild=child("grandchild", "child", "replace: {defs/other/name: name}\n"),
    )
    said = {
        slug: set(re.findall(r"  # (\S+):\d+$", text(tmp_path, slug), re.M))
        for slug in ("parent", "child", "grandchild")
    }
    assert said["parent"] == {"request.yaml", "hub/talk.yaml"}
    assert said["child"] == {"request.yaml", "parent/request.yaml"}
    assert said["grandchild"] >= {"request.yaml", "child/request.yaml", "parent/request.yaml"}
    assert not re.search("def _(one|other)", text(tmp_path, "child"))
