"""Values are equal as JSON has them: true is no number, and 0 is 0.0."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from .made import generated, losses, obj, run

ANY_KIND = {"type": ["boolean", "number", "string"]}
HELD = obj("", t=ANY_KIND, n={"type": "number"}, x={"type": "string"})


def toy(root: Path, rule: Any) -> Any:
    unit = {"unit": "request", "hub": "Item", "wire": "Item", "to_wire": rule}
    return generated(root, toy={"hub": HELD, "request.yaml": json.dumps(unit)})["toy"]


@pytest.mark.parametrize("copied", [False, True])
@pytest.mark.parametrize(
    ("unless", "quiet", "told"),
    [
        ([0], [0, 0.0], [False, True, 1, "0"]),
        ([1], [1, 1.0], [True, False, "1"]),
        ([False], [False], [0, 0.0, True]),
        ([True, ""], [True, ""], [1, 1.0, False]),
        ([0, 2], [0, 2, 2.0], [False, True]),
        ([0, 1, False], [0, 1, False], [True]),
    ],
)
def test_unless(unless: Any, quiet: Any, told: Any, copied: bool, tmp_path: Path) -> None:
    drops = {"t": {"tuning": "no", "unless": unless}, "n": {"tuning": "no", "unless": unless}}
    one = toy(tmp_path, {**({"$same": "@"} if copied else {"x": "x"}), "$drop": drops})
    for name in ("t", "n"):
        assert [value for value in quiet if losses(run(one, {name: value}))] == []
        assert [value for value in told if losses(run(one, {name: value})) != [f"{name} dropped"]] == []


def test_clamp_takes_numbers_alone(tmp_path: Path) -> None:
    one = toy(tmp_path, {"n": {"$get": "n", "$clamp": {"max": "t"}}, "x": "x"})
    for given, made in (((3, 2), 2), ((3.5, 2), 2), ((True, 0), True), ((3, True), 3), ((3, "x"), 3), (("x", 2), "x")):
        outcome = run(one, {"n": given[0], "t": given[1]})
        assert repr(outcome.out) == repr({"n": made}), given
        assert bool(losses(outcome)) is (made == 2)
