"""What rules make, against the schema that it is made for."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from types import MappingProxyType

from dragoman_codegen.diagnostics import Diagnostics, Span, nearest, quote
from dragoman_codegen.emit.blame import makers
from dragoman_codegen.emit.module import Module
from dragoman_codegen.rules import Modifiers, Rule, Same
from dragoman_codegen.types import Type
from dragoman_codegen.types.fit import Misfit, misfits

__all__ = ["check_result", "is_copy", "report_results"]

_CODES = {"unknown": "DG480", "missing": "DG481", "kind": "DG482", "value": "DG483", "any": "DG483"}
_MISSING = {
    "may be left out": "say what holds instead with $default, refuse it with $require, or ask for it before with $when",
    "is not made": "add a rule that makes it",
}


def check_result(
    module: Module, made: Type, target: Type, span: Span, blamed: Mapping[Span, Sequence[Span]] = MappingProxyType({})
) -> None:
    """Have a look at what of the made value the target's schema does not take, if the rules are sound else.

    `blamed`: for fields that hand on what others give, where they give nothing.
    """
    module.results.append((made, target, span, blamed))


def report_results(module: Module) -> Diagnostics:
    """What is wrong with the values that are made. Once, of the last pass: it takes long."""
    for result in module.results:
        _report(module, *result)
    return module.misfits


def _report(module: Module, made: Type, target: Type, span: Span, blamed: Mapping[Span, Sequence[Span]]) -> None:
    for found in misfits(made, target, span):
        message, help = _words(found)
        if found.kind == "value" and (written := module.written(found.span, found.found, found.names)) is not None:
            module.misfits.error(_CODES[found.kind], written, message, help)
            continue
        if found.kinds == {"string"} and (text := module.text_for(found.span)) is not None:
            message = (
                f"{_at(found)} must be {', '.join(found.names)}, and ={text.value} is the text {quote(text.value)}"
            )
            module.misfits.error(_CODES[found.kind], text.span, message, "write it without =")
            continue
        branches = makers(module, found.span, found.kinds) if found.kind == "kind" else []
        if branches:
            for where in branches:
                module.misfits.error(_CODES[found.kind], where, message, help)
            continue
        for where in blamed.get(found.span, ()) if found.kind == "missing" else ():
            module.misfits.error(_CODES[found.kind], where, message, "give it with `with`")
        if found.kind != "missing" or found.span not in blamed:
            module.misfits.error(_CODES[found.kind], found.span, message, help)


def is_copy(rule: Rule, module: Module) -> bool:
    """`$same` and nothing beside it: what is there goes on, extensions too. What another unit made has none."""
    unit = module.provider.units[module.unit_name]
    return isinstance(rule, Same) and not rule.fields and rule.mods == Modifiers() and not unit.after


def _words(found: Misfit) -> tuple[str, str | None]:
    name = found.path[-1] if found.path else ""
    above = _shown(found.path[:-1])
    whose = f"{found.owner} under {quote(above)}" if above else found.owner
    at = _at(found)
    names = ", ".join(found.names[:12]) + (", …" if len(found.names) > 12 else "")
    if found.kind == "unknown":
        near = nearest(name, found.names)
        message = f"{whose} has no field {quote(name)} (it has {names or 'none'})"
        return (
            message,
            f"did you mean {quote(near)}?"
            if near
            else "take it out, and say under $drop what becomes of what it reads",
        )
    if found.kind == "missing":
        return f"{whose} needs the field {quote(name)}, which {found.found}", _MISSING.get(found.found)
    if found.kind == "kind":
        return f"{at} must be {names}, but {found.found}", None
    if found.kind == "any":
        help = f"its values: {names}; use a table or $match, or ask for them before"
        return f"{at} of {found.owner} may be {found.found}, and the schema takes only some", help
    near = nearest(found.found.strip("'"), found.names)
    help = f"did you mean {quote(near)}?" if near else f"its values: {names}"
    return f"{at} of {found.owner} cannot be {found.found}", help


def _at(found: Misfit) -> str:
    return quote(_shown(found.path)) if found.path else "what comes out"


def _shown(path: tuple[str, ...]) -> str:
    return ".".join(path).replace(".[]", "[]")
