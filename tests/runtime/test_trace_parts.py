"""What an object that rules put together was made from."""

from typing import Any

from dragoman.kit.trace import Trace, lead_back, smallest
from dragoman.places import At, text

FIELDS: dict[str, tuple[tuple[str, ...], bool]] = {
    "said": (("words",), True),
    "extra.note": (("memo",), True),
    "extra.kept.mark": (("stamp.mark",), False),
    "extra.kept": (("stamp.mark",), False),
    "extra": (("memo", "stamp.mark"), False),
    "": (("words", "memo", "stamp.mark"), False),
}


def places(place: At, hub: dict[str, Any], trace: Trace) -> list[str]:
    return [text(lead_back(part, hub, trace)[0] or ()) for part in smallest(place, hub, trace)]


def test_fields_put_into_an_object_are_told_one_by_one() -> None:
    part = {"said": "a", "extra": {"note": "n", "kept": {"mark": 1}}}
    hub = {"parts": [part]}
    trace = {id(part): (((), "turns", 3), FIELDS, part)}
    assert places(((), "parts", 0, "extra"), hub, trace) == ["turns[3].memo", "turns[3].stamp.mark"]
    assert places(((), "parts", 0, "extra", "kept"), hub, trace) == ["turns[3].stamp.mark"]


def test_fields_that_are_not_there_are_not_told() -> None:
    part = {"said": "a", "extra": {"note": "n"}}
    hub = {"parts": [part]}
    trace = {id(part): (((), "turns", 3), FIELDS, part)}
    assert places(((), "parts", 0, "extra"), hub, trace) == ["turns[3].memo"]


def test_a_field_that_the_table_knows_is_one_place() -> None:
    part = {"said": "a", "extra": {"note": "n"}}
    hub = {"parts": [part]}
    trace = {id(part): (((), "turns", 3), FIELDS, part)}
    assert places(((), "parts", 0, "said"), hub, trace) == ["turns[3].words"]
    assert places(((), "parts", 0, "extra", "note"), hub, trace) == ["turns[3].memo"]


def test_a_value_of_any_depth_is_led_back() -> None:
    deep: Any = "x"
    for _ in range(10_000):
        deep = [deep]
    assert places(((), "odd"), {"odd": {"in": deep}}, {}) == [""]
