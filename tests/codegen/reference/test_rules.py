"""The RBAC rules of methods: those of their requests, and of what they ask for besides."""

from __future__ import annotations

import pytest

from aiokube_codegen.reference.catalog import Catalog
from aiokube_codegen.reference.rules import rule_of_request


def rules(catalog: Catalog, kind: str, method: str) -> list[tuple[str, str, str]]:
    """Resources and verbs of the rules that are always needed, and when the others are."""
    (one,) = [one for found in catalog.kinds() if found.name == kind for one in found.methods if one.name == method]
    return [(rule.resources[0], " ".join(rule.verbs), rule.when) for rule in one.rules]


@pytest.mark.parametrize(
    ("request_", "resource", "verb"),
    [
        ("GET /api/v1/namespaces/{namespace}/pods", "pods", "list"),
        ("GET /api/v1/namespaces/{namespace}/pods/{name}", "pods", "get"),
        ("POST /api/v1/namespaces/{namespace}/pods/{name}/eviction", "pods/eviction", "create"),
        ("PUT /api/v1/namespaces/{name}/finalize", "namespaces/finalize", "update"),
        ("GET /api/v1/namespaces/{name}", "namespaces", "get"),
        ("GET /api/v1/namespaces", "namespaces", "list"),
        ("DELETE /api/v1/nodes", "nodes", "deletecollection"),
        ("DELETE /api/v1/nodes/{name}", "nodes", "delete"),
        ("PATCH /api/v1/nodes/{name}/proxy/{path}", "nodes/proxy", "patch"),
    ],
)
def test_a_request_needs_the_verb_of_request_info(request_: str, resource: str, verb: str) -> None:
    http_method, path = request_.split(" ")
    rule = rule_of_request(http_method, path)
    assert (rule.api_groups, rule.resources, rule.verbs) == (("",), (resource,), (verb,))


def test_a_request_outside_of_resources_needs_its_path() -> None:
    rule = rule_of_request("GET", "/logs/{path}")
    assert (rule.non_resource_urls, rule.verbs, rule.resources) == (("/logs/*",), ("get",), ())


@pytest.mark.parametrize(
    ("kind", "method", "expected"),
    [
        ("Pod", "get", [("pods", "get", "")]),
        ("Pod", "watch", [("pods", "list watch", "")]),
        ("Pod", "wait_for", [("pods", "list watch", "")]),
        ("Pod", "edit", [("pods", "get patch", "")]),
        ("Pod", "apply", [("pods", "patch", ""), ("pods", "create", "the object may not exist yet")]),
        ("Pod", "replace_status", [("pods/status", "update", "")]),
        ("Pod", "evict", [("pods/eviction", "create", "")]),
        ("Pod", "log", [("pods/log", "get", ""), ("pods", "get", "container is unset, and the pod has several")]),
        ("Pod", "all_log_lines", [("pods/log", "get", ""), ("pods", "get", "")]),
        ("Deployment", "restart", [("deployments", "get patch", "")]),
        (
            "Deployment",
            "scale",
            [("deployments/scale", "patch", ""), ("deployments/scale", "get", "current_replicas is set")],
        ),
        ("Order", "refund", [("orders/refund", "create", "")]),
    ],
)
def test_a_method_needs_the_rules_of_all_its_requests(
    mini: Catalog, kind: str, method: str, expected: list[tuple[str, str, str]]
) -> None:
    assert rules(mini, kind, method) == expected


def test_exec_needs_both_verbs_of_its_subresource(mini: Catalog) -> None:
    always = [rule for rule in rules(mini, "Pod", "exec") if not rule[2]]
    assert always == [("pods/exec", "create get", "")]


@pytest.mark.slow
def test_drain_needs_what_it_does_to_pods(shipped: Catalog) -> None:
    always = [rule[:2] for rule in rules(shipped, "Node", "drain") if not rule[2]]
    assert always == [("nodes", "get patch"), ("pods", "list")]
    by_choice = [rule[:2] for rule in rules(shipped, "Node", "drain") if "disable_eviction" in rule[2]]
    assert by_choice == [("pods/eviction", "create"), ("pods", "delete")]
