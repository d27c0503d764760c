"""JSON text to values and back, for any value that a JSON text can hold.

- Reading accepts what the standard library accepts, also `NaN`. Text that is no JSON, or nests deeper than the
  interpreter can go, raises `NotJSON` and nothing else.
- Writing is compact UTF-8. A lone surrogate, which UTF-8 cannot say, is written as an escape. What was read as `NaN` or
  an infinity is written so again: a translation does not make null of it behind anyone's back.

The standard library's scanner and encoder are used directly: for the small texts of a stream, half of the time of
`json.loads` and `json.dumps` is spent around them. A third-party codec would write some numbers differently, and a
translation must not depend on what else is installed.
"""

import json
from collections.abc import Callable
from json import encoder
from typing import Any

__all__ = ["NotJSON", "dumps", "loads"]

_BLANK = " \t\n\r"
_scan: Callable[[str, int], tuple[Any, int]] = json.JSONDecoder().scan_once  # type: ignore[attr-defined]


class NotJSON(ValueError):
    """This text is no JSON that can be read, or this value none that can be written."""


def loads(text: str | bytes) -> Any:
    try:
        if isinstance(text, bytes):
            text = text.decode("utf-8-sig", "surrogatepass")
        text = text.strip(_BLANK)
        value, end = _scan(text, 0)
        if end == len(text):
            return value
        reason = f"more text follows at character {end}"
    except StopIteration as exc:
        reason = f"a value was expected at character {exc.value}"
    except json.JSONDecodeError as exc:
        reason = f"{exc.msg} at character {exc.pos}"
    except UnicodeDecodeError:
        reason = "it is no UTF-8"
    except RecursionError:
        reason = "it nests too deeply"
    except ValueError:  # an integer of more digits than the interpreter converts
        reason = "it holds a number that is too long"
    raise NotJSON(reason)


def _writer(ensure_ascii: bool) -> Callable[[Any], str]:
    plain = json.JSONEncoder(ensure_ascii=ensure_ascii, separators=(",", ":"))
    if encoder.c_make_encoder is None:  # type: ignore[attr-defined]
        return plain.encode
    text = encoder.encode_basestring_ascii if ensure_ascii else encoder.encode_basestring
    pieces = encoder.c_make_encoder(  # type: ignore[attr-defined]
        None, plain.default, text, None, ":", ",", False, False, True
    )
    return lambda value: "".join(pieces(value, 0))


_write = _writer(False)
_write_ascii = _writer(True)


def dumps(value: Any) -> bytes:
    reason = "it nests too deeply"
    try:
        return _write(value).encode()
    except UnicodeEncodeError:
        return _write_ascii(value).encode()
    except ValueError:
        reason = "it holds a number that is too long"
    except RecursionError:
        pass
    raise NotJSON(reason)
