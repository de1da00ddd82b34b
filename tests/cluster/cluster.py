"""The cluster of our own tests: a `RealCluster` with more ways in, and to which more can be done."""

from __future__ import annotations

import socket
import subprocess
import time
from collections.abc import Collection, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from aiokube.testing import ClusterError, RealCluster
from aiokube.testing.real import kubeconfig
from aiokube.testing.real.api import Reply, call
from aiokube.testing.real.binaries import report
from aiokube.testing.real.certificates import Credentials
from aiokube.testing.real.cluster import NEEDED_BY_PODS
from aiokube.testing.real.errors import tail
from aiokube.testing.real.ports import LOOPBACK, bound, reserve
from aiokube.testing.real.toolchain import Progress

START_TIMEOUT = 20.0
PROGRAMS = (*NEEDED_BY_PODS, "kubectl")
"""The programs that tests need beside etcd and kube-apiserver."""
FORWARDED_PORTS = range(8000, 8010)
"""The ports of each pod that can be forwarded, see `Cluster.listener`."""
LOG_CONTAINERS = tuple(f"log-{number}" for number in range(20))
"""Container names with a log of their own; all other containers share one. See `Cluster.append_log`."""


class Cluster(RealCluster):
    """A Kubernetes cluster on free ports of 127.0.0.1, with RBAC, for as long as this object is open.

    Nodes are kwok's: pods are scheduled and become Running, pods of a Job succeed, deleted pods go away (at the end of
    their grace period when annotated `aiokube.test/ignores-sigterm: "true"`). `exec` runs its command on this machine
    in `container_directory`; `logs` and `attach` show what `append_log` writes; `port-forward` reaches what a test
    serves on `listener`. None of its processes and files outlives this process.

        with Cluster() as cluster:
            cluster.kubectl("get", "nodes")
    """

    def __init__(
        self,
        *,
        nodes: int = 1,
        version: str = "",
        start_timeout: float = START_TIMEOUT,
        progress: Progress = report,
    ) -> None:
        """A cluster that is not started yet.

        Args:
            nodes: How many nodes it has, node-0 and so on.
            version: The version of Kubernetes, such as `1.36`; empty for the default one.
            start_timeout: Seconds from the first process to a cluster whose nodes take pods.
            progress: Called with each line of progress while programs are built.
        """
        if nodes < 1:
            raise ValueError(f"nodes must be 1 or more, not {nodes}")
        super().__init__(version=version, pods_run=True, start_timeout=start_timeout, progress=progress)
        self.nodes = [f"node-{number}" for number in range(nodes)]
        self._forwards: dict[int, socket.socket] = {}

    def stop(self) -> None:
        """Kills every process and removes every file of the cluster. May be called again."""
        super().stop()
        for sock in self._forwards.values():
            sock.close()
        self._forwards.clear()

    # what the cluster is

    @property
    def directory(self) -> Path:
        """Everything of the cluster that is on disk."""
        return self._directory

    @property
    def ca_file(self) -> Path:
        """The certificate that the API server's one is verified against."""
        return self._components.ca.files.certificate

    @property
    def signing_key(self) -> Path:
        """The private key that signs service account tokens, as PEM."""
        return self._components.service_accounts.key

    @property
    def container_directory(self) -> Path:
        """Where `exec` runs its commands, in whichever container."""
        return self.directory / "container"

    # ways in

    def client_certificate(self, user: str, *, groups: list[str] | None = None) -> Credentials:
        """A new client certificate, for a user that RBAC allows nothing yet.

        Args:
            user: The Kubernetes user name.
            groups: The user's groups.
        """
        number = len(list(self._components.certificates.iterdir()))
        return self._components.ca.client(f"client-{number}", user=user, groups=groups or ())

    def write_kubeconfig(
        self,
        path: Path,
        *,
        token: str | None = None,
        certificate: Credentials | None = None,
        user: Mapping[str, Any] | None = None,
        ca: bool = True,
        insecure: bool = False,
        server: str | None = None,
        namespace: str | None = None,
    ) -> Path:
        """Writes a kubeconfig for this cluster; its requests are anonymous unless told otherwise.

        Args:
            path: The file.
            token: A bearer token.
            certificate: A client certificate, embedded.
            user: Any other content of the `user` entry, such as {"exec": ...}.
            ca: Whether the cluster's certificate authority is in it; without it verification fails.
            insecure: Sets `insecure-skip-tls-verify`.
            server: Another URL, such as that of a proxy.
            namespace: The context's namespace.

        Returns:
            The path.
        """
        entry = dict(user or {})
        if token is not None:
            entry["token"] = token
        if certificate is not None:
            entry |= kubeconfig.certificate_user(certificate)
        return kubeconfig.write(
            path,
            server=server or self.url,
            user=entry,
            ca_file=self.ca_file if ca else None,
            insecure=insecure,
            namespace=namespace,
        )

    def request(
        self,
        method: str,
        path: str,
        *,
        body: Mapping[str, Any] | None = None,
        token: str | None = None,
        anonymous: bool = False,
    ) -> Reply:
        """One HTTP call to the API server, as the administrator unless told otherwise; any status is an answer.

        Args:
            method: The HTTP method.
            path: The path, with its query.
            body: Sent as JSON.
            token: Sent instead of the administrator's certificate.
            anonymous: Sends no credentials at all.

        Raises:
            OSError: The API server can't be reached.
        """
        credentials = None if anonymous or token is not None else self._components.admin
        port = self._components.ports.apiserver
        return call(port, method, path, ca_file=self.ca_file, credentials=credentials, token=token, body=body)

    def kubectl_command(self, *args: str) -> list[str]:
        """The command line of kubectl as the administrator, for a test that starts it itself."""
        return [str(self._components.binaries["kubectl"]), f"--kubeconfig={self.kubeconfig}", *args]

    def kubectl(self, *args: str, stdin: str | None = None, timeout: float = 60.0) -> str:
        """Runs kubectl as the administrator.

        Args:
            args: Its arguments.
            stdin: What it reads.
            timeout: Seconds that it may take.

        Returns:
            Its stdout.

        Raises:
            ClusterError: It failed; the message holds its stderr.
        """
        command = self.kubectl_command(*args)
        try:
            done = subprocess.run(
                command,
                input=stdin or "",
                text=True,
                capture_output=True,
                timeout=timeout,
                check=False,
                env={"HOME": str(self.directory)},  # its discovery cache belongs to this cluster
            )
        except subprocess.TimeoutExpired as error:
            raise ClusterError(f"kubectl {' '.join(args)} took longer than {timeout:g} s") from error
        if done.returncode != 0:
            raise ClusterError(f"kubectl {' '.join(args)} ended with {done.returncode}:\n{tail(done.stderr)}")
        return done.stdout

    # what tests do to it

    def append_log(
        self, line: str, *, container: str = "", stream: str = "stdout", written: datetime | None = None
    ) -> None:
        """Adds a line to what `logs` and `attach` show.

        Args:
            line: The line without its end.
            container: One of LOG_CONTAINERS; "" is the log that all other containers share, "previous" the one that
                `logs --previous` reads.
            stream: stdout or stderr.
            written: When it was written; now by default.
        """
        if container and container not in (*LOG_CONTAINERS, "previous"):
            raise ValueError(f"container {container!r} has no log of its own; {', '.join(LOG_CONTAINERS)} have")
        stamp = (written or datetime.now(UTC)).astimezone(UTC)
        with self._log_file(container).open("a") as file:
            file.write(f"{stamp:%Y-%m-%dT%H:%M:%S.%f}000Z {stream} F {line}\n")  # the CRI format

    def listener(self, pod_port: int) -> socket.socket:
        """A socket that receives what is forwarded to a port of any pod; listen on it, or hand it to a server.

        Args:
            pod_port: One of FORWARDED_PORTS; until something listens, forwarding to it is refused.
        """
        if pod_port not in self._forwards:
            raise ValueError(f"pod_port {pod_port} is none of {FORWARDED_PORTS[0]} to {FORWARDED_PORTS[-1]}")
        return bound(self._forwards[pod_port])

    def stop_apiserver(self, *, grace: float = 0.0) -> None:
        """Stops the API server: SIGTERM, and SIGKILL after `grace` seconds; open watches make it use them up."""
        self._supervisor.stop("kube-apiserver", grace=grace)
        del self.pids["kube-apiserver"]

    def start_apiserver(self) -> None:
        """Starts the API server again, on the same port and data, and waits until it is ready.

        Raises:
            ClusterError: It ended, or is not ready in time.
        """
        self._launch("kube-apiserver", self._components.kube_apiserver())
        self._wait_for_apiserver(time.monotonic() + self._start_timeout)

    def restart_apiserver(self, *, grace: float = 0.0) -> None:
        """Stops and starts the API server: every connection is cut, and its watch cache forgets what was."""
        self.stop_apiserver(grace=grace)
        self.start_apiserver()

    def compact_etcd(self) -> int:
        """Makes etcd forget every revision but the current one, so that older ones are answered with 410.

        The API server still answers watches from its own cache; `restart_apiserver` empties that.

        Returns:
            The revision that is kept.
        """
        found = self._etcd("range", {"key": "AA==", "limit": 1})
        revision = int(found["header"]["revision"])
        self._etcd("compaction", {"revision": revision, "physical": True})
        return revision

    # starting

    def _needed(self) -> Collection[str]:
        return PROGRAMS

    def _kwok_settings(self) -> Sequence[Mapping[str, Any]]:
        """Makes what `append_log`, `container_directory` and `listener` are for."""
        self._forwards = {port: reserve() for port in FORWARDED_PORTS}
        self.container_directory.mkdir()
        logs = {name: self._log_file(name) for name in ("", *LOG_CONTAINERS)}
        previous = self._log_file("previous")
        for file in (*logs.values(), previous):
            file.parent.mkdir(exist_ok=True)
            file.touch()
        named = [({"containers": [name]} if name else {}) | {"logsFile": str(file)} for name, file in logs.items()]
        forwards = [
            {"ports": [port], "target": {"address": LOOPBACK, "port": sock.getsockname()[1]}}
            for port, sock in self._forwards.items()
        ]
        return [
            _object("ClusterLogs", logs=[log | {"previousLogsFile": str(previous)} for log in named]),
            _object("ClusterAttach", attaches=named),
            _object("ClusterExec", execs=[{"local": {"workDir": str(self.container_directory)}}]),
            _object("ClusterPortForward", forwards=forwards),
        ]

    def _log_file(self, container: str) -> Path:
        return self.directory / "container-logs" / f"{container or 'shared'}.log"

    def _etcd(self, method: str, body: Mapping[str, Any]) -> dict[str, Any]:
        reply = call(self._components.ports.etcd, "POST", f"/v3/kv/{method}", ca_file=None, body=body)
        if reply.status != 200:
            raise ClusterError(f"etcd answered {method} with {reply.status}: {reply.text}")
        return reply.json


def _object(kind: str, **spec: Any) -> dict[str, Any]:
    return {"apiVersion": "kwok.x-k8s.io/v1alpha1", "kind": kind, "metadata": {"name": "all-pods"}, "spec": spec}
