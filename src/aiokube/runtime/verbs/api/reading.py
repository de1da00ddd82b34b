"""The verbs of `Api` that read."""

from __future__ import annotations

from collections.abc import Callable

from ...codec.object_list import ObjectList
from ...errors import DecodeError
from ...http.parameters import ResourceVersionMatch
from ...http.selectors import Selector
from .base import ApiBase, ObjectT


class ReadingVerbs(ApiBase[ObjectT]):
    """The verbs of `Api` that read: get and list."""

    async def get(self, name: str, *, namespace: str | None = None) -> ObjectT:
        """Read an object.

        Args:
            name: Name of the object.
            namespace: Default: the namespace of the client.

        Raises:
            NotFound: The object does not exist.
        """
        path, _ = await self._object()
        return await self._get(path, self._model, {}, name=name, namespace=namespace)

    async def list(
        self,
        *,
        namespace: str | None = None,
        all_namespaces: bool = False,
        on_undecodable: Callable[[DecodeError], object] | None = None,
        continue_: str | None = None,
        field_selector: Selector | None = None,
        label_selector: Selector | None = None,
        limit: int | None = None,
        resource_version: str | None = None,
        resource_version_match: ResourceVersionMatch | None = None,
        shard_selector: str | None = None,
        timeout_seconds: int | None = None,
    ) -> ObjectList[ObjectT]:
        """List objects in one request. The list has a length, and yields its objects.

        Args:
            namespace: Default: the namespace of the client.
            all_namespaces: Cover every namespace.
            on_undecodable: Called with the error of each object that does not fit its class. Default: raise it.
            continue_: Continue token: the `metadata.continue_` of the previous page.
            field_selector: Select objects by their fields: `status.phase=Running`, a list of such texts, or a dict.
            label_selector: Select objects by their labels: `app=web,tier!=cache`, a list of such texts, or a dict.
            limit: Maximum number of objects to return; `metadata.continue_` leads to the rest. Default: all.
            resource_version: Unset: the latest state. `0`: any, perhaps an old one. Otherwise at least this version.
            resource_version_match: Meaning of `resource_version`: `NotOlderThan` or `Exact`.
            shard_selector: Select the objects of one shard, by a range of hashes of a field.
            timeout_seconds: Time limit that the server applies, in seconds.

        Raises:
            Expired: The continue token or `resource_version` is too old.
        """
        resource = await self.resource()
        return await self._list(
            resource.path,
            resource.all_namespaces_path,
            self._list_type,
            {
                "continue": continue_,
                "fieldSelector": field_selector,
                "labelSelector": label_selector,
                "limit": limit,
                "resourceVersion": resource_version,
                "resourceVersionMatch": resource_version_match,
                "shardSelector": shard_selector,
                "timeoutSeconds": timeout_seconds,
            },
            namespace=namespace,
            all_namespaces=all_namespaces,
            on_undecodable=on_undecodable,
        )
