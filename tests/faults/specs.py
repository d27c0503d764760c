"""The spec files that faults are put into, with what the kinds of faults ask about them."""

from __future__ import annotations

import json
import random
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from dragoman_codegen.types import INTEGER, OBJECT, Prop, SchemaTypes, Type, obj

from .document import Edit, Item, applied, line_of, parse
from .language import walk_stream, walk_unit
from .members import Members, members_of

__all__ = ["ROOT", "SLUGS", "Fault", "Place", "SpecFile", "Word", "files", "table_values", "typo", "used",
           "whole", "words"]  # fmt: skip

ROOT = Path(__file__).resolve().parents[2]
_DIRECTIONS = ("to_hub", "to_wire")
SLUGS = ["openai", "anthropic"]
"""Whose specs get faults; `python -m tests.faults --provider` names others."""
_WORD = re.compile(
    r"""'(?:[^'\\]|\\.)*'|`[^`]*`|"(?:[^"\\]|\\.)*"|\$(?P<name>[a-z_]\w*)|(?P<word>[A-Za-z_]\w*)|(?P<other>\S)"""
)


@dataclass(frozen=True)
class Place:
    """Where a fault can be made: the edit, and the values whose lines a finding may name."""

    edit: Edit
    at: tuple[Item, ...]
    # A finding may also be put here: offsets in the file as it is then.
    also: tuple[int, ...] = ()


@dataclass(frozen=True)
class Fault:
    kind: str
    slug: str
    name: str
    path: str
    text: str
    lines: frozenset[int]
    shown: str
    touched: tuple[tuple[str, str], ...] = ()  # units and directions whose code may be another

    @property
    def key(self) -> tuple[str, str, str]:
        return (self.kind, self.path, self.text)


@dataclass(frozen=True)
class Word:
    """A name in an expression: where it stands in the file, and what it is."""

    text: str
    start: int
    kind: str  # field, function, key (of a multi-select), name ($name)
    path: tuple[str, ...]  # of a field: with the names before it, as far as they are joined by dots


@dataclass
class SpecFile:
    slug: str
    name: str
    text: str
    root: Item
    known: frozenset[str]  # all names that schemas and specs use: a misspelt name must not be one of them
    both: Members
    of_hub: Members
    of_wire: Members
    hub: Type | None = None
    wire: Type | None = None
    hub_types: SchemaTypes | None = None
    wire_types: SchemaTypes | None = None

    @property
    def path(self) -> str:
        return f"specs/{self.name}.yaml" if self.is_shared else f"specs/providers/{self.slug}/{self.name}.yaml"

    @property
    def is_shared(self) -> bool:
        """Definitions of the hub, which several providers take in; `slug` is one of them."""
        return self.name.startswith("hub/")

    @property
    def is_stream(self) -> bool:
        return self.name == "stream"

    @property
    def is_unit(self) -> bool:
        return self.name != "provider"

    def items(self, *roles: str) -> Iterator[Item]:
        return (item for item in self.root.below() if not roles or item.role in roles)

    def made(self, kind: str, place: Place) -> Fault:
        edit = place.edit
        text = applied(self.text, edit)
        shift = len(edit.text) - (edit.end - edit.start)
        places = [p for item in place.at for p in (item.key_start, item.start)]
        moved = [p if p <= edit.start else p + shift if p >= edit.end else edit.start for p in places]
        # A line that is removed leaves its place to what follows, which is not at fault; a new one begins with its end.
        gone = edit.text == "" and self.text[edit.start - 1 : edit.start] == "\n"
        own = [] if gone or place.also else [edit.start + edit.text.startswith("\n")]
        lines = frozenset(line_of(text, p) for p in (*moved, *place.also, *own))
        return Fault(kind, self.slug, self.name, self.path, text, lines, self.shown(edit), touched(self, edit))

    def shown(self, edit: Edit) -> str:
        """The edit as the lines before and after."""
        first = self.text.rfind("\n", 0, edit.start) + 1
        last = self.text.find("\n", edit.end)
        last = len(self.text) if last < 0 else last
        old = self.text[first:last]
        new = applied(old, Edit(edit.start - first, edit.end - first, edit.text))
        before, after = old.split("\n"), new.split("\n")
        while before and after and before[-1] == after[-1]:
            before, after = before[:-1], after[:-1]
        while before and after and before[0] == after[0]:
            before, after = before[1:], after[1:]
        return "\n".join([*(f"- {line}" for line in before), *(f"+ {line}" for line in after)])


def whole() -> list[str]:
    """The providers that have a schema of their own: what deltas say is said of their parents' rules."""
    return sorted({path.parts[-3] for path in (ROOT / "specs" / "providers").glob("*/schema/*.json")})


@cache
def files() -> tuple[SpecFile, ...]:
    """All spec files of the providers, and what they take in of the hub's."""
    found = []
    shared: set[str] = set()
    hub = _schema(ROOT / "specs" / "hub")
    for slug in SLUGS:
        folder = ROOT / "specs" / "providers" / slug
        wire = _schema(folder)
        texts = {path.stem: path.read_text(encoding="utf-8") for path in sorted(folder.glob("*.yaml"))}
        taken = {name for text in texts.values() for name in re.findall(r"\bhub/\w+(?=\.yaml)", text)} - shared
        texts |= {name: (ROOT / "specs" / f"{name}.yaml").read_text(encoding="utf-8") for name in sorted(taken)}
        shared |= taken
        trees = {name: parse(text) for name, text in texts.items()}
        both = members_of(hub, wire)
        known = set(both.kinds)
        for tree in trees.values():
            for item in tree.below():
                known |= set(item.members)
                known |= set(re.findall(r"[A-Za-z_]\w*", item.scalar or ""))
        types = SchemaTypes(hub), SchemaTypes(wire)
        for name, text in texts.items():
            spec = SpecFile(slug, name, text, trees[name], frozenset(known), both, members_of(hub), members_of(wire))
            spec.hub_types, spec.wire_types = types
            found.append(spec)
            if name != "provider":
                _walk(spec, trees)
    return tuple(found)


def _walk(spec: SpecFile, trees: dict[str, Item]) -> None:
    members, hub, wire = spec.root.members, spec.hub_types, spec.wire_types
    assert hub is not None and wire is not None
    if spec.is_shared:
        walk_unit(spec.root, {})
        return
    if "after" in members:  # what another unit makes stands in the place of the hub's
        before = trees[str(members["after"].scalar)].members["wire"]
        spec.hub, spec.of_hub = wire.type(f"#/$defs/{before.scalar}"), spec.of_wire
    else:
        spec.hub = hub.type(f"#/$defs/{members['hub'].scalar}")
    spec.wire = wire.type(f"#/$defs/{members['wire'].scalar}")
    made: dict[str, Type | None] = {"to_wire": spec.wire, "to_hub": spec.hub}
    if spec.name == "errors":
        made = {"to_wire": _failure(spec.wire), "to_hub": _failure(spec.hub)}
    (walk_stream if spec.is_stream else walk_unit)(spec.root, made)


def _failure(body: Type) -> Type:
    return obj({"status": INTEGER, "body": body, "headers": Prop(OBJECT, required=False)})


def _schema(folder: Path) -> dict[str, Any]:
    path = next(iter(sorted((folder / "schema").glob("*.json"))))
    loaded: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return loaded


def touched(spec: SpecFile, edit: Edit) -> tuple[tuple[str, str], ...]:
    """The directions of units that are made of what is edited, those of the file itself first."""
    top = _around(spec.root, edit)
    units = [one for one in files() if one.slug == spec.slug and one.is_unit and not one.is_shared]
    units.sort(key=lambda one: one is not spec)
    own = units if spec.is_shared else [spec]
    if not spec.is_unit:
        table = _around(top, edit) if top is not None and top.key == "tables" else None
        used = [(one.name, item.side) for one in units for item in one.items("name")
                if table is not None and item.use == "table" and item.scalar == table.key]  # fmt: skip
        used += [(one.name, None) for one in units if table is not None and f"table: {table.key}" in _whole(one)]
        return tuple((unit, side) for unit, said in dict.fromkeys(used) for side in ([said] if said else _DIRECTIONS))
    if top is None or top.key in _DIRECTIONS:
        return tuple((spec.name, side) for side in _DIRECTIONS if top is None or side == top.key)
    rule = _around(top, edit) if top.key == "defs" else None
    if rule is None or rule.key == "import":
        return tuple((one.name, side) for one in own for side in _DIRECTIONS)
    reached = [(one.name, side) for one in units for side in _DIRECTIONS if rule in _reached(one, side)]
    return tuple(reached) or tuple((one.name, side) for one in own for side in _DIRECTIONS)


def used(spec: SpecFile, edit: Edit) -> bool:
    """Is what is edited used by the provider? Not each definition of the hub is."""
    top = _around(spec.root, edit) if spec.is_shared else None
    rule = _around(top, edit) if top is not None else None
    return rule is None or bool(_ways(spec, rule))


def _whole(spec: SpecFile) -> str:
    """The text of a unit, with what it takes in of the hub's."""
    return "".join(one.text for one in files() if one is spec or (one.is_shared and f"{one.name}.yaml" in spec.text))


def _around(item: Item, edit: Edit) -> Item | None:
    return next((part for part in item.members.values() if part.key_start <= edit.start <= part.end), None)


def _reached(spec: SpecFile, side: str) -> list[Item]:
    """The definitions that a direction uses, imported ones included."""
    known = _definitions(spec)
    found: list[Item] = []
    waiting = [spec.root.members[side]] if side in spec.root.members else []  # some units go one way only
    while waiting:
        for item in waiting.pop().below():
            rule = known.get(str(item.scalar)) if item.use == "definition" else None
            if rule is not None and rule not in found:
                found.append(rule)
                waiting.append(rule)
    return found


def _ways(spec: SpecFile, item: Item) -> tuple[str, ...]:
    """The directions in which a provider uses a definition of the hub."""
    rule = next(at for at in item.up() if at.holder is not None and at.holder.key == "defs")
    units = [one for one in files() if one.slug == spec.slug and one.is_unit]
    return tuple(side for side in _DIRECTIONS if any(rule in _reached(one, side) for one in units))


def _definitions(spec: SpecFile) -> dict[str, Item]:
    own = dict(spec.root.members["defs"].members) if "defs" in spec.root.members else {}
    found: dict[str, Item] = {}
    for item in own.pop("import").elements if "import" in own else ():
        for other in files():
            if (other.slug, f"{other.name}.yaml") == (spec.slug, item.scalar):
                found |= _definitions(other)
    return found | own


def table_values(slug: str, table: str) -> dict[str, set[Any]]:
    """What the schemas have for the two sides of a table, as far as they name all values; by its uses."""
    found: dict[str, set[Any]] = {"hub": set(), "wire": set()}

    def note(side: str, values: Iterable[Any] | None) -> None:
        found[side] |= set(values or ())

    for spec in files():
        if spec.slug != slug or not spec.is_unit:
            continue
        for hub, part in spec.root.members["both"].members.items() if "both" in spec.root.members else ():
            if "table" in part.members and part.members["table"].scalar == table:
                note("hub", spec.of_hub.constants.get(hub.split(".")[-1]))
                note("wire", spec.of_wire.constants.get(str(part.members["wire"].scalar).split(".")[-1]))
        for item in spec.items("name"):
            if (item.use, item.scalar) != ("table", table) or item.holder is None:
                continue
            of, target = str(item.holder.members["$of"].scalar).split(".")[-1], item.holder.target
            made = target.literals if target is not None else None
            sides = _ways(spec, item) if spec.is_shared else (item.side,)
            if "to_wire" in sides:
                note("hub", spec.of_hub.constants.get(of))
                note("wire", made)
            elif "to_hub" in sides:
                note("wire", spec.of_wire.constants.get(of))
                note("hub", made)
    return found


def words(item: Item) -> list[Word]:
    """The names in an expression."""
    raw, base = item.raw, item.start
    found: list[Word] = []
    skip = 1 if raw[:1] in "'\"" else 0
    tokens = list(_WORD.finditer(raw, skip, len(raw) - skip))
    path: tuple[str, ...] = ()
    for i, token in enumerate(tokens):
        before = tokens[i - 1].group() if i else ""
        after = raw[token.end() :].lstrip()[:1]
        if token["name"]:
            path = (token.group(),)
            found.append(Word(token["name"], base + token.start() + 1, "name", path))
        elif token["word"]:
            if before == ".":
                path = (*path, token.group())
                kind = "field"
            else:
                path = (token.group(),)
                kind = "function" if after == "(" else "key" if after == ":" else "field"
            found.append(Word(token.group(), base + token.start(), kind, path))
        elif token.group() not in (".", "[", "]", "*") and not token.group().isdigit():
            path = ()
    return found


def typo(name: str, known: frozenset[str], chance: random.Random) -> str:
    """The name as a hurried author might write it: letters swapped, doubled or left out, an s more or less."""
    tries = []
    for i in range(len(name)):
        tries.append(name[:i] + name[i + 1 :])
        tries.append(name[:i] + name[i] + name[i:])
        tries.append(name[:i] + name[i + 1 : i + 2] + name[i] + name[i + 2 :])
    tries.append(name[:-1] if name.endswith("s") else name + "s")
    tries += [name.replace("_", ""), name + "_id"]
    good = [one for one in dict.fromkeys(tries) if one not in known and one != name and len(one) > 1]
    good = [one for one in good if re.match(r"[A-Za-z_]", one)]
    return chance.choice(good or [name + "_x"])
