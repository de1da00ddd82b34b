"""Applies and deletions whose server fails in the middle, moves a kind, or sends something else."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

from aiokube.errors import ApiError, ConnectionError, DecodeError, Forbidden, InternalError, ManifestError, NotFound
from aiokube.runtime.http.request import Request, Response
from aiokube.runtime.manifests.apply_set import Contents, Parent, parent_manifest
from tests.support.any_kind import CRON, DEFINITION, SETTINGS, answer, client, failure, served, stored, success
from tests.support.frames import revealed

MISSING = failure(404, "NotFound", name="x")
NO_PATH = Response(status=404, headers={"Content-Type": "text/plain"}, body=b"404 page not found")
FAILED = answer({"kind": "Status", "apiVersion": "v1", "status": "Failure", "message": "no", "code": 500})
OTHER = answer({**SETTINGS, "metadata": {"name": "b", "namespace": "elsewhere"}})
SECRET = {"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "s"}, "stringData": {"password": "hunter2"}}


def actions(error: ManifestError) -> dict[str, str]:
    return {one.name: one.action for one in error.results}


@pytest.mark.parametrize("source", [[DEFINITION, CRON, SETTINGS], [SETTINGS, CRON, DEFINITION]])
async def test_a_discovery_that_fails_after_a_definition_fails_only_its_objects(source: list[Any]) -> None:
    def respond(request: Request) -> Response:
        if request.method == "PATCH" and "crons.x.io" in request.path:
            server.broken = ConnectionError("the server is gone")
        return MISSING if request.method == "GET" else stored(request)

    kube, server = client(respond)
    with pytest.raises(ManifestError, match=r"cron\.x\.io/nightly failed: the server is gone") as caught:
        await kube.apply(source)
    assert actions(caught.value) == {"crons.x.io": "created", "nightly": "failed", "a": "created"}


async def test_a_parent_that_cannot_be_extended_fails_the_objects_that_it_would_not_know() -> None:
    stores: list[str] = []

    def respond(request: Request) -> Response:
        if request.method == "GET":
            return MISSING
        if request.path.endswith("/secrets/app"):
            stores.append(request.path)
            if len(stores) > 1:
                return failure(403, "Forbidden")
        elif request.path.endswith("/crons.x.io"):
            server.groups.append(served("x.io", "crons", "Cron"))
        return stored(request)

    kube, server = client(respond)
    with pytest.raises(ManifestError) as caught:
        await kube.apply([DEFINITION, CRON, SETTINGS], prune="app")
    assert actions(caught.value) == {"crons.x.io": "created", "nightly": "failed", "a": "created"}
    assert isinstance(caught.value.results[1].error, Forbidden)
    assert not any("/crons/" in request.path for request in server.requests)


async def test_nothing_is_applied_when_the_parent_cannot_be_stored() -> None:
    kube, server = client(lambda request: MISSING if request.method == "GET" else failure(403, "Forbidden"))
    with pytest.raises(ManifestError) as caught:
        await kube.apply([SETTINGS, SECRET], prune="app")
    assert actions(caught.value) == {"a": "failed", "s": "failed"}
    assert [request.path.rpartition("/")[2] for request in server.requests if request.method == "PATCH"] == ["app"]


@pytest.mark.parametrize(
    ("response", "error"),
    [
        (FAILED, InternalError),
        (OTHER, ConnectionError),
        (answer({}), DecodeError),
        (answer([]), DecodeError),
        (answer(None), DecodeError),
        (answer({**SETTINGS, "kind": "Secret"}), DecodeError),
    ],
    ids=["a failure", "another object", "nothing", "a list", "null", "another kind"],
)
@pytest.mark.parametrize("call", ["apply", "diff", "delete"])
@pytest.mark.parametrize("method", ["GET", "PATCH", "DELETE"])
async def test_a_response_that_is_not_the_object_is_a_failure(
    response: Response, error: type[Exception], call: str, method: str
) -> None:
    def respond(request: Request) -> Response:
        if request.method == method:
            return response
        return MISSING if request.method == "GET" else success() if request.method == "DELETE" else stored(request)

    kube, _ = client(respond)
    used = {"apply": ("GET", "PATCH"), "diff": ("GET", "PATCH"), "delete": ("DELETE",)}
    if method not in used[call]:
        await getattr(kube, call)(SETTINGS)
        return
    with pytest.raises(ManifestError) as caught:
        await getattr(kube, call)(SETTINGS)
    assert isinstance(caught.value.results[0].error, error)


@pytest.mark.parametrize("call", ["apply", "diff", "delete"])
async def test_nulls_in_a_response_are_as_absent(call: str) -> None:
    kube, _ = client(lambda request: answer({**SETTINGS, "metadata": None, "data": None}))
    assert len(await getattr(kube, call)(SETTINGS)) == 1


@pytest.mark.parametrize("response", [FAILED, answer({}), answer(SETTINGS)], ids=["a failure", "nothing", "an object"])
async def test_members_that_are_no_list_are_not_taken_for_none(response: Response) -> None:
    parent = Parent(api_version="v1", kind="Secret", namespace="default", name="app")
    contents = Contents(kinds=frozenset({("", "ConfigMap")}))

    def respond(request: Request) -> Response:
        if request.path.endswith("/configmaps"):
            return response
        if request.path.endswith("/secrets/app") and request.method == "GET":
            return answer(parent_manifest(parent, contents))
        return MISSING if request.method == "GET" else stored(request)

    kube, _ = client(respond)
    with pytest.raises(ManifestError, match=r"secret/app in default failed: ") as caught:
        await kube.apply(SETTINGS, prune="app")
    assert isinstance(caught.value.results[1].error, (ApiError, DecodeError))


@pytest.mark.parametrize("call", ["apply", "diff", "delete"])
async def test_an_object_follows_its_kind_to_another_scope(call: str) -> None:
    def respond(request: Request) -> Response:
        if "/namespaces/" in request.path:
            server.groups[-1] = served("x.io", "crons", "Cron", namespaced=False)
            return NO_PATH
        return MISSING if request.method == "GET" else success() if request.method == "DELETE" else stored(request)

    kube, server = client(respond)
    server.groups.append(served("x.io", "crons", "Cron"))
    (result,) = await getattr(kube, call)(CRON)
    assert (result.name, result.namespace) == ("nightly", "")
    assert server.last.path == "/apis/x.io/v1/crons/nightly"


@pytest.mark.parametrize("call", ["apply", "diff", "delete"])
async def test_an_object_of_a_version_that_is_gone_is_a_failure(call: str) -> None:
    def respond(request: Request) -> Response:
        server.groups[1:] = []
        return NO_PATH

    kube, server = client(respond)
    server.groups.append(served("x.io", "crons", "Cron"))
    with pytest.raises(ManifestError, match=r"failed: the server does not serve kind 'Cron' in 'x\.io/v1'"):
        await getattr(kube, call)(CRON)


async def test_an_object_whose_path_is_right_is_absent() -> None:
    kube, server = client(lambda request: NO_PATH)
    server.groups.append(served("x.io", "crons", "Cron"))
    assert [one.action for one in await kube.delete(CRON)] == ["absent"]
    with pytest.raises(ManifestError) as caught:
        await kube.apply(CRON)
    assert isinstance(caught.value.results[0].error, NotFound)


class Unexpected(Exception):
    """An error that is not one of aiokube."""


def raise_it(result: object) -> None:
    raise Unexpected


_FAILURES: dict[str, Callable[[Request], Response]] = {
    "refused": lambda request: failure(403, "Forbidden"),
    "odd": lambda request: answer({}),
    "callback": lambda request: {"GET": lambda: MISSING, "DELETE": success}.get(
        request.method, lambda: stored(request)
    )(),
}


@pytest.mark.parametrize("respond", _FAILURES.values(), ids=_FAILURES)
@pytest.mark.parametrize("source", [SECRET, {**SECRET, "unknown": 1}, {**SECRET, "metadata": {}}, [json.dumps(SECRET)]])
@pytest.mark.parametrize("call", ["apply", "diff", "delete"])
async def test_no_local_variable_of_a_traceback_shows_a_secret(
    respond: Callable[[Request], Response], source: Any, call: str
) -> None:
    kube, _ = client(respond)
    arguments = {} if call == "diff" else {"on_result": raise_it}
    try:
        await getattr(kube, call)(source, **arguments)
    except (ManifestError, DecodeError, Unexpected) as error:
        assert revealed(error, ["hunter2"]) == []
    else:
        assert call == "diff"
