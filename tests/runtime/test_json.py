"""JSON in and out: whatever a text can hold, and never an accident."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dragoman.json_codec import NotJSON, dumps, loads

values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
)


@given(values)
def test_round_trip(value: Any) -> None:
    assert loads(dumps(value)) == value


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ({"a": [1, "ü"]}, '{"a":[1,"ü"]}'),
        ("\ud800", '"\\ud800"'),
        ([float("nan"), float("inf"), 1.5], "[NaN,Infinity,1.5]"),
        ({"x": {"y": [float("-inf"), "ü\udc00"]}}, '{"x":{"y":[-Infinity,"\\u00fc\\udc00"]}}'),
        (2**70, str(2**70)),
        (1e300, "1e+300"),
    ],
)
def test_dumps(value: Any, text: str) -> None:
    assert dumps(value) == text.encode()


@pytest.mark.parametrize(
    "text", [b"", b"{", b"\xff", b"[" * 200_000, b"1" * 5000, "nope", b"\xef\xbb", "1 2", " ", "\ufeff1"]
)
def test_not_json(text: bytes | str) -> None:
    with pytest.raises(NotJSON) as caught:
        loads(text)
    assert (caught.value.__cause__, caught.value.__context__) == (None, None)


def test_what_cannot_be_written() -> None:
    deep: Any = []
    for _ in range(100_000):
        deep = [deep]
    for value in (deep, {"a": "\ud800", "b": deep}, [10**5000]):
        with pytest.raises(NotJSON) as caught:
            dumps(value)
        assert (caught.value.__cause__, caught.value.__context__) == (None, None)


def test_loads() -> None:
    assert loads(b'\xef\xbb\xbf{"a": 1}') == {"a": 1}
    assert loads(b'"\xed\xa0\x80"') == "\ud800"
    assert loads(str(2**70)) == 2**70
    assert loads(" \r\n[1]\t") == [1]
    assert loads("1") == 1
    assert json.dumps(loads(b"[NaN, -Infinity]")) == "[NaN, -Infinity]"
