"""Nodes: those that a cluster begins with, and the status that a kubelet gives each."""

from __future__ import annotations

import uuid
from collections.abc import Callable

from ..store import Change, Key, Object
from ..verbs.state import State
from .storing import store

FIRST_NODES = ("node-1", "node-2")
"""The names of the nodes that a cluster begins with."""

_CAPACITY = {"cpu": "8", "memory": "32Gi", "ephemeral-storage": "100Gi", "pods": "110"}
_PRESSURES = (
    ("MemoryPressure", "KubeletHasSufficientMemory", "kubelet has sufficient memory available"),
    ("DiskPressure", "KubeletHasNoDiskPressure", "kubelet has no disk pressure"),
    ("PIDPressure", "KubeletHasSufficientPID", "kubelet has sufficient PID available"),
)
_KUBELET_PORT = 10250

_NOT_READY = "node.kubernetes.io/not-ready"
_UNSCHEDULABLE = "node.kubernetes.io/unschedulable"


class Nodes:
    """The nodes: each new one becomes ready, and has the taints that follow from its state.

    Args:
        state: The cluster.
        later: Makes a call once the present request is done.
    """

    def __init__(self, state: State, later: Callable[[Callable[[], None]], None]) -> None:
        self._state = state
        self._later = later
        self._numbers: dict[str, int] = {}
        self._unsubscribe = state.store.subscribe("nodes", self._on_change)

    def close(self) -> None:
        """Stop."""
        self._unsubscribe()

    def add(self, name: str) -> None:
        """Register a node."""
        labels = {
            "beta.kubernetes.io/arch": "amd64",
            "beta.kubernetes.io/os": "linux",
            "kubernetes.io/arch": "amd64",
            "kubernetes.io/hostname": name,
            "kubernetes.io/os": "linux",
        }
        metadata = {"name": name, "uid": str(uuid.uuid4()), "creationTimestamp": self._state.clock.timestamp()}
        node = {"metadata": {**metadata, "labels": labels}, "spec": {}}
        node["spec"] = {"podCIDR": f"10.244.{self.number(name)}.0/24", "podCIDRs": [f"10.244.{self.number(name)}.0/24"]}
        self._state.store.put("nodes", Key("", name), {**node, "status": self._status(name)})

    def number(self, name: str) -> int:
        """Return the number of a node, in whose network 10.244.N.0/24 its pods are."""
        return self._numbers.setdefault(name, len(self._numbers) + 1)

    def address(self, name: str) -> str:
        """Return the address of a node."""
        return f"10.0.0.{self.number(name)}"

    def _on_change(self, change: Change) -> None:
        if change.type != "DELETED":
            self._later(lambda: self._sync(change.key))

    def _sync(self, key: Key) -> None:
        """Report a node as ready, and taint it by what it is, as the node controller does."""
        record = self._state.store.get("nodes", key)
        if record is None:
            return
        node = record.obj
        conditions = (node.get("status") or {}).get("conditions") or ()
        if not any(one["type"] == "Ready" for one in conditions):
            status = {**(node.get("status") or {}), **self._status(key.name)}
            store(self._state, "nodes", key, node, {**node, "status": status}, "kubelet")
            return
        spec = node.get("spec") or {}
        taints = [one for one in spec.get("taints") or () if one["key"] not in (_NOT_READY, _UNSCHEDULABLE)]
        if any(one["type"] == "Ready" and one["status"] != "True" for one in conditions):
            taints.append({"key": _NOT_READY, "effect": "NoSchedule"})
        if spec.get("unschedulable"):
            taints.append({"key": _UNSCHEDULABLE, "effect": "NoSchedule"})
        if taints != (spec.get("taints") or []):
            changed = {**spec, "taints": taints} if taints else {k: v for k, v in spec.items() if k != "taints"}
            self._state.store.put("nodes", key, {**node, "spec": changed})

    def _status(self, name: str) -> Object:
        now = self._state.clock.timestamp()
        times = {"lastHeartbeatTime": now, "lastTransitionTime": now}
        pressures = [
            {"type": type_, "status": "False", **times, "reason": reason, "message": message}
            for type_, reason, message in _PRESSURES
        ]
        ready = {"type": "Ready", "status": "True", **times, "reason": "KubeletReady"}
        return {
            "capacity": dict(_CAPACITY),
            "allocatable": dict(_CAPACITY),
            "conditions": [*pressures, {**ready, "message": "kubelet is posting ready status"}],
            "addresses": [
                {"type": "InternalIP", "address": self.address(name)},
                {"type": "Hostname", "address": name},
            ],
            "daemonEndpoints": {"kubeletEndpoint": {"Port": _KUBELET_PORT}},
            "nodeInfo": {
                "machineID": "",
                "systemUUID": "",
                "bootID": "",
                "kernelVersion": "6.12.0",
                "osImage": "FakeCluster",
                "containerRuntimeVersion": "containerd://2.1.0",
                "kubeletVersion": "v1.37.2",
                "kubeProxyVersion": "",
                "operatingSystem": "linux",
                "architecture": "amd64",
            },
        }
