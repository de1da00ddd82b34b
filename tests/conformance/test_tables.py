"""Tables: what `kubectl get` asks for, with the columns of each kind and the cells of its objects."""

from __future__ import annotations

import json
from typing import Any

import pytest

from .api import GROUP, Api
from .table_objects import LONG_AGO, OBJECTS, OF_CLUSTER, PODS, TEMPLATE

TABLE = "application/json;as=Table;g=meta.k8s.io;v=v1"

KINDS = {
    "api/v1": "configmaps endpoints events limitranges namespaces nodes persistentvolumeclaims persistentvolumes pods "
    "podtemplates replicationcontrollers resourcequotas secrets serviceaccounts services",
    "apis/admissionregistration.k8s.io/v1": "mutatingadmissionpolicies mutatingadmissionpolicybindings "
    "mutatingwebhookconfigurations validatingadmissionpolicies validatingadmissionpolicybindings "
    "validatingwebhookconfigurations",
    "apis/apiextensions.k8s.io/v1": "customresourcedefinitions",
    "apis/apiregistration.k8s.io/v1": "apiservices",
    "apis/apps/v1": "controllerrevisions daemonsets deployments replicasets statefulsets",
    "apis/autoscaling/v2": "horizontalpodautoscalers",
    "apis/batch/v1": "cronjobs jobs",
    "apis/certificates.k8s.io/v1": "certificatesigningrequests clustertrustbundles podcertificaterequests",
    "apis/coordination.k8s.io/v1": "leases",
    "apis/discovery.k8s.io/v1": "endpointslices",
    "apis/flowcontrol.apiserver.k8s.io/v1": "flowschemas prioritylevelconfigurations",
    "apis/networking.k8s.io/v1": "ingressclasses ingresses ipaddresses networkpolicies servicecidrs",
    "apis/node.k8s.io/v1": "runtimeclasses",
    "apis/policy/v1": "poddisruptionbudgets",
    "apis/rbac.authorization.k8s.io/v1": "clusterrolebindings clusterroles rolebindings roles",
    "apis/resource.k8s.io/v1": "deviceclasses devicetaintrules resourceclaims resourceclaimtemplates resourceslices",
    "apis/scheduling.k8s.io/v1": "priorityclasses",
    "apis/storage.k8s.io/v1": "csidrivers csinodes csistoragecapacities storageclasses volumeattachments "
    "volumeattributesclasses",
    "apis/storagemigration.k8s.io/v1": "storageversionmigrations",
}

NOTHING = {"labelSelector": "has=nothing"}


def columns(table: Any) -> list[str]:
    """Return the names of the columns of a table."""
    return [column["name"] for column in table["columnDefinitions"]]


async def test_the_columns_of_every_kind(api: Api) -> None:
    for base, plurals in KINDS.items():
        for plural in plurals.split():
            answer = await api.get(f"/{base}/{plural}", accept=TABLE, query=NOTHING)
            assert answer.body["kind"] == "Table" and len(columns(answer.body)) > 1, plural


async def test_a_version_of_tables_that_is_old(api: Api) -> None:
    await api.post(api.core("configmaps"), {"metadata": {"name": "a"}, "data": {"x": "1", "y": "2"}})
    for version, kind in (("v1beta1", "Table"), ("v1", "Table"), ("v2", "ConfigMap")):
        accept = f"application/json;as=Table;g=meta.k8s.io;v={version}, application/json"
        answer = await api.get(api.core("configmaps", "a"), accept=accept)
        assert answer.body["kind"] == kind


@pytest.mark.parametrize("include", ["None", "Metadata", "Object", ""])
async def test_what_a_row_has_of_its_object(api: Api, include: str) -> None:
    await api.post(api.core("configmaps"), {"metadata": {"name": "a"}, "data": {"x": "1"}})
    query = {"includeObject": include}
    one = await api.get(api.core("configmaps", "a"), accept=TABLE, query=query)
    (row,) = one.body["rows"]
    kind = {"None": None, "Object": "ConfigMap"}.get(include, "PartialObjectMetadata")
    assert (row["object"] or {}).get("kind") == kind
    query = {**query, "fieldSelector": "metadata.name=a"}
    await api.get(api.core("configmaps"), accept=TABLE, query=query)


async def test_an_unknown_part_of_objects_is_refused(api: Api) -> None:
    await api.get(api.core("configmaps"), 400, accept=TABLE, query={"includeObject": "Some"})


async def test_pages_of_a_table(api: Api) -> None:
    for name in "abc":
        await api.post(api.core("configmaps"), {"metadata": {"name": name}})
    answer = await api.get(api.core("configmaps"), accept=TABLE, query={"limit": "2"})
    assert answer.body["metadata"]["remainingItemCount"] == 2 and answer.body["metadata"]["continue"]


async def test_a_table_is_watched(api: Api) -> None:
    since = (await api.get(api.core("configmaps"), accept=TABLE, query={"fieldSelector": "metadata.name=a"})).version
    query = {"resourceVersion": since, "fieldSelector": "metadata.name=a"}
    async with api.watch(api.core("configmaps"), query, accept=TABLE) as watch:
        await api.post(api.core("configmaps"), {"metadata": {"name": "a"}, "data": {"x": "1"}})
        await api.patch(api.core("configmaps", "a"), {"data": {"y": "2"}})
        await api.delete(api.core("configmaps", "a"), differs=["*"])
        events = [await watch.next() for _ in range(3)]
    assert [event["object"]["kind"] for event in events] == ["Table"] * 3
    assert columns(events[0]["object"]) and events[1]["object"]["columnDefinitions"] is None


async def test_the_bookmark_of_a_table(api: Api) -> None:
    query = {
        "sendInitialEvents": "true",
        "resourceVersionMatch": "NotOlderThan",
        "allowWatchBookmarks": "true",
        **NOTHING,
    }
    for path in (api.core("pods"), api.core("events"), api.group("apps/v1", "deployments")):
        async with api.watch(path, query, accept=TABLE) as watch:
            assert (await watch.next())["type"] == "BOOKMARK"


async def test_the_table_of_a_scale(api: Api) -> None:
    workload = {"replicas": 0, "selector": {"matchLabels": {"app": "web"}}, "template": TEMPLATE}
    await api.post(api.group("apps/v1", "replicasets"), {"metadata": {"name": "a"}, "spec": workload}, differs=["*"])
    path = api.group("apps/v1", "replicasets", "a", "scale")
    shown = await api.get(path, accept=TABLE, query={"includeObject": "None"})
    assert shown.body["rows"][0]["cells"][:3] == ["a", 0, 0]


async def test_writes_are_answered_with_tables(api: Api) -> None:
    path = api.core("configmaps", "a")
    await api.post(api.core("configmaps"), {"metadata": {"name": "a"}}, accept=TABLE)
    await api.patch(path, {"data": {"x": "1"}}, accept=TABLE, differs=["rows"])
    await api.get(path)
    await api.put(path, {"metadata": {"name": "a"}}, accept=TABLE, query={"dryRun": "All"})
    await api.get(path)
    await api.delete(path, accept=TABLE)
    await api.get(path, 404, accept=TABLE)


async def test_the_rows_of_pods(api: Api) -> None:
    for one in PODS:
        path = api.core("pods", one["metadata"]["name"])
        await api.post(api.core("pods"), one, differs=["*"])
        await api.patch(f"{path}/status", {"status": one["status"]}, differs=["*"])
    shown = await api.get(api.core("pods"), accept=TABLE, query={"includeObject": "None"})
    statuses = {row["cells"][0]: row["cells"][2] for row in shown.body["rows"]}
    assert statuses == {
        "new": "Pending",
        "running": "Running",
        "crashing": "CrashLoopBackOff",
        "signaled": "Signal:9",
        "exited": "ExitCode:3",
        "half-done": "NotReady",
        "half-ready": "Running",
        "half-failed": "Error",
        "succeeded": "Completed",
        "evicted": "Evicted",
        "init-new": "Init:0/2",
        "init-waiting": "Init:ImagePullBackOff",
        "init-failed": "Init:ExitCode:2",
        "init-side": "Running",
        "gated": "SchedulingGated",
    }


@pytest.mark.parametrize("kind", OBJECTS)
async def test_the_rows_of(api: Api, kind: str) -> None:
    group_version, _, plural = kind.rpartition("/")
    base = api.core(plural) if group_version == "v1" else api.group(group_version, plural)
    for one in json.loads(json.dumps(OBJECTS[kind]).replace("<namespace>", api.namespace)):
        await api.post(base, one, differs=["*"])
        if status := one.get("status"):
            await api.patch(f"{base}/{one['metadata']['name']}/status", {"status": status}, differs=["*"])
    shown = await api.get(base, accept=TABLE, query={"includeObject": "None"})
    assert len(shown.body["rows"]) >= len(OBJECTS[kind])


async def test_the_rows_of_objects_of_the_cluster(api: Api) -> None:
    mine = {"of": api.namespace}
    for path, objects in OF_CLUSTER.items():
        made = [f"{api.namespace}-{number}" for number in range(len(objects))]
        for name, one in zip(made, objects, strict=True):
            metadata = one.get("metadata", {})
            labels = {**metadata.get("labels", {}), **mine}
            await api.post(f"/{path}", {**one, "metadata": {**metadata, "name": name, "labels": labels}}, differs=["*"])
            if status := one.get("status"):
                await api.patch(f"/{path}/{name}/status", {"status": status}, differs=["*"])
        query = {"labelSelector": f"of={api.namespace}", "includeObject": "None"}
        shown = await api.get(f"/{path}", accept=TABLE, query=query)
        assert len(shown.body["rows"]) == len(objects), path
        for name in made:
            await api.get(f"/{path}/{name}", accept=TABLE, query={"includeObject": "None"})
            await api.delete(f"/{path}/{name}", differs=["*"])


def printer(name: str, path: str, type: str = "string", **more: Any) -> dict[str, Any]:
    """Return a printer column of a custom resource."""
    return {"name": name, "jsonPath": path, "type": type, **more}


PRINTED = [
    printer("Text", ".spec.text", description="A text."),
    printer("Text Of Number", ".spec.number"),
    printer("Text Of Float", ".spec.float"),
    printer("Text Of Flag", ".spec.flag"),
    printer("Text Of Map", ".spec.map", priority=1),
    printer("Text Of List", ".spec.list"),
    printer("Missing", ".spec.missing"),
    printer("Number", ".spec.number", "integer", format="int32", priority=2),
    printer("Integer Of Float", ".spec.float", "integer"),
    printer("Integer Of Text", ".spec.text", "integer"),
    printer("Float", ".spec.float", "number"),
    printer("Float Of Integer", ".spec.number", "number"),
    printer("Flag", ".spec.flag", "boolean"),
    printer("Flag Of Text", ".spec.text", "boolean"),
    printer("Date", ".spec.date", "date"),
    printer("No Date", ".spec.text", "date"),
    printer("Ready", '.spec.conditions[?(@.type=="Ready")].status'),
    printer("Unready", ".spec.conditions[?(@.type!='Ready')].status"),
    printer("Big", ".spec.conditions[?(@.size>1)].type"),
    printer("Has Size", ".spec.conditions[?(@.size)].type"),
    printer("First", ".spec.list[0]"),
    printer("Last", ".spec.list[-1]"),
    printer("Beyond", ".spec.list[7]"),
    printer("All", ".spec.list[*]"),
    printer("Some", ".spec.list[1:2]"),
    printer("Quoted", ".metadata.labels['example\\.com/a\\.b']"),
    printer("Quoted Path", ".spec['map.b']"),
    printer("Escaped", ".metadata.labels.example\\.com/a\\.b"),
    printer("Kind", ".kind"),
    printer("Age", ".metadata.creationTimestamp", "date"),
]
SPEC = {
    "text": "x",
    "number": 7,
    "float": 2.5,
    "flag": True,
    "map": {"b": 1, "a": [None, "<"]},
    "list": ["one", "two", "three"],
    "date": LONG_AGO,
    "conditions": [{"type": "Other", "status": "False", "size": 3}, {"type": "Ready", "status": "True", "size": 1}],
}


async def test_the_printer_columns_of_a_custom_resource(api: Api) -> None:
    definitions = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions"
    free = {"openAPIV3Schema": {"type": "object", "x-kubernetes-preserve-unknown-fields": True}}
    scale = {"specReplicasPath": ".spec.number", "statusReplicasPath": ".status.replicas"}
    main = {"name": "v1", "served": True, "storage": True, "schema": free, "subresources": {"scale": scale}}
    versions = [
        {**main, "additionalPrinterColumns": PRINTED},
        {"name": "v2", "served": True, "storage": False, "schema": free},
    ]
    names = {"plural": "printeds", "kind": "Printed"}
    spec = {"group": GROUP, "scope": "Namespaced", "names": names, "versions": versions}
    definition = {"metadata": {"name": f"printeds.{GROUP}"}, "spec": spec}
    path = api.group(f"{GROUP}/v1", "printeds")
    await api.ensure(definitions, definition, path)
    labels = {"example.com/a.b": "label"}
    for name, content in (("full", SPEC), ("empty", {})):
        metadata = {"name": name, "labels": labels if content else {}}
        await api.post(path, {"apiVersion": f"{GROUP}/v1", "kind": "Printed", "metadata": metadata, "spec": content})
    shown = await api.get(path, accept=TABLE)
    assert [row["cells"][-2] for row in shown.body["rows"]] == ["Printed", "Printed"]
    await api.get(f"{path}/full/scale", accept=TABLE, query={"includeObject": "Object"})
    await api.get(api.group(f"{GROUP}/v2", "printeds"), accept=TABLE, query={"includeObject": "Object"})
    await api.get(f"{definitions}/printeds.{GROUP}", accept=TABLE, query={"includeObject": "None"})
