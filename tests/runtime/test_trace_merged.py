"""Places in what rules merged, and in what they made of it."""

from __future__ import annotations

from typing import Any

from dragoman.kit.lists import merge_items
from dragoman.kit.trace import AS_IT_WAS, Trace, sources
from dragoman.places import join, text


def place(*keys: str | int) -> Any:
    return join(list(keys))


def item(trace: Trace, n: int, made: dict[str, Any], **fields: str) -> dict[str, Any]:
    table = {name: ((source,), True) for name, source in fields.items()}
    trace[id(made)] = (place("items", n), {**table, "": (("",), False)}, made)
    return made


def told(at: Any, body: Any, trace: Trace) -> list[str]:
    return [text(one) for one in sources(at, body, trace)[0]]


def test_a_field_of_a_merged_item_is_led_back_to_the_item_that_gave_it() -> None:
    trace: Trace = {}
    one = item(trace, 0, {"turn": 1, "a": "x"}, a="first")
    two = item(trace, 1, {"turn": 1, "b": "y"}, b="second")
    (merged,) = merge_items([one, two], ("turn",), (), trace=trace)
    assert merged == {"turn": 1, "a": "x", "b": "y"}
    assert told(place("a"), merged, trace) == ["items[0].first"]
    assert told(place("b"), merged, trace) == ["items[1].second"]
    assert told(place(), merged, trace) == ["items[0]", "items[1]"]


def test_a_copy_of_what_rules_made_is_led_back_through_it() -> None:
    trace: Trace = {}
    made = item(trace, 3, {"a": "x"}, a="first")
    copied = {"a": "x", "new": "z"}
    trace[id(copied)] = ((), {**AS_IT_WAS, "new": ((), False)}, copied, made)
    body = {"messages": [copied]}
    assert told(place("messages", 0, "a"), body, trace) == ["items[3].first"]
    assert told(place("messages", 0, "new"), body, trace) == []


def test_without_a_trace_items_are_merged_as_before() -> None:
    assert merge_items([{"k": 1, "l": [1]}, {"k": 1, "l": [2]}], ("k",), ("l",)) == [{"k": 1, "l": [1, 2]}]
