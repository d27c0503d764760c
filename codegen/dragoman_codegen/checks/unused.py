"""What is written and never used.

A use counts wherever it stands, also in something that is itself not used: so one finding leads to the next, and none
is told twice. Where a name is misspelt, what it was meant to name is not called unused.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from dragoman_codegen.checks.parts import Scan, expressions, members, own, parts, within
from dragoman_codegen.diagnostics import Diagnostics, Span, quote
from dragoman_codegen.rules import Expression, Lookup, Lower, Rule, Use
from dragoman_codegen.source import Node
from dragoman_codegen.spec import Unit
from dragoman_codegen.steps import Add, CallProcedure, Count, Emit, Put, Set, StreamSide

__all__ = ["check_unused"]

_MISSPELT = {
    "definition": ("DG430",),
    "import": ("DG425", "DG430"),
    "table": ("DG432",),
    "dialect": ("DG433",),
    "slot": ("DG306", "DG453"),
    "template": ("DG454",),
    "procedure": ("DG456",),
    "fact": ("DG306", "DG307"),
    "setting": ("DG306", "DG307"),
    "context": ("DG306", "DG307"),
}
_HOLE = re.compile(r"\{(\w+)\}")


@dataclass
class _Uses:
    tables: set[str] = field(default_factory=set)
    dialects: set[str] = field(default_factory=set)
    members: set[tuple[str, str]] = field(default_factory=set)
    """`$model`, `$settings`, `$request` with a name."""
    definitions: set[Span] = field(default_factory=set)
    """The places of those that some rule uses."""


def check_unused(scan: Scan, diagnostics: Diagnostics, found: Diagnostics) -> None:
    _Unused(scan, diagnostics, found).look()


class _Unused:
    def __init__(self, scan: Scan, diagnostics: Diagnostics, found: Diagnostics) -> None:
        self.scan = scan
        self.provider = scan.provider
        self.told = {one.code for one in diagnostics}
        self.found = found

    def say(self, kind: str, span: Span, message: str, help: str) -> None:
        if own(self.provider, span) and not self.told & set(_MISSPELT[kind]):
            self.found.error("DG460", span, message, help)

    def look(self) -> None:
        uses = _Uses()
        for unit in self.provider.units.values():
            self._collect(unit, uses)
        self._named("table", "tables", uses.tables, "use it with $table")
        self._named("dialect", "dialects", uses.dialects, "use it with $lower")
        facts = {name for root, name in uses.members if root == "$model"}
        self._named("fact", "facts", facts, "read it as $model.{}")
        self._named("setting", "settings", self._settings(uses), "read it as $settings.{}")
        for name, unit in self.provider.units.items():
            node = self.provider.files[name]
            self._definitions(unit, node, uses)
            self._imports(unit, node)
            for section, key in ((name, key) for name in ("context", "client_context") for key in getattr(unit, name)):
                if ("$request", key) not in uses.members and key not in self._holes():
                    span = node.members[section].key_spans[key]
                    help = f"answers read it as $request.{key}; or take it out"
                    self.say("context", span, f"no answer reads the context {quote(key)}", help)
            for direction, side in unit.streams.items():
                self._stream(unit, side, node.members[direction])

    # ------------------------------------------------------------------ what is used
    def _collect(self, unit: Unit, uses: _Uses) -> None:
        for root, every in self.scan.roots(unit.name):
            inside = {root.span} if isinstance(root, Rule) else set()
            for part in every:
                if isinstance(part, Lookup):
                    uses.tables.add(part.table)
                elif isinstance(part, Lower):
                    uses.dialects.add(part.dialect)
                elif isinstance(part, Use) and part.name in unit.defs and unit.defs[part.name].span not in inside:
                    uses.definitions.add(unit.defs[part.name].span)
                elif isinstance(part, Expression) and "$" in part.text:
                    uses.members |= {(name, key) for name, key, _ in members(part.tree)}

    def _settings(self, uses: _Uses) -> set[str]:
        """Those that an expression reads, a hole in the endpoint, or a condition of the models."""
        found = {name for root, name in uses.members if root == "$settings"}
        head = self.provider.node.members
        found |= self._holes()
        for row in head["models"].elements if "models" in head else ():
            found |= set(row.members["when"].members) if "when" in row.members else set()
        return found

    def _holes(self) -> set[str]:
        """The names in the endpoint's paths and headers."""
        endpoint = self.provider.node.members.get("endpoint")
        return {hole for text in _texts(endpoint) for hole in _HOLE.findall(text)} if endpoint is not None else set()

    # ------------------------------------------------------------------ what is written
    def _named(self, kind: str, section: str, used: set[str], help: str) -> None:
        node = self.provider.node.members.get(section)
        for name in node.members if node is not None else ():
            if node is not None and name not in used:
                message = f"no rule uses the {kind} {quote(name)}"
                self.say(kind, node.key_spans[name], message, f"{help.format(name)}; or take it out")

    def _definitions(self, unit: Unit, node: Node, uses: _Uses) -> None:
        written = node.members.get("defs")
        for name in written.members if written is not None else ():
            if written is None or name == "import" or unit.defs[name].span in uses.definitions:
                continue
            message = f"no rule uses the definition {quote(name)}"
            self.say("definition", written.key_spans[name], message, "use it with $use; or take it out")

    def _imports(self, unit: Unit, node: Node) -> None:
        written = node.members.get("defs")
        if written is None or "import" not in written.members:
            return
        used: set[str] = set()
        waiting = [part for side in (*unit.sides.values(), *unit.streams.values()) for part in within(_body(side))]
        waiting += [part for name in written.members if name in unit.defs for part in within(unit.defs[name])]
        while waiting:
            part = waiting.pop()
            if isinstance(part, Use) and part.name in unit.defs and part.name not in used:
                used.add(part.name)
                waiting += within(unit.defs[part.name])
        for item in written.members["import"].elements:
            given = _given(str(item.scalar), self.provider.files)
            if given and not given & (used - set(written.members)):
                message = f"nothing here uses a definition of {item.scalar}"
                self.say("import", item.span, message, "take the import out")

    def _stream(self, unit: Unit, side: StreamSide, node: Node) -> None:
        every = within(side)
        templates = {part.template for part in every if isinstance(part, Emit) and part.template}
        called = {part.name for part in every if isinstance(part, CallProcedure)}
        for kind, section, used, verb in (
            ("template", "templates", templates, "emit"),
            ("procedure", "procedures", called, "call"),
        ):
            written = node.members.get(section)
            for name in written.members if written is not None else ():
                if written is not None and name not in used:
                    message = f"no step uses the {kind} {quote(name)}"
                    self.say(kind, written.key_spans[name], message, f"use it with `{verb}`; or take it out")
        state = node.members.get("state")
        if state is None:
            return
        read, put = _reads(side), _writes(side)
        read |= {key for rule in unit.defs.values() for key in _state(rule)}
        for name, item in state.members.items():
            if name not in read:
                help = f"read it as $state.{name}; or take it out, and the steps that set it"
                self.say("slot", state.key_spans[name], f"nothing reads the slot {quote(name)}", help)
            elif name not in put and "init" not in item.members:
                help = "a step must `set`, `put` or `add` something; or take it out"
                self.say("slot", state.key_spans[name], f"nothing sets the slot {quote(name)}", help)


def _body(side: object) -> object:
    return side if isinstance(side, StreamSide) else getattr(side, "rule", None)


def _given(name: str, files: Mapping[str, Node]) -> set[str]:
    """The definitions that an import of this file takes over."""
    node = files.get(name.removesuffix(".yaml"))
    defs = node.members.get("defs") if node is not None else None
    if defs is None:
        return set()
    found = set(defs.members) - {"import"}
    for item in defs.members["import"].elements if "import" in defs.members else ():
        found |= _given(str(item.scalar), files)
    return found


def _texts(node: Node) -> Iterator[str]:
    if isinstance(node.scalar, str):
        yield node.scalar
    for part in (*node.members.values(), *node.elements):
        yield from _texts(part)


def _state(node: object) -> set[str]:
    return {key for e in expressions(node) for root, key, _ in members(e.tree) if root == "$state"}


def _reads(node: object) -> set[str]:
    """The slots whose value goes anywhere but back into themselves."""
    if isinstance(node, (Set, Add)):
        return set().union(*(_state(rule) - {name} for name, rule, _ in node.slots))
    if isinstance(node, Put):
        return _state(node.at) | (_state(node.value) - {node.slot})
    if isinstance(node, Expression):
        return _state(node)
    return set().union(*(_reads(part) for part in parts(node)))


def _writes(side: StreamSide) -> set[str]:
    found: set[str] = set()
    for part in within(side):
        if isinstance(part, (Set, Add)):
            found |= {name for name, _, _ in part.slots}
        elif isinstance(part, Put):
            found.add(part.slot)
        elif isinstance(part, Count):
            found |= set(part.counters)
    return found
