"""Tests of the controller of controller.py: its decisions, its work, and what it does on a conflict."""

from collections.abc import AsyncIterator

import pytest
from controller import is_copy, owner, work

from aiokube import Client, deleted
from aiokube.models.core_v1 import ConfigMap
from aiokube.models.meta_v1 import ObjectMeta
from aiokube.testing import FakeCluster, running


def source() -> ConfigMap:
    """Return a ConfigMap that is mirrored."""
    return ConfigMap(metadata=ObjectMeta(name="colors", labels={"mirror": "yes"}), data={"primary": "blue"})


@pytest.fixture
async def mirror(kube: Client) -> AsyncIterator[None]:
    """The controller, in the namespace of `kube`."""
    async with running(work(kube, "test")):
        yield


def test_a_copy_with_other_data_has_to_be_repaired() -> None:
    made = source()
    metadata = ObjectMeta(name="colors-copy", labels={"mirror": "copy"}, owner_references=[owner(made)])
    assert is_copy(ConfigMap(metadata=metadata, data={"primary": "blue"}), made)
    assert not is_copy(ConfigMap(metadata=metadata, data={"primary": "red"}), made)


async def test_a_copy_is_owned_by_its_source_and_goes_with_it(kube: Client, mirror: None) -> None:
    made = await kube.core_v1.config_maps.create(source())
    copy = await kube.core_v1.config_maps.wait_for("colors-copy", lambda copy: copy.data == made.data, timeout=10)
    assert [reference.uid for reference in copy.metadata.owner_references] == [made.metadata.uid]

    await kube.core_v1.config_maps.delete("colors")
    await kube.core_v1.config_maps.wait_for("colors-copy", deleted, timeout=10)


async def test_a_conflict_is_tried_again(kube: Client, mirror: None, fake_cluster: FakeCluster) -> None:
    made = await kube.core_v1.config_maps.create(source())
    await kube.core_v1.config_maps.wait_for("colors-copy", lambda copy: copy.data == {"primary": "blue"}, timeout=10)
    # `edit` sends patches.
    conflicts = fake_cluster.fail(2, code=409, verbs=("patch",), resource="configmaps")
    made.data = {"primary": "green"}
    await kube.core_v1.config_maps.replace(made)
    await kube.core_v1.config_maps.wait_for("colors-copy", lambda copy: copy.data == {"primary": "green"}, timeout=10)
    assert conflicts.hits == 2
