"""What generated code calls (with `dragoman.dialect`, which describes a provider). Nothing here knows a provider."""

from ..errors import MalformedBody, Rejected
from ..loss import Rule
from ..places import At
from .call import UNKNOWN, Call, malformed, refused, unknown_member

__all__ = ["UNKNOWN", "At", "Call", "MalformedBody", "Rejected", "Rule", "malformed", "refused", "unknown_member"]
