"""The roles and bindings that a real cluster has from the beginning, as FakeCluster has them.

`python -m tests.cluster -- python -m tests.conformance.policy` reads them from a new cluster, and writes them.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from aiokube import Client
from aiokube.testing.authorization.policy import ANNOTATIONS, FILE, LABELS

GROUP = "rbac.authorization.k8s.io"
PATHS = {
    f"{plural}.{GROUP}": f"/apis/{GROUP}/v1/{plural}"
    for plural in ("clusterroles", "clusterrolebindings", "roles", "rolebindings")
}
SELECTOR = "kubernetes.io/bootstrapping=rbac-defaults"

Json = dict[str, Any]


def reduced(obj: Json) -> Json:
    """Return an object without what a cluster chooses, and without rules that follow from other roles."""
    chosen = ("uid", "resourceVersion", "creationTimestamp", "managedFields")
    metadata = {name: value for name, value in obj["metadata"].items() if name not in chosen}
    rest = {name: value for name, value in obj.items() if name not in ("kind", "apiVersion", "metadata")}
    if rest.get("aggregationRule"):
        rest.pop("rules", None)
    return {"metadata": metadata, **rest}


def written(obj: Json) -> Json:
    """Return an object without the labels and annotations that all of them have."""
    short = reduced(obj)
    metadata = short["metadata"]
    assert metadata.pop("annotations") == ANNOTATIONS, obj
    labels = metadata.pop("labels")
    own = {name: value for name, value in labels.items() if name not in LABELS}
    return {**short, "metadata": {**metadata, "labels": own} if own else metadata}


def write(lists: Mapping[str, list[Json]], path: Path) -> None:
    """Write the objects, each on a line of its own."""
    parts = []
    for collection, items in lists.items():
        lines = ",\n".join(json.dumps(written(item), separators=(",", ":"), sort_keys=True) for item in items)
        parts.append(f"{json.dumps(collection)}: [\n{lines}\n]")
    path.write_text("{" + ",\n".join(parts) + "}\n")


async def main() -> None:
    """Read and write."""
    async with Client() as kube:
        lists: dict[str, list[Json]] = {}
        for collection, path in PATHS.items():
            response = await kube.request("GET", path, query={"labelSelector": SELECTOR})
            lists[collection] = response.json()["items"]
    write(lists, FILE)


if __name__ == "__main__":
    asyncio.run(main())
