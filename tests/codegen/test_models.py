"""Every definition becomes a dataclass that speaks the definition's wire names."""

from __future__ import annotations

import dataclasses
import json
import os
import sys
from argparse import Namespace
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from pathlib import Path
from types import ModuleType
from typing import Any

import msgspec
import pytest

import aiokube.runtime.verbs
from aiokube.runtime.codec.absent import ABSENT_DICT, ABSENT_LIST, absent
from aiokube.runtime.codec.dynamic_object import DynamicObject
from aiokube.runtime.codec.model import UNSET, Model
from aiokube.runtime.codec.scalars import MicroTime, Quantity
from aiokube_codegen.contract import RUNTIME_CLASSES
from aiokube_codegen.document.load import load_spec
from aiokube_codegen.document.spec import Spec, is_class, is_dynamic
from aiokube_codegen.errors import CodegenError
from aiokube_codegen.models.build import ModelSet, build_models
from aiokube_codegen.models.plan import ClassPlan
from aiokube_codegen.models.printing import check_classes
from aiokube_codegen.models.types import ClassName
from tests.support.children import output_of, run

from .packages import class_annotations, class_docstring, field_docstring, imported

pytestmark = pytest.mark.slow  # builds and imports the models of the whole document

ROOT = Path(__file__).parents[2]
SHIPPED = ROOT / "spec" / "openapi.json"
CRDS = Path(__file__).parent / "crds.json"
META = "io.k8s.apimachinery.pkg.apis.meta.v1"

# As controller-gen writes it.
QUANTITY = (
    r"^(\+|-)?(([0-9]+(\.[0-9]*)?)|(\.[0-9]+))(([KMGTPE]i)|[numkMGTPE]|([eE](\+|-)?(([0-9]+(\.[0-9]*)?)|(\.[0-9]+))))?$"
)
OPEN = {"type": "object", "x-kubernetes-preserve-unknown-fields": True}

Modules = dict[str, ModuleType]


@pytest.fixture(scope="module")
def shipped_spec() -> Spec:
    return load_spec(SHIPPED.read_bytes(), origin="spec/openapi.json")


@pytest.fixture(scope="module")
def shipped(shipped_spec: Spec) -> ModelSet:
    return build_models(shipped_spec, standalone=True)


@pytest.fixture(scope="module")
def shipped_modules(shipped: ModelSet, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Modules]:
    with imported(shipped.modules, tmp_path_factory.mktemp("shipped"), "generated_shipped") as modules:
        yield modules


@pytest.fixture(scope="module")
def crds_spec() -> Spec:
    return load_spec(CRDS.read_bytes(), origin="crds.json")


@pytest.fixture(scope="module")
def crds(crds_spec: Spec) -> ModelSet:
    return build_models(crds_spec, standalone=True)


@pytest.fixture(scope="module")
def crd_modules(crds: ModelSet, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Modules]:
    with imported(crds.modules, tmp_path_factory.mktemp("crds"), "generated_crds") as modules:
        yield modules


def build(definitions: Mapping[str, Any], **sections: Any) -> ModelSet:
    document = {"swagger": "2.0", "definitions": definitions, **sections}
    return build_models(load_spec(json.dumps(document).encode(), origin="test"), standalone=True)


def ref(name: str) -> dict[str, str]:
    return {"$ref": f"#/definitions/{name}"}


def gvk(group: str, version: str, kind: str) -> dict[str, str]:
    return {"group": group, "version": version, "kind": kind}


def struct_fields(cls: Any) -> dict[str, msgspec.structs.FieldInfo]:
    return {field.encode_name: field for field in msgspec.structs.fields(cls)}


# All classes


def test_each_definition_with_fields_is_a_class_and_each_class_a_dataclass(
    shipped: ModelSet, shipped_spec: Spec, shipped_modules: Modules
) -> None:
    classes = [
        value
        for module in shipped_modules.values()
        for value in vars(module).values()
        if isinstance(value, type) and issubclass(value, Model) and value.__module__ == module.__name__
    ]
    assert len(classes) + len(RUNTIME_CLASSES) == shipped.classes
    assert shipped.classes - shipped.nested + len(shipped.scalars) == len(shipped_spec.definitions)
    assert all(dataclasses.is_dataclass(cls) for cls in classes)
    assert all(cls.__doc__ for cls in classes)


def test_a_class_of_the_runtime_is_exported_under_the_name_of_the_api(
    shipped: ModelSet, shipped_modules: Modules
) -> None:
    for definition, runtime_name in RUNTIME_CLASSES.items():
        module, _, name = shipped.reference(ref(definition)).text.partition(".")
        assert name == definition.rpartition(".")[2]
        assert getattr(shipped_modules[module], name) is getattr(aiokube.runtime.verbs, runtime_name)


@pytest.mark.parametrize("document", ["shipped", "crds"])
def test_no_field_is_lost_and_each_is_sent_under_its_own_name(document: str, request: pytest.FixtureRequest) -> None:
    models: ModelSet = request.getfixturevalue(document)
    spec: Spec = request.getfixturevalue(f"{document}_spec")
    modules: Modules = request.getfixturevalue("shipped_modules" if document == "shipped" else "crd_modules")
    compared = 0
    for definition, schema in spec.definitions.items():
        if definition in models.scalars:
            continue
        module, _, name = models.reference(ref(definition)).text.partition(".")
        fields = struct_fields(getattr(modules[module], name))
        if is_dynamic(schema):
            continue
        assert set(fields) == set(schema.get("properties", ())), definition
        compared += len(fields)
    assert compared > 100


# What the fields of quantities are read as; they are assigned text and numbers too.
_READ_AS = {
    "QuantityField": "Quantity",
    "OptionalQuantity": "Quantity",
    "QuantityList": "list[Quantity]",
    "QuantityMap": "dict[str, Quantity]",
}


def test_the_generator_writes_the_types_that_operations_are_given(shipped: ModelSet) -> None:
    """Annotations are made twice, by the generator in modules and by `reference` for operations: both agree."""
    written = {module: class_annotations(source) for module, source in shipped.modules.items()}
    for definition, schema in shipped.types.definitions.items():
        if definition in shipped.scalars or definition in RUNTIME_CLASSES:
            continue
        module, _, name = shipped.reference(ref(definition)).text.partition(".")
        expected = {
            shipped.reference(child).text.replace(f"{module}.", "") for child in schema.get("properties", {}).values()
        }
        found = {text.removesuffix(" | None").removesuffix(" | UnsetType") for text in written[module][name].values()}
        assert {_READ_AS.get(text, text) for text in found} == expected, definition


@pytest.mark.slow
def test_modules_are_accepted_by_type_checkers_and_linters(crds: ModelSet, tmp_path: Path) -> None:
    package = tmp_path / "generated_checked"
    package.mkdir()
    (package / "__init__.py").write_text("")
    for module, source in crds.modules.items():
        (package / f"{module}.py").write_text(source, encoding="utf-8")
    environment = {**os.environ, "MYPYPATH": os.pathsep.join([str(ROOT / "src"), str(tmp_path)])}
    mypy = ["mypy", "--strict", "--config-file=", "--follow-imports=silent", "--cache-dir", str(tmp_path / "cache")]
    for command in (
        [*mypy, "-p", "generated_checked"],
        # The order of imports is left to the step that formats all files, and `x as x` is a re-export.
        ["ruff", "check", "--isolated", "--no-cache", "--ignore", "I001,PLC0414", str(package)],
    ):
        done = run(sys.executable, "-m", *command, env=environment, cwd=tmp_path)
        assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.slow
def test_the_same_document_gives_the_same_bytes_whatever_the_hash_seed() -> None:
    program = (
        "import hashlib, sys; from pathlib import Path;"
        "from aiokube_codegen.document.load import load_spec; from aiokube_codegen.models.build import build_models;"
        "models = build_models(load_spec(Path(sys.argv[1]).read_bytes(), origin=''));"
        "print(hashlib.sha256(repr(list(models.modules.items())).encode()).hexdigest())"
    )
    path = os.pathsep.join([str(ROOT / "src"), str(ROOT / "codegen")])
    digests = {
        output_of(sys.executable, "-c", program, CRDS, env={**os.environ, "PYTHONHASHSEED": seed, "PYTHONPATH": path})
        for seed in ("1", "2", "3")
    }
    assert len(digests) == 1


# Kinds


def test_a_kind_says_what_it_is_first_and_always(shipped_modules: Modules) -> None:
    lease = shipped_modules["coordination_v1"].Lease().to_dict()
    assert list(lease.items()) == [("apiVersion", "coordination.k8s.io/v1"), ("kind", "Lease")]
    assert shipped_modules["core_v1"].ConfigMap().to_dict() == {"apiVersion": "v1", "kind": "ConfigMap"}


def test_metadata_is_never_none(shipped_modules: Modules) -> None:
    assert shipped_modules["core_v1"].ConfigMap().metadata.labels == {}
    assert shipped_modules["core_v1"].PodList(items=[]).metadata.resource_version is None
    # Required in the document, which would make the constructor ask for it.
    assert not struct_fields(shipped_modules["core_v1"].Event)["metadata"].required


def test_items_of_a_list_say_what_they_are_too(shipped_modules: Modules) -> None:
    pods = shipped_modules["core_v1"].PodList.from_dict({"items": [{"metadata": {"name": "a"}}]})
    assert (pods.kind, pods.items[0].api_version, pods.items[0].kind) == ("PodList", "v1", "Pod")


def test_a_kind_of_many_groups_is_sent_as_that_of_the_core_group(shipped_modules: Modules) -> None:
    assert shipped_modules["meta_v1"].DeleteOptions().to_dict() == {"apiVersion": "v1", "kind": "DeleteOptions"}


def test_a_reference_to_a_kind_has_no_kind_of_its_own(shipped_modules: Modules) -> None:
    assert shipped_modules["core_v1"].ObjectReference().to_dict() == {}


def test_a_custom_resource_is_a_kind_like_any_other(crd_modules: Modules) -> None:
    module = crd_modules["stable_example_com_v1"]
    cron_tab = module.CronTab(spec=module.CronTabSpec(cron_spec="* * * * *"))
    assert cron_tab.to_dict() == {
        "apiVersion": "stable.example.com/v1",
        "kind": "CronTab",
        "spec": {"cronSpec": "* * * * *"},
    }
    assert module.CronTabList(items=[]).kind == "CronTabList"


def test_each_version_of_a_custom_resource_has_its_module(crd_modules: Modules) -> None:
    assert "spec" in struct_fields(crd_modules["awkward_example_com_v1beta1"].Oddity)
    assert crd_modules["batch_example_com_v1_rc"].Batch().to_dict() == {
        "apiVersion": "batch.example.com/v1-rc",
        "kind": "batch",
    }


def test_a_kind_without_properties_is_a_dynamic_object(crds: ModelSet, crd_modules: Modules) -> None:
    assert crds.reference(ref("com.example.awkward.v1.Freeform")).text == "awkward_example_com_v1.Freeform"
    freeform = crd_modules["awkward_example_com_v1"].Freeform()
    assert isinstance(freeform, DynamicObject)
    assert freeform.to_dict() == {"apiVersion": "awkward.example.com/v1", "kind": "Freeform"}
    data: dict[str, Any] = {
        "kind": "FreeformList",
        "apiVersion": "awkward.example.com/v1",
        "metadata": {},
        "items": [{"apiVersion": "awkward.example.com/v1", "kind": "Freeform", "spec": {"a": 1}}],
    }
    found = crd_modules["awkward_example_com_v1"].FreeformList.from_dict(data)
    assert found.to_dict() == data
    assert found.items[0]["spec"] == {"a": 1}


# Fields


def test_what_is_absent_is_none_or_empty_and_is_not_sent(shipped_modules: Modules) -> None:
    spec = shipped_modules["core_v1"].PodSpec(containers=[])
    assert (spec.node_name, spec.node_selector, spec.tolerations, spec.affinity) == (None, {}, [], None)
    assert spec.to_dict() == {"containers": []}
    assert spec.tolerations is ABSENT_LIST
    assert spec.node_selector is ABSENT_DICT
    spec.tolerations, spec.node_selector = [], {}
    assert spec.to_dict() == {"containers": [], "nodeSelector": {}, "tolerations": []}


def test_the_parts_of_kinds_and_templates_are_never_none(shipped_modules: Modules) -> None:
    core, meta = shipped_modules["core_v1"], shipped_modules["meta_v1"]
    for owner in (core.Pod(), core.Pod.from_json(b"{}"), core.PodTemplateSpec()):
        assert owner.metadata is absent(meta.ObjectMeta)
        assert owner.spec is absent(core.PodSpec)
    assert core.Pod().status is absent(core.PodStatus)
    assert core.PodTemplateSpec().to_dict() == {}
    # A `spec` or `status` of anything else is a field like any other.
    assert shipped_modules["apiextensions_v1"].CustomResourceSubresources().status is None


def test_names_in_metadata_are_empty_when_absent(shipped_modules: Modules) -> None:
    metadata = shipped_modules["meta_v1"].ObjectMeta()
    assert (metadata.name, metadata.namespace, metadata.uid, metadata.resource_version) == ("", "", "", "")
    assert metadata.to_dict() == {}


def test_a_kind_that_contains_itself_has_no_absent_spec() -> None:
    kind = {
        "type": "object",
        "properties": {
            "apiVersion": {"type": "string"},
            "kind": {"type": "string"},
            "spec": {"$ref": "#/definitions/com.example.v1.Tree"},
        },
        "x-kubernetes-group-version-kind": [{"group": "example.com", "version": "v1", "kind": "Tree"}],
    }
    (source,) = build({"com.example.v1.Tree": kind}).modules.values()
    assert '    spec: "Tree | None" = None' in source


def test_null_is_kept_apart_from_absent_where_the_document_names_no_type(crd_modules: Modules) -> None:
    schema = crd_modules["names_example_com_v1"].AnySpec
    manifests: list[dict[str, Any]] = [{}, {"anything": None}, {"anything": {}}, {"anything": {"a": None}}]
    for manifest in manifests:
        assert schema.from_json(json.dumps(manifest)).to_dict() == manifest
    assert schema().anything is UNSET


def test_a_required_field_has_to_be_given(shipped_modules: Modules) -> None:
    with pytest.raises(TypeError, match="containers"):
        shipped_modules["core_v1"].PodSpec()


@pytest.mark.parametrize("name", ["micro-time", "quantity", "raw", "unheard-of"])
def test_a_format_that_the_server_does_not_know_is_any_text(name: str) -> None:
    definition = {"type": "object", "properties": {"a": {"type": "string", "format": name}}}
    models = build({"com.example.v1.Thing": definition})
    (source,) = models.modules.values()
    assert class_annotations(source)["Thing"] == {"a": "str | None"}


@pytest.mark.parametrize(
    ("schema", "annotation"),
    [
        ({"type": ["string", "null"]}, "str | UnsetType | None"),
        ({"type": ["integer", "string"]}, "int | str | None"),
        ({"oneOf": [{"type": "string"}, {"type": "number"}]}, "int | float | str | None"),
        ({"anyOf": [{"type": "string"}, {"type": "object"}]}, "Any"),
        ({"type": "string", "anyOf": [{"pattern": "a"}, {"pattern": "b"}]}, "str | None"),
        ({"type": "object", "nullable": True, "properties": {"b": {"type": "string"}}}, "ThingA | UnsetType | None"),
        ({"type": "array", "nullable": True, "items": {"type": "string"}}, "list[str] | None"),
        ({"type": "array", "items": {"type": "string", "nullable": True}}, "list[str | None]"),
        ({"type": "object", "nullable": True, "additionalProperties": {"type": "string"}}, "dict[str, str] | None"),
        ({"x-kubernetes-int-or-string": True, "pattern": QUANTITY}, "OptionalQuantity"),
        ({"x-kubernetes-int-or-string": True, "pattern": QUANTITY, "nullable": True}, "NullableQuantity"),
        ({"x-kubernetes-int-or-string": True, "pattern": "^[0-9]+%?$"}, "int | str | None"),
        ({**OPEN, "properties": {"b": {"type": "string"}}}, "Open[ThingA] | None"),
        ({**OPEN, "nullable": True, "properties": {"b": {"type": "string"}}}, "Open[ThingA] | UnsetType | None"),
        ({"type": "array", "items": {**OPEN, "properties": {"b": {"type": "string"}}}}, "list[Open[ThingA]]"),
        (OPEN, "dict[str, Any] | None"),
    ],
)
def test_a_field_has_the_type_that_openapi_3_gives_it(schema: dict[str, Any], annotation: str) -> None:
    definition = {"type": "object", "properties": {"a": schema}}
    (source,) = build({"com.example.v1.Thing": definition}).modules.values()
    assert class_annotations(source)["Thing"] == {"a": annotation}


@pytest.mark.parametrize(
    ("schema", "required", "annotation", "is_given"),
    [
        ({"type": "string", "nullable": True}, True, "str | None", True),
        ({"type": "string", "default": "a"}, True, "str | None", False),
        ({"type": "string"}, True, "str", True),
    ],
    ids=["nullable", "default", "plain"],
)
def test_a_required_field_has_to_be_given_unless_the_server_fills_it_in(
    schema: dict[str, Any], required: bool, annotation: str, is_given: bool
) -> None:
    definition = {"type": "object", "properties": {"a": schema}, "required": ["a"] if required else []}
    models = build({"com.example.v1.Thing": definition})
    (source,) = models.modules.values()
    assert class_annotations(source)["Thing"] == {"a": annotation}
    (plan,) = models.plans.values()
    assert (plan.fields["a"].default == "") is is_given


def test_the_default_of_a_field_is_in_its_docstring() -> None:
    field = {"type": "string", "description": "Where.", "default": "here", "enum": ["here", "there"]}
    (source,) = build({"com.example.v1.Thing": {"type": "object", "properties": {"a": field}}}).modules.values()
    assert (
        field_docstring(source, "Thing", "a")
        == 'Where.\n\n    One of: `here`, `there`.\n\n    Default: `"here"`.\n    '
    )


def test_values_of_an_enum_that_would_break_a_line_are_json() -> None:
    field = {"enum": ["a\nb", "c d", "", True, 1, None]}
    (source,) = build({"com.example.v1.Thing": {"type": "object", "properties": {"a": field}}}).modules.values()
    assert field_docstring(source, "Thing", "a") == 'One of: `"a\\nb"`, `c d`, the empty string, `true`, `1`, `null`.'


@pytest.mark.parametrize(
    ("wire", "annotation"),
    [
        ("string", "str | None"),
        ("bytes", "BytesField | None"),
        ("dateTime", "TimeField | None"),
        ("date", "str | None"),
        ("duration", "str | None"),
        ("int32", "int | None"),
        ("int64", "int | None"),
        ("float", "int | float | None"),
        ("number", "int | float | None"),
        ("bool", "bool | None"),
        ("intEnum", "int | None"),
    ],
)
def test_a_scalar_has_the_type_of_its_format(crds: ModelSet, wire: str, annotation: str) -> None:
    fields = class_annotations(crds.modules["awkward_example_com_v1"])
    found = {**fields["OdditySpecFormats"], "string": fields["OdditySpecDefaults"]["string"]}
    names = {"dateTime": "date_time", "bytes": "bytes_", "float": "float_", "bool": "bool_", "intEnum": "int_enum"}
    assert found[names.get(wire, wire)] == annotation


@pytest.mark.parametrize(
    ("name", "annotation"),
    [
        ("int_or_string", "int | str | None"),
        ("int_or_string_any", "int | str | None"),
        ("int_or_string_format", "int | str | None"),
        ("int_or_string_map", "dict[str, int | str]"),
        ("anything", "Any"),
        ("nullable_required", "Any"),
        ("nullable_string", "Any"),
        ("nullable_list", "Any"),
        ("open_object", "Any"),
        ("open_list", "list[Any]"),
        ("template", "Any"),
        ("empty_object", "dict[str, Any] | None"),
        ("required_list", "list[str]"),
        ("mode", "str"),
        ("containers", "list[OdditySpecContainer]"),
        ("matrix", "list[list[OdditySpecMatrix]]"),
        ("backends", "dict[str, OdditySpecBackend]"),
        ("embedded", "OdditySpecEmbedded | None"),
        ("unspeakable", "Open[OdditySpecUnspeakable] | None"),
    ],
)
def test_a_field_has_the_type_of_its_schema(crds: ModelSet, name: str, annotation: str) -> None:
    assert class_annotations(crds.modules["awkward_example_com_v1"])["OdditySpec"][name] == annotation


def test_values_of_every_type_survive_the_way_there_and_back(crd_modules: Modules) -> None:
    spec = {
        "mode": "Fast",
        "requiredList": [],
        "anything": [1, {"a": None}],
        "nullableRequired": {"lost": "in the schema, not in the data"},
        "openObject": {"known": "a", "unknown": 1},
        "openList": [{"a": 1}],
        "intOrString": "80%",
        "intOrStringMap": {"a": 1, "b": "b"},
        "template": {"kind": "Pod"},
        "embedded": {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "a"}, "spec": {"inside": "x"}},
        "containers": [{"name": "a", "ports": [{"port": 1}]}],
        "matrix": [[{"cell": 1.5}]],
        "backends": {"a": {"weight": 0.5, "lists": {"b": ["c"]}}},
        "deep": {"deep": {"deep": {"value": "a"}}},
        "formats": {"bytes": "aGk=", "dateTime": "2026-01-01T00:00:00Z", "int64": 2**62, "bool": False},
        "unspeakable": {'quote"': "a", "plain": "b"},
    }
    data: dict[str, Any] = {
        "apiVersion": "awkward.example.com/v1",
        "kind": "Oddity",
        "metadata": {"name": "a"},
        "spec": spec,
    }
    oddity = crd_modules["awkward_example_com_v1"].Oddity.from_dict(data)
    assert oddity.to_dict() == data
    assert oddity.spec.formats.bytes_ == b"hi"
    assert oddity.spec.formats.date_time == datetime(2026, 1, 1, tzinfo=UTC)
    assert oddity.spec.containers[0].ports[0].port == 1


def test_an_empty_object_is_not_an_absent_one(shipped_modules: Modules, crd_modules: Modules) -> None:
    volume = {"name": "a", "emptyDir": {}}
    assert shipped_modules["core_v1"].Volume.from_dict(volume).to_dict() == volume
    spec = {"mode": "", "requiredList": [], "emptyObject": {}}
    module = crd_modules["awkward_example_com_v1"]
    assert module.OdditySpec.from_dict(spec).to_dict() == spec
    assert module.OdditySpec(mode="", required_list=[]).empty_object is None


def test_the_types_that_kubernetes_has_beside_json(shipped_modules: Modules) -> None:
    core, coordination = shipped_modules["core_v1"], shipped_modules["coordination_v1"]
    resources = core.ResourceRequirements.from_dict({"limits": {"cpu": "500m"}})
    assert resources.limits == {"cpu": Quantity("0.5")}
    lease = coordination.LeaseSpec.from_dict({"renewTime": "2026-01-01T00:00:00.5Z"})
    assert isinstance(lease.renew_time, MicroTime)
    assert lease.to_dict() == {"renewTime": "2026-01-01T00:00:00.500000Z"}
    assert core.Secret.from_dict({"data": {"a": "aGk="}}).data == {"a": b"hi"}
    assert core.ServicePort.from_dict({"port": 1, "targetPort": "http"}).target_port == "http"
    assert core.ServicePort.from_dict({"port": 1, "targetPort": 80}).target_port == 80


def test_managed_fields_stay_as_they_came(shipped_modules: Modules) -> None:
    entry = shipped_modules["meta_v1"].ManagedFieldsEntry
    assert entry().fields_v1 is UNSET
    assert entry().to_dict() == {}
    data: dict[str, Any] = {"fieldsV1": {"f:metadata": {"f:labels": {}}}}
    assert bytes(entry.from_dict(data).fields_v1) == b'{"f:metadata":{"f:labels":{}}}'
    assert entry.from_dict(data).to_dict() == data


# Names


def test_every_awkward_name_can_be_set_and_is_sent_as_it_is(crds_spec: Spec, crd_modules: Modules) -> None:
    oddity = crds_spec.definitions["com.example.awkward.v1.Oddity"]
    wires = oddity["properties"]["spec"]["properties"]["names"]["properties"]
    cls = crd_modules["awkward_example_com_v1"].OdditySpecNames
    fields = struct_fields(cls)
    assert set(fields) == set(wires)
    samples = {
        "string": "a",
        "integer": 1,
        "number": 1.5,
        "boolean": True,
        "array": ["a"],
        "object": {"name": "a"},
        None: 1,
    }
    for wire, schema in wires.items():
        value = {"string": samples["string"]}.get(schema.get("type"), samples[schema.get("type")])
        if schema.get("format"):
            value = {"byte": "aGk=", "date-time": "2026-01-01T00:00:00Z"}[schema["format"]]
        assert cls.from_dict({wire: value}).to_dict() == {wire: value}
        assert getattr(cls.from_dict({wire: value}), fields[wire].name) is not None


@pytest.mark.parametrize("kind", ["Any", "Datetime", "List", "Model", "Quantity", "Raw"])
def test_a_kind_may_be_named_like_what_modules_import(crds: ModelSet, crd_modules: Modules, kind: str) -> None:
    name = crds.reference(ref(f"com.example.names.v1.{kind}")).text.partition(".")[2]
    cls = getattr(crd_modules["names_example_com_v1"], name)
    data = {"spec": {"at": "2026-01-01T00:00:00Z", "anything": {"a": 1}, "words": ["a"]}}
    thing = cls.from_dict(data)
    assert (thing.kind, thing.spec.anything, thing.spec.words) == (kind, {"a": 1}, ["a"])
    assert thing.spec.at == datetime(2026, 1, 1, tzinfo=UTC)


def test_an_inline_object_is_named_after_its_place(crds: ModelSet) -> None:
    assert set(class_annotations(crds.modules["stable_example_com_v1"])) == {
        "CronTab",
        "CronTabList",
        "CronTabSpec",
        "CronTabSpecSchedule",
        "CronTabStatus",
    }
    fields = class_annotations(crds.modules["awkward_example_com_v1"])
    assert fields["OdditySpecDeepDeep"] == {"other": "str | None"}
    # `deep.deep`, without its kind as it is deep; the next one has the number of its level.
    assert fields["DeepDeep"] == {"deep": "OdditySpecDeep3 | None"}


def test_definitions_whose_names_collide_stay_apart() -> None:
    schema = {"type": "object", "properties": {"a": {"type": "string"}}}
    kind = {"x-kubernetes-group-version-kind": [gvk("a.example.com", "v1", "Thing")]}
    models = build(
        {
            "com.example.a.v1.Thing": {**schema, **kind},
            "com.example.a.v1.thing": schema,
            "com.example.also.a.v1.Thing": {**schema, **kind},
        }
    )
    texts = [models.reference(ref(name)).text for name in sorted(models.types.classes)]
    assert texts == ["a_example_com_v1.Thing", "a_example_com_v1.Thing2", "a_example_com_v1.Thing3"]


def test_what_belongs_to_no_group_has_a_module_after_its_package(shipped: ModelSet) -> None:
    assert shipped.reference(ref("io.k8s.apimachinery.pkg.version.Info")).text == "version.Info"
    assert shipped.reference(ref(f"{META}.ObjectMeta")).text == "meta_v1.ObjectMeta"
    assert shipped.reference(ref("io.k8s.api.rbac.v1.PolicyRule")).text == "rbac_v1.PolicyRule"
    models = build({"Bare": {"properties": {"a": {}}}, "x.v2.Own": {"properties": {"a": {}}}})
    assert set(models.modules) == {"other", "x_v2"}


# Docstrings


def test_descriptions_survive_quotes_backslashes_and_tabs(crds: ModelSet) -> None:
    source = crds.modules["awkward_example_com_v1"]
    assert class_docstring(source, "Oddity") == (
        'Holds "quotes", \'single ones\', """three of them""", a tab   here and a back\\slash.\n\n'
        "Its second paragraph ends with a backslash\\"
    )
    assert class_docstring(source, "OdditySpec") == 'Ends with a quote "'
    assert field_docstring(source, "OdditySpec", "names") == "Every name that is taken."


@pytest.mark.parametrize(
    "text",
    [
        '"',
        '"""',
        "\\",
        '\\"',
        'a"',
        '"a"',
        '"""a"""\n"""',
        "a\\\n\\b",
        "\x00\x1b[0m",
        "{{ a }}{% b %}",
        "\u2028",
        "\ud800",
        " ",
    ],
)
def test_no_description_breaks_out_of_its_docstring(text: str, tmp_path: Path) -> None:
    field = {"type": "string", "description": text}
    empty = {"type": "object", "description": text}
    models = build({"x.v1.A": {**empty, "properties": {"a": field}}, "x.v1.Empty": empty})
    assert class_docstring(models.modules["x_v1"], "A")
    with imported(models.modules, tmp_path, "generated_text") as modules:
        assert modules["x_v1"].A(a="b").to_dict() == {"a": "b"}
        assert modules["x_v1"].Empty().to_dict() == {}


def test_long_descriptions_are_wrapped(shipped: ModelSet) -> None:
    for source in shipped.modules.values():
        for line in source.splitlines():
            # Code is the formatter's matter, and one long word cannot be broken.
            is_code = " = field(" in line or line.startswith("from ")
            assert len(line) <= 120 or is_code or " " not in line.strip(), line


def test_the_values_of_an_enum_are_in_the_docstring(crds: ModelSet) -> None:
    source = crds.modules["awkward_example_com_v1"]
    assert field_docstring(source, "OdditySpec", "mode").split("\n\n")[1].strip() == (
        'One of: `Fast`, `Slow`, `with "quote"`, the empty string.'
    )
    assert field_docstring(source, "OdditySpecFormats", "int_enum") == "One of: `1`, `2`."


def test_values_that_the_description_lists_are_not_listed_twice(shipped: ModelSet) -> None:
    text = field_docstring(shipped.modules["core_v1"], "Container", "image_pull_policy")
    assert "Possible enum values" in text
    assert "One of:" not in text


# Graphs of classes and modules


def test_a_class_may_hold_itself(shipped_modules: Modules) -> None:
    cls = shipped_modules["apiextensions_v1"].JSONSchemaProps
    props = cls.from_dict({"properties": {"a": {"not": {"type": "string"}}}})
    assert props.properties["a"].not_.type == "string"


def test_classes_may_hold_each_other(tmp_path: Path) -> None:
    models = build(
        {
            "x.v1.A": {
                "properties": {"b": ref("x.v1.B"), "bs": {"type": "array", "items": ref("x.v1.B")}},
                "required": ["bs"],
            },
            "x.v1.B": {
                "properties": {"a": ref("x.v1.A"), "as": {"type": "object", "additionalProperties": ref("x.v1.A")}}
            },
        }
    )
    with imported(models.modules, tmp_path, "generated_mutual") as modules:
        data = {"bs": [{"a": {"bs": []}}], "b": {"as": {"x": {"bs": [{}]}}}}
        thing = modules["x_v1"].A.from_dict(data)
        assert thing.b.as_["x"].bs == [modules["x_v1"].B()]
        assert thing.to_dict() == data


def test_modules_that_need_each_other_become_one(tmp_path: Path) -> None:
    models = build(
        {
            "b.v1beta1.Thing": {"properties": {"c": ref("c.v1.Thing"), "name": {"type": "string"}}},
            "c.v1.Thing": {"properties": {"a": ref("a.v1.Thing")}},
            "a.v1.Thing": {"properties": {"b": ref("b.v1beta1.Thing")}},
            "d.v1.User": {"properties": {"a": ref("a.v1.Thing")}},
        }
    )
    assert sorted(models.modules) == ["a_v1", "d_v1"]
    assert [one.what for one in models.merged] == ["b_v1beta1 is in a_v1", "c_v1 is in a_v1"]
    with imported(models.modules, tmp_path, "generated_ring") as modules:
        assert modules["d_v1"].User.from_dict({"a": {"b": {"name": "x", "c": {}}}}).a.b.name == "x"


def test_a_ring_with_the_metadata_is_part_of_its_module() -> None:
    models = build(
        {
            f"{META}.ObjectMeta": {"properties": {"a": ref("a.v1.Thing"), "name": {"type": "string"}}},
            "a.v1.Thing": {"properties": {"metadata": ref(f"{META}.ObjectMeta")}},
        }
    )
    assert sorted(models.modules) == ["meta_v1"]


def test_definitions_without_fields_are_written_out_where_they_are_used(tmp_path: Path) -> None:
    models = build(
        {
            "x.v1.Names": {"type": "array", "items": ref("x.v1.Name")},
            "x.v1.Name": {"$ref": "#/definitions/x.v1.Text"},
            "x.v1.Text": {"type": "string", "enum": ["a"]},
            "x.v1.A": {"properties": {"names": ref("x.v1.Names"), "detour": {"allOf": [ref("x.v1.B")]}}},
            "x.v1.B": {"type": "object"},
        }
    )
    assert class_annotations(models.modules["x_v1"]) == {"A": {"names": "list[str]", "detour": "B | None"}, "B": {}}
    assert models.scalars == {"x.v1.Name": "str", "x.v1.Names": "list[str]", "x.v1.Text": "str"}


# The interface to operations


@pytest.mark.parametrize(
    ("schema", "text", "modules"),
    [
        (ref("io.k8s.api.core.v1.Pod"), "core_v1.Pod", ("core_v1",)),
        ({"type": "array", "items": ref("io.k8s.api.core.v1.Pod")}, "list[core_v1.Pod]", ("core_v1",)),
        (ref(f"{META}.Patch"), "Any", ()),
        (ref(f"{META}.Time"), "datetime", ()),
        ({"type": "string"}, "str", ()),
        ({"type": "object"}, "dict[str, Any]", ()),
        ({"type": "object", "properties": {"a": {"type": "string"}}}, "dict[str, Any]", ()),
        ({"type": "object", "additionalProperties": {"type": "integer"}}, "dict[str, int]", ()),
        ({}, "Any", ()),
    ],
)
def test_a_schema_of_an_operation_has_a_type(
    shipped: ModelSet, schema: dict[str, Any], text: str, modules: tuple[str, ...]
) -> None:
    reference = shipped.reference(schema)
    assert (reference.text, reference.modules) == (text, frozenset(modules))


@pytest.mark.slow
def test_chosen_groups_come_with_the_modules_they_need_and_no_others(tmp_path: Path) -> None:
    spec = load_spec(SHIPPED.read_bytes(), origin="spec/openapi.json", groups=["batch"])
    models = build_models(spec, standalone=True)
    # Jobs have the templates of pods, the server itself has a version.
    assert set(models.modules) == {"batch_v1", "core_v1", "meta_v1", "scheduling_v1alpha3", "version"}
    with imported(models.modules, tmp_path, "generated_batch") as modules:
        assert modules["batch_v1"].JobList(items=[]).kind == "JobList"


def test_a_renamed_class_is_an_error() -> None:
    pod = ClassName(module="core_v1", name="Pod")
    check_classes("class Pod(Model):\n", [pod], "core_v1")
    with pytest.raises(CodegenError, match=r"core_v1\.Pod, core_v1\.Pod1"):
        check_classes("class Pod1(Model):\n", [pod], "core_v1")
    with pytest.raises(CodegenError, match=r"renamed a field of core_v1\.Pod to 'spec_1'"):
        ClassPlan(name=pod, docstring="", fields={}).forward_fields([Namespace(name="spec_1", type_hint="str")])


def test_the_fixture_holds_what_the_tests_are_about(crds_spec: Spec) -> None:
    assert is_class(crds_spec.definitions["com.example.stable.v1.CronTab"])
    assert is_dynamic(crds_spec.definitions["com.example.awkward.v1.Freeform"])
