"""Why a body does not fit a schema, said once and at the right place.

jsonschema reports a failed union as one error per member; what a reader wants to know is what is wrong with the member
that the discriminator picks.
"""

from __future__ import annotations

from typing import Any

from jsonschema import Draft7Validator
from jsonschema.exceptions import ValidationError, best_match

__all__ = ["faults", "validator"]


def validator(document: dict[str, Any], root: str) -> Draft7Validator:
    return Draft7Validator({"$ref": f"#/$defs/{root}", "$defs": document["$defs"]})


def faults(judge: Draft7Validator, body: object) -> list[str]:
    """`path: what is wrong`, list places as `*`; empty when the body fits."""
    found = set()
    for error in judge.iter_errors(body):
        found |= {_line(leaf) for leaf in _leaves(error)}
    return sorted(found)


def _line(error: ValidationError) -> str:
    path = ".".join("*" if isinstance(step, int) else str(step) for step in error.absolute_path)
    if error.validator == "additionalProperties":
        return f"{path}: {error.message.partition('(')[2].partition(' was')[0].partition(' were')[0]} unknown"
    if error.validator == "type":
        return f"{path}: not of type {error.validator_value}"
    return f"{path}: {error.message[-120:]}"


def _leaves(error: ValidationError) -> list[ValidationError]:
    if error.validator not in ("oneOf", "anyOf") or not error.context:
        return [error]
    members: dict[object, list[ValidationError]] = {}
    for inner in error.context:
        members.setdefault(inner.schema_path[0], []).append(inner)
    fitting = [errors for errors in members.values() if not any(_is_choice(item, error) for item in errors)]
    if len(fitting) != 1:
        best = best_match([error])
        return [best] if best is not None else [error]
    return [leaf for item in fitting[0] for leaf in _leaves(item)]


def _is_choice(inner: ValidationError, error: ValidationError) -> bool:
    """True when a member fails because it is another member, or another kind of value."""
    depth = len(inner.absolute_path) - len(error.absolute_path)
    return (depth == 0 and inner.validator == "type") or (depth == 1 and inner.validator == "const")
