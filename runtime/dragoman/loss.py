"""What a translation could not carry over, said as data.

A `Rule` is the half that the spec knows (a module constant in generated code); a `Loss` is a rule that met a value.
"""

from typing import NamedTuple

__all__ = ["ACTIONS", "SEVERITIES", "Loss", "Rule", "at_least"]

ACTIONS = ("dropped", "clamped", "substituted", "moved", "defaulted")
SEVERITIES = ("cosmetic", "tuning", "contract")  # from harmless to serious


class Rule(NamedTuple):
    """One way in which a spec loses something: what happens, how bad it is, why, and the line that says so."""

    action: str
    severity: str
    reason: str
    where: str


class Loss(NamedTuple):
    """One loss in one body. `path` is a place in the body that the caller gave; `rule` is `specs/….yaml:LINE`."""

    path: str
    action: str
    severity: str
    reason: str
    rule: str

    def __str__(self) -> str:
        return f"{self.path or 'the body'} {self.action} ({self.severity}): {self.reason}"


def at_least(losses: list[Loss], severity: str) -> list[Loss]:
    """The losses of this severity or worse."""
    floor = SEVERITIES.index(severity)
    return [loss for loss in losses if SEVERITIES.index(loss.severity) >= floor]
