"""Every case of every provider, against the generated code that lies in the tree."""

from __future__ import annotations

import difflib
import inspect
import json
from functools import cache
from pathlib import Path

import pytest

from dragoman_codegen.diagnostics import Diagnostics, render
from dragoman_codegen.prove import hub_terminator, report
from dragoman_codegen.proving import Case, Package, load_case, run_case
from dragoman_codegen.proving.run import translate
from dragoman_codegen.proving.setup import prepare

ROOT = Path(__file__).resolve().parents[2]
FILES = sorted((ROOT / "specs" / "providers").glob("*/cases/*.yaml"))


@cache
def package(slug: str) -> Package | None:
    return Package.committed(ROOT, slug)


@pytest.mark.parametrize("path", FILES, ids=[f"{path.parts[-3]}/{path.stem}" for path in FILES])
def test_a_case(path: Path) -> None:
    slug = path.parts[-3]
    found = package(slug)
    assert found is not None, f"there is no generated code of {slug}; run: dragoman generate"
    diagnostics = Diagnostics()
    case = load_case(path, ROOT, diagnostics)
    assert case is not None, render(diagnostics)
    for fault in run_case(case, found, hub_terminator(ROOT)):
        report(case, fault, diagnostics)
    if len(diagnostics):
        pytest.fail(
            f"{case.data['describe']}\n\n{render(diagnostics)}\n{function(case, found)}\n{whole(case, found)}", False
        )


def function(case: Case, package: Package) -> str:
    """Where the code is."""
    names = {"stream": {"to_hub": "StreamToHub", "to_wire": "StreamToWire"}[case.direction]}
    names["errors"] = f"error_{case.direction}"
    name = names.get(case.unit, f"{case.unit}_{case.direction}")
    unit = package.unit(case.unit, name)
    if unit is None:
        return f"there is no {name}"
    file = next(file for file, module in package.files.items() if module == case.unit)
    return (
        f"run by {name} at {file}:{inspect.getsourcelines(unit)[1]}"
        if inspect.isfunction(unit)
        else f"run by {name} in {file}"
    )


def whole(case: Case, package: Package) -> str:
    """All that differs, as lines."""
    if "gives" not in case.data or isinstance(case.gives, bytes) or isinstance(case.given, bytes):
        return ""
    try:
        setup, _ = prepare(case, package)
        found = translate(package, case.unit, case.direction, case.given, setup).out
    except Exception as accident:  # it is told above, with its place
        return f"({type(accident).__name__})"
    expected, got = (
        json.dumps(v, indent=1, ensure_ascii=False, sort_keys=True).splitlines() for v in (case.gives, found)
    )
    return "\n".join(difflib.unified_diff(expected, got, "expected", "found", lineterm="", n=2))


def test_there_are_cases() -> None:
    assert {path.parts[-3] for path in FILES} >= {
        path.parent.name for path in (ROOT / "specs" / "providers").glob("*/provider.yaml")
    }
