"""Values as Go writes them: what is left out, what is always there, quantities and times."""

from __future__ import annotations

from typing import Any

import pytest

from .api import Api

Json = dict[str, Any]

# What the tokens of service accounts add to a pod.
TOKENS = {"automountServiceAccountToken": False}


def pod(name: str = "a", container: Json | None = None, **spec: Any) -> Json:
    """Return a pod that no scheduler takes."""
    containers = [{"name": "web", "image": "nginx:1", **(container or {})}]
    return {"metadata": {"name": name}, "spec": {"schedulerName": "nobody", **TOKENS, "containers": containers, **spec}}


async def test_zeros_of_a_pod(api: Api) -> None:
    zeros: Json = {
        "hostNetwork": False,
        "hostPID": False,
        "hostname": "",
        "terminationGracePeriodSeconds": 0,
        "enableServiceLinks": False,
        "shareProcessNamespace": False,
        "nodeSelector": {},
        "tolerations": [],
        "imagePullSecrets": [],
        "securityContext": {"runAsUser": 0, "runAsNonRoot": False, "supplementalGroups": []},
        "volumes": [
            {"name": "a", "emptyDir": {"medium": "", "sizeLimit": "0"}},
            {"name": "b", "secret": {"secretName": "x", "optional": False, "items": []}},
            {"name": "c", "hostPath": {"path": "/nowhere", "type": ""}},
            {
                "name": "d",
                "downwardAPI": {
                    "items": [
                        {"path": "x", "resourceFieldRef": {"containerName": "web", "resource": "limits.cpu"}},
                        {"path": "y", "fieldRef": {"fieldPath": "metadata.name"}},
                    ]
                },
            },
        ],
    }
    container: Json = {
        "args": [],
        "tty": False,
        "stdin": False,
        "workingDir": "",
        "env": [{"name": "A", "value": ""}, {"name": "B"}],
        "ports": [{"containerPort": 80, "hostPort": 0, "name": ""}],
        "volumeMounts": [{"name": "a", "mountPath": "/a", "readOnly": False, "subPath": ""}],
        "securityContext": {"privileged": False, "runAsUser": 0},
        "livenessProbe": {"initialDelaySeconds": 0, "tcpSocket": {"port": 80, "host": ""}},
    }
    await api.post(api.core("pods"), pod(container=container, **zeros))


async def test_zeros_of_other_kinds(api: Api) -> None:
    template: Json = {
        "metadata": {"labels": {"a": "b"}},
        "spec": {"containers": [{"name": "web", "image": "nginx:1"}], "nodeSelector": {"no": "where"}},
    }
    selector = {"matchLabels": {"a": "b"}, "matchExpressions": []}
    workload = {"replicas": 0, "minReadySeconds": 0, "selector": selector, "template": template}
    await api.post(api.group("apps/v1", "statefulsets"), {"metadata": {"name": "a"}, "spec": workload})
    deployment = {**workload, "paused": False, "revisionHistoryLimit": 0, "progressDeadlineSeconds": 60}
    await api.post(api.group("apps/v1", "deployments"), {"metadata": {"name": "a"}, "spec": deployment})
    claim: Json = {"accessModes": ["ReadWriteOnce"], "storageClassName": "", "volumeName": ""}
    claim["resources"] = {"requests": {"storage": "1024Mi"}, "limits": {}}
    await api.post(api.core("persistentvolumeclaims"), {"metadata": {"name": "a"}, "spec": claim})
    await api.post(api.core("configmaps"), {"metadata": {"name": "a"}, "data": {"a": ""}, "immutable": False})
    service = {"ports": [{"name": "", "port": 80, "nodePort": 0, "targetPort": "web"}], "externalName": ""}
    await api.post(api.core("services"), {"metadata": {"name": "a"}, "spec": {**service, "clusterIP": "10.96.78.1"}})
    endpoints = {"metadata": {"name": "a"}, "addressType": "IPv4", "endpoints": [], "ports": []}
    await api.post(api.group("discovery.k8s.io/v1", "endpointslices"), endpoints)
    rules = {"metadata": {"name": "a", "labels": {}, "annotations": {"x": ""}}, "rules": [{"verbs": ["get"]}]}
    await api.post(api.group("rbac.authorization.k8s.io/v1", "roles"), {**rules, "rules": []})
    job: Json = {"managedBy": "example.com/nobody", "backoffLimit": 0, "suspend": False, "template": template}
    job["template"] = {"spec": {**template["spec"], "restartPolicy": "Never"}}
    await api.post(api.group("batch/v1", "jobs"), {"metadata": {"name": "a"}, "spec": job})
    condition = {"type": "Suspended", "status": "True", "message": ""}
    path = api.group("batch/v1", "jobs", "a", "status")
    await api.patch(path, {"status": {"conditions": [condition], "active": 0, "succeeded": 0}})


async def test_zeros_that_are_changed_and_applied(api: Api) -> None:
    path = api.core("pods", "a")
    await api.post(api.core("pods"), pod(priority=0))
    await api.patch(path, {"spec": {"activeDeadlineSeconds": 5}, "metadata": {"labels": {"x": ""}}})
    metadata: Json = {"name": "a", "labels": {}}
    cm: Json = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": metadata, "data": {}, "binaryData": {}}
    await api.apply(api.core("configmaps", "a"), cm, 201)
    await api.apply(api.core("configmaps", "a"), {**cm, "data": {"x": ""}, "immutable": False})
    spec: Json = {"containers": [{"name": "web", "image": "nginx:1", "tty": False}], "hostNetwork": False, **TOKENS}
    spec["containers"][0]["resources"] = {"limits": {"cpu": "0.5", "memory": "1024Mi"}}
    body = {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "b"}, "spec": {**spec, "schedulerName": "nobody"}}
    await api.apply(api.core("pods", "b"), body, 201)
    await api.apply(api.core("pods", "b"), body)


QUANTITIES = [
    "0.5",
    "500m",
    "1000m",
    "1500m",
    1024,
    1000,
    2.5,
    "1024Ki",
    "1536Mi",
    "0.5Gi",
    "1.5Gi",
    "1.1Ki",
    "1e3",
    "12E6",
    "1e-3",
    "0",
    "00012",
    "+5",
    ".5",
    "1k",
    "1000k",
    "1000Ki",
    "123456789",
    "100u",
    "1n",
    "0.1n",
    "512Ki",
    "1023",
    "0.0001",
    "9223372036854775807",
    "1Ei",
    "Gi",
    "0.500",
    "2.50",
    "-1.5",
    "1.",
    "1234Ki",
    "-0.5Gi",
    " 5 ",
]


async def test_quantities_are_canonical(api: Api) -> None:
    # A resource quota has all of them at once, and its controller does not change its spec.
    hard = {f"count/things{number}.example.com": quantity for number, quantity in enumerate(QUANTITIES)}
    path = api.core("resourcequotas")
    sent = {f"requests.example.com/x{number}": "1" for number in range(2)}
    await api.post(path, {"metadata": {"name": "plain"}, "spec": {"hard": sent}}, differs=STATUS)
    limits = [{"type": "Pod", "max": {f"example.com/r{n}": one for n, one in enumerate(QUANTITIES)}}]
    made = await api.post(api.core("limitranges"), {"metadata": {"name": "a"}, "spec": {"limits": limits}})
    assert len(made.body["spec"]["limits"][0]["max"]) == len(hard)


STATUS = ["status", "metadata.managedFields", "metadata.resourceVersion"]

WRONG = [
    "\u0661",
    pytest.param("0" * 2000 + "!", id="long"),
    "x",
    "1.2.3",
    "1Qi",
    "1 Gi",
    "",
    True,
    [],
    "1e",
    "--1",
    "1gi",
]


@pytest.mark.parametrize("quantity", WRONG)
async def test_a_wrong_quantity_is_refused(api: Api, quantity: Any) -> None:
    container = {"resources": {"limits": {"cpu": quantity}}}
    await api.post(api.core("pods"), pod(container=container), 400)


async def test_times_are_of_utc(api: Api) -> None:
    leases = api.group("coordination.k8s.io/v1", "leases")
    spec = {"renewTime": "2020-01-01T02:00:00.123456+02:00", "acquireTime": "2020-01-01T00:00:00.000000Z"}
    await api.post(leases, {"metadata": {"name": "a"}, "spec": {**spec, "holderIdentity": "", "leaseTransitions": 0}})
    await api.post(api.core("pods"), pod())
    condition = {"type": "Ready", "status": "False", "lastTransitionTime": "2020-01-01T02:00:00.9+02:00"}
    await api.patch(api.core("pods", "a", "status"), {"status": {"conditions": [condition]}})
    found = await api.get(api.core("pods", "a"))
    assert found.body["status"]["conditions"][0]["lastTransitionTime"] == "2020-01-01T00:00:00Z"


WRONG_TIMES = [
    "x",
    "\u0662\u0660\u0662\u0666-01-01T00:00:00.000000Z",
    "2020-01-01",
    "2020-01-01T00:00:00Z",
    "2020-13-01T00:00:00.000000Z",
    5,
]


@pytest.mark.parametrize("time", WRONG_TIMES)
async def test_a_wrong_time_is_refused(api: Api, time: Any) -> None:
    leases = api.group("coordination.k8s.io/v1", "leases")
    await api.post(leases, {"metadata": {"name": "a"}, "spec": {"renewTime": time}}, 400, differs=["message"])
