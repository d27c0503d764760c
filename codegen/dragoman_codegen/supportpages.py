"""The tables of what providers support, as Markdown: a page with all of it, and one table for the README."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from dragoman_codegen import support
from dragoman_codegen.spec import Provider

__all__ = ["PAGE", "Known", "brief", "page"]

PAGE = Path("docs") / "support.md"
OPERATIONS = {
    "chat": "request",
    "answers": "response",
    "streams": "stream",
    "errors": "errors",
    "embeddings": "embeddings_request",
    "models": "models_response",
    "counts of tokens": "count_tokens_request",
}
_WIDTH = 6  # values that are shown of a fact
_BOTH, _TO_IT, _TO_US = "⇄", "→", "←"
_OTHERS = ("embeddings", "models", "count_tokens")  # these are there where the provider has a path for them
_UPWARDS = ("request", "embeddings_request", "count_tokens_request")
SIGNS = (
    f"{support.YES} is said there as it is; {support.LOSS} with something lost, and told; "
    f"{support.NO} is left out, and told; {support.REFUSED} the request is refused;\n"
    f"{support.FETCHED} as bytes that are fetched before; {support.VARIES} otherwise for other models."
)
_DIRECTIONS = (
    f"{_BOTH} for requests to it and for its clients, who may ask any other provider; "
    f"{_TO_IT} for requests to it only; {_TO_US} for its clients only."
)
INTRO = f"""\
# What is supported where

Made by `dragoman generate` from the specs: the code that is generated for a provider was given a request for each
feature ([specs/hub/features.yaml](../specs/hub/features.yaml)), and what got lost tells the sign.

{SIGNS}
What exactly is lost, and why, [stands here](losses.md).
"""


@dataclass(frozen=True)
class Known:
    """A provider, and what it supports by the code that was made of it."""

    provider: Provider
    supports: support.Support

    @property
    def title(self) -> str:
        name = self.provider.node.members.get("name")
        return str(name.scalar) if name is not None else self.provider.slug


def brief(asked: support.Features, known: Sequence[Known]) -> str:
    """One table; providers of which it says the same, and that speak one dialect, share a row."""
    columns = {name: (str(of["group"]), str(of["name"])) for name, of in asked.get(support.BRIEF, {}).items()}
    operations = ("streams", "embeddings", "models", "counts of tokens")
    rows: dict[tuple[str, ...], list[str]] = {}
    for one in known:
        found = one.supports
        cells = [_way(one.provider, OPERATIONS[name]) for name in ("chat", *operations)]
        cells[1:1] = [found[group][name] for group, name in columns.values()]
        rows.setdefault((_family(one.provider), *cells), []).append(one.title)
    head = ["", "chat", *columns, *operations]
    body = [[", ".join(titles), *cells] for (_, *cells), titles in rows.items()]
    return f"{_table(head, body)}\n{SIGNS}\n{_DIRECTIONS}\n"


def page(asked: support.Features, known: Sequence[Known]) -> str:
    found = {one.provider.slug: one.supports for one in known}
    parts = [INTRO, f"\n## Operations\n\n{_DIRECTIONS}\n\n", _operations(known)]
    for group in next(iter(found.values()), {}):
        rows = [[f"`{slug}`", *groups[group].values()] for slug, groups in found.items()]
        parts.append(f"\n## {group.capitalize()}\n\n{_table(['', *asked[group]], rows)}")
    parts.append(f"\n## Connection\n\n{_connections(known)}")
    parts.append(f"\n## Facts and settings\n\n{_FACTS}\n{_facts(known)}")
    return "".join(parts)


_FACTS = """\
Facts are what is known of a model; the defaults describe the newest. `facts=` overrides them, `settings=` chooses:
[how](your-own-provider.md#other-facts-about-a-model). Of a provider that extends another one only what differs stands
here.
"""


def _family(provider: Provider) -> str:
    """The provider whose dialect it speaks: what it extends, or itself."""
    extends = provider.node.members.get("extends")
    return str(extends.scalar) if extends is not None else provider.slug


def _way(provider: Provider, name: str) -> str:
    unit, endpoint = provider.units.get(name), name.removesuffix("_request").removesuffix("_response")
    if unit is None or (endpoint in _OTHERS and endpoint not in (provider.endpoint.get("paths") or {})):
        return ""
    sides = {*unit.sides, *unit.streams}
    to_it = "to_wire" if name in _UPWARDS else "to_hub"
    if len(sides) == 2:
        return _BOTH
    return _TO_IT if to_it in sides else _TO_US if sides else ""


def _operations(known: Iterable[Known]) -> str:
    rows = [
        [one.title, f"`{one.provider.slug}`", *(_way(one.provider, unit) for unit in OPERATIONS.values())]
        for one in known
    ]
    return _table(["", "name", *OPERATIONS], rows)


def _connections(known: Iterable[Known]) -> str:
    rows = []
    for one in known:
        endpoint = one.provider.endpoint
        ways = [
            str(way["kind"])
            + (f" `{way['name']}`" if way.get("name") else "")
            + (", if at all" if way.get("optional") else "")
            for way in endpoint.get("auth", ())
        ]
        framings = [
            str(endpoint.get("framing", "")),
            *(str(way["framing"]) for way in endpoint.get("client_framings", ())),
        ]
        keys = [f"`{name}`" for name in _listed(endpoint.get("key_env"))]
        rows.append(
            [
                f"`{one.provider.slug}`",
                f"`{endpoint.get('base_url', '')}`",
                " or ".join(ways),
                ", ".join(keys),
                ", ".join(dict.fromkeys(framings)),
            ]
        )
    return _table(["", "where", "who asks is told by", "key in", "streams as"], rows)


def _facts(known: Sequence[Known]) -> str:
    rows: dict[str, list[list[str]]] = {}
    for one in known:
        provider = one.provider
        said: Mapping[str, Any] = provider.node.plain()
        rows[provider.slug] = [
            _fact("fact", name, fact.enum or (fact.type,), fact.default, said["facts"][name])
            for name, fact in provider.facts.items()
        ] + [
            _fact("setting", name, setting.get("enum") or ("text",), setting.get("default"), setting)
            for name, setting in provider.settings.items()
        ]
    shown = []
    for one in known:
        slug, family = one.provider.slug, _family(one.provider)
        same = rows.get(family, []) if family != slug else []
        shown += [[f"`{slug}`", *row] for row in rows[slug] if row not in same]
    return _table(["", "", "name", "values", "default", "what it says"], shown)


def _fact(what: str, name: str, values: Sequence[str], default: Any, said: Mapping[str, Any]) -> list[str]:
    kinds = [*values[:_WIDTH], *(["…"] if len(values) > _WIDTH else [])]
    text = ", ".join(map(str, default)) if isinstance(default, list) else str(default)
    usual = "" if default is None or default == [] else f"`{text.lower() if isinstance(default, bool) else text}`"
    return [what, f"`{name}`", " \\| ".join(kinds), usual, str(said.get("description", ""))]


def _listed(value: Any) -> list[str]:
    return [value] if isinstance(value, str) else list(value or ())


def _table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    lines = [head, ["---"] * len(head), *rows]
    return "".join(f"| {' | '.join(line)} |\n" for line in lines)
