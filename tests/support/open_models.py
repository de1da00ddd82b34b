"""Open classes and quantities for tests, as the generator writes them."""

from typing import Any

from aiokube.models import apiextensions_v1, meta_v1
from aiokube.runtime.verbs import (
    ABSENT_DICT,
    ABSENT_LIST,
    ABSENT_QUANTITY,
    ABSENT_QUANTITY_LIST,
    ABSENT_QUANTITY_MAP,
    UNSET,
    UNSET_QUANTITY,
    BytesField,
    DynamicObject,
    Model,
    NullableQuantity,
    NullableQuantityList,
    NullableQuantityMap,
    Open,
    OpenModel,
    OptionalQuantity,
    QuantityField,
    QuantityList,
    QuantityMap,
    QuantityModel,
    Raw,
    TimeField,
    UnsetType,
    absent,
    dataclass,
    field,
)


@dataclass
class Step(OpenModel, QuantityModel, kw_only=True):
    """An open class that holds itself and a quantity."""

    step_name: str
    size: OptionalQuantity = ABSENT_QUANTITY
    started: TimeField | None = None
    key: BytesField | None = None
    steps: "list[Open[Step]]" = ABSENT_LIST


@dataclass
class Closed(Model, kw_only=True):
    """A class without extra fields."""

    inner: Open[Step] | None = None
    count: int = 0


@dataclass
class RequiringStep(Model, kw_only=True):
    """A class that requires an object of an open class."""

    step: Open[Step]


@dataclass
class RawHolder(OpenModel, kw_only=True):
    """Raw JSON in containers, and a class that holds itself."""

    by_name: dict[str, Raw] | None = ABSENT_DICT
    all: list[Raw] = ABSENT_LIST
    validation: apiextensions_v1.CustomResourceValidation | None = None


@dataclass
class FlowSpec(OpenModel, kw_only=True):
    """Every place in which an open class stands."""

    first: Open[Step] = absent(Step)
    maybe: "Open[Step] | UnsetType | None" = UNSET
    steps: list[Open[Step]] = ABSENT_LIST
    by_name: dict[str, Open[Step]] | None = ABSENT_DICT
    nested: list[dict[str, list[Open[Step]]]] = ABSENT_LIST
    closed: Closed = absent(Closed)
    anything: Any = UNSET


@dataclass
class Flow(OpenModel, kw_only=True):
    """A kind that is open itself."""

    api_version: str = field(default_factory=lambda: "flows.example.com/v1")
    kind: str = field(default_factory=lambda: "Flow")
    metadata: meta_v1.ObjectMeta = absent(meta_v1.ObjectMeta)
    spec: Open[FlowSpec] = absent(FlowSpec)


@dataclass
class FlowList(Model, kw_only=True):
    """A list of an open kind."""

    api_version: str = field(default_factory=lambda: "flows.example.com/v1")
    items: list[Open[Flow]]
    kind: str = field(default_factory=lambda: "FlowList")
    metadata: meta_v1.ListMeta = absent(meta_v1.ListMeta)


@dataclass
class Wild(DynamicObject, kw_only=True):
    """A kind without a schema."""

    api_version: str = field(default_factory=lambda: "flows.example.com/v1")
    kind: str = field(default_factory=lambda: "Wild")


@dataclass
class WildList(Model, kw_only=True):
    """A list of a kind without a schema."""

    api_version: str = field(default_factory=lambda: "flows.example.com/v1")
    items: list[Open[Wild]]
    kind: str = field(default_factory=lambda: "WildList")
    metadata: meta_v1.ListMeta = absent(meta_v1.ListMeta)


@dataclass
class OpenMap(DynamicObject, kw_only=True):
    """A ConfigMap without a schema."""

    api_version: str = field(default_factory=lambda: "v1")
    kind: str = field(default_factory=lambda: "ConfigMap")


@dataclass
class OpenMapList(Model, kw_only=True):
    """A list of ConfigMaps without a schema."""

    api_version: str = field(default_factory=lambda: "v1")
    items: list[Open[OpenMap]]
    kind: str = field(default_factory=lambda: "ConfigMapList")
    metadata: meta_v1.ListMeta = absent(meta_v1.ListMeta)


@dataclass
class Sizes(QuantityModel, kw_only=True):
    """Each kind of field of quantities, as a custom resource has it."""

    needed: QuantityField
    maybe: OptionalQuantity = ABSENT_QUANTITY
    null: NullableQuantity = UNSET_QUANTITY
    null_list: NullableQuantityList = ABSENT_QUANTITY_LIST
    null_map: NullableQuantityMap = ABSENT_QUANTITY_MAP
    all: QuantityList = ABSENT_QUANTITY_LIST
    by_name: QuantityMap = ABSENT_QUANTITY_MAP


STEP: dict[str, Any] = {
    "stepName": "a",
    "size": 1.5,
    "started": "2026-01-02T03:04:05.123456789Z",
    "key": "aGVsbG8=",
    "x": {"w": [1, None, 1.5, {"z": "ü"}]},
    "steps": [{"stepName": "b", "x": None}],
}
FLOW: dict[str, Any] = {
    "apiVersion": "flows.example.com/v1",
    "kind": "Flow",
    "metadata": {
        "name": "one",
        "namespace": "shop",
        "managedFields": [{"manager": "kubectl", "fieldsV1": {"f:spec": {"f:x": {}}}}],
    },
    "spec": {
        "first": STEP,
        "maybe": None,
        "steps": [STEP, {"stepName": "c"}],
        "byName": {"d": STEP},
        "nested": [{"e": [STEP]}],
        "closed": {"inner": STEP, "count": 1},
        "anything": {"f": None},
        "more": [],
        "step_name": "",
        "*extra_fields": {"odd": True},
    },
    "status": {"phase": "Running", "extra_fields": {}},
    "extraFields": [1],
}
WILD: dict[str, Any] = {
    "apiVersion": "flows.example.com/v1",
    "kind": "Wild",
    "metadata": {
        "name": "one",
        "namespace": "shop",
        "labels": {},
        "creationTimestamp": "2026-01-02T03:04:05Z",
        "managedFields": [
            {
                "manager": "kubectl",
                "operation": "Update",
                "apiVersion": "flows.example.com/v1",
                "time": "2026-01-02T03:04:05Z",
                "fieldsType": "FieldsV1",
                "fieldsV1": {"f:spec": {".": {}, "f:replicas": {}}},
                "subresource": "status",
            }
        ],
        "selfLink": "/apis/flows.example.com/v1/wilds/one",
    },
    "spec": {"replicas": 1, "odd": [None, 1.0, {"a": "b"}]},
    "status": None,
    "words": ["a"],
}
