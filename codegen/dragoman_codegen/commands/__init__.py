"""The verbs of the command line, one module each: `add` declares one, its `run` does it."""

__all__: list[str] = []
