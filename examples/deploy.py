"""Apply a folder, wait for the rollout, follow its logs: python examples/deploy.py FOLDER SELECTOR [KUBECONFIG]."""

import asyncio
import sys
from pathlib import Path

from aiokube import Client


async def main(folder: str, selector: str, kubeconfig: str | None = None) -> None:
    """Apply a folder, and show every line of the pods that a label selector chooses."""
    async with Client(kubeconfig=kubeconfig, field_manager="deploy.py") as kube:
        print(await kube.apply(Path(folder), wait=300), flush=True)
        async for line in kube.core_v1.pods.logs(label_selector=selector, follow=True):
            print(f"{line.pod}/{line.container}: {line.text}", flush=True)


asyncio.run(main(*sys.argv[1:]))
