"""`extract` gives what a field manager owns: applied again, it changes nothing, and what it lacks is given up."""

from __future__ import annotations

from typing import Any

import pytest

from aiokube import Client, DynamicObject, apply, extract
from aiokube.models import apps_v1, core_v1

pytestmark = pytest.mark.cluster

# With a map that has one owner.
_FIELD: apply.core_v1.EnvVarApply = {
    "name": "IP",
    "valueFrom": {"fieldRef": {"apiVersion": "v1", "fieldPath": "status.podIP"}},
}
WEB: apply.apps_v1.DeploymentApply = {
    "metadata": {"name": "web", "labels": {"app": "web", "team": "shop"}},
    "spec": {
        "replicas": 0,
        "selector": {"matchLabels": {"app": "web"}},
        "strategy": {},
        "template": {
            "metadata": {"labels": {"app": "web"}},
            "spec": {
                "nodeSelector": {"disk": "fast"},
                "containers": [
                    {
                        "name": "app",
                        "image": "app:1",
                        "command": ["run", "--all"],
                        "env": [{"name": "A", "value": "1"}, {"name": "B", "value": "2"}, _FIELD],
                        "ports": [{"containerPort": 80}, {"containerPort": 53, "protocol": "UDP"}],
                        "resources": {"limits": {"cpu": "500m"}},
                    },
                    {"name": "side", "image": "side:1"},
                ],
                "volumes": [{"name": "scratch", "emptyDir": {}}],
            },
        },
    },
}
SIDECAR: apply.apps_v1.DeploymentApply = {
    "metadata": {"name": "web", "annotations": {"by": "two"}, "finalizers": ["example.com/two"]},
    "spec": {"template": {"spec": {"containers": [{"name": "app", "env": [{"name": "C", "value": "3"}]}]}}},
}


@pytest.fixture
async def web(kube: Client) -> apps_v1.Deployment:
    """A deployment with three managers, one of which has not applied, and a controller that is done with it."""
    deployments = kube.apps_v1.deployments
    await deployments.apply(WEB, field_manager="one")
    await deployments.apply(SIDECAR, field_manager="two")
    late: apply.meta_v1.ObjectMetaApply = {
        "labels": {"late": "yes"},
        "finalizers": ["example.com/three", "example.com/two"],
    }
    await deployments.patch("web", {"metadata": late})
    return await deployments.wait_for("web", _is_settled, timeout=60)


def _is_settled(deployment: apps_v1.Deployment) -> bool:
    status = deployment.status
    is_observed = status.observed_generation == deployment.metadata.generation
    return is_observed and any(condition.reason == "NewReplicaSetAvailable" for condition in status.conditions)


@pytest.mark.parametrize("manager", ["one", "two"])
async def test_what_a_manager_owns_is_what_it_has_applied(kube: Client, web: apps_v1.Deployment, manager: str) -> None:
    applied: Any = WEB if manager == "one" else SIDECAR
    expected = {
        **applied,
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": {**applied["metadata"], "namespace": kube.namespace},
    }
    # The server fills in the fields of the empty strategy.
    assert web.spec.strategy is not None and web.spec.strategy.type == "RollingUpdate"
    assert extract(web, manager) == expected


@pytest.mark.parametrize("manager", ["one", "two"])
async def test_applied_again_it_changes_nothing(kube: Client, manager: str) -> None:
    deployments = kube.apps_v1.deployments
    await deployments.apply(WEB, field_manager="one")
    await deployments.apply(SIDECAR, field_manager="two")
    before = await deployments.patch("web", {"metadata": {"labels": {"late": "yes"}}})
    again = await deployments.apply(extract(before, manager), field_manager=manager)
    # Controllers may change the rest meanwhile.
    assert again.spec == before.spec and again.metadata.generation == before.metadata.generation
    entries = [[one for one in obj.metadata.managed_fields if one.manager == manager] for obj in (before, again)]
    assert entries[0] == entries[1]


async def test_a_dynamic_object_gives_the_same_but_for_maps_that_were_applied_empty(
    kube: Client, web: apps_v1.Deployment
) -> None:
    found = extract(DynamicObject.from_json(web.to_json()), "one")
    assert found == extract(web.to_dict(), "one")
    # Without a class, nothing tells the empty strategy from one that has one owner as a whole.
    assert found["spec"].pop("strategy")["type"] == "RollingUpdate"
    typed = extract(web, "one")
    assert typed["spec"].pop("strategy") == {}
    assert found == typed


async def test_a_field_that_is_taken_out_is_given_up(kube: Client, web: apps_v1.Deployment) -> None:
    deployments = kube.apps_v1.deployments
    manifest = extract(web, "two")
    del manifest["spec"]
    changed = await deployments.apply(manifest, field_manager="two")
    assert [one.name for one in changed.spec.template.spec.containers[0].env] == ["A", "B", "IP"]
    assert extract(changed, "one") == extract(web, "one")


async def test_a_manager_that_never_applied_owns_nothing_but_the_name(kube: Client, web: apps_v1.Deployment) -> None:
    assert extract(web, "nobody") == {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": {"name": "web", "namespace": kube.namespace},
    }


async def test_a_subresource_has_fields_of_its_own(kube: Client, web: apps_v1.Deployment) -> None:
    deployments = kube.apps_v1.deployments
    condition: apply.apps_v1.DeploymentConditionApply = {"type": "Tested", "status": "True"}
    status: apply.apps_v1.DeploymentApply = {"metadata": {"name": "web"}, "status": {"conditions": [condition]}}
    before = await deployments.apply_status(status, field_manager="tests")
    assert extract(before, "tests").keys() == {"apiVersion", "kind", "metadata"}
    manifest = extract(before, "tests", subresource="status")
    assert manifest["status"] == {"conditions": [condition]}
    again = await deployments.apply_status(manifest, field_manager="tests")
    assert again.metadata.resource_version == before.metadata.resource_version


async def test_bytes_are_base64(kube: Client) -> None:
    secrets = kube.core_v1.secrets
    secret: apply.core_v1.SecretApply = {
        "metadata": {"name": "db", "annotations": {"by": "one"}},
        "data": {"key": b"\x00\x01"},
    }
    before = await secrets.apply(secret, field_manager="one")
    await secrets.patch("db", core_v1.Secret(string_data={"other": "x"}))
    labelled = await secrets.patch("db", {"metadata": {"labels": {"late": "yes"}}})
    manifest = extract(labelled, "one")
    assert manifest["data"] == {"key": "AAE="}
    assert manifest["metadata"]["annotations"] == {"by": "one"}
    assert before.data == {"key": b"\x00\x01"}
    again = await secrets.apply(manifest, field_manager="one")
    assert again.metadata.resource_version == labelled.metadata.resource_version
