"""Arguments of functions of a test: a command in a container, a connection to a port, a request through a proxy."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

from ...runtime.public import public

Send = Callable[[int, bytes], Awaitable[None]]
"""Sends bytes on a channel."""

STDIN, STDOUT, STDERR, ERROR, RESIZE = range(5)


@public("aiokube.testing")
class TerminalSize(NamedTuple):
    """The size of a client's terminal."""

    width: int
    """Columns."""
    height: int
    """Rows."""


@public("aiokube.testing")
class ContainerSession:
    """A command that a client runs in a container, or a client that has attached to it."""

    pod: str
    """Name of the pod."""
    namespace: str
    """Namespace of the pod."""
    container: str
    """Name of the container."""
    command: tuple[str, ...]
    """The command and its arguments; empty for `attach`."""
    tty: bool
    """True if the client wants a terminal; then what is written to the standard error is standard output, too."""
    stdin: asyncio.StreamReader | None
    """The standard input, which ends when the client closes it; None if the client does not connect it."""

    def __init__(
        self,
        *,
        pod: str,
        namespace: str,
        container: str,
        command: tuple[str, ...],
        tty: bool,
        stdin: asyncio.StreamReader | None,
        sizes: asyncio.Queue[TerminalSize],
        streams: frozenset[int],
        send: Send,
    ) -> None:
        self.pod = pod
        self.namespace = namespace
        self.container = container
        self.command = command
        self.tty = tty
        self.stdin = stdin
        self._sizes = sizes
        self._streams = streams
        self._send = send

    async def write(self, data: bytes | str) -> None:
        """Write to the standard output; it is dropped if the client does not connect it."""
        await self._write(STDOUT, data)

    async def write_error(self, data: bytes | str) -> None:
        """Write to the standard error; it is dropped if the client does not connect it."""
        await self._write(STDOUT if self.tty else STDERR, data)

    async def sizes(self) -> AsyncIterator[TerminalSize]:
        """Yield the sizes of the client's terminal: the first one, and each later one."""
        while True:
            yield await self._sizes.get()

    async def _write(self, channel: int, data: bytes | str) -> None:
        if channel in self._streams:
            await self._send(channel, data.encode() if isinstance(data, str) else data)


@public("aiokube.testing")
class PortConnection:
    """A connection of a client to a port of a pod."""

    pod: str
    """Name of the pod."""
    namespace: str
    """Namespace of the pod."""
    port: int
    """The port number."""
    reader: asyncio.StreamReader
    """The input from the client; it ends when the client closes the connection."""

    def __init__(self, *, pod: str, namespace: str, port: int, send: Callable[[bytes], Awaitable[None]]) -> None:
        self.pod = pod
        self.namespace = namespace
        self.port = port
        self.reader = asyncio.StreamReader()
        self._send = send

    async def write(self, data: bytes | str) -> None:
        """Send to the client."""
        await self._send(data.encode() if isinstance(data, str) else data)


@public("aiokube.testing")
@dataclass(frozen=True, kw_only=True)
class ProxiedRequest:
    """A request to a pod, service or node, through the proxy of the API server."""

    resource: str
    """`pods`, `services` or `nodes`."""
    name: str
    namespace: str
    """Empty for a node."""
    scheme: str
    """`http` or `https`; empty if the client did not say."""
    port: str
    """Number or name of the port; empty if the client did not say."""
    method: str
    path: str
    """The path that the target gets, with its leading slash."""
    query: Mapping[str, str]
    headers: Mapping[str, str] = field(repr=False)
    body: bytes = field(repr=False)


@public("aiokube.testing")
@dataclass(frozen=True, kw_only=True)
class ProxiedResponse:
    """The response of a pod, service or node."""

    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes | str = b""


CommandFunction = Callable[[ContainerSession], Awaitable[int]]
"""Runs a command, and returns its exit code."""
PortFunction = Callable[[PortConnection], Awaitable[None]]
"""Serves a connection, and returns when it is to be closed."""
ProxyFunction = Callable[[ProxiedRequest], Awaitable[ProxiedResponse]]
"""Answers a request."""


@dataclass
class Functions:
    """The functions of a test; None refuses what they would answer."""

    exec: CommandFunction | None = None
    attach: CommandFunction | None = None
    port_forward: PortFunction | None = None
    proxy: ProxyFunction | None = None
