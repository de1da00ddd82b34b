"""The verbs of kubectl on many pods: their logs."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Sequence
from datetime import datetime
from typing import Any

from ..arguments import types
from ..errors import InvalidRequest
from ..http.request import build
from ..http.responses import decode_response
from ..http.selectors import with_selector_texts
from ..streams.log import MAX_LOG_LINE, LogLine, LogLines, rfc3339
from ..streams.port_target import PodFinder
from ..watching.list_watch import Query
from ..workloads.pod_logs import LogFollower, LoggedPod, LoggedPodList, read_logs
from ..workloads.results import PodUsage
from ..workloads.usage import pod_usage
from .list_verbs import ListVerbs, list_path

_SELECTORS = ("fieldSelector", "labelSelector")
# They limit the lines that exist at the start, not those of containers to come.
_OF_EXISTING = ("limitBytes", "sinceSeconds", "tailLines")


class PodVerbs(ListVerbs):
    """The verbs of `Resource` on many pods."""

    async def _logs(
        self,
        path: str,
        query: Query,
        *,
        name: str | None = None,
        namespace: str | None = None,
        since_time: datetime | None = None,
        max_line: int | None = MAX_LOG_LINE,
    ) -> AsyncGenerator[LogLine, None]:
        """Read the logs of all containers of many pods.

        Args:
            path: Path of the `log` subresource.
            query: Its query parameters, and the selectors of the pods.
            name: Name of a pod, or `TYPE/NAME` of a workload with several. None: the selectors choose.
            namespace: Namespace of the pods. Default: that of the client.
            since_time: Time of the oldest line.
            max_line: Maximum size of a line in bytes; None sets no limit.

        Raises:
            InvalidRequest: Neither a name nor a selector is given.
        """
        if max_line is not None:
            types.instance(max_line, int, "an integer", "max_line")
        since = None if since_time is None else rfc3339(since_time, "since_time")
        selectors = await self._pods_of(name, query, namespace)
        container = query.get("container")
        options = {key: value for key, value in query.items() if key not in (*_SELECTORS, "container")}
        follow = bool(query.get("follow"))

        def open_log(pod: str, container: str, resume_at: str | None, has_options: bool) -> LogLines:
            given = dict(options) if has_options and resume_at is None else _without(options, _OF_EXISTING)
            given |= {
                "container": container,
                "sinceTime": resume_at or (since if has_options else None),
                "timestamps": follow or options.get("timestamps"),
            }
            request = build("GET", path, self._path_values(path, name=pod, namespace=namespace), given, accept="*/*")
            return LogLines(self._client, request, f"log in {pod}", max_line, keep_partial=not follow)

        collection = path.partition("/{name}")[0]
        only = container if isinstance(container, str) else None
        if follow:
            informer = self._informer(
                collection, None, LoggedPod, LoggedPodList, selectors, page_size=500, namespace=namespace
            )
            follower = LogFollower(informer, open_log, only, timestamps=bool(options.get("timestamps")))
            lines = follower.lines()
        else:
            request = build("GET", collection, self._path_values(collection, namespace=namespace), selectors)
            pods = decode_response(request, await self._client.send(request), LoggedPodList).items
            lines = read_logs(pods, open_log, only)
        try:
            async for line in lines:
                yield line
        finally:
            await lines.aclose()

    async def _top_pods(
        self,
        path: str,
        all_namespaces_path: str | None,
        query: Query,
        *,
        name: str | None = None,
        namespace: str | None = None,
        all_namespaces: bool = False,
    ) -> Sequence[PodUsage]:
        """GET the usage of pods from the Metrics API, as `kubectl top pod`.

        Args:
            path: Path template of the collection.
            all_namespaces_path: Path of the collection in all namespaces.
            query: Selectors.
            name: Name of the only pod. None: all.
            namespace: Namespace of the pods. Default: that of the client.
            all_namespaces: Cover all namespaces.

        Raises:
            NotFound: The pod has no metrics, or the server has no Metrics API.
        """
        if name is not None and all_namespaces:
            raise InvalidRequest(f"name {name!r} cannot be combined with all_namespaces; use one of them")
        path = list_path(path, all_namespaces_path, namespace, all_namespaces)
        values = self._path_values(path, namespace=namespace)
        return await pod_usage(self._client, path, values, dict(with_selector_texts(query)), name)

    async def _pods_of(self, name: str | None, query: Query, namespace: str | None) -> dict[str, Any]:
        """Return the query parameters that select the pods."""
        selectors = {key: query[key] for key in _SELECTORS if query.get(key) is not None}
        if name is None:
            if not selectors:
                raise InvalidRequest("neither a name nor a selector is given; pass label_selector, or deployment/NAME")
            return dict(with_selector_texts(selectors))
        if selectors:
            raise InvalidRequest(f"name {name!r} cannot be combined with a selector; use one of them")
        finder = PodFinder(self._client, self._namespace(namespace), name)
        if finder.has_choice:
            return {"labelSelector": await finder.selector()}
        return {"fieldSelector": f"metadata.name={await finder.find_name()}"}


def _without(query: Query, keys: tuple[str, ...]) -> dict[str, object]:
    return {key: value for key, value in query.items() if key not in keys}
