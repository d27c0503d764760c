"""What a careful programmer writes by hand for one provider pair: the yardstick for the generated translators.

The same coverage as `specs/providers/anthropic`: the same results, losses, refusals and checks of what is read, tested
in `tests/benchmarks`. Losses name no line of the spec, and nothing is written down for a second step (`call.trace`).

These modules may only be made faster, or follow the spec; what makes them slower without need cheats the benchmark.
"""

from .request import request_to_wire
from .response import response_to_hub
from .stream import StreamToHub

__all__ = ["StreamToHub", "request_to_wire", "response_to_hub"]
