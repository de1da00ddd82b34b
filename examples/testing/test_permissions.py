"""A test of the rules of a service account: what it may do, and what it may not."""

import asyncio
from collections.abc import Callable

import pytest

from aiokube import Client
from aiokube.errors import Forbidden

ROLE = {
    "apiVersion": "rbac.authorization.k8s.io/v1",
    "kind": "Role",
    "metadata": {"name": "reader"},
    "rules": [{"apiGroups": [""], "resources": ["configmaps"], "verbs": ["get", "list"]}],
}
BINDING = {
    "apiVersion": "rbac.authorization.k8s.io/v1",
    "kind": "RoleBinding",
    "metadata": {"name": "reader"},
    "roleRef": {"apiGroup": "rbac.authorization.k8s.io", "kind": "Role", "name": "reader"},
    "subjects": [{"kind": "ServiceAccount", "name": "default"}],
}


@pytest.fixture
def fake_cluster_options() -> dict[str, object]:
    return {"rbac": True}


async def may_list(kube: Client) -> bool:
    """Return True if the user of a client may list ConfigMaps."""
    try:
        await kube.core_v1.config_maps.list()
    except Forbidden:
        return False
    return True


async def test_the_service_account_may_read_and_nothing_else(kube: Client, kube_for: Callable[[str], Client]) -> None:
    async with kube_for(f"system:serviceaccount:{kube.namespace}:default") as reader:
        assert not await may_list(reader)
        await kube.apply([ROLE, BINDING], field_manager="test")
        for _ in range(100):
            # A real API server takes a moment to hear of roles.
            if await may_list(reader):
                break
            await asyncio.sleep(0.1)
        await reader.core_v1.config_maps.list()
        with pytest.raises(Forbidden, match="cannot create resource"):
            await reader.core_v1.config_maps.create({"metadata": {"name": "colors"}})
