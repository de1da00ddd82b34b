"""A client package and the cluster that it is tried on."""

from __future__ import annotations

import importlib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from aiokube import Config
from tests.cluster.cluster import Cluster


@dataclass(frozen=True, kw_only=True)
class Target:
    """A client package and the cluster that it is tried on."""

    package: str
    """Importable name: `aiokube`, or that of a generated package."""
    cluster: Cluster
    namespace: str
    """The namespace for its objects, which exists."""

    def client(self, config: Config | None = None) -> Any:
        """A client of the package, as an administrator unless a config says otherwise."""
        config = config or Config.load(kubeconfig=self.kubeconfig, namespace=self.namespace)
        return importlib.import_module(self.package).Client(config)

    def models(self, module: str) -> Any:
        """A module of its models, such as `core_v1`."""
        return importlib.import_module(f"{self.package}.models.{module}")

    @property
    def kubeconfig(self) -> Path:
        """The kubeconfig of an administrator."""
        return self.cluster.kubeconfig

    def pod(self, name: str, container: str = "main", **labels: str) -> Any:
        """A pod of the package's own classes."""
        core, meta = self.models("core_v1"), self.models("meta_v1")
        ports = [core.ContainerPort(name="web", container_port=8000)]
        return core.Pod(
            metadata=meta.ObjectMeta(name=name, labels=labels),
            spec=core.PodSpec(
                termination_grace_period_seconds=0,
                containers=[core.Container(name=container, image="busybox:1.37", ports=ports)],
            ),
        )

    def config_map(self, name: str, **data: str) -> Any:
        """A ConfigMap of the package's own classes, with the label `app=matrix`."""
        core, meta = self.models("core_v1"), self.models("meta_v1")
        return core.ConfigMap(metadata=meta.ObjectMeta(name=name, labels={"app": "matrix"}), data=data)
