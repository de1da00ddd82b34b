"""Applies of definitions together with objects of their kinds, while the server follows a moment later."""

from __future__ import annotations

from typing import Any

import pytest

from aiokube.errors import ManifestError
from aiokube.runtime.http.request import Request, Response
from tests.support.any_kind import CRON, DEFINITION, SETTINGS, answer, client, failure, served, stored

MISSING = failure(404, "NotFound", name="x")
NO_PATH = Response(status=404, headers={"Content-Type": "text/plain"}, body=b"404 page not found")
BEFORE = {**DEFINITION, "spec": {"group": "x.io"}}
CRONS = served("x.io", "crons", "Cron")
WITHOUT_APPLY = served("x.io", "crons", "Cron")
WITHOUT_APPLY["versions"][0]["resources"][0]["verbs"] = ["get", "list", "delete"]


def is_of_cron(request: Request) -> bool:
    return request.path.endswith("/crons/nightly")


def exists(data: dict[str, Any]) -> Response:
    return answer({**data, "metadata": {**data["metadata"], "uid": "u", "resourceVersion": "1"}})


class ChangingServer:
    """A server on which the definition exists, and is changed by each apply.

    Args:
        refusals: Its responses to the first applies of the object.
    """

    def __init__(self, *refusals: Response, object_exists: bool = False) -> None:
        self.refusals = list(refusals)
        self.object_exists = object_exists
        self.tries = 0

    def __call__(self, request: Request) -> Response:
        if request.method == "GET":
            if is_of_cron(request):
                return exists(CRON) if self.object_exists else MISSING
            return exists(BEFORE)
        if not is_of_cron(request):
            return stored(request, "2")
        self.tries += 1
        return self.refusals.pop(0) if self.refusals else stored(request, "2")


UNDECLARED = failure(500, "", message=".spec.color: field not declared in schema")


@pytest.mark.slow
@pytest.mark.parametrize("refusal", [UNDECLARED, failure(422, "Invalid"), failure(400, "BadRequest"), NO_PATH])
async def test_an_object_is_tried_again_while_the_server_has_the_definition_before(refusal: Response) -> None:
    server = ChangingServer(refusal, refusal)
    kube, transport = client(server)
    transport.groups.append(CRONS)
    done = await kube.apply([CRON, DEFINITION])
    assert [result.action for result in done] == ["created", "configured"]
    assert server.tries == 3


@pytest.mark.parametrize("source", [[CRON, {**DEFINITION, "spec": {**DEFINITION["spec"], "group": "y.io"}}], [CRON]])
async def test_an_object_whose_definition_has_not_changed_fails_at_once(source: list[Any]) -> None:
    server = ChangingServer(UNDECLARED)
    kube, transport = client(server)
    transport.groups.append(CRONS)
    with pytest.raises(ManifestError, match=r"cron\.x\.io/nightly in default failed: 500"):
        await kube.apply(source)
    assert server.tries == 1


@pytest.mark.parametrize(("object_exists", "action"), [(False, "created"), (True, "configured")])
async def test_a_dry_run_does_not_check_fields_of_a_definition_that_it_would_change(
    object_exists: bool, action: str
) -> None:
    server = ChangingServer(UNDECLARED, object_exists=object_exists)
    kube, transport = client(server)
    transport.groups.append(CRONS)
    done = await kube.apply([CRON, DEFINITION], dry_run=True)
    assert [result.action for result in done] == [action, "configured"]
    assert server.tries == 1


async def test_a_diff_shows_fields_of_a_definition_that_would_change() -> None:
    def respond(request: Request) -> Response:
        if is_of_cron(request):
            return exists({**CRON, "spec": {"size": 1}}) if request.method == "GET" else UNDECLARED
        return exists(BEFORE) if request.method == "GET" else stored(request, "2")

    kube, transport = client(respond)
    transport.groups.append(CRONS)
    red: dict[str, Any] = {**CRON, "spec": {"color": "red"}}
    cron, definition = await kube.diff([red, DEFINITION])
    assert [line for line in cron.text.splitlines() if line.startswith(("+ ", "- "))] == ["+  color: red"]
    assert definition
    with pytest.raises(ManifestError, match="500"):
        await kube.diff([red, SETTINGS])


@pytest.mark.slow
@pytest.mark.parametrize("outdated", [CRONS, WITHOUT_APPLY])
async def test_a_kind_that_is_defined_again_is_waited_for_although_discovery_has_the_former(outdated: Any) -> None:
    tries = 0

    def respond(request: Request) -> Response:
        nonlocal tries
        if request.method == "GET":
            return MISSING
        if not is_of_cron(request):
            return stored(request)
        tries += 1
        transport.groups[1:] = [] if tries == 1 else [CRONS]
        return NO_PATH if tries < 3 else stored(request)

    kube, transport = client(respond)
    transport.groups.append(outdated)
    done = await kube.apply([CRON, DEFINITION])
    assert [result.action for result in done] == ["created", "created"]
    assert tries == 3
