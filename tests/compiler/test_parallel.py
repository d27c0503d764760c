"""Work that is shared out: the same results as one after the other."""

from __future__ import annotations

import subprocess
import sys

import pytest

from dragoman_codegen import parallel
from dragoman_codegen.parallel import each


@pytest.mark.parametrize("count", [0, 1, 2, 7, 600])
def test_results_stand_in_the_order_of_the_items(count: int) -> None:
    assert each(lambda n: [n, str(n)], range(count)) == [[n, str(n)] for n in range(count)]


@pytest.mark.parametrize("alone", [True, False])
def test_in_one_process_where_it_does_not_pay_or_cannot_be(monkeypatch: pytest.MonkeyPatch, alone: bool) -> None:
    monkeypatch.setattr(parallel, "_cores", lambda: 2 if alone else 1)
    done: list[int] = []
    assert each(done.append, [3, 1, 2], alone=alone) == [None] * 3
    assert done == [3, 1, 2]


PROGRAM = """
import os, time
from dragoman_codegen import parallel
parallel.os.cpu_count = lambda: 2
here = os.getpid()

def process(n):
    time.sleep(0.01)  # so that there is something left for the other one
    return os.getpid(), parallel.each(lambda _: os.getpid(), [0, 1])

processes = parallel.each(process, range(20))
print(len({one for one, _ in processes}) == 1 + hasattr(os, "fork"))
print(all(inner == [one, one] for one, inner in processes))  # what is shared out already is not shared out again

for one in parallel.each(lambda n: lambda: n, [1, 2, 3]):  # no data: done here
    print(one())

def fails_in_the_copy(n):
    if os.getpid() != here:
        raise RuntimeError("in the copy")
    time.sleep(0.01)
    return "here"

print(parallel.each(fails_in_the_copy, range(3)))

def wrong(n):
    raise ValueError("told once")

try:
    parallel.each(wrong, range(3))
except ValueError as error:
    print(error)
print(parallel.each(str, range(3)))
"""


def test_what_goes_wrong_in_a_copy_is_done_again() -> None:
    done = subprocess.run([sys.executable, "-c", PROGRAM], capture_output=True, text=True, timeout=60)
    assert done.stderr == ""
    assert done.stdout.splitlines() == [
        *("True", "True", "1", "2", "3"),
        *("['here', 'here', 'here']", "told once", "['0', '1', '2']"),
    ]
