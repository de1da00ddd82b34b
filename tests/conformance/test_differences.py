"""Known differences: each of these checks shows what the real server has, and what the fake does instead."""

from __future__ import annotations

import asyncio
import json
from typing import Any

import pytest

from .api import JSON, Api, Endpoint
from .test_custom import DEFINITIONS, Kind, definition

Json = dict[str, Any]

REFUSED = "refused with 501"


def ruled(api: Api, rule: str) -> Json:
    """Return a definition with a rule, and without limits of what it counts."""
    items = {"type": "array", "items": {"type": "string"}}
    properties = {"version": {"type": "string", "maxLength": 20}, "all": items}
    spec = {"type": "object", "properties": properties, "x-kubernetes-validations": [{"rule": rule}]}
    schema = {"openAPIV3Schema": {"type": "object", "properties": {"spec": spec}}}
    return definition(f"Cel{api.namespace.removeprefix('check-')}", schema=schema)


@pytest.mark.difference(
    "Rarer parts of CEL in rules of custom resources, such as semantic versions, `cel.bind` and `format` of text",
    REFUSED,
)
async def test_rules_in_cel(api: Api) -> None:
    body = ruled(api, "!has(self.version) || semver(self.version).major() > 1")
    assert "semver() in CEL" in await api.refused("POST", DEFINITIONS, 201, body=body, query={"dryRun": "All"})


@pytest.mark.difference(
    "Regular expressions of custom resources that name scripts, such as `\\p{Greek}`, or have over 10,000 instructions",
    REFUSED,
)
@pytest.mark.parametrize(
    ("pattern", "name"),
    [(r"^\p{Greek}+$", r"\p{Greek}"), ("(a{9}b{99}){9}" * 20, "10000 instructions")],
    ids=["script", "large"],
)
async def test_regular_expressions(api: Api, pattern: str, name: str) -> None:
    body = ruled(api, "true")
    spec = body["spec"]["versions"][0]["schema"]["openAPIV3Schema"]["properties"]["spec"]
    spec["properties"]["version"]["pattern"] = pattern
    assert name in await api.refused("POST", DEFINITIONS, 201, body=body, query={"dryRun": "All"})


@pytest.mark.difference("Limits of what rules in CEL may cost", "none: a rule of any cost is accepted")
async def test_costs_of_rules_in_cel(api: Api) -> None:
    body = ruled(api, "!has(self.all) || self.all.all(one, self.all.exists(other, one != other))")
    for server, endpoint in api.each:
        found = await status_of(endpoint, "POST", f"{DEFINITIONS}?dryRun=All", body)
        assert found == (201 if server == "fake" else 422)


@pytest.mark.difference("The authorizer of nodes", REFUSED)
async def test_a_node(api: Api) -> None:
    node: Json = {"Impersonate-User": "system:node:a", "Impersonate-Group": "system:nodes"}
    assert "authorizer of nodes" in await api.refused("GET", "/api/v1/secrets", 403, **node)


@pytest.mark.difference("Conversion of custom resources by a webhook", REFUSED)
async def test_conversion_by_a_webhook(api: Api) -> None:
    body = definition(f"Hook{api.namespace.removeprefix('check-')}")
    webhook = {"clientConfig": {"url": "https://127.0.0.1:1/convert"}, "conversionReviewVersions": ["v1"]}
    body["spec"]["conversion"] = {"strategy": "Webhook", "webhook": webhook}
    assert "webhook" in await api.refused("POST", DEFINITIONS, 201, body=body, query={"dryRun": "All"})


@pytest.mark.difference(
    "Defaults of custom resources that are stored without them", "set when an object is written, not when it is read"
)
async def test_defaults_of_what_is_stored_in_another_version(api: Api) -> None:
    text: Json = {"type": "string"}

    def version(number: int, **properties: Json) -> Json:
        schema = {"type": "object", "properties": {"spec": {"type": "object", "properties": properties}}}
        one = {"name": f"v{number}", "served": True, "storage": number == 2}
        return {**one, "schema": {"openAPIV3Schema": schema}}

    body = definition(name := f"Stored{api.namespace.removeprefix('check-')}")
    body["spec"]["versions"] = [version(1, a=text, b=text), version(2, b=text, c={**text, "default": "new"})]
    await api.post(DEFINITIONS, body)
    kind = Kind(api, name, True)
    await api.until(kind.path, 200, differs=["metadata"])
    # The storage version says what is kept.
    made = await api.post(kind.path, kind.body({"a": "x", "b": "y"}))
    assert made.body["spec"] == {"b": "y"}
    for server, endpoint in api.each:
        found = await endpoint.request("GET", f"{kind.path}/a".replace("/v1/", "/v2/"), {}, None, {})
        assert found.status == 200, found
        assert found.body["spec"] == {"b": "y", **({"c": "new"} if server == "real" else {})}


@pytest.mark.difference("Paths such as `/metrics`, `/logs` and `/.well-known/openid-configuration`", REFUSED)
@pytest.mark.parametrize("path", ["/metrics", "/.well-known/openid-configuration", "/openid/v1/jwks"])
async def test_paths_of_the_server_itself(api: Api, path: str) -> None:
    assert path in await api.refused("GET", path, 200)


@pytest.mark.difference(
    "Validation of all kinds",
    "of pods, workloads, services, claims, jobs, leases, ingresses, policies, autoscalers, data and RBAC; else by the "
    "OpenAPI document",
)
async def test_an_invalid_quota(api: Api) -> None:
    for server, endpoint in api.each:
        quota = {"metadata": {"name": "a"}, "spec": {"hard": {"cpu": "-1"}}}
        status = await status_of(endpoint, "POST", api.core("resourcequotas"), quota)
        assert status == {"real": 422, "fake": 201}[server]


@pytest.mark.difference("OpenAPI documents of version 3 as protobuf", REFUSED)
async def test_openapi_as_protobuf(api: Api) -> None:
    accept = "application/com.github.proto-openapi.spec.v3.v1.0+protobuf"
    assert "protobuf" in await api.refused("GET", "/openapi/v3/apis/batch/v1", 200, Accept=accept)


@pytest.mark.difference("Answers as YAML", REFUSED)
async def test_answers_as_yaml(api: Api) -> None:
    for path in ("/api/v1", "/api/v1/namespaces/default"):
        assert "application/yaml" in await api.refused("GET", path, 200, Accept="application/yaml")


@pytest.mark.difference("Objects in YAML that have tags, or keys that are repeated", REFUSED)
async def test_odd_yaml(api: Api) -> None:
    path = api.core("configmaps")
    for metadata in (b"{name: a, name: b}", b"{name: !x a}"):
        body, query = b"{apiVersion: v1, kind: ConfigMap, metadata: " + metadata + b"}", {"dryRun": "All"}
        headers = {"Content-Type": "application/yaml"}
        assert "YAML" in await api.refused("POST", path, 201, body=body, query=query, **headers)


@pytest.mark.difference("Methods that HTTP does not have, which kube-apiserver answers as others", "the status 400")
async def test_an_unknown_method(api: Api) -> None:
    for server, endpoint in api.each:
        answer = await endpoint.request("NONSENSE", "/apis", {}, None, {})
        assert answer.status == {"real": 200, "fake": 400}[server]


@pytest.mark.difference("CONNECT, which kube-apiserver answers as any other method", REFUSED)
async def test_connect(api: Api) -> None:
    # The client sends the host instead of the path.
    assert "CONNECT" in await api.refused("CONNECT", api.core("configmaps", "a"), 404)


@pytest.mark.difference(
    "Values that are nested in more than 200 levels, and rules in CEL in more than about 80", REFUSED
)
async def test_deep_values(api: Api) -> None:
    body = b'{"a":' * 5000 + b"1" + b"}" * 5000
    assert "nested" in await api.refused(
        "POST", api.core("configmaps"), 201, body=b'{"metadata":{"name":"a"},' + body[1:]
    )
    for rule, status in (
        ("!" * 5000 + "true", 201),
        (" && ".join(["true"] * 3000), 201),
        ("(" * 300 + "true" + ")" * 300, 422),
    ):
        sent = ruled(api, rule)
        assert "nested" in await api.refused("POST", DEFINITIONS, status, body=sent, query={"dryRun": "All"})


async def status_of(endpoint: Endpoint, method: str, path: str, body: Json) -> int:
    """Return the status of a request to one server."""
    answer = await endpoint.request(method, path, {}, json.dumps(body).encode(), {"Content-Type": JSON})
    return answer.status


@pytest.mark.difference("Admission by webhooks, and by policies in CEL", f"what they match is {REFUSED}")
async def test_a_policy(api: Api) -> None:
    """A policy that refuses every ConfigMap of the namespace."""
    name = api.namespace
    rules = [{"apiGroups": [""], "apiVersions": ["v1"], "operations": ["CREATE"], "resources": ["configmaps"]}]
    selector = {"matchLabels": {"kubernetes.io/metadata.name": name}}
    policy = {
        "metadata": {"name": name},
        "spec": {
            "matchConstraints": {"resourceRules": rules, "namespaceSelector": selector},
            "validations": [{"expression": "false"}],
        },
    }
    binding = {"metadata": {"name": name}, "spec": {"policyName": name, "validationActions": ["Deny"]}}
    for plural, body in (("validatingadmissionpolicies", policy), ("validatingadmissionpolicybindings", binding)):
        await api.post(f"/apis/admissionregistration.k8s.io/v1/{plural}", body, differs=["*"])
    body = {"metadata": {"generateName": "a-"}}
    for server, endpoint in api.each:
        if server == "fake":
            assert await status_of(endpoint, "POST", api.core("configmaps"), body) == 501
            continue
        async with asyncio.timeout(30):
            while await status_of(endpoint, "POST", api.core("configmaps"), body) != 422:
                await asyncio.sleep(0.2)
    for plural in ("validatingadmissionpolicybindings", "validatingadmissionpolicies"):
        await api.delete(f"/apis/admissionregistration.k8s.io/v1/{plural}/{name}", differs=["*"])


@pytest.mark.difference("Limits, quotas, pod security and the other admission plugins", "not enforced")
async def test_a_limit(api: Api) -> None:
    limit = {"type": "Container", "max": {"cpu": "1"}}
    await api.post(api.core("limitranges"), {"metadata": {"name": "a"}, "spec": {"limits": [limit]}}, differs=["*"])
    resources = {"requests": {"cpu": "2"}, "limits": {"cpu": "2"}}
    pod = {"metadata": {"name": "a"}, "spec": {"containers": [{"name": "a", "image": "a", "resources": resources}]}}
    for server, endpoint in api.each:
        assert await status_of(endpoint, "POST", api.core("pods"), pod) == {"real": 403, "fake": 201}[server]


@pytest.mark.difference("Controllers, such as those of Deployments and Jobs", "none but those that clean up")
async def test_a_deployment(api: Api) -> None:
    labels = {"app": "web"}
    template = {"metadata": {"labels": labels}, "spec": {"containers": [{"name": "web", "image": "nginx"}]}}
    spec = {"replicas": 1, "selector": {"matchLabels": labels}, "template": template}
    await api.post(api.group("apps/v1", "deployments"), {"metadata": {"name": "web"}, "spec": spec})

    async def replica_sets(endpoint: Endpoint) -> int:
        answer = await endpoint.request("GET", api.group("apps/v1", "replicasets"), {}, None, {})
        return len(answer.body["items"])

    for server, endpoint in api.each:
        if server == "fake":
            assert await replica_sets(endpoint) == 0
            continue
        async with asyncio.timeout(30):
            while await replica_sets(endpoint) != 1:
                await asyncio.sleep(0.1)


@pytest.mark.difference("Hashes of the storage version, in discovery", "absent")
async def test_hashes_of_storage_versions(api: Api) -> None:
    for server, endpoint in api.each:
        answer = await endpoint.request("GET", "/api/v1", {}, None, {})
        found = [one["name"] for one in answer.body["resources"] if "storageVersionHash" in one]
        assert bool(found) == (server == "real")


@pytest.mark.difference("Kinds of `DeleteOptions` in OpenAPI documents", "of the groups that are served, not of all")
async def test_kinds_of_delete_options(api: Api) -> None:
    for server, endpoint in api.each:
        answer = await endpoint.request("GET", "/openapi/v2", {}, None, {})
        definition = answer.body["definitions"]["io.k8s.apimachinery.pkg.apis.meta.v1.DeleteOptions"]
        groups = {kind["group"] for kind in definition["x-kubernetes-group-version-kind"]}
        assert "apps" in groups and ("extensions" in groups) == (server == "real")


@pytest.mark.difference("Approval of certificates, and the states of components", REFUSED)
async def test_approval_of_certificates_and_states_of_components(api: Api) -> None:
    path = "/apis/certificates.k8s.io/v1/certificatesigningrequests/absent/approval"
    assert "certificatesigningrequests/approval" in await api.refused("GET", path, 404)
    assert "componentstatuses" in await api.refused("GET", "/api/v1/componentstatuses/absent", 404)
