"""Verbs that read an object before they write: the responses that they take for it, and revisions left out."""

from __future__ import annotations

import json
import logging
from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from aiokube import Client
from aiokube.errors import AiokubeError, ApiError, DecodeError, RolloutError
from aiokube.errors import ConnectionError as KubeConnectionError
from aiokube.runtime.http.request import Request, Response
from tests.support.any_kind import answer, client

IMAGES = {"app": "new"}
VERBS: dict[str, Callable[[Client], Awaitable[object]]] = {
    "restart": lambda kube: kube.apps_v1.deployments.restart("web"),
    "set_image": lambda kube: kube.apps_v1.deployments.set_image("web", IMAGES),
    "undo": lambda kube: kube.apps_v1.deployments.undo("web"),
    "rollout_history": lambda kube: kube.apps_v1.deployments.rollout_history("web"),
    "label": lambda kube: kube.apps_v1.deployments.label("web", {"tier": "front"}),
    "annotate": lambda kube: kube.apps_v1.deployments.annotate("web", {"note": "none"}),
    "cordon": lambda kube: kube.core_v1.nodes.cordon("web"),
    "drain": lambda kube: kube.core_v1.nodes.drain("web", dry_run=True),
    "set_image of a pod": lambda kube: kube.core_v1.pods.set_image("web", IMAGES),
    "set_image of a CronJob": lambda kube: kube.batch_v1.cron_jobs.set_image("web", IMAGES),
}
each_verb = pytest.mark.parametrize("verb", VERBS)

TYPE = {"kind": "Deployment", "apiVersion": "apps/v1"}
ODD: list[Any] = [
    None,
    [],
    "web",
    {"kind": "Status", "apiVersion": "v1", "status": "Success"},
    {"kind": "Status", "apiVersion": "v1", "status": "Failure", "message": "upstream"},
    {"kind": "Deployment", "apiVersion": "v2", "metadata": {"name": "web"}},
    {**TYPE, "metadata": [], "spec": []},
    {**TYPE, "metadata": {"name": "web", "labels": [], "annotations": []}, "spec": {"template": [], "paused": {}}},
]
# They are read as by Go.
NULLS: list[Any] = [
    {"metadata": None, "spec": None},
    {**TYPE, "metadata": {"name": "web", "labels": None, "annotations": None}, "spec": {"template": None}},
    {**TYPE, "metadata": {"name": "web"}, "spec": {"template": {"metadata": None, "spec": None}, "selector": None}},
]


def deployment(name: str = "web", uid: str = "u", **metadata: Any) -> dict[str, Any]:
    """A Deployment of image 3."""
    return {**TYPE, "metadata": {"name": name, "namespace": "default", "uid": uid, **metadata}, "spec": spec("app:3")}


def spec(image: str) -> dict[str, Any]:
    """The spec of a workload whose pods have an image."""
    return {"template": {"metadata": {"labels": {"a": "b"}}, "spec": {"containers": [{"name": "app", "image": image}]}}}


def replica_set(revision: object, *, owner: str = "u") -> dict[str, Any]:
    """A ReplicaSet that holds a revision."""
    annotations = {"deployment.kubernetes.io/revision": str(revision)}
    owners = [{"apiVersion": "apps/v1", "kind": "Deployment", "name": "web", "uid": owner, "controller": True}]
    metadata = {"name": f"web-{revision}", "annotations": annotations, "ownerReferences": owners}
    return {"metadata": metadata, "spec": spec("app:1")}


class Cluster:
    """An object that every GET has, and the ReplicaSets."""

    def __init__(self, obj: Any, replica_sets: Any = None) -> None:
        self.obj = obj
        self.replica_sets = replica_sets or {"kind": "ReplicaSetList", "apiVersion": "apps/v1", "items": []}
        self.patches: list[Any] = []

    def respond(self, request: Request) -> Response:
        """Respond to a request."""
        if request.method == "PATCH":
            assert isinstance(request.body, bytes)
            self.patches.append(json.loads(request.body))
            return answer(deployment())
        return answer(self.replica_sets if request.path.endswith("/replicasets") else self.obj)


@each_verb
@pytest.mark.parametrize("obj", [*ODD, *NULLS], ids=lambda obj: str(obj)[:60])
async def test_a_response_that_is_no_such_object_is_a_typed_error_and_no_reason_to_write(verb: str, obj: Any) -> None:
    cluster = Cluster(obj)
    kube, _ = client(cluster.respond)
    try:
        await VERBS[verb](kube)
    except AiokubeError:
        assert obj in NULLS or not cluster.patches
    else:
        assert obj in NULLS


@each_verb
async def test_another_object_in_the_response_is_an_error_and_no_reason_to_write(verb: str) -> None:
    kinds = {"cordon": "Node", "drain": "Node", "set_image of a pod": "Pod", "set_image of a CronJob": "CronJob"}
    versions = {"Node": "v1", "Pod": "v1", "CronJob": "batch/v1"}
    kind = kinds.get(verb, "Deployment")
    other = {**deployment("other"), "kind": kind, "apiVersion": versions.get(kind, "apps/v1")}
    if kind == "Node":
        del other["metadata"]["namespace"]
    cluster = Cluster(other)
    kube, _ = client(cluster.respond)
    with pytest.raises(KubeConnectionError, match="the response is the object 'other', not 'web'"):
        await VERBS[verb](kube)
    assert cluster.patches == []


@pytest.mark.parametrize(
    "replica_sets",
    [{"kind": "Status", "apiVersion": "v1", "status": "Failure"}, {"kind": "PodList", "apiVersion": "v1"}, [], None],
    ids=str,
)
async def test_what_is_no_list_of_revisions_is_an_error(replica_sets: Any) -> None:
    cluster = Cluster(deployment())
    cluster.replica_sets = replica_sets
    kube, _ = client(cluster.respond)
    for verb in ("rollout_history", "undo"):
        with pytest.raises((DecodeError, ApiError)):
            await VERBS[verb](kube)
    assert cluster.patches == []


async def test_what_has_no_revisions_is_an_error() -> None:
    kube, _ = client(Cluster({"kind": "Pod", "apiVersion": "v1", "metadata": {"name": "web"}}).respond)
    with pytest.raises(DecodeError, match="'Pod' of 'v1', and none of Deployment, DaemonSet, StatefulSet"):
        await kube.apps_v1.deployments.rollout_history("web")


async def test_a_revision_without_a_number_is_left_out_with_a_warning(caplog: pytest.LogCaptureFixture) -> None:
    odd = ["1,2", "", "one", "1_0", "\u0661", " 1", "9" * 5000, "1\n"]
    items = [*map(replica_set, [2, 1, *odd, "+10"]), replica_set(7, owner="another")]
    kube, _ = client(Cluster(deployment(), {"kind": "ReplicaSetList", "apiVersion": "apps/v1", "items": items}).respond)
    with caplog.at_level(logging.WARNING, "aiokube.workloads"):
        history = await kube.apps_v1.deployments.rollout_history("web")
    assert [revision.number for revision in history] == [1, 2, 10]
    assert len(caplog.records) == len(odd)
    assert (
        caplog.records[0].getMessage().startswith("ReplicaSet web-1,2 of Deployment web is left out: its annotation ")
    )
    assert max(len(record.getMessage()) for record in caplog.records if "99999" not in record.getMessage()) < 300


async def test_the_template_of_a_revision_keeps_the_fields_of_newer_servers() -> None:
    held = replica_set(1)
    held["spec"]["template"]["newer"] = {"a": [None]}
    held["spec"]["template"]["metadata"] |= {"newer": 1, "creationTimestamp": None}
    held["spec"]["template"]["metadata"]["labels"]["pod-template-hash"] = "x"
    items = [held, replica_set(2)]
    cluster = Cluster(deployment(), {"kind": "ReplicaSetList", "apiVersion": "apps/v1", "items": items})
    kube, _ = client(cluster.respond)
    await kube.apps_v1.deployments.undo("web")
    template = {**spec("app:1")["template"], "newer": {"a": [None]}, "metadata": {"labels": {"a": "b"}, "newer": 1}}
    assert cluster.patches[0][0] == {"op": "replace", "path": "/spec/template", "value": template}


async def test_a_controller_revision_without_data_is_an_error() -> None:
    metadata = {"name": "web-1", "ownerReferences": [{"controller": True, "uid": "u"}]}
    revision: dict[str, Any] = {"metadata": metadata, "revision": 1}

    def respond(request: Request) -> Response:
        if request.path.endswith("/controllerrevisions"):
            return answer({"kind": "ControllerRevisionList", "apiVersion": "apps/v1", "items": [revision]})
        return answer({**deployment(), "kind": "DaemonSet"})

    kube, _ = client(respond)
    odd: list[Any] = [[], "x", {"spec": []}, {"spec": {"template": 1}}]
    for data in odd:
        revision["data"] = data
        with pytest.raises(DecodeError, match="ControllerRevision web-1: data"):
            await kube.apps_v1.daemon_sets.rollout_history("web")
    revision["data"] = {"spec": None}
    assert [revision.template for revision in await kube.apps_v1.daemon_sets.rollout_history("web")] == [
        {"metadata": {}}
    ]
    with pytest.raises(RolloutError, match="no earlier revision"):
        await kube.apps_v1.daemon_sets.undo("web")
