"""What a YAML file means, and where each character of an expression stands."""

from __future__ import annotations

from pathlib import Path
from textwrap import dedent

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from dragoman_codegen.diagnostics import Diagnostics, Span, render
from dragoman_codegen.source import Node, load, parse


def tree(text: str) -> Node:
    diagnostics = Diagnostics()
    node = parse(dedent(text).encode(), "x.yaml", diagnostics)
    assert not diagnostics.failed, render(diagnostics)
    assert node is not None
    return node


def test_only_the_words_of_json_are_more_than_text() -> None:
    text = """\
        words: [true, false, null, True, yes, on, off, "~", ~, NULL]
        numbers: [0, -1, 12, 1.5, -0.5, 1e3, 1.0E-2]
        texts: [01, +1, .5, 1., 0x10, 1_000, .inf, .nan, 1:30, 2026-10-21, "1", '2', =]
        on: yes
        empty:
        none: ""
        """
    node = tree(text)
    assert node.plain() == {
        "words": [True, False, None, "True", "yes", "on", "off", "~", "~", "NULL"],
        "numbers": [0, -1, 12, 1.5, -0.5, 1000.0, 0.01],
        "texts": ["01", "+1", ".5", "1.", "0x10", "1_000", ".inf", ".nan", "1:30", "2026-10-21", "1", "2", "="],
        "on": "yes",
        "empty": None,
        "none": "",
    }
    assert [type(value) for value in node.members["numbers"].plain()] == [int, int, int, float, float, float, float]


def test_nodes_know_kind_style_and_place() -> None:
    node = tree("""\
        a: 1
        "b c":
          - x: 'y'
          - |
            text
          - {p: [q]}
        """)
    assert (node.kind, node.style, node.span) == ("map", "block", Span("x.yaml", 1, 1))
    assert node.key_spans == {"a": Span("x.yaml", 1, 1, 1), "b c": Span("x.yaml", 2, 1, 5)}
    items = node.members["b c"]
    assert (items.kind, items.span) == ("list", Span("x.yaml", 3, 3))
    first, second, third = items.elements
    assert (first.kind, first.members["x"].style) == ("map", "single")
    assert first.members["x"].span == Span("x.yaml", 3, 8, 3)
    assert (second.style, second.scalar, second.span) == ("literal", "text\n", Span("x.yaml", 4, 5))
    assert (third.style, third.span, third.members["p"].elements[0].span) == (
        "flow",
        Span("x.yaml", 6, 5),
        Span("x.yaml", 6, 10, 1),
    )
    assert node.elements == [] and items.members == {} and items.scalar is None


@pytest.mark.parametrize("line_end", ["\n", "\r\n"])
@pytest.mark.parametrize(
    "text",
    [
        "a: foo.bar",
        "a:   'foo.bar'   # comment",
        'a: "foo.bar"',
        "{a: foo.bar, b: c}",
        "a: |\n  foo.bar",
        "a: |-\n    foo |\n    foo.bar\n",
        "a:\n  |+ # comment\n  \n\n  foo.bar\n\n",
        "a: |2\n    foo.bar\n",
        "名 a: x\na: 'é foo.bar'",
    ],
)
def test_a_character_of_an_expression_has_its_place(text: str, line_end: str) -> None:
    data = text.replace("\n", line_end).encode()
    diagnostics = Diagnostics()
    node = parse(data, "x.yaml", diagnostics)
    assert node is not None and not diagnostics.failed
    expression = node.members["a"]
    value = expression.expression_text(diagnostics)
    assert value is not None and not diagnostics.failed
    span = expression.expression_span(value.index("bar"), 3)
    lines = text.split("\n")
    assert lines[span.line - 1][span.col - 1 :][: span.length] == "bar"
    end = expression.expression_span(value.index("bar") + 3)
    assert (end.line, end.col, end.length) == (span.line, span.col + 3, 1)


@pytest.mark.parametrize(
    "text", ["a: >\n  foo\n  bar", "a: 'it''s'", r'a: "x\"y"', "a: foo\n  bar", 'a: "foo\n  bar"', r'a: "\u0041"']
)
def test_an_expression_without_exact_places_is_refused(text: str) -> None:
    diagnostics = Diagnostics()
    node = parse(text.encode(), "x.yaml", diagnostics)
    assert node is not None and not diagnostics.failed
    expression = node.members["a"]
    assert expression.expression_span(2) == expression.span
    assert expression.expression_text(diagnostics) is None
    assert [d.code for d in diagnostics] == ["DG114"]


def test_the_refusal_tells_what_to_write() -> None:
    diagnostics = Diagnostics()
    node = parse(b"a: 'it''s'", "x.yaml", diagnostics)
    assert node is not None
    node.members["a"].expression_text(diagnostics)
    fault = "an expression must stand in the file as it is, without escapes, doubled quotes or folded lines"
    assert render(diagnostics) == dedent(f"""\
        x.yaml:1:4: error[DG114]: {fault}
          1 | a: 'it''s'
            |    ^^^^^^^
          help: write it on one line, in the other kind of quotes, or as a literal block after '|'
        """)


def test_paths_are_relative_to_the_root(tmp_path: Path) -> None:
    file = tmp_path / "specs" / "x.yaml"
    file.parent.mkdir()
    file.write_bytes(b"a: 1")
    diagnostics = Diagnostics()
    node = load(file, diagnostics, root=tmp_path)
    assert node is not None and node.span.path == "specs/x.yaml"
    assert diagnostics.sources == {"specs/x.yaml": "a: 1"}


yaml_like = st.text(alphabet=st.sampled_from("ab1 :-?[]{},&*!|>'\"%@`#\\\n\r\tux0e.\ufeff\u2028é=<~"), max_size=60)


@given(
    st.one_of(
        st.binary(max_size=60),
        yaml_like.map(str.encode),
        st.text(max_size=40).map(lambda t: t.encode("utf-8", "replace")),
    )
)
@example(b"a: |\n")
@example(b"- |\n  x\n ")
@example(b"? ")
@example(b"'\n\n  a'")
def test_no_file_raises(data: bytes) -> None:
    diagnostics = Diagnostics()
    node = parse(data, "x.yaml", diagnostics)
    assert (node is None) <= diagnostics.failed
    render(diagnostics).encode()
    pending = [node] if node is not None else []
    while pending:
        current = pending.pop()
        assert current.span.line >= 1 and current.span.col >= 1
        current.expression_text(diagnostics)
        current.expression_span(3, 4)
        pending += [*current.members.values(), *current.elements]
    render(diagnostics).encode()
