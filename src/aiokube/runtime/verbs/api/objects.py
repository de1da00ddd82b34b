"""The verbs of `Api` on objects and collections."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Callable, Mapping, Sequence
from typing import Any, Literal, overload

from ...codec.object_list import ObjectList
from ...codec.partial_metadata import PartialObjectMetadata
from ...errors import DecodeError
from ...http.parameters import DryRun, FieldValidation, PropagationPolicy, ResourceVersionMatch
from ...http.selectors import Selector
from ...watching.informer import Informer
from ...watching.wait import Deleted
from ...watching.watcher import Watch
from ..bodies import Body, Change
from .base import ApiBase, ObjectT

PatchType = Literal["json", "merge", "strategic"]


class ObjectVerbs(ApiBase[ObjectT]):
    """The verbs of `Api` on objects and collections."""

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

    def iterate(
        self,
        *,
        namespace: str | None = None,
        all_namespaces: bool = False,
        page_size: int = 500,
        on_undecodable: Callable[[DecodeError], object] | None = None,
        field_selector: Selector | None = None,
        label_selector: Selector | None = None,
        resource_version: str | None = None,
        resource_version_match: ResourceVersionMatch | None = None,
        shard_selector: str | None = None,
        timeout_seconds: int | None = None,
    ) -> AsyncGenerator[ObjectT, None]:
        """Iterate over objects in pages, each exactly once, even when a continue token expires.

        Args:
            namespace: Default: the namespace of the client.
            all_namespaces: Cover every namespace.
            page_size: Number of objects in a page.
            on_undecodable: Called with the error of each object that does not fit its class. Default: raise it.
            field_selector: Select objects by their fields: `status.phase=Running`, a list of such texts, or a dict.
            label_selector: Select objects by their labels: `app=web,tier!=cache`, a list of such texts, or a dict.
            resource_version: Unset: the latest state. `0`: any, perhaps an old one. Otherwise at least this version.
            resource_version_match: Meaning of `resource_version`: `NotOlderThan` or `Exact`.
            shard_selector: Select the objects of one shard, by a range of hashes of a field.
            timeout_seconds: Time limit that the server applies, in seconds.

        Raises:
            Expired: `resource_version` is too old.
        """
        return self._iterate(
            self._any_path,
            self._any_all_namespaces_path,
            self._model,
            self._list_type,
            {
                "fieldSelector": field_selector,
                "labelSelector": label_selector,
                "resourceVersion": resource_version,
                "resourceVersionMatch": resource_version_match,
                "shardSelector": shard_selector,
                "timeoutSeconds": timeout_seconds,
            },
            namespace=namespace,
            all_namespaces=all_namespaces,
            page_size=page_size,
            on_undecodable=on_undecodable,
        )

    def watch(
        self,
        *,
        namespace: str | None = None,
        all_namespaces: bool = False,
        on_undecodable: Callable[[DecodeError], object] | None = None,
        watch_timeout: int | None = None,
        allow_watch_bookmarks: bool | None = None,
        field_selector: Selector | None = None,
        label_selector: Selector | None = None,
        resource_version: str | None = None,
        resource_version_match: ResourceVersionMatch | None = None,
        send_initial_events: bool | None = None,
        shard_selector: str | None = None,
        timeout_seconds: int | None = None,
    ) -> Watch[ObjectT]:
        """Watch objects. The watch resumes after broken connections.

        Args:
            namespace: Default: the namespace of the client.
            all_namespaces: Cover every namespace.
            on_undecodable: Called with the error of each object that does not fit its class. Default: log a warning.
            watch_timeout: Seconds after which a watch is renewed. Default: 5 to 10 minutes, at random.
            allow_watch_bookmarks: Yield `BOOKMARK` events, which carry a fresh resource version.
            field_selector: Select objects by their fields: `status.phase=Running`, a list of such texts, or a dict.
            label_selector: Select objects by their labels: `app=web,tier!=cache`, a list of such texts, or a dict.
            resource_version: Resource version to start after. If unset, existing objects come first, as `ADDED`.
            resource_version_match: Meaning of `resource_version`: `NotOlderThan` or `Exact`.
            send_initial_events: Send existing objects first, as `ADDED` events, followed by a bookmark.
            shard_selector: Select the objects of one shard, by a range of hashes of a field.
            timeout_seconds: Seconds after which the watch ends. Default: never.

        Raises:
            Gone: The resource version is too old: list again.
        """
        return self._watch(
            self._any_path,
            self._any_all_namespaces_path,
            self._model,
            self._list_type,
            {
                "allowWatchBookmarks": allow_watch_bookmarks,
                "fieldSelector": field_selector,
                "labelSelector": label_selector,
                "resourceVersion": resource_version,
                "resourceVersionMatch": resource_version_match,
                "sendInitialEvents": send_initial_events,
                "shardSelector": shard_selector,
                "timeoutSeconds": timeout_seconds,
            },
            namespace=namespace,
            all_namespaces=all_namespaces,
            on_undecodable=on_undecodable,
            watch_timeout=watch_timeout,
        )

    def informer(
        self,
        *,
        namespace: str | None = None,
        all_namespaces: bool = False,
        page_size: int = 500,
        indexers: Mapping[str, Callable[[ObjectT], object]] | None = None,
        streaming_list: bool = False,
        keep_managed_fields: bool = False,
        sync_timeout: float | None = 120.0,
        watch_timeout: int | None = None,
        on_undecodable: Callable[[DecodeError], object] | None = None,
        field_selector: Selector | None = None,
        label_selector: Selector | None = None,
        shard_selector: str | None = None,
    ) -> Informer[ObjectT]:
        """Cache objects, kept in sync by `list` and `watch`. Enter it with `async with`.

        Args:
            namespace: Default: the namespace of the client.
            all_namespaces: Cover every namespace.
            page_size: Number of objects per page of a list.
            indexers: Index functions by name; each returns one value, or a list or set of values, for `by_index`.
            streaming_list: Receive existing objects as events, which takes less memory; where that fails, as a list.
            keep_managed_fields: Keep `metadata.managed_fields`, which can be half of an object.
            sync_timeout: Time limit for the first list, retries included, in seconds. None: no limit.
            watch_timeout: Seconds after which a watch is renewed. Default: 5 to 10 minutes, at random.
            on_undecodable: Called with the error of each object that does not fit its class. Default: log a warning.
            field_selector: Select objects by their fields: `status.phase=Running`, a list of such texts, or a dict.
            label_selector: Select objects by their labels: `app=web,tier!=cache`, a list of such texts, or a dict.
            shard_selector: Select the objects of one shard, by a range of hashes of a field.

        Raises:
            WaitTimeout: On entering: the first list did not complete within `sync_timeout`.
        """
        return self._informer(
            self._any_path,
            self._any_all_namespaces_path,
            self._model,
            self._list_type,
            {"fieldSelector": field_selector, "labelSelector": label_selector, "shardSelector": shard_selector},
            namespace=namespace,
            all_namespaces=all_namespaces,
            page_size=page_size,
            indexers=indexers,
            streaming_list=streaming_list,
            keep_managed_fields=keep_managed_fields,
            sync_timeout=sync_timeout,
            watch_timeout=watch_timeout,
            on_undecodable=on_undecodable,
        )

    def metadata_informer(
        self,
        *,
        namespace: str | None = None,
        all_namespaces: bool = False,
        page_size: int = 500,
        indexers: Mapping[str, Callable[[PartialObjectMetadata], object]] | None = None,
        streaming_list: bool = False,
        sync_timeout: float | None = 120.0,
        watch_timeout: int | None = None,
        on_undecodable: Callable[[DecodeError], object] | None = None,
        field_selector: Selector | None = None,
        label_selector: Selector | None = None,
        shard_selector: str | None = None,
    ) -> Informer[PartialObjectMetadata]:
        """Cache the metadata of objects. Enter it with `async with`.

        Args:
            namespace: Default: the namespace of the client.
            all_namespaces: Cover every namespace.
            page_size: Number of objects per page of a list.
            indexers: Index functions by name; each returns one value, or a list or set of values, for `by_index`.
            streaming_list: Receive existing objects as events, which takes less memory; where that fails, as a list.
            sync_timeout: Time limit for the first list, retries included, in seconds. None: no limit.
            watch_timeout: Seconds after which a watch is renewed. Default: 5 to 10 minutes, at random.
            on_undecodable: Called with the error of each object that does not fit its class. Default: log a warning.
            field_selector: Select objects by their fields: `status.phase=Running`, a list of such texts, or a dict.
            label_selector: Select objects by their labels: `app=web,tier!=cache`, a list of such texts, or a dict.
            shard_selector: Select the objects of one shard, by a range of hashes of a field.
        """
        return self._metadata_informer(
            self._any_path,
            self._any_all_namespaces_path,
            {"fieldSelector": field_selector, "labelSelector": label_selector, "shardSelector": shard_selector},
            namespace=namespace,
            all_namespaces=all_namespaces,
            page_size=page_size,
            indexers=indexers,
            streaming_list=streaming_list,
            sync_timeout=sync_timeout,
            watch_timeout=watch_timeout,
            on_undecodable=on_undecodable,
        )

    @overload
    async def wait_for(
        self,
        name: str,
        condition: str | Callable[[ObjectT], bool],
        *,
        timeout: float | None = 30.0,
        namespace: str | None = None,
    ) -> ObjectT: ...

    @overload
    async def wait_for(
        self, name: str, condition: Deleted, *, timeout: float | None = 30.0, namespace: str | None = None
    ) -> ObjectT | None: ...

    async def wait_for(
        self, name: str, condition: Any, *, timeout: float | None = 30.0, namespace: str | None = None
    ) -> Any:
        """Wait until an object meets a condition, by `list` and `watch`.

        Args:
            name: Name of the object, which need not exist yet.
            condition: Condition in the status (`Ready`, `Ready=False`), place (`jsonpath={.status.phase}=Running`),
                function of the object, `created` or `deleted`.
            timeout: Time limit in seconds. None: no limit.
            namespace: Default: the namespace of the client.

        Raises:
            WaitTimeout: The condition was not met in time.
            ObjectDeleted: The object was deleted while something else was waited for.
        """
        path, _ = await self._collection()
        return await self._wait_for(
            path, self._model, self._list_type, condition, name=name, timeout=timeout, namespace=namespace
        )

    async def create(
        self,
        obj: ObjectT | Mapping[str, Any],
        *,
        namespace: str | None = None,
        dry_run: DryRun | None = None,
        field_manager: str | None = None,
        field_validation: FieldValidation | None = None,
    ) -> ObjectT:
        """Create an object.

        Args:
            obj: The object, or its manifest; `apiVersion` and `kind` may be left out.
            namespace: Default: the namespace in the object's metadata, else that of the client.
            dry_run: `All`: process the request, but do not store the result.
            field_manager: Field manager to record for these changes. Default: that of the client.
            field_validation: Treatment of unknown and duplicate fields: `Ignore`, `Warn` (default) or `Strict`.

        Raises:
            AlreadyExists: The name is taken.
            NotFound: The namespace does not exist.
            Invalid: The server does not accept the value of a field.
        """
        path, body = await self._collection(obj)
        return await self._create(
            path,
            self._model,
            self._model,
            {"dryRun": dry_run, "fieldManager": field_manager, "fieldValidation": field_validation},
            body,
            namespace=namespace,
        )

    async def replace(
        self,
        obj: ObjectT | Mapping[str, Any],
        *,
        namespace: str | None = None,
        dry_run: DryRun | None = None,
        field_manager: str | None = None,
        field_validation: FieldValidation | None = None,
    ) -> ObjectT:
        """Replace an object. Fields that the class does not know are lost.

        Args:
            obj: The object, or its manifest; `apiVersion` and `kind` may be left out.
            namespace: Default: the namespace in the object's metadata, else that of the client.
            dry_run: `All`: process the request, but do not store the result.
            field_manager: Field manager to record for these changes. Default: that of the client.
            field_validation: Treatment of unknown and duplicate fields: `Ignore`, `Warn` (default) or `Strict`.

        Raises:
            NotFound: The object does not exist.
            Conflict: The object has changed since the `resource_version` that was sent.
            Invalid: The server does not accept the value of a field.
        """
        path, body = await self._object(obj)
        return await self._replace(
            path,
            self._model,
            {"dryRun": dry_run, "fieldManager": field_manager, "fieldValidation": field_validation},
            body,
            namespace=namespace,
        )

    async def patch(
        self,
        name: str,
        body: ObjectT | Mapping[str, Any] | Sequence[Mapping[str, Any]],
        *,
        type: PatchType | None = None,
        namespace: str | None = None,
        dry_run: DryRun | None = None,
        field_manager: str | None = None,
        field_validation: FieldValidation | None = None,
    ) -> ObjectT:
        """Change parts of an object.

        Args:
            name: Name of the object.
            body: The fields to change; for a JSON patch, a list of operations.
            type: Type of the patch: `json`, `merge`, `strategic` (not for custom resources). Default: `json` for a
                list, else `merge`.
            namespace: Default: the namespace of the client.
            dry_run: `All`: process the request, but do not store the result.
            field_manager: Field manager to record for these changes. Default: that of the client.
            field_validation: Treatment of unknown and duplicate fields: `Ignore`, `Warn` (default) or `Strict`.

        Raises:
            NotFound: The object does not exist.
            Conflict: The object has changed since the `resourceVersion` in the patch.
            InvalidRequest: Another method stores what is to be changed, such as the status.
            Invalid: The server does not accept the value of a field.
        """
        path, _ = await self._object()
        return await self._patch(
            path,
            self._model,
            {"dryRun": dry_run, "fieldManager": field_manager, "fieldValidation": field_validation},
            patch_body(body),
            name=name,
            type=type,
            has_status=await self._stores_status(),
            namespace=namespace,
        )

    async def edit(
        self,
        name: str,
        change: Change[ObjectT],
        *,
        namespace: str | None = None,
        dry_run: DryRun | None = None,
        field_manager: str | None = None,
        field_validation: FieldValidation | None = None,
    ) -> ObjectT:
        """Read an object (`get`), change it, and `patch` only the places that differ.

        Args:
            name: Name of the object.
            change: Function that changes the object or returns a changed copy; may be async. Repeated on conflict.
            namespace: Default: the namespace of the client.
            dry_run: `All`: process the request, but do not store the result.
            field_manager: Field manager to record for these changes. Default: that of the client.
            field_validation: Treatment of unknown and duplicate fields: `Ignore`, `Warn` (default) or `Strict`.

        Raises:
            NotFound: The object does not exist.
            Conflict: The object was changed by others during each of five attempts.
            InvalidRequest: Something was changed that another method stores, such as the status.
            Invalid: The server does not accept the value of a field.
        """
        path, _ = await self._object()
        return await self._edit(
            path,
            self._model,
            {"dryRun": dry_run, "fieldManager": field_manager, "fieldValidation": field_validation},
            name=name,
            change=change,
            has_status=await self._stores_status(),
            namespace=namespace,
        )

    async def apply(
        self,
        obj: ObjectT | Mapping[str, Any],
        *,
        field_manager: str | None = None,
        force: bool = False,
        namespace: str | None = None,
        dry_run: DryRun | None = None,
        field_validation: FieldValidation | None = None,
    ) -> ObjectT:
        """Create or change an object by server-side apply.

        Args:
            obj: The fields to own, as an object or its manifest; `apiVersion` and `kind` may be left out.
            field_manager: Field manager that will own the fields. Default: that of the client, which must have one
                then.
            force: Take over fields that other managers own.
            namespace: Default: the namespace in the object's metadata, else that of the client.
            dry_run: `All`: process the request, but do not store the result.
            field_validation: Treatment of unknown and duplicate fields: `Ignore`, `Warn` (default) or `Strict`.

        Raises:
            ApplyConflict: Other managers own fields with other values, and `force` is not set.
            NotFound: The namespace does not exist.
            Invalid: The server does not accept the value of a field.
        """
        path, body = await self._object(obj)
        return await self._apply(
            path,
            self._model,
            {"fieldManager": field_manager, "force": force, "dryRun": dry_run, "fieldValidation": field_validation},
            body,
            namespace=namespace,
        )

    async def delete(
        self,
        name: str,
        *,
        namespace: str | None = None,
        options: Body | None = None,
        dry_run: DryRun | None = None,
        grace_period_seconds: int | None = None,
        propagation_policy: PropagationPolicy | None = None,
    ) -> ObjectT | None:
        """Delete an object.

        Args:
            name: Name of the object.
            namespace: Default: the namespace of the client.
            options: More options, such as `preconditions`.
            dry_run: `All`: process the request, but do not store the result.
            grace_period_seconds: Seconds that the object has to end; 0 deletes it at once. Default: its own.
            propagation_policy: Treatment of dependents: `Orphan`, `Background` or `Foreground`.

        Returns:
            The object as it was deleted, or None where the server sends no more than its success.

        Raises:
            NotFound: The object does not exist.
            Conflict: A precondition does not hold.
        """
        path, _ = await self._object()
        return await self._delete(
            path,
            self._model,
            {
                "dryRun": dry_run,
                "gracePeriodSeconds": grace_period_seconds,
                "propagationPolicy": propagation_policy,
            },
            name=name,
            namespace=namespace,
            options=options,
        )

    async def delete_collection(
        self,
        *,
        namespace: str | None = None,
        options: Body | None = None,
        continue_: str | None = None,
        dry_run: DryRun | None = None,
        field_selector: Selector | None = None,
        grace_period_seconds: int | None = None,
        label_selector: Selector | None = None,
        limit: int | None = None,
        propagation_policy: PropagationPolicy | None = None,
        resource_version: str | None = None,
        resource_version_match: ResourceVersionMatch | None = None,
        timeout_seconds: int | None = None,
    ) -> ObjectList[ObjectT] | None:
        """Delete the objects that match the selectors; without selectors, all of the namespace.

        Args:
            namespace: Default: the namespace of the client.
            options: More options, such as `preconditions`.
            continue_: Continue token: the `metadata.continue_` of the previous page.
            dry_run: `All`: process the request, but do not store the result.
            field_selector: Select objects by their fields: `status.phase=Running`, a list of such texts, or a dict.
            grace_period_seconds: Seconds that the objects have to end; 0 deletes them at once. Default: their own.
            label_selector: Select objects by their labels: `app=web,tier!=cache`, a list of such texts, or a dict.
            limit: Maximum number of objects to delete; `metadata.continue_` leads to the rest. Default: all.
            propagation_policy: Treatment of dependents: `Orphan`, `Background` or `Foreground`.
            resource_version: Freshness of the result. Unset: the latest. `0`: any. Otherwise at least this version.
            resource_version_match: Meaning of `resource_version`: `NotOlderThan` or `Exact`.
            timeout_seconds: Time limit that the server applies, in seconds.

        Returns:
            The objects as they were deleted, or None where the server sends no more than its success.
        """
        path, _ = await self._collection()
        return await self._delete(
            path,
            self._list_type,
            {
                "continue": continue_,
                "dryRun": dry_run,
                "fieldSelector": field_selector,
                "gracePeriodSeconds": grace_period_seconds,
                "labelSelector": label_selector,
                "limit": limit,
                "propagationPolicy": propagation_policy,
                "resourceVersion": resource_version,
                "resourceVersionMatch": resource_version_match,
                "timeoutSeconds": timeout_seconds,
            },
            namespace=namespace,
            options=options,
        )


def patch_body(body: Any) -> Any:
    """Return a patch without the type of `PartialObjectMetadata`, which is not that of the object."""
    if not isinstance(body, PartialObjectMetadata):
        return body
    return {name: value for name, value in body.to_dict().items() if name == "metadata"}
