"""The object and the method that an example is about."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from ..naming.names import attribute_name
from .catalog import Kind, Method

USED: Final = frozenset({"asyncio", "kube", "main", "Path", "line", "event", "change", "process", "response"})
"""Names that programs use otherwise."""
_CONDITIONS: Final = {
    "CertificateSigningRequest": "Approved",
    "CustomResourceDefinition": "Established",
    "APIService": "Available",
    "DaemonSet": "",
    "Deployment": "Available",
    "Job": "Complete",
    "Node": "Ready",
    "Pod": "Ready",
}
_NAMES: Final = {
    "CronJob": "report",
    "DaemonSet": "agent",
    "Deployment": "web",
    "Job": "report",
    "Namespace": "team-a",
    "Node": "node-1",
    "Pod": "web-0",
    "ReplicaSet": "web",
    "Service": "web",
    "ServiceAccount": "web",
    "StatefulSet": "db",
}


@dataclass(frozen=True)
class Subject:
    """The kind and the method of an example."""

    kind: Kind
    method: Method

    @property
    def call(self) -> str:
        """The method: `kube.core_v1.pods.get`."""
        return self.method.call

    @property
    def name(self) -> str:
        """The name of an object, in quotes."""
        return f'"{example_name(self.kind)}"'

    @property
    def variable(self) -> str:
        """A variable for an object: `config_map`."""
        name = attribute_name(self.kind.name)
        return f"{name}_" if name in USED or name == self.module else name

    @property
    def module(self) -> str:
        """The module of the class: `core_v1`; empty where there is none."""
        return self.kind.python.partition(".")[0] if "." in self.kind.python else ""

    @property
    def returns_object(self) -> bool:
        """True if the method returns an object of the kind."""
        return bool(self.module) and self.method.returns in (self.kind.python, f"{self.kind.python} | None")

    @property
    def result(self) -> str:
        """The name of what the method returns."""
        return self.variable if self.returns_object else "result"

    def has(self, argument: str) -> bool:
        """Return True if the method has an argument."""
        return any(one.partition(":")[0] == argument for one in self.method.arguments)

    def selected(self) -> str:
        """The arguments of a call on many objects."""
        return 'label_selector="app=web"' if self.has("label_selector") else ""


def example_name(kind: Kind) -> str:
    """Return the name of an object of a kind, for examples."""
    return _NAMES.get(kind.name, "example")


def condition_of(kind: Kind) -> str:
    """Return a condition that objects of a kind come to meet; empty if none is known."""
    return _CONDITIONS.get(kind.name, "Ready" if "." in kind.group else "")
