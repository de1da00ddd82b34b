"""tar archives as streams: written from local files, and read with nothing taken on trust."""

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

# Bytes. What stands before a member to give it a longer name or a larger size.
_MAX_EXTENSIONS = 1 << 20
_MAX_FILL = 1 << 20
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
    """A local file, folder or symbolic link, and its name in the archive."""

    path: Path
    name: str
    size: int = 0
    """Bytes of a file."""
    is_file: bool = False


def sources(path: Path, name: str) -> list[Source]:
    """A file, or a folder with everything in it.

    Raises:
        CopyError: one of them cannot be looked at.
    """
    try:
        return list(_walk(path.resolve(strict=True), name))
    except OSError as error:
        raise CopyError(f"{path} cannot be read: {error}") from error


def _walk(path: Path, name: str) -> Iterator[Source]:
    if path.is_file() and not path.is_symlink():
        yield Source(path, name, path.stat().st_size, is_file=True)
    else:
        yield Source(path, name)
    if path.is_dir() and not path.is_symlink():
        for child in sorted(path.iterdir()):
            yield from _walk(child, f"{name}/{child.name}")


async def pack(source: Source, note: Callable[[int], object]) -> AsyncIterator[bytes]:
    """The part of an archive that is one file, folder or symbolic link.

    Args:
        source: which.
        note: called with the size of each piece of content that was taken.

    Raises:
        CopyError: it cannot be read, is something else, or has changed its size meanwhile.
    """
    try:
        # A TarFile only for its knowledge of what a file is; it writes nowhere.
        info = tarfile.TarFile(fileobj=io.BytesIO(), mode="w").gettarinfo(source.path, source.name)
        if info is None or not (info.isreg() or info.isdir() or info.issym()):
            raise CopyError(f"{source.path} is neither a file, a folder nor a symbolic link")
        info.name = source.name
        # Who owns it here means nothing in the container.
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
                    raise CopyError(f"{source.path} has become shorter while it was copied")
                left -= len(chunk)
                yield chunk
                note(len(chunk))
        yield bytes(-info.size % _BLOCK)
    except OSError as error:
        raise CopyError(f"{source.path} cannot be read: {error}") from error


END = bytes(tarfile.RECORDSIZE)
"""What stands at the end of an archive."""


class Member:
    """A member of an archive that is being read."""

    def __init__(self, info: tarfile.TarInfo, reader: asyncio.StreamReader) -> None:
        self.name: str = info.name
        # Links and devices have no content, whatever they say; what nobody knows may have some.
        self.size: int = info.size if info.isreg() or info.type not in tarfile.SUPPORTED_TYPES else 0
        self.mode: int = info.mode
        self.is_file: bool = info.type in _REGULAR
        self.is_folder: bool = info.isdir()
        self._reader = reader
        self._left = self.size

    async def chunks(self) -> AsyncIterator[bytes]:
        """The content of a file.

        Raises:
            CopyError: the archive ends in the middle of it.
        """
        while self._left:
            chunk = await self._reader.read(min(self._left, _CHUNK))
            if not chunk:
                raise CopyError(f"the archive ends in the middle of {self.name!r}")
            self._left -= len(chunk)
            yield chunk

    async def skip(self) -> None:
        """Read what is left of it, and what fills its last block."""
        async for _ in self.chunks():
            pass
        await _exactly(self._reader, -self.size % _BLOCK)


async def unpack(reader: asyncio.StreamReader) -> AsyncIterator[Member]:
    """Read an archive member by member.

    Raises:
        CopyError: it is no archive, or ends too early.
    """
    while (info := await _next(reader)) is not None:
        member = Member(info, reader)
        yield member
        await member.skip()
    # What fills the last record.
    left = _MAX_FILL
    while chunk := await reader.read(_CHUNK):
        left -= len(chunk)
        if left < 0:
            raise CopyError("the archive goes on behind its end")


async def _next(reader: asyncio.StreamReader) -> tarfile.TarInfo | None:
    """The header of the next member, with what its extensions say; None at the end."""
    blocks = bytearray()
    while True:
        block = await _exactly(reader, _BLOCK)
        if not block.strip(b"\0"):
            return None
        blocks += block
        try:
            header = tarfile.TarInfo.frombuf(block, "utf-8", "surrogateescape")
        except tarfile.HeaderError as error:
            raise CopyError(f"what came is no tar archive: {error}") from error
        if header.type == tarfile.GNUTYPE_SPARSE:
            raise CopyError(f"the archive has {header.name!r} as a sparse file, which is not supported")
        if header.type not in _EXTENSIONS:
            return _read_headers(bytes(blocks))
        if not 0 <= header.size <= _MAX_EXTENSIONS - len(blocks):
            raise CopyError(f"the archive spends more than {_MAX_EXTENSIONS} bytes on one name")
        blocks += await _exactly(reader, header.size + -header.size % _BLOCK)


def _read_headers(blocks: bytes) -> tarfile.TarInfo:
    try:
        with tarfile.open(fileobj=io.BytesIO(blocks), mode="r:", encoding="utf-8", errors="surrogateescape") as archive:
            info = archive.next()
    except (tarfile.TarError, ValueError, OverflowError) as error:
        raise CopyError(f"the archive has a header that cannot be read: {error}") from error
    if info is None or info.size < 0 or info.issparse():
        raise CopyError("the archive has a header that makes no sense")
    return info


async def _exactly(reader: asyncio.StreamReader, size: int) -> bytes:
    try:
        return await reader.readexactly(size)
    except asyncio.IncompleteReadError as error:
        raise CopyError("the archive ends too early") from error
