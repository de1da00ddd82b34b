"""Tries the shipped client, and one generated from each server, on API servers of several versions.

`python -m tests.matrix` writes the table into docs/compatibility.md. The servers are built as the test cluster is.
"""

from __future__ import annotations

import asyncio
import re
import sys
import tempfile
import time
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from aiokube import ApiWarning
from aiokube.errors import AiokubeError
from aiokube.testing.real.binaries import default_version, other_versions, report
from tests.cluster.cluster import Cluster
from tests.codegen.command import AIOKUBE
from tests.matrix.checks import CHECKS, CRONTAB
from tests.matrix.target import Target
from tests.support.children import output_of

PAGE: Final = Path("docs/compatibility.md")
_TABLE: Final = re.compile(r"(<!-- made by `make matrix` -->\n).*?(<!-- end -->\n)", re.DOTALL)
_DESCRIBED_S: Final = 60.0
"""Seconds until the API server describes a new CRD."""


def main() -> int:
    """Try everything, write the table, and return 1 if something failed."""
    warnings.simplefilter("ignore", ApiWarning)  # of resources that are deprecated
    rows: list[tuple[str, ...]] = []
    with tempfile.TemporaryDirectory() as folder:
        sys.path.insert(0, folder)
        for version in (*other_versions(), default_version()):
            with Cluster(version=version) as cluster:
                rows += _rows(cluster, Path(folder), version)
    head = ("Server", "Client", *CHECKS)
    lines = [f"| {' | '.join(cells)} |" for cells in (head, ["---"] * len(head), *rows)]
    table = "".join(f"{line}\n" for line in lines)
    sys.stdout.write(table)
    PAGE.write_text(_TABLE.sub(lambda found: f"{found[1]}{table}{found[2]}", PAGE.read_text("utf-8")), "utf-8")
    return int(any(cell == "failed" for row in rows for cell in row))


def _rows(cluster: Cluster, folder: Path, version: str) -> Iterator[tuple[str, ...]]:
    """Yield a row for each client."""
    cluster.kubectl("apply", "-f", str(CRONTAB))
    _wait_until_described(cluster)
    package = f"generated_{version.replace('.', '_')}"
    output_of(*AIOKUBE, "generate", "--kubeconfig", cluster.kubeconfig, "--output", folder / package)
    for client, name in (("shipped", "aiokube"), ("generated from it", package)):
        cluster.kubectl("create", "namespace", name.replace("_", "-"))
        target = Target(package=name, cluster=cluster, namespace=name.replace("_", "-"))
        yield (_server_version(cluster), client, *(_cell(check, target) for check in CHECKS))


def _cell(check: str, target: Target) -> str:
    """Text of a cell: `ok`, `failed`, or the result of the check."""
    started = time.monotonic()
    try:
        result = asyncio.run(CHECKS[check](target)) or "ok"
    except (AiokubeError, AssertionError, AttributeError, OSError, TimeoutError, TypeError, ValueError) as error:
        report(f"{target.package}, {check}: {type(error).__name__}: {error}")
        result = "failed"
    report(f"{target.package}, {check}: {result}, {time.monotonic() - started:.1f} s")
    return result


def _server_version(cluster: Cluster) -> str:
    return str(cluster.request("GET", "/version").json["gitVersion"]).removeprefix("v")


def _wait_until_described(cluster: Cluster) -> None:
    deadline = time.monotonic() + _DESCRIBED_S
    while "stable.example.com" not in cluster.kubectl("get", "--raw", "/openapi/v2"):
        if time.monotonic() > deadline:
            raise TimeoutError("the API server does not describe the CRD")
        time.sleep(0.5)


if __name__ == "__main__":
    sys.exit(main())
