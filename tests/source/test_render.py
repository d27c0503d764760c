"""Order, formats and the did-you-mean of findings."""

from __future__ import annotations

import json
from textwrap import dedent

from dragoman_codegen.diagnostics import Diagnostics, Span, nearest, quote, render


def findings() -> Diagnostics:
    diagnostics = Diagnostics()
    diagnostics.warning("DG402", Span("b.yaml", 1, 1), "later file")
    diagnostics.error("DG301", Span("a.yaml", 10, 3, 4), "second: 100%, or so", "do\tthis")
    diagnostics.error("DG301", Span("a.yaml", 9, 5), "first")
    diagnostics.error("DG301", Span("a.yaml", 9, 5), "first")
    diagnostics.sources["a.yaml"] = "\n" * 8 + "a:  x\n\tb名: name # \x07\n"
    return diagnostics


def test_text_is_sorted_and_each_finding_stands_once() -> None:
    assert render(findings()) == dedent("""\
        a.yaml:9:5: error[DG301]: first
          9 | a:  x
            |     ^

        a.yaml:10:3: error[DG301]: second: 100%, or so
          10 | \tb名: name # \N{REPLACEMENT CHARACTER}
             | \t ^^^^^
          help: do\N{REPLACEMENT CHARACTER}this

        b.yaml:1:1: warning[DG402]: later file
        """)


def test_sources_can_be_given() -> None:
    diagnostics = Diagnostics()
    diagnostics.error("DG301", Span("a.yaml", 1, 2), "here")
    assert render(diagnostics, {"a.yaml": "xyz"}) == "a.yaml:1:2: error[DG301]: here\n  1 | xyz\n    |  ^\n"
    assert render(diagnostics, {}) == "a.yaml:1:2: error[DG301]: here\n"


def test_long_lines_are_cut_around_the_caret() -> None:
    diagnostics = Diagnostics()
    diagnostics.sources["a.yaml"] = "x" * 500 + "HERE" + "y" * 500
    diagnostics.error("DG301", Span("a.yaml", 1, 501, 4), "here")
    _, excerpt, carets = render(diagnostics).splitlines()
    assert len(excerpt) < 140
    assert excerpt[carets.index("^") :][:4] == "HERE"
    assert carets.count("^") == 4


def test_json() -> None:
    found = json.loads(render(findings(), format="json"))["diagnostics"]
    assert found[1] == {
        "code": "DG301",
        "severity": "error",
        "message": "second: 100%, or so",
        "path": "a.yaml",
        "line": 10,
        "column": 3,
        "length": 4,
        "help": "do\tthis",
    }
    assert [f["severity"] for f in found] == ["error", "error", "warning"]
    assert json.loads(render(Diagnostics(), format="json")) == {"diagnostics": []}


def test_github() -> None:
    assert render(findings(), format="github").splitlines() == [
        "::error file=a.yaml,line=9,col=5,endColumn=6,title=DG301::first",
        "::error file=a.yaml,line=10,col=3,endColumn=7,title=DG301::second: 100%25, or so%0Ahelp: do\tthis",
        "::warning file=b.yaml,line=1,col=1,endColumn=2,title=DG402::later file",
    ]


def test_warnings_alone_do_not_fail() -> None:
    diagnostics = Diagnostics()
    diagnostics.warning("DG402", Span("b.yaml", 1, 1), "careful")
    assert not diagnostics.failed
    more = Diagnostics()
    more.extend(diagnostics)
    more.error("DG301", Span("b.yaml", 1, 1), "wrong")
    assert more.failed and len(more) == 2


def test_nearest() -> None:
    assert nearest("tool_calls_id", ["content", "name", "role", "tool_call_id", "tool_calls"]) == "tool_call_id"
    assert nearest("$mach", ["$match", "$make"]) == "$match"
    assert nearest("each", ["$each", "$else"]) == "$each"
    assert nearest("maxTokens", ["max_tokens", "min_tokens"]) == "max_tokens"
    assert nearest("zebra", ["content", "role"]) is None
    assert nearest("x", []) is None


def test_quote_is_one_line_and_short() -> None:
    assert quote("a\nb") == '"a\\nb"'
    assert quote({"a": [1, None]}) == '{"a": [1, null]}'
    assert len(quote("x" * 1000)) == 60
