"""The verbs on the processes of containers: exec, run, attach, copy.

Each takes the path template of the subresource, the name of the object, and its namespace; None stands for the default
namespace of the client. `query` holds query parameters by their names in the API.
"""

from __future__ import annotations

import os
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from typing import TYPE_CHECKING, TypedDict

from ..arguments import types
from ..errors import InvalidRequest
from ..http.parameters import checked_query
from ..streams.channel import MAX_LINE
from ..streams.port_target import PodFinder
from ..streams.process import STREAM_PROTOCOLS, Completed, Process, checked_input, open_process, run_process
from ..watching.list_watch import Query
from .base import ResourceBase, stream_name

if TYPE_CHECKING:
    from ..streams.copy_result import Copied, CopyProgress


class _Streams(TypedDict):
    stdin: bool
    stdout: bool
    stderr: bool
    tty: bool


class ExecVerbs(ResourceBase):
    """The verbs of `Resource` on the processes of containers."""

    def _exec(
        self,
        path: str,
        query: Query,
        command: str | Sequence[str],
        *,
        name: str,
        namespace: str | None = None,
        protocols: Sequence[str] = STREAM_PROTOCOLS,
        max_line: int = MAX_LINE,
    ) -> AbstractAsyncContextManager[Process]:
        """Start a command in a container.

        Args:
            path: Path of the `exec` subresource.
            query: Its query parameters, without `command`.
            command: A program, or a list of a program and its arguments.
            name: Name of the pod.
            namespace: Namespace of the pod.
            protocols: Subprotocols to offer, the preferred one first.
            max_line: Maximum size of a line of the output in bytes.

        Raises:
            InvalidRequest: The command is empty or a command line, or the streams are contradictory.
        """
        if isinstance(command, str) and (words := command.split()) and words != [command]:
            raise InvalidRequest(
                f"command is {command!r}; a text is one program, not a command line: pass a list, such as {words!r}"
            )
        argv = (command,) if isinstance(command, str) else types.texts(command, "command")
        if not argv or not argv[0]:
            raise InvalidRequest("command is empty; pass a program and its arguments")
        query = {**query, "command": argv}
        return self._attach(path, query, name=name, namespace=namespace, protocols=protocols, max_line=max_line)

    def _attach(
        self,
        path: str,
        query: Query,
        *,
        name: str,
        namespace: str | None = None,
        protocols: Sequence[str] = STREAM_PROTOCOLS,
        max_line: int = MAX_LINE,
    ) -> AbstractAsyncContextManager[Process]:
        """Attach to the running program of a container.

        Args:
            path: Path of the `attach` subresource.
            query: Its query parameters.
            name: Name of the pod.
            namespace: Namespace of the pod.
            protocols: Subprotocols to offer, the preferred one first.
            max_line: Maximum size of a line of the output in bytes.

        Raises:
            InvalidRequest: The streams are contradictory.
        """
        query = checked_query(query)
        streams = _requested_streams(query)
        protocols = types.texts(protocols, "protocols")
        if types.instance(max_line, int, "an integer", "max_line") < 1:
            raise InvalidRequest(f"max_line is {max_line}; it must be 1 or more")

        def attach(pod: str) -> AbstractAsyncContextManager[Process]:
            request = self._stream_request(path, {**query, **streams}, pod, namespace)
            what = stream_name(path, pod)
            return open_process(self._client, request, what, protocols=protocols, max_line=max_line, **streams)

        finder = PodFinder(self._client, self._namespace(namespace), name)
        return self._of_workload(finder, attach) if finder.has_choice else attach(finder.own_name)

    async def _run(
        self,
        path: str,
        query: Query,
        command: str | Sequence[str],
        *,
        name: str,
        namespace: str | None = None,
        input: bytes | str | None = None,
        timeout: float | None = None,
    ) -> Completed:
        """Run a command in a container to its end; the path is that of the `exec` subresource.

        Args:
            path: Path of the `exec` subresource.
            query: Its query parameters, without `command` and `stdin`.
            command: A program, or a list of a program and its arguments.
            name: Name of the pod.
            namespace: Namespace of the pod.
            input: The standard input, a string as UTF-8; None leaves it unconnected.
            timeout: Timeout of the whole call in seconds; None disables it.
        """
        encoded = types.unicode_text(input, "input").encode() if isinstance(input, str) else input
        data = None if encoded is None else checked_input(encoded)
        types.timeout(timeout, "timeout")
        opened = self._exec(path, {**query, "stdin": data is not None}, command, name=name, namespace=namespace)
        # A traceback must not show them.
        del command, input, encoded
        return await run_process(opened, stream_name(path, name), data, timeout)

    async def _copy_to(
        self,
        path: str,
        query: Query,
        source: str | os.PathLike[str],
        target: str,
        *,
        name: str,
        namespace: str | None = None,
        progress: Callable[[CopyProgress], object] | None = None,
    ) -> Copied:
        """Copy a local file or folder into a container, through `exec` of its tar.

        Args:
            path: Path of the `exec` subresource.
            query: Its query parameters, without `command`.
            source: Local path.
            target: File or folder in the container.
            name: Name of the pod.
            namespace: Namespace of the pod.
            progress: Called after each piece of content.
        """
        from ..streams.copy import copy_to

        name = await PodFinder(self._client, self._namespace(namespace), name).find_name()

        def run(*command: str, stdin: bool = False) -> AbstractAsyncContextManager[Process]:
            streams = {"stdin": stdin, "stdout": False}
            return self._exec(path, {**query, **streams}, command, name=name, namespace=namespace)

        return await copy_to(run, source, target, progress)

    async def _copy_from(
        self,
        path: str,
        query: Query,
        source: str,
        target: str | os.PathLike[str],
        *,
        name: str,
        namespace: str | None = None,
        progress: Callable[[CopyProgress], object] | None = None,
        follow_links: bool = False,
        max_bytes: int | None = None,
        max_files: int | None = None,
    ) -> Copied:
        """Copy a file or folder from a container, through `exec` of its tar.

        Args:
            path: Path of the `exec` subresource.
            query: Its query parameters, without `command`.
            source: File or folder in the container.
            target: Local path.
            name: Name of the pod.
            namespace: Namespace of the pod.
            progress: Called after each piece of content.
            follow_links: Copy what links point to.
            max_bytes: Maximum content in bytes; None sets no limit.
            max_files: Maximum number of files and folders; None sets no limit.
        """
        from ..streams.copy import copy_from

        name = await PodFinder(self._client, self._namespace(namespace), name).find_name()

        def run(*command: str) -> AbstractAsyncContextManager[Process]:
            return self._exec(path, query, command, name=name, namespace=namespace)

        return await copy_from(
            run, source, target, progress, follow_links=follow_links, max_bytes=max_bytes, max_files=max_files
        )

    @asynccontextmanager
    async def _of_workload(
        self, finder: PodFinder, attach: Callable[[str], AbstractAsyncContextManager[Process]]
    ) -> AsyncIterator[Process]:
        async with attach(await finder.find_name()) as process:
            yield process


def _requested_streams(query: Query) -> _Streams:
    stdin, stdout, stderr, tty = (query.get(key) for key in ("stdin", "stdout", "stderr", "tty"))
    if tty and stderr:
        raise InvalidRequest("tty and stderr are both true; the only output of a terminal is stdout")
    streams = _Streams(
        stdin=bool(stdin), stdout=stdout is not False, stderr=not tty and stderr is not False, tty=bool(tty)
    )
    if not (streams["stdin"] or streams["stdout"] or streams["stderr"]):
        raise InvalidRequest("stdin, stdout and stderr are all false; at least one must be true")
    return streams
