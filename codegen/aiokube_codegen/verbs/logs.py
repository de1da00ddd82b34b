"""Verbs on logs: of a container, of a pod, of many pods."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from .arguments import NAME, NAMESPACE, PARAMETERS, POD_OR_OWNER, Argument
from .operation import opens_stream
from .verb import NOT_FOUND, Raises, Verb, all_but

_SINCE_TIME: Final = Argument(
    name="since_time",
    annotation="datetime | None",
    default="None",
    text="Time of the oldest line to return, with a time zone.",
)
_MAX_LINE: Final = Argument(
    name="max_line",
    annotation="int | None",
    default="1 << 24",
    text="Maximum size of a line in bytes. None: no limit.",
)
_LOG_ERRORS: Final = (
    NOT_FOUND,
    Raises(error="Forbidden", reason="The user is not allowed to do this"),
    Raises(
        error="BadRequest",
        reason="The container has not started, does not exist, or the pod has several and no default",
    ),
)

_LONG_LINE: Final = Raises(error="StreamError", reason="A line is longer than `max_line`")

LOG: Final = Verb(
    name="log",
    applies=opens_stream,
    subresource="log",
    summary="Read the log of a container as text.",
    arguments=(NAME, NAMESPACE, PARAMETERS),
    sends=all_but("follow"),
    returns="str",
    calls="_log",
    passes=("{path}", "{query}"),
    raises=_LOG_ERRORS,
)

LOG_LINES: Final = replace(
    LOG,
    name="log_lines",
    summary="Iterate over the lines of a container's log, as they are written. Ends with the log.",
    arguments=(NAME, NAMESPACE, PARAMETERS, _SINCE_TIME, _MAX_LINE),
    sends=all_but(),
    returns="LogLines",
    is_async=False,
    calls="_log_lines",
    raises=(*_LOG_ERRORS, _LONG_LINE),
)

ALL_LOG_LINES: Final = replace(
    LOG_LINES,
    name="all_log_lines",
    summary="Iterate over the lines of the logs of all containers of a pod, by `get` and `log_lines`. Ends with the "
    "last log. A container that has not started is waited for with `follow`, and else left out.",
    is_composed=True,
    sends=all_but("container"),
    returns="AsyncGenerator[LogLine, None]",
    calls="_all_log_lines",
)

LOGS: Final = replace(
    LOG_LINES,
    name="logs",
    summary="Iterate over the lines of the logs of all containers of many pods, by `log_lines`. Followed, the lines of "
    "pods and containers to come are among them, and the iteration does not end.",
    is_composed=True,
    arguments=(
        replace(
            POD_OR_OWNER,
            annotation="str | None",
            default="None",
            text="Name of a {kind}, or a type and a name as kubectl takes them: `deploy/web`, for all of its pods. "
            "Default: the selectors choose.",
        ),
        Argument(
            name="label_selector",
            annotation="Selector | None",
            default="None",
            text="Label selector of the pods: `app=web`, or a dict.",
            wire_name="labelSelector",
        ),
        Argument(
            name="field_selector",
            annotation="Selector | None",
            default="None",
            text="Field selector of the pods.",
            wire_name="fieldSelector",
        ),
        NAMESPACE,
        PARAMETERS,
        _SINCE_TIME,
        _MAX_LINE,
        Argument(
            name="max_log_requests",
            annotation="int",
            default="100",
            text="Maximum number of running containers to follow at a time; each takes a connection.",
        ),
    ),
    meanings={
        "container": "Name of the only container to read. Default: all.",
        "limit_bytes": "Maximum size of each log in bytes. Not with `follow`.",
        "previous": "Read the logs of the containers before their last restart. Not with `follow`.",
        "follow": "Follow the logs across broken connections. Default: end with the lines that there are.",
    },
    returns="AsyncGenerator[LogLine, None]",
    calls="_logs",
    raises=(
        Raises(error="NotFound", reason="The workload does not exist"),
        Raises(error="Forbidden", reason="The user is not allowed to do this"),
        Raises(error="BadRequest", reason="No container has started, or has this name"),
        _LONG_LINE,
        Raises(error="StreamError", reason="More than `max_log_requests` running containers are to be followed"),
    ),
)

VERBS: Final = (LOG, LOG_LINES, ALL_LOG_LINES, LOGS)
