"""The bound of the nesting of data: the same for everything that is read and written, on any stack."""

from __future__ import annotations

import copy
import json
import threading
from collections.abc import Callable
from typing import Any

import pytest

from aiokube.errors import AiokubeError, DecodeError, InvalidRequest
from aiokube.models import apiextensions_v1, apps_v1, core_v1, meta_v1
from aiokube.runtime.codec.depth import MAX_DEPTH, is_too_deep, shallow
from aiokube.runtime.codec.model import Raw, encode
from aiokube.runtime.http.request import Response
from aiokube.runtime.verbs.json_patch import JsonPatchBase
from tests.support.open_models import Flow, FlowList, Wild

_SMALL_STACK = 256 << 10


def manifest(levels: int) -> dict[str, Any]:
    """Return a manifest of so many levels."""
    data: Any = 1
    for _ in range(levels - 1):
        data = {"a": data}
    named = {"name": "deep", "namespace": "shop"}
    return {"apiVersion": "apps/v1", "kind": "ControllerRevision", "metadata": named, "revision": 1, "data": data}


def text(levels: int) -> bytes:
    """Return the same as JSON."""
    return json.dumps(manifest(2)).encode().replace(b'{"a": 1}', b'{"a":' * (levels - 1) + b"1" + b"}" * (levels - 1))


def revision(levels: int) -> apps_v1.ControllerRevision:
    named = meta_v1.ObjectMeta(name="deep", namespace="shop")
    return apps_v1.ControllerRevision(metadata=named, revision=1, data=manifest(levels)["data"])


def open_manifest(levels: int) -> dict[str, Any]:
    """Return a manifest of an open kind of so many levels, in an extra field of its spec."""
    spec = {"first": {"stepName": "a"}, "odd": manifest(levels - 1)["data"]}
    return {"metadata": {"name": "deep", "namespace": "shop"}, "spec": spec}


def open_text(levels: int) -> bytes:
    """Return the same as JSON."""
    deep = b'{"a":' * (levels - 2) + b"1" + b"}" * (levels - 2)
    return json.dumps(open_manifest(3)).encode().replace(b'{"a": 1}', deep)


def flow(levels: int) -> Flow:
    found = Flow.from_dict(open_manifest(3))
    found.spec.extra_fields = open_manifest(levels)["spec"]
    del found.spec.extra_fields["first"]
    return found


def dynamic(levels: int) -> Wild:
    found = Wild.from_dict({"metadata": {"name": "deep", "namespace": "shop"}})
    found["spec"] = manifest(levels)["data"]
    return found


def wild_text(levels: int) -> bytes:
    return text(levels).replace(b"apps/v1", b"flows.example.com/v1").replace(b"ControllerRevision", b"Wild")


def raw(levels: int) -> meta_v1.ObjectMeta:
    """Return metadata with raw JSON, which stands on the fourth level."""
    fields = Raw(b"[" * (levels - 3) + b"]" * (levels - 3))
    entry = meta_v1.ManagedFieldsEntry(fields_v1=fields)
    return meta_v1.ObjectMeta(name="deep", namespace="shop", managed_fields=[entry])


def edited(levels: int) -> object:
    raw = manifest(2)
    obj = apps_v1.ControllerRevision.from_dict(raw)
    base = JsonPatchBase(obj, raw)
    obj.data = manifest(levels)["data"]
    return base.patch_for(obj)


CALLS: dict[str, Callable[[int], object]] = {
    "from_json": lambda levels: apps_v1.ControllerRevision.from_json(text(levels)),
    "from_dict": lambda levels: apps_v1.ControllerRevision.from_dict(manifest(levels)),
    "lenient from_dict": lambda levels: apps_v1.ControllerRevision.from_dict(manifest(levels), strict=False),
    "to_dict": lambda levels: revision(levels).to_dict(),
    "to_json": lambda levels: revision(levels).to_json(),
    "manifest": lambda levels: encode(manifest(levels)),
    "response": lambda levels: Response(status=200, headers={}, body=text(levels)).json(),
    "edit": edited,
    "open from_json": lambda levels: Flow.from_json(open_text(levels)),
    "open from_dict": lambda levels: Flow.from_dict(open_manifest(levels)),
    "open to_dict": lambda levels: flow(levels).to_dict(),
    "open to_json": lambda levels: flow(levels).to_json(),
    "open in a list": lambda levels: FlowList(items=[flow(levels - 2)]).to_json(),
    "dynamic from_json": lambda levels: Wild.from_json(wild_text(levels)),
    "dynamic to_json": lambda levels: dynamic(levels).to_json(),
    "raw to_dict": lambda levels: raw(levels).to_dict(),
    "raw from_dict": lambda levels: core_v1.ConfigMap.from_dict({"metadata": raw(levels - 1)}),
}
_NAMED = [
    name for name in CALLS if name not in ("lenient from_dict", "response", "open in a list") and "raw" not in name
]


@pytest.mark.parametrize("call", CALLS.values(), ids=CALLS)
def test_data_up_to_the_bound_is_read_and_written_and_deeper_data_is_a_typed_error(
    call: Callable[[int], object],
) -> None:
    assert call(MAX_DEPTH)
    for levels in (MAX_DEPTH + 1, 900, 2000, 9000):
        with pytest.raises((DecodeError, InvalidRequest), match=rf"nested deeper than {MAX_DEPTH} levels$"):
            call(levels)


@pytest.mark.parametrize("name", _NAMED)
def test_the_error_names_the_object(name: str) -> None:
    with pytest.raises(AiokubeError, match=r"shop/deep"):
        CALLS[name](MAX_DEPTH + 1)


# CPython itself overflows a small stack where it frees dicts of 9,000 levels.
_ON_SMALL_STACKS = [
    (name, levels)
    for name in CALLS
    for levels in (MAX_DEPTH, 1400, 3000, 9000)
    if levels < 9000 or name in ("from_json", "response", "open from_json", "dynamic from_json") or "raw" in name
]


@pytest.mark.slow
@pytest.mark.parametrize(("name", "levels"), _ON_SMALL_STACKS)
def test_no_depth_overflows_the_stack_of_a_thread(name: str, levels: int) -> None:
    # An error would keep the data until a garbage collection on any stack.
    errors: list[type[BaseException]] = []

    def run() -> None:
        try:
            CALLS[name](levels)
        except BaseException as error:
            errors.append(type(error))

    previous = threading.stack_size(_SMALL_STACK)
    try:
        thread = threading.Thread(target=run)
        thread.start()
    finally:
        threading.stack_size(previous)
    thread.join()
    assert all(issubclass(error, AiokubeError) for error in errors)
    assert bool(errors) == (levels > MAX_DEPTH)


def test_an_object_of_the_bound_can_be_copied_compared_and_shown() -> None:
    obj = revision(MAX_DEPTH)
    assert copy.deepcopy(obj) == obj
    assert apps_v1.ControllerRevision.from_dict(obj.to_dict()) == obj
    assert obj.to_yaml()


def schema(levels: int) -> apiextensions_v1.JSONSchemaProps:
    found = apiextensions_v1.JSONSchemaProps(type="object")
    for _ in range(levels):
        found = apiextensions_v1.JSONSchemaProps(properties={"a": found})
    return found


@pytest.mark.parametrize("levels", [100, 300, 10_000])
def test_a_repr_never_fails(levels: int) -> None:
    for obj in (revision(levels), schema(levels), core_v1.ConfigMapList(items=[core_v1.ConfigMap()])):
        shown = repr(obj)
        assert shown.startswith(f"{type(obj).__name__}(")
        assert ("..." in shown) == (not isinstance(obj, core_v1.ConfigMapList))
    cycle: dict[str, Any] = {}
    cycle["a"] = cycle
    assert "..." in repr(apps_v1.ControllerRevision(revision=1, data=cycle))


def test_a_cycle_is_too_deep() -> None:
    cycle: list[Any] = []
    cycle += [cycle, cycle]
    assert is_too_deep(cycle)
    with pytest.raises(InvalidRequest, match="nested deeper"):
        encode({"a": cycle})


def test_recursive_models_are_bounded() -> None:
    assert not is_too_deep(schema(MAX_DEPTH // 2 - 1))
    assert is_too_deep(schema(MAX_DEPTH // 2 + 1))
    with pytest.raises(InvalidRequest, match="JSONSchemaProps cannot be written as JSON: nested deeper"):
        schema(5000).to_json()


def test_empty_containers_count() -> None:
    deep: Any = {}
    for _ in range(MAX_DEPTH - 1):
        deep = [deep]
    assert not is_too_deep(deep)
    assert is_too_deep([deep])


def test_text_is_bounded_without_recursion() -> None:
    assert shallow(b"[" * MAX_DEPTH + b'"' + b"[" * 1000 + b'"' + b"]" * MAX_DEPTH)
    assert shallow(b"[" + b"[]," * 1000 + b"1]")
    for bracket in (b"[", b'{"a":'):
        with pytest.raises(RecursionError):
            shallow(bracket * (MAX_DEPTH + 1))
