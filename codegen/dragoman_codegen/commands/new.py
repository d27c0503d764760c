"""`dragoman new`: a folder for a provider that speaks like another one, to be filled in."""

from __future__ import annotations

import argparse
import datetime
import re
from pathlib import Path

from dragoman_codegen.commands.common import OK, CommandError, add_verb, find_root
from dragoman_codegen.layout import extendable, is_project

__all__ = ["add"]

_EXAMPLES = """
dragoman new parrot --like openai
dragoman new parrot --like openai --root ../my-specs
"""
_PROVIDER = """\
# yaml-language-server: $schema=../../language/provider.schema.json
# Facts about {name}'s API. It speaks like {like}, but for what stands in this folder.
slug: {slug}
name: {name}      # TODO: as its vendor writes it
source: "https://docs.{slug}.example, read {today}"      # TODO: the vendor's pages, and the day you read them
extends: {like}
replace:
  endpoint/base_url: https://api.{slug}.example{prefix}      # TODO: what stands before the paths of {like}
  endpoint/key_env: [{env}_API_KEY]      # TODO: what the vendor's own SDK looks for
  endpoint/base_url_env: [{env}_BASE_URL]
"""
_REQUEST = """\
# yaml-language-server: $schema=../../language/mapping.schema.json
# What differs in requests: paths into {like}'s {unit}.yaml, and what stands there instead.
replace: {{}}      # TODO: what it refuses, or calls otherwise; else delete this file
"""
_CASE = """\
# yaml-language-server: $schema=../../../language/case.schema.json
describe: A plain request
source: {{read: "{today}", how: made}}      # TODO: one case a difference, with the page it is from
unit: {unit}
direction: to_wire
given: {given}
gives: {gives}
{losses}"""


def add(verbs: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    help = "begin a provider that speaks like another one: a folder with what is to be filled in, and a case that holds"
    parser = add_verb(verbs, "new", help, _EXAMPLES, run)
    parser.add_argument("slug", metavar="SLUG", help="its name: lower case letters, digits and single hyphens")
    parser.add_argument("--like", required=True, metavar="PROVIDER", help="the provider that it extends")
    parser.add_argument("--root", type=Path, metavar="DIR", help="the folder with specs/ (default: from here upwards)")


def run(args: argparse.Namespace) -> int:
    providers = find_root(args.root) / "specs" / "providers"
    if not re.fullmatch(r"[a-z][a-z0-9]*(-[a-z0-9]+)*", args.slug):
        raise CommandError(f"{args.slug!r} is no slug: lower case letters, digits and single hyphens, a letter first")
    folder = providers / args.slug
    if folder.exists():
        raise CommandError(f"there is a provider {args.slug!r} already: {folder}")
    root = providers.parent.parent
    if args.like not in (known := extendable(root)):
        from dragoman_codegen.diagnostics import nearest

        near = nearest(args.like, known)
        raise CommandError(f"there is no provider {args.like!r}" + (f"; did you mean {near!r}?" if near else ""))
    if args.slug in known:
        raise CommandError(f"dragoman comes with a provider {args.slug!r}: take another name")
    prefix, unit, given, gives, losses = _plain(root, args.like)
    said = {
        "slug": args.slug,
        "name": args.slug.replace("-", " ").title(),
        "like": args.like,
        "env": args.slug.replace("-", "_").upper(),
        "today": datetime.date.today().isoformat(),
        "prefix": prefix,
        "unit": unit,
        "given": given,
        "gives": gives,
        "losses": losses,
    }
    for name, text in (
        ("provider.yaml", _PROVIDER),
        (f"{unit}.yaml", _REQUEST),
        (f"cases/{unit.replace('_', '-')}-plain.yaml", _CASE),
    ):
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        if is_project(root):  # the language does not lie in such a tree
            text = text.partition("\n")[2]
        path.write_text(text.format(**said), encoding="utf-8")
        print(path.relative_to(root).as_posix())
    print(f"Next: write in what is marked TODO; dragoman check {args.slug} lists it. Then dragoman generate.")
    return OK


def _plain(root: Path, like: str) -> tuple[str, str, str, str, str]:
    """The path of the other provider's base URL; a unit; a plain request of the hub for it, what the provider's code
    makes of that, and what it loses."""
    import json
    from urllib.parse import urlsplit

    from dragoman.steps import told
    from dragoman_codegen.proving import Package
    from dragoman_codegen.proving.setup import Setup

    package = Package.committed(root, like)
    if package is None:
        raise CommandError(f"{like} is not generated yet: dragoman generate")
    dialect = package.dialect
    unit, body = "request", {"model": "some-model", "messages": [{"role": "user", "content": "Hello"}]}
    if dialect.request_to_wire is None:  # it has no answers
        unit, body = "embeddings_request", {"model": "some-model", "input": "Hello"}
    settings = {name: setting.default for name, setting in dialect.settings.items()}
    context = {"model": "some-model", "stream": False, "media": {}}
    call = Setup("some-model", settings, dialect.facts("some-model", settings), context).call()
    made = package.unit(unit, f"{unit}_to_wire")(body, call)
    lost = [{"path": loss.path, "action": loss.action, "severity": loss.severity} for loss in told(call.losses)]
    losses = f"losses: {json.dumps(lost, ensure_ascii=False)}\n" if lost else ""
    prefix = urlsplit(dialect.base_url).path
    return prefix, unit, json.dumps(body, ensure_ascii=False), json.dumps(made, ensure_ascii=False), losses
