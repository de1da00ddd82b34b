"""Manifests of files, folders, texts and objects, and the places that errors name."""

from __future__ import annotations

import json
import os
import re
import sys
from pathlib import Path
from typing import Any

import pytest

import aiokube
from aiokube import DynamicObject, PartialObjectMetadata, manifests
from aiokube.errors import DecodeError, InvalidArgument
from aiokube.models import apps_v1, core_v1, meta_v1, networking_v1, rbac_v1
from aiokube.runtime.manifests.kinds import SHIPPED, packages_of
from aiokube.runtime.manifests.loading import check
from aiokube.runtime.manifests.reading import Manifest, Source, read
from tests.codegen.golden import abi_1 as generated
from tests.support.children import output_of
from tests.support.recording import RecordingTransport

SETTINGS = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: settings}\n"
CRON = "apiVersion: stable.example.com/v1\nkind: CronTab\nmetadata: {name: nightly, labels: {a: b}}\nspec: {count: 1}\n"


def itself(manifest: Manifest) -> Manifest:
    return manifest


def check_all(source: Source, *, strict: bool) -> None:
    read(source, lambda manifest: check(manifest, (SHIPPED,), strict=strict))


def names(objects: list[Any]) -> list[str]:
    return [obj.metadata.name for obj in objects]


def test_documents_lists_and_empty_documents_are_read_in_order() -> None:
    items = "apiVersion: v1\nkind: List\nitems:\n- {apiVersion: v1, kind: Secret, metadata: {name: a}}\n"
    nested = '{"kind": "List", "apiVersion": "v1", "items": [{"kind": "List", "apiVersion": "v1", "items": []}]}'
    text = f"---\n# nothing\n---\n{SETTINGS}---\n{items}---\nnull\n---\n{nested}\n---\n{CRON}"
    objects = manifests.load(text)
    assert names(objects) == ["settings", "a", "nightly"]
    classes: list[type] = [type(obj) for obj in objects]
    assert classes == [core_v1.ConfigMap, core_v1.Secret, DynamicObject]
    assert manifests.load(text.encode()) == objects
    assert manifests.load("") == []


_GOLDEN = "tests.codegen.golden.abi_1.models"
_JSON = [f'{{"apiVersion": "v1", "kind": "ConfigMap", "metadata": {{"name": "{name}"}}}}' for name in "ab"]
_TWO = "---\n".join(SETTINGS.replace("settings", name) for name in "ab")


@pytest.mark.parametrize(
    "data",
    [
        _TWO.replace("\n", "\r\n").encode(),
        _TWO.encode("utf-16"),
        f"\ufeff{_TWO}".encode(),
        _TWO.replace("---\n", "---\n\ufeff").encode(),
        _TWO.replace("---\n", "---\r\n\ufeff").encode(),
        _TWO.replace("---", "---   # the second").encode(),
        f"%YAML 1.1\n---\n{_TWO}...\n".encode(),
        f"\ufeff{_JSON[0]}\n{_JSON[1]}\n".encode(),
        f"{_JSON[0]}{_JSON[1]}".encode(),
        f"{_JSON[0]}\n---\n{_JSON[1]}".encode(),
        f"{_JSON[0]}\n---\n# YAML\n{_TWO.partition('---')[2]}".encode(),
        _TWO.replace("v1\n", "v1\t\n").encode(),
    ],
    ids=[
        "line ends of Windows",
        "UTF-16",
        "a byte order mark",
        "joined files with byte order marks",
        "joined files of Windows",
        "comments behind separators",
        "a directive and an end",
        "JSON objects on lines",
        "JSON objects without a separator",
        "JSON objects with separators",
        "JSON and YAML",
        "a tab after a value",
    ],
)
def test_the_forms_of_texts_that_kubectl_reads(data: bytes) -> None:
    assert names(manifests.load(data)) == ["a", "b"]


def test_joined_json_has_lines_and_surrogate_pairs() -> None:
    smile = '{"apiVersion": "v1", "kind": "ConfigMap",\n "metadata": {"name": "a"}, "data": {"x": "\\ud83d\\ude00"}}'
    assert [manifest.place for manifest in read(f"\n{smile}\n\n---\n{smile} {smile}", itself)] == [
        "document 1 (line 2)",
        "document 2 (line 6)",
        "document 3 (line 7)",
    ]
    first, second = manifests.load(f"{smile}\n{smile}")
    assert first == second and isinstance(first, core_v1.ConfigMap) and first.data == {"x": "\U0001f600"}
    with pytest.raises(DecodeError, match="the text: document 2, line 4: the key 'a' is repeated"):
        manifests.load(f'{smile}\n---\n{{"a": 1, "a": 2}}'.replace("\\ud83d\\ude00", ""))


def test_an_alias_does_not_reach_into_another_document() -> None:
    text = "apiVersion: v1\nkind: ConfigMap\nmetadata: &m {name: a}\n---\napiVersion: v1\nkind: Pod\nmetadata: *m\n"
    with pytest.raises(DecodeError, match="document 2, line 7: an alias refers to an undefined anchor"):
        manifests.load(text)


def test_metadata_alone_is_refused() -> None:
    with pytest.raises(DecodeError, match=r"^source\[0\]: PartialObjectMetadata does not say of which kind it is"):
        manifests.load([PartialObjectMetadata()])


def test_an_open_file_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "a.yaml"
    file.write_text(SETTINGS)
    for mode in ("r", "rb"):
        with file.open(mode) as opened, pytest.raises(InvalidArgument, match=r"source is an open file.*read\(\)"):
            manifests.load(opened)
        with file.open(mode) as opened:
            assert names(manifests.load(opened.read())) == ["settings"]


def test_the_items_of_a_typed_list_have_its_kind() -> None:
    text = "apiVersion: v1\nkind: ConfigMapList\nitems: [{metadata: {name: a}}, {metadata: {name: b}}]"
    first, second = manifests.load(text)
    assert isinstance(first, core_v1.ConfigMap) and isinstance(second, core_v1.ConfigMap)
    assert names([first, second]) == ["a", "b"]


def test_a_kind_that_only_ends_in_list_is_an_object() -> None:
    (found,) = manifests.load("{apiVersion: x.io/v1, kind: AllowList, metadata: {name: a}, spec: {}}")
    assert isinstance(found, DynamicObject) and found.kind == "AllowList"


def test_an_object_without_a_class_is_lossless() -> None:
    (found,) = manifests.load(CRON)
    assert isinstance(found, DynamicObject)
    assert found.to_dict() == {
        "apiVersion": "stable.example.com/v1",
        "kind": "CronTab",
        "metadata": {"name": "nightly", "labels": {"a": "b"}},
        "spec": {"count": 1},
    }


@pytest.mark.parametrize(
    ("api_version", "kind", "cls"),
    [
        ("v1", "Service", core_v1.Service),
        ("apps/v1", "Deployment", apps_v1.Deployment),
        ("networking.k8s.io/v1", "Ingress", networking_v1.Ingress),
        ("rbac.authorization.k8s.io/v1", "ClusterRole", rbac_v1.ClusterRole),
        ("apps/v1beta1", "Deployment", DynamicObject),
        ("gateway.networking.k8s.io/v1", "Gateway", DynamicObject),
        ("core/v1", "Service", DynamicObject),
    ],
)
def test_the_class_is_that_of_the_api_version_and_kind(api_version: str, kind: str, cls: type) -> None:
    (found,) = manifests.load({"apiVersion": api_version, "kind": kind, "metadata": {"name": "x"}}, strict=False)
    assert type(found) is cls


@pytest.mark.slow
def test_only_the_modules_of_the_kinds_are_imported() -> None:
    program = (
        "import sys; from aiokube import manifests;"
        "manifests.load('{apiVersion: coordination.k8s.io/v1, kind: Lease, metadata: {name: a}}');"
        "print(*(name for name in sys.modules if name.startswith('aiokube.models.')))"
    )
    assert set(output_of(sys.executable, "-c", program).split()) == {
        "aiokube.models.coordination_v1",
        "aiokube.models.meta_v1",
    }


def test_a_folder_is_read_by_name_without_its_subfolders(tmp_path: Path) -> None:
    (tmp_path / "b.yml").write_text(SETTINGS)
    (tmp_path / "a.yaml").write_text(SETTINGS.replace("settings", "first"))
    (tmp_path / "c.json").write_text('{"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "third"}}')
    (tmp_path / "notes.txt").write_text("not: [yaml")
    (tmp_path / "more").mkdir()
    (tmp_path / "more" / "d.yaml").write_text(SETTINGS)
    assert names(manifests.load(tmp_path)) == ["first", "settings", "third"]
    assert names(manifests.load([tmp_path / "c.json", SETTINGS, tmp_path / "more"])) == [
        "third",
        "settings",
        "settings",
    ]


def test_objects_and_mappings_are_taken_as_they_are() -> None:
    secret = core_v1.Secret(metadata=meta_v1.ObjectMeta(name="a"), data={"x": b"y"})
    objects = manifests.load([secret, secret.to_dict(), [secret]])
    assert objects == [secret, secret, secret]


def test_every_problem_has_its_file_document_and_line(tmp_path: Path) -> None:
    file, other = tmp_path / "web.yaml", tmp_path / "other.yaml"
    file.write_text(f"{SETTINGS}---\n{SETTINGS}dta: {{}}\nimmutable: 'yes'\n")
    other.write_text("\nkind: ConfigMap\n---\n- 1\n---\napiVersion: v1\nkind: Pod\nmetadata: {name: 5}\n")
    with pytest.raises(DecodeError) as caught:
        manifests.load(file)
    assert str(caught.value).splitlines() == [
        f"{file}: document 2 (line 5): ConfigMap settings: 2 problems",
        "  dta: unknown field; data?",
        "  immutable: expected true or false, got a string; write it without quotes",
    ]
    with pytest.raises(DecodeError) as caught:
        manifests.load([other, "a: ["])
    first, second, third, fourth = str(caught.value).splitlines()
    assert first.startswith(f"{other}: document 1 (line 2): apiVersion of 'ConfigMap' is missing")
    assert second.startswith(f"{other}: document 2 (line 4): expected a mapping with apiVersion and kind, got a list")
    assert third == f"{other}: document 3 (line 6): metadata.name: expected a string, got an integer; put it in quotes"
    assert fourth.startswith("the text: not valid YAML: document 1, line 2")


def test_a_file_that_is_not_yaml_is_named(tmp_path: Path) -> None:
    file = tmp_path / "web.yaml"
    file.write_text("a: 1\na: 2\n")
    with pytest.raises(DecodeError, match=r"web\.yaml: document 1, line 2: the key 'a' is repeated"):
        manifests.load(file)


def test_unknown_fields_are_dropped_on_request() -> None:
    (found,) = manifests.load(SETTINGS + "dta: {}", strict=False)
    assert found == core_v1.ConfigMap(metadata=meta_v1.ObjectMeta(name="settings"))


@pytest.mark.parametrize("path", ["deploy/web.yaml", r"C:\deploy\web.yaml", "C:/deploy/web.yaml"])
def test_a_path_as_text_is_refused(path: str) -> None:
    with pytest.raises(InvalidArgument, match=r"web.yaml', which is not YAML of an object; pass Path"):
        manifests.load(path)


def test_a_url_is_refused() -> None:
    with pytest.raises(InvalidArgument, match=r"'https://x.io/web.yaml', a URL; fetch it"):
        manifests.load("https://x.io/web.yaml")


def test_an_object_in_a_line_is_none_of_them() -> None:
    (found,) = manifests.load(json.dumps({"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "a"}}))
    assert isinstance(found, core_v1.Secret)


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        (b"data:\n\tb: c\n", "not valid YAML: {place}: the indentation has a tab"),
        (b"data: [\n", "not valid YAML: {place}: did not find expected node content"),
        (b"a: 1\na: 2\n", "{place}: the key 'a' is repeated, first on line 10"),
        (b"\na: \x07\n", "not valid YAML: {place}: control characters are not allowed"),
        (b"\na: \xff\n", "not utf-8 text: {place}; save it as UTF-8"),
        (b"\na: !x y\n", "{place}: a tag is not allowed"),
        (b"\na: *x\n", "{place}: an alias refers to an undefined anchor"),
    ],
    ids=["tab", "flow", "repeated key", "control character", "latin-1", "tag", "alias"],
)
def test_what_is_no_yaml_has_its_file_document_and_line(tmp_path: Path, text: bytes, problem: str) -> None:
    file = tmp_path / "web.yaml"
    # The second document is empty, and does not count.
    before = b"---\n# One.\na: |\n  x\n  ---\n  y\n---\n# Nothing.\n---\n"
    for breaks in (b"\n", b"\r\n"):
        file.write_bytes((before + text).replace(b"\n", breaks))
        with pytest.raises(DecodeError, match=re.escape(f"{file}: {problem.format(place='document 2, line 11')}")):
            manifests.load(file)


def test_a_link_of_a_folder_that_leads_nowhere_is_refused(tmp_path: Path) -> None:
    (tmp_path / "a.yaml").write_text(SETTINGS)
    (tmp_path / "b.yaml").symlink_to(tmp_path / "a.yaml")
    assert len(manifests.load(tmp_path)) == 2
    # Without its objects, the rest would prune them.
    (tmp_path / "a.yaml").rename(tmp_path / "c.yaml")
    with pytest.raises(InvalidArgument, match=r"b\.yaml cannot be read: No such file or directory"):
        manifests.load(tmp_path)


def test_a_pipe_in_a_folder_is_refused_and_not_read(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "a.yaml")
    with pytest.raises(InvalidArgument, match=r"a\.yaml is not a regular file"):
        manifests.load(tmp_path)


@pytest.mark.parametrize(
    "source",
    [5, None, [5], object(), bytearray(b"a: b"), memoryview(b"a: b")],
    ids=["number", "none", "list of a number", "object", "bytearray", "memoryview"],
)
def test_other_types_are_refused(source: Any) -> None:
    with pytest.raises(
        InvalidArgument, match=r"source(\[0\])?: must be a Path, YAML, an object, or a list of these, not \w+$"
    ):
        manifests.load(source)


def test_a_folder_without_manifests_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InvalidArgument, match=r"has no manifests: no file ends in \.yaml"):
        manifests.load(tmp_path)


@pytest.mark.parametrize("name", ["missing", "a\0b", "web.yaml/inside"])
def test_a_file_that_cannot_be_read_is_named(tmp_path: Path, name: str) -> None:
    (tmp_path / "web.yaml").write_text(SETTINGS)
    with pytest.raises(InvalidArgument, match=rf"{re.escape(str(tmp_path / name))} cannot be read: \w+"):
        manifests.load([SETTINGS, tmp_path / name])


def test_a_manifest_to_apply_may_lack_fields_and_needs_a_name() -> None:
    partial: dict[str, Any] = {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": {"name": "web"},
        "spec": {"replicas": 3},
    }
    mistyped: dict[str, Any] = {**partial, "spec": {"replcas": 3}}
    nameless: dict[str, Any] = {**partial, "metadata": {"generateName": "web-"}}
    check_all(partial, strict=True)
    with pytest.raises(DecodeError, match=r"source: Deployment web: spec.replcas: unknown field; replicas\?"):
        check_all(mistyped, strict=True)
    check_all(mistyped, strict=False)
    with pytest.raises(DecodeError, match=r"metadata.name: missing, but required; generateName is for create"):
        check_all(nameless, strict=False)
    with pytest.raises(DecodeError, match=r"source: Deployment: metadata.name: missing, but required$"):
        check_all(partial | {"metadata": {}}, strict=False)


def test_a_package_of_models_of_ones_own_comes_from_its_name() -> None:
    (found,) = manifests.load(SETTINGS, models="aiokube.models")
    assert isinstance(found, core_v1.ConfigMap)
    (pod,) = manifests.load("{apiVersion: v1, kind: Pod, metadata: {name: a}, spec: {containers: []}}", models=_GOLDEN)
    assert type(pod).__module__ == f"{_GOLDEN}.core_v1"


@pytest.mark.parametrize(
    ("models", "problem"),
    [
        ("no_such_package.models", "'no_such_package.models', which cannot be imported: No module named"),
        (".models", "'.models', which cannot be imported"),
        ("", "models is empty; pass the name of a package of models, such as 'mycluster.models'"),
        (None, "models: must be the name of a package of models, such as 'mycluster.models', not None"),
        (3, "models: must be the name of a package of models, such as 'mycluster.models', not int"),
        ("json", "'json', which is no package of models; pass the name of a package of models, such as"),
        ("aiokube.models.core_v1", "'aiokube.models.core_v1', which is no package of models"),
        ("aiokube", "'aiokube', which is no package of models; pass 'aiokube.models'"),
    ],
)
def test_what_is_no_package_of_models_is_refused(models: Any, problem: str) -> None:
    with pytest.raises(InvalidArgument, match=re.escape(problem)):
        manifests.load(SETTINGS, models=models)


def test_a_generated_client_has_its_own_models_and_then_those_of_aiokube() -> None:
    class Mine(generated.Client):
        pass

    transport = RecordingTransport()
    assert packages_of(Mine(transport=transport)) == (_GOLDEN, SHIPPED)
    assert packages_of(aiokube.Client(transport=transport)) == (SHIPPED,)


async def test_an_apply_takes_the_classes_of_its_client() -> None:
    kube = generated.Client(transport=RecordingTransport(), field_manager="ci")
    wrong = "{apiVersion: shop.example.com/v1, kind: Order, metadata: {name: a}, spec: {nope: 1}}"
    with pytest.raises(DecodeError, match=r"document 1 \(line 1\): Order a: spec.nope: unknown field"):
        await kube.apply(wrong)


def test_all_problems_of_a_source_are_one_error_in_their_order(tmp_path: Path) -> None:
    for name, text in {
        "a.yaml": "a: [",
        "b.yaml": SETTINGS + "dta: {}",
        "c.yaml": "a: 1\na: 2",
        "d.yaml": SETTINGS + "--- \n- 1",
    }.items():
        (tmp_path / name).write_text(text)
    with pytest.raises(DecodeError) as caught:
        manifests.load(tmp_path)
    found = [line.removeprefix(f"{tmp_path}/")[:6] for line in str(caught.value).splitlines()]
    assert found == ["a.yaml", "b.yaml", "c.yaml", "d.yaml"]


@pytest.mark.parametrize("number", ["1e+06", "1000000.0", "1e6", "1_000_000.0"])
def test_whole_numbers_are_integers_however_they_are_written(number: str) -> None:
    spec = f"{{activeDeadlineSeconds: {number}, containers: []}}"
    text = f"{{apiVersion: v1, kind: Pod, metadata: {{name: a}}, spec: {spec}}}"
    (pod,) = manifests.load(text)
    assert isinstance(pod, core_v1.Pod) and pod.spec.active_deadline_seconds == 1_000_000
    quoted = re.sub(r"(\w+):", r'"\1":', text.replace("_", "")).replace(": v1", ': "v1"').replace(": Pod", ': "Pod"')
    (again,) = manifests.load(quoted.replace(": a}", ': "a"}'))
    assert again == pod
    with pytest.raises(DecodeError, match=r"activeDeadlineSeconds: expected an integer, got a number with a fraction"):
        manifests.load(text.replace(number, "1.5"))


def test_a_list_that_contains_itself_is_refused() -> None:
    endless: list[Any] = []
    endless.append(endless)
    with pytest.raises(InvalidArgument, match="source is nested too deep; does a list contain itself"):
        manifests.load(endless)
    inside: dict[str, Any] = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "a"}}
    inside["data"] = inside
    with pytest.raises(DecodeError, match=r"source: .* cannot be written as JSON: nested deeper"):
        manifests.load(inside)


@pytest.mark.parametrize("key", ["labels", "annotations"])
@pytest.mark.parametrize("value", [["a"], "a", 5])
def test_labels_that_are_no_mapping_are_refused_for_every_kind(key: str, value: object) -> None:
    with pytest.raises(DecodeError, match=rf"source: metadata\.{key}: expected a mapping, got a"):
        manifests.load({"apiVersion": "x.io/v1", "kind": "Cron", "metadata": {"name": "a", key: value}}, strict=False)


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("kind: ConfigMap\nmetadata:\n\tname: a\n", "line 3: the indentation has a tab; indent with spaces"),
        ("kind: ConfigMap\nmetadata:\n  name: a\n\tx: y\n", "line 4: the indentation has a tab; indent with spaces"),
        ("kind: ConfigMap\nmetadata:\n  name: {{ .Values.name }}\n", "render it first, as in `helm template`"),
        ("{{- if .Values.x }}\nkind: ConfigMap\n{{- end }}\n", "render it first, as in `helm template`"),
        (
            SETTINGS + "data: {a: y}",
            "got a boolean; put it in quotes: YAML reads y, yes, on, n, no and off as booleans",
        ),
        (SETTINGS.replace("settings", "y"), "metadata.name: expected a string, got a boolean; put it in quotes"),
    ],
    ids=["a tab", "a tab after spaces", "a template", "a template's condition", "y as a value", "y as a name"],
)
def test_an_error_names_the_cause_of_a_common_mistake(text: str, problem: str) -> None:
    with pytest.raises(DecodeError, match=re.escape(problem)):
        manifests.load(text)


def test_manifests_is_loaded_on_first_use() -> None:
    assert aiokube.manifests is manifests
