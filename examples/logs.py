"""Follow the logs of every pod that matches a label selector, with a watch and one log stream for each pod.

python examples/logs.py app=web [KUBECONFIG]
"""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Callable

from aiokube import Client
from aiokube.errors import AiokubeError
from aiokube.models import core_v1


async def follow(kube: Client, label_selector: str, show: Callable[[str], object]) -> None:
    """Show every line of every container as `pod/container: line`, until cancelled.

    Args:
        kube: The client; its namespace is the one to follow.
        label_selector: The label selector.
        show: Called with each line.
    """
    followed: set[str] = set()
    async with asyncio.TaskGroup() as group:
        async for event in kube.core_v1.pods.watch(label_selector=label_selector):
            pod = event.object
            if event.type != "DELETED" and is_running(pod) and pod.metadata.uid not in followed:
                followed.add(pod.metadata.uid)
                group.create_task(tail(kube, pod.metadata.name, show))


async def tail(kube: Client, name: str, show: Callable[[str], object]) -> None:
    """Show the last lines of a pod and all new ones; a failure is shown, and the other pods are followed on."""
    try:
        async for line in kube.core_v1.pods.all_log_lines(name, follow=True, tail_lines=10):
            show(f"{name}/{line.container}: {line.text}")
    except AiokubeError as error:
        show(f"{name}: {error}")


def is_running(pod: core_v1.Pod) -> bool:
    """Return True if the containers of a pod have started."""
    return pod.status.phase == "Running"


async def main(label_selector: str, kubeconfig: str | None = None) -> None:
    """Print the logs until interrupted."""
    async with Client(kubeconfig=kubeconfig) as kube:
        await follow(kube, label_selector, lambda line: print(line, flush=True))


if __name__ == "__main__":
    if len(sys.argv) < 2:
        sys.exit(__doc__)
    try:
        asyncio.run(main(*sys.argv[1:]))
    except KeyboardInterrupt:
        sys.exit(130)
