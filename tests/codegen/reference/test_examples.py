"""Each method is shown as a Python program, a kubectl command, requests with curl, and a role."""

from __future__ import annotations

import shlex

import pytest
import yaml

from aiokube_codegen.reference.build import build_catalog
from aiokube_codegen.reference.catalog import Catalog, Kind, Method
from aiokube_codegen.reference.python_examples import program, program_of_call
from aiokube_codegen.reference.roles import role
from aiokube_codegen.reference.shell_examples import NO_COMMAND, NO_CURL, curl, kubectl, kubectl_of_call

from .document import document, kind_schema


def found(catalog: Catalog, kind: str, method: str) -> tuple[Kind, Method]:
    one = next(one for one in catalog.kinds() if one.name == kind)
    return one, next(each for each in one.methods if each.name == method)


def test_a_program_is_whole_and_imports_what_it_needs(mini: Catalog) -> None:
    assert program(*found(mini, "Pod", "get"), "aiokube") == (
        "import asyncio\n"
        "\n"
        "from aiokube import Client\n"
        "\n"
        "\n"
        "async def main() -> None:\n"
        "    async with Client() as kube:\n"
        '        pod = await kube.core_v1.pods.get("web-0")\n'
        "        print(pod.metadata.name)\n"
        "\n"
        "\n"
        "asyncio.run(main())\n"
    )
    text = program(*found(mini, "Pod", "create"), "aiokube")
    assert "from pathlib import Path\n" in text
    assert "from aiokube.models import core_v1\n" in text


def test_a_program_of_a_custom_resource_imports_the_generated_package(mini: Catalog) -> None:
    text = program(*found(mini, "Order", "edit"), "mycluster")
    assert "from mycluster import Client\nfrom mycluster.models import shop_example_com_v1\n" in text
    assert "def change_it(obj: shop_example_com_v1.Order) -> None:\n" in text
    waiting = program(*found(mini, "Order", "wait_for"), "mycluster")
    assert 'order = await kube.shop_example_com_v1.orders.wait_for("example", "Ready", timeout=60)' in waiting


@pytest.mark.slow
def test_every_program_compiles_and_no_name_in_it_hides_another(shipped: Catalog) -> None:
    for kind in shipped.kinds():
        for method in kind.methods:
            compile(program(kind, method, "aiokube"), method.call, "exec")
    for call in shipped.methods:
        compile(program_of_call(call, "aiokube"), call.call, "exec")


@pytest.mark.parametrize(
    ("kind", "method", "command"),
    [
        ("Pod", "get", "kubectl get pods web-0 -o yaml"),
        ("Pod", "get_status", "kubectl get pods web-0 -o yaml --subresource=status"),
        ("Pod", "log", "kubectl logs web-0 --tail=20"),
        ("Pod", "delete", "kubectl delete pods web-0"),
        ("Pod", "wait_for", "kubectl wait --for=condition=Ready pods/web-0 --timeout=60s"),
        ("Pod", "evict", "kubectl create --raw /api/v1/namespaces/default/pods/web-0/eviction -f body.yaml"),
        ("Pod", "wait_for_any", NO_COMMAND),
        ("Deployment", "restart", "kubectl rollout restart deployments/web"),
        ("Deployment", "scale", "kubectl scale deployments/web --replicas=3"),
        ("Order", "list", "kubectl get orders.shop.example.com"),
        ("Order", "refund", "kubectl create --raw /apis/shop.example.com/v1/namespaces/default/orders/example/refund"
         " -f body.yaml"),
    ],
)  # fmt: skip
def test_kubectl_has_a_command_for_most_methods(mini: Catalog, kind: str, method: str, command: str) -> None:
    assert kubectl(*found(mini, kind, method)) == command


@pytest.mark.parametrize(
    ("kind", "method", "requests"),
    [
        ("Pod", "get", [("GET", "/api/v1/namespaces/default/pods/web-0")]),
        ("Pod", "log", [("GET", "/api/v1/namespaces/default/pods/web-0/log?tailLines=20")]),
        ("Pod", "create", [("POST", "/api/v1/namespaces/default/pods")]),
        (
            "Pod",
            "watch",
            [
                ("GET", "/api/v1/namespaces/default/pods?limit=500"),
                ("GET", "/api/v1/namespaces/default/pods?watch=true&resourceVersion=1234"),
            ],
        ),
        ("Deployment", "scale", [("PATCH", "/apis/apps/v1/namespaces/default/deployments/web/scale")]),
        ("Deployment", "restart", [("PATCH", "/apis/apps/v1/namespaces/default/deployments/web")]),
    ],
)
def test_curl_sends_the_requests_of_a_method(
    mini: Catalog, kind: str, method: str, requests: list[tuple[str, str]]
) -> None:
    sent = []
    for command in curl(*found(mini, kind, method)).split("\n\n"):
        words = shlex.split(command.replace("\\\n", " "), comments=True)
        verb = words[words.index("-X") + 1] if "-X" in words else "GET"
        sent.append((verb, words[-1].removeprefix("$SERVER")))
        assert words[:2] == ["curl", "--cacert"]
        assert "Authorization: Bearer $TOKEN" in words
    assert sent == requests


def test_curl_says_what_it_cannot_do(mini: Catalog) -> None:
    assert curl(*found(mini, "Pod", "exec")) == f"{NO_CURL}\n# GET /api/v1/namespaces/default/pods/web-0/exec"


def test_a_role_allows_a_method_and_comments_on_what_is_needed_at_times(mini: Catalog) -> None:
    _, method = found(mini, "Pod", "apply")
    text = role(method, "Pods_apply!", namespaced=True)
    assert yaml.safe_load(text) == {
        "apiVersion": "rbac.authorization.k8s.io/v1",
        "kind": "Role",
        "metadata": {"name": "pods-apply", "namespace": "default"},
        "rules": [{"apiGroups": [""], "resources": ["pods"], "verbs": ["patch"]}],
    }
    assert '# if the object may not exist yet:\n# - apiGroups: [""]\n#   resources: [pods]\n#   verbs: [create]' in text


def test_a_method_outside_of_resources_has_a_cluster_role(mini: Catalog) -> None:
    method = next(one for one in mini.methods if one.name == "get_apps_api_group")
    loaded = yaml.safe_load(role(method, method.name, namespaced=False))
    assert loaded["kind"] == "ClusterRole"
    assert loaded["rules"] == [{"nonResourceURLs": ["/apis/apps/"], "verbs": ["get"]}]
    assert kubectl_of_call(method) == "kubectl get --raw /apis/apps/"


def words_of(command: str) -> list[str]:
    """The words of a command as a shell reads them, and what ends one for it."""
    lexer = shlex.shlex(command.replace("\\\n", " "), posix=True, punctuation_chars=True)
    lexer.whitespace_split = True
    return list(lexer)


def test_no_name_of_a_document_ends_a_word_of_a_command() -> None:
    plural = "x';id;`id`$(id)&y|z"
    order = kind_schema("Order", {"type": "object", "properties": {"a": {"type": "string"}}})
    catalog = build_catalog(document({"com.example.shop.v1.Order": order}, {"Order": plural}))
    (kind,) = catalog.kinds()
    assert kind.plural == plural
    for method in kind.methods:
        for command in (kubectl(kind, method), *curl(kind, method).split("\n\n")):
            words = words_of(command)
            assert any(plural in word for word in words) or "order.yaml" in words, words
            assert not [word for word in words if word in (";", "&", "|", "(", ")", "id")], words
        assert yaml.safe_load(role(method, method.name, namespaced=True))["rules"][0]["resources"] == [plural]
