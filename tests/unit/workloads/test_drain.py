"""Drains: which pods they take for gone, which responses they repeat, and which they do not believe."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest

from aiokube.errors import ApiError, DecodeError, DrainError
from aiokube.errors import ConnectionError as KubeConnectionError
from aiokube.runtime.http.request import Request, Response
from aiokube.workloads import DrainProgress
from tests.support.any_kind import answer, client, failure
from tests.support.virtual import now, virtual_time

NODE = {"kind": "Node", "apiVersion": "v1", "metadata": {"name": "n1"}, "spec": {"unschedulable": True}}


def pod(name: str = "web-0", uid: str = "1", *, node: str = "n1", **metadata: Any) -> dict[str, Any]:
    """A pod of a ReplicaSet."""
    owner = {"apiVersion": "apps/v1", "kind": "ReplicaSet", "name": "web", "uid": "r", "controller": True}
    names = {"name": name, "namespace": "shop", "uid": uid, "ownerReferences": [owner]}
    return {"metadata": {**names, **metadata}, "spec": {"nodeName": node}, "status": {"phase": "Running"}}


def blocked_by_budget() -> Response:
    """The refusal of an eviction by a budget."""
    return failure(429, "TooManyRequests")


def namespace_terminating() -> Response:
    """The refusal of an eviction in a namespace that is being deleted."""
    cause = {"reason": "NamespaceTerminating", "field": "metadata.namespace"}
    status = {"kind": "Status", "apiVersion": "v1", "status": "Failure", "reason": "Forbidden", "code": 403}
    return answer({**status, "details": {"causes": [cause]}}, 403)


def listed(*pods: dict[str, Any]) -> dict[str, Any]:
    """A list of pods."""
    return {"kind": "PodList", "apiVersion": "v1", "metadata": {}, "items": list(pods)}


GONE = listed()
ACCEPTED = answer({"kind": "Status", "apiVersion": "v1", "status": "Success"}, 201)
NO_LISTS_OF_PODS: list[Any] = [
    {"kind": "Status", "apiVersion": "v1", "status": "Failure", "message": "upstream"},
    {"kind": "Status", "apiVersion": "v1", "status": "Success"},
    {"kind": "ConfigMapList", "apiVersion": "v1", "items": []},
    {"items": []},
    {},
    [],
    None,
    listed({"metadata": None}),
    listed({"metadata": {"name": "web-0"}}),
]


class Cluster:
    """A node, its pods, and the responses to evictions.

    Args:
        lists: The responses to lists of pods; the last is repeated.
        evictions: The responses to evictions; the last is repeated.
    """

    def __init__(self, lists: list[Any], evictions: list[Response]) -> None:
        self.lists = lists
        self.evictions = evictions
        self.queries: list[dict[str, str]] = []
        self.bodies: list[dict[str, Any]] = []

    def respond(self, request: Request) -> Response:
        """Respond to a request."""
        if request.path == "/api/v1/nodes/n1":
            return answer(NODE)
        if request.path == "/api/v1/pods":
            self.queries.append(dict(request.query))
            return answer(self.lists.pop(0) if len(self.lists) > 1 else self.lists[0])
        assert request.path == "/api/v1/namespaces/shop/pods/web-0/eviction"
        assert isinstance(request.body, bytes)
        self.bodies.append(json.loads(request.body))
        return self.evictions.pop(0) if len(self.evictions) > 1 else self.evictions[0]


@pytest.mark.parametrize("refusal", [blocked_by_budget(), namespace_terminating(), failure(409, "Conflict")])
@virtual_time
async def test_a_pod_that_goes_while_its_eviction_is_refused_is_gone(refusal: Response) -> None:
    # A pod of another node may have its name by then, and keep its budget.
    cluster = Cluster([listed(pod()), listed(pod()), listed(pod()), GONE], [refusal])
    kube, _ = client(cluster.respond)
    steps: list[DrainProgress] = []
    drained = await kube.core_v1.nodes.drain("n1", timeout=60, progress=steps.append)
    assert drained.evicted == ("shop/web-0",)
    assert [step.state for step in steps] == ["blocked", "gone"]
    assert now() < 2
    assert cluster.bodies[0]["deleteOptions"]["preconditions"] == {"uid": "1"}


@virtual_time
async def test_a_pod_that_stays_is_evicted_again_after_delays_of_up_to_five_seconds() -> None:
    cluster = Cluster([listed(pod())], [blocked_by_budget()])
    kube, _ = client(cluster.respond)
    with pytest.raises(DrainError, match="was not drained within 21 s: shop/web-0"):
        await kube.core_v1.nodes.drain("n1", timeout=21)
    # After 0, 1, 3, 7, 12 and 17 seconds.
    assert len(cluster.bodies) == 6


@virtual_time
async def test_an_eviction_is_repeated_after_a_failure_as_other_calls_are() -> None:
    failing = replace(failure(503, "ServiceUnavailable"), headers={"Retry-After": "1"})
    cluster = Cluster([*4 * [listed(pod())], GONE], [failing, failing, ACCEPTED])
    kube, _ = client(cluster.respond)
    assert (await kube.core_v1.nodes.drain("n1", timeout=60)).evicted == ("shop/web-0",)
    assert len(cluster.bodies) == 3
    cluster.lists, cluster.evictions = [listed(pod())], [failing]
    with pytest.raises(DrainError, match="shop/web-0"):
        await kube.with_options(max_retries=0).core_v1.nodes.drain("n1", timeout=60)
    assert len(cluster.bodies) == 4


@virtual_time
async def test_a_refusal_with_a_time_is_reported_at_once() -> None:
    refusal = replace(blocked_by_budget(), headers={"Retry-After": "10"})
    cluster = Cluster([listed(pod())], [refusal])
    kube, _ = client(cluster.respond)
    blocked: list[float] = []
    with pytest.raises(DrainError):
        await kube.core_v1.nodes.drain("n1", timeout=2, progress=lambda _: blocked.append(now()))
    assert blocked[0] < 0.1


@pytest.mark.parametrize("found", NO_LISTS_OF_PODS, ids=str)
@pytest.mark.parametrize("is_first", [True, False], ids=["at first", "later"])
@virtual_time
async def test_a_response_that_is_no_list_of_pods_does_not_say_that_they_are_gone(found: Any, is_first: bool) -> None:
    cluster = Cluster([found] if is_first else [listed(pod()), found], [ACCEPTED])
    kube, _ = client(cluster.respond)
    with pytest.raises((DecodeError, ApiError)):
        await kube.core_v1.nodes.drain("n1", timeout=60)
    assert bool(cluster.bodies) is not is_first


@virtual_time
async def test_pods_of_another_node_are_not_evicted() -> None:
    cluster = Cluster([listed(pod(node="n2"))], [ACCEPTED])
    kube, _ = client(cluster.respond)
    with pytest.raises(KubeConnectionError, match="the pod shop/web-0 of the node 'n2', not of 'n1'"):
        await kube.core_v1.nodes.drain("n1", timeout=60)
    assert cluster.bodies == []


@virtual_time
async def test_a_pod_that_loses_its_labels_is_still_there() -> None:
    cluster = Cluster([listed(pod())], [ACCEPTED])
    kube, _ = client(cluster.respond)
    with pytest.raises(DrainError, match="still terminating"):
        await kube.core_v1.nodes.drain("n1", pod_selector="app=web", timeout=3)
    selectors = [query.get("labelSelector") for query in cluster.queries]
    assert (selectors[0], set(selectors[1:])) == ("app=web", {None})


async def test_an_error_has_all_pods_and_its_message_the_first_twenty() -> None:
    pods = [pod(f"web-{number:03}", str(number), ownerReferences=[]) for number in range(50)]
    kube, _ = client(Cluster([listed(*pods)], [ACCEPTED]).respond)
    with pytest.raises(DrainError, match=r"shop/web-019: no controller .*; and 30 more$") as caught:
        await kube.core_v1.nodes.drain("n1")
    assert len(caught.value.pods) == 50
    assert "web-020" not in str(caught.value)
