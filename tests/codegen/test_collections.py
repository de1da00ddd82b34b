"""The options of deleting a collection, which the document leaves out for custom resources."""

from __future__ import annotations

from pathlib import Path

import pytest

from aiokube_codegen.document.load import load_spec
from aiokube_codegen.methods.group_versions import build_group_versions
from aiokube_codegen.models.build import build_models

pytestmark = pytest.mark.slow  # generates and imports packages

CRDS = Path(__file__).parent / "crds.json"


@pytest.mark.parametrize("resource", ["cron_tabs", "oddities"])
def test_a_collection_of_custom_resources_is_deleted_with_the_options_of_one(resource: str) -> None:
    spec = load_spec(CRDS.read_bytes(), origin="crds.json")
    groups = build_group_versions(spec, build_models(spec)).groups
    methods = next(
        {method.name: method for method in found.methods}
        for group in groups
        for found in group.resources
        if found.name == resource
    )
    keywords = [argument.partition(":")[0] for argument in methods["delete_collection"].signature.arguments]
    assert keywords[keywords.index("options") :] == [
        "options",
        "continue_",
        "dry_run",
        "field_selector",
        "grace_period_seconds",
        "ignore_store_read_error_with_cluster_breaking_potential",
        "label_selector",
        "limit",
        "orphan_dependents",
        "propagation_policy",
        "resource_version",
        "resource_version_match",
        "shard_selector",
        "timeout_seconds",
    ]
