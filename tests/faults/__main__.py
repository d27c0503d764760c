"""Puts faults into the real specs and counts those that the compiler finds.

    python -m tests.faults --seed 7 --count 300
    python -m tests.faults --kind misspelt-field --count 20 --show
    python -m tests.faults --provider gemini --provider bedrock

A fault is one edit that an author might make by mistake and that is wrong by the schemas or by the language. It counts
as found if an error names the file and the line of the edit; where something is missing, the line of what it is missing
from. Cases are not run: this is about what the checks see by themselves.
"""

from __future__ import annotations

import argparse
import os
import sys
import time
from collections import Counter, defaultdict
from multiprocessing import get_context

from .inject import KINDS, choose
from .judge import OUTCOMES, Judge, Verdict
from .specs import SLUGS, Fault, whole

__all__ = ["main"]

_JUDGES: list[Judge] = []
WANTED = 95.0


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.faults", description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--count", type=int, default=300)
    parser.add_argument("--kind", action="append", choices=sorted(KINDS), help="only these kinds; may be repeated")
    parser.add_argument("--provider", action="append", choices=whole(), help="whose specs; may be repeated")
    parser.add_argument("--show", action="store_true", help="each fault that is not found, with what was said instead")
    parser.add_argument("--show-all", action="store_true", help="each fault, with what was said")
    parser.add_argument("--workers", type=int, default=min(2, os.cpu_count() or 1))
    args = parser.parse_args()
    SLUGS[:] = args.provider or SLUGS
    began = time.monotonic()
    faults = choose(args.seed, args.count, args.kind)
    verdicts = judged(faults, args.workers)
    for fault, verdict in zip(faults, verdicts, strict=True):
        if args.show_all or (args.show and verdict.outcome != OUTCOMES[0]) or verdict.outcome == "crash":
            print(_shown(fault, verdict))
    print(_table(faults, verdicts))
    found = sum(verdict.outcome == OUTCOMES[0] for verdict in verdicts)
    share = 100 * found / max(1, len(faults))
    print(f"\nseed {args.seed}: {found} of {len(faults)} faults reported at the line, {share:.1f} %", end="")
    print(f"; {time.monotonic() - began:.0f} s")
    crashed = any(verdict.outcome == "crash" for verdict in verdicts)
    return 1 if share < WANTED or crashed else 0


def judged(faults: list[Fault], workers: int) -> list[Verdict]:
    """The verdicts, in the order of the faults."""
    if workers < 2:
        judge = Judge()
        try:
            return [judge(fault) for fault in faults]
        finally:
            judge.close()
    with get_context("fork").Pool(workers) as pool:
        verdicts = pool.map(_judge, faults, chunksize=2)
        pool.close()
        pool.join()
        return verdicts


def _judge(fault: Fault) -> Verdict:
    if not _JUDGES:
        _start()
    return _JUDGES[0](fault)


def _start() -> None:
    import atexit
    import gc
    from multiprocessing.util import Finalize

    judge = Judge()
    _JUDGES.append(judge)
    Finalize(None, judge.close, exitpriority=1)
    atexit.register(judge.close)
    gc.freeze()


def _shown(fault: Fault, verdict: Verdict) -> str:
    lines = ",".join(map(str, sorted(fault.lines)))
    parts = [f"== {verdict.outcome}: {fault.kind}, {fault.path}:{lines}", fault.shown, verdict.text]
    return "\n".join(part for part in parts if part) + "\n"


def _table(faults: list[Fault], verdicts: list[Verdict]) -> str:
    rows: dict[str, Counter[str]] = defaultdict(Counter)
    codes: dict[str, Counter[str]] = defaultdict(Counter)
    for fault, verdict in zip(faults, verdicts, strict=True):
        rows[fault.kind][verdict.outcome] += 1
        rows[fault.kind]["besides"] += verdict.besides if verdict.outcome == OUTCOMES[0] else 0
        if verdict.outcome == OUTCOMES[0]:
            codes[fault.kind].update(verdict.codes)
    width = max(map(len, rows), default=4)
    lines = [f"{'kind':{width}}  made  line  else  silent  crash  besides  codes"]
    total: Counter[str] = Counter()
    for kind in sorted(rows):
        total.update(rows[kind])
        said = " ".join(code for code, _ in codes[kind].most_common())
        lines.append(f"{kind:{width}}  {_numbers(rows[kind])}  {said}".rstrip())
    lines.append(f"{'all':{width}}  {_numbers(total)}")
    made = max(1, len(faults))
    lines.append(f"{'per cent':{width}}        " + "  ".join(f"{100 * total[o] / made:4.1f}" for o in OUTCOMES))
    return "\n".join(lines)


def _numbers(row: Counter[str]) -> str:
    made = sum(row[outcome] for outcome in OUTCOMES)
    counts = [row[outcome] for outcome in OUTCOMES]
    return f"{made:4}  {counts[0]:4}  {counts[1]:4}  {counts[2]:6}  {counts[3]:5}  {row['besides']:7}"


if __name__ == "__main__":
    sys.exit(main())
