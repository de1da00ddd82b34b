"""Fetches the OpenAPI document of a cluster with aiokube's own client; `make spec` runs this module."""

from __future__ import annotations

import argparse
import asyncio
import sys
from pathlib import Path

from aiokube.runtime.client import BaseClient
from aiokube.runtime.errors import AiokubeError, DecodeError, printable

from .document.source import Source, write_source
from .errors import CodegenError


async def fetch(*, kubeconfig: str | None = None, context: str | None = None) -> Source:
    """Fetch the OpenAPI document of a cluster, and its version.

    Args:
        kubeconfig: Kubeconfig file. None: find the cluster as kubectl does.
        context: Context. None: the current one.

    Raises:
        AiokubeError: The cluster cannot be found or reached, or refuses the request.
        CodegenError: A response is empty, or does not come from an API server.
    """
    async with BaseClient(kubeconfig=kubeconfig, context=context) as client:
        assert client.config is not None
        try:
            version = (await client.request("GET", "/version")).json()
        except DecodeError as error:
            raise CodegenError(
                f"GET {client.config.server}/version: {error}: is this a Kubernetes API server?"
            ) from error
        document = await client.request("GET", "/openapi/v2", accept="application/json")
        if not document.body:
            raise CodegenError(f"GET {client.config.server}/openapi/v2: the response is empty")
        git_version = version.get("gitVersion") if isinstance(version, dict) else None
        return Source(
            data=bytes(document.body),
            origin=f"{client.config.server}/openapi/v2",
            version=git_version if isinstance(git_version, str) else None,
        )


def main() -> int:
    """Write the OpenAPI document of a cluster into a folder."""
    parser = argparse.ArgumentParser(
        prog="python -m aiokube_codegen.fetch", description="Fetch a cluster's OpenAPI document."
    )
    parser.add_argument("folder", type=Path, metavar="DIR")
    parser.add_argument("--kubeconfig", metavar="FILE")
    parser.add_argument("--context", metavar="NAME")
    arguments = parser.parse_args()
    try:
        source = asyncio.run(fetch(kubeconfig=arguments.kubeconfig, context=arguments.context))
        path = write_source(source, arguments.folder)
    except (AiokubeError, CodegenError, OSError) as error:
        print("error: " + "\n".join(map(printable, str(error).splitlines())), file=sys.stderr)
        return 1
    print(f"{path}: {len(source.data):,} bytes from Kubernetes {printable(source.version or 'of an unknown version')}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
