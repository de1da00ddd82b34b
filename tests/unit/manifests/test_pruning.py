"""Which members of an ApplySet are deleted, and how."""

from __future__ import annotations

import json
from typing import Any

import pytest

from aiokube.errors import ManifestError
from aiokube.runtime.http.request import Request, Response
from aiokube.runtime.manifests.apply_set import Contents, Parent, parent_manifest
from tests.support.any_kind import CRON, answer, client, failure, served, stored, success

PARENT = Parent(api_version="v1", kind="Secret", namespace="default", name="app")
CONTENTS = Contents(kinds=frozenset({("x.io", "Cron"), ("y.io", "Cron"), ("gone.io", "Cron")}))


def listed(*members: tuple[str, str]) -> Response:
    return answer(
        {
            "kind": "CronList",
            "metadata": {},
            "items": [{"metadata": {"name": name, "uid": uid}} for name, uid in members],
        }
    )


async def applied(x: Response, y: Response, delete: Response) -> tuple[list[str], list[Any]]:
    """Apply the Cron `nightly` of x.io, whose UID is `u`; return what became of objects, and the bodies of DELETEs."""

    def respond(request: Request) -> Response:
        if request.method == "DELETE":
            return delete
        if request.path.endswith("/crons"):
            return x if "x.io" in request.path else y
        if request.method == "GET" and request.path.endswith("secrets/app"):
            return answer(parent_manifest(PARENT, CONTENTS))
        return failure(404, "NotFound", name="x") if request.method == "GET" else stored(request)

    kube, server = client(respond)
    server.groups += [served("x.io", "crons", "Cron"), served("y.io", "crons", "Cron")]
    done = await kube.apply(CRON, prune="app")
    bodies = [json.loads(one.body) for one in server.requests if one.method == "DELETE" and isinstance(one.body, bytes)]
    return [f"{one.api_version} {one.name} {one.action}" for one in done], bodies


async def test_an_object_that_two_groups_serve_is_kept() -> None:
    same = listed(("nightly", "u"))
    results, bodies = await applied(same, same, success())
    assert (results, bodies) == (["x.io/v1 nightly created"], [])


async def test_an_outdated_member_is_deleted_once_and_only_as_the_object_that_was_listed() -> None:
    both = listed(("nightly", "u"), ("old", "v"))
    results, bodies = await applied(both, both, success())
    assert results == ["x.io/v1 nightly created", "x.io/v1 old pruned"] or results[1] == "y.io/v1 old pruned"
    assert [(body["preconditions"], body["propagationPolicy"]) for body in bodies] == [({"uid": "v"}, "Background")]


async def test_a_member_that_is_another_object_by_now_is_left() -> None:
    results, _ = await applied(listed(("old", "v")), listed(), failure(409, "Conflict", name="old"))
    assert results == ["x.io/v1 nightly created"]


async def test_members_that_cannot_be_listed_are_a_failure_after_the_apply() -> None:
    with pytest.raises(ManifestError) as caught:
        await applied(failure(403, "Forbidden"), listed(), success())
    nightly, parent = caught.value.results
    assert (nightly.action, parent.action) == ("created", "failed")
    assert str(parent).startswith("secret/app in default failed: 403 Forbidden")


async def test_a_kind_that_is_not_served_any_more_has_no_members() -> None:
    results, _ = await applied(listed(("nightly", "u")), listed(), success())  # gone.io is in no discovery
    assert results == ["x.io/v1 nightly created"]


async def test_a_kind_that_discovery_has_and_its_path_has_not_is_a_failure() -> None:
    with pytest.raises(ManifestError, match=r"secret/app in default failed: 404 NotFound"):
        await applied(failure(404, "NotFound"), listed(), success())
