"""The verbs of `Api` on logs, of the resources that have them."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from contextlib import aclosing
from datetime import datetime

from ...http.selectors import Selector
from ...streams.log import MAX_LOG_LINE, LogLine
from ...workloads.log_follower import MAX_LOG_REQUESTS
from .base import ApiBase, ObjectT


class LogVerbs(ApiBase[ObjectT]):
    """The verbs of `Api` on logs, with the names and meanings of the methods of pods.

    All raise `UnknownResource` where the resource has no logs: few but pods have.
    """

    async def log(
        self,
        name: str,
        *,
        namespace: str | None = None,
        container: str | None = None,
        insecure_skip_tls_verify_backend: bool | None = None,
        limit_bytes: int | None = None,
        previous: bool | None = None,
        since_seconds: int | None = None,
        stream: str | None = None,
        tail_lines: int | None = None,
        timestamps: bool | None = None,
    ) -> str:
        """Read the log of a container as text, as `log` of pods does."""
        path, _ = await self._object(subresource="log")
        query = {
            "container": container,
            "insecureSkipTLSVerifyBackend": insecure_skip_tls_verify_backend,
            "limitBytes": limit_bytes,
            "previous": previous,
            "sinceSeconds": since_seconds,
            "stream": stream,
            "tailLines": tail_lines,
            "timestamps": timestamps,
        }
        return await self._log(path, query, name=name, namespace=namespace)

    async def log_lines(
        self,
        name: str,
        *,
        namespace: str | None = None,
        container: str | None = None,
        follow: bool | None = None,
        insecure_skip_tls_verify_backend: bool | None = None,
        limit_bytes: int | None = None,
        previous: bool | None = None,
        since_seconds: int | None = None,
        stream: str | None = None,
        tail_lines: int | None = None,
        timestamps: bool | None = None,
        since_time: datetime | None = None,
        max_line: int | None = MAX_LOG_LINE,
    ) -> AsyncGenerator[str, None]:
        """Iterate over the lines of a container's log, as `log_lines` of pods does."""
        path, _ = await self._object(subresource="log")
        query = {
            "container": container,
            "follow": follow,
            "insecureSkipTLSVerifyBackend": insecure_skip_tls_verify_backend,
            "limitBytes": limit_bytes,
            "previous": previous,
            "sinceSeconds": since_seconds,
            "stream": stream,
            "tailLines": tail_lines,
            "timestamps": timestamps,
        }
        lines = self._log_lines(path, query, name=name, namespace=namespace, since_time=since_time, max_line=max_line)
        async with aclosing(lines):
            async for line in lines:
                yield line

    async def all_log_lines(
        self,
        name: str,
        *,
        namespace: str | None = None,
        follow: bool | None = None,
        insecure_skip_tls_verify_backend: bool | None = None,
        limit_bytes: int | None = None,
        previous: bool | None = None,
        since_seconds: int | None = None,
        stream: str | None = None,
        tail_lines: int | None = None,
        timestamps: bool | None = None,
        since_time: datetime | None = None,
        max_line: int | None = MAX_LOG_LINE,
    ) -> AsyncGenerator[LogLine, None]:
        """Iterate over the lines of the logs of all containers, as `all_log_lines` of pods does."""
        path, _ = await self._object(subresource="log")
        query = {
            "follow": follow,
            "insecureSkipTLSVerifyBackend": insecure_skip_tls_verify_backend,
            "limitBytes": limit_bytes,
            "previous": previous,
            "sinceSeconds": since_seconds,
            "stream": stream,
            "tailLines": tail_lines,
            "timestamps": timestamps,
        }
        lines = self._all_log_lines(
            path, query, name=name, namespace=namespace, since_time=since_time, max_line=max_line
        )
        async with aclosing(lines):
            async for line in lines:
                yield line

    async def logs(
        self,
        name: str | None = None,
        *,
        label_selector: Selector | None = None,
        field_selector: Selector | None = None,
        namespace: str | None = None,
        container: str | None = None,
        follow: bool | None = None,
        insecure_skip_tls_verify_backend: bool | None = None,
        limit_bytes: int | None = None,
        previous: bool | None = None,
        since_seconds: int | None = None,
        stream: str | None = None,
        tail_lines: int | None = None,
        timestamps: bool | None = None,
        since_time: datetime | None = None,
        max_line: int | None = MAX_LOG_LINE,
        max_log_requests: int = MAX_LOG_REQUESTS,
    ) -> AsyncGenerator[LogLine, None]:
        """Iterate over the lines of the logs of all containers of many pods, as `logs` of pods does.

        Args:
            name: Name of a pod, or a type and a name as kubectl takes them: `deploy/web`, for all of its pods. Default:
                the selectors choose.
            label_selector: Label selector of the pods: `app=web`, or a dict.
            field_selector: Field selector of the pods.
            namespace: Default: the namespace of the client.
            container: Name of the only container to read. Default: all.
            follow: Follow the logs across broken connections, with those of pods and containers to come; the iteration
                does not end. Default: end with the lines that there are.
            insecure_skip_tls_verify_backend: Do not verify the certificate of the kubelet.
            limit_bytes: Maximum size of each log in bytes.
            previous: Read the logs of the containers before their last restart.
            since_seconds: Maximum age of the lines in seconds.
            stream: Stream to read: `All`, `Stdout` or `Stderr`. Default: `All`.
            tail_lines: Number of lines from the end of each log. Default: all.
            timestamps: Begin each line with its time.
            since_time: Time of the oldest line to return, with a time zone.
            max_line: Maximum size of a line in bytes. None: no limit.
            max_log_requests: Maximum number of running containers to follow at a time.

        Raises:
            NotFound: The workload does not exist.
            BadRequest: No container has started, or has this name.
            StreamError: A line is longer than `max_line`, or more containers than `max_log_requests` are to be
                followed.
        """
        path, _ = await self._object(subresource="log")
        query = {
            "labelSelector": label_selector,
            "fieldSelector": field_selector,
            "container": container,
            "follow": follow,
            "insecureSkipTLSVerifyBackend": insecure_skip_tls_verify_backend,
            "limitBytes": limit_bytes,
            "previous": previous,
            "sinceSeconds": since_seconds,
            "stream": stream,
            "tailLines": tail_lines,
            "timestamps": timestamps,
        }
        lines = self._logs(
            path,
            query,
            name=name,
            namespace=namespace,
            since_time=since_time,
            max_line=max_line,
            max_log_requests=max_log_requests,
        )
        async with aclosing(lines):
            async for line in lines:
                yield line
