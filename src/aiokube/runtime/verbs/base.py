"""The base of resources: the client, and the values for the braces of a path."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..http.api_warnings import ApiFrames

if TYPE_CHECKING:
    from ..client import BaseClient


class ResourceBase(ApiFrames):
    """A resource of one client.

    Args:
        client: The client to make calls with.
    """

    def __init__(self, client: BaseClient) -> None:
        self._client = client

    def _namespace(self, namespace: str | None) -> str:
        """Return the namespace of a call: the one that is named, else that of the client."""
        return self._client.namespace if namespace is None else namespace

    def _path_values(
        self, path: str, *, name: str | None = None, namespace: str | None = None
    ) -> dict[str, str | None]:
        """Return the values for `{namespace}` and `{name}`, as far as a path has these braces."""
        values: dict[str, str | None] = {}
        if "{namespace}" in path:
            values["namespace"] = self._namespace(namespace)
        if "{name}" in path:
            values["name"] = name
        return values
