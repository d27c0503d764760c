"""What is said about cases that do not hold, on a toy provider."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from dragoman.loss import Loss
from dragoman_codegen.diagnostics import Diagnostics, render
from dragoman_codegen.prove import prove
from dragoman_codegen.proving import Package
from dragoman_codegen.proving.compare import difference, unmatched

from ..toys import compiled, write

HUB: dict[str, Any] = {
    "type": "object",
    "required": ["a"],
    "properties": {
        "a": {"type": "string"},
        "n": {"type": "integer"},
        "seed": {"type": "integer"},
        "kind": {"type": "string"},
    },
}
REQUEST = """\
unit: request
hub: Item
wire: Item
to_wire:
  b: a
  n: {$get: n, $clamp: {max: 10}}
  kind:
    $match: kind
    $cases:
      x: =X
      y: {$reject: no y here, $of: kind}
      z: =Z
  $drop:
    seed: {tuning: nothing is repeated}
to_hub: {a: "b || ''"}
"""
REASON = "nothing is repeated [specs/providers/toy/request.yaml:14]"
HEAD = {
    "describe": "a case",
    "source": {"read": "2026-11-22", "how": "made"},
    "unit": "request",
    "direction": "to_wire",
}


def found(tmp_path: Path, *cases: dict[str, Any], spoil: str = "") -> Diagnostics:
    """All findings of a toy with these cases. `spoil`: a statement that goes into the function that was emitted."""
    files: dict[str, Any] = {"request.yaml": REQUEST, "hub": HUB}
    for n, case in enumerate(cases):
        files[f"cases/c{n}.yaml"] = {**HEAD, **case}
    write(tmp_path, files)
    diagnostics = Diagnostics()
    toy = compiled(tmp_path, diagnostics)
    assert toy is not None and not diagnostics.failed, render(diagnostics)
    for path, text in toy.files.items():
        if spoil and path.name == "request.py":
            before, head, after = text.partition("def request_to_wire(")
            line, _, rest = after.partition("\n")
            toy.files[path] = f"{before}{head}{line}\n    {spoil}\n{rest}"
    prove(tmp_path, toy, diagnostics)
    return diagnostics


def told(diagnostics: Diagnostics) -> list[tuple[str, str]]:
    return [(d.code, d.message) for d in diagnostics if d.code != "DG510"]


def test_a_case_that_holds_says_nothing(tmp_path: Path) -> None:
    good = {"given": {"a": "1", "n": 3.0}, "gives": {"b": "1", "n": 3}}
    back = {"direction": "to_hub", "given": {"b": "1"}, "gives": {"a": "1"}, "returns": True}
    loss = {"given": {"a": "1", "seed": 1}, "gives": {"b": "1"}, "losses": [{"path": "seed", "action": "dropped"}]}
    refused = {"given": {"a": "1", "kind": "y"}, "refused": {"param": "kind", "message": "no y"}}
    assert told(found(tmp_path, good, back, loss, refused)) == []


@pytest.mark.parametrize(
    ("case", "expected"),
    [
        ({"given": {"a": "1"}, "gives": {"b": "2"}}, [("DG501", 'b: expected "2", found "1"')]),
        ({"given": {"a": "1", "n": 1}, "gives": {"b": "1", "n": True}}, [("DG501", "n: expected true, found 1")]),
        ({"given": {"a": "1"}, "gives": {"b": "1", "c": 1}}, [("DG501", "c: expected 1, found nothing")]),
        ({"given": {"a": "1"}, "gives": {}}, [("DG501", 'b: expected nothing, found "1"')]),
        (
            {"given": {"a": "1", "seed": 1}, "gives": {"b": "1"}},
            [
                (
                    "DG502",
                    f"a loss happens that the case does not expect: seed dropped (tuning): {REASON}",
                )
            ],
        ),
        (
            {"given": {"a": "1"}, "gives": {"b": "1"}, "losses": [{"path": "seed", "action": "dropped"}]},
            [("DG502", "this loss does not happen")],
        ),
        (
            {"given": {"a": "1", "kind": "y"}, "gives": {"b": "1"}},
            [("DG503", "this should be translated, but it fails: kind: no y here")],
        ),
        (
            {"given": {"a": "1"}, "refused": {"param": "a"}},
            [("DG503", 'this should be refused, but it gives {"b": "1"}')],
        ),
        (
            {"given": {"a": 1}, "refused": {"param": "b", "message": "must be there"}},
            [
                ("DG503", 'expected "b", found "a": a: expected a text, found the integer 1'),
                ("DG503", 'expected a message with "must be there", found "a: expected a text, found the integer 1"'),
            ],
        ),
        (
            {"direction": "to_hub", "given": {"b": "1", "c": 2}, "gives": {"a": "1"}, "returns": True},
            [("DG505", "translating the result back does not give `given` again: c: expected 2, found nothing")],
        ),
        (
            {"unit": "response", "given": {}, "gives": {}},
            [("DG508", "the provider toy has no response.yaml")],
        ),
    ],
)
def test_a_case_that_does_not_hold(tmp_path: Path, case: dict[str, Any], expected: list[tuple[str, str]]) -> None:
    assert sorted(told(found(tmp_path, case))) == sorted(expected)


def test_a_finding_stands_at_the_value_that_differs(tmp_path: Path) -> None:
    diagnostics = found(tmp_path, {"given": {"a": "1"}, "gives": {"b": "2"}})
    (wrong,) = [d for d in diagnostics if d.code == "DG501"]
    text = (tmp_path / wrong.span.path).read_text().splitlines()[wrong.span.line - 1]
    assert text[wrong.span.col - 1 :].startswith('"b": "2"')


def test_an_accident_names_the_generated_line(tmp_path: Path) -> None:
    spoil = 'body = {"a": body["b"]}'
    (wrong,) = [
        d for d in found(tmp_path, {"given": {"a": "1"}, "gives": {"b": "1"}}, spoil=spoil) if d.code == "DG504"
    ]
    assert wrong.message.startswith("KeyError: 'b', raised by generated/dragoman_providers/toy/request.py:")
    assert wrong.message.endswith(" in request_to_wire")
    assert wrong.help == f"the line is: {spoil}"


def test_a_body_must_not_be_changed(tmp_path: Path) -> None:
    spoil = 'body["n"] = None'
    codes = [code for code, _ in told(found(tmp_path, {"given": {"a": "1"}, "gives": {"b": "1"}}, spoil=spoil))]
    assert codes == ["DG507"]


def test_code_that_cannot_be_loaded(tmp_path: Path) -> None:
    spoil = "0nothing"
    ((code, message),) = told(found(tmp_path, {"given": {"a": "1"}, "gives": {"b": "1"}}, spoil=spoil))
    assert code == "DG509"
    assert "SyntaxError" in message


def test_lines_that_no_case_reaches(tmp_path: Path) -> None:
    diagnostics = found(tmp_path, {"given": {"a": "1", "kind": "x"}, "gives": {"b": "1", "kind": "X"}})
    assert not diagnostics.failed
    missed = [REQUEST.splitlines()[d.span.line - 1].strip() for d in diagnostics]
    assert missed == [
        "n: {$get: n, $clamp: {max: 10}}",
        "y: {$reject: no y here, $of: kind}",
        "z: =Z",
        "seed: {tuning: nothing is repeated}",
        """to_hub: {a: "b || ''"}""",
    ]


def test_two_versions_of_a_provider_do_not_meet() -> None:
    texts = {"a/__init__.py": "from dragoman_providers.toy.one import X\nY = X\n", "a/one.py": "X = 1\n"}
    first = Package.load("toy", texts)
    second = Package.load("toy", {**texts, "a/one.py": "X = 2\n"})
    assert (first.unit("__init__", "Y"), second.unit("__init__", "Y")) == (1, 2)


@pytest.mark.parametrize(
    ("one", "other"), [(1, True), (0, False), (None, False), ("1", 1), ([1], [1, 2]), ({"a": None}, {})]
)
def test_values_that_differ(one: Any, other: Any) -> None:
    assert difference(one, other) is not None
    assert difference(other, one) is not None
    assert difference([{"a": one}], [{"a": other}]) is not None


def test_values_that_are_equal() -> None:
    assert difference({"a": [1, None, {"b": 1.0}], "c": "x"}, {"c": "x", "a": [1.0, None, {"b": 1}]}) is None


def test_losses_are_matched_by_what_is_said_of_them() -> None:
    happened = [Loss("a", "dropped", "tuning", "r", "f:1"), Loss("a", "dropped", "contract", "q", "f:2")]
    assert unmatched(
        [{"path": "a", "action": "dropped"}, {"path": "a", "action": "dropped", "severity": "tuning"}], happened
    ) == ([], [])
    both = [{"path": "a", "action": "dropped"}, {"path": "a", "action": "dropped", "severity": "tuning"}]
    assert unmatched(both, happened) == ([], [])
    assert unmatched([{"path": "a", "action": "moved"}], happened) == ([0], happened)
