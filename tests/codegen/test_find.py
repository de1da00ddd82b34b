"""`aiokube find`: what a name of another client, of kubectl or of the API leads to."""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path
from subprocess import CompletedProcess

import pytest

from aiokube import Client
from aiokube.runtime.verbs.api.api import Api
from aiokube_codegen.document.load import load
from aiokube_codegen.document.shipped import shipped_source
from aiokube_codegen.document.source import Source, read_source
from aiokube_codegen.finding.answers import answer_of
from aiokube_codegen.finding.hits import Hits
from aiokube_codegen.finding.index import Index, likely_groups
from aiokube_codegen.finding.notes import NOTES, RELATED
from aiokube_codegen.finding.words import OTHERS
from aiokube_codegen.methods.counterparts import counterparts
from aiokube_codegen.methods.group_versions import build_group_versions
from aiokube_codegen.models.build import build_models
from aiokube_codegen.naming.kubectl_commands import KUBECTL, OF_ALL
from aiokube_codegen.reference.build import catalog_of
from aiokube_codegen.reference.resources import resources_of
from tests.codegen.command import AIOKUBE, MINI
from tests.codegen.test_peers import installed
from tests.support.children import run


def index_of(source: Source) -> Index:
    spec = load(source)
    models = build_models(spec)
    built = build_group_versions(spec, models)
    return Index(catalog_of(spec, models, built), counterparts(spec, built))


@cache
def mini() -> Index:
    return index_of(read_source(MINI))


@cache
def shipped() -> Index:
    return index_of(shipped_source())


def targets(hits: Hits) -> list[str]:
    return [hit.target for hit in hits.exact or hits.partial]


@pytest.mark.parametrize(
    ("query", "target"),
    [
        ("list_namespaced_pod", "kube.core_v1.pods.list"),
        ("CoreV1Api.list_namespaced_pod", "kube.core_v1.pods.list"),
        ("await api.list_namespaced_pod_with_http_info(namespace)", "kube.core_v1.pods.list"),
        ("listNamespacedPod", "kube.core_v1.pods.list"),
        ("read_namespaced_pod_log", "kube.core_v1.pods.log"),
        ("connect_get_namespaced_pod_exec", "kube.core_v1.pods.exec"),
        ("patch_namespaced_deployment_scale", "kube.apps_v1.deployments.patch_scale"),
        ("client.list(Pod)", "kube.core_v1.pods.list"),
        ("client.get(Pod.Status, name)", "kube.core_v1.pods.get_status"),
        ('kr8s.get("pods")', "kube.core_v1.pods.list"),
        ('kr8s.asyncio.get("pods", namespace=kr8s.ALL)', "kube.core_v1.pods.list"),
        ("pod.logs()", "kube.core_v1.pods.log"),
        ("rollout restart", "kube.apps_v1.deployments.restart"),
        ("kubectl rollout restart deploy/web", "kube.apps_v1.deployments.restart"),
        ("kubectl  logs", "kube.core_v1.pods.logs"),
        ("kubectl logs -f web-0 -c app", "kube.core_v1.pods.logs"),
        ("kubectl get pods", "kube.core_v1.pods.list"),
        ("kubectl get pods -A -o yaml", "kube.core_v1.pods.list"),
        ("kubectl -n shop get pods -l app=web", "kube.core_v1.pods.list"),
        ("kubectl get pod web-0 -o yaml", "kube.core_v1.pods.get"),
        ("kubectl get pod/web-0", "kube.core_v1.pods.get"),
        ("kubectl delete pods --all", "kube.core_v1.pods.delete_collection"),
        ("kubectl delete pod web-0", "kube.core_v1.pods.delete"),
        ("kubectl wait pods --for condition=Ready --all", "kube.core_v1.pods.wait_for_all"),
        ("kubectl wait pod/web-0 --for condition=Ready", "kube.core_v1.pods.wait_for"),
        ("kubectl get po --watch", "kube.core_v1.pods.watch"),
        ("kubectl apply -f deploy.yaml", 'await kube.apply(Path("deploy/"), field_manager="ci")'),
        ("kubectl apply", "kube.core_v1.pods.apply"),
        ("kubectl describe pod web-0", "await kube.core_v1.pods.get(name)"),
        ("load_kube_config", "Client(kubeconfig=path, context=name)"),
        ("list_namespaced_custom_object", 'await kube.api("crontabs.stable.example.com").list()'),
        ("VersionApi.get_code", "await kube.version()"),
        ("Pod", "core_v1.Pod"),
        ("deploy", "apps_v1.Deployment"),
        ("V1Pod", "core_v1.Pod"),
        ("V1ObjectMeta", "aiokube.models.meta_v1.ObjectMeta"),
        ("kube.core_v1.pods.list", "kube.core_v1.pods.list"),
        ("pods.log", "kube.core_v1.pods.log"),
        ("nodeName", "pods.spec.nodeName"),
        ("node_name", "pods.spec.nodeName"),
        ("spec.containers.image", "pods.spec.containers.image"),
        ("pod.spec.containers", "pods.spec.containers"),
    ],
)
def test_a_name_leads_to_what_replaces_it(query: str, target: str) -> None:
    hits = mini().find(query)
    assert hits.exact
    assert targets(hits)[0] == target


def test_words_of_a_name_lead_to_all_names_with_them() -> None:
    hits = mini().find("namespaced pod")
    assert not hits.exact
    assert {"kube.core_v1.pods.list", "kube.core_v1.pods.evict", "kube.core_v1.pods.proxy"} <= set(targets(hits))
    assert targets(mini().find("pod eviction")) == ["kube.core_v1.pods.evict"]


@pytest.mark.parametrize(
    ("query", "meant"),
    [
        ("lst_namespaced_pod", "CoreV1Api.list_namespaced_pod"),
        ("rollout restrat", "kubectl rollout restart"),
        ("deploymnet", "Deployment"),
        ("nodeNmae", "nodeName"),
    ],
)
def test_a_typing_mistake_gets_what_may_have_been_meant(query: str, meant: str) -> None:
    hits = mini().find(query)
    assert not hits.exact
    assert not hits.partial
    assert meant in [hit.name for hit in hits.similar]


def test_nothing_is_found_for_a_name_like_no_other() -> None:
    assert mini().find("qwertyuiop") == Hits()
    assert mini().find("") == Hits()


def test_every_method_for_all_objects_is_one_of_its_command() -> None:
    assert all(method in KUBECTL[command] for command, method in OF_ALL.items())


def test_an_operation_of_a_version_that_is_not_there_leads_to_the_one_that_is() -> None:
    (hit,) = mini().find("AppsV1beta2Api.read_namespaced_deployment").exact
    assert hit.target == "kube.apps_v1.deployments.get"
    assert ("note", "Of another version: this API has nothing for AppsV1beta2Api.") in answer_of(hit).facts


def test_an_answer_has_the_arguments_the_rule_and_what_is_different() -> None:
    answer = answer_of(mini().find("read_namespaced_pod_log").exact[0])
    assert answer.client == "kubernetes, kubernetes_asyncio"
    assert answer.target == "await kube.core_v1.pods.log"
    assert answer.example.startswith("print(await kube.core_v1.pods.log(")
    facts = dict(answer.facts)
    assert facts["takes"].startswith("(name: str, *, namespace: str | None = None")
    assert facts["returns"] == "str"
    assert facts["RBAC"] == "get pods/log"
    assert facts["note"] == NOTES["_log"]
    assert facts["or"] == "kube.core_v1.pods.log_lines, kube.core_v1.pods.logs"
    assert facts["more"] == "aiokube explain pods.log"


def test_a_kind_a_field_and_a_class_are_described_with_where_to_read_on() -> None:
    kind = answer_of(mini().find("po").exact[0])
    assert (kind.name, kind.target) == ("Pod", "core_v1.Pod")
    assert dict(kind.facts)["verbs"].startswith("kube.core_v1.pods: get, list, iterate, ")
    assert dict(kind.facts)["more"] == "aiokube explain pods"
    assert dict(answer_of(mini().find("deploy").exact[0]).facts)["more"] == "aiokube explain deployments.apps"
    field = answer_of(mini().find("pods.spec.nodeName").exact[0])
    assert (field.target, field.facts) == (
        "pods.spec.nodeName <string>",
        (("more", "aiokube explain pods.spec.nodeName"),),
    )
    cls = answer_of(mini().find("V1ObjectMeta").exact[0])
    assert (cls.target, cls.facts) == ("aiokube.models.meta_v1.ObjectMeta", ())
    across = answer_of(mini().find("list_namespaced_pod_for_all_namespaces").exact[0])
    assert ("note", "`all_namespaces=True` covers every namespace.") in across.facts


def test_a_name_that_has_a_resource_in_it_needs_the_groups_of_that_alone() -> None:
    resources = resources_of(shipped_source())
    assert likely_groups(resources, "CoreV1Api.read_namespaced_pod_log") == {"core"}
    assert likely_groups(resources, "rollout restart deploy/web") == {"apps"}
    assert likely_groups(resources, "restart") is None


@pytest.mark.slow
@pytest.mark.parametrize("package", ["kubernetes", "kubernetes_asyncio"])
def test_every_method_of_the_official_clients_is_found(package: str) -> None:
    known = {name.partition(".")[0] for name in shipped().names if name.partition(".")[0].endswith("api")}
    lost = []
    for name in installed(package):
        cls, _, method = name.partition(".")
        if method != "close" and (cls.lower() in known or cls == "CustomObjectsApi"):
            lost += [name] if not shipped().find(name).exact else []
    assert lost == []


@pytest.mark.slow
def test_whatever_is_said_to_be_written_instead_exists() -> None:
    texts = [text for entries in OTHERS.values() for _, text, _ in entries]
    assert len(texts) > 80
    for text in texts:
        if match := re.search(r"\bkube\.(\w+)\.(\w+)\.(\w+)\(", text):
            assert shipped().find(".".join(match.groups())).exact, text
        elif match := re.search(r"\bkube\.api\(.*?\)\.(\w+)\(", text):
            assert hasattr(Api, match[1]), text
        elif match := re.search(r"\bkube\.(\w+)\(", text):
            assert hasattr(Client, match[1]), text


@pytest.mark.slow
def test_notes_are_about_methods_that_exist() -> None:
    methods = [method for hits in shipped().names.values() for hit in hits for method in hit.methods]
    assert NOTES.keys() <= {method.runtime for method in methods}
    names = {method.name for method in methods}
    assert names >= {*RELATED, *(name for others in RELATED.values() for name in others)}


def find(*arguments: str | Path) -> CompletedProcess[str]:
    return run(*AIOKUBE, "find", *arguments)


@pytest.mark.slow
def test_the_shipped_api_is_searched_by_default() -> None:
    done = find("read_namespaced_pod_disruption_budget")
    assert (done.returncode, done.stderr) == (0, "")
    assert "await kube.policy_v1.pod_disruption_budgets.get" in done.stdout
    assert "RBAC    get poddisruptionbudgets.policy" in done.stdout


@pytest.mark.slow
def test_what_is_not_found_is_an_error_that_names_what_is_similar() -> None:
    done = find("--spec", MINI, "lst_namespaced_pod")
    assert (done.returncode, done.stdout) == (1, "")
    assert re.fullmatch(
        r"error: .*mini\.json .* has nothing that is called 'lst_namespaced_pod'; "
        r"similar: CoreV1Api\.list_namespaced_pod \(kube\.core_v1\.pods\.list\), .*\n",
        done.stderr,
    ), done.stderr
    done = find("--spec", MINI, "qwertyuiop")
    assert (done.returncode, done.stdout) == (1, "")
    assert re.fullmatch(r"error: .* 'qwertyuiop'; .*: --cluster, --spec PATH\n", done.stderr), done.stderr
