"""The methods that stand for the streams of pods, services and nodes, and what their own arguments mean."""

from __future__ import annotations

from dataclasses import dataclass

from ..render.ir import Raises


@dataclass(frozen=True, kw_only=True)
class StreamMethod:
    """One method for a subresource that streams."""

    name: str
    shape: str
    summary: str
    drop: tuple[str, ...] = ()
    """Parameters of the document that it has no use for."""
    raises: tuple[Raises, ...] = ()


_NOT_FOUND = Raises(error="NotFound", when="there is no such object")
_FORBIDDEN = Raises(error="Forbidden", when="the user may not do this, or not over WebSocket")
_STREAM = Raises(error="StreamError", when="the other side failed, or left without saying how it went")
_COPY = Raises(error="CopyError", when="a file cannot be read or written, tar failed, or an archive was tampered with")

_WHOLE = ("command", "stderr", "stdin", "stdout", "tty")

STREAM_METHODS = {
    "exec": (
        StreamMethod(
            name="exec",
            shape="exec",
            summary="Run a command in a container, and talk with it: enter it with `async with`.",
            drop=("command",),
            raises=(_NOT_FOUND, _FORBIDDEN),
        ),
        StreamMethod(
            name="run",
            shape="run",
            summary="Run a command in a container to its end.",
            drop=_WHOLE,
            raises=(
                _NOT_FOUND,
                _FORBIDDEN,
                _STREAM,
                Raises(error="RequestTimeout", when="it did not end in time; it may still run"),
            ),
        ),
        StreamMethod(
            name="copy_to",
            shape="copy_to",
            summary="Copy a file or folder into a container, with permissions, over the container's `tar`.",
            drop=_WHOLE,
            raises=(_NOT_FOUND, _FORBIDDEN, _COPY),
        ),
        StreamMethod(
            name="copy_from",
            shape="copy_from",
            summary="Copy a file or folder out of a container, with permissions, over the container's `tar`.",
            drop=_WHOLE,
            raises=(_NOT_FOUND, _FORBIDDEN, _COPY),
        ),
    ),
    "attach": (
        StreamMethod(
            name="attach",
            shape="attach",
            summary="Talk with the program of a container that runs: enter it with `async with`.",
            raises=(_NOT_FOUND, _FORBIDDEN),
        ),
    ),
    "portforward": (
        StreamMethod(
            name="port_forward",
            shape="port_forward",
            summary="Connect to a port of a pod: a stream pair, entered with `async with`.",
            drop=("ports",),
            raises=(_NOT_FOUND, _FORBIDDEN, _STREAM),
        ),
        StreamMethod(
            name="forward",
            shape="forward",
            summary="Listen on a local port, and carry its connections to a port of a pod: enter it with `async with`.",
            drop=("ports",),
            raises=(_NOT_FOUND, _FORBIDDEN, _STREAM),
        ),
    ),
    "log": (
        StreamMethod(
            name="log",
            shape="text",
            summary="Read the log of a container as text.",
            drop=("follow",),
            raises=(_NOT_FOUND,),
        ),
        StreamMethod(
            name="log_lines",
            shape="log_lines",
            summary="Read the log of a container line by line, as they come. It ends where the log does.",
            drop=("pretty",),
            raises=(_NOT_FOUND,),
        ),
        StreamMethod(
            name="all_log_lines",
            shape="all_log_lines",
            summary="Read the logs of all containers of a pod, each line as it comes. It ends where they all do.",
            drop=("pretty", "container"),
            raises=(_NOT_FOUND,),
        ),
    ),
    "proxy": (
        StreamMethod(
            name="proxy",
            shape="proxy",
            summary="Send an HTTP request to {article_kind} through the server: enter it with `async with`.",
            drop=("path",),
        ),
        StreamMethod(
            name="proxy_websocket",
            shape="proxy_websocket",
            summary="Open a WebSocket to {article_kind} through the server: enter it with `async with`.",
            drop=("path",),
            raises=(Raises(error="ApiError", when="the server or the target refused it"),),
        ),
    ),
}
"""By the subresource."""

STREAM_CALLS = {
    "run": "Makes the call of `exec`.",
    "copy_to": "Makes the call of `exec`.",
    "copy_from": "Makes the call of `exec`.",
    "forward": "Makes the call of `port_forward` for each connection.",
    "all_log_lines": "Makes the calls of `get` and `log_lines`.",
    "proxy_websocket": "Makes the call of `proxy`, by GET.",
}
"""Methods that stand for no call of their own, by shape."""

_COMMAND = ("command", "The program to run and its arguments; no shell is involved.")
_PROTOCOLS = (
    "protocols",
    "The subprotocols to offer, the best one first: v5 can tell a program where its input ends.",
)
_PROGRESS = ("progress", "Called with a `CopyProgress` as the copy goes on.")
_PORT = ("port", "Its number or its name; that of the service when a service is named.")
_SINCE = ("since_time", "Only lines since then, a time with a zone.")
_TARGETS = (
    ("port", "The number or name of the port; default: the target's only one."),
    ("scheme", "`http`, the default, or `https`."),
    ("query", "The query, not escaped; `None` values are left out."),
    ("headers", "More headers; none that says who the caller is."),
)
_TARGET_PATH = ("path", "The path at the target, from behind its first slash.")

STREAM_ARGUMENTS: dict[str, tuple[tuple[tuple[str, str], ...], tuple[tuple[str, str], ...]]] = {
    "exec": ((_COMMAND,), (_PROTOCOLS,)),
    "attach": ((), (_PROTOCOLS,)),
    "run": (
        (_COMMAND,),
        (
            ("input", "What the command reads; text as UTF-8. Needs a server that speaks v5."),
            ("timeout", "Seconds until it must have ended; None for no limit."),
        ),
    ),
    "copy_to": (
        (
            ("source", "The local file or folder."),
            ("target", "The path that it gets in the container; ending in `/`, the folder that it is put into."),
        ),
        (_PROGRESS,),
    ),
    "copy_from": (
        (
            ("source", "The file or folder in the container."),
            (
                "target",
                "The local path that it gets; ending in `/`, the folder that it is put into. Nothing is written "
                "elsewhere: links and devices are left out.",
            ),
        ),
        (
            _PROGRESS,
            ("max_bytes", "How much to take, in bytes; None for no limit."),
            ("max_files", "How many files and folders to take; None for no limit."),
        ),
    ),
    "port_forward": ((_PORT,), ()),
    "forward": (
        (_PORT,),
        (
            ("local_port", "Where to listen; 0 for any port that is free."),
            ("address", "The local address to listen on."),
            ("on_error", "Called with the error of each connection that fails; default: a warning in the log."),
        ),
    ),
    "log_lines": ((), (_SINCE,)),
    "all_log_lines": ((), (_SINCE,)),
    "proxy": (
        (_TARGET_PATH,),
        (
            ("method", "The HTTP method. Whatever the target answers is the answer, redirects and failures too."),
            *_TARGETS,
            ("body", "What to send: bytes, or an async iterable of them, sent as they come."),
        ),
    ),
    "proxy_websocket": (
        (_TARGET_PATH,),
        (*_TARGETS, ("subprotocols", "The subprotocols to offer, the best one first.")),
    ),
}
"""Of each shape: what the arguments behind the name are, and its keywords that the document does not have."""
