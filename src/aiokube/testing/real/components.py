"""The command lines of a cluster's components, and the files they read."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from . import kubeconfig
from .certificates import Authority, Credentials, signing_key
from .ports import LOOPBACK, free_ports

STAGES = Path(__file__).parent / "modules" / "kwok" / "stages.yaml"
SERVICE_NETWORK = "10.96.0.0/16"
POD_NETWORK = "10.244.0.0/16"
ISSUER = "https://kubernetes.default.svc"
SERVICE_NAMES = ["kubernetes", "kubernetes.default", "kubernetes.default.svc", "kubernetes.default.svc.cluster.local"]
RATE = {"kube_api_qps": 1000, "kube_api_burst": 1000}
"""Requests per second: by default the controllers wait for their own rate limit for 5 s of the start."""
HOSTS = [LOOPBACK, "::1", "localhost", *SERVICE_NAMES, "10.96.0.1"]


@dataclass(frozen=True)
class Ports:
    """A port of 127.0.0.1 for everything that listens."""

    etcd: int
    etcd_peer: int
    apiserver: int
    controller_manager: int
    scheduler: int
    kwok: int

    @classmethod
    def free(cls) -> Ports:
        """Choose free ports."""
        return cls(*free_ports(6))


class Components:
    """The components of one cluster: what they share, and the command line of each.

    Args:
        directory: The cluster's directory.
        binaries: The path of each program by its name.
    """

    def __init__(self, directory: Path, binaries: Mapping[str, Path]) -> None:
        self.directory: Path = directory
        self.binaries: Mapping[str, Path] = binaries
        self.ports: Ports = Ports.free()
        self.server: str = f"https://{LOOPBACK}:{self.ports.apiserver}"

        self.certificates: Path = directory / "certificates"
        self.certificates.mkdir()
        self.ca: Authority = Authority(self.certificates, "ca")
        self.serving: Credentials = self.ca.server("server", hosts=HOSTS)
        self.admin: Credentials = self.ca.client("admin", user="kubernetes-admin", groups=["system:masters"])
        self._kubelet_client = self.ca.client("kubelet-client", user="kubelet-client", groups=["system:masters"])
        self._front_proxy_ca = Authority(self.certificates, "front-proxy-ca")
        self._front_proxy = self._front_proxy_ca.client("front-proxy", user="front-proxy-client")
        self.service_accounts: Credentials = signing_key(self.certificates, "service-accounts")

    def etcd(self) -> list[str]:
        """Return the command line of etcd, without TLS and without waiting for the disk: all of it is thrown away."""
        client, peer = (f"http://{LOOPBACK}:{port}" for port in (self.ports.etcd, self.ports.etcd_peer))
        return self._argv(
            "etcd",
            name="default",
            data_dir=self.directory / "etcd",
            unsafe_no_fsync=True,
            listen_client_urls=client,
            advertise_client_urls=client,
            listen_peer_urls=peer,
            initial_advertise_peer_urls=peer,
            initial_cluster=f"default={peer}",
            log_level="warn",
        )

    def kube_apiserver(self) -> list[str]:
        """Return that of the API server: RBAC, anonymous requests, service account tokens, aggregation, admission.

        Without a controller manager nothing makes service accounts, so that pods need none.
        """
        others = {} if "kube-controller-manager" in self.binaries else {"disable_admission_plugins": "ServiceAccount"}
        return self._argv(
            "kube-apiserver",
            etcd_servers=f"http://{LOOPBACK}:{self.ports.etcd}",
            bind_address=LOOPBACK,
            advertise_address=LOOPBACK,
            secure_port=self.ports.apiserver,
            endpoint_reconciler_type="none",  # Endpoints must not hold a loopback address
            service_cluster_ip_range=SERVICE_NETWORK,
            allow_privileged=True,
            **self._serving(),
            # who may do what
            client_ca_file=self.ca.files.certificate,
            anonymous_auth=True,
            authorization_mode="Node,RBAC",
            enable_admission_plugins="NodeRestriction",
            **others,
            service_account_issuer=ISSUER,
            api_audiences=ISSUER,
            service_account_key_file=self.service_accounts.certificate,
            service_account_signing_key_file=self.service_accounts.key,
            # aggregated API servers
            enable_aggregator_routing=True,
            requestheader_client_ca_file=self._front_proxy_ca.files.certificate,
            requestheader_allowed_names="front-proxy-client",
            requestheader_username_headers="X-Remote-User",
            requestheader_group_headers="X-Remote-Group",
            requestheader_extra_headers_prefix="X-Remote-Extra-",
            proxy_client_cert_file=self._front_proxy.certificate,
            proxy_client_key_file=self._front_proxy.key,
            # logs, exec, attach and port-forward, through kwok in the place of a kubelet
            kubelet_preferred_address_types="InternalIP",
            kubelet_certificate_authority=self.ca.files.certificate,
            kubelet_client_certificate=self._kubelet_client.certificate,
            kubelet_client_key=self._kubelet_client.key,
        )

    def kube_controller_manager(self) -> list[str]:
        """Return that of the controllers, each with a service account of its own."""
        config = self._kubeconfig("kube-controller-manager", user="system:kube-controller-manager")
        return self._argv(
            "kube-controller-manager",
            kubeconfig=config,
            authentication_kubeconfig=config,
            authorization_kubeconfig=config,
            bind_address=LOOPBACK,
            secure_port=self.ports.controller_manager,
            **self._serving(),
            leader_elect=False,
            **RATE,
            use_service_account_credentials=True,
            service_account_private_key_file=self.service_accounts.key,
            root_ca_file=self.ca.files.certificate,
            cluster_signing_cert_file=self.ca.files.certificate,
            cluster_signing_key_file=self.ca.files.key,
        )

    def kube_scheduler(self) -> list[str]:
        """Return that of the scheduler."""
        config = self._kubeconfig("kube-scheduler", user="system:kube-scheduler")
        return self._argv(
            "kube-scheduler",
            kubeconfig=config,
            authentication_kubeconfig=config,
            authorization_kubeconfig=config,
            bind_address=LOOPBACK,
            secure_port=self.ports.scheduler,
            **self._serving(),
            leader_elect=False,
            **RATE,
        )

    def kwok(self, settings: Sequence[Mapping[str, Any]]) -> list[str]:
        """Return that of kwok, which is the kubelet of all nodes.

        Args:
            settings: Objects of kwok, such as those that say where the logs of pods come from.
        """
        config = self.directory / "kwok.yaml"
        config.write_text(yaml.safe_dump_all(settings))
        return [
            *self._argv(
                "kwok",
                kubeconfig=self._kubeconfig("kwok", user="kwok", groups=["system:masters"]),
                manage_all_nodes=True,
                node_ip=LOOPBACK,
                node_port=self.ports.kwok,
                server_address=f"{LOOPBACK}:{self.ports.kwok}",
                node_lease_duration_seconds=40,
                cidr=POD_NETWORK,
                **self._serving(),
            ),
            f"--config={STAGES}",
            *([f"--config={config}"] if settings else []),
        ]

    def _serving(self) -> dict[str, Path]:
        return {"tls_cert_file": self.serving.certificate, "tls_private_key_file": self.serving.key}

    def _kubeconfig(self, name: str, *, user: str, groups: Sequence[str] = ()) -> Path:
        credentials: Credentials = self.ca.client(name, user=user, groups=groups)
        return kubeconfig.write(
            self.directory / f"{name}.kubeconfig",
            server=self.server,
            user=kubeconfig.certificate_user(credentials),
            ca_file=self.ca.files.certificate,
        )

    def _argv(self, program: str, **flags: str | int | Path) -> list[str]:
        """Return a command line, each flag by its name with underscores."""
        return [
            str(self.binaries[program]),
            *(
                f"--{name.replace('_', '-')}={str(value).lower() if isinstance(value, bool) else value}"
                for name, value in flags.items()
            ),
        ]
