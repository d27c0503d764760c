"""The reference evaluator: the same rule tree as the compiler's, interpreted. Slow, small, and a second opinion.

It reads the `Provider` that `spec.load_provider` gives, evaluates every expression with the `jmespath` library, and
does what specs/language/README.md says of each operator. The emitter, its types and its code are not used; nothing is
optimised, and nothing is known of a value but what it is.

What is shared with the compiler, and so is not checked by comparing the two: reading the YAML (`source`, `parse_rules`,
`steps`), the meaning of the functions beyond JMESPath and the rewriting of JSON Schemas (the runtime kit), which paths
an expression reads (`jmes.reads`), and which fields a rule or a step accounts for (`account`, `emit.stream_accounts`).

What is compared: bodies and events; losses with path, action, severity and reason; refusals with their path; whether a
body is malformed. What is not: the words of refusals and faults, the lines of the spec that losses name, losses of a
body that is refused, the order of losses and of members, the trace that leads a loss of a second step back.

Two liberties of generated code are no differences. It may call a body malformed that is taken here: it looks at the
kind of every field that it reads often, the evaluator only at what it goes into and at what must be there. And of a
field of a wrong kind that nobody looks at, it may make something else, because it believes the schema; tests count
these apart.
"""

from dragoman_codegen.reference.evaluate import Evaluator, Outcome
from dragoman_codegen.reference.run import Given, Told, counter

__all__ = ["Evaluator", "Given", "Outcome", "Told", "counter"]
