"""Manifests that people write: every problem is in one error; and texts of several documents."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aiokube.errors import DecodeError, InvalidArgument
from aiokube.models import apiextensions_v1, apps_v1, certificates_v1, coordination_v1, core_v1, events_v1, meta_v1
from aiokube.runtime.codec.model import Model

POD = """
apiVersion: v1
kind: Pod
metadata: {name: web, namespace: shop}
spec:
  containers:
  - {name: main, image: web:1}
"""


def problems(cls: type[Model], data: Any) -> list[str]:
    """The problems that an error names, without the title."""
    with pytest.raises(DecodeError) as caught:
        cls.from_dict(data)
    lines = str(caught.value).split("\n  ")
    return lines[1:] if len(lines) > 1 else [lines[0].split(": ", 1)[1]]


def test_every_problem_is_in_one_error() -> None:
    text = """
apiVersion: apps/v1
kind: Deployment
metadata: {name: web, namespace: shop, labels: {port: 80, on: yes}}
spec:
  replicas: "3"
  template:
    spec:
      containers:
      - {image: web:1, livenesProbe: {}, requests: {cpu: 50m}}
      - {name: side, ports: [{containerPort: http}], resources: {limits: {memory: 1GB}}}
"""
    with pytest.raises(DecodeError) as caught:
        apps_v1.Deployment.from_yaml(text)
    assert str(caught.value).split("\n  ") == [
        "Deployment shop/web: 9 problems",
        'metadata.labels["port"]: expected a string, got an integer; put it in quotes',
        'metadata.labels["true"]: expected a string, got a boolean; put it in quotes: '
        "YAML reads y, yes, on, n, no and off as booleans, too",
        "spec.replicas: expected an integer, got a string; write it without quotes",
        "spec.template.spec.containers[0].livenesProbe: unknown field; livenessProbe?",
        "spec.template.spec.containers[0].requests: unknown field; resources.requests?",
        "spec.template.spec.containers[0].name: missing, but required",
        "spec.template.spec.containers[1].ports[0].containerPort: "
        "expected an integer, got a string; write it without quotes",
        "spec.template.spec.containers[1].resources.limits[\"memory\"]: '1GB' is not a quantity; "
        "use a number with an optional suffix, such as '500m' or '2Gi'",
        "spec.selector: missing, but required",
    ]


def test_many_problems_are_cut_at_a_hundred() -> None:
    found = problems(meta_v1.ObjectMeta, {"labels": {f"l{n}": n for n in range(1000)}})
    assert len(found) == 101
    assert found[-1] == "... and 900 more"


@pytest.mark.parametrize(
    ("cls", "data", "problem"),
    [
        (core_v1.Container, {"name": "a", "LivenessProbe": {}}, "LivenessProbe: unknown field; livenessProbe?"),
        (core_v1.Container, {"name": "a", "liveness_probe": {}}, "liveness_probe: unknown field; livenessProbe?"),
        (core_v1.PodSpec, {"containers": [], "hostip": 1}, "hostip: unknown field; hostIPC?"),
        (core_v1.PodSpec, {"containers": [], "xyz": 1}, "xyz: unknown field"),
        (core_v1.Pod, {"metdata": {}}, "metdata: unknown field; metadata?"),
        (core_v1.Pod, {"containers": []}, "containers: unknown field; spec.containers?"),
        (
            core_v1.Pod,
            {"spec": {"containers": [{"name": "a", "volumes": []}]}},
            "spec.containers[0].volumes: unknown field; volumes of the PodSpec around it?",
        ),
        (core_v1.ConfigMap, {"data": {"a": None}}, 'data["a"]: expected a string, got null'),
        (
            core_v1.Secret,
            {"stringData": {"password:hunter2": None}},
            'stringData["password:..."]: expected a string, got null; put a space after the colon',
        ),
        (core_v1.ConfigMap, {"data": []}, "data: expected a mapping, got a list"),
        (core_v1.ConfigMap, {"data": {"a": 1.5}}, 'data["a"]: expected a string, got a number with a fraction; put'),
        (core_v1.Container, {"name": "a", "args": "x"}, "args: expected a list, got a string"),
        (core_v1.Container, {"name": "a", "args": [None]}, "args[0]: expected a string, got null"),
        (core_v1.Container, {"name": "a", "tty": "no"}, "tty: expected true or false, got a string; write it without"),
        (core_v1.Container, {"name": None}, "name: null, but the field is required; write a string"),
        (core_v1.ServicePort, {"port": True}, "port: expected an integer, got a boolean"),
        (
            core_v1.ServicePort,
            {"port": 80, "targetPort": []},
            "targetPort: expected an integer or a string, got a list",
        ),
        (meta_v1.ObjectMeta, {"generation": 10**25 + 1}, "generation: larger than 64 bits"),
        (core_v1.Secret, {"data": {"a": "%%%"}}, 'data["a"]: not base64; encode the value, as in `base64 < file`'),
        (
            meta_v1.ObjectMeta,
            {"creationTimestamp": "2026-01-02T00:00:00"},
            "creationTimestamp: 2026-01-02T00:00:00 has",
        ),
        (
            meta_v1.ObjectMeta,
            {"creationTimestamp": "today"},
            "creationTimestamp: not a time; write it like 2026-01-02T",
        ),
        (coordination_v1.LeaseSpec, {"renewTime": 5}, "renewTime: expected a time, got an integer"),
        (apiextensions_v1.JSONSchemaProps, {"maximum": "5"}, "maximum: expected a number, got a string; write it"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_a_problem_names_its_place_and_what_was_probably_meant(cls: type[Model], data: Any, problem: str) -> None:
    found = problems(cls, data)
    assert len(found) == 1
    assert found[0].startswith(problem)


def test_another_kind_is_the_only_problem_of_its_mapping() -> None:
    found = problems(core_v1.Pod, {"apiVersion": "v1", "kind": "Service", "spec": {"ports": [], "nope": 1}})
    assert found == ["expected Pod of v1, got Service of v1"]
    pods = {"items": [{"kind": "Pod"}, {"kind": "Service", "metadata": {"name": "a", "namespace": "b"}, "x": 1}]}
    assert problems(core_v1.PodList, pods) == ["items[1] (b/a): expected Pod of v1, got Service of v1"]
    assert problems(core_v1.Pod, {"kind": 5}) == ["kind: expected a string, got an integer; put it in quotes"]


def test_kind_and_version_may_be_left_out_or_null() -> None:
    assert core_v1.ConfigMap.from_dict({"data": {"a": "b"}}) == core_v1.ConfigMap(data={"a": "b"})
    assert core_v1.ConfigMap.from_dict({"apiVersion": None, "kind": None}) == core_v1.ConfigMap()


def test_nulls_that_go_writes_are_no_problem() -> None:
    # `kubectl create --dry-run=client -o yaml` and controller-gen write such manifests.
    crd = apiextensions_v1.CustomResourceDefinitionNames.from_dict(
        {"kind": "A", "plural": "as", "categories": None, "singular": None}
    )
    assert crd.categories == []
    assert core_v1.PodSpec.from_dict({"containers": None}).containers == []
    assert meta_v1.ObjectMeta.from_dict({"creationTimestamp": None}).creation_timestamp is None
    condition = meta_v1.Condition.from_dict(
        {"type": "Ready", "status": "True", "reason": "a", "message": "", "lastTransitionTime": None}
    )
    assert not condition.last_transition_time
    assert certificates_v1.CertificateSigningRequestSpec.from_dict({"request": None, "signerName": "a"}).request == b""


def test_a_status_may_be_a_part_of_one() -> None:
    status = {"conditions": [{"type": "Ready"}], "containerStatuses": [{"name": None}]}
    pod = core_v1.Pod.from_dict({"status": status})
    assert pod.status.conditions[0].type == "Ready"
    listed = {"items": [{"status": status}, {"spec": {"containers": [{}]}}]}
    assert problems(core_v1.PodList, listed) == ["items[1].spec.containers[0].name: missing, but required"]
    assert problems(core_v1.Pod, {"status": {"phse": "a"}}) == ["status.phse: unknown field; phase?"]
    assert problems(core_v1.PodStatus, status)[0] == "conditions[0].status: missing, but required"


def test_free_form_fields_may_hold_anything() -> None:
    data: dict[str, Any] = {"default": {"anything": [1, None, "x"]}, "enum": [None, 1]}
    assert apiextensions_v1.JSONSchemaProps.from_dict(data).to_dict() == data


@pytest.mark.parametrize("value", ["80", 80, 0, "http"])
def test_both_types_of_int_or_string_are_accepted(value: object) -> None:
    assert core_v1.ServicePort.from_dict({"port": 1, "targetPort": value}).target_port == value


def test_strict_false_reads_as_responses_are_read() -> None:
    data: dict[str, Any] = {"metdata": {}, "spec": {"containers": [{"name": None, "livenesProbe": {}}]}}
    assert core_v1.Pod.from_dict(data, strict=False) == core_v1.Pod(
        spec=core_v1.PodSpec(containers=[core_v1.Container(name="")])
    )
    text = "metdata: {}\nspec: {containers: [{livenesProbe: {}}]}"
    assert core_v1.Pod.from_yaml(text, strict=False) == core_v1.Pod.from_dict(data, strict=False)
    assert core_v1.Pod.load_all(text, strict=False) == [core_v1.Pod.from_dict(data, strict=False)]


def test_from_json_drops_unknown_fields() -> None:
    assert core_v1.Pod.from_json(b'{"metdata":{},"spec":null}') == core_v1.Pod()


def test_no_value_of_a_manifest_is_in_an_error() -> None:
    secret = "hunter22"
    manifests: list[dict[str, Any]] = [
        {"stringData": {"a": [secret]}},
        {"data": {"a": secret + "%"}},
        {"stringData": secret},
    ]
    for data in manifests:
        with pytest.raises(DecodeError) as caught:
            core_v1.Secret.from_dict(data)
        assert secret not in str(caught.value)


def test_deep_manifests_are_decode_errors() -> None:
    schema: dict[str, Any] = {"type": "object"}
    for _ in range(450):
        schema = {"properties": {"a": schema}}
    with pytest.raises(DecodeError, match="nested deeper"):
        apiextensions_v1.JSONSchemaProps.from_dict(schema)


def test_python_values_in_a_manifest_are_read() -> None:
    lease = coordination_v1.LeaseSpec(holder_identity="a")
    read = coordination_v1.Lease.from_dict({"metadata": {"name": "a"}, "spec": lease})
    assert read.spec == lease
    assert core_v1.Secret.from_dict({"data": {"a": b"hi"}}).data == {"a": b"hi"}
    with pytest.raises(DecodeError, match=r"^ConfigMap: .*: data\.a: nan has no form in JSON"):
        core_v1.ConfigMap.from_dict({"data": {"a": float("nan")}})


def test_a_required_time_of_an_event_may_be_null() -> None:
    event = events_v1.Event.from_dict({"metadata": {"name": "a"}, "eventTime": None})
    assert not event.event_time
    assert event.to_dict()["eventTime"] is None


def test_load_all_reads_documents_and_lists() -> None:
    text = """# two maps
---
---
apiVersion: v1
kind: ConfigMap
metadata: {name: a}
---
# nothing here
---
apiVersion: v1
kind: List
items:
- {apiVersion: v1, kind: ConfigMap, metadata: {name: b}}
- {apiVersion: v1, kind: ConfigMap, metadata: {name: c}}
---
apiVersion: v1
kind: ConfigMapList
metadata: {resourceVersion: "5"}
items: [{metadata: {name: d}}]
---
{apiVersion: v1, kind: List, items: null}
...
"""
    maps = core_v1.ConfigMap.load_all(text)
    assert [config_map.metadata.name for config_map in maps] == ["a", "b", "c", "d"]
    assert core_v1.ConfigMap.load_all("") == core_v1.ConfigMap.load_all("---\n# nothing\n---\n") == []
    assert core_v1.ConfigMapList.load_all("kind: ConfigMapList\nitems: [{metadata: {name: a}}]") == [
        core_v1.ConfigMapList(items=[core_v1.ConfigMap(metadata=meta_v1.ObjectMeta(name="a"))])
    ]


def test_load_all_names_the_document_and_the_item() -> None:
    text = """
kind: ConfigMap
metadata: {name: a}
---
kind: ConfigMap
metadata: {name: b, namespace: shop}
dat: {}
---
kind: List
apiVersion: v1
items:
- kind: ConfigMap
- kind: Pod
- 5
---
text
"""
    with pytest.raises(DecodeError) as caught:
        core_v1.ConfigMap.load_all(text)
    assert str(caught.value).splitlines() == [
        "document 2 (line 5): ConfigMap shop/b: dat: unknown field; data?",
        "document 3 (line 9), items[1]: ConfigMap: expected ConfigMap of v1, got Pod of v1",
        "document 3 (line 9), items[2]: ConfigMap: expected a mapping, got an integer",
        "document 4 (line 16): ConfigMap: expected a mapping, got a string",
    ]


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("kind: List\napiVersion: v1\nitem: []", r"document 1 \(line 1\): List: unknown fields \['item'\]"),
        ("kind: List\napiVersion: v1\nitems: {}", r"document 1 \(line 1\): List: items is not a list"),
        ("kind: PodList\napiVersion: v1\nitems: []", "expected ConfigMap of v1, got PodList of v1"),
        ("kind: ConfigMap\n---\na: [", "not valid YAML: document 2, line"),
        ("a: &x 1\n---\nb: *x", "line 3: an alias refers to an undefined anchor"),
    ],
)
def test_load_all_refuses(text: str, problem: str) -> None:
    with pytest.raises(DecodeError, match=problem):
        core_v1.ConfigMap.load_all(text)


@pytest.mark.parametrize("kind", ["List", "ConfigMapList"])
def test_a_list_like_an_object_may_leave_out_its_api_version(kind: str) -> None:
    (colors,) = core_v1.ConfigMap.load_all(f"kind: {kind}\nitems: [{{kind: ConfigMap, data: {{primary: blue}}}}]")
    assert colors.data == {"primary": "blue"}


def test_a_list_is_read_by_load_all_and_from_yaml_says_so() -> None:
    for kind in ("List", "PodList"):
        with pytest.raises(DecodeError, match=f"expected Pod of v1, got {kind} of v1; read its items with load_all"):
            core_v1.Pod.from_yaml(f"apiVersion: v1\nkind: {kind}\nitems: []")


@pytest.mark.parametrize("kind", ["[List]", "{a: List}", "5"])
def test_a_kind_that_is_not_text_is_a_decode_error(kind: str) -> None:
    for read in (core_v1.Pod.from_yaml, core_v1.Pod.load_all):
        with pytest.raises(DecodeError, match="kind: expected a string"):
            read(f"apiVersion: v1\nkind: {kind}\nitems: []")


def test_bytes_are_read_as_text_is() -> None:
    for text in (POD, '{"kind": "Pod", "metadata": {"name": "web"}}'):
        assert core_v1.Pod.from_yaml(text.encode()) == core_v1.Pod.from_yaml(text)
        assert core_v1.Pod.load_all(text.encode("utf-16")) == core_v1.Pod.load_all(text)
    with pytest.raises(DecodeError, match="not utf-8 text"):
        core_v1.Pod.from_yaml(b"a: \xff")


@pytest.mark.parametrize("text", [None, 5, Path("pod.yaml"), {"kind": "Pod"}], ids=repr)
def test_another_type_than_text_is_an_invalid_argument(text: Any) -> None:
    for read in (core_v1.Pod.from_yaml, core_v1.Pod.load_all):
        with pytest.raises(InvalidArgument, match=r"^text must be str or bytes, got .*; read a file with read_text"):
            read(text)


def test_a_long_path_is_cut_in_its_middle() -> None:
    schema: Any = {"type": 5}
    for _ in range(100):
        schema = {"properties": {"property": schema}}
    (found,) = problems(apiextensions_v1.JSONSchemaProps, schema)
    assert len(found) < 600
    assert found.startswith('properties["property"].')
    assert found.endswith('["property"].type: expected a string, got an integer; put it in quotes')


@pytest.mark.parametrize("text", [POD, f"---\n{POD}", f"{POD}---\n", f"---\n# empty\n---\n{POD}---\n...\n"])
def test_empty_documents_are_ignored_by_from_yaml(text: str) -> None:
    assert core_v1.Pod.from_yaml(text).metadata.name == "web"


def test_json_with_escaped_surrogate_pairs_is_read() -> None:
    text = r' {"kind":"ConfigMap","data":{"a":"\ud83d\ude80"}}'
    assert core_v1.ConfigMap.from_yaml(text).data == {"a": "🚀"}
    for begin, end in (("", ""), ("---\n", "\n---\n"), ("\ufeff--- ", "---\n")):
        assert core_v1.ConfigMap.load_all(begin + text + end) == [core_v1.ConfigMap(data={"a": "🚀"})]


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ('{"data": {"a": "b", "a": "c"}}', "is repeated"),
        (r'{"data": {"a": "\ud800"}}', "Unicode"),
        ('{"data": {"a": "b"}', "not valid YAML"),
        ('{"data": ' + "[" * 200_000 + "]" * 200_000 + "}", "nested deeper"),
    ],
    ids=["repeated", "surrogate", "cut", "deep"],
)
def test_bad_json_is_refused_by_from_yaml(text: str, problem: str) -> None:
    with pytest.raises(DecodeError, match=problem):
        core_v1.ConfigMap.from_yaml(text)


fields = st.sampled_from(
    [
        "metadata",
        "spec",
        "status",
        "containers",
        "name",
        "labels",
        "ports",
        "containerPort",
        "kind",
        "limits",
        "startTime",
    ]
)
json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(fields | st.text(max_size=3), inner, max_size=4),
    max_leaves=20,
)


@pytest.mark.slow
@given(json_values)
def test_any_data_is_a_model_or_a_decode_error(value: Any) -> None:
    container = {"name": "a", "resources": {"limits": {"cpu": value}}, "ports": [value], "livenessProbe": value}
    manifests: list[Any] = [
        value,
        {"metadata": value},
        {"spec": {"containers": [value, container]}},
        {"status": {"startTime": value, "podIPs": value}},
    ]
    for data in manifests:
        try:
            pod = core_v1.Pod.from_dict(data)
        except DecodeError:
            continue
        # What a strict reader takes is what the other readers read.
        assert core_v1.Pod.from_json(json.dumps(data)) == pod
        assert core_v1.Pod.from_json(pod.to_json()) == pod
