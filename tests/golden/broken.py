"""The broken projects of `broken/`: laid out as a tree, compiled, and what is said about them.

A case is a folder with what it changes in the project of `base/`:

- `hub.json`, and folders of providers (`acme/`, `child/`) with their spec files and cases;
- `exceptions.yaml`: the findings that are known;
- `generated/`: files put over the generated code of acme, after which the tree is checked and not generated;
- `arguments`: the providers that the command names, where it does not mean all.

`expected.txt` is what the command prints.
"""

from __future__ import annotations

import re
import shutil
from pathlib import Path

from dragoman_codegen.diagnostics import Diagnostics, render
from dragoman_codegen.layout import GENERATED
from dragoman_codegen.project import check, generate

__all__ = [
    "CASES",
    "EXAMPLE",
    "EXPECTED",
    "EXPECTED_MODULE",
    "MODULE",
    "PAGE",
    "SECTION",
    "findings",
    "lay_out",
    "modules",
    "shown",
]

HERE = Path(__file__).resolve().parent
CASES = sorted(path for path in (HERE / "broken").iterdir() if path.is_dir())
EXPECTED = "expected.txt"
MODULE = HERE / "module"
EXPECTED_MODULE = HERE / "expected"
PAGE = HERE.parents[1] / "docs" / "diagnostics.md"
SECTION = re.compile(r"^### (DG[0-9]{3}): ", re.MULTILINE)
EXAMPLE = re.compile(r"^<!-- ([a-z-]+) -->\n```\n(.*?)```\n", re.MULTILINE | re.DOTALL)
_NO_PROVIDERS = ("generated",)


def lay_out(folder: Path, root: Path) -> None:
    """Put the files of a folder of `tests/golden` where the compiler looks for them."""
    for path in sorted(folder.iterdir()):
        if path.name == "hub.json":
            _copy(path, root / "specs" / "hub" / "schema" / path.name)
        elif path.name == "exceptions.yaml":
            _copy(path, root / "specs" / path.name)
        elif path.is_dir() and path.name not in _NO_PROVIDERS:
            for part in sorted(path.iterdir()):
                below = "schema" if part.suffix == ".json" else "."
                _copy(part, root / "specs" / "providers" / path.name / below / part.name)


def findings(case: Path, root: Path) -> Diagnostics:
    """What the command line says about a case, which is laid out in the empty folder `root`."""
    lay_out(HERE / "base", root)
    lay_out(case, root)
    edited = case / "generated"
    if edited.is_dir():
        made = generate(root)
        assert not made.failed, render(made)
        for path in sorted(edited.iterdir()):
            _copy(path, root / GENERATED / "acme" / path.name)
        return check(root)
    arguments = case / "arguments"
    return generate(root, arguments.read_text(encoding="utf-8").split() if arguments.is_file() else ())


def shown(page: str, example: re.Match[str]) -> str:
    """What the page of findings shows at this place: the first finding of the section's code in the named case."""
    code = SECTION.findall(page[: example.start()])[-1]
    blocks = (HERE / "broken" / example[1] / EXPECTED).read_text(encoding="utf-8").split("\n\n")
    return next(block for block in blocks if f"[{code}]:" in block).rstrip("\n") + "\n"


def modules(folder: Path) -> dict[str, str]:
    """The modules of a generated package that rules and facts make; types come from the schema alone."""
    return {path.name: path.read_text(encoding="utf-8") for path in folder.glob("*.py") if path.name != "wire.py"}


def _copy(source: Path, target: Path) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    if source.is_dir():
        shutil.rmtree(target, ignore_errors=True)
        shutil.copytree(source, target, dirs_exist_ok=True)
    else:
        target.unlink(missing_ok=True)
        shutil.copyfile(source, target)
