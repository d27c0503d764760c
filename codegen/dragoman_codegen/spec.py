"""A provider as its folder says it. Loading finds faults of form; what it means is checked later."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import cache, cached_property, partial
from pathlib import Path
from typing import Any

from dragoman_codegen import metaschema
from dragoman_codegen.both import with_both
from dragoman_codegen.diagnostics import Diagnostics, Span, nearest, quote
from dragoman_codegen.extends import apply_delta, whole
from dragoman_codegen.facts import Entry, Fact, Table, read_facts, read_tables
from dragoman_codegen.imports import take_in
from dragoman_codegen.layout import BUILTIN, extendable, generated, home, slugs, specs
from dragoman_codegen.library import Library
from dragoman_codegen.parse_rules import RuleParser
from dragoman_codegen.rules import Expression, Rule
from dragoman_codegen.schemafile import load_schema, provider_schema
from dragoman_codegen.shared import apply_shared
from dragoman_codegen.source import Node
from dragoman_codegen.spelling import Spellings, spellings
from dragoman_codegen.steps import StreamSide, parse_side
from dragoman_codegen.types import SchemaTypes

__all__ = [
    "DIRECTIONS",
    "HUB",
    "UNITS",
    "Entry",
    "Fact",
    "Provider",
    "Side",
    "Table",
    "Unit",
    "hub_schema",
    "load_provider",
    "read_files",
    "read_provider",
]

HUB = "openai"
UNITS = (
    *("request", "response", "stream", "errors", "embeddings_request", "embeddings_response"),
    *("models_response", "count_tokens_request", "count_tokens_response"),
)
DIRECTIONS = ("to_wire", "to_hub")
_Others = Callable[[str], dict[str, Node]]


@dataclass(frozen=True)
class Side:
    """One direction of a unit."""

    rule: Rule
    span: Span


@dataclass
class Unit:
    name: str
    path: str
    span: Span
    hub: str
    wire: str
    after: str = ""
    """The unit whose requests of the wire stand in the place of the hub's."""
    context: dict[str, Expression] = field(default_factory=dict)
    client_context: dict[str, Expression] = field(default_factory=dict)
    sides: dict[str, Side] = field(default_factory=dict)
    streams: dict[str, StreamSide] = field(default_factory=dict)
    defs: dict[str, Rule] = field(default_factory=dict)
    found: dict[Any, Any] = field(default_factory=dict, compare=False)
    """What the emitter has worked out of the rules, which is the same each time."""


@dataclass
class Provider:
    slug: str
    folder: Path
    node: Node
    package: str = BUILTIN
    """The name of the package that it is generated into."""
    origin: str = ""
    """Of a delta, the provider that it goes back to: one that extends no other. Else itself."""
    tables: dict[str, Table] = field(default_factory=dict)
    facts: dict[str, Fact] = field(default_factory=dict)
    settings: dict[str, dict[str, Any]] = field(default_factory=dict)
    dialects: dict[str, Any] = field(default_factory=dict)
    units: dict[str, Unit] = field(default_factory=dict)
    wire_schema: dict[str, Any] = field(default_factory=dict)
    hub_schema: dict[str, Any] = field(default_factory=dict)
    files: dict[str, Node] = field(default_factory=dict)
    cases: list[Path] = field(default_factory=list)
    _spellings: dict[str, Spellings] = field(default_factory=dict, compare=False)
    typed: bool = True
    """What the schemas say of bodies and events is used; without, to measure what that is worth, anything may come."""

    def __post_init__(self) -> None:
        self.origin = self.origin or self.slug

    @property
    def endpoint(self) -> dict[str, Any]:
        node = self.node.members.get("endpoint")
        return dict(node.plain()) if node is not None and node.kind == "map" else {}

    @property
    def event_field(self) -> str | None:
        """The field of an event that is its name in the framing, if events have names there."""
        endpoint = self.endpoint
        return str(endpoint.get("event_field", "type")) if endpoint.get("event_names") else None

    @property
    def module(self) -> str:
        """The name of its package of modules, inside of `package`."""
        return self.slug.replace("-", "_")

    @cached_property
    def hub_types(self) -> SchemaTypes:
        return SchemaTypes(self.hub_schema)

    @cached_property
    def wire_types(self) -> SchemaTypes:
        return SchemaTypes(self.wire_schema)

    def sides(self, unit: Unit) -> tuple[tuple[dict[str, Any], str], tuple[dict[str, Any], str]]:
        """The schemas of a unit's bodies, and their definitions there: the hub's side, and the wire's."""
        return (self.wire_schema if unit.after else self.hub_schema, unit.hub), (self.wire_schema, unit.wire)

    def spellings(self, root: str) -> Spellings:
        """The fields below a definition of the wire's schema that requests may spell otherwise."""
        if not self.endpoint.get("also_spelt") or root not in self.wire_schema.get("$defs", {}):
            return {}
        if root not in self._spellings:
            self._spellings[root] = spellings(self.wire_schema, root)
        return self._spellings[root]

    @cached_property
    def homes(self) -> dict[Span, Span]:
        """For the place of each value, that of the key it stands under: where to look for what is missing in it."""
        return {value.span: key for node in self.files.values() for value, key in _keyed(node)}


def load_provider(root: Path, slug: str, diagnostics: Diagnostics, library: Library | None = None) -> Provider | None:
    library = library or Library()
    return read_provider(root, slug, read_files(root, slug, diagnostics, library), diagnostics, library)


def read_provider(
    root: Path, slug: str, files: dict[str, Node], diagnostics: Diagnostics, library: Library | None = None
) -> Provider | None:
    """The provider that the trees of its files tell of; those of its parent are worked in already."""
    library = library or Library()
    node = files.get("provider")
    if node is None:
        return None
    folder = specs(root, "providers", slug)
    provider = Provider(slug, folder, node, generated(root, slug).name, files=files)
    provider.cases = sorted((folder / "cases").glob("*.yaml"))
    provider.hub_schema = hub_schema(root, diagnostics, library)
    provider.wire_schema = provider_schema(root, slug, diagnostics, library=library)
    # What does not have the shape of its kind is not read any further, so that one fault is told once.
    sound = {name: tree for name, tree in files.items() if _sound(name, tree, library, diagnostics)}
    _names(slug, sound, diagnostics)
    if "provider" in sound:
        provider.tables = read_tables(node, diagnostics)
        provider.facts, provider.settings = read_facts(node, diagnostics)
        provider.dialects = node.members["dialects"].plain() if "dialects" in node.members else {}

    @cache
    def others(folder: str) -> dict[str, Node]:
        """The files of another provider, or those of the hub, whose definitions are used here."""
        if folder != "hub":
            return read_files(root, folder, diagnostics, library)
        paths = sorted(specs(root, "hub").glob("*.yaml"))
        found = {path.stem: library.spec(path, root, diagnostics) for path in paths}
        return {name: tree for name, tree in found.items() if tree is not None}

    for name, tree in sound.items():
        if name != "provider":
            key = ("unit", tree, *_lenders(tree, files, others))
            provider.units[name] = library.once(key, partial(_unit, name, tree, files, others), diagnostics)
            _definitions(provider, provider.units[name], tree, diagnostics)
    return provider


def _sound(name: str, tree: Node, library: Library, diagnostics: Diagnostics) -> bool:
    return library.once(("sound", tree), lambda said: metaschema.validate(tree, _kind(name), said), diagnostics)


def _lenders(node: Node, there: dict[str, Node], others: _Others) -> Iterator[Node]:
    """The files whose definitions a file takes in, and those that they take theirs from."""
    defs = node.members.get("defs")
    for item in defs.members["import"].elements if defs is not None and "import" in defs.members else ():
        slug, _, stem = str(item.scalar).removesuffix(".yaml").rpartition("/")
        files = others(slug) if slug else there
        if stem in files:
            yield files[stem]
            yield from _lenders(files[stem], files, others)


def _keyed(node: Node) -> Iterator[tuple[Node, Span]]:
    for key, value in node.members.items():
        yield value, node.key_spans[key]
        yield from _keyed(value)
    for item in node.elements:
        yield from _keyed(item)


def _kind(name: str) -> metaschema.FileKind:
    return metaschema.file_kind(Path(name))


def _names(slug: str, files: dict[str, Node], diagnostics: Diagnostics) -> None:
    """Do the names in the files fit the names of folder and files?"""
    said = files["provider"].members.get("slug") if "provider" in files else None
    if said is not None and said.scalar != slug:
        diagnostics.error("DG427", said.span, f"the slug must be the folder's name, {quote(slug)}")
    for name, node in files.items():
        unit = node.members.get("unit")
        if name in ("provider", *UNITS):
            if unit is not None and unit.scalar != name:
                diagnostics.error("DG427", unit.span, f"the unit of {name}.yaml must be {quote(name)}")
            continue
        near = nearest(name, UNITS)
        help = (
            f"did you mean {near}.yaml?"
            if near
            else f"files that have one: provider.yaml, {', '.join(f'{unit}.yaml' for unit in UNITS)}"
        )
        diagnostics.error(
            "DG427", Span(node.span.path, 1, 1), f"a file {name}.yaml has no meaning in a provider's folder", help
        )


def _definitions(provider: Provider, unit: Unit, node: Node, diagnostics: Diagnostics) -> None:
    """Do the schemas have what the unit names?"""
    for side, schema in (("hub", provider.hub_schema), ("wire", provider.wire_schema)):
        known, name = schema.get("$defs", {}), getattr(unit, side)
        if name and side in node.members and known and name not in known:
            near = nearest(name, known)
            help = f"did you mean {quote(near)}?" if near else f"it has {', '.join(sorted(known)[:12])}"
            message = f"the {side}'s schema has no definition {quote(name)}"
            diagnostics.error("DG434", node.members[side].span, message, help)


_CIRCLE = "take one `extends` of the circle out"


def read_files(
    root: Path, slug: str, diagnostics: Diagnostics, library: Library | None = None, seen: tuple[str, ...] = ()
) -> dict[str, Node]:
    """The trees of a provider's files, with its changes worked into those of the provider that it extends."""
    library = library or Library()
    folder = specs(root, "providers", slug)
    own: dict[str, Node] = {}
    for path in sorted(folder.glob("*.yaml")):
        node = library.spec(path, root, diagnostics)
        if node is not None:
            own[path.stem] = node
    head = own.get("provider")
    if head is not None and "import" in head.members:
        own["provider"] = head = take_in(head, root, diagnostics)
    if head is None or "extends" not in head.members:
        return {name: whole(node, diagnostics) for name, node in own.items()}
    parent = str(head.members["extends"].scalar)
    if parent in (slug, *seen):
        chain = " → ".join([*seen, slug, parent])
        diagnostics.error("DG410", head.members["extends"].span, f"a provider cannot extend itself: {chain}", _CIRCLE)
        return {}
    if not specs(root, "providers", parent, "provider.yaml").is_file():
        near = nearest(parent, [name for name in extendable(root) if name != slug])
        help = f"did you mean {quote(near)}?" if near else None
        if parent in slugs(home()):  # of a project that has not said that it is one
            help = 'write generated = "name_of_a_package" under [tool.dragoman] in pyproject.toml'
        diagnostics.error("DG410", head.members["extends"].span, f"there is no provider {quote(parent)}", help)
        return {}
    inherited = read_files(root, parent, diagnostics, library, (*seen, slug))
    inherited = apply_shared(inherited, root, parent, head, diagnostics, library)
    own = {name: node for name, node in own.items() if metaschema.validate(node, _kind(name), diagnostics, delta=True)}
    if "provider" not in own:
        return {}
    return {
        name: apply_delta(inherited.get(name), own[name], diagnostics) if name in own else inherited[name]
        for name in sorted({*inherited, *own})
    }


def hub_schema(root: Path, diagnostics: Diagnostics, library: Library | None = None) -> dict[str, Any]:
    """The schema document of the hub."""
    return load_schema(root, specs(root, "hub"), diagnostics, library)


def _unit(name: str, node: Node, files: dict[str, Node], others: _Others, diagnostics: Diagnostics) -> Unit:
    members = node.members
    hub, wire, after = (str(members[key].scalar) if key in members else "" for key in ("hub", "wire", "after"))
    if after:
        before = files.get(after)
        if before is None or "wire" not in before.members:
            message = f"there is no file {after}.yaml here whose requests could be taken up"
            diagnostics.error("DG425", members["after"].span, message, "say `hub`, or write that file")
        else:
            hub = str(before.members["wire"].scalar)
    unit = Unit(name, node.span.path, node.span, hub, wire, after)
    parser = RuleParser(diagnostics)
    if "context" in members:
        unit.context = {k: parser.expression(v) for k, v in members["context"].members.items()}
    if "client_context" in members:
        unit.client_context = {k: parser.expression(v) for k, v in members["client_context"].members.items()}
    if "defs" in members:
        unit.defs = _defs(members["defs"], files, others, parser, diagnostics)
    for direction in DIRECTIONS:
        if direction not in members:
            continue
        side = members[direction]
        if name == "stream":
            unit.streams[direction] = parse_side(side, diagnostics, node.key_spans[direction])
        else:
            unit.sides[direction] = Side(parser.rule(with_both(side, members.get("both"), direction)), side.span)
    return unit


def _defs(
    node: Node, files: dict[str, Node], others: _Others, parser: RuleParser, diagnostics: Diagnostics
) -> dict[str, Rule]:
    defs: dict[str, Rule] = {}
    for item in node.members["import"].elements if "import" in node.members else ():
        name = str(item.scalar).removesuffix(".yaml")
        slug, _, stem = name.rpartition("/")
        there = others(slug) if slug else files
        other = there.get(stem)
        if slug == "hub" and other is not None and not metaschema.validate(other, "mapping", diagnostics, delta=True):
            continue
        if other is None or "defs" not in other.members:
            known = [f"{slug}/{found}.yaml".lstrip("/") for found, tree in there.items() if "defs" in tree.members]
            near = nearest(str(item.scalar), known)
            help = "name a file that has `defs`, as file.yaml or slug/file.yaml"
            help = f"did you mean {quote(near)}?" if near else help
            what = f"there is no file {quote(item.scalar)}" if other is None else f"{quote(item.scalar)} has no `defs`"
            diagnostics.error("DG425", item.span, f"{what} to import definitions from", help)
            continue
        defs |= _defs(other.members["defs"], there, others, parser, diagnostics)
    for name, value in node.members.items():
        if name != "import":
            defs[name] = parser.rule(value)
    return defs
