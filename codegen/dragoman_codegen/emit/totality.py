"""What the rules of an item leave open: reported against the schema."""

from __future__ import annotations

from collections.abc import Iterable

from dragoman_codegen.account import Access, Path, astray, uncovered
from dragoman_codegen.diagnostics import Span, nearest
from dragoman_codegen.emit.module import Module
from dragoman_codegen.filtered import left_out
from dragoman_codegen.jmes.python import quote
from dragoman_codegen.rules import Disposition
from dragoman_codegen.types import Type, only

__all__ = ["Totality"]

_FILTER = "go through the list with $each, $where and $else: {$drop: …}"
_LOOP = "write beside it what becomes of them, $else: {$drop: …}"


class Totality:
    module: Module
    _reported: set[tuple[object, Path]]

    def cover(self, span: Span, t: Type, accesses: tuple[Access, ...], *, steps: bool = False) -> None:
        """Report the fields of the schema that the scope does not account for."""
        for entry in [] if steps else [a.entry for a in accesses if a.entry is not None]:
            if entry.kind == "drop" and "[]" in entry.path:
                self.through_a_list(entry)
        missing = uncovered(only(t, "object"), list(accesses))
        for path, alternative in missing:
            key = (span, (*path, alternative))
            if key in self._reported:
                continue
            self._reported.add(key)
            whose = f" of {alternative}" if alternative else ""
            self.module.diagnostics.error(
                "DG450",
                self.module.provider.homes.get(span, span),
                f"nothing says what becomes of {quote(_shown(path))}{whose}",
                self._cure(span, path, steps),
                field=path[-1],
            )
        for access, path, alternative in [] if missing else left_out(only(t, "object"), list(accesses)):
            if (access.span, path) not in self._reported:
                self._reported.add((access.span, path))
                filtering = "$where" if access.kind == "loop" else "this filter"
                what = f"{quote(_shown(path))}{f' of {alternative}' if alternative else ''} in the elements"
                if path[-1] == "[]":
                    what = f"the elements of {quote(_shown(path[:-1]))}"
                self.module.diagnostics.error(
                    "DG446",
                    access.span,
                    f"nothing says what becomes of {what} that {filtering} leaves out",
                    f"{_LOOP if access.kind == 'loop' else _FILTER}; or add $note: {{dropped: …}}",
                )

    def _cure(self, span: Span, path: Path, steps: bool) -> str:
        keys, each = ("ignore, drop or reject", "`each`") if steps else ("$ignore, $drop or $reject", "$each")
        if "[]" in path:
            return f"read it, or name it under {keys} beside the {each} that goes through the list"
        if span in self.module.filtering:
            return f"say under $else what becomes of the elements that $where leaves out; or name it under {keys}"
        return f"read it, or name it under {keys}"

    def entries(self, t: Type, found: Iterable[Access]) -> None:
        """Report what is accounted for and is not in the schema."""
        for access in found:
            left = astray(t, access) if access.entry is not None else None
            if access.entry is None or left is None:
                continue
            name, owner, names = left
            near = nearest(name, names)
            listed = f" (it has {', '.join(names[:12])}{', …' if len(names) > 12 else ''})" if names else ""
            what = "there is no list" if name == "[]" else f"there is no field {quote(name)}"
            self.module.diagnostics.error(
                "DG443",
                access.entry.span,
                f"{what} to {access.entry.kind} in {owner}{listed}",
                f"did you mean {quote(near)}?" if near else "take the entry out",
                field=near,
            )

    def through_a_list(self, entry: Disposition) -> None:
        each = "$each" if entry.key.startswith("$") else "`each`"
        self.module.diagnostics.error(
            "DG440",
            entry.span,
            f"{quote(_shown(entry.path))} leads through a list, and {entry.key} does not go through lists here",
            f"write it beside the {each} that goes through the list, or in the definition of its elements",
        )


def _shown(path: Path) -> str:
    return ".".join(path).replace(".[]", "[]")
