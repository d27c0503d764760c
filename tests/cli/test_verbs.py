"""Help, exit codes, and the verbs that work on specs."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from pathlib import Path
from types import ModuleType

import pytest

from dragoman_codegen.cli import main
from dragoman_codegen.diagnostics import Diagnostics, Span

VERBS = [
    ["translate"],
    ["translate", "request"],
    ["translate", "response"],
    ["translate", "stream"],
    ["translate", "error"],
    ["providers"],
    ["check"],
    ["generate"],
    ["new"],
]


@pytest.mark.parametrize("verb", [[], *VERBS], ids=" ".join)
def test_help_has_an_example_and_the_exit_codes(verb: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as stop:
        main([*verb, "--help"])
    assert stop.value.code == 0
    help = capsys.readouterr().out
    assert "\nexamples:\n  dragoman " in help
    assert "\nexit codes:\n  0  " in help


@pytest.mark.parametrize(
    "args", [[], ["nonsense"], ["translate"], ["translate", "request"], ["check", "--format", "x"]]
)
def test_wrong_usage_is_2(args: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as stop:
        main(args)
    assert stop.value.code == 2
    assert "usage: dragoman" in capsys.readouterr().err


Verb = Callable[[Path, list[str], Callable[[str], None]], Diagnostics]


@pytest.fixture
def project(monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    """Stands for the compiler: findings are what a test puts into `found`."""
    module = ModuleType("dragoman_codegen.project")
    found = Diagnostics()
    calls: list[tuple[Path, list[str]]] = []

    def verb(root: Path, slugs: list[str], progress: Callable[[str], None]) -> Diagnostics:
        progress("working")
        calls.append((root, slugs))
        return found

    module.__dict__.update(check=verb, generate=verb, found=found, calls=calls)
    monkeypatch.setitem(sys.modules, "dragoman_codegen.project", module)
    monkeypatch.setattr("dragoman_codegen.project", module, raising=False)
    return module


@pytest.fixture
def specs(tmp_path: Path) -> Path:
    (tmp_path / "specs" / "providers").mkdir(parents=True)
    return tmp_path


@pytest.mark.parametrize("verb", ["check", "generate"])
def test_findings_go_to_stdout_and_make_1(
    verb: str, project: ModuleType, specs: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main([verb, "--root", str(specs), "alpha"]) == 0
    assert project.calls == [(specs.resolve(), ["alpha"])]
    assert capsys.readouterr() == ("", "")
    project.found.warning("DG402", Span("specs/a.yaml", 1, 2), "careful")
    assert main([verb, "--root", str(specs)]) == 0
    assert capsys.readouterr() == ("specs/a.yaml:1:2: warning[DG402]: careful\n", "\n1 warning\n")
    for line in (1, 2):
        project.found.error("DG301", Span("specs/a.yaml", line, 2), "wrong")
    assert main([verb, "--root", str(specs), "--format", "json"]) == 1
    out, err = capsys.readouterr()
    assert [d["code"] for d in json.loads(out)["diagnostics"]] == ["DG301", "DG402", "DG301"]
    assert err == "2 errors, 1 warning\n"
    assert main([verb, "--root", str(specs), "--format", "github"]) == 1
    assert capsys.readouterr().out.count("::error file=specs/a.yaml,") == 2


def test_the_root_is_found_from_below(
    project: ModuleType, specs: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(specs / "specs" / "providers")
    assert main(["check"]) == 0
    assert project.calls[0][0].resolve() == specs.resolve()
    monkeypatch.chdir("/")
    assert main(["check"]) == 2
    assert "say where it is with --root" in capsys.readouterr().err
    assert main(["check", "--root", "/"]) == 2
    assert "/ has no folder 'specs'" in capsys.readouterr().err


def test_a_missing_dependency_is_named(
    project: ModuleType, specs: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def check(*args: object) -> None:
        import jinja2  # noqa: F401

    monkeypatch.setattr(project, "check", check)
    monkeypatch.setitem(sys.modules, "jinja2", None)
    assert main(["check", "--root", str(specs)]) == 2
    message = "dragoman: this needs the compiler (jinja2 is missing): pip install 'dragoman[codegen]'\n"
    assert capsys.readouterr() == ("", message)


def test_a_fault_of_our_own_is_not_hidden(project: ModuleType, specs: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "dragoman_codegen.none", None)

    def check(*args: object) -> None:
        import dragoman_codegen.none  # type: ignore[import-not-found]  # noqa: F401

    monkeypatch.setattr(project, "check", check)
    with pytest.raises(ModuleNotFoundError):
        main(["check", "--root", str(specs)])


def test_sizes_of_the_specs(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = tmp_path / "specs" / "providers"
    for slug, more in (("ann", ""), ("bob", "extends: ann\n")):
        (folder / slug / "cases").mkdir(parents=True)
        (folder / slug / "provider.yaml").write_text(f"slug: {slug}\n{more}")
    (folder / "ann" / "request.yaml").write_text("a: 1\nb: 2\n")
    (folder / "ann" / "cases" / "one.yaml").write_text("describe: x\n")
    assert main(["providers", "--long", "--root", str(tmp_path)]) == 0
    assert capsys.readouterr().out.splitlines() == [
        "slug  extends  lines  cases  files",
        "ann   -            3      1  provider request",
        "bob   ann          2      0  provider",
    ]
    assert main(["providers", "--long", "--json", "--root", str(tmp_path)]) == 0
    assert json.loads(capsys.readouterr().out)[0]["lines"] == 3
