"""Defaults: those of the schema, and those that kube-apiserver has in Go for the kinds that tests meet most."""

from __future__ import annotations

import base64
from collections.abc import Callable
from typing import Any

from ..api.resources import Resource
from ..checks.causes import MAX_INT32
from ..schema.node import Node
from ..store import Object, copied
from .callbacks import default_api_service, default_mutating_webhooks, default_webhooks
from .definitions import default_definition

_DAEMON_GENERATION = "deprecated.daemonset.template.generation"


def apply_defaults(resource: Resource, obj: Object, node: Node) -> None:
    """Set what a client has left out; the object is changed."""
    if (kind_defaults := _KINDS.get(resource.collection)) is not None:
        kind_defaults(obj)
    if node.custom:
        fill_custom(obj, node)
    else:
        fill(obj, node)


def fill(obj: Object, node: Node) -> None:
    """Set the defaults of a built-in schema, and the structs and zeros that Go always writes."""
    for name, default in node.written:
        if obj.get(name) is None:
            obj[name] = {} if default == {} else default
    for name, schema in node.nested:
        if (value := obj.get(name)) is not None:
            _fill_value(value, schema)


def _fill_value(value: Any, node: Node) -> None:
    if node.kind == "struct":
        fill(value, node)
    elif node.kind == "list" and node.items.kind == "struct":
        for item in value:
            fill(item, node.items)
    elif node.kind == "map" and node.values.kind == "struct":
        for item in value.values():
            fill(item, node.values)


def fill_custom(value: Any, node: Node) -> None:
    """Set the defaults of the schema of a custom resource."""
    if isinstance(value, dict):
        for name in node.fields:
            schema = node.field(name)
            if schema is None:
                continue
            if schema.has_default and (name not in value or (value[name] is None and not schema.nullable)):
                value[name] = copied(schema.default)
            if name in value:
                fill_custom(value[name], schema)
        if node.kind == "map":
            for child in value.values():
                fill_custom(child, node.values)
    elif isinstance(value, list):
        for item in value:
            fill_custom(item, node.items)


def _set(obj: Object, **values: Any) -> None:
    for name, value in values.items():
        if obj.get(name) is None:
            obj[name] = value


def _spec(obj: Object) -> Object:
    spec: Object = obj.setdefault("spec", {})
    return spec


def _container(container: Object, *, with_ports: bool = True) -> None:
    image = str(container.get("image", ""))
    tag = image.rpartition("/")[2].partition("@")[0].partition(":")[2]
    policy = "Always" if "@" not in image and tag in ("", "latest") else "IfNotPresent"
    _set(container, imagePullPolicy=policy)
    _set(container, terminationMessagePath="/dev/termination-log", terminationMessagePolicy="File")
    for name in ("livenessProbe", "readinessProbe", "startupProbe"):
        if isinstance(probe := container.get(name), dict):
            _set(probe, timeoutSeconds=1, periodSeconds=10, successThreshold=1, failureThreshold=3)
            if isinstance(get := probe.get("httpGet"), dict):
                _set(get, path="/", scheme="HTTP")
    for variable in container.get("env") or ():
        if isinstance(field := (variable.get("valueFrom") or {}).get("fieldRef"), dict):
            _set(field, apiVersion="v1")


def requests_from_limits(resources: Object | None) -> None:
    """Request what is limited, where nothing is requested."""
    for name, limit in ((resources or {}).get("limits") or {}).items():
        assert resources is not None
        requests = resources["requests"] = dict(resources.get("requests") or {})
        requests.setdefault(name, limit)


def _downward(source: Object) -> None:
    for item in source.get("items") or ():
        if isinstance(field := item.get("fieldRef"), dict):
            _set(field, apiVersion="v1")


def _volume(volume: Object) -> None:
    _downward(volume.get("downwardAPI") or {})
    for source in (volume.get("projected") or {}).get("sources") or ():
        _downward(source.get("downwardAPI") or {})
        if isinstance(token := source.get("serviceAccountToken"), dict):
            _set(token, expirationSeconds=3600)
    for source in ("configMap", "secret", "downwardAPI", "projected"):
        if isinstance(found := volume.get(source), dict):
            _set(found, defaultMode=420)
    if isinstance(host := volume.get("hostPath"), dict):
        host.setdefault("type", "")
    if not set(volume) - {"name"}:
        volume["emptyDir"] = {}


def pod_spec(spec: Object) -> None:
    """Set the defaults of a pod or its template."""
    _set(spec, restartPolicy="Always", terminationGracePeriodSeconds=30, dnsPolicy="ClusterFirst")
    if spec["terminationGracePeriodSeconds"] < 0:
        spec["terminationGracePeriodSeconds"] = 1
    _set(spec, securityContext={}, schedulerName="default-scheduler")
    if account := spec.get("serviceAccountName"):
        spec["serviceAccount"] = account
    elif account := spec.get("serviceAccount"):
        spec["serviceAccountName"] = account
    for name in ("initContainers", "containers", "ephemeralContainers"):
        for container in spec.get(name) or ():
            _container(container)
    for volume in spec.get("volumes") or ():
        _volume(volume)


def _template(spec: Object) -> Object:
    template: Object = spec.setdefault("template", {})
    found: Object = template.setdefault("spec", {})
    pod_spec(found)
    return template


def _pod(obj: Object) -> None:
    spec = _spec(obj)
    pod_spec(spec)
    _set(spec, enableServiceLinks=True)
    for container in [*(spec.get("containers") or ()), *(spec.get("initContainers") or ())]:
        requests_from_limits(container.get("resources"))


def _deployment(obj: Object) -> None:
    spec = _spec(obj)
    _set(spec, replicas=1, revisionHistoryLimit=10, progressDeadlineSeconds=600)
    strategy = spec.setdefault("strategy", {})
    _set(strategy, type="RollingUpdate")
    if strategy["type"] == "RollingUpdate":
        rolling = strategy["rollingUpdate"] = dict(strategy.get("rollingUpdate") or {})
        _set(rolling, maxUnavailable="25%", maxSurge="25%")
    _template(spec)


def _replica_set(obj: Object) -> None:
    _set(_spec(obj), replicas=1)
    _template(_spec(obj))


def _stateful_set(obj: Object) -> None:
    spec = _spec(obj)
    _set(spec, replicas=1, revisionHistoryLimit=10, podManagementPolicy="OrderedReady", serviceName="")
    strategy = spec.setdefault("updateStrategy", {})
    _set(strategy, type="RollingUpdate")
    if strategy["type"] == "RollingUpdate":
        rolling = strategy["rollingUpdate"] = dict(strategy.get("rollingUpdate") or {})
        _set(rolling, partition=0, maxUnavailable=1)
    retention = spec.setdefault("persistentVolumeClaimRetentionPolicy", {})
    _set(retention, whenDeleted="Retain", whenScaled="Retain")
    _template(spec)
    for claim in spec.get("volumeClaimTemplates") or ():
        claim.setdefault("apiVersion", "v1")
        claim.setdefault("kind", "PersistentVolumeClaim")
        _set(_spec(claim), volumeMode="Filesystem")
        claim["status"] = {"phase": "Pending"}


def _daemon_set(obj: Object) -> None:
    spec = _spec(obj)
    _set(spec, revisionHistoryLimit=10)
    # The first generation; the API still writes down what it once counted there.
    metadata = obj["metadata"]
    metadata["annotations"] = {_DAEMON_GENERATION: "1", **(metadata.get("annotations") or {})}
    strategy = spec.setdefault("updateStrategy", {})
    _set(strategy, type="RollingUpdate")
    if strategy["type"] == "RollingUpdate":
        rolling = strategy["rollingUpdate"] = dict(strategy.get("rollingUpdate") or {})
        _set(rolling, maxUnavailable=1, maxSurge=0)
    _template(spec)


def _job_spec(spec: Object) -> None:
    if spec.get("completions") is None and spec.get("parallelism") is None:
        _set(spec, completions=1)
    limit = 6 if spec.get("backoffLimitPerIndex") is None else MAX_INT32
    _set(spec, parallelism=1, backoffLimit=limit, completionMode="NonIndexed", suspend=False)
    _set(spec, podReplacementPolicy="TerminatingOrFailed" if "podFailurePolicy" not in spec else "Failed")
    _template(spec)


def _job(obj: Object) -> None:
    _job_spec(_spec(obj))
    _set(_spec(obj), manualSelector=False)


def _cron_job(obj: Object) -> None:
    spec = _spec(obj)
    _set(spec, concurrencyPolicy="Allow", suspend=False, successfulJobsHistoryLimit=3, failedJobsHistoryLimit=1)
    inner = spec.setdefault("jobTemplate", {}).setdefault("spec", {})
    _template(inner)


def _service(obj: Object) -> None:
    spec = _spec(obj)
    _set(spec, type="ClusterIP", sessionAffinity="None")
    if spec["sessionAffinity"] == "None":
        spec.pop("sessionAffinityConfig", None)
    if spec["sessionAffinity"] == "ClientIP":
        _set(spec.setdefault("sessionAffinityConfig", {}).setdefault("clientIP", {}), timeoutSeconds=10800)
    if spec["type"] in ("NodePort", "LoadBalancer"):
        _set(spec, externalTrafficPolicy="Cluster")
    if spec["type"] == "LoadBalancer":
        _set(spec, allocateLoadBalancerNodePorts=True)
    if spec["type"] != "ExternalName":
        _set(spec, internalTrafficPolicy="Cluster")
    for port in spec.get("ports") or ():
        _set(port, protocol="TCP")
        # Go writes a zero where there is none.
        port["targetPort"] = port.get("targetPort") or port.get("port")


def _claim(obj: Object) -> None:
    _set(_spec(obj), volumeMode="Filesystem")


def _volume_object(obj: Object) -> None:
    spec = _spec(obj)
    _set(spec, volumeMode="Filesystem", persistentVolumeReclaimPolicy="Retain")
    if host_path := spec.get("hostPath"):
        _set(host_path, type="")


def _ingress_class(obj: Object) -> None:
    if parameters := _spec(obj).get("parameters"):
        _set(parameters, scope="Cluster")


def _priority_level(obj: Object) -> None:
    if limited := _spec(obj).get("limited"):
        _set(limited, lendablePercent=0)


def _secret(obj: Object) -> None:
    _set(obj, type="Opaque")
    for key, text in (obj.pop("stringData", None) or {}).items():
        obj["data"] = {**(obj.get("data") or {}), key: base64.b64encode(text.encode()).decode()}


def _storage_class(obj: Object) -> None:
    _set(obj, reclaimPolicy="Delete", volumeBindingMode="Immediate")


def _csi_driver(obj: Object) -> None:
    _set(
        _spec(obj),
        attachRequired=True,
        podInfoOnMount=False,
        storageCapacity=False,
        requiresRepublish=False,
        seLinuxMount=False,
        preventPodSchedulingIfMissing=False,
        fsGroupPolicy="ReadWriteOnceWithFSType",
        volumeLifecycleModes=["Persistent"],
    )


def _endpoints(obj: Object) -> None:
    for subset in obj.get("subsets") or ():
        for port in subset.get("ports") or ():
            _set(port, protocol="TCP")


def _network_policy(obj: Object) -> None:
    spec = _spec(obj)
    if not spec.get("policyTypes"):
        spec["policyTypes"] = ["Ingress", *(["Egress"] if spec.get("egress") else [])]
    for rule in [*(spec.get("ingress") or ()), *(spec.get("egress") or ())]:
        for port in rule.get("ports") or ():
            _set(port, protocol="TCP")


def _binding(obj: Object) -> None:
    if not obj.setdefault("roleRef", {}).get("apiGroup"):
        obj["roleRef"]["apiGroup"] = "rbac.authorization.k8s.io"
    for subject in obj.get("subjects") or ():
        if subject.get("kind") in ("User", "Group"):
            _set(subject, apiGroup="rbac.authorization.k8s.io")


def _autoscaler(obj: Object) -> None:
    spec = _spec(obj)
    target = {"type": "Utilization", "averageUtilization": 80}
    _set(spec, minReplicas=1)
    if not spec.get("metrics"):
        spec["metrics"] = [{"type": "Resource", "resource": {"name": "cpu", "target": target}}]
    if (behavior := spec.get("behavior")) is not None:
        by_percent = {"type": "Percent", "value": 100, "periodSeconds": 15}
        by_pods = {"type": "Pods", "value": 4, "periodSeconds": 15}
        up, down = behavior.setdefault("scaleUp", {}), behavior.setdefault("scaleDown", {})
        _set(up, stabilizationWindowSeconds=0, selectPolicy="Max", policies=[by_pods, by_percent])
        _set(down, selectPolicy="Max", policies=[by_percent])


def _controller(obj: Object) -> None:
    _replica_set(obj)
    spec = _spec(obj)
    labels = (spec["template"].get("metadata") or {}).get("labels")
    if labels:
        _set(spec, selector=labels)
        _set(obj["metadata"], labels=dict(labels))


def _endpoint_slice(obj: Object) -> None:
    for port in obj.get("ports") or ():
        _set(port, name="", protocol="TCP")
    obj.setdefault("endpoints", None)


def _namespace(obj: Object) -> None:
    metadata = obj["metadata"]
    if name := metadata.get("name"):
        metadata["labels"] = {**(metadata.get("labels") or {}), "kubernetes.io/metadata.name": name}


def _node(obj: Object) -> None:
    spec, status = _spec(obj), obj.setdefault("status", {})
    if spec.get("podCIDR"):
        _set(spec, podCIDRs=[spec["podCIDR"]])
    if capacity := status.get("capacity"):
        _set(status, allocatable=dict(capacity))


_KINDS: dict[str, Callable[[Object], None]] = {
    "nodes": _node,
    "validatingwebhookconfigurations.admissionregistration.k8s.io": default_webhooks,
    "mutatingwebhookconfigurations.admissionregistration.k8s.io": default_mutating_webhooks,
    "apiservices.apiregistration.k8s.io": default_api_service,
    "namespaces": _namespace,
    "customresourcedefinitions.apiextensions.k8s.io": default_definition,
    "pods": _pod,
    "podtemplates": lambda obj: pod_spec(obj.setdefault("template", {}).setdefault("spec", {})),
    "replicationcontrollers": _controller,
    "priorityclasses.scheduling.k8s.io": lambda obj: _set(obj, preemptionPolicy="PreemptLowerPriority"),
    "csidrivers.storage.k8s.io": _csi_driver,
    "endpoints": _endpoints,
    "endpointslices.discovery.k8s.io": _endpoint_slice,
    "services": _service,
    "secrets": _secret,
    "persistentvolumeclaims": _claim,
    "persistentvolumes": _volume_object,
    "deployments.apps": _deployment,
    "replicasets.apps": _replica_set,
    "statefulsets.apps": _stateful_set,
    "daemonsets.apps": _daemon_set,
    "jobs.batch": _job,
    "cronjobs.batch": _cron_job,
    "storageclasses.storage.k8s.io": _storage_class,
    "ingressclasses.networking.k8s.io": _ingress_class,
    "prioritylevelconfigurations.flowcontrol.apiserver.k8s.io": _priority_level,
    "networkpolicies.networking.k8s.io": _network_policy,
    "rolebindings.rbac.authorization.k8s.io": _binding,
    "clusterrolebindings.rbac.authorization.k8s.io": _binding,
    "horizontalpodautoscalers.autoscaling": _autoscaler,
}
