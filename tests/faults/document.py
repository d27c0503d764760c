"""A spec file as text with the places of its values, so that a fault is an edit like one that an author makes.

The tree is made by PyYAML alone and not by the compiler's own reader: what is tested should not help to test itself.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import yaml

__all__ = ["Edit", "Item", "applied", "line_of", "parse"]

_JSON = re.compile(r"(|null|true|false|-?(0|[1-9][0-9]*)(\.[0-9]+)?([eE][+-]?[0-9]+)?)\Z")


@dataclass(frozen=True)
class Edit:
    """What stands from `start` to `end` is replaced by `text`."""

    start: int
    end: int
    text: str


@dataclass(eq=False)
class Item:
    """A value, the key it stands under, and what the walk over the language has found out about it."""

    text: str = field(repr=False)  # of the whole file
    node: Any = field(repr=False)
    holder: Item | None = field(repr=False)
    key: str | None = None
    key_node: Any = field(default=None, repr=False)
    position: int = 0
    members: dict[str, Item] = field(default_factory=dict, repr=False)
    elements: list[Item] = field(default_factory=list, repr=False)
    # --- by the walk
    role: str = ""
    use: str = ""
    side: str = ""
    target: Any = field(default=None, repr=False)

    @property
    def start(self) -> int:
        return int(self.node.start_mark.index)

    @property
    def end(self) -> int:
        """Where the last character of the value stands: a block's own mark lies behind the comments that follow it."""
        parts = [*self.members.values(), *self.elements]
        if not isinstance(self.node, yaml.ScalarNode) and not self.node.flow_style and parts:
            return parts[-1].end
        end = int(self.node.end_mark.index)
        return end - (len(self.text[self.start : end]) - len(self.text[self.start : end].rstrip()))

    @property
    def key_start(self) -> int:
        return self.start if self.key_node is None else int(self.key_node.start_mark.index)

    @property
    def raw(self) -> str:
        """The value as it is written, quotes included."""
        return self.text[self.start : self.end]

    @property
    def is_map(self) -> bool:
        return isinstance(self.node, yaml.MappingNode)

    @property
    def is_list(self) -> bool:
        return isinstance(self.node, yaml.SequenceNode)

    @property
    def scalar(self) -> str | None:
        """The text of a text; None for all else, numbers and `true` included."""
        if not isinstance(self.node, yaml.ScalarNode) or (self.node.style is None and _JSON.match(self.node.value)):
            return None
        return str(self.node.value)

    @property
    def flow(self) -> bool:
        return bool(getattr(self.node, "flow_style", False))

    @property
    def siblings(self) -> list[Item]:
        holder = self.holder
        return [] if holder is None else [*holder.members.values(), *holder.elements]

    def up(self) -> Iterator[Item]:
        """The value itself, and what it stands in, from the inside out."""
        at: Item | None = self
        while at is not None:
            yield at
            at = at.holder

    def below(self) -> Iterator[Item]:
        """The value itself, and all in it."""
        yield self
        for part in (*self.members.values(), *self.elements):
            yield from part.below()

    # ------------------------------------------------------------------ edits
    def replaced(self, text: str) -> Edit:
        return Edit(self.start, self.end, text)

    def renamed(self, name: str) -> Edit:
        return Edit(self.key_start, int(self.key_node.end_mark.index), name)

    def removed(self) -> Edit | None:
        """Without this entry; None where it is the only one."""
        siblings = self.siblings
        if self.holder is None or len(siblings) < 2:
            return None
        after = siblings[self.position + 1 :]
        if after and (self.holder.flow or self.position == 0):
            return Edit(self.key_start, after[0].key_start, "")
        before = siblings[self.position - 1]
        if self.holder.flow:
            return Edit(before.end, self.end, "")
        start = self.text.rindex("\n", 0, self.key_start) + 1
        if self.text[start : self.key_start].strip(" -"):
            return None
        stop = self.text.find("\n", self.end)
        return Edit(start, len(self.text) if stop < 0 else stop + 1, "")

    def added(self, key: str, value: str) -> Edit:
        """With another entry at the end of this map."""
        last = list(self.members.values())[-1]
        if self.flow:
            return Edit(last.end, last.end, f", {key}: {value}")
        indent = last.key_start - self.text.rindex("\n", 0, last.key_start) - 1
        stop = self.text.find("\n", last.end)
        stop = len(self.text) if stop < 0 else stop
        return Edit(stop, stop, f"\n{' ' * indent}{key}: {value}")


def parse(text: str) -> Item:
    return _item(text, yaml.compose(text, Loader=yaml.SafeLoader), None)


def _item(text: str, node: Any, holder: Item | None, key: Any = None, position: int = 0) -> Item:
    item = Item(text, node, holder, None if key is None else str(key.value), key, position)
    if item.is_map:
        for i, (name, value) in enumerate(node.value):
            item.members[str(name.value)] = _item(text, value, item, name, i)
    elif item.is_list:
        item.elements = [_item(text, value, item, None, i) for i, value in enumerate(node.value)]
    return item


def applied(text: str, edit: Edit) -> str:
    return text[: edit.start] + edit.text + text[edit.end :]


def line_of(text: str, index: int) -> int:
    return text.count("\n", 0, index) + 1
