"""tar archives as streams: packed from local files, and unpacked as untrusted input."""

from __future__ import annotations

import asyncio
import io
import tarfile
from collections.abc import AsyncIterator, Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from ..errors import CopyError

_BLOCK = tarfile.BLOCKSIZE
_CHUNK = 1 << 18

_MAX_EXTENSIONS = 1 << 20  # bytes of pax and GNU extensions in front of one member
_MAX_EXTENSION_HEADERS = 16  # in front of one member; tarfile reads them recursively
_MAX_PADDING = 1 << 20  # bytes after the end marker
_EXTENSIONS = (
    tarfile.XHDTYPE,
    tarfile.XGLTYPE,
    tarfile.SOLARIS_XHDTYPE,
    tarfile.GNUTYPE_LONGNAME,
    tarfile.GNUTYPE_LONGLINK,
)
_REGULAR = (tarfile.REGTYPE, tarfile.AREGTYPE, tarfile.CONTTYPE)


@dataclass(frozen=True, slots=True)
class Source:
    """A local file, folder or symbolic link."""

    path: Path
    """The local path."""
    name: str
    """The name in the archive."""
    size: int = 0
    """Size of a file in bytes; 0 for anything else."""
    is_file: bool = False


def sources(path: Path, name: str) -> list[Source]:
    """Return a file, or a folder and everything in it, under a name in the archive.

    Raises:
        CopyError: A file or folder cannot be read.
    """
    try:
        return list(_walk(path.resolve(strict=True), name))
    except (OSError, ValueError) as error:
        raise CopyError(f"{path} cannot be read: {error}") from error


def _walk(path: Path, name: str) -> Iterator[Source]:
    if path.is_file() and not path.is_symlink():
        yield Source(path, name, path.stat().st_size, is_file=True)
    else:
        yield Source(path, name)
    if path.is_dir() and not path.is_symlink():
        for child in sorted(path.iterdir()):
            yield from _walk(child, f"{name}/{child.name}")


async def pack(source: Source, advance: Callable[[int], object]) -> AsyncIterator[bytes]:
    """Yield the archive member of one file, folder or symbolic link.

    Args:
        source: The file, folder or symbolic link.
        advance: Called with the size in bytes of each piece of content, once it has been taken.

    Raises:
        CopyError: The source cannot be read, is of another kind, or shrank while it was read.
    """
    try:
        # The TarFile is only there to stat the file; nothing is written to it.
        info = tarfile.TarFile(fileobj=io.BytesIO(), mode="w").gettarinfo(source.path, source.name)
        if info is None or not (info.isreg() or info.isdir() or info.issym()):
            raise CopyError(f"{source.path} is not a file, folder or symbolic link; only these can be copied")
        info.name = source.name
        # Local owners mean nothing in the container.
        info.uid = info.gid = 0
        info.uname = info.gname = ""
        yield info.tobuf(tarfile.PAX_FORMAT, "utf-8", "surrogateescape")
        if not info.isreg():
            return
        with source.path.open("rb") as file:
            left = info.size
            while left:
                chunk = await asyncio.to_thread(file.read, min(left, _CHUNK))
                if not chunk:
                    raise CopyError(f"{source.path} shrank while it was being copied")
                left -= len(chunk)
                yield chunk
                advance(len(chunk))
        yield bytes(-info.size % _BLOCK)
    except OSError as error:
        raise CopyError(f"{source.path} cannot be read: {error}") from error


END = bytes(tarfile.RECORDSIZE)
"""The end marker of an archive: a record of zeros."""


class Member:
    """A member of an archive that is being unpacked."""

    def __init__(self, info: tarfile.TarInfo, reader: asyncio.StreamReader) -> None:
        self.name: str = info.name
        # Links and devices have no content, whatever size they declare; members of an unknown type may have some.
        self.size: int = info.size if info.isreg() or info.type not in tarfile.SUPPORTED_TYPES else 0
        self.mode: int = info.mode
        self.is_file: bool = info.type in _REGULAR
        self.is_folder: bool = info.isdir()
        self.link: str = info.linkname if info.islnk() else ""
        """The name of the member that a hard link stands for; empty for other members."""
        self._reader = reader
        self._left = self.size

    async def chunks(self) -> AsyncIterator[bytes]:
        """Yield the content.

        Raises:
            CopyError: The archive ends in the middle of it.
        """
        while self._left:
            chunk = await self._reader.read(min(self._left, _CHUNK))
            if not chunk:
                raise CopyError(f"the archive ends in the middle of {self.name!r}")
            self._left -= len(chunk)
            yield chunk

    async def skip(self) -> None:
        """Skip the rest of the content and the padding of its last block."""
        async for _ in self.chunks():
            pass
        await _read_exactly(self._reader, -self.size % _BLOCK)


async def unpack(reader: asyncio.StreamReader) -> AsyncIterator[Member]:
    """Yield an archive member by member; what a member's consumer leaves unread is skipped.

    Raises:
        CopyError: The data is not a tar archive, or ends too early.
    """
    while (info := await _next(reader)) is not None:
        member = Member(info, reader)
        yield member
        await member.skip()
    # The padding of the last record.
    left = _MAX_PADDING
    while chunk := await reader.read(_CHUNK):
        left -= len(chunk)
        if left < 0:
            raise CopyError("the archive continues after its end marker")


async def _next(reader: asyncio.StreamReader) -> tarfile.TarInfo | None:
    """Return the header of the next member with its extensions applied; None at the end marker."""
    blocks = bytearray()
    extensions = 0
    while True:
        block = await _read_exactly(reader, _BLOCK)
        if not block.strip(b"\0"):
            return None
        blocks += block
        try:
            header = tarfile.TarInfo.frombuf(block, "utf-8", "surrogateescape")
        except tarfile.HeaderError as error:
            raise CopyError(f"invalid tar archive: {error}") from error
        if header.type == tarfile.GNUTYPE_SPARSE:
            raise CopyError(f"the archive contains the sparse file {header.name!r}; sparse files are not supported")
        if header.type not in _EXTENSIONS:
            return _read_headers(bytes(blocks))
        if not 0 <= header.size <= _MAX_EXTENSIONS - len(blocks):
            raise CopyError(f"the headers of one member of the archive exceed {_MAX_EXTENSIONS} bytes")
        extensions += 1
        if extensions > _MAX_EXTENSION_HEADERS:
            raise CopyError(f"one member of the archive has more than {_MAX_EXTENSION_HEADERS} extension headers")
        blocks += await _read_exactly(reader, header.size + -header.size % _BLOCK)


def _read_headers(blocks: bytes) -> tarfile.TarInfo:
    try:
        with tarfile.open(fileobj=io.BytesIO(blocks), mode="r:", encoding="utf-8", errors="surrogateescape") as archive:
            info = archive.next()
    except (tarfile.TarError, ValueError, OverflowError) as error:
        raise CopyError(f"invalid header in the archive: {error}") from error
    if info is None or info.size < 0 or info.issparse():
        raise CopyError("invalid header in the archive: no member, a negative size or a sparse file")
    return info


async def _read_exactly(reader: asyncio.StreamReader, size: int) -> bytes:
    try:
        return await reader.readexactly(size)
    except asyncio.IncompleteReadError as error:
        raise CopyError("unexpected end of the archive") from error
