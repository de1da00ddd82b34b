"""Tests of the service of sharing.py: what it does, on a fake cluster or on a real one."""

from collections.abc import AsyncIterator, Awaitable, Callable

import pytest
from sharing import Sharing

from aiokube import Client, created, deleted
from aiokube.models.core_v1 import ConfigMap
from aiokube.models.meta_v1 import ObjectMeta
from aiokube.testing import running


@pytest.fixture
async def team(kube: Client, new_namespace: Callable[..., Awaitable[str]]) -> AsyncIterator[Client]:
    """A client of a namespace that asks for the ConfigMaps of the namespace of `kube`, while the service runs."""
    name = await new_namespace(labels={"shared-config": "yes"})
    async with running(Sharing(kube, kube.namespace).run()):
        yield kube.in_namespace(name)


def colors(primary: str) -> ConfigMap:
    """Return a ConfigMap that is shared."""
    return ConfigMap(metadata=ObjectMeta(name="colors", labels={"shared": "yes"}), data={"primary": primary})


def is_blue(copy: ConfigMap) -> bool:
    """Return True for a copy of `colors("blue")`."""
    return copy.data == {"primary": "blue"}


async def test_a_shared_config_map_is_copied(kube: Client, team: Client) -> None:
    await kube.core_v1.config_maps.create(colors("blue"))
    copy = await team.core_v1.config_maps.wait_for("colors", is_blue, timeout=10)
    assert copy.metadata.labels == {"example.com/copy-of": kube.namespace}


async def test_a_copy_that_is_edited_is_repaired(kube: Client, team: Client) -> None:
    await kube.core_v1.config_maps.create(colors("blue"))
    await team.core_v1.config_maps.wait_for("colors", created, timeout=10)
    await team.core_v1.config_maps.patch("colors", {"data": {"primary": "red"}})
    await team.core_v1.config_maps.wait_for("colors", is_blue, timeout=10)


async def test_a_copy_goes_with_its_source(kube: Client, team: Client) -> None:
    await kube.core_v1.config_maps.create(colors("blue"))
    await team.core_v1.config_maps.wait_for("colors", created, timeout=10)
    await kube.core_v1.config_maps.delete("colors")
    await team.core_v1.config_maps.wait_for("colors", deleted, timeout=10)
