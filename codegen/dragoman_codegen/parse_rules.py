"""YAML nodes → rule tree.

This module knows which keys stand beside which and nothing about what they do. Every fault is reported; a rule that
cannot be read becomes the literal null, so that the rest of the file is still looked at.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace

from dragoman_codegen import jmes
from dragoman_codegen.diagnostics import Diagnostics, Span, nearest, quote
from dragoman_codegen.extends import named
from dragoman_codegen.rules import (
    Account,
    Clamp,
    Concat,
    Disposition,
    Drop,
    Each,
    Expression,
    Field,
    First,
    Gather,
    Get,
    Index,
    ListOf,
    Literal,
    Lookup,
    Lower,
    Make,
    Match,
    Merge,
    Modifiers,
    Note,
    Order,
    Reject,
    Rule,
    Same,
    Use,
)
from dragoman_codegen.source import Node

__all__ = ["ACTIONS", "KINDS", "SEVERITIES", "RuleParser", "split_path"]

SEVERITIES = ("cosmetic", "tuning", "contract")
ACTIONS = ("dropped", "clamped", "substituted", "moved", "defaulted")
KINDS = ("object", "array", "string", "number", "boolean")
_HEADS = ("$get", "$make", "$each", "$gather", "$concat", "$merge", "$order", "$index", "$use", "$table", "$lower",
          "$same", "$match", "$first")  # fmt: skip
_COMPANIONS = {
    "$each": ("$where", "$number", "$flat"),
    "$gather": ("$as", "$number"),
    "$merge": ("$by", "$concat", "$all"),
    "$order": ("$lists",),
    "$index": ("$by", "$value"),
    "$use": ("$of",),
    "$table": ("$of",),
    "$lower": ("$dialect",),
    "$same": ("$fields",),
    "$match": ("$cases", "$absent"),
}
_NEEDED = {
    "$merge": ("$by", "$concat"),
    "$order": ("$lists",),
    "$index": ("$by", "$value"),
    "$table": ("$of",),
    "$lower": ("$dialect",),
    "$match": ("$cases",),
}
_MODIFIERS = ("$when", "$else", "$let", "$default", "$clamp", "$require", "$is", "$keep_null", "$keep_empty", "$note",
              "$ignore", "$drop", "$reject")  # fmt: skip
_LOOP_MODIFIERS = ("$when", "$let", "$default", "$require", "$is", "$keep_null", "$keep_empty", "$note")
_KEYS = (*_HEADS, *_MODIFIERS, "$of", *(key for keys in _COMPANIONS.values() for key in keys))


def split_path(text: str) -> tuple[str, ...]:
    """`messages[].content[].text` → ("messages", "[]", "content", "[]", "text")."""
    parts: list[str] = []
    for piece in text.split("."):
        name = piece
        depth = 0
        while name.endswith("[]"):
            name, depth = name[:-2], depth + 1
        parts += [name] if name else []
        parts += ["[]"] * depth
    return tuple(parts)


class RuleParser:
    def __init__(self, diagnostics: Diagnostics) -> None:
        self.diagnostics = diagnostics

    # ------------------------------------------------------------------ rules
    def rule(self, node: Node) -> Rule:
        if node.kind == "map":
            return self._mapping(node, node.members)
        if node.kind == "list":
            return ListOf(node.span, tuple(self.rule(item) for item in node.elements))
        value = node.scalar
        if not isinstance(value, str):
            return Literal(node.span, value)
        if value.startswith("=") and node.style != "literal":
            return Literal(node.span, value[1:])
        return Get(node.span, self.expression(node))

    def expression(self, node: Node | None, span: Span | None = None) -> Expression:
        if node is None:
            assert span is not None
            return self._nothing(span)  # that a key is missing is told where its operator is read
        if not isinstance(node.scalar, str):
            self.diagnostics.error("DG401", node.span, f"an expression must be a text, and this is a {node.kind}")
            return self._nothing(node.span)
        text = node.expression_text(self.diagnostics)
        if text is None:
            return self._nothing(node.span)
        tree = jmes.parse(text, node, self.diagnostics)
        return self._nothing(node.span) if tree is None else Expression(text, tree, node.span, node)

    def _nothing(self, span: Span) -> Expression:
        node = Node("scalar", "`null`", span, "plain")
        tree = jmes.parse("`null`", node, self.diagnostics)
        assert tree is not None
        return Expression("`null`", tree, span, node)

    def _mapping(self, node: Node, members: Mapping[str, Node]) -> Rule:
        plain = [key for key in members if not key.startswith("$")]
        for key in members:
            if key.startswith("$") and key not in _KEYS:
                near = nearest(key, _KEYS)
                self._fault(node.key_spans[key], f"there is no operator {key}", near and f"did you mean {near}?")
        leaf = self._leaf(node, members)
        if leaf is not None:
            return leaf
        heads = [key for key in _HEADS if key in members and not (key == "$concat" and "$merge" in members)]
        loop = next((key for key in ("$each", "$gather") if key in heads), None)
        if loop:
            return self._loop(node, members, loop)
        if len(heads) > 1:
            self._fault(
                node.key_spans[heads[1]],
                f"{heads[0]} and {heads[1]} cannot stand in one rule",
                "nest one in the other with $make",
            )
        head = heads[0] if heads else None
        if head and plain:
            self._fault(
                node.key_spans[plain[0]],
                f"the field {quote(plain[0])} cannot stand beside {head}",
                "write the fields under $make, or nest them in a field of their own",
            )
        allowed = (*_COMPANIONS.get(head or "", ()), *_MODIFIERS, head)
        for key in members:
            if key.startswith("$") and key in _KEYS and key not in allowed and key not in heads:
                owners = [owner for owner, keys in _COMPANIONS.items() if key in keys]
                help = f"it belongs beside {' or '.join(owners)}" if owners else None
                self._fault(node.key_spans[key], f"{key} does not belong beside {head or 'fields'}", help)
        for key in _NEEDED.get(head or "", ()):
            if key not in members:
                self._fault(node.key_spans[head or ""], f"{head} needs {key} beside it")
        own_else = head == "$match"
        mods = self._modifiers(node, members, with_else=not own_else)
        return self._headed(node, members, head, mods)

    def _headed(self, node: Node, members: Mapping[str, Node], head: str | None, mods: Modifiers) -> Rule:
        span = node.span
        match head:
            case None:
                if not members:
                    return Literal(span, {}, mods=mods)
                fields = self._fields(node, {k: v for k, v in members.items() if not k.startswith("$")})
                return Make(span, fields, mods=mods)
            case "$get":
                return Get(span, self.expression(members["$get"]), mods=mods)
            case "$make":
                inner = self.rule(members["$make"])
                return inner if mods == Modifiers() else _with(inner, mods)
            case "$concat":
                return Concat(span, tuple(self.rule(item) for item in members["$concat"].elements), mods=mods)
            case "$merge":
                everywhere = bool(members["$all"].scalar) if "$all" in members else False
                by, joined = self._names(members.get("$by"), span), self._names(members.get("$concat"), span)
                return Merge(span, self.rule(members["$merge"]), by, joined, everywhere, mods=mods)
            case "$order":
                lists = tuple((k, self.rule(v)) for k, v in self._map(members.get("$lists"), span).items())
                return Order(span, self.expression(members["$order"]), lists, mods=mods)
            case "$index":
                keyed, found = self.expression(members.get("$by"), span), self.expression(members.get("$value"), span)
                return Index(span, self.expression(members["$index"]), keyed, found, mods=mods)
            case "$use":
                of = self.expression(members["$of"]) if "$of" in members else None
                return Use(span, self._text(members["$use"]), of, members["$use"].span, mods=mods)
            case "$table":
                name, looked = members["$table"], self.expression(members.get("$of"), span)
                return Lookup(span, self._text(name), looked, name.span, mods=mods)
            case "$lower":
                found_ = members.get("$dialect")
                dialect = self._text(found_) if found_ else ""
                return Lower(
                    span, self.expression(members["$lower"]), dialect, found_.span if found_ else None, mods=mods
                )
            case "$same":
                fields_ = self._map(members.get("$fields"), span) if "$fields" in members else {}
                parts = tuple((split_path(k), self.rule(v)) for k, v in fields_.items())
                return Same(span, self.expression(members["$same"]), parts, mods=mods)
            case "$match":
                cases: list[tuple[tuple[str, ...], Rule]] = []
                for key, case in self._map(members.get("$cases"), span).items():
                    cases.append((tuple(part.strip() for part in key.split(",")), self.rule(case)))
                absent = self.rule(members["$absent"]) if "$absent" in members else None
                otherwise = self.rule(members["$else"]) if "$else" in members else None
                return Match(span, self.expression(members["$match"]), tuple(cases), absent, otherwise, mods=mods)
            case "$first":
                return First(span, tuple(self.rule(item) for item in members["$first"].elements), mods=mods)
        raise AssertionError(head)

    def _loop(self, node: Node, members: Mapping[str, Node], head: str) -> Rule:
        own = {head, *_COMPANIONS[head], *_LOOP_MODIFIERS}
        if "$else" in members and "$cases" not in members:
            own.add("$else")
        rest = {key: value for key, value in members.items() if key not in own}
        if not rest:
            self._fault(
                node.key_spans[head],
                f"{head} needs a rule for its elements",
                "write it under $make, where '@' is the element",
            )
        body = self._mapping(node, rest) if rest else Literal(node.span, None)
        where_owns = "$where" in members
        mods = self._modifiers(
            node,
            {k: v for k, v in members.items() if k in own and k in (*_LOOP_MODIFIERS, "$else")},
            with_else=not where_owns,
        )
        source = self.expression(members[head])
        number = self._text(members["$number"]) if "$number" in members else None
        if head == "$gather":
            name = self._text(members["$as"]) if "$as" in members else None
            return Gather(node.span, source, body, name, number, mods=mods)
        where = self.expression(members["$where"]) if where_owns else None
        excluded = (
            self.rule(members["$else"]) if where_owns and "$else" in members and "$cases" not in members else None
        )
        if excluded is not None and not isinstance(excluded, Drop | Reject):
            self._fault(members["$else"].span, "what `$where` leaves out is lost: write $drop or $reject under $else")
            excluded = None
        flat = bool(members["$flat"].scalar) if "$flat" in members else False
        return Each(node.span, source, body, where, excluded, number, flat, mods=mods)

    def _leaf(self, node: Node, members: Mapping[str, Node]) -> Rule | None:
        """`$drop` and `$reject` as rules: of nothing but themselves, `$of` and `$when`."""
        for key in ("$drop", "$reject"):
            value = members.get(key)
            if value is None or not set(members) <= {key, "$of", "$when", "$else", "$let"}:
                continue
            of = self.expression(members["$of"]) if "$of" in members else None
            mods = self._modifiers(node, {k: v for k, v in members.items() if k in ("$when", "$else", "$let")})
            if key == "$reject" and value.kind == "scalar":
                return Reject(node.span, self._text(value), of, mods=mods)
            if key == "$drop" and len(value.members) == 1:
                ((severity, reason),) = value.members.items()
                if severity in SEVERITIES and isinstance(reason.scalar, str):
                    return Drop(node.span, severity, reason.scalar, of, mods=mods)
        return None

    def _fields(self, node: Node, members: Mapping[str, Node]) -> tuple[Field, ...]:
        return tuple(
            Field(key, self.rule(value), node.key_spans.get(key, value.span)) for key, value in members.items()
        )

    # ------------------------------------------------------------------ modifiers
    def _modifiers(self, node: Node, members: Mapping[str, Node], *, with_else: bool = True) -> Modifiers:
        get = members.get
        clamp = None
        if (limits := get("$clamp")) is not None:
            low, high = limits.members.get("min"), limits.members.get("max")
            clamp = Clamp(self.rule(low) if low else None, self.rule(high) if high else None)
        kind = self._text(members["$is"]) if "$is" in members else None
        if kind is not None and kind not in KINDS:
            self._fault(members["$is"].span, f"there is no kind {kind}", f"one of {', '.join(KINDS)}")
            kind = None
        entries = [
            d for key in ("$ignore", "$drop", "$reject") if key in members for d in self.dispositions(key, members[key])
        ]
        return Modifiers(
            when=self.expression(members["$when"]) if "$when" in members else None,
            otherwise=self.rule(members["$else"]) if with_else and "$else" in members else None,
            let=tuple((name, self.rule(value)) for name, value in self._map(get("$let"), node.span).items())
            if "$let" in members
            else (),
            default=self.rule(members["$default"]) if "$default" in members else None,
            clamp=clamp,
            require=self._text(members["$require"]) if "$require" in members else None,
            kind=kind,
            keep_null=bool(members["$keep_null"].scalar) if "$keep_null" in members else False,
            keep_empty=bool(members["$keep_empty"].scalar) if "$keep_empty" in members else False,
            notes=self._notes(members["$note"]) if "$note" in members else (),
            account=Account(tuple(entries)) if entries else None,
        )

    def _notes(self, node: Node) -> tuple[Note, ...]:
        nodes = node.elements if node.kind == "list" else [node]
        notes = []
        for item in nodes:
            when = self.expression(item.members["when"]) if "when" in item.members else None
            of = self.expression(item.members["of"]) if "of" in item.members else None
            said = {k: v for k, v in item.members.items() if k not in ("when", "of")}
            action: str | None = None
            inner = next(iter(said.values()), None)
            if len(said) == 1 and next(iter(said)) in ACTIONS and inner is not None:
                action, said = next(iter(said)), dict(inner.members)
            severity, reason = next(iter(said.items()), ("", None))
            if len(said) != 1 or severity not in SEVERITIES or reason is None or not isinstance(reason.scalar, str):
                self._fault(
                    item.span,
                    "$note needs {severity: reason} or {action: {severity: reason}}",
                    f"severities: {', '.join(SEVERITIES)}; actions: {', '.join(ACTIONS)}",
                )
                continue
            notes.append(Note(action, severity, reason.scalar, item.span, when, of))
        return tuple(notes)

    def dispositions(self, word: str, node: Node) -> Iterable[Disposition]:
        """The entries of `$ignore`, `$drop` or `$reject` (of a scope; without `$` of an event or a case)."""
        kind = word.lstrip("$")
        for key, span, value in named(node):
            path = split_path(key)
            if kind == "drop":
                severity = next((s for s in SEVERITIES if s in value.members), None)
                if severity is None or not isinstance(value.members[severity].scalar, str):
                    self._fault(
                        value.span,
                        f"{quote(key)} is dropped without a severity",
                        f"write {{severity: reason}}; severities: {', '.join(SEVERITIES)}",
                    )
                    continue
                when = self.expression(value.members["when"]) if "when" in value.members else None
                unless = (
                    tuple(item.plain() for item in value.members["unless"].elements)
                    if "unless" in value.members
                    else ()
                )
                yield Disposition(kind, path, str(value.members[severity].scalar), span, severity, when, unless, word)
            elif kind == "reject" and value.kind == "map":
                when = self.expression(value.members["when"]) if "when" in value.members else None
                yield Disposition(kind, path, self._text(value.members.get("say", value)), span, when=when, key=word)
            else:
                yield Disposition(kind, path, self._text(value), span, key=word)

    # ------------------------------------------------------------------ small things
    def _map(self, node: Node | None, span: Span) -> Mapping[str, Node]:
        if node is not None and node.kind != "map":
            self._fault(node.span, "a mapping must stand here")
        return node.members if node is not None else {}

    def _names(self, node: Node | None, span: Span) -> tuple[str, ...]:
        if node is None:
            return ()
        return tuple(self._text(item) for item in node.elements) if node.kind == "list" else (self._text(node),)

    def _text(self, node: Node) -> str:
        if isinstance(node.scalar, str):
            return node.scalar
        self._fault(node.span, "a text must stand here")
        return ""

    def _fault(self, span: Span, message: str, help: str | None = None) -> None:
        self.diagnostics.error("DG402", span, message, help or None)


def _with(inner: Rule, mods: Modifiers) -> Rule:
    """`{$when: c, $make: rule}`: the modifiers go to the rule, or around it where it has its own."""
    if inner.mods == Modifiers() and not isinstance(inner, (Drop, Reject, Match)):
        return replace(inner, mods=mods)
    return First(inner.span, (inner,), mods=mods)
