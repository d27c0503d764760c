"""Functions beyond JMESPath: what they give, and that they are total."""

from __future__ import annotations

import contextlib
import email.utils
import json
import time
from typing import Any

import pytest

from dragoman.kit import functions, jmes
from dragoman_codegen.jmes import compile_function
from dragoman_codegen.jmes.code import HELPERS
from dragoman_codegen.jmes.signatures import SIGNATURES

HUGE = 10**5000
AWKWARD: list[Any] = [
    *(None, True, False, 0, 1, -1, 1.5, float("nan"), float("inf"), -float("inf"), HUGE, -HUGE, 1e308),
    *(
        "",
        " ",
        "a",
        "\ud800",
        "é",
        "\x00",
        "data:",
        "data:,",
        "data:;base64,%%%",
        "1" * 5000,
        "-",
        "Infinity",
        "[" * 5000,
    ),
    *([], [1], ["a"], [None], [[]], [{}], [1, "a"], [float("nan")], [HUGE, 1.5], ["\ud800"], [True]),
    *({}, {"a": None}, {"a": 1}, {"\ud800": "\ud800"}, {"a": HUGE}),
]


@pytest.mark.parametrize(
    ("expression", "given", "expected"),
    [
        ("parse_json(@)", '{"a": [1, 2.5, null]}', {"a": [1, 2.5, None]}),
        ("parse_json(@)", "{", None),
        ("parse_json(@)", "NaN", None),
        ("parse_json(@)", None, None),
        ("json_text(@)", {"a": ["é", None, True]}, '{"a":["é",null,true]}'),
        ("data_uri(@)", "data:image/png;base64,AAAA", {"media_type": "image/png", "data": "AAAA"}),
        ("data_uri(@)", "data:text/plain;charset=utf-8,a%20%C3%A9", {"media_type": "text/plain", "data": "YSDDqQ=="}),
        ("data_uri(@)", "data:,x", {"media_type": "text/plain", "data": "eA=="}),
        ("data_uri(@)", "DATA:image/png;BASE64,AA%3D%3D", {"media_type": "image/png", "data": "AA=="}),
        ("data_uri(@)", "https://example.com/a.png", None),
        ("base64_text(@)", "w6k=", "é"),
        ("base64_text(@)", "w6k", "é"),
        ("base64_text(@)", "/w==", None),
        ("base64_text(@)", "!", None),
        ("text_base64(@)", "é", "w6k="),
        ("base64_text(text_base64(@))", "\ud800", "\ud800"),
        (
            "from_paths(@)",
            [{"path": "$.a[0].b", "value": "x"}, {"path": "$.a[0].b", "value": "y"}, {"path": "$.a[1]", "value": None}],
            {"a": [{"b": "xy"}, None]},
        ),
        (
            "from_paths(@)",
            [{"path": """$['it\\'s "q"']""", "value": 1}, {"path": '$["\\u00e9"].c d', "value": False}],
            {'it\'s "q"': 1, "é": {"c d": False}},
        ),
        ("from_paths(@)", [{"path": "$.a", "value": 1}, {"path": "$.a"}], {"a": 1}),
        ("from_paths(@)", [{"path": "$.a", "value": 1}, {"path": "$.a", "value": 2}], None),
        ("from_paths(@)", [{"path": "$.a", "value": {}}, {"path": "$.a.b", "value": 2}], None),
        ("from_paths(@)", [{"path": "$.a[0]", "value": 1}, {"path": "$.a.b", "value": 2}], None),
        ("from_paths(@)", [{"path": "$.a[1]", "value": 1}], None),
        ("from_paths(@)", [{"path": "$" + ".a" * 101, "value": 1}], None),
        *(("from_paths(@)", [{"path": path, "value": 1}], None) for path in ("", "a", "$..a", "$[*]", "$['a", None)),
        ("from_paths(@)", [], None),
        ("from_paths(@)", [1], None),
        ("split(@, '/')", "a/b//c", ["a", "b", "", "c"]),
        ("split(@, '')", "ab", ["ab"]),
        ("split(@, `1`)", "ab", None),
        ("trim(@)", " \n a b\t", "a b"),
        ("trim(@)", 1, None),
        ("trim_end(@)", " a \r\n", " a"),
        ("seconds(@)", 7, 7),
        ("seconds(@)", "7", 7),
        ("date_seconds(@)", "2024-05-24T20:57:43.314639Z", 1716584263),
        ("date_seconds(@)", "1969-12-31t23:59:59z", -1),
        ("date_seconds(@)", "2024-05-24T20:57:43", None),
        ("date_seconds(@)", "2024-13-24T20:57:43Z", None),
        ("date_seconds(@)", "0001-01-01T00:00:00+23:59", -62135683140),
        ("seconds_date(@)", 1716584263.9, "2024-05-24T20:57:43Z"),
        ("seconds_date(@)", -1, "1969-12-31T23:59:59Z"),
        ("seconds_date(@)", 1e300, None),
        ("seconds(@)", "34.1s", 34.1),
        ("seconds(@)", "6m0s", 360),
        ("seconds(@)", "20ms", 0.02),
        ("seconds(@)", "1h2m3.5s", 3723.5),
        ("seconds(@)", "soon", None),
        ("seconds(@)", "7 apples", None),
        ("seconds(@)", "Wed, 21 Oct 2015 07:28:00 GMT", 0),
        ("at(@, 'b')", {"b": 1}, 1),
        ("at(@, `1`)", ["a", "b"], "b"),
        ("at(@, `-1`)", ["a", "b"], "b"),
        ("at(@, `2`)", ["a", "b"], None),
        ("at(@, `true`)", ["a", "b"], None),
        ("at(@, `0`)", {"0": 1}, 1),
        ("minus(@, `1`)", 3, 2),
        ("minus(@, `1`)", True, None),
        ("compact(@)", {"a": None, "b": False, "c": [None]}, {"b": False, "c": [None]}),
        ("compact(@)", None, None),
        ("cut(@, `[1, 2]`)", "a😀bcd", ["a", "😀b", "cd"]),
        ("cut(@, `[0, 9]`)", "abc", ["abc"]),
        ("cut(@, `[-1]`)", "abc", None),
        ('unordered(@, `["a", "b", "c"]`)', ["a", "x", "c"], False),
        ('unordered(@, `["a", "b", "c"]`)', ["c", "x", "a"], True),
        ('unordered(@, `["a", "b"]`)', [["x"], {"y": 1}, "b", None, "a"], True),
        ("unordered(@, `[]`)", None, False),
    ],
)
def test_results(expression: str, given: Any, expected: Any) -> None:
    found = compile_function(expression)(given)
    assert found == expected
    assert type(found) is type(expected)


def test_a_date_in_the_future_is_some_seconds_away() -> None:
    found = functions.seconds(email.utils.formatdate(time.time() + 100, usegmt=True))
    assert isinstance(found, int)
    assert 95 <= found <= 100


def test_integers_of_any_size_are_written() -> None:
    text = functions.json_text({"a": [HUGE, -HUGE, "é"]})
    assert text == '{"a":[1' + "0" * 5000 + ",-1" + "0" * 5000 + ',"é"]}'


@pytest.mark.parametrize("name", sorted(name for name, s in SIGNATURES.items() if s.module == "dragoman.kit.functions"))
def test_own_functions_raise_nothing(name: str) -> None:
    function = getattr(functions, SIGNATURES[name].helper)
    for first in AWKWARD:
        if len(SIGNATURES[name].parameters) == 1:
            function(first)
        else:
            for second in AWKWARD:
                function(first, second)


@pytest.mark.parametrize("name", sorted(name for name, s in SIGNATURES.items() if s.module == "dragoman.kit.jmes"))
def test_standard_functions_raise_typed_errors_only(name: str) -> None:
    texts = {"map": "map(&@, @)", "sort_by": "sort_by(@, &@)", "min_by": "min_by(@, &@)", "max_by": "max_by(@, &@)"}
    two = len(SIGNATURES[name].parameters) == 2
    text = texts.get(name, f"{name}([0], [1])" if two else f"{name}(@)")
    function = compile_function(text)
    for first in AWKWARD:
        for second in AWKWARD if two and name not in texts else [None]:
            given = [first, second] if two and name not in texts else first
            with contextlib.suppress(jmes.InvalidType, jmes.InvalidValue):
                function(given)


@pytest.mark.parametrize(
    ("text", "given"), [("ceil(@)", float("nan")), ("avg(@)", [HUGE, 1.5]), ("to_string(@)", [HUGE])]
)
def test_what_python_raises_is_not_shown(text: str, given: Any) -> None:
    with pytest.raises(jmes.InvalidValue) as caught:
        compile_function(text)(given)
    assert caught.value.__cause__ is None
    assert caught.value.__context__ is None


def test_a_wrong_type_says_what_was_expected_and_found() -> None:
    with pytest.raises(jmes.InvalidType) as caught:
        compile_function("length(@)")(5)
    fault = caught.value
    assert (fault.function, fault.expected, fault.found) == ("length", "string, array or object", "number")
    assert isinstance(fault, ValueError)


def test_every_helper_is_kept_from_being_a_local() -> None:
    assert {*jmes.__all__, *functions.__all__} <= HELPERS
    assert {s.helper for s in SIGNATURES.values() if s.module != "call"} <= HELPERS


def test_arguments_are_not_changed() -> None:
    given = {"a": [3, 1, 2], "b": {"x": None}}
    before = json.dumps(given)
    for text in (
        "sort(a)",
        "reverse(a)",
        "merge(b, {y: a})",
        "compact(b)",
        "to_array(a)",
        "sort_by(a, &@)",
        "a[]",
        "a[*]",
    ):
        compile_function(text)(given)
    assert json.dumps(given) == before
