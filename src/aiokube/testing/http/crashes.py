"""Bugs of the cluster itself, as answers that say so."""

from __future__ import annotations

from ..bugs import log_bug
from ..failures import Failure, not_implemented


def crashed(error: Exception, request: str) -> Failure:
    """Log an error that nothing expects, with its traceback, and return the failure that the client gets.

    What is nested more deeply than Python's stack is refused.

    Args:
        error: The error.
        request: The request, such as `GET /api/v1/pods`.
    """
    if isinstance(error, RecursionError):
        return not_implemented("values, schemas and rules that are nested this deeply")
    log_bug(error, f"it answered {request.encode('unicode_escape').decode()}")
    cause = f"a bug in FakeCluster, which has raised {type(error).__name__}"
    advice = "please open an issue of aiokube with this request and the traceback, which the logger aiokube.testing has"
    message = f"Internal error occurred: {cause}; {advice}"
    return Failure(500, "InternalError", message, details={"causes": [{"message": f"{cause}; {advice}"}]})
