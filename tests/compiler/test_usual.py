"""What objects mostly hold goes a short way, and all others are looked at as before."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

from dragoman_codegen.proving import Package

from .made import array, generated, losses, obj, run, source

TEXT = {"type": "string"}
CALL, TASK = (
    {
        **obj("type id name", type={"const": kind}, id=TEXT, name=TEXT, caller=obj("kind", kind=TEXT), set=TEXT),
        "x-usual": ["type", "id", "name"],
    }
    for kind in ("call", "task")
)
SAY = {**obj("type text", type={"const": "say"}, text=TEXT), "x-usual": ["type", "text"]}
OUT = obj("", id=TEXT, name=TEXT, own=obj("", caller={"type": "object"}, set=TEXT))
REQUEST = """\
unit: request
hub: Item
wire: Item
to_wire:
  done:
    $each: calls
    $match: type
    $cases:
      call: {id: id, name: name, own: {$use: own}}
      task: {id: id, name: "join('', [name, '!'])", own: {$use: own}}
      say: {name: text}
defs:
  own: {caller: {$when: "caller.kind != 'model'", $get: caller}, set: set}
"""


@pytest.fixture(scope="module")
def package(tmp_path_factory: pytest.TempPathFactory) -> Package:
    given = {
        "hub": obj("calls", calls=array({"oneOf": [CALL, TASK, SAY]})),
        "schema": obj("", done=array(OUT)),
        "request.yaml": REQUEST,
    }
    return generated(tmp_path_factory.mktemp("usual"), acme=given)["acme"]


PLAIN = {"type": "call", "id": "1", "name": "n"}
MADE = {"id": "1", "name": "n"}


@pytest.mark.parametrize(
    ("more", "own", "told"),
    [
        ({}, None, []),
        ({"set": "s"}, {"set": "s"}, []),
        ({"caller": {"kind": "tool"}}, {"caller": {"kind": "tool"}}, []),
        ({"caller": {"kind": "model"}}, None, []),
        ({"caller": {"kind": "model"}, "set": "s"}, {"set": "s"}, []),
        ({"odd": 1}, None, ["calls[0].odd dropped"]),
        ({"odd": None, "set": "s"}, {"set": "s"}, []),
    ],
)
def test_a_definition_of_members_that_are_seldom_there(
    package: Package, more: dict[str, Any], own: dict[str, Any] | None, told: list[str]
) -> None:
    found = run(package, {"calls": [{**PLAIN, **more}, {"type": "say", "text": "t"}]})
    assert found.out == {"done": [MADE if own is None else {**MADE, "own": own}, {"name": "t"}]}
    assert losses(found) == told


def test_it_checks_what_is_there(package: Package) -> None:
    fault = run(package, {"calls": [{**PLAIN, "caller": "tool"}]}).fault
    assert "calls[0].caller" in str(fault)


def test_it_is_called_where_there_are_some(package: Package) -> None:
    assert re.search(r"_own\(\w+, .*, call\) if len\(\w+\) > 3 else None", source(package))


KINDS = """\
unit: request
hub: Item
wire: Item
to_wire:
  done:
    $each: calls
    $make:
      $let: {said: {$match: type, $cases: {call: id, say: text}}}
      name: $said
      $ignore: {"name, caller, set": not looked at}
"""


def test_kinds_are_looked_up_by_a_tag_that_is_known(tmp_path: Path) -> None:
    given = {
        "hub": obj("calls", calls=array({"oneOf": [CALL, SAY]})),
        "schema": obj("", done=array(obj("", name=TEXT))),
        "request.yaml": KINDS,
    }
    package = generated(tmp_path, acme=given)["acme"]
    found = run(package, {"calls": [{**PLAIN, "text": "t"}, {"type": "say", "text": "t", "id": "2"}]})
    assert found.out == {"done": [{"name": "1"}, {"name": "t"}]}
    assert losses(found) == ["calls[0].text dropped", "calls[1].id dropped"]
    assert re.search(r"_KINDS\.get\(type_, _\w+_KEYS", source(package))
