"""JSON text to values and back, for any value that a JSON text can hold.

- Reading accepts what the standard library accepts, also `NaN`; text that is no JSON, or nests deeper than the
  interpreter can go, raises `NotJSON` and nothing else.
- Writing is compact UTF-8. A lone surrogate, which UTF-8 cannot say, is written as an escape. A number that JSON cannot
  say (`NaN`, infinities) is written as null, since strict readers would give up the whole body for it.
"""

import json
import math
from typing import Any

__all__ = ["NotJSON", "dumps", "loads"]

_encode = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"), allow_nan=False).encode
_encode_ascii = json.JSONEncoder(ensure_ascii=True, separators=(",", ":"), allow_nan=False).encode


class NotJSON(ValueError):
    """This text is no JSON that can be read."""


def loads(text: str | bytes) -> Any:
    reason = "it nests too deeply"
    try:
        if isinstance(text, bytes):
            text = text.decode("utf-8-sig", "surrogatepass")
        return json.loads(text)
    except UnicodeDecodeError:
        reason = "it is no UTF-8"
    except RecursionError:
        pass
    except json.JSONDecodeError as exc:
        reason = f"{exc.msg} at character {exc.pos}"
    except ValueError:  # an integer of more digits than the interpreter converts
        reason = "it holds a number that is too long"
    raise NotJSON(reason)


def dumps(value: Any) -> bytes:
    try:
        return _encode(value).encode()
    except UnicodeEncodeError:
        pass
    except ValueError:
        value = _finite(value)
    return _encode_ascii(_finite(value)).encode()


def _finite(value: Any) -> Any:
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, dict):
        return {k: _finite(v) for k, v in value.items()}
    if isinstance(value, list):
        return [_finite(v) for v in value]
    return value
