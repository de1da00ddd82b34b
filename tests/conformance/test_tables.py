"""Tables: what `kubectl get` asks for, with the columns of each kind and the cells of its objects."""

from __future__ import annotations

import json
from typing import Any

import pytest

from .api import GROUP, Api

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


# Objects, whose rows are compared; no controller of the real cluster touches them.


def pod(name: str, status: dict[str, Any], **spec: Any) -> dict[str, Any]:
    """Return a pod that no scheduler takes."""
    containers = [{"name": "web", "image": "nginx:1"}, {"name": "log", "image": "fluent"}]
    return {
        "metadata": {"name": name, "labels": {"app": "web"}},
        "spec": {"schedulerName": "nobody", "containers": containers, **spec},
        "status": status,
    }


def container(name: str, *, restarts: int = 0, ready: bool = False, last: str = "", **state: Any) -> dict[str, Any]:
    """Return the status of a container."""
    ended = {"lastState": {"terminated": {"exitCode": 1, "finishedAt": last}}} if last else {}
    return {
        "name": name,
        "image": "x",
        "imageID": "x",
        "ready": ready,
        "restartCount": restarts,
        **ended,
        "state": {key.removesuffix("_"): value for key, value in state.items()},
    }


READY = {"type": "Ready", "status": "True"}
INIT = [{"name": "first", "image": "x"}, {"name": "side", "image": "x", "restartPolicy": "Always"}]
LONG_AGO = "2020-01-01T00:00:00Z"
PODS = [
    pod("new", {"phase": "Pending"}),
    pod(
        "running",
        {
            "phase": "Running",
            "podIP": "10.0.0.1",
            "podIPs": [{"ip": "10.0.0.1"}],
            "nominatedNodeName": "n",
            "conditions": [READY, {"type": "example.com/gate", "status": "True"}],
            "containerStatuses": [
                container("web", ready=True, restarts=2, last=LONG_AGO, running={}),
                container("log", ready=True, restarts=1, running={}),
            ],
        },
        readinessGates=[{"conditionType": "example.com/gate"}, {"conditionType": "example.com/other"}],
    ),
    pod(
        "crashing",
        {
            "phase": "Running",
            "containerStatuses": [
                container("web", restarts=5, waiting={"reason": "CrashLoopBackOff"}),
                container("log", ready=True, running={}),
            ],
        },
    ),
    pod(
        "signaled",
        {"phase": "Running", "containerStatuses": [container("web", terminated={"exitCode": 137, "signal": 9})]},
    ),
    pod("exited", {"phase": "Running", "containerStatuses": [container("web", terminated={"exitCode": 3})]}),
    pod(
        "half-done",
        {
            "phase": "Running",
            "containerStatuses": [
                container("web", terminated={"exitCode": 0, "reason": "Completed"}),
                container("log", ready=True, running={}),
            ],
        },
    ),
    pod(
        "half-ready",
        {
            "phase": "Running",
            "conditions": [READY],
            "containerStatuses": [
                container("web", terminated={"exitCode": 0, "reason": "Completed"}),
                container("log", ready=True, running={}),
            ],
        },
    ),
    pod(
        "half-failed",
        {
            "phase": "Running",
            "containerStatuses": [
                container("web", terminated={"exitCode": 0, "reason": "Completed"}),
                container("log", terminated={"exitCode": 1, "reason": "Error"}),
            ],
        },
    ),
    pod(
        "succeeded",
        {
            "phase": "Succeeded",
            "containerStatuses": [container("web", terminated={"exitCode": 0, "reason": "Completed"})],
        },
    ),
    pod("evicted", {"phase": "Failed", "reason": "Evicted"}),
    pod(
        "init-new",
        {"phase": "Pending", "initContainerStatuses": [container("first"), container("side")]},
        initContainers=INIT,
    ),
    pod(
        "init-waiting",
        {"phase": "Pending", "initContainerStatuses": [container("first", waiting={"reason": "ImagePullBackOff"})]},
        initContainers=INIT,
    ),
    pod(
        "init-failed",
        {"phase": "Pending", "initContainerStatuses": [container("first", restarts=1, terminated={"exitCode": 2})]},
        initContainers=INIT,
    ),
    pod(
        "init-side",
        {
            "phase": "Running",
            "initContainerStatuses": [
                container("first", restarts=4, last=LONG_AGO, terminated={"exitCode": 0, "reason": "Completed"}),
                {**container("side", restarts=3, ready=True, running={}), "started": True},
            ],
            "containerStatuses": [container("web", ready=True, running={})],
        },
        initContainers=INIT,
    ),
    pod("gated", {"phase": "Pending"}, schedulingGates=[{"name": "example.com/wait"}]),
]


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


TEMPLATE: dict[str, Any] = {
    "metadata": {"labels": {"app": "web"}},
    "spec": {
        "containers": [{"name": "web", "image": "nginx:1"}, {"name": "log", "image": "fluent"}],
        "nodeSelector": {"disk": "none", "arch": "none"},
    },
}
JOB_TEMPLATE = {"spec": {**TEMPLATE["spec"], "restartPolicy": "Never"}}
SELECTOR = {
    "matchLabels": {"app": "web"},
    "matchExpressions": [
        {"key": "tier", "operator": "NotIn", "values": ["b", "a"]},
        {"key": "old", "operator": "DoesNotExist"},
    ],
}
TARGET = {"apiVersion": "apps/v1", "kind": "Deployment", "name": "none"}


def job(name: str, status: dict[str, Any] | None = None, **spec: Any) -> dict[str, Any]:
    """Return a job that no controller touches."""
    return {
        "metadata": {"name": name},
        "spec": {"template": JOB_TEMPLATE, "managedBy": "example.com/nobody", **spec},
        **({"status": status} if status else {}),
    }


def subset(count: int, *ports: int) -> dict[str, Any]:
    """Return a subset of endpoints."""
    addresses = [{"ip": f"10.0.0.{number}"} for number in range(1, count + 1)]
    return {"addresses": addresses, "ports": [{"port": port, "name": f"p{port}"} for port in ports]}


def of_job(type: str) -> dict[str, Any]:
    """Return a condition of a job."""
    return {"type": type, "status": "True"}


RESOURCE = {
    "type": "Resource",
    "resource": {"name": "cpu", "target": {"type": "Utilization", "averageUtilization": 50}},
}
METRIC = {"metric": {"name": "hits"}}

OBJECTS: dict[str, list[dict[str, Any]]] = {
    "apps/v1/deployments": [
        {
            "metadata": {"name": "web"},
            "spec": {"replicas": 0, "paused": True, "selector": SELECTOR, "template": TEMPLATE},
        },
    ],
    "apps/v1/statefulsets": [
        {"metadata": {"name": "web"}, "spec": {"replicas": 0, "selector": SELECTOR, "template": TEMPLATE}},
    ],
    "apps/v1/daemonsets": [{"metadata": {"name": "web"}, "spec": {"selector": SELECTOR, "template": TEMPLATE}}],
    "apps/v1/replicasets": [
        {"metadata": {"name": "web"}, "spec": {"replicas": 0, "selector": SELECTOR, "template": TEMPLATE}},
    ],
    "apps/v1/controllerrevisions": [
        {"metadata": {"name": "free"}, "revision": 2, "data": {}},
    ],
    "v1/replicationcontrollers": [
        {"metadata": {"name": "web"}, "spec": {"replicas": 0, "selector": {"app": "web"}, "template": TEMPLATE}},
    ],
    "v1/podtemplates": [{"metadata": {"name": "web"}, "template": TEMPLATE}],
    "batch/v1/jobs": [
        job("new"),
        job("many", {"succeeded": 1, "active": 1, "startTime": LONG_AGO}, parallelism=3),
        job("some", completions=4, parallelism=2),
        job("suspended", {"conditions": [of_job("Suspended")]}, suspend=True),
        job(
            "failed",
            {"startTime": LONG_AGO, "failed": 1, "conditions": [of_job("FailureTarget"), of_job("Failed")]},
        ),
        job(
            "done",
            {
                "startTime": LONG_AGO,
                "completionTime": "2020-01-01T01:30:05Z",
                "succeeded": 1,
                "conditions": [of_job("SuccessCriteriaMet"), of_job("Complete")],
            },
        ),
    ],
    "batch/v1/cronjobs": [
        {
            "metadata": {"name": "nightly"},
            "spec": {
                "schedule": "0 0 1 1 *",
                "timeZone": "Etc/UTC",
                "suspend": True,
                "jobTemplate": {"spec": {"template": JOB_TEMPLATE}},
            },
        },
        {
            "metadata": {"name": "yearly"},
            "spec": {"schedule": "0 0 1 1 *", "jobTemplate": {"spec": {"template": JOB_TEMPLATE}}},
        },
    ],
    "autoscaling/v2/horizontalpodautoscalers": [
        {"metadata": {"name": "plain"}, "spec": {"maxReplicas": 3, "scaleTargetRef": TARGET}},
        {
            "metadata": {"name": "many"},
            "spec": {
                "minReplicas": 2,
                "maxReplicas": 3,
                "scaleTargetRef": TARGET,
                "metrics": [
                    RESOURCE,
                    {"type": "Pods", "pods": {**METRIC, "target": {"type": "AverageValue", "averageValue": "1k"}}},
                    {"type": "External", "external": {**METRIC, "target": {"type": "Value", "value": "10"}}},
                ],
            },
        },
        {
            "metadata": {"name": "object"},
            "spec": {
                "maxReplicas": 3,
                "scaleTargetRef": TARGET,
                "metrics": [
                    {
                        "type": "Object",
                        "object": {
                            **METRIC,
                            "describedObject": {"kind": "Service", "name": "web"},
                            "target": {"type": "AverageValue", "averageValue": "5"},
                        },
                    },
                ],
            },
        },
    ],
    "policy/v1/poddisruptionbudgets": [
        {"metadata": {"name": "min"}, "spec": {"minAvailable": 1, "selector": SELECTOR}},
        {"metadata": {"name": "max"}, "spec": {"maxUnavailable": "20%", "selector": SELECTOR}},
    ],
    "v1/services": [
        {"metadata": {"name": "headless"}, "spec": {"clusterIP": "None", "selector": {"app": "web", "a": "b"}}},
        {"metadata": {"name": "elsewhere"}, "spec": {"type": "ExternalName", "externalName": "example.com"}},
        {
            "metadata": {"name": "balanced"},
            "spec": {
                "type": "LoadBalancer",
                "clusterIP": "10.96.77.77",
                "allocateLoadBalancerNodePorts": False,
                "ports": [{"name": "a", "port": 80}, {"name": "b", "port": 53, "protocol": "UDP"}],
                "externalIPs": ["1.2.3.4"],
            },
            "status": {"loadBalancer": {"ingress": [{"ip": "9.9.9.9"}, {"hostname": "balancer.example.com"}]}},
        },
    ],
    "v1/endpoints": [
        {"metadata": {"name": "none"}},
        {"metadata": {"name": "some"}, "subsets": [subset(1, 80)]},
        {"metadata": {"name": "many"}, "subsets": [subset(2, 80, 90), {"addresses": [{"ip": "10.1.0.1"}]}]},
    ],
    "discovery.k8s.io/v1/endpointslices": [
        {"metadata": {"name": "none"}, "addressType": "IPv4", "endpoints": []},
        {
            "metadata": {"name": "many"},
            "addressType": "IPv4",
            "endpoints": [{"addresses": [f"10.0.0.{number}"]} for number in range(1, 6)],
            "ports": [{"name": "http", "port": 80}, {"name": "dns", "protocol": "UDP"}],
        },
    ],
    "networking.k8s.io/v1/ingresses": [
        {"metadata": {"name": "bare"}, "spec": {"defaultBackend": {"service": {"name": "a", "port": {"number": 80}}}}},
        {
            "metadata": {"name": "full"},
            "spec": {
                "ingressClassName": "nginx",
                "tls": [{"hosts": ["a.example.com"]}],
                "rules": [{"host": f"{letter}.example.com"} for letter in "abcde"],
            },
            "status": {"loadBalancer": {"ingress": [{"ip": "9.9.9.9"}, {"hostname": "b.example.com"}]}},
        },
    ],
    "networking.k8s.io/v1/networkpolicies": [
        {"metadata": {"name": "all"}, "spec": {"podSelector": {}}},
        {"metadata": {"name": "some"}, "spec": {"podSelector": SELECTOR}},
    ],
    "v1/persistentvolumeclaims": [
        {
            "metadata": {"name": "data"},
            "spec": {
                "accessModes": ["ReadWriteOnce", "ReadOnlyMany"],
                "storageClassName": "none",
                "resources": {"requests": {"storage": "1Gi"}},
            },
        },
    ],
    "v1/configmaps": [
        {"metadata": {"name": "a"}, "data": {"x": "1"}, "binaryData": {"y": "eA=="}},
        {"metadata": {"name": "empty"}},
    ],
    "v1/secrets": [{"metadata": {"name": "a"}, "stringData": {"x": "1", "y": "2"}}],
    "v1/resourcequotas": [{"metadata": {"name": "a"}, "spec": {"hard": {}}}],
    "v1/limitranges": [
        {"metadata": {"name": "a"}, "spec": {"limits": [{"type": "Pod", "max": {"cpu": "1"}}]}},
    ],
    "v1/events": [
        {
            "metadata": {"name": "old"},
            "involvedObject": {
                "kind": "Pod",
                "name": "web-0",
                "namespace": "<namespace>",
                "fieldPath": "spec.containers{web}",
            },
            "type": "Warning",
            "reason": "BackOff",
            "message": " Back-off restarting \n",
            "source": {"component": "kubelet", "host": "node-1"},
            "firstTimestamp": "2019-01-01T00:00:00Z",
            "lastTimestamp": LONG_AGO,
            "count": 7,
        },
        {
            "metadata": {"name": "new"},
            "involvedObject": {"kind": "Node", "namespace": "<namespace>"},
            "reason": "Started",
            "eventTime": "2020-01-01T00:00:00.000000Z",
            "reportingComponent": "example.com/controller",
            "reportingInstance": "one",
            "action": "Start",
            "type": "Normal",
            "series": {"count": 9, "lastObservedTime": "2021-01-01T00:00:00.000000Z"},
        },
    ],
    "coordination.k8s.io/v1/leases": [
        {"metadata": {"name": "held"}, "spec": {"holderIdentity": "me", "leaseDurationSeconds": 15}},
        {"metadata": {"name": "free"}},
    ],
    "rbac.authorization.k8s.io/v1/roles": [{"metadata": {"name": "a"}, "rules": []}],
    "rbac.authorization.k8s.io/v1/rolebindings": [
        {
            "metadata": {"name": "a"},
            "roleRef": {"apiGroup": "rbac.authorization.k8s.io", "kind": "ClusterRole", "name": "view"},
            "subjects": [
                {"kind": "User", "name": "ann"},
                {"kind": "User", "name": "bob"},
                {"kind": "Group", "name": "team"},
                {"kind": "ServiceAccount", "name": "default", "namespace": "other"},
            ],
        },
    ],
    "storage.k8s.io/v1/csistoragecapacities": [
        {"metadata": {"name": "a"}, "storageClassName": "fast", "capacity": "1Gi"},
    ],
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


OF_CLUSTER: dict[str, list[dict[str, Any]]] = {
    "apis/storage.k8s.io/v1/storageclasses": [
        {
            "metadata": {"annotations": {"storageclass.kubernetes.io/is-default-class": "true"}},
            "provisioner": "example.com/disk",
            "allowVolumeExpansion": True,
        },
        {"provisioner": "example.com/disk", "reclaimPolicy": "Retain", "volumeBindingMode": "WaitForFirstConsumer"},
    ],
    "apis/storage.k8s.io/v1/csidrivers": [
        {"spec": {}},
        {
            "spec": {
                "attachRequired": False,
                "serviceAccountTokenInSecrets": False,
                "tokenRequests": [{"audience": "a"}],
                "volumeLifecycleModes": ["Ephemeral"],
            }
        },
    ],
    "apis/scheduling.k8s.io/v1/priorityclasses": [
        {"value": 5, "preemptionPolicy": "Never"},
        {"value": 0},
    ],
    "apis/networking.k8s.io/v1/ingressclasses": [
        {
            "metadata": {"annotations": {"ingressclass.kubernetes.io/is-default-class": "true"}},
            "spec": {"controller": "example.com/a"},
        },
        {
            "spec": {
                "controller": "example.com/b",
                "parameters": {"apiGroup": "example.com", "kind": "Settings", "name": "x"},
            },
        },
    ],
    "apis/rbac.authorization.k8s.io/v1/clusterroles": [{"rules": []}],
    "apis/rbac.authorization.k8s.io/v1/clusterrolebindings": [
        {
            "roleRef": {"apiGroup": "rbac.authorization.k8s.io", "kind": "ClusterRole", "name": "view"},
            "subjects": [{"kind": "Group", "name": "nobody"}],
        },
    ],
    "apis/node.k8s.io/v1/runtimeclasses": [{"handler": "runc"}],
    "apis/admissionregistration.k8s.io/v1/validatingadmissionpolicybindings": [
        {
            "spec": {
                "policyName": "none",
                "validationActions": ["Warn"],
                "paramRef": {
                    "selector": {
                        "matchLabels": {"b": "2", "a": "1"},
                        "matchExpressions": [{"key": "k", "operator": "Exists"}],
                    },
                    "parameterNotFoundAction": "Allow",
                },
            },
        },
        {
            "spec": {
                "policyName": "none",
                "validationActions": ["Warn"],
                "paramRef": {"name": "x", "parameterNotFoundAction": "Allow"},
            },
        },
    ],
    "api/v1/persistentvolumes": [
        {
            "spec": {
                "capacity": {"storage": "1Gi"},
                "accessModes": ["ReadWriteMany", "ReadWriteOnce"],
                "storageClassName": "slow",
                "hostPath": {"path": "/nowhere"},
                "claimRef": {"namespace": "nowhere", "name": "none"},
            },
            "status": {"phase": "Available"},
        },
    ],
    "apis/flowcontrol.apiserver.k8s.io/v1/prioritylevelconfigurations": [
        {
            "spec": {
                "type": "Limited",
                "limited": {
                    "nominalConcurrencyShares": 1,
                    "limitResponse": {
                        "type": "Queue",
                        "queuing": {"queues": 2, "handSize": 1, "queueLengthLimit": 3},
                    },
                },
            },
        },
    ],
}


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
