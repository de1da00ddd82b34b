"""The names that an operation has in other Python clients: kubernetes and kubernetes_asyncio, lightkube, kr8s."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, kw_only=True)
class ServedOperation:
    """An operation of the document, as far as the names in other clients depend on it."""

    operation_id: str
    group: str | None
    """Empty for the core group; None for a call of the server as a whole."""
    version: str | None
    """None for a call of a group, or of the server, as a whole."""
    action: str = ""
    """`x-kubernetes-action`."""
    kind: str = ""
    """Kind of the resource; empty for a call outside of resources."""
    plural: str = ""
    subresource: str = ""
    namespaced: bool = False
    """The resource has namespaces."""
    all_namespaces: bool = False
    """The path covers all of them."""


@dataclass(frozen=True, kw_only=True)
class PeerNames:
    """How an operation is called in other clients. Empty: the client has nothing for it."""

    official: str
    """Class and method of the official client, `kubernetes.client` and `kubernetes.aio.client`, and of
    kubernetes_asyncio: `CoreV1Api.list_namespaced_pod`."""
    lightkube: str
    """`client.list(Pod, namespace=...)`."""
    kr8s: str
    """`kr8s.asyncio.get("pods", namespace=...)`."""

    @property
    def method(self) -> str:
        """The method of the official client without its class."""
        return self.official.rpartition(".")[2]


VARIANTS: Final = ("_with_http_info", "_without_preload_content")
"""Ends of the official client's methods that return more of a response; the operation is the same."""


def peer_names(operation: ServedOperation) -> PeerNames:
    """Return the names that an operation has in other clients."""
    return PeerNames(official=_official(operation), lightkube=_lightkube(operation), kr8s=_kr8s(operation))


def plain_name(name: str) -> str:
    """Return the name of an operation in the official client: `CoreV1Api.read_node` of `api.read_node_with_http_info`.

    Args:
        name: Name of a method, as it stands in a program, with or without what is before its dot.
    """
    name = name.strip().removeprefix("await ").partition("(")[0]
    for variant in VARIANTS:
        name = name.removesuffix(variant)
    return name


def official_class(group: str | None, version: str | None, operation_id: str = "") -> str:
    """Return the class of the official client: `RbacAuthorizationV1Api` of `rbac.authorization.k8s.io/v1`.

    Args:
        group: Empty for the core group; None for the server as a whole.
        version: None for a group as a whole.
        operation_id: The document's name of an operation of the server as a whole, which has no group.
    """
    return f"{_tag(group, version) if group is not None else _SERVER.get(operation_id, '')}Api"


_SERVER: Final = {
    "getAPIVersions": "Apis",
    "getCodeVersion": "Version",
    "getCoreAPIVersions": "Core",
    "getServiceAccountIssuerOpenIDConfiguration": "WellKnown",
    "getServiceAccountIssuerOpenIDKeyset": "Openid",
    "logFileHandler": "Logs",
    "logFileListHandler": "Logs",
}
"""The classes of the official client for operations of the server as a whole."""


def _official(operation: ServedOperation) -> str:
    if not operation.operation_id or operation.action in ("watch", "watchlist"):
        # The deprecated paths below `/watch/`.
        return ""
    name = official_class(operation.group, operation.version, operation.operation_id)
    # The name of the class is part of the name of the operation: `listCoreV1NamespacedPod`.
    method = operation.operation_id.replace(name.removesuffix("Api"), "", 1)
    return f"{name}.{_underscored(method)}" if name != "Api" else ""


def _tag(group: str | None, version: str | None) -> str:
    """Return the tag of a group-version: `StableExampleComV1` of `stable.example.com/v1`."""
    words = re.split(r"[^A-Za-z0-9]+", (group or "core").removesuffix(".k8s.io"))
    return "".join(word[:1].upper() + word[1:] for word in (*words, version or ""))


def _underscored(name: str) -> str:
    """Return a name as OpenAPI Generator does: `getAPIResources` -> `get_api_resources`."""
    name = re.sub(r"([A-Z]+)([A-Z][a-z][a-z]+)", r"\1_\2", name)
    return re.sub(r"([a-z\d])([A-Z])", r"\1_\2", name).replace("-", "_").lower()


_NAMESPACE: Final = ", namespace=..."
_LIGHTKUBE: Final = {
    "get": "client.get({cls}, name{namespace})",
    "list": "client.list({cls}{namespace})",
    "post": "client.create(obj)",
    "put": "client.replace(obj)",
    "patch": "client.patch({cls}, name, obj{namespace})",
    "delete": "client.delete({cls}, name{namespace})",
    "deletecollection": "client.deletecollection({cls}{namespace})",
}
_LIGHTKUBE_SUBRESOURCES: Final = {
    "exec": "client.exec(name, command=[...]{namespace})",
    "log": "client.log(name{namespace})",
}
_LIGHTKUBE_MISSING: Final = ("attach", "portforward", "proxy")


def _lightkube(operation: ServedOperation) -> str:
    if not operation.kind or operation.action in ("watch", "watchlist"):
        return ""
    namespace = "" if not operation.namespaced else ', namespace="*"' if operation.all_namespaces else _NAMESPACE
    subresource = operation.subresource.partition("/")[0]
    if subresource in _LIGHTKUBE_MISSING:
        return ""
    if subresource in _LIGHTKUBE_SUBRESOURCES:
        return _LIGHTKUBE_SUBRESOURCES[subresource].format(namespace=namespace)
    template = _LIGHTKUBE.get(operation.action, "")
    cls = f"{operation.kind}.{subresource.capitalize()}" if subresource else operation.kind
    if subresource and operation.action in ("post", "put"):
        template = template.replace("(obj)", "({cls}(...), name{namespace})")
    return template.format(cls=cls, namespace=namespace)


_KR8S: Final = {
    "get": "{cls}.get(name{namespace})",
    "list": 'kr8s.asyncio.get("{plural}"{namespace})',
    "post": "{cls}(manifest).create()",
    "patch": "{object}.patch(...)",
    "delete": "{object}.delete()",
}
_KR8S_SUBRESOURCES: Final = {
    ("Pod", "exec"): "{object}.exec([...])",
    ("Pod", "log"): "{object}.logs()",
    ("Pod", "portforward"): "{object}.portforward(port)",
    ("Service", "proxy"): "{object}.proxy_http_request(method, path)",
}
_KR8S_SCALED: Final = ("Deployment", "ReplicaSet", "ReplicationController", "StatefulSet")


def _kr8s(operation: ServedOperation) -> str:
    if not operation.kind or operation.action in ("watch", "watchlist"):
        return ""
    subresource = operation.subresource.partition("/")[0]
    if not subresource:
        template = _KR8S.get(operation.action, "")
    elif subresource == "scale" and operation.action == "patch" and operation.kind in _KR8S_SCALED:
        template = "{object}.scale(replicas)"
    elif operation.action == "patch":
        template = f'{{object}}.patch(..., subresource="{subresource}")'
    else:
        template = _KR8S_SUBRESOURCES.get((operation.kind, subresource), "")
    all_namespaces = ", namespace=kr8s.ALL"
    return template.format(
        cls=operation.kind,
        object=_underscored(operation.kind),
        plural=operation.plural,
        namespace="" if not operation.namespaced else all_namespaces if operation.all_namespaces else _NAMESPACE,
    )
