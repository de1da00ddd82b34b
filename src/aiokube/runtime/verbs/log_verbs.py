"""The verbs on the logs of one container, one pod, or many pods.

Each takes the path template of the subresource, the name of the object, and its namespace; None stands for the default
namespace of the client. `query` holds query parameters by their names in the API.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator
from datetime import datetime
from typing import Any

from ..arguments import types
from ..errors import InvalidRequest
from ..http.parameters import checked_query
from ..http.request import JSON, build
from ..http.responses import decode_response
from ..http.selectors import field_requirement
from ..streams.log import MAX_LOG_LINE, LogLine, LogLines, containers_of, merge, read_log, rfc3339
from ..streams.port_target import PodFinder
from ..watching.list_watch import Query
from ..workloads.pod_logs import LogFollower, LoggedPod, LoggedPodList, read_logs
from .base import stream_name
from .list_verbs import ListVerbs

_SELECTORS = ("fieldSelector", "labelSelector")
# They limit the lines that exist at the start, not those of containers to come.
_OF_EXISTING = ("limitBytes", "sinceSeconds", "tailLines")


class LogVerbs(ListVerbs):
    """The verbs of `Resource` on logs."""

    async def _log(self, path: str, query: Query, *, name: str, namespace: str | None = None) -> str:
        """Read the log of one container as text.

        Args:
            path: Path of the `log` subresource.
            query: Its query parameters.
            name: Name of the pod.
            namespace: Namespace of the pod.
        """
        return await read_log(self._client, self._stream_request(path, query, name, namespace))

    def _log_lines(
        self,
        path: str,
        query: Query,
        *,
        name: str,
        namespace: str | None = None,
        since_time: datetime | None = None,
        max_line: int | None = MAX_LOG_LINE,
    ) -> LogLines:
        """Read the log of one container line by line.

        Args:
            path: Path of the `log` subresource.
            query: Its query parameters, without `sinceTime`.
            name: Name of the pod.
            namespace: Namespace of the pod.
            since_time: Time of the oldest line.
            max_line: Maximum size of a line in bytes; None sets no limit.
        """
        if max_line is not None:
            types.instance(max_line, int, "an integer", "max_line")
        since = None if since_time is None else rfc3339(since_time, "since_time")
        request = self._stream_request(path, {**query, "sinceTime": since}, name, namespace)
        return LogLines(self._client, request, stream_name(path, name), max_line)

    async def _all_log_lines(
        self,
        path: str,
        query: Query,
        *,
        name: str,
        namespace: str | None = None,
        since_time: datetime | None = None,
        max_line: int | None = MAX_LOG_LINE,
    ) -> AsyncGenerator[LogLine, None]:
        """Read the logs of all containers of a pod.

        Args:
            path: Path of the `log` subresource.
            query: Its query parameters, without `container` and `sinceTime`.
            name: Name of the pod.
            namespace: Namespace of the pod.
            since_time: Time of the oldest line.
            max_line: Maximum size of a line in bytes; None sets no limit.
        """
        query = checked_query(query)
        pod = self._stream_request(path.rpartition("/")[0], {}, name, namespace, accept=JSON)
        logs = {
            container: self._log_lines(
                path,
                {**query, "container": container},
                name=name,
                namespace=namespace,
                since_time=since_time,
                max_line=max_line,
            )
            for container in await containers_of(self._client, pod)
        }
        async for line in merge(name, logs):
            yield line

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
            InvalidRequest: Neither a name nor a selector is given, or an option is invalid.
            NotFound: The pod or workload does not exist.
            BadRequest: No pod has such a container, or all logs are refused.
        """
        if max_line is not None:
            types.instance(max_line, int, "an integer", "max_line")
        since = None if since_time is None else rfc3339(since_time, "since_time")
        query = checked_query(query)
        collection = path.partition("/{name}")[0]
        selectors = await self._pods_of(collection, name, query, namespace)
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

    async def _pods_of(self, collection: str, name: str | None, query: Query, namespace: str | None) -> dict[str, Any]:
        """Return the query parameters that select the pods.

        Raises:
            NotFound: The pod or workload does not exist.
        """
        selectors = {key: query[key] for key in _SELECTORS if query.get(key) is not None}
        if name is None:
            if not selectors:
                raise InvalidRequest("neither a name nor a selector is given; pass label_selector, or deployment/NAME")
            return selectors
        if selectors:
            raise InvalidRequest(f"name {name!r} cannot be combined with a selector; use one of them")
        finder = PodFinder(self._client, self._namespace(namespace), name)
        if finder.has_choice:
            return {"labelSelector": await finder.selector()}
        # A list of one name that does not exist is empty, and a watch of it waits.
        await self._client.send(
            self._build("GET", f"{collection}/{{name}}", {}, name=finder.own_name, namespace=namespace)
        )
        return {"fieldSelector": field_requirement("metadata.name", finder.own_name)}


def _without(query: Query, keys: tuple[str, ...]) -> dict[str, object]:
    return {key: value for key, value in query.items() if key not in keys}
