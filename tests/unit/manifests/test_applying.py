"""Results of an apply and a deletion for the responses of a server."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from aiokube.errors import ClientClosed, DecodeError, InvalidArgument, ManifestError
from aiokube.manifests import ObjectResult
from aiokube.runtime.http.request import Request, Response
from tests.support.any_kind import CRON, DEFINITION, SETTINGS, answer, client, failure, served, stored, success


async def test_a_user_who_may_not_read_applies_without_knowing_what_changed() -> None:
    def respond(request: Request) -> Response:
        return failure(403, "Forbidden") if request.method == "GET" else stored(request)

    kube, server = client(respond)
    (result,) = await kube.apply(SETTINGS)
    assert result.action == "configured"
    assert dict(server.last.query) == {"fieldManager": "ci", "fieldValidation": "Strict"}
    await kube.apply(SETTINGS, force=True, dry_run="All", strict=False, field_manager="other")
    assert dict(server.last.query) == {"fieldManager": "other", "force": "true", "dryRun": "All"}


async def test_a_dry_run_during_which_others_write_is_repeated() -> None:
    written = 0

    def respond(request: Request) -> Response:
        nonlocal written
        note = {"written": str(min(written, 2))}
        # Somebody writes after the first two reads.
        written += request.method == "GET"
        metadata = {"name": "a", "uid": "u", "resourceVersion": note["written"], "annotations": note}
        return answer({**SETTINGS, "metadata": metadata})

    kube, server = client(respond)
    (result,) = await kube.apply(SETTINGS, dry_run=True)
    assert result.action == "unchanged"
    assert [request.method for request in server.requests].count("PATCH") == 3


async def test_a_new_kind_is_tried_until_its_path_is_served() -> None:
    tries: list[str] = []

    def respond(request: Request) -> Response:
        if request.method == "GET":
            return failure(404, "NotFound", name="x")
        if "/crons/" in request.path:
            tries.append(request.path)
            if len(tries) < 3:
                return Response(status=404, headers={"Content-Type": "text/plain"}, body=b"404 page not found")
        server.groups.append(served("x.io", "crons", "Cron"))
        return stored(request)

    kube, server = client(respond)
    done = await kube.apply([CRON, DEFINITION])
    assert [result.action for result in done] == ["created", "created"]
    assert tries == ["/apis/x.io/v1/namespaces/default/crons/nightly"] * 3


async def test_a_missing_namespace_of_a_new_kind_is_not_tried_again() -> None:
    def respond(request: Request) -> Response:
        if "/crons/" in request.path:
            return failure(404, "NotFound", name="shop", kind="namespaces")
        if request.method == "GET":
            return failure(404, "NotFound", name="x")
        server.groups.append(served("x.io", "crons", "Cron"))
        return stored(request)

    kube, server = client(respond)
    with pytest.raises(ManifestError, match=r"cron\.x\.io/nightly in default failed: 404 NotFound"):
        await kube.apply([DEFINITION, CRON])
    assert sum("/crons/" in request.path and request.method == "PATCH" for request in server.requests) == 1


async def test_a_kind_whose_definition_failed_is_not_waited_for() -> None:
    kube, _ = client(lambda request: failure(403, "Forbidden"))
    async with asyncio.timeout(5):
        with pytest.raises(ManifestError, match=r"cron\.x\.io/nightly failed: the server does not serve kind 'Cron'"):
            await kube.apply([CRON, DEFINITION])


async def test_definitions_come_first_and_interceptors_last() -> None:
    kube, server = client(
        lambda request: failure(404, "NotFound", name="x") if request.method == "GET" else stored(request)
    )
    hooks = "admissionregistration.k8s.io"
    server.groups += [
        served("x.io", "crons", "Cron"),
        served("apps", "deployments", "Deployment"),
        served(hooks, "validatingwebhookconfigurations", "ValidatingWebhookConfiguration", namespaced=False),
    ]
    hook = {"apiVersion": f"{hooks}/v1", "kind": "ValidatingWebhookConfiguration", "metadata": {"name": "hook"}}
    web = {"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "web"}}
    source = [hook, CRON, web, SETTINGS, DEFINITION]
    done = await kube.apply(source)
    sent = [request.path.rpartition("/")[2] for request in server.requests if request.method == "PATCH"]
    assert sent == ["crons.x.io", "a", "web", "nightly", "hook"]
    assert [result.name for result in done] == ["hook", "nightly", "web", "a", "crons.x.io"]
    server.respond = lambda request: success()
    await kube.delete(source)
    gone = [request.path.rpartition("/")[2] for request in server.requests if request.method == "DELETE"]
    assert gone == sent[::-1]


async def test_a_closed_client_ends_the_apply() -> None:
    def respond(request: Request) -> Response:
        raise ClientClosed("closed")

    kube, _ = client(respond)
    with pytest.raises(ClientClosed):
        await kube.apply([SETTINGS])


async def test_an_error_of_the_callback_is_raised() -> None:
    def fail(result: ObjectResult) -> None:
        raise KeyError(result.name)

    kube, _ = client(stored_or_same)
    with pytest.raises(KeyError, match="a"):
        await kube.apply([SETTINGS], on_result=fail)


async def test_an_object_as_it_was_read_is_refused_by_apply_and_diff_and_not_by_delete() -> None:
    kube, server = client(stored_or_same)
    read = {**SETTINGS, "metadata": {"name": "a", "managedFields": []}}
    for call in (kube.apply, kube.diff):
        with pytest.raises(DecodeError, match=r"^source\[0\]: ConfigMap a: metadata.managedFields: .* extract\(obj,"):
            await call([read, SETTINGS])
    assert not server.requests
    assert [result.action for result in await kube.delete([read])] == ["deleted"]


async def test_an_object_that_two_manifests_stand_for_is_refused() -> None:
    kube, server = client(stored_or_same)
    server.groups += [served("x.io", "crons", "Cron", namespaced=False)]
    there = {**CRON, "metadata": {"name": "nightly", "namespace": "ignored"}}
    explicit = {**SETTINGS, "metadata": {"name": "a", "namespace": "default"}}
    for twice in ([CRON, there], [SETTINGS, explicit]):
        with pytest.raises(DecodeError, match=r"^source\[1\]: \w+ \w+ is in the source twice, first in source\[0\]"):
            await kube.apply(twice)
    assert {request.method for request in server.requests} == {"GET"}


def stored_or_same(request: Request) -> Response:
    """An object that no apply changes."""
    if request.method == "PATCH":
        return stored(request)
    return answer({**SETTINGS, "metadata": {"name": "a", "uid": "u", "resourceVersion": "1"}})


async def test_the_error_of_an_apply_does_not_hold_the_data_of_a_secret() -> None:
    kube, _ = client(lambda request: failure(500, "InternalError"))
    secret: dict[str, Any] = {**SETTINGS, "data": {"password": "hunter2"}}
    with pytest.raises(ManifestError) as caught:
        await kube.apply(secret)
    assert "hunter2" not in repr(caught.value) + str(caught.value) + repr(caught.value.results[0])


async def test_a_kind_that_is_not_served_is_absent_only_if_the_source_defines_it() -> None:
    kube, server = client(lambda request: success())
    done = await kube.delete([CRON, SETTINGS, DEFINITION])
    assert [result.action for result in done] == ["absent", "deleted", "deleted"]
    with pytest.raises(
        ManifestError, match=r"cron\.x\.io/nightly failed: the server does not serve kind 'Cron'"
    ) as caught:
        await kube.delete([CRON, SETTINGS])
    assert [result.action for result in caught.value.results] == ["failed", "deleted"]
    assert {request.path for request in server.requests if request.method == "DELETE"} == {
        "/api/v1/namespaces/default/configmaps/a",
        "/apis/apiextensions.k8s.io/v1/customresourcedefinitions/crons.x.io",
    }


async def test_a_kind_of_a_server_that_does_not_respond_is_not_absent_when_it_is_deleted() -> None:
    kube, server = client(lambda request: success())
    silent = served("x.io", "crons", "Cron")
    silent["versions"] = [{"version": "v1", "freshness": "Stale", "resources": []}]
    server.groups.append(silent)
    with pytest.raises(ManifestError, match=r"cron\.x\.io/nightly failed: .*; these did not respond: x\.io/v1"):
        await kube.delete([CRON, SETTINGS])


@pytest.mark.parametrize(
    ("arguments", "problem"),
    [
        ({"dry_run": "server"}, "dry_run: must be True, False or 'All', not 'server'"),
        ({"force": 1}, "force: must be True or False, not int"),
        ({"prune": True}, "prune: must be a string, not bool"),
        ({"prune": "configmap/"}, "prune is 'configmap/'; pass the name of an ApplySet"),
        ({"wait": "5"}, "wait: must be a number of seconds, not str"),
        ({"on_result": 5}, "on_result: must be a function, not int"),
        ({"on_result": asyncio.sleep}, "on_result is an async function; pass a regular one"),
    ],
)
async def test_wrong_arguments_are_refused_before_anything_is_sent(arguments: dict[str, Any], problem: str) -> None:
    kube, server = client(stored_or_same)
    with pytest.raises(InvalidArgument, match=problem):
        await kube.apply(SETTINGS, **arguments)
    assert not [request for request in server.requests if request.method != "GET"]


async def test_an_object_is_found_after_its_kind_was_defined_again_with_another_scope() -> None:
    cluster_scoped = [False]

    def respond(request: Request) -> Response:
        inside = "" if cluster_scoped[0] else "/namespaces/default"
        if request.path != f"/apis/x.io/v1{inside}/crons/nightly":
            return Response(status=404, headers={"Content-Type": "text/plain"}, body=b"404 page not found")
        if request.method == "PATCH":
            return stored(request)
        return answer({**CRON, "metadata": {"name": "nightly", "uid": "u", "resourceVersion": "1"}})

    kube, server = client(respond)

    async def applied() -> object:
        return (await kube.apply(CRON))[0].action

    async def compared() -> object:
        return (await kube.diff(CRON))[0].text

    async def deleted() -> object:
        return (await kube.delete(CRON))[0].action

    for call, expected in ((applied, "unchanged"), (compared, ""), (deleted, "deleted")):
        cluster_scoped[0] = False
        server.groups = [served("x.io", "crons", "Cron")]
        await kube.resources()
        cluster_scoped[0] = True
        server.groups = [served("x.io", "crons", "Cron", namespaced=False)]
        assert await call() == expected
        assert server.last.path == "/apis/x.io/v1/crons/nightly"


@pytest.mark.parametrize(
    "found",
    [
        None,
        [],
        "text",
        {"kind": "Status", "apiVersion": "v1", "status": "Failure"},
        {"kind": "ConfigMap", "apiVersion": "v1", "metadata": {"name": "other"}},
        {"kind": "ConfigMap", "apiVersion": "v1", "metadata": {"name": "a", "namespace": "elsewhere"}},
    ],
    ids=str,
)
async def test_a_response_with_something_else_is_a_failure_of_its_object(found: Any) -> None:
    kube, _ = client(lambda request: answer(found))
    for call in (kube.apply, kube.diff):
        with pytest.raises(ManifestError) as caught:
            await call(SETTINGS)
        assert [result.action for result in caught.value.results] == ["failed"]


async def test_nulls_in_a_response_are_absent() -> None:
    kube, _ = client(lambda request: answer({"kind": "ConfigMap", "apiVersion": "v1", "metadata": None, "data": None}))
    (compared,) = await kube.diff(SETTINGS)
    assert compared.text == ""
