"""The protocols of a resource are those whose methods it has, with every argument."""

from __future__ import annotations

import pytest

from aiokube.runtime.verbs import protocols
from aiokube_codegen.contract import PROTOCOL_NAMES, protocol_methods
from aiokube_codegen.methods.protocols import protocols_of
from aiokube_codegen.render.ir import Method, Signature

_TYPES = {"T": "a_v1.Box", "T_co": "a_v1.Box", "L_co": "a_v1.BoxList"}


def methods_of(*names: str) -> list[Method]:
    """Methods as the generator makes them, with everything that some protocols ask for."""
    found = []
    for name in names:
        for method, signature in protocol_methods(name).items():
            arguments = [one if one != "namespace" else f"{one}: str | None = None" for one in signature.parameters]
            returns = str(signature.return_annotation)
            for parameter, cls in _TYPES.items():
                returns = returns.replace(f"[{parameter}", f"[{cls}") if "[" in returns else returns
                returns = " | ".join(cls if part == parameter else part for part in returns.split(" | "))
            found.append(_method(method, tuple(arguments), returns))
    return found


def _method(name: str, arguments: tuple[str, ...], returns: str) -> Method:
    signature = Signature(arguments=arguments, returns="Any" if name == "wait_for" else returns)
    return Method(
        name=name,
        is_async=True,
        signature=signature,
        overloads=(signature,) if name == "wait_for" else (),
        docstring="",
        decorator="",
        calls="_get",
        passed=(),
        imports=frozenset(),
    )


def met(methods: list[Method], *, namespaced: bool = False) -> tuple[str, ...]:
    return protocols_of(methods, item="a_v1.Box", list_type="a_v1.BoxList", namespaced=namespaced)


_ALL = ("CanGet", "CanList", "CanCreate", "CanChange", "CanApply", "CanDelete", "CanDeleteCollection")


def test_a_resource_with_all_verbs_has_one_protocol() -> None:
    assert met(methods_of(*_ALL)) == ("ClusterResource[a_v1.Box, a_v1.BoxList]",)
    assert met(methods_of(*_ALL, "CanChangeStatus")) == ("ClusterResourceWithStatus[a_v1.Box, a_v1.BoxList]",)
    namespaced = methods_of(*(f"{name}Namespaced" for name in _ALL))
    assert met(namespaced, namespaced=True) == ("NamespacedResource[a_v1.Box, a_v1.BoxList]",)


@pytest.mark.parametrize("missing", _ALL)
def test_a_resource_without_some_verbs_has_those_of_the_others(missing: str) -> None:
    found = met(methods_of(*(name for name in _ALL if name != missing)))
    assert [one.partition("[")[0] for one in found] == [name for name in _ALL if name != missing]
    assert all(one.endswith(("[a_v1.Box]", "[a_v1.BoxList]", "[a_v1.Box, a_v1.BoxList]")) for one in found)


def test_a_method_without_an_argument_or_with_another_answer_does_not_meet_a_protocol() -> None:
    (get,) = methods_of("CanGetNamespaced")
    assert met([get], namespaced=True) == ("CanGetNamespaced[a_v1.Box]",)
    assert met([_method("get", ("self", "name: str"), "a_v1.Box")], namespaced=True) == ()
    assert met([_method("get", get.signature.arguments, "a_v1.Other")], namespaced=True) == ()


def test_every_protocol_may_be_imported_from_the_contract() -> None:
    assert all(getattr(protocols, name) for name in PROTOCOL_NAMES)
    assert set(_ALL) < set(PROTOCOL_NAMES)
