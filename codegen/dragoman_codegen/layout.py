"""Where things stand: in the tree that is worked on, or with the compiler.

A tree is whole, as dragoman's own is, or it is a project of somebody else's. A project's `pyproject.toml` says which
package its providers are generated into:

    [tool.dragoman]
    generated = "acme_dialects"

Such a tree holds providers alone. The hub, the language and the providers that it extends come with the compiler.
"""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from functools import cache
from importlib.util import find_spec
from pathlib import Path

__all__ = [
    "BUILTIN",
    "GENERATED",
    "Generated",
    "extendable",
    "generated",
    "home",
    "is_project",
    "named",
    "packages",
    "slugs",
    "specs",
]

BUILTIN = "dragoman_providers"
GENERATED = Path("generated") / BUILTIN


@dataclass(frozen=True)
class Generated:
    """A package of generated code: its folder below the root of its tree, and the name it is imported by."""

    root: Path
    folder: Path

    @property
    def name(self) -> str:
        return self.folder.name


@cache
def home() -> Path:
    """The folder whose `specs` come with the compiler: the package when it is installed, or the checkout."""
    here = Path(__file__).resolve()
    return here.parent if (here.parent / "specs").is_dir() else here.parents[2]


def is_project(root: Path) -> bool:
    """Whether this tree is a project beside dragoman."""
    return _said(root) is not None


def specs(root: Path, *names: str) -> Path:
    """A folder or file below `specs`: the tree's own, or the one that comes with the compiler."""
    there = root.joinpath("specs", *names)
    return there if there.exists() or not is_project(root) else home().joinpath("specs", *names)


def slugs(root: Path) -> list[str]:
    """The slugs of the tree's providers."""
    return sorted(path.parent.name for path in (root / "specs" / "providers").glob("*/provider.yaml"))


def extendable(root: Path) -> list[str]:
    """The slugs of all providers that one of the tree can extend."""
    return sorted({*slugs(root), *(slugs(home()) if is_project(root) else ())})


def generated(root: Path, slug: str | None = None) -> Generated:
    """The package that the tree's providers, or this one, are generated into."""
    said = _said(root)
    if said is None:
        return Generated(root, GENERATED)
    own = slug is None or (root / "specs" / "providers" / slug).is_dir()
    return Generated(root, said) if own else _installed()


def packages(root: Path) -> dict[str, Generated]:
    """The packages that generated code of the tree may import from, by their names."""
    own = generated(root)
    return {own.name: own} if own.name == BUILTIN else {own.name: own, BUILTIN: _installed()}


@cache
def _installed() -> Generated:
    found = find_spec(BUILTIN)  # looked for, not imported
    places = list(found.submodule_search_locations or ()) if found is not None else []
    folder = Path(places[0]) if places else home() / GENERATED
    return Generated(folder.parent, Path(folder.name))


def named(path: Path, root: Path) -> str:
    """The name of a file in findings and generated code: its place below its tree."""
    for top in (root, home()):
        if path.is_relative_to(top):
            return path.relative_to(top).as_posix()
    return path.as_posix()


def _said(root: Path) -> Path | None:
    path = root / "pyproject.toml"
    if not path.is_file():
        return None
    try:
        settings = tomllib.loads(path.read_text(encoding="utf-8")).get("tool", {}).get("dragoman", {})
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError):
        return None
    folder = settings.get("generated") if isinstance(settings, dict) else None
    return Path(folder) if isinstance(folder, str) and folder else None
