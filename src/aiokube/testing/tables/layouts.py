"""The layouts of all built-in kinds."""

from __future__ import annotations

from . import cluster, devices, networking, pods, policy, storage, workloads
from .columns import Layout

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
