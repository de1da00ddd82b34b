"""Every correction is still needed by the document that the shipped client is generated from."""

from __future__ import annotations

from pathlib import Path

import pytest

from aiokube_codegen.document.fixups import FIXUPS, Fixup, apply_fixups
from aiokube_codegen.document.load import load_spec
from aiokube_codegen.document.spec import Spec

SHIPPED = Path(__file__).parents[2] / "spec" / "openapi.json"


@pytest.fixture(scope="module")
def shipped() -> Spec:
    return load_spec(SHIPPED.read_bytes(), origin="spec/openapi.json")


@pytest.mark.parametrize("fixup", FIXUPS, ids=lambda fixup: fixup.name)
def test_a_fixup_matches_the_shipped_document_and_not_the_corrected_one(fixup: Fixup, shipped: Spec) -> None:
    schema = shipped.definitions[fixup.definition]
    assert fixup.matches(schema), f"{fixup.name} is right by now: remove its fixup"
    assert not fixup.matches(fixup.correct(schema))


def test_every_fixup_is_applied_and_nothing_else_changes(shipped: Spec) -> None:
    corrected, applied = apply_fixups(shipped.definitions)
    assert applied == [fixup.name for fixup in FIXUPS]
    changed = {name for name in shipped.definitions if corrected[name] != shipped.definitions[name]}
    assert changed == {fixup.definition for fixup in FIXUPS}


def test_a_correct_document_stays_as_it_is() -> None:
    name = "io.k8s.apimachinery.pkg.util.intstr.IntOrString"
    definitions = {name: {"x-kubernetes-int-or-string": True}}
    assert apply_fixups(definitions) == (definitions, [])
