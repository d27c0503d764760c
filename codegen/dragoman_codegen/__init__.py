"""Compiles specs to translator modules. Build time only: nothing here is imported when a translator runs."""

__all__: list[str] = []
