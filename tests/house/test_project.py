"""The files around the code."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

import pytest

from dragoman_codegen.metaschema import file_kind

ROOT = Path(__file__).resolve().parents[2]
SPECS = sorted(path.relative_to(ROOT).as_posix() for path in (ROOT / "specs" / "providers").glob("*/*.yaml"))
HUB = sorted(path.relative_to(ROOT).as_posix() for path in (ROOT / "specs" / "hub").glob("*.yaml"))
CASES = sorted(path.relative_to(ROOT).as_posix() for path in (ROOT / "specs" / "providers").glob("*/cases/*.yaml"))


def test_the_lock_names_the_public_index_only() -> None:
    text = (ROOT / "uv.lock").read_text(encoding="utf-8")
    assert set(re.findall(r'registry = "([^"]*)"', text)) == {"https://pypi.org/simple"}
    assert set(re.findall(r'"(https?://[^/"]*)/', text)) == {"https://pypi.org", "https://files.pythonhosted.org"}


def test_both_lists_of_pinned_versions_agree() -> None:
    lock = tomllib.loads((ROOT / "uv.lock").read_text(encoding="utf-8"))
    locked = {package["name"]: package.get("version") for package in lock["package"]}
    lines = (ROOT / "requirements-dev.txt").read_text(encoding="utf-8").splitlines()
    pinned = dict(line.partition(" ;")[0].strip().split("==") for line in lines)
    assert {name: locked.get(name) for name in pinned} == pinned
    assert set(locked) - set(pinned) == {"dragoman"}


def test_the_version_is_said_once() -> None:
    import dragoman

    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    assert project["version"] == dragoman.__version__


@pytest.mark.parametrize("name", SPECS + CASES)
def test_the_first_line_of_a_spec_tells_editors_its_schema(name: str) -> None:
    up = "../" * (len(Path(name).parts) - 2)
    with (ROOT / name).open(encoding="utf-8") as file:
        first = file.readline().rstrip("\n")
    assert first == f"# yaml-language-server: $schema={up}language/{file_kind(Path(name))}.schema.json"


@pytest.mark.parametrize("name", SPECS + HUB)
def test_lines_of_specs_fit_a_screen(name: str) -> None:
    lines = (ROOT / name).read_text(encoding="utf-8").splitlines()
    assert [n for n, line in enumerate(lines, 1) if len(line) > 160] == []


@pytest.mark.parametrize("folder", sorted(path for path in (ROOT / "specs" / "providers").iterdir() if path.is_dir()))
def test_the_folder_of_a_provider_bears_its_slug(folder: Path) -> None:
    assert re.fullmatch(r"[a-z][a-z0-9]*(-[a-z0-9]+)*", folder.name)
    strange = [
        path.name
        for path in (folder / "cases").glob("*.yaml")
        if not re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", path.stem)
    ]
    assert strange == [], "the name of a case is a sentence in kebab case"


def test_the_codes_of_source_and_shape_are_explained() -> None:
    used = {
        code
        for name in ("source.py", "yamlfaults.py", "metaschema.py")
        for code in re.findall(
            r'"(DG\d{3})"', (ROOT / "codegen" / "dragoman_codegen" / name).read_text(encoding="utf-8")
        )
    }
    explained = re.findall(r"^### (DG[12]\d\d): ", (ROOT / "docs" / "diagnostics.md").read_text(encoding="utf-8"), re.M)
    assert explained == sorted(used)


@pytest.mark.parametrize(
    "page", ["README.md", "CONTRIBUTING.md", *(f"docs/{path.name}" for path in (ROOT / "docs").glob("*.md"))]
)
def test_links_lead_somewhere(page: str) -> None:
    for target in re.findall(r"\]\(([^)#:]+)\)", (ROOT / page).read_text(encoding="utf-8")):
        assert ((ROOT / page).parent / target).exists(), f"{page} links to {target}"


CHAT = ("provider.yaml", "request.yaml", "response.yaml", "stream.yaml", "errors.yaml")


def _head(slug: str) -> str:
    return (ROOT / "specs" / "providers" / slug / "provider.yaml").read_text(encoding="utf-8")


NATIVE = [Path(name).parent.name for name in SPECS if name.endswith("/provider.yaml")]


@pytest.mark.parametrize("slug", NATIVE)
def test_a_dialect_is_read_at_one_sitting(slug: str) -> None:
    """A full native dialect takes 900 lines at most, without its schema and its cases.

    That is what is read to understand its requests and answers. The other endpoints (embeddings, lists of models,
    counts of tokens) stand in files of their own, which are read by themselves: they have a limit of their own.
    """
    files = [ROOT / name for name in SPECS if Path(name).parent.name == slug]
    lines = {path.name: len(path.read_text(encoding="utf-8").splitlines()) for path in files}
    chat = sum(count for name, count in lines.items() if name in CHAT)
    assert chat <= 900
    assert sum(lines.values()) - chat <= 150


@pytest.mark.parametrize("slug", [slug for slug in NATIVE if "extends: openai\n" in _head(slug)])
def test_a_vendor_is_a_delta_of_a_few_lines(slug: str) -> None:
    files = (ROOT / "specs" / "providers" / slug).glob("*.yaml")
    assert sum(len(path.read_text(encoding="utf-8").splitlines()) for path in files) <= 60
