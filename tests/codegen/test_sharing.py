"""One structure is one class: of inline objects, of built-in definitions, and of the shipped package."""

from __future__ import annotations

import copy
import json
from pathlib import Path
from typing import Any

import pytest

from aiokube_codegen.document.load import load_spec
from aiokube_codegen.models.build import ModelSet, build_models
from aiokube_codegen.naming.plurals import singular

from .packages import class_annotations, class_docstring

SHIPPED = Path(__file__).parents[2] / "spec" / "openapi.json"
MODULE = "shop_example_com_v1"
TEXT = {"type": "string"}


def obj(description: str = "", /, **properties: Any) -> dict[str, Any]:
    return {"type": "object", "properties": properties, **({"description": description} if description else {})}


def items(schema: dict[str, Any]) -> dict[str, Any]:
    return {"type": "array", "items": schema}


def kind(name: str, **properties: Any) -> dict[str, Any]:
    gvk = {"group": "shop.example.com", "version": "v1", "kind": name}
    return {
        **obj(apiVersion=TEXT, kind=TEXT, **properties),
        "x-kubernetes-group-version-kind": [gvk],
    }


def models_of(*kinds: dict[str, Any], built_in: dict[str, Any] | None = None) -> ModelSet:
    definitions = {
        f"com.example.shop.v1.{one['x-kubernetes-group-version-kind'][0]['kind']}": one for one in copy.deepcopy(kinds)
    }
    document = {"swagger": "2.0", "definitions": {**definitions, **(built_in or {})}}
    return build_models(load_spec(json.dumps(document).encode(), origin="test"), standalone=True)


def classes_of(*kinds: dict[str, Any], built_in: dict[str, Any] | None = None) -> dict[str, dict[str, str]]:
    return class_annotations(models_of(*kinds, built_in=built_in).modules[MODULE])


HELM = obj(values=TEXT, parameters=items(obj(name=TEXT, value=TEXT)))
APPLICATION = kind("Application", spec=obj(source=obj(helm=HELM), sources=items(obj(helm=HELM))))
SET = kind(
    "ApplicationSet",
    spec=obj(generators=items(obj(template=obj(source=obj(helm=HELM)))), template=obj(source=obj(helm=HELM))),
)


def test_equal_objects_are_one_class_after_the_shortest_of_their_places() -> None:
    assert classes_of(APPLICATION, SET) == {
        "Application": {"api_version": "str", "kind": "str", "spec": "ApplicationSpec"},
        "ApplicationSet": {"api_version": "str", "kind": "str", "spec": "ApplicationSetSpec"},
        "ApplicationSpec": {"source": "ApplicationSpecSource | None", "sources": "list[ApplicationSpecSource]"},
        "ApplicationSpecSource": {"helm": "SourceHelm | None"},
        "SourceHelm": {"parameters": "list[HelmParameter]", "values": "str | None"},
        "HelmParameter": {"name": "str | None", "value": "str | None"},
        "ApplicationSetSpec": {
            "generators": "list[ApplicationSetSpecGenerator]",
            "template": "ApplicationSetSpecTemplate | None",
        },
        "ApplicationSetSpecGenerator": {"template": "ApplicationSetSpecTemplate | None"},
        "ApplicationSetSpecTemplate": {"source": "ApplicationSpecSource | None"},
    }


@pytest.mark.parametrize(
    "other",
    [
        obj(name=TEXT),
        obj(name=TEXT, value={"type": "integer"}),
        {**obj(name=TEXT, value=TEXT), "required": ["name"]},
        obj(name=TEXT, value={**TEXT, "nullable": True}),
        obj(name=TEXT, value={**TEXT, "enum": ["a"]}),
        obj(name=TEXT, value={**TEXT, "default": "a"}),
        {**obj(name=TEXT, value=TEXT), "x-kubernetes-preserve-unknown-fields": True},
    ],
    ids=["fields", "type", "required", "nullable", "enum", "default", "open"],
)
def test_objects_that_differ_are_two_classes(other: dict[str, Any]) -> None:
    found = classes_of(kind("Thing", spec=obj(one=obj(name=TEXT, value=TEXT), other=other)))
    assert {"ThingSpecOne", "ThingSpecOther"} <= found.keys()


@pytest.mark.parametrize("first", [True, False], ids=["the shorter place", "the longer place"])
def test_an_object_that_may_be_null_is_of_the_class_of_equal_ones_that_may_not(first: bool) -> None:
    pair = obj(name=TEXT, value=TEXT)
    null = {**pair, "nullable": True}
    spec = obj(a=null if first else pair, bb=pair if first else null, ccc=items(null))
    models = models_of(kind("Thing", spec=spec))
    optional = ("ThingSpecA | UnsetType | None", "ThingSpecA | None")
    assert class_annotations(models.modules[MODULE])["ThingSpec"] == {
        "a": optional[0 if first else 1],
        "bb": optional[1 if first else 0],
        "ccc": "list[ThingSpecA | None]",
    }


def test_descriptions_make_no_difference_and_are_those_of_the_shortest_place() -> None:
    here, there = obj("Of the first.", name={**TEXT, "description": "One."}), obj("Of another.", name=TEXT)
    models = models_of(kind("Thing", spec=obj(a=here, bb=there)))
    assert class_annotations(models.modules[MODULE])["ThingSpec"] == {
        "a": "ThingSpecA | None",
        "bb": "ThingSpecA | None",
    }
    assert class_docstring(models.modules[MODULE], "ThingSpecA") == "Of the first."


def test_an_object_without_a_description_tells_its_place() -> None:
    models = models_of(kind("Thing", spec=obj(a=items(obj(name=TEXT)))))
    assert class_docstring(models.modules[MODULE], "ThingSpecA") == "`spec.a` of Thing."


@pytest.mark.parametrize(
    ("added", "to"),
    [
        ({"aaa": obj(x=TEXT)}, "spec"),
        ({"zzz": obj(aaa=obj(source=obj(helm=HELM)))}, "spec"),
        ({"zzz": obj(source=obj(helm=obj(other=obj(parameters=items(obj(y=TEXT))))))}, "spec"),
        ({"zzz": items(HELM)}, "source"),
        ({"aaa": obj(x=TEXT), "zzz": obj(parameters=items(obj(z=TEXT)))}, "helm"),
    ],
    ids=["a new object", "an object that is there", "the same words", "a longer place", "inside"],
)
def test_a_new_field_renames_no_class(added: dict[str, Any], to: str) -> None:
    before = classes_of(APPLICATION, SET)
    application, application_set = copy.deepcopy((APPLICATION, SET))
    owners = [application["properties"]["spec"]]
    if to == "source":
        owners = [owners[0]["properties"]["source"], owners[0]["properties"]["sources"]["items"]]
        owners += [application_set["properties"]["spec"]["properties"]["template"]["properties"]["source"]]
        generators = application_set["properties"]["spec"]["properties"]["generators"]["items"]
        owners += [generators["properties"]["template"]["properties"]["source"]]
    if to == "helm":
        owners = helms(application) + helms(application_set)
    for owner in owners:
        owner["properties"].update(copy.deepcopy(added))
    after = classes_of(application, application_set)
    assert before.keys() <= after.keys()
    for name, fields in before.items():
        assert fields.items() <= after[name].items(), name


def helms(node: Any) -> list[dict[str, Any]]:
    if isinstance(node, list):
        return [found for one in node for found in helms(one)]
    if not isinstance(node, dict):
        return []
    own = [node["helm"]] if isinstance(node.get("helm"), dict) else []
    return own + [found for one in node.values() for found in helms(one)]


def test_a_short_name_never_is_that_of_a_kind_or_of_a_field_of_one() -> None:
    deep = obj(a=obj(task=obj(spec=obj(x=TEXT), a=obj(y=TEXT))))
    found = classes_of(kind("Task", spec=obj(z=TEXT)), kind("Thing", spec=deep))
    assert found["TaskSpec"] == {"z": "str | None"}
    assert found["ATaskSpec"] == {"x": "str | None"}


# Built-in definitions

CONTAINER = "io.k8s.api.core.v1.Container"
BUILT_IN = {
    CONTAINER: obj(
        "A container of a pod.",
        name={**TEXT, "description": "Name of the container.", "default": ""},
        env=items({"$ref": "#/definitions/io.k8s.api.core.v1.EnvVar"}),
    ),
    "io.k8s.api.core.v1.EnvVar": obj("A variable.", name={**TEXT, "description": "Name of the variable."}, value=TEXT),
    "io.k8s.api.core.v1.PodSpec": obj(containers=items({"$ref": f"#/definitions/{CONTAINER}"})),
}


def test_an_item_keeps_the_plural_where_another_field_is_called_like_one() -> None:
    found = classes_of(kind("Trigger", spec=obj(filter=obj(type=TEXT), filters=items(obj(all=TEXT)))))
    assert found["TriggerSpec"] == {
        "filter": "TriggerSpecFilter | None",
        "filters": "list[TriggerSpecFilters]",
    }


def test_the_levels_of_a_recursive_type_are_numbered() -> None:
    node = obj(name=TEXT)
    for _ in range(5):
        node = obj(name=TEXT, children=items(node))
    found = classes_of(kind("Deployment", spec=obj(graph=node)))
    assert found.keys() == {
        "Deployment",
        "DeploymentSpec",
        "DeploymentSpecGraph",
        "GraphChild",
        "ChildChild",
        *(f"GraphChild{level}" for level in (3, 4, 5)),
    }


def test_a_copy_of_a_built_in_definition_is_its_class_with_everything_in_it() -> None:
    copied = obj(
        "A container of a pod.",
        name={**TEXT, "description": "Name of the container."},
        env=items(obj(name=TEXT, value=TEXT)),
    )
    found = classes_of(kind("Thing", spec=obj(sidecar=copied)), built_in=BUILT_IN)
    assert found["ThingSpec"] == {"sidecar": "core_v1.Container | None"}
    assert found.keys() == {"Thing", "ThingSpec"}


def test_a_copy_of_a_built_in_definition_that_may_be_null_is_its_class() -> None:
    copied = obj("A container of a pod.", name=TEXT, env={**items(obj(name=TEXT, value=TEXT)), "nullable": True})
    found = classes_of(kind("Thing", spec=obj(env={**obj(name=TEXT, value=TEXT), "nullable": True})), built_in=BUILT_IN)
    assert found["ThingSpec"] == {"env": "core_v1.EnvVar | UnsetType | None"}
    # What may be null inside is another structure.
    found = classes_of(kind("Thing", spec=obj(sidecar=copied)), built_in=BUILT_IN)
    assert found["ThingSpec"] == {"sidecar": "ThingSpecSidecar | None"}


def test_a_structure_that_is_described_differently_is_a_class_of_its_own() -> None:
    pair = obj("A label.", name={**TEXT, "description": "Its key."}, value={**TEXT, "description": "Its value."})
    found = classes_of(kind("Thing", spec=obj(labels=items(pair))), built_in=BUILT_IN)
    assert found["ThingSpec"] == {"labels": "list[ThingSpecLabel]"}


def test_without_descriptions_the_name_of_the_field_tells() -> None:
    pair = obj(name=TEXT, value=TEXT)
    found = classes_of(kind("Thing", spec=obj(labels=items(pair))), built_in=BUILT_IN)
    assert found["ThingSpec"] == {"labels": "list[ThingSpecLabel]"}
    found = classes_of(kind("Thing", spec=obj(env=items(pair))), built_in=BUILT_IN)
    assert found["ThingSpec"] == {"env": "list[core_v1.EnvVar]"}


def test_each_place_of_a_small_structure_has_to_be_like_the_built_in_definition() -> None:
    pair = obj(name=TEXT, value=TEXT)
    found = classes_of(kind("Thing", spec=obj(env=items(pair), labels=items(pair))), built_in=BUILT_IN)
    assert found["ThingSpec"] == {"env": "list[core_v1.EnvVar]", "labels": "list[ThingSpecLabel]"}


def test_of_equal_built_in_definitions_the_one_with_the_words_of_the_field_is_chosen() -> None:
    selector = obj(key=TEXT, name=TEXT, optional={"type": "boolean"})
    built_in = {f"io.k8s.api.core.v1.{name}KeySelector": selector for name in ("ConfigMap", "Secret")}
    spec = obj(keySecret=selector, configMap=selector, password=selector)
    found = classes_of(kind("Thing", spec=spec), built_in=built_in)
    assert found["ThingSpec"] == {
        "key_secret": "core_v1.SecretKeySelector | None",
        "config_map": "core_v1.ConfigMapKeySelector | None",
        "password": "core_v1.SecretKeySelector | None",
    }


def test_the_status_of_a_kind_is_not_that_of_a_built_in_kind_by_its_name() -> None:
    status = obj(conditions=items(obj(type=TEXT)))
    built_in = {
        "io.k8s.api.core.v1.Node": {
            **obj(apiVersion=TEXT, kind=TEXT, status={"$ref": "#/definitions/io.k8s.api.core.v1.NodeStatus"}),
            "x-kubernetes-group-version-kind": [{"group": "", "version": "v1", "kind": "Node"}],
        },
        "io.k8s.api.core.v1.NodeStatus": status,
    }
    assert classes_of(kind("Thing", status=status), built_in=built_in)["Thing"]["status"] == "ThingStatus"


@pytest.mark.slow
def test_a_chain_of_built_in_definitions_may_be_longer_than_the_stack_of_python() -> None:
    names = [f"io.k8s.api.chain.v1.Link{number:04}" for number in range(300)]
    chain = {
        name: obj(name=TEXT, following={"$ref": f"#/definitions/{after}"})
        for name, after in zip(names, (*names[1:], names[0]), strict=True)
    }
    models = models_of(kind("Order", spec=obj(name=TEXT)), built_in=chain)
    assert models.classes == len(names) + 2


# The shipped package


@pytest.mark.slow
def test_what_the_shipped_package_has_identically_is_imported_from_it() -> None:
    document = json.loads(SHIPPED.read_bytes())
    document["definitions"]["io.k8s.api.core.v1.Container"]["properties"]["fresh"] = TEXT
    document["definitions"]["io.k8s.api.core.v1.Secret"]["description"] = "Told in other words."
    models = build_models(load_spec(json.dumps(document).encode(), origin="test"))
    source = models.modules["core_v1"]
    # A container is part of pods, and these of workloads.
    assert {"Container", "PodSpec", "PodTemplateSpec", "Pod"} <= class_annotations(source).keys()
    assert "DeploymentSpec" in class_annotations(models.modules["apps_v1"])
    for shared in ("ConfigMap", "Secret", "EnvVar"):
        assert shared not in class_annotations(source)
        assert f"{shared} as {shared}" in source
    assert class_annotations(models.modules["rbac_v1"]) == {}


# Singulars


@pytest.mark.parametrize(
    ("plural", "one"),
    [
        ("Steps", "Step"),
        ("Policies", "Policy"),
        ("InitContainers", "InitContainer"),
        ("Addresses", "Address"),
        ("Statuses", "Status"),
        ("Databases", "Database"),
        ("Caches", "Cache"),
        ("Matches", "Match"),
        ("Boxes", "Box"),
        ("Status", "Status"),
        ("Access", "Access"),
        ("Analysis", "Analysis"),
        ("Aliases", "Alias"),
        ("HostAliases", "HostAlias"),
        ("IPs", "IP"),
        ("PodIPs", "PodIP"),
        ("Kubernetes", "Kubernetes"),
        ("Children", "Child"),
        ("Tls", "Tls"),
        ("Data", "Data"),
        ("Ties", "Tie"),
        ("Series", "Series"),
        ("Dns", "Dns"),
        ("Gas", "Gas"),
        ("Causes", "Cause"),
    ],
)
def test_an_item_is_named_in_the_singular(plural: str, one: str) -> None:
    assert singular(plural) == one
