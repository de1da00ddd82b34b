"""Bugs of the cluster itself, in the log."""

from __future__ import annotations

import logging

_log = logging.getLogger("aiokube.testing")


def log_bug(error: Exception, while_what: str) -> None:
    """Log an error that nothing expects, with its traceback.

    Args:
        error: The error.
        while_what: What the cluster did: `it answered GET /api/v1/pods`.
    """
    _log.error("a bug in FakeCluster: %s while %s", type(error).__name__, while_what, exc_info=error)
