"""Kubernetes names become Python names by rules that these tables show."""

from __future__ import annotations

import keyword
import unicodedata

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from aiokube_codegen.naming.names import (
    ARGUMENTS,
    GroupNames,
    attribute_name,
    attribute_names,
    camel_case,
    class_name,
    module_name,
    operation_name,
    pascal_case,
    resource_name,
)
from aiokube_codegen.verbs import RESERVED


@pytest.mark.parametrize(
    ("wire", "name"),
    [
        ("podIPs", "pod_ips"),
        ("clusterIP", "cluster_ip"),
        ("nonResourceURLs", "non_resource_urls"),
        ("serverAddressByClientCIDRs", "server_address_by_client_cidrs"),
        ("hostIPC", "host_ipc"),
        ("openAPIV3Schema", "open_api_v3_schema"),
        ("fieldsV1", "fields_v1"),
        ("enableIPv6", "enable_ipv6"),
        ("ipv4", "ipv4"),
        ("x509Cert", "x509_cert"),
        ("sha256", "sha256"),
        ("fsGroup", "fs_group"),
        ("ID", "id"),
        ("FooBar", "foo_bar"),
        ("$ref", "ref"),
        ("appliedRebuildingMBps", "applied_rebuilding_mbps"),
        ("backendQuotaGiB", "backend_quota_gib"),
        ("completionTimeoutPerGiB", "completion_timeout_per_gib"),
        ("sizeInGiBs", "size_in_gibs"),
        ("rateKiBpsPerCPU", "rate_kibps_per_cpu"),
        ("cpuMHz", "cpu_mhz"),
        ("volumeEBS", "volume_ebs"),
        ("integratedOAuthMetadata", "integrated_oauth_metadata"),
        ("OAuth2Proxy", "oauth2_proxy"),
        ("vSphere", "vsphere"),
        ("VSphereMachine", "vsphere_machine"),
        ("CephNVMeOFGateway", "ceph_nvme_of_gateway"),
        ("nodeQoSClass", "node_qos_class"),
        ("loadBalancerIPs", "load_balancer_ips"),
        ("CephNFS", "ceph_nfs"),
        ("mTLS", "mtls"),
        ("vCPUs", "vcpus"),
        ("xFrameOptions", "x_frame_options"),
        ("x-kubernetes-foo", "x_kubernetes_foo"),
        ("with.dot/and slash", "with_dot_and_slash"),
        ("1st", "field_1st"),
        ("-", "field_"),
        ("", "field_"),
        ("_private", "private"),
        ("__class__", "class_"),
        ("größe", "größe"),
        ("名前", "名前"),
        ("\ufb01le", "file"),  # a ligature, which Python itself would read as two letters
        ("x\u24f4y", "x_y"),  # a twenty in a circle is a digit, yet no part of a name
        ("\u0130sim", "isim"),  # its small letter has a dot that is a character of its own
        ("\u2160\u16ee", "i"),  # letter-numbers: one that is a letter to Python, and one that is none to others
        ("\u4e00", "field_\u4e00"),  # a letter that is a number, too
        ("\u0870", "field_"),  # a letter that came with Unicode 14
        ("\ud800", "field_"),  # a lone surrogate
        ("continue", "continue_"),
        ("from", "from_"),
        ("except", "except_"),
        ("None", "none"),
        ("int", "int_"),
        ("bool", "bool_"),
        ("list", "list_"),
        ("datetime", "datetime_"),
        ("field", "field_"),
        ("self", "self_"),
        ("toDict", "to_dict_"),
        ("from_json", "from_json_"),
        ("toYAML", "to_yaml_"),
        ("l", "l_"),
        ("type", "type"),
        ("match", "match"),
    ],
)
def test_an_attribute_is_the_snake_case_of_the_wire_name_with_acronyms_whole(wire: str, name: str) -> None:
    assert attribute_name(wire) == name


@given(st.text())
def test_any_wire_name_has_an_attribute(wire: str) -> None:
    name = attribute_name(wire)
    assert name.isidentifier()
    assert not keyword.iskeyword(name)
    assert not name.startswith("_")
    assert unicodedata.normalize("NFKC", name) == name  # as Python reads it


@given(st.lists(st.text(), unique=True, max_size=8))
def test_no_two_fields_share_an_attribute_and_their_order_does_not_matter(wires: list[str]) -> None:
    names = attribute_names(wires)
    assert set(names) == set(wires)
    assert len(set(names.values())) == len(wires)
    assert attribute_names(reversed(wires)) == names


def test_the_field_that_needs_no_renaming_keeps_the_plain_attribute() -> None:
    names = attribute_names(["FooBar", "foo-bar", "fooBar", "foo_bar"])
    assert names == {"fooBar": "foo_bar", "FooBar": "foo_bar_", "foo-bar": "foo_bar_2", "foo_bar": "foo_bar_3"}


def test_an_attribute_does_not_hide_a_module() -> None:
    assert attribute_names(["meta_v1", "name"], reserved={"meta_v1"}) == {"meta_v1": "meta_v1_", "name": "name"}


@pytest.mark.parametrize("attribute", ["pod_ips", "continue_", "field_1st", "a", "größe", "foo_bar_2", "x__y"])
def test_camel_case_is_what_msgspec_makes_of_it(attribute: str) -> None:
    struct = msgspec.defstruct("Example", [(attribute, int)], rename="camel")
    assert msgspec.to_builtins(struct(1)) == {camel_case(attribute): 1}


@pytest.mark.parametrize(
    ("kind", "name"),
    [
        ("Pod", "Pod"),
        ("CSIDriver", "CSIDriver"),
        ("crontab", "Crontab"),
        ("Model", "Model_"),
        ("Any", "Any_"),
        ("None", "None_"),
        ("Quantity", "Quantity_"),
        ("List", "List"),
        ("foo-bar", "FooBar"),
        ("1st", "Object1st"),
        ("__init__", "Init"),
        ("_Private", "Private"),
        ("\ud800", "Object"),
        ("", "Object"),
    ],
)
def test_a_class_is_named_like_the_kind_unless_the_module_needs_the_name(kind: str, name: str) -> None:
    assert class_name(kind) == name


def test_a_class_name_that_is_taken_is_numbered() -> None:
    assert class_name("Pod", taken={"Pod", "Pod2"}) == "Pod3"


def test_pascal_case_keeps_acronyms() -> None:
    assert pascal_case("podIPs") == "PodIPs"
    assert pascal_case("x-kubernetes-foo") == "XKubernetesFoo"
    assert pascal_case("\ufb01le") == "File"


@pytest.mark.parametrize(
    ("kind", "plural", "name"),
    [
        ("Pod", "pods", "pods"),
        ("ConfigMap", "configmaps", "config_maps"),
        ("NetworkPolicy", "networkpolicies", "network_policies"),
        ("Endpoints", "endpoints", "endpoints"),
        ("EndpointSlice", "endpointslices", "endpoint_slices"),
        ("Ingress", "ingresses", "ingresses"),
        ("StorageClass", "storageclasses", "storage_classes"),
        ("CSIDriver", "csidrivers", "csi_drivers"),
        ("CSIStorageCapacity", "csistoragecapacities", "csi_storage_capacities"),
        ("APIService", "apiservices", "api_services"),
        ("IPAddress", "ipaddresses", "ip_addresses"),
        ("ServiceCIDR", "servicecidrs", "service_cidrs"),
        ("SelfSubjectAccessReview", "selfsubjectaccessreviews", "self_subject_access_reviews"),
        ("ComponentStatus", "componentstatuses", "component_statuses"),
        ("Person", "people", "people"),
        ("Lambda", "my-lambdas", "my_lambdas"),
        ("Import", "import", "import_"),
        ("Third", "3ds", "resource_3ds"),
        ("OAuth", "oauths", "oauths"),
        ("VSphereMachine", "vspheremachines", "vsphere_machines"),
    ],
)
def test_a_resource_is_the_plural_with_the_words_of_the_kind(kind: str, plural: str, name: str) -> None:
    assert resource_name(kind, plural) == name


@pytest.mark.parametrize(
    ("package", "name"),
    [
        ("io.k8s.apimachinery.pkg.version", "version"),
        ("com.example.lambda", "module_lambda"),
        ("com.example.class", "module_class"),
        ("com.example.async", "module_async"),
        ("com.example.import", "module_import"),
        ("com.example.datetime", "module_datetime"),
        ("com.example.field", "module_field"),
        ("com.example.typing", "module_typing"),
        ("com.example.dataclass", "module_dataclass"),
        ("com.example.list", "module_list"),
        ("com.example.name", "module_name"),
        ("com.example.v1", "example_v1"),
        ("com.example.3ds", "module_3ds"),
        ("v1", "v1"),
        ("", "other"),
    ],
)
def test_a_module_is_named_after_the_package_unless_a_generated_module_needs_the_name(package: str, name: str) -> None:
    assert module_name(package) == name
    assert module_name(package, taken={name}) == f"{name}_2"


def test_no_group_version_is_called_like_what_modules_use() -> None:
    names = GroupNames([("import", "module"), ("check", "abi"), ("local", "port"), ("local", "ports")])
    assert [names.name(*one) for one in names] == ["check_abi_2", "import_module_2", "local_port_2", "local_ports"]


def test_no_module_hides_behind_an_argument() -> None:
    assert {name for name in RESERVED if name.isidentifier()} <= ARGUMENTS


@pytest.mark.parametrize(
    ("operation_id", "name"),
    [
        ("readCoreV1NamespacedPod", "read_core_v1_namespaced_pod"),
        ("listResourceV1beta1DeviceClass", "list_resource_v1beta1_device_class"),
        ("getAPIVersions", "get_api_versions"),
    ],
)
def test_an_operation_is_the_snake_case_of_its_id(operation_id: str, name: str) -> None:
    assert operation_name(operation_id) == name


def test_groups_are_known_by_the_first_label_or_by_the_whole_name() -> None:
    names = GroupNames(
        [
            ("", "v1"),
            ("apps", "v1"),
            ("rbac.authorization.k8s.io", "v1"),
            ("cert-manager.io", "v1beta1"),
            ("cluster.x-k8s.io", "v1"),
            ("3scale.net", "v1-rc"),
        ]
    )
    assert [(names.name(*gv), names.class_name(*gv)) for gv in names] == [
        ("core_v1", "CoreV1"),
        ("group_3scale_net_v1_rc", "Group3scaleNetV1Rc"),
        ("apps_v1", "AppsV1"),
        ("cert_manager_io_v1beta1", "CertManagerIoV1beta1"),
        ("cluster_x_k8s_io_v1", "ClusterXK8sIoV1"),
        ("rbac_v1", "RbacV1"),
    ]


def test_groups_that_would_share_a_label_are_both_known_by_the_whole_name() -> None:
    names = GroupNames([("events", "v1"), ("events.k8s.io", "v1"), ("core.k8s.io", "v1"), ("", "v1")])
    assert names.name("events", "v1") == "events_v1"
    assert names.name("events.k8s.io", "v1") == "events_k8s_io_v1"
    assert names.name("", "v1") == "core_v1"
    assert names.name("core.k8s.io", "v1") == "core_k8s_io_v1"


def test_no_two_group_versions_share_a_class() -> None:
    names = GroupNames([("x1.example.com", "v1"), ("x-1.example.com", "v1"), ("a.io", "v1-1"), ("a.io", "v11")])
    assert len({names.class_name(*gv) for gv in names}) == 4


def test_no_two_group_versions_share_a_name() -> None:
    groups = [("a-b.c", "v1"), ("a.b.c", "v1"), ("meta", "v1"), ("meta.k8s.io", "v1"), ("x.k8s.io", "v1")]
    names = GroupNames(groups)
    assert len({names.name(*gv) for gv in groups} | {"meta_v1"}) == len(groups) + 1
    assert GroupNames(reversed(groups)).name("a.b.c", "v1") == names.name("a.b.c", "v1")
