"""Bugs of the cluster itself, as answers that say so."""

from __future__ import annotations

import logging

from ..failures import Failure

_log = logging.getLogger("aiokube.testing")


def crashed(error: Exception, request: str) -> Failure:
    """Log an error that nothing expects, with its traceback, and return the failure that the client gets.

    Args:
        error: The error.
        request: The request, such as `GET /api/v1/pods`.
    """
    shown = request.encode("unicode_escape").decode()
    _log.error("a bug in FakeCluster: %s while it answered %s", type(error).__name__, shown, exc_info=error)
    cause = f"a bug in FakeCluster, which has raised {type(error).__name__}"
    advice = "please open an issue of aiokube with this request and the traceback, which the logger aiokube.testing has"
    message = f"Internal error occurred: {cause}; {advice}"
    return Failure(500, "InternalError", message, details={"causes": [{"message": f"{cause}; {advice}"}]})
