"""Files and folders to and from a container, over tar in it, as `kubectl cp` does; without a shell."""

from __future__ import annotations

import asyncio
import os
import posixpath
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from pathlib import Path
from typing import BinaryIO

from ..errors import AiokubeError, CopyError, InvalidRequest, NotSupported, StreamError
from .archive import END, Member, Source, pack, sources, unpack
from .copied import Copied, CopyProgress
from .process import Process

Run = Callable[..., AbstractAsyncContextManager[Process]]

# Bytes of the end of what tar has to say for itself.
_MAX_COMPLAINT = 1 << 12


Observer = Callable[[CopyProgress], object]


async def copy_to(run: Run, source: str | os.PathLike[str], target: str, progress: Observer | None) -> Copied:
    """Copy a file or folder into a container.

    Args:
        run: starts a command in the container.
        source: the local file or folder.
        target: the path that it gets; ending in `/`, the folder that it is put into.
        progress: called as the copy goes on.
    """
    path = Path(source)
    folder, name = _split(target, path.name or (await asyncio.to_thread(path.resolve)).name)
    found = await asyncio.to_thread(sources, path, name)
    what = f"copying {os.fspath(source)} to {target}"
    # Without -p, tar would take the container's umask off the permissions.
    async with run("tar", "-xmpf", "-", "-C", folder) as process:
        if process.stdin is None or not process.stdin.can_write_eof():
            raise NotSupported(f"{what}: the server speaks {process.subprotocol}, and this needs v5.channel.k8s.io")
        async with _complaint(process) as said:
            all_sent = False
            try:
                await _send(process.stdin, found, progress)
                all_sent = True
            except CopyError:
                raise
            except (OSError, StreamError):
                # tar has ended, or the connection has: `wait` tells.
                pass
            code = await process.wait()
            if code or not all_sent:
                raise CopyError(f"{what}: tar ended with exit code {code}: {await said()}")
    return Copied(files=sum(one.is_file for one in found), size=sum(one.size for one in found))


async def copy_from(
    run: Run,
    source: str,
    target: str | os.PathLike[str],
    progress: Observer | None,
    *,
    max_bytes: int | None,
    max_files: int | None,
) -> Copied:
    """Copy a file or folder out of a container.

    Args:
        run: starts a command in the container.
        source: the file or folder in the container.
        target: the local path that it gets; ending in `/`, the folder that it is put into.
        progress: called as the copy goes on.
        max_bytes: how much content to take.
        max_files: how many files and folders to take.
    """
    folder, name = _split(posixpath.normpath(source), "")
    root = os.fspath(target)
    root = os.path.join(root, name) if root.endswith(os.sep) else root
    what = f"copying {source} to {root}"
    files = _Files(Path(root), name, what, progress, max_bytes=max_bytes, max_files=max_files)
    async with run("tar", "-cf", "-", "-C", folder, "--", name) as process, _complaint(process) as said:
        assert process.stdout is not None
        try:
            async for member in unpack(process.stdout):
                await files.take(member)
        except CopyError:
            if process.stdout.at_eof() and (code := await process.wait()):
                raise CopyError(f"{what}: tar ended with exit code {code}: {await said()}") from None
            raise
        except OSError as error:
            if isinstance(error, AiokubeError):
                raise
            raise CopyError(f"{what}: {error}") from error
        if code := await process.wait():
            raise CopyError(f"{what}: tar ended with exit code {code}: {await said()}")
    return files.finish()


class _Files:
    """The local side of a copy from a container, which believes nothing that the archive says."""

    def __init__(
        self,
        root: Path,
        name: str,
        what: str,
        progress: Observer | None,
        *,
        max_bytes: int | None,
        max_files: int | None,
    ) -> None:
        self._root = root
        self._name = name
        self._what = what
        self._progress = progress
        self._max_bytes = max_bytes
        self._max_files = max_files
        self._folders: list[tuple[Path, int]] = []
        self._members = 0
        self._files = 0
        self._size = 0
        self._skipped: list[str] = []

    async def take(self, member: Member) -> None:
        """Write one member, where it may be written."""
        self._members += 1
        if self._max_files is not None and self._members > self._max_files:
            raise CopyError(f"{self._what}: there are more than {self._max_files} files: raise max_files")
        if self._max_bytes is not None and self._size + member.size > self._max_bytes:
            raise CopyError(f"{self._what}: there are more than {self._max_bytes} bytes: raise max_bytes")
        path = self._place(member.name)
        if member.is_folder:
            path.mkdir(mode=0o700, exist_ok=True)
            self._folders.append((path, member.mode))
        elif member.is_file:
            await self._write(path, member)
            self._files += 1
        else:
            self._skipped.append(member.name)

    def finish(self) -> Copied:
        """Give folders their permissions, which may forbid to write into them."""
        for path, mode in reversed(self._folders):
            path.chmod(mode & 0o777)
        if self._skipped and not self._files and not self._folders:
            raise CopyError(f"{self._what}: it is a link or a device, and these are not copied: name what it leads to")
        return Copied(files=self._files, size=self._size, skipped=self._skipped)

    def _place(self, name: str) -> Path:
        """The local path of a member: inside the folder that is copied, whatever its name says."""
        parts = name.split("/")
        inside = name == self._name or name.startswith(f"{self._name}/")
        if not inside or ".." in parts or "\0" in name or os.sep in "".join(parts) or name.startswith("/"):
            raise CopyError(f"{self._what}: the archive was tampered with: it holds {name!r}")
        path = self._root.joinpath(*name[len(self._name) :].split("/"))
        for one in (path.parent, path) if path != self._root else ():
            if not one.resolve().is_relative_to(self._root.resolve()):
                raise CopyError(f"{self._what}: {one} is a link that leads elsewhere")
        return path

    async def _write(self, path: Path, member: Member) -> None:
        with await asyncio.to_thread(_create, path, member.mode) as file:
            async for chunk in member.chunks():
                await asyncio.to_thread(file.write, chunk)
                self._size += len(chunk)
                if self._progress is not None:
                    self._progress(CopyProgress(member.name, self._size, None))


def _create(path: Path, mode: int) -> BinaryIO:
    """A file that is written anew, and no link to one."""
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | getattr(os, "O_NOFOLLOW", 0), 0o600)
    # Permissions to act as somebody else are left behind.
    path.chmod(mode & 0o777)
    return os.fdopen(descriptor, "wb")


async def _send(stdin: asyncio.StreamWriter, found: list[Source], progress: Observer | None) -> None:
    done, total = 0, sum(one.size for one in found)

    def note(size: int) -> None:
        nonlocal done
        done += size
        if progress is not None:
            progress(CopyProgress(source.name, done, total))

    for source in found:
        async for chunk in pack(source, note):
            stdin.write(chunk)
            await stdin.drain()
    stdin.write(END)
    stdin.close()


@asynccontextmanager
async def _complaint(process: Process) -> AsyncIterator[Callable[[], asyncio.Task[str]]]:
    """What tar writes to standard error, read all the while."""

    async def read() -> str:
        assert process.stderr is not None
        said = b""
        while chunk := await process.stderr.read(1 << 16):
            said = (said + chunk)[-_MAX_COMPLAINT:]
        return " ".join(said.decode("utf-8", "replace").split()) or "it did not say why"

    task = asyncio.create_task(read())
    try:
        yield lambda: task
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


def _split(path: str, own_name: str) -> tuple[str, str]:
    """The folder and the name of a path in a container; `own_name` for a path that is only a folder."""
    if not path or "\0" in path:
        raise InvalidRequest(f"{path!r} is no path in a container")
    if own_name and path.endswith("/"):
        folder, name = path, own_name
    else:
        folder, _, name = path.rstrip("/").rpartition("/")
        folder = folder or ("/" if path.startswith("/") else ".")
        name = name or "."
    if name == ".." or (own_name and name == "."):
        raise InvalidRequest(f"{path!r} names no file in a container: end it in '/' to copy into it")
    # tar takes what begins with a dash for an option.
    return (f"./{folder}" if folder.startswith("-") else folder), name
