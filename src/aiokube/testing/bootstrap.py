"""Objects that a cluster has from the beginning: its namespaces, the service accounts in them, its own service, and its
roles and bindings."""

from __future__ import annotations

import uuid
from collections.abc import Callable

from .authorization.policy import default_policy
from .store import Change, Key, Object
from .verbs.state import State

NAMESPACES = ("default", "kube-system", "kube-public", "kube-node-lease")

_CA_CONFIG_MAP = "kube-root-ca.crt"


def populate(state: State, authority: bytes) -> Callable[[], None]:
    """Create what every cluster has, and what each new namespace gets; return what ends that.

    Args:
        state: The cluster.
        authority: Certificate of its authority, in PEM.
    """

    def on_namespace(change: Change) -> None:
        if change.type == "ADDED":
            _furnish(state, change.key.name, authority.decode())

    unsubscribe = state.store.subscribe("namespaces", on_namespace)
    for name in NAMESPACES:
        labels = {"kubernetes.io/metadata.name": name}
        namespace = {"spec": {"finalizers": ["kubernetes"]}, "status": {"phase": "Active"}}
        _put(state, "namespaces", Key("", name), namespace, labels=labels)
    address = {"clusterIP": "10.96.0.1", "clusterIPs": ["10.96.0.1"]}
    families = {"ipFamilies": ["IPv4"], "ipFamilyPolicy": "SingleStack", "internalTrafficPolicy": "Cluster"}
    ports = [{"name": "https", "protocol": "TCP", "port": 443, "targetPort": 6443}]
    spec = {"ports": ports, **address, "type": "ClusterIP", "sessionAffinity": "None", **families}
    labels = {"component": "apiserver", "provider": "kubernetes"}
    service = {"spec": spec, "status": {"loadBalancer": {}}}
    _put(state, "services", Key("default", "kubernetes"), service, labels=labels)
    _grant(state)
    return unsubscribe


def _grant(state: State) -> None:
    """Create the roles and bindings."""
    store, now = state.store, state.clock.timestamp()
    for collection, objects in default_policy().items():
        for obj in objects:
            chosen = {"uid": str(uuid.uuid4()), "creationTimestamp": now}
            metadata: Object = {**obj["metadata"], **chosen}
            store.put(collection, Key(metadata.get("namespace", ""), metadata["name"]), {**obj, "metadata": metadata})


def _furnish(state: State, namespace: str, authority: str) -> None:
    """Create in a namespace what the controller manager creates in it."""
    _put(state, "serviceaccounts", Key(namespace, "default"), {})
    _put(state, "configmaps", Key(namespace, _CA_CONFIG_MAP), {"data": {"ca.crt": authority}})


def _put(state: State, collection: str, key: Key, content: Object, labels: dict[str, str] | None = None) -> None:
    metadata: Object = {"name": key.name}
    if key.namespace:
        metadata["namespace"] = key.namespace
    metadata |= {"uid": str(uuid.uuid4()), "creationTimestamp": state.clock.timestamp()}
    if labels:
        metadata["labels"] = labels
    state.store.put(collection, key, {"metadata": metadata, **content})
