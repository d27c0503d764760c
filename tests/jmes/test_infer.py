"""Inference: types, and findings with their place in the expression."""

from __future__ import annotations

import pytest

from dragoman_codegen import types as t
from dragoman_codegen.jmes import Finding, Scope, Value, infer, parse_text, reads

TEXT = t.obj({"type": t.literal("text"), "text": t.STRING}, name="Text")
IMAGE = t.obj({"type": t.literal("image"), "url": t.STRING}, name="Image")
MESSAGE = t.obj({"role": t.STRING, "content": t.join(t.STRING, t.array(t.join(TEXT, IMAGE)))}, name="Message")
REQUEST = t.obj(
    {
        "messages": t.array(MESSAGE),
        "stop": t.Prop(t.join(t.STRING, t.array(t.STRING)), required=False),
        "n": t.Prop(t.INTEGER, required=False),
        "stream": t.BOOLEAN,
        "parts": t.array(t.join(TEXT, IMAGE)),
    },
    name="Request",
)


def inferred(text: str) -> tuple[t.Type, list[Finding]]:
    found: list[Finding] = []
    names = {"@": Value("body", REQUEST), "$model": Value("facts", t.obj({"max_output": t.INTEGER}, name="facts"))}
    return infer(parse_text(text), Scope(names), found.append), found


@pytest.mark.parametrize(
    ("text", "type_"),
    [
        ("messages[0].role", "string or null"),
        ("messages[].role", "array"),
        ("n || `1`", "integer or 1"),
        ("not_null(n, `1`)", "integer or 1"),
        ("stream == `true`", "boolean"),
        ("$model.max_output", "integer"),
        ("length(messages)", "integer"),
        ("type(stop)", "'array', 'null' or 'string'"),
        ("n > `1`", "boolean or null"),
        ("length(messages) > `1`", "boolean"),
        ("parse_json('1')", "anything"),
        ("parts[?type == 'image'].url | [0]", "string or null"),
    ],
)
def test_types(text: str, type_: str) -> None:
    found, findings = inferred(text)
    if type_ == "integer or 1":
        assert found == t.INTEGER
    else:
        assert str(found) == type_
    assert findings == []


@pytest.mark.parametrize(
    ("text", "code", "offset", "length", "help_"),
    [
        ("messages[].rol", "DG307", 11, 3, 'did you mean "role"?'),
        ("messages[?rol == 'x']", "DG307", 10, 3, 'did you mean "role"?'),
        ("parts[?type == 'text'].url", "DG307", 23, 3, None),
        ("!stream.x", "DG308", 8, 1, "'!a.b' means '(!a).b': write !(a.b)"),
        ("stream.x", "DG308", 7, 1, "'!a.b' means '(!a).b': write !(a.b)"),
        ("n.x", "DG308", 2, 1, None),
        ("messages.role", "DG308", 9, 4, "of the elements: [].role or [0].role"),
        ("messages[1:][?role == 'x']", "DG308", 12, 1, None),
        ("length(n)", "DG304", 7, 1, None),
        ("contains(stop, 'x')", "DG309", 9, 1, "say what holds instead (|| or not_null), or test it before"),
        ("max(messages)", "DG304", 4, 1, None),
        ("contains(to_string(n), ['x'])", "DG310", 23, 1, None),
        ("join('', [messages[0].role])", "DG309", 9, 1, "say what holds instead of null: || ''"),
        ("$modl.x", "DG306", 0, 5, "did you mean $model?"),
        ("$model.max_outpt", "DG307", 7, 9, 'did you mean "max_output"?'),
    ],
)
def test_findings(text: str, code: str, offset: int, length: int, help_: str | None) -> None:
    _, findings = inferred(text)
    assert [(f.code, f.offset, f.length, f.help) for f in findings] == [(code, offset, length, help_)]


def test_a_condition_narrows_what_follows() -> None:
    _, findings = inferred("stop && contains(stop, 'x')")
    assert findings == []
    _, findings = inferred("messages[?type(content) == 'string'].starts_with(content, 'x')")
    assert findings == []


def test_a_known_local_counts_for_its_path() -> None:
    found: list[Finding] = []
    scope = Scope({"@": Value("body", REQUEST)}, {("stop",): Value("stop", t.STRING, simple=True, trusted=True)})
    assert infer(parse_text("length(stop)"), scope, found.append) == t.INTEGER
    assert found == []


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a.b", ["@ a.b whole"]),
        ("a == 'x'", ["@ a tested"]),
        ("messages[?role == 'x'].content", ["@ messages.[].role tested", "@ messages.[].content whole"]),
        ("a[].b[].c", ["@ a.[].b.[].c whole"]),
        ("a[*].b | [0]", ["@ a.[].b whole"]),
        ("a[*].b | [0].c", ["@ a.[].b.c whole"]),
        ("$x.a || b", ["$x a whole", "@ b whole"]),
        ("a && b.c", ["@ a tested", "@ b.c whole"]),
        ("length(a)", ["@ a tested"]),
        ("to_array(a)[?type == 'x'].text", ["@ a.[].type tested", "@ a.[].text whole"]),
        ("map(&b.c, a)", ["@ a.[].b.c whole"]),
        ("{x: a, y: !b}", ["@ a whole", "@ b tested"]),
        ("a.*.b", ["@ a.*.b whole"]),
        ("@", ["@  whole"]),
    ],
)
def test_reads(text: str, expected: list[str]) -> None:
    found = [f"{r.root} {'.'.join(r.path)} {'whole' if r.whole else 'tested'}" for r in reads(parse_text(text))]
    assert found == expected
