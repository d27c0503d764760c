"""What the code looks like: with types, what a careful person would write; without, the guards it needs."""

from __future__ import annotations

import textwrap

import pytest

from dragoman_codegen import types as t
from dragoman_codegen.jmes import (
    CodeBlock,
    Scope,
    Unit,
    Value,
    compile,
    compile_condition,
    compile_function,
    compile_text,
    parse_text,
)

TEXT = t.obj({"type": t.literal("text"), "text": t.STRING, "cache_control": t.Prop(t.OBJECT, False)}, name="Text")
IMAGE = t.obj({"type": t.literal("image"), "image_url": t.obj({"url": t.STRING})}, name="Image")
PART = t.join(TEXT, IMAGE)
FUNCTION = t.obj({"name": t.STRING, "description": t.Prop(t.STRING, False)}, name="Function")
TOOL = t.obj({"type": t.literal("function"), "function": FUNCTION}, name="Tool")
MESSAGE = t.obj({"role": t.STRING, "content": t.join(t.STRING, t.array(PART))}, name="Message")
REQUEST = t.obj(
    {
        "messages": t.array(MESSAGE),
        "tools": t.Prop(t.array(TOOL), False),
        "content": t.join(t.STRING, t.array(PART)),
        "n": t.Prop(t.INTEGER, False),
        "max_tokens": t.Prop(t.INTEGER, False),
        "max_completion_tokens": t.Prop(t.INTEGER, False),
        "effort": t.Prop(t.STRING, False),
        "flag": t.Prop(t.BOOLEAN, False),
    },
    name="Request",
)
FACTS = t.obj({"max_output": t.INTEGER, "json": t.BOOLEAN}, name="facts")

SCOPE = Scope(
    {
        "@": Value("body", REQUEST, simple=True, trusted=True),
        "$part": Value("part", PART, simple=True, trusted=True),
        "$text": Value("part", TEXT, simple=True, trusted=True),
        "$model": Value("facts", FACTS, simple=True, trusted=True, deep=True),
        "$any": Value("value", simple=True),
    },
    {
        ("messages",): Value("messages", t.array(MESSAGE), simple=True, trusted=True),
        ("tools",): Value("tools", t.join(t.array(TOOL), t.NULL), simple=True, trusted=True, elements_trusted=True),
    },
)


def emitted(text: str, scope: Scope = SCOPE) -> str:
    code = CodeBlock(Unit())
    code.reserve("body", "part", "facts", "value", "messages", "tools")
    value = compile(parse_text(text), scope, code)
    return code.render() + value.code


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("$text.text", 'part["text"]'),
        ("$text.cache_control", 'part.get("cache_control")'),
        ("$text.type == 'text'", 'part["type"] == "text"'),
        ("'text' != $text.type", 'part["type"] != "text"'),
        ("$part.text && $part.text != ''", 'part.get("text") and part["text"] != ""'),
        ("$part.text.nothing", "None"),
        ("content && n", 'body["content"] and body.get("n")'),
        ("type(content) == 'string'", 'type(body["content"]) is str'),
        ("type(content) != 'null'", 'body["content"] is not None'),
        ("!flag", 'not body.get("flag")'),
        ("flag == `false`", 'body.get("flag") is False'),
        ("n == `1`", 'body.get("n") == 1'),
        ("$any == `1`", "value == 1 and value is not True"),
        ("n == `null`", 'body.get("n") is None'),
        ("$any == $any", "equal(value, value)"),
        ("effort == content", 'body.get("effort") == body["content"]'),
        ("effort || 'none'", 'body.get("effort") or "none"'),
        ("$model.max_output", 'facts["max_output"]'),
        ("$model.max_output || `1`", 'facts["max_output"]'),
        ("!($model.json)", 'not facts["json"]'),
        ("length(messages)", "len(messages)"),
        ("tools && effort != 'none'", 'tools and body.get("effort") != "none"'),
        ("starts_with(effort || '', 'x')", 'starts_with(body.get("effort") or "", "x")'),
        ("starts_with(to_string(n), 'x')", 'to_string(body.get("n")).startswith("x")'),
        ("join('-', ['a', to_string(n)])", '"-".join(["a", to_string(body.get("n"))])'),
        ("join('-', ['a', effort])", 'join("-", ["a", body.get("effort")])'),
        ("{role: 'user', n: n}", '{"role": "user", "n": body.get("n")}'),
        ("new_id('call_')", 'call.new_id("call_")'),
        ("media(effort)", 'call.media(body.get("effort"))'),
        ("messages[1:]", "[message for message in messages[1:] if message is not None]"),
        ("tools[].type", '[tool["type"] for tool in tools] if tools is not None else None'),
        ("tools[?type == 'x']", '[tool for tool in tools if tool["type"] == "x"] if tools is not None else None'),
        (
            "not_null(max_completion_tokens, max_tokens)",
            """\
            max_completion_tokens = body.get("max_completion_tokens")
            max_completion_tokens if max_completion_tokens is not None else body.get("max_tokens")""",
        ),
        (
            "n || `1`",
            """\
            n = body.get("n")
            n if n is not None else 1""",
        ),
        (
            "n > `1`",
            """\
            n = body.get("n")
            n > 1 if type(n) is int or type(n) is float else None""",
        ),
        (
            "messages[-1].role",
            """\
            message = messages[-1] if messages else None
            message.get("role") if type(message) is dict else None""",
        ),
        (
            "messages[?role == 'system' || role == 'developer'].role",
            (
                '[message["role"] for message in messages if type(message) is dict '
                'and (message.get("role") == "system" or message.get("role") == "developer")]'
            ),
        ),
        (
            "messages[?role != 'system' && role != 'developer']",
            (
                "[message for message in messages if (type(message) is not dict "
                'or (message.get("role") != "system" and message.get("role") != "developer")) and message is not None]'
            ),
        ),
        (
            "messages[*].role",
            (
                "[role for message in messages if type(message) is dict"
                ' for role in [message.get("role")] if role is not None]'
            ),
        ),
        (
            "tools[].{name: function.name, description: function.description}",
            """\
            new_tools: list[Any] | None = None
            if tools is not None:
                new_tools = []
                for tool in tools:
                    function = tool["function"]
                    if type(function) is not dict:
                        function = NOTHING
                    new_tools.append({"name": function.get("name"), "description": function.get("description")})
            new_tools""",
        ),
        (
            "tools[].function.name",
            """\
            names: list[Any] | None = None
            if tools is not None:
                names = []
                for tool in tools:
                    function = tool["function"]
                    name = function.get("name") if type(function) is dict else None
                    if name is not None:
                        names.append(name)
            names""",
        ),
        (
            "flag && messages[0].role",
            """\
            flag: Any = body.get("flag")
            if flag:
                message = messages[0] if messages else None
                flag = message.get("role") if type(message) is dict else None
            flag""",
        ),
        (
            "sort_by(messages, &role)",
            'sort_by(messages, lambda message: message.get("role") if type(message) is dict else None)',
        ),
    ],
)
def test_with_types(text: str, expected: str) -> None:
    assert emitted(text) == textwrap.dedent(expected)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a", 'return doc.get("a") if type(doc) is dict else None'),
        ("a == 'x'", 'return type(doc) is dict and doc.get("a") == "x"'),
        ("[0]", "return doc[0] if type(doc) is list and doc else None"),
        ("a != 'x' && b != 'x'", 'return type(doc) is not dict or (doc.get("a") != "x" and doc.get("b") != "x")'),
        (
            "a.b",
            """\
            a = doc.get("a") if type(doc) is dict else None
            return a.get("b") if type(a) is dict else None""",
        ),
        (
            "a || b",
            """\
            doc_fields = doc if type(doc) is dict else NOTHING
            a = doc_fields.get("a")
            return a if a or (a == 0 and a is not False) else doc_fields.get("b")""",
        ),
    ],
)
def test_without_types(text: str, expected: str) -> None:
    body = compile_text(text).body.split("\n", 1)[1]
    assert textwrap.dedent(body).strip() == textwrap.dedent(expected)


def test_a_condition_needs_no_bool() -> None:
    code = CodeBlock(Unit())
    assert compile_condition(parse_text("tools && n > `1`"), SCOPE, code) == (
        "tools and (type(n) is int or type(n) is float) and n > 1"
    )
    assert code.render() == 'n = body.get("n")\n'


def test_members_that_nobody_looked_for_are_not_taken_for_granted() -> None:
    scope = Scope({"@": Value("body", REQUEST, simple=True, trusted=True, complete=False)})
    assert emitted("content", scope) == 'body.get("content")'


def test_deep_loops_are_outlined() -> None:
    text = "a" + "[*].b" * 60
    source = compile_text(text).source
    assert source.count("def ") > 5
    assert max(len(line) - len(line.lstrip()) for line in source.splitlines()) < 4 * 60
    given: object = {"b": 1}
    for _ in range(59):
        given = {"b": [given]}
    found = compile_function(text)({"a": [given]})
    for _ in range(60):
        assert isinstance(found, list)
        found = found[0]
    assert found == 1


def test_outlined_loops_see_variables() -> None:
    text = "a" + "[*].b" * 12 + "[?@ == $x.y].c"
    names = {"$x": t.obj({"y": t.STRING})}
    assert "_nested(" in compile_text(text, names=names).source
    compile_text(text, names=names)


@pytest.mark.parametrize(
    "text", ["(" * 90 + "a" + " || b)" * 90, "!(" * 140 + "a" + ")" * 140, "[" * 140 + "a" + "]" * 140]
)
def test_deep_brackets_compile(text: str) -> None:
    compile_function(text)({"a": 1})


def test_a_local_hides_nothing() -> None:
    found = compile_function("{type: type, list: list, join: join('', [text, import]), call: call.dict}")
    given = {"type": 1, "list": 2, "text": "a", "import": "b", "call": {"dict": 3}}
    assert found(given) == {"type": 1, "list": 2, "join": "ab", "call": 3}


def test_odd_names_and_texts_survive() -> None:
    for name in ("", "1a", "ü", "a b", 'q"q', "\\", "\ud800", "None", "\n", "𝒳"):
        escaped = name.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
        assert compile_function(f'"{escaped}" || `1`')({name: "found"}) == "found"


def test_what_stands_for_an_empty_text_is_needless_where_a_text_is() -> None:
    sure = {("effort",): Value("effort", t.STRING, simple=True, trusted=True)}
    perhaps = {("effort",): Value("effort", t.join(t.STRING, t.NULL), simple=True, trusted=True)}
    assert emitted("effort || ''", Scope(SCOPE.names, sure)) == "effort"
    assert emitted("effort || ''", Scope(SCOPE.names, perhaps)) == 'effort or ""'
    assert emitted("effort || 'x'", Scope(SCOPE.names, sure)) == 'effort or "x"'


def test_what_a_function_makes_of_something_that_nobody_has_looked_at_may_be_null() -> None:
    unseen = {("effort",): Value("effort", t.STRING, simple=True)}
    sure = {("effort",): Value("effort", t.STRING, simple=True, trusted=True)}
    assert emitted("safe_id(effort) || ''", Scope(SCOPE.names, unseen)) == 'safe_id(effort) or ""'
    assert emitted("safe_id(effort) || ''", Scope(SCOPE.names, sure)) == "safe_id(effort)"
