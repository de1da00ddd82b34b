"""The verbs and subresources of generated methods, against the real server."""

from __future__ import annotations

import asyncio
import warnings
from typing import Any

import pytest

from aiokube import ApiWarning, Client, Quantity, apply, deleted
from aiokube.errors import (
    AlreadyExists,
    ApplyConflict,
    BadRequest,
    Conflict,
    Invalid,
    InvalidRequest,
    NotFound,
    TooManyRequests,
)
from aiokube.models import apps_v1, authentication_v1, autoscaling_v1, core_v1, meta_v1, policy_v1
from tests.cluster.cluster import Cluster

pytestmark = pytest.mark.cluster


def _config_map(name: str, **data: str) -> core_v1.ConfigMap:
    return core_v1.ConfigMap(metadata=meta_v1.ObjectMeta(name=name, labels={"test": "yes"}), data=data)


def _renamed(manifest: dict[str, Any], name: str) -> dict[str, Any]:
    return {**manifest, "metadata": {"name": name}}


def _pod(name: str, **spec: Any) -> core_v1.Pod:
    container = core_v1.Container(name="main", image="busybox:1.37")
    return core_v1.Pod(
        metadata=meta_v1.ObjectMeta(name=name, labels={"app": name}),
        spec=core_v1.PodSpec(containers=[container], **spec),
    )


def _deployment(name: str, replicas: int) -> apps_v1.Deployment:
    return apps_v1.Deployment(
        metadata=meta_v1.ObjectMeta(name=name),
        spec=apps_v1.DeploymentSpec(
            replicas=replicas,
            selector=meta_v1.LabelSelector(match_labels={"app": name}),
            template=core_v1.PodTemplateSpec(
                metadata=meta_v1.ObjectMeta(labels={"app": name}),
                spec=core_v1.PodSpec(containers=[core_v1.Container(name="main", image="busybox:1.37")]),
            ),
        ),
    )


async def _running(kube: Client, name: str) -> core_v1.Pod:
    for _ in range(200):
        pod = await kube.core_v1.pods.get(name)
        if pod.status.phase == "Running":
            return pod
        await asyncio.sleep(0.05)
    raise AssertionError(f"{name} does not run")


async def test_create_get_replace_delete(kube: Client, namespace: str) -> None:
    maps = kube.core_v1.config_maps

    created = await maps.create(_config_map("one", color="blue"))
    assert created.metadata.namespace == namespace
    assert created.metadata.creation_timestamp is not None
    assert created.metadata.creation_timestamp.tzinfo is not None

    with pytest.raises(AlreadyExists) as taken:
        await maps.create(_config_map("one"))
    assert taken.value.status.details.name == "one"

    created.data["color"] = "green"
    replaced = await maps.replace(created)
    assert (await maps.get("one")).data == {"color": "green"}

    with pytest.raises(Conflict):
        # The resource version of the first answer is no longer the object's.
        await maps.replace(created)

    with pytest.raises(Conflict):
        await maps.delete("one", options={"preconditions": {"uid": "another"}})
    precondition = meta_v1.Preconditions(uid=replaced.metadata.uid)
    answer = await maps.delete("one", options=meta_v1.DeleteOptions(preconditions=precondition))
    assert answer is None
    with pytest.raises(NotFound):
        await maps.get("one")


async def test_delete_answers_with_the_object_while_it_ends(kube: Client) -> None:
    finalized = _config_map("kept")
    finalized.metadata.finalizers = ["example.com/hold"]
    await kube.core_v1.config_maps.create(finalized)

    answer = await kube.core_v1.config_maps.delete("kept", propagation_policy="Foreground", grace_period_seconds=0)

    assert isinstance(answer, core_v1.ConfigMap)
    assert answer.metadata.deletion_timestamp is not None
    await kube.core_v1.config_maps.patch("kept", {"metadata": {"finalizers": None}})


async def test_options_of_a_delete_go_together_with_its_keywords(kube: Client) -> None:
    await kube.core_v1.config_maps.create(_config_map("stays"))

    # The server ignores the query where there is a body: both must arrive.
    await kube.core_v1.config_maps.delete("stays", dry_run="All", options=meta_v1.DeleteOptions())

    assert (await kube.core_v1.config_maps.get("stays")).metadata.name == "stays"


async def test_delete_collection(kube: Client) -> None:
    for name in ("a", "b", "c"):
        await kube.core_v1.config_maps.create(_config_map(name))

    await kube.core_v1.config_maps.delete_collection(label_selector="test=yes", field_selector="metadata.name!=c")

    left = await kube.core_v1.config_maps.list(label_selector="test=yes")
    assert [one.metadata.name for one in left.items] == ["c"]


@pytest.mark.parametrize(
    "selector", ["app=web,tier=db", ["app=web", "tier=db"], {"app": "web", "tier": "db"}], ids=["text", "list", "dict"]
)
async def test_all_requirements_of_a_selector_must_match(kube: Client, selector: Any) -> None:
    maps = kube.core_v1.config_maps
    for name, tier in (("both", "db"), ("one", "front")):
        await maps.create({"metadata": {"name": name, "labels": {"app": "web", "tier": tier}}})

    assert [one.metadata.name for one in (await maps.list(label_selector=selector)).items] == ["both"]
    assert [one.metadata.name async for one in maps.iterate(label_selector=selector)] == ["both"]
    async with maps.informer(label_selector=selector) as cache:
        assert [key.name for key in cache] == ["both"]
    async for event in maps.watch(label_selector=selector):
        assert event.object.metadata.name == "both"
        break
    named = await maps.list(field_selector={"metadata.name": "one"})
    assert [one.metadata.name for one in named.items] == ["one"]

    await maps.delete_collection(label_selector=selector)
    left = await maps.list(label_selector={"app": "web"})
    assert [one.metadata.name for one in left.items] == ["one"]


async def test_list_and_iterate(kube: Client, namespace: str) -> None:
    names = [f"page-{number}" for number in range(7)]
    for name in names:
        config_map = _config_map(name)
        config_map.metadata.labels["in"] = namespace
        await kube.core_v1.config_maps.create(config_map)

    first = await kube.core_v1.config_maps.list(label_selector="test=yes", limit=3)
    assert len(first.items) == 3
    assert first.metadata.remaining_item_count is None  # a selector hides it
    second = await kube.core_v1.config_maps.list(label_selector="test=yes", limit=3, continue_=first.metadata.continue_)
    assert [one.metadata.name for one in (*first.items, *second.items)] == names[:6]

    paged = [one async for one in kube.core_v1.config_maps.iterate(label_selector="test=yes", page_size=2)]
    assert [one.metadata.name for one in paged] == names
    assert {one.kind for one in paged} == {"ConfigMap"}

    everywhere = kube.core_v1.config_maps.iterate(all_namespaces=True, label_selector=f"in={namespace}", page_size=3)
    assert [(one.metadata.namespace, one.metadata.name) async for one in everywhere] == [(namespace, n) for n in names]

    with pytest.raises(InvalidRequest, match="all_namespaces"):
        await kube.core_v1.config_maps.list(namespace="default", all_namespaces=True)
    with pytest.raises(BadRequest):
        await kube.core_v1.config_maps.list(label_selector="not a selector!")


async def test_patch_types(kube: Client) -> None:
    deployments = kube.apps_v1.deployments
    await deployments.create(_deployment("web", 0))

    merged = await deployments.patch("web", {"spec": {"replicas": 2}})
    assert merged.spec.replicas == 2

    sidecar: apply.apps_v1.DeploymentApply = {
        "spec": {"template": {"spec": {"containers": [{"name": "side", "image": "busybox:1.37"}]}}}
    }
    strategic = await deployments.patch("web", sidecar, type="strategic")
    assert {one.name for one in strategic.spec.template.spec.containers} == {"main", "side"}

    patched = await deployments.patch("web", [{"op": "replace", "path": "/spec/replicas", "value": 0}])
    assert patched.spec.replicas == 0

    with pytest.raises(Invalid):
        await deployments.patch("web", [{"op": "test", "path": "/spec/replicas", "value": 9}])
    with pytest.raises(InvalidRequest, match="a json patch must be a list"):
        await deployments.patch("web", {"spec": {}}, type="json")
    with pytest.raises(Conflict):
        await deployments.patch("web", {"metadata": {"resourceVersion": "1"}})


async def test_apply(kube: Client) -> None:
    maps = kube.core_v1.config_maps
    made = await maps.apply(_config_map("shared", color="blue"), field_manager="one")
    assert made.data == {"color": "blue"}
    assert {entry.manager for entry in made.metadata.managed_fields} == {"one"}

    with pytest.raises(ApplyConflict) as conflict:
        await maps.apply(_config_map("shared", color="red"), field_manager="two")
    assert conflict.value.managers == ["one"]
    assert [one.field for one in conflict.value.conflicts] == [".data.color"]
    assert "one" in str(conflict.value)

    manifest: apply.core_v1.ConfigMapApply = {"metadata": {"name": "shared"}, "data": {"color": "red"}}
    forced = await maps.apply(manifest, field_manager="two", force=True)
    assert forced.data == {"color": "red"}

    deployment = await kube.apps_v1.deployments.apply(_deployment("applied", 1), field_manager="one")
    assert deployment.spec.replicas == 1


async def test_dry_run_and_field_validation(kube: Client) -> None:
    maps = kube.core_v1.config_maps
    for dry_run in (True, "All"):
        dry = await maps.create(_config_map("dry"), dry_run=dry_run)
        assert dry.metadata.uid
    with pytest.raises(NotFound):
        await maps.get("dry")

    misspelled: dict[str, Any] = {"metadata": {"name": "odd"}, "dada": {"color": "blue"}}
    with pytest.warns(ApiWarning, match='unknown field "dada"') as caught:
        await maps.create(misspelled, field_validation="Warn")
    assert caught[0].filename == __file__
    with pytest.raises(BadRequest, match='unknown field "dada"'):
        await maps.create(_renamed(misspelled, "odder"))
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        await maps.create(_renamed(misspelled, "oddest"), field_validation="Ignore")


async def test_invalid_names_the_fields(kube: Client) -> None:
    with pytest.raises(Invalid) as invalid:
        await kube.core_v1.pods.create(_pod("Not_A_Name", restart_policy="Sometimes"))

    assert {"metadata.name", "spec.restartPolicy"} <= {cause.field_ for cause in invalid.value.causes}


async def test_scale_and_status(kube: Client) -> None:
    deployments = kube.apps_v1.deployments
    await deployments.create(_deployment("web", 1))

    scale = await deployments.get_scale("web")
    assert isinstance(scale, autoscaling_v1.Scale)
    assert scale.spec.replicas == 1
    scale.spec.replicas = 3
    # The controllers write to the object, too: whatever they wrote, replace it.
    scale.metadata.resource_version = ""
    replaced = await deployments.replace_scale(scale)
    assert replaced.spec.replicas == 3
    patched = await deployments.patch_scale("web", {"spec": {"replicas": 2}})
    assert patched.spec.replicas == 2
    applied = await deployments.apply_scale(
        {"metadata": {"name": "web"}, "spec": {"replicas": 0}}, field_manager="one", force=True
    )
    assert not applied.spec.replicas

    condition: apply.apps_v1.DeploymentConditionApply = {
        "type": "Tested",
        "status": "True",
        "reason": "Test",
        "message": "yes",
    }
    status = await deployments.patch_status("web", {"status": {"conditions": [condition]}})
    assert "Tested" in [one.type for one in status.status.conditions]
    assert (await deployments.get_status("web")).metadata.name == "web"


async def test_pod_subresources(kube: Client, cluster: Cluster) -> None:
    pods = kube.core_v1.pods
    requests = core_v1.ResourceRequirements(requests={"cpu": Quantity("100m"), "memory": Quantity("64Mi")})
    pod = _pod("web")
    pod.spec.containers[0].resources = requests
    await pods.create(pod)
    running = await _running(kube, "web")
    assert running.spec.containers[0].resources is not None
    assert running.spec.containers[0].resources.requests["cpu"] == Quantity("0.1")

    cluster.append_log("hello from web")
    assert (await pods.log("web", container="main", tail_lines=1, timestamps=False)) == "hello from web\n"

    debugger = core_v1.EphemeralContainer(name="debug", image="busybox:1.37", target_container_name="main")
    patch: apply.core_v1.PodApply = {"spec": {"ephemeralContainers": [debugger.to_dict()]}}
    debugged = await pods.patch_ephemeral_containers("web", patch, type="strategic")
    assert [one.name for one in debugged.spec.ephemeral_containers] == ["debug"]
    assert (await pods.get_ephemeral_containers("web")).metadata.uid == running.metadata.uid

    # Only a node that reports the resources of its containers can resize them; kwok's doesn't.
    (reported,) = running.status.container_statuses
    reported.resources = requests
    await pods.patch_status("web", {"status": {"containerStatuses": [reported.to_dict()]}})
    resize: apply.core_v1.PodApply = {
        "spec": {"containers": [{"name": "main", "resources": {"requests": {"cpu": "200m"}}}]}
    }
    resized = await pods.patch_resize("web", resize, type="strategic")
    assert resized.spec.containers[0].resources is not None
    assert resized.spec.containers[0].resources.requests["cpu"] == Quantity("200m")

    await pods.evict("web")
    await pods.wait_for("web", deleted, timeout=30)


async def test_eviction_waits_for_a_disruption_budget(kube: Client) -> None:
    await kube.core_v1.pods.create(_pod("web"))
    await _running(kube, "web")
    await kube.policy_v1.pod_disruption_budgets.create(
        policy_v1.PodDisruptionBudget(
            metadata=meta_v1.ObjectMeta(name="web"),
            spec=policy_v1.PodDisruptionBudgetSpec(
                min_available=1, selector=meta_v1.LabelSelector(match_labels={"app": "web"})
            ),
        )
    )

    with pytest.raises(TooManyRequests, match="disruption budget"):
        await kube.core_v1.pods.evict("web", policy_v1.Eviction())


async def test_binding(kube: Client, cluster: Cluster) -> None:
    # A scheduler that doesn't exist leaves the pod to us.
    await kube.core_v1.pods.create(_pod("manual", scheduler_name="nobody"))
    target = core_v1.ObjectReference(api_version="v1", kind="Node", name=cluster.nodes[0])

    await kube.core_v1.pods.bind("manual", core_v1.Binding(target=target))

    pod = await _running(kube, "manual")
    assert pod.spec.node_name == cluster.nodes[0]


async def test_token(kube: Client) -> None:
    spec = authentication_v1.TokenRequestSpec(audiences=[], expiration_seconds=600)
    answer = await kube.core_v1.service_accounts.create_token_request(
        "default", authentication_v1.TokenRequest(spec=spec)
    )

    assert answer.status.token
    review = await kube.authentication_v1.token_reviews.create(
        authentication_v1.TokenReview(spec=authentication_v1.TokenReviewSpec(token=answer.status.token))
    )
    assert review.status.user is not None
    assert review.status.user.username == f"system:serviceaccount:{kube.namespace}:default"


async def test_watch_sees_each_change(kube: Client) -> None:
    maps = kube.core_v1.config_maps
    start = await maps.list()
    created = await maps.create(_config_map("seen", color="blue"))
    await maps.patch("seen", {"data": {"color": "green"}})
    await maps.delete("seen")

    seen = []
    async for event in maps.watch(
        resource_version=start.metadata.resource_version, label_selector="test=yes", timeout_seconds=30
    ):
        seen.append((event.type, event.object.data.get("color"), event.object.metadata.uid == created.metadata.uid))
        if event.type == "DELETED":
            break

    assert seen == [("ADDED", "blue", True), ("MODIFIED", "green", True), ("DELETED", "green", True)]


async def test_discovery(kube: Client) -> None:
    assert (await kube.version()).git_version == "v1.37.2"
    assert (await kube.discovery.get_core_api_versions()).versions == ["v1"]
    groups = await kube.discovery.get_api_versions()
    assert "apps" in [group.name for group in groups.groups]
    assert (await kube.discovery.get_apps_api_group()).name == "apps"
    resources = await kube.core_v1.get_api_resources()
    assert "pods/eviction" in [resource.name for resource in resources.resources]
    assert '"keys"' in await kube.discovery.get_service_account_issuer_open_id_keyset()
