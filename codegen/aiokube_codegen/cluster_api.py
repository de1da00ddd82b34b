"""The requests that a cluster is asked for its description with."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import Any, Final
from urllib.parse import parse_qsl, quote

from aiokube.runtime.client import HttpClient
from aiokube.runtime.discovery.catalog import Catalog
from aiokube.runtime.discovery.discovery import Discovery
from aiokube.runtime.errors import ApiError, DecodeError, NotFound
from aiokube.runtime.http.auth.plugin_policy import PluginPolicy

from .discovery import ServedVersion, served_versions
from .document.source import Document
from .errors import CodegenError, EmptyDocument

_DISCOVERY: Final = ",".join(
    (
        "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList",
        "application/json;g=apidiscovery.k8s.io;v=v2beta1;as=APIGroupDiscoveryList",
        "application/json",
    )
)
"""All resources in one response; from old servers, the names of groups."""
_CRDS: Final = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions"
_METADATA: Final = "application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1,application/json"


class ClusterApi:
    """A cluster that is asked what it serves.

    Args:
        client: A client of the cluster.
        server: Its URL, for messages.
    """

    def __init__(self, client: HttpClient, server: str) -> None:
        self._client = client
        self.server = server

    async def version(self) -> str | None:
        """Return the version, such as `v1.37.2`; None if the response holds none."""
        try:
            response = (await self._client.request("GET", "/version")).json()
        except DecodeError as error:
            raise CodegenError(f"GET {self.server}/version: {error}: is this a Kubernetes API server?") from error
        version = response.get("gitVersion") if isinstance(response, dict) else None
        return version if isinstance(version, str) else None

    async def index(self) -> dict[str, str] | None:
        """Return the hashes of the documents of version 3, by what each describes; None without such."""
        try:
            response = (await self._client.request("GET", "/openapi/v3", accept="application/json")).json()
        except (NotFound, DecodeError):
            return None
        paths = response.get("paths") if isinstance(response, dict) else None
        if not isinstance(paths, dict) or not paths:
            return None
        return {path: _hash(entry) for path, entry in sorted(paths.items())}

    async def document_v3(self, path: str) -> Document:
        """Fetch the document of version 3 that describes one part, as it is now.

        Without its hash: a server whose document has changed since the index redirects from the old one.
        """
        return await self._document(f"/openapi/v3/{quote(path)}", path)

    async def document_v2(self) -> Document:
        """Fetch the document of version 2.0, which describes everything."""
        return await self._document("/openapi/v2", "")

    async def served(self) -> list[ServedVersion]:
        """Return the groups and versions that are served, described or not.

        Raises:
            ApiError: The cluster refuses to say.
            DecodeError: It says something else.
        """
        return served_versions([await self._json(path, _DISCOVERY) for path in ("/api", "/apis")])

    async def resources(self) -> Catalog:
        """Return the resources that are served, found by the names that kubectl takes."""
        return await Discovery().read(self._client)

    async def custom_resources(self) -> set[str]:
        """Return the names of all CRDs, such as `crontabs.stable.example.com`; none if the user may not read them."""
        try:
            response = await self._json(_CRDS, _METADATA)
        except (ApiError, DecodeError):
            return set()
        items = response.get("items") if isinstance(response, dict) else None
        metadata = [item.get("metadata") for item in items if isinstance(item, dict)] if isinstance(items, list) else ()
        return {str(one.get("name")) for one in metadata if isinstance(one, dict)}

    async def _json(self, path: str, accept: str) -> Any:
        return (await self._client.request("GET", path, accept=accept)).json()

    async def _document(self, url: str, path: str) -> Document:
        response = await self._client.request("GET", url, accept="application/json")
        if not response.body:
            raise EmptyDocument(f"GET {self.server}{url}: the response is empty")
        return Document(data=bytes(response.body), origin=f"{self.server}{url}", path=path)


@asynccontextmanager
async def connect(
    *, kubeconfig: str | None, context: str | None, plugins: Sequence[str] | None, lenient_x509: bool
) -> AsyncIterator[ClusterApi]:
    """Connect to a cluster, for as long as the block runs."""
    policy = PluginPolicy.allowlist(*plugins) if plugins else None
    async with HttpClient(
        kubeconfig=kubeconfig, context=context, plugin_policy=policy, x509_strict=False if lenient_x509 else None
    ) as client:
        assert client.config is not None
        yield ClusterApi(client, client.config.server)


def _hash(entry: object) -> str:
    """The hash that tells whether a document has changed."""
    url = entry.get("serverRelativeURL") if isinstance(entry, dict) else None
    return dict(parse_qsl(url.partition("?")[2])).get("hash", "") if isinstance(url, str) else ""
