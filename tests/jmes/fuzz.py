"""Random expressions over random documents, compiled and interpreted: `python -m tests.jmes.fuzz [pairs] [seed]`.

Each pair is evaluated five ways: without types; with the document's type believed; with it trusted; with the constants
of this and another document trusted (unions, narrowing); and with another document's type believed. All but the last
must agree with the interpreter; the last must raise nothing but typed errors.

Differences by design, which are not counted as failures:

* the interpreter crashes (`'a' < 1`, `contains('a', 1)`, sums beyond floats, keys of two kinds in min_by): ours is
  null, false or a typed error;
* merge() with a later argument that is no object: the interpreter checks the first argument only;
* expressions refused at compile time (see the parser); none of those are generated.
"""

from __future__ import annotations

import random
import sys
import warnings
from typing import Any

import jmespath
from jmespath.exceptions import JMESPathError, JMESPathTypeError

from dragoman.kit.jmes import InvalidType, InvalidValue
from dragoman_codegen.jmes import compile_function, compile_text
from dragoman_codegen.types import ANY, Type, from_value, join, literal

from .generate import document, expression

__all__ = ["Mismatch", "check_pair", "main", "run"]

_CRASH = object()
_WRONG_TYPE = object()
_BAD_VALUE = object()


class Mismatch(AssertionError):
    pass


def interpreted(text: str, given: Any) -> Any:
    try:
        return jmespath.search(text, given)
    except JMESPathTypeError:
        return _WRONG_TYPE
    except JMESPathError as fault:
        raise AssertionError(f"the interpreter refuses {text!r}: {fault}") from fault
    except (TypeError, AttributeError, OverflowError, ValueError, KeyError, IndexError):
        return _CRASH


def compiled(text: str, given: Any, type_: Type, *, trusted: bool) -> Any:
    try:
        return compile_function(text, type_, trusted=trusted)(given)
    except InvalidType:
        return _WRONG_TYPE
    except InvalidValue:
        return _BAD_VALUE


def same(a: Any, b: Any) -> bool:
    """Equal, and of the same types all the way down (1 is not true)."""
    if type(a) is not type(b):
        return False
    if isinstance(a, list):
        return len(a) == len(b) and all(map(same, a, b))
    if isinstance(a, dict):
        return list(a) == list(b) and all(same(a[key], b[key]) for key in a)
    return bool(a == b)


def check_pair(text: str, given: Any, other: Any) -> bool:
    """True if the interpreter had an answer to compare with. Raises Mismatch with the code that is wrong."""
    expected = interpreted(text, given)
    own = from_value(given)
    ways = [
        ("untyped", ANY, False),
        ("believed", own, False),
        ("trusted", own, True),
        ("constants", join(literal(given), literal(other)), True),
        ("wrong type", from_value(other), False),
    ]
    for name, type_, trusted in ways:
        try:
            found = compiled(text, given, type_, trusted=trusted)
        except Exception as fault:
            source = _source(text, type_, trusted)
            raise Mismatch(f"{name}: {text}\n  of {given!r}\n  raised {fault!r}\n{source}") from fault
        if name == "wrong type" or expected is _CRASH or (found is _WRONG_TYPE and "merge(" in text):
            continue
        if not (found is expected or same(found, expected)):
            source = _source(text, type_, trusted)
            message = f"{name}: {text}\n  of {given!r}\n  should be {expected!r}\n  and is {found!r}\n{source}"
            raise Mismatch(message)
    return expected is not _CRASH


def _source(text: str, type_: Type, trusted: bool) -> str:
    try:
        return compile_text(text, type_, trusted=trusted).source
    except Exception as fault:
        return f"(no code: {fault!r})"


def run(pairs: int, seed: int) -> int:
    """The number of pairs that the interpreter had an answer for; raises at the first mismatch."""
    rng = random.Random(seed)
    compared = 0
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        for _ in range(pairs):
            compared += check_pair(expression(rng), document(rng), document(rng))
    return compared


def main() -> None:
    pairs = int(sys.argv[1]) if len(sys.argv) > 1 else 20_000
    seed = int(sys.argv[2]) if len(sys.argv) > 2 else random.randrange(10**6)
    print(f"seed {seed}")
    compared = run(pairs, seed)
    print(f"{pairs} pairs, {compared} compared, {pairs - compared} where the interpreter crashes; no difference")


if __name__ == "__main__":
    main()
