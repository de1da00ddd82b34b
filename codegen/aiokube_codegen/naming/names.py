"""Python names for Kubernetes names: pure functions, each rule with its reason."""

from __future__ import annotations

import builtins
import keyword
import re
import unicodedata
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping
from functools import cache
from typing import Final

import msgspec

from aiokube.runtime.codec.model import Model

# A word is a unit (`MBps`), a name with capitals of its own (`OAuth`), an acronym with its plural s (`podIPs`), a
# version (`V1beta1`), or a run of small letters with the capital before it. Letters beyond ASCII count as small: only
# ASCII names are written in camel case.
_WORD: Final = re.compile(
    r"""
      (?:[KMGTPE](?:iBs?|i?Bps)|[KMGT]Hz)(?![a-z])
    | (?:IPv[46]|[Oo]Auth[0-9]*|NVMe|[A-Z]a{2}S|IoT|QoS)(?![a-z])
    | (?:[Vv]Sphere|eBPF|gRPC|iSCSI|mTLS|v[CG]PUs?|vNICs?|vTPM)(?![a-z])
    | [A-Z]{2,}s(?![a-z])
    | V[0-9]+(?:(?:alpha|beta)[0-9]+)?(?![a-z])
    | [A-Z]+(?=V[0-9])
    | [A-Z]+[0-9]*(?![^\W0-9A-Z_])
    | [A-Z]?[^\WA-Z_]+?(?=V[0-9])
    | [A-Z]?[^\WA-Z_]+
    | [A-Z]+(?=[A-Z])
    """,
    re.VERBOSE,
)

# Names that a class body reads after its fields are bound.
_IN_ANNOTATIONS: Final = frozenset({"bool", "bytes", "dict", "float", "int", "list", "str"})
IMPORTED: Final = (
    frozenset({"Any", "MicroTime", "Model", "Quantity", "Raw", "UNSET", "UnsetType", "dataclass", "datetime", "field"})
    | {"ABSENT_DICT", "ABSENT_LIST", "ABSENT_QUANTITY", "ABSENT_QUANTITY_LIST", "ABSENT_QUANTITY_MAP", "absent"}
    | {"BytesField", "DynamicObject", "Open", "OpenModel", "TimeField"}
    | {"OptionalQuantity", "QuantityField", "QuantityList", "QuantityMap", "QuantityModel"}
    | {"NullableQuantity", "NullableQuantityList", "NullableQuantityMap", "UNSET_QUANTITY"}
)
_RESERVED: Final = (
    _IN_ANNOTATIONS
    | IMPORTED
    | frozenset(keyword.kwlist)
    | frozenset(name for name in dir(Model) if not name.startswith("__"))
    | {"l", "self", "cls"}
)
ARGUMENTS: Final = frozenset(
    {"address", "all_namespaces", "body", "change", "command", "condition", "follow_links", "headers", "indexers"}
    | {
        "input",
        "keep_managed_fields",
        "local_port",
        "max_bytes",
        "max_files",
        "max_line",
        "method",
        "name",
        "namespace",
    }
    | {"on_error", "on_undecodable", "options", "page_size", "path", "port", "progress", "protocols", "query", "scheme"}
    | {"self", "since_time", "source", "streaming_list", "subprotocols", "sync_timeout", "target", "timeout", "type"}
    | {
        "annotations",
        "audiences",
        "current_replicas",
        "delete_emptydir_data",
        "disable_eviction",
        "ignore_daemonsets",
        "images",
        "labels",
        "names",
        "overwrite",
    }
    | {
        "pod_selector",
        "replicas",
        "revision",
        "seconds",
        "skip_wait_for_delete_timeout",
        "max_log_requests",
        "to_revision",
        "transform",
        "watch_timeout",
    }
)
"""The arguments that methods have whatever the document says. A module of such a name would be hidden in them."""
_RESERVED_MODULES: Final = (
    IMPORTED
    | ARGUMENTS
    | frozenset((*keyword.kwlist, *dir(builtins)))
    | {"annotations", "asyncio", "check_abi", "collections", "contextlib", "import_module", "os", "overload", "typing"}
)
_RESERVED_CLASSES: Final = IMPORTED | frozenset(keyword.kwlist) | {"I", "O"}
_VERSION: Final = re.compile(r"v[0-9]+(?:(?:alpha|beta)[0-9]+)?")


def words(name: str) -> list[str]:
    """Split a camelCase, PascalCase, dashed or dotted name into words: `podIPs` -> `pod`, `IPs`."""
    # Python itself normalizes names by NFKC.
    return _WORD.findall("".join(char if _is_speakable(char) else " " for char in unicodedata.normalize("NFKC", name)))


def _is_speakable(char: str) -> bool:
    """True for the letters, marks and digits that names may hold in every version of Python; others divide words."""
    known = unicodedata.ucd_3_2_0
    is_letter = known.category(char) in ("Ll", "Lm", "Lo", "Lt", "Lu", "Mc", "Mn")
    return char.isascii() or is_letter or known.decimal(char, None) is not None


def snake_case(name: str) -> str:
    """`clusterIP` -> `cluster_ip`, `x-kubernetes-foo` -> `x_kubernetes_foo`."""
    # Small, some letters become two characters, the second of which no word holds: the dot of `İ`.
    small = re.sub(r"\W", "", "_".join(words(name)).lower())
    return unicodedata.normalize("NFKC", small)


@cache
def attribute_name(wire: str) -> str:
    """Name the attribute for the field `wire`: `podIPs` -> `pod_ips`, `continue` -> `continue_`, `$ref` -> `ref`.

    A name that Python, annotations or `Model` use gets a trailing `_`; one that no name can start with gets `field_`.
    """
    name = snake_case(wire)
    if not name.isidentifier() or name[0].isnumeric():
        name = f"field_{name}" if name else "field"
    return f"{name}_" if name in _RESERVED else name


def attribute_names(wires: Iterable[str], *, reserved: Collection[str] = ()) -> dict[str, str]:
    """Name the attributes of one class, by wire name: all different, whatever the order of `wires`.

    Args:
        wires: Names of all fields of the class.
        reserved: Other names that the class body uses: the modules in its annotations.
    """
    names: dict[str, str] = {}
    taken = set(reserved)
    # Names that msgspec turns back into the wire name come first: they need no `field(name=...)` without a suffix.
    for wire in sorted(wires, key=lambda wire: (camel_case(attribute_name(wire)) != wire, not words(wire), wire)):
        name = base = attribute_name(wire)
        if name in taken and not name.endswith("_"):
            name = base = f"{name}_"
        number = 2
        while name in taken:
            name = f"{base.rstrip('_')}_{number}"
            number += 1
        taken.add(name)
        names[wire] = name
    return names


@cache
def camel_case(attribute: str) -> str:
    """Return the wire name that msgspec's `rename="camel"` gives an attribute; others have to be spelled out."""
    struct = msgspec.defstruct("Probe", [attribute], rename="camel")
    return msgspec.structs.fields(struct)[0].encode_name


def pascal_case(name: str) -> str:
    """`schedule` -> `Schedule`, `podIPs` -> `PodIPs`."""
    return _capitalized(words(name))


def _capitalized(parts: Iterable[str]) -> str:
    # In capitals, some letters become two characters, the second of which no word holds: the caron of `ǰ`.
    joined = re.sub(r"\W", "", "".join(part[:1].upper() + part[1:] for part in parts))
    return unicodedata.normalize("NFKC", joined)


def class_name(kind: str, *, taken: Collection[str] = ()) -> str:
    """Name the class of a definition after its kind, unless a generated module uses the name itself.

    Args:
        kind: Last part of the definition's name.
        taken: Classes that the module already has.
    """
    name = kind[:1].upper() + kind[1:]
    if not name.isidentifier() or not name.isascii() or name.startswith("_"):
        # Python treats names in underscores as its own.
        name = pascal_case(kind) or "Object"
        if not name.isidentifier():
            name = f"Object{name}"
    if name in _RESERVED_CLASSES:
        name = f"{name}_"
    return _unlike(name, taken)


def module_name(package: str, *, taken: Collection[str] = ()) -> str:
    """Name the module of a Go package that belongs to no group: `io.k8s.apimachinery.pkg.version` -> `version`.

    Args:
        package: The package, in the order of a definition's name.
        taken: Modules that the package of models already has.
    """
    *_, parent, last = ["", "", *package.split(".")]
    name = snake_case(f"{parent}-{last}" if _VERSION.fullmatch(last) and parent else last) or "other"
    if not name.isidentifier() or name in _RESERVED_MODULES:
        name = f"module_{name}"
    return _unlike(name, taken, divider="_")


def resource_class_name(attribute: str, *, reserved: Collection[str] = (), taken: Collection[str] = ()) -> str:
    """Name the class of a resource's methods: `config_maps` -> `ConfigMaps`.

    Args:
        attribute: Name of the resource.
        reserved: Names that the module imports.
        taken: Classes that the module already has.
    """
    name = _capitalized(attribute.split("_"))
    if name in reserved or keyword.iskeyword(name):
        name = f"{name}_"
    return _unlike(name, taken)


def _unlike(name: str, taken: Collection[str], *, divider: str = "") -> str:
    """Return a name that is not taken, with a number from 2 on where it needs one."""
    found, number = name, 2
    while found in taken:
        found = f"{name}{divider}{number}"
        number += 1
    return found


def natural_order(name: str) -> list[tuple[bool, int, str]]:
    """Return a key that sorts the numbers in names by value: `v2`, `v10`."""
    parts = [part for part in re.split(r"([0-9]+)", name) if part]
    return [(not part.isdigit(), int(part) if part.isdigit() else 0, part) for part in parts]


def resource_name(kind: str, plural: str) -> str:
    """Name the attribute of a resource: `ConfigMap`, `configmaps` -> `config_maps`.

    The kind shows where words end, the plural how the last one ends. Where they do not match, only the plural is used.
    """
    *first, last = [word.lower() for word in words(kind)] or [""]
    endings = [last, f"{last}s", f"{last}es", f"{last[:-1]}ies"]
    for ending in endings:
        if "".join((*first, ending)) == plural:
            return _method("_".join((*first, ending)))
    return _method(snake_case(plural))


def operation_name(operation_id: str) -> str:
    """`readCoreV1NamespacedPod` -> `read_core_v1_namespaced_pod`."""
    return _method(snake_case(operation_id))


def _method(name: str) -> str:
    if not name.isidentifier():
        name = f"resource_{name}"
    return f"{name}_" if keyword.iskeyword(name) else name


class GroupNames:
    """Python names of group-versions: `apps_v1`, `rbac_v1`, `cert_manager_io_v1`.

    As in client-go, a `*.k8s.io` group or one without a dot goes by its first label, any other by its whole name. Where
    two groups would share a label, both go by their whole names.

    Args:
        groups: Every group and version of the document; the core group is empty.
        reserved: First parts with another meaning, like `meta`.
    """

    def __init__(self, groups: Iterable[tuple[str, str]], *, reserved: Collection[str] = ("meta",)) -> None:
        self._versions = sorted(set(groups))
        by_label: dict[str, set[str]] = defaultdict(set)
        for group, _ in self._versions:
            by_label[self._label(group)].add(group)
        prefixes: dict[str, str] = {}
        taken = set(reserved)
        for label, members in sorted(by_label.items()):
            for group in sorted(members):
                alone = len(members) == 1 and label not in taken
                prefix = _unlike(label if alone else self._identifier(group or "core"), taken, divider="_")
                taken.add(prefix)
                prefixes[group] = prefix
        names: dict[tuple[str, str], str] = {}
        for group, version in self._versions:
            name = f"{prefixes[group]}_{re.sub(r'[^a-z0-9]+', '_', version.lower())}"
            names[group, version] = _unlike(name, {*names.values(), *_RESERVED_MODULES}, divider="_")
        self._names: Mapping[tuple[str, str], str] = names
        classes: dict[tuple[str, str], str] = {}
        for group_version, name in names.items():
            joined = "".join(part.capitalize() for part in name.split("_"))
            classes[group_version] = _unlike(joined, classes.values(), divider="_")
        self._classes: Mapping[tuple[str, str], str] = classes

    def __iter__(self) -> Iterator[tuple[str, str]]:
        return iter(self._versions)

    def __contains__(self, group_version: object) -> bool:
        return group_version in self._names

    def name(self, group: str, version: str) -> str:
        """Name of the module and of the attribute of the client: `apps_v1`.

        Raises:
            KeyError: The document has no such group and version.
        """
        return self._names[group, version]

    def class_name(self, group: str, version: str) -> str:
        """Name of the class: `AppsV1`, `CertManagerIoV1beta1`."""
        return self._classes[group, version]

    @classmethod
    def _label(cls, group: str) -> str:
        if not group:
            return "core"
        return cls._identifier(group.split(".")[0] if group.endswith(".k8s.io") else group)

    @staticmethod
    def _identifier(group: str) -> str:
        name = re.sub(r"[^a-z0-9]+", "_", group.lower()).strip("_")
        return name if name.isidentifier() else f"group_{name}"
