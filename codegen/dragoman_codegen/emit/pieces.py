"""What an earlier pass has emitted, taken again in passes that only find out types.

A piece is the rule of a side or a definition. It depends on what it is given, on the results of the definitions that it
uses, and on what is known of its lists; where these are as they were, so is all that others learn from it. The text of
a module is never put together of pieces: the last pass emits everything.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from dragoman_codegen.diagnostics import Span
from dragoman_codegen.emit.module import Definition, Module, Uses
from dragoman_codegen.jmes import Value
from dragoman_codegen.rules import Gather, Rule, walk
from dragoman_codegen.types import Type

__all__ = ["emit_piece"]


@dataclass
class _Piece:
    given: object
    lists: object
    uses: Uses
    gathered: dict[Span, dict[str, Value]]
    askable: set[tuple[Span, str]]
    made: tuple[Type, bool] | None = None
    """Its result, if it is a definition."""


def emit_piece(
    module: Module, key: object, rule: Rule, given: object, emit: Callable[[], None], made: Definition | None = None
) -> None:
    """Emit, or do what was done before; `made`: the definition that this is the rule of."""
    found = module.provider.units[module.unit_name].found
    spans = found.get(("lists", key))
    if spans is None:
        spans = found["lists", key] = [node.span for node in walk(rule) if isinstance(node, Gather)]
    lists = [
        (
            {name: (value.type, value.elements_trusted) for name, value in module.lists.get(span, {}).items()},
            {name for at, name in module.sets if at == span},
        )
        for span in spans
    ]
    before = module.earlier.get(key)
    if isinstance(before, _Piece) and _as_before(module, before, given, lists):
        _again(module, before, made)
        module.pieces[key] = before
        return
    start = len(module.uses)
    emit()
    module.pieces[key] = _Piece(
        given,
        lists,
        module.uses[start:],
        {span: module.gathered[span] for span in spans if span in module.gathered},
        {one for one in module.askable if one[0] in spans},
        (made.result, made.sure) if made is not None else None,
    )


def _as_before(module: Module, before: _Piece, given: object, lists: object) -> bool:
    if before.given != given or before.lists != lists:
        return False
    for definition, _, _, _, result in before.uses:
        now = module.definitions.get(definition.key)
        if now is None or (now.result, now.sure) != result:
            return False
    return True


def _again(module: Module, before: _Piece, made: Definition | None) -> None:
    for definition, item, frees, often, _ in before.uses:
        module.use_definition(module.definitions[definition.key], item, frees, often=often)
    module.gathered.update(before.gathered)
    module.askable |= before.askable
    if made is not None and before.made is not None:
        made.result, made.sure = before.made
