"""What becomes of each leaf of the schemas: walked from the root, through all rules that the emitter went into.

A leaf is a value that is no object and no list, a list of such, or an object that goes one way as a whole. It has its
place here for each alternative of each union that leads to it. What the rules do with it was recorded while they were
emitted; here the schema alone says what there is, so that nothing can be passed over in silence.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from dragoman_codegen.account import MADE, Access, Path, excluded
from dragoman_codegen.diagnostics import Span
from dragoman_codegen.emit.recorder import Handed, Record, Recorder
from dragoman_codegen.replacing import replace
from dragoman_codegen.types import ANY, KINDS, ObjectType, Type, element, only

__all__ = ["BY_CONDITION", "ENDS", "UNCOVERED", "Leaf", "Table", "cover"]

UNCOVERED, BY_CONDITION, CONSTANT = "uncovered", "by condition", "constant"
ENDS = ("read", "copied", "ignored", "dropped", "rejected", BY_CONDITION, CONSTANT, UNCOVERED)
_ENTRIES = {"ignore": "ignored", "drop": "dropped", "reject": "rejected"}


@dataclass(frozen=True)
class Said:
    """What a rule does with a place: read, copied, ignored, dropped, rejected; perhaps only on a condition."""

    kind: str
    span: Span
    conditional: bool = False
    view: int = 0
    """Whose rules say it."""

    @property
    def place(self) -> str:
        """`request.yaml:57`; a constant of the schema has none."""
        return f"{self.span.path.rsplit('/', 1)[-1]}:{self.span.line}" if self.span.path else ""


@dataclass(frozen=True)
class Leaf:
    path: str
    said: tuple[Said, ...]
    seen: Span
    """The rules that see it, the innermost ones, or that make it anew."""
    again: str = ""
    """The schema comes back here to where it and the rules were already: the path there. No leaf of its own."""

    @property
    def ends(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys(said.kind for said in self.said)) or (UNCOVERED,)

    @property
    def kind(self) -> str:
        return self.ends[0] if len(self.ends) == 1 else BY_CONDITION


@dataclass
class Table:
    """The leaves of what comes into one direction of a unit."""

    unit: str
    direction: str
    leaves: list[Leaf]
    entries: dict[Span, tuple[Access, bool]] = field(default_factory=dict)
    """The entries of `$ignore`, and whether anything is there that is not read beside them."""

    @property
    def counts(self) -> Counter[str]:
        return Counter(leaf.kind for leaf in self.leaves if not leaf.again)


def cover(unit: str, recorder: Recorder) -> list[Table]:
    """The tables of a unit, one for each direction of which there is a schema."""
    return [_Walk(recorder).table(unit, direction) for direction, (t, _) in recorder.roots.items() if t.objects]


@dataclass(frozen=True)
class _View:
    """Rules that see this place: their record, the path of the place in their item, what of them still applies."""

    record: Record
    at: Path
    items: tuple[Access | Handed, ...]
    item: Type = ANY
    """What the rules can be given here."""

    def step(self, key: str) -> _View:
        n = len(self.at)
        below = tuple(item for item in self.items if len(item.path) > n and item.path[: n + 1] == (*self.at, key))
        return _View(self.record, (*self.at, key), below)

    def among(self, alternative: ObjectType) -> _View | None:
        if not self.item.may("object") or (
            self.item.objects and alternative.name not in {o.name for o in self.item.objects}
        ):
            return None
        left = tuple(item for item in self.items if not excluded(_as_access(item), self.at, alternative))
        return replace(self, items=left, item=ANY)

    @property
    def here(self) -> list[Access]:
        return [item for item in self.items if isinstance(item, Access) and item.path == self.at]

    @property
    def handed(self) -> list[Handed]:
        return [item for item in self.items if isinstance(item, Handed) and item.path == self.at]

    def parts(self) -> Iterator[Said]:
        """What is read of something that the schema leaves open."""
        for item in self.items:
            if isinstance(item, Access) and len(item.path) > len(self.at) and item.entry is None:
                yield Said("read", item.span, False, id(self.record))

    def deeper(self, *, tests: bool) -> bool:
        n = len(self.at)
        return any(len(i.path) > n and (tests or isinstance(i, Handed) or i.kind != "test") for i in self.items)


def _as_access(item: Access | Handed) -> Access:
    return item if isinstance(item, Access) else Access(item.path, "loop", _NOWHERE, conditions=item.conditions)


_NOWHERE = Span("", 1, 1)


class _Walk:
    def __init__(self, recorder: Recorder) -> None:
        self.recorder = recorder
        self.leaves: list[Leaf] = []
        self.root: list[_View] = []
        self.entries: dict[Span, tuple[Access, bool]] = {}

    def table(self, unit: str, direction: str) -> Table:
        t, record = self.recorder.roots[direction]
        self.root = [self._view(record)]
        self.place(only(t, "object") if t.objects else t, self.root, "", {}, ())
        return Table(unit, direction, self.leaves, self.entries)

    def _view(self, record: Record, item: Type = ANY) -> _View:
        told = (access for access in dict.fromkeys(record.accesses) if not self._carries(access))
        return _View(record, (), (*told, *record.handed), item)

    def _carries(self, access: Access) -> bool:
        """Does it copy something for another rule, whose say it is?"""
        copies = access.kind == "value" and access.entry is None and access.becomes == "read"
        return copies and access.span in self.recorder.carrying

    # ------------------------------------------------------------------ walking
    def place(
        self, t: Type, views: list[_View], path: str, open_: dict[object, str], inherited: tuple[Said, ...]
    ) -> None:
        """A place of the schema: its alternatives one after the other."""
        views, elements = self._entered(views, t)
        for view in views:
            self._needed(view, t)
        inherited = tuple(said for said in inherited if not any(_made(view, said) for view in views))
        anything = t.kinds >= KINDS - {"null"} and t.literals is None
        lists = t.may("array") and not (anything and (t.objects or t.lazy_items is None))
        objects = tuple(o for o in t.objects if o.name != MADE)
        plain = bool(t.kinds - {"null", "array", "object"}) and not (anything and (objects or lists))
        several = (plain + lists + len(objects)) > 1
        if plain or not (objects or lists):
            name = f"{path}({_words(t)})" if several else path
            kinds = t.kinds - {"null", "array", "object"} if objects or lists else t.kinds
            self._leaf(name, t, [view for view in views if view.item.may(*kinds)], inherited, whole=not plain)
        if lists:
            self._list(t, [view for view in views if view.item.may("array")], elements, path, open_, inherited)
        for o in objects:
            self._object(o, views, f"{path}({o.name})" if several else path, open_, inherited)

    def _list(
        self,
        t: Type,
        views: list[_View],
        elements: list[_View],
        path: str,
        open_: dict[object, str],
        inherited: tuple[Said, ...],
    ) -> None:
        below = self._below(views, inherited, handed=bool(elements))
        inside = [view.step("[]") for view in views]
        self.place(element(only(t, "array")), [*elements, *inside], f"{path}[]", open_, below)

    def _object(
        self, o: ObjectType, views: list[_View], path: str, open_: dict[object, str], inherited: tuple[Said, ...]
    ) -> None:
        mine = [view for v in views if (view := v.among(o)) is not None]
        below = self._below(mine, inherited)
        covered = any(not said.conditional for said in below)
        if not o.props or not any(view.deeper(tests=not covered) for view in mine):
            self._leaf(path, None, mine, inherited, whole=True)
            return
        key = (id(o), frozenset((id(view.record), view.at) for view in mine if view.items))
        if key in open_:
            self.leaves.append(Leaf(path, (), mine[-1].record.span, again=open_[key]))
            return
        for name, prop in o.props.items():
            stepped = [view.step(name) for view in mine]
            inner = f"{path}.{name}" if path else name
            self.place(prop.type, stepped, inner, {**open_, key: path}, below)

    def _entered(self, views: list[_View], t: Type) -> tuple[list[_View], list[_View]]:
        """With the rules that this place is handed to; and those that its elements are handed to."""
        found, elements = list(views), []
        seen: set[tuple[int, frozenset[str]]] = set()
        for view in found:
            for handed in view.handed:
                record = handed.to if isinstance(handed.to, Record) else self.recorder.named.get(handed.to)
                if record is None:
                    continue
                key = (id(record), frozenset(o.name for o in handed.item.objects))
                if handed.elements and t.may("array"):
                    elements.append(self._view(record, handed.item))
                elif key not in seen:
                    seen.add(key)
                    found.append(self._view(record, handed.item))
        return found, elements

    def _needed(self, view: _View, t: Type) -> None:
        entries = [access for access in view.here if access.entry is not None and access.entry.kind == "ignore"]
        kinds = ("value", "loop") if t.may("object", "array") else ("value", "loop", "test")  # see `_said`
        read = any(a.kind in kinds and a.entry is None and not a.seldom for a in view.here)
        for access in entries:
            before = self.entries.get(access.span, (access, False))[1]
            self.entries[access.span] = (access, before or not read or any(o.open for o in t.objects))

    @staticmethod
    def _below(views: Iterable[_View], inherited: tuple[Said, ...], handed: bool = False) -> tuple[Said, ...]:
        """What is said of a whole holds for its parts; not what reads it, if each element is handed to others."""
        own = [said for view in views for said in _said(view, whole=True)]
        return _nearest([said for said in own if not (handed and said.kind in ("read", "copied"))], inherited)

    # ------------------------------------------------------------------ leaves
    def _leaf(self, path: str, t: Type | None, views: list[_View], inherited: tuple[Said, ...], *, whole: bool) -> None:
        own = [said for view in views for said in _said(view, whole=whole)]
        if whole:
            own += [said for view in views for said in view.parts() if not any(s.kind == "copied" for s in own)]
        own = list(_nearest(own, inherited))
        kinds = {said.kind for said in own}
        less = {"ignored"} if kinds & {"read", "copied"} else set()
        less |= {"read"} if "copied" in kinds else set()
        found = [said for said in own if said.kind not in less]
        if t is not None and _says_nothing(t) and not any(not said.conditional for said in found):
            found = [Said(CONSTANT, _NOWHERE)]
        made = [access.span for view in views for access in view.here if access.kind == "made"]
        seen = made[0] if made else min(views or self.root, key=lambda view: len(view.at)).record.span
        self.leaves.append(Leaf(path, tuple(dict.fromkeys(found)), seen))


def _said(view: _View, *, whole: bool) -> Iterator[Said]:
    """What the rules of a view say of the very place that they see; tests of what holds other things say nothing."""
    for access in view.here:
        if access.entry is not None:
            yield Said(_ENTRIES[access.entry.kind], access.span, access.entry.when is not None, id(view.record))
        elif access.becomes != "read":
            yield Said(access.becomes, access.span, True, id(view.record))
        elif access.kind == "value":
            if not (whole and access.only):
                yield Said("copied" if whole else "read", access.span, access.seldom, id(view.record))
        elif (access.kind == "loop" and not (whole and view.handed)) or (access.kind == "test" and not whole):
            yield Said("read", access.span, False, id(view.record))


def _nearest(own: Iterable[Said], inherited: Iterable[Said]) -> tuple[Said, ...]:
    """What rules say of a place goes before what they say of the whole that it is in."""
    sure = {said.view for said in own if not said.conditional}
    left = [said for said in inherited if said.view not in sure and not (sure and said.conditional)]
    return tuple(dict.fromkeys([*own, *left]))


def _made(view: _View, said: Said) -> bool:
    """Is this made anew in the copy that the saying is about?"""
    return id(view.record) == said.view and any(access.kind == "made" for access in view.here)


def _says_nothing(t: Type) -> bool:
    """A constant that could be nothing else tells the alternative and no more."""
    return t.kinds == {"null"} or (t.literals is not None and len(t.literals) == 1 and not t.may("number"))


def _words(t: Type) -> str:
    return "|".join(sorted(t.kinds - {"null", "array", "object"})) or "null"
