"""Generated modules of one provider, run from their texts, under a name of their own.

What is committed, and what is imported from there already, is not touched: two versions of a provider can live side by
side. The texts are known to `linecache`, so that a traceback shows the generated lines.
"""

from __future__ import annotations

import itertools
import linecache
import re
import sys
from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from types import ModuleType, TracebackType
from typing import Any

from dragoman.dialect import Dialect
from dragoman_codegen.layout import BUILTIN, Generated, generated, packages

__all__ = ["Package"]

_FROM = re.compile(r"^from (\w+)\.(\w+)\.", re.MULTILINE)
_numbers = itertools.count(1)


@dataclass
class Package:
    """The modules of a provider by their names (`request`, `stream`, …; `__init__` is the package)."""

    slug: str
    texts: dict[str, str]
    """The text of each module, by its file name."""
    files: dict[str, str]
    """The name of each module, by its file name."""
    modules: dict[str, ModuleType] = field(default_factory=dict)
    homes: Collection[str] = (BUILTIN,)
    """The names of the packages that generated code imports from."""

    @classmethod
    def load(
        cls,
        slug: str,
        texts: Mapping[str, str],
        parents: Mapping[str, Mapping[str, str]] | None = None,
        homes: Collection[str] = (BUILTIN,),
    ) -> Package:
        """Run the modules of a provider. `texts`: file name (as it shall stand in tracebacks) to text.

        `parents`: the same for the packages that it imports from, each behind those that it imports from itself.
        """
        package = cls._of(slug, texts, homes)
        with _importable() as prefix:
            for name, inherited in (parents or {}).items():
                cls._of(name, inherited, homes)._run_all(prefix)
            package._run_all(prefix)
        return package

    @classmethod
    def _of(cls, slug: str, texts: Mapping[str, str], homes: Collection[str]) -> Package:
        return cls(slug, dict(texts), {name: Path(name).stem for name in texts}, homes=homes)

    @classmethod
    def committed(cls, root: Path, slug: str) -> Package | None:
        """The generated code that lies in the tree."""
        homes = packages(root)
        texts = _texts(generated(root, slug), slug)
        parents: dict[str, dict[str, str]] = {}
        _inherited(homes, slug, texts, parents)
        return cls.load(slug, texts, parents, homes) if texts else None

    @property
    def dialect(self) -> Dialect:
        found = self.modules["__init__"].DIALECT
        assert isinstance(found, Dialect)
        return found

    def unit(self, module: str, name: str) -> Any:
        """A function or class of a module, or None."""
        return getattr(self.modules.get(module), name, None)

    # ------------------------------------------------------------------ running
    def _run_all(self, prefix: str) -> None:
        name = f"{prefix}.{self.slug.replace('-', '_')}"
        sys.modules[name] = _folder(name)
        for file in sorted(self.texts, key=lambda file: self.files[file] == "__init__"):
            self._run(file, prefix)

    def _run(self, file: str, prefix: str) -> None:
        stem, text = self.files[file], self.texts[file]
        package = f"{prefix}.{self.slug.replace('-', '_')}"
        name = package if stem == "__init__" else f"{package}.{stem}"
        module = sys.modules[name] if stem == "__init__" else ModuleType(name)
        linecache.cache[file] = (len(text), None, text.splitlines(keepends=True), file)
        sys.modules[name] = module
        # The lines stay where they are: only the name of the package changes.
        for home in self.homes:
            text = text.replace(f"from {home}.", f"from {prefix}.")
        code = compile(text, file, "exec", dont_inherit=True)
        exec(code, module.__dict__)
        self.modules[stem] = module

    # ------------------------------------------------------------------ showing
    def place_of(self, trouble: TracebackType | None) -> tuple[str, str] | None:
        """Where in the generated code an exception came from: `file:line in function`, and the line."""
        found = None
        while trouble is not None:
            code = trouble.tb_frame.f_code
            if code.co_filename in self.files:
                shown = linecache.getline(code.co_filename, trouble.tb_lineno).strip()
                found = f"{code.co_filename}:{trouble.tb_lineno} in {code.co_name}", shown
            trouble = trouble.tb_next
        return found


@contextmanager
def _importable() -> Iterator[str]:
    """A package name under which modules can import each other while they are run."""
    prefix = f"_dragoman_fresh_{next(_numbers)}"
    before = set(sys.modules)
    sys.modules[prefix] = _folder(prefix)
    try:
        yield prefix
    finally:
        for name in set(sys.modules) - before:
            if name == prefix or name.startswith(f"{prefix}."):
                del sys.modules[name]


def _folder(name: str) -> ModuleType:
    module = ModuleType(name)
    module.__path__ = []
    return module


def _texts(home: Generated, slug: str) -> dict[str, str]:
    paths = sorted((home.root / home.folder / slug.replace("-", "_")).glob("*.py"))
    return {path.relative_to(home.root).as_posix(): path.read_text(encoding="utf-8") for path in paths}


def _inherited(
    homes: Mapping[str, Generated], slug: str, texts: Mapping[str, str], found: dict[str, dict[str, str]]
) -> None:
    """The packages that these modules import from, and those that these import from; the deepest first."""
    for home, name in sorted({pair for text in texts.values() for pair in _FROM.findall(text)}):
        if home in homes and name != slug.replace("-", "_") and name not in found:
            inherited = _texts(homes[home], name)
            _inherited(homes, name, inherited, found)
            found[name] = inherited
