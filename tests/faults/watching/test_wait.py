"""Waiting for a condition of an object, across failures of lists and watches."""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import Callable
from functools import partial
from typing import Any

import pytest

from aiokube import Client, created, deleted
from aiokube.errors import (
    ConnectionError,
    DecodeError,
    Forbidden,
    InternalError,
    InvalidArgument,
    InvalidRequest,
    ObjectDeleted,
    Unauthorized,
    WaitTimeout,
)
from aiokube.models import core_v1
from aiokube.testing import FakeCluster
from tests.support.local import local
from tests.support.map_cluster import LISTS, WATCHES, Fault, MapCluster, event_line


def _has(key: str, value: str) -> Callable[[core_v1.ConfigMap], bool]:
    return lambda obj: obj.data.get(key) == value


@local
async def test_a_condition_that_is_already_met_needs_no_watch(server: MapCluster, kube: Client) -> None:
    server.put("a", {"k": "v"})
    maps = kube.core_v1.config_maps
    assert (await maps.wait_for("a", created)).metadata.name == "a"
    assert (await maps.wait_for("a", _has("k", "v"))).metadata.name == "a"
    assert await maps.wait_for("b", deleted) is None
    assert server.watches == []
    assert {seen.query["fieldSelector"] for seen in server.lists} == {"metadata.name=a", "metadata.name=b"}


@pytest.mark.parametrize("fault", ["none", "drop", "gone", "restart"])
@local
async def test_a_later_change_is_found_by_a_watch(server: MapCluster, kube: Client, fault: str) -> None:
    server.put("other")
    waiting = asyncio.ensure_future(kube.core_v1.config_maps.wait_for("a", _has("k", "v"), timeout=200))
    await server.wait_watches()
    server.put("a", {"k": "not yet"})
    await asyncio.sleep(1)
    assert not waiting.done()
    if fault == "drop":
        server.drop_watches()
    if fault == "restart":
        await server.stop()
        await asyncio.sleep(30)
        await server.start()
    server.put("a", {"k": "v"})
    if fault == "gone":
        server.send(json.dumps({"type": "ERROR", "object": {"code": 410}}).encode() + b"\n")
        server.compact()
    found = await waiting
    assert found.data == {"k": "v"}
    # `wait_for` does not poll.
    assert len(server.requests) <= 6


@local
async def test_a_transient_failure_of_the_first_watch_is_retried(server: MapCluster, kube: Client) -> None:
    server.fail(code=503, verbs=WATCHES)
    waiting = asyncio.ensure_future(kube.core_v1.config_maps.wait_for("a", created, timeout=60))
    await server.wait_watches(2)
    server.put("a")
    assert (await waiting).metadata.name == "a"


@local
async def test_waiting_for_a_deletion_returns_the_last_state(server: MapCluster, kube: Client) -> None:
    server.put("a", {"k": "v"})
    waiting = asyncio.ensure_future(kube.core_v1.config_maps.wait_for("a", deleted))
    await server.wait_watches()
    server.delete("a")
    last = await waiting
    assert last is not None
    assert (last.data, last.metadata.resource_version) == ({"k": "v"}, "302")


@local
async def test_a_recreated_object_counts_as_deleted(server: MapCluster, kube: Client) -> None:
    first = server.put("a")
    waiting = asyncio.ensure_future(kube.core_v1.config_maps.wait_for("a", deleted, timeout=100))
    await server.wait_watches()
    await server.stop()
    server.delete("a")
    server.put("a")
    server.compact()
    await server.start()
    last = await waiting
    assert last is not None
    assert last.metadata.uid == first["metadata"]["uid"]


@pytest.mark.parametrize("missed", [False, True])
@local
async def test_a_deletion_ends_the_wait_for_something_else(server: MapCluster, kube: Client, missed: bool) -> None:
    waiting = asyncio.ensure_future(kube.core_v1.config_maps.wait_for("a", _has("k", "v"), timeout=200))
    await server.wait_watches()
    # The object need not exist at first.
    await asyncio.sleep(10)
    server.put("a")
    await asyncio.sleep(1)
    if missed:
        await server.stop()
    server.delete("a")
    if missed:
        server.put("a", {"k": "v"})
        server.compact()
        await server.start()
    message = r"^configmaps default/a: the object was deleted, and the condition at test_wait\.py:\d+ was not met$"
    with pytest.raises(ObjectDeleted, match=message):
        await waiting


@pytest.mark.parametrize("data", [{"k": "v"}, 7], ids=["decodable", "undecodable"])
@local
async def test_an_undecodable_deletion_ends_a_wait(server: MapCluster, kube: Client, data: Any) -> None:
    maps = kube.core_v1.config_maps
    server.put("a", data)
    waiting = asyncio.ensure_future(maps.wait_for("a", deleted, timeout=60))
    await server.wait_watches()
    server.put("a", 7)
    server.delete("a")
    last = await waiting
    assert (None if last is None else last.data) == (None if data == 7 else data)

    server.put("a", data)
    waiting = asyncio.ensure_future(maps.wait_for("a", _has("k", "w"), timeout=60))
    await server.wait_watches(2)
    server.put("a", 7)
    server.delete("a")
    with pytest.raises(ObjectDeleted, match=r"^configmaps default/a: the object was deleted, and"):
        await waiting


@local
async def test_the_deletion_of_an_object_that_was_never_seen_ends_a_wait(server: MapCluster, kube: Client) -> None:
    waiting = asyncio.ensure_future(kube.core_v1.config_maps.wait_for("a", created, timeout=60))
    await server.wait_watches()
    metadata = {"name": "a", "namespace": "default", "resourceVersion": "301"}
    server.send(event_line("DELETED", {"metadata": metadata, "data": 7}))
    with pytest.raises(ObjectDeleted):
        await waiting


@local
async def test_an_undecodable_object_in_the_list_ends_no_wait(server: MapCluster, kube: Client) -> None:
    server.put("a", 7, uid=None)
    waiting = asyncio.ensure_future(kube.core_v1.config_maps.wait_for("a", created, timeout=60))
    await server.wait_watches()
    server.put("a")
    assert (await waiting).metadata.name == "a"
    server.put("a", 7)
    with pytest.raises(WaitTimeout, match=r"its latest state is undecodable: .*: default/a: .*data"):
        await kube.core_v1.config_maps.wait_for("a", deleted, timeout=5)


@local
async def test_an_undecodable_object_of_the_same_name_counts_as_a_deletion(server: MapCluster, kube: Client) -> None:
    server.put("a")
    waiting = asyncio.ensure_future(kube.core_v1.config_maps.wait_for("a", deleted, timeout=60))
    await server.wait_watches()
    server.put("a", 7, uid=None)
    await asyncio.sleep(1)
    assert not waiting.done()
    # The server has compacted the deletion away.
    server.put("a", 7, uid="another")
    last = await waiting
    assert last is not None
    assert last.metadata.uid == "uid-1"


@local
async def test_an_undecodable_event_without_a_name_leads_to_a_list(server: MapCluster, kube: Client) -> None:
    server.put("a")
    waiting = asyncio.ensure_future(kube.core_v1.config_maps.wait_for("a", deleted, timeout=60))
    await server.wait_watches()
    server.send(event_line("DELETED", {"metadata": {"resourceVersion": "302"}, "data": 7}))
    await server.wait_watches(2)
    server.delete("a")
    assert await waiting is not None
    assert len(server.lists) == 2


def _listed(*keys: tuple[str, str]) -> Fault:
    items = [{"metadata": {"name": name, "namespace": namespace, "uid": "uid-1"}} for namespace, name in keys]
    listed = {"kind": "ConfigMapList", "apiVersion": "v1", "metadata": {"resourceVersion": "300"}, "items": items}
    return partial(FakeCluster.respond, body=json.dumps(listed).encode(), verbs=LISTS)


@pytest.mark.parametrize("condition", [created, deleted], ids=["created", "deleted"])
@pytest.mark.parametrize("other", [("default", "other"), ("elsewhere", "a")], ids=str)
@local
async def test_a_list_of_other_objects_is_an_error(
    server: MapCluster, kube: Client, condition: Any, other: tuple[str, str]
) -> None:
    _listed(other)(server)
    with pytest.raises(ConnectionError, match=r"^configmaps default/a: the server listed other objects instead; check"):
        await kube.core_v1.config_maps.wait_for("a", condition, timeout=5)


@local
async def test_other_objects_do_not_meet_a_condition(server: MapCluster, kube: Client) -> None:
    # A server that ignores field selectors.
    others = (("default", "other"), ("elsewhere", "a"))
    _listed(*others, ("default", "a"))(server)
    waiting = asyncio.ensure_future(kube.core_v1.config_maps.wait_for("a", deleted, timeout=60))
    await server.wait_watches()
    for namespace, name in others:
        for data in (None, 7):
            metadata = {"name": name, "namespace": namespace, "resourceVersion": "301", "uid": "another"}
            obj = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": metadata, "data": data}
            server.send(event_line("MODIFIED", obj) + event_line("DELETED", obj))
    await asyncio.sleep(1)
    assert not waiting.done()
    server.put("a")
    server.delete("a")
    last = await waiting
    assert last is not None
    assert last.metadata.uid == "uid-1"


@local
async def test_a_wait_goes_on_after_401(server: MapCluster, kube: Client) -> None:
    server.fail(code=401, verbs=LISTS)
    waiting = asyncio.ensure_future(kube.core_v1.config_maps.wait_for("a", created, timeout=200))
    await server.wait_watches()
    server.fail(code=401, verbs=WATCHES)
    server.drop_watches()
    await server.wait_watches(3)
    # The list after an expired version is refused, too.
    server.fail(code=401, verbs=LISTS)
    server.send(json.dumps({"type": "ERROR", "object": {"code": 410}}).encode() + b"\n")
    await server.wait_watches(4)
    server.put("a")
    assert (await waiting).metadata.name == "a"
    server.fail(2, code=401, verbs=LISTS)
    with pytest.raises(Unauthorized):
        await kube.core_v1.config_maps.wait_for("b", created, timeout=200)


@pytest.mark.parametrize(
    "fault",
    [
        partial(FakeCluster.fail, code=504),
        partial(FakeCluster.fail, code=500),
        partial(FakeCluster.fail, code=429),
        partial(FakeCluster.respond, body=event_line("ERROR", {"kind": "Status", "code": 504, "reason": "Timeout"})),
        partial(FakeCluster.respond, body=event_line("ERROR", {"kind": "Status", "code": 500})),
        FakeCluster.respond,
        FakeCluster.drop,
    ],
    ids=["504", "500", "429", "504-event", "500-event", "ends", "drops"],
)
@local
async def test_a_wait_lists_again_where_watches_fail(server: MapCluster, kube: Client, fault: Fault) -> None:
    fault(server, None, verbs=WATCHES)
    waiting = asyncio.ensure_future(kube.core_v1.config_maps.wait_for("a", created, timeout=200))
    while not server.watches:
        await asyncio.sleep(0.1)
    # The list fails for some time, too.
    server.fail(verbs=LISTS)
    server.drop(verbs=LISTS)
    server.put("a")
    assert (await waiting).metadata.name == "a"
    assert [seen.verb for seen in server.requests] == ["list", "watch"] + ["list"] * 3


@local
async def test_a_wait_ends_when_the_server_refuses_its_list_five_times(server: MapCluster, kube: Client) -> None:
    waiting = asyncio.ensure_future(kube.core_v1.config_maps.wait_for("a", created, timeout=600))
    await server.wait_watches()
    for failures in (4, 5):
        server.fail(failures, 500, verbs=LISTS)
        server.send(json.dumps({"type": "ERROR", "object": {"code": 410}}).encode() + b"\n")
        if failures < 5:
            await server.wait_watches(2)
    with pytest.raises(InternalError):
        await waiting
    assert len(server.lists) == 1 + 5 + 5


@local
async def test_a_timeout_describes_the_last_state_seen(server: MapCluster, kube: Client) -> None:
    maps = kube.core_v1.config_maps
    with pytest.raises(
        WaitTimeout, match=r"configmaps default/a: condition created was not met within 3 s; it does not exist"
    ):
        await maps.wait_for("a", created, timeout=3)
    server.put("a", {"password": "hidden"})
    with pytest.raises(TimeoutError, match=r"it exists, at resource version 301") as caught:
        await maps.wait_for("a", deleted, timeout=3)
    assert "hidden" not in str(caught.value)
    assert "hidden" not in repr(caught.value)
    assert str(caught.value).endswith("; its data has password")


@local
async def test_a_timeout_names_a_condition_or_its_place_and_has_the_object(server: MapCluster, kube: Client) -> None:
    def has(key: str, obj: core_v1.ConfigMap) -> bool:
        return key in obj.data

    maps = kube.core_v1.config_maps
    with pytest.raises(WaitTimeout, match="condition has was not met; it does not exist") as caught:
        await maps.wait_for("a", partial(has, "k"), timeout=0)
    assert caught.value.last is None
    server.put("a", {"j": "v"})
    place = r"^configmaps default/a: the condition at test_wait\.py:\d+ was not met within 3 s; it exists"
    with pytest.raises(WaitTimeout, match=place) as caught:
        await maps.wait_for("a", lambda obj: "k" in obj.data, timeout=3)
    assert isinstance(caught.value.last, core_v1.ConfigMap)
    assert caught.value.last.data == {"j": "v"}
    # Nothing of asyncio is in its traceback.
    assert (caught.value.__cause__, caught.value.__suppress_context__) == (None, True)


@pytest.mark.parametrize(
    ("obj", "state"),
    [
        ({"status": {"phase": "Pending"}}, "it has no node; its phase is Pending"),
        (
            {
                "spec": {"nodeName": "node-0"},
                "status": {
                    "phase": "Failed",
                    "reason": "Evicted",
                    "containerStatuses": [{"name": "web", "state": {"waiting": {"reason": "ErrImagePull"}}}],
                    "conditions": [{"type": "Ready", "status": "False", "reason": "ContainersNotReady"}],
                },
            },
            "its phase is Failed (Evicted); its containers wait: web (ErrImagePull); "
            "its conditions are Ready=False (ContainersNotReady)",
        ),
        (
            {
                "metadata": {"deletionTimestamp": "2030-01-01T00:00:00Z", "finalizers": ["a/b", "a/c"]},
                "spec": {"nodeName": "node-0"},
                "status": {"observedGeneration": 2, "message": "hidden"},
            },
            "it is being deleted, which the finalizers a/b, a/c hold up; its status has observedGeneration 2",
        ),
    ],
    ids=["pending", "failed", "deleted"],
)
@local
async def test_a_timeout_says_what_holds_an_object_up(
    server: MapCluster, kube: Client, obj: dict[str, Any], state: str
) -> None:
    server.odd_object("pods", "web", obj, namespace="default")
    version = r"it exists, at resource version \d+"
    with pytest.raises(WaitTimeout, match=rf"; {version}; {re.escape(state)}$") as caught:
        await kube.core_v1.pods.wait_for("web", lambda pod: False, timeout=0)
    assert isinstance(caught.value.last, core_v1.Pod)
    no_conditions = "" if "conditions" in obj["status"] else "it has no conditions; "
    with pytest.raises(WaitTimeout, match=rf"met; {no_conditions}{re.escape(state)}$"):
        await kube.core_v1.pods.wait_for("web", "Initialized", timeout=0)


@local
async def test_a_timeout_shows_eight_keys_at_most(server: MapCluster, kube: Client) -> None:
    server.put("a", {f"k{number}": "v" for number in range(10)})
    with pytest.raises(WaitTimeout, match=r"its data has k0, k1, k2, k3, k4, k5, k6, k7 and 2 more$"):
        await kube.core_v1.config_maps.wait_for("a", deleted, timeout=0)


@local
async def test_a_timeout_names_an_undecodable_state(server: MapCluster, kube: Client) -> None:
    server.put("a")
    waiting = asyncio.ensure_future(kube.core_v1.config_maps.wait_for("a", _has("k", "v"), timeout=60))
    await server.wait_watches()
    server.put("a", {"k": {"not": "text"}})
    with pytest.raises(WaitTimeout, match=r"its latest state is undecodable: .*data") as caught:
        await waiting
    assert isinstance(caught.value.__cause__, DecodeError)


@local
async def test_a_decodable_state_replaces_an_undecodable_one(server: MapCluster, kube: Client) -> None:
    server.put("a")
    waiting = asyncio.ensure_future(kube.core_v1.config_maps.wait_for("a", _has("k", "v"), timeout=60))
    await server.wait_watches()
    server.put("a", {"k": {"not": "text"}})
    server.put("a", {"k": "not yet"})
    with pytest.raises(WaitTimeout, match=r"it exists, at resource version 303"):
        await waiting


@local
async def test_a_timeout_ends_the_delay_of_a_retry_after(server: MapCluster, kube: Client) -> None:
    server.respond(code=503, headers={"Retry-After": "30"}, verbs=LISTS)
    async with server.client() as client:
        with pytest.raises(WaitTimeout, match="the server has not responded yet"):
            await client.core_v1.config_maps.wait_for("a", created, timeout=5)


@local
async def test_a_timeout_ends_a_request_without_a_response(server: MapCluster, kube: Client) -> None:
    server.hang()
    with pytest.raises(WaitTimeout, match="the server has not responded yet"):
        await kube.core_v1.config_maps.wait_for("a", created, timeout=5)


@local
async def test_an_exception_of_the_condition_is_raised(server: MapCluster, kube: Client) -> None:
    server.put("a")

    def asks_too_much(obj: core_v1.ConfigMap) -> bool:
        return bool((obj.data or {})["none"])

    with pytest.raises(KeyError):
        await kube.core_v1.config_maps.wait_for("a", asks_too_much)


@pytest.mark.filterwarnings("error")
@local
async def test_an_async_condition_is_refused(server: MapCluster, kube: Client) -> None:
    server.put("a")

    async def is_ready(obj: core_v1.ConfigMap) -> bool:
        return False

    with pytest.raises(InvalidArgument, match=r"^the condition is an async function; pass a regular one$"):
        await kube.core_v1.config_maps.wait_for("a", is_ready)  # type: ignore[arg-type] # that is the point


@local
async def test_a_timeout_error_of_the_condition_is_raised_unchanged(server: MapCluster, kube: Client) -> None:
    server.put("a")

    def fails(obj: core_v1.ConfigMap) -> bool:
        raise TimeoutError("mine")

    with pytest.raises(TimeoutError, match="mine") as caught:
        await kube.core_v1.config_maps.wait_for("a", fails)
    assert not isinstance(caught.value, WaitTimeout)


@local
async def test_invalid_arguments_are_refused(server: MapCluster, kube: Client) -> None:
    server.put("a")
    maps = kube.core_v1.config_maps
    with pytest.raises(InvalidRequest, match="name: is empty"):
        await maps.wait_for("", created)
    with pytest.raises(
        InvalidArgument,
        match=r"^condition is empty; pass the type of a status condition, such as 'Ready', or a function$",
    ):
        await maps.wait_for("a", "")
    odd: list[Any] = [5, ["Ready"], b"Ready"]
    for condition in odd:
        with pytest.raises(InvalidArgument, match=rf"^condition is a {type(condition).__name__}; pass the type of a"):
            await maps.wait_for("a", condition)
    timeouts: list[Any] = ["1", True, float("nan")]
    for timeout in timeouts:
        with pytest.raises(InvalidArgument, match=r"^timeout: must be a number of seconds, not (str|bool|NaN)$"):
            await maps.wait_for("a", created, timeout=timeout)
    for wait in (maps.wait_for("a", created, timeout=-1), maps.wait_for_all("Ready", label_selector="a=b", timeout=-1)):
        with pytest.raises(
            InvalidArgument, match=r"^timeout: must be 0 seconds or more, or None for no limit, not -1$"
        ):
            await wait
    assert not server.requests
    with pytest.raises(InvalidArgument, match=r"ConfigMap has no status\.conditions"):
        await maps.wait_for("a", "Ready")


@pytest.mark.parametrize(
    ("condition", "way_out"),
    [
        ("delete", "pass aiokube.deleted, without quotes"),
        ("Deleted", "pass aiokube.deleted, without quotes"),
        ("create", "pass aiokube.created, without quotes"),
        ("condition=", "without a type"),
        ("condition==True", "without a type"),
        ("=True", "without a type"),
        ("Ready=", "with nothing after '='"),
        ("condition=Ready=", "with nothing after '='"),
    ],
)
@local
async def test_a_condition_of_kubectl_that_is_no_text_here_is_refused_at_once(
    server: MapCluster, kube: Client, condition: str, way_out: str
) -> None:
    maps = kube.core_v1.config_maps
    for wait in (maps.wait_for("a", condition), maps.wait_for_any(condition, label_selector="a=b")):
        with pytest.raises(InvalidArgument, match=f"^condition is {condition!r}[;,] {way_out}"):
            await wait
    assert not server.requests


@local
async def test_a_timeout_of_0_is_a_single_look(server: MapCluster, kube: Client) -> None:
    maps = kube.core_v1.config_maps
    with pytest.raises(WaitTimeout, match=r"^configmaps default/a: condition created was not met; it does not exist$"):
        await maps.wait_for("a", created, timeout=0)
    server.put("a")
    assert (await maps.wait_for("a", created, timeout=0)).metadata.name == "a"
    assert (len(server.lists), len(server.watches)) == (2, 0)


@local
async def test_the_name_is_escaped_in_the_field_selector(server: MapCluster, kube: Client) -> None:
    await kube.core_v1.config_maps.wait_for("a,b=c\\", deleted)
    assert server.requests[-1].query["fieldSelector"] == "metadata.name=a\\,b\\=c\\\\"


@local
async def test_a_forbidden_list_is_raised(server: MapCluster, kube: Client) -> None:
    server.fail(code=403, verbs=LISTS)
    with pytest.raises(Forbidden):
        await kube.core_v1.config_maps.wait_for("a", created)


def _pod(**condition: Any) -> dict[str, Any]:
    status = {"conditions": [{"type": "PodScheduled", "status": "True"}, {"type": "Ready", **condition}]}
    return {"metadata": {"generation": 2}, "spec": {"containers": []}, "status": status}


@pytest.mark.parametrize(
    ("condition", "pod", "is_met"),
    [
        ("Ready", _pod(status="True"), True),
        ("ready=true", _pod(status="True"), True),
        ("Ready", _pod(status="False"), False),
        ("Ready=False", _pod(status="False"), True),
        ("Ready=Unknown", _pod(status="False"), False),
        ("Readyy", _pod(status="True"), False),
        ("Ready", _pod(status="True", observedGeneration=2), True),
        ("Ready", _pod(status="True", observedGeneration=1), False),
        ("PodScheduled", _pod(status="False", reason="ContainersNotReady", message="long"), True),
    ],
)
@local
async def test_a_status_condition_is_met_by_type_status_and_generation(
    server: MapCluster, kube: Client, condition: str, pod: dict[str, Any], is_met: bool
) -> None:
    server.odd_object("pods", "web", pod, namespace="default")
    if is_met:
        assert await kube.core_v1.pods.wait_for("web", condition, timeout=3) is not None
    else:
        with pytest.raises(WaitTimeout, match=r"its conditions are PodScheduled=True, Ready=(True|False)$"):
            await kube.core_v1.pods.wait_for("web", condition, timeout=3)
