"""Verbs on the processes of containers: exec, run, attach, copy."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from .arguments import NAMESPACE, PARAMETERS, POD_OR_OWNER, Argument
from .operation import opens_stream
from .verb import HIDES_ARGUMENTS, NO_WEBSOCKET, NOT_FOUND, STREAM_FAILED, Raises, Verb, all_but

_NO_CONTAINER: Final = Raises(
    error="BadRequest", reason="The container does not exist, or the pod has several and no default"
)
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

EXEC: Final = Verb(
    name="exec",
    applies=opens_stream,
    subresource="exec",
    summary="Run a command in a container and talk to it. Enter it with `async with`.",
    arguments=(POD_OR_OWNER, _COMMAND, NAMESPACE, PARAMETERS, _PROTOCOLS, _OUTPUT_LINE),
    sends=all_but("command"),
    returns="AbstractAsyncContextManager[Process]",
    is_async=False,
    calls="_exec",
    passes=("{path}", "{query}"),
    raises=(NOT_FOUND, NO_WEBSOCKET, _NO_CONTAINER),
)

RUN: Final = replace(
    EXEC,
    name="run",
    summary="Run a command in a container by `exec`, and wait for it to end.",
    is_composed=True,
    arguments=(
        POD_OR_OWNER,
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
        STREAM_FAILED,
        Raises(error="RequestTimeout", reason="The command did not end in time; it may still run"),
    ),
)

COPY_TO: Final = replace(
    RUN,
    name="copy_to",
    summary="Copy a file or folder into a container, preserving permissions, using the container's `tar`.",
    arguments=(
        POD_OR_OWNER,
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
        POD_OR_OWNER,
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
    arguments=(POD_OR_OWNER, NAMESPACE, PARAMETERS, _PROTOCOLS, _OUTPUT_LINE),
    calls="_attach",
)

VERBS: Final = (EXEC, RUN, COPY_TO, COPY_FROM, ATTACH)
