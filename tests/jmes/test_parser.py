"""Parsing: places on nodes, variables, and what is refused."""

from __future__ import annotations

from pathlib import Path

import pytest

from dragoman_codegen import jmes
from dragoman_codegen.diagnostics import Diagnostics
from dragoman_codegen.jmes import ExpressionError, ast, parse_text
from dragoman_codegen.source import load


def places(text: str) -> dict[str, int]:
    found = {}
    for node in ast.walk(parse_text(text)):
        match node:
            case ast.Field(offset, name) | ast.Variable(offset, name) | ast.Call(offset, name):
                found[name] = offset
    return found


@pytest.mark.parametrize(
    "text",
    [
        "abc.def[0].ghi",
        "abc[?def == 'x' && ghi].jkl",
        "$model.output || $state.usage.total",
        "{one: two, three: four.five} | not_null(six, seven)",
        "abc[*].[def, ghi] | [0].jkl",
        "abc[].{def: ghi}",
        "sort_by(abc, &def)[-1].ghi",
        '!abc || ("def") && *.ghi',
    ],
)
def test_every_name_knows_its_place(text: str) -> None:
    for name, offset in places(text).items():
        assert text[offset:].lstrip('"').startswith(name)


def test_a_variable_is_a_root() -> None:
    tree = parse_text("$model.max_output")
    assert ast.path_of(tree) == ast.Path("$model", ("max_output",), (7,))


def test_not_binds_tighter_than_a_dot() -> None:
    assert parse_text("!a.b") == ast.Sub(3, ast.Not(0, ast.Field(1, "a")), ast.Field(3, "b"))


@pytest.mark.parametrize(
    ("text", "code", "offset"),
    [
        ("", "DG301", 0),
        ("a.", "DG301", 2),
        ("a b", "DG301", 2),
        ("join('' a)", "DG301", 8),
        ("not_null(a,)", "DG301", 11),
        ("{a: b c: d}", "DG301", 6),
        ("{a: b,}", "DG301", 6),
        ("(length)(a)", "DG301", 7),
        ("a.$b", "DG301", 2),
        ("{$a: b}", "DG301", 1),
        ("$", "DG301", 0),
        ("$1", "DG301", 0),
        ("'open", "DG301", 0),
        ("a[1 2:]", "DG301", 4),
        ("lenght(a)", "DG302", 0),
        ("a || length()", "DG303", 5),
        ("a || abs(b, c)", "DG303", 5),
        ("&a", "DG304", 0),
        ("length(&a)", "DG304", 7),
        ("sort_by(a, b)", "DG304", 11),
        ("a[::0]", "DG305", 1),
        ("(" * 3000 + "a" + ")" * 3000, "DG301", 0),
        ("!" * 160 + "a", "DG301", 150),
    ],
)
def test_faults_have_a_code_and_a_place(text: str, code: str, offset: int) -> None:
    with pytest.raises(ExpressionError) as caught:
        parse_text(text)
    assert (caught.value.finding.code, caught.value.finding.offset) == (code, offset)


def test_an_unknown_function_has_a_suggestion() -> None:
    with pytest.raises(ExpressionError) as caught:
        parse_text("lenght(a)")
    assert caught.value.finding.help == "did you mean length()?"


def test_a_fault_stands_at_its_place_in_the_file(tmp_path: Path) -> None:
    (tmp_path / "rule.yaml").write_text("field:\n  - 'a || b ]'\n", encoding="utf-8")
    diagnostics = Diagnostics()
    tree = load(tmp_path / "rule.yaml", diagnostics, root=tmp_path)
    assert tree is not None
    assert isinstance(tree.value, dict)
    rules = tree.value["field"].value
    assert isinstance(rules, list)
    assert jmes.parse("a || b ]", rules[0], diagnostics) is None
    assert [str(d.span) for d in diagnostics] == ["rule.yaml:2:13"]
