"""The bodies of answers, whole or as they come; with `transport` and `upgrade`, what knows aiohttp."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping

import aiohttp

from ..request import Request

CHUNK = 1 << 17
"""Bytes of a body that are held before it is read; twice as many stop the other side."""

# Seconds. Each piece that arrives has its price, in the kernel, in TLS and in aiohttp, whatever its size: where one
# comes as soon as the other is read, a short rest lets them gather.
_BUSY = 0.001
_REST = 0.002
_STREAK = 8


class AiohttpStreamingResponse:
    """A `StreamingResponse` over aiohttp's.

    Args:
        response: aiohttp's.
        request: what it answers.
        error_of: what makes an error of aiohttp's one of ours.
    """

    def __init__(
        self,
        response: aiohttp.ClientResponse,
        request: Request,
        error_of: Callable[[Exception, Request, str], Exception],
    ) -> None:
        self._response = response
        self._request = request
        self._error_of = error_of

    @property
    def status(self) -> int:
        """The HTTP status code."""
        return self._response.status

    @property
    def headers(self) -> Mapping[str, str]:
        """The headers, whatever their case."""
        return self._response.headers

    @property
    def chunks(self) -> AsyncIterator[bytes]:
        """The body, cut as it arrives."""
        return self._read()

    async def read(self, limit: int) -> bytes:
        """The body as far as `limit` bytes."""
        return await read_up_to(self._read(), limit)

    async def _read(self) -> AsyncIterator[bytes]:
        clock = asyncio.get_running_loop().time
        streak = 0
        try:
            while True:
                asked = clock()
                chunk = await self._response.content.readany()
                if not chunk:
                    return
                streak = streak + 1 if clock() - asked < _BUSY else 0
                yield chunk
                if streak >= _STREAK:
                    await self._rest()
        except (aiohttp.ClientError, TimeoutError, OSError) as error:
            raise self._error_of(error, self._request, "the answer broke off") from error

    async def _rest(self) -> None:
        connection = self._response.connection
        protocol = None if connection is None else connection.protocol
        if protocol is None or protocol.transport is None:
            # The body has come to its end, or the connection has.
            return
        protocol.pause_reading()
        try:
            await asyncio.sleep(_REST)
        finally:
            protocol.resume_reading()


async def read_all(response: aiohttp.ClientResponse) -> bytes | bytearray:
    """Read a body whole. A large one grows in place: joined from its chunks at the end, it would be there twice."""
    if response.content_length is not None and response.content_length < CHUNK:
        return await response.read()
    body = bytearray()
    while chunk := await response.content.readany():
        body += chunk
    return body


async def read_up_to(chunks: AsyncIterator[bytes], limit: int) -> bytes:
    """A body as far as `limit` bytes; the rest is not waited for."""
    body = bytearray()
    async for chunk in chunks:
        body += chunk
        if len(body) >= limit:
            break
    return bytes(body[:limit])


def abort(response: aiohttp.ClientResponse) -> None:
    """Give up an answer; one that was read to its end has left its connection to the next.

    Any other connection is cut: TLS would say goodbye to a peer that may never answer, for longer than the loop lives.
    """
    connection = response.connection
    if connection is not None and connection.transport is not None:
        connection.transport.abort()
    response.close()
