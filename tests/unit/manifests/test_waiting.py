"""Waiting until objects are ready or gone: how many requests, and what the errors say."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from aiokube.errors import InvalidArgument, ManifestError, ObjectDeleted, RolloutError, WaitTimeout
from aiokube.runtime.http.request import Request, Response
from aiokube.runtime.manifests.calls import CONCURRENCY
from tests.support.any_kind import SETTINGS, Server, answer, client, failure, stored, success

MISSING = failure(404, "NotFound", name="x")
POD = {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "a"}}


def settings(uid: str, **metadata: Any) -> dict[str, Any]:
    return {**SETTINGS, "metadata": {"name": "a", "namespace": "default", "uid": uid, **metadata}}


def pod(phase: str) -> dict[str, Any]:
    return {**POD, "metadata": {"name": "a", "uid": "u"}, "status": {"phase": phase, "message": "no luck"}}


async def test_what_is_ready_by_the_answer_to_its_apply_needs_no_request() -> None:
    kube, server = client(lambda request: MISSING if request.method == "GET" else stored(request))
    many = [{**SETTINGS, "metadata": {"name": f"a{number}"}} for number in range(40)]
    done = await kube.apply(many, wait=0)
    assert {one.action for one in done} == {"created"}
    assert not [request for request in server.requests if request.path.endswith("/configmaps")]


async def test_a_few_objects_are_waited_for_at_a_time() -> None:
    now, most = 0, 0

    class Slow(Server):
        async def send(self, request: Request) -> Response:
            nonlocal now, most
            if request.path != "/api/v1/namespaces/default/pods":
                return await super().send(request)
            now += 1
            most = max(most, now)
            await asyncio.sleep(0)
            now -= 1
            name = dict(request.query)["fieldSelector"].partition("=")[2]
            done = {**pod("Succeeded"), "metadata": {"name": name, "uid": "u"}}
            return answer({"kind": "PodList", "metadata": {"resourceVersion": "2"}, "items": [done]})

    kube, _ = client(lambda request: MISSING if request.method == "GET" else stored(request), Slow)
    pods = [{**POD, "metadata": {"name": f"a{number}"}} for number in range(60)]
    assert {one.action for one in await kube.apply(pods, wait=60)} == {"created"}
    assert most == CONCURRENCY


@pytest.mark.parametrize(
    ("found", "error", "message"),
    [
        (answer(pod("Pending")), WaitTimeout, "not ready within 0 s: it has no condition Ready"),
        (answer(pod("Failed")), RolloutError, "will not become ready: it has failed: no luck"),
        (MISSING, ObjectDeleted, "it was deleted before it was ready"),
        (answer(pod("Succeeded")), None, ""),
    ],
    ids=["pending", "failed", "deleted", "ready"],
)
async def test_a_wait_of_0_looks_once(found: Response, error: type[Exception] | None, message: str) -> None:
    patched = False

    def respond(request: Request) -> Response:
        nonlocal patched
        if request.method == "GET":
            return found if patched else MISSING
        patched = True
        return stored(request)

    kube, server = client(respond)
    if error is None:
        await kube.apply(POD, wait=0)
    else:
        with pytest.raises(ManifestError) as caught:
            await kube.apply(POD, wait=0)
        assert isinstance(caught.value.results[0].error, error)
        assert str(caught.value.results[0].error) == message
        if isinstance(caught.value.results[0].error, WaitTimeout):
            assert caught.value.results[0].error.last["status"]["phase"] == "Pending"
    assert [request.method for request in server.requests if request.path.endswith("/pods/a")] == [
        "GET",
        "PATCH",
        "GET",
    ]


@pytest.mark.parametrize("call", ["apply", "delete"])
@pytest.mark.parametrize("wait", [-1, -0.5, float("-inf")])
async def test_a_negative_wait_is_refused_before_anything_is_sent(call: str, wait: float) -> None:
    kube, server = client(lambda request: MISSING)
    with pytest.raises(InvalidArgument, match=r"wait: must be 0 seconds or more, or None to not wait, not -"):
        await getattr(kube, call)(SETTINGS, wait=wait)
    assert not server.requests


@pytest.mark.parametrize("answer_to_delete", [success("old"), answer(settings("old"))], ids=["a Status", "the object"])
@pytest.mark.parametrize("wait", [0, 60])
async def test_an_object_is_gone_although_it_was_created_again(answer_to_delete: Response, wait: float) -> None:
    def respond(request: Request) -> Response:
        if request.path.endswith("/configmaps"):
            return answer({"kind": "ConfigMapList", "metadata": {"resourceVersion": "1"}, "items": [settings("new")]})
        return answer_to_delete if request.method == "DELETE" else answer(settings("new"))

    kube, _ = client(respond)
    async with asyncio.timeout(5):
        assert [one.action for one in await kube.delete(SETTINGS, wait=wait)] == ["deleted"]


@pytest.mark.parametrize("wait", [0, 0.05])
async def test_what_holds_up_a_deletion_is_named(wait: float) -> None:
    held = settings("u", deletionTimestamp="2026-01-01T00:00:00Z", finalizers=["example.com/a", "example.com/b"])

    def respond(request: Request) -> Response:
        if request.path.endswith("/configmaps"):
            return answer({"kind": "ConfigMapList", "metadata": {"resourceVersion": "1"}, "items": [held]})
        return answer(held)

    kube, _ = client(respond)
    with pytest.raises(ManifestError) as caught:
        await kube.delete(SETTINGS, wait=wait)
    assert isinstance(late := caught.value.results[0].error, WaitTimeout)
    assert late.last.metadata.finalizers == ["example.com/a", "example.com/b"]
    assert str(late) == (
        f"not gone within {wait:g} s: it is being deleted, which the finalizers example.com/a, example.com/b hold up"
    )
