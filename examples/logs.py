"""Show the logs of every pod behind a label, of those to come too: `python examples/logs.py app=web [KUBECONFIG]`."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Callable

from aiokube import Client
from aiokube.errors import AiokubeError
from aiokube.models import core_v1


async def follow(kube: Client, label_selector: str, show: Callable[[str], object]) -> None:
    """Show every line of every container, behind its pod's name and its own, until cancelled.

    Args:
        kube: the client.
        label_selector: which pods, in the client's namespace.
        show: called with each line.
    """
    known: set[str | None] = set()
    async with asyncio.TaskGroup() as group:
        async for event in kube.core_v1.pods.watch(label_selector=label_selector):
            pod = event.object
            if event.type != "DELETED" and runs(pod) and pod.metadata.uid not in known:
                known.add(pod.metadata.uid)
                group.create_task(tail(kube, pod.metadata.name or "", show))


async def tail(kube: Client, name: str, show: Callable[[str], object]) -> None:
    """Show the last lines of a pod and those to come; a pod that fails doesn't end the others."""
    try:
        async for line in kube.core_v1.pods.all_log_lines(name, follow=True, tail_lines=10):
            show(f"{name}/{line.container}: {line.text}")
    except AiokubeError as error:
        show(f"{name}: {error}")


def runs(pod: core_v1.Pod) -> bool:
    """Whether its containers have started."""
    return pod.status is not None and pod.status.phase == "Running"


async def main(label_selector: str, kubeconfig: str | None = None) -> None:
    """Follow the logs of the current cluster."""
    async with Client(kubeconfig=kubeconfig) as kube:
        await follow(kube, label_selector, lambda line: print(line, flush=True))


if __name__ == "__main__":
    if len(sys.argv) < 2:
        sys.exit(__doc__)
    try:
        asyncio.run(main(*sys.argv[1:]))
    except KeyboardInterrupt:
        sys.exit(130)
