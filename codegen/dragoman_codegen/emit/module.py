"""One generated module: its constants, its functions, and the text that comes of them."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, TypeVar

from dragoman_codegen.diagnostics import Diagnostics, Span, nearest
from dragoman_codegen.emit.holes import Fillings
from dragoman_codegen.emit.layout import laid_out, said_once
from dragoman_codegen.emit.recorder import Recorder
from dragoman_codegen.jmes import CodeBlock, Unit, Value
from dragoman_codegen.jmes.python import literal_code, quote
from dragoman_codegen.rules import First, Literal, Match, Rule, Use, walk
from dragoman_codegen.spec import Entry, Provider, Table
from dragoman_codegen.types import ANY, NEVER, ObjectType, Type, join, of_kinds

__all__ = ["HEADERS", "Definition", "Module"]

T = TypeVar("T")
HEADERS = Type({"object"}, objects=(ObjectType("headers", {}, open=True, values=of_kinds("string")),))


@dataclass
class Definition:
    """A definition of the spec in one direction, outlined as a function; `owned` if it accounts for its item."""

    name: str
    direction: str
    function: str
    owned: bool
    item: Type = NEVER
    frees: dict[str, Type] = field(default_factory=dict)
    result: Type = NEVER
    sure: bool = True
    """Its result is for certain what its type says."""
    checked: bool = True
    """Whoever calls it has looked whether the item is what its type says."""
    unsure: set[str] = field(default_factory=set)
    """Those of its free names that may be given something else than their type says."""
    often: bool = False
    """It is used within a loop."""
    uses: list[tuple[Value, dict[str, Value]]] = field(default_factory=list)
    """What it is used on in this pass; what it was used on in the pass before is what the rest tells."""
    known: bool = False
    """There was a pass before."""

    @property
    def key(self) -> tuple[str, str, bool]:
        return self.name, self.direction, self.owned

    def learn(self, item: Value, frees: dict[str, Value]) -> None:
        self.item = join(self.item, item.type)
        self.checked = self.checked and item.trusted and item.type != ANY
        for name, value in frees.items():
            self.frees[name] = join(self.frees.get(name, NEVER), value.type)
            if not value.trusted:
                self.unsure.add(name)


Uses = list[tuple[Definition, Value, dict[str, Value], bool, object]]
"""Uses of definitions: on what, with what, if in a loop, and what was known of the result."""


@dataclass(frozen=True)
class Tried:
    """What was found out of a rule by trying it: the type of what it makes, where it sees this."""

    rule: Rule
    env: object
    uses: Uses
    type: Type


def _copied(value: Any) -> Any:
    """A copy of a collection, of lists and sets in it too."""
    if not isinstance(value, dict):
        return value.copy()
    return {k: v.copy() if isinstance(v, (list, set)) else v for k, v in value.items()}


class Module:
    """Collects what is emitted for one unit of one provider."""

    def __init__(self, provider: Provider, unit: str, path: str, diagnostics: Diagnostics) -> None:
        self.provider = provider
        self.unit_name = unit
        self.path = path
        self.diagnostics = diagnostics
        self.given: dict[tuple[str, str, str], list[Span]] = {}
        """For holes of templates: where nothing, or perhaps nothing, is put into them."""
        self.filled_holes: set[tuple[str, str, str]] = set()
        self.fillings: dict[tuple[str, str], Fillings] = {}
        """For templates: where they are emitted, and what is given there that they have no hole for."""
        self.made_by: dict[Span, Rule] = {}
        """For fields of objects that rules make: the rule."""
        self.branches: dict[Span, list[Type]] = {}
        """For rules that make values in statements of their own, as branches do: what they make."""
        self.misfits = Diagnostics()
        """What does not fit the target, told only where nothing else is wrong: it might come of that."""
        self.results: list[tuple[Type, Type, Span, Mapping[Span, Sequence[Span]]]] = []
        """What is made, the target, where, and who is to blame where nothing is given."""
        self.unit = Unit()
        self.filtering: set[Span] = set()
        """Rules of loops whose `$where` leaves elements out of which no `$else` says anything."""
        self.recorder = Recorder()
        self.constants: dict[str, str] = {}
        self.functions: list[str] = []
        self.definitions: dict[tuple[str, str, bool], Definition] = {}
        self._by_content: dict[str, str] = {}
        self.used_tables: set[str] = set()
        self.asked: dict[tuple[str, str], list[Type]] = {}
        """Tables, with the types of what is looked up in them."""
        self.slots: dict[tuple[str, str], tuple[Type, bool]] = {}
        """For slots of streams: the type of what the pass before put in (into a map: its entries), if it is sure."""
        self.put: dict[tuple[str, str], list[Value]] = {}
        """What this pass puts in."""
        self.lists: dict[Span, dict[str, Value]] = {}
        """For `$gather`: its lists, as far as the pass before knew what is put in."""
        self.gathered: dict[Span, dict[str, Value]] = {}
        """The same as this pass finds it."""
        self.sets: set[tuple[Span, str]] = set()
        """Those of them that are sets of texts."""
        self.askable: set[tuple[Span, str]] = set()
        """Those of them that this pass finds to be only asked for texts."""
        self.holes: dict[tuple[str, str], dict[str, Type]] = {}
        """Of templates, and of procedures (`name()`): what is put into them."""
        self.procedures: dict[tuple[str, str], Type] = {}
        """Those that are called, with the type of the event at the first call."""
        self.uses: Uses = []
        """All uses of definitions, in order."""
        self.earlier: dict[object, object] = {}
        """The pieces of the pass before, to be taken again where nothing has changed."""
        self.pieces: dict[object, object] = {}
        self.typed = False
        """Signatures name the types of bodies."""
        self.trying = False
        """What is emitted is thrown away: its type alone is wanted."""
        self.tried: dict[int, list[Tried]] = {}
        """By the identity of the rule; kept from pass to pass as long as the same is known of lists."""
        self.silent = False
        """What is found in expressions is not asked for, as in passes that only find out types."""

    # ------------------------------------------------------------------ what an earlier pass found out
    def seed(self, earlier: Module, *, believed: bool = False) -> None:
        """Start from the types that an earlier emission of the same unit found; `believed`: and look at each value."""
        for key, found in earlier.definitions.items():
            if found.uses:
                self.definitions[key] = again = Definition(
                    found.name, found.direction, self.unit.fresh(found.function), found.owned, result=found.result,
                    sure=found.sure and not believed, often=found.often, known=True,
                )  # fmt: skip
                for use in found.uses:
                    again.learn(*use)
                if believed:
                    again.checked, again.unsure = False, set(again.frees)
        self.lists = {} if believed else earlier.gathered
        self.sets = set() if believed else earlier.askable
        if (self.lists, self.sets) == (earlier.lists, earlier.sets):
            self.tried = earlier.tried
        self.slots = {key: (t, sure and not believed) for key, (t, sure) in earlier.filled().items()}

    def results_are(self, uses: Uses) -> bool:
        """Are the results of definitions what they were when these were used?"""
        for definition, _, _, _, result in uses:
            now = self.definitions.get(definition.key)
            if ((NEVER, True) if now is None else (now.result, now.sure)) != result:
                return False
        return True

    def once(self, what: object, of: object, make: Callable[[], T]) -> T:
        """What is worked out of a part of the unit, for all passes. The part is kept with it: its identity is taken."""
        known = self.provider.units[self.unit_name].found
        key = (what, id(of))
        if key not in known:
            known[key] = (of, make())
        found: T = known[key][1]
        return found

    def filled(self) -> dict[tuple[str, str], tuple[Type, bool]]:
        """Slots with the type of what this pass puts in, and whether it is sure."""
        return {key: (join(*(v.type for v in put)), all(v.trusted for v in put)) for key, put in self.put.items()}

    def agree(self, before: Module) -> None:
        """Believe of each slot what the pass before was sure of; the next pass shows whether it holds."""
        was, now = before.filled(), self.filled()
        self.put |= {key: before.put[key] for key in was.keys() & now.keys() if was[key][1] and not now[key][1]}

    def knows(self) -> object:
        definitions = {}
        for key, d in self.definitions.items():
            told = Definition(d.name, d.direction, d.function, d.owned)
            for use in d.uses:
                told.learn(*use)
            definitions[key] = (told.item, told.frees, told.checked, told.unsure, d.result, d.sure, d.often)
        lists = {
            span: {name: (value.type, value.elements_trusted) for name, value in found.items()}
            for span, found in self.gathered.items()
        }
        return definitions, self.filled(), self.holes, lists, self.askable

    @contextmanager
    def trial(self) -> Iterator[None]:
        """What is emitted inside leaves no trace."""
        kept = {name: value for name, value in vars(self).items() if isinstance(value, (dict, list, set))}
        own = {name: _copied(value) for name, value in kept.items() if name != "tried"}
        unit = {name: _copied(value) for name, value in vars(self.unit).items()}
        used = {key: len(definition.uses) for key, definition in self.definitions.items()}
        diagnostics, self.diagnostics = self.diagnostics, Diagnostics()
        recorder, self.recorder = self.recorder, Recorder()
        trying, self.trying = self.trying, True
        silent, self.silent = self.silent, True
        try:
            yield
        finally:
            self.diagnostics, self.recorder, self.trying, self.silent = diagnostics, recorder, trying, silent
            vars(self).update(own)
            vars(self.unit).update(unit)
            for key, definition in self.definitions.items():
                del definition.uses[used[key] :]

    # ------------------------------------------------------------------ names from the runtime
    def kit(self, name: str, module: str = "dragoman.kit") -> str:
        return self.unit.use(name, module)

    def where(self, span: Span) -> str:
        """`request.yaml:12`, for comments; `acme/request.yaml:12` of what another folder lends.

        A delta says it as the provider does that it goes back to, so that what is the same has the same text (see
        `sharing`, which gives what a delta keeps its own names).
        """
        name, whose = span.path.rpartition("/")[2], self._lender(span)
        return f"{whose}/{name}:{span.line}" if whose else f"{name}:{span.line}"

    def _lender(self, span: Span) -> str:
        """The folder that this place is in, if it is another one than that of the provider, or of its origin."""
        whose = span.path.rpartition("/")[0].rpartition("/")[2]
        return "" if whose == self.provider.origin else whose

    # ------------------------------------------------------------------ constants
    def constant(self, hint: str, code: str) -> str:
        """A module constant with this value; equal values share one."""
        if code in self._by_content:
            return self._by_content[code]
        name = self.unit.fresh(hint)
        self._by_content[code] = name
        self.constants[name] = code
        return name

    def rule(self, action: str, severity: str, reason: str, span: Span) -> str:
        self.kit("Rule")
        code = f"Rule({quote(action)}, {quote(severity)}, {quote(reason)}, {quote(f'{span.path}:{span.line}')})"
        whose = re.sub(r"\W", "_", self._lender(span)).upper()  # two files may have a line of this number
        return self.constant(f"{whose}_L{span.line}" if whose else f"L{span.line}", code)

    def names(self, hint: str, names: set[str]) -> str:
        shown = "{" + ", ".join(map(quote, sorted(names))) + "}" if names else ""
        return self.constant(hint, f"frozenset({shown})" if names else "frozenset[str]()")

    def kinds(self, hint: str, kinds: dict[str, set[str]]) -> str:
        shown = (f"{quote(kind)}: {self.names(f'{hint}_{kind.upper()}', names)}" for kind, names in kinds.items())
        return self.constant(hint, "{" + ", ".join(shown) + "}")

    def mapping(self, hint: str, entries: dict[str, str]) -> str:
        return self.constant(
            hint if entries else "_NO_DROPS", "{" + ", ".join(f"{quote(k)}: {v}" for k, v in entries.items()) + "}"
        )

    def written(self, field: Span, value: str, names: Collection[str]) -> Span | None:
        """Where a constant of a field, shown as Python shows it, is written: in its rule, else in a table.

        `names`: the values that could stand there.
        """
        waiting: list[object] = [self.made_by.get(field)]
        seen: set[str] = set()
        defs = self.provider.units[self.unit_name].defs
        while waiting:
            for node in walk(waiting.pop()):
                if isinstance(node, Literal) and repr(node.value) == value:
                    return node.span
                if isinstance(node, Use) and node.name in defs and node.name not in seen:
                    seen.add(node.name)
                    waiting.append(defs[node.name])
        # Of the ways to look something up those first that make values of the kind that is wanted here.
        tables = [(table, way) for table in self.provider.tables.values() for way in ("to_wire", "to_hub")]
        rows = [[*table.entries(way).values(), *filter(None, [table.unknown.get(way)])] for table, way in tables]
        rows.sort(key=lambda entries: -sum(str(entry.value) in names for entry in entries))
        return next((entry.span for entries in rows for entry in entries if repr(entry.value) == value), None)

    def text_for(self, field: Span) -> Literal | None:
        """A text written with `=` that the rule of a field gives, by itself or in one of its branches."""
        waiting: list[Rule | None] = [self.made_by.get(field)]
        seen: set[str] = set()
        defs = self.provider.units[self.unit_name].defs
        while waiting:
            rule = waiting.pop()
            match rule:
                case Literal(value=str()):
                    return rule
                case First(arms=arms):
                    waiting += reversed(arms)
                case Match(cases=cases, absent=absent, otherwise=otherwise):
                    waiting += [otherwise, absent, *(case for _, case in reversed(cases))]
                case Use(name=name) if name in defs and name not in seen:
                    seen.add(name)
                    waiting.append(defs[name])
            waiting += [rule.mods.otherwise, rule.mods.default] if rule is not None else []
        return None

    def table(self, table: Table, direction: str, strict: bool) -> str:
        """The `kit.Table` of one direction of a table."""
        self.used_tables.add(table.name)
        self.kit("Table", "dragoman.kit.table")
        entries = table.entries(direction)
        values = {key: literal_code(entry.value) for key, entry in entries.items() if entry.value is not None}
        dropped = {key: entry for key, entry in entries.items() if entry.value is None}
        notes = {
            key: self._note(entry, "substituted")
            for key, entry in entries.items()
            if entry.note and entry.value is not None
        }
        for key, entry in dropped.items():
            values[key] = "None"
            notes[key] = self._note(entry, "dropped")
        unknown: Entry | None = table.unknown.get(direction)
        severity, reason = unknown.note if unknown and unknown.note else ("contract", f"not in table {table.name}")
        action = "substituted" if unknown and unknown.value is not None else "dropped"
        rule = self.rule(action, severity, reason, unknown.span if unknown else table.span)
        shown = "{" + ", ".join(f"{quote(k)}: {v}" for k, v in values.items()) + "}"
        parts = [shown]
        if notes:
            parts.append("{" + ", ".join(f"{quote(k)}: {v}" for k, v in notes.items()) + "}")
        parts.append(f"rule={rule}")
        if unknown and unknown.value is not None:
            parts.append(f"unknown={literal_code(unknown.value)}")
        if strict and unknown is None:
            parts.append("strict=True")
        return self.constant(f"{table.name.upper()}", f"Table({', '.join(parts)})")

    def _note(self, entry: Entry, action: str) -> str:
        severity, reason = entry.note or ("contract", "no counterpart")
        return self.rule(action, severity, reason, entry.span)

    # ------------------------------------------------------------------ definitions
    def definition(self, name: str, direction: str, owned: bool, span: Span) -> Definition | None:
        if name not in self.provider.units[self.unit_name].defs:
            near = nearest(name, list(self.provider.units[self.unit_name].defs))
            self.diagnostics.error(
                "DG430", span, f"there is no definition {quote(name)}", near and f"did you mean {quote(near)}?"
            )
            return None
        key = (name, direction, owned)
        found = self.definitions.get(key)
        if found is None:
            found = Definition(name, direction, self.unit.fresh(f"_{name}"), owned)
            self.definitions[key] = found
        return found

    def use_definition(
        self, definition: Definition, item: Value, frees: dict[str, Value], *, often: bool = False
    ) -> None:
        self.uses.append((definition, item, frees, often, (definition.result, definition.sure)))
        definition.uses.append((item, frees))
        if not definition.known:
            definition.learn(item, frees)
        definition.often = definition.often or often

    def rule_of(self, definition: Definition) -> Rule:
        return self.provider.units[self.unit_name].defs[definition.name]

    # ------------------------------------------------------------------ text
    def block(self, *taken: str) -> CodeBlock:
        code = CodeBlock(self.unit, level=1)
        code.reserve(*taken)
        return code

    def body(self) -> str:
        """Imports, constants and functions; formatting and the header are the project's business."""
        lines = ["from __future__ import annotations", "", "from typing import Any", "", *self.unit.import_lines(), ""]
        if self.typed:
            lines += [
                "from typing import TYPE_CHECKING",
                "if TYPE_CHECKING:",
                "    from dragoman_providers import hub",
                f"    from {self.provider.package}.{self.provider.module} import wire",
                "",
            ]
        public = re.findall(r"^(?:def|class) ([A-Za-z]\w*)", "\n".join(self.functions), re.MULTILINE)
        lines += [f"__all__ = [{', '.join(map(quote, sorted(public)))}]", ""]
        functions = said_once([*self.functions, *self.unit.functions])
        return "\n".join(lines) + "\n\n\n" + "\n\n".join(laid_out(self.constants, functions))
