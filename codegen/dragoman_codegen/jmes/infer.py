"""The type of an expression, and what is wrong with it: the checks that need types.

Nothing is said about values of which nothing is known (ANY): a finding is about something that a schema says.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from dragoman_codegen.diagnostics import nearest, quote

from .. import types as t
from ..replacing import replace
from ..types import Type
from . import ast
from .narrowing import assume, looked_at
from .report import Finding, Report
from .signatures import SIGNATURES, Signature
from .values import Scope

__all__ = ["infer"]

_BOOLEAN_OR_NULL = t.of_kinds("boolean", "null")
_LISTED = {"facts": "fact", "settings": "setting", "the context of requests": "context"}
"""Objects of the language, whose fields have a name of their own."""


def infer(expr: ast.Expr, scope: Scope, report: Report) -> Type:
    """The type of the expression's value in a scope. Findings go to ``report``, each with its place in the text."""
    names = {name: value.type for name, value in scope.names.items()}
    known = {path: value.type for path, value in scope.known.items()}
    return _Inference(report).type(expr, _Place(names.get("@", t.ANY), names, known))


@dataclass(frozen=True, slots=True)
class _Place:
    item: Type
    names: dict[str, Type]
    known: dict[tuple[str, ...], Type]

    def on(self, item: Type) -> _Place:
        return replace(self, item=item, known={})

    def given(self, condition: ast.Expr, holds: bool) -> _Place:
        """The same place after a condition."""
        roots, through = looked_at(condition)
        names, known = dict(self.names), dict(self.known)
        for name in roots & set(names):
            names[name] = assume(condition, names[name], holds, name)
        for path in known.keys() & through:
            known[path] = assume(condition, known[path], holds, "@", path)
        return _Place(assume(condition, self.item, holds), names, known)


class _Inference:
    def __init__(self, report: Report) -> None:
        self._report = report

    def type(self, expr: ast.Expr, place: _Place) -> Type:
        path = ast.path_of(expr)
        if path is not None and path.root == "@" and place.known:
            for n in range(len(path.keys), 0, -1):
                known = place.known.get(path.keys[:n])  # type: ignore[arg-type]  # indices are in no known path
                if known is not None:
                    return self._steps(known, path.keys[n:], path.offsets[n:])
        match expr:
            case ast.Current():
                return place.item
            case ast.Variable(offset, name):
                return self._variable(name, offset, place)
            case ast.Field(offset, name):
                return self._field(place.item, name, offset)
            case ast.Literal(_, value):
                return t.literal(value)
            case ast.Sub(_, ast.Variable(offset, name), ast.Field(at, field)) if name not in place.names:
                below = [known for known in place.names if known.startswith(f"{name}.")]
                if not below:
                    return self._variable(name, offset, place)
                near = nearest(f"{name}.{field}", below)
                what = f"there is no slot {quote(field)}" if name == "$state" else f"there is no {name}.{field} here"
                self._say("DG306", what, offset, at + len(field) - offset, near and f"did you mean {near}?")
                return t.ANY
            case ast.Sub(_, ast.Not(_, ast.Variable(_, name)), right) if any(
                n.startswith(f"{name}.") for n in place.names
            ):
                return self.type(right, place.on(t.BOOLEAN))  # `!$state.x`: what is read is the fault, told once
            case ast.Sub(_, left, right) | ast.Pipe(_, left, right):
                return self.type(right, place.on(self.type(left, place)))
            case ast.Index(offset, left):
                return self._index(self.type(left, place), offset)
            case ast.Slice(offset, left):
                given = self.type(left, place)
                self._is_list(given, offset, "a slice")
                return t.join(t.only(given, "array"), t.NULL if given.kinds != {"array"} else t.NEVER)
            case ast.Flatten(_, left):
                return self._flattened(self.type(left, place))
            case ast.Values(offset, left):
                return self._values(self.type(left, place), offset)
            case ast.Project():
                return self._project(expr, place)
            case ast.Not(_, operand):
                self.type(operand, place)
                return t.BOOLEAN
            case ast.Compare(_, op, left, right):
                sides = self.type(left, place), self.type(right, place)
                if op in {"==", "!="}:
                    return self._equality(op, left, right, *sides)
                numbers, strings = (all(side.always(kind) for side in sides) for kind in ("number", "string"))
                return t.BOOLEAN if numbers or strings else _BOOLEAN_OR_NULL
            case ast.And(_, left, right):
                first = self.type(left, place)
                second = self.type(right, place.given(left, True))
                return t.join(t.false_part(first), second)
            case ast.Or(_, left, right):
                first = self.type(left, place)
                second = self.type(right, place.given(left, False))
                if isinstance(left, ast.And):  # where that is true, it is what stands on the right
                    first = _Inference(lambda finding: None).type(left.right, place.given(left.left, True))
                return t.join(t.true_part(first), second)
            case ast.MultiList(_, items):
                made = t.array(t.join(*(self.type(item, place) for item in items)))
                return t.join(made, t.NULL) if place.item.nullable else made
            case ast.Hash(_, pairs):
                made = t.obj({key: self.type(value, place) for key, value, _ in pairs})
                return t.join(made, t.NULL) if place.item.nullable else made
            case ast.Call():
                return self._call(expr, place)
        raise AssertionError(f"no type for {type(expr).__name__}")

    def _say(
        self,
        code: str,
        message: str,
        offset: int,
        length: int = 1,
        help: str | None = None,
        meant: str | None = None,
    ) -> None:
        self._report(Finding(code, message, offset, length, help, meant))

    def _equality(self, op: str, left: ast.Expr, right: ast.Expr, a: Type, b: Type) -> Type:
        """What never is equal is said; what always is, is known."""
        if isinstance(left, ast.Literal) and not isinstance(right, ast.Literal):
            left, right, a, b = right, left, b, a
        if not a.kinds or not b.kinds or isinstance(left, ast.Literal) or not isinstance(right, ast.Literal):
            return t.BOOLEAN
        value = right.value
        if value is None or isinstance(value, list | dict):
            return t.BOOLEAN
        kind = t.kind_of(value)
        allowed = [x for x in a.literals if t.kind_of(x) == kind] if a.literals is not None else None
        if a.may(kind) and (allowed is None or value in allowed):
            always = a.kinds == {kind} and allowed is not None and len(allowed) == 1
            return t.literal(op == "==") if always else t.BOOLEAN
        near = nearest(str(value), map(str, allowed or ()))
        single = len(a.kinds) == 1 and (a.literals is None or len(a.literals) == 1)
        may = f"it is {a.words}" if single else f"it may be {a.words}"
        path = ast.path_of(left)
        this = "this" if path is None else quote(_written(path))
        what = f"{this} is never {repr(value) if isinstance(value, str) else quote(value)}: {may}"
        self._say("DG310", what, right.offset, right.length, near and f"did you mean {near!r}?")
        return t.literal(op != "==")

    def _variable(self, name: str, offset: int, place: _Place) -> Type:
        found = place.names.get(name)
        if found is None:
            near = nearest(name, (known for known in place.names if known != "@"))
            help_ = f"did you mean {near}?" if near else None
            if near is None and any(name[1:] in o.props for o in place.item.objects):
                help_ = f"a field is read without '$': {name[1:]}"
            self._say("DG306", f"there is no variable {name} here", offset, len(name), help_)
            return t.ANY
        return found

    def _steps(self, type_: Type, keys: tuple[str | int, ...], offsets: tuple[int, ...]) -> Type:
        for key, offset in zip(keys, offsets, strict=True):
            type_ = self._field(type_, key, offset) if isinstance(key, str) else self._index(type_, offset)
        return type_

    def _field(self, holder: Type, name: str, offset: int) -> Type:
        if not holder.kinds or holder == t.NULL:
            return t.NULL  # said where the null came from
        if not holder.may("object"):
            help_ = "'!a.b' means '(!a).b': write !(a.b)" if holder == t.BOOLEAN else None
            if holder.always("array", "null"):
                help_ = f"of the elements: [].{name} or [0].{name}"
            elif holder.json:
                help_ = f"the text holds JSON: parse_json(…).{name}"
            what = f"{quote(name)} is read from {t.without_null(holder).words}, which has no fields: it is always null"
            self._say("DG308", what, offset, len(name), help_)
            return t.NULL
        # What rules make has no other members than theirs.
        if holder.objects and not any(name in o.props or (o.open and not o.spans) for o in holder.objects):
            names = sorted({key for o in holder.objects for key in o.props})
            near = nearest(name, names)
            owner = " or ".join(dict.fromkeys(o.name for o in holder.objects[:3]))
            listed = ", ".join(names[:12]) + (", …" if len(names) > 12 else "")
            what = f"there is no field {quote(name)} in {owner} (it has {listed or 'none'})"
            if owner in _LISTED:
                what = f"there is no {_LISTED[owner]} {quote(name)} (there are {listed or 'none'})"
            self._say("DG307", what, offset, len(name), near and f"did you mean {quote(near)}?", near)
            return t.ANY  # one fault is told once: what comes of it is not looked at
        return t.field(holder, name)

    def _index(self, holder: Type, offset: int) -> Type:
        self._is_list(holder, offset, "an index")
        return t.join(t.element(holder), t.NULL)

    def _is_list(self, holder: Type, offset: int, what: str) -> None:
        if holder.kinds and holder != t.NULL and not holder.may("array"):
            self._say(
                "DG308", f"{what} into {t.without_null(holder).words}, which is no array: it is always null", offset
            )

    def _flattened(self, holder: Type) -> Type:
        inner = t.element(holder)
        flat = t.array(t.join(t.element(inner), t.only(inner, *(t.KINDS - {"array"}))))
        return flat if holder.always("array") else t.join(flat, t.NULL)

    def _values(self, holder: Type, offset: int) -> Type:
        if holder.kinds and holder != t.NULL and not holder.may("object"):
            what = f"'*' goes over the fields of {t.without_null(holder).words}, which has none: it is always null"
            self._say("DG308", what, offset)
        if not holder.objects:
            found = t.ANY
        else:
            parts = [prop.type for o in holder.objects for prop in o.props.values()]
            found = t.join(*parts, *(o.values or t.ANY for o in holder.objects if o.open))
        return t.array(found) if holder.always("object") else t.join(t.array(found), t.NULL)

    def _project(self, expr: ast.Project, place: _Place) -> Type:
        source = self.type(expr.left, place)
        if source.kinds and source != t.NULL and not source.may("array"):
            what = "a filter" if expr.condition is not None else "a projection"
            found = t.without_null(source).words
            self._say("DG308", f"{what} over {found}, which is no array: it is always null", expr.offset)
            return t.NULL
        inner = place.on(t.element(source))
        if expr.condition is not None:
            self.type(expr.condition, inner)
            inner = inner.given(expr.condition, True)
            inner = inner.on(t.without_beside(inner.item))  # what is left of those is not followed
        made = t.array(t.without_null(self.type(expr.right, inner)))
        return made if source.always("array") else t.join(made, t.NULL)

    def _call(self, expr: ast.Call, place: _Place) -> Type:
        signature = SIGNATURES[expr.name]
        types: list[Type] = []
        arrays = [self.type(arg, place) for arg in expr.args if not isinstance(arg, ast.ExprRef)]
        given = iter(arrays)
        for i, arg in enumerate(expr.args):
            if isinstance(arg, ast.ExprRef):
                types.append(self.type(arg.expr, place.on(t.element(arrays[0]))))
                continue
            type_ = next(given)
            types.append(type_)
            self._argument(expr.name, signature, i, type_, arg)
        if expr.name == "contains" and types[0].kinds == {"string"} and types[1].kinds and not types[1].may("string"):
            start = min(node.offset for node in ast.walk(expr.args[1]))
            self._say("DG310", f"a text contains texts alone, and this is {types[1].words}: it is never so", start)
            return t.literal(False)
        return signature.result_type(tuple(types))

    def _argument(self, name: str, signature: Signature, i: int, found: Type, arg: ast.Expr) -> None:
        start = min(node.offset for node in ast.walk(arg))
        allowed = signature.parameter(i)
        if not found.kinds or found == t.ANY:
            return
        must = f"argument {i + 1} of {name}() must be {_or(map(t.in_words, sorted(allowed)))}"
        if not signature.strict:
            if not found.kinds & (allowed | {"null"}):
                self._say("DG304", f"{must}, and this is {found.words}: the result is always null", start)
            elif i in signature.needed and "null" in found.kinds:
                message = f"{must}, but it may be null, and then the result is null"
                self._say("DG309", message, start, 1, "say what holds instead (|| or not_null), or test it before")
            return
        if not found.kinds & allowed:
            self._say("DG304", f"{must}, and this is {found.words}", start)
            return
        if not found.kinds <= allowed:
            rest = t.only(found, *(t.KINDS - allowed))
            help_ = "say what holds instead (|| or not_null), or test it before" if rest == t.NULL else None
            self._say("DG309", f"{must}, but it may be {rest.words}", start, 1, help_)
        kinds = signature.elements.get(i)
        inner = t.element(found)
        if kinds is None or not inner.kinds or inner == t.ANY:
            return
        if not any(inner.always(kind) for kind in kinds):
            code = "DG309" if inner.may(*kinds) else "DG304"
            wanted = " or ".join(f"all {kind}s" for kind in kinds)
            rest = t.only(inner, *(t.KINDS - set(kinds)))
            held = f"one may be {rest.words}" if rest.kinds else f"they may be {inner.words}"
            held = held if code == "DG309" else f"each is {inner.words}"
            instead = "''" if "string" in kinds else "`0`"
            help_ = f"say what holds instead of null: || {instead}" if rest == t.NULL else None
            message = f"the elements of argument {i + 1} of {name}() must be {wanted}, but {held}"
            self._say(code, message, start, 1, help_)


def _written(path: ast.Path) -> str:
    keys = [str(key) if isinstance(key, str) else f"[{key}]" for key in path.keys]
    return ".".join(keys if path.root == "@" and keys else [path.root, *keys]).replace(".[", "[")


def _or(words: Iterable[str]) -> str:
    *front, last = words
    return f"{', '.join(front)} or {last}" if front else last
