"""All verbs, by family, each defined once: its name, arguments, texts, errors, and the runtime method that it calls.

To add a verb, define it in the module of its family and add it to `VERBS` there, add the method that it calls to the
runtime's `verbs`, then run `make generate golden`.
"""

from __future__ import annotations

from typing import Final

from . import calls, following, logs, metadata, nodes, ports, processes, proxies, reading, workloads, writing
from .operation import Operation
from .verb import Verb

_STREAMS: Final = (*processes.VERBS, *logs.VERBS, *ports.VERBS, *proxies.VERBS)

VERBS: Final = (
    *calls.VERBS,
    *reading.VERBS,
    *following.VERBS,
    *writing.VERBS,
    *metadata.VERBS,
    *workloads.VERBS,
    *nodes.VERBS,
    *_STREAMS,
)
"""All verbs, in the order in which methods stand in their class."""

RESERVED: Final = frozenset({"self"}).union(
    argument.name for verb in VERBS for argument in verb.arguments if not argument.wire_name
)
"""Names of the verbs' own arguments; a query parameter of such a name gets another."""


def verbs_for(operation: Operation) -> list[Verb]:
    """Return the verbs that apply to an operation: those for its subresource, else the general ones."""
    applying = [verb for verb in VERBS if verb.subresource in ("", operation.subresource) and verb.applies(operation)]
    return [verb for verb in applying if verb.subresource] or applying


def streams_over(subresource: str) -> bool:
    """Return True if a subresource has verbs that stream."""
    return any(verb.subresource == subresource for verb in _STREAMS)
