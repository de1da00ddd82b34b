"""The verbs on the logs of one container, one pod, or many pods.

Each takes the path template of the subresource, the name of the object, and its namespace; None stands for the default
namespace of the client. `query` holds query parameters by their names in the API.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import AbstractAsyncContextManager, aclosing
from dataclasses import replace
from datetime import datetime
from functools import partial
from typing import Any

from ..arguments import types
from ..errors import InvalidRequest
from ..http.parameters import checked_query
from ..http.request import JSON, Request, build
from ..http.responses import decode_response
from ..http.selectors import field_requirement
from ..streams.log import MAX_LOG_LINE, LogLine, LogLines, containers_of, merge, read_log, rfc3339
from ..streams.port_target import PodFinder
from ..watching.list_watch import Query
from ..workloads.container_log import LogSource
from ..workloads.log_follower import MAX_LOG_REQUESTS, LogFollower
from ..workloads.pod_logs import LoggedPod, LoggedPodList, has_started, read_logs
from .base import stream_name
from .list_verbs import ListVerbs

_SELECTORS = ("fieldSelector", "labelSelector")
# They limit the lines that exist at the start, not those of containers to come.
_OF_EXISTING = ("sinceSeconds", "tailLines")
# They make no sense for logs that are followed from run to run and across broken connections.
_NOT_FOLLOWED = {"limitBytes": "limit_bytes", "previous": "previous"}

# Of a log that has an end.
_IDLE_TIMEOUT_S = 60.0


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
            types.whole(max_line, "max_line", 1)
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

        def open_log(container: str) -> LogLines:
            parameters = {**query, "container": container}
            return self._log_lines(
                path, parameters, name=name, namespace=namespace, since_time=since_time, max_line=max_line
            )

        logs = {container: partial(open_log, container) for container in await containers_of(self._client, pod)}
        starts = partial(has_started, self._client, pod) if query.get("follow") else None
        async with aclosing(merge(name, logs, starts)) as lines:
            async for line in lines:
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
        max_log_requests: int = MAX_LOG_REQUESTS,
    ) -> AsyncGenerator[LogLine, None]:
        """Read the logs of all containers of many pods.

        Args:
            path: Path of the `log` subresource.
            query: Its query parameters, and the selectors of the pods.
            name: Name of a pod, or `TYPE/NAME` of a workload with several. None: the selectors choose.
            namespace: Namespace of the pods. Default: that of the client.
            since_time: Time of the oldest line.
            max_line: Maximum size of a line in bytes; None sets no limit.
            max_log_requests: Maximum number of running containers to follow.

        Raises:
            InvalidRequest: Neither a name nor a selector is given, or an option is invalid.
            NotFound: The pod or workload does not exist.
            BadRequest: No pod has such a container, or all logs are refused.
            StreamError: A line is too long, or more containers are to be followed.
        """
        types.whole(max_log_requests, "max_log_requests", 1)
        if max_line is not None:
            types.whole(max_line, "max_line", 1)
        query = checked_query(query)
        collection = path.partition("/{name}")[0]
        container = query.get("container")
        follow = bool(query.get("follow"))
        for option, argument in _NOT_FOLLOWED.items():
            if follow and query.get(option):
                raise InvalidRequest(f"{argument} cannot be combined with follow; use one of them")
        limits = {key: query[key] for key in _OF_EXISTING if query.get(key) is not None}
        if since_time is not None:
            limits["sinceTime"] = rfc3339(since_time, "since_time")
        selectors = await self._pods_of(collection, name, query, namespace)
        own = (*_SELECTORS, *_OF_EXISTING, "container", "follow")
        options = {key: value for key, value in query.items() if key not in own}

        def request_log(pod: str, container: str, parameters: Query) -> Request:
            values = self._path_values(path, name=pod, namespace=namespace)
            return build("GET", path, values, {**options, **parameters, "container": container}, accept="*/*")

        def open_log(pod: str, container: str, parameters: Query) -> AbstractAsyncContextManager[AsyncIterator[bytes]]:
            request = request_log(pod, container, {**parameters, "timestamps": True})
            idle_timeout = None if parameters.get("follow") else _IDLE_TIMEOUT_S
            return self._client.stream(replace(request, max_retries=0, idle_timeout=idle_timeout))

        def read_log_of(pod: str, container: str) -> LogLines:
            return LogLines(self._client, request_log(pod, container, limits), f"log of {container} in {pod}", max_line)

        async def find_pod(pod: str) -> LoggedPod | None:
            selector = {"fieldSelector": field_requirement("metadata.name", pod)}
            found = await self._list_logged(collection, selector, namespace)
            return next((one for one in found if one.metadata.name == pod), None)

        only = container if isinstance(container, str) else None
        if follow:
            informer = self._informer(
                collection, None, LoggedPod, LoggedPodList, selectors, page_size=500, namespace=namespace
            )
            source = LogSource(open_log, find_pod, limits, max_line, timestamps=bool(query.get("timestamps")))
            lines = LogFollower(informer, source, only, max_log_requests).lines()
        else:
            lines = read_logs(await self._list_logged(collection, selectors, namespace), read_log_of, only)
        try:
            async for line in lines:
                yield line
        finally:
            await lines.aclose()

    async def _list_logged(self, collection: str, selectors: Query, namespace: str | None) -> list[LoggedPod]:
        request = build("GET", collection, self._path_values(collection, namespace=namespace), selectors)
        return decode_response(request, await self._client.send(request), LoggedPodList).items

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
