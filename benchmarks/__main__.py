"""All measurements, one report: `make bench`, or `python -m benchmarks units` for some of them."""

from __future__ import annotations

import platform
import sys

from benchmarks import check, expressions, units

PARTS = {"units": units.main, "expressions": expressions.main, "check": check.main}


def main(names: list[str]) -> int:
    if unknown := [name for name in names if name not in PARTS]:
        print(f"there is no part {unknown[0]!r}; there are: {', '.join(PARTS)}", file=sys.stderr)
        return 2
    print(f"{platform.python_implementation()} {platform.python_version()} on {platform.system()} {platform.machine()}")
    for name in names or PARTS:
        print(f"\n{name}")
        PARTS[name]()
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
