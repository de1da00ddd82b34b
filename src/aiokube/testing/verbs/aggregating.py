"""The controller of aggregated roles, which keeps their rules."""

from __future__ import annotations

import asyncio
from typing import Any

from ..api.resources import Resource
from ..authorization.aggregation import aggregated_rules
from ..authorization.authorizer import CLUSTER_ROLES
from ..call import Call, User
from ..rendering import encode
from ..store import Change
from .patching import patch
from .state import State

_MANAGER = "clusterrole-aggregation-controller"
_USER = User(f"system:serviceaccount:kube-system:{_MANAGER}", ("system:serviceaccounts", "system:authenticated"))


class Aggregator:
    """The controller, which follows the ClusterRoles.

    Args:
        state: The cluster.
    """

    def __init__(self, state: State) -> None:
        self._state = state
        self._is_due = False
        self._unsubscribe = state.store.subscribe(CLUSTER_ROLES, self._on_change)

    def close(self) -> None:
        """Stop."""
        self._unsubscribe()

    def _on_change(self, change: Change) -> None:
        if not self._is_due:
            self._is_due = True
            asyncio.get_running_loop().call_soon(self._work)

    def _work(self) -> None:
        self._is_due = False
        (resource, *_) = self._state.catalog.served_versions(CLUSTER_ROLES)
        roles = [record.obj for _, record in self._state.store.records(CLUSTER_ROLES)]
        for role in roles:
            if role.get("aggregationRule") is not None:
                rules = aggregated_rules(role, roles)
                if rules != (role.get("rules") or []):
                    patch(self._state, _call(resource, role["metadata"]["name"], rules))


def _call(resource: Resource, name: str, rules: list[Any]) -> Call:
    """Return the request by which the controller changes a role."""
    body = {"apiVersion": resource.api_version, "kind": resource.kind, "metadata": {"name": name}, "rules": rules}
    return Call(
        verb="patch",
        resource=resource,
        namespace="",
        name=name,
        subresource="",
        query={"fieldManager": _MANAGER, "force": "true"},
        body=encode(body),
        content_type="application/apply-patch+yaml",
        accept="",
        user_agent=_MANAGER,
        user=_USER,
    )
