"""The methods that custom resources share."""

from __future__ import annotations

import json
from pathlib import Path

from aiokube_codegen.document.load import load_spec
from aiokube_codegen.methods.group_versions import build_group_versions
from aiokube_codegen.models.build import build_models

CRDS = Path(__file__).with_name("crds.json")


def test_a_scale_has_its_own_class_among_shared_methods() -> None:
    spec = load_spec(CRDS.read_bytes(), origin="crds.json")
    assert any(path.endswith("/scale") for path in json.loads(CRDS.read_bytes())["paths"])
    built = build_group_versions(spec, build_models(spec))
    shared = [method for one in built.shared for method in one.methods if method.name.endswith("_scale")]
    names = ("get_scale", "replace_scale", "edit_scale", "patch_scale", "apply_scale")
    returned = {method.name: method.signature.returns for method in shared}
    assert returned == dict.fromkeys(names, "autoscaling_v1.Scale")
    assert not any("ListT" in argument for method in shared for argument in method.signature.arguments)
