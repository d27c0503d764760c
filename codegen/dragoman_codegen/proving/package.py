"""Generated modules of one provider, run from their texts, under a name of their own.

What is committed, and what is imported from there already, is not touched: two versions of a provider can live side by
side. The texts are known to `linecache`, so that a traceback shows the generated lines.
"""

from __future__ import annotations

import itertools
import linecache
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from types import ModuleType, TracebackType
from typing import Any

from dragoman.dialect import Dialect

__all__ = ["Package"]

GENERATED = "dragoman_providers"
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

    @classmethod
    def load(cls, slug: str, texts: Mapping[str, str]) -> Package:
        """Run the modules of a provider. `texts`: file name (as it shall stand in tracebacks) to text."""
        files = {name: Path(name).stem for name in texts}
        package = cls(slug, dict(texts), files)
        with package._importable() as prefix:
            for name in sorted(texts, key=lambda name: files[name] == "__init__"):
                package._run(name, prefix)
        return package

    @classmethod
    def committed(cls, root: Path, slug: str) -> Package | None:
        """The generated code that lies in the tree."""
        folder = root / "generated" / GENERATED / slug.replace("-", "_")
        texts = {
            path.relative_to(root).as_posix(): path.read_text(encoding="utf-8") for path in sorted(folder.glob("*.py"))
        }
        return cls.load(slug, texts) if texts else None

    @property
    def dialect(self) -> Dialect:
        found = self.modules["__init__"].DIALECT
        assert isinstance(found, Dialect)
        return found

    def unit(self, module: str, name: str) -> Any:
        """A function or class of a module, or None."""
        return getattr(self.modules.get(module), name, None)

    # ------------------------------------------------------------------ running
    @contextmanager
    def _importable(self) -> Iterator[str]:
        """A package name under which the modules can import each other while they are run."""
        prefix = f"_dragoman_fresh_{next(_numbers)}"
        before = set(sys.modules)
        for name in (prefix, f"{prefix}.{self.slug.replace('-', '_')}"):
            module = ModuleType(name)
            module.__path__ = []
            sys.modules[name] = module
        try:
            yield prefix
        finally:
            for name in set(sys.modules) - before:
                if name == prefix or name.startswith(f"{prefix}."):
                    del sys.modules[name]

    def _run(self, file: str, prefix: str) -> None:
        stem, text = self.files[file], self.texts[file]
        package = f"{prefix}.{self.slug.replace('-', '_')}"
        name = package if stem == "__init__" else f"{package}.{stem}"
        module = sys.modules[name] if stem == "__init__" else ModuleType(name)
        linecache.cache[file] = (len(text), None, text.splitlines(keepends=True), file)
        sys.modules[name] = module
        # The lines stay where they are: only the name of the package changes.
        code = compile(text.replace(f"from {GENERATED}.", f"from {prefix}."), file, "exec", dont_inherit=True)
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
