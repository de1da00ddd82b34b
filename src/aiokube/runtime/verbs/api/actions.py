"""The verbs of `Api` that act on an object through a subresource, and what the Metrics API tells about objects."""

from __future__ import annotations

from collections.abc import Sequence

from ...codec.dynamic_object import DynamicObject
from ...errors import InvalidRequest
from ...http.parameters import DryRun, FieldValidation
from ...http.selectors import Selector
from ...workloads.results import NodeUsage, PodUsage
from ..bodies import Body
from .base import ApiBase, ObjectT


class ActionVerbs(ApiBase[ObjectT]):
    """The verbs of `Api` that act on pods and service accounts, and tell the usage of pods and nodes.

    All raise `UnknownResource` where the resource is of another kind.
    """

    async def evict(
        self,
        name: str,
        eviction: Body | None = None,
        *,
        grace_period_seconds: int | None = None,
        namespace: str | None = None,
        dry_run: DryRun | None = None,
        field_manager: str | None = None,
        field_validation: FieldValidation | None = None,
    ) -> None:
        """Evict a pod, unless a disruption budget forbids it.

        Args:
            name: Name of the pod.
            eviction: An `Eviction`, or its manifest.
            grace_period_seconds: Seconds to terminate in. Default: that of the pod.
            namespace: Default: the namespace of the client.
            dry_run: True to process the request, but not store the result.
            field_manager: Field manager to record for these changes. Default: that of the client.
            field_validation: Treatment of unknown and duplicate fields: `Strict` (default), `Warn` or `Ignore`.

        Raises:
            NotFound: The pod does not exist.
            TooManyRequests: A disruption budget does not allow it now.
        """
        path, body = await self._object({} if eviction is None else eviction, subresource="eviction")
        query = {
            "gracePeriodSeconds": grace_period_seconds,
            "dryRun": dry_run,
            "fieldManager": field_manager,
            "fieldValidation": field_validation,
        }
        await self._evict(path, DynamicObject, query, body, name=name, namespace=namespace)

    async def bind(
        self,
        name: str,
        binding: Body,
        *,
        namespace: str | None = None,
        dry_run: DryRun | None = None,
        field_manager: str | None = None,
        field_validation: FieldValidation | None = None,
    ) -> None:
        """Assign a pod to a node.

        Args:
            name: Name of the pod.
            binding: A `Binding`, or its manifest: `{"target": {"kind": "Node", "name": "node-0"}}`.
            namespace: Default: the namespace of the client.
            dry_run: True to process the request, but not store the result.
            field_manager: Field manager to record for these changes. Default: that of the client.
            field_validation: Treatment of unknown and duplicate fields: `Strict` (default), `Warn` or `Ignore`.

        Raises:
            NotFound: The pod does not exist.
            Conflict: It is assigned to a node already.
            Invalid: The server does not accept the value of a field.
        """
        path, body = await self._object(binding, subresource="binding")
        query = {"dryRun": dry_run, "fieldManager": field_manager, "fieldValidation": field_validation}
        await self._submit(path, DynamicObject, query, body, name=name, namespace=namespace)

    async def create_token(
        self, name: str, *, seconds: int | None = None, audiences: Sequence[str] = (), namespace: str | None = None
    ) -> str:
        """Create a token of a service account, as `kubectl create token`.

        Args:
            name: Name of the service account.
            seconds: Lifetime in seconds, at least 600. Default: the server chooses, usually an hour.
            audiences: Audiences that accept the token. Default: the API server.
            namespace: Default: the namespace of the client.

        Raises:
            NotFound: The service account does not exist.
            Invalid: The server does not accept the value of a field.
        """
        path, _ = await self._object(subresource="token")
        return await self._create_token(path, name=name, seconds=seconds, audiences=audiences, namespace=namespace)

    async def top(
        self,
        name: str | None = None,
        *,
        namespace: str | None = None,
        all_namespaces: bool = False,
        field_selector: Selector | None = None,
        label_selector: Selector | None = None,
    ) -> Sequence[PodUsage] | Sequence[NodeUsage]:
        """Read the usage of pods or nodes from the Metrics API, where it is served, as `kubectl top`.

        Args:
            name: Name of the only object. Default: all.
            namespace: Default: the namespace of the client.
            all_namespaces: Cover every namespace.
            field_selector: Select pods by their fields: `spec.nodeName=node-0`, a list of such texts, or a dict.
            label_selector: Select objects by their labels: `app=web,tier!=cache`, a list of such texts, or a dict.

        Raises:
            NotFound: It has no metrics, or the server has no Metrics API.
            InvalidRequest: `field_selector` is given for nodes.
        """
        resource = await self._kind("top", ("pods", "nodes"))
        if resource.namespaced:
            return await self._top_pods(
                resource.path,
                resource.all_namespaces_path,
                {"fieldSelector": field_selector, "labelSelector": label_selector},
                name=name,
                namespace=namespace,
                all_namespaces=all_namespaces,
            )
        if field_selector is not None:
            raise InvalidRequest("field_selector is for pods; the usage of nodes is selected by label_selector")
        return await self._top_nodes(resource.path, {"labelSelector": label_selector}, name=name)
