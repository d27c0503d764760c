"""`$table` and `$lower`. How a JSON Schema is rewritten is the runtime's business; what is taken is data."""

from __future__ import annotations

from typing import Any

from dragoman.kit.call import Call
from dragoman.kit.lower import SchemaDialect, lower_schema
from dragoman.loss import Rule as Reported
from dragoman.places import join, keys_of
from dragoman_codegen.reference.run import Run
from dragoman_codegen.reference.sight import Place
from dragoman_codegen.rules import SCHEMA_FORMS
from dragoman_codegen.spec import Entry

__all__ = ["look_up", "lowered"]


def look_up(run: Run, name: str, key: Any, place: Place) -> Any:
    """The value for a key; null for null."""
    if key is None:
        return None
    table = run.provider.tables[name]
    entries = table.entries(run.direction)
    entry = entries.get(key) if isinstance(key, str) else None
    if entry is not None:
        _tell(run, place, entry, ("contract", "no counterpart") if entry.value is None else None)
        return entry.value
    unknown = table.unknown.get(run.direction)
    if unknown is None:
        if run.strict:
            run.refuse(place, f"one of {', '.join(entries)}")
        run.lose(place, "dropped", "contract", f"not in table {name}")
        return None
    _tell(run, place, unknown, ("contract", f"not in table {name}"))
    return unknown.value


def _tell(run: Run, place: Place, entry: Entry, otherwise: tuple[str, str] | None) -> None:
    note = entry.note or otherwise
    if note is not None:
        run.lose(place, "dropped" if entry.value is None else "substituted", *note)


def lowered(run: Run, name: str, schema: Any, place: Place) -> Any:
    data = run.provider.dialects[name]
    call = Call()
    dialect = SchemaDialect(
        keep=frozenset(data.get("keep", ())),
        rename=data.get("rename", {}),
        values={key: tuple(values) for key, values in data.get("values", {}).items()},
        force=data.get("force", {}),
        to_description=frozenset(data.get("to_description", ())),
        moved=_said(data, "moved", "moved", "told in the description: the decoder does not take it"),
        dropped=_said(data, "dropped", "dropped", "not taken by the decoder"),
        forced=_said(data, "forced", "substituted", "the decoder demands it"),
        **{key: data[key] for key in SCHEMA_FORMS if key in data},
    )
    made = lower_schema(schema, dialect, call, join(place))
    for rule, at in call.losses:
        run.lose(tuple(keys_of(at)), rule.action, rule.severity, rule.reason)
    return made


def _said(data: dict[str, Any], key: str, action: str, reason: str) -> Reported:
    said = data.get(key)
    severity, reason = next(iter(said.items())) if isinstance(said, dict) and said else ("tuning", reason)
    return Reported(action, str(severity), str(reason), "")
