"""TypedDicts for the bodies that generated functions take and give, from the same schema documents as the rules.

They are written by datamodel-code-generator, for type checkers and readers: at run time a body is a plain dict. The
generator takes seconds, so what it made is kept under the digest of what it was made from.
"""

from __future__ import annotations

import hashlib
import importlib.metadata
import json
import re
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

__all__ = ["cache_folder", "typeddicts"]

_REF = "#/$defs/"
_LINE_LENGTH = 120
_FORM = "1"  # counts up when this module makes other text from the same document
_TOOLS = ("datamodel-code-generator", "black")


def typeddicts(schema_doc: Mapping[str, Any], roots: Sequence[str], cache: Path | None = None) -> str:
    """Python source with one TypedDict for each definition that `roots` reach, under the definition's name.

    The same document always gives the same text. It starts at `from __future__ import annotations`, needs the standard
    library alone and is formatted. `cache` is a folder, by default the one of the working copy.
    """
    document = _prepared(schema_doc["$defs"], roots)
    folder = cache if cache is not None else cache_folder()
    kept = folder / "typeddicts" / f"{_digest(document)}.py" if folder is not None else None
    if kept is not None and kept.is_file():
        return kept.read_text(encoding="utf-8")
    text = _formatted(_generated(document))
    missing = [root for root in roots if not re.search(rf"^(class )?{re.escape(root)}\b", text, re.MULTILINE)]
    if missing:
        raise ValueError(f"$defs: {missing[0]}: no type of that name came out")
    if kept is not None:
        kept.parent.mkdir(parents=True, exist_ok=True)
        (kept.parent / ".gitignore").write_text("*\n", encoding="utf-8")  # nobody's project has to know of it
        kept.write_text(text, encoding="utf-8")
    return text


def cache_folder() -> Path | None:
    """`.dragoman-cache` beside the `specs` folder that the working directory is in or under."""
    here = Path.cwd()
    root = next((folder for folder in (here, *here.parents) if (folder / "specs").is_dir()), None)
    return root / ".dragoman-cache" if root is not None else None


def _prepared(definitions: Mapping[str, Any], roots: Iterable[str]) -> dict[str, Any]:
    """What the roots reach, with objects open: closed ones would need more than the standard library's TypedDict."""
    done: dict[str, Any] = {}
    todo = sorted(roots)
    while todo:
        name = todo.pop()
        if name in done:
            continue
        if name not in definitions:
            raise ValueError(f"$defs: there is no definition {name!r}")
        done[name] = _opened(definitions[name], definitions, todo)
    return {"$schema": "http://json-schema.org/draft-07/schema#", "$defs": {name: done[name] for name in sorted(done)}}


def _opened(schema: Any, definitions: Mapping[str, Any], todo: list[str]) -> Any:
    if isinstance(schema, list):
        return [_opened(item, definitions, todo) for item in schema]
    if not isinstance(schema, dict):
        return schema
    reference = schema.get("$ref")
    if isinstance(reference, str):
        name = reference.removeprefix(_REF)
        if _is_map(definitions.get(name, {})):
            return _opened(definitions[name], definitions, todo)
        todo.append(name)
        return {"$ref": reference}
    closed_or_named = schema.get("additionalProperties") is False or "properties" in schema
    return {
        key: _opened(value, definitions, todo)
        for key, value in schema.items()
        if key != "description" and not (key == "additionalProperties" and closed_or_named)
    }


def _is_map(schema: Mapping[str, Any]) -> bool:
    """An object without names of its own reads better as `dict[str, Any]` than as a type without fields."""
    return schema.get("type") == "object" and "properties" not in schema and bool(schema.get("additionalProperties"))


def _digest(document: Mapping[str, Any]) -> str:
    versions = [f"{tool} {importlib.metadata.version(tool)}" for tool in _TOOLS]
    text = json.dumps([_FORM, versions, document], sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()


def _generated(document: Mapping[str, Any]) -> str:
    from datamodel_code_generator import Formatter, InputFileType, LiteralType, PythonVersion, generate
    from datamodel_code_generator.enums import DataModelType

    text = generate(
        json.dumps(document),
        input_file_type=InputFileType.JsonSchema,
        output_model_type=DataModelType.TypingTypedDict,
        target_python_version=PythonVersion.PY_311,
        disable_timestamp=True,
        enum_field_as_literal=LiteralType.All,
        formatters=[Formatter.BUILTIN],
        skip_root_model=True,
        use_double_quotes=True,
        use_standard_collections=True,
        use_union_operator=True,
    )
    assert isinstance(text, str)
    return text[text.index("from __future__") :]


def _formatted(text: str) -> str:
    import black

    return black.format_str(text, mode=black.Mode(line_length=_LINE_LENGTH))
