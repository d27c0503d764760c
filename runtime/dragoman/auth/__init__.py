"""How an upstream learns who asks: by a key, or by credentials that sign each request or are refreshed in time.

A dialect lists its ways in order, and the first whose credentials are there is gone. What signs has a module of its own
behind an extra; it is imported where credentials are looked for, and nowhere else.
"""

from .find import Found, find
from .keys import apply, take
from .signer import NoCredentials, Signer

__all__ = ["Found", "NoCredentials", "Signer", "apply", "find", "take"]
