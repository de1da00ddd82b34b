"""create: what is set, what is refused, and in which words."""

from __future__ import annotations

import json
from typing import Any

import pytest

from .api import Api

Json = dict[str, Any]


def config_map(name: str = "a", **more: Any) -> Json:
    return {"metadata": {"name": name}, "data": {"x": "1"}, **more}


async def test_an_object_gets_its_metadata(api: Api) -> None:
    created = await api.post(api.core("configmaps"), config_map())
    assert created.body["kind"] == "ConfigMap"
    assert {"uid", "resourceVersion", "creationTimestamp", "managedFields"} <= set(created.body["metadata"])


async def test_the_resource_version_0_means_none(api: Api) -> None:
    await api.post(api.core("configmaps"), {"metadata": {"name": "a", "resourceVersion": "0"}})


async def test_a_second_object_of_the_name_is_refused(api: Api) -> None:
    await api.post(api.core("configmaps"), config_map())
    refused = await api.post(api.core("configmaps"), config_map(), 409)
    assert refused.reason == "AlreadyExists"


async def test_a_name_is_generated(api: Api) -> None:
    created = await api.post(api.core("configmaps"), {"metadata": {"generateName": "map-"}})
    name = created.body["metadata"]["name"]
    assert name.startswith("map-") and len(name) == len("map-") + 5
    await api.get(api.core("configmaps", name))


async def test_a_long_base_of_a_generated_name_is_cut(api: Api) -> None:
    created = await api.post(api.core("configmaps"), {"metadata": {"generateName": "m" * 70}})
    assert len(created.body["metadata"]["name"]) == 63


REFUSED: dict[str, tuple[Any, int]] = {
    "no name": ({}, 422),
    "another version": ({"apiVersion": "v2", "kind": "ConfigMap", "metadata": {"name": "a"}}, 400),
    "an unknown kind": ({"apiVersion": "v1", "kind": "Nope", "metadata": {"name": "a"}}, 400),
    "another namespace": ({"metadata": {"name": "a", "namespace": "other"}}, 400),
    "a resource version": ({"metadata": {"name": "a", "resourceVersion": "4"}}, 500),
    "capitals and underscores": ({"metadata": {"name": "A_b"}}, 422),
    "a long name": ({"metadata": {"name": "a" * 254}}, 422),
    "a name with a slash": ({"metadata": {"name": "a/b"}}, 422),
    "a name that ends with a dash": ({"metadata": {"name": "a-"}}, 422),
    "an invalid key of data": ({"metadata": {"name": "a"}, "data": {"a b": "x"}}, 422),
    "a number as data": ({"metadata": {"name": "a"}, "data": {"a": 1}}, 400),
    "a number instead of data": ({"metadata": {"name": "a"}, "data": 5}, 400),
    "a list instead of data": ({"metadata": {"name": "a"}, "data": ["x"]}, 400),
    "a string as immutable": ({"metadata": {"name": "a"}, "immutable": "yes"}, 400),
    "an invalid label": ({"metadata": {"name": "a", "labels": {"a b": "c d"}}}, 422),
    "a long label": ({"metadata": {"name": "a", "labels": {"a": "x" * 64}}}, 422),
    "a label with an empty prefix": ({"metadata": {"name": "a", "labels": {"/a": "x"}}}, 422),
    "a label with an invalid prefix": ({"metadata": {"name": "a", "labels": {"A_/a": "x"}}}, 422),
    "a label with two slashes": ({"metadata": {"name": "a", "labels": {"a/b/c": "x"}}}, 422),
    "a number as label": ({"metadata": {"name": "a", "labels": {"a": 1}}}, 400),
    "an invalid annotation": ({"metadata": {"name": "a", "annotations": {"x y": "z"}}}, 422),
    "a large annotation": ({"metadata": {"name": "a", "annotations": {"x": "z" * 300_000}}}, 422),
    "an invalid finalizer": ({"metadata": {"name": "a", "finalizers": ["nope"]}}, 422),
    "an owner without a name": (
        {"metadata": {"name": "a", "ownerReferences": [{"apiVersion": "v1", "kind": "Pod", "uid": "u"}]}},
        422,
    ),
    "much data": ({"metadata": {"name": "a"}, "data": {"a": "x" * (1 << 20), "b": "y"}}, 422),
    "several mistakes": ({"metadata": {"name": "A", "labels": {"a b": "c"}}, "data": {"a b": "x"}}, 422),
}


@pytest.mark.parametrize("what", REFUSED)
async def test_it_is_refused(api: Api, what: str) -> None:
    body, status = REFUSED[what]
    await api.post(api.core("configmaps"), body, status)


NOT_AN_OBJECT = {"a list": b"[1]", "broken": b"{x", "empty": b"", "a string": b'"x"'}


@pytest.mark.parametrize("what", NOT_AN_OBJECT)
async def test_a_body_that_is_no_object_is_refused(api: Api, what: str) -> None:
    # The words are those of Go's JSON parser.
    await api.post(api.core("configmaps"), NOT_AN_OBJECT[what], 400, differs=["message"])


async def test_a_media_type_that_is_unknown_is_refused(api: Api) -> None:
    await api.post(api.core("configmaps"), b"{}", 415, content_type="text/plain")


async def test_yaml_is_understood(api: Api) -> None:
    text = b"metadata: {name: a}\ndata:\n  x: |\n    one\n"
    created = await api.post(api.core("configmaps"), text, content_type="application/yaml")
    assert created.body["data"] == {"x": "one\n"}


async def test_a_namespace_has_to_exist(api: Api) -> None:
    await api.post("/api/v1/namespaces/missing/configmaps", config_map(), 404)


async def test_an_object_is_not_created_below_its_name(api: Api) -> None:
    await api.post(api.core("configmaps", "a"), config_map(), 405)


async def test_an_unknown_resource_is_refused(api: Api) -> None:
    await api.post(api.core("nopes"), config_map(), 404)


UNKNOWN: Json = {"metadata": {"name": "a", "foo": 1}, "bar": 1, "data": {"x": "1"}}


@pytest.mark.parametrize(
    ("mode", "status"), [("Strict", 400), ("Warn", 201), ("Ignore", 201), ("", 201), ("Some", 422)]
)
async def test_unknown_fields(api: Api, mode: str, status: int) -> None:
    query = {"fieldValidation": mode} if mode else {}
    answer = await api.post(api.core("configmaps"), UNKNOWN, status, query=query)
    if status == 201:
        assert len(answer.warnings) == (0 if mode == "Ignore" else 2)
        assert "bar" not in answer.body


@pytest.mark.parametrize(("mode", "status"), [("Strict", 400), ("Warn", 201), ("Ignore", 201)])
async def test_repeated_fields(api: Api, mode: str, status: int) -> None:
    body = b'{"metadata":{"name":"a","name":"b"},"data":{"x":"1","x":"2"}}'
    answer = await api.post(api.core("configmaps"), body, status, query={"fieldValidation": mode})
    if status == 201:
        assert answer.body["data"] == {"x": "2"} and answer.body["metadata"]["name"] == "b"


async def test_a_dry_run_stores_nothing(api: Api) -> None:
    await api.post(api.core("configmaps"), config_map(), query={"dryRun": "All"})
    await api.get(api.core("configmaps", "a"), 404)


async def test_a_dry_run_is_of_all(api: Api) -> None:
    await api.post(api.core("configmaps"), config_map(), 422, query={"dryRun": "Some"})


async def test_a_field_manager_is_named(api: Api) -> None:
    created = await api.post(api.core("configmaps"), config_map(), query={"fieldManager": "me"})
    assert created.body["metadata"]["managedFields"][0]["manager"] == "me"


async def test_a_field_manager_that_is_too_long_is_refused(api: Api) -> None:
    await api.post(api.core("configmaps"), config_map(), 422, query={"fieldManager": "m" * 129})


async def test_nulls_are_absent(api: Api) -> None:
    created = await api.post(api.core("configmaps"), {"metadata": {"name": "a", "labels": None}, "data": None})
    assert "data" not in created.body


async def test_empty_maps_are_absent(api: Api) -> None:
    created = await api.post(api.core("configmaps"), {"metadata": {"name": "a", "labels": {}}, "data": {}})
    assert "data" not in created.body


async def test_system_fields_of_the_client_are_ignored(api: Api) -> None:
    metadata = {"name": "a", "uid": "u", "creationTimestamp": "2020-01-01T00:00:00Z", "generation": 7, "selfLink": "/x"}
    created = await api.post(api.core("configmaps"), {"metadata": metadata})
    assert created.body["metadata"]["uid"] != "u"


async def test_labels_annotations_and_finalizers_are_stored(api: Api) -> None:
    metadata = {
        "name": "a",
        "labels": {"app.kubernetes.io/name": "a", "empty": ""},
        "annotations": {"Example.com/Note": "any text: \u00e4\n"},
        "finalizers": ["example.com/wait"],
    }
    created = await api.post(api.core("configmaps"), {"metadata": metadata})
    assert created.body["metadata"]["annotations"] == metadata["annotations"]
    await api.patch(api.core("configmaps", "a"), {"metadata": {"finalizers": None}})


TEMPLATE: Json = {
    "metadata": {"labels": {"app": "web"}},
    "spec": {
        "containers": [
            {
                "name": "web",
                "image": "nginx:1.27",
                "ports": [{"containerPort": 80}],
                "env": [
                    {"name": "A", "value": "1"},
                    {"name": "B", "valueFrom": {"fieldRef": {"fieldPath": "metadata.name"}}},
                ],
                "readinessProbe": {"httpGet": {"port": 80}},
                "volumeMounts": [{"name": "data", "mountPath": "/data"}],
                "resources": {"limits": {"cpu": "1"}},
            }
        ],
        "volumes": [{"name": "data", "configMap": {"name": "x"}}],
    },
}
SELECTOR: Json = {"matchLabels": {"app": "web"}}

KINDS: dict[str, tuple[str, Json]] = {
    "Deployment": ("apps/v1 deployments", {"spec": {"replicas": 0, "selector": SELECTOR, "template": TEMPLATE}}),
    "StatefulSet": (
        "apps/v1 statefulsets",
        {"spec": {"replicas": 0, "serviceName": "web", "selector": SELECTOR, "template": TEMPLATE}},
    ),
    "DaemonSet": (
        "apps/v1 daemonsets",
        {
            "spec": {
                "selector": SELECTOR,
                "template": {**TEMPLATE, "spec": {**TEMPLATE["spec"], "nodeSelector": {"no": "where"}}},
            }
        },
    ),
    "ReplicaSet": ("apps/v1 replicasets", {"spec": {"replicas": 0, "selector": SELECTOR, "template": TEMPLATE}}),
    "CronJob": (
        "batch/v1 cronjobs",
        {
            "spec": {
                "schedule": "0 0 1 1 *",
                "jobTemplate": {"spec": {"template": {"spec": {**TEMPLATE["spec"], "restartPolicy": "Never"}}}},
            }
        },
    ),
    "Job": (
        "batch/v1 jobs",
        {"spec": {"suspend": True, "template": {"spec": {**TEMPLATE["spec"], "restartPolicy": "Never"}}}},
    ),
    "Secret": ("v1 secrets", {"stringData": {"a": "b"}, "data": {"c": "ZA=="}}),
    "ServiceAccount": ("v1 serviceaccounts", {}),
    "Event": (
        "v1 events",
        {
            "involvedObject": {"kind": "Pod", "name": "p", "namespace": "{namespace}"},
            "reason": "Because",
            "message": "so",
            "type": "Normal",
        },
    ),
    "LimitRange": ("v1 limitranges", {"spec": {"limits": [{"type": "Pod", "max": {"cpu": "2"}}]}}),
    "PersistentVolumeClaim": (
        "v1 persistentvolumeclaims",
        {
            "spec": {
                "accessModes": ["ReadWriteOnce"],
                "storageClassName": "x",
                "resources": {"requests": {"storage": "1Gi"}},
            }
        },
    ),
    "Lease": ("coordination.k8s.io/v1 leases", {"spec": {"holderIdentity": "me", "leaseDurationSeconds": 15}}),
    "Role": (
        "rbac.authorization.k8s.io/v1 roles",
        {"rules": [{"apiGroups": [""], "resources": ["pods"], "verbs": ["get"]}]},
    ),
    "RoleBinding": (
        "rbac.authorization.k8s.io/v1 rolebindings",
        {
            "roleRef": {"apiGroup": "rbac.authorization.k8s.io", "kind": "Role", "name": "r"},
            "subjects": [{"kind": "User", "name": "me"}],
        },
    ),
    "PodDisruptionBudget": ("policy/v1 poddisruptionbudgets", {"spec": {"minAvailable": 1, "selector": SELECTOR}}),
    "NetworkPolicy": (
        "networking.k8s.io/v1 networkpolicies",
        {"spec": {"podSelector": {}, "ingress": [{"ports": [{"port": 80}]}]}},
    ),
    "Ingress": (
        "networking.k8s.io/v1 ingresses",
        {"spec": {"defaultBackend": {"service": {"name": "web", "port": {"number": 80}}}}},
    ),
    "HorizontalPodAutoscaler": (
        "autoscaling/v2 horizontalpodautoscalers",
        {"spec": {"maxReplicas": 3, "scaleTargetRef": {"apiVersion": "apps/v1", "kind": "Deployment", "name": "none"}}},
    ),
    "PodTemplate": ("v1 podtemplates", {"template": TEMPLATE}),
    "ControllerRevision": ("apps/v1 controllerrevisions", {"revision": 1, "data": {"any": ["thing", 1]}}),
    "EndpointSlice": (
        "discovery.k8s.io/v1 endpointslices",
        {"addressType": "IPv4", "endpoints": [{"addresses": ["10.0.0.1"]}], "ports": [{"port": 80}]},
    ),
    "ReplicationController": (
        "v1 replicationcontrollers",
        {"spec": {"replicas": 0, "selector": {"app": "web"}, "template": TEMPLATE}},
    ),
    "Service without a cluster IP": (
        "v1 services",
        {"spec": {"clusterIP": "None", "selector": {"app": "web"}, "ports": [{"port": 80, "targetPort": "http"}]}},
    ),
    "ResourceQuota": ("v1 resourcequotas", {"spec": {"hard": {"pods": "10"}}}),
}


@pytest.mark.parametrize("kind", KINDS)
async def test_an_object_of_a_kind_gets_its_defaults(api: Api, kind: str) -> None:
    place, content = KINDS[kind]
    group_version, plural = place.split()
    path = api.core(plural) if group_version == "v1" else api.group(group_version, plural)
    # Controllers change the objects of a real cluster soon: the answer to the creation is what the server makes of it.
    body = json.loads(json.dumps({"metadata": {"name": "a"}, **content}).replace("{namespace}", api.namespace))
    await api.post(path, body, query={"dryRun": "All"})


def webhooks(**more: Any) -> Json:
    rule = {"apiGroups": [""], "apiVersions": ["v1"], "operations": ["CREATE"], "resources": ["nopes"]}
    versions = {"sideEffects": "None", "admissionReviewVersions": ["v1"]}
    service = {"name": "a.example.com", "clientConfig": {"service": {"name": "a", "namespace": "b"}}}
    address = {"name": "b.example.com", "clientConfig": {"url": "https://a.example.com"}}
    return {"webhooks": [{**one, "rules": [rule], **versions, **more} for one in (service, address)]}


OF_THE_CLUSTER: dict[str, Json] = {
    "/api/v1/nodes": {
        "spec": {"taints": [{"key": "a", "effect": "NoSchedule"}], "podCIDR": "10.0.0.0/24"},
        "status": {"capacity": {"cpu": "4"}},
    },
    "/api/v1/persistentvolumes": {
        "spec": {"capacity": {"storage": "1Gi"}, "accessModes": ["ReadWriteOnce"], "hostPath": {"path": "/a"}},
    },
    "/apis/admissionregistration.k8s.io/v1/validatingwebhookconfigurations": webhooks(),
    "/apis/admissionregistration.k8s.io/v1/mutatingwebhookconfigurations": webhooks(timeoutSeconds=3),
    "/apis/rbac.authorization.k8s.io/v1/clusterroles": {
        "rules": [{"nonResourceURLs": ["/a"], "verbs": ["get"]}],
        "aggregationRule": {"clusterRoleSelectors": [{"matchLabels": {"a": "b"}}]},
    },
    "/apis/resource.k8s.io/v1/deviceclasses": {"spec": {"selectors": [{"cel": {"expression": "true"}}]}},
}


@pytest.mark.parametrize("path", OF_THE_CLUSTER)
async def test_an_object_of_the_cluster_gets_its_defaults(api: Api, path: str) -> None:
    await api.post(path, {"metadata": {"name": "a"}, **OF_THE_CLUSTER[path]}, query={"dryRun": "All"})


async def test_an_api_service_gets_its_defaults(api: Api) -> None:
    service = {"service": {"name": "a", "namespace": "b"}, "groupPriorityMinimum": 1, "versionPriority": 1}
    spec = {"group": "a.example.com", "version": "v1", "insecureSkipTLSVerify": True, **service}
    body = {"metadata": {"name": "v1.a.example.com"}, "spec": spec}
    await api.post("/apis/apiregistration.k8s.io/v1/apiservices", body, query={"dryRun": "All"})


async def test_null_is_an_empty_object(api: Api) -> None:
    await api.post(api.core("configmaps"), b"null", 422)


CONTENT_TYPES: list[tuple[int, str]] = [
    (201, "APPLICATION/JSON"),
    (201, "application/json;"),
    (201, 'application/json ; charset="utf-16"; a=b'),
    (415, "application/json; ;"),
    (415, "application/json; charset"),
    (415, "application/json, application/yaml"),
    (415, "application/cbor"),
    (415, "garbage"),
]


async def test_content_types(api: Api) -> None:
    for status, content_type in CONTENT_TYPES:
        body = {"metadata": {"name": "a"}}
        query = {"dryRun": "All"}
        await api.post(api.core("configmaps"), body, status, content_type=content_type, query=query)


OWNER = {"apiVersion": "v1", "kind": "Pod", "name": "x", "uid": "u"}
METADATA: list[tuple[int, Json]] = [
    (422, {"ownerReferences": [{**OWNER, "controller": True}, {**OWNER, "name": "y", "controller": True}]}),
    (201, {"ownerReferences": [{**OWNER, "controller": True}, {**OWNER, "name": "y", "controller": False}]}),
    (422, {"ownerReferences": [{**OWNER, "apiVersion": "a/b/c"}]}),
    (422, {"ownerReferences": [{**OWNER, "apiVersion": "apps/"}]}),
    (201, {"ownerReferences": [{**OWNER, "apiVersion": "/v1"}]}),
    (422, {"ownerReferences": [{**OWNER, "kind": "Event"}]}),
    (201, {"ownerReferences": [{**OWNER, "apiVersion": "events.k8s.io/v1", "kind": "Event"}]}),
    (422, {"ownerReferences": [None]}),
    (422, {"finalizers": ["orphan", "foregroundDeletion"]}),
    (422, {"finalizers": [None]}),
    (422, {"finalizers": ["a b"]}),
    (422, {"name": "a", "generateName": "x" * 300}),
    (201, {"name": "a", "generateName": "x-"}),
    (422, {"name": "a", "generateName": "É"}),
    (422, {"generation": -1}),
    (400, {"generation": 1 << 63}),
    (400, {"generation": -(1 << 63) - 1}),
    (201, {"resourceVersion": "abc"}),
    (201, {"resourceVersion": "0"}),
    (201, {"resourceVersion": "5"}),
]


async def test_odd_metadata(api: Api) -> None:
    for status, metadata in METADATA:
        body = {"metadata": {"name": "a", **metadata}}
        await api.post(api.core("configmaps"), body, status, query={"dryRun": "All"})


BASE64: list[tuple[int, str]] = [
    (201, ""),
    (201, "YQ=="),
    (201, "YR=="),
    (201, "YW\nJj\r\n"),
    (201, "YQ\n=\n=\n"),
    *(
        (400, text)
        for text in ("!!", "a!", "YQ", "YQ=", "Y===", "YQ=a", "=", "YWJj=", "YQ==YQ==", "YWJjY", "ä", "YWJ\n")
    ),
    *((400, text) for text in ("YQ==\nYQ==", "Y\n", "YWJj\n!", "YWI=\nx", "-_==")),
]


async def test_bytes_are_base64(api: Api) -> None:
    query = {"dryRun": "All"}
    for status, text in BASE64:
        await api.post(api.core("secrets"), {"metadata": {"name": "a"}, "data": {"x": text}}, status, query=query)
    body = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "a"}, "binaryData": {"x": "!!"}}
    await api.post(api.core("configmaps"), body, 400, query=query)
    await api.apply(api.core("configmaps", "a"), body, 500, query=query, differs=["message"])


async def test_texts_of_bodies(api: Api) -> None:
    path, query = api.core("configmaps"), {"dryRun": "All"}
    for bad in (b"\xff", b"\xe2\x82", b"\xed\xa0\x80", b"\xf0\x9f\x98", b"\xc0\x80"):
        body = b'{"metadata": {"name": "a"}, "data": {"x": "' + bad + b'y"}}'
        await api.post(path, body, query=query)
    for whole in ('{"metadata": {"name": "a"}}'.encode(encoding) for encoding in ("utf-8-sig", "utf-16", "utf-32")):
        await api.post(path, whole, 400, query=query, differs=["message"])
    yaml = b"{apiVersion: v1, kind: ConfigMap, metadata: {name: a}, binaryData: {x: !!binary aGk=}}"
    await api.post(path, yaml, 400, query=query, content_type="application/yaml")
