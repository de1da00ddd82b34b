"""FakeCluster: an API server in this process, over real HTTP and TLS, with faults on purpose."""

from __future__ import annotations

import asyncio
import base64
import contextlib
import json
import os
import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from ..runtime.arguments import types
from ..runtime.config.config import Config
from ..runtime.errors import ConfigError, InvalidArgument, WaitTimeout
from ..runtime.public import public
from ..runtime.watching.description import describe_condition
from .api.catalog import Catalog
from .bootstrap import populate
from .certificates import Certificates, issue
from .clients import Clients
from .document import Document, read_folder, shipped
from .faults import ClusterFaults
from .functions import check_async
from .http.access import Access
from .http.requests import ReceivedRequests
from .http.server import Server
from .logs import Logs
from .pods.control import Pods
from .pods.runtime import Runtime
from .streams.answering import Streams
from .streams.sessions import CommandFunction, Functions, PortFunction, ProxyFunction
from .threads import Thread, on_its_thread
from .verbs.aggregating import Aggregator
from .verbs.collecting import Collector
from .verbs.definitions import Definitions
from .verbs.state import State

_ADMIN = ("kubernetes-admin", ("system:masters",))
_NAME = "aiokube-fake"


@public("aiokube.testing")
@on_its_thread
class FakeCluster(Clients, ClusterFaults):
    """An API server in this process, for tests.

    Any client works with it, over HTTPS on a port of 127.0.0.1: enter it, and take a client of aiokube from `client`,
    or the kubeconfig for others. Every user may do everything, unless `rbac` is set; nobody has client certificates.
    There are no controllers but those that delete what was owned by deleted objects and what is in deleted namespaces,
    and that of aggregated roles: nothing makes the pods of a Deployment or a Job.

        async with FakeCluster() as cluster, cluster.client() as kube:
            await kube.core_v1.config_maps.create(...)

    Entered with `with`, it runs on a thread of its own: for tests that are not async, or wait for a program without
    `await`, and for a cluster that outlives an event loop. Its methods may be called from any thread, those that are
    async in another loop: `asyncio.run(cluster.restart())`. Functions of the test run on its thread, in its event loop.

    What it does not implement it refuses: an `ApiError` with code 501 names it.

    Args:
        spec: Folder of OpenAPI v3 documents, as `python -m aiokube_codegen.fetch` writes them. Default: those of the
            shipped client.
        rbac: Roles and bindings decide who may do what. Without it, every user may do everything.
        pods_run: There are nodes, and pods run on them as `pods` says. By default there are no nodes, and pods stay
            pending.

    Raises:
        ConfigError: The documents cannot be read, or trustme is not installed.
    """

    pods: Pods
    """The pods that run: how they go on, and their logs."""

    def __init__(
        self, *, spec: str | os.PathLike[str] | None = None, rbac: bool = False, pods_run: bool = False
    ) -> None:
        self._document: Document = shipped() if spec is None else read_folder(Path(spec))
        self._state = State(catalog=Catalog(self._document), rbac=rbac)
        self._functions = Functions()
        logs = Logs()
        self._server = Server(self._state, Access(self._state), Streams(self._state, logs, self._functions))
        self._runtime = Runtime(self._state) if pods_run else None
        self.pods = Pods(self._state, logs, self._runtime, lambda: self._thread)
        self._cleanup = contextlib.ExitStack()
        self._certificates: Certificates | None = None
        self._tokens: dict[tuple[str, tuple[str, ...]], str] = {}
        self._kubeconfigs: dict[str, Path] = {}
        self._thread: Thread | None = None
        self._is_over = False

    async def __aenter__(self) -> Self:
        """Start the server.

        Raises:
            ConfigError: The cluster was entered before, or trustme is not installed.
        """
        if self._certificates is not None:
            raise ConfigError("a FakeCluster can be entered once; make another one")
        self._certificates = issue()
        self._cleanup.callback(populate(self._state, self._certificates.authority))
        collector = Collector(self._state)
        self._cleanup.callback(collector.close)
        self._cleanup.callback(Aggregator(self._state).close)
        definitions = Definitions(self._state)
        self._cleanup.callback(definitions.close)
        if self._runtime is not None:
            self._cleanup.callback(self._runtime.start(self.pods))
        await self._server.start(self._certificates.context)
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        """Stop the server, break the open connections, and delete the kubeconfigs."""
        self._is_over = True
        self.heal()
        await self.stop()
        self._state.clock.stop()
        self._cleanup.close()

    def __enter__(self) -> Self:
        """Start the server on a thread of its own.

        Raises:
            ConfigError: The cluster was entered before, or trustme is not installed.
        """
        thread = Thread()
        try:
            thread.run(self.__aenter__())
        except BaseException:
            thread.stop()
            raise
        self._thread = thread
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        """Stop the server as `async with` does, and the thread."""
        thread, self._thread = self._thread, None
        assert thread is not None
        try:
            thread.run(self.__aexit__(kind, error, traceback))
        finally:
            thread.stop()

    # how it is reached

    @property
    def url(self) -> str:
        """The URL of the server."""
        return f"https://127.0.0.1:{self._server.port}"

    @property
    def kubeconfig(self) -> Path:
        """A kubeconfig file for any client, whose user may do everything; deleted when the cluster stops.

        Raises:
            ConfigError: The cluster is not running.
        """
        return self._write_kubeconfig(self._token(*_ADMIN))

    def kubeconfig_for(self, user: str, groups: Sequence[str] = ()) -> Path:
        """Return a kubeconfig file of a user, who authenticates by a token; deleted when the cluster stops.

        Args:
            user: Name of the user; `system:serviceaccount:NAMESPACE:NAME` for a service account.
            groups: Groups of the user, beside `system:authenticated`. Default: none; of a service account, its own.

        Raises:
            ConfigError: The cluster is not running.
            InvalidArgument: The name is empty.
        """
        return self._write_kubeconfig(self._token(user, groups))

    def config(self, *, user: str = "", groups: Sequence[str] = (), namespace: str = "default") -> Config:
        """Return the configuration of a client.

        Args:
            user: Name of the user, as in `kubeconfig_for`. Default: one who may do everything.
            groups: Groups of the user.
            namespace: The namespace of calls without a namespace.

        Raises:
            ConfigError: The cluster is not running.
            InvalidArgument: There are groups, but no user.
        """
        return Config(
            server=self.url,
            certificate_authority_data=self._running().authority,
            token=self._token(user, groups) if user or groups else self._token(*_ADMIN),
            namespace=namespace,
        )

    @property
    def requests(self) -> ReceivedRequests:
        """The requests that the cluster has received, oldest first."""
        return self._server.requests

    @property
    def watching(self) -> int:
        """Number of open watches."""
        return len(self._server.watches)

    @property
    def resource_version(self) -> str:
        """The resource version of the last change."""
        return str(self._state.store.revision)

    async def wait_until(self, condition: Callable[[], object], *, timeout: float | None = 10.0) -> None:
        """Wait until a condition is met: until a controller watches, or has sent something.

            await cluster.wait_until(lambda: cluster.watching)

        Args:
            condition: Is called at first, and after each request, watch and change of this cluster, until it returns
                something true.
            timeout: In seconds; None for no limit.

        Raises:
            InvalidArgument: The timeout is negative or NaN.
            WaitTimeout: It was not met in time; the message has the last requests.
        """
        deadline = asyncio.timeout(types.timeout(timeout, "timeout"))
        try:
            async with deadline:
                while not condition():
                    await self._server.progress.wait()
        except TimeoutError:
            if not deadline.expired():
                raise
            received = "\n  ".join(["received:", *self.requests.last_lines(10)] if self.requests else ["no requests"])
            problem = f"{describe_condition(condition)} was not met within {timeout:g} s"
            raise WaitTimeout(f"{problem}; {received}") from None

    # what runs in pods

    def on_exec(self, function: CommandFunction) -> CommandFunction:
        """Answer `exec` by an async function that gets a `ContainerSession` and returns the exit code; a decorator."""
        check_async("function", function)
        self._functions.exec = function
        return function

    def on_attach(self, function: CommandFunction) -> CommandFunction:
        """Answer `attach` by an async function, as `on_exec` answers `exec`; a decorator."""
        check_async("function", function)
        self._functions.attach = function
        return function

    def on_port_forward(self, function: PortFunction) -> PortFunction:
        """Answer connections to ports of pods by an async function, which gets a `PortConnection`; a decorator.

        The connection is closed when it returns. What it raises is the error that the client gets.
        """
        check_async("function", function)
        self._functions.port_forward = function
        return function

    def on_proxy(self, function: ProxyFunction) -> ProxyFunction:
        """Answer requests to pods, services and nodes through the API server's proxy by an async function, which gets a
        `ProxiedRequest` and returns a `ProxiedResponse`; a decorator. What it raises is a failure to reach the target.
        """
        check_async("function", function)
        self._functions.proxy = function
        return function

    # going away and coming back

    async def stop(self) -> None:
        """Break all connections, and refuse new ones until `start`. Objects and history stay."""
        await self._server.stop()

    async def start(self) -> None:
        """Accept connections again, on the same port, after `stop`.

        Raises:
            ConfigError: The cluster was never entered, or was left, or another program has taken the port.
        """
        await self._server.start(self._running().context)

    async def restart(self) -> None:
        """Break all connections, refuse new ones for a moment, and come back on the same port with the same objects.

        Raises:
            ConfigError: As for `start`.
        """
        await self._server.restart(self._running().context)

    # within

    def _token(self, user: str, groups: Sequence[str]) -> str:
        if not types.instance(user, str, "a string", "user"):
            raise InvalidArgument("user: must be the name of a user, such as alice; it is empty")
        key = (user, types.texts(groups, "groups"))
        if key not in self._tokens:
            self._tokens[key] = self._state.tokens.of_user(*key)
        return self._tokens[key]

    def _write_kubeconfig(self, token: str) -> Path:
        self._running()
        if token not in self._kubeconfigs:
            content = json.dumps(self._kubeconfig_content(token)).encode()
            folder = self._cleanup.enter_context(tempfile.TemporaryDirectory(prefix="aiokube-fake-"))
            path = Path(folder) / "kubeconfig"
            with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
                file.write(content)
            self._kubeconfigs[token] = path
        return self._kubeconfigs[token]

    def _running(self) -> Certificates:
        if self._is_over:
            raise ConfigError("the cluster has stopped with its block; make another FakeCluster")
        if self._certificates is None or not self._server.port:
            raise ConfigError("the cluster is not running; enter it with `async with` or `with`")
        return self._certificates

    def _kubeconfig_content(self, token: str) -> dict[str, Any]:
        authority = base64.b64encode(self._running().authority).decode()
        cluster = {"server": self.url, "certificate-authority-data": authority}
        return {
            "apiVersion": "v1",
            "kind": "Config",
            "clusters": [{"name": _NAME, "cluster": cluster}],
            "users": [{"name": _NAME, "user": {"token": token}}],
            "contexts": [{"name": _NAME, "context": {"cluster": _NAME, "user": _NAME}}],
            "current-context": _NAME,
        }
