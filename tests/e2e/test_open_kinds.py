"""Kinds that keep unknown fields, and kinds without a schema, through all methods against a real server."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterator
from typing import Any

import pytest

from aiokube import Client, DynamicMetadata, deleted
from aiokube.errors import ApplyConflict, Invalid, NotFound
from aiokube.models import meta_v1
from aiokube.runtime.verbs import Resource
from tests.cluster.cluster import Cluster
from tests.support.open_models import STEP, Flow, FlowList, FlowSpec, Step, Wild, WildList

pytestmark = pytest.mark.cluster

_OPEN: dict[str, Any] = {"type": "object", "x-kubernetes-preserve-unknown-fields": True}
_SCHEMAS: dict[str, dict[str, Any]] = {
    "Flow": {
        **_OPEN,
        "properties": {
            "spec": {
                **_OPEN,
                "properties": {
                    "first": {**_OPEN, "properties": {"stepName": {"type": "string", "maxLength": 5}}},
                    "maybe": {**_OPEN, "nullable": True},
                },
            }
        },
    },
    "Wild": _OPEN,
}


def _crd(kind: str) -> str:
    plural = f"{kind.lower()}s"
    version = {"name": "v1", "served": True, "storage": True, "schema": {"openAPIV3Schema": _SCHEMAS[kind]}}
    names = {"plural": plural, "singular": kind.lower(), "kind": kind, "listKind": f"{kind}List"}
    manifest = {
        "apiVersion": "apiextensions.k8s.io/v1",
        "kind": "CustomResourceDefinition",
        "metadata": {"name": f"{plural}.flows.example.com"},
        "spec": {"group": "flows.example.com", "scope": "Namespaced", "names": names, "versions": [version]},
    }
    return json.dumps(manifest)


class Objects(Resource):
    """Objects of a kind, with methods as the generator writes them."""

    def __init__(self, client: Client, cls: type[Any], list_cls: type[Any]) -> None:
        super().__init__(client)
        self.cls, self.list_cls = cls, list_cls
        self.all = f"/apis/flows.example.com/v1/namespaces/{{namespace}}/{cls.__name__.lower()}s"
        self.one = f"{self.all}/{{name}}"
        self.everywhere = f"/apis/flows.example.com/v1/{cls.__name__.lower()}s"

    async def get(self, name: str) -> Any:
        return await self._get(self.one, self.cls, {}, name=name)

    async def list(self) -> Any:
        return await self._list(self.all, self.everywhere, self.list_cls, {}, all_namespaces=True)

    def iterate(self, **options: Any) -> Any:
        return self._iterate(self.all, self.everywhere, self.cls, self.list_cls, {}, **options)

    def watch(self, **query: Any) -> Any:
        return self._watch(self.all, None, self.cls, self.list_cls, query, on_undecodable=None)

    def informer(self) -> Any:
        return self._informer(self.all, None, self.cls, self.list_cls, {}, page_size=500)

    async def wait_for(self, name: str, condition: Any) -> Any:
        return await self._wait_for(self.all, self.cls, self.list_cls, condition, name=name, timeout=30)

    async def create(self, body: Any) -> Any:
        return await self._create(self.all, self.cls, self.cls, {}, body)

    async def replace(self, body: Any) -> Any:
        return await self._replace(self.one, self.cls, {}, body)

    async def patch(self, name: str, body: Any) -> Any:
        return await self._patch(self.one, self.cls, {}, body, name=name, type=None)

    async def apply(self, body: Any, *, field_manager: str, force: bool | None = None) -> Any:
        return await self._apply(self.one, self.cls, {"fieldManager": field_manager, "force": force}, body)

    async def edit(self, name: str, change: Any) -> Any:
        return await self._edit(self.one, self.cls, {}, name=name, change=change)

    async def delete(self, name: str) -> Any:
        return await self._delete(self.one, self.cls, {}, name=name)


@pytest.fixture(scope="module")
def own(cluster: Cluster) -> Iterator[Cluster]:
    """A cluster of its own: the CRDs would be in the way of tests that look at all that a cluster serves."""
    with Cluster() as running:
        for kind in _SCHEMAS:
            running.kubectl("apply", "-f", "-", stdin=_crd(kind))
            running.kubectl("wait", "--for=condition=Established", f"crd/{kind.lower()}s.flows.example.com")
        yield running


def _served(cluster: Cluster, plural: str, name: str) -> dict[str, Any]:
    served: dict[str, Any] = json.loads(
        cluster.kubectl("get", f"{plural}.flows.example.com", name, "-o", "json", "--show-managed-fields")
    )
    return served


async def test_a_kind_without_a_schema_is_written_by_every_method(own: Cluster) -> None:
    spec = {"replicas": 1, "odd": [None, 1.5, {"a": "b"}], "empty": {}}
    async with Client(kubeconfig=own.kubeconfig) as kube:
        wilds = Objects(kube, Wild, WildList)
        wild = Wild(metadata=DynamicMetadata(name="written", labels={"a": "b"}), extra_fields={"spec": spec})
        wild["words"] = ["x"]

        created = await wilds.create(wild)
        assert (created.api_version, created.kind) == ("flows.example.com/v1", "Wild")
        assert (created["spec"], created["words"]) == (spec, ["x"])
        assert created.to_dict() == _served(own, "wilds", "written")

        replaced = await wilds.replace(created)
        assert replaced.metadata.resource_version == created.metadata.resource_version  # nothing changed
        assert (await wilds.patch("written", {"words": ["y"]}))["words"] == ["y"]

        def change(obj: Wild) -> None:
            obj["spec"]["odd"][2]["a"] = "c"
            obj["new"] = {"deep": [1]}
            obj.metadata.annotations["note"] = "n"
            del obj["words"]

        edited = await wilds.edit("written", change)
        assert edited.to_dict() == _served(own, "wilds", "written")
        assert ("words" in edited, edited["new"]) == (False, {"deep": [1]})
        assert edited["spec"]["odd"] == [None, 1.5, {"a": "c"}]

        applied = Wild(metadata=DynamicMetadata(name="written"), extra_fields={"new": {"deep": [2]}})
        with pytest.raises(ApplyConflict):
            await wilds.apply(applied, field_manager="test")
        forced = await wilds.apply(applied, field_manager="test", force=True)
        assert forced["new"] == {"deep": [2]}
        again = await wilds.apply(forced, field_manager="test", force=True)  # without its managed fields
        assert again.extra_fields == forced.extra_fields
        await wilds.delete("written")
        with pytest.raises(NotFound):
            await wilds.get("written")


async def test_a_kind_without_a_schema_is_listed_watched_cached_and_waited_for(own: Cluster) -> None:
    async with Client(kubeconfig=own.kubeconfig) as kube:
        wilds = Objects(kube, Wild, WildList)
        for name in ("one", "two"):
            await wilds.create({"metadata": {"name": name}, "data": [name]})

        listed = await wilds.list()
        assert [one.to_dict() for one in listed.items] == [_served(own, "wilds", name) for name in ("one", "two")]
        assert [one["data"] async for one in wilds.iterate(page_size=1)] == [["one"], ["two"]]

        async with wilds.informer() as informer:
            cached = informer.get("one")
            assert (cached.__class__, cached["data"]) == (Wild, ["one"])
            assert cached.metadata.managed_fields == []  # a cache does without
            waiting = asyncio.ensure_future(wilds.wait_for("one", "Ready"))
            status = {"conditions": [{"type": "Ready", "status": "True"}]}
            await wilds.patch("one", {"status": status})
            assert (await waiting)["status"] == status
            async for found in informer.changes():
                if (found.type, found.key.name) == ("ADDED", "two"):
                    await wilds.delete("two")
                if found.type == "DELETED":
                    assert found.object["data"] == ["two"]
                    break

        await wilds.delete("one")
        seen = []
        async for event in wilds.watch(resourceVersion=listed.metadata.resource_version):
            seen.append((event.type, event.object.metadata.name, [*event.object]))
            if seen[-1][:2] == ("DELETED", "one"):
                break
        assert seen == [
            ("MODIFIED", "one", ["data", "status"]),
            ("DELETED", "two", ["data"]),
            ("DELETED", "one", ["data", "status"]),
        ]
        assert await wilds.wait_for("one", deleted) is None


async def test_an_open_kind_keeps_what_its_class_does_not_know(own: Cluster) -> None:
    async with Client(kubeconfig=own.kubeconfig) as kube:
        flows = Objects(kube, Flow, FlowList)
        first = Step.from_dict(STEP)
        spec = FlowSpec(first=first, maybe=None, steps=[first], by_name={"a": first}, extra_fields={"more": [None]})
        flow = Flow(metadata=meta_v1.ObjectMeta(name="one"), spec=spec, extra_fields={"status": {"phase": "New"}})

        created = await flows.create(flow)
        assert created.spec == spec
        assert created.to_dict() == _served(own, "flows", "one")
        for _ in range(2):
            replaced = await flows.replace(await flows.get("one"))
            assert replaced.metadata.resource_version == created.metadata.resource_version

        def change(obj: Flow) -> None:
            obj.spec.steps[0].extra_fields["x"]["w"][0] = 7
            obj.spec.first.step_name = "z"
            obj.spec.maybe = Step(step_name="m", extra_fields={"n": 1})
            obj.spec.extra_fields["more"].append({})

        edited = await flows.edit("one", change)
        assert edited.spec.steps[0].extra_fields["x"]["w"] == [7, *STEP["x"]["w"][1:]]
        assert edited.spec.first == Step.from_dict({**STEP, "stepName": "z"})
        assert edited.spec.maybe == Step(step_name="m", extra_fields={"n": 1})
        assert edited.to_dict() == _served(own, "flows", "one")
        with pytest.raises(Invalid) as invalid:
            await flows.edit("one", lambda obj: setattr(obj.spec.first, "step_name", "too long"))
        assert [cause.field_ for cause in invalid.value.causes] == ["spec.first.stepName"]

        assert (await flows.list()).items == [edited]
        async with flows.informer() as informer:
            cached = informer.get("one")
            assert (cached.spec, cached.extra_fields) == (edited.spec, edited.extra_fields)
        await flows.delete("one")
        assert await flows.wait_for("one", deleted) is None
