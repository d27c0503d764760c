"""Specs with a random node taken out or put in another's place: the compiler finds faults and does not fall over.

Runs of `make fuzz` try other mutations than those of `make test`.
"""

from __future__ import annotations

import ast
import copy
import os
import random
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

from dragoman_codegen.checks import Exceptions, check_rules
from dragoman_codegen.diagnostics import Diagnostics, Span, render
from dragoman_codegen.project import emit
from dragoman_codegen.source import Node
from dragoman_codegen.spec import read_files, read_provider

ROOT = Path(__file__).resolve().parents[2]
SLUGS = sorted(path.parent.name for path in (ROOT / "specs" / "providers").glob("*/provider.yaml"))
FUZZ = os.environ.get("HYPOTHESIS_PROFILE") == "fuzz"
BATCHES = 200 if FUZZ else 10
BATCH = 30
_LONGEST = 16
ODD = [None, True, 0, -1.5, "", "@", "=x", "$nothing", "a.b[].c", "$model.nothing", "]", [], {}, ["@"], {"x": "@"}]


@cache
def trees(slug: str) -> tuple[dict[str, Node], dict[str, str]]:
    diagnostics = Diagnostics()
    files = read_files(ROOT, slug, diagnostics)
    assert not diagnostics.failed, render(diagnostics)
    return files, dict(diagnostics.sources)


def nodes(node: Node) -> Iterator[Node]:
    yield node
    for part in (*node.members.values(), *node.elements):
        yield from nodes(part)


def made(value: object, span: Span) -> Node:
    """A node for a plain value, at the place of the node that it stands for."""
    if isinstance(value, dict):
        members = {key: made(item, span) for key, item in value.items()}
        return Node("map", members, span, "flow", dict.fromkeys(members, span))
    if isinstance(value, list):
        return Node("list", [made(item, span) for item in value], span, "flow")
    assert value is None or isinstance(value, (str, int, float))
    return Node("scalar", value, span, "plain", {}, (span.line, span.col))


def mutate(root: Node, others: list[Node], chance: random.Random) -> str:
    """Change one place below the root, if it has any; what was done, in words."""
    places = [
        (node, key)
        for node in nodes(root)
        for key in (*node.members, *range(len(node.elements)))
        if not (node is root and key in ("slug", "unit", "hub", "wire"))
    ]
    if not places:
        return f"{root.span}: nothing is left to change"
    holder, key = chance.choice(places)
    old = holder.members[key] if isinstance(key, str) else holder.elements[key]
    match chance.randrange(5):
        case 0 if isinstance(key, str):
            del holder.members[key]
            return f"{old.span}: took out {key}"
        case 0:
            del holder.elements[key]  # type: ignore[arg-type]
            return f"{old.span}: took out an element"
        case 1 if isinstance(key, str):
            name = chance.choice([one for node in others for one in node.members] or [key])
            holder.members[name], holder.key_spans[name] = holder.members.pop(key), holder.key_spans[key]
            return f"{old.span}: called {key} {name}"
        case 2 | 3:
            new = copy.deepcopy(chance.choice(others))
        case _:
            new = made(chance.choice(ODD), old.span)
    if isinstance(key, str):
        holder.members[key] = new
    else:
        holder.elements[key] = new
    return f"{old.span}: put what stands at {new.span} there: {new.plain()!r:.200}"


def compiled(slug: str, files: dict[str, Node], unit: str) -> Diagnostics:
    diagnostics = Diagnostics()
    provider = read_provider(ROOT, slug, files, diagnostics)
    if provider is not None and not diagnostics.failed:
        provider.units = {name: one for name, one in provider.units.items() if name == unit}
        for text in emit(provider, diagnostics).values():
            if not diagnostics.failed:
                ast.parse(text)
        check_rules(provider, diagnostics, Exceptions())
    return diagnostics


@pytest.mark.slow
@pytest.mark.parametrize("batch", range(BATCHES))
def test_the_compiler_does_not_fall_over(batch: int) -> None:
    chance = random.Random(None if FUZZ else batch)
    found = 0
    for _ in range(BATCH):
        slug = chance.choice(SLUGS)
        whole, sources = trees(slug)
        name = chance.choice(sorted(whole))
        files = {**whole, name: copy.deepcopy(whole[name])}
        others = list(nodes(whole[name]))
        done = [mutate(files[name], others, chance) for _ in range(chance.choice([1, 1, 2]))]
        unit = chance.choice([one for one in sorted(whole) if one != "provider"]) if name == "provider" else name
        try:
            diagnostics = compiled(slug, files, unit)
        except Exception as accident:
            accident.add_note("\n".join([f"{slug}/{name}.yaml", *done]))
            raise
        found += len(diagnostics)
        known = {**diagnostics.sources, **sources}  # definitions may be another provider's
        for one in diagnostics:
            assert one.span.path in known, (one, done)
            lines = known[one.span.path].split("\n")
            assert 1 <= one.span.line <= len(lines), (one, done)
            # What was put there may be longer than what stands in the file.
            assert 1 <= one.span.col <= len(lines[one.span.line - 1]) + _LONGEST, (one, done)
    assert found > BATCH // 3
