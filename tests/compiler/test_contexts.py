"""What an answer knows of the request that it belongs to."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from .made import array, generated, obj, refused_findings, through

TEXT = {"type": "string"}
HUB = obj("", model=TEXT, said=TEXT, loud={"type": "boolean"})
CLIENT: dict[str, Any] = {
    "hub": HUB,
    "schema": obj("", engine=TEXT, says=TEXT, mark=TEXT, tags=array(TEXT)),
    "request.yaml": """\
unit: request
hub: Item
wire: Item
client_context: {mark: mark, tags: tags, doubled: "join('', [$says, $says])"}
to_hub:
  $let: {says: "says || ''"}
  model: engine
  said: $says
  $drop: {mark: {tuning: no marks}, tags: {tuning: no tags}}
""",
    "response.yaml": """\
unit: response
hub: Item
wire: Item
to_hub: {model: engine, said: says, $ignore: {mark: an echo, tags: an echo}}
to_wire:
  engine: model
  says: "$request.doubled || said"
  mark: $request.mark
  tags: $request.tags
  $ignore: {loud: nobody asks}
""",
}
PROVIDER: dict[str, Any] = {
    "request.yaml": """\
unit: request
hub: Item
wire: Item
context: {loud: loud}
to_wire: {m: model, s: said}
to_hub: {model: m, said: s}
""",
    "response.yaml": """\
unit: response
hub: Item
wire: Item
to_hub: {model: m, said: s, loud: $request.loud}
to_wire: {m: model, s: said, $ignore: {loud: nobody asks}}
""",
    "schema": obj("", m=TEXT, s=TEXT),
}


def test_an_answer_repeats_what_its_client_asked(tmp_path: Path) -> None:
    """The upstream never sees what is only repeated: it is lost all the same."""
    made = generated(tmp_path, theirs=CLIENT, ours=PROVIDER)
    translator = through(made["theirs"], made["ours"])
    sent = translator.request({"engine": "e", "says": "a", "mark": "x", "tags": ["t"]})
    assert sent.body == {"m": "e", "s": "a"}
    assert sorted(loss.path for loss in sent.losses) == ["mark", "tags"]
    answer = translator.response({"m": "e", "s": "b"}, sent)
    assert answer.body == {"engine": "e", "says": "aa", "mark": "x", "tags": ["t"]}
    assert translator.response({"m": "e", "s": "b"}).body == {"engine": "e", "says": "b"}


def test_what_is_repeated_does_not_count_as_read(tmp_path: Path) -> None:
    found = refused_findings(tmp_path, theirs=_with("request.yaml", ", tags: {tuning: no tags}", ""), ours=PROVIDER)
    assert ("DG450", 'nothing says what becomes of "tags"') in found


def test_each_way_has_a_context_of_its_own(tmp_path: Path) -> None:
    wrong = _with("response.yaml", "said: says", "said: $request.mark")
    found = refused_findings(tmp_path, theirs=wrong, ours=PROVIDER)
    assert any(code in ("DG306", "DG307") and '"mark"' in message for code, message in found)


def _with(file: str, old: str, new: str) -> dict[str, Any]:
    return {**CLIENT, file: CLIENT[file].replace(old, new)}
