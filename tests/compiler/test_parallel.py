"""Two things at once: the same results as one after the other."""

from __future__ import annotations

import subprocess
import sys

import pytest

from dragoman_codegen import parallel
from dragoman_codegen.parallel import both


def test_both_results() -> None:
    assert both(lambda: [1], lambda: {"a": 2}) == ([1], {"a": 2})


def test_in_one_process_where_there_can_be_no_copy(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(parallel, "_can", lambda: False)
    order: list[str] = []
    assert both(lambda: order.append("first"), lambda: order.append("second")) == (None, None)
    assert order == ["first", "second"]


PROGRAM = """
import os
from dragoman_codegen import parallel
parallel.os.cpu_count = lambda: 2
here = os.getpid()
one, other = parallel.both(os.getpid, os.getpid)
print(one == here, (other != here) == hasattr(os, "fork"))

one, other = parallel.both(lambda: 1, lambda: lambda: 2)  # no data: done here
print(one, other())

def fails_in_the_copy():
    if os.getpid() != here:
        raise RuntimeError("in the copy")
    return "here"

print(parallel.both(lambda: 1, fails_in_the_copy))
def wrong():
    raise ValueError("told once")

for work in ((wrong, lambda: 1), (lambda: 1, wrong)):
    try:
        parallel.both(*work)
    except ValueError as error:
        print(error)
"""


def test_what_goes_wrong_in_the_copy_is_done_again() -> None:
    done = subprocess.run([sys.executable, "-c", PROGRAM], capture_output=True, text=True, timeout=60)
    assert done.stderr == ""
    assert done.stdout.splitlines() == ["True True", "1 2", "(1, 'here')", "told once", "told once"]
