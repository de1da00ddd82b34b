"""Fetches the OpenAPI document of a cluster with aiokube's own client; `make spec` runs this module."""

from __future__ import annotations

import argparse
import asyncio
import sys
from collections.abc import Sequence
from pathlib import Path

from aiokube.runtime.client import BaseClient
from aiokube.runtime.errors import AiokubeError, DecodeError, printable
from aiokube.runtime.http.auth.plugin_policy import PluginPolicy

from .cluster_options import add_cluster_options, cluster_options
from .document.source import Source, write_source
from .errors import CodegenError


async def fetch(
    *,
    kubeconfig: str | None = None,
    context: str | None = None,
    plugins: Sequence[str] | None = None,
    lenient_x509: bool = False,
) -> Source:
    """Fetch the OpenAPI document of a cluster, and its version.

    Args:
        kubeconfig: Kubeconfig file. None: find the cluster as kubectl does.
        context: Context. None: the current one.
        plugins: The exec plugins that may run. None: all.
        lenient_x509: Accept certificates that do not follow RFC 5280 to the letter.

    Raises:
        AiokubeError: The cluster cannot be found or reached, or refuses the request.
        CodegenError: A response is empty, or does not come from an API server.
    """
    policy = PluginPolicy.allowlist(*plugins) if plugins else None
    async with BaseClient(
        kubeconfig=kubeconfig, context=context, plugin_policy=policy, x509_strict=not lenient_x509
    ) as client:
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
    add_cluster_options(parser)
    arguments = parser.parse_args()
    try:
        source = asyncio.run(fetch(**cluster_options(arguments)))
        path = write_source(source, arguments.folder)
    except (AiokubeError, CodegenError, OSError) as error:
        print("error: " + "\n".join(map(printable, str(error).splitlines())), file=sys.stderr)
        return 1
    print(f"{path}: {len(source.data):,} bytes from Kubernetes {printable(source.version or 'of an unknown version')}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
