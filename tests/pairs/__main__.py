"""`python -m tests.pairs FOLDER [--show N]`: every ordered pair of dialects, over the reference data in FOLDER."""

from __future__ import annotations

import argparse
from collections import Counter
from pathlib import Path

import dragoman

from .judge import DIALECTS, recorded, request, stream, the_oracles


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.pairs", description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--show", type=int, default=1, help="how many findings of a pair to print")
    arguments = parser.parse_args()
    folder: Path = arguments.folder
    oracles = the_oracles(folder)
    there = [slug for slug in DIALECTS if slug in dragoman.providers()]
    bad = 0
    print("    ".join(f"{kind:34} {'clean':>6} {'refused':>8} {'found':>6}" for kind in ("requests", "streams")))
    for one in there:
        records = list(recorded(folder, one))
        for other in there:
            if one == other:
                continue
            counts: dict[str, Counter[str]] = {}
            shown: list[str] = []
            for kind, judge in (("request", request), ("stream", stream)):
                counts[kind] = Counter()
                for record in records:
                    outcome = judge(oracles, record, one, other)
                    if outcome is None:
                        continue
                    verdict = "refused" if outcome.refused else "found" if outcome.found else "clean"
                    counts[kind][verdict] += 1
                    if verdict == "found":
                        bad += 1
                        shown.append(f"    {kind} {record['id']}: {outcome.found[0][:250]}")
            row = [
                f"{names:34} {count['clean']:6} {count['refused']:8} {count['found']:6}"
                for names, count in (
                    (f"{one} client → {other}", counts["request"]),
                    (f"{one} upstream → {other} client", counts["stream"]),
                )
            ]
            print("    ".join(row))
            print("\n".join(shown[: arguments.show])) if shown and arguments.show else None
    return 1 if bad else 0


if __name__ == "__main__":
    raise SystemExit(main())
