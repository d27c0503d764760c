"""`python -m tests.catalogue`: what has to hold, and what proves it."""

from __future__ import annotations

from textwrap import wrap

from .table import ROOT, load


def main() -> None:
    rows = load()
    for row in rows.values():
        said = row.holds or f"waits for {row.waits}"
        for first, line in enumerate(wrap(said, 112)):
            print(f"{row.id if not first else '':5} {line}")
        for line in wrap(row.how or "", 106):
            print(f"{'':8} {line}")
        if row.holds is not None:
            for proof in [*row.tests, *(path.relative_to(ROOT).as_posix() for path in row.cases)]:
                print(f"{'':8} {proof}")
    held = [row for row in rows.values() if row.holds is not None]
    tests, cases = sum(len(row.tests) for row in held), len({path for row in held for path in row.cases})
    print(
        f"\n{len(rows)} rows, {len(held)} of them concern these providers: {tests} tests and {cases} cases prove them"
    )


if __name__ == "__main__":
    main()
