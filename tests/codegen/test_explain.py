"""`aiokube explain`: what is found by a path, and what is said of it."""

from __future__ import annotations

import json
import os
import re
import socket
from functools import cache
from pathlib import Path
from subprocess import CompletedProcess
from typing import Any

import pytest

from aiokube.runtime.errors import AiokubeError
from aiokube_codegen.document.load import load
from aiokube_codegen.document.source import Source, read_source
from aiokube_codegen.errors import CodegenError
from aiokube_codegen.explain.lookup import Found, find_below, find_resource, kind_of, parts_of
from aiokube_codegen.explain.page import Page, page_of
from aiokube_codegen.reference.build import build_catalog
from aiokube_codegen.reference.catalog import Catalog
from aiokube_codegen.reference.resources import resources_of
from tests.codegen.command import AIOKUBE, MINI
from tests.codegen.reference.document import document, kind_schema, ref
from tests.support.children import child, run
from tests.support.terminals import pseudo_terminal, without_cluster

ORIGIN = "mini.json"
TEXT = {"type": "string"}


@cache
def source() -> Source:
    return read_source(MINI)


@cache
def catalog() -> Catalog:
    return build_catalog(load(source()))


def found(path: str, api_version: str | None = None) -> Found:
    resource, rest = find_resource(resources_of(source()), parts_of(path), api_version=api_version, origin=ORIGIN)
    return find_below(catalog(), kind_of(catalog(), resource), rest)


def page(path: str, *, recursive: bool = False, python: bool = False) -> Page:
    return page_of(catalog(), found(path), origin=ORIGIN, recursive=recursive, python=python)


def way(path: str) -> str:
    one = found(path)
    return ".".join([one.kind.name, *(field.name for field in one.fields), *([one.method.name] if one.method else [])])


@pytest.mark.parametrize(
    ("path", "meant"),
    [
        ("pods", "Pod"),
        ("po", "Pod"),
        ("Pod", "Pod"),
        ("deploy", "Deployment"),
        ("deployments.apps", "Deployment"),
        ("deployments.v1.apps.spec", "Deployment.spec"),
        ("orders.shop.example.com.spec", "Order.spec"),
        ("order.spec", "Order.spec"),
        ("pods.spec.containers", "Pod.spec.containers"),
        ("pods/spec/containers", "Pod.spec.containers"),
        ("pods.spec.containers[0].image", "Pod.spec.containers.image"),
        ("pod.spec.node_name", "Pod.spec.nodeName"),
        ("pods.spec.nodename", "Pod.spec.nodeName"),
        ("kube.core_v1.pods.log", "Pod.log"),
        ("core_v1.pods.status.pod_ips", "Pod.status.podIPs"),
        ("kube.apps_v1.deployments.restart", "Deployment.restart"),
        ("pods.status", "Pod.status"),
        ("pods.", "Pod"),
        ("pods.spec.containers.[0].image", "Pod.spec.containers.image"),
    ],
)
def test_a_path_is_understood_as_people_write_it(path: str, meant: str) -> None:
    assert way(path) == meant


@pytest.mark.parametrize(
    ("path", "message"),
    [
        ("", "'' names nothing: begin with a resource, such as `pods` or `deployments.apps`"),
        ("kube.", "'kube.' names nothing: begin with a resource"),
        ("pods..spec", "'pods..spec' has an empty name before a dot or a slash; perhaps 'pods.spec' is meant"),
        (".pods/", "'.pods/' has an empty name before a dot or a slash; perhaps 'pods' is meant"),
        ("pdos", "mini.json has no resource 'pdos'; similar: pods, po"),
        ("qqqqqq", "mini.json has no resource 'qqqqqq'; `aiokube find qqqqqq` looks for it everywhere"),
        ("all", "mini.json has no resource 'all'; it is a category, of pods, deployments.apps"),
        ("pods.spec.contianers", "pods.spec has no field 'contianers'; similar: pods.spec.containers"),
        ("pods.spec.contianers.image", "similar: pods.spec.containers.image"),
        ("pods.containers", "pods has no field 'containers'; similar: pods.spec.containers"),
        ("deploy.rollout_restart", "'rollout_restart'; similar: deployments.restart, "),
        ("deploy.rolloutUndo", "'rolloutUndo'; similar: deployments.undo, "),
        ("pods.lgo", "pods has no field 'lgo'; similar: pods.log"),
        ("pods.spec.nodeName.x", "pods.spec.nodeName is string, which has no fields: there is no 'x'"),
        ("pods.spec.qqqqqq", "pods.spec has no field 'qqqqqq'; `aiokube explain pods.spec` lists its fields"),
    ],
)
def test_what_does_not_exist_is_named_with_what_may_be_meant(path: str, message: str) -> None:
    with pytest.raises((AiokubeError, CodegenError)) as error:
        found(path)
    assert message in str(error.value)


@pytest.mark.parametrize(
    ("path", "api_version", "message"),
    [
        ("pods", "v7", "mini.json has no version 'v7'; pods is in v1"),
        ("pods", "apps/v1", "mini.json has no resource 'pods' in apps/v1; pods is in v1"),
        ("pdos", "v1", "mini.json has no resource 'pdos' in v1; similar: pods"),
    ],
)
def test_a_version_that_does_not_exist_is_named_with_those_that_do(path: str, api_version: str, message: str) -> None:
    with pytest.raises(AiokubeError) as error:
        found(path, api_version)
    assert message in str(error.value)
    assert found("pods", "v1").kind.name == "Pod"


def test_a_field_is_described_with_its_names_type_and_limits() -> None:
    one = page("orders.spec")
    assert one.facts[:3] == (
        ("KIND", "Order (shop.example.com/v1), namespaced"),
        ("FIELD", "spec <OrderSpec>"),
        ("PYTHON", "order.spec: shop_example_com_v1.OrderSpec"),
    )
    assert one.fields


def test_the_fields_of_a_list_of_objects_are_listed_with_marks() -> None:
    entries = {entry.name: entry for entry in page("pods.spec.containers").fields}
    assert "required" in entries["name"].marks
    assert entries["name"].type == "  <string>"
    assert page("pods.spec.containers").facts[2] == ("PYTHON", "pod.spec.containers: list[core_v1.PodSpecContainer]")


def test_python_has_its_own_names_and_types() -> None:
    entries = {entry.name: entry for entry in page("pods.spec", python=True).fields}
    assert entries["node_name"].type == ": str"
    assert entries["node_name"].marks == ("nodeName",)
    assert "host_ipc" in entries
    (log,) = [one for one in page("pods", python=True).methods if one.name.startswith("await log(")]
    assert "tail_lines: int | None = None" in log.name


def test_all_fields_are_listed_once_below_another_and_without_descriptions() -> None:
    entries = page("pods", recursive=True).fields
    names = [("  " * entry.depth) + entry.name for entry in entries]
    assert names[names.index("spec") + 1].startswith("  ")
    assert not any(entry.text for entry in entries)
    assert page("pods", recursive=True).methods == ()


@pytest.mark.slow
def test_types_that_hold_each_other_come_to_an_end() -> None:
    names = [f"com.example.shop.v1.T{number}" for number in range(12)]
    each = {"type": "object", "properties": {name.rpartition(".")[2].lower(): ref(name) for name in names}}
    definitions = {"com.example.shop.v1.Order": kind_schema("Order", ref(names[0])), **dict.fromkeys(names, each)}
    made = build_catalog(document(definitions, {"Order": "orders"}))
    kind = next(made.kinds())
    fields = page_of(made, find_below(made, kind, ["spec"]), origin=ORIGIN, recursive=True, python=False).fields
    assert 20_000 <= len(fields) < 20_200
    assert "has fields that are not listed" in fields[-1].marks
    assert "has fields that are not listed" not in fields[0].marks


def test_the_methods_of_a_kind_say_what_they_need() -> None:
    methods = {one.name: one for one in page("pods").methods}
    assert methods["list"].marks == ("RBAC: list pods",)
    assert methods["log"].marks == ("RBAC: get pods/log",)
    assert methods["edit"].marks == ("RBAC: get, patch pods",)
    assert dict(page("pods").facts)["KIND"] == "Pod (v1), namespaced, short: po"


def test_a_method_is_shown_with_its_arguments_and_its_rule() -> None:
    one = page("pods.log")
    assert one.signature.startswith("await kube.core_v1.pods.log(\n    name: str,\n    *,\n")
    assert one.signature.endswith(") -> str")
    assert "GET /api/v1/namespaces/{namespace}/pods/{name}/log" in one.description.splitlines()
    assert one.rules.startswith('- apiGroups: [""]\n  resources: [pods/log]\n  verbs: [get]')
    assert one.example == 'print(await kube.core_v1.pods.log("web-0", tail_lines=20))'


def explain(*arguments: str | Path, **environment: str) -> CompletedProcess[str]:
    """Run the command where there is no kubeconfig."""
    return run(*AIOKUBE, "explain", *arguments, env=without_cluster(**environment))


@pytest.mark.slow
def test_parts_of_custom_resources_have_the_classes_of_a_package_of_the_whole_api(tmp_path: Path) -> None:
    document = json.loads(MINI.read_bytes())
    order = document["definitions"]["com.example.shop.v1.Order"]["properties"]["spec"]
    order["properties"]["pod"] = document["definitions"]["io.k8s.api.core.v1.PodSpec"]
    (tmp_path / "api.json").write_text(json.dumps(document))
    done = explain("orders.spec.pod", "--spec", tmp_path / "api.json")
    assert (done.returncode, done.stderr) == (0, "")
    assert "PYTHON  order.spec.pod: core_v1.PodSpec\n" in done.stdout


@pytest.mark.slow
def test_without_a_kubeconfig_the_shipped_api_is_explained() -> None:
    done = explain("pods.spec.terminationGracePeriodSeconds")
    assert (done.returncode, done.stderr) == (0, "")
    assert "FROM    the shipped API (Kubernetes v1.37." in done.stdout
    assert "PYTHON  pod.spec.termination_grace_period_seconds: int" in done.stdout
    assert "Defaults to 30 seconds." in " ".join(done.stdout.split())


@pytest.mark.slow
def test_a_kubeconfig_that_is_told_and_missing_is_an_error_with_a_way_out(tmp_path: Path) -> None:
    done = explain("pods", KUBECONFIG=str(tmp_path / "none"))
    assert done.returncode == 1
    assert re.fullmatch(r"error: no (kubeconfig|configuration) found: .*; .*--shipped.*\n", done.stderr), done.stderr
    assert explain("pods", "--shipped", KUBECONFIG=str(tmp_path / "none")).returncode == 0


def test_limits_and_rules_of_a_field_are_told() -> None:
    replicas = {
        "type": "integer",
        "minimum": 1,
        "default": 3,
        "description": "Deprecated: use size instead.",
        "x-kubernetes-validations": [{"rule": "self == oldSelf", "message": "it never changes"}],
    }
    ports = {
        "type": "array",
        "items": {"type": "object", "properties": {"name": {"type": "string"}}, "required": ["name"]},
        "x-kubernetes-list-type": "map",
        "x-kubernetes-list-map-keys": ["name"],
        "x-kubernetes-patch-strategy": "merge",
        "x-kubernetes-patch-merge-key": "name",
    }
    mode = {"type": "string", "enum": ["Fast", "Slow"], "nullable": True}
    spec = {
        "type": "object",
        "properties": {"replicas": replicas, "ports": ports, "mode": mode},
        "required": ["ports"],
        "x-kubernetes-validations": [{"rule": "self.replicas > size(self.ports)"}],
    }
    made = build_catalog(document({"com.example.shop.v1.Order": kind_schema("Order", spec)}, {"Order": "orders"}))
    (kind,) = made.kinds()

    def limits(*path: str) -> dict[str, str]:
        found = find_below(made, kind, path)
        return dict(page_of(made, found, origin=ORIGIN, recursive=False, python=False).limits)

    assert limits("spec") == {"rule": "self.replicas > size(self.ports)"}
    assert limits("spec", "replicas") == {
        "default": "3",
        "immutable": "it never changes",
        "minimum": "1",
        "rule": "self == oldSelf  # it never changes",
    }
    assert limits("spec", "ports") == {
        "required": "yes",
        "server-side apply": "map, by name",
        "strategic merge": "merge, by name",
    }
    assert limits("spec", "mode") == {"one of": '"Fast", "Slow"', "null": "is a value of its own"}
    one = page_of(made, find_below(made, kind, ["spec"]), origin=ORIGIN, recursive=False, python=False)
    marks = {entry.name: entry.marks for entry in one.fields}
    assert marks == {
        "mode": ('enum: "Fast", "Slow"',),
        "ports": ("required",),
        "replicas": ("default: 3", "immutable", "deprecated"),
    }
    replica = page_of(made, find_below(made, kind, ["spec", "replicas"]), origin=ORIGIN, recursive=False, python=False)
    assert replica.deprecated == "Deprecated: use size instead."


def test_types_are_those_that_code_reads() -> None:
    properties: dict[str, Any] = {
        "at": {"type": "string", "format": "date-time"},
        "key": {"type": "string", "format": "byte"},
        "open": {"type": "object", "properties": {"a": TEXT}, "x-kubernetes-preserve-unknown-fields": True},
        "opens": {"type": "array", "items": {"$ref": "#/definitions/com.example.shop.v1.Crate"}},
    }
    definitions = {
        "com.example.shop.v1.Order": kind_schema("Order", {"type": "object", "properties": properties}),
        "com.example.shop.v1.Crate": {**properties["open"], "properties": {"b": TEXT}},
    }
    made = build_catalog(document(definitions, {"Order": "orders"}))
    (kind,) = made.kinds()
    spec = made.types[kind.type].by_name["spec"].type.target
    assert {field.name: field.type.python for field in made.types[spec].fields} == {
        "at": "datetime",
        "key": "bytes",
        "open": "shop_example_com_v1.OrderSpecOpen",
        "opens": "list[shop_example_com_v1.Crate]",
    }


def test_a_kind_without_properties_has_the_metadata_of_a_dynamic_object() -> None:
    wild: dict[str, Any] = kind_schema("Wild", {}) | {"x-kubernetes-preserve-unknown-fields": True}
    wild["properties"] = {name: wild["properties"][name] for name in ("apiVersion", "kind", "metadata")}
    made = build_catalog(document({"com.example.shop.v1.Wild": wild}, {"Wild": "wilds"}))
    (kind,) = made.kinds()
    told = page_of(made, find_below(made, kind, ["metadata"]), origin=ORIGIN, recursive=False, python=True)
    assert dict(told.facts)["PYTHON"] == "wild.metadata: DynamicMetadata"


def test_a_document_that_cannot_be_read_says_so_and_not_that_it_has_no_resource(tmp_path: Path) -> None:
    (tmp_path / "cut.json").write_bytes(MINI.read_bytes()[:1000])
    with pytest.raises(CodegenError, match=r"cut\.json: the document is cut off after 1000 bytes"):
        resources_of(read_source(tmp_path / "cut.json"))


@pytest.mark.slow
def test_a_cluster_that_does_not_answer_is_an_error_with_a_way_out(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as closed:
        port = closed.getsockname()[1]
    config = {
        "current-context": "it",
        "clusters": [{"name": "it", "cluster": {"server": f"http://127.0.0.1:{port}"}}],
        "contexts": [{"name": "it", "context": {"cluster": "it", "user": "me"}}],
        "users": [{"name": "me", "user": {}}],
    }
    (tmp_path / "config").write_text(json.dumps(config))
    done = explain("pods", "--kubeconfig", tmp_path / "config")
    assert done.returncode == 1
    assert done.stderr.startswith(f"error: GET http://127.0.0.1:{port}/api: no response: ")
    assert done.stderr.endswith("; the shipped API needs no cluster: --shipped\n")


@pytest.mark.slow
def test_sources_that_contradict_each_other_are_refused() -> None:
    done = explain("pods", "--shipped", "--spec", MINI)
    assert done.returncode == 1
    assert done.stderr.startswith("error: --shipped, --spec and the options of a cluster (--kubeconfig, ")


@pytest.mark.slow
@pytest.mark.parametrize("columns", [60, 100])
def test_lines_are_as_wide_as_the_terminal(columns: int) -> None:
    done = explain("pods", "--spec", MINI, COLUMNS=str(columns))
    assert done.returncode == 0, done.stderr
    longest = max(len(line) for line in done.stdout.splitlines() if "http" not in line)
    assert columns - 20 < longest <= columns


def explain_in_terminal(**environment: str) -> str:
    """The output of the command in a terminal."""
    environment = {**os.environ, "TERM": "xterm-256color", **environment}
    with pseudo_terminal() as terminal:
        command = (*AIOKUBE, "explain", "pods.spec", "--spec", MINI)
        with child(*command, stdout=terminal.fd, env=environment) as process:
            output = terminal.read()
            assert process.wait(timeout=30) == 0
    return output


@pytest.mark.slow
def test_colors_are_for_terminals_that_want_them() -> None:
    shown = {name: explain_in_terminal(**{name: "1"}) for name in ("COLORS", "NO_COLOR")}
    assert "\x1b[36m" in shown["COLORS"]
    assert re.search(r"\x1b\[[0-9;]*3[0-9]m", shown["NO_COLOR"]) is None
    assert "nodeName" in shown["NO_COLOR"]
    assert "\x1b" not in explain("pods.spec", "--spec", MINI).stdout


@pytest.mark.slow
def test_text_of_a_document_controls_no_terminal(tmp_path: Path) -> None:
    changed = json.loads(MINI.read_bytes())
    spec = changed["definitions"]["io.k8s.api.core.v1.PodSpec"]["properties"]
    spec["nodeName"]["description"] = "[bold]x[/bold] \x1b]0;owned\x07 \x9b2J"
    (tmp_path / "spec.json").write_text(json.dumps(changed))
    done = explain("pods.spec", "--spec", tmp_path / "spec.json")
    assert done.returncode == 0, done.stderr
    assert all(line.isprintable() for line in done.stdout.splitlines())
    assert "[bold]x[/bold]" in done.stdout
