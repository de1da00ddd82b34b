"""The verbs by families, each said once: its name, arguments, texts, errors, and the call of the runtime.

To add one, say it in the file of its family, and add what it calls to the runtime's `verbs`.
"""

from __future__ import annotations

from typing import Final

from . import calls, following, reading, streams, writing
from .operation import Operation
from .verb import Verb

VERBS: Final = (*calls.VERBS, *reading.VERBS, *following.VERBS, *writing.VERBS, *streams.VERBS)
"""All verbs, in the order in which methods stand in their class."""

RESERVED: Final = frozenset({"self"}).union(
    argument.name for verb in VERBS for argument in verb.arguments if not argument.wire_name
)
"""The arguments that verbs have of their own: no query parameter gets such a name."""


def verbs_for(operation: Operation) -> list[Verb]:
    """The verbs that apply to an operation: those of its subresource, or else those of any."""
    applying = [verb for verb in VERBS if verb.subresource in ("", operation.subresource) and verb.applies(operation)]
    return [verb for verb in applying if verb.subresource] or applying


def streams_over(subresource: str) -> bool:
    """Return True if a subresource has verbs that stream."""
    return any(verb.subresource == subresource for verb in streams.VERBS)
