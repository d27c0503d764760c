"""Expressions in an environment: checked, then compiled."""

from __future__ import annotations

import functools
from collections.abc import Iterable, Set

from dragoman_codegen import jmes
from dragoman_codegen.account import Path, pure_path
from dragoman_codegen.emit.base import Env, Made, Place, local
from dragoman_codegen.emit.module import HEADERS, Module
from dragoman_codegen.facts import Fact
from dragoman_codegen.jmes import CodeBlock, Scope, Value, ast
from dragoman_codegen.jmes.ast import conjuncts, path_of
from dragoman_codegen.jmes.narrowing import assume, looked_at, texts
from dragoman_codegen.jmes.python import quote
from dragoman_codegen.replacing import replace
from dragoman_codegen.rules import Expression
from dragoman_codegen.spec import DIRECTIONS
from dragoman_codegen.types import (
    ANY,
    BOOLEAN,
    INTEGER,
    NULL,
    ObjectType,
    Prop,
    Type,
    array,
    false_part,
    of_kinds,
    only,
    true_part,
    without_null,
)

__all__ = ["ROOTS", "Expressions"]

_FATAL = ("DG302", "DG303", "DG306")
"""What leaves nothing to compile."""
ROOTS = ("$model", "$settings", "$request", "$state", "$now")
"""Names that are there everywhere (`$state` in streams)."""


def _dotted(tree: ast.Expr, names: Set[str]) -> ast.Expr:
    """`$state.usage` as one variable where a name of that spelling is known."""
    match tree:
        case ast.Sub(_, left, right) if isinstance(left, ast.Variable) and (joined := _joined(left, right, names)):
            return _dotted(joined, names)
        case ast.Sub() | ast.Pipe():
            return replace(tree, left=_dotted(tree.left, names), right=_dotted(tree.right, names))
        case ast.Compare() | ast.And() | ast.Or():
            return replace(tree, left=_dotted(tree.left, names), right=_dotted(tree.right, names))
        case ast.Index() | ast.Slice() | ast.Flatten() | ast.Values():
            return replace(tree, left=_dotted(tree.left, names))
        case ast.Project():
            condition = None if tree.condition is None else _dotted(tree.condition, names)
            return replace(tree, left=_dotted(tree.left, names), right=_dotted(tree.right, names), condition=condition)
        case ast.Not():
            return replace(tree, operand=_dotted(tree.operand, names))
        case ast.ExprRef():
            return replace(tree, expr=_dotted(tree.expr, names))
        case ast.MultiList():
            return replace(tree, items=tuple(_dotted(item, names) for item in tree.items))
        case ast.Hash():
            return replace(tree, pairs=tuple((k, _dotted(v, names), o) for k, v, o in tree.pairs))
        case ast.Call():
            return replace(tree, args=tuple(_dotted(arg, names) for arg in tree.args))
    return tree


def _joined(left: ast.Variable, right: ast.Expr, names: Set[str]) -> ast.Expr | None:
    """`$state` and `usage[0].x` as `$state.usage` with the rest."""
    match right:
        case ast.Field(_, name) if f"{left.name}.{name}" in names:
            return ast.Variable(left.offset, f"{left.name}.{name}")
        case ast.Sub() | ast.Index() | ast.Slice() | ast.Flatten() | ast.Values() | ast.Project() | ast.Pipe():
            inner = _joined(left, right.left, names)
            return None if inner is None else replace(right, left=inner)
    return None


class Expressions:
    """Compiles expressions of one module; faults become diagnostics, once each."""

    def __init__(self, module: Module) -> None:
        self.module = module
        self._checked: set[tuple[int, str]] = set()
        facts = {name: Prop(_of_fact(fact)) for name, fact in module.provider.facts.items()}
        self.facts = Type({"object"}, objects=(ObjectType("facts", facts),))
        settings = {name: Prop(of_kinds("string", "null")) for name in module.provider.settings}
        self.settings = Type({"object"}, objects=(ObjectType("settings", settings),))
        units = module.provider.units
        request = units.get(module.unit_name.removesuffix("_response") + "_request") or units.get("request")
        told = {"model": Prop(of_kinds("string"), required=False), "stream": Prop(BOOLEAN, required=False)}
        self.contexts = {}
        for direction in DIRECTIONS:  # answers to the hub know the hub's request
            names = () if request is None else request.context if direction == "to_hub" else request.client_context
            kept = {name: Prop(ANY, required=False) for name in names}
            kept |= {"headers": Prop(HEADERS, required=False)} if direction == "to_hub" else {}
            objects = (ObjectType("the context of requests", {**told, **kept}),)
            self.contexts[direction] = Type({"object"}, objects=objects)
        self._roots = {direction: self._everywhere(direction) for direction in DIRECTIONS}

    def _everywhere(self, direction: str) -> dict[str, Value]:
        return {
            "$model": Value("call.facts", self.facts, simple=True, trusted=True, deep=True),
            "$settings": Value("call.settings", self.settings, simple=True, trusted=True, complete=False, deep=True),
            "$request": Value("call.request", self.contexts[direction], simple=True, trusted=True, complete=False),
            "$now": Value("call.now()", INTEGER, trusted=True, deep=True),
        }

    def scope(self, env: Env) -> Scope:
        return Scope({**self._roots[env.direction], **env.names, "@": env.item}, env.known)

    def prepared(self, expr: Expression, scope: Scope) -> ast.Expr:
        if not expr.named:
            return expr.tree
        names = frozenset(name for name in scope.names if "." in name)
        return self.module.once(names, expr.tree, lambda: _dotted(expr.tree, names)) if names else expr.tree

    def compile(self, expr: Expression, env: Env, code: CodeBlock) -> Value:
        scope = self.scope(env)
        tree = self._check(expr, scope, told=env.again)
        if tree is None:
            return Value("None", NULL, simple=True, trusted=True)
        path = path_of(tree)
        try:
            value = jmes.compile(tree, scope, code)
        except jmes.ExpressionError as fault:
            jmes.reporter(expr.node, self.module.diagnostics)(fault.finding)
            return Value("None", NULL, simple=True, trusted=True)
        if path is not None and not path.keys and isinstance(scope.names.get(path.root), Made):
            return local(value.code, value.type, made=True)
        for one, known in env.truths:
            if ast.alike(tree, one):
                return value.with_type(without_null(value.type) if known is None else known)
        return value

    def test(self, expr: Expression, env: Env, code: CodeBlock) -> str:
        """A Python condition that holds where the expression is true in JMESPath's sense."""
        scope = self.scope(env)
        tree = self._check(expr, scope, told=env.again, asked=True)
        if tree is None:
            return "False"
        try:
            return jmes.compile_condition(tree, scope, code)
        except jmes.ExpressionError as fault:
            jmes.reporter(expr.node, self.module.diagnostics)(fault.finding)
            return "False"

    def decided(self, expr: Expression, env: Env) -> bool | None:
        """Whether the expression is true, if that is known beforehand."""
        block = CodeBlock(self.module.unit)
        back = block.checkpoint()
        test = self.test(expr, env, block)
        back()
        return {"True": True, "False": False}.get(test)

    def assume(self, expr: Expression, env: Env) -> Env:
        """The environment where the expression is true: what it demands is not null there."""
        tree = self.prepared(expr, self.scope(env))
        env = self._narrowed(tree, env, True)
        together = [(tree, None)] if isinstance(tree, ast.And) else []
        env = replace(env, truths=(*env.truths, *map(_there, conjuncts(tree)), *together))
        for part in conjuncts(tree):
            match part:
                case ast.Compare(_, "==", ast.Call(_, "type", (what,)), ast.Literal(_, str(kind))):
                    env = self._of_kind(what, kind, env)
            path = path_of(part)
            if path is None:
                continue
            if path.root == "@":
                known = env.known.get(tuple(map(str, path.keys)))
                if known is not None:
                    env = env.knowing({tuple(map(str, path.keys)): _present(known)})
            elif not path.keys and path.root in env.names:
                env = replace(env, names={**env.names, path.root: _present(env.names[path.root])})
        return env

    def deny(self, expr: Expression, env: Env) -> Env:
        """The environment where the expression is not true."""
        return self._narrowed(self.prepared(expr, self.scope(env)), env, False)

    def among(self, expr: Expression, values: Iterable[str], env: Env, *, holds: bool) -> Env:
        """The environment where an expression is one of these texts, or none of them."""
        tree = self.prepared(expr, self.scope(env))
        cases: list[ast.Expr] = [ast.Compare(0, "==", tree, ast.Literal(0, value)) for value in sorted(values)]
        return self._narrowed(functools.reduce(lambda a, b: ast.Or(0, a, b), cases), env, holds) if cases else env

    @staticmethod
    def _narrowed(tree: ast.Expr, env: Env, holds: bool) -> Env:
        """What a condition says of the types of all that it looks at."""
        roots, through = looked_at(tree)
        direct = {(path.root, path.keys) for part in conjuncts(tree) if (path := path_of(part)) is not None}
        names = dict(env.names)
        for name in roots & set(names):
            names[name] = _with(names[name], assume(tree, names[name].type, holds, name), (name, ()) not in direct)
        if "@" not in roots:
            return replace(env, names=names)
        known = dict(env.known)
        for at in known.keys() & through:
            value = known[at]
            known[at] = _with(value, assume(tree, value.type, holds, "@", at), ("@", at) not in direct)
        item = _with(env.item, assume(tree, env.item.type, holds), False)
        return replace(env, names=names, known=known, item=item)

    @staticmethod
    def _of_kind(what: ast.Expr, kind: str, env: Env) -> Env:
        path = path_of(what)
        if path is None:
            return env
        known = env.known.get(tuple(map(str, path.keys))) if path.root == "@" and path.keys else None
        if known is not None:
            return env.knowing({tuple(map(str, path.keys)): replace(known, type=only(known.type, kind), trusted=True)})
        if path.root == "@" and not path.keys:
            return replace(env, item=replace(env.item, type=only(env.item.type, kind), trusted=True))
        if not path.keys and path.root in env.names:
            named = env.names[path.root]
            return replace(
                env, names={**env.names, path.root: replace(named, type=only(named.type, kind), trusted=True)}
            )
        return env

    def path(self, path: Path, env: Env, code: CodeBlock, *, named: bool = False) -> Value:
        """The value of a path of the item (up to the first `[]`). `named`: whatever the schema says of its members."""
        tree: ast.Expr = ast.Current(0)
        for n, key in enumerate(path[: path.index("[]")] if "[]" in path else path):
            if n == 0:
                tree = ast.Variable(0, key) if key in env.places else ast.Field(0, key)
            else:
                tree = ast.Sub(0, tree, ast.Field(0, key))
        return jmes.compile(ast.named(tree) if named else tree, self.scope(env), code)

    def origins(self, expr: Expression | None, env: Env, *, of_item: bool = True) -> tuple[Path, ...]:
        """The paths of the item that an expression's value comes from, through `$let` too.

        Without `of_item` only those.
        """
        if expr is None:
            return ()
        found: list[Path] = []
        for read in self._reads(expr, env):
            if not read.whole:
                continue
            if read.root == "@":
                found += [read.path] if of_item else []
            elif read.root in env.places:
                found.append((read.root, *read.path))
            else:
                base = env.origins.get(read.root, ())
                pure = len(base) == 1 and read.path and read.root in env.aliases
                found += [(*base[0], *read.path)] if pure else base
        return tuple(dict.fromkeys(found))

    def _reads(self, expr: Expression, env: Env) -> list[jmes.Read]:
        if not expr.named:
            return expr.reads
        tree = self.prepared(expr, self.scope(env))
        return self.module.once("reads", tree, lambda: jmes.reads(tree))

    def element(self, expr: Expression, env: Env, index: str) -> Place:
        """The place of an element of a list; that of the list where its elements are not those that were read."""
        exact = self._exact(expr, env)
        if exact is not None:
            return exact.child(index)
        path = self.place_of(expr, env)
        if path is None:
            return env.place
        if "[]" in path:
            return env.at(path)
        for part in ast.walk(expr.tree):
            made = isinstance(part, ast.Variable) and part.name not in env.aliases and part.name not in env.places
            if made or isinstance(part, (ast.Project, ast.Flatten, ast.Slice, ast.Values, ast.MultiList)):
                return env.at(path)
            if isinstance(part, ast.Call) and part.name not in ("not_null", "to_array"):
                return env.at(path)
        return env.at(path).child(index)

    @staticmethod
    def _exact(expr: Expression, env: Env) -> Place | None:
        """The place of a plain path of the item, through indices too."""
        path = path_of(expr.tree)
        if path is None or path.root != "@" or any(isinstance(key, int) and key < 0 for key in path.keys):
            return None
        return env.place.child(*(quote(key) if isinstance(key, str) else str(key) for key in path.keys))

    def place(self, expr: Expression, env: Env) -> Place:
        """The place of an expression's value, as near as it can be told."""
        exact = self._exact(expr, env)
        if exact is not None:
            return exact
        path = self.place_of(expr, env)
        return env.at(path) if path else env.place

    def place_of(self, expr: Expression, env: Env) -> Path | None:
        """The one path that an expression's elements can be told by; None where there is none."""
        path = pure_path(expr)
        if path is not None:
            return path
        origins = self.origins(expr, env)
        return origins[0] if len(origins) == 1 else None

    def parts(self, expr: Expression | None, env: Env) -> tuple[Path, ...]:
        """The paths of the item that another item is taken from, all from `@`.

        The item itself where no expression is said; none where rules made what the other item is.
        """
        if expr is None:
            return ((),)
        found = self.origins(expr, env)
        roots = {read.root for read in self._reads(expr, env)}
        if not roots <= {"@", *env.aliases, *env.places}:
            return ()
        homes = {name: env.origins[name][0] for name in env.places if env.origins.get(name)}
        return tuple((*homes[p[0]], *p[1:]) if p and p[0] in homes else p for p in found)

    def told(self, expr: Expression | None, env: Env) -> None:
        """Report what is wrong with an expression of which the place alone is wanted."""
        if expr is not None:
            self._check(expr, self.scope(env))

    def _check(self, expr: Expression, scope: Scope, *, told: bool = False, asked: bool = False) -> ast.Expr | None:
        tree = self.prepared(expr, scope)
        if self.module.silent:
            return tree
        report = jmes.reporter(expr.node, self.module.diagnostics)
        found: list[jmes.Finding] = []
        t = jmes.infer(tree, Scope(scope.names, scope.known), found.append)
        if asked and not found and (sure := _decided(t)) is not None and any(map(_looks, ast.walk(tree))):
            what = f"this condition {'always' if sure else 'never'} holds, by the schema and what was asked before"
            start = min(part.offset for part in ast.walk(tree))
            help = "take it out" if sure else "take out what it guards, or mend it"
            found.append(jmes.Finding("DG311", what, start, max(1, len(expr.text) - start), f"{help}; {_OVERLAY}"))
        if scope.names["@"].code == "None":
            found += [nothing for part in ast.walk(tree) if (nothing := _of_nothing(part, tree)) is not None]
        for finding in found if not told else ():
            report(finding)
        return None if any(finding.code in _FATAL for finding in found) else tree


_OVERLAY = "where a server does not keep to the schema, say so in schema/overlay.yaml"


def _decided(t: Type) -> bool | None:
    """Whether values of this type are all true, or all false; None where they may be either."""
    if t.kinds and not true_part(t).kinds:
        return False
    return True if t.kinds and not false_part(t).kinds else None


def _of_nothing(part: ast.Expr, tree: ast.Expr) -> jmes.Finding | None:
    """A field that is read where there is no item."""
    path = path_of(tree)
    if part is tree and path is not None and path.root == "@" and path.keys:
        name = str(path.keys[0])
        what = f"the field {quote(name)} cannot be read here: there is no current item, only $names"
        help = f"write ${name} for what `with` or a $let gives, ={name} for the text itself"
        return jmes.Finding("DG312", what, path.offsets[0], len(name), help)
    if part is tree and isinstance(tree, (ast.MultiList, ast.Hash)):
        what = "this is always null: JMESPath makes lists and objects of a current item, and here is none"
        return jmes.Finding("DG312", what, tree.offset, 1, "take the quotes away: it is a list or a mapping then")
    return None


def _looks(part: ast.Expr) -> bool:
    """Something is read: what is constant by itself is told elsewhere."""
    return isinstance(part, (ast.Field, ast.Variable, ast.Current))


def _with(value: Value, t: Type, implied: bool) -> Value:
    if t is value.type:
        return value
    return replace(value, type=t, implied=value.implied or (implied and value.type.nullable and not t.nullable))


def _there(tree: ast.Expr) -> tuple[ast.Expr, Type | None]:
    """What is there for certain where this is true: `x` of `x != null`, and of `contains(['a'], x)`."""
    match tree:
        case ast.Compare(_, "!=", left, ast.Literal(_, None)):
            return left, None
        case ast.Call(_, "contains", (several, one)) if (found := texts(several)) is not None:
            return one, Type({"string"}, literals=found)
    return tree, None


def _present(value: Value) -> Value:
    """The same value where it is known to be true: not null, and no empty list."""
    if isinstance(value, Made):
        return local(value.code, without_null(value.type), deep=value.deep) if type(value) is Made else value
    return value.with_type(without_null(value.type))


def _of_fact(fact: Fact) -> Type:
    if fact.type == "list":
        return array(_literals(fact.enum) if fact.enum else of_kinds("string"))
    return _literals(fact.enum) if fact.enum else of_kinds({"integer": "number"}.get(fact.type, fact.type))


def _literals(values: tuple[str, ...]) -> Type:
    return Type({"string"}, literals=frozenset(values))
