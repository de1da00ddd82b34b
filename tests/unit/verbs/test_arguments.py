"""Arguments of verbs: a dry run has one meaning, and what is wrong is named before anything is sent."""

from __future__ import annotations

import contextlib
import json
from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from aiokube import Client
from aiokube.errors import AiokubeError, InvalidArgument, InvalidRequest
from tests.support.recording import RecordingTransport

# Without types, as in a program that is not type-checked.
Call = Callable[[Any], Awaitable[Any]]


async def lines(logs: Any) -> None:
    """Read logs to their end."""
    async for _ in logs:
        pass


_ONE_WRITE: dict[str, Callable[[Any, Any], Awaitable[Any]]] = {
    "create": lambda kube, dry_run: kube.core_v1.pods.create({"metadata": {"name": "a"}}, dry_run=dry_run),
    "patch": lambda kube, dry_run: kube.core_v1.pods.patch("a", {"spec": {}}, dry_run=dry_run),
    "delete": lambda kube, dry_run: kube.core_v1.pods.delete("a", dry_run=dry_run),
    "delete with options": lambda kube, dry_run: kube.core_v1.pods.delete("a", options={}, dry_run=dry_run),
    "evict": lambda kube, dry_run: kube.core_v1.pods.evict("a", grace_period_seconds=5, dry_run=dry_run),
    "scale": lambda kube, dry_run: kube.apps_v1.deployments.scale("a", 3, dry_run=dry_run),
    "label": lambda kube, dry_run: kube.core_v1.pods.label("a", {"b": "c"}, overwrite=True, dry_run=dry_run),
}


def is_dry(transport: RecordingTransport) -> bool:
    """True if the last request is a dry run."""
    request = transport.last
    body = json.loads(request.body) if isinstance(request.body, bytes) else {}
    found = [*(value for name, value in request.query if name == "dryRun"), *body.get("dryRun", ())]
    assert found in ([], ["All"])
    return bool(found)


@pytest.mark.parametrize("call", _ONE_WRITE.values(), ids=_ONE_WRITE)
@pytest.mark.parametrize(("dry_run", "expected"), [(True, True), ("All", True), (False, False), (None, False)])
async def test_a_dry_run_has_one_meaning_for_all_verbs(
    call: Callable[[Any, Any], Awaitable[Any]], dry_run: Any, expected: bool
) -> None:
    transport = RecordingTransport()
    with contextlib.suppress(AiokubeError):  # the response is empty
        await call(Client(transport=transport), dry_run)
    assert is_dry(transport) is expected


@pytest.mark.parametrize("call", _ONE_WRITE.values(), ids=_ONE_WRITE)
@pytest.mark.parametrize("dry_run", ["server", "true", 1, ""])
async def test_another_value_of_a_dry_run_is_refused(call: Callable[[Any, Any], Awaitable[Any]], dry_run: Any) -> None:
    transport = RecordingTransport()
    with pytest.raises(InvalidArgument, match=r"^dry_run: must be True, False or 'All', not "):
        await call(Client(transport=transport), dry_run)
    assert not transport.requests


_WRONG: list[tuple[str, Call]] = [
    ("dry_run: must be True", lambda kube: kube.core_v1.nodes.drain("n", dry_run="no")),
    ("force: must be True or False, not str", lambda kube: kube.core_v1.nodes.drain("n", force="no")),
    ("ignore_daemonsets: must be True", lambda kube: kube.core_v1.nodes.drain("n", ignore_daemonsets="no")),
    ("delete_emptydir_data: must be True", lambda kube: kube.core_v1.nodes.drain("n", delete_emptydir_data=1)),
    (
        "grace_period_seconds: must be 0 or more, not -1",
        lambda kube: kube.core_v1.nodes.drain("n", grace_period_seconds=-1),
    ),
    ("pod_selector: is empty", lambda kube: kube.core_v1.nodes.drain("n", pod_selector="")),
    ("timeout: must be 0 seconds or more", lambda kube: kube.core_v1.nodes.drain("n", timeout=-1)),
    ("timeout is 0, in which no pod can end", lambda kube: kube.core_v1.nodes.drain("n", timeout=0)),
    ("dry_run: must be True", lambda kube: kube.core_v1.nodes.cordon("n", dry_run="client")),
    ("dry_run: must be True", lambda kube: kube.core_v1.pods.label("a", {"b": "c"}, dry_run="client")),
    ("dry_run: must be True", lambda kube: kube.core_v1.pods.edit("a", print, dry_run="client")),
    ("dry_run: must be True", lambda kube: kube.core_v1.pods.set_image("a", {"b": "c"}, dry_run="client")),
    ("dry_run: must be True", lambda kube: kube.apps_v1.deployments.restart("a", dry_run="client")),
    ("dry_run: must be True", lambda kube: kube.apps_v1.deployments.undo("a", dry_run="client")),
    ("overwrite: must be True", lambda kube: kube.core_v1.pods.label("a", {"b": "c"}, overwrite="yes")),
    ("overwrite: must be True", lambda kube: kube.core_v1.pods.annotate("a", {"b": "c"}, overwrite=1)),
    ("labels has the key 3; pass a string", lambda kube: kube.core_v1.pods.label("a", {3: "x"})),
    (r"labels\['b'\] is of the type int; pass a string", lambda kube: kube.core_v1.pods.label("a", {"b": 3})),
    (
        "force: must be True",
        lambda kube: kube.core_v1.pods.apply({"metadata": {"name": "a"}}, field_manager="m", force=1),
    ),
    ("replicas: must be an integer, not bool", lambda kube: kube.apps_v1.deployments.scale("a", True)),
    ("to_revision: must be an integer, not", lambda kube: kube.apps_v1.deployments.undo("a", to_revision="1")),
    ("to_revision: must be an integer, not", lambda kube: kube.apps_v1.deployments.undo("a", to_revision=True)),
    ("revision: must be an integer, not", lambda kube: kube.apps_v1.deployments.wait_rollout("a", revision="1")),
    ("name: must be a string, not None", lambda kube: kube.apps_v1.deployments.wait_rollout(None)),
    (
        "grace_period_seconds: must be an integer, not",
        lambda kube: kube.core_v1.pods.evict("a", grace_period_seconds="5"),
    ),
    (
        "grace_period_seconds: must be 0 or more, not -1",
        lambda kube: kube.core_v1.pods.delete("a", grace_period_seconds=-1),
    ),
    ("label_selector: is empty", lambda kube: kube.core_v1.pods.delete_collection(label_selector="")),
    ("label_selector: is empty", lambda kube: kube.core_v1.pods.list(label_selector="")),
    ("field_selector: is empty", lambda kube: kube.core_v1.pods.list(field_selector=" ")),
    ("label_selector: is empty", lambda kube: kube.core_v1.pods.wait_for_all("Ready", label_selector="")),
    ("name 'a' cannot be combined with a selector", lambda kube: kube.core_v1.pods.top("a", label_selector="b=c")),
    ("name 'a' cannot be combined with a selector", lambda kube: kube.core_v1.nodes.top("a", label_selector="b=c")),
    ("label_selector: is empty", lambda kube: kube.core_v1.pods.top(label_selector="")),
    ("all_namespaces: must be True", lambda kube: kube.core_v1.pods.list(all_namespaces="no")),
    ("all_namespaces: must be True", lambda kube: kube.core_v1.pods.top(all_namespaces="no")),
    ("label_selector: is empty", lambda kube: lines(kube.core_v1.pods.logs(label_selector=""))),
    ("name: is empty", lambda kube: lines(kube.core_v1.pods.logs(""))),
    ("tail_lines: must be an integer, not", lambda kube: lines(kube.core_v1.pods.logs("a", tail_lines="x"))),
    ("tail_lines: must be 0 or more, not -1", lambda kube: lines(kube.core_v1.pods.log_lines("a", tail_lines=-1))),
    ("tail_lines: must be 0 or more, not -1", lambda kube: lines(kube.core_v1.pods.all_log_lines("a", tail_lines=-1))),
    ("since_seconds: must be 1 or more, not 0", lambda kube: kube.core_v1.pods.log("a", since_seconds=0)),
    ("limit_bytes: must be 1 or more, not 0", lambda kube: kube.core_v1.pods.log("a", limit_bytes=0)),
    ("follow: must be True or False", lambda kube: lines(kube.core_v1.pods.logs("a", follow="no"))),
    ("container: must be a string", lambda kube: lines(kube.core_v1.pods.logs("a", container=5))),
    ("input: contains a lone surrogate", lambda kube: kube.core_v1.pods.run("a", "cat", input="\ud800")),
    ("current_replicas: must be an integer", lambda kube: kube.apps_v1.deployments.scale("a", 1, current_replicas="1")),
    ("resource_version: must be a string", lambda kube: kube.apps_v1.deployments.scale("a", 1, resource_version=7)),
    ("disable_eviction: must be True", lambda kube: kube.core_v1.nodes.drain("a", disable_eviction="no")),
    (
        "skip_wait_for_delete_timeout: must be 0 seconds or more",
        lambda kube: kube.core_v1.nodes.drain("a", skip_wait_for_delete_timeout=-1),
    ),
]


@pytest.mark.parametrize(("message", "call"), _WRONG, ids=[f"{number}-{one}" for number, (one, _) in enumerate(_WRONG)])
async def test_a_wrong_argument_is_named_before_anything_is_sent(message: str, call: Call) -> None:
    transport = RecordingTransport()
    with pytest.raises(InvalidArgument, match=f"^{message}"):
        await call(Client(transport=transport))
    assert not transport.requests


@pytest.mark.parametrize("verb", ["create", "replace", "patch", "apply"])
@pytest.mark.parametrize(("given", "sent"), [(None, "Strict"), ("Warn", "Warn"), ("Ignore", "Ignore")])
async def test_unknown_fields_are_refused_by_default(verb: str, given: Any, sent: str) -> None:
    transport = RecordingTransport()
    pods: Any = Client(transport=transport, field_manager="me").core_v1.pods
    body = {"metadata": {"name": "a"}}
    arguments = ("a", body) if verb == "patch" else (body,)
    with contextlib.suppress(AiokubeError):  # the response is empty
        await getattr(pods, verb)(*arguments, field_validation=given)
    assert ("fieldValidation", sent) in transport.last.query


@pytest.mark.parametrize("body", [None, "x", b"x", 5])
async def test_a_patch_that_is_none_is_refused(body: Any) -> None:
    transport = RecordingTransport()
    pods: Any = Client(transport=transport).core_v1.pods
    for type in (None, "merge"):
        with pytest.raises(InvalidRequest, match=r"^body: must be a mapping of the fields to change, or a list of"):
            await pods.patch("a", body, type=type)
    with pytest.raises(
        InvalidRequest, match=r"^body\[0\]: must be an operation, a mapping with 'op' and 'path', not int$"
    ):
        await pods.patch("a", [1])
    assert not transport.requests
