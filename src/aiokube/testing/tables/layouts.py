"""The layouts of all built-in kinds."""

from __future__ import annotations

from . import cluster, devices, networking, pods, policy, storage, workloads
from .columns import AGE, NAME, Column, Layout, text, value

LAYOUTS: dict[str, Layout] = {
    **pods.LAYOUTS,
    **workloads.LAYOUTS,
    **networking.LAYOUTS,
    **storage.LAYOUTS,
    **cluster.LAYOUTS,
    **policy.LAYOUTS,
    **devices.LAYOUTS,
}
"""By collection, such as `deployments.apps`; other kinds have the default table."""

SCALE = Layout(
    (
        Column("Name", text("metadata.name"), about="metadata.name"),
        Column("Desired", value("spec.replicas", 0), about="spec.replicas", type="integer"),
        Column("Available", value("status.replicas", 0), about="status.replicas", type="integer"),
        AGE,
    )
)
"""The table of the subresource `scale`."""

CUSTOM_SCALE = Layout(
    (
        NAME,
        Column("Desired", value("spec.replicas", None), "Number of desired replicas", type="integer"),
        Column("Available", value("status.replicas", None), "Number of actual replicas", type="integer"),
        Column("Age", AGE.cell, about=AGE.about, type="date"),
    )
)
"""That of custom resources."""
