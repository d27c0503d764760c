"""The functions of expressions: parameters, result, and the helper at run time that a call becomes."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace

from dragoman_codegen.diagnostics import nearest

from .. import types as t
from ..types import Type
from . import ast
from .report import Finding

__all__ = ["SIGNATURES", "Signature", "may_raise", "unknown_function"]

Kinds = frozenset[str]
Result = Type | Callable[[tuple[Type, ...]], Type]

_ANY = t.KINDS


@dataclass(frozen=True, slots=True)
class Signature:
    """``parameters`` are sets of allowed kinds (``expression`` for ``&expr``); the last one repeats when ``variadic``.

    ``elements``, for an array parameter, are the kinds its elements must be of: all of one of these.
    """

    parameters: tuple[Kinds, ...]
    result: Result
    helper: str
    module: str = "dragoman.kit.jmes"
    elements: Mapping[int, tuple[str, ...]] = field(default_factory=dict)
    variadic: bool = False
    strict: bool = True  # raises InvalidType for arguments of other kinds; otherwise the result is null for them
    needed: frozenset[int] = frozenset()  # of one that is not strict: arguments without which something is lost

    def takes(self, count: int) -> bool:
        return count >= len(self.parameters) if self.variadic else count == len(self.parameters)

    @property
    def arity(self) -> str:
        count = len(self.parameters)
        return f"{'at least ' if self.variadic else ''}{count} argument{'' if count == 1 else 's'}"

    def parameter(self, index: int) -> Kinds:
        return self.parameters[min(index, len(self.parameters) - 1)]

    def result_type(self, args: tuple[Type, ...]) -> Type:
        return self.result if isinstance(self.result, Type) else self.result(args)


def _kinds(*names: str) -> Kinds:
    return frozenset(names)


_STRING, _NUMBER, _ARRAY, _OBJECT = _kinds("string"), _kinds("number"), _kinds("array"), _kinds("object")
_EXPRESSION = _kinds("expression")
_NULLABLE_STRING = t.join(t.STRING, t.NULL)
_NULLABLE_NUMBER = t.join(t.NUMBER, t.NULL)
_TYPE_NAMES = t.join(*map(t.literal, sorted(t.KINDS)))
_DATA_URI = t.join(t.obj({"media_type": t.STRING, "data": t.STRING}, name="data URI"), t.NULL)  # and other media
_ORDERED = ("number", "string")


def _element(args: tuple[Type, ...]) -> Type:
    return t.join(t.element(args[0]), t.NULL)


def _same(args: tuple[Type, ...]) -> Type:
    return t.only(args[0], "array", "string") if args[0].may("array", "string") else t.of_kinds("array", "string")


def _not_null(args: tuple[Type, ...]) -> Type:
    parts = [t.without_null(a) for a in args]
    return t.join(*parts, *([t.NULL] if all(a.nullable for a in args) else []))


def _to_array(args: tuple[Type, ...]) -> Type:
    given = args[0]
    rest = t.only(given, *(t.KINDS - {"array"}))
    return t.array(t.join(t.element(given), rest))


def _merge(args: tuple[Type, ...]) -> Type:
    if not all(a.always("object") and len(a.objects) == 1 for a in args):
        return t.OBJECT
    props: dict[str, t.Prop] = {}
    for given in (a.objects[0] for a in args):
        for key, prop in given.props.items():
            old = props.get(key)
            props[key] = prop if prop.required or old is None else t.Prop(t.join(old.type, prop.type), old.required)
    return t.obj(props, open=any(a.objects[0].open for a in args))


def _values(args: tuple[Type, ...]) -> Type:
    if args[0].opaque or any(o.open for o in args[0].objects):
        return t.ARRAY
    return t.array(t.join(*(p.type for o in args[0].objects for p in o.props.values())))


def _compact(args: tuple[Type, ...]) -> Type:
    """The same members, without null among their values; each may be missing that could be null."""
    made = [t.of_kinds("null")] if not args[0].always("object") else []
    if args[0].opaque:
        return t.join(t.OBJECT, *made)
    for given in args[0].objects:
        props = {k: t.Prop(t.without_null(p.type), p.required and not p.type.nullable) for k, p in given.props.items()}
        made.append(t.obj({k: p for k, p in props.items() if p.type.kinds}, name=given.name, open=given.open))
    return t.join(*made)


def _by(name: str) -> Signature:
    return Signature((_ARRAY, _EXPRESSION), _element, name)


def _type_names(args: tuple[Type, ...]) -> Type:
    return t.join(*map(t.literal, sorted(args[0].kinds))) if args[0].kinds else _TYPE_NAMES


def _trimmed(args: tuple[Type, ...]) -> Type:
    return t.STRING if args[0].always("string") else _NULLABLE_STRING


def _safe_id(args: tuple[Type, ...]) -> Type:
    return t.STRING if args[0].always("string") else _NULLABLE_STRING


_KIT = "dragoman.kit.functions"


def _own(result: Result, helper: str, *parameters: Kinds) -> Signature:
    """A function beyond JMESPath: total, null for arguments it makes no sense of."""
    return Signature(parameters, result, helper, _KIT, strict=False)


SIGNATURES: Mapping[str, Signature] = {
    "abs": Signature((_NUMBER,), t.NUMBER, "absolute"),
    "avg": Signature((_ARRAY,), _NULLABLE_NUMBER, "average", elements={0: ("number",)}),
    "ceil": Signature((_NUMBER,), t.INTEGER, "ceiling"),
    "contains": Signature((_kinds("array", "string"), _ANY), t.BOOLEAN, "contains"),
    "ends_with": Signature((_STRING, _STRING), t.BOOLEAN, "ends_with"),
    "floor": Signature((_NUMBER,), t.INTEGER, "floor"),
    "join": Signature((_STRING, _ARRAY), t.STRING, "join", elements={1: ("string",)}),
    "keys": Signature((_OBJECT,), t.array(t.STRING), "keys"),
    "length": Signature((_kinds("array", "object", "string"),), t.INTEGER, "length"),
    "map": Signature((_EXPRESSION, _ARRAY), lambda args: t.array(args[0]), "elements"),
    "max": Signature((_ARRAY,), _element, "maximum", elements={0: _ORDERED}),
    "max_by": _by("max_by"),
    "merge": Signature((_OBJECT,), _merge, "merge", variadic=True),
    "min": Signature((_ARRAY,), _element, "minimum", elements={0: _ORDERED}),
    "min_by": _by("min_by"),
    "not_null": Signature((_ANY,), _not_null, "not_null", variadic=True),
    "reverse": Signature((_kinds("array", "string"),), _same, "reverse"),
    "sort": Signature((_ARRAY,), _same, "sort", elements={0: _ORDERED}),
    "sort_by": Signature((_ARRAY, _EXPRESSION), _same, "sort_by"),
    "starts_with": Signature((_STRING, _STRING), t.BOOLEAN, "starts_with"),
    "sum": Signature((_ARRAY,), t.NUMBER, "total", elements={0: ("number",)}),
    "to_array": Signature((_ANY,), _to_array, "to_array"),
    "to_number": Signature((_ANY,), _NULLABLE_NUMBER, "to_number"),
    "to_string": Signature((_ANY,), t.STRING, "to_string"),
    "type": Signature((_ANY,), _type_names, "type_name"),
    "values": Signature((_OBJECT,), _values, "values"),
    # Beyond JMESPath.
    "at": _own(t.ANY, "member", _kinds("array", "object"), _kinds("number", "string")),
    "base64_floats": _own(t.join(t.array(t.NUMBER), t.NULL), "base64_floats", _STRING),
    "base64_text": _own(_NULLABLE_STRING, "base64_text", _STRING),
    "compact": _own(_compact, "compact", _ANY),
    "cut": replace(_own(t.join(t.array(t.STRING), t.NULL), "cut", _STRING, _ARRAY), needed=frozenset({1})),
    "data_uri": _own(_DATA_URI, "data_uri", _STRING),
    "date_seconds": _own(t.join(t.INTEGER, t.NULL), "date_seconds", _STRING),
    "floats_base64": _own(_NULLABLE_STRING, "floats_base64", _ARRAY),
    "from_paths": Signature((_ARRAY,), t.ANY, "from_paths", "dragoman.kit.paths", strict=False),
    "json_text": _own(t.STRING, "json_text", _ANY),
    "minus": _own(_NULLABLE_NUMBER, "minus", _NUMBER, _NUMBER),
    "parse_json": _own(t.ANY, "parse_json", _STRING),
    "safe_id": _own(_safe_id, "safe_id", _STRING),
    "seconds": _own(_NULLABLE_NUMBER, "seconds", _kinds("number", "string")),
    "seconds_date": _own(_NULLABLE_STRING, "seconds_date", _NUMBER),
    "short_id": _own(_NULLABLE_STRING, "short_id", _STRING, _NUMBER),
    "split": _own(t.join(t.array(t.STRING), t.NULL), "split", _STRING, _STRING),
    "text_base64": _own(_NULLABLE_STRING, "text_base64", _STRING),
    "trim": _own(_trimmed, "trim", _STRING),
    "trim_end": _own(_trimmed, "trim_end", _STRING),
    "unordered": _own(t.BOOLEAN, "unordered", _ARRAY, _ARRAY),
    # An effect: the Call makes the identifier, so that tests are deterministic.
    "new_id": Signature((_STRING,), t.STRING, "new_id", "call"),
    # Known to the Call too: what was handed in beside the body.
    "media": Signature((_STRING,), _DATA_URI, "media", "call", strict=False),
}


_TOTAL = frozenset({"type", "to_array", "to_number", "not_null"})


def may_raise(expr: ast.Expr) -> bool:
    """The expression may raise InvalidType or InvalidValue, so it must be evaluated where JMESPath would."""
    return any(isinstance(e, ast.Call) and SIGNATURES[e.name].strict and e.name not in _TOTAL for e in ast.walk(expr))


def unknown_function(name: str, offset: int) -> Finding:
    near = nearest(name, SIGNATURES)
    return Finding("DG302", f"there is no function {name}()", offset, len(name), near and f"did you mean {near}()?")
