"""Frames of SPDY 3.1, which kubectl tunnels through a WebSocket: the part that port-forward needs."""

from __future__ import annotations

import struct
import zlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

_VERSION = 3
SYN_STREAM, SYN_REPLY, RST_STREAM, PING, GOAWAY, HEADERS = 1, 2, 3, 6, 7, 8
DATA = 0
_FIN = 1

# The words that both sides begin to compress headers with: part of the protocol.
_WORDS = (
    "options head post put delete trace accept accept-charset accept-encoding accept-language accept-ranges age allow "
    "authorization cache-control connection content-base content-encoding content-language content-length "
    "content-location content-md5 content-range content-type date etag expect expires from host if-match "
    "if-modified-since if-none-match if-range if-unmodified-since last-modified location max-forwards pragma "
    "proxy-authenticate proxy-authorization range referer retry-after server te "  # codespell:ignore te,referer
    "trailer transfer-encoding upgrade user-agent vary via warning www-authenticate method get status 200\0OK version "
    "HTTP/1.1 url public set-cookie keep-alive origin"
)
_REST = (
    "1001012012022052063003023033043053063074024054064074084094104114124134144154164175025045052"
    "03 Non-Authoritative Information204 No Content301 Moved Permanently400 Bad Request401 Unauthorized403 Forbidden"
    "404 Not Found500 Internal Server Error501 Not Implemented503 Service Unavailable"
    "Jan Feb Mar Apr May Jun Jul Aug Sept Oct Nov Dec 00:00:00 Mon, Tue, Wed, Thu, Fri, Sat, Sun, GMT"
    "chunked,text/html,image/png,image/jpg,image/gif,application/xml,application/xhtml+xml,text/plain,text/javascript,"
    "publicprivatemax-age=gzip,deflate,sdchcharset=utf-8charset=iso-8859-1,utf-,*,enq=0."
)


def dictionary() -> bytes:
    """Return the bytes that the compression of headers begins with."""
    words = [word.replace("\0", " ").encode() for word in _WORDS.split(" ")]
    return b"".join(struct.pack(">I", len(word)) + word for word in words) + _REST.encode()


@dataclass(frozen=True)
class Frame:
    """A frame that was received."""

    type: int
    stream: int
    """The stream; the id of a ping."""
    data: bytes = b""
    headers: Mapping[str, str] = field(default_factory=dict)
    is_last: bool = False
    """True if its sender closes the stream."""


class Framer:
    """The frames of one connection."""

    def __init__(self) -> None:
        self._received = b""
        self._decompressor = zlib.decompressobj(zdict=dictionary())
        self._compressor = zlib.compressobj(zdict=dictionary())

    def feed(self, data: bytes) -> Iterator[Frame]:
        """Take bytes, and yield the frames that they complete.

        Raises:
            ValueError: They are no SPDY.
        """
        self._received += data
        while len(self._received) >= 8:
            first, second = struct.unpack(">II", self._received[:8])
            end = 8 + (second & 0xFFFFFF)
            if len(self._received) < end:
                return
            payload, self._received = self._received[8:end], self._received[end:]
            yield self._frame(first, second >> 24, payload)

    def data(self, stream: int, data: bytes, *, is_last: bool = False) -> bytes:
        """Return a frame with data."""
        return struct.pack(">II", stream, (_FIN if is_last else 0) << 24 | len(data)) + data

    def reply(self, stream: int) -> bytes:
        """Return the frame that accepts a stream."""
        headers = self._compressor.compress(struct.pack(">I", 0)) + self._compressor.flush(zlib.Z_SYNC_FLUSH)
        return _control(SYN_REPLY, struct.pack(">I", stream) + headers)

    def pong(self, number: int) -> bytes:
        """Return the answer to a ping."""
        return _control(PING, struct.pack(">I", number))

    def _frame(self, first: int, flags: int, payload: bytes) -> Frame:
        is_last = bool(flags & _FIN)
        if not first >> 31:
            return Frame(DATA, first, payload, is_last=is_last)
        if (version := first >> 16 & 0x7FFF) != _VERSION:
            raise ValueError(f"a frame of SPDY {version}, not {_VERSION}")
        (stream,) = struct.unpack(">I", payload[:4])
        type_ = first & 0xFFFF
        # Others have no headers, or none that matter; each block of headers has to be read, as one compresses the next.
        start = {SYN_STREAM: 10, SYN_REPLY: 4, HEADERS: 4}.get(type_)
        headers = {} if start is None else self._headers(payload[start:])
        return Frame(type_, stream, headers=headers, is_last=is_last)

    def _headers(self, block: bytes) -> dict[str, str]:
        plain = self._decompressor.decompress(block)
        (count,) = struct.unpack(">I", plain[:4])
        texts, position = [], 4
        for _ in range(2 * count):
            (length,) = struct.unpack(">I", plain[position : position + 4])
            texts.append(plain[position + 4 : position + 4 + length].decode())
            position += 4 + length
        return dict(zip(texts[::2], texts[1::2], strict=True))


def _control(type_: int, payload: bytes) -> bytes:
    return struct.pack(">II", 1 << 31 | _VERSION << 16 | type_, len(payload)) + payload
