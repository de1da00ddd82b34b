"""The real kubectl, beside which verbs are tested."""

from __future__ import annotations

import asyncio
import json
import subprocess
from typing import Any

from tests.cluster.cluster import Cluster
from tests.support.children import run


async def kubectl(cluster: Cluster, namespace: str, *args: str) -> subprocess.CompletedProcess[str]:
    """Run kubectl in a namespace, while the event loop goes on."""
    return await asyncio.to_thread(run, *cluster.kubectl_command("-n", namespace, *args))


async def read(cluster: Cluster, namespace: str, target: str) -> dict[str, Any]:
    """An object as kubectl reads it: `deployment/web`."""
    found: dict[str, Any] = json.loads((await kubectl(cluster, namespace, "get", target, "-o", "json")).stdout)
    return found
