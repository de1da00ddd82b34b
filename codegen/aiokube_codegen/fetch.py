"""Fetches the OpenAPI documents of a cluster with aiokube's own client; `make spec` runs this module."""

from __future__ import annotations

import argparse
import asyncio
import sys
import time
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final, Protocol

from aiokube.runtime.discovery.catalog import Catalog
from aiokube.runtime.errors import AiokubeError, ApiError, DecodeError, NotFound, ServiceUnavailable, printable

from .cluster_api import ClusterApi, connect
from .cluster_options import add_cluster_options, cluster_options, error_line
from .discovery import ServedVersion
from .document.groups import is_chosen, path_group, path_resource
from .document.source import Document, Source, write_source
from .errors import CodegenError, EmptyDocument, SpecError
from .skipped import Skipped

_AT_ONCE: Final = 8
"""Documents that are fetched at the same time."""
_CRD_TIMEOUT_S: Final = 15.0
"""How long to wait for the description of new CRDs. A busy server takes five seconds."""
_CRD_INTERVAL_S: Final = 0.5

UNDESCRIBED: Final = "served, but not described"
_STALE: Final = "served, but not described: its API server does not respond"
_AWAY: Final = "the document cannot be fetched: left out"
_UNKNOWN: Final = "discovery cannot be read: what is served, but not described, is unknown"


class Progress(Protocol):
    """Shows how far fetching is."""

    def update(self, text: str) -> None:
        """Show a text until the next one."""

    def note(self, text: str) -> None:
        """Print a text that stays."""


async def fetch(
    *,
    kubeconfig: str | None = None,
    context: str | None = None,
    plugins: Sequence[str] | None = None,
    lenient_x509: bool = False,
    groups: Collection[str] | None = None,
    progress: Progress | None = None,
) -> Source:
    """Fetch the OpenAPI documents of a cluster, and its version.

    Those of version 3 are fetched; where the cluster has none, that of version 2.0. New CRDs, which the API server
    describes some seconds after it serves them, are waited for.

    Args:
        kubeconfig: Kubeconfig file. None: find the cluster as kubectl does.
        context: Context. None: the current one.
        plugins: The exec plugins that may run. None: all.
        lenient_x509: Accept certificates that do not follow RFC 5280 to the letter.
        groups: Full names of the groups that are wanted; the core group is `core`. None: all.
        progress: Shows how far it is. None: nothing does.

    Raises:
        AiokubeError: The cluster cannot be found or reached, or refuses a request.
        CodegenError: A response is empty, or does not come from an API server.
    """
    connection = connect(kubeconfig=kubeconfig, context=context, plugins=plugins, lenient_x509=lenient_x509)
    async with connection as cluster:
        return await _Fetcher(cluster, groups, progress).fetch()


async def fetch_chosen(
    choose: Callable[[Catalog, str], Collection[str] | None],
    *,
    kubeconfig: str | None,
    context: str | None,
    plugins: Sequence[str] | None,
    lenient_x509: bool,
    progress: Progress | None,
) -> Source:
    """Fetch the OpenAPI documents of groups that are chosen among what a cluster serves.

    Args:
        choose: Takes the resources of the cluster and its URL, and returns the groups that are wanted, as of `fetch`.
        kubeconfig: This and the others as of `fetch`.
    """
    connection = connect(kubeconfig=kubeconfig, context=context, plugins=plugins, lenient_x509=lenient_x509)
    async with connection as cluster:
        groups = choose(await cluster.resources(), cluster.server)
        return await _Fetcher(cluster, groups, progress).fetch()


async def _fetch_every_version(arguments: argparse.Namespace) -> Source:
    async with connect(**cluster_options(arguments)) as cluster:
        source = await _Fetcher(cluster, None, None).fetch()
        if any(document.path for document in source.documents):
            source = replace(source, documents=(*source.documents, await cluster.document_v2()))
        return source


@dataclass(frozen=True, kw_only=True)
class _Undescribed:
    """Resources that are served, and are in no document."""

    served: ServedVersion
    resources: frozenset[str]
    """Those without a description; empty if the group-version as a whole has none."""

    def is_custom(self, crds: Collection[str]) -> bool:
        """True if they come from CRDs, which are described later than served."""
        names = {f"{one}.{self.served.group}" for one in self.resources or self.served.resources}
        return any(name in crds for name in names) or (
            not names and any(name.partition(".")[2] == self.served.group for name in crds)
        )

    def names(self) -> list[str]:
        if not self.resources:
            return [str(self.served)]
        return [f"{one} of {self.served}" for one in sorted(self.resources)]

    def skipped(self) -> Iterator[Skipped]:
        why = _STALE if self.served.is_stale else UNDESCRIBED
        return (Skipped(what=name, why=why) for name in self.names())


class _Fetcher:
    def __init__(self, cluster: ClusterApi, groups: Collection[str] | None, progress: Progress | None) -> None:
        self._cluster = cluster
        self._groups = groups
        self._progress = progress
        self._index: Mapping[str, str] | None = None
        self._fetched: dict[tuple[str, str], Document] = {}
        """By what they describe, and their hashes."""
        self._failed: dict[str, ApiError | EmptyDocument] = {}
        """By what they would describe."""

    async def fetch(self) -> Source:
        version = await self._cluster.version()
        problems: list[Skipped] = []
        served: list[ServedVersion] = []
        try:
            served = [one for one in await self._cluster.served() if is_chosen(one.path, self._groups)]
        except (ApiError, DecodeError) as error:
            problems.append(Skipped(what=str(error), why=_UNKNOWN))
        documents, missing = await self._described(served)
        lost = frozenset(one.served.key for one in missing if not one.resources)
        if lost and self._index is not None:
            documents += await self._of_version_2(lost)
            missing = self._missing(served, documents)
        problems += [Skipped(what=f"{path}: {error}", why=_AWAY) for path, error in self._failed.items()]
        problems += [skipped for one in missing for skipped in one.skipped()]
        return Source(
            documents=tuple(documents),
            origin=f"{self._cluster.server}/openapi/{'v2' if self._index is None else 'v3'}",
            version=version,
            group_versions=frozenset(gv for path in self._index or () if (gv := path_group(f"/{path}"))),
            undescribed=tuple(problems),
        )

    async def _described(self, served: Sequence[ServedVersion]) -> tuple[list[Document], list[_Undescribed]]:
        """Fetch documents until they describe what CRDs serve, or time is up."""
        crds: set[str] | None = None
        deadline = time.monotonic() + _CRD_TIMEOUT_S
        while True:
            documents = await self._documents()
            missing = self._missing(served, documents)
            if missing and crds is None:
                crds = await self._cluster.custom_resources()
                young = [name for one in missing if one.is_custom(crds) for name in one.names()]
                if young and self._progress is not None:
                    names = ", ".join(young)
                    self._progress.note(f"waiting {_CRD_TIMEOUT_S:.0f} s at most until {names} can be described")
            if time.monotonic() > deadline or not any(one.is_custom(crds or ()) for one in missing):
                return documents, missing
            await asyncio.sleep(_CRD_INTERVAL_S)

    async def _documents(self) -> list[Document]:
        self._index = await self._cluster.index()
        if self._index is None:
            return [await self._cluster.document_v2()]
        chosen = [one for one in self._index.items() if is_chosen(f"/{one[0]}", self._groups)]
        self._failed = {}
        limit = asyncio.Semaphore(_AT_ONCE)
        tasks = [asyncio.create_task(self._document(path, hash, limit)) for path, hash in chosen]
        try:
            for done, task in enumerate(asyncio.as_completed(tasks), start=1):
                await task
                if self._progress is not None:
                    self._progress.update(f"{done} of {len(tasks)} documents")
        finally:
            for one in tasks:
                one.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
        return [document for one in tasks if (document := one.result()) is not None]

    async def _document(self, path: str, hash: str, limit: asyncio.Semaphore) -> Document | None:
        async with limit:
            document = self._fetched.get((path, hash)) if hash else None
            try:
                document = document or await self._cluster.document_v3(path)
            except (NotFound, ServiceUnavailable, EmptyDocument) as error:
                self._failed[path] = error
                return None
            self._fetched[path, hash] = document
            return document

    async def _of_version_2(self, lost: frozenset[tuple[str, str]]) -> list[Document]:
        """Fetch what aggregated servers without version 3 describe."""
        try:
            document = replace(await self._cluster.document_v2(), only=lost)
            return [document] if any(path_group(path) in lost for path in _paths(document)) else []
        except (ApiError, CodegenError):
            return []

    def _missing(self, served: Iterable[ServedVersion], documents: Iterable[Document]) -> list[_Undescribed]:
        described: dict[tuple[str, str], set[str]] = {}
        for document in documents:
            for path in _paths(document):
                if gv := path_group(path):
                    resource = path_resource(path)
                    described.setdefault(gv, set()).update(resource[2:] if resource else ())
        failed = {path_group(f"/{path}") for path in self._failed}
        missing = []
        for one in served:
            if one.key not in described and one.key not in failed:
                missing.append(_Undescribed(served=one, resources=frozenset()))
            elif lost := one.resources - described.get(one.key, one.resources):
                missing.append(_Undescribed(served=one, resources=lost))
        return missing


def _paths(document: Document) -> Iterable[str]:
    """The paths that a document describes; none if it cannot be read, which is said when it is loaded."""
    try:
        paths = document.content.get("paths")
    except SpecError:
        return ()
    return paths if isinstance(paths, dict) else ()


def main() -> int:
    """Write the OpenAPI documents of a cluster, of both versions, into a folder."""
    parser = argparse.ArgumentParser(
        prog="python -m aiokube_codegen.fetch", description="Fetch a cluster's OpenAPI documents."
    )
    parser.add_argument("folder", type=Path, metavar="DIR")
    add_cluster_options(parser)
    arguments = parser.parse_args()
    try:
        source = asyncio.run(_fetch_every_version(arguments))
        files = write_source(source, arguments.folder)
    except (AiokubeError, CodegenError, OSError) as error:
        print(error_line(error), file=sys.stderr)
        return 1
    size = sum(len(document.data) for document in source.documents)
    version = printable(source.version or "of an unknown version")
    print(f"{arguments.folder}: {len(files)} documents, {size:,} bytes from Kubernetes {version}")
    for one in source.undescribed:
        print(f"{printable(one.why)}: {printable(one.what)}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
