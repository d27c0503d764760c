"""What is said about a file that does not have the shape of the language."""

# ruff: noqa: E501 - the texts stand here as they are printed

from __future__ import annotations

from textwrap import dedent

import pytest

from dragoman_codegen.diagnostics import Diagnostics, render
from dragoman_codegen.metaschema import FileKind, validate
from dragoman_codegen.source import parse

FAULTS: dict[str, tuple[FileKind, str, str]] = {
    "misspelt keys": (
        "provider",
        """\
        slug: alpha
        name: Alpha
        source: none
        endpont: {framing: sse}
        """,
        """\
        x.yaml:4:1: error[DG201]: the key "endpont" has no meaning here
          4 | endpont: {framing: sse}
            | ^^^^^^^
          help: did you mean "endpoint"?
        """,
    ),
    "a way to send a key that has no name": (
        "provider",
        """\
        slug: alpha
        name: Alpha
        source: none
        endpoint: {auth: [{kind: bearer}, {kind: header}]}
        """,
        """\
        x.yaml:4:35: error[DG202]: the key "name" is missing here
          4 | endpoint: {auth: [{kind: bearer}, {kind: header}]}
            |                                   ^
          help: name: Which header, parameter or service it is.
        """,
    ),
    "unknown keys": (
        "provider",
        """\
        slug: alpha
        extends: beta
        colour: red
        tables:
          reason: {zebra: 1}
        """,
        """\
        x.yaml:3:1: error[DG201]: the key "colour" has no meaning here
          3 | colour: red
            | ^^^^^^
          help: the keys are explained in specs/language/README.md

        x.yaml:5:12: error[DG201]: the key "zebra" has no meaning here
          5 |   reason: {zebra: 1}
            |            ^^^^^
          help: keys that can stand here: pairs, to_wire_only, to_hub_only, unknown, rows
        """,
    ),
    "a missing key": (
        "mapping",
        """\
        # a comment
        hub: Request
        to_wire: {a: b}
        """,
        """\
        x.yaml:2:1: error[DG202]: the key "wire" is missing here
          2 | hub: Request
            | ^^^
          help: wire: The definition of the provider's schema that the wire side is checked against.
        """,
    ),
    "a missing key in a mapping on one line": (
        "provider",
        """\
        slug: alpha
        extends: beta
        facts: {max_output: {type: integer}}
        """,
        """\
        x.yaml:3:21: error[DG202]: the key "default" is missing here
          3 | facts: {max_output: {type: integer}}
            |                     ^
          help: default: The value for models that no row of `models` names.
        """,
    ),
    "values of the wrong kind": (
        "provider",
        """\
        slug: alpha
        extends: beta
        models: {}
        endpoint: {event_names: yes, headers: [x]}
        settings:
          region: {default: 1}
        """,
        """\
        x.yaml:3:9: error[DG203]: expected a list, found a mapping
          3 | models: {}
            |         ^
          help: models: Facts about models that are not like the newest ones; later rows win.

        x.yaml:4:25: error[DG203]: expected a boolean, found the text "yes"
          4 | endpoint: {event_names: yes, headers: [x]}
            |                         ^^^
          help: event_names: Whether events carry names in the framing.

        x.yaml:4:39: error[DG203]: expected a mapping, found a list
          4 | endpoint: {event_names: yes, headers: [x]}
            |                                       ^
          help: headers: Headers of each request; `{setting}` and `{context}` are filled in, and a header with a hole that cannot be filled is left out.

        x.yaml:6:21: error[DG203]: expected text or null, found the number 1
          6 |   region: {default: 1}
            |                     ^
          help: default: The value if the user gives none; without it what needs the setting stays unfilled.
        """,
    ),
    "a word that is none of those allowed": (
        "provider",
        """\
        slug: alpha
        extends: beta
        endpoint: {framing: ssse}
        """,
        """\
        x.yaml:3:21: error[DG204]: expected "sse", "ndjson", "aws_event_stream" or "json_array", found the text "ssse"
          3 | endpoint: {framing: ssse}
            |                     ^^^^
          help: did you mean "sse"?
        """,
    ),
    "a slug of the wrong form": (
        "provider",
        """\
        slug: Alpha_1
        extends: beta
        """,
        """\
        x.yaml:1:7: error[DG205]: a slug is made of lower-case letters, digits and single hyphens, and starts with a letter; found the text "Alpha_1"
          1 | slug: Alpha_1
            |       ^^^^^^^
          help: slug: The name of the folder, of the module (with underscores) and in the API.
        """,
    ),
    "operators": (
        "mapping",
        """\
        hub: Request
        wire: Request
        to_wire:
          a: {$mach: type, $cases: {}}
          b:
            - {$get: 3}
          c: {$is: obj}
          $drop:
            seed: {tunig: no counterpart}
        """,
        """\
        x.yaml:4:7: error[DG201]: the key "$mach" has no meaning here
          4 |   a: {$mach: type, $cases: {}}
            |       ^^^^^
          help: did you mean "$match"?

        x.yaml:4:28: error[DG205]: a mapping that is not empty must stand here
          4 |   a: {$mach: type, $cases: {}}
            |                            ^
          help: $cases: Beside $match: rules by value; a key may name several values, `"a, b"`.

        x.yaml:6:14: error[DG203]: expected text, found the number 3
          6 |     - {$get: 3}
            |              ^
          help: $get: A JMESPath expression on the current item `@`; `$name` are the names in sight.

        x.yaml:7:12: error[DG204]: expected "object", "array", "string", "number" or "boolean", found the text "obj"
          7 |   c: {$is: obj}
            |            ^^^
          help: did you mean "object"?

        x.yaml:9:12: error[DG201]: the key "tunig" has no meaning here
          9 |     seed: {tunig: no counterpart}
            |            ^^^^^
          help: did you mean "tuning"?
        """,
    ),
    "steps": (
        "stream",
        """\
        hub: Chunk
        wire: Event
        to_hub:
          state: {n: {type: int}}
          events:
            start: [{emitt: chunk}]
            stop: {put: {}}
        """,
        """\
        x.yaml:4:21: error[DG204]: expected "string", "integer", "number", "boolean", "object", "list", "map" or "counter", found the text "int"
          4 |   state: {n: {type: int}}
            |                     ^^^
          help: did you mean "integer"?

        x.yaml:6:14: error[DG201]: the key "emitt" has no meaning here
          6 |     start: [{emitt: chunk}]
            |              ^^^^^
          help: did you mean "emit"?

        x.yaml:7:12: error[DG201]: the key "put" has no meaning here
          7 |     stop: {put: {}}
            |            ^^^
          help: keys that can stand here: ignore, drop, reject, do
        """,
    ),
    "a case without an outcome": (
        "case",
        """\
        describe: A system message goes into the field of its own
        source: {read: yesterday, how: made}
        unit: request
        direction: to_wire
        given: {}
        """,
        """\
        x.yaml:1:1: error[DG202]: one of the keys "gives", "refused" or "malformed" is missing here
          1 | describe: A system message goes into the field of its own
            | ^^^^^^^^

        x.yaml:2:16: error[DG205]: a date must stand here, like 2026-11-22; found the text "yesterday"
          2 | source: {read: yesterday, how: made}
            |                ^^^^^^^^^
          help: read: The day it was read or recorded.
        """,
    ),
    "no mapping at all": (
        "errors",
        "- a\n",
        """\
        x.yaml:1:1: error[DG203]: expected a mapping, found a list
          1 | - a
            | ^
          help: How errors are translated; the item is `{status, body, headers}`, and so is the result.
        """,
    ),
}


@pytest.mark.parametrize("name", FAULTS)
def test_the_report_is_in_words_of_the_language(name: str) -> None:
    kind, text, expected = FAULTS[name]
    diagnostics = Diagnostics()
    node = parse(dedent(text).encode(), "x.yaml", diagnostics)
    assert node is not None
    assert not validate(node, kind, diagnostics)
    assert render(diagnostics) == dedent(expected)


def test_a_delta_need_not_be_complete() -> None:
    for text in ("replace: {to_wire/model: model}", "keep: [seed]", "remove: {to_wire/seed: it is not repeated}"):
        diagnostics = Diagnostics()
        node = parse(text.encode(), "x.yaml", diagnostics)
        assert node is not None
        assert validate(node, "mapping", diagnostics), render(diagnostics)
    node = parse(b"to_wire: {a: b}", "x.yaml", diagnostics)
    assert node is not None
    assert validate(node, "mapping", diagnostics, delta=True)
    assert not validate(node, "mapping", diagnostics)


def test_deep_rules_are_looked_at() -> None:
    depth = 95
    diagnostics = Diagnostics()
    node = parse(f"hub: A\nwire: B\nto_wire: {'{a: ' * depth}{{$get: 1}}{'}' * depth}".encode(), "x.yaml", diagnostics)
    assert node is not None
    assert not validate(node, "mapping", diagnostics)
    assert [d.code for d in diagnostics] == ["DG203"]
