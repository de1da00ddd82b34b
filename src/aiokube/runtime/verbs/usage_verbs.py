"""The verbs of kubectl on the usage of pods and nodes: top."""

from __future__ import annotations

from collections.abc import Sequence

from ..errors import InvalidRequest
from ..http.parameters import checked_query
from ..http.selectors import SELECTORS
from ..watching.list_watch import Query
from ..workloads.results import NodeUsage, PodUsage
from ..workloads.usage import node_usage, pod_usage
from .base import ResourceBase
from .list_verbs import list_path


class UsageVerbs(ResourceBase):
    """The verbs of `Resource` on the usage of pods and nodes."""

    async def _top_pods(
        self,
        path: str,
        all_namespaces_path: str | None,
        query: Query,
        *,
        name: str | None = None,
        namespace: str | None = None,
        all_namespaces: bool = False,
    ) -> Sequence[PodUsage]:
        """GET the usage of pods from the Metrics API, as `kubectl top pod`.

        Args:
            path: Path template of the collection.
            all_namespaces_path: Path of the collection in all namespaces.
            query: Selectors.
            name: Name of the only pod. None: all.
            namespace: Namespace of the pods. Default: that of the client.
            all_namespaces: Cover all namespaces.

        Raises:
            NotFound: The pod has no metrics, or the server has no Metrics API.
        """
        if name is not None and all_namespaces:
            raise InvalidRequest(f"name {name!r} cannot be combined with all_namespaces; use one of them")
        _check_choice(name, query)
        path = list_path(path, all_namespaces_path, namespace, all_namespaces)
        values = self._path_values(path, namespace=namespace)
        return await pod_usage(self._client, path, values, dict(checked_query(query)), name)

    async def _top_nodes(self, path: str, query: Query, *, name: str | None = None) -> Sequence[NodeUsage]:
        """GET the usage of nodes from the Metrics API, as `kubectl top node`.

        Args:
            path: Path of the collection.
            query: Selectors.
            name: Name of the only node. None: all.

        Raises:
            NotFound: The node has no metrics, or the server has no Metrics API.
        """
        _check_choice(name, query)
        return await node_usage(self._client, path, dict(checked_query(query)), name)


def _check_choice(name: str | None, query: Query) -> None:
    if name is not None and any(query.get(selector) is not None for selector in SELECTORS):
        raise InvalidRequest(f"name {name!r} cannot be combined with a selector; use one of them")
