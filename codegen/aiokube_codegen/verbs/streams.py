"""Verbs of subresources that stream: exec, run, attach, copy, log, port-forward, proxy."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from .arguments import NAME, NAMESPACE, PARAMETERS, PATH_ARGUMENTS, Argument
from .operation import CALL, Operation
from .verb import HIDES_ARGUMENTS, NOT_FOUND, Raises, Verb, all_but


def _opens(operation: Operation) -> bool:
    return operation.is_get and operation.action != CALL


_FORBIDDEN: Final = Raises(error="Forbidden", reason="The user is not allowed to do this, or not over WebSocket")
_NO_CONTAINER: Final = Raises(
    error="BadRequest", reason="The container does not exist, or the pod has several and no default"
)
_STREAM: Final = Raises(error="StreamError", reason="The other side failed, or ended without a result")
_COPY: Final = Raises(
    error="CopyError", reason="A file cannot be read or written, tar failed, or the archive was tampered with"
)

_COMMAND: Final = Argument(
    name="command",
    annotation="str | Sequence[str]",
    text="Program to run, or a list of the program and its arguments. No shell is involved.",
    positional=True,
)
_PROTOCOLS: Final = Argument(
    name="protocols",
    annotation="Sequence[str]",
    default="STREAM_PROTOCOLS",
    text="Subprotocols to offer, in order of preference. v5 can signal the end of the input.",
)
_OUTPUT_LINE: Final = Argument(
    name="max_line",
    annotation="int",
    default="1 << 16",
    text="Maximum size of a line of the output in bytes, for `readline`.",
)
_PROGRESS: Final = Argument(
    name="progress",
    annotation="Callable[[CopyProgress], object] | None",
    default="None",
    text="Called with a `CopyProgress` while the copy is under way.",
)

_POD_OR_OWNER: Final = replace(
    NAME, text="Name of the {kind}, or a type and a name as kubectl takes them: `svc/web`, `deploy/web`."
)
EXEC: Final = Verb(
    name="exec",
    applies=_opens,
    subresource="exec",
    summary="Run a command in a container and talk to it. Enter it with `async with`.",
    arguments=(_POD_OR_OWNER, _COMMAND, NAMESPACE, PARAMETERS, _PROTOCOLS, _OUTPUT_LINE),
    sends=all_but("command"),
    returns="AbstractAsyncContextManager[Process]",
    is_async=False,
    calls="_exec",
    passes=("{path}", "{query}"),
    raises=(NOT_FOUND, _FORBIDDEN, _NO_CONTAINER),
)

RUN: Final = replace(
    EXEC,
    name="run",
    summary="Run a command in a container by `exec`, and wait for it to end.",
    is_composed=True,
    arguments=(
        _POD_OR_OWNER,
        _COMMAND,
        NAMESPACE,
        PARAMETERS,
        Argument(
            name="input",
            annotation="bytes | str | None",
            default="None",
            text="Standard input of the command; text is sent as UTF-8. Needs a server that speaks v5.",
        ),
        Argument(
            name="timeout", annotation="float | None", default="None", text="Time limit in seconds. None: no limit."
        ),
    ),
    sends=all_but("command", "stderr", "stdin", "stdout", "tty"),
    returns="Completed",
    is_async=True,
    # A password may be among them.
    decorator=HIDES_ARGUMENTS,
    calls="_run",
    raises=(
        *EXEC.raises,
        _STREAM,
        Raises(error="RequestTimeout", reason="The command did not end in time; it may still run"),
    ),
)

COPY_TO: Final = replace(
    RUN,
    name="copy_to",
    summary="Copy a file or folder into a container, preserving permissions, using the container's `tar`.",
    arguments=(
        _POD_OR_OWNER,
        Argument(name="source", annotation="str | os.PathLike[str]", text="The local file or folder.", positional=True),
        Argument(
            name="target",
            annotation="str",
            text="Path of the copy in the container; if it ends in `/` or is a folder, the folder to put it into.",
            positional=True,
        ),
        NAMESPACE,
        PARAMETERS,
        _PROGRESS,
    ),
    returns="Copied",
    decorator="",
    calls="_copy_to",
    raises=(*EXEC.raises, _COPY),
)

COPY_FROM: Final = replace(
    COPY_TO,
    name="copy_from",
    summary="Copy a file or folder out of a container, preserving permissions, using the container's `tar`.",
    arguments=(
        _POD_OR_OWNER,
        Argument(name="source", annotation="str", text="The file or folder in the container.", positional=True),
        Argument(
            name="target",
            annotation="str | os.PathLike[str]",
            text="Local path of the copy; if it ends in `/`, the folder to put the copy into. A file is put into a "
            "folder that exists, and a folder is merged with it. Nothing is written outside: links and devices are "
            "left out.",
            positional=True,
        ),
        NAMESPACE,
        PARAMETERS,
        _PROGRESS,
        Argument(
            name="follow_links",
            annotation="bool",
            default="False",
            text="Copy what links point to in the container.",
        ),
        Argument(
            name="max_bytes",
            annotation="int | None",
            default="1 << 34",
            text="Maximum size of the copy in bytes. None: no limit.",
        ),
        Argument(
            name="max_files",
            annotation="int | None",
            default="1_000_000",
            text="Maximum number of files and folders. None: no limit.",
        ),
    ),
    calls="_copy_from",
)

ATTACH: Final = replace(
    EXEC,
    name="attach",
    subresource="attach",
    summary="Talk to the main process of a running container. Enter it with `async with`.",
    arguments=(_POD_OR_OWNER, NAMESPACE, PARAMETERS, _PROTOCOLS, _OUTPUT_LINE),
    calls="_attach",
)

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
    applies=_opens,
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
    "last log. A container that has not started is left out.",
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
            _POD_OR_OWNER,
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
        "limit_bytes": "Maximum size of each log in bytes, unless followed.",
        "previous": "Read the logs of the containers before their last restart, unless followed.",
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

_PORT: Final = Argument(
    name="port",
    annotation="int | str",
    text="Number or name of the port; for a service, of the service's port.",
    positional=True,
)

PORT_FORWARD: Final = Verb(
    name="port_forward",
    applies=_opens,
    subresource="portforward",
    summary="Listen on a local port and forward each connection by `open_port`. Enter it with `async with`.",
    is_composed=True,
    arguments=(
        _POD_OR_OWNER,
        _PORT,
        NAMESPACE,
        Argument(name="local_port", annotation="int", default="0", text="Port to listen on. 0: any free port."),
        Argument(name="address", annotation="str", default='"127.0.0.1"', text="Local address to listen on."),
        Argument(
            name="on_error",
            annotation="Callable[[Exception], object] | None",
            default="None",
            text="Called with the error of each connection that fails. Default: log a warning.",
        ),
    ),
    returns="AbstractAsyncContextManager[PortForwarder]",
    is_async=False,
    calls="_port_forward",
    passes=("{path}",),
    raises=(NOT_FOUND, _FORBIDDEN, _STREAM),
)

OPEN_PORT: Final = replace(
    PORT_FORWARD,
    name="open_port",
    summary="Connect to a port of {a_kind}; yields a reader and a writer. Enter it with `async with`.",
    is_composed=False,
    arguments=(_POD_OR_OWNER, _PORT, NAMESPACE),
    returns="AbstractAsyncContextManager[tuple[asyncio.StreamReader, asyncio.StreamWriter]]",
    calls="_open_port",
)

_PROXY_PATH: Final = Argument(
    name="path",
    annotation="str | None",
    default="None",
    text="Path at the target, without its first slash.",
    positional=True,
    passed_as="path_suffix",
)
_PROXY_TARGET: Final = (
    Argument(
        name="port",
        annotation="int | str | None",
        default="None",
        text="Number or name of the target's port. Default: its only port.",
    ),
    Argument(
        name="scheme",
        annotation='Literal["http", "https"] | None',
        default="None",
        text="Scheme of the target: `http` (default) or `https`.",
    ),
    Argument(
        name="query",
        annotation="Mapping[str, object] | None",
        default="None",
        text="Query parameters, unescaped; those that are `None` are left out.",
    ),
    Argument(
        name="headers",
        annotation="Mapping[str, str] | None",
        default="None",
        text="More headers, except those that authenticate the client.",
    ),
)

PROXY: Final = Verb(
    name="proxy",
    applies=_opens,
    subresource="proxy",
    summary="Send an HTTP request to {a_kind} through the API server. Enter it with `async with`.",
    arguments=(
        NAME,
        _PROXY_PATH,
        Argument(
            name="method",
            annotation="Literal[{http_methods}]",
            default='"GET"',
            text="HTTP method. Every response of the target is returned, redirects and failures included.",
        ),
        NAMESPACE,
        *_PROXY_TARGET,
        Argument(
            name="body",
            annotation="bytes | AsyncIterable[bytes] | None",
            default="None",
            text="Body: bytes, or an async iterable of bytes that is sent as it yields.",
        ),
    ),
    returns="AbstractAsyncContextManager[ProxyResponse]",
    is_async=False,
    calls="_proxy",
    passes=("{path}", "{suffixed_path}"),
)

PROXY_WEBSOCKET: Final = replace(
    PROXY,
    name="proxy_websocket",
    summary="Open a WebSocket to {a_kind} through the API server, by GET of `proxy`. Enter it with `async with`.",
    is_composed=True,
    arguments=(
        NAME,
        _PROXY_PATH,
        NAMESPACE,
        *_PROXY_TARGET,
        Argument(
            name="subprotocols",
            annotation="Sequence[str]",
            default="()",
            text="Subprotocols to offer, in order of preference.",
        ),
    ),
    returns="AbstractAsyncContextManager[ProxyWebSocket]",
    calls="_proxy_websocket",
    raises=(Raises(error="ApiError", reason="The API server or the target refused the WebSocket"),),
)

WEBSOCKET: Final = Verb(
    name="{name}",
    applies=lambda operation: operation.action == CALL and operation.opens_websocket,
    summary="{description} Enter it with `async with`.",
    arguments=(PATH_ARGUMENTS, NAMESPACE, PARAMETERS, PROXY_WEBSOCKET.arguments[-1]),
    returns="AbstractAsyncContextManager[ProxyWebSocket]",
    is_async=False,
    calls="_websocket",
    passes=("{path}", "{path_values}", "{query}"),
    raises=(Raises(error="ApiError", reason="The server refused the WebSocket"),),
)

VERBS: Final = (
    EXEC,
    RUN,
    COPY_TO,
    COPY_FROM,
    ATTACH,
    LOG,
    LOG_LINES,
    ALL_LOG_LINES,
    LOGS,
    PORT_FORWARD,
    OPEN_PORT,
    PROXY,
    PROXY_WEBSOCKET,
    WEBSOCKET,
)
