"""What the values of a spec file are: expressions, constants, names, accounts; and what they are made for.

The walk follows `specs/language/README.md`. `Item.role` says what a value is:

- `expression`; `use` says where: `value` (a rule), or the key that it stands under (`$when`, `$of`, `each`, ...)
- `constant` (`=text`) and `literal` (numbers, true, false, null) in the place of a rule; `make` for a built object
- `name`: of a `table`, `definition`, `dialect`, `template`, `procedure`, `file` or `schema`, as `use` says
- `entry` of an account, `case` of a branch, `arm` of a `$first`: these keep what they are in `use`

`Item.target` is the type that the target's schema has for the value, where the walk knows it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from dragoman_codegen.types import Type, field, join, narrow, without_null

from .document import Item

__all__ = ["ACCOUNTS", "HEADS", "walk_stream", "walk_unit"]

HEADS = ("$get", "$make", "$each", "$gather", "$concat", "$merge", "$order", "$index", "$use", "$table", "$lower",
         "$same", "$match", "$first")  # fmt: skip
ACCOUNTS = ("ignore", "drop", "reject")
_PLAIN_NAME = re.compile(r"\$([a-z_]+)\Z")
_EXPRESSIONS = ("$get", "$each", "$gather", "$order", "$index", "$value", "$of", "$lower", "$same", "$match", "$when",
                "$where")  # fmt: skip


class _Walk:
    """`made`: the type of what each direction makes."""

    def __init__(self, root: Item, made: dict[str, Type | None]) -> None:
        self.root = root
        self.made = made
        self.defs = root.members["defs"].members if "defs" in root.members else {}
        self.done: dict[str, Type | None] = {}
        self.side = ""

    def directions(self) -> Iterable[tuple[str, Item]]:
        return [(name, self.root.members[name]) for name in ("to_wire", "to_hub") if name in self.root.members]

    def rest(self) -> None:
        """What no direction was seen to use by way of a typed place, and what stands beside the directions."""
        for name, rule in self.defs.items():
            self.side = self.side_of(name)
            if name == "import":
                for item in rule.elements:
                    item.role, item.use = "name", "file"
            elif name not in self.done:
                self.rule(rule, None)
        for key, use in (("hub", "schema"), ("wire", "schema"), ("after", "file")):
            if key in self.root.members:
                self.root.members[key].role, self.root.members[key].use = "name", use
        for key in ("context", "client_context"):
            for item in self.root.members[key].members.values() if key in self.root.members else ():
                self.expression(item, "context")
        for item in self.root.below():
            if not item.side:
                item.side = next((i.side for i in item.up() if i.side), "")

    def side_of(self, name: str) -> str:
        return "to_hub" if name.startswith("hub_") else ""

    # ------------------------------------------------------------------ rules
    def rule(self, item: Item, target: Type | None) -> None:
        item.side = self.side
        if target is not None or item.target is None:
            item.target = target
        if item.is_list:
            for part in item.elements:
                self.rule(part, _items(target))
        elif item.is_map:
            self.mapping(item, item.members, target)
        elif item.scalar is None:
            item.role = "literal"
        elif item.scalar.startswith("="):
            item.role = "constant"
        else:
            self.expression(item, "value")
            self.through(item, target)

    def through(self, item: Item, target: Type | None) -> None:
        """A name alone in a typed place: what is bound to it is made for that place."""
        found = _PLAIN_NAME.match(item.scalar or "")
        if found is None or target is None:
            return
        sides = [side for _, side in self.directions()]
        for holder in (*item.up(), *sides):
            bound = holder.members.get("$let")
            if bound is not None and found[1] in bound.members:
                rule = bound.members[found[1]]
                if rule.target is None:
                    self.rule(rule, target)
                return

    def expression(self, item: Item, use: str) -> None:
        if item.scalar is not None:
            item.role, item.use, item.side = "expression", use, item.side or self.side

    def mapping(self, item: Item, members: dict[str, Item], target: Type | None) -> None:
        heads = [key for key in HEADS if key in members]
        loop = next((key for key in ("$each", "$gather") if key in heads), None)
        for key, part in members.items():
            if key in _EXPRESSIONS:
                self.expression(part, key)
        for part in members["$copy"].elements if "$copy" in members else ():
            self.expression(part, "$copy")
        if "$let" in members:
            for part in members["$let"].members.values():
                self.rule(part, None)
        for key in ("$use", "$table", "$dialect"):
            if key in members:
                members[key].role = "name"
                members[key].use = {"$use": "definition", "$table": "table", "$dialect": "dialect"}[key]
        self.modifiers(members, target)
        inner = target
        if loop == "$gather":
            inner = None
        elif loop == "$each":
            inner = target if "$flat" in members else _items(target)
        fields = {key: part for key, part in members.items() if not key.startswith("$")}
        if fields or "$copy" in members:
            item.role = "make"
            self.fields(fields, inner)
        for key in ("$make", "$absent", "$else", "$default"):
            if key in members:
                self.rule(members[key], inner if key != "$default" else target)
        for part in members["$cases"].members.values() if "$cases" in members else ():
            self.rule(part, inner)
        for part in members["$first"].elements if "$first" in members else ():
            self.rule(part, inner)
            part.use = part.use or "arm"
        if "$concat" in members and "$merge" not in members:
            for part in members["$concat"].elements:
                self.rule(part, inner)
        if "$merge" in members:
            self.rule(members["$merge"], inner)
        for part in members["$lists"].members.values() if "$lists" in members else ():
            self.rule(part, inner)
        if "$use" in members:
            self.used(str(members["$use"].scalar), inner)
        if "$same" in members and "$fields" in members:
            for path, part in members["$fields"].members.items():
                self.rule(part, _at(inner, path))
                part.use = part.use or "replaced"
        if "$get" in members:
            members["$get"].target = inner
            self.through(members["$get"], inner)

    def fields(self, fields: dict[str, Item], target: Type | None) -> None:
        """The entries of a built object; its constants tell which alternative of the target is meant."""
        for key, part in fields.items():
            said = part.scalar[1:] if part.scalar and part.scalar.startswith("=") else None
            if target is not None and said is not None:
                fitting = narrow(without_null(target), key, frozenset({said}))
                target = fitting if fitting.objects else target
        for key, part in fields.items():
            inner = _member(target, key)
            self.rule(part, inner)

    def used(self, name: str, target: Type | None) -> None:
        if name in self.defs and self.done.get(name) is None:
            known = name in self.done
            self.done[name] = target
            if target is not None or not known:
                self.rule(self.defs[name], target)

    def modifiers(self, members: dict[str, Item], target: Type | None) -> None:
        for part in members["$clamp"].members.values() if "$clamp" in members else ():
            self.rule(part, None)
        notes = members.get("$note")
        for note in [] if notes is None else notes.elements or [notes]:
            note.role = "note"
            for key in ("when", "of"):
                if key in note.members:
                    self.expression(note.members[key], f"note {key}")
        for verb in ACCOUNTS:
            if f"${verb}" in members:
                self.account(members[f"${verb}"], verb)

    def account(self, item: Item, verb: str) -> None:
        """Entries by path; in the place of a rule, a severity stands where a path would."""
        if not item.is_map or (verb == "drop" and set(item.members) <= {"cosmetic", "tuning", "contract"}):
            item.role, item.use = "verdict", verb
            return
        for part in item.members.values():
            part.role, part.use, part.side = "entry", verb, self.side
            if "when" in part.members:
                self.expression(part.members["when"], "account when")


def walk_unit(root: Item, made: dict[str, Type | None]) -> None:
    """A request, a response or the errors."""
    walk = _Walk(root, made)
    for name, rule in walk.directions():
        walk.side = name
        walk.rule(rule, made[name])
    walk.rest()


class _StreamWalk(_Walk):
    def stream(self) -> None:
        for name, side in self.directions():
            self.side = side.side = name
            self.holes: dict[str, dict[str, Type | None]] = {}
            if "on" in side.members:
                self.expression(side.members["on"], "on")
            for slot in side.members["state"].members.values() if "state" in side.members else ():
                slot.role = "slot"
                if "init" in slot.members:
                    self.rule(slot.members["init"], None)
            for key, rule in (side.members["every"].members if "every" in side.members else {}).items():
                self.rule(rule, _member(self.made[name], key))
            for verb in ACCOUNTS:
                if verb in side.members:
                    self.account(side.members[verb], verb)
            for key, rule in (side.members["templates"].members if "templates" in side.members else {}).items():
                self.rule(rule, self.made[name])
                self.holes[key] = {i.scalar[1:]: i.target for i in rule.below() if i.scalar and i.scalar[0] == "$"}
            for key in ("procedures", "events"):
                for block in side.members[key].members.values() if key in side.members else ():
                    block.role = key[:-1]
                    self.block(block)
            for key in ("unknown", "end"):
                if key in side.members:
                    self.block(side.members[key])

    def block(self, item: Item | None) -> None:
        if item is None:
            return
        for verb in ACCOUNTS:
            if item.is_map and verb in item.members:
                self.account(item.members[verb], verb)
        for step in item.elements or (item.members["do"].elements if "do" in item.members else ()):
            step.role, step.side = "step", self.side
            self.step(step, step.members)

    def step(self, item: Item, members: dict[str, Item]) -> None:
        for key in ("when", "match", "each", "of"):
            if key in members:
                self.expression(members[key], key)
        for key in ("set", "add", "let"):
            for part in members[key].members.values() if key in members else ():
                self.rule(part, None)
        for part in members["put"].members.values() if "put" in members else ():
            self.expression(part.members["at"], "at")
            self.rule(part.members["value"], None)
        if "emit" in members:
            self.emit(members["emit"], members.get("with"))
        if "fail" in members:
            self.rule(members["fail"], None)
        if "call" in members:
            members["call"].role, members["call"].use = "name", "procedure"
            for part in members["with"].members.values() if "with" in members else ():
                self.rule(part, None)
        if "drop" in members and "each" not in members:
            members["drop"].role, members["drop"].use = "verdict", "drop"
        for verb in ACCOUNTS if "each" in members else ():
            if verb in members:
                self.account(members[verb], verb)
        for key in ("do", "else"):
            self.block(members.get(key))
        for part in members["cases"].members.values() if "cases" in members else ():
            self.block(part)

    def emit(self, item: Item, given: Item | None) -> None:
        if item.scalar is not None:
            item.role, item.use = "name", "template"
        else:
            self.rule(item, self.made[self.side])
        for hole, part in given.members.items() if given is not None else ():
            self.rule(part, self.holes.get(item.scalar or "", {}).get(hole))
            part.use = part.use or "hole"


def walk_stream(root: Item, made: dict[str, Type | None]) -> None:
    walk = _StreamWalk(root, made)
    walk.stream()
    walk.rest()


# ---------------------------------------------------------------------- targets
def _items(target: Type | None) -> Type | None:
    return target.items if target is not None and "array" in target.kinds else None


def _member(target: Type | None, key: str) -> Type | None:
    if target is None or not target.objects:
        return None
    found = [o.props[key].type for o in target.objects if key in o.props]
    return join(*found) if found else None


def _at(target: Type | None, path: str) -> Type | None:
    for name in path.split("."):
        if target is None or not target.objects:
            return None
        target = without_null(field(target, name))
    return target
