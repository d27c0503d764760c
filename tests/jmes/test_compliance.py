"""The official compliance suite: every case, without types and with the types of the given document."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from dragoman.kit.jmes import InvalidType, InvalidValue
from dragoman_codegen.jmes import ExpressionError, compile_function, compile_text
from dragoman_codegen.types import ANY, from_value

CATEGORIES = {
    "DG301": "syntax",
    "DG302": "unknown-function",
    "DG303": "invalid-arity",
    "DG304": "invalid-type",
    "DG305": "invalid-value",
}


def outcome(case: dict[str, Any], given: Any, way: str) -> Any:
    type_ = ANY if way == "untyped" else from_value(given)
    try:
        return compile_function(case["expression"], type_, trusted=way == "trusted")(given)
    except ExpressionError as fault:
        return CATEGORIES[fault.finding.code]
    except InvalidType:
        return "invalid-type"
    except InvalidValue:
        return "invalid-value"


@pytest.mark.parametrize("way", ["untyped", "believed", "trusted"])
def test_official_suite(shared: Path, way: str) -> None:
    folder = shared / "jmespath-compliance"
    if not folder.is_dir():
        pytest.skip(f"needs the official suite; {folder} does not exist (set DRAGOMAN_SHARED)")
    count = 0
    wrong = []
    for path in sorted(folder.glob("*.json")):
        for suite in json.loads(path.read_text(encoding="utf-8")):
            for case in suite["cases"]:
                count += 1
                found = outcome(case, suite["given"], way)
                if "bench" in case:
                    continue
                expected = case.get("error", case.get("result"))
                if json.dumps(found) != json.dumps(expected) and found != expected:
                    type_ = ANY if way == "untyped" else from_value(suite["given"])
                    source = "" if "error" in case else compile_text(case["expression"], type_).body
                    wrong.append(f"{path.name}: {case['expression']}\n  {found!r}, not {expected!r}\n{source}")
    assert wrong == []
    assert count == 908
