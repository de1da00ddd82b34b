"""Run a fake cluster by itself, until Ctrl-C: `python -m aiokube.testing`."""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import signal
import sys
from pathlib import Path

from ..runtime.errors import AiokubeError
from .cluster import FakeCluster


async def serve(spec: Path | None, *, rbac: bool) -> None:
    """Serve until SIGINT or SIGTERM, and print the path of the kubeconfig when ready."""
    stop = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    async with FakeCluster(spec=spec, rbac=rbac) as cluster:
        sys.stderr.write(f"serving at {cluster.url}; Ctrl-C ends it\n")
        sys.stdout.write(f"{cluster.kubeconfig}\n")
        sys.stdout.flush()
        await stop.wait()


def main() -> int:
    """Return the exit code."""
    parser = argparse.ArgumentParser(prog="python -m aiokube.testing", description=__doc__)
    parser.add_argument("--spec", type=Path, metavar="FOLDER", help="OpenAPI v3 documents (default: the shipped ones)")
    parser.add_argument("--rbac", action="store_true", help="roles and bindings decide who may do what")
    arguments = parser.parse_args()
    try:
        with contextlib.suppress(KeyboardInterrupt):
            asyncio.run(serve(arguments.spec, rbac=arguments.rbac))
    except AiokubeError as error:
        sys.stderr.write(f"{error}\n")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
