"""Schema documents from the types that vendors ship.

`python -m dragoman_codegen.schemas <source.yaml>` reads a pinned SDK once and writes one JSON Schema document; the
documents are committed, so nothing here runs when translators are generated.
"""

__all__: list[str] = []
