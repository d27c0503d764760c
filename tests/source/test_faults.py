"""Every source error, as a spec's author sees it. Both YAML parsers must lead to the same text."""

from __future__ import annotations

from pathlib import Path
from textwrap import dedent

import pytest
import yaml

from dragoman_codegen import source
from dragoman_codegen.diagnostics import Diagnostics, render

FAULTS: dict[str, tuple[bytes, str]] = {
    "a key without colon": (
        b"a: 1\nb\nc: 2\n",
        """\
        specs/x.yaml:2:1: error[DG103]: a ':' is missing after this key
          2 | b
            | ^
        """,
    ),
    "a colon inside a text": (
        b"a: b: c\n",
        """\
        specs/x.yaml:1:5: error[DG103]: a ':' cannot stand here: a value has already begun
          1 | a: b: c
            |     ^
          help: put the text between quotes
        """,
    ),
    "an unknown escape": (
        b'a: "\\q"\n',
        """\
        specs/x.yaml:1:5: error[DG103]: this is no escape that YAML knows between double quotes
          1 | a: "\\q"
            |     ^
          help: double the backslash, or use single quotes
        """,
    ),
    "a broken escape": (
        b'a: "b \\xZZ"\n',
        """\
        specs/x.yaml:1:7: error[DG103]: this is no escape that YAML knows between double quotes
          1 | a: "b \\xZZ"
            |       ^
          help: double the backslash, or use single quotes
        """,
    ),
    "open quotes": (
        b'a: "x\nb: 2\n',
        """\
        specs/x.yaml:1:4: error[DG103]: the text in quotes that starts here is never closed
          1 | a: "x
            |    ^
          help: close it with the same quote
        """,
    ),
    "an open list": (
        b"a: [1, 2\nb: 3\n",
        """\
        specs/x.yaml:1:4: error[DG103]: this list is not closed, or a comma is missing
          1 | a: [1, 2
            |    ^
          help: add ']' or the comma; text that holds brackets, commas or ': ' wants quotes
        """,
    ),
    "an open mapping": (
        b"a: {x: 1\nb: 3\n",
        """\
        specs/x.yaml:1:4: error[DG103]: this mapping is not closed, or a comma is missing
          1 | a: {x: 1
            |    ^
          help: add '}' or the comma; text that holds brackets, commas or ': ' wants quotes
        """,
    ),
    "a value that is missing": (
        b"a: [b,, c]\n",
        """\
        specs/x.yaml:1:7: error[DG103]: a value is missing here
          1 | a: [b,, c]
            |       ^
          help: put the text between quotes if it is text
        """,
    ),
    "an expression that starts like a list": (
        b"a: [0].x\n",
        """\
        specs/x.yaml:1:7: error[DG103]: something follows after the closing bracket
          1 | a: [0].x
            |       ^
          help: put the text between quotes if all of it is one text
        """,
    ),
    "an expression that starts with an at sign": (
        b"a: @.x\n",
        """\
        specs/x.yaml:1:4: error[DG103]: a text cannot start with '@' unless it is quoted
          1 | a: @.x
            |    ^
          help: put the text between quotes
        """,
    ),
    "an asterisk": (
        b"a: *\n",
        """\
        specs/x.yaml:1:4: error[DG103]: a text cannot start with this character unless it is quoted
          1 | a: *
            |    ^
          help: put the text between quotes
        """,
    ),
    "wrong indentation": (
        b"a:\n  b: 1\n c: 2\n",
        """\
        specs/x.yaml:3:2: error[DG103]: this line does not fit the lines above it
          3 |  c: 2
            |  ^
          help: the lines of one mapping or list start in the same column
        """,
    ),
    "a key in a list": (
        b"a:\n  - x\n  b: 1\n",
        """\
        specs/x.yaml:3:3: error[DG103]: this line does not fit the lines above it
          3 |   b: 1
            |   ^
          help: the lines of one mapping or list start in the same column
        """,
    ),
    "text on the line of a block": (
        b"a: | text\n",
        """\
        specs/x.yaml:1:6: error[DG103]: after '|' or '>' the text starts on the next line
          1 | a: | text
            |      ^
        """,
    ),
    "text after the end": (
        b'"a" b\n',
        """\
        specs/x.yaml:1:5: error[DG103]: something follows after the end of the value
          1 | "a" b
            |     ^
          help: the lines of one mapping or list start in the same column
        """,
    ),
    "a directive": (
        b"%YAML 3.0\n---\na: 1\n",
        """\
        specs/x.yaml:1:1: error[DG103]: lines that start with '%' are not part of specs
          1 | %YAML 3.0
            | ^
        """,
    ),
    "a tab": (
        b"a:\n\tb: 1\n",
        """\
        specs/x.yaml:2:1: error[DG104]: a tab cannot be used for indentation
          2 | \tb: 1
            | ^
          help: indent with spaces
        """,
    ),
    "a tab after spaces": (
        b"a:\r\n  b: 1\r\n  \tc: 2\r\n",
        """\
        specs/x.yaml:3:3: error[DG104]: a tab cannot be used for indentation
          3 |   \tc: 2
            |   ^
          help: indent with spaces
        """,
    ),
    "nothing": (b"", "specs/x.yaml:1:1: error[DG105]: the file is empty\n  help: write it, or take the file away\n"),
    "comments only": (
        b"# nothing\n",
        """\
        specs/x.yaml:1:1: error[DG105]: the file is empty
          1 | # nothing
            | ^
          help: write it, or take the file away
        """,
    ),
    "two documents": (
        b"a: 1\n---\nb: 2\n",
        """\
        specs/x.yaml:2:1: error[DG106]: a second document starts here; a file holds one
          2 | ---
            | ^^^
          help: take the line --- out, or make two files
        """,
    ),
    "duplicate keys": (
        b"a:\n  'k': 1\n  x: 2\n  k: 3\n",
        """\
        specs/x.yaml:4:3: error[DG107]: the key "k" is written twice
          4 |   k: 3
            |   ^
          help: the first one is in line 2: take one out
        """,
    ),
    "duplicate keys in a flow mapping after wide characters": (
        "{名: 1, 名: 2}\n".encode(),
        """\
        specs/x.yaml:1:8: error[DG107]: the key "名" is written twice
          1 | {名: 1, 名: 2}
            |         ^^
          help: the first one is in line 1: take one out
        """,
    ),
    "keys that are not text": (
        b"200: a\ntrue: b\n? [c]\n: d\n",
        """\
        specs/x.yaml:1:1: error[DG108]: a key must be text, and this is a number
          1 | 200: a
            | ^^^
          help: write "200"

        specs/x.yaml:2:1: error[DG108]: a key must be text, and this is a boolean
          2 | true: b
            | ^^^^
          help: write "true"

        specs/x.yaml:3:3: error[DG108]: a key must be text, and this is a list
          3 | ? [c]
            |   ^
        """,
    ),
    "anchors and aliases": (
        b"a: &x 1\nb: *x\nc:\n  <<: {d: 1}\n",
        """\
        specs/x.yaml:1:4: error[DG110]: anchors like &x are not part of specs
          1 | a: &x 1
            |    ^^
          help: write the value out; if this is text, put it between quotes

        specs/x.yaml:2:4: error[DG110]: aliases like *x are not part of specs
          2 | b: *x
            |    ^^
          help: write the value out; if this is text, put it between quotes

        specs/x.yaml:4:3: error[DG110]: merge keys are not part of specs
          4 |   <<: {d: 1}
            |   ^^
          help: write the value out; if this is text, put it between quotes
        """,
    ),
    "tags": (
        b"a: !!str 1\nb: &x !y {}\n",
        """\
        specs/x.yaml:1:4: error[DG111]: tags like !!str are not part of specs
          1 | a: !!str 1
            |    ^^^^^
          help: write the value out; if this is text, put it between quotes

        specs/x.yaml:2:4: error[DG110]: anchors like &x are not part of specs
          2 | b: &x !y {}
            |    ^^
          help: write the value out; if this is text, put it between quotes

        specs/x.yaml:2:7: error[DG111]: tags like !y are not part of specs
          2 | b: &x !y {}
            |       ^^
          help: write the value out; if this is text, put it between quotes
        """,
    ),
    "a huge number": (
        b"a: 1e999\n",
        """\
        specs/x.yaml:1:4: error[DG112]: the number is larger than JSON readers can hold
          1 | a: 1e999
            |    ^^^^^
          help: put it between quotes if it is text
        """,
    ),
    "control characters": (
        b"a: \x1b[31m\n",
        """\
        specs/x.yaml:1:4: error[DG102]: the character U+001B cannot stand in a spec
          1 | a: \N{REPLACEMENT CHARACTER}[31m
            |    ^
          help: write it as "\\u001b" between double quotes
        """,
    ),
    "line ends that editors do not count": (
        "a: x\u2028y\n".encode(),
        """\
        specs/x.yaml:1:5: error[DG102]: the character U+2028 cannot stand in a spec
          1 | a: x\N{REPLACEMENT CHARACTER}y
            |     ^
          help: write it as "\\u2028" between double quotes
        """,
    ),
    "not UTF-8": (
        "a: 1\nb: caf\u00e9\n".encode("latin-1"),
        """\
        specs/x.yaml:2:7: error[DG101]: the file is not UTF-8: byte 0xe9 cannot stand here
          2 | b: caf\N{REPLACEMENT CHARACTER}
            |       ^
          help: save the file as UTF-8
        """,
    ),
}


@pytest.fixture(params=[name for name in ("CSafeLoader", "SafeLoader") if hasattr(yaml, name)])
def parser(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(source, "_LOADER", getattr(yaml, request.param))


@pytest.mark.usefixtures("parser")
@pytest.mark.parametrize("name", FAULTS)
def test_the_report_names_place_fault_and_way_out(name: str) -> None:
    data, expected = FAULTS[name]
    diagnostics = Diagnostics()
    source.parse(data, "specs/x.yaml", diagnostics)
    assert render(diagnostics) == dedent(expected)
    assert diagnostics.failed


def test_the_first_characters_count_after_a_byte_order_mark() -> None:
    diagnostics = Diagnostics()
    source.parse(b"\xef\xbb\xbfa: 1\r\na: 2\r\n", "x.yaml", diagnostics)
    assert render(diagnostics) == dedent("""\
        x.yaml:2:1: error[DG107]: the key "a" is written twice
          2 | a: 2
            | ^
          help: the first one is in line 1: take one out
        """)


def test_nesting_is_bounded() -> None:
    for text in (b"[" * 5000, b"- " * 5000, b"{a: " * 5000):
        diagnostics = Diagnostics()
        assert source.parse(text, "x.yaml", diagnostics) is None
        assert [d.code for d in diagnostics] == ["DG113"]


def test_a_file_that_cannot_be_read_is_a_finding(tmp_path: Path) -> None:
    diagnostics = Diagnostics()
    assert source.load(tmp_path / "none.yaml", diagnostics, root=tmp_path) is None
    assert source.load(tmp_path, diagnostics, root=tmp_path.parent) is None
    assert source.load(Path("a\0b.yaml"), diagnostics) is None
    messages = [d.message for d in diagnostics]
    assert "the file cannot be read: No such file or directory" in messages
    assert "the file cannot be read: Is a directory" in messages
    assert len(messages) == 3
    assert "none.yaml:1:1: error[DG100]" in render(diagnostics)
