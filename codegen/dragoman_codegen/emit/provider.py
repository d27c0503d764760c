"""A provider's own module: its endpoint as a `Dialect`, and the facts about its models as a function."""

from __future__ import annotations

from typing import Any

from dragoman_codegen.jmes.python import literal_code, quote
from dragoman_codegen.source import Node
from dragoman_codegen.spec import Provider

__all__ = ["emit_facts", "emit_init"]

_ENDPOINT = ("method", "base_url", "path", "stream_path", "paths", "hosts", "client_paths", "client_stream_paths",
             "headers", "forward_headers", "response_headers",
             "key_env", "base_url_env", "framing", "event_field", "terminator",
             "stream_default")  # fmt: skip
_TUPLES = ("client_paths", "client_stream_paths", "forward_headers", "key_env", "base_url_env")
_MORE = (
    "embeddings_request",
    "embeddings_response",
    "models_response",
    "count_tokens_request",
    "count_tokens_response",
)
_UNITS = {
    ("request", "to_wire"): ("request_to_wire", "request", "request_to_wire"),
    ("request", "to_hub"): ("request_to_hub", "request", "request_to_hub"),
    ("response", "to_hub"): ("response_to_hub", "response", "response_to_hub"),
    ("response", "to_wire"): ("response_to_wire", "response", "response_to_wire"),
    ("stream", "to_hub"): ("stream_to_hub", "stream", "StreamToHub"),
    ("stream", "to_wire"): ("stream_to_wire", "stream", "StreamToWire"),
    ("errors", "to_hub"): ("error_to_hub", "errors", "error_to_hub"),
    ("errors", "to_wire"): ("error_to_wire", "errors", "error_to_wire"),
}


def emit_init(provider: Provider) -> str:
    """`__init__.py`: `DIALECT`."""
    imports: dict[str, list[str]] = {}
    units: list[str] = []
    for (unit, direction), (parameter, module, name) in _UNITS.items():
        found = provider.units.get(unit)
        if found is not None and (direction in found.sides or direction in found.streams):
            imports.setdefault(module, []).append(name)
            units.append(f"{parameter}={name},")
    more = []
    for unit in _MORE:
        found = provider.units.get(unit)
        for direction in found.sides if found is not None else ():
            name = f"{unit}_{direction}"
            imports.setdefault(unit, []).append(name)
            more.append(f"{quote(name)}: {name}, ")
    if more:
        units.append(f"more={{{''.join(more)}}},")
    after = [name.removesuffix("_request") for name, unit in provider.units.items() if unit.after]
    if after:
        units.append(f"after=({''.join(f'{quote(name)}, ' for name in sorted(after))}),")
    if provider.facts:
        imports.setdefault("facts", []).append("facts")
        units.append("facts=facts,")
    closed = {name: fact.enum for name, fact in provider.facts.items() if fact.enum}
    if closed:
        words = "".join(f"{quote(name)}: ({''.join(f'{quote(v)}, ' for v in enum)}), " for name, enum in closed.items())
        units.append(f"fact_values={{{words}}},")
    arguments = [quote(provider.slug) + ",", f"title={quote(_title(provider.node))},"]
    endpoint = provider.endpoint
    paths = dict(endpoint.get("paths") or {})
    endpoint |= {"path": paths.pop("request", None), "stream_path": paths.pop("stream", None), "paths": paths or None}
    used = {"Dialect"}
    for key in _ENDPOINT:
        if endpoint.get(key) is not None:
            value = endpoint[key]
            if key in _TUPLES:
                value = (
                    "(" + "".join(f"{quote(str(v))}, " for v in ([value] if isinstance(value, str) else value)) + ")"
                )
                arguments.append(f"{key}={value},")
            else:
                arguments.append(f"{key}={literal_code(value)},")
    if endpoint.get("event_names"):
        arguments.append("event_names=True,")
    if endpoint.get("envelope"):
        used.add("Envelope")
        arguments.append(
            f"envelope=Envelope({quote(endpoint['envelope']['event'])}, {quote(endpoint['envelope']['field'])}),"
        )
    for key, first, second in (("client_framings", "framing", "query"), ("base_urls", "when", "url")):
        rows = [
            f"({literal_code(row.get(first))}, {literal_code(row.get(second, {}))}), " for row in endpoint.get(key, ())
        ]
        if rows:
            arguments.append(f"{key}=({''.join(rows)}),")
    if endpoint.get("auth"):
        used.add("Auth")
        arguments.append("auth=(" + "".join(f"{_auth(entry)}, " for entry in endpoint["auth"]) + "),")
    if provider.settings:
        used.add("Setting")
        arguments.append(
            "settings={" + "".join(f"{quote(k)}: {_setting(v)}, " for k, v in provider.settings.items()) + "},"
        )
    lines = [f"from dragoman.dialect import {', '.join(sorted(used))}"]
    for module in sorted(imports):
        lines.append(f"from {provider.package}.{provider.module}.{module} import {', '.join(sorted(imports[module]))}")
    lines += ["", '__all__ = ["DIALECT"]', "", "DIALECT = Dialect(", *arguments, *units, ")", ""]
    return "\n".join(lines)


def _title(node: Node) -> str:
    return str(node.members["name"].scalar) if "name" in node.members else str(node.members["slug"].scalar)


def _auth(entry: dict[str, Any]) -> str:
    name = f", {quote(str(entry['name']))}" if entry.get("name") else ""
    optional = ", optional=True" if entry.get("optional") else ""
    return f"Auth({quote(str(entry['kind']))}{name}{optional})"


def _setting(data: dict[str, Any]) -> str:
    parts = [literal_code(data.get("default"))]
    values = data.get("enum")
    parts.append("(" + "".join(f"{quote(str(v))}, " for v in values) + ")" if values else "None")
    env = data.get("env")
    if env:
        parts.append("(" + "".join(f"{quote(str(v))}, " for v in ([env] if isinstance(env, str) else env)) + ")")
    return f"Setting({', '.join(parts)})"


def emit_facts(provider: Provider) -> str:
    """`facts.py`: what is known of a model. The result is shared between calls: do not change it."""
    defaults = {name: fact.default for name, fact in provider.facts.items()}
    rows = provider.node.members.get("models")
    imported = provider.node.members["import"].members if "import" in provider.node.members else {}
    conditions = sorted({key for row in (rows.elements if rows else ()) for key in _when(row)})
    body: list[str] = []
    for row in rows.elements if rows else ():
        tests = [*_matches(row), *(f"settings.get({quote(k)}) == {literal_code(v)}" for k, v in _when(row).items())]
        home, file = row.span.path.split("/")[-2:]
        where = f"{f'{home}/{file}' if home in imported else file}:{row.span.line}"
        values = {k: v.plain() for k, v in row.members["set"].members.items()} if "set" in row.members else {}
        body.append(f"    if {' and '.join(tests) or 'True'}:  # {where}")
        body.append(f"        known.update({literal_code(values)})")
    key = ", ".join(["model", *(f"settings.get({quote(name)})" for name in conditions)])
    fnmatch = any("fnmatchcase" in line for line in body)
    lines = [
        "from collections.abc import Mapping",
        *(["from fnmatch import fnmatchcase"] if fnmatch else []),
        "from typing import Any",
        "",
        '__all__ = ["facts"]',
        "",
        f"_DEFAULTS: dict[str, Any] = {literal_code(defaults)}",
        "_known: dict[tuple[Any, ...], dict[str, Any]] = {}",
        "",
        "",
        "def facts(model: str, settings: Mapping[str, Any]) -> dict[str, Any]:",
        '    """What is known of a model; an unknown one is treated like the newest. Shared between calls."""',
        f"    key = ({key},)",
        "    known = _known.get(key)",
        "    if known is not None:",
        "        return known",
        "    known = dict(_DEFAULTS)",
        *body,
        "    if len(_known) >= 1000:  # names come from callers",
        "        _known.clear()",
        "    _known[key] = known",
        "    return known",
        "",
    ]
    return "\n".join(lines)


def _when(row: Node) -> dict[str, Any]:
    return dict(row.members["when"].plain()) if "when" in row.members else {}


def _matches(row: Node) -> list[str]:
    node = row.members.get("match")
    if node is None:
        return []
    patterns = [str(item.scalar) for item in node.elements] if node.kind == "list" else [str(node.scalar)]
    starts = [p[:-1] for p in patterns if p.endswith("*") and not set("*?[") & set(p[:-1])]
    exact = [p for p in patterns if not set("*?[") & set(p)]
    others = [p for p in patterns if p[:-1] not in starts and p not in exact]
    tests = []
    if starts:
        shown = ", ".join(map(quote, starts))
        tests.append(f"model.startswith(({shown}))" if len(starts) > 1 else f"model.startswith({shown})")
    if exact:
        tests.append(f"model in ({', '.join(map(quote, exact))},)" if len(exact) > 1 else f"model == {quote(exact[0])}")
    tests += [f"fnmatchcase(model, {quote(p)})" for p in others]
    return [tests[0] if len(tests) == 1 else f"({' or '.join(tests)})"]
