"""The objects whose rows `test_tables.py` compares; no controller of the real cluster touches them."""

from __future__ import annotations

from typing import Any


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
