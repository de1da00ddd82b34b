"""Follow the logs of every pod that matches a label selector, those to come included.

python examples/logs.py app=web [KUBECONFIG]
"""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Callable

from aiokube import Client


async def follow(kube: Client, label_selector: str, show: Callable[[str], object]) -> None:
    """Show every line of every container as `pod/container: line`, until cancelled.

    Args:
        kube: The client; its namespace is the one to follow.
        label_selector: The label selector.
        show: Called with each line.
    """
    async for line in kube.core_v1.pods.logs(label_selector=label_selector, follow=True, tail_lines=10):
        show(f"{line.pod}/{line.container}: {line.text}")


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
