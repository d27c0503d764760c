"""Reads that an expression makes several times are made once, in a local.

Only paths are hoisted: reading one is total, so doing it earlier than the expression would, or in vain, is harmless.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from .. import types as t
from ..replacing import replace
from . import ast
from .ast import Path
from .context import Context, Key, _hint, is_object, read
from .values import Value

__all__ = ["enter", "reads_item"]

_MANY = 4


@dataclass(slots=True)
class _Node:
    uses: int = 0  # as a value
    named: bool = False  # it will be wanted in a name, for a guard
    children: dict[str | int, _Node] = field(default_factory=dict)
    hoisted: bool = False

    def demand(self) -> int:
        """How often the node is read once its children are where they will be."""
        return self.uses + sum(1 if child.hoisted else child.demand() for child in self.children.values())

    def fields(self) -> int:
        """How many reads of members there are."""
        return sum(
            1 if child.hoisted else child.demand() for key, child in self.children.items() if isinstance(key, str)
        )


def enter(exprs: list[ast.Expr], ctx: Context, *, open_item: bool = True) -> Context:
    """Begin expressions that look at the same item: emit what they share, and know it from then on.

    ``open_item``: put one guard before all reads of the item's members, if there are several; otherwise the condition
    that is emitted next brings its own.
    """
    every = [_paths_of(expr) for expr in exprs]
    if sum(len(paths) for paths, _ in every) < 2 and not any(ordered for _, ordered in every):
        return ctx  # nothing is read twice
    roots: dict[str, _Node] = {}
    for paths, ordered in every:
        for path in paths:
            node = roots.setdefault(path.root, _Node())
            for key in path.keys:
                node = node.children.setdefault(key, _Node())
            node.uses += 1
        for path in ordered:
            _at(roots[path.root], path.keys).named = True
    for root, node in roots.items():
        _mark(node, (root, ()), ctx, free=root == "@" and not open_item)
        ctx = _emit(node, (root, ()), ctx, open_root=open_item or root != "@")
    return ctx


def _paths_of(expr: ast.Expr) -> tuple[list[Path], list[Path]]:
    """The paths that are read, and those that are compared by order."""
    try:
        return expr._paths
    except AttributeError:
        found = _paths(expr), _ordered(expr)
        object.__setattr__(expr, "_paths", found)
        return found


def _paths(expr: ast.Expr) -> list[Path]:
    """The paths that are read from the current item: not those inside projections, pipes and expression references."""
    path = ast.path_of(expr)
    if path is not None:
        return [path] if path.keys or path.root == "@" else []
    match expr:
        case ast.Sub(_, left, _) | ast.Pipe(_, left, _) | ast.Project(_, left, _, _):
            return _paths(left)
        case ast.ExprRef():
            return []
    return [found for child in ast.children(expr) for found in _paths(child)]


def _at(node: _Node, keys: tuple[str | int, ...]) -> _Node:
    for key in keys:
        node = node.children[key]
    return node


def _ordered(expr: ast.Expr) -> list[Path]:
    """Paths that are compared by order with a constant: the guard and the comparison both look at them."""
    match expr:
        case ast.Compare(_, "<" | "<=" | ">" | ">=", left, right):
            one = left if isinstance(right, ast.Literal) else right if isinstance(left, ast.Literal) else None
            path = None if one is None else ast.path_of(one)
            return [path] if path is not None and path.keys else []
        case ast.Compare() | ast.Not() | ast.And() | ast.Or() | ast.Hash() | ast.MultiList() | ast.Call():
            return [path for child in ast.children(expr) for path in _ordered(child)]
    return []


def reads_item(expr: ast.Expr, ctx: Context) -> bool:
    """The code of the expression will read a member of the item itself, and not only of what is known below it."""
    for path in _paths_of(expr)[0]:
        if path.root == "@" and path.keys:
            prefixes = (("@", path.keys[:n]) for n in range(1, len(path.keys) + 1))
            if not any(key in ctx.known or key in ctx.members for key in prefixes):
                return True
    return False


def _mark(node: _Node, key: Key, ctx: Context, *, free: bool) -> None:
    for name, child in node.children.items():
        _mark(child, (key[0], (*key[1], name)), ctx, free=free)
    if not key[1] or key in ctx.known:
        return
    if node.demand() < 2:
        node.hoisted = node.named and not node.children
        return
    # A few look-ups in an object that needs no guard cost no more than a local would.
    cheap = (free and len(key[1]) == 1) or _cheap(key, ctx)
    node.hoisted = node.named or bool(node.children) or node.uses > _MANY or not cheap


def _cheap(key: Key, ctx: Context) -> bool:
    parent = (key[0], key[1][:-1])
    holder = ctx.members.get(parent) or (ctx.known.get(parent) if parent[1] else ctx.names[key[0]])
    return isinstance(key[1][-1], str) and holder is not None and is_object(holder, ctx)


def _emit(node: _Node, key: Key, ctx: Context, *, open_root: bool = True) -> Context:
    root, keys = key
    if node.hoisted:
        value = read(Path(root, keys, ()), ctx)
        if node.demand() < 2 and value.trusted and value.type.always("number", "null"):
            return ctx  # it was wanted for a guard that it does not need
        if not value.simple:
            name = ctx.code.fresh(_hint(keys))
            ctx.code.line(f"{name} = {value.code}")
            value = replace(value, code=name, simple=True, precedence=9, source=None)
        ctx = replace(ctx, known={**ctx.known, key: value})
    here = ctx.known.get(key) if keys else ctx.names.get(root)
    if open_root and here is not None and here.simple and key not in ctx.members and node.fields() > 1:
        ctx = _open(node, key, here, ctx)
    for step, child in node.children.items():
        ctx = _emit(child, (root, (*keys, step)), ctx)
    return ctx


def _open(node: _Node, key: Key, value: Value, ctx: Context) -> Context:
    """Read several members through one guard: of what is no object, every member is null, as of an empty one."""
    if is_object(value, ctx) or not value.type.may("object"):
        return ctx
    if value.trusted and value.type.kinds == {"object", "null"}:
        test = f"{value.code} is None"
    else:
        test = f"type({value.code}) is not dict"
    nothing = ctx.code.use("NOTHING")
    inside = t.only(value.type, "object")
    # The local that was just made for this path can be replaced; a parameter or a value that is used as such cannot
    # (inner expressions see no paths of the item, but those of variables).
    if key[0] == "@" and node.hoisted and not node.uses and all(isinstance(k, str) for k in node.children):
        with ctx.code.block(f"if {test}:"):
            ctx.code.line(f"{value.code} = {nothing}")
        opened = replace(value, type=inside, trusted=True, complete=False)
    else:
        name = ctx.code.fresh(f"{value.code}_fields")
        positive = test.replace(" is not dict", " is dict") if " is not dict" in test else f"{value.code} is not None"
        ctx.code.line(f"{name} = {value.code} if {positive} else {nothing}")
        opened = Value(name, inside, simple=True, trusted=True, complete=False, deep=value.deep)
    return replace(ctx, members={**ctx.members, key: opened})
