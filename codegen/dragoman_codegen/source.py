"""YAML files as trees in which every node knows its place.

Rules of this module:

- Specs use the part of YAML that means the same to every reader: mappings with text keys, lists, and JSON's scalars.
  Anchors, aliases, tags, merge keys, duplicate keys and several documents are refused, not interpreted.
- `true`, `false`, `null`, an empty value and numbers as JSON spells them are what they look like. Everything else is
  text: `on`, `yes`, `~`, `0x10`, `1_000`, `=`.
- Whatever the file holds, `load` reports and returns; it does not raise.

The tree is built from the parser's events rather than from PyYAML's own nodes, because those no longer tell an anchor
or an explicit tag from none.
"""

from __future__ import annotations

import math
import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

import yaml

from dragoman_codegen.diagnostics import Diagnostics, Span, quote
from dragoman_codegen.layout import named
from dragoman_codegen.yamlfaults import explain

__all__ = ["Kind", "Node", "Scalar", "Style", "load", "parse"]

Kind = Literal["map", "list", "scalar"]
Style = Literal["plain", "single", "double", "literal", "folded", "block", "flow"]
Scalar = str | int | float | bool | None

_LOADER: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_MAX_DEPTH = 100
_MAX_DIGITS = 400
_LINE_BREAK = re.compile(r"\r\n|\n|\r")
# Besides control characters: line ends that YAML 1.1 counts and editors do not, and invisible byte order marks.
_REFUSED = re.compile("[^\t\n\r\x20-\x7e\xa0-\u2027\u202a-\ud7ff\ue000-\ufefe\uff00-\ufffd\U00010000-\U0010ffff]")
_INTEGER = re.compile(r"-?(0|[1-9][0-9]*)\Z")
_NUMBER = re.compile(r"-?(0|[1-9][0-9]*)(\.[0-9]+)?([eE][+-]?[0-9]+)?\Z")
_WORDS: dict[str, Scalar] = {"": None, "null": None, "true": True, "false": False}
_STYLES: dict[str | None, Style] = {
    None: "plain",
    "": "plain",
    "'": "single",
    '"': "double",
    "|": "literal",
    ">": "folded",
}


@dataclass(slots=True, eq=False)
class Node:
    """A value in a file: `value` is a dict of nodes, a list of nodes, or a scalar.

    `origin` is the line and column at which a scalar's text begins, when that text stands in the file character for
    character (line for line in a literal block); otherwise None.
    """

    kind: Kind
    value: dict[str, Node] | list[Node] | Scalar
    span: Span
    style: Style
    key_spans: dict[str, Span] = field(default_factory=dict)
    origin: tuple[int, int] | None = None

    @property
    def members(self) -> dict[str, Node]:
        """The entries of a map, in order; empty for other nodes."""
        return self.value if isinstance(self.value, dict) else {}

    @property
    def elements(self) -> list[Node]:
        """The elements of a list; empty for other nodes."""
        return self.value if isinstance(self.value, list) else []

    @property
    def scalar(self) -> Scalar:
        """The value of a scalar; None for other nodes."""
        return None if isinstance(self.value, (dict, list)) else self.value

    def plain(self) -> Any:
        """The value as plain Python, without places."""
        if isinstance(self.value, dict):
            return {key: node.plain() for key, node in self.value.items()}
        if isinstance(self.value, list):
            return [node.plain() for node in self.value]
        return self.value

    def expression_span(self, offset: int, length: int = 1) -> Span:
        """The place of `length` characters at `offset` of a scalar's text; the whole scalar when that is not known."""
        if self.origin is None or not isinstance(self.value, str):
            return self.span
        line, col = self.origin
        before = self.value[: max(0, offset)]
        line_start = before.rfind("\n") + 1
        rest_of_line = self.value[len(before) :].split("\n", 1)[0]
        length = max(1, min(length, len(rest_of_line)))
        return Span(self.span.path, line + before.count("\n"), col + len(before) - line_start, length)

    def expression_text(self, diagnostics: Diagnostics) -> str | None:
        """The text of a scalar that is an expression. Spellings that hide the place of a character are refused."""
        if not isinstance(self.value, str):
            return None
        if self.origin is None:
            diagnostics.error(
                "DG114",
                self.span,
                "an expression must stand in the file as it is, without escapes, doubled quotes or folded lines",
                "write it on one line, in the other kind of quotes, or as a literal block after '|'",
            )
            return None
        return self.value


def load(path: Path, diagnostics: Diagnostics, *, root: Path | None = None) -> Node | None:
    """The tree of a YAML file, or None when it cannot be used. Places are given relative to `root`."""
    name = _name(path, root)
    try:
        data = path.read_bytes()
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
        diagnostics.error("DG100", Span(name, 1, 1), f"the file cannot be read: {reason}")
        return None
    return parse(data, name, diagnostics)


def parse(data: bytes, name: str, diagnostics: Diagnostics) -> Node | None:
    """The tree of a YAML text whose file is called `name`."""
    text = data.decode("utf-8", "replace").removeprefix("\ufeff")
    diagnostics.sources[name] = text
    reader = _Reader(text, name, diagnostics)
    if reader.characters_are_fine(data):
        return reader.read()
    return None


def _name(path: Path, root: Path | None) -> str:
    text = path.as_posix() if root is None else named(path, root)
    return text.encode("utf-8", "replace").decode("utf-8")


@dataclass(slots=True)
class _Open:
    """A map or list under construction, and the key that waits for its value."""

    node: Node
    expects_key: bool
    key: str | None = None


class _Reader:
    def __init__(self, text: str, name: str, diagnostics: Diagnostics) -> None:
        self.text = text
        self.lines = _LINE_BREAK.split(text)
        self.name = name
        self.diagnostics = diagnostics
        self.usable = True
        self.root: Node | None = None
        self.open: list[_Open] = []

    def error(self, code: str, span: Span, message: str, help: str | None = None) -> None:
        self.diagnostics.error(code, span, message, help)

    def characters_are_fine(self, data: bytes) -> bool:
        try:
            data.decode("utf-8")
        except UnicodeDecodeError as fault:
            before = data[: fault.start].decode("utf-8").removeprefix("\ufeff")
            self.error(
                "DG101",
                self.place(len(before)),
                f"the file is not UTF-8: byte 0x{data[fault.start]:02x} cannot stand here",
                "save the file as UTF-8",
            )
            return False
        found = None
        for found in _REFUSED.finditer(self.text):
            code = ord(found.group())
            self.error(
                "DG102",
                self.place(found.start()),
                f"the character U+{code:04X} cannot stand in a spec",
                f'write it as "\\u{code:04x}" between double quotes',
            )
        return found is None

    def place(self, index: int) -> Span:
        """The span of one character of the text."""
        before = _LINE_BREAK.split(self.text[:index])
        return Span(self.name, len(before), len(before[-1]) + 1)

    def read(self) -> Node | None:
        try:
            for event in yaml.parse(self.text, Loader=_LOADER):
                self.take(event)
                if len(self.open) > _MAX_DEPTH:
                    self.error(
                        "DG113", self.open[-1].node.span, f"values are nested more than {_MAX_DEPTH} deep", _DEEP
                    )
                    return None
        except yaml.MarkedYAMLError as fault:
            self.explain(fault)
            return None
        except (yaml.YAMLError, ValueError, OverflowError) as fault:
            # The pure Python scanner lets errors of chr() out for escapes like "\UFFFFFFFF".
            self.error("DG103", Span(self.name, 1, 1), f"this is not YAML: {fault}")
            return None
        if self.root is None and self.usable:
            self.error("DG105", Span(self.name, 1, 1), "the file is empty", "write it, or take the file away")
        return self.root if self.usable else None

    def explain(self, raised: yaml.MarkedYAMLError) -> None:
        fault = explain(raised, self.lines)
        self.error(fault.code, Span(self.name, fault.line + 1, fault.col + 1), fault.message, fault.help)

    def take(self, event: Any) -> None:
        match event:
            case yaml.ScalarEvent():
                self.check_properties(event)
                self.put(self.scalar(event))
            case yaml.MappingStartEvent():
                self.begin(event, Node("map", {}, self.span_of(event), "flow" if event.flow_style else "block"))
            case yaml.SequenceStartEvent():
                self.begin(event, Node("list", [], self.span_of(event), "flow" if event.flow_style else "block"))
            case yaml.MappingEndEvent() | yaml.SequenceEndEvent():
                self.open.pop()
            case yaml.AliasEvent():
                self.usable = False
                span = self.span_of(event, len(event.anchor or "") + 1)
                self.error("DG110", span, f"aliases like *{event.anchor} are not part of specs", _PROPERTY_HELP)
                self.put(Node("scalar", None, span, "plain"))
            case yaml.DocumentStartEvent():
                if self.root is not None:
                    self.usable = False
                    self.error("DG106", self.span_of(event, 3), "a second document starts here; a file holds one", _ONE)

    def begin(self, event: Any, node: Node) -> None:
        self.check_properties(event)
        self.put(node)
        self.open.append(_Open(node, expects_key=node.kind == "map"))

    def check_properties(self, event: Any) -> None:
        """Refuses an anchor or a tag in front of a value."""
        if event.anchor is None and event.tag is None:
            return
        span = self.span_of(event)
        for word in self.lines[span.line - 1][span.col - 1 :].split()[:2]:
            if word.startswith("&"):
                span = Span(span.path, span.line, span.col, len(word))
                self.error("DG110", span, f"anchors like {word} are not part of specs", _PROPERTY_HELP)
            elif word.startswith("!"):
                span = Span(span.path, span.line, span.col, len(word))
                self.usable = False
                self.error("DG111", span, f"tags like {word} are not part of specs", _PROPERTY_HELP)
            span = Span(span.path, span.line, span.col + len(word) + 1)

    def span_of(self, event: Any, length: int = 1) -> Span:
        return Span(self.name, event.start_mark.line + 1, event.start_mark.column + 1, length)

    def put(self, node: Node) -> None:
        """Puts a node where the innermost open container expects one."""
        if not self.open:
            self.root = self.root or node
            return
        top = self.open[-1]
        if isinstance(top.node.value, list):
            top.node.value.append(node)
        elif top.expects_key:
            top.expects_key = False
            top.key = self.key(top.node, node)
        else:
            top.expects_key = True
            if top.key is not None:
                top.node.members[top.key] = node

    def key(self, owner: Node, node: Node) -> str | None:
        """The text of a key, or None when its entry is to be left out."""
        if node.kind != "scalar":
            self.usable = False
            self.error("DG108", node.span, f"a key must be text, and this is a {node.kind}")
            return None
        value = node.scalar
        if not isinstance(value, str):
            text = self.text_at(node.span)
            self.error("DG108", node.span, f"a key must be text, and this is {_kind_of(value)}", f'write "{text}"')
            return None
        if value == "<<" and node.style == "plain":
            self.error("DG110", node.span, "merge keys are not part of specs", _PROPERTY_HELP)
            return None
        if value in owner.key_spans:
            first = owner.key_spans[value].line
            self.error(
                "DG107",
                node.span,
                f"the key {quote(value)} is written twice",
                f"the first one is in line {first}: take one out",
            )
            return None
        owner.key_spans[value] = node.span
        return value

    def text_at(self, span: Span) -> str:
        return self.lines[span.line - 1][span.col - 1 :][: span.length]

    def scalar(self, event: Any) -> Node:
        style = _STYLES[event.style]
        line, col = event.start_mark.line, event.start_mark.column
        source = self.lines[line] if line < len(self.lines) else ""
        on_one_line = event.end_mark.line == line
        length = (event.end_mark.column if on_one_line else len(source.rstrip())) - col
        span = Span(self.name, line + 1, col + 1, 1 if style in ("literal", "folded") else max(1, length))
        value: Scalar = event.value
        if style == "plain":
            value = self.resolve(event.value, span)
        elif any("\ud800" <= ch <= "\udfff" for ch in event.value):
            self.error("DG102", span, "the text holds half a surrogate pair, which is no character")
        return Node("scalar", value, span, style, origin=self.origin(event.value, style, line, col))

    def origin(self, value: str, style: Style, line: int, col: int) -> tuple[int, int] | None:
        """Where the text of a scalar begins, if it stands in the file as it is."""
        if style == "literal":
            for number, text in enumerate(value.split("\n"), start=line + 1):
                if text and number < len(self.lines):
                    return line + 2, len(self.lines[number]) - len(text) + 1
            return line + 2, 1
        source = self.lines[line] if line < len(self.lines) else ""
        start = col if style == "plain" else col + 1
        end = start + len(value)
        if source[start:end] == value and (style == "plain" or source[end : end + 1] == source[col]):
            return line + 1, start + 1
        return None

    def resolve(self, text: str, span: Span) -> Scalar:
        """The value of a plain scalar."""
        if text in _WORDS:
            return _WORDS[text]
        if not _NUMBER.match(text):
            return text
        value: int | float | None = None
        if len(text) <= _MAX_DIGITS:
            value = int(text) if _INTEGER.match(text) else float(text)
        if value is None or math.isinf(value):
            self.error(
                "DG112", span, "the number is larger than JSON readers can hold", "put it between quotes if it is text"
            )
            return 0
        return value


_DEEP = "name parts of it under `defs`"
_ONE = "take the line --- out, or make two files"
_PROPERTY_HELP = "write the value out; if this is text, put it between quotes"


def _kind_of(value: Scalar) -> str:
    match value:
        case None:
            return "null"
        case bool():
            return "a boolean"
        case str():
            return "text"
    return "a number"
